"""Places along a line, equally far apart on the ellipsoid."""

from typing import Any, NamedTuple

import numpy as np
from pyproj import Geod
from shapely.geometry import LineString, shape

from app.errors import InvalidRequest
from app.services.geometry import NO_GEOMETRY

_ELLIPSOID = Geod(ellps="WGS84")


class Profile(NamedTuple):
    """Places in degrees, and how far along the line each lies (m)."""

    longitudes: list[float]
    latitudes: list[float]
    distances: list[float]


def read_line(drawn: dict[str, Any]) -> LineString:
    """Return a GeoJSON line in longitude and latitude.

    Raises
    ------
    InvalidRequest
        Where it is none, has no length or is not in degrees.
    """
    try:
        line = shape(drawn)
    except NO_GEOMETRY as error:
        raise InvalidRequest("geometry is not a GeoJSON geometry.", parameter="geometry") from error
    if not isinstance(line, LineString) or line.is_empty or not line.length > 0:
        raise InvalidRequest(
            "geometry must be a LineString with two places or more.", parameter="geometry"
        )
    west, south, east, north = line.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise InvalidRequest(
            "geometry must be in longitude and latitude (degrees).", parameter="geometry"
        )
    return line


def places_along(line: LineString, count: int) -> Profile:
    """Return so many places along a line, its ends included."""
    corners = np.asarray(line.coords)[:, :2]
    azimuths, _, lengths = _ELLIPSOID.inv(
        corners[:-1, 0], corners[:-1, 1], corners[1:, 0], corners[1:, 1]
    )
    ends = np.concatenate([[0.0], np.cumsum(lengths)])
    distances = np.linspace(0.0, ends[-1], count)
    leg = np.clip(np.searchsorted(ends, distances, side="right") - 1, 0, len(lengths) - 1)
    longitudes, latitudes, _ = _ELLIPSOID.fwd(
        corners[leg, 0], corners[leg, 1], np.asarray(azimuths)[leg], distances - ends[leg]
    )
    told = (
        np.asarray(numbers, np.float64).tolist() for numbers in (longitudes, latitudes, distances)
    )
    return Profile(*told)
