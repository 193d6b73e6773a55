"""Styles for MapLibre: what a tile's layers may look like, with colours for every eye."""

from typing import Any

from app.services.vector_tiles.content import Content

# ColorBrewer RdPu and the page's ink: more is darker, and shape tells apart what colour does not.
_PALE, _MIDDLE, _DARK = "#fde0dd", "#f768a1", "#7a0177"
_INK = "#1f2933"


def style_of(content: Content, tilejson: str, title: str) -> dict[str, Any]:
    """Return a MapLibre style of one collection's tiles."""
    source = content.name
    cells = {
        "id": f"{source}-cells",
        "type": "fill",
        "source": source,
        "source-layer": f"{source}_cells",
        "paint": {"fill-color": _by_share(), "fill-opacity": 0.75},
    }
    return {
        "version": 8,
        "name": title,
        "sources": {source: {"type": "vector", "url": tilejson}},
        "layers": [cells, *(_points(source) if content.is_point else _areas(source))],
    }


def _by_share() -> list[Any]:
    """Colour by the share of exceedance where it is told, else by how many there are."""
    by_count = ["interpolate", ["linear"], ["log10", ["get", "count"]], 0, _PALE, 4, _DARK]
    by_share = ["interpolate", ["linear"], ["get", "share"], 0, _PALE, 0.5, _MIDDLE, 1, _DARK]
    return ["case", ["has", "share"], by_share, by_count]


def _points(source: str) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{source}-points",
            "type": "circle",
            "source": source,
            "source-layer": source,
            "filter": ["==", ["geometry-type"], "Point"],
            "paint": {
                "circle-radius": 5,
                "circle-color": ["case", ["boolean", ["get", "exceeds"], False], _DARK, "#ffffff"],
                "circle-stroke-color": _INK,
                "circle-stroke-width": 1,
            },
        }
    ]


def _areas(source: str) -> list[dict[str, Any]]:
    is_area = ["==", ["geometry-type"], "Polygon"]
    shared = {"source": source, "source-layer": source}
    return [
        {
            "id": f"{source}-areas",
            "type": "fill",
            **shared,
            "filter": is_area,
            "paint": {"fill-color": _MIDDLE, "fill-opacity": 0.4},
        },
        {
            "id": f"{source}-outlines",
            "type": "line",
            **shared,
            "filter": is_area,
            "paint": {"line-color": _DARK, "line-width": 1.5},
        },
        *_points(source),
    ]
