"""Colour ramps that keep their order for colour-blind eyes and in grey, and their scales."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
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
# Where the data cannot decide: as hotspots show it, a grey of no class, with a lattice on it that
# tells it from the others without any colour.
UNDECIDABLE_COLOUR, LATTICE_COLOUR = "#bdbdbd", "#4d5860"
# Their places, which no class has.
UNDECIDABLE, LATTICE = STEPS, STEPS - 2
# Pixels from line to line; tiles side by side are whole numbers of them.
LATTICE_STEP = 8
PROBABILITY_BREAKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
# Numbers are looked up by the first bits of theirs: sign, exponent and nine digits of two.
_DROPPED_BITS = 43
_MOST_BUCKETS = 1 << 14
_MOST_KEPT = 256


class Scale:
    """Where the place of each colour begins: the first one below all edges, 0 for no number.

    Numbers are looked up in a table of buckets, and held against the edges within theirs: as exact
    as a search, in a fifth of its time.
    """

    def __init__(self, edges: Floats, places: NDArray[np.uint8]) -> None:
        self._edges, self._places = edges, places
        self._passed: NDArray[np.intp] | None = None
        # Numbers above 0 rise as their bits do; others lie below all edges.
        if len(edges) and edges[0] > 0 and np.isfinite(edges[-1]):
            self._fill(edges.view(np.int64) >> _DROPPED_BITS)

    def _fill(self, buckets: NDArray[np.int64]) -> None:
        self._first = int(buckets[0])
        count = int(buckets[-1]) - self._first + 1
        if count > _MOST_BUCKETS:
            return
        within = np.bincount(buckets - self._first, minlength=count)
        # How many edges lie before each bucket; one more in front and one behind.
        self._passed = np.concatenate(([0, 0], np.cumsum(within)))
        self._most_within = int(within.max())
        # Beyond the last one there is none to pass.
        self._ends = np.append(self._edges, np.nan)

    def places(self, values: NDArray[np.floating]) -> NDArray[np.uint8]:
        """Return the places of the colours of values."""
        numbers = np.ascontiguousarray(values, np.float64)
        found = np.take(self._places, self._count(numbers))
        found[np.isnan(numbers)] = 0
        return found

    def _count(self, numbers: Floats) -> NDArray[np.intp]:
        """Return how many edges lie at or below each number."""
        if self._passed is None:
            return np.searchsorted(self._edges, numbers, side="right")
        at = numbers.view(np.int64) >> _DROPPED_BITS
        at -= self._first - 1
        np.clip(at, 0, len(self._passed) - 1, out=at)
        count = np.take(self._passed, at)
        for _ in range(self._most_within):
            count += numbers >= np.take(self._ends, count)
        return count


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
        return _scale_of(self).places(values)

    def palette(self) -> NDArray[np.uint8]:
        """Return the colours of all positions as red, green, blue; that of 0 is black."""
        return _palette_of(self.anchors, self.is_stepped).copy()

    def colour_of(self, value: float) -> str:
        """Return one value's colour as ``#rrggbb``."""
        red, green, blue = self.palette()[self.positions(np.array([value]))[0]]
        return f"#{red:02x}{green:02x}{blue:02x}"

    def along(self, breaks: tuple[float, ...]) -> "Ramp":
        """Return the same colours along other breaks."""
        return replace(self, breaks=breaks, is_logarithmic=self.is_logarithmic and breaks[0] > 0)


@lru_cache(maxsize=_MOST_KEPT)
def _scale_of(ramp: Ramp) -> Scale:
    last = len(ramp.breaks) - 1
    if ramp.is_stepped:
        along = (np.arange(last) + 0.5) / last
        places = np.rint(along * (STEPS - 1)).astype(np.uint8) + np.uint8(1)
        return Scale(np.array(ramp.breaks[1:-1], np.float64), places)
    breaks = np.array(ramp.breaks, np.float64)
    # Halfway between two positions.
    halves = (np.arange(STEPS - 1) + 0.5) / (STEPS - 1)
    scaled = np.log(breaks) if ramp.is_logarithmic else breaks
    edges = np.interp(halves, np.linspace(0.0, 1.0, last + 1), scaled)
    places = np.arange(1, STEPS + 1, dtype=np.uint8)
    return Scale(np.exp(edges) if ramp.is_logarithmic else edges, places)


@lru_cache(maxsize=_MOST_KEPT)
def _palette_of(names: tuple[str, ...], is_stepped: bool) -> NDArray[np.uint8]:
    anchors = np.array([_rgb(name) for name in names], np.float64)
    count = len(anchors)
    if is_stepped:
        at = np.minimum(np.arange(STEPS) * count // STEPS, count - 1).astype(np.float64)
    else:
        at = np.linspace(0.0, count - 1.0, STEPS)
    channels = [np.interp(at, np.arange(count), anchors[:, c]) for c in range(3)]
    colours = np.rint(np.stack(channels, axis=1)).astype(np.uint8)
    palette = np.vstack([np.zeros((1, 3), np.uint8), colours])
    if is_stepped:
        palette[UNDECIDABLE], palette[LATTICE] = _rgb(UNDECIDABLE_COLOUR), _rgb(LATTICE_COLOUR)
    return palette


def _rgb(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def with_lattice(places: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return places of colours, of pixels, with a lattice over what is undecidable."""
    is_line = _lattice(*places.shape) & (places == UNDECIDABLE)
    return np.where(is_line, np.uint8(LATTICE), places)


@lru_cache(maxsize=_MOST_KEPT)
def _lattice(height: int, width: int) -> NDArray[np.bool_]:
    rows, columns = np.arange(height)[:, np.newaxis], np.arange(width)
    is_rising = (rows + columns) % LATTICE_STEP == 0
    is_falling = (rows - columns) % LATTICE_STEP == 0
    return np.asarray(is_rising | is_falling, np.bool_)


def rounded(value: float) -> float:
    """Return a number to two digits, as people write classes."""
    if value == 0.0:
        return 0.0
    return round(value, 1 - math.floor(math.log10(abs(value))))


@lru_cache(maxsize=_MOST_KEPT)
def concentration_ramp(low: float | None, high: float | None) -> Ramp:
    """Return the ramp of concentrations from the 2nd to the 98th percentile of a map, rounded."""
    return _ramp(low or 0.0, 1.0 if high is None else high, _CIVIDIS)


def spread_ramp(low: float, high: float) -> Ramp:
    """Return the ramp of standard deviations, in equal steps."""
    low, high = rounded(low), rounded(high)
    return Ramp(_evenly(low, high if high > low else low + 1.0), False, _SPREAD)


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
