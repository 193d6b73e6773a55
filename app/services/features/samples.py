"""Samples with their current results."""

from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from app.db.models import Contaminant, Measurand, Measurement, Result, Sample, Site
from app.services.features.datasets import dataset_properties, find_dataset
from app.services.registries import find_contaminant

SORTABLE = ("sample", "depth_upper_cm", "depth_lower_cm", "sampled_from", "sampled_to")


def properties() -> dict[str, Any]:
    """Return what a sample shows."""
    site = select(Site.code).where(Site.id == Sample.site_id).scalar_subquery()
    return {
        **dataset_properties(Sample.dataset_id),
        "site": site,
        "sample": Sample.code,
        "depth_upper_cm": Sample.depth_upper_cm,
        "depth_lower_cm": Sample.depth_lower_cm,
        "sampled_from": Sample.sampled_from,
        "sampled_to": Sample.sampled_to,
        "repairs": Sample.repairs,
        "results": _results(),
    }


def _results() -> Any:
    shown = func.json_build_object(
        "contaminant", Result.contaminant,
        "name", Contaminant.name_en,
        "value", Result.value,
        "censoring", Result.censoring,
        "detection_limit", Result.detection_limit,
        "uncertainty", Result.uncertainty,
        "coverage_factor", Result.coverage_factor,
        "unit", Result.unit,
        "basis", Result.basis,
        "extraction", Result.extraction,
        "fraction", Result.fraction,
        "replicate", Result.replicate,
        "qualifier", Result.qualifier,
        "method", Result.method,
    )  # fmt: skip
    return (
        select(func.json_agg(aggregate_order_by(shown, Result.contaminant, Result.id)))
        .join(Contaminant, Contaminant.code == Result.contaminant)
        # Said so that the index of current results does not seem to answer it: that one is by
        # measurand first, and before the first ANALYZE the planner would walk through all of it.
        .where(Result.sample_id == Sample.id, func.num_nulls(Result.superseded_at) == 1)
        .scalar_subquery()
    )


def is_visible(visible: list[int]) -> ColumnElement[bool]:
    """Return the condition that a sample belongs to a visible data set."""
    return Sample.dataset_id.in_(visible)


def has_contaminant(session: Session, name: str) -> ColumnElement[bool]:
    """Return the condition that a contaminant, by any of its names, was measured in the sample."""
    code = find_contaminant(session, name).code
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
