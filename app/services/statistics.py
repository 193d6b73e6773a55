"""Figures of a collection under any filter: groups, quantiles, a histogram, cells on the ground."""

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Double, Integer, Subquery, case, cast, func, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session

from app.errors import InvalidRequest
from app.services.features import Collection, Query, paging, select_features
from app.services.features.query import said_of_the_request
from app.services.features.queryables import queryable_properties
from spatial.coordinates import transform_places

MOST_GROUPS = 1_000
MOST_CELLS = 10_000
# Equal areas all over the world (EASE-Grid 2.0), so that counts of cells can be compared.
_EQUAL_AREA = 6933
# What lies at the very end of the plane is put into the last cell, not into one that only touches
# the end. Degrees are told to a tenth of a millimetre; this is well above.
_END_M = 0.01
_NUMBERS = {"integer", "number"}
_GROUPED = {"string", "boolean", "integer", "date"}
_SHAPES = ("square", "hexagon")


@dataclass(frozen=True)
class Wish:
    """What is asked: of which number, by which properties, in which classes, in which cells."""

    of: str | None = None
    by: tuple[str, ...] = ()
    quantiles: tuple[float, ...] = (0.05, 0.25, 0.5, 0.75, 0.95)
    bins: int | None = None
    is_logarithmic: bool = False
    cells: str | None = None
    size_m: float | None = None

    def check(self, collection: Collection) -> None:
        """Refuse what the collection cannot tell.

        Raises
        ------
        InvalidRequest
            With the parameter, and what there is.
        """
        kinds = queryable_properties(collection)
        if self.of is not None and kinds.get(self.of) not in _NUMBERS:
            raise InvalidRequest(
                f"of names a number of the collection: {_listed(kinds, _NUMBERS)}.", parameter="of"
            )
        for name in self.by:
            if kinds.get(name) not in _GROUPED:
                raise InvalidRequest(
                    f"by names what features can be grouped by: {_listed(kinds, _GROUPED)}.",
                    parameter="by",
                )
        if self.bins is not None and self.of is None:
            raise InvalidRequest("A histogram needs of=…, a number.", parameter="of")
        if (self.cells is None) != (self.size_m is None):
            raise InvalidRequest(
                f"cells ({' or '.join(_SHAPES)}) and size_m go together.", parameter="cells"
            )


def _listed(kinds: dict[str, str], wanted: set[str]) -> str:
    return ", ".join(name for name, kind in kinds.items() if kind in wanted) or "there is none"


def statistics(
    session: Session,
    collection: Collection,
    query: Query,
    wish: Wish,
    heavy: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> dict[str, Any]:
    """Return what was asked; the session's transaction is one snapshot, so that it adds up.

    `heavy` is held where many are looked through for more than how many they are.

    Raises
    ------
    InvalidRequest
        Something the collection cannot tell, or more groups or cells than are told.
    """
    wish.check(collection)
    value = None if wish.of is None else collection.properties[wish.of]
    columns = [collection.properties[name].label(f"by_{i}") for i, name in enumerate(wish.by)]
    if value is not None:
        columns.append(cast(value, Double).label("value"))
    if wish.cells is not None:
        middle = func.ST_Transform(func.ST_PointOnSurface(collection.geom), _EQUAL_AREA)
        columns += [func.ST_X(middle).label("x"), func.ST_Y(middle).label("y")]
    found = select_features(
        session, collection, query, collection.key[0].label("key"), *columns
    ).subquery("found")
    answer: dict[str, Any] = {"collection": collection.id, "of": wish.of, "by": list(wish.by)}
    is_light = not columns or paging.is_soon_looked_through(session, collection, query)
    with nullcontext() if is_light else heavy(), said_of_the_request(query):
        answer |= _figures(session, found, wish, [])[0]
        if wish.by:
            answer["groups"] = _groups(session, found, wish)
        if wish.bins is not None:
            answer["histogram"] = _histogram(session, found, wish, answer)
        if wish.cells is not None:
            answer["cells"] = _cells(session, found, wish)
    return answer


def _aggregates(found: Subquery, wish: Wish) -> list[Any]:
    told: list[Any] = [func.count().label("count")]
    if wish.of is not None:
        value = found.c.value
        told += [
            func.count(value).label("known"),
            func.min(value).label("minimum"),
            func.avg(value).label("mean"),
            func.stddev_samp(value).label("standard_deviation"),
            func.max(value).label("maximum"),
            func.percentile_cont(array(wish.quantiles)).within_group(value).label("quantiles"),
        ]
    return told


def _figures(
    session: Session, found: Subquery, wish: Wish, groups: list[Any]
) -> list[dict[str, Any]]:
    statement = select(*groups, *_aggregates(found, wish)).select_from(found)
    if groups:
        statement = statement.group_by(*groups).order_by(*groups).limit(MOST_GROUPS + 1)
    rows = session.execute(statement).all()
    figures = []
    for row in rows:
        told = dict(row._mapping)
        _name_quantiles(told, wish)
        figures.append(told)
    return figures


def _name_quantiles(told: dict[str, Any], wish: Wish) -> None:
    """Tell quantiles by their shares, of which each digit counts: 0.9999999 is not 1."""
    if told.get("quantiles") is not None:
        pairs = zip(wish.quantiles, told["quantiles"], strict=True)
        told["quantiles"] = {f"{share:.15g}": number for share, number in pairs}


def _groups(session: Session, found: Subquery, wish: Wish) -> list[dict[str, Any]]:
    names = [f"by_{i}" for i in range(len(wish.by))]
    figures = _figures(session, found, wish, [found.c[name] for name in names])
    if len(figures) > MOST_GROUPS:
        raise InvalidRequest(
            f"That makes more than {MOST_GROUPS:,} groups. Group by less, or filter.",
            parameter="by",
        )
    groups = []
    for told in figures:
        values = [told.pop(name) for name in names]
        groups.append({"group": dict(zip(wish.by, values, strict=True))} | told)
    return groups


def _histogram(
    session: Session, found: Subquery, wish: Wish, told: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return equal classes of the number or of its logarithm, each with its upper edge."""
    assert wish.bins is not None  # noqa: S101 - asked for
    low, high, known = told["minimum"], told["maximum"], told["known"]
    value: Any = found.c.value
    if wish.is_logarithmic:
        # Nought and less have no logarithm and no class.
        positive = select(func.min(value), func.count()).where(value > 0)
        low, known = session.execute(positive).one()
        value = case((value > 0, func.ln(value)))
    if low is None or high is None or high <= 0 < int(wish.is_logarithmic):
        return []
    begin, end = (math.log(low), math.log(high)) if wish.is_logarithmic else (low, high)
    if begin == end:
        return [{"from": low, "to": high, "count": known}]
    place = func.least(
        cast(func.floor((value - begin) / (end - begin) * wish.bins), Integer), wish.bins - 1
    ).label("place")
    rows = session.execute(
        select(place, func.count()).where(value.is_not(None)).group_by(place)
    ).all()
    counted = {row[0]: row[1] for row in rows}
    edges = np.linspace(begin, end, wish.bins + 1)
    if wish.is_logarithmic:
        edges = np.exp(edges)
    edges[0], edges[-1] = low, high
    return [
        {"from": float(edges[i]), "to": float(edges[i + 1]), "count": counted.get(i, 0)}
        for i in range(wish.bins)
    ]


def _cells(session: Session, found: Subquery, wish: Wish) -> dict[str, Any]:
    """Return squares or hexagons of equal area with the figures of the features in each."""
    assert wish.size_m is not None  # noqa: S101 - checked
    is_square = wish.cells == "square"
    # Without the offset the planner writes the formula of a place wherever its numbers are used,
    # and each feature is moved some thirty times.
    moved = select(found).offset(0).subquery("moved")
    _, _, east, north = _world().bounds
    x, y = _within(moved.c.x, east - _END_M), _within(moved.c.y, north - _END_M)
    column, row = (_square if is_square else _hexagon)(x, y, wish.size_m)
    placed = select(moved, column.label("column"), row.label("row")).subquery("placed")
    figures = session.execute(
        select(placed.c.column, placed.c.row, *_aggregates(placed, wish))
        .where(placed.c.column.is_not(None))
        .group_by(placed.c.column, placed.c.row)
        .order_by(placed.c.row, placed.c.column)
        .limit(MOST_CELLS + 1)
    ).all()
    if len(figures) > MOST_CELLS:
        raise InvalidRequest(
            f"That makes more than {MOST_CELLS:,} cells. Choose larger ones, or a smaller area.",
            parameter="size_m",
        )
    features = []
    for told in figures:
        kept = dict(told._mapping)
        across, down = kept.pop("column"), kept.pop("row")
        _name_quantiles(kept, wish)
        corners = (_square_corners if is_square else _hexagon_corners)(across, down, wish.size_m)
        features.append(
            {
                "type": "Feature",
                "geometry": {"type": "Polygon", "coordinates": [_in_degrees(corners)]},
                "properties": kept,
            }
        )
    return {"type": "FeatureCollection", "features": features}


def _within(number: Any, most: float) -> Any:
    """Return a number that is no farther from 0; what has no place keeps none."""
    return case((number > most, most), (number < -most, -most), else_=number)


def _square(x: Any, y: Any, size: float) -> tuple[Any, Any]:
    return cast(func.floor(x / size), Integer), cast(func.floor(y / size), Integer)


def _hexagon(x: Any, y: Any, size: float) -> tuple[Any, Any]:
    """Return the axial coordinates of hexagons `size` across, with a corner to the north.

    The three cube coordinates are rounded, and that with the largest error is taken from the
    other two, so that they keep to the plane x + y + z = 0.
    """
    side = size / math.sqrt(3)
    q = (math.sqrt(3) / 3 * x - y / 3) / side
    r = (2.0 / 3.0) * y / side
    rounded_q, rounded_r, rounded_s = func.round(q), func.round(r), func.round(-q - r)
    error_q, error_r = func.abs(rounded_q - q), func.abs(rounded_r - r)
    error_s = func.abs(rounded_s + q + r)
    column = case(
        ((error_q > error_r) & (error_q > error_s), -rounded_r - rounded_s), else_=rounded_q
    )
    row = case(
        ((error_r >= error_q) & (error_r > error_s), -rounded_q - rounded_s), else_=rounded_r
    )
    return cast(column, Integer), cast(row, Integer)


def _square_corners(column: int, row: int, size: float) -> list[tuple[float, float]]:
    return [
        ((column + x) * size, (row + y) * size) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))
    ]


def _hexagon_corners(column: int, row: int, size: float) -> list[tuple[float, float]]:
    side = size / math.sqrt(3)
    x, y = size * (column + row / 2), 1.5 * side * row
    turns = [math.radians(60 * turn + 30) for turn in (*range(6), 0)]
    return [(x + side * math.cos(turn), y + side * math.sin(turn)) for turn in turns]


@lru_cache(maxsize=1)
def _world() -> shapely.Polygon:
    """Return the plane of equal areas as far as there is ground: from pole to pole, once around."""
    eastings, northings = transform_places([180.0, 0.0], [0.0, 90.0], 4326, _EQUAL_AREA)
    whole: shapely.Polygon = shapely.box(-eastings[0], -northings[1], eastings[0], northings[1])
    return whole


def _in_degrees(corners: list[tuple[float, float]]) -> list[list[float]]:
    # Behind a pole there are no degrees, and behind 180° those of the other end of the plane.
    cell = shapely.orient_polygons(shapely.intersection(shapely.Polygon(corners), _world()))
    eastings, northings = shapely.get_coordinates(cell).T
    longitudes, latitudes = transform_places(eastings, northings, _EQUAL_AREA, 4326)
    return [
        [round(float(longitude), 9), round(float(latitude), 9)]
        for longitude, latitude in zip(longitudes, latitudes, strict=True)
    ]
