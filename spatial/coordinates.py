"""Extents, the choice of a metric coordinate system, and transformation of places."""

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray
from spatial.errors import ExtentError, InvalidCoordinatesError
from spatial.hilbert import hilbert_key

if TYPE_CHECKING:
    # Takes as long to load as everything else that a process needs that only predicts.
    from pyproj import CRS, Transformer

__all__ = [
    "Bounds",
    "MetricCrs",
    "choose_metric_crs",
    "hilbert_key",
    "is_metric",
    "transform_bounds",
    "transform_places",
    "transformer",
]

# A transverse Mercator scale error stays below 0.6 % up to 6 degrees from its central meridian.
WIDEST_FOR_UTM = 12.0
# Equal-area or conformal systems made for one region, asked in this order (smaller areas first).
REGIONAL_SYSTEMS = (
    (7755, "India"),
    (3577, "Australia"),
    (5070, "the conterminous United States"),
    (5880, "Brazil"),
    (3035, "Europe"),
    (3978, "Canada"),
)


class Bounds(NamedTuple):
    """
    An extent, in the order of its name everywhere in this package.

    Parameters
    ----------
    west : float
        Smallest easting (m) or western longitude (degrees). In degrees it may be larger than
        ``east``: the extent then crosses the antimeridian.
    south : float
        Smallest northing or latitude.
    east : float
        Largest easting or eastern longitude.
    north : float
        Largest northing or latitude.

    Examples
    --------
    >>> Bounds.of([1.0, 3.0], [5.0, 4.0])
    Bounds(west=1.0, south=4.0, east=3.0, north=5.0)
    >>> Bounds(0.0, 0.0, 3.0, 4.0).diagonal
    5.0
    """

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def of(cls, eastings: ArrayLike, northings: ArrayLike) -> "Bounds":
        """
        Return the smallest extent that holds all places.

        Parameters
        ----------
        eastings : array_like, shape (n,)
            Eastings (m) or longitudes (degrees).
        northings : array_like, shape (n,)
            Northings (m) or latitudes (degrees).

        Returns
        -------
        Bounds
            Their extent; the antimeridian is not looked for.
        """
        first, second = np.asarray(eastings, np.float64), np.asarray(northings, np.float64)
        if first.size == 0 or first.shape != second.shape:
            raise InvalidCoordinatesError("An extent needs at least one place.")
        return cls(float(first.min()), float(second.min()), float(first.max()), float(second.max()))

    @property
    def diagonal(self) -> float:
        """The length of the diagonal, in the coordinates' unit."""
        return float(np.hypot(self.east - self.west, self.north - self.south))

    def buffered(self, distance: float) -> "Bounds":
        """
        Return the extent grown on every side.

        Parameters
        ----------
        distance : float
            How far, in the coordinates' unit.

        Returns
        -------
        Bounds
            The larger extent.
        """
        return Bounds(
            self.west - distance,
            self.south - distance,
            self.east + distance,
            self.north + distance,
        )

    def intersection(self, other: "Bounds") -> "Bounds | None":
        """
        Return what two extents share.

        Parameters
        ----------
        other : Bounds
            The other extent.

        Returns
        -------
        Bounds or None
            The shared extent, or None where they are apart.
        """
        shared = Bounds(
            max(self.west, other.west),
            max(self.south, other.south),
            min(self.east, other.east),
            min(self.north, other.north),
        )
        return shared if shared.west <= shared.east and shared.south <= shared.north else None


class MetricCrs(NamedTuple):
    """
    A chosen coordinate system and why it was chosen.

    Parameters
    ----------
    epsg : int
        The EPSG code of a projected system in metres.
    reason : str
        One sentence for the model card.
    """

    epsg: int
    reason: str


def choose_metric_crs(bounds: Bounds) -> MetricCrs:
    """
    Choose a projected system in metres for an extent.

    Distances between samples must be metres on a plane. One UTM zone serves extents up to 12
    degrees wide, the polar stereographic systems of the UPS serve the caps, and a few well-known
    regional systems serve wider ones. Anything larger is refused: on one plane its distances would
    be wrong.

    Parameters
    ----------
    bounds : Bounds
        Longitudes and latitudes in degrees; ``west > east`` crosses the antimeridian.

    Returns
    -------
    MetricCrs
        EPSG code and the reason, one sentence.

    Raises
    ------
    InvalidCoordinatesError
        Where the bounds are not degrees.
    ExtentError
        Where no plane serves the extent.

    Examples
    --------
    >>> choose_metric_crs(Bounds(5.72, 50.95, 5.77, 51.0)).epsg
    32631
    >>> choose_metric_crs(Bounds(179.0, -18.0, -179.0, -17.0)).epsg
    32701
    >>> choose_metric_crs(Bounds(-10.0, 36.0, 30.0, 60.0)).epsg
    3035
    """
    width, middle = _width_and_middle(bounds)
    if bounds.south >= 84.0:
        return MetricCrs(5041, "The extent lies north of 84° N, where UPS North is the plane.")
    if bounds.north <= -80.0:
        return MetricCrs(5042, "The extent lies south of 80° S, where UPS South is the plane.")
    if width <= WIDEST_FOR_UTM and bounds.south >= -80.0 and bounds.north <= 84.0:
        return _utm(bounds, width, middle)
    for epsg, region in REGIONAL_SYSTEMS:
        if bounds.west <= bounds.east and _within_area_of_use(bounds, epsg):
            return MetricCrs(
                epsg,
                f"The extent is {width:.1f}° wide, too wide for one UTM zone, and lies within "
                f"{region}, for which {_system(epsg).name} (EPSG:{epsg}) is made.",
            )
    raise ExtentError(
        f"The extent is {width:.1f}° wide and {bounds.north - bounds.south:.1f}° high; no single "
        "plane keeps its distances right. Split it, or state a projected coordinate system."
    )


def _width_and_middle(bounds: Bounds) -> tuple[float, float]:
    """
    Return the width of an extent and its central longitude.

    Parameters
    ----------
    bounds : Bounds
        Degrees.

    Returns
    -------
    tuple of float
        Width (0 to 360) and central longitude (-180 to 180), in degrees.
    """
    latitudes_are_right = -90.0 <= bounds.south <= bounds.north <= 90.0
    if not (latitudes_are_right and abs(bounds.west) <= 180.0 and abs(bounds.east) <= 180.0):
        raise InvalidCoordinatesError(
            f"{tuple(bounds)} is not an extent in degrees of longitude and latitude; are the "
            "coordinates already metres, or swapped?"
        )
    width = bounds.east - bounds.west
    if width < 0.0:
        width += 360.0
    return width, (bounds.west + width / 2.0 + 180.0) % 360.0 - 180.0


def _utm(bounds: Bounds, width: float, middle: float) -> MetricCrs:
    """
    Return the UTM zone of an extent's middle.

    Parameters
    ----------
    bounds : Bounds
        Degrees.
    width : float
        Width in degrees.
    middle : float
        Central longitude in degrees.

    Returns
    -------
    MetricCrs
        The zone, and how much of the extent lies outside it.
    """
    zone = min(int((middle + 180.0) // 6.0) + 1, 60)
    is_north = bounds.south + bounds.north >= 0.0
    central_meridian = zone * 6.0 - 183.0
    offset = abs((middle - central_meridian + 180.0) % 360.0 - 180.0) + width / 2.0
    tail = (
        "which holds it whole"
        if offset <= 3.0 + 1e-9
        else f"reaching {offset:.1f}° from its central meridian (scale error below 0.6 %)"
        if offset <= 6.0
        else f"reaching {offset:.1f}° from its central meridian (scale error above 0.6 %)"
    )
    name = f"{zone}{'N' if is_north else 'S'}"
    return MetricCrs(
        (32600 if is_north else 32700) + zone,
        f"The middle of the extent ({middle:.3f}° E) lies in UTM zone {name}, {tail}.",
    )


@lru_cache(maxsize=32)
def _area_of_use(epsg: int) -> Bounds | None:
    """
    Return the area a coordinate system is made for.

    Parameters
    ----------
    epsg : int
        EPSG code.

    Returns
    -------
    Bounds or None
        Degrees; None where the register states none.
    """
    area = _system(epsg).area_of_use
    return None if area is None else Bounds(area.west, area.south, area.east, area.north)


def _within_area_of_use(bounds: Bounds, epsg: int) -> bool:
    """
    Tell whether an extent lies within the area a system is made for.

    Parameters
    ----------
    bounds : Bounds
        Degrees.
    epsg : int
        EPSG code.

    Returns
    -------
    bool
        True where it does.
    """
    area = _area_of_use(epsg)
    return area is not None and bounds.intersection(area) == bounds


def is_metric(epsg: int) -> bool:
    """
    Tell whether a coordinate system is projected in metres.

    Parameters
    ----------
    epsg : int
        EPSG code.

    Returns
    -------
    bool
        True for a projected system whose axes are metres.

    Raises
    ------
    InvalidCoordinatesError
        Where there is no system of that code.

    Examples
    --------
    >>> is_metric(28992), is_metric(4326), is_metric(2263)
    (True, False, False)
    """
    crs = _system(epsg)
    return crs.is_projected and all(axis.unit_name == "metre" for axis in crs.axis_info)


def _system(epsg: int) -> "CRS":
    """
    Return a coordinate system.

    Parameters
    ----------
    epsg : int
        EPSG code.

    Returns
    -------
    pyproj.CRS
        The system.

    Raises
    ------
    InvalidCoordinatesError
        Where there is no system of that code.
    """
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return CRS.from_epsg(epsg)
    except CRSError as error:
        raise InvalidCoordinatesError(
            f"EPSG:{epsg} is not known as a coordinate system."
        ) from error


@lru_cache(maxsize=64)
def transformer(from_epsg: int, to_epsg: int) -> "Transformer":
    """
    Return a transformer whose axes are easting, northing or longitude, latitude.

    Parameters
    ----------
    from_epsg : int
        EPSG code of the given coordinates.
    to_epsg : int
        EPSG code of the wanted ones.

    Returns
    -------
    pyproj.Transformer
        Made once and kept, because making one costs milliseconds.
    """
    from pyproj import Transformer

    return Transformer.from_crs(from_epsg, to_epsg, always_xy=True)


def transform_places(
    eastings: ArrayLike, northings: ArrayLike, from_epsg: int, to_epsg: int
) -> tuple[FloatArray, FloatArray]:
    """
    Transform places from one coordinate system to another.

    Parameters
    ----------
    eastings : array_like, shape (n,)
        Eastings or longitudes.
    northings : array_like, shape (n,)
        Northings or latitudes.
    from_epsg : int
        EPSG code of the given coordinates.
    to_epsg : int
        EPSG code of the wanted ones.

    Returns
    -------
    tuple of ndarray, shape (n,)
        Eastings (longitudes) and northings (latitudes); infinite where a place lies outside the
        area where the transformation is defined.

    Examples
    --------
    >>> longitude, latitude = transform_places([181072.0], [333611.0], 28992, 4326)
    >>> round(float(longitude[0]), 3), round(float(latitude[0]), 3)
    (5.759, 50.992)
    """
    first, second = transformer(from_epsg, to_epsg).transform(
        np.asarray(eastings, np.float64), np.asarray(northings, np.float64)
    )
    return np.asarray(first, np.float64), np.asarray(second, np.float64)


def transform_bounds(bounds: Bounds, from_epsg: int, to_epsg: int) -> Bounds:
    """
    Transform an extent, following its edges and not only its corners.

    Parameters
    ----------
    bounds : Bounds
        The extent.
    from_epsg : int
        EPSG code of the given extent.
    to_epsg : int
        EPSG code of the wanted one.

    Returns
    -------
    Bounds
        The extent that holds the transformed one.
    """
    return Bounds(*transformer(from_epsg, to_epsg).transform_bounds(*bounds, densify_pts=21))
