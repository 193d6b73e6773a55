import numpy as np
import pytest

from spatial.arrays import as_coordinates, as_values
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
