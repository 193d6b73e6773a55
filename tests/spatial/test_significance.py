import numpy as np
import pytest
from scipy.stats import false_discovery_control

from spatial.errors import InvalidRequestError
from spatial.significance import (
    adjusted_p_values,
    counted_p_values,
    discoveries,
    fewest_permutations,
)


@pytest.mark.parametrize("ties", [False, True])
def test_adjusted_p_values_equal_those_of_scipy(ties):
    p = np.random.default_rng(3).random(500) ** 3
    if ties:
        p = np.round(p, 2)
    assert np.allclose(adjusted_p_values(p), false_discovery_control(p), rtol=1e-12, atol=0)


def test_discoveries_are_those_of_the_step_up_procedure():
    p = np.sort(np.random.default_rng(4).random(200) ** 4)
    # The procedure as it was published: the largest i with p_(i) <= i/n alpha, and all before it.
    passing = np.flatnonzero(p <= np.arange(1, 201) / 200 * 0.1)
    found = discoveries(p, 0.1)
    assert found.sum() == passing.max() + 1 > 10
    assert found[: passing.max() + 1].all()


def test_no_tests_are_no_discoveries():
    assert discoveries([], 0.05).tolist() == []


def test_counted_p_values_are_never_nought():
    assert counted_p_values([0, 4], 9).tolist() == [0.1, 0.5]


def test_one_test_passes_with_the_fewest_permutations_and_none_with_one_less():
    fewest = fewest_permutations(40, 0.05)
    for permutations, passes in ((fewest, True), (fewest - 1, False)):
        p = counted_p_values([0] + [permutations] * 39, permutations)
        assert discoveries(p, 0.05)[0] == passes


@pytest.mark.parametrize(("p", "rate"), [([1.5], 0.1), ([np.nan], 0.1), ([0.5], 0.0), ([0.5], 1.0)])
def test_what_is_no_probability_is_refused(p, rate):
    with pytest.raises(InvalidRequestError, match="between 0 and 1"):
        discoveries(p, rate)
