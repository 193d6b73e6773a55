"""Colour ramps that keep their order for colour-blind eyes and in grey, and their scales."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.db.models import Surface

_STEPS = 256

# Anchors of matplotlib's cividis (Nuñez, Anderton & Renslow 2018), made for colour-blind eyes.
_CIVIDIS = ("#00224d", "#11356f", "#3b496b", "#575d6d", "#6f7073", "#898678", "#a59b73",
            "#c2b269", "#e1cc54", "#fde737")  # fmt: skip
# A single-hue sequence from pale to dark red-purple (ColorBrewer RdPu): more is darker.
_PROBABILITY = ("#fff7f3", "#fde0dd", "#fcc5c0", "#fa9fb5", "#f768a1", "#dd3497", "#ae017e",
                "#7a0177", "#49006a")  # fmt: skip


@dataclass(frozen=True)
class Ramp:
    """A scale from `low` to `high`, in equal steps of the number or of its logarithm."""

    low: float
    high: float
    is_logarithmic: bool
    anchors: tuple[str, ...]

    def positions(self, values: NDArray[np.floating]) -> NDArray[np.uint8]:
        """Return where values lie on the ramp, 0 to 255; what lies beyond takes the end."""
        scaled = (self._scale(values) - self._scale(self.low)) / (
            self._scale(self.high) - self._scale(self.low)
        )
        finite = np.nan_to_num(np.asarray(scaled), nan=0.0, posinf=1.0, neginf=0.0)
        return np.rint(np.clip(finite, 0.0, 1.0) * (_STEPS - 1)).astype(np.uint8)

    def _scale(self, values: NDArray[np.floating] | float) -> NDArray[np.floating]:
        numbers = np.asarray(values, np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log(numbers) if self.is_logarithmic else numbers

    def colours(self) -> NDArray[np.uint8]:
        """Return the 256 colours as red, green, blue."""
        anchors = np.array(
            [[int(a[i : i + 2], 16) for i in (1, 3, 5)] for a in self.anchors], np.float64
        )
        at = np.linspace(0.0, len(anchors) - 1.0, _STEPS)
        channels = [np.interp(at, np.arange(len(anchors)), anchors[:, c]) for c in range(3)]
        return np.rint(np.stack(channels, axis=1)).astype(np.uint8)

    def colour_of(self, value: float) -> str:
        """Return one value's colour as ``#rrggbb``."""
        red, green, blue = self.colours()[self.positions(np.array([value]))[0]]
        return f"#{red:02x}{green:02x}{blue:02x}"

    def breaks(self) -> list[float]:
        """Return round numbers along the ramp for a legend, both ends included."""
        if not self.is_logarithmic:
            return [round(float(b), 12) for b in np.linspace(self.low, self.high, 6)]
        steps = np.geomspace(self.low, self.high, 6)
        return [self.low, *(_rounded(float(step)) for step in steps[1:-1]), self.high]


def _rounded(value: float) -> float:
    digits = 1 - math.floor(math.log10(value))
    return round(value, digits)


def concentration_ramp(surface: Surface) -> Ramp:
    """Return the ramp of a surface's concentrations: its 2nd to 98th percentile, rounded."""
    low, high = surface.value_low or 0.0, surface.value_high or 1.0
    if low > 0:
        low, high = _rounded(low), _rounded(high)
    if high <= low:
        high = low + 1.0
    return Ramp(low, high, low > 0, _CIVIDIS)


def probability_ramp() -> Ramp:
    """Return the ramp of probabilities."""
    return Ramp(0.0, 1.0, False, _PROBABILITY)
