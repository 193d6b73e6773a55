"""What an order's definition looks at: a surface with its samples, or samples on a grid."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from app.db.models import Contaminant, Dataset, Import, Surface
from app.errors import Conflict, NotFound, Unprocessable
from app.services.hashing import sha256_of
from app.services.hotspots.order import HotspotOrder
from app.services.storage import FileStore
from app.services.surfaces.catalogue import get_any_surface, list_surfaces
from app.services.surfaces.distribution import surface_seen
from app.services.surfaces.order import SurfaceOrder
from app.services.surfaces.planes import choose_plane, suggested_cell_size
from app.services.surfaces.request import find_built, inputs_sha256, selection_request
from app.services.surfaces.selection import (
    Selection,
    is_asked_for,
    refuse_missing,
    samples_on,
    select_results,
)
from spatial.coordinates import Bounds
from spatial.errors import SpatialError
from spatial.grids import Grid, check_cell_count
from spatial.hotspots.samples import Samples


@dataclass(frozen=True)
class Source:
    """Where the evidence lies: which samples, and which surface, if any."""

    contaminant: Contaminant
    selection_order: SurfaceOrder
    surface: Surface | None
    # Of the data sets the samples come from; while it stays, so do their results.
    data_state: str


@dataclass(frozen=True)
class Gathered:
    """The evidence itself, on one plane."""

    selection: Selection
    epsg: int
    samples: Samples
    inputs_sha256: str
    # A grid of its own, where there is no surface.
    grid: Grid | None


@dataclass(frozen=True)
class SideBySide:
    """The samples of several contaminants, each once, on one plane."""

    samples: Samples
    sample_ids: NDArray[np.int64]
    # For each contaminant, which of these samples each of its results is one of.
    rows: tuple[NDArray[np.int64], ...]


def find_source(
    session: Session, order: HotspotOrder, contaminant: Contaminant, like: Surface | None = None
) -> Source:
    """Return where the evidence for an order lies, without reading it.

    Of several surfaces that can answer, one on the cells of `like` goes first.

    Raises
    ------
    NotFound, Unprocessable
        No such surface, or none that can answer.
    """
    surface = _choose_surface(session, order, contaminant, like)
    if surface is None:
        selection_order = order.selection()
    else:
        selection_order = SurfaceOrder.from_json(surface.card["order"])
    return Source(contaminant, selection_order, surface, _data_state(session, selection_order))


def current_state(session: Session, source: Source) -> str:
    """Return the state of the data now, to be held against the one the work began with."""
    return _data_state(session, source.selection_order)


def _data_state(session: Session, order: SurfaceOrder) -> str:
    """Name the imports that the selected data sets hold; results change with these alone."""
    rows = session.execute(_held_imports().where(is_asked_for(order))).all()
    refuse_missing(order, [(name, uid) for *_, name, uid in rows])
    keys = sorted({row[0] for row in rows})
    imports = [list(row[:4]) for row in rows if row[1] is not None]
    return sha256_of({"datasets": keys, "imports": imports})


@cache
def _held_imports() -> Select[Any]:
    """Return the statement of what data sets hold; those without imports have a row too."""
    held = and_(
        Import.dataset_id == Dataset.id,
        Import.kind == "samples",
        Import.status.in_(("loaded", "undone")),
    )
    told = (Dataset.id, func.max(Import.id), Import.status, func.count())
    columns: list[Any] = [*told, Dataset.name, Dataset.uid]
    return (
        select(*columns)
        .outerjoin(Import, held)
        .group_by(Dataset.id, Import.status)
        .order_by(Dataset.id, Import.status)
    )


def _choose_surface(
    session: Session, order: HotspotOrder, contaminant: Contaminant, like: Surface | None
) -> Surface | None:
    if order.surface is not None:
        # Only the operator orders layers; one on a private surface stays as private as that.
        surface = get_any_surface(session, order.surface)
        if surface.contaminant != contaminant.code:
            raise Unprocessable(f"That surface is one of {surface.contaminant}.")
        return surface
    if order.looks_at == "samples":
        return None
    takes_threshold = order.entry.takes_threshold
    # A surface that answers for any threshold answers for this one.
    probe = order.create(1.0 if takes_threshold else None, order.parcels())
    refusal = ""
    found = list_surfaces(session, contaminant=contaminant.code)
    if like is not None:
        cells = (like.epsg, like.cell_size)
        found.sort(key=lambda surface: (surface.epsg, surface.cell_size) != cells)
    for surface in found:
        try:
            probe.bands(surface_seen(surface))
        except SpatialError as error:
            refusal = refusal or f" The latest one says: {error}"
            continue
        return surface
    what = " with an uncertainty" if takes_threshold else ""
    raise NotFound(
        f"There is no surface of {contaminant.name_en}{what} that the definition "
        f"{order.definition} can look at. Build one first: POST /api/surfaces or 'hotspots surface "
        f"build'.{refusal}"
    )


def gather(session: Session, source: Source, most_cells: int) -> Gathered:
    """Read the samples, and lay the grid where there is no surface.

    Raises
    ------
    Conflict
        Results, or whose they are, changed since the surface was built.
    Unprocessable
        No results, or too many cells.
    """
    selection = select_results(session, source.selection_order, source.contaminant)
    surface = source.surface
    if surface is not None:
        asked = selection_request(source.selection_order, source.contaminant, selection)
        # A layer is shown to whoever may see its data sets: the surface must rest on the same.
        if find_built(session, asked, selection) != surface.uid:
            raise Conflict(
                "Results were added or changed, or data sets became private or public, since the "
                "surface was built. Build the surface again, then ask for hotspots on the new one."
            )
        epsg = surface.epsg
    else:
        epsg = choose_plane(source.selection_order, selection).epsg
    try:
        samples = samples_on(selection, epsg)
        grid = None
        if surface is None:
            grid = _grid(samples, source.selection_order.cell_size, epsg, most_cells)
    except SpatialError as error:
        raise Unprocessable(str(error)) from error
    return Gathered(selection, epsg, samples, inputs_sha256(selection), grid)


def _grid(samples: Samples, cell_size: float | None, epsg: int, most_cells: int) -> Grid:
    """Lay cells over the samples and as far around them as two typical spacings."""
    bounds = Bounds.of(samples.coordinates[:, 0], samples.coordinates[:, 1])
    size = cell_size or suggested_cell_size(bounds, len(samples.values))
    # A place speaks for cells up to some spacings away; a suggested cell is a quarter of one.
    around = bounds.buffered(8.0 * suggested_cell_size(bounds, len(samples.values)))
    check_cell_count(around, size, most_cells)
    return Grid.covering(around, size, epsg)


def put_side_by_side(gathered: Sequence[Gathered]) -> SideBySide:
    """Return the samples of several contaminants, each once."""
    ids = np.concatenate([one.selection.sample_ids for one in gathered])
    places = np.concatenate([one.samples.coordinates for one in gathered])
    known, first = np.unique(ids, return_index=True)
    rows = tuple(np.searchsorted(known, one.selection.sample_ids) for one in gathered)
    return SideBySide(Samples.of(places[first], np.zeros(len(known))), known, rows)


def grid_of(surface: Surface) -> Grid:
    """Return the cells of a surface."""
    corner = (surface.west, surface.north, surface.cell_size)
    return Grid(*corner, surface.columns, surface.rows, surface.epsg)


def raster_path(store: FileStore, surface: Surface) -> Path:
    """Return where a surface's raster lies."""
    return store.surface_path(surface.uid)
