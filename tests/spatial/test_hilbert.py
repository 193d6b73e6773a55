import numpy as np
import pytest

from spatial.errors import InvalidCoordinatesError
from spatial.hilbert import HILBERT_ORDER, hilbert_key, hilbert_spans


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


BOXES = [
    (-180.0, -90.0, 180.0, 90.0),
    (5.1, 50.3, 7.3, 51.9),
    (5.7, 50.9, 5.7, 50.9),
    (-0.001, -0.001, 0.001, 0.001),
    (-180.0, 89.0, 180.0, 90.0),
    (179.5, -90.0, 180.0, -45.3),
    (-120.0, -33.0, 31.0, 77.0),
]


@pytest.mark.parametrize("share", [0.0, 0.5])
@pytest.mark.parametrize("box", BOXES)
def test_spans_hold_every_place_of_a_box_from_where_they_begin(box, share):
    rng = np.random.default_rng(3)
    west, south, east, north = box
    longitude, latitude = rng.uniform(west, east, 500), rng.uniform(south, north, 500)
    longitude[:4], latitude[:4] = (west, east, west, east), (south, south, north, north)
    key = hilbert_key(longitude, latitude)
    begin = int(np.quantile(key, share, method="nearest")) if share else 0
    spans = np.array(hilbert_spans(box, begin))
    assert 1 <= len(spans) < 100
    assert spans[0, 0] >= begin
    assert np.all(spans[:, 0] <= spans[:, 1])
    assert np.all(spans[1:, 0] > spans[:-1, 1] + 1)  # in order, and as few as may be
    key = key[key >= begin]
    at = np.searchsorted(spans[:, 0], key, side="right") - 1
    assert np.all(at >= 0)
    assert np.all(key <= spans[at, 1])


def test_the_first_places_of_a_box_are_found_without_looking_at_many_others():
    rng = np.random.default_rng(5)
    longitude, latitude = rng.uniform(-180, 180, 300_000), rng.uniform(-90, 90, 300_000)
    key = hilbert_key(longitude, latitude)
    along = np.argsort(key)
    key, longitude, latitude = key[along], longitude[along], latitude[along]
    for _ in range(20):
        west, south = rng.uniform(-170, 90), rng.uniform(-80, 20)
        inside = (longitude >= west) & (longitude <= west + 70.0)
        inside &= (latitude >= south) & (latitude <= south + 60.0)
        spans = hilbert_spans((west, south, west + 70.0, south + 60.0))
        held = [(key >= first) & (key <= last) for first, last in spans]
        looked_at = np.concatenate([inside[one] for one in held])
        assert looked_at.sum() == inside.sum() > 10_000
        # Of the whole box 1.7 times as many at the median, 2.5 at most (60 boxes).
        assert len(looked_at) < 3.0 * inside.sum()
        assert np.flatnonzero(looked_at)[39] < 200
