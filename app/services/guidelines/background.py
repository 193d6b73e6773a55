"""Local background as a threshold: of a reference area, or of the upper continental crust."""

import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from app.db.models import Contaminant
from app.errors import InvalidRequest, Unprocessable
from app.services.surfaces.order import SurfaceOrder
from app.services.surfaces.selection import Selection, select_results
from spatial.background import LEAST_COUNTS, background
from spatial.errors import SpatialError

CRUST = "ucc"
METHODS = (*LEAST_COUNTS, CRUST)
_CRUST_SOURCE = "Rudnick & Gao (2003), upper continental crust"


@dataclass(frozen=True)
class BackgroundOrder:
    """How the background is worked out, and where: the surface's own samples unless told.

    `datasets` names others, `bbox` (west, south, east, north; degrees) or `outline` (a GeoJSON
    polygon in degrees) a part of them.
    """

    method: str
    datasets: tuple[str, ...] = ()
    bbox: tuple[float, ...] | None = None
    outline: dict[str, Any] | None = None

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> "BackgroundOrder":
        """Read it back from a job's parameters."""
        bbox = said.get("bbox")
        return cls(
            said["method"],
            tuple(said.get("datasets") or ()),
            None if bbox is None else tuple(bbox),
            said.get("outline"),
        )

    def to_json(self) -> dict[str, Any]:
        """Return what was asked, without what was not."""
        asked = {
            "method": self.method,
            "datasets": sorted(self.datasets),
            "bbox": None if self.bbox is None else list(self.bbox),
            "outline": self.outline,
        }
        return {name: value for name, value in asked.items() if value}

    def check(self) -> None:
        """Refuse what cannot be meant.

        Raises
        ------
        InvalidRequest
            With the parameter.
        """
        if self.method not in METHODS:
            raise InvalidRequest(
                f"There is no background {self.method[:80]!r}. There are: {', '.join(METHODS)}.",
                parameter="background",
            )
        if self.method == CRUST and (self.datasets or self.bbox or self.outline):
            raise InvalidRequest(
                "The upper continental crust has no reference area; leave it out.",
                parameter="background",
            )
        if self.bbox is not None and self.outline is not None:
            raise InvalidRequest("Name a bbox or an outline, not both.", parameter="bbox")
        self.area()

    def area(self) -> BaseGeometry | None:
        """Return the reference area in degrees, or None for all samples.

        Raises
        ------
        InvalidRequest
            Where it is none.
        """
        if self.bbox is not None:
            return _box(self.bbox)
        if self.outline is None:
            return None
        try:
            area = shape(self.outline)
            is_good = area.geom_type in {"Polygon", "MultiPolygon"} and area.is_valid
        except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError):
            is_good = False
        if not is_good or area.is_empty:
            raise InvalidRequest(
                "The reference area's outline is not a valid GeoJSON polygon.", parameter="outline"
            )
        return area


def _box(bbox: tuple[float, ...]) -> BaseGeometry:
    if len(bbox) != 4 or not np.isfinite(bbox).all() or bbox[0] >= bbox[2] or bbox[1] >= bbox[3]:
        raise InvalidRequest(
            "bbox takes west, south, east, north in degrees, with west below east and south below "
            "north.",
            parameter="bbox",
        )
    return shapely.box(*bbox)


@dataclass(frozen=True)
class BackgroundValue:
    """The background as a threshold, with what it rests on."""

    value: float
    sentence: str
    facts: dict[str, Any]
    dataset_ids: tuple[int, ...] = ()


def background_value(
    session: Session, order: BackgroundOrder, surface_order: SurfaceOrder, contaminant: Contaminant
) -> BackgroundValue:
    """Work the background out, from results chosen as those of the surface.

    Raises
    ------
    NotFound
        A data set that does not exist.
    Unprocessable
        Too few results, or what is asked for lies below detection limits.
    """
    order.check()
    if order.method == CRUST:
        return _crust(contaminant)
    wanted = surface_order
    if order.datasets:
        wanted = replace(surface_order, datasets=order.datasets)
    selection = select_results(session, wanted, contaminant)
    inside = _inside(selection, order)
    try:
        found = background(selection.values[inside], selection.is_censored[inside], order.method)
    except SpatialError as error:
        raise Unprocessable(f"The background cannot be worked out. {error}") from error
    share = found.censored_count / found.count
    facts = {
        "method": found.method,
        "label": found.label,
        "n": found.count,
        "censored_share": share,
        "extractions": selection.extractions,
        "reference": order.to_json(),
        "sentence": "",
    }
    where = _where(order)
    sentence = (
        f"local background, {found.label} of {found.count} results {where}, {share:.0%} of them "
        "below detection limits"
    )
    facts["sentence"] = sentence
    return BackgroundValue(found.value, sentence, facts, selection.dataset_ids)


def _inside(selection: Selection, order: BackgroundOrder) -> NDArray[np.bool_]:
    area = order.area()
    if area is None:
        return np.ones(len(selection.values), dtype=bool)
    inside: NDArray[np.bool_] = shapely.intersects_xy(
        area, selection.longitudes, selection.latitudes
    )
    return inside


def _where(order: BackgroundOrder) -> str:
    of = f"of {', '.join(sorted(order.datasets))}" if order.datasets else "of the surface"
    if order.bbox is not None:
        return f"{of} in the box {json.dumps(list(order.bbox))}"
    return f"{of} in the outline" if order.outline is not None else of


def _crust(contaminant: Contaminant) -> BackgroundValue:
    value = contaminant.ucc_rudnick_gao_mgkg
    if value is None:
        raise Unprocessable(
            f"No concentration of {contaminant.name_en.lower()} in the upper continental crust is "
            "known. Take mad, p90 or p95 of a reference area."
        )
    sentence = f"background of the {_CRUST_SOURCE.split(', ')[1]}, {_CRUST_SOURCE.split(', ')[0]}"
    facts = {"method": CRUST, "label": _CRUST_SOURCE, "sentence": sentence}
    return BackgroundValue(value, sentence, facts)
