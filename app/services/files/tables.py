"""Features as rows of a table of text."""

import json
from typing import Any

import shapely
from shapely.geometry import shape

from ingest.excerpt import guard_formula


def table_row(feature: dict[str, Any]) -> dict[str, Any]:
    """Return a feature as a row: points as longitude and latitude, formulas guarded."""
    row = _places(feature) | _flat(feature)
    return {n: guard_formula(v) if isinstance(v, str) else v for n, v in row.items()}


def _flat(feature: dict[str, Any]) -> dict[str, Any]:
    """Return a feature's id and properties, with lists and objects as JSON text."""
    return {"id": feature["id"]} | {
        name: json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value
        for name, value in feature["properties"].items()
    }


def _places(feature: dict[str, Any]) -> dict[str, Any]:
    """Return a feature's place; districts known by their code alone have none."""
    if feature["geometry"] is None:
        return {"longitude": None, "latitude": None, "wkt": None}
    geometry = shape(feature["geometry"])
    middle = geometry.representative_point()
    is_point = geometry.geom_type == "Point"
    place = {"longitude": middle.x, "latitude": middle.y}
    return place if is_point else place | {"wkt": shapely.to_wkt(geometry, rounding_precision=9)}
