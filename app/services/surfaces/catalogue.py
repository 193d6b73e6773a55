"""Surfaces that exist: the list and the model card."""

from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, aliased

from app.db import ids
from app.db.models import Contaminant, Dataset, Surface, SurfaceDataset
from app.errors import NotFound
from app.services.surfaces.distribution import distribution_of
from app.services.visibility import surface_is_visible, visible_datasets


def list_surfaces(
    session: Session, *, contaminant: str | None = None, latest: bool = True
) -> list[Surface]:
    """Return the surfaces the caller may see, newest first."""
    visible = visible_datasets(session)
    statement = select(Surface).where(surface_is_visible(Surface.id, visible))
    if contaminant is not None:
        statement = statement.where(Surface.contaminant == contaminant)
    if latest:
        newer = aliased(Surface)
        # A newer one that is hidden hides nothing.
        statement = statement.where(
            ~exists().where(
                newer.supersedes_id == Surface.id, surface_is_visible(newer.id, visible)
            )
        )
    return list(session.scalars(statement.order_by(Surface.created_at.desc(), Surface.id.desc())))


def get_surface(session: Session, public_id: str) -> Surface:
    """Return a surface that rests on public data sets alone.

    Raises
    ------
    NotFound
        Unknown, or not everybody's to see.
    """
    return _found(session, public_id, surface_is_visible(Surface.id, visible_datasets(session)))


def get_any_surface(session: Session, public_id: str) -> Surface:
    """Return a surface, whatever it rests on: the operator asks.

    Raises
    ------
    NotFound
        Unknown.
    """
    return _found(session, public_id)


def _found(session: Session, public_id: str, *conditions: ColumnElement[bool]) -> Surface:
    uid = ids.parse("surface", public_id)
    surface = session.scalar(select(Surface).where(Surface.uid == uid, *conditions))
    if surface is None:
        raise NotFound(f"There is no surface {public_id[:80]!r}. GET /api/surfaces lists them.")
    return surface


def show_surface(session: Session, surface: Surface) -> dict[str, Any]:
    """Return a surface as lists show it."""
    public_id = ids.show("surface", surface.uid)
    name = session.scalar(
        select(Contaminant.name_en).where(Contaminant.code == surface.contaminant)
    )
    datasets = session.scalars(
        select(Dataset.uid)
        .join(SurfaceDataset, SurfaceDataset.dataset_id == Dataset.id)
        .where(SurfaceDataset.surface_id == surface.id)
        .order_by(Dataset.id)
    )
    footprint = func.Box2D(Surface.footprint)
    corners = session.execute(
        select(
            func.ST_XMin(footprint),
            func.ST_YMin(footprint),
            func.ST_XMax(footprint),
            func.ST_YMax(footprint),
        ).where(Surface.id == surface.id)
    ).one()
    previous = session.scalar(
        select(Surface.uid).where(
            Surface.id == surface.supersedes_id,
            surface_is_visible(Surface.id, visible_datasets(session)),
        )
    )
    own = f"/api/surfaces/{public_id}"
    tile = f"{own}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}.png"
    distribution = distribution_of(surface)
    tiles = {}
    if distribution.map_title:
        tiles["median"] = f"{tile}?layer=median"
    if distribution.thresholds != ():
        tiles["probability"] = f"{tile}?layer=probability&threshold={{threshold}}"
    return {
        "id": public_id,
        "contaminant": surface.contaminant,
        "contaminant_name": name,
        "unit": surface.unit,
        "family": surface.family,
        "thresholds": distribution.thresholds,
        "method": surface.method,
        "bands": surface.bands,
        "epsg": surface.epsg,
        "cell_size": surface.cell_size,
        "bbox": list(corners),
        "value_range": [surface.value_low, surface.value_high],
        "created": surface.created_at,
        "card_url": own,
        "tiles": tiles,
        "datasets": [ids.show("dataset", uid) for uid in datasets],
        "supersedes": None if previous is None else ids.show("surface", previous),
    }


def show_card(session: Session, surface: Surface) -> dict[str, Any]:
    """Return a surface with its model card: what is needed to judge it and to build it again."""
    return show_surface(session, surface) | {"card": surface.card}
