"""Build a surface and publish it: the file first, then its record, or neither."""

import uuid
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely
from shapely import Polygon, box
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import Contaminant, Surface, SurfaceDataset
from app.db.session import Database
from app.errors import StorageFull, Unprocessable
from app.services.geometry import transform_geometry
from app.services.hashing import lock
from app.services.registries import find_contaminant
from app.services.storage import FileStore
from app.services.surfaces.budget import Budget, estimate_order, request_of
from app.services.surfaces.deciding import prepare_deciding
from app.services.surfaces.order import SurfaceOrder
from app.services.surfaces.peaks import prepare_peaks
from app.services.surfaces.planes import choose_plane, place_outline
from app.services.surfaces.request import find_built, order_sha256, selection_request
from app.services.surfaces.selection import Selection, samples_on, select_results
from spatial.coordinates import (
    Bounds,
    MetricCrs,
)
from spatial.distributions.contract import colour_range
from spatial.distributions.registry import distribution_of
from spatial.errors import RasterError, SpatialError
from spatial.grids import Grid
from spatial.raster import write_cog

if TYPE_CHECKING:
    from spatial.interpolation.surface_model import SurfaceResult

Engine = Callable[[], AbstractContextManager[Executor]]


def build(
    database: Database,
    store: FileStore,
    order: SurfaceOrder,
    engine: Engine,
    on_progress: Callable[[float], None],
    *,
    budget: Budget,
) -> dict[str, Any]:
    """Build the surface an order asks for, or find the one that exists.

    Returns
    -------
    dict
        The surface's id, and whether it is new.

    Raises
    ------
    NotFound, InvalidRequest, Unprocessable, StorageFull
        Each with what would help.
    """
    order.check()
    with database.reading() as session:
        contaminant = find_contaminant(session, order.contaminant)
        selection = select_results(session, order, contaminant)
        request_sha256 = selection_request(order, contaminant, selection)
        existing = find_built(session, request_sha256, selection)
        if existing is not None:
            _complete(session, store, existing, selection)
            return {"surface": ids.show("surface", existing), "is_new": False}
    plane = choose_plane(order, selection)
    result = _compute(order, selection, plane, engine, on_progress, budget)
    uid = uuid.uuid4()
    with store.new_surface(uid) as path:
        array_hash = _write(path, result, selection.unit, contaminant)
        surface = _record(order, contaminant, selection, result)
        surface.uid = uid
        surface.request_sha256 = request_sha256
        surface.array_sha256 = array_hash
        surface.card["plane"] = {"epsg": plane.epsg, "reason": plane.reason}
        prepare_peaks(store, surface)
        prepare_deciding(store, surface, samples_on(selection, plane.epsg))
        with database.writing() as session:
            lock(session, order_sha256(order, contaminant))
            existing = find_built(session, request_sha256, selection)
            if existing is None:
                _publish(session, surface, selection)
                return {"surface": ids.show("surface", uid), "is_new": True}
    # Somebody else built the same surface meanwhile: theirs stands, our files go.
    store.remove_surface(uid)
    return {"surface": ids.show("surface", existing), "is_new": False}


def _complete(session: Session, store: FileStore, uid: uuid.UUID, selection: Selection) -> None:
    """Write beside a surface what the version that built it did not know of."""
    surface = session.scalars(select(Surface).where(Surface.uid == uid)).one()
    if not store.deciding_path(uid).exists():
        prepare_deciding(store, surface, samples_on(selection, surface.epsg))


def _compute(
    order: SurfaceOrder,
    selection: Selection,
    plane: MetricCrs,
    engine: Engine,
    on_progress: Callable[[float], None],
    budget: Budget,
) -> "SurfaceResult":
    eastings, northings = selection.places_on(plane.epsg)
    # Here and not above: compilers and kernels have no place in a process that only serves.
    from spatial.interpolation.workflow import build_surface

    try:
        budget.check(estimate_order(order, selection, plane.epsg, budget))
        bounds = Bounds.of(eastings, northings)
        request = request_of(order, bounds, selection, budget.limits.surface_max_cells)
        with engine() as executor:
            return build_surface(
                eastings,
                northings,
                selection.values,
                request,
                plane.epsg,
                place_outline(order, plane.epsg),
                executor,
                on_progress,
                is_censored=selection.is_censored,
            )
    except SpatialError as error:
        raise Unprocessable(str(error)) from error


def _write(path: Path, result: "SurfaceResult", unit: str, contaminant: Contaminant) -> str:
    card = result.card
    tags = {
        "contaminant": contaminant.code,
        "TIFFTAG_IMAGEDESCRIPTION": f"{contaminant.name_en} in soil, {unit}, {card['method']}",
        "TIFFTAG_SOFTWARE": "soil-hotspots",
    }
    units = distribution_of(card).band_units(unit)
    try:
        return write_cog(path, result.grid, result.bands, tags=tags, units=units)
    except RasterError as error:
        raise StorageFull(
            f"{error} The surface was not stored; free some space and try again."
        ) from error


def _record(
    order: SurfaceOrder, contaminant: Contaminant, selection: Selection, result: "SurfaceResult"
) -> Surface:
    grid = result.grid
    # The 2nd and 98th percentile of what the map shows, for its colours.
    low, high = colour_range(distribution_of(result.card), result.bands) or (None, None)
    card = result.card | {
        "order": order.to_json() | {"contaminant": contaminant.code},
        "selection": selection.counts,
        "extractions": selection.extractions,
        "unit": selection.unit,
        "built": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    card["warnings"] = [*selection.warnings, *result.card["warnings"]]
    return Surface(
        contaminant=contaminant.code,
        family=result.card["family"],
        method=result.card["method"],
        unit=selection.unit,
        epsg=grid.epsg,
        west=grid.west,
        north=grid.north,
        cell_size=grid.cell_size,
        columns=grid.columns,
        rows=grid.rows,
        bands=list(result.bands),
        value_low=low,
        value_high=high,
        footprint=f"SRID=4326;{_footprint(grid).wkt}",
        card=card,
        order_sha256=order_sha256(order, contaminant),
    )


def _footprint(grid: Grid) -> Polygon:
    """Return the grid's extent in longitude and latitude, its edges followed."""
    edges = shapely.segmentize(box(*grid.bounds), max(grid.columns, grid.rows) * grid.cell_size / 8)
    return transform_geometry(edges, grid.epsg, 4326)


def _publish(session: Session, surface: Surface, selection: Selection) -> None:
    previous = session.scalar(
        select(Surface.id)
        .where(Surface.order_sha256 == surface.order_sha256)
        .order_by(Surface.id.desc())
        .limit(1)
    )
    surface.supersedes_id = previous
    session.add(surface)
    session.flush()
    session.add_all(
        SurfaceDataset(surface_id=surface.id, dataset_id=key) for key in selection.dataset_ids
    )
