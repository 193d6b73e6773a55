"""Load potential sources of pollution."""

import json
from typing import Any

import polars as pl
from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db.models import Import, Source
from spatial.coordinates import hilbert_key

_NOT_STORED = frozenset({"longitude", "latitude", "geometry", "rows"})


def load_sources(session: Session, record: Import, sources: pl.DataFrame) -> int:
    """Insert or bring up to date; return how many rows of the file brought something new."""
    if sources.is_empty():
        return 0
    keys = hilbert_key(sources["longitude"], sources["latitude"])
    rows = [
        _row(source, int(key), record)
        for source, key in zip(sources.iter_rows(named=True), keys, strict=True)
    ]
    rows.sort(key=lambda row: row["hilbert"])
    statement = insert(Source)
    told = {
        name: statement.excluded[name]
        for name in rows[0]
        if name not in {"dataset_id", "natural_key", "import_id", "row_number"}
    }
    table = Source.__table__
    changed = func.row(*(table.c[name] for name in told)).is_distinct_from(func.row(*told.values()))
    whole = told | {
        "import_id": statement.excluded.import_id,
        "row_number": statement.excluded.row_number,
    }
    statement = statement.on_conflict_do_update(
        index_elements=["dataset_id", "natural_key"], set_=whole, where=changed
    )
    brought = session.scalars(statement.returning(Source.natural_key), rows).all()
    counted = sources.filter(pl.col("natural_key").is_in(list(brought)))["rows"].sum()
    return int(counted)


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
