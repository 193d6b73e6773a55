import numpy as np
import pytest

from spatial.errors import InvalidCoordinatesError, InvalidValuesError
from spatial.hotspots.samples import Samples, all_of_place


def test_places_keep_the_order_in_which_they_come():
    samples = Samples.of([[5, 5], [1, 1], [5, 5], [0, 9]], [1.0, 2, 3, 4])
    places, place = samples.places()
    assert places.tolist() == [[5, 5], [1, 1], [0, 9]]
    assert place.tolist() == [0, 1, 0, 2]


def test_only_a_limit_above_the_value_is_undecidable():
    samples = Samples.of(np.zeros((4, 2)), [9.0, 9, 5, 4], [False, True, True, True])
    assert samples.is_undecidable(5.0).tolist() == [False, True, False, False]
    assert samples.halved.tolist() == [9, 4.5, 2.5, 2]


def test_all_of_place():
    assert all_of_place(np.array([True, True]), np.array([0, 2]), 3).tolist() == [True, True, True]


def test_missing_numbers_are_refused():
    with pytest.raises(InvalidCoordinatesError):
        Samples.of([[0, np.nan]], [1.0])
    with pytest.raises(InvalidValuesError):
        Samples.of([[0, 0]], [np.nan])
