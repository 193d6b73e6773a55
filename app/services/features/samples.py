"""Samples with their current results."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    case,
    cast,
    exists,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, aliased

from app.db.models import (
    Contaminant,
    Import,
    Manner,
    Measurand,
    Measurement,
    Result,
    Sample,
    Site,
)
from app.services.features.datasets import dataset_properties, find_dataset
from app.services.features.shared import Described, Listed
from app.services.features.told import object_text
from app.services.registries import find_contaminant
from app.services.visibility import Visible, is_among

SORTABLE = ("sample", "depth_upper_cm", "depth_lower_cm", "sampled_from", "sampled_to")


def properties() -> dict[str, Any]:
    """Return what a sample shows."""
    return {
        **dataset_properties(Sample.dataset_id),
        "site": site_code(),
        "sample": Sample.code,
        "depth_upper_cm": Sample.depth_upper_cm,
        "depth_lower_cm": Sample.depth_lower_cm,
        "sampled_from": Sample.sampled_from,
        "sampled_to": Sample.sampled_to,
        "repairs": Sample.repairs,
        "results": _results(),
    }


def site_code() -> Any:
    """Return the code of a sample's site; few have one, and only for those is it asked for."""
    code = select(Site.code).where(Site.id == Sample.site_id).scalar_subquery()
    return case((Sample.site_id.is_not(None), code))


def _results() -> Any:
    pairs = [part for pair in _result().items() for part in pair]
    return _of_sample(func.json_agg(_in_order(func.json_build_object(*pairs))))


def results_text() -> Any:
    """Return the JSON of a sample's results as text."""
    listed = func.string_agg(object_text(_result()), _in_order(literal_column("','")), type_=Text)
    return _of_sample(literal_column("'['", Text).concat(listed).concat("]"))


def _result() -> dict[str, Any]:
    return {
        "contaminant": Result.contaminant,
        "name": Contaminant.name_en,
        "value": Result.value,
        "censoring": Result.censoring,
        "detection_limit": Result.detection_limit,
        "uncertainty": Result.uncertainty,
        "coverage_factor": Result.coverage_factor,
        "unit": Result.unit,
        "basis": Result.basis,
        "extraction": Result.extraction,
        "fraction": Result.fraction,
        "replicate": Result.replicate,
        "qualifier": Result.qualifier,
        "method": Result.method,
    }


def _in_order(last: Any) -> Any:
    """Return the last argument of an aggregate over results, with the order they come in."""
    return aggregate_order_by(last, Result.contaminant, Result.id)


def _of_sample(listed: Any) -> Any:
    return (
        select(listed)
        .join(Contaminant, Contaminant.code == Result.contaminant)
        # Said so that the index of current results does not seem to answer it: that one is by
        # measurand first, and before the first ANALYZE the planner would walk through all of it.
        .where(Result.sample_id == Sample.id, func.num_nulls(Result.superseded_at) == 1)
        .scalar_subquery()
    )


def listed_results() -> Listed:
    """Return how the results of many samples are put together: as `properties` shows them."""
    row = aliased(Measurement)
    return Listed(
        property="results",
        feature=Sample.id,
        table=row,
        belongs=row.sample_id == Sample.id,
        is_listed=row.superseded_at.is_(None),
        order=row.id,
        names=(
            "contaminant", "name", "value", "censoring", "detection_limit", "uncertainty",
            "coverage_factor", "unit", "basis", "extraction", "fraction", "replicate",
            "qualifier", "method",
        ),
        own={
            "value": row.value,
            "censoring": row.censoring,
            "detection_limit": row.detection_limit,
            "uncertainty": row.uncertainty,
        },
        described=(
            Described(row.measurand_id, _known_measurands),
            Described(row.manner_id, _known_manners),
        ),
    )  # fmt: skip


def _known_measurands(_visible: list[int]) -> Select[Any]:
    told = _json_texts({
        "contaminant": Measurand.contaminant,
        "name": Contaminant.name_en,
        "extraction": Measurand.extraction,
        "fraction": Measurand.fraction,
        "replicate": Measurand.replicate,
    })  # fmt: skip
    rank = func.dense_rank().over(order_by=Measurand.contaminant)
    return select(Measurand.id, rank, told).join(
        Contaminant, Contaminant.code == Measurand.contaminant
    )


def _known_manners(visible: list[int]) -> Select[Any]:
    told = _json_texts({
        "coverage_factor": Manner.coverage_factor,
        "unit": Manner.unit,
        "basis": Manner.basis,
        "qualifier": Manner.qualifier,
        "method": Manner.method,
    })  # fmt: skip
    return (
        select(Manner.id, literal(0), told)
        .join(Import, Import.id == Manner.import_id)
        .where(Import.dataset_id.in_(visible))
    )


def _json_texts(members: dict[str, Any]) -> Any:
    """Return an object of texts: the JSON of values, as the database writes it."""
    told = {name: cast(func.to_json(value), Text) for name, value in members.items()}
    return func.json_build_object(*(part for pair in told.items() for part in pair))


def is_visible(visible: Visible) -> ColumnElement[bool]:
    """Return the condition that a sample belongs to a visible data set."""
    return is_among(Sample.dataset_id, visible)


def has_contaminant(session: Session, name: str) -> ColumnElement[bool]:
    """Return the condition that a contaminant, by any of its names, was measured in the sample."""
    return has_code(find_contaminant(session, name).code)


def has_code(code: Any) -> ColumnElement[bool]:
    """Return the same of the contaminant with a code."""
    return exists().where(
        Measurement.sample_id == Sample.id,
        Measurement.measurand_id.in_(select(Measurand.id).where(Measurand.contaminant == code)),
        Measurement.superseded_at.is_(None),
    )


def of_dataset(session: Session, public_id: str) -> ColumnElement[bool]:
    """Return the condition that a sample belongs to one data set."""
    return Sample.dataset_id == find_dataset(session, public_id)


def own_numbers() -> tuple[Any, Any, Any]:
    """Return the system a sample's place was given in, and its numbers there."""
    return Sample.original_epsg, Sample.easting, Sample.northing
