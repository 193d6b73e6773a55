"""The lanes of tiles: a map asks for dozens at once, and most were made before."""

import math
import re
from collections.abc import Awaitable
from functools import partial
from typing import get_args

from app.api.freshness import matching, quoted
from app.api.lanes import Ask, Reply
from app.errors import InvalidRequest
from app.services.features.collections import lasting_collection
from app.services.remembering import Current
from app.services.rendering import TILE_FORMATS, LayerName, LayerWish, parse_breaks, tile_name
from app.services.runtime import Runtime
from app.services.state import Shown, state_key
from app.services.tile_cache import tile_key
from app.services.tile_matrices import MATRIX_SETS, MAX_ZOOM, TileAddress, TileMatrixSet
from app.services.vector_tiles import TILED, PlainWish, fetch_shown
from app.services.vector_tiles.making import MEDIA_TYPE

_PLACE = re.compile(r"0|[1-9][0-9]{0,8}")
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?")
# What follows from the address alone, without a guideline to be looked up.
_DRAWN = {"layer", "threshold", "q", "breaks"}
_LAYERS: tuple[LayerName, ...] = get_args(LayerName)
_LONGEST_BREAKS = 400


def vector_lane(ask: Ask) -> Awaitable[Reply] | None:
    """Answer with a tile of a lasting collection, all of it or of one contaminant."""
    if len(ask.way) != 8 or ask.way[:2] != ["api", "collections"] or ask.way[3] != "tiles":
        return None
    collection = lasting_collection(ask.way[2])
    placed = _placed(*ask.way[4:])
    if collection is None or collection.id not in TILED or placed is None:
        return None
    has_code = TILED[collection.id].of_code is not None
    if not ask.parameters.keys() <= ({"contaminant", "threshold"} if has_code else set()):
        return None
    name, threshold = ask.parameters.get("contaminant"), ask.parameters.get("threshold")
    if threshold is not None and (name is None or not _is_positive(threshold)):
        return None
    if (name is not None and not 0 < len(name) <= 64) or _asks_for_any(ask):
        return None
    held = None if threshold is None else float(threshold)
    return _vector(ask, PlainWish(collection, name, held), *placed)


async def _vector(ask: Ask, wish: PlainWish, matrix: TileMatrixSet, tile: TileAddress) -> Reply:
    runtime, app = _runtime(ask), ask.scope["app"]
    tiles, look = runtime.vector_tiles, partial(fetch_shown, ask.readers)
    told = sorted(ask.parameters.items())
    asked = tile_key("mvt", app.version, wish.collection.id, matrix.id, *tile, told)
    current: Current[Shown] = app.state.shown
    shown = await current.fetch(runtime.database.changes, look)

    def is_now(name: str) -> bool:
        now = current.find(runtime.database.changes, look)
        return now is not None and state_key(now.state, asked) == name

    key = state_key(shown.state, asked)
    if _is_known(ask, key):
        # Said with the tag alone.
        return Reply(b"", MEDIA_TYPE, tag=quoted(key), holds=partial(is_now, key))
    if wish.code is not None:
        wish = wish._replace(code=await tiles.fetch_code(wish.code))
    own, content = await tiles.fetch(ask.readers, shown, asked, wish, matrix, tile)
    return Reply(content, MEDIA_TYPE, tag=quoted(own), holds=partial(is_now, own))


def raster_lane(ask: Ask) -> Awaitable[Reply] | None:
    """Answer with a picture of a surface."""
    if len(ask.way) != 8 or ask.way[:2] != ["api", "surfaces"] or ask.way[3] != "tiles":
        return None
    column, _, ending = ask.way[7].partition(".")
    placed = _placed(*ask.way[4:7], column)
    if placed is None or ending not in TILE_FORMATS or _asks_for_any(ask):
        return None
    wish = _layer_wish(ask)
    return None if wish is None else _raster(ask, wish, *placed, ending)


def _layer_wish(ask: Ask) -> LayerWish | None:
    """Return what is wanted, or None for what is not plain or cannot be meant."""
    told = ask.parameters
    held = [told.get(name) for name in ("threshold", "q")]
    if not told.keys() <= _DRAWN or not all(text is None or _is_positive(text) for text in held):
        return None
    layer = next((name for name in _LAYERS if name == told.get("layer", "median")), None)
    if layer is None or len(told.get("breaks", "")) > _LONGEST_BREAKS:
        return None
    threshold, q = (None if text is None else float(text) for text in held)
    try:
        wish = LayerWish(layer, threshold, q, parse_breaks(told.get("breaks")))
        wish.check()
    except InvalidRequest:
        return None
    return wish if q is None or q < 1 else None


async def _raster(
    ask: Ask, wish: LayerWish, matrix: TileMatrixSet, tile: TileAddress, ending: str
) -> Reply:
    runtime, name = _runtime(ask), ask.way[2]
    painter = runtime.painter
    surface = painter.seen(name)
    if surface is None:
        surface = await painter.threads.run(painter.surface, name)
    kind = TILE_FORMATS[ending].media_type
    plain, wish = wish, painter.settled(surface, wish)
    key = tile_name(ask.scope["app"].version, surface, matrix, tile, wish, ending)
    reply = Reply(b"", kind, tag=quoted(key), is_packable=False)

    def is_now() -> bool:
        # Its cells are for good; whether it may be seen changes, and what is known of it.
        return painter.seen(name) is not None and painter.settled(surface, plain) == wish

    reply.holds = is_now
    if _is_known(ask, key):
        return reply
    found = runtime.tile_memory.get(key)
    if found is None:
        told = (key, surface, matrix, tile, wish, ending)
        found = await painter.threads.run(painter.kept_tile, *told)
        runtime.tile_memory.put(key, found)
    reply.body = found
    return reply


def _placed(matrix: str, *place: str) -> tuple[TileMatrixSet, TileAddress] | None:
    """Return a tile that there is."""
    known = MATRIX_SETS.get(matrix)
    if known is None or not all(map(_PLACE.fullmatch, place)):
        return None
    zoom, row, column = map(int, place)
    is_there = zoom <= MAX_ZOOM and row < known.rows << zoom and column < known.columns << zoom
    return (known, TileAddress(zoom, row, column)) if is_there else None


def _is_positive(number: str) -> bool:
    return bool(_NUMBER.fullmatch(number)) and 0 < float(number) < math.inf


def _asks_for_any(ask: Ask) -> bool:
    """Say whether any tag is as good: who names none has shown nothing."""
    return ask.header(b"if-none-match").strip() == "*"


def _is_known(ask: Ask, key: str) -> bool:
    return matching(ask.header(b"if-none-match"), quoted(key)) is not None


def _runtime(ask: Ask) -> Runtime:
    runtime: Runtime = ask.scope["app"].state.runtime
    return runtime
