"""What a tile shows of each collection: less than its features do, and only plain values."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, any_, func, join, null, select, true
from sqlalchemy.sql.selectable import LateralFromClause

from app.db.models import Hotspot, Measurand, Measurement, Sample
from app.errors import NotFound
from app.services.features import Collection, results, samples


@dataclass(frozen=True)
class Measured:
    """The number of a feature that cells tell the maximum of, and what is kept of a feature."""

    value: Any
    columns: dict[str, Any] = field(default_factory=dict)
    # What tells it, row by row, where the collection does not; features without it are left out.
    lateral: LateralFromClause | None = None

    def source(self, collection: Collection) -> Any:
        """Return what features and their numbers are selected from."""
        if self.lateral is None:
            return collection.source
        return join(collection.source, self.lateral, true())


# Takes the code of the filter's contaminant, where there is one.
Measure = Callable[[Any], Measured]


@dataclass(frozen=True)
class Content:
    """What is kept of a feature, and whether all are points."""

    name: str
    properties: tuple[str, ...]
    is_point: bool
    measure: Measure
    # The condition that a feature is of the contaminant with a code: where there is one, the number
    # is a concentration of it, and a threshold can be held against that.
    of_code: Callable[[Any], ColumnElement[bool]] | None = None


def _nothing(_code: Any) -> Measured:
    return Measured(null())


def _of_sample(code: Any) -> Measured:
    """Return the highest current value of the contaminant, and whether one lay below a limit."""
    if code is None:
        return Measured(null())
    # Found once for all samples, and not joined for each.
    measurands = select(Measurand.id).where(Measurand.contaminant == code).scalar_subquery()
    measured = (
        select(
            func.max(Measurement.value).label("value"),
            func.max(Measurement.detection_limit).label("detection_limit"),
        )
        .where(
            Measurement.sample_id == Sample.id,
            Measurement.measurand_id == any_(func.array(measurands)),
            Measurement.superseded_at.is_(None),
        )
        .having(func.count() > 0)
        .lateral("measured")
    )
    told = {"value": measured.c.value, "detection_limit": measured.c.detection_limit}
    return Measured(measured.c.value, told, measured)


def _of_result(_code: Any) -> Measured:
    return Measured(Measurement.value)


def _of_hotspot(_code: Any) -> Measured:
    contaminants = func.array_to_string(Hotspot.contaminants, ",")
    return Measured(Hotspot.max_value, {"contaminants": contaminants})


TILED = {
    entry.name: entry
    for entry in (
        Content(
            "samples",
            ("sample", "depth_upper_cm", "depth_lower_cm", "sampled_from", "sampled_to"),
            is_point=True,
            measure=_of_sample,
            of_code=samples.has_code,
        ),
        Content(
            "results",
            ("contaminant", "value", "censoring", "detection_limit", "unit", "sample_id"),
            is_point=True,
            measure=_of_result,
            of_code=results.has_code,
        ),
        Content(
            "sources",
            ("name", "type", "type_name", "operating_from", "operating_to"),
            is_point=False,
            measure=_nothing,
        ),
        Content(
            "aggregates",
            ("area_code", "area_name", "contaminant", "n", "p50", "p95", "maximum", "unit"),
            is_point=False,
            measure=_nothing,
        ),
        Content("boundaries", ("area_code", "area_name"), is_point=False, measure=_nothing),
        Content(
            "hotspots",
            (
                "layer",
                "definition",
                "threshold",
                "unit",
                "confidence",
                "reason_code",
                "area_m2",
                "sample_count",
                "max_value",
                "quantity",
                "quantity_mean",
                "quantity_max",
            ),
            is_point=False,
            measure=_of_hotspot,
        ),
        Content(
            "members",
            ("name", "kind", "organisation", "city", "country"),
            is_point=True,
            measure=_nothing,
        ),
    )
}


def content_of(collection: Collection) -> Content:
    """Return what tiles show of a collection; a layer of hotspots shows what all of them do.

    Raises
    ------
    NotFound
        A collection without tiles.
    """
    found = TILED.get("hotspots" if collection.id.startswith("hl_") else collection.id)
    if found is None:
        raise NotFound(
            f"The collection {collection.id!r} has no tiles. Those that have: {', '.join(TILED)}."
        )
    return found


def kept_columns(
    collection: Collection, content: Content, measured: Measured, threshold: Any
) -> dict[str, Any]:
    """Return what a feature in a tile tells, by name."""
    kept = {"id": collection.public_id}
    kept |= {name: collection.properties[name] for name in content.properties}
    kept |= measured.columns
    if threshold is not None:
        kept["exceeds"] = exceeds(measured.value, threshold)
    return kept


def exceeds(value: Any, threshold: Any) -> ColumnElement[bool]:
    """Return whether a value lies above a threshold; unknown where it lies below a limit."""
    condition: ColumnElement[bool] = value > threshold
    return condition
