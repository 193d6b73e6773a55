"""In which reference systems features are told and boxes are given; only these, by their URI."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyproj
from pyproj.exceptions import CRSError, ProjError
from sqlalchemy import ColumnElement, case, func, literal, or_

from app.errors import InvalidRequest

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
_URI = re.compile(rf"{re.escape(_EPSG)}([1-9][0-9]{{3,5}})")
WGS84 = 4326
_WEB_MAPS = 3857
# A tenth of a millimetre, in degrees and in metres.
DEGREE_DIGITS = 9
_METRE_DIGITS = 4
_ALWAYS = (WGS84, _WEB_MAPS, 3035)
_NORTH, _SOUTH, _ETRS = 32600, 32700, 25800
_POINTS_OF_AN_EDGE = 33
_HALF_AROUND = 20037508.342789244
# The ends of a box once around may be as far apart but for their last digits.
_MILLIMETRE = 1e-3

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class System:
    """A reference system: its URI, its EPSG code, and whether its first axis points north."""

    uri: str
    epsg: int
    north_first: bool
    is_geographic: bool

    @property
    def is_default(self) -> bool:
        """Whether it is longitude and latitude in degrees, as features are stored."""
        return self.uri == CRS84

    @property
    def digits(self) -> int:
        """How many decimals say where something is."""
        return DEGREE_DIGITS if self.is_geographic else _METRE_DIGITS


@dataclass(frozen=True)
class PlaneBox:
    """A box in a system other than degrees: exact in its own, and where to look for it."""

    epsg: int
    west: float
    south: float
    east: float
    north: float
    around: tuple[Box, ...]


DEFAULT = System(CRS84, WGS84, north_first=False, is_geographic=True)


def uri_of(epsg: int) -> str:
    """Return the URI of an EPSG code."""
    return f"{_EPSG}{epsg}"


def find_system(uri: str, own: Callable[[], frozenset[int]], parameter: str) -> System:
    """Return the system that a URI names; `own` is asked only where it is none of all's.

    Raises
    ------
    InvalidRequest
        It is neither one of those that every collection has nor one of its own.
    """
    if uri == CRS84:
        return DEFAULT
    match = _URI.fullmatch(uri)
    epsg = int(match[1]) if match else 0
    if not (epsg in _ALWAYS or _is_utm(epsg) or (epsg and epsg in own())):
        raise InvalidRequest(
            f"{parameter} takes the URI of a reference system of the collection, for example "
            f"{CRS84} or {uri_of(3857)}; the collection lists them under 'crs'.",
            parameter=parameter,
        )
    return _described(epsg)


def _is_utm(epsg: int) -> bool:
    return 1 <= epsg - _NORTH <= 60 or 1 <= epsg - _SOUTH <= 60 or 28 <= epsg - _ETRS <= 38


@lru_cache(maxsize=512)
def _described(epsg: int) -> System:
    try:
        known = pyproj.CRS.from_epsg(epsg)
    except CRSError as error:
        raise InvalidRequest(f"There is no reference system {uri_of(epsg)}.") from error
    north_first = known.axis_info[0].direction == "north"
    return System(uri_of(epsg), epsg, north_first, known.is_geographic)


def listed(extent: Box | None, own: frozenset[int]) -> list[str]:
    """Return the URIs a collection lists: those of all, its own, and UTM zones that it touches."""
    zones: list[int] = []
    if extent is not None:
        west, south, east, north = extent
        first, last = (min(60, math.floor((lon + 180) / 6) + 1) for lon in (west, east))
        hemispheres = [
            base for base, is_there in ((_NORTH, north >= 0), (_SOUTH, south < 0)) if is_there
        ]
        zones = [base + zone for base in hemispheres for zone in range(first, last + 1)]
    codes = dict.fromkeys([*_ALWAYS, *sorted(own), *zones])
    return [CRS84, *map(uri_of, codes)]


def plane_box(system: System, corners: Box) -> PlaneBox:
    """Return a box given in a system's own numbers, with what lies around it in degrees.

    Raises
    ------
    InvalidRequest
        The system has no such place.
    """
    west, south, east, north = corners
    along = np.linspace(0.0, 1.0, _POINTS_OF_AN_EDGE)
    x, y = np.meshgrid(west + (east - west) * along, south + (north - south) * along)
    try:
        longitude, latitude = _to_degrees(system.epsg).transform(x, y, errcheck=True)
    except ProjError as error:
        raise _nowhere() from error
    if not (np.isfinite(longitude).all() and np.isfinite(latitude).all()):
        raise _nowhere()
    return PlaneBox(system.epsg, *corners, _around(longitude, latitude))


def wrapped(system: System, corners: Box) -> Box | None:
    """Return a box of a web map behind 180° in degrees, west > east where it crosses; else None.

    Such a map goes on beyond the end of the world with the same world again.
    """
    west, south, east, north = corners
    if system.epsg != _WEB_MAPS or (west >= -_HALF_AROUND and east <= _HALF_AROUND):
        return None
    longitude, latitude = _to_degrees(_WEB_MAPS).transform((west, east), (south, north))
    if not np.isfinite([*longitude, *latitude]).all():
        raise _nowhere()
    if east - west >= 2 * _HALF_AROUND - _MILLIMETRE:
        longitude = (-180.0, 180.0)
    return longitude[0], latitude[0], longitude[1], latitude[1]


def _nowhere() -> InvalidRequest:
    return InvalidRequest(
        "bbox: these numbers lie outside of the reference system of bbox-crs.", parameter="bbox"
    )


@lru_cache(maxsize=64)
def _to_degrees(epsg: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(epsg, WGS84, always_xy=True)


def _around(longitude: Any, latitude: Any) -> tuple[Box, ...]:
    """Return boxes in degrees that hold every place of a grid, and what lies between them."""
    # A grid's lines are curved between its points: as far beyond as they are apart.
    slack_y = float(np.abs(np.diff(latitude, axis=0)).max()) + 1e-6
    middle = longitude[_POINTS_OF_AN_EDGE // 2, _POINTS_OF_AN_EDGE // 2]
    turned = (longitude - middle + 180.0) % 360.0 - 180.0
    slack_x = float(np.abs(np.diff(turned, axis=1)).max()) + 1e-6
    south, north = latitude.min() - slack_y, latitude.max() + slack_y
    west, east = middle + turned.min() - slack_x, middle + turned.max() + slack_x
    south, north = max(-90.0, float(south)), min(90.0, float(north))
    if east - west >= 360.0 or north >= 89.0 or south <= -89.0:
        return ((-180.0, south, 180.0, north),)
    if west < -180.0:
        return ((west + 360.0, south, 180.0, north), (-180.0, south, float(east), north))
    if east > 180.0:
        return ((float(west), south, 180.0, north), (-180.0, south, east - 360.0, north))
    return ((float(west), south, float(east), north),)


def in_system(geom: Any, system: System) -> Any:
    """Return a geometry in a system, in the order of its axes."""
    if system.is_default:
        return geom
    moved = geom if system.epsg == WGS84 else func.ST_Transform(geom, system.epsg)
    return func.ST_FlipCoordinates(moved) if system.north_first else moved


def own_place(system: System, own_numbers: tuple[Any, Any, Any]) -> Any:
    """Return the place that somebody gave in a system, as it was given, in the order of its axes.

    A way through degrees and back would cost up to a millimetre.
    """
    _, easting, northing = own_numbers
    first, second = (northing, easting) if system.north_first else (easting, northing)
    return func.ST_SetSRID(func.ST_MakePoint(first, second), system.epsg)


def touches_plane_box(
    geom: Any, box: PlaneBox, touches: Any, own_numbers: Any = None
) -> ColumnElement[bool]:
    """Return the condition that a geometry touches a box of another system.

    The boxes around it are constants in degrees, which the index answers; only what lies in
    them is moved, and compared exactly.
    """
    moved: Any = func.ST_Transform(geom, box.epsg)
    if own_numbers is not None:
        code, easting, northing = own_numbers
        own = func.ST_SetSRID(func.ST_MakePoint(easting, northing), box.epsg)
        moved = case((code == box.epsg, own), else_=moved)
    own_box = func.ST_MakeEnvelope(box.west, box.south, box.east, box.north, box.epsg)
    near = or_(*(touches(geom, around) for around in box.around))
    # A case is evaluated in its order: what lies elsewhere may have no place in the system.
    exact: ColumnElement[bool] = near & case(
        (near, func.ST_Intersects(moved, own_box)), else_=literal(False)
    )
    return exact
