"""Named SQL: set-based statements too large for expressions, one file each in `sql/`."""

from functools import cache
from pathlib import Path

from sqlalchemy import TextClause, text

_FOLDER = Path(__file__).resolve().parent / "sql"


@cache
def query(name: str) -> TextClause:
    """Return a statement by name; values reach it as parameters alone."""
    return text((_FOLDER / f"{name}.sql").read_text(encoding="utf-8"))
