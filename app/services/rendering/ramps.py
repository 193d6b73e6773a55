"""Colour ramps that keep their order for colour-blind eyes and in grey, and their scales."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

# The first entry of a palette is for what is not painted.
STEPS = 255

# Anchors of matplotlib's cividis (Nuñez, Anderton & Renslow 2018), made for colour-blind eyes.
_CIVIDIS = ("#00224d", "#11356f", "#3b496b", "#575d6d", "#6f7073", "#898678", "#a59b73",
            "#c2b269", "#e1cc54", "#fde737")  # fmt: skip
# A single-hue sequence from pale to dark red-purple (ColorBrewer RdPu): more is darker.
_PROBABILITY = ("#fff7f3", "#fde0dd", "#fcc5c0", "#fa9fb5", "#f768a1", "#dd3497", "#ae017e",
                "#7a0177", "#49006a")  # fmt: skip
# Likewise from pale to dark blue (ColorBrewer PuBu): the darker, the less is known.
_SPREAD = ("#fff7fb", "#ece7f2", "#d0d1e6", "#a6bddb", "#74a9cf", "#3690c0", "#0570b0", "#045a8d",
           "#023858")  # fmt: skip
# The four classes of ColorBrewer's RdPu.
_CLASSES = ("#feebe2", "#fbb4b9", "#f768a1", "#ae017e")
PROBABILITY_BREAKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True)
class Ramp:
    """Colours along rising breaks: from break to break the same step of the ramp.

    Between two breaks the scale is that of the number or of its logarithm; a stepped ramp has one
    colour there instead. What lies beyond the ends takes the end.
    """

    breaks: tuple[float, ...]
    is_logarithmic: bool
    anchors: tuple[str, ...]
    is_stepped: bool = False

    def positions(self, values: NDArray[np.floating]) -> NDArray[np.uint8]:
        """Return where values lie on the ramp, 1 to 255; 0 where there is no number."""
        numbers = np.asarray(values, np.float64)
        last = len(self.breaks) - 1
        if self.is_stepped:
            classes = np.searchsorted(self.breaks[1:-1], numbers, side="right")
            along = (classes + 0.5) / last
        else:
            scaled, breaks = self._scale(numbers), self._scale(np.array(self.breaks))
            along = np.interp(scaled, breaks, np.linspace(0.0, 1.0, last + 1))
        unknown = np.isnan(numbers)
        along[unknown] = 0.0
        along *= STEPS - 1
        positions = np.rint(along, out=along).astype(np.uint8)
        positions += np.uint8(1)
        positions[unknown] = 0
        return positions

    def _scale(self, numbers: NDArray[np.floating]) -> NDArray[np.floating]:
        if not self.is_logarithmic:
            return numbers
        with np.errstate(divide="ignore"):
            scaled: NDArray[np.floating] = np.log(np.maximum(numbers, 0.0))
        return scaled

    def palette(self) -> NDArray[np.uint8]:
        """Return the colours of all positions as red, green, blue; that of 0 is black."""
        anchors = np.array(
            [[int(a[i : i + 2], 16) for i in (1, 3, 5)] for a in self.anchors], np.float64
        )
        count = len(anchors)
        if self.is_stepped:
            at = np.minimum(np.arange(STEPS) * count // STEPS, count - 1).astype(np.float64)
        else:
            at = np.linspace(0.0, count - 1.0, STEPS)
        channels = [np.interp(at, np.arange(count), anchors[:, c]) for c in range(3)]
        colours = np.rint(np.stack(channels, axis=1)).astype(np.uint8)
        return np.vstack([np.zeros((1, 3), np.uint8), colours])

    def colour_of(self, value: float) -> str:
        """Return one value's colour as ``#rrggbb``."""
        red, green, blue = self.palette()[self.positions(np.array([value]))[0]]
        return f"#{red:02x}{green:02x}{blue:02x}"

    def along(self, breaks: tuple[float, ...]) -> "Ramp":
        """Return the same colours along other breaks."""
        return replace(self, breaks=breaks, is_logarithmic=self.is_logarithmic and breaks[0] > 0)


def rounded(value: float) -> float:
    """Return a number to two digits, as people write classes."""
    if value == 0.0:
        return 0.0
    return round(value, 1 - math.floor(math.log10(abs(value))))


def concentration_ramp(low: float | None, high: float | None) -> Ramp:
    """Return the ramp of concentrations from the 2nd to the 98th percentile of a map, rounded."""
    return _ramp(low or 0.0, 1.0 if high is None else high, _CIVIDIS)


def spread_ramp(low: float, high: float) -> Ramp:
    """Return the ramp of standard deviations, in equal steps."""
    top = max(rounded(high), rounded(low) + 1e-9)
    return Ramp(_evenly(rounded(low), top), False, _SPREAD)


def _ramp(low: float, high: float, anchors: tuple[str, ...]) -> Ramp:
    if low > 0:
        low, high = rounded(low), rounded(high)
    if high <= low:
        high = low + 1.0
    if low <= 0:
        return Ramp(_evenly(low, high), False, anchors)
    inner = (rounded(float(step)) for step in np.geomspace(low, high, 6)[1:-1])
    breaks = sorted({low, high, *(step for step in inner if low < step < high)})
    return Ramp(tuple(breaks), True, anchors)


def _evenly(low: float, high: float) -> tuple[float, ...]:
    return tuple(round(float(step), 12) for step in np.linspace(low, high, 6))


def probability_ramp() -> Ramp:
    """Return the ramp of probabilities."""
    return Ramp(PROBABILITY_BREAKS, False, _PROBABILITY)


def class_ramp(edges: tuple[float, ...]) -> Ramp:
    """Return one colour for each class of probability; `edges` begin at 0 and end at 1."""
    return Ramp(edges, False, _CLASSES, is_stepped=True)
