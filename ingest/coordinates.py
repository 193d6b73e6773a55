"""Coordinates: which columns hold them, and in which reference system."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.columns import ColumnGuess, only
from ingest.findings import Finding, finding, refusal
from ingest.folding import squeeze
from ingest.reference_systems import WGS84, ReferenceSystem, reference_system
from ingest.row_systems import DATUMS, RowSystems

# each of them stands for several systems
_UNCLEAR_DATUMS = ("pulkovo", "sk42", "gcj02", "bd09")


@dataclass(frozen=True, slots=True)
class CoordinateColumns:
    """The two columns of the coordinates and how to read them.

    Where one column holds both, it is `first` and `second`, and `is_pair` is true. `by_row` finds
    the system of each row where rows state it; `system` is then WGS 84 for want of one.
    """

    first: ColumnGuess
    second: ColumnGuess
    system: ReferenceSystem
    findings: tuple[Finding, ...] = ()
    by_row: RowSystems | None = None

    @property
    def is_pair(self) -> bool:
        """Whether one column holds both coordinates."""
        return self.first.index == self.second.index


def find_coordinates(columns: Sequence[ColumnGuess], epsg: int | None) -> CoordinateColumns:
    """Choose the columns of the coordinates and their reference system.

    Parameters
    ----------
    columns : sequence of ColumnGuess
        All columns of the file.
    epsg : int or None
        The EPSG code stated by the user.

    Returns
    -------
    CoordinateColumns
        Columns in the order easting, northing.

    Raises
    ------
    IngestError
        If there are none, or their reference system is not known: it is never guessed from
        the numbers.
    """
    system = None if epsg is None else reference_system(epsg)
    degrees = (only(columns, "longitude"), only(columns, "latitude"))
    plane = (only(columns, "easting"), only(columns, "northing"))
    is_plane_wanted = system is not None and not system.is_geographic
    both = (only(columns, "coordinates"),) * 2
    pairs = [plane, degrees, both] if is_plane_wanted else [degrees, plane, both]
    for first, second in pairs:
        if first is not None and second is not None:
            by_row = None if system is not None else _by_row(columns, first)
            return _with_system(first, second, system, by_row)
    raise refusal("coordinates_missing_columns")


def _with_system(
    first: ColumnGuess,
    second: ColumnGuess,
    system: ReferenceSystem | None,
    by_row: RowSystems | None,
) -> CoordinateColumns:
    names = ", ".join(dict.fromkeys((first.column, second.column)))
    is_degrees = first.meaning in {"longitude", "coordinates"}
    if by_row is not None:
        return CoordinateColumns(first, second, reference_system(WGS84), by_row=by_row)
    if system is None:
        header = squeeze(names)
        if not is_degrees or any(datum in header for datum in _UNCLEAR_DATUMS):
            raise refusal("crs_unknown", columns=names)
        named = {DATUMS[datum].degrees for datum in DATUMS if datum in header}
        if len(named) > 1:
            raise refusal("crs_unknown", columns=names)
        system = reference_system(named.pop() if named else WGS84)
        if system.epsg == WGS84:
            return CoordinateColumns(first, second, system, (finding("crs_assumed"),))
        remark = finding("crs_from_header", columns=names, epsg=system.epsg, name=system.name)
        return CoordinateColumns(first, second, system, (remark,))
    if is_degrees and not system.is_geographic:
        raise refusal("crs_conflict", columns=names, epsg=system.epsg, name=system.name)
    return CoordinateColumns(first, second, system)


def _by_row(columns: Sequence[ColumnGuess], first: ColumnGuess) -> RowSystems | None:
    """Return the columns that tell the reference system of each row, if there are any."""
    is_degrees = first.meaning in {"longitude", "coordinates"}
    wanted = {"epsg", "datum"} if is_degrees else {"epsg", "utm_zone", "hemisphere", "datum"}
    found = {name: guess for name in wanted if (guess := only(columns, name)) is not None}
    if not found.keys() & ({"epsg", "datum"} if is_degrees else {"epsg", "utm_zone"}):
        return None
    return RowSystems(found, is_degrees=is_degrees)
