"""The lanes of features: what maps and GIS ask for most, pages of a box and one by its id."""

import json
import re
from collections.abc import Awaitable

from app.api.deps import Box, parse_bbox
from app.api.lanes import Ask, Reply
from app.api.links import GEOJSON, JSON, Link, ends_of_page, forms, link, ways_on
from app.errors import InvalidRequest
from app.services.features import Collection
from app.services.features.collections import lasting_collection
from app.services.features.reference import CRS84
from app.services.features.single import fetch_feature
from app.services.features.whole import fetch_page

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


def items_lane(ask: Ask) -> Awaitable[Reply] | None:
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
    most: int = ask.scope["app"].state.runtime.settings.limits.page_limit
    return _items(ask, collection, boxes, cursor, min(int(limit), most))


async def _items(
    ask: Ask, collection: Collection, boxes: tuple[Box, ...], cursor: str | None, limit: int
) -> Reply:
    page = await fetch_page(ask.readers, collection, boxes, cursor, limit)
    tail = {"numberReturned": page.count}
    if cursor is None and page.next_cursor is None:
        tail["numberMatched"] = page.count
    links = _links(ask, collection)
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
    feature = await fetch_feature(ask.readers, collection, feature_id)
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
