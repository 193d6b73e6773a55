"""Reference systems by their EPSG codes, and the way from them to longitude and latitude."""

import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import pyproj.datadir
import pyproj.network
from pyproj.enums import TransformDirection
from pyproj.exceptions import CRSError, ProjError
from pyproj.transformer import AreaOfInterest, TransformerGroup

from ingest.findings import Finding, finding, refusal

WGS84 = 4326
# pyproj brings no grids; Debian's proj-data puts some here, and others can be added
GRID_FOLDER = Path("/usr/share/proj")


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


def describe_transformation(
    system: ReferenceSystem, longitude: float, latitude: float
) -> list[Finding]:
    """Say by which operation coordinates became longitude and latitude.

    Parameters
    ----------
    system : ReferenceSystem
        The reference system of the file.
    longitude, latitude : float
        A place of the file in degrees (EPSG:4326): the operation depends on the region.

    Returns
    -------
    list of Finding
        A note with operation and accuracy, and a warning where a better operation needs a grid
        that is not there; nothing where nothing is transformed.
    """
    if system.epsg == WGS84:
        return []
    transformer = _transformer(system.epsg)
    there = transformer.transform(longitude, latitude, direction=TransformDirection.INVERSE)
    transformer.transform(*there)
    # an operation that changes nothing (ETRS89 to WGS 84) is not noted by PROJ as used
    is_nothing = transformer.name == "noop"
    used = transformer if is_nothing else transformer.get_last_used_operation()
    accuracy = f"{used.accuracy:g} m" if used.accuracy >= 0 else "unknown"
    named: dict[str, Any] = {"epsg": system.epsg, "name": system.name, "accuracy": accuracy}
    remarks = [finding("crs_transformed", operation=used.description, **named)]
    for grids, better in _missing_grids(system, longitude, latitude):
        if used.accuracy < 0 or better < used.accuracy:
            listed = ", ".join(grids)
            remarks.append(
                finding(
                    "crs_grid_missing",
                    grids=listed,
                    better=f"{better:g} m",
                    folder=str(GRID_FOLDER),
                    **named,
                )
            )
            break
    return remarks


def _missing_grids(
    system: ReferenceSystem, longitude: float, latitude: float
) -> list[tuple[list[str], float]]:
    """Return the grids and accuracies (m) of operations that cannot be used here, best first."""
    place = AreaOfInterest(longitude, latitude, longitude, latitude)
    with warnings.catch_warnings():
        # it warns of what is reported here
        warnings.simplefilter("ignore", UserWarning)
        group = TransformerGroup(system.epsg, WGS84, always_xy=True, area_of_interest=place)
    missing = [
        ([grid.short_name for grid in operation.grids if not grid.available], operation.accuracy)
        for operation in group.unavailable_operations
        if operation.accuracy >= 0
    ]
    return sorted(missing, key=lambda found: found[1])


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
        longitude, latitude = _transformer(system.epsg).transform(easting, northing)
    except ProjError as error:
        reason = "coordinates cannot be transformed"
        raise refusal("crs_not_known", text=str(system.epsg), reason=reason) from error
    return longitude, latitude


@lru_cache(maxsize=64)
def _transformer(epsg: int) -> pyproj.Transformer:
    _use_own_grids()
    return pyproj.Transformer.from_crs(epsg, WGS84, always_xy=True)


def _use_own_grids() -> None:
    # a file must not make this service fetch grids from a server
    pyproj.network.set_network_enabled(active=False)  # type: ignore[attr-defined]
    if GRID_FOLDER.is_dir() and str(GRID_FOLDER) not in pyproj.datadir.get_data_dir():
        pyproj.datadir.append_data_dir(GRID_FOLDER)
