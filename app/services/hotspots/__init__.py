"""Hotspot layers: an answer to a named definition, with the evidence for each polygon."""

from app.services.hotspots.catalogue import list_layers, show_layer
from app.services.hotspots.finding import find
from app.services.hotspots.order import HotspotOrder

__all__ = ["HotspotOrder", "find", "list_layers", "show_layer"]
