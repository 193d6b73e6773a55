"""Build a surface and publish it: the file first, then its record, or neither."""

import math
import uuid
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely import Polygon, box
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import Contaminant, Surface, SurfaceDataset
from app.db.session import Database
from app.errors import InvalidRequest, StorageFull, Unprocessable
from app.services.geometry import transform_geometry
from app.services.hashing import lock, sha256_of
from app.services.registries import find_contaminant
from app.services.storage import FileStore
from app.services.surfaces.order import SurfaceOrder
from app.services.surfaces.selection import Selection, select_results
from spatial.coordinates import (
    Bounds,
    MetricCrs,
    choose_metric_crs,
    is_metric,
)
from spatial.errors import RasterError, SpatialError
from spatial.grids import Grid
from spatial.raster import array_sha256, write_cog

if TYPE_CHECKING:
    from spatial.interpolation.request import SurfaceResult

Engine = Callable[[], AbstractContextManager[Executor]]


def build(
    database: Database,
    store: FileStore,
    order: SurfaceOrder,
    engine: Engine,
    on_progress: Callable[[float], None],
    *,
    max_cells: int,
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
        existing = _existing(session, request_sha256)
        if existing is not None:
            return {"surface": ids.show("surface", existing), "is_new": False}
    plane = _choose_plane(order, selection)
    result = _compute(order, selection, plane, engine, on_progress, max_cells)
    uid = uuid.uuid4()
    with store.new_surface(uid) as path:
        array_hash = _write(path, result)
        with database.writing() as session:
            lock(session, _order_sha256(order, contaminant))
            existing = _existing(session, request_sha256)
            if existing is None:
                surface = _record(order, contaminant, selection, result)
                surface.uid = uid
                surface.request_sha256 = request_sha256
                surface.array_sha256 = array_hash
                surface.card["plane"] = {"epsg": plane.epsg, "reason": plane.reason}
                _publish(session, surface, selection)
                return {"surface": ids.show("surface", uid), "is_new": True}
    # Somebody else built the same surface meanwhile: theirs stands, our file goes.
    path.unlink()
    return {"surface": ids.show("surface", existing), "is_new": False}


def selection_request(order: SurfaceOrder, contaminant: Contaminant, selection: Selection) -> str:
    """Return the hash of an order and of the results it selects now."""
    inputs = array_sha256(
        {
            "longitude": selection.longitudes,
            "latitude": selection.latitudes,
            "value": selection.values,
        }
    )
    return sha256_of({"order": _order_sha256(order, contaminant), "inputs": inputs})


def _order_sha256(order: SurfaceOrder, contaminant: Contaminant) -> str:
    return sha256_of(order.to_json() | {"contaminant": contaminant.code})


def _existing(session: Session, request_sha256: str) -> uuid.UUID | None:
    statement = select(Surface.uid).where(Surface.request_sha256 == request_sha256)
    return session.scalar(statement.order_by(Surface.id.desc()).limit(1))


def _choose_plane(order: SurfaceOrder, selection: Selection) -> MetricCrs:
    """Return the plane: the one asked for, else the samples' own, else one for their extent."""
    if order.epsg is not None:
        try:
            is_usable = is_metric(order.epsg)
        except SpatialError as error:
            raise InvalidRequest(str(error), parameter="epsg") from error
        if not is_usable:
            raise InvalidRequest(
                f"EPSG:{order.epsg} is not a projected system in metres; distances need one.",
                parameter="epsg",
            )
        return MetricCrs(order.epsg, "The order names this coordinate system.")
    if selection.common_epsg is not None and is_metric(selection.common_epsg):
        return MetricCrs(selection.common_epsg, "All samples were reported in this system.")
    try:
        return choose_metric_crs(Bounds.of(selection.longitudes, selection.latitudes))
    except SpatialError as error:
        raise Unprocessable(str(error)) from error


def _compute(
    order: SurfaceOrder,
    selection: Selection,
    plane: MetricCrs,
    engine: Engine,
    on_progress: Callable[[float], None],
    max_cells: int,
) -> "SurfaceResult":
    eastings, northings = selection.places_on(plane.epsg)
    # Here and not above: compilers and kernels have no place in a process that only serves.
    from spatial.interpolation.workflow import SurfaceRequest, build_surface

    try:
        request = SurfaceRequest(
            cell_size=order.cell_size
            or suggested_cell_size(Bounds.of(eastings, northings), len(eastings)),
            method=order.method,
            transform=order.transform,
            neighbours=order.neighbours,
            max_cells=max_cells,
        )
        with engine() as executor:
            return build_surface(
                eastings,
                northings,
                selection.values,
                request,
                plane.epsg,
                _outline(order, plane.epsg),
                executor,
                on_progress,
            )
    except SpatialError as error:
        raise Unprocessable(str(error)) from error


def suggested_cell_size(bounds: Bounds, sample_count: int) -> float:
    """Return a quarter of the samples' mean spacing, rounded down to 1, 2 or 5 times 10ⁿ m."""
    area = max(bounds.east - bounds.west, 1.0) * max(bounds.north - bounds.south, 1.0)
    size = 0.25 * math.sqrt(area / sample_count)
    decade = 10.0 ** math.floor(math.log10(size))
    return max(step * decade for step in (1.0, 2.0, 5.0) if step * decade <= size)


def _outline(order: SurfaceOrder, epsg: int) -> BaseGeometry | None:
    if order.outline is None:
        return None
    try:
        outline = shape(order.outline)
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise InvalidRequest("outline is not a GeoJSON geometry.", parameter="outline") from error
    if outline.geom_type not in {"Polygon", "MultiPolygon"} or outline.is_empty:
        raise InvalidRequest("outline must be a polygon.", parameter="outline")
    if not outline.is_valid:
        raise InvalidRequest(
            f"outline is not a valid polygon: {shapely.is_valid_reason(outline)}.",
            parameter="outline",
        )
    west, south, east, north = outline.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise InvalidRequest(
            "outline must be in longitude and latitude (degrees).", parameter="outline"
        )
    return transform_geometry(outline, 4326, epsg)


def _write(path: Path, result: "SurfaceResult") -> str:
    try:
        return write_cog(path, result.grid, result.bands)
    except RasterError as error:
        raise StorageFull(
            f"{error} The surface was not stored; free some space and try again."
        ) from error


def _record(
    order: SurfaceOrder, contaminant: Contaminant, selection: Selection, result: "SurfaceResult"
) -> Surface:
    grid = result.grid
    low, high = _value_range(result)
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
        method=order.method,
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
        order_sha256=_order_sha256(order, contaminant),
    )


def _value_range(result: "SurfaceResult") -> tuple[float | None, float | None]:
    """Return the 2nd and 98th percentile of what the map shows, for its colours."""
    shown = result.bands.get("median", result.bands.get("value"))
    if shown is None or not np.isfinite(shown).any():
        return None, None
    low, high = np.nanquantile(shown, [0.02, 0.98])
    return float(low), float(high)


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
