"""Pages of a lasting collection, read without a thread: one statement puts a page together.

Features that are points lie where their position on the curve says. A box is stretches of the
curve (`spatial.hilbert`), so a page of it is found by going along the index of the order itself,
from where the page begins to where it is full: what else lies in the box, or in the table, is not
looked at. Others are found by the index of their shapes, and sorted.

That is one plan for all boxes, and some take another: where hardly anything on the way may be seen,
or where a box is so thin that its stretches are mostly of what lies beside it. Such pages are left
to `paging`, which plans each one, before they are asked for or after a moment.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, case, false, func, literal_column, or_, select, true, tuple_
from sqlalchemy.dialects.postgresql import array

from app.db.reading import Readers
from app.services.features.collections import Collection, lasting_collection
from app.services.features.orders import Order
from app.services.features.paging import dressed, feature, named
from app.services.features.query import touches
from app.services.features.reference import Box
from app.services.features.single import DIALECT, as_bytes
from app.services.features.written import mark, written
from app.services.state import is_unchanged, samples_within, snapshot_now, state_within
from app.services.visibility import visible_within
from spatial.hilbert import HILBERT_ORDER, hilbert_spans

_SIDES = ("west", "south", "east", "north")
_END_OF_CURVE = 4**HILBERT_ORDER - 1
# Nearly all pages take a few milliseconds. Large ones take longer, above all where several are
# asked for at once: to give those up and to begin anew would be most of the work.
_PATIENCE_SECONDS = 0.5
_PATIENCE_FOR_A_FEATURE = 3e-4
_MOST_AROUND = 64


@dataclass(frozen=True)
class WholePage:
    """The features of a page, joined by commas, and the cursor of the one behind it."""

    features: bytes
    count: int
    next_cursor: str | None
    # In which it was read (`state_within`), where that was asked too.
    state: str | None = None


@dataclass(frozen=True)
class PageWish:
    """A page of the features of a lasting collection that touch one of up to two boxes."""

    collection: Collection
    boxes: tuple[Box, ...]
    cursor: str | None
    limit: int


class PageState(NamedTuple):
    """The state of pages at a moment, that of samples alone, and which transactions were seen."""

    state: str
    of_samples: str
    snapshot: str


async def fetch_state(readers: Readers, before: PageState | None = None) -> PageState:
    """Return the state that pages would be read in now; `before` is that of a moment ago."""
    if before is not None and await is_unchanged(readers, before.snapshot):
        return before
    return PageState(*await readers.row(state_statement()))


@cache
def state_statement() -> str:
    """Return the text that asks for the state alone, and for its moment."""
    return written(select(state_within(), samples_within(), snapshot_now()), DIALECT, {})


async def fetch_page(
    readers: Readers, wish: PageWish, *, with_state: bool = False
) -> WholePage | None:
    """Return a page, and the state it was read in; None where another plan would be quicker.

    Raises
    ------
    InvalidRequest
        The cursor is none of ours.
    """
    collection, boxes, cursor, limit = wish.collection, wish.boxes, wish.cursor, wish.limit
    order = Order(collection)
    behind = [-1] * len(order.columns) if cursor is None else order.position(cursor)
    values: list[Any] = [limit, *behind, *(side for box in boxes for side in box)]
    if collection.lies_on_curve:
        spans = stretches(boxes, behind[0])
        if are_mostly_around(spans, boxes):
            return None
        values += [[begin for begin, _ in spans], [end for _, end in spans]]
    statement = page_statement(collection.id, len(boxes), with_state=with_state)
    try:
        patience = max(_PATIENCE_SECONDS, _PATIENCE_FOR_A_FEATURE * limit)
        told = await readers.row(statement, *values, within_seconds=patience)
    except TimeoutError:
        return None
    position = told["position"]
    return WholePage(
        told["features"] or b"",
        min(told["found"], limit),
        None if position is None else order.cursor(list(position)),
        told["state"] if with_state else None,
    )


def stretches(boxes: tuple[Box, ...], begin: int) -> list[tuple[int, int]]:
    """Return the stretches of the curve to look through, from where a page begins."""
    start = max(0, begin)
    if not boxes:
        return [(start, _END_OF_CURVE)]
    spans = sorted(span for box in boxes for span in hilbert_spans(box, start))
    return _apart(spans) or [(0, -1)]


def are_mostly_around(spans: list[tuple[int, int]], boxes: tuple[Box, ...]) -> bool:
    """Say whether stretches hold far more of the globe than the boxes that they are for."""
    side = 1 << HILBERT_ORDER
    held = sum(
        ((east - west) / 360.0 * side + 1) * ((north - south) / 180.0 * side + 1)
        for west, south, east, north in boxes
    )
    return bool(boxes) and sum(last + 1 - first for first, last in spans) > _MOST_AROUND * held


def _apart(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return stretches that share nothing, or a feature would come twice."""
    apart: list[tuple[int, int]] = []
    for first, last in spans:
        begin = max(first, apart[-1][1] + 1) if apart else first
        if begin <= last:
            apart.append((begin, last))
    return apart


@cache
def page_statement(collection_id: str, box_count: int, *, with_state: bool) -> str:
    """Return the text of the statement that puts a page together."""
    collection = lasting_collection(collection_id)
    assert collection is not None  # noqa: S101 - the caller has it from there
    order = Order(collection)
    kinds = {"most": "int8"}
    kinds |= {f"behind_{number}": "int8" for number in range(len(order.columns))}
    kinds |= {f"{side}_{number}": "float8" for number in range(box_count) for side in _SIDES}
    if collection.lies_on_curve:
        kinds |= {"firsts": "int8[]", "lasts": "int8[]"}
        page = _along_the_curve(order, box_count)
    else:
        page = _by_shape(order, box_count)
    numbered = {name: f"${n}::{kind}" for n, (name, kind) in enumerate(kinds.items(), 1)}
    joined = _joined(page, len(order.columns))
    if with_state:
        joined = joined.add_columns(state_within().label("state"))
    return written(joined, DIALECT, numbered)


def _along_the_curve(order: Order, box_count: int) -> Select[Any]:
    """Return the statement that goes along stretches of the curve until a page is full.

    What is joined to each stretch depends on it, so the database takes stretches one by one as they
    come, which is in order; within each the index is in order.
    """
    collection = order.collection
    span = func.unnest(mark("firsts"), mark("lasts")).table_valued("first", "last")
    span = span.render_derived(name="span")
    found = (
        select(*named(order.columns), feature(collection).label("told"))
        .select_from(collection.source)
        .where(
            *seen(collection),
            collection.hilbert.between(span.c.first, span.c.last),
            _not_before(order),
        )
        .order_by(*order.columns)
        .limit(_one_more())
    )
    if box_count:
        found = found.where(or_(*(_holds(collection.geom, box) for box in _boxes(box_count))))
    stretch = found.lateral("stretch")
    return select(*stretch.c).select_from(span.join(stretch, true())).limit(_one_more())


def _by_shape(order: Order, box_count: int) -> Select[Any]:
    """Return the statement that finds what touches boxes, and sorts it."""
    collection = order.collection
    found = (
        select(*named(order.columns))
        .select_from(collection.source)
        .where(*seen(collection), _behind(order))
    )
    if box_count:
        found = found.where(or_(*(touches(collection.geom, box) for box in _boxes(box_count))))
    return dressed(order, found, _one_more(), feature(collection))


def seen(collection: Collection) -> list[Any]:
    """Return the conditions of what a page shows that asks for nothing else."""
    visible = visible_within()
    return [
        collection.is_visible(visible),
        *(condition(visible) for condition in collection.defaults.values()),
    ]


def _behind(order: Order) -> Any:
    begin = [mark(f"behind_{number}") for number in range(len(order.columns))]
    return tuple_(*order.columns) > tuple_(*begin)


def _not_before(order: Order) -> Any:
    """Return the same condition for stretches that begin where the page does.

    Were rows compared here, the index would be read from there, and not from each stretch on.
    """
    curve, *keys = order.columns
    begin, *rest = (mark(f"behind_{number}") for number in range(len(order.columns)))
    return or_(curve > begin, and_(curve == begin, tuple_(*keys) > tuple_(*rest)))


def _one_more() -> Any:
    return mark("most") + 1


def _boxes(count: int) -> list[Any]:
    return [tuple(mark(f"{side}_{number}") for side in _SIDES) for number in range(count)]


def _holds(point: Any, box: Any) -> Any:
    """Return the condition that a point lies in a box; it is looked at, not searched for.

    Of comparisons the planner believes that hardly a place in forty thousand passes: so all places
    of a stretch would have to be looked at, and then it would rather sort them than go along the
    index. Of a case it believes that half of them pass.
    """
    west, south, east, north = box
    lies_within = and_(
        func.ST_X(point).between(west, east),
        func.ST_Y(point).between(south, north),
    )
    return case((lies_within, true()), else_=false())


def _joined(page: Select[Any], width: int) -> Select[Any]:
    """Return the statement for one row: features, how many were found, where the page ended.

    One feature more than fits is found where another page follows.
    """
    rows = page.subquery("page")
    position, told = list(rows.c)[:width], list(rows.c)[width]
    numbered = select(
        func.row_number().over().label("number"),
        array(position).label("position"),
        told.label("told"),
    ).subquery("numbered")
    most = mark("most")
    end = func.min(numbered.c.position).filter(numbered.c.number == most)
    features = func.string_agg(numbered.c.told, literal_column("','"))
    return select(
        as_bytes(features.filter(numbered.c.number <= most)).label("features"),
        func.count().label("found"),
        case((func.count() > most, end)).label("position"),
    )
