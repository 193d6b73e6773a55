"""A hotspot layer by areas: how much of each is marked, how surely, and what samples say there.

Areas are geodesic, on the ellipsoid of WGS 84, so that those of different countries compare.
"""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from geoalchemy2 import Geography
from sqlalchemy import cast, func, select
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import (
    Boundary,
    Contaminant,
    Dataset,
    Hotspot,
    HotspotLayer,
    HotspotLayerPart,
    Sample,
    Surface,
)
from app.errors import Unprocessable
from app.services.boundaries import find_boundaries
from app.services.hotspots.catalogue import contaminants_of, get_layer
from app.services.surfaces.order import SurfaceOrder
from app.services.surfaces.selection import select_results
from ingest.excerpt import guard_formula
from spatial.hotspots.contract import CONFIDENCES


@dataclass(frozen=True)
class _Area:
    key: int
    shape: Any
    told: dict[str, Any]


def summarise(
    session: Session, layer_id: str, boundaries: str, visible: Sequence[int]
) -> dict[str, Any]:
    """Return a layer by the areas of a boundary layer, as GeoJSON; areas without hotspots too.

    Raises
    ------
    NotFound
        No such layer or boundaries, or not the caller's to see.
    """
    layer, dataset = get_layer(session, layer_id), find_boundaries(session, boundaries, visible)
    areas = _areas(session, dataset)
    marked = _marked(session, layer, dataset)
    for area in areas:
        by_class = marked.get(area.key, {})
        area.told["hotspot_count"] = sum(count for count, _ in by_class.values())
        area.told["marked_m2"] = sum(size for _, size in by_class.values())
        area.told["classes"] = {
            name: {
                "count": by_class[name][0],
                "area_m2": by_class[name][1],
                "share": by_class[name][1] / area.told["area_m2"],
            }
            for name in CONFIDENCES
            if name in by_class
        }
        area.told["samples"] = {}
    for code in contaminants_of(session, layer):
        _add_samples(session, layer, code, areas)
    return {
        "type": "FeatureCollection",
        "layer": ids.show("hotspot_layer", layer.uid),
        "definition": layer.definition,
        "boundaries": {
            "name": dataset.name,
            "title": dataset.title,
            "licence": dataset.licence,
            "citation": dataset.citation,
        },
        "areas_are": "geodesic, on the ellipsoid of WGS 84 (m²)",
        "samples_are": "the current results that the layer's selection takes, inside the area",
        "features": [
            {
                "type": "Feature",
                "id": area.told["id"],
                "geometry": shapely.geometry.mapping(area.shape),
                "properties": area.told,
            }
            for area in areas
        ],
    }


def _areas(session: Session, dataset: Dataset) -> list[_Area]:
    rows = session.execute(
        select(
            Boundary.id,
            Boundary.uid,
            Boundary.area_code,
            Boundary.area_name,
            func.ST_AsBinary(Boundary.geom),
            func.ST_Area(cast(Boundary.geom, Geography)),
        )
        .where(Boundary.dataset_id == dataset.id, Boundary.superseded_at.is_(None))
        .order_by(Boundary.area_code, Boundary.area_name, Boundary.id)
    )
    return [
        _Area(
            key,
            shapely.from_wkb(bytes(shape)),
            {
                "id": ids.show("boundary", uid),
                "area_code": code,
                "area_name": name,
                "area_m2": size,
            },
        )
        for key, uid, code, name, shape, size in rows
    ]


def _marked(
    session: Session, layer: HotspotLayer, dataset: Dataset
) -> dict[int, dict[str, tuple[int, float]]]:
    """Return for each area and class how many polygons reach into it, and their area inside."""
    inside = func.ST_Area(cast(func.ST_Intersection(Boundary.geom, Hotspot.geom), Geography))
    pieces = (
        select(Boundary.id.label("area"), Hotspot.confidence, inside.label("size"))
        # ST_Intersects finds its way through the index on the areas.
        .join(Hotspot, func.ST_Intersects(Boundary.geom, Hotspot.geom))
        .where(
            Boundary.dataset_id == dataset.id,
            Boundary.superseded_at.is_(None),
            Hotspot.layer_id == layer.id,
        )
        .subquery()
    )
    rows = session.execute(
        select(pieces.c.area, pieces.c.confidence, func.count(), func.sum(pieces.c.size))
        .where(pieces.c.size > 0)  # two that only touch share no area
        .group_by(pieces.c.area, pieces.c.confidence)
    )
    found: dict[int, dict[str, tuple[int, float]]] = {}
    for area, confidence, count, size in rows:
        found.setdefault(area, {})[confidence] = (count, float(size))
    return found


def _add_samples(session: Session, layer: HotspotLayer, code: str, areas: Sequence[_Area]) -> None:
    """Tell of each area how many results of a contaminant lie in it, and the highest."""
    contaminant = session.get_one(Contaminant, code)
    try:
        selection = select_results(session, _selection_of(session, layer, code), contaminant)
    except Unprocessable:  # taken back since: there is nothing to tell
        return
    places: Any = shapely.points(selection.longitudes, selection.latitudes)
    tree = shapely.STRtree(np.atleast_1d(places))
    highest: dict[int, int] = {}
    for area in areas:
        inside = tree.query(area.shape, predicate="intersects")
        told: dict[str, Any] = {"count": len(inside), "maximum": None, "max_sample": None}
        if len(inside):
            index = int(inside[np.argmax(selection.halved[inside])])
            told["maximum"] = float(selection.halved[index])
            highest[area.key] = int(selection.sample_ids[index])
        area.told["samples"][code] = told | {"unit": selection.unit}
    found = session.execute(
        select(Sample.id, Sample.uid).where(Sample.id.in_(set(highest.values())))
    )
    uids = {row.id: row.uid for row in found}
    for area in areas:
        if area.key in highest:
            area.told["samples"][code]["max_sample"] = ids.show("sample", uids[highest[area.key]])


def _selection_of(session: Session, layer: HotspotLayer, code: str) -> SurfaceOrder:
    """Return which results a layer took of a contaminant."""
    if layer.surface_id is None and layer.contaminant is not None:
        return SurfaceOrder.from_json(layer.card["samples"])
    surface = (
        select(Surface).where(Surface.id == layer.surface_id)
        if layer.contaminant is not None
        else select(Surface)
        .join(HotspotLayerPart, HotspotLayerPart.surface_id == Surface.id)
        .where(HotspotLayerPart.layer_id == layer.id, HotspotLayerPart.contaminant == code)
    )
    return SurfaceOrder.from_json(session.scalars(surface).one().card["order"])


def summary_rows(summary: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a row for every area, all with the same columns."""
    told = [feature["properties"] for feature in summary["features"]]
    classes = [name for name in CONFIDENCES if any(name in one["classes"] for one in told)]
    codes = list(dict.fromkeys(code for one in told for code in one["samples"]))
    rows = []
    for one in told:
        row = {name: one[name] for name in ("area_code", "area_name", "area_m2", "hotspot_count")}
        for name in classes:
            figures = one["classes"].get(name, {"area_m2": 0.0, "share": 0.0})
            row |= {f"{name}_m2": figures["area_m2"], f"{name}_share": figures["share"]}
        for code in codes:
            figures = one["samples"][code]
            row |= {
                f"{code}_samples": figures["count"],
                f"{code}_maximum": figures["maximum"],
                f"{code}_unit": figures["unit"],
                f"{code}_max_sample": figures["max_sample"],
            }
        rows.append(row)
    return rows


def summary_csv(summary: dict[str, Any]) -> str:
    """Return the areas as a table; texts that a spreadsheet would run are guarded."""
    rows = summary_rows(summary)
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(rows[0] if rows else ("area_code", "area_name", "area_m2", "hotspot_count"))
    for row in rows:
        cells = (guard_formula(c) if isinstance(c, str) else c for c in row.values())
        table.writerow(cells)
    return out.getvalue()


def summary_text(summary: dict[str, Any], ending: str) -> str:
    """Return a summary as the text of a file: geojson, csv or json (rows alone)."""
    if ending == "csv":
        return summary_csv(summary)
    told = summary if ending == "geojson" else _without_shapes(summary)
    return json.dumps(told, ensure_ascii=False)


def _without_shapes(summary: dict[str, Any]) -> dict[str, Any]:
    told = {name: part for name, part in summary.items() if name not in {"type", "features"}}
    return told | {"areas": [feature["properties"] for feature in summary["features"]]}
