import numpy as np
import pytest

from spatial.arrays import array_sha256, as_coordinates, as_values
from spatial.errors import InvalidCoordinatesError, InvalidValuesError, SpatialError


def test_doors_do_not_change_the_callers_arrays():
    places = np.array([[1, 2], [3, 4]], dtype=np.int32)
    assert as_coordinates(places).dtype == np.float64
    assert places.dtype == np.int32


def test_bad_arrays_are_refused():
    with pytest.raises(InvalidCoordinatesError, match="2 of 3 places"):
        as_coordinates([[np.nan, 0], [0, np.inf], [0, 0]])
    with pytest.raises(InvalidValuesError, match="detection limit"):
        as_values([1.0, np.nan], 2)
    assert issubclass(InvalidValuesError, SpatialError)
    assert issubclass(SpatialError, ValueError)


def test_hash_is_of_numbers_not_of_their_packing():
    one = np.array([[0.0, np.nan], [1.0, 2.0]], np.float32)
    same = np.asfortranarray(one.copy())
    same[0, 0] = -0.0
    assert array_sha256({"a": one}) == array_sha256({"a": same})
    assert array_sha256({"a": one}) != array_sha256({"b": one})
    assert array_sha256({"a": one}) != array_sha256({"a": one.reshape(1, 4)})
    assert array_sha256({"a": one}) != array_sha256({"a": one.astype(np.float64)})
    assert array_sha256({"a": np.array([1])}) != array_sha256({"a": np.array([2])})
