"""Pictures of surfaces: tiles, and legends with the same breaks."""

from app.services.rendering.images import TILE_FORMATS
from app.services.rendering.layers import Layer, LayerName, LayerWish, parse_breaks
from app.services.rendering.legend import draw_legend, legend
from app.services.rendering.styles import draw_style
from app.services.rendering.tiles import Painter, tile_name

__all__ = [
    "TILE_FORMATS",
    "Layer",
    "LayerName",
    "LayerWish",
    "Painter",
    "draw_legend",
    "draw_style",
    "legend",
    "parse_breaks",
    "tile_name",
]
