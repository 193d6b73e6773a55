"""Coordinates: which columns hold them, in which reference system, and are they possible."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyproj
import pyproj.network
from pyproj.enums import TransformDirection
from pyproj.exceptions import CRSError, ProjError

from ingest.columns import ColumnGuess, only
from ingest.findings import Finding, finding, refusal

WGS84 = 4326
_OTHER_DATUMS = ("nad27", "nad 27", "ed50", "nad83", "pulkovo", "sk42", "sk-42", "cgcs")


@dataclass(frozen=True, slots=True)
class ReferenceSystem:
    """A reference system by its EPSG code, with its area of use in degrees."""

    epsg: int
    name: str
    is_geographic: bool
    west: float
    south: float
    east: float
    north: float

    def contains(
        self, longitude: npt.NDArray[np.float64], latitude: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.bool_]:
        """Tell which places lie in the area of use.

        Parameters
        ----------
        longitude, latitude : numpy.ndarray
            Degrees (EPSG:4326), shape (n,).

        Returns
        -------
        numpy.ndarray
            Booleans, shape (n,); an area across 180 degrees is understood.
        """
        if self.west <= self.east:
            in_width = (longitude >= self.west) & (longitude <= self.east)
        else:
            in_width = (longitude >= self.west) | (longitude <= self.east)
        inside: npt.NDArray[np.bool_] = (
            in_width & (latitude >= self.south) & (latitude <= self.north)
        )
        return inside


@dataclass(frozen=True, slots=True)
class CoordinateColumns:
    """The two columns of the coordinates and how to read them.

    Where one column holds both, it is `first` and `second`, and `is_pair` is true.
    """

    first: ColumnGuess
    second: ColumnGuess
    system: ReferenceSystem
    findings: tuple[Finding, ...] = ()

    @property
    def is_pair(self) -> bool:
        """Whether one column holds both coordinates."""
        return self.first.index == self.second.index


def reference_system(epsg: int) -> ReferenceSystem:
    """Look up a projected or two-dimensional geographic reference system.

    Parameters
    ----------
    epsg : int
        Its EPSG code; nothing else is accepted, so that no text reaches the library.

    Returns
    -------
    ReferenceSystem
        Name and area of use.

    Raises
    ------
    IngestError
        If there is no such system, or it is of another kind.

    Examples
    --------
    >>> reference_system(28992).name
    'Amersfoort / RD New'
    """
    if type(epsg) is not int or not 1024 <= epsg <= 998_999:
        raise refusal("crs_not_known", text=str(epsg), reason="it is not an EPSG code")
    try:
        crs = pyproj.CRS.from_epsg(epsg)
    except CRSError as error:
        raise refusal("crs_not_known", text=str(epsg), reason="there is none") from error
    is_flat = crs.is_projected or crs.is_geographic
    if not is_flat or crs.is_compound or len(crs.axis_info) != 2:
        reason = "it is neither projected nor geographic in two dimensions"
        raise refusal("crs_not_known", text=str(epsg), reason=reason)
    area = crs.area_of_use
    bounds = (-180.0, -90.0, 180.0, 90.0) if area is None else area.bounds
    return ReferenceSystem(epsg, crs.name, crs.is_geographic, *bounds)


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
            return _with_system(first, second, system)
    raise refusal("coordinates_missing_columns")


def describe_transformation(
    system: ReferenceSystem, longitude: float, latitude: float
) -> Finding | None:
    """Say by which operation coordinates became longitude and latitude.

    Parameters
    ----------
    system : ReferenceSystem
        The reference system of the file.
    longitude, latitude : float
        A place of the file in degrees (EPSG:4326): the operation depends on the region.

    Returns
    -------
    Finding or None
        A note with operation and accuracy; None where nothing is transformed.
    """
    if system.epsg == WGS84:
        return None
    transformer = _transformer(system)
    there = transformer.transform(longitude, latitude, direction=TransformDirection.INVERSE)
    transformer.transform(*there)
    used = transformer.get_last_used_operation()
    return finding(
        "crs_transformed",
        epsg=system.epsg,
        name=system.name,
        operation=used.description,
        accuracy=f"{used.accuracy:g} m" if used.accuracy >= 0 else "unknown",
    )


def to_degrees(
    easting: npt.NDArray[np.float64], northing: npt.NDArray[np.float64], system: ReferenceSystem
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Transform places to longitude and latitude.

    Parameters
    ----------
    easting, northing : numpy.ndarray
        Coordinates in the reference system, shape (n,).
    system : ReferenceSystem
        The reference system.

    Returns
    -------
    tuple of numpy.ndarray
        Longitude and latitude in degrees (EPSG:4326), each of shape (n,); infinite where the
        transformation is not defined.

    Raises
    ------
    IngestError
        If there is no transformation.
    """
    if system.epsg == WGS84:
        return easting, northing
    try:
        longitude, latitude = _transformer(system).transform(easting, northing)
    except ProjError as error:
        reason = "coordinates cannot be transformed"
        raise refusal("crs_not_known", text=str(system.epsg), reason=reason) from error
    return longitude, latitude


def _with_system(
    first: ColumnGuess, second: ColumnGuess, system: ReferenceSystem | None
) -> CoordinateColumns:
    names = ", ".join(dict.fromkeys((first.column, second.column)))
    is_degrees = first.meaning in {"longitude", "coordinates"}
    if system is None:
        header = f"{first.column} {second.column}".casefold()
        if not is_degrees or any(datum in header for datum in _OTHER_DATUMS):
            raise refusal("crs_unknown", columns=names)
        return CoordinateColumns(first, second, reference_system(WGS84), (finding("crs_assumed"),))
    if is_degrees and not system.is_geographic:
        raise refusal("crs_conflict", columns=names, epsg=system.epsg, name=system.name)
    return CoordinateColumns(first, second, system)


def _transformer(system: ReferenceSystem) -> pyproj.Transformer:
    # a file must not make this service fetch grids from a server
    pyproj.network.set_network_enabled(active=False)  # type: ignore[attr-defined]
    return pyproj.Transformer.from_crs(system.epsg, WGS84, always_xy=True)
