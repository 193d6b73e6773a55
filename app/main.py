"""The application: ``uvicorn --factory app.main:create_app``, or ``hotspots serve``."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from app.api.definition import add_definition
from app.api.freshness import Freshness
from app.api.guard import Guard
from app.api.item_lanes import feature_lane, items_lane
from app.api.known_tags import KnownTags
from app.api.lanes import Lanes
from app.api.methods import Options, add_cross_origin
from app.api.packing import Packing
from app.api.problems import add_problem_handlers
from app.api.recent import RECENT_BYTES, RecentAnswers
from app.api.routes import (
    boundaries,
    coexistence,
    collections,
    downloads,
    guidelines,
    health,
    hotspots,
    imports,
    items,
    jobs,
    landing,
    map,
    mappings,
    members,
    registries,
    statistics,
    surface_files,
    surface_tiles,
    surface_values,
    surfaces,
    tiles,
)
from app.api.slots import Slots
from app.api.tile_lanes import raster_lane, vector_lane
from app.api.tracing import Tracing
from app.resources import web_static
from app.services.remembering import Current
from app.services.runtime import Runtime, open_runtime, share
from app.settings import Settings

_DESCRIPTION = (
    "Where the soil is polluted, how sure we are, and what may be the source. Concentrations are "
    "mg/kg dry mass unless a unit is named; coordinates are longitude, latitude in degrees."
)


def create_app(settings: Settings | None = None, runtime: Runtime | None = None) -> FastAPI:
    """Make the application; nothing is opened before it starts.

    With `runtime` the caller has opened the installation and closes it; otherwise the
    application does both.
    """
    chosen = settings or (runtime.settings if runtime else Settings.load())

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with nullcontext(runtime) if runtime else open_runtime(chosen, migrate=True) as opened:
            app.state.runtime = opened
            async with opened.readers() as app.state.readers:
                yield

    app = FastAPI(
        title="soil-hotspots",
        description=_DESCRIPTION,
        version="0.1.0",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Otherwise every request looks whether somebody has set up OpenTelemetry.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    # The first one added is the innermost.
    app.add_middleware(Freshness)
    app.add_middleware(Packing)
    app.add_middleware(Options)
    app.add_middleware(Lanes, lanes=(items_lane, feature_lane, vector_lane, raster_lane))
    app.add_middleware(Guard, server=chosen.server, limits=chosen.limits)
    # Around the guard, so that pages of other origins that may read are told why it refuses.
    add_cross_origin(app, chosen.server)
    app.add_middleware(Tracing)
    app.state.known_tags = KnownTags()
    app.state.shown = Current()
    app.state.recent = RecentAnswers(share(RECENT_BYTES, runtime.processes if runtime else 1))
    app.state.heavy_reads = Slots(chosen.limits.heavy_reads, "large calculations")
    app.state.downloads = Slots(downloads.AT_ONCE, "downloads")
    add_problem_handlers(app)
    _add_routes(app)
    add_definition(app, chosen.limits.page_limit)
    return app


def warm_up(app: FastAPI) -> None:
    """Have routes make what they would at the first request, while everybody waited.

    It takes some 0.2 s; processes that are copied afterwards share it.
    """
    nowhere = {"type": "http", "method": "GET", "path": "/\0", "root_path": "", "headers": []}
    for route in app.router.routes:
        route.matches(dict(nowhere))


def _add_routes(app: FastAPI) -> None:
    api = APIRouter(prefix="/api")
    for module in (
        collections,
        items,
        surface_files,  # before those of any ending
        downloads,
        registries,
        guidelines,
        surfaces,
        surface_values,
        surface_tiles,
        tiles,
        statistics,
        hotspots,
        coexistence,
        boundaries,
        imports,
        mappings,
        jobs,
        members,
        map,
    ):
        api.include_router(module.router)
    app.include_router(landing.router)
    app.include_router(api)
    app.include_router(health.router)
    app.mount("/static", StaticFiles(directory=web_static()), name="static")

    @app.get("/import", include_in_schema=False)
    def import_page() -> FileResponse:
        """Return the page that brings a file in."""
        return FileResponse(web_static() / "import.html", media_type="text/html")

    @app.get("/", include_in_schema=False)
    def page() -> FileResponse:
        """Return the map."""
        return FileResponse(web_static() / "index.html", media_type="text/html")
