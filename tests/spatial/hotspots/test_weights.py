import numpy as np
import pytest
from scipy.spatial.distance import cdist

from spatial.errors import InvalidRequestError, TooExpensiveError
from spatial.hotspots import weights as module
from spatial.hotspots.weights import mark_nearest, nearest_neighbours, within_distance

PLACES = np.random.default_rng(9).random((50, 2)) * 100.0


def test_neighbours_are_those_of_all_distances():
    distance = cdist(PLACES, PLACES)
    np.fill_diagonal(distance, np.inf)
    band = within_distance(PLACES, 20.0).matrix.toarray()
    assert np.array_equal(band, distance <= 20.0)
    nearest = nearest_neighbours(PLACES, 7).matrix.toarray()
    assert np.array_equal(nearest, distance <= np.sort(distance, axis=1)[:, 6:7])


def test_a_permutation_keeps_the_own_value_and_shuffles_the_others():
    # Powers of two tell from a sum which values went into it.
    values = 2.0 ** np.arange(6)
    weights = within_distance(np.column_stack([np.arange(6.0), np.zeros(6)]), 1.0)
    rng = np.random.default_rng(0)
    seen = np.zeros((6, 6))
    for _ in range(3000):
        for place, total in enumerate(weights.permuted_sums(values, rng)):
            parts = [i for i in range(6) if int(total) >> i & 1]
            assert len(parts) == weights.counts[place]
            assert place not in parts
            seen[place, parts] += 1
    share = seen / 3000.0 / weights.counts[:, np.newaxis]
    assert np.allclose(share[~np.eye(6, dtype=bool)], 0.2, atol=0.03)


def test_cells_belong_to_the_nearest_place_within_reach():
    centres = np.random.default_rng(4).random((300, 2)) * 100.0
    marked = np.arange(50) % 3 == 0
    distance = cdist(centres, PLACES)
    nearest = distance.argmin(axis=1)
    expected = np.where(marked[nearest] & (distance.min(axis=1) <= 9.0), nearest, -1)
    assert np.array_equal(mark_nearest(centres, PLACES, marked, 9.0), expected)
    assert (mark_nearest(centres, PLACES, np.zeros(50, bool), 9.0) == -1).all()


@pytest.mark.parametrize("count", [0, 50])
def test_too_many_neighbours_are_refused(count):
    with pytest.raises(InvalidRequestError, match="there are 50 places"):
        nearest_neighbours(PLACES, count)


def test_bands_that_cannot_be_are_refused(monkeypatch):
    with pytest.raises(InvalidRequestError, match="above 0 m"):
        within_distance(PLACES, 0.0)
    monkeypatch.setattr(module, "MOST_PAIRS", 100)
    with pytest.raises(TooExpensiveError, match="Choose a narrower band"):
        within_distance(PLACES, 60.0)
