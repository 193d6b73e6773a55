"""Collections of features: samples, sources, hotspots, members."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.api.deps import ReadSession, RuntimeDep
from app.api.queries import AskedQuery
from app.api.strict import StrictRoute
from app.services.features import (
    Collection,
    PageRequest,
    all_collections,
    get_collection,
    read_feature,
    read_page,
)
from app.services.imports import sample_history, source_history

router = APIRouter(prefix="/collections", route_class=StrictRoute, tags=["Features"])

_GEOJSON = "application/geo+json"
_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_DEFAULT_LIMIT = 1000


def _describe(collection: Collection, base: str) -> dict[str, Any]:
    own = f"{base}/{collection.id}"
    return {
        "id": collection.id,
        "title": collection.title,
        "description": collection.description,
        "itemType": "feature",
        "crs": [_CRS84],
        "links": [
            {"rel": "self", "href": own, "type": "application/json", "title": collection.title},
            {"rel": "items", "href": f"{own}/items", "type": _GEOJSON, "title": "Features"},
        ],
    }


def _base(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}/api/collections"


@router.get("", summary="All collections")
def list_collections(request: Request, session: ReadSession) -> dict[str, Any]:
    """Return every collection with its links."""
    base = _base(request)
    return {
        "links": [
            {"rel": "self", "href": base, "type": "application/json", "title": "Collections"}
        ],
        "collections": [_describe(entry, base) for entry in all_collections(session).values()],
    }


@router.get("/{collection_id}", summary="One collection")
def describe_collection(
    request: Request, session: ReadSession, collection_id: str
) -> dict[str, Any]:
    """Return one collection with its links."""
    return _describe(get_collection(session, collection_id), _base(request))


@router.get(
    "/{collection_id}/items",
    summary="Features",
    response_class=Response,
    responses={200: {"content": {_GEOJSON: {}}, "description": "A page of features"}},
)
def list_items(
    request: Request,
    runtime: RuntimeDep,
    session: ReadSession,
    asked: AskedQuery,
    collection_id: str,
    limit: Annotated[int, Query(ge=1)] = _DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=4096)] = None,
) -> Response:
    """Return a page of features; its 'next' link leads on, and its order is stable."""
    collection = get_collection(session, collection_id)
    limit = min(limit, runtime.settings.limits.page_limit)
    wanted = PageRequest(limit, cursor, asked.of(collection))
    page = read_page(session, collection, wanted)
    links = [{"rel": "self", "href": str(request.url), "type": _GEOJSON}]
    if page.next_cursor is not None:
        following = request.url.include_query_params(cursor=page.next_cursor)
        links.append({"rel": "next", "href": str(following), "type": _GEOJSON})
    links.append(
        {
            "rel": "collection",
            "href": f"{_base(request)}/{collection.id}",
            "type": "application/json",
        }
    )
    return Response(_feature_collection(page.features, links), media_type=_GEOJSON)


def _feature_collection(features: list[str], links: list[dict[str, str]]) -> str:
    head = json.dumps({"type": "FeatureCollection", "links": links})
    # No timeStamp: the same features are the same bytes, and so have the same tag.
    tail = {"numberReturned": len(features)}
    return f'{head[:-1]},"features":[{",".join(features)}],{json.dumps(tail)[1:]}'


@router.get(
    "/{collection_id}/items/{feature_id}",
    summary="One feature",
    response_class=Response,
    responses={200: {"content": {_GEOJSON: {}}, "description": "The feature"}},
)
def get_item(
    request: Request, session: ReadSession, collection_id: str, feature_id: str
) -> Response:
    """Return one feature."""
    collection = get_collection(session, collection_id)
    feature = read_feature(session, collection, feature_id)
    links = [
        {"rel": "self", "href": str(request.url), "type": _GEOJSON},
        {
            "rel": "collection",
            "href": f"{_base(request)}/{collection.id}",
            "type": "application/json",
        },
    ]
    return Response(f'{feature[:-1]},"links":{json.dumps(links)}}}', media_type=_GEOJSON)


@router.get("/samples/items/{sample_id}/history", summary="Where a sample's numbers come from")
def get_history(session: ReadSession, sample_id: str) -> dict[str, Any]:
    """Return every result the sample ever had, with file, row, text and conversion."""
    return sample_history(session, sample_id)


@router.get("/sources/items/{source_id}/history", summary="What was told of a source")
def get_source_history(session: ReadSession, source_id: str) -> dict[str, Any]:
    """Return every version of the source, the current one first, with file and row."""
    return source_history(session, source_id)
