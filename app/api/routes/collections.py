"""Which collections of features there are: samples, results, sources, hotspots, members."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from app.api import pages
from app.api.collection_documents import describe
from app.api.deps import ReadSession
from app.api.links import HTML, JSON, SCHEMA, api_base, both_forms
from app.api.negotiation import WantsPage, answer
from app.api.strict import StrictRoute
from app.services.features import all_collections, get_collection
from app.services.features.queryables import feature_schema, queryables

router = APIRouter(prefix="/collections", route_class=StrictRoute, tags=["Features"])

TWO_FORMS: dict[int | str, dict[str, Any]] = {
    200: {"content": {JSON: {}, HTML: {}}, "description": "The document, or the page"}
}


@router.get("", summary="All collections", response_class=Response, responses=TWO_FORMS)
def list_collections(request: Request, session: ReadSession, is_page: WantsPage) -> Response:
    """Return every collection with its links."""
    found = all_collections(session).values()
    document = {
        "links": both_forms(request, JSON, is_page),
        "collections": [describe(request, session, entry) for entry in found],
    }
    return answer(document, partial(pages.collections, base=api_base(request)), is_page)


@router.get(
    "/{collection_id}", summary="One collection", response_class=Response, responses=TWO_FORMS
)
def describe_collection(
    request: Request, session: ReadSession, is_page: WantsPage, collection_id: str
) -> Response:
    """Return one collection with its extent, reference systems and links."""
    document = describe(request, session, get_collection(session, collection_id))
    return answer(document, partial(pages.collection, base=api_base(request)), is_page)


@router.get(
    "/{collection_id}/queryables",
    summary="What filters may name",
    response_class=Response,
    responses={200: {"content": {SCHEMA: {}, HTML: {}}, "description": "The schema, or the page"}},
)
def list_queryables(
    request: Request, session: ReadSession, is_page: WantsPage, collection_id: str
) -> Response:
    """Return the properties that a filter of the collection may name, as a JSON Schema."""
    base = api_base(request)
    collection = get_collection(session, collection_id)
    own = f"{base}/collections/{collection.id}/queryables"
    page = partial(pages.queryables, base=base, collection_id=collection.id)
    return answer(queryables(collection, own), page, is_page, SCHEMA)


@router.get(
    "/{collection_id}/schema",
    summary="What a feature is",
    response_class=Response,
    responses={200: {"content": {SCHEMA: {}, HTML: {}}, "description": "The schema, or the page"}},
)
def get_schema(
    request: Request, session: ReadSession, is_page: WantsPage, collection_id: str
) -> Response:
    """Return what a feature of the collection is, with the types of its properties."""
    base = api_base(request)
    collection = get_collection(session, collection_id)
    path = f"/collections/{collection.id}/schema"
    page = partial(
        pages.anything,
        base=base,
        path=path,
        title=f"{collection.title}: what a feature is",
        data=f"{base}{path}?f=json",
    )
    return answer(feature_schema(collection, base + path), page, is_page, SCHEMA)
