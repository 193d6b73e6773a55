"""The lanes of features: what maps and GIS ask for most, pages of a box and one by its id."""

import json
from collections.abc import Awaitable

from app.api.lanes import Ask, Reply
from app.api.links import GEOJSON, JSON, Link, forms, link, link_header
from app.services.features import Collection
from app.services.features.collections import lasting_collection
from app.services.features.reference import CRS84
from app.services.features.single import fetch_feature

_FORM_ALONE = {"f"}


def feature_lane(ask: Ask) -> Awaitable[Reply] | None:
    """Answer for one feature of a lasting collection, as data and in degrees."""
    if len(ask.way) != 5 or not ask.way[4]:
        return None
    collection = _collection_of(ask)
    if collection is None or not ask.parameters.keys() <= _FORM_ALONE or ask.wants_page():
        return None
    return _feature(ask, collection, ask.way[4])


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
    ways = [one for one in links if one["rel"] in {"next", "collection"}]
    return {"Vary": "Accept", "Content-Crs": f"<{CRS84}>", "Link": link_header(ways)}
