"""What can be drawn of a surface: a quantity, its colours and what they are called."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.db.models import Surface
from app.errors import InvalidRequest
from app.services.rendering.ramps import (
    UNDECIDABLE,
    Ramp,
    class_ramp,
    concentration_ramp,
    probability_ramp,
    spread_ramp,
)
from app.services.rendering.rasters import Calculation
from app.services.surfaces.deciding import Undecidable
from app.services.surfaces.distribution import distribution_of, refusals
from spatial.distributions.contract import Distribution, Quantity

LayerName = Literal["median", "mean", "sigma", "probability", "class", "quantile"]
# Where the classes of hotspots begin (spatial.hotspots.classes.Fractions).
CLASS_EDGES = (0.0, 0.2, 0.5, 0.8, 1.0)
CLASS_NAMES = ("unlikely", "cannot_be_ruled_out", "possible", "likely")
MOST_BREAKS = 16
_NEEDS_THRESHOLD = ("probability", "class")
# From the smallest to the largest standard deviation on a map.
SpreadRange = Callable[[], tuple[float, float]]


@dataclass(frozen=True)
class LayerWish:
    """What a caller wants to see. `threshold` is in the surface's unit."""

    layer: LayerName = "median"
    threshold: float | None = None
    q: float | None = None
    breaks: tuple[float, ...] | None = None
    # Of classes, whether undecidable cells are told apart; nobody asks for it.
    undecidable: Undecidable | None = None

    def check(self) -> None:
        """Refuse what cannot be meant.

        Raises
        ------
        InvalidRequest
            With the parameter that is missing or too many.
        """
        if self.layer in _NEEDS_THRESHOLD and self.threshold is None:
            raise InvalidRequest(
                f"layer={self.layer} needs threshold=…, a concentration in the surface's unit, or "
                "guideline=…, the id of a guideline value.",
                parameter="threshold",
            )
        if self.layer == "quantile" and self.q is None:
            raise InvalidRequest(
                "layer=quantile needs q=…, between 0 and 1, for example 0.95.", parameter="q"
            )
        if self.layer != "quantile" and self.q is not None:
            raise InvalidRequest("q belongs to layer=quantile alone.", parameter="q")
        if self.breaks is not None and self.layer == "class":
            raise InvalidRequest(
                "The classes of layer=class begin where those of hotspots do; breaks are for the "
                "other layers.",
                parameter="breaks",
            )


class Drawn(NamedTuple):
    """Which bands are read, and what is made of them for each pixel."""

    bands: tuple[str, ...]
    calculate: Calculation
    # Whether the bands are followed by the threshold from which on the data of a cell can decide.
    has_deciding: bool = False


class Told(NamedTuple):
    """What a tile tells of each pixel, near and from afar, and what where nothing is known."""

    near: Drawn
    afar: Drawn | None
    missing: float
    kind: type[np.generic]


@dataclass(frozen=True)
class Layer:
    """What is drawn. From afar `peak`, where there is one, hides no cell below a pixel.

    Classes of the exceedance of `threshold` say whether undecidable cells are told apart.
    """

    name: LayerName
    quantity: Quantity
    ramp: Ramp
    unit: str
    title: str
    peak: Quantity | None = None
    threshold: float | None = None
    undecidable: Undecidable | None = None

    def told(self, *, is_picture: bool) -> Told:
        """Return what is told of each pixel: the place of its colour on the ramp, or its number.

        Cells are often fewer than pixels, so that colours are found before they are spread.
        """

        def drawn(quantity: Quantity) -> Drawn:
            calculate = self.ramp.positions if is_picture else self._numbers
            if self.undecidable == "shown":
                kind = UNDECIDABLE if is_picture else len(CLASS_NAMES)
                return self._held_back(quantity, calculate, kind)
            return Drawn(quantity.bands, lambda bands: calculate(quantity.calculate(bands)))

        afar = None if self.peak is None else drawn(self.peak)
        near = drawn(self.quantity)
        return Told(near, afar, 0, np.uint8) if is_picture else Told(near, afar, np.nan, np.float64)

    def _held_back(
        self, quantity: Quantity, calculate: Callable[[Any], NDArray[Any]], kind: int
    ) -> Drawn:
        """Return the same, of another kind where the data cannot decide about the threshold."""
        threshold = self.threshold
        assert threshold is not None  # noqa: S101 - classes are of a threshold

        def told(bands: list[NDArray[np.float64]]) -> NDArray[Any]:
            values = quantity.calculate(bands[:-1])
            found = calculate(values)
            found[(bands[-1] > threshold) & ~np.isnan(values)] = kind
            return found

        return Drawn(quantity.bands, told, has_deciding=True)

    def _numbers(self, values: NDArray[np.float64]) -> NDArray[Any]:
        """Return what a float tile holds: of a class its number, counted from 0 for unlikely."""
        if self.name != "class":
            return values
        classes = np.searchsorted(self.ramp.breaks[1:-1], values, side="right")
        return np.where(np.isnan(values), np.nan, classes)


def parse_breaks(text: str | None) -> tuple[float, ...] | None:
    """Return rising numbers from ``10,20,50``.

    Raises
    ------
    InvalidRequest
        Where they are not.
    """
    if text is None:
        return None
    try:
        # float() takes more than numbers as people write them, such as 1_0.
        parts = [] if "_" in text else text.split(",")
        breaks = tuple(float(part) for part in parts)
    except ValueError:
        breaks = ()
    is_rising = all(low < high for low, high in pairwise(breaks))
    if not 2 <= len(breaks) <= MOST_BREAKS or not is_rising or not all(np.isfinite(breaks)):
        raise InvalidRequest(
            f"breaks takes 2 to {MOST_BREAKS} rising numbers, for example 50,100,200,500.",
            parameter="breaks",
        )
    return breaks


def layer_of(surface: Surface, wish: LayerWish, spread_range: SpreadRange) -> Layer:
    """Return what is drawn of a surface.

    Raises
    ------
    InvalidRequest, Unprocessable
        A parameter is missing; or the surface cannot say that, with what could.
    """
    wish.check()
    with refusals():
        layer = _layer(distribution_of(surface), surface, wish, spread_range)
    if wish.breaks is None:
        return layer
    return replace(layer, ramp=layer.ramp.along(wish.breaks))


def _layer(
    distribution: Distribution, surface: Surface, wish: LayerWish, spread_range: SpreadRange
) -> Layer:
    if wish.layer in _NEEDS_THRESHOLD:
        assert wish.threshold is not None  # noqa: S101 - checked above
        layer = _exceedance(distribution, wish.layer, wish.threshold)
        return replace(layer, undecidable=wish.undecidable)
    if wish.layer == "sigma":
        scale = distribution.spread_scale
        unit = surface.unit if scale == "none" else f"standard deviation of {scale}"
        quantity = distribution.spread()
        return Layer("sigma", quantity, spread_ramp(*spread_range()), unit, "standard deviation")
    ramp = concentration_ramp(surface.value_low, surface.value_high)
    if wish.layer == "mean":
        return Layer("mean", distribution.mean(), ramp, surface.unit, "mean")
    if wish.layer == "quantile":
        assert wish.q is not None  # noqa: S101 - checked above
        title = f"quantile {wish.q:.15g}"
        return Layer("quantile", distribution.quantile(wish.q), ramp, surface.unit, title)
    return Layer("median", distribution.concentration(), ramp, surface.unit, distribution.map_title)


def _exceedance(distribution: Distribution, name: LayerName, threshold: float) -> Layer:
    quantity = distribution.probability(threshold)
    peak = distribution.peaks().probability(threshold)
    if name == "probability":
        return Layer(name, quantity, probability_ramp(), "1", "probability of exceedance", peak)
    ramp = class_ramp(CLASS_EDGES)
    return Layer(name, quantity, ramp, "1", "exceedance by class", peak, threshold)
