"""Coordinates: which columns hold them, in which reference system, and are they possible."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import pyproj
import pyproj.network
from pyproj.enums import TransformDirection
from pyproj.exceptions import CRSError, ProjError

from ingest.columns import ColumnGuess, only
from ingest.findings import Finding, finding, refusal
from ingest.numbers import Decimal, parse_numbers

WGS84 = 4326
_SMALLEST_MARGIN_DEGREES = 1.0
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
    """The two columns of the coordinates and how to read them."""

    first: ColumnGuess
    second: ColumnGuess
    system: ReferenceSystem
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Places:
    """Places of n rows: degrees (NaN where faulty), the original numbers, and the faults."""

    longitude: pl.Series
    latitude: pl.Series
    first: pl.Series
    second: pl.Series
    findings: tuple[Finding, ...]


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
    pairs = [plane, degrees] if is_plane_wanted else [degrees, plane]
    for first, second in pairs:
        if first is not None and second is not None:
            return _with_system(first, second, system)
    raise refusal("coordinates_missing_columns")


def read_places(
    rows: pl.Series,
    texts: tuple[pl.Series, pl.Series],
    decimal: Decimal,
    columns: CoordinateColumns,
) -> Places:
    """Parse, check and transform the coordinates of n rows.

    Parameters
    ----------
    rows : polars.Series
        Row numbers, shape (n,).
    texts : tuple of polars.Series
        Trimmed texts of easting (longitude) and northing (latitude), each of shape (n,).
    decimal : {".", ","}
        The decimal sign.
    columns : CoordinateColumns
        The columns and their reference system.

    Returns
    -------
    Places
        Longitude and latitude in degrees (EPSG:4326) and an error for every faulty row.
    """
    first, second = (parse_numbers(text, decimal) for text in texts)
    faults = _Faults(rows, texts, columns)
    is_number = first.is_not_null() & second.is_not_null()
    faults.not_numbers(first, second)
    is_nowhere = is_number & (first == 0) & (second == 0)
    faults.add("null_island", is_nowhere, 0)
    is_good = is_number & ~is_nowhere
    if columns.system.is_geographic:
        is_good &= faults.out_of_range(first, second, is_good)
    longitude, latitude = _to_degrees(first, second, is_good, columns.system)
    inside = pl.Series(columns.system.contains(longitude, latitude))
    faults.add("outside_area_of_use", is_good & ~inside, 0)
    return Places(
        pl.Series("longitude", longitude),
        pl.Series("latitude", latitude),
        first,
        second,
        tuple(faults.findings),
    )


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


def within_most(values: pl.Series, reference: pl.Series) -> pl.Series:
    """Tell which degrees lie in the range of most of a reference, widened generously.

    Parameters
    ----------
    values : polars.Series
        Degrees, shape (n,).
    reference : polars.Series
        Degrees of the places to compare with, at least one.

    Returns
    -------
    polars.Series
        Booleans, shape (n,).

    Examples
    --------
    >>> within_most(pl.Series([5.0, 52.0]), pl.Series([5.1, 5.3, 5.2])).to_list()
    [True, False]
    """
    low, high = (float(reference.quantile(share) or 0.0) for share in (0.1, 0.9))
    margin = max(2.0 * (high - low), _SMALLEST_MARGIN_DEGREES)
    return (values >= low - margin) & (values <= high + margin)


class _Faults:
    """Findings on the coordinates of some rows."""

    def __init__(
        self, rows: pl.Series, texts: tuple[pl.Series, pl.Series], columns: CoordinateColumns
    ) -> None:
        self._rows = rows
        self._texts = texts
        self._columns = (columns.first.column, columns.second.column)
        self._system = columns.system
        self.findings: list[Finding] = []

    def add(self, code: str, is_faulty: pl.Series, which: int) -> None:
        """Note a fault of the rows of a mask, at the first or second column."""
        if not is_faulty.any():
            return
        texts = self._texts[which].filter(is_faulty)
        self.findings += [
            finding(
                code,
                row=row,
                column=self._columns[which],
                text=text,
                epsg=self._system.epsg,
                name=self._system.name,
            )
            for row, text in zip(self._rows.filter(is_faulty), texts, strict=True)
        ]

    def not_numbers(self, *numbers: pl.Series) -> None:
        """Note coordinates that are missing or no numbers."""
        for which, values in enumerate(numbers):
            is_empty = self._texts[which] == ""
            self.add("coordinate_missing", is_empty, which)
            self.add("coordinate_not_number", values.is_null() & ~is_empty, which)

    def out_of_range(
        self, longitude: pl.Series, latitude: pl.Series, is_number: pl.Series
    ) -> pl.Series:
        """Note impossible degrees; returns a mask of the possible ones."""
        is_wide = is_number & (longitude.abs() > 180)
        is_high = is_number & (latitude.abs() > 90)
        is_swapped = is_high & (latitude.abs() <= 180) & (longitude.abs() <= 90)
        others = is_number & ~(is_wide | is_high)
        if others.any():
            # a mistyped latitude is no exchange: the place must join the others of the file
            is_swapped &= within_most(latitude, longitude.filter(others))
            is_swapped &= within_most(longitude, latitude.filter(others))
        self.add("coordinates_swapped", is_swapped, 1)
        self.add("latitude_out_of_range", is_high & ~is_swapped, 1)
        self.add("longitude_out_of_range", is_wide, 0)
        return ~(is_wide | is_high)


def _with_system(
    first: ColumnGuess, second: ColumnGuess, system: ReferenceSystem | None
) -> CoordinateColumns:
    names = f"{first.column}, {second.column}"
    is_degrees = first.meaning == "longitude"
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


def _to_degrees(
    first: pl.Series, second: pl.Series, is_good: pl.Series, system: ReferenceSystem
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    good = is_good.to_numpy()
    longitude = np.full(len(first), np.nan)
    latitude = np.full(len(first), np.nan)
    easting = first.filter(is_good).to_numpy()
    northing = second.filter(is_good).to_numpy()
    # impossible numbers come back as infinity and are found outside the area of use
    longitude[good], latitude[good] = to_degrees(easting, northing, system)
    return longitude, latitude
