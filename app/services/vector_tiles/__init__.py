"""Vector tiles of collections: features where few lie in a tile, else cells that count them."""

from app.services.vector_tiles.content import TILED, content_of
from app.services.vector_tiles.making import MOST_FEATURES, VectorTiles
from app.services.vector_tiles.quick import fetch_shown
from app.services.vector_tiles.styles import style_of
from app.services.vector_tiles.wishes import PlainWish, TileWish

__all__ = [
    "MOST_FEATURES",
    "TILED",
    "PlainWish",
    "TileWish",
    "VectorTiles",
    "content_of",
    "fetch_shown",
    "style_of",
]
