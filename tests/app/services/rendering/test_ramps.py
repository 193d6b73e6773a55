"""Colour ramps and their scales."""

import numpy as np
import pytest

from app.services.rendering.ramps import (
    LATTICE,
    UNDECIDABLE,
    Ramp,
    Scale,
    class_ramp,
    concentration_ramp,
    probability_ramp,
    spread_ramp,
    with_lattice,
)


def _ramp_of(low: float | None, high: float | None) -> tuple[float, float, bool]:
    ramp = concentration_ramp(low, high)
    return ramp.breaks[0], ramp.breaks[-1], ramp.is_logarithmic


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (123.4, 987.6, (120.0, 990.0, True)),
        (0.012345, 0.98765, (0.012, 0.99, True)),
        (0.0, 50.0, (0.0, 50.0, False)),
        (None, None, (0.0, 1.0, False)),
        (7.0, 7.0, (7.0, 8.0, True)),
        (-1.0, 5.0, (-1.0, 5.0, False)),
    ],
)
def test_scale_follows_the_surface(
    low: float | None, high: float | None, expected: tuple[float, float, bool]
) -> None:
    assert _ramp_of(low, high) == expected


def test_positions_hold_at_the_ends_and_pass_over_nan() -> None:
    ramp = concentration_ramp(10.0, 1000.0)
    values = np.array([np.nan, 0.0, 1.0, 10.0, 100.0, 1000.0, 1e9, np.inf])
    positions = ramp.positions(values).tolist()
    assert positions[:4] == [0, 1, 1, 1]
    assert positions[5:] == [255, 255, 255]
    # Every break is the same step of the ramp from the one before.
    along = ramp.positions(np.array(ramp.breaks))
    assert along.tolist() == [1, 52, 103, 153, 204, 255]


def test_other_breaks_stretch_the_same_colours() -> None:
    ramp = probability_ramp().along((0.0, 0.01, 0.1, 1.0))
    assert ramp.positions(np.array([0.01, 0.1])).tolist() == [86, 170]
    assert not concentration_ramp(1.0, 9.0).along((-1.0, 5.0)).is_logarithmic


def test_classes_have_one_colour_each_and_begin_at_their_edge() -> None:
    ramp = class_ramp((0.0, 0.2, 0.5, 0.8, 1.0))
    values = np.array([0.0, 0.1999, 0.2, 0.4999, 0.5, 0.7999, 0.8, 1.0, np.nan])
    colours = [tuple(ramp.palette()[index]) for index in ramp.positions(values)]
    assert (
        colours[:-1]
        == [(254, 235, 226)] * 2
        + [(251, 180, 185)] * 2
        + [(247, 104, 161)] * 2
        + [(174, 1, 126)] * 2
    )
    assert ramp.positions(values)[-1] == 0


def test_brightness_never_turns_back() -> None:
    # Read in grey, more must never look like less.
    for ramp, sign in (
        (concentration_ramp(1.0, 9.0), 1),
        (probability_ramp(), -1),
        (spread_ramp(0.1, 0.9), -1),
    ):
        grey = ramp.palette()[1:].astype(float) @ [0.2126, 0.7152, 0.0722]
        assert (sign * np.diff(grey) > -1.0).all()
        assert sign * (grey[-1] - grey[0]) > 100


def test_colour_of_a_break_is_a_colour_of_the_ramp() -> None:
    ramp = probability_ramp()
    known = {"#{:02x}{:02x}{:02x}".format(*colour) for colour in ramp.palette()[1:].tolist()}
    assert {ramp.colour_of(value) for value in ramp.breaks} <= known
    assert ramp.colour_of(0.0) == "#fff7f3"
    assert ramp.colour_of(1.0) == "#49006a"


@pytest.mark.parametrize(
    "edges",
    [
        np.geomspace(0.3, 4_000.0, 254),
        np.linspace(0.002, 1.0, 254),
        # Several within a bucket; all within one; one alone; twice the same.
        np.array([1.0, 1.0 + 1e-15, 1.0 + 1e-9, 1.0001, 7.0]),
        np.array([5.0, 5.0 + 1e-12]),
        np.array([0.25]),
        np.array([3.0, 3.0, 3.0, 8.0]),
        # Too far apart for a table, and below 0.
        np.array([1e-300, 1.0, 1e300]),
        np.array([-4.0, 0.0, 4.0]),
    ],
)
def test_a_colour_begins_at_its_edge_whichever_way_it_is_looked_up(edges: np.ndarray) -> None:
    rng = np.random.default_rng(4)
    beside = [np.nextafter(edges, way) for way in (-np.inf, np.inf)]
    anywhere = rng.uniform(edges[0] - 1, edges[-1] + 1, 2_000)
    special = np.array(
        [np.nan, -np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, -5e-324, 1e308, -1e308]
    )
    values = np.concatenate([edges, *beside, anywhere, special])
    places = np.arange(1, len(edges) + 2, dtype=np.uint8)
    known = ~np.isnan(values)
    passed = (values[:, np.newaxis] >= edges).sum(axis=1)
    expected = np.where(known, places[passed], 0)
    assert Scale(edges, places).places(values).tolist() == expected.tolist()


def test_positions_are_the_nearest_of_255_along_the_ramp() -> None:
    ramp = Ramp((10.0, 20.0, 500.0, 900.0), True, ("#000000", "#ffffff"))
    values = np.random.default_rng(5).uniform(5.0, 1_000.0, 3_000)
    scaled, breaks = np.log(values), np.log(ramp.breaks)
    along = np.interp(scaled, breaks, np.linspace(0, 254, 4))
    is_clear = np.abs(along % 1 - 0.5) > 1e-9
    assert is_clear.sum() > 2_900
    expected = np.rint(along[is_clear]).astype(int) + 1
    assert ramp.positions(values[is_clear]).tolist() == expected.tolist()


def test_a_palette_belongs_to_who_asked_for_it() -> None:
    ramp = probability_ramp()
    ramp.palette()[:] = 7
    assert ramp.palette()[1].tolist() == [255, 247, 243]


def test_what_is_undecidable_has_a_lattice_that_goes_on_in_the_next_tile() -> None:
    places = np.full((16, 24), 7, np.uint8)
    places[:, 2:] = UNDECIDABLE
    found = with_lattice(places)
    assert set(np.unique(found[:, :2])) == {7}
    assert set(np.unique(found[:, 2:])) == {UNDECIDABLE, LATTICE}
    np.testing.assert_array_equal(found[:8, 8:16], found[8:, 16:])
    # Lines rise and fall.
    assert found[0, 8] == found[1, 9] == found[1, 7] == LATTICE
    assert found[0, 9] == UNDECIDABLE
    assert UNDECIDABLE not in class_ramp((0.0, 0.2, 0.5, 0.8, 1.0)).positions(np.linspace(0, 1))
