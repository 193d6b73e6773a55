"""Pictures of surfaces: tiles, and legends with the same breaks."""

from app.services.rendering.legend import legend
from app.services.rendering.tiles import render_tile

__all__ = ["legend", "render_tile"]
