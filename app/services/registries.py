"""Registries: seeded from `data/reference`, read by everyone."""

import csv
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, Double, Integer, func, inspect, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session

from app.db.models import Base, Contaminant, DataFlag, GuidelineValue, SourceType, Unit
from app.errors import NotFound
from app.services.gazetteer import towns
from ingest.registries import (
    ContaminantEntry,
    FlagEntry,
    Registries,
    SourceTypeEntry,
    UnitEntry,
    parse_factor,
)

# In this order, because later tables refer to earlier ones.
_TABLES: tuple[tuple[type[Base], str], ...] = (
    (Contaminant, "contaminants.csv"),
    (SourceType, "source_types.csv"),
    (Unit, "units.csv"),
    (DataFlag, "data_flags.csv"),
    (GuidelineValue, "guideline_values.csv"),
)
LANGUAGES = ("en", "fr", "es", "zh", "ru", "ar")


def seed(session: Session, directory: Path) -> dict[str, int]:
    """Bring the registries to what the files say; return how many rows changed, per table.

    A second run changes nothing. A row that has left the files stays where a layer may cite it:
    guideline values are marked as withdrawn.
    """
    changed = {}
    for model, name in _TABLES:
        rows = list(_read(model, directory / name))
        changed[model.__tablename__] = _upsert(session, model, rows)
        if model is GuidelineValue:
            changed[model.__tablename__] += withdraw_missing(session, {row["id"] for row in rows})
    return changed


def _read(model: type[Base], path: Path) -> Iterable[dict[str, Any]]:
    columns = {column.name: column for column in inspect(model).columns}
    with path.open(encoding="utf-8", newline="") as file:
        for record in csv.DictReader(file):
            yield {
                name: _convert(columns[name].type, text)
                for name, text in record.items()
                if name in columns
            }


def _convert(kind: Any, text: str) -> Any:
    if isinstance(kind, ARRAY):
        return [part.strip() for part in text.split(";") if part.strip()]
    if isinstance(kind, Boolean):
        return text == "yes"
    if text == "":
        return None
    if isinstance(kind, Integer):
        return int(text)
    return float(text) if isinstance(kind, Double) else text


def _upsert(session: Session, model: type[Base], rows: list[dict[str, Any]]) -> int:
    keys = [column.name for column in inspect(model).primary_key]
    for row in rows:  # part of a primary key, so never null
        row.update({key: row[key] or "" for key in keys})
    statement = insert(model)
    others: dict[str, Any] = {
        name: statement.excluded[name] for name in rows[0] if name not in keys
    }
    if model is GuidelineValue:
        others["withdrawn_at"] = None
    table = model.__table__
    is_different = func.row(*(table.c[name] for name in others)).is_distinct_from(
        func.row(*others.values())
    )
    statement = statement.on_conflict_do_update(
        index_elements=keys, set_=others, where=is_different
    )
    # xmax tells nothing of a row that stayed: only inserted and updated rows are returned.
    return len(session.execute(statement.returning(*inspect(model).primary_key), rows).all())


def upsert_guidelines(session: Session, rows: list[dict[str, Any]]) -> int:
    """Insert or update guideline values; return how many changed. Those withdrawn come back."""
    return _upsert(session, GuidelineValue, rows)


def withdraw_missing(session: Session, known: set[str], own_framework: str | None = None) -> int:
    """Withdraw the values of one owner that are not among the known; return how many.

    The registry's own belong to nobody; users' frameworks are untouched by its files.
    """
    statement = (
        update(GuidelineValue)
        .where(
            GuidelineValue.own_framework.is_not_distinct_from(own_framework),
            GuidelineValue.id.not_in(known),
            GuidelineValue.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=func.now())
        .returning(GuidelineValue.id)
    )
    return len(session.execute(statement).all())


def contaminant_names(contaminant: Contaminant) -> dict[str, str]:
    """Return the names in the languages where the registry has one."""
    names = {language: getattr(contaminant, f"name_{language}") for language in LANGUAGES}
    return {language: name for language, name in names.items() if name}


def list_contaminants(session: Session) -> list[Contaminant]:
    """Return all contaminants, by English name."""
    return list(session.scalars(select(Contaminant).order_by(Contaminant.name_en)))


def names_of(contaminant: Contaminant) -> list[str]:
    """Return everything a contaminant is called: code, symbol, CAS number, names, aliases."""
    own = [contaminant.code, contaminant.symbol, contaminant.cas]
    names = [*own, *contaminant_names(contaminant).values(), *contaminant.aliases]
    return [name for name in names if name]


def find_contaminant(session: Session, text: str) -> Contaminant:
    """Return the contaminant that a code, symbol, name, alias or CAS number means.

    Raises
    ------
    NotFound
        Where nothing in the registry is called so.
    """
    wanted = re.sub(r"\s+", " ", text.strip()).casefold()
    # Most callers say the code, and need not wait for the whole registry.
    if re.fullmatch(r"[a-z0-9_]{1,40}", wanted):
        known = session.get(Contaminant, wanted)
        if known is not None:
            return known
    for contaminant in list_contaminants(session):
        if any(name.casefold() == wanted for name in names_of(contaminant)):
            return contaminant
    raise NotFound(
        f"No contaminant is called {text[:80]!r}. GET /api/contaminants lists codes and names.",
        parameter="contaminant",
    )


def list_source_types(session: Session) -> list[SourceType]:
    """Return the taxonomy of potential sources."""
    return list(session.scalars(select(SourceType).order_by(SourceType.code)))


def ingest_registries(session: Session) -> Registries:
    """Return what the reading of files looks up."""
    units = []
    for unit in session.scalars(select(Unit).order_by(Unit.spelling)):
        factor, needs_molar_mass = parse_factor(unit.factor_to_canonical or "")
        units.append(
            UnitEntry(
                spelling=unit.spelling,
                canonical=unit.canonical,
                factor=factor,
                basis=unit.basis or "unstated",
                ambiguous=unit.ambiguous,
                needs_molar_mass=needs_molar_mass,
                note=unit.note or "",
            )
        )
    return Registries(
        contaminants=tuple(_contaminant_entry(entry) for entry in list_contaminants(session)),
        units=tuple(units),
        flags=tuple(
            FlagEntry(
                flag.flag,
                flag.kind,
                flag.censoring or "",
                flag.limit_location or "",
                flag.meaning or "",
                flag.handling or "",
            )
            for flag in session.scalars(
                select(DataFlag).order_by(DataFlag.flag, DataFlag.kind, DataFlag.source)
            )
        ),
        source_types=tuple(
            SourceTypeEntry(entry.code, {"en": entry.name_en})
            for entry in list_source_types(session)
        ),
        towns=towns(),
    )


def _contaminant_entry(contaminant: Contaminant) -> ContaminantEntry:
    return ContaminantEntry(
        code=contaminant.code,
        names=contaminant_names(contaminant),
        aliases=(*contaminant.aliases, *filter(None, [contaminant.wqx_characteristic])),
        cas=contaminant.cas,
        symbol=contaminant.symbol,
        molar_mass=contaminant.molar_mass_g_mol,
        default_unit=contaminant.default_unit or "mg/kg",
    )
