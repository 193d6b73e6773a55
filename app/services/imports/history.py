"""Where the numbers of samples and sources come from, and what stood there before."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import Import, Result, Sample, Source
from app.errors import NotFound
from app.services.features.samples import is_visible
from app.services.visibility import visible_datasets

_KEPT = (
    "contaminant",
    "value",
    "censoring",
    "detection_limit",
    "limit_kind",
    "uncertainty",
    "coverage_factor",
    "unit",
    "basis",
    "extraction",
    "fraction",
    "replicate",
    "qualifier",
    "method",
    "laboratory",
    "column_name",
    "original_text",
    "original_unit",
    "conversion_factor",
    "repairs",
    "row_number",
    "superseded_at",
)
# What the reading calls the part of a file that was read, in its description.
_TABLES = ("sheet", "layer", "member")
_KEPT_OF_SOURCES = (
    "name",
    "source_type",
    "original_easting",
    "original_northing",
    "original_epsg",
    "positional_accuracy_m",
    "contaminants",
    "operating_from",
    "operating_to",
    "releases",
    "citation",
    "row_number",
    "superseded_at",
)


def sample_history(session: Session, public_id: str) -> dict[str, Any]:
    """Return every result a sample ever had, current ones first, each with its origin.

    Raises
    ------
    NotFound
        Unknown, or not the caller's to see: the answer is the same.
    """
    uid = ids.parse("sample", public_id)
    visible = visible_datasets(session)
    sample = (
        None
        if uid is None
        else session.scalar(select(Sample).where(Sample.uid == uid, is_visible(visible)))
    )
    if sample is None:
        raise NotFound(f"There is no sample {public_id[:80]!r}.")
    rows = session.execute(
        select(Result, Import)
        .join(Import, Import.id == Result.import_id)
        .where(Result.sample_id == sample.id)
        .order_by(Result.contaminant, Result.superseded_at.desc().nulls_first(), Result.id.desc())
    )
    return {
        "sample": public_id,
        "original_easting": sample.original_easting,
        "original_northing": sample.original_northing,
        "original_epsg": sample.original_epsg,
        "repairs": sample.repairs,
        "results": [_told(result, record) for result, record in rows],
    }


def _told(result: Result, record: Import) -> dict[str, Any]:
    told = {name: getattr(result, name) for name in _KEPT}
    return told | {"is_current": result.superseded_at is None, **_origin(record)}


def source_history(session: Session, public_id: str) -> dict[str, Any]:
    """Return what was told of a source, the current telling first.

    Raises
    ------
    NotFound
        Unknown, or not the caller's to see: the answer is the same.
    """
    uid = ids.parse("source", public_id)
    rows = session.execute(
        select(Source, Import)
        .join(Import, Import.id == Source.import_id)
        .where(Source.uid == uid, Source.dataset_id.in_(visible_datasets(session)))
        .order_by(Source.id.desc())
    ).all()
    if uid is None or not rows:
        raise NotFound(f"There is no source {public_id[:80]!r}.")
    return {"source": public_id, "versions": [_version(*row) for row in rows]}


def _version(source: Source, record: Import) -> dict[str, Any]:
    told = {name: getattr(source, name) for name in _KEPT_OF_SOURCES}
    return told | {"is_current": source.superseded_at is None, **_origin(record)}


def _origin(record: Import) -> dict[str, Any]:
    """Return which file a number came from, and which sheet, layer or member of it."""
    description = (record.report or {}).get("description", {})
    return {
        "import": ids.show("import", record.uid),
        "file_sha256": record.sha256,
        "sheet": next((description[name] for name in _TABLES if name in description), None),
        "loaded": record.finished_at,
    }
