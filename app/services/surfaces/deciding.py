"""About which thresholds the data of a surface can decide: written when it is built."""

from typing import Literal

from app.db.models import Surface
from app.errors import StorageFull
from app.services.storage import FileStore
from app.services.surfaces.distribution import distribution_of, surface_seen
from app.services.surfaces.peaks import grid_of
from spatial.errors import NoProbabilityError, RasterError
from spatial.hotspots.samples import Samples

# Some cells are undecidable at some threshold; none at any; or it was not found out.
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
    # Here and not above: who only serves needs no search trees.
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


def undecidable_of(store: FileStore, surface: Surface) -> Undecidable:
    """Tell whether the data of a surface with a probability cannot decide in some cells.

    One that an earlier version built has no file until the same surface is ordered again.
    """
    try:
        size = store.deciding_path(surface.uid).stat().st_size
    except FileNotFoundError:
        return "unknown"
    return "shown" if size else "none"
