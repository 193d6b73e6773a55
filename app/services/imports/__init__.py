"""Files on their way in: stored, read in a child process, loaded in one transaction."""

from app.services.imports.loading import load
from app.services.imports.records import (
    ImportOrder,
    get,
    list_newest,
    quarantine_csv,
    register,
    show,
)

__all__ = ["ImportOrder", "get", "list_newest", "load", "quarantine_csv", "register", "show"]
