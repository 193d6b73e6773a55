"""About which thresholds the data of a surface can decide: written when it is built."""

from typing import Literal

from sqlalchemy.orm import Session

from app.db.models import Surface
from app.db.session import Database
from app.errors import Busy, InvalidRequest, NotFound, StorageFull, Unprocessable
from app.services.registries import find_contaminant
from app.services.storage import FileStore
from app.services.surfaces.distribution import distribution_of, surface_seen
from app.services.surfaces.order import SurfaceOrder
from app.services.surfaces.peaks import grid_of
from app.services.surfaces.request import selection_request
from app.services.surfaces.selection import samples_on, select_results
from spatial.errors import NoProbabilityError, RasterError
from spatial.hotspots.samples import Samples

# Some cells are undecidable at some threshold; none at any; or nobody can tell any more.
Undecidable = Literal["shown", "none", "unknown"]


def prepare_deciding(store: FileStore, surface: Surface, samples: Samples) -> None:
    """Write about which thresholds the data can decide; nothing for one without a probability.

    Raises
    ------
    StorageFull
        Where it cannot be written.
    """
    try:
        distribution_of(surface).peaks()
    except NoProbabilityError:
        return
    # Here and not above: who only serves needs search trees for surfaces of earlier versions alone.
    from spatial.hotspots.classes import Fractions
    from spatial.hotspots.deciding_writing import write_deciding

    try:
        write_deciding(
            store.deciding_path(surface.uid),
            store.surface_path(surface.uid),
            grid_of(surface),
            surface_seen(surface),
            samples,
            Fractions().undecidable_variance,
        )
    except RasterError as error:
        raise StorageFull(f"{error} Free some space and try again.") from error


def find_undecidable(database: Database, store: FileStore, surface: Surface) -> Undecidable:
    """Tell whether the data of a surface with a probability cannot decide in some cells.

    A surface of an earlier version gets its file when it is first asked for, of its results; where
    these changed since, nobody can tell.

    Raises
    ------
    StorageFull
        Where the file cannot be written.
    """
    path = store.deciding_path(surface.uid)
    if not path.exists():
        try:
            with database.reading() as session:
                samples = _samples_of(session, surface)
        except (NotFound, InvalidRequest, Unprocessable, Busy):
            return "unknown"
        if samples is None:
            return "unknown"
        prepare_deciding(store, surface, samples)
    return "shown" if path.stat().st_size else "none"


def _samples_of(session: Session, surface: Surface) -> Samples | None:
    """Return the results a surface was made of; None where they are not the same any more."""
    order = SurfaceOrder.from_json(surface.card["order"])
    contaminant = find_contaminant(session, surface.contaminant)
    selection = select_results(session, order, contaminant)
    if selection_request(order, contaminant, selection) != surface.request_sha256:
        return None
    return samples_on(selection, surface.epsg)
