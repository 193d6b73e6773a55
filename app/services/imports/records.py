"""The record of an import, its report and its quarantine."""

import csv
import io
from dataclasses import asdict, dataclass, field
from itertools import chain, count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import Import, QuarantinedRow
from app.errors import NotFound
from app.services import datasets
from app.services.datasets import DatasetTerms
from app.services.imports.options import check_options
from app.services.storage import StoredFile
from ingest.excerpt import guard_formula

_MAX_NAME = 200


@dataclass(frozen=True)
class ImportOrder:
    """What somebody says of a file; `options` are those of `ingest.options.ImportOptions`."""

    kind: str
    dataset: str
    filename: str
    terms: DatasetTerms
    options: dict[str, Any] = field(default_factory=dict)


def register(session: Session, stored: StoredFile, order: ImportOrder) -> Import:
    """Record a stored file as waiting to be read into its data set."""
    datasets.check_terms(order.terms)
    options = {name: value for name, value in order.options.items() if value is not None}
    check_options(options)
    dataset = datasets.ensure(session, order.dataset)
    record = Import(
        dataset_id=dataset.id,
        kind=order.kind,
        # Shown, never used as a path.
        filename="".join(c for c in order.filename if c.isprintable())[-_MAX_NAME:],
        sha256=stored.sha256,
        size_bytes=stored.size_bytes,
        options=options,
        terms=asdict(order.terms),
    )
    session.add(record)
    session.flush()
    session.refresh(record)
    return record


def get(session: Session, public_id: str) -> Import:
    """Return an import.

    Raises
    ------
    NotFound
        Where no import has that id.
    """
    uid = ids.parse("import", public_id)
    record = None if uid is None else session.scalar(select(Import).where(Import.uid == uid))
    if record is None:
        raise NotFound(f"No import has the id {public_id[:80]!r}.")
    return record


def list_newest(session: Session, limit: int) -> list[Import]:
    """Return the newest imports first."""
    return list(session.scalars(select(Import).order_by(Import.id.desc()).limit(limit)))


def show(record: Import) -> dict[str, Any]:
    """Return an import as lists show it; its rows always add up."""
    return {
        "id": ids.show("import", record.uid),
        "kind": record.kind,
        "filename": record.filename,
        "sha256": record.sha256,
        "size_bytes": record.size_bytes,
        "status": record.status,
        "rows": {
            "read": record.rows_read,
            "loaded": record.rows_loaded,
            "unchanged": record.rows_unchanged,
            "quarantined": record.rows_quarantined,
            "skipped": record.rows_skipped,
        },
        "created": record.created_at,
        "finished": record.finished_at,
        "undone": record.undone_at,
    }


def quarantine_csv(session: Session, record: Import) -> str:
    """Return the rows that were not loaded, in the file's own columns plus the reasons.

    Cells that a spreadsheet would run as a formula are guarded by an apostrophe.
    """
    header = (record.report or {}).get("header", [])
    rows = session.scalars(
        select(QuarantinedRow)
        .where(QuarantinedRow.import_id == record.id)
        .order_by(QuarantinedRow.row_number)
    )
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    added = [_unused(name, header) for name in ("row", "reasons")]
    writer.writerow([*map(guard_formula, header), *added])
    for row in rows:
        reasons = "; ".join(reason["message"] for reason in row.reasons)
        cells = [*map(guard_formula, row.cells), *[""] * (len(header) - len(row.cells))]
        # Cells that stand under no header come last, so that the columns keep their places.
        own, surplus = cells[: len(header)], cells[len(header) :]
        writer.writerow([*own, row.row_number, guard_formula(reasons), *surplus])
    return target.getvalue()


def _unused(name: str, header: list[str]) -> str:
    """Return the name, numbered where the file has one: a file sent twice has our columns."""
    taken = {column.strip().casefold() for column in header}
    numbered = (f"{name}_{number}" for number in count(2))
    return next(n for n in chain([name], numbered) if n not in taken)
