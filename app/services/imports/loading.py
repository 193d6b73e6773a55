"""Read a stored file and load it: everything in one transaction, or nothing."""

import contextlib
import io
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, cast

import polars as pl
from psycopg import Connection, sql
from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.db.models import Dataset, Import, QuarantinedRow
from app.db.queries import query
from app.db.session import Database
from app.errors import Conflict, HotspotsError, Unprocessable
from app.services import datasets
from app.services.datasets import DatasetTerms
from app.services.hashing import lock, sha256_of
from app.services.imports.records import get, show
from app.services.imports.sources import load_sources
from app.services.registries import ingest_registries
from app.services.stopping import WorkStopped
from app.services.storage import FileStore
from app.settings import LimitSettings
from ingest.errors import IngestError
from ingest.options import ImportOptions, Limits
from ingest.pipeline import Reading, SampleImport, SourceImport, read_in_child
from spatial.coordinates import hilbert_key

_SHOWN_FINDINGS = 1000
_STOPPED = "Loading stopped before its end; nothing was stored. Send the file again."


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
        The import was loaded already, or a sample is stored at another place.
    """
    with database.writing() as session:
        record = get(session, import_id)
        if record.status not in {"waiting", "reading"}:
            raise Conflict(f"The import was {record.status} already.")
        record.status = "reading"
        path, kind = store.upload_path(record.sha256), record.kind
        options = ImportOptions(**record.options)
        registries = ingest_registries(session)
    on_progress(0.05)
    try:
        reading = read_in_child(
            "sources" if kind == "sources" else "samples",  # narrows for the type checker
            path,
            options,
            registries,
            Limits(wall_seconds=limits.import_seconds, memory_bytes=limits.import_memory_bytes),
            on_wait=lambda: on_progress(0.1),
        )
        on_progress(0.6)
        with database.writing() as session:
            record = get(session, import_id)
            _store(session, record, reading)
            on_progress(0.95)
            return show(record)
    except IngestError as error:
        _refuse(database, import_id, error)
        raise Unprocessable(
            str(error), code=error.code, row=error.row, column=error.column
        ) from error
    except SampleElsewhere as error:
        _refuse(database, import_id, IngestError("sample_elsewhere", error.message))
        raise
    except WorkStopped:
        raise  # it is loaded when the service starts again
    except BaseException:
        # Cancelled, interrupted or failed: nothing was stored, and the record must not wait for
        # ever.
        with contextlib.suppress(HotspotsError):
            _refuse(database, import_id, IngestError("loading_stopped", _STOPPED))
        raise


class SampleElsewhere(Conflict):
    """A sample is stored already, at another place."""


def _store(session: Session, record: Import, reading: SampleImport | SourceImport) -> None:
    # One file of a data set after the other: the second of two equal ones finds all there.
    lock(session, sha256_of({"dataset": record.dataset_id}))
    datasets.apply_terms(session.get_one(Dataset, record.dataset_id), DatasetTerms(**record.terms))
    if isinstance(reading, SampleImport):
        loaded = _load_samples(session, record, reading)
    else:
        loaded = load_sources(session, record, reading.sources)
    counts = reading.counts
    record.rows_read = counts.read
    record.rows_loaded = loaded
    record.rows_unchanged = counts.accepted - loaded
    record.rows_quarantined = counts.quarantined
    record.rows_skipped = counts.skipped
    record.report = _report(reading)
    record.status = "loaded"
    record.finished_at = datetime.now(UTC)
    if reading.quarantined:
        session.execute(
            insert(QuarantinedRow),
            [
                {
                    "import_id": record.id,
                    "row_number": row.row_number,
                    "cells": _storable(row.cells),
                    "reasons": _storable([asdict(reason) for reason in row.reasons]),
                }
                for row in reading.quarantined
            ],
        )


def _storable(thing: Any) -> Any:
    """Return texts, also those inside lists and objects, as PostgreSQL can hold them.

    It has no NUL in text; the picture of one tells the reader that there was one.
    """
    if isinstance(thing, str):
        return thing.replace("\0", "␀")
    if isinstance(thing, dict):
        return {name: _storable(value) for name, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [_storable(value) for value in thing]
    return thing


def _load_samples(session: Session, record: Import, reading: SampleImport) -> int:
    """Load samples and results; return how many rows brought something new."""
    samples = reading.samples.with_columns(
        pl.Series("hilbert", hilbert_key(reading.samples["longitude"], reading.samples["latitude"]))
    )
    keys = {"dataset_id": record.dataset_id, "import_id": record.id}
    session.execute(query("stage_samples"))
    session.execute(query("stage_results"))
    copy_frame(session, "staged_sample", samples)
    copy_frame(session, "staged_result", reading.results)
    _refuse_moved(session, record)
    session.execute(query("load_sites"), keys)
    session.execute(query("load_samples"), keys)
    session.execute(query("match_results"), keys)
    session.execute(query("supersede_results"))
    session.execute(query("load_results"), keys)
    return int(session.execute(query("count_loaded_rows"), keys).scalar_one())


def _refuse_moved(session: Session, record: Import) -> None:
    moved = session.execute(query("moved_samples"), {"dataset_id": record.dataset_id}).all()
    if moved:
        listed = ", ".join(f"{code!r} (row {row})" for row, code in moved)
        raise SampleElsewhere(
            f"Samples of this data set are stored at another place than the file says: {listed}. "
            "Nothing was loaded. Correct the coordinates, or give the samples other ids."
        )


def copy_frame(session: Session, table: str, frame: pl.DataFrame) -> None:
    """Send a frame to a table of the same column names by COPY."""
    connection = cast("Connection[Any]", session.connection().connection.driver_connection)
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, frame.columns))
    )
    # An empty cell is null, an empty text is quoted.
    content = io.BytesIO()
    frame.write_csv(content, include_header=False, quote_style="necessary")
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(content.getbuffer())


def _report(reading: Reading) -> dict[str, Any]:
    report = {
        "header": reading.header,
        "description": dict(reading.description),
        "columns": [asdict(column) for column in reading.columns],
        "finding_counts": dict(reading.finding_counts),
        "findings": [asdict(finding) for finding in reading.findings[:_SHOWN_FINDINGS]],
    }
    storable: dict[str, Any] = _storable(report)
    return storable


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
