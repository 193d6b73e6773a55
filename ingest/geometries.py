"""Lines and polygons given as well-known text: checked, and brought to longitude and latitude."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import shapely
from shapely.geometry.base import BaseGeometry

from ingest.findings import FindingLog, finding
from ingest.reference_systems import ReferenceSystem, to_degrees

MOST_VERTICES = 100_000
_KINDS = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon")
_KIND_NAMES = ", ".join(_KINDS)
_WRITTEN = [[kind.upper()] for kind in _KINDS]


@dataclass(frozen=True, slots=True)
class Shapes:
    """Shapes of n rows, in degrees (EPSG:4326): text, and a place that lies on each.

    `text`, `longitude` and `latitude` are null where the shape is missing or faulty;
    `original` are the coordinates of such a place in the file's own reference system, as text.
    """

    text: pl.Series
    longitude: pl.Series
    latitude: pl.Series
    original: tuple[pl.Series, pl.Series]


def read_shapes(
    rows: pl.Series, texts: pl.Series, system: ReferenceSystem, column: str, log: FindingLog
) -> Shapes:
    """Read the shapes of n rows.

    Parameters
    ----------
    rows : polars.Series
        Row numbers, shape (n,).
    texts : polars.Series
        Well-known text, empty where there is none, shape (n,).
    system : ReferenceSystem
        The reference system of the shapes.
    column : str
        The column's name.
    log : FindingLog
        Where faults go: no shape, too many vertices, crossing borders, places that cannot be.

    Returns
    -------
    Shapes
        The shapes with a place on each.
    """
    fields: list[tuple[str | None, float | None, float | None, str, str]] = []
    for row, text in zip(rows, texts, strict=True):
        found = _read_shape(text, system)
        if isinstance(found, str):
            details = {"text": text, "limit": MOST_VERTICES, "kinds": _KIND_NAMES}
            details |= {"epsg": system.epsg, "name": system.name}
            log.add(finding(found, row=row, column=column, **details))
            found = (None, None, None, "", "")
        fields.append(found)
    wkt, longitude, latitude, easting, northing = zip(*fields, strict=True) if fields else [()] * 5
    return Shapes(
        pl.Series(wkt, dtype=pl.String),
        pl.Series(longitude, dtype=pl.Float64),
        pl.Series(latitude, dtype=pl.Float64),
        (pl.Series(easting, dtype=pl.String), pl.Series(northing, dtype=pl.String)),
    )


def _read_shape(
    text: str, system: ReferenceSystem
) -> tuple[str | None, float | None, float | None, str, str] | str:
    """Read one shape as text, place on it and original place, or name its fault."""
    shape = _parsed(text)
    if isinstance(shape, str):
        return shape
    place = shape.representative_point()
    degrees = shapely.transform(shape, lambda places: _degrees(places, system))
    places = shapely.get_coordinates(degrees)
    if not np.isfinite(places).all() or not system.contains(places[:, 0], places[:, 1]).all():
        return "outside_area_of_use"
    there = degrees.representative_point()
    return shapely.to_wkt(degrees, 7), there.x, there.y, repr(place.x), repr(place.y)


def _parsed(text: str) -> BaseGeometry | str:
    """Parse one shape, or name the fault; the vertices are counted before anything is checked."""
    if not text:
        return "geometry_missing"
    if text.count(",") >= MOST_VERTICES:
        return "geometry_too_large"
    if text.split("(")[0].upper().split()[:1] not in _WRITTEN:
        return "geometry_not_understood"
    shape: BaseGeometry | None = shapely.from_wkt(text, on_invalid="ignore")
    if shape is None or shape.is_empty:
        return "geometry_not_understood"
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        return "geometry_not_understood"
    flat: BaseGeometry = shapely.force_2d(shape)
    return flat if flat.is_valid else "geometry_invalid"


def _degrees(places: npt.NDArray[np.float64], system: ReferenceSystem) -> npt.NDArray[np.float64]:
    return np.column_stack(to_degrees(places[:, 0], places[:, 1], system))
