"""The features of a collection: pages of them, one alone, and what was told of it before."""

import json
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from app.api import pages
from app.api.deps import ReadSession, RuntimeDep
from app.api.item_lanes import DEFAULT_LIMIT
from app.api.links import (
    GEOJSON,
    HTML,
    JSON,
    Link,
    api_base,
    both_forms,
    ends_of_page,
    link,
    ways_on,
)
from app.api.negotiation import WantsPage
from app.api.queries import AskedQuery, system_of
from app.api.slots import HeavyReads
from app.api.strict import StrictRoute
from app.errors import InvalidRequest
from app.services.features import (
    Collection,
    PageRequest,
    System,
    count,
    get_collection,
    read_feature,
    read_page,
)
from app.services.imports import sample_history, source_history

router = APIRouter(prefix="/collections", route_class=StrictRoute, tags=["Features"])


@dataclass(frozen=True)
class _Shown:
    """How features are to be shown: the URI of a system, and names of properties."""

    crs: str | None
    names: str | None

    def properties(self, collection: Collection) -> tuple[str, ...] | None:
        if self.names is None:
            return None
        names = tuple(dict.fromkeys(name.strip() for name in self.names.split(",")))
        unknown = [name for name in names if name not in collection.properties]
        if unknown:
            raise InvalidRequest(
                f"The collection {collection.id!r} has no property {unknown[0][:80]!r}. "
                f"There are: {', '.join(collection.properties)}.",
                parameter="properties",
            )
        return names


async def _shown(
    crs: Annotated[
        str | None,
        Query(
            max_length=128,
            description="The URI of the reference system of the answer, one that the collection "
            "lists; longitude, latitude when absent.",
        ),
    ] = None,
    properties: Annotated[
        str | None,
        Query(
            max_length=2048,
            description="Names of the properties to show, comma separated; all when absent.",
        ),
    ] = None,
) -> _Shown:
    return _Shown(crs, properties)


Shown = Annotated[_Shown, Depends(_shown)]


@router.get(
    "/{collection_id}/items",
    summary="Features",
    response_class=Response,
    responses={
        200: {"content": {GEOJSON: {}, HTML: {}}, "description": "A page of features"},
    },
)
def list_items(
    request: Request,
    runtime: RuntimeDep,
    session: ReadSession,
    slots: HeavyReads,
    asked: AskedQuery,
    shown: Shown,
    is_page: WantsPage,
    collection_id: str,
    limit: Annotated[int, Query(ge=1)] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=4096)] = None,
    sortby: Annotated[
        str | None,
        Query(
            max_length=64,
            description="A property to sort by, with - before it from high to low. What has no "
            "value comes last.",
        ),
    ] = None,
    counted: Annotated[
        bool,
        Query(
            alias="count",
            description="Say how many features there are in all pages (numberMatched); without, "
            "this is said where one page holds them all.",
        ),
    ] = False,
) -> Response:
    """Return a page of features; its 'next' link leads on, and its order is stable."""
    collection = get_collection(session, collection_id)
    query = asked.of(session, collection)
    system = system_of(session, collection, shown.crs, "crs")
    limit = min(limit, runtime.settings.limits.page_limit)
    wanted = PageRequest(limit, cursor, query, system, shown.properties(collection), sortby)
    page = read_page(session, collection, wanted, slots.taken)
    tail = {"numberReturned": len(page.features)}
    if counted:
        tail["numberMatched"] = count(session, collection, query)
    elif cursor is None and page.next_cursor is None:
        tail["numberMatched"] = len(page.features)
    links = _links(request, collection, is_page)
    if page.next_cursor is not None:
        following = request.url.include_query_params(cursor=page.next_cursor)
        following = following.remove_query_params("count")
        links.append(link("next", str(following), HTML if is_page else GEOJSON, "The next page"))
    head, end = ends_of_page(links, tail)
    text = f"{head}{','.join(page.features)}{end}"
    if is_page:
        made = pages.features(json.loads(text), api_base(request), collection.id, collection.title)
        return HTMLResponse(made, headers=_headers(links, system))
    return Response(text, media_type=GEOJSON, headers=_headers(links, system))


def _links(request: Request, collection: Collection, is_page: bool) -> list[Link]:
    own = f"{api_base(request)}/collections/{collection.id}"
    return [
        *both_forms(request, GEOJSON, is_page),
        link("collection", f"{own}?f=json", JSON, collection.title),
    ]


def _headers(links: list[Link], system: System) -> dict[str, str]:
    return {"Vary": "Accept", "Content-Crs": f"<{system.uri}>", "Link": ways_on(links)}


@router.get(
    "/{collection_id}/items/{feature_id}",
    summary="One feature",
    response_class=Response,
    responses={200: {"content": {GEOJSON: {}, HTML: {}}, "description": "The feature"}},
)
def get_item(
    request: Request,
    session: ReadSession,
    shown: Shown,
    is_page: WantsPage,
    collection_id: str,
    feature_id: str,
) -> Response:
    """Return one feature."""
    collection = get_collection(session, collection_id)
    system = system_of(session, collection, shown.crs, "crs")
    names = shown.properties(collection)
    feature = read_feature(session, collection, feature_id, system, names)
    links = _links(request, collection, is_page)
    text = f'{feature[:-1]},"links":{json.dumps(links)}}}'
    if is_page:
        made = pages.feature(json.loads(text), api_base(request), collection.id, collection.title)
        return HTMLResponse(made, headers=_headers(links, system))
    return Response(text, media_type=GEOJSON, headers=_headers(links, system))


@router.get("/samples/items/{sample_id}/history", summary="Where a sample's numbers come from")
def get_history(session: ReadSession, sample_id: str) -> dict[str, Any]:
    """Return every result the sample ever had, with file, row, text and conversion."""
    return sample_history(session, sample_id)


@router.get("/sources/items/{source_id}/history", summary="What was told of a source")
def get_source_history(session: ReadSession, source_id: str) -> dict[str, Any]:
    """Return every version of the source, the current one first, with file and row."""
    return source_history(session, source_id)
