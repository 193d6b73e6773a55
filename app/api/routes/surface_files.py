"""Surfaces as files: the Cloud-Optimized GeoTIFF, read in ranges, and its styles beside it."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.api.deps import ReadSession, RuntimeDep
from app.api.files import RangedFile
from app.api.freshness import quoted
from app.api.routes.surface_tiles import Drawn, show_layer
from app.api.strict import StrictRoute
from app.errors import NotFound
from app.services.rendering import draw_style
from app.services.tile_cache import tile_key

router = APIRouter(prefix="/downloads", route_class=StrictRoute, tags=["Downloads"])

_COG = "image/tiff; application=geotiff; profile=cloud-optimized"
_QML = "application/x-qgis-layer-settings"


@router.get(
    "/{surface_id}.tif",
    summary="A surface as Cloud-Optimized GeoTIFF",
    response_class=Response,
    responses={
        200: {"content": {_COG: {}}, "description": "The file"},
        206: {"content": {_COG: {}}, "description": "The ranges that were asked for"},
    },
)
def get_cog(request: Request, runtime: RuntimeDep, surface_id: str) -> Response:
    """Return the file that is kept: GDAL and QGIS open it at its address, reading what they need.

    Add `/vsicurl/` before the address in GDAL. `Link` names licences and styles.
    """
    surface = runtime.painter.surface(surface_id)
    path = runtime.store.surface_path(surface.uid)
    if not path.exists():
        raise NotFound(f"The file of {surface_id!r} is gone; the operator can build it again.")
    base = str(request.base_url).rstrip("/")
    links = [
        f'<{base}/api/datasets>; rel="license"; type="application/json"',
        f'<{base}/api/surfaces/{surface_id}>; rel="describedby"; type="application/json"',
        f'<{base}/api/downloads/{surface_id}.qml>; rel="style"; type="{_QML}"',
    ]
    headers = {
        "ETag": quoted(tile_key("cog", surface.uid, surface.array_sha256, path.stat().st_size)),
        "Link": ", ".join(links),
    }
    return RangedFile(path, headers=headers, media_type=_COG, filename=f"{surface_id}.tif")


def _style(
    runtime: RuntimeDep, session: ReadSession, surface_id: str, ending: str, drawn: Drawn
) -> Response:
    surface, layer, told = show_layer(runtime, session, surface_id, drawn)
    media_type, text = draw_style(ending, layer, told, surface.bands)
    return Response(text, media_type=media_type)


@router.get(
    "/{surface_id}.qml",
    summary="A surface's style for QGIS",
    response_class=Response,
    responses={200: {"content": {_QML: {}}, "description": "QML"}},
)
def get_qml(runtime: RuntimeDep, session: ReadSession, surface_id: str, drawn: Drawn) -> Response:
    """Return the colours of one of the file's bands, its classes those of the legend."""
    return _style(runtime, session, surface_id, "qml", drawn)


@router.get(
    "/{surface_id}.sld",
    summary="A surface's style for OGC programs",
    response_class=Response,
    responses={200: {"content": {"application/vnd.ogc.sld+xml": {}}, "description": "SLD 1.0"}},
)
def get_sld(runtime: RuntimeDep, session: ReadSession, surface_id: str, drawn: Drawn) -> Response:
    """Return the same as a Styled Layer Descriptor."""
    return _style(runtime, session, surface_id, "sld", drawn)
