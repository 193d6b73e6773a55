"""Which features a caller asks for: the same for pages, tiles, statistics and downloads."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.errors import InvalidRequest
from app.services.features.collections import Collection
from app.services.features.cql2 import Fault, Filter, translate
from app.services.features.equality import equals
from app.services.features.periods import Period
from app.services.features.queryables import GEOMETRY, queryable_properties
from app.services.features.reference import DEFAULT, Box, PlaneBox, System, touches_plane_box
from app.services.visibility import visible_datasets

# What PostgreSQL calls it when a computation fails, and PostGIS when it has no words.
_DATA_EXCEPTION = "22"
_INTERNAL = "XX000"


@dataclass(frozen=True)
class Query:
    """What features must satisfy; nothing stated is everything the caller may see.

    `boxes` are (west, south, east, north) in degrees, and one of them must be touched, as must
    `plane_box`, which is told in another system; `filters` are values of the collection's own
    filters, by name, and `equal` those of its plain properties, as texts; `where` is a filter in
    CQL2.
    """

    boxes: tuple[Box, ...] = ()
    period: Period | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    plane_box: PlaneBox | None = None
    where: Filter | None = None
    equal: Mapping[str, str] = field(default_factory=dict)


def select_features(
    session: Session, collection: Collection, query: Query, *columns: Any
) -> Select[Any]:
    """Return a statement over the features that satisfy the query and may be seen."""
    return (
        select(*columns)
        .select_from(collection.source)
        .where(*conditions(session, collection, query))
    )


def conditions(session: Session, collection: Collection, query: Query) -> list[ColumnElement[bool]]:
    """Return what SQL must hold of the collection's rows, visibility always among it.

    Raises
    ------
    InvalidRequest, NotFound
        A filter that cannot be understood or names nothing.
    """
    visible = visible_datasets(session)
    found = [collection.is_visible(visible)]
    found += [collection.filters[name](session, value) for name, value in query.filters.items()]
    found += [
        condition(visible)
        for name, condition in collection.defaults.items()
        if name not in query.filters
    ]
    found += [equals(collection, name, text) for name, text in query.equal.items()]
    if query.boxes:
        found.append(or_(*(touches(collection.geom, box) for box in query.boxes)))
    if query.plane_box is not None:
        found.append(
            touches_plane_box(collection.geom, query.plane_box, touches, collection.own_numbers)
        )
    if query.period is not None:
        found.append(_within(collection, query.period))
    if query.where is not None:
        properties = {GEOMETRY: collection.geom, **collection.properties}
        kinds = {GEOMETRY: GEOMETRY, **queryable_properties(collection)}
        found.append(translate(query.where, properties, kinds))
    return found


def touches(geom: Any, box: Box) -> ColumnElement[bool]:
    """Return the condition that a geometry in degrees touches a box.

    The constant side is the box, so the index on the column is used; `&&` is what the index
    answers, ST_Intersects is exact for polygons.
    """
    west, south, east, north = box
    # Unlike a made one, the envelope of a diagonal is a point or a line where the box has no area.
    diagonal = func.ST_MakeLine(func.ST_MakePoint(west, south), func.ST_MakePoint(east, north))
    envelope = func.ST_Envelope(func.ST_SetSRID(diagonal, 4326))
    overlaps: ColumnElement[bool] = geom.op("&&")(envelope) & func.ST_Intersects(geom, envelope)
    return overlaps


def _within(collection: Collection, period: Period) -> ColumnElement[bool]:
    """Return the condition that what a feature says of its time overlaps the period.

    What has no date is in no period: it is not known to be.
    """
    if collection.period is None:
        return false()
    first, last = collection.period
    held: ColumnElement[bool] = first.is_not(None) | last.is_not(None)
    if period.last is not None:
        held &= func.coalesce(first, last) <= period.last
    if period.first is not None:
        held &= func.coalesce(last, first) >= period.first
    return held


@contextmanager
def said_of_the_request(query: Query, system: System = DEFAULT) -> Iterator[None]:
    """Blame the request where the database cannot compute what it asks for.

    A number may become too large on the way, and a place may have none in another system; only
    the rows tell.
    """
    try:
        yield
    except (DBAPIError, psycopg.Error) as error:  # the latter from what is copied out
        cause = error.orig if isinstance(error, DBAPIError) else error
        state = getattr(cause, "sqlstate", None) or ""
        if not state.startswith(_DATA_EXCEPTION) and state != _INTERNAL:
            raise
        if query.where is not None:
            raise Fault("it cannot be computed for every feature", "the start") from error
        if query.plane_box is None and system.is_default:
            raise
        parameter = "crs" if query.plane_box is None else "bbox-crs"
        raise InvalidRequest(
            f"{parameter}: some features have no place in that reference system.",
            parameter=parameter,
        ) from error
