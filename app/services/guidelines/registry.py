"""Guideline values of the registry: listed, looked up, resolved for a place."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from app.db.models import Contaminant, GuidelineValue
from app.errors import InvalidRequest, NotFound
from app.resources import reference_data
from app.services.guidelines.own import own_frameworks, show_own
from app.services.guidelines.resolver import Resolution, legal_force, resolve, rows_of_place
from app.services.guidelines.rows import LAND_USES, TIERS, Guideline, Place
from app.services.guidelines.soil_type import FORMULA, Constants, SoilTypes, read_constants
from app.services.visibility import guideline_is_public

_CONDITIONS = (
    "ph",
    "crop",
    "soil_texture",
    "clay_pct",
    "om_or_toc_pct",
    "depth_cm",
    "receptor",
    "correction_formula",
)


@cache
def _constants() -> dict[str, Constants]:
    return read_constants(reference_data() / FORMULA)


def soil_types(session: Session) -> SoilTypes:
    """Return the constants of the soil type correction, and the contaminants' groups."""
    groups = session.execute(select(Contaminant.code, Contaminant.group)).all()
    return SoilTypes(_constants(), {row.code: row.group for row in groups})


def as_row(value: GuidelineValue) -> Guideline:
    """Return a guideline value as the resolver sees it."""
    columns = {column.name: getattr(value, column.name) for column in value.__table__.columns}
    return Guideline.of(columns)


def _offered(*, with_private: bool) -> ColumnElement[bool]:
    """Return the condition that a value is not withdrawn and the caller may see it."""
    offered = GuidelineValue.withdrawn_at.is_(None)
    return offered if with_private else offered & guideline_is_public()


@dataclass(frozen=True)
class Wanted:
    """Which guideline values to list; those of private frameworks only `with_private`."""

    contaminant: str | None = None
    framework: str | None = None
    land_use: str | None = None
    tier: str | None = None
    is_verified: bool = False
    with_private: bool = False


def list_guidelines(session: Session, wanted: Wanted = Wanted()) -> list[GuidelineValue]:
    """Return the guideline values that are offered.

    Raises
    ------
    InvalidRequest
        A land use or tier that does not exist.
    NotFound
        A framework that does not exist.
    """
    for name, known in (("land_use", LAND_USES), ("tier", TIERS)):
        text = getattr(wanted, name)
        if text is not None and text not in known:
            raise InvalidRequest(
                f"There is no {name} {text[:80]!r}. There are: {', '.join(known)}.", parameter=name
            )
    conditions = [_offered(with_private=wanted.with_private)]
    if wanted.contaminant is not None:
        conditions.append(GuidelineValue.contaminant == wanted.contaminant)
    if wanted.framework is not None:
        name = find_framework(session, wanted.framework, with_private=wanted.with_private)
        conditions.append(GuidelineValue.framework == name)
    if wanted.land_use is not None:
        # A value may be for several, "commercial;industrial".
        conditions.append(
            GuidelineValue.land_use.regexp_match(rf"(^|;)\s*{wanted.land_use}\s*(;|$)")
        )
    if wanted.tier is not None:
        conditions.append(GuidelineValue.tier == wanted.tier)
    if wanted.is_verified:
        conditions.append(GuidelineValue.verified.is_(True))
    statement = select(GuidelineValue).where(and_(*conditions)).order_by(GuidelineValue.id)
    return list(session.scalars(statement))


def get_guideline(session: Session, guideline_id: str) -> GuidelineValue:
    """Return one guideline value, a withdrawn one too, because layers cite it.

    Raises
    ------
    NotFound
        Where the registry has no such id.
    """
    guideline = session.get(GuidelineValue, guideline_id)
    if guideline is None:
        raise NotFound(
            f"No guideline value has the id {guideline_id[:80]!r}. GET /api/guidelines lists them."
        )
    return guideline


def get_offered(session: Session, guideline_id: str) -> GuidelineValue:
    """Return one guideline value that is offered to everybody.

    Raises
    ------
    NotFound
        Unknown, withdrawn or of a private framework: the answer is the same.
    """
    found = session.scalar(
        select(GuidelineValue).where(
            GuidelineValue.id == guideline_id, _offered(with_private=False)
        )
    )
    if found is None:
        raise NotFound(
            f"No guideline value has the id {guideline_id[:80]!r}. GET /api/guidelines lists them.",
            parameter="guideline",
        )
    return found


def list_frameworks(session: Session, *, with_private: bool = False) -> list[dict[str, Any]]:
    """Return every framework with what a caller needs to choose a value of it."""
    grouped: dict[str, list[GuidelineValue]] = {}
    for value in list_guidelines(session, Wanted(with_private=with_private)):
        grouped.setdefault(value.framework, []).append(value)
    own = own_frameworks(session)
    return [
        describe_framework(name, values) | {"own": show_own(own[name]) if name in own else None}
        for name, values in sorted(grouped.items())
    ]


def describe_framework(name: str, values: Sequence[GuidelineValue | Guideline]) -> dict[str, Any]:
    """Return what a list tells of a framework, from its values."""
    uses = {use.strip() for value in values for use in value.land_use.split(";")}
    tiers = {value.tier for value in values}
    conditions = []
    for condition in _CONDITIONS:
        columns = ("ph_min", "ph_max") if condition == "ph" else (condition,)
        if any(getattr(value, column) is not None for value in values for column in columns):
            conditions.append(condition)
    forces = {legal_force(value.status) for value in values}
    years = [value.year for value in values if value.year is not None]
    first = values[0]
    return {
        "framework": name,
        "country": first.country,
        "region": first.region,
        "legal_name": first.legal_name,
        "years": [min(years), max(years)] if years else None,
        "values": len(values),
        "verified": sum(value.verified for value in values),
        "contaminants": len({value.contaminant for value in values}),
        "land_uses": [use for use in LAND_USES if use in uses],
        "tiers": [tier for tier in TIERS if tier in tiers],
        "conditions": conditions,
        "status": sorted({value.status or "not stated" for value in values}),
        "legal_force": sorted(forces),
    }


def find_framework(session: Session, text: str, *, with_private: bool = False) -> str:
    """Return the framework's name as the registry writes it.

    Raises
    ------
    NotFound
        With names that look alike, or those of all.
    """
    names = list(
        session.scalars(
            select(GuidelineValue.framework)
            .where(_offered(with_private=with_private))
            .distinct()
            .order_by(GuidelineValue.framework)
        )
    )
    by_folded = {name.casefold(): name for name in names}
    found = by_folded.get(text.strip().casefold())
    if found is None:
        near = difflib.get_close_matches(text.strip().casefold(), by_folded, n=5, cutoff=0.4)
        listed = [by_folded[name] for name in near] or names
        raise NotFound(
            f"There is no framework {text[:80]!r}. "
            f"{'Close to it are' if near else 'There are'}: {', '.join(listed)}. "
            "GET /api/guidelines/frameworks lists all.",
            parameter="framework",
        )
    return found


def check_place(session: Session, place: Place, *, with_private: bool = False) -> Place:
    """Return the place with its framework as the registry writes it.

    Raises
    ------
    InvalidRequest
        What cannot be meant of a place.
    NotFound
        A framework or country the registry does not have.
    """
    place.check()
    if place.framework is None:
        _check_country(session, place.country or "", with_private=with_private)
        return place
    name = find_framework(session, place.framework, with_private=with_private)
    return replace(place, framework=name)


def resolve_for(
    session: Session, contaminant: Contaminant, place: Place, *, with_private: bool = False
) -> Resolution:
    """Say which guideline value of a contaminant applies to a place, and why.

    Raises
    ------
    InvalidRequest
        What cannot be meant of a place.
    NotFound
        A framework or country the registry does not have.
    """
    place = check_place(session, place, with_private=with_private)
    wanted = Wanted(contaminant=contaminant.code, with_private=with_private)
    rows = [as_row(value) for value in list_guidelines(session, wanted)]
    return resolve(rows_of_place(rows, place), place, soil_types(session))


def _check_country(session: Session, country: str, *, with_private: bool) -> None:
    offered = _offered(with_private=with_private)
    known = select(GuidelineValue.country).where(offered, GuidelineValue.country.is_not(None))
    names = sorted(name for name in session.scalars(known.distinct()) if name)
    if country.upper() not in names:
        raise NotFound(
            f"There is no framework of the country {country[:80]!r}. There are frameworks of: "
            f"{', '.join(names)} (ISO 3166 codes; EU and ZZ, quoted lists, besides).",
            parameter="country",
        )
