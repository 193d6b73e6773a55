"""Load potential sources of pollution."""

from typing import Any

import polars as pl
from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db.models import Import, Source
from spatial.coordinates import hilbert_key


def load_sources(session: Session, record: Import, sources: pl.DataFrame) -> int:
    """Insert or bring up to date; return how many rows brought something new."""
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
    return len(session.execute(statement.returning(Source.id), rows).all())


def _row(source: dict[str, Any], hilbert: int, record: Import) -> dict[str, Any]:
    row = {name: value for name, value in source.items() if name not in {"longitude", "latitude"}}
    row["source_type"] = row.pop("type")
    row["contaminants"] = row["contaminants"] or []
    return row | {
        "geom": f"SRID=4326;POINT({source['longitude']!r} {source['latitude']!r})",
        "hilbert": hilbert,
        "dataset_id": record.dataset_id,
        "import_id": record.id,
    }
