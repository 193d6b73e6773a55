"""Load potential sources of pollution: superseded by newer ones, never updated."""

import json
from typing import Any

import polars as pl
from sqlalchemy.orm import Session

from app.db.models import Import, Source
from app.services.imports.versions import load_versions
from spatial.coordinates import hilbert_key

_NOT_STORED = frozenset({"longitude", "latitude", "geometry", "rows"})


def load_sources(session: Session, record: Import, sources: pl.DataFrame) -> int:
    """Insert or supersede; return how many rows of the file brought something new."""
    if sources.is_empty():
        return 0
    keys = hilbert_key(sources["longitude"], sources["latitude"])
    rows = [
        _row(source, int(key), record)
        for source, key in zip(sources.iter_rows(named=True), keys, strict=True)
    ]
    brought = load_versions(session, Source, rows)
    return int(sources.filter(pl.col("natural_key").is_in(list(brought)))["rows"].sum())


def _row(source: dict[str, Any], hilbert: int, record: Import) -> dict[str, Any]:
    row = {name: value for name, value in source.items() if name not in _NOT_STORED}
    row["source_type"] = row.pop("type")
    row["contaminants"] = row["contaminants"] or []
    row["releases"] = None if row["releases"] is None else json.loads(row["releases"])
    point = f"POINT({source['longitude']!r} {source['latitude']!r})"
    return row | {
        "geom": f"SRID=4326;{source['geometry'] or point}",
        "hilbert": hilbert,
        "dataset_id": record.dataset_id,
        "import_id": record.id,
    }
