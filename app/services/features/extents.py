"""Where and when a collection's features lie, and in which systems they were given."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Date, cast, func, null, select
from sqlalchemy.orm import Session

from app.db.models import Member, OwnFramework
from app.db.session import translated_errors
from app.errors import Busy
from app.services.features.collections import Collection, get_collection
from app.services.features.query import Query, select_features
from app.services.features.reference import DEGREE_DIGITS, Box
from app.services.visibility import visible_datasets

# Every row is looked at, so an extent is kept: for a minute, or as long as it is dear.
_KEPT_SECONDS = 60.0
_KEPT_TIMES_COST = 100.0
_MOST_KEPT = 512


@dataclass(frozen=True)
class Extent:
    """A box in degrees, the first and last day (None is open or unknown), own EPSG codes."""

    box: Box | None = None
    first: date | None = None
    last: date | None = None
    own_systems: frozenset[int] = frozenset()


@dataclass(frozen=True)
class _Kept:
    extent: Extent
    until: float


_kept: WeakKeyDictionary[Any, dict[Any, _Kept]] = WeakKeyDictionary()


def extent_of(
    session: Session, collection: Collection, clock: Callable[[], float] = time.monotonic
) -> Extent:
    """Return the extent of what the caller may see, as it was at most a minute ago.

    Where looking takes long it is kept a hundred times as long, and where it takes longer than a
    query may, nothing is told.
    """
    whole = get_collection(session, collection.extent_of) if collection.extent_of else collection
    kept = _kept.setdefault(session.get_bind(), {})
    key = (whole.id, *_who_sees_what(session))
    started = clock()
    if key in kept and started < kept[key].until:
        return kept[key].extent
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    try:
        with translated_errors(), session.begin_nested():
            extent = _look(session, whole)
    except Busy:
        extent = Extent()
    ended = clock()
    until = ended + max(_KEPT_SECONDS, _KEPT_TIMES_COST * (ended - started))
    kept[key] = _Kept(extent, until)
    return extent


def _who_sees_what(session: Session) -> tuple[Any, ...]:
    """Return on what it depends what is hidden: an extent is not told under another one."""
    private = select(OwnFramework.framework).where(OwnFramework.visibility != "public")
    decided = session.scalar(select(func.max(Member.decided_at)))
    return tuple(visible_datasets(session)), frozenset(session.scalars(private)), decided


def _look(session: Session, collection: Collection) -> Extent:
    geom = collection.geom
    first, last = collection.period or (null(), null())
    columns = (
        func.min(func.ST_XMin(geom)),
        func.min(func.ST_YMin(geom)),
        func.max(func.ST_XMax(geom)),
        func.max(func.ST_YMax(geom)),
        func.nullif(func.min(cast(first, Date)), cast("-infinity", Date)),
        func.nullif(func.max(cast(last, Date)), cast("infinity", Date)),
    )
    *box, begun, ended = session.execute(
        select_features(session, collection, Query(), *columns)
    ).one()
    systems: list[int] = []
    if collection.own_system is not None:
        own = select_features(session, collection, Query(), collection.own_system).distinct()
        systems = list(session.scalars(own))
    return Extent(None if box[0] is None else _as_told(box), begun, ended, frozenset(systems))


def _as_told(box: list[float]) -> Box:
    """Return a box with as many decimals as places have, rounded outwards: it holds all of them."""
    step = Decimal(1).scaleb(-DEGREE_DIGITS)
    west, south, east, north = (
        float(Decimal(repr(number)).quantize(step, rounding))
        for number, rounding in zip(
            box, (ROUND_FLOOR, ROUND_FLOOR, ROUND_CEILING, ROUND_CEILING), strict=True
        )
    )
    return west, south, east, north
