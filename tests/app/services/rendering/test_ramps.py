"""Colour ramps and their scales."""

import numpy as np
import pytest

from app.db.models import Surface
from app.services.rendering.ramps import concentration_ramp, probability_ramp


def _ramp_of(low: float | None, high: float | None) -> tuple[float, float, bool]:
    ramp = concentration_ramp(Surface(value_low=low, value_high=high))
    return ramp.low, ramp.high, ramp.is_logarithmic


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
    ramp = concentration_ramp(Surface(value_low=10.0, value_high=1000.0))
    values = np.array([np.nan, 0.0, 1.0, 10.0, 100.0, 1000.0, 1e9, np.inf])
    assert ramp.positions(values).tolist() == [0, 0, 0, 0, 128, 255, 255, 255]


def test_brightness_never_turns_back() -> None:
    # Read in grey, more must never look like less.
    for ramp, sign in (
        (concentration_ramp(Surface(value_low=1.0, value_high=9.0)), 1),
        (probability_ramp(), -1),
    ):
        grey = ramp.colours().astype(float) @ [0.2126, 0.7152, 0.0722]
        assert (sign * np.diff(grey) > -1.0).all()
        assert sign * (grey[-1] - grey[0]) > 100


def test_colour_of_a_break_is_a_colour_of_the_ramp() -> None:
    ramp = probability_ramp()
    known = {"#{:02x}{:02x}{:02x}".format(*colour) for colour in ramp.colours().tolist()}
    assert {ramp.colour_of(value) for value in ramp.breaks()} <= known
    assert ramp.colour_of(0.0) == "#fff7f3"
    assert ramp.colour_of(1.0) == "#49006a"
