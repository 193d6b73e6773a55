import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from spatial.coordinates import (
    REGIONAL_SYSTEMS,
    Bounds,
    choose_metric_crs,
    is_metric,
    transform_bounds,
    transform_places,
)
from spatial.errors import ExtentError, InvalidCoordinatesError, SpatialError


@pytest.mark.parametrize(
    ("bounds", "epsg", "words"),
    [
        (Bounds(5.7, 50.9, 5.8, 51.0), 32631, "UTM zone 31N, which holds it whole"),
        (Bounds(28.0, -26.5, 28.5, -26.0), 32735, "UTM zone 35S"),
        (Bounds(178.5, -18.5, -179.0, -16.0), 32760, "UTM zone 60S"),
        (Bounds(0.0, 45.0, 8.0, 49.0), 32631, "scale error below 0.6 %"),
        (Bounds(-2.0, 45.0, 9.9, 49.0), 32631, "scale error above 0.6 %"),
        (Bounds(-180.0, 85.0, 180.0, 90.0), 5041, "UPS North"),
        (Bounds(-180.0, -90.0, 180.0, -81.0), 5042, "UPS South"),
        (Bounds(-9.0, 37.0, 28.0, 60.0), 3035, "Europe"),
        (Bounds(-120.0, 30.0, -75.0, 48.0), 5070, "conterminous United States"),
        (Bounds(115.0, -38.0, 150.0, -12.0), 3577, "Australia"),
        (Bounds(69.0, 9.0, 92.0, 33.0), 7755, "India"),
        (Bounds(-72.0, -30.0, -36.0, 4.0), 5880, "Brazil"),
        (Bounds(-130.0, 45.0, -60.0, 70.0), 3978, "Canada"),
    ],
)
def test_metric_system_is_chosen_with_a_reason(bounds, epsg, words):
    chosen = choose_metric_crs(bounds)
    assert chosen.epsg == epsg
    assert words in chosen.reason
    assert is_metric(chosen.epsg)


@given(
    longitude=st.floats(-180, 180),
    latitude=st.floats(-79.9, 83.9),
    width=st.floats(0, 6),
)
def test_utm_zone_is_right_for_every_small_extent(longitude, latitude, width):
    east = longitude + width
    bounds = Bounds(longitude, latitude, east - 360.0 if east > 180.0 else east, latitude)
    chosen = choose_metric_crs(bounds)
    middle = (longitude + width / 2 + 180.0) % 360.0 - 180.0
    central_meridian = (chosen.epsg % 100) * 6 - 183
    assert abs((middle - central_meridian + 180) % 360 - 180) <= 3.0 + 1e-9
    assert chosen.epsg // 100 == (326 if latitude >= 0 else 327)


def test_regional_systems_are_metric():
    for epsg, _ in REGIONAL_SYSTEMS:
        assert is_metric(epsg), CRS.from_epsg(epsg).name


def test_extents_without_a_plane_are_refused():
    with pytest.raises(ExtentError, match="Split it"):
        choose_metric_crs(Bounds(-170.0, -60.0, 170.0, 70.0))
    with pytest.raises(ExtentError, match="Split it"):
        choose_metric_crs(Bounds(150.0, -30.0, -150.0, 30.0))
    for wrong in (
        Bounds(181072.0, 333611.0, 181165.0, 333700.0),
        Bounds(0.0, 10.0, 1.0, 5.0),
        Bounds(float("nan"), 0.0, 1.0, 1.0),
    ):
        with pytest.raises(InvalidCoordinatesError, match="already metres, or swapped"):
            choose_metric_crs(wrong)


def test_bounds():
    one = Bounds(0.0, 0.0, 10.0, 10.0)
    assert one.buffered(1.0) == Bounds(-1.0, -1.0, 11.0, 11.0)
    assert one.intersection(Bounds(5.0, 5.0, 20.0, 20.0)) == Bounds(5.0, 5.0, 10.0, 10.0)
    assert one.intersection(Bounds(11.0, 0.0, 12.0, 1.0)) is None
    with pytest.raises(SpatialError, match="at least one place"):
        Bounds.of([], [])


def test_transformation_goes_there_and_back():
    longitude, latitude = np.array([5.75, 5.76]), np.array([50.98, 50.99])
    there = transform_places(longitude, latitude, 4326, 28992)
    back = transform_places(*there, 28992, 4326)
    np.testing.assert_allclose(back, [longitude, latitude], atol=1e-9)
    assert there[0].min() > 170_000
    box = transform_bounds(Bounds(5.75, 50.98, 5.76, 50.99), 4326, 28992)
    assert box.west <= there[0].min() <= there[0].max() <= box.east
