import numpy as np
import pytest

from spatial.errors import InvalidCoordinatesError
from spatial.hilbert import HILBERT_ORDER, hilbert_key


def cell_centres(order):
    side = 2**order
    steps = (np.arange(side) + 0.5) / side
    longitude, latitude = np.meshgrid(steps * 360.0 - 180.0, steps * 180.0 - 90.0)
    return longitude.ravel(), latitude.ravel()


@pytest.mark.parametrize("order", [1, 2, 5])
def test_curve_visits_every_cell_once_and_steps_to_a_neighbour(order):
    longitude, latitude = cell_centres(order)
    key = hilbert_key(longitude, latitude) >> (2 * (HILBERT_ORDER - order))
    assert np.array_equal(np.sort(key), np.arange(4**order))
    along = np.argsort(key)
    column = np.round((longitude + 180.0) / 360.0 * 2**order - 0.5)[along]
    row = np.round((latitude + 90.0) / 180.0 * 2**order - 0.5)[along]
    assert np.all(np.abs(np.diff(column)) + np.abs(np.diff(row)) == 1)


def test_keys_are_not_negative_and_reach_the_corners():
    key = hilbert_key([-180, 180, 180, -180, 0], [-90, -90, 90, 90, 0])
    assert key.dtype == np.int64
    assert key.min() == 0
    assert key.max() == 4**HILBERT_ORDER - 1
    assert hilbert_key([], []).shape == (0,)


def test_places_off_the_globe_are_refused():
    with pytest.raises(InvalidCoordinatesError, match="2 places are not on the globe"):
        hilbert_key([0.0, 181.0, np.nan], [0.0, 0.0, 0.0])
