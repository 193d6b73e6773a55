"""Guideline values: listed, and resolved for a place with the reason for each candidate."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Path, Query

from app.api.deps import OPERATOR_ONLY, IsOperator, ReadSession, RuntimeDep
from app.api.strict import StrictRoute
from app.db.models import GuidelineValue
from app.services import guidelines
from app.services.guidelines import Place
from app.services.registries import find_contaminant

router = APIRouter(prefix="/guidelines", route_class=StrictRoute, tags=["Guideline values"])

Word = Annotated[str | None, Query(max_length=120)]
Percent = Annotated[float | None, Query(ge=0, le=100, description="% of dry mass")]
Depth = Annotated[float | None, Query(ge=0, le=1e6, description="cm")]


def show_guideline(value: GuidelineValue) -> dict[str, Any]:
    """Return a guideline value with its conditions, citation and how far it was checked."""
    columns = {column.name: getattr(value, column.name) for column in value.__table__.columns}
    columns.pop("withdrawn_at")
    parts = [value.legal_name, value.source_table]
    return columns | {"citation": ", ".join(part for part in parts if part)}


@router.get("", summary="Guideline values")
def list_guidelines(
    session: ReadSession,
    sees_private: IsOperator,
    contaminant: Word = None,
    framework: Word = None,
    land_use: Word = None,
    tier: Word = None,
    verified: Annotated[bool, Query(description="only values checked against a text")] = False,
) -> dict[str, Any]:
    """Return guideline values; `verified` tells whether a text was found that shows the number."""
    code = None if contaminant is None else find_contaminant(session, contaminant).code
    wanted = guidelines.Wanted(code, framework, land_use, tier, verified, sees_private)
    found = guidelines.list_guidelines(session, wanted)
    return {"guidelines": [show_guideline(value) for value in found]}


@router.get("/frameworks", summary="Frameworks of guideline values")
def list_frameworks(session: ReadSession, sees_private: IsOperator) -> dict[str, Any]:
    """Return each framework: country, land uses, tiers, conditions, how much is verified.

    Private frameworks of users are shown to the operator alone.
    """
    return {"frameworks": guidelines.list_frameworks(session, with_private=sees_private)}


@router.put(
    "/frameworks/{name}", summary="Load a framework of your own", dependencies=OPERATOR_ONLY
)
def put_framework(
    runtime: RuntimeDep,
    name: Annotated[str, Path(max_length=80)],
    content: Annotated[bytes, Body(media_type="text/csv", max_length=guidelines.MAX_BYTES)],
    visibility: Annotated[Literal["public", "private"] | None, Query()] = None,
    dry_run: Annotated[bool, Query(description="only say what would be found")] = False,
) -> dict[str, Any]:
    """Load a CSV file with the registry's columns, whole or not at all.

    422 lists findings with row, column and remedy. Rows that are not in the file any more are
    withdrawn; a new framework is private unless told otherwise.
    """
    with runtime.database.writing() as session:
        return guidelines.load_framework(session, name, content, visibility, is_trial=dry_run)


@router.delete("/frameworks/{name}", summary="Withdraw one of your own", dependencies=OPERATOR_ONLY)
def delete_framework(
    runtime: RuntimeDep, name: Annotated[str, Path(max_length=80)]
) -> dict[str, Any]:
    """Withdraw a user's framework: offered no more, kept for the layers that cite it."""
    with runtime.database.writing() as session:
        return guidelines.withdraw_framework(session, name)


def parse_place(
    framework: Word = None,
    country: Annotated[str | None, Query(max_length=2, description="ISO 3166 alpha-2")] = None,
    region: Word = None,
    land_use: Word = None,
    tier: Word = None,
    receptor: Word = None,
    ph: Annotated[float | None, Query(ge=0, le=14)] = None,
    crop: Word = None,
    soil_texture: Word = None,
    clay: Percent = None,
    organic_matter: Percent = None,
    organic_carbon: Percent = None,
    depth_upper_cm: Depth = None,
    depth_lower_cm: Depth = None,
    extraction: Word = None,
    range_end: Annotated[Literal["lower", "upper"] | None, Query()] = None,
    accept_unverified: Annotated[bool, Query()] = False,
    accept_not_in_force: Annotated[bool, Query()] = False,
) -> Place:
    """Return what is known of a place."""
    return Place(**locals())


@router.get("/resolve", summary="Which guideline value applies, and why")
def resolve(
    session: ReadSession,
    sees_private: IsOperator,
    contaminant: Annotated[str, Query(max_length=120)],
    place: Annotated[Place, Depends(parse_place)],
) -> dict[str, Any]:
    """Return the value that applies to a place, or what has to be stated, with every reason.

    `status` is `chosen`, `undecided` (then `needs` names what to state) or `none`.
    """
    found = find_contaminant(session, contaminant)
    answer = guidelines.resolve_for(session, found, place, with_private=sees_private).to_json()
    return {"contaminant": found.code, "place": place.to_json()} | answer
