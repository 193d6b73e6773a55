"""Results one by one: one contaminant measured in one sample, at the sample's place."""

import re
import uuid
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.db.models import Contaminant, Manner, Measurand, Measurement, Sample, Site
from app.services.features.datasets import dataset_properties
from app.services.features.datasets import public_id as id_of
from app.services.registries import find_contaminant

_ID = re.compile(r"rs_([0-9a-f]{32})_([1-9][0-9]{0,8})")


def source() -> Any:
    """Return results with their samples; what many share is joined only where it is asked for."""
    return (
        Measurement.__table__.join(Sample, Sample.id == Measurement.sample_id)
        .outerjoin(Measurand, Measurand.id == Measurement.measurand_id)
        .outerjoin(Manner, Manner.id == Measurement.manner_id)
    )


def public_id() -> Any:
    """Return the id: of the sample, and of what was measured; a corrected result keeps it."""
    sample = func.replace(func.concat(Sample.uid), "-", "")
    return func.concat("rs_", sample, "_", Measurement.measurand_id)


def has_id(text: str) -> ColumnElement[bool] | None:
    """Return the condition that a result has an id, or None where the text cannot be one."""
    match = _ID.fullmatch(text)
    if match is None:
        return None
    return (Sample.uid == uuid.UUID(match[1])) & (Measurement.measurand_id == int(match[2]))


def properties() -> dict[str, Any]:
    """Return what a result shows; what its sample says stands with it, so it can stand alone."""
    name = select(Contaminant.name_en).where(Contaminant.code == Measurand.contaminant)
    site = select(Site.code).where(Site.id == Sample.site_id)
    return {
        "contaminant": Measurand.contaminant,
        "name": name.scalar_subquery(),
        "value": Measurement.value,
        "censoring": Measurement.censoring,
        "detection_limit": Measurement.detection_limit,
        "uncertainty": Measurement.uncertainty,
        "coverage_factor": Manner.coverage_factor,
        "unit": Manner.unit,
        "basis": Manner.basis,
        "extraction": Measurand.extraction,
        "fraction": Measurand.fraction,
        "replicate": Measurand.replicate,
        "qualifier": Manner.qualifier,
        "method": Manner.method,
        "laboratory": Manner.laboratory,
        "sample_id": id_of("sample", Sample.uid),
        "sample": Sample.code,
        "site": site.scalar_subquery(),
        "depth_upper_cm": Sample.depth_upper_cm,
        "depth_lower_cm": Sample.depth_lower_cm,
        "sampled_from": Sample.sampled_from,
        "sampled_to": Sample.sampled_to,
        **dataset_properties(Sample.dataset_id),
    }


def is_visible(visible: list[int]) -> ColumnElement[bool]:
    """Return the condition that a result is the current one of a sample of a visible data set."""
    return Sample.dataset_id.in_(visible) & Measurement.superseded_at.is_(None)


def of_contaminant(session: Session, name: str) -> ColumnElement[bool]:
    """Return the condition that a result is of a contaminant, by any of its names."""
    code = find_contaminant(session, name).code
    return Measurement.measurand_id.in_(
        select(Measurand.id).where(Measurand.contaminant == code).correlate(None)
    )
