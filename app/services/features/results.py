"""Results one by one: one contaminant measured in one sample, at the sample's place."""

import re
import uuid
from typing import Any

from sqlalchemy import ColumnElement, false, func, select
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import Contaminant, Manner, Measurand, Measurement, Sample
from app.services.features.datasets import dataset_properties, hexadecimal, shared_by_dataset
from app.services.features.datasets import public_id as id_of
from app.services.features.samples import site_code
from app.services.features.shared import Shared
from app.services.registries import find_contaminant
from app.services.visibility import Visible, is_among

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
    return func.concat("rs_", hexadecimal(Sample.uid), "_", Measurement.measurand_id)


def read_id(text: str) -> tuple[Any, ...] | None:
    """Return what an id says: of which sample, what was measured; None where it cannot be one."""
    match = _ID.fullmatch(text)
    return None if match is None else (uuid.UUID(match[1]), int(match[2]))


def properties() -> dict[str, Any]:
    """Return what a result shows; what its sample says stands with it, so it can stand alone."""
    name = select(Contaminant.name_en).where(Contaminant.code == Measurand.contaminant)
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
        "site": site_code(),
        "depth_upper_cm": Sample.depth_upper_cm,
        "depth_lower_cm": Sample.depth_lower_cm,
        "sampled_from": Sample.sampled_from,
        "sampled_to": Sample.sampled_to,
        **dataset_properties(Sample.dataset_id),
    }


def shared() -> tuple[Shared, ...]:
    """Return what follows from what was measured, from how it is told, and from the data set."""
    of_measurand = ("contaminant", "name", "extraction", "fraction", "replicate")
    of_manner = ("coverage_factor", "unit", "basis", "qualifier", "method", "laboratory")
    return (
        Shared(Measurement.measurand_id, of_measurand),
        Shared(Measurement.manner_id, of_manner),
        shared_by_dataset(Sample.dataset_id),
    )


def is_visible(visible: Visible) -> ColumnElement[bool]:
    """Return the condition that a result is the current one of a sample of a visible data set."""
    return is_among(Sample.dataset_id, visible) & Measurement.superseded_at.is_(None)


def of_contaminant(session: Session, name: str) -> ColumnElement[bool]:
    """Return the condition that a result is of a contaminant, by any of its names."""
    return has_code(find_contaminant(session, name).code)


def of_sample(public_id: str) -> ColumnElement[bool]:
    """Return the condition that a result is one of the sample with an id."""
    uid = ids.parse("sample", public_id)
    return false() if uid is None else Sample.uid == uid


def has_code(code: Any) -> ColumnElement[bool]:
    """Return the same of the contaminant with a code."""
    return Measurement.measurand_id.in_(
        select(Measurand.id).where(Measurand.contaminant == code).correlate(None)
    )
