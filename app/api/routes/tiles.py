"""OGC API - Tiles: vector tiles of collections, and the documents that lead to them."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.api.deps import ReadSession, RuntimeDep
from app.api.freshness import matching, quoted
from app.api.links import JSON, api_base, link
from app.api.queries import AskedQuery
from app.api.strict import StrictRoute
from app.errors import NotFound
from app.services.features import extent_of, get_collection
from app.services.tile_cache import tile_key
from app.services.tile_matrices import MATRIX_SETS, MAX_ZOOM, TileMatrixSet, get_matrix_set
from app.services.vector_tiles import TileWish, content_of, style_of
from app.services.vector_tiles.making import MEDIA_TYPE, check_wish, names_in

router = APIRouter(route_class=StrictRoute, tags=["Tiles"])

_TILES = "/collections/{collection_id}/tiles"
_REL = "http://www.opengis.net/def/rel/ogc/1.0"
_TMS = "http://www.opengis.net/def/tilematrixset/OGC/1.0"
Threshold = Annotated[
    float | None,
    Query(
        gt=0,
        allow_inf_nan=False,
        description="of the contaminant, mg/kg: which samples exceed it, and which share of a cell",
    ),
]


@router.get("/tileMatrixSets", summary="Tile matrix sets")
def list_matrix_sets(request: Request) -> dict[str, Any]:
    """Return the tile matrix sets that tiles come in."""
    own = f"{api_base(request)}/tileMatrixSets"
    return {
        "tileMatrixSets": [
            {
                "id": entry.id,
                "title": entry.title,
                "uri": f"{_TMS}/{entry.id}",
                "links": [link("self", f"{own}/{entry.id}", JSON, entry.title)],
            }
            for entry in MATRIX_SETS.values()
        ]
    }


@router.get("/tileMatrixSets/{tile_matrix_set}", summary="One tile matrix set")
def get_matrix_set_document(tile_matrix_set: str) -> dict[str, Any]:
    """Return the definition (OGC Two Dimensional Tile Matrix Set)."""
    return get_matrix_set(tile_matrix_set).document()


@router.get(_TILES, summary="Tilesets of a collection")
def list_tilesets(request: Request, session: ReadSession, collection_id: str) -> dict[str, Any]:
    """Return the tilesets of a collection: one for each tile matrix set."""
    content_of(get_collection(session, collection_id))
    return {
        "tilesets": [
            _tileset(request, session, collection_id, matrix) for matrix in MATRIX_SETS.values()
        ],
        "links": [link("self", str(request.url), JSON, "Tilesets")],
    }


@router.get(_TILES + "/{tile_matrix_set}", summary="One tileset")
def get_tileset(
    request: Request, session: ReadSession, collection_id: str, tile_matrix_set: str
) -> dict[str, Any]:
    """Return what the tiles are and where they lie."""
    return _tileset(request, session, collection_id, get_matrix_set(tile_matrix_set))


def _tileset(
    request: Request, session: Session, collection_id: str, matrix: TileMatrixSet
) -> dict[str, Any]:
    collection = get_collection(session, collection_id)
    content = content_of(collection)
    base = api_base(request)
    own = f"{base}/collections/{collection.id}/tiles/{matrix.id}"
    item = link("item", f"{own}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}", MEDIA_TYPE, "Vector tiles")
    links: list[dict[str, Any]] = [
        link("self", own, JSON, collection.title),
        link(f"{_REL}/tiling-scheme", f"{base}/tileMatrixSets/{matrix.id}", JSON, matrix.title),
        {**item, "templated": True},
    ]
    if matrix.id == "WebMercatorQuad":
        links.append(link("describedby", f"{own}/tilejson.json", JSON, "TileJSON"))
        links.append(link("style", f"{own}/style.json", JSON, "A MapLibre style"))
    return {
        "title": collection.title,
        "dataType": "vector",
        "crs": matrix.crs,
        "tileMatrixSetURI": f"{_TMS}/{matrix.id}",
        "layers": [
            {"id": content.name, "dataType": "vector", "geometryDimension": 0 if content.is_point
             else 2},
            {"id": f"{content.name}_cells", "dataType": "vector", "geometryDimension": 2},
        ],
        "links": links,
    }  # fmt: skip


def _drawn_as_map(tile_matrix_set: str) -> TileMatrixSet:
    """Return the set whose tiles TileJSON and styles are read as: what opens them knows no other.

    Raises
    ------
    NotFound
        Any other.
    """
    matrix = get_matrix_set(tile_matrix_set)
    if matrix.id != "WebMercatorQuad":
        raise NotFound("TileJSON and styles describe tiles of WebMercatorQuad alone.")
    return matrix


@router.get(_TILES + "/{tile_matrix_set}/tilejson.json", summary="TileJSON of a collection")
def get_tilejson(
    request: Request,
    session: ReadSession,
    asked: AskedQuery,
    collection_id: str,
    tile_matrix_set: str,
    threshold: Threshold = None,
) -> dict[str, Any]:
    """Return TileJSON 3.0 of the tiles under the same filters."""
    matrix = _drawn_as_map(tile_matrix_set)
    collection = get_collection(session, collection_id)
    wish = TileWish(collection, asked.of(session, collection), threshold)
    content = check_wish(session, wish)
    own = f"{api_base(request)}/collections/{collection.id}/tiles/{matrix.id}"
    filters = f"?{request.url.query}" if request.url.query else ""
    document: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": collection.title,
        "description": collection.description,
        "scheme": "xyz",
        "tiles": [f"{own}/{{z}}/{{y}}/{{x}}{filters}"],
        "minzoom": 0,
        "maxzoom": MAX_ZOOM,
        "vector_layers": [
            {"id": content.name, "fields": dict.fromkeys(names_in(session, wish), "")},
            {
                "id": f"{content.name}_cells",
                "fields": {
                    "count": "how many features lie in the cell",
                    "maximum": "the highest value among them",
                    "share": "which share of them exceeds the threshold",
                },
            },
        ],
    }
    box = extent_of(session, collection).box
    return document if box is None else document | {"bounds": list(box)}


@router.get(_TILES + "/{tile_matrix_set}/style.json", summary="A style of a collection's tiles")
def get_style(
    request: Request, session: ReadSession, asked: AskedQuery, collection_id: str,
    tile_matrix_set: str, threshold: Threshold = None,
) -> dict[str, Any]:  # fmt: skip
    """Return a MapLibre style that draws the tiles under the same filters."""
    matrix = _drawn_as_map(tile_matrix_set)
    collection = get_collection(session, collection_id)
    content = check_wish(session, TileWish(collection, asked.of(session, collection), threshold))
    own = f"{api_base(request)}/collections/{collection.id}/tiles/{matrix.id}/tilejson.json"
    filters = f"?{request.url.query}" if request.url.query else ""
    return style_of(content, own + filters, collection.title)


@router.get(
    _TILES + "/{tile_matrix_set}/{z}/{y}/{x}",
    summary="Vector tile",
    response_class=Response,
    responses={
        200: {"content": {MEDIA_TYPE: {}}, "description": "The tile"},
        204: {"description": "The tile is empty"},
    },
)
def get_tile(
    request: Request,
    runtime: RuntimeDep,
    asked: AskedQuery,
    collection_id: str,
    tile_matrix_set: str,
    z: int,
    y: int,
    x: int,
    threshold: Threshold = None,
) -> Response:
    """Return every feature of a tile, or, where they are many, cells that count them.

    The layer is named as the collection (`hotspots` for each of their layers); that of cells has
    `_cells` behind it, and `count`, `maximum` and, with `threshold`, `share`.
    """
    matrix = get_matrix_set(tile_matrix_set)
    tile = matrix.check(z, y, x)
    told = sorted(request.query_params.multi_items())
    wanted = tile_key("mvt", request.app.version, collection_id, matrix.id, *tile, told)
    tag = quoted(runtime.vector_tiles.key(wanted))
    # Who names the tag had the tile of what is shown now; who names any ("*") has shown nothing.
    asked_tag = request.headers.get("if-none-match", "")
    known = None if asked_tag.strip() == "*" else matching(asked_tag, tag)
    if known is not None:
        return Response(status_code=304, headers={"ETag": known})

    def wish_of(session: Session) -> TileWish:
        collection = get_collection(session, collection_id)
        return TileWish(collection, asked.of(session, collection), threshold)

    key, content = runtime.vector_tiles.tile(wanted, wish_of, matrix, tile)
    headers = {"ETag": quoted(key)}
    if not content:
        return Response(status_code=204, headers=headers)
    return Response(content, media_type=MEDIA_TYPE, headers=headers)
