"""Surfaces that exist: the list, the model card, the distribution at a place."""

from typing import Any

import rasterio
from rasterio.windows import Window
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from app.db import ids
from app.db.models import Contaminant, Dataset, Surface, SurfaceDataset
from app.errors import InvalidRequest, NotFound
from app.services.storage import FileStore
from app.services.surfaces.distribution import distribution_of, refusals
from app.services.visibility import surface_is_visible, visible_datasets
from spatial.coordinates import transform_places

_QUANTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}


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


def get_surface(session: Session, public_id: str, *, visible: list[int] | None = None) -> Surface:
    """Return a surface that rests on `visible` data sets alone: the public ones when absent.

    Raises
    ------
    NotFound
        Unknown, or not the caller's to see.
    """
    uid = ids.parse("surface", public_id)
    allowed = visible_datasets(session) if visible is None else visible
    surface = session.scalar(
        select(Surface).where(Surface.uid == uid, surface_is_visible(Surface.id, allowed))
    )
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
    previous = session.scalar(select(Surface.uid).where(Surface.id == surface.supersedes_id))
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


def value_at(
    store: FileStore,
    surface: Surface,
    longitude: float,
    latitude: float,
    threshold: float | None,
) -> dict[str, Any]:
    """Return what a surface says of one place; `inside` is false where it says nothing."""
    distribution = distribution_of(surface)
    if threshold is not None:
        with refusals():
            distribution.probability(threshold)
        if threshold <= 0:
            raise InvalidRequest("threshold must be above 0.", parameter="threshold")
    answer: dict[str, Any] = {
        "longitude": longitude,
        "latitude": latitude,
        "unit": surface.unit,
        "threshold": threshold,
    }
    cell = _cell(store, surface, longitude, latitude)
    if cell is None:
        return answer | {"inside": False}
    answer |= {"inside": True} | {name: cell[name] for name in distribution.plain_bands}
    if distribution.thresholds is None:
        answer["quantiles"] = {
            name: float(distribution.quantile(p).of(cell)) for name, p in _QUANTILES.items()
        }
    if threshold is not None:
        answer["probability"] = float(distribution.probability(threshold).of(cell))
        error = distribution.sampling_error(threshold)
        if error is not None:
            answer["sampling_error"] = float(error.of(cell))
    return answer


def _cell(
    store: FileStore, surface: Surface, longitude: float, latitude: float
) -> dict[str, float] | None:
    eastings, northings = transform_places([longitude], [latitude], 4326, surface.epsg)
    column = (eastings[0] - surface.west) / surface.cell_size
    row = (surface.north - northings[0]) / surface.cell_size
    if not (0 <= column < surface.columns and 0 <= row < surface.rows):
        return None
    with rasterio.open(store.surface_path(surface.uid), driver="GTiff") as dataset:
        numbers = dataset.read(window=Window(int(column), int(row), 1, 1), out_dtype="float64")
    cell = {name: float(n) for name, n in zip(surface.bands, numbers[:, 0, 0], strict=True)}
    # NaN is the only number that differs from itself.
    return None if any(number != number for number in cell.values()) else cell  # noqa: PLR0124
