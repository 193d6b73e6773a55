"""Places in a filter: checked, moved to degrees, and handed to the database as bytes."""

import math
from typing import Any

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import ProjError
from shapely.geometry import MultiPolygon, box, shape
from sqlalchemy import LargeBinary, func, literal

from app.services.features.cql2.faults import Fault
from app.services.features.cql2.terms import GEOMETRY, Term
from app.services.features.reference import WGS84, System
from app.services.geometry import NO_GEOMETRY

_MEMBERS = ("bbox", "coordinates", "geometries")


def is_geometry(node: Any) -> bool:
    """Whether a part of a filter is a geometry or a box."""
    return isinstance(node, dict) and (
        "bbox" in node or "coordinates" in node or "geometries" in node
    )


def geometry_term(node: dict[str, Any], system: System, place: str) -> Term:
    """Return a bound parameter for a GeoJSON geometry or a box.

    Raises
    ------
    Fault
        It is no geometry, not a valid one, or lies nowhere on the globe.
    """
    geometry = _box(node["bbox"], system, place) if "bbox" in node else _shape(node, place)
    moved = _in_degrees(geometry, system, place)
    sql = func.ST_GeomFromWKB(literal(shapely.to_wkb(moved), LargeBinary), WGS84)
    return Term(GEOMETRY, sql, place)


def _box(numbers: Any, system: System, place: str) -> Any:
    if not isinstance(numbers, list) or len(numbers) not in {4, 6}:
        raise Fault("a box takes four numbers, or six", place)
    if not all(_is_finite(number) for number in numbers):
        raise Fault("a box takes numbers", place)
    half = len(numbers) // 2
    west, south, east, north = *numbers[:2], *numbers[half : half + 2]
    if south > north:
        raise Fault("a box ends before it begins", place)
    if west <= east:
        return box(west, south, east, north)
    if system.epsg != WGS84 or system.north_first:
        raise Fault("a box ends before it begins", place)
    return MultiPolygon([box(west, south, 180.0, north), box(-180.0, south, east, north)])


def _is_finite(number: Any) -> bool:
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    return is_number and abs(number) < 1e300 and math.isfinite(number)


def _shape(node: dict[str, Any], place: str) -> Any:
    try:
        geometry = shapely.force_2d(shape(node))
        known = geometry.geom_type
    except NO_GEOMETRY as error:
        raise Fault("this is no geometry", place) from error
    if geometry.is_empty or not np.isfinite(shapely.get_coordinates(geometry)).all():
        raise Fault(f"this {known} has no place", place)
    if not geometry.is_valid:
        raise Fault(f"this {known} is not valid: its lines cross, or it is not closed", place)
    return geometry


def _in_degrees(geometry: Any, system: System, place: str) -> Any:
    coordinates = shapely.get_coordinates(geometry)
    if system.north_first:
        coordinates = coordinates[:, ::-1]
    if system.epsg != WGS84:
        move = pyproj.Transformer.from_crs(system.epsg, WGS84, always_xy=True)
        try:
            first, second = coordinates.T
            coordinates = np.column_stack(move.transform(first, second, errcheck=True))
        except ProjError as error:
            raise Fault("this lies outside of the reference system of filter-crs", place) from error
    # Boxes in round numbers may reach a little beyond the globe.
    is_there = (np.abs(coordinates) <= (180.0, 90.0)).all()
    if not (np.isfinite(coordinates).all() and is_there):
        raise Fault("this does not lie on the globe", place)
    return shapely.set_coordinates(shapely.from_wkb(shapely.to_wkb(geometry)), coordinates)
