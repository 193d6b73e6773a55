"""Pictures of surfaces: tiles, legends, and the documents that lead map libraries to them."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.api.deps import ReadSession, RuntimeDep
from app.api.freshness import matching, quoted
from app.api.strict import StrictRoute
from app.db.models import Contaminant, Surface
from app.errors import NotFound
from app.services.rendering import (
    TILE_FORMATS,
    Layer,
    LayerName,
    LayerWish,
    draw_legend,
    legend,
    parse_breaks,
    tile_name,
)
from app.services.runtime import Runtime
from app.services.surfaces import Against, show_surface
from app.services.tile_matrices import MAX_ZOOM, get_matrix_set

router = APIRouter(prefix="/surfaces", route_class=StrictRoute, tags=["Surfaces"])


class DrawnLayer:
    """The parameters of everything that is drawn."""

    def __init__(
        self,
        layer: Annotated[LayerName, Query()] = "median",
        threshold: Annotated[
            float | None, Query(gt=0, allow_inf_nan=False, description="in the surface's unit")
        ] = None,
        guideline: Annotated[
            str | None, Query(max_length=120, description="id of a guideline value, as threshold")
        ] = None,
        q: Annotated[
            float | None, Query(gt=0, lt=1, allow_inf_nan=False, description="of layer=quantile")
        ] = None,
        breaks: Annotated[
            str | None,
            Query(max_length=400, description="rising numbers along which the colours change"),
        ] = None,
    ) -> None:
        self.layer, self.q = layer, q
        self.threshold, self.guideline = threshold, guideline
        self.breaks = parse_breaks(breaks)

    def resolve(self, runtime: Runtime, surface_id: str) -> tuple[LayerWish, Against]:
        """Return what is wanted, its threshold known."""
        against = runtime.painter.against(surface_id, self.threshold, self.guideline)
        return LayerWish(self.layer, against.threshold, self.q, self.breaks), against

    def query(self) -> str:
        """Return the parameters as they are written in an address."""
        told = {
            "threshold": self.threshold,
            "guideline": self.guideline,
            "q": self.q,
            "breaks": None if self.breaks is None else ",".join(map(repr, self.breaks)),
        }
        stated = {name: value for name, value in told.items() if value is not None}
        return urlencode({"layer": self.layer, **stated}, safe=",")


Drawn = Annotated[DrawnLayer, Depends()]


def show_layer(
    runtime: Runtime, session: Session, surface_id: str, drawn: DrawnLayer
) -> tuple[Surface, Layer, dict[str, Any]]:
    """Return a surface, what is drawn of it, and the legend of that."""
    surface = runtime.painter.surface(surface_id)
    wish, against = drawn.resolve(runtime, surface_id)
    layer = runtime.painter.legend_layer(surface, wish)
    name = session.get_one(Contaminant, surface.contaminant).name_en
    told = legend(layer, name, against.label)
    return surface, layer, told | {"threshold": against.threshold, "guideline": against.guideline}


@router.get("/{surface_id}/legend", summary="What the colours mean")
def get_legend(
    runtime: RuntimeDep, session: ReadSession, surface_id: str, drawn: Drawn
) -> dict[str, Any]:
    """Return the stops of a layer's colours: the same that its tiles are painted with."""
    return show_layer(runtime, session, surface_id, drawn)[2]


@router.get(
    "/{surface_id}/legend.{ending}",
    summary="The legend as a picture",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {}, "image/png": {}}, "description": "Legend"}},
)
def get_drawn_legend(
    runtime: RuntimeDep, session: ReadSession, surface_id: str, ending: str, drawn: Drawn
) -> Response:
    """Return the legend as `svg` or `png`."""
    _, layer, told = show_layer(runtime, session, surface_id, drawn)
    media_type, content = draw_legend(ending, layer, told)
    return Response(content, media_type=media_type)


@router.get("/{surface_id}/tiles/{tile_matrix_set}/tilejson.json", summary="TileJSON of a surface")
def get_tilejson(
    request: Request,
    runtime: RuntimeDep,
    session: ReadSession,
    surface_id: str,
    tile_matrix_set: str,
    drawn: Drawn,
) -> dict[str, Any]:
    """Return TileJSON 3.0: what MapLibre, QGIS and others open as it is."""
    drawn.resolve(runtime, surface_id)[0].check()
    if get_matrix_set(tile_matrix_set).id != "WebMercatorQuad":
        raise NotFound("TileJSON describes tiles of WebMercatorQuad alone.")
    surface, _, told = show_layer(runtime, session, surface_id, drawn)
    west, south, east, north = show_surface(session, surface)["bbox"]
    own = f"{str(request.base_url).rstrip('/')}/api/surfaces/{surface_id}"
    zoom = runtime.painter.native_zoom(surface)
    # Of classes, whether undecidable places are told apart.
    further = {name: told[name] for name in ("undecidable", "note") if name in told}
    return further | {
        "tilejson": "3.0.0",
        "name": told["title"],
        "description": f"{told['title']}, {told['unit']}; model card at {own}",
        "scheme": "xyz",
        "tiles": [f"{own}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}.png?{drawn.query()}"],
        "legend": f"{own}/legend.svg?{drawn.query()}",
        "minzoom": 0,
        "maxzoom": min(zoom + 2, MAX_ZOOM),
        "bounds": [west, south, east, north],
        "center": [(west + east) / 2, (south + north) / 2, max(zoom - 4, 0)],
    }


@router.get(
    "/{surface_id}/tiles/{tile_matrix_set}/{z}/{y}/{x}.{ending}",
    summary="Raster tile",
    response_class=Response,
    responses={
        200: {
            "content": {entry.media_type: {} for entry in TILE_FORMATS.values()},
            "description": "256 × 256 pixels",
        }
    },
)
def get_tile(
    request: Request,
    runtime: RuntimeDep,
    surface_id: str,
    tile_matrix_set: str,
    z: int,
    y: int,
    x: int,
    ending: str,
    drawn: Drawn,
) -> Response:
    """Return a tile; transparent (`png`, `webp`) or NaN (`tif`, `npy`) without data.

    Seen from afar, `probability` and `class` show the highest value among the cells below a pixel;
    `undecidable` is a pixel of `class` where the data can decide in none of them.
    """
    matrix = get_matrix_set(tile_matrix_set)
    tile = matrix.check(z, y, x)
    if ending not in TILE_FORMATS:
        raise NotFound(f"There are no tiles as {ending[:20]!r}: {', '.join(TILE_FORMATS)}.")
    surface = runtime.painter.surface(surface_id)
    wish, _ = drawn.resolve(runtime, surface_id)
    wish.check()
    # The picture follows from the address and from how this version paints: no need to paint it
    # for who has it. Who asks learns each time whether the surface may still be seen.
    wish = runtime.painter.settled(surface, wish)
    key = tile_name(request.app.version, surface, matrix, tile, wish, ending)
    tag = quoted(key)
    headers = {"ETag": tag}
    known = matching(request.headers.get("if-none-match"), tag)
    if known is not None:
        return Response(status_code=304, headers=headers | {"ETag": known})
    picture = runtime.painter.kept_tile(key, surface, matrix, tile, wish, ending)
    return Response(picture, media_type=TILE_FORMATS[ending].media_type, headers=headers)
