"""Mappings that are saved: said once for a kind of file, found again by its columns."""

from dataclasses import replace
from typing import Any, cast

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db.models import Import, SavedMapping
from app.errors import Conflict, InvalidRequest, NotFound
from app.services.imports.options import as_options
from ingest.columns import ColumnGuess
from ingest.errors import IngestError
from ingest.formats import known_formats
from ingest.mapping.making import mapping_of
from ingest.mapping.model import Kind, Mapping
from ingest.mapping.serial import from_toml, to_toml

_STATED = ("epsg", "unit", "decimal", "extraction", "fraction")
_STATED_NUMBERS = ("depth_upper_cm", "depth_lower_cm", "moisture_percent")


def save(session: Session, text: str, name: str | None = None) -> Mapping:
    """Save a mapping written as TOML; an earlier one of that name is replaced.

    Raises
    ------
    InvalidRequest
        With what is wrong in it.
    """
    mapping = _parsed(text)
    if name is not None and mapping.name != name:
        raise InvalidRequest(
            f"The mapping calls itself {mapping.name!r}, not {name[:80]!r}.", parameter="name"
        )
    said = {"title": mapping.title, "kind": mapping.kind, "toml": to_toml(mapping)}
    statement = insert(SavedMapping).values(name=mapping.name, **said)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["name"], set_=said | {"saved_at": func.now()}
        )
    )
    return mapping


def save_from_import(session: Session, record: Import, name: str, title: str) -> Mapping:
    """Save how an import was read: a file with the same columns will be read so again.

    Raises
    ------
    Conflict
        It was not read yet.
    InvalidRequest
        A name that cannot be.
    """
    told = record.report or record.preview or {}
    if "columns" not in told:
        raise Conflict("The import was not read yet; look at its preview first.")
    options = as_options(record.options)
    stated: dict[str, Any] = {
        key: value
        for key in (*_STATED, *_STATED_NUMBERS, "sampled_from", "sampled_to")
        if (value := getattr(options, key)) is not None
    }
    description = told.get("description", {})
    base = options.mapping or _named(session, description.get("mapping"))
    try:
        mapping = mapping_of(
            name,
            [ColumnGuess(**column) for column in told["columns"]],
            cast("Kind", record.kind),  # the database takes no other
            description.get("layout"),
            base,
        )
        mapping = replace(
            mapping,
            title=title or mapping.title,
            sheet=options.sheet or mapping.sheet,
            header_row=options.header_row or mapping.header_row,
            file=replace(mapping.file, **stated),
        )
    except IngestError as error:
        raise InvalidRequest(error.message, parameter="name") from error
    return save(session, to_toml(mapping))


def listed(session: Session) -> list[SavedMapping]:
    """Return all saved mappings by name."""
    return list(session.scalars(select(SavedMapping).order_by(SavedMapping.name)))


def get(session: Session, name: str) -> SavedMapping:
    """Return a saved mapping.

    Raises
    ------
    NotFound
        Where none has that name.
    """
    found = session.get(SavedMapping, name)
    if found is None:
        raise NotFound(f"There is no saved mapping {name[:80]!r}.")
    return found


def remove(session: Session, name: str) -> None:
    """Forget a mapping; what was read by it stays.

    Raises
    ------
    NotFound
        Where none has that name.
    """
    session.delete(get(session, name))
    session.flush()


def saved_for(session: Session, kind: str) -> tuple[Mapping, ...]:
    """Return the saved mappings for one kind of file, as the reading takes them."""
    texts = session.scalars(
        select(SavedMapping.toml).where(SavedMapping.kind == kind).order_by(SavedMapping.name)
    )
    return tuple(from_toml(text) for text in texts)


def _parsed(text: str) -> Mapping:
    try:
        return from_toml(text)
    except IngestError as error:
        raise InvalidRequest(error.message, parameter="mapping") from error


def _named(session: Session, name: str | None) -> Mapping | None:
    """Return the saved mapping or known format a file was read by."""
    saved = None if name is None else session.get(SavedMapping, name)
    if saved is not None:
        return from_toml(saved.toml)
    return next((known for known in known_formats() if known.name == name), None)
