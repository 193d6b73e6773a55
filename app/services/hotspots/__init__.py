"""Hotspot layers: an answer to a named definition, with the evidence for each polygon."""

from app.services.hotspots.batch import Variations, expand
from app.services.hotspots.catalogue import list_definitions, list_layers, show_layer
from app.services.hotspots.comparison import compare
from app.services.hotspots.finding import find, find_all, find_known
from app.services.hotspots.order import HotspotOrder
from app.services.hotspots.summary import summarise, summary_rows, summary_text

__all__ = [
    "HotspotOrder",
    "Variations",
    "compare",
    "expand",
    "find",
    "find_all",
    "find_known",
    "list_definitions",
    "list_layers",
    "show_layer",
    "summarise",
    "summary_rows",
    "summary_text",
]
