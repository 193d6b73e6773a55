"""Files on their way in: stored, previewed, read in a child process, loaded whole, taken back."""

from app.services.imports.history import sample_history, source_history
from app.services.imports.loading import load
from app.services.imports.options import check_options, kept_mapping
from app.services.imports.previews import change, confirm, preview
from app.services.imports.records import (
    ImportOrder,
    get,
    list_newest,
    quarantine_csv,
    register,
    show,
)
from app.services.imports.reports import (
    join_csv,
    join_html,
    report_csv,
    report_html,
    report_json,
)
from app.services.imports.undo import check_undoable, undo, undo_in

__all__ = [
    "ImportOrder",
    "change",
    "check_options",
    "check_undoable",
    "confirm",
    "get",
    "join_csv",
    "join_html",
    "kept_mapping",
    "list_newest",
    "load",
    "preview",
    "quarantine_csv",
    "register",
    "report_csv",
    "report_html",
    "report_json",
    "sample_history",
    "show",
    "source_history",
    "undo",
    "undo_in",
]
