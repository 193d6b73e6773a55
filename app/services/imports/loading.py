"""Read a stored file and load it: everything in one transaction, or nothing."""

from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import polars as pl
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db.models import Dataset, Import
from app.db.queries import query
from app.db.session import Database
from app.errors import Conflict, HotspotsError, Unprocessable
from app.services import datasets
from app.services.datasets import DatasetTerms
from app.services.hashing import lock, sha256_of
from app.services.imports.aggregates import load_aggregates
from app.services.imports.boundaries import load_boundaries
from app.services.imports.files import ImportFile
from app.services.imports.records import get, show
from app.services.imports.settling import Settled, settle
from app.services.imports.sources import load_sources
from app.services.imports.staging import Staging, storable
from app.services.stopping import WorkStopped
from app.services.storage import FileStore
from app.settings import LimitSettings
from ingest.errors import IngestError
from ingest.findings import Counts
from ingest.records import Reading

_SHOWN_FINDINGS = 1000
# What is held together until the whole file is read.
_LOAD_KEPT = {
    "sources": load_sources,
    "aggregates": load_aggregates,
    "boundaries": load_boundaries,
}
_STOPPED = "Loading stopped before its end; nothing was stored. Send the file again."
_NOTHING_SETTLED = Settled(0, 0, (), {})


def load(
    database: Database,
    store: FileStore,
    limits: LimitSettings,
    import_id: str,
    on_progress: Callable[[float], None],
) -> dict[str, Any]:
    """Read the import's file in a guarded child process and load what is good.

    Returns
    -------
    dict
        The import as lists show it.

    Raises
    ------
    Unprocessable
        The file as a whole cannot be used; the import is recorded as refused, with why.
    Conflict
        The import was loaded already.
    """
    with database.writing() as session:
        record = get(session, import_id)
        if record.status not in {"waiting", "reading"}:
            raise Conflict(f"The import was {record.status} already.")
        record.status = "reading"
        file = ImportFile(session, record, store, limits, on_progress)
    on_progress(0.05)
    try:
        with database.writing() as session:
            record = get(session, import_id)
            _load(session, database, record, file)
            on_progress(0.95)
            return show(record)
    except IngestError as error:
        _refuse(database, import_id, error)
        raise Unprocessable(
            str(error), code=error.code, row=error.row, column=error.column
        ) from error
    except WorkStopped:
        raise  # it is loaded when the service starts again
    except BaseException:
        # Cancelled, interrupted or failed: nothing was stored, and the record must not wait for
        # ever.
        with suppress(HotspotsError):
            _refuse(database, import_id, IngestError("loading_stopped", _STOPPED))
        raise


def _load(session: Session, database: Database, record: Import, file: ImportFile) -> None:
    # One file of a data set after the other: the second of two equal ones finds all there.
    lock(session, sha256_of({"dataset": record.dataset_id}))
    datasets.apply_terms(session.get_one(Dataset, record.dataset_id), DatasetTerms(**record.terms))
    # Sorting and joining a whole file in memory, once; it holds for this transaction alone.
    session.execute(text("SET LOCAL work_mem = '128MB'"))
    keys = {"dataset_id": record.dataset_id, "import_id": record.id}
    settled = _NOTHING_SETTLED
    with closing(Staging(session, database, keys, is_large=file.is_large)) as staging:
        reading = file.read(staging.take)
        staging.batches.end()
        loaded = staging.batches.loaded
        if staging.batches.has_doubts:
            staging.batches.take_up_doubtful()
            settled = settle(staging, record.dataset_id, file.cells)
            loaded += _load_settled(staging, keys)
        if record.kind in _LOAD_KEPT:
            kept = pl.concat(staging.kept[record.kind])
            loaded += _LOAD_KEPT[record.kind](staging.session, record, kept)
        staging.session.execute(query("load_quarantine"), {"import_id": record.id})
        staging.session.execute(
            text("SELECT hotspots.analyse_when_grown(:loaded)"), {"loaded": loaded}
        )
    _conclude(record, _with_settled(reading, settled), loaded)


def _load_settled(staging: Staging, keys: dict[str, int]) -> int:
    """Load samples that were settled; return how many rows brought something new."""
    staging.batches.place_settled_samples()
    session = staging.session
    session.execute(text("ANALYZE stored_sample"))
    session.execute(query("match_results"))
    session.execute(text("ANALYZE matched_result"))
    session.execute(query("supersede_results"))
    session.execute(query("load_results"))
    # Of samples that were loaded and taken back, and then set aside for good.
    session.execute(query("undo_sites"), keys)
    return int(session.execute(query("count_loaded_rows")).scalar_one())


def _with_settled(reading: Reading, settled: Settled) -> Reading:
    counts = reading.counts
    return replace(
        reading,
        counts=Counts(
            counts.read,
            counts.accepted - settled.quarantined - settled.skipped,
            counts.quarantined + settled.quarantined,
            counts.skipped + settled.skipped,
        ),
        findings=tuple(
            sorted((*reading.findings, *settled.findings), key=lambda remark: remark.row or 0)
        ),
        finding_counts={
            code: reading.finding_counts.get(code, 0) + settled.finding_counts.get(code, 0)
            for code in {**reading.finding_counts, **settled.finding_counts}
        },
    )


def _conclude(record: Import, reading: Reading, loaded: int) -> None:
    counts = reading.counts
    record.rows_read = counts.read
    record.rows_loaded = loaded
    record.rows_unchanged = counts.accepted - loaded
    record.rows_quarantined = counts.quarantined
    record.rows_skipped = counts.skipped
    record.report = _report(reading)
    record.status = "loaded"
    record.finished_at = datetime.now(UTC)


def _report(reading: Reading) -> dict[str, Any]:
    report = {
        "header": reading.header,
        "description": dict(reading.description),
        "columns": [asdict(column) for column in reading.columns],
        "finding_counts": dict(reading.finding_counts),
        "findings": [asdict(finding) for finding in reading.findings[:_SHOWN_FINDINGS]],
    }
    shown: dict[str, Any] = storable(report)
    return shown


def _refuse(database: Database, import_id: str, error: IngestError) -> None:
    with database.writing() as session:
        record = get(session, import_id)
        record.status = "refused"
        record.finished_at = datetime.now(UTC)
        record.report = {
            "refusal": {
                "code": error.code,
                "message": error.message,
                "row": error.row,
                "column": error.column,
            }
        }
