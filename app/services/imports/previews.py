"""What would be read of a file, before anything of it is stored."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from app.db.models import Import
from app.db.session import Database
from app.errors import Conflict
from app.services.imports.files import ImportFile
from app.services.imports.options import check_options
from app.services.imports.records import get, show
from app.services.imports.staging import storable
from app.services.storage import FileStore
from app.settings import LimitSettings
from ingest.errors import IngestError

_OPEN = frozenset({"waiting", "previewed"})


def preview(
    database: Database,
    store: FileStore,
    limits: LimitSettings,
    import_id: str,
    on_progress: Callable[[float], None],
) -> dict[str, Any]:
    """Read the beginning of an import's file and keep what was understood with its record.

    A file that cannot be read as it is told to be is no failure: the preview holds the refusal,
    and other options may do.

    Returns
    -------
    dict
        The import as lists show it.

    Raises
    ------
    Conflict
        It was loaded or given up already.
    """
    with database.writing() as session:
        record = get(session, import_id)
        _require_open(record)
        file = ImportFile(session, record, store, limits, on_progress)
        options = record.options
    on_progress(0.1)
    try:
        understood = file.preview()
    except IngestError as error:
        understood = {
            "refusal": {
                "code": error.code,
                "message": error.message,
                "row": error.row,
                "column": error.column,
            }
        }
    with database.writing() as session:
        record = get(session, import_id)
        session.refresh(record, with_for_update=True)
        _require_open(record)
        # Asked anew meanwhile: the later answer is the one that counts.
        if record.options == options:
            record.preview = storable(understood)
            record.status = "previewed"
        return show(record)


def change(session: Session, import_id: str, changes: dict[str, Any]) -> Import:
    """Change how an import is to be read; its old preview goes.

    `changes` are options; one that is None is not stated any more.

    Raises
    ------
    Conflict
        It was loaded or given up already.
    InvalidRequest
        An option that does not exist or cannot be.
    """
    record = get(session, import_id)
    session.refresh(record, with_for_update=True)
    _require_open(record)
    options = {
        name: value for name, value in {**record.options, **changes}.items() if value is not None
    }
    check_options(options)
    record.options = options
    record.preview = None
    record.status = "waiting"
    return record


def confirm(session: Session, import_id: str) -> Import:
    """Take an import as its preview shows it, to be loaded next.

    Raises
    ------
    Conflict
        Nothing was previewed, or what was cannot be read.
    """
    record = get(session, import_id)
    session.refresh(record, with_for_update=True)
    if record.status != "previewed" or record.preview is None:
        raise Conflict(
            f"Only an import that is previewed can be confirmed; this one is {record.status}."
        )
    if "refusal" in record.preview:
        raise Conflict(
            "The file cannot be read as it is told to be: "
            f"{record.preview['refusal']['message']} Change how it is read, and look again."
        )
    record.status = "waiting"
    return record


def _require_open(record: Import) -> None:
    if record.status not in _OPEN:
        raise Conflict(f"The import was {record.status} already.")
