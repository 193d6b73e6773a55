import numpy as np
import pytest

from spatial.errors import InvalidRequestError
from spatial.interpolation.variogram_pairs import Direction, pair_sums


def test_a_tolerance_of_ninety_takes_every_pair():
    rng = np.random.default_rng(0)
    places, values = rng.uniform(0, 9, (50, 2)), rng.normal(size=50)
    places = places[np.argsort(places[:, 0])]
    every = pair_sums(places, values, 1.0, 5, None, True)
    wide = pair_sums(places, values, 1.0, 5, Direction(33.0, 90.0), True)
    np.testing.assert_array_equal(every, wide)


def test_medians_of_equal_and_very_skewed_values():
    places = np.column_stack([np.arange(40.0), np.zeros(40)])
    assert pair_sums(places, np.ones(40), 10.0, 2, None, True).medians.tolist() == [0.0, 0.0]
    values = np.exp(np.linspace(0.0, 30.0, 40))
    first, second = np.triu_indices(40, 1)
    gap, distance = np.abs(values[first] - values[second]), places[second, 0] - places[first, 0]
    expected = [np.median(gap[(distance > low) & (distance <= low + 10)]) for low in (0, 10)]
    found = pair_sums(places, values, 10.0, 2, None, True).medians
    np.testing.assert_allclose(found, expected, rtol=1e-15)


def test_bad_directions_are_refused():
    with pytest.raises(InvalidRequestError, match="azimuth"):
        Direction(float("nan"))
    with pytest.raises(InvalidRequestError, match="tolerance"):
        Direction(0.0, 0.0)
