"""Pages of features in a total order that is stable under inserts (`orders`)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select, tuple_
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.db.session import QUERY_CANCELLED
from app.errors import InvalidRequest, NotFound
from app.services.features.collections import Collection
from app.services.features.orders import Order, order_of
from app.services.features.query import Query, said_of_the_request, select_features
from app.services.features.reference import DEFAULT, System, in_system, own_place
from app.services.features.repeated import rows_of
from app.services.features.told import object_text
from app.services.visibility import visible_datasets

# No index knows an order but that of the curve: each costs those who import 3 to 8 s a million.
# Of more features sorting is work for few at once.
MANY_SORTED = 100_000
# What somebody gave is told as they gave it, as far as the database's numbers go.
_OWN_DIGITS = 15


@dataclass(frozen=True)
class PageRequest:
    """What a caller asks of a collection: how many features, from where on, and which."""

    limit: int
    cursor: str | None = None
    query: Query = field(default_factory=Query)
    system: System = DEFAULT
    # Names of what a feature shows; None is all of it.
    properties: tuple[str, ...] | None = None
    # As `orders.order_of` reads it; None is along the curve.
    sort: str | None = None


@dataclass(frozen=True)
class Page:
    """Features as GeoJSON text, and the cursor of the page behind this one."""

    features: list[str]
    next_cursor: str | None


def count(session: Session, collection: Collection, query: Query) -> int:
    """Return how many features satisfy a query; each of them is looked at."""
    statement = select_features(session, collection, query, func.count())
    with said_of_the_request(query):
        return session.scalar(statement) or 0


def is_at_most(session: Session, collection: Collection, query: Query, most: int) -> bool:
    """Say whether so many features satisfy a query, or fewer; one more is looked at."""
    found = select_features(session, collection, query, collection.key[0]).limit(most + 1)
    statement = select(func.count()).select_from(found.subquery())
    with said_of_the_request(query):
        return (session.scalar(statement) or 0) <= most


def is_soon_looked_through(session: Session, collection: Collection, query: Query) -> bool:
    """Say whether few features are looked at to find those that satisfy a query.

    Few may be looked for among all: only conditions that an index answers make less of it, and
    this look takes them alone, so that it ends soon itself.
    """
    known = replace(
        query,
        period=None,
        where=None,
        equal={name: text for name, text in query.equal.items() if name in collection.by_index},
        filters={name: text for name, text in query.filters.items() if name != "dataset"},
    )
    return is_at_most(session, collection, known, MANY_SORTED)


def read_page(
    session: Session,
    collection: Collection,
    request: PageRequest,
    heavy: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Page:
    """Return one page of the features the caller may see; `heavy` is held where it is work to sort.

    Raises
    ------
    InvalidRequest
        A sort, a cursor or a filter that cannot be understood; more to sort than can be sorted in
        the time that a query has.
    """
    order = order_of(collection, request.sort)
    with ExitStack() as held:
        if order.by is not None:
            held.enter_context(_said_of_sorting(order.by))
            if not is_soon_looked_through(session, collection, request.query):
                held.enter_context(heavy())
        return _read(session, order, request)


@contextmanager
def _said_of_sorting(name: str) -> Iterator[None]:
    """Say what helps where sorting takes longer than a query may: to try again does not."""
    try:
        yield
    except DBAPIError as error:
        # Somebody may have stopped it for another reason, under the same number.
        is_cancelled = getattr(error.orig, "sqlstate", None) == QUERY_CANCELLED
        if not is_cancelled or "timeout" not in str(error.orig):
            raise
        raise InvalidRequest(
            f"There are too many features to sort for a page. Ask for fewer of them, with bbox, a "
            f"property, or filter={name} > …; or leave sortby out.",
            parameter="sortby",
        ) from error


def _read(session: Session, order: Order, request: PageRequest) -> Page:
    collection = order.collection
    with said_of_the_request(request.query, request.system):
        if _is_repeated(request):
            rows = _repeated_rows(session, collection, request, order)
        else:
            behind = None if request.cursor is None else order.behind(request.cursor)
            found = select_features(session, collection, request.query, *named(order.columns))
            statement = _dressed(order, found, behind, request.limit + 1, request)
            rows = list(session.execute(statement).all())
    is_last = len(rows) <= request.limit
    rows = rows[: request.limit]
    cursor = None if is_last or not rows else order.cursor(list(rows[-1][:-1]))
    return Page([row[-1] for row in rows], cursor)


def _dressed(
    order: Order, found: Select[Any], behind: Any, most: Any, request: PageRequest
) -> Select[Any]:
    if behind is not None:
        found = found.where(behind)
    told = feature(order.collection, request.system, request.properties)
    return dressed(order, found, most, told)


def dressed(order: Order, found: Select[Any], most: Any, told: Any) -> Select[Any]:
    """Return the statement for a page of what was found: its positions, and what is told of it.

    The page is found first and dressed afterwards, so that joins touch its rows alone.
    """
    collection = order.collection
    page = found.order_by(*order.sorted_by(order.columns)).limit(most).cte("page")
    position = list(page.c)
    keys = zip(position[-len(collection.key) :], collection.key, strict=True)
    return (
        select(*position, told)
        .select_from(collection.source)
        .join(page, and_(*(a == b for a, b in keys)))
        .order_by(*order.sorted_by(position))
    )


def _is_repeated(request: PageRequest) -> bool:
    """Whether a page differs from others in its boxes alone, as those of maps do."""
    query = request.query
    more = (query.period, query.plane_box, query.where, request.properties, request.sort)
    is_named = bool(query.filters or query.equal)
    return not is_named and more == (None,) * len(more) and len(query.boxes) <= 2


def _repeated_rows(
    session: Session, collection: Collection, request: PageRequest, order: Order
) -> list[Any]:
    visible = visible_datasets(session)

    def make(boxes: Any, begin: list[Any], most: Any) -> Select[Any]:
        query = Query(boxes)
        found = select_features(session, collection, query, *named(order.columns))
        behind = tuple_(*order.columns) > tuple_(*begin) if begin else None
        return _dressed(order, found, behind, most, request)

    begin = [] if request.cursor is None else order.position(request.cursor)
    asked = (request.query.boxes, begin, request.limit + 1)
    return rows_of(session, collection, request.system, asked, visible, make)


def named(columns: list[Any]) -> list[Any]:
    """Return columns under names of their own: one may be sorted by and a key."""
    return [column.label(f"part_{number}") for number, column in enumerate(columns)]


def read_feature(
    session: Session,
    collection: Collection,
    feature_id: str,
    system: System = DEFAULT,
    properties: tuple[str, ...] | None = None,
) -> str:
    """Return one feature as GeoJSON text.

    Raises
    ------
    NotFound
        Unknown, or not the caller's to see: the answer is the same.
    """
    parts = collection.read_id(feature_id)
    found = None
    if parts is not None:
        statement = (
            select(feature(collection, system, properties))
            .select_from(collection.source)
            .where(collection.has_id(parts), collection.is_visible(visible_datasets(session)))
        )
        with said_of_the_request(Query(), system):
            found = session.scalar(statement)
    if found is None:
        raise absent(collection, feature_id)
    return found


def absent(collection: Collection, feature_id: str) -> NotFound:
    """Return the refusal of an id that names nothing, or nothing that the caller may see."""
    return NotFound(f"The collection {collection.id!r} has no feature {feature_id[:80]!r}.")


def feature(
    collection: Collection, system: System = DEFAULT, properties: tuple[str, ...] | None = None
) -> ColumnElement[str]:
    """Return the GeoJSON of one row, as text."""
    # Putting it together takes longer than asking; layers share what all hotspots show.
    if properties is not None:
        return _feature(collection, system, properties)
    key = (id(collection.properties), system.uri)
    known = _made.get(key)
    if known is None or known[0] is not collection.properties:
        if len(_made) >= _MOST_MADE:
            _made.clear()
        known = _made[key] = (collection.properties, _feature(collection, system, None))
    return known[1]


_MOST_MADE = 256
# With the properties it was made of, so that their identity stays theirs.
_made: dict[tuple[int, str], tuple[dict[str, Any], ColumnElement[str]]] = {}


def _feature(
    collection: Collection, system: System, properties: tuple[str, ...] | None
) -> ColumnElement[str]:
    shown = {
        name: expression
        for name, expression in collection.properties.items()
        if properties is None or name in properties
    }
    return func.concat(
        '{"type":"Feature","id":"',
        collection.public_id,
        '","geometry":',
        # an area known by its code alone has no shape
        func.coalesce(_geometry(collection, system), "null"),
        ',"properties":',
        object_text(shown, collection.told),
        "}",
    )


def _geometry(collection: Collection, system: System) -> Any:
    own = None if system.is_default else collection.own_numbers
    # The option 0 leaves out a short name of the system, which GeoJSON has no longer.
    told = func.ST_AsGeoJSON(in_system(collection.geom, system), system.digits, 0)
    if own is None:
        return told
    as_given = func.ST_AsGeoJSON(own_place(system, own), _OWN_DIGITS, 0)
    return case((own[0] == system.epsg, as_given), else_=told)
