"""Saved mappings: how a kind of file is read. The operator's alone until accounts exist."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path
from fastapi.responses import Response

from app.api.deps import OPERATOR_ONLY, ReadSession, RuntimeDep
from app.api.strict import StrictRoute
from app.db.models import SavedMapping
from app.services import mappings

router = APIRouter(
    prefix="/mappings", route_class=StrictRoute, tags=["Imports"], dependencies=OPERATOR_ONLY
)
_TOML = "application/toml"
Name = Annotated[str, Path(pattern="^[a-z0-9][a-z0-9_-]{0,62}$")]


def _show(saved: SavedMapping) -> dict[str, Any]:
    return {
        "name": saved.name,
        "title": saved.title,
        "kind": saved.kind,
        "saved": saved.saved_at,
    }


@router.get("", summary="Saved mappings")
def list_mappings(session: ReadSession) -> dict[str, Any]:
    """Return all saved mappings by name."""
    return {"mappings": [_show(saved) for saved in mappings.listed(session)]}


@router.get(
    "/{name}",
    summary="One mapping as TOML",
    response_class=Response,
    responses={200: {"content": {_TOML: {}}, "description": "The mapping"}},
)
def get_mapping(session: ReadSession, name: Name) -> Response:
    """Return a mapping as it can be edited and saved again."""
    return Response(mappings.get(session, name).toml, media_type=f"{_TOML}; charset=utf-8")


@router.put("/{name}", summary="Save a mapping")
def put_mapping(
    runtime: RuntimeDep,
    name: Name,
    toml: Annotated[str, Body(media_type=_TOML, max_length=200_000)],
) -> dict[str, Any]:
    """Save a mapping; a file with the columns it requires finds it."""
    with runtime.database.writing() as session:
        mappings.save(session, toml, name)
        return _show(mappings.get(session, name))


@router.delete("/{name}", status_code=204, summary="Forget a mapping")
def delete_mapping(runtime: RuntimeDep, name: Name) -> None:
    """Forget a mapping; what was read by it stays."""
    with runtime.database.writing() as session:
        mappings.remove(session, name)
