from itertools import combinations

import numpy as np
import pytest

from spatial.errors import InvalidRequestError, InvalidValuesError
from spatial.mixtures.groups import count_groups
from spatial.mixtures.pairs import compare_pairs


def test_every_group_is_counted_as_by_hand():
    rng = np.random.default_rng(3)
    names = list("ABCDE")
    flags = rng.choice([-1, 0, 1], size=(200, 5), p=[0.1, 0.5, 0.4])
    found = {group.contaminants: group for group in count_groups(names, flags)}
    for size in range(2, 6):
        for members in combinations(range(5), size):
            own = flags[:, members]
            known, all_of_it = (own != -1).all(axis=1), (own == 1).all(axis=1)
            others = np.delete(flags, members, axis=1)
            group = found.get(tuple(names[j] for j in members))
            if not all_of_it.any():
                assert group is None
                continue
            assert (group.places, group.together) == (known.sum(), all_of_it.sum())
            assert group.alone == (all_of_it & (others != 1).all(axis=1)).sum()
            assert group.share == all_of_it.sum() / known.sum()
    counts = [group.together for group in count_groups(names, flags)]
    assert counts == sorted(counts, reverse=True)


def test_a_group_of_two_is_its_pair():
    flags = np.random.default_rng(4).integers(-1, 2, (80, 3))
    pairs = {(pair.first, pair.second): pair for pair in compare_pairs(["A", "B", "C"], flags)}
    for group in count_groups(["A", "B", "C"], flags):
        if len(group.contaminants) == 2:
            pair = pairs[group.contaminants]
            assert (group.places, group.together) == (pair.places, pair.both)


def test_groups_that_cannot_be_counted_are_refused():
    for names in (["A"], ["A", "A"], [str(j) for j in range(13)]):
        with pytest.raises(InvalidRequestError, match="2 to 12 different"):
            count_groups(names, np.ones((3, len(names))))
    with pytest.raises(InvalidValuesError, match="one flag per place"):
        count_groups(["A", "B"], np.ones((3, 3)))
