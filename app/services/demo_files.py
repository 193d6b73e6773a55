"""The demo's own files: what its loader needs and what the map draws."""

import json
import tomllib
from functools import cache
from typing import Any

from app.resources import demo_data


@cache
def read_demo() -> dict[str, Any]:
    """Return what `demo.toml` says: data set, files, surface, hotspots."""
    return tomllib.loads((demo_data() / "demo.toml").read_text(encoding="utf-8"))


@cache
def demo_geometry(name: str) -> dict[str, Any]:
    """Return the one geometry of a GeoJSON file, in longitude and latitude."""
    document = json.loads((demo_data() / name).read_text(encoding="utf-8"))
    geometry: dict[str, Any] = document["features"][0]["geometry"]
    return geometry
