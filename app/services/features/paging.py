"""Pages in a total order that is stable under inserts: along the Hilbert curve, then by key."""

import base64
import binascii
import re
import struct
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, tuple_
from sqlalchemy.orm import Session

from app.db import ids
from app.errors import InvalidRequest, NotFound
from app.services.features.collections import Collection
from app.services.features.datasets import public_id
from app.services.visibility import visible_datasets

# 9 decimals of a degree are a tenth of a millimetre.
_COORDINATE_DIGITS = 9
_CURSOR = struct.Struct(">qq")


@dataclass(frozen=True)
class PageRequest:
    """What a caller asks of a collection; `boxes` are (west, south, east, north)."""

    limit: int
    cursor: str | None = None
    boxes: tuple[tuple[float, float, float, float], ...] = ()
    filters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """Features as GeoJSON text, and the cursor of the page behind this one."""

    features: list[str]
    next_cursor: str | None


def read_page(session: Session, collection: Collection, request: PageRequest) -> Page:
    """Return one page of the features the caller may see."""
    model = collection.model
    conditions = _conditions(session, collection)
    conditions += [
        collection.filters[name](session, value) for name, value in request.filters.items()
    ]
    visible = visible_datasets(session)
    conditions += [
        condition(visible)
        for name, condition in collection.defaults.items()
        if name not in request.filters
    ]
    if request.boxes:
        conditions.append(or_(*(_intersects(model.geom, box) for box in request.boxes)))
    if request.cursor is not None:
        after = _decode_cursor(request.cursor)
        conditions.append(tuple_(model.hilbert, model.id) > tuple_(*after))
    # The page is found first and dressed afterwards, so that joins touch its rows alone.
    page = (
        select(model.id, model.hilbert)
        .where(*conditions)
        .order_by(model.hilbert, model.id)
        .limit(request.limit + 1)
        .cte("page")
    )
    statement = (
        select(model.hilbert, model.id, _feature(collection))
        .join(page, page.c.id == model.id)
        .order_by(model.hilbert, model.id)
    )
    rows = session.execute(statement).all()
    is_last = len(rows) <= request.limit
    rows = rows[: request.limit]
    cursor = None if is_last or not rows else _encode_cursor(rows[-1][0], rows[-1][1])
    return Page([row[2] for row in rows], cursor)


def read_feature(session: Session, collection: Collection, feature_id: str) -> str:
    """Return one feature as GeoJSON text.

    Raises
    ------
    NotFound
        Unknown, or not the caller's to see: the answer is the same.
    """
    uid = ids.parse(collection.kind, feature_id)
    feature = None
    if uid is not None:
        conditions = _conditions(session, collection)
        statement = select(_feature(collection)).where(collection.model.uid == uid, *conditions)
        feature = session.scalar(statement)
    if feature is None:
        raise NotFound(f"The collection {collection.id!r} has no feature {feature_id[:80]!r}.")
    return feature


def _conditions(session: Session, collection: Collection) -> list[ColumnElement[bool]]:
    return [collection.is_visible(visible_datasets(session))]


def _feature(collection: Collection) -> ColumnElement[str]:
    """Return the GeoJSON of one row; json, not jsonb, which is ten times slower."""
    model = collection.model
    return func.concat(
        '{"type":"Feature","id":"',
        public_id(collection.kind, model.uid),
        '","geometry":',
        # an area known by its code alone has no shape
        func.coalesce(func.ST_AsGeoJSON(model.geom, _COORDINATE_DIGITS), "null"),
        ',"properties":',
        func.json_build_object(*_pairs(collection.properties)),
        "}",
    )


def _pairs(properties: dict[str, Any]) -> list[Any]:
    return [part for name, expression in properties.items() for part in (name, expression)]


def _intersects(geom: Any, box: tuple[float, float, float, float]) -> ColumnElement[bool]:
    # The constant side is the box, so the index on the column is used; `&&` is what the index
    # answers, ST_Intersects is exact for polygons.
    west, south, east, north = box
    # Unlike a made one, the envelope of a diagonal is a point or a line where the box has no area.
    diagonal = func.ST_MakeLine(func.ST_MakePoint(west, south), func.ST_MakePoint(east, north))
    envelope = func.ST_Envelope(func.ST_SetSRID(diagonal, 4326))
    overlaps: ColumnElement[bool] = geom.op("&&")(envelope) & func.ST_Intersects(geom, envelope)
    return overlaps


def _encode_cursor(hilbert: int, key: int) -> str:
    return base64.urlsafe_b64encode(_CURSOR.pack(hilbert, key)).decode().rstrip("=")


def _decode_cursor(text: str) -> tuple[int, int]:
    try:
        if not re.fullmatch(r"[A-Za-z0-9_-]{22}", text):
            raise ValueError(text)
        hilbert, key = _CURSOR.unpack(base64.urlsafe_b64decode(text + "=="))
    except (ValueError, binascii.Error, struct.error) as error:
        raise InvalidRequest(
            "The cursor is not one of ours. Follow the 'next' link of a page.",
            parameter="cursor",
        ) from error
    return hilbert, key
