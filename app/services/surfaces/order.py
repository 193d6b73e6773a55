"""What somebody asks for: which results, which method, which grid."""

import math
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Literal

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from app.errors import InvalidRequest
from app.services.geometry import NO_GEOMETRY
from spatial.errors import UnknownNameError
from spatial.interpolation.registry import get_method
from spatial.interpolation.transforms import check_transform

DEPTH_RULES = ("contained", "overlap")
CENSORINGS = ("augmentation", "substitution")
MIN_CELL_SIZE = 0.1
# The model chooses method, transform and covariance model, see docs/methods/auto.md.
AUTO = "auto"
DEFAULT_REALISATIONS = 100
MOST_REALISATIONS = 1_000
_LATER = ("thresholds", "realisations", "block_size", "seed")


@dataclass(frozen=True)
class SurfaceOrder:
    """A surface of one contaminant for a selection of results.

    `outline` is a GeoJSON geometry in longitude and latitude; cells outside it are missing.
    Results whose depth, date, extraction or fraction is unknown are left out when one is asked
    for, unless `include_unknown`; the card counts them.

    `thresholds` (in the surface's unit) are those of indicator kriging, or those of whose area and
    block means a simulation's card tells; `realisations`, `block_size` (m) and `seed` are the
    simulation's.
    """

    contaminant: str
    datasets: tuple[str, ...] = ()
    depth_upper_cm: float | None = None
    depth_lower_cm: float | None = None
    depth_rule: str = "overlap"
    sampled_from: str | None = None
    sampled_to: str | None = None
    extraction: str | None = None
    fraction: str | None = None
    include_unknown: bool = False
    method: str = "ordinary_kriging"
    transform: str = "ln"
    cell_size: float | None = None
    neighbours: int | None = 32
    censoring: Literal["augmentation", "substitution"] = "augmentation"
    epsg: int | None = None
    outline: dict[str, Any] | None = None
    thresholds: tuple[float, ...] = ()
    realisations: int | None = None
    block_size: float | None = None
    seed: int = 0

    @classmethod
    def from_json(cls, parameters: dict[str, Any]) -> "SurfaceOrder":
        """Read an order back from a job's parameters."""
        known = {field.name for field in fields(cls)}
        values = {name: value for name, value in parameters.items() if name in known}
        values["datasets"] = tuple(values.get("datasets", ()))
        values["thresholds"] = tuple(sorted(set(map(float, values.get("thresholds") or ()))))
        return cls(**values)

    def to_json(self) -> dict[str, Any]:
        """Return the order as JSON; what came later is there only where it is asked for."""
        order = asdict(self) | {"datasets": sorted(self.datasets)}
        for name in _LATER:
            if order[name] in {None, (), 0}:
                del order[name]  # so that older orders keep their hash
        return order

    def check(self) -> None:
        """Refuse what cannot be meant.

        Raises
        ------
        InvalidRequest
            With the parameter.
        """
        if self.depth_rule not in DEPTH_RULES:
            raise InvalidRequest(
                f"depth_rule is one of {', '.join(DEPTH_RULES)}.", parameter="depth_rule"
            )
        if (self.depth_upper_cm is None) != (self.depth_lower_cm is None):
            raise InvalidRequest(
                "A depth window needs both ends: depth_upper_cm and depth_lower_cm.",
                parameter="depth_upper_cm",
            )
        upper, lower = self.depth_upper_cm, self.depth_lower_cm
        if upper is not None and lower is not None and not upper <= lower:
            raise InvalidRequest(
                "depth_upper_cm must not be below depth_lower_cm; depths grow downwards.",
                parameter="depth_upper_cm",
            )
        for name in ("sampled_from", "sampled_to"):
            text = getattr(self, name)
            if text is not None:
                _check_date(name, text)
        self._check_model()
        since, until = self.sampled_from, self.sampled_to
        if since is not None and until is not None and since > until:
            raise InvalidRequest(
                "sampled_to must not be before sampled_from.", parameter="sampled_to"
            )

    def _check_model(self) -> None:
        try:
            if self.method != AUTO:
                get_method(self.method)
            check_transform(self.transform)
        except UnknownNameError as error:
            raise InvalidRequest(str(error), parameter="method") from error
        self._check_family()
        if self.censoring not in CENSORINGS:
            raise InvalidRequest(
                f"censoring is one of {', '.join(CENSORINGS)}.", parameter="censoring"
            )
        if self.cell_size is not None and not MIN_CELL_SIZE <= self.cell_size < math.inf:
            raise InvalidRequest(f"cell_size is {MIN_CELL_SIZE} m or more.", parameter="cell_size")
        if self.outline is not None:
            read_outline(self.outline)

    def _check_family(self) -> None:
        """Refuse what the method does not take, or lacks."""
        if self.method == "external_drift":
            raise InvalidRequest(
                "External drift needs covariates on a grid, and this service keeps none; the "
                "library 'spatial' takes them. Choose ordinary_kriging or universal_kriging here.",
                parameter="method",
            )
        takers = {
            "thresholds": ("indicator_kriging", "simulation"),
            "realisations": ("simulation",),
            "block_size": ("simulation",),
        }
        for name, methods in takers.items():
            if getattr(self, name) not in {None, ()} and self.method not in methods:
                raise InvalidRequest(
                    f"{name} belongs to the method {' and '.join(methods)}; {self.method} takes "
                    "none, because its surface answers without.",
                    parameter=name,
                )
        if self.method == "indicator_kriging" and not self.thresholds:
            raise InvalidRequest(
                "Indicator kriging needs thresholds: it gives the probability at these and nothing "
                "between them.",
                parameter="thresholds",
            )
        if not all(0 < threshold < math.inf for threshold in self.thresholds):
            raise InvalidRequest("Every threshold must be above 0.", parameter="thresholds")
        if self.realisations is not None and not 2 <= self.realisations <= MOST_REALISATIONS:
            raise InvalidRequest(
                f"realisations lie between 2 and {MOST_REALISATIONS}.", parameter="realisations"
            )
        if self.block_size is not None and self.cell_size is None:
            raise InvalidRequest(
                "block_size is a multiple of cell_size: state that too.", parameter="cell_size"
            )


def read_outline(drawn: dict[str, Any], name: str = "outline") -> BaseGeometry:
    """Return a GeoJSON polygon in longitude and latitude; `name` is the parameter's.

    Raises
    ------
    InvalidRequest
        Where it is none, is not valid, or is not in degrees.
    """
    try:
        outline = shape(drawn)
    except NO_GEOMETRY as error:
        raise InvalidRequest(f"{name} is not a GeoJSON geometry.", parameter=name) from error
    if outline.geom_type not in {"Polygon", "MultiPolygon"} or outline.is_empty:
        raise InvalidRequest(f"{name} must be a polygon.", parameter=name)
    if not outline.is_valid:
        raise InvalidRequest(
            f"{name} is not a valid polygon: {shapely.is_valid_reason(outline)}.",
            parameter=name,
        )
    west, south, east, north = outline.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise InvalidRequest(f"{name} must be in longitude and latitude (degrees).", parameter=name)
    return outline


def _check_date(name: str, text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise InvalidRequest(
            f"{name} is a date such as 1990-06-30, not {text[:40]!r}.", parameter=name
        ) from error
