"""The lanes of features: what maps and GIS ask for most, pages of a box and one by its id."""

import json
import re
from collections.abc import Awaitable, Callable

from app.api.deps import parse_bbox
from app.api.freshness import hashed, matching
from app.api.known_tags import Known, KnownTags
from app.api.lanes import Ask, Reply
from app.api.links import GEOJSON, JSON, Link, ends_of_page, forms, link, ways_on
from app.errors import InvalidRequest
from app.services.features import Collection
from app.services.features.collections import lasting_collection
from app.services.features.reference import CRS84
from app.services.features.single import fetch_feature
from app.services.features.whole import PageWish, WholePage, fetch_page
from app.services.pages import Cutting, PageTexts, find_by_id

# Of a page whose length nobody says.
DEFAULT_LIMIT = 1000
_FORM_ALONE = {"f"}
_OF_A_PAGE = {"bbox", "cursor", "f", "limit"}
_LIMIT = re.compile(r"[1-9][0-9]{0,8}")
_LONGEST_CURSOR = 4096
_LONGEST_BOX = 256


def feature_lane(ask: Ask) -> Awaitable[Reply] | None:
    """Answer for one feature of a lasting collection, as data and in degrees."""
    if len(ask.way) != 5 or not ask.way[4]:
        return None
    collection = _collection_of(ask)
    if collection is None or not ask.parameters.keys() <= _FORM_ALONE or ask.wants_page():
        return None
    return _feature(ask, collection, ask.way[4])


def items_lane(ask: Ask) -> Awaitable[Reply | None] | None:
    """Answer for a page of a lasting collection in its own order, of a box in degrees or of all."""
    if len(ask.way) != 4:
        return None
    collection, told = _collection_of(ask), ask.parameters
    if collection is None or not told.keys() <= _OF_A_PAGE or ask.wants_page():
        return None
    limit = told.get("limit", str(DEFAULT_LIMIT))
    cursor, box = told.get("cursor"), told.get("bbox")
    if not _LIMIT.fullmatch(limit) or len(cursor or "") > _LONGEST_CURSOR:
        return None
    try:
        boxes = () if box is None else parse_bbox(box)
    except InvalidRequest:
        return None  # the route says so, after what else may be wrong
    if len(box or "") > _LONGEST_BOX:
        return None
    most: int = ask.runtime.settings.limits.page_limit
    wish = PageWish(collection, boxes, cursor, min(int(limit), most))
    return _asked_again(ask, wish) if b"if-none-match" in ask.headers else _items(ask, wish)


async def _asked_again(ask: Ask, wish: PageWish) -> Reply | None:
    """Answer who had a page before: without a query, if its tag is known to be that of now."""
    tags: KnownTags = ask.scope["app"].state.known_tags
    address = (ask.origin, ask.scope["path"], ask.scope["query_string"])
    known = await tags.get(address, ask.readers, ask.runtime.database.changes)
    if known is not None and matching(ask.header(b"if-none-match"), known.tag):
        holds = _holds(ask, tags, known.state)
        return Reply(b"", GEOJSON, known.headers, known.tag, holds=holds)
    prepared = await _prepared(ask, wish)
    if prepared is not None:
        return prepared
    page = await fetch_page(ask.readers, wish, with_state=True)
    if page is None:
        return None
    reply = _reply(ask, wish, page)
    reply.tag = hashed(reply.body)
    if page.state is not None:
        tags.remember(address, Known(page.state, reply.tag, reply.headers))
        reply.holds = _holds(ask, tags, page.state)
    return reply


def _holds(ask: Ask, tags: KnownTags, state: str) -> Callable[[], bool]:
    readers, database = ask.readers, ask.runtime.database
    return lambda: tags.is_now(state, readers, database.changes)


async def _items(ask: Ask, wish: PageWish) -> Reply | None:
    prepared = await _prepared(ask, wish)
    if prepared is not None:
        return prepared
    page = await fetch_page(ask.readers, wish)
    return None if page is None else _reply(ask, wish, page)


async def _prepared(ask: Ask, wish: PageWish) -> Reply | None:
    """Answer with a page of points of the state of now without a query, if it is prepared."""
    found = await _texts_of_now(ask, wish.collection)
    if found is None:
        return None
    texts, state = found
    pages, tags = ask.runtime.prepared_pages, ask.scope["app"].state.known_tags
    cutting = Cutting(texts, wish)
    if cutting.takes_long:
        reply = await pages.cutters.run(_cut, ask, wish, cutting)
    else:
        reply = _cut(ask, wish, cutting)
    reply.holds = _holds(ask, tags, state)
    return reply


async def _texts_of_now(ask: Ask, collection: Collection) -> tuple[PageTexts, str] | None:
    """Return the texts of the state of now, and that state, if they are prepared."""
    if not collection.lies_on_curve:
        return None
    tags: KnownTags = ask.scope["app"].state.known_tags
    now = await tags.state_now(ask.readers, ask.runtime.database.changes)
    texts = ask.runtime.prepared_pages.find(collection, now.of_samples)
    return None if texts is None else (texts, now.state)


def _cut(ask: Ask, wish: PageWish, cutting: Cutting) -> Reply:
    reply = _reply(ask, wish, cutting.page())
    reply.tag = hashed(reply.body)
    return reply


def _reply(ask: Ask, wish: PageWish, page: WholePage) -> Reply:
    tail = {"numberReturned": page.count}
    if wish.cursor is None and page.next_cursor is None:
        tail["numberMatched"] = page.count
    links = _links(ask, wish.collection)
    if page.next_cursor is not None:
        links.append(link("next", ask.address(cursor=page.next_cursor), GEOJSON, "The next page"))
    head, end = ends_of_page(links, tail)
    body = b"".join((head.encode(), page.features, end.encode()))
    return Reply(body, GEOJSON, _headers(links))


def _collection_of(ask: Ask) -> Collection | None:
    """Return the collection whose items a request is about, or None."""
    root, collections, name, items, *_ = [*ask.way, "", "", "", ""]
    if (root, collections, items) != ("api", "collections", "items"):
        return None
    return lasting_collection(name)


async def _feature(ask: Ask, collection: Collection, feature_id: str) -> Reply:
    found = await _texts_of_now(ask, collection)
    if found is not None:
        texts, state = found
        prepared = find_by_id(texts, feature_id)
        if prepared is not None:
            reply = _told(ask, collection, prepared)
            reply.holds = _holds(ask, ask.scope["app"].state.known_tags, state)
            return reply
    return _told(ask, collection, await fetch_feature(ask.readers, collection, feature_id))


def _told(ask: Ask, collection: Collection, feature: bytes) -> Reply:
    links = _links(ask, collection)
    body = b'%s,"links":%s}' % (feature[:-1], json.dumps(links).encode())
    return Reply(body, GEOJSON, _headers(links))


def _links(ask: Ask, collection: Collection) -> list[Link]:
    own = f"{ask.origin}/api/collections/{collection.id}"
    return [
        *forms(ask.address(f="json"), ask.address(f="html"), GEOJSON, is_html=False),
        link("collection", f"{own}?f=json", JSON, collection.title),
    ]


def _headers(links: list[Link]) -> dict[str, str]:
    return {"Vary": "Accept", "Content-Crs": f"<{CRS84}>", "Link": ways_on(links)}
