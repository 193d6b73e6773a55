"""What is kept beside a surface so that a map from afar hides no cell of it."""

from app.db.models import Surface
from app.errors import StorageFull
from app.services.storage import FileStore
from app.services.surfaces.distribution import distribution_of
from spatial.errors import NoProbabilityError, RasterError
from spatial.grids import Grid
from spatial.peak_levels import write_peaks


def grid_of(surface: Surface) -> Grid:
    """Return the cells of a surface."""
    return Grid(
        surface.west,
        surface.north,
        surface.cell_size,
        surface.columns,
        surface.rows,
        surface.epsg,
    )


def prepare_peaks(store: FileStore, surface: Surface) -> None:
    """Write what is seen of a surface from afar; nothing where it exists or has no probability.

    A surface of an earlier version gets its own when it is first asked for.

    Raises
    ------
    StorageFull
        Where it cannot be written.
    """
    path = store.peaks_path(surface.uid)
    try:
        peaks = distribution_of(surface).peaks()
    except NoProbabilityError:
        return
    if path.exists():
        return
    try:
        write_peaks(path, store.surface_path(surface.uid), grid_of(surface), peaks)
    except RasterError as error:
        raise StorageFull(f"{error} Free some space and try again.") from error
