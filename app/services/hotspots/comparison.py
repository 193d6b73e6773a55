"""Two layers side by side: what was gained, lost, grew or shrank."""

from collections.abc import Sequence
from typing import Any

import shapely
from shapely.geometry import mapping
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import Hotspot, HotspotLayer
from app.errors import InvalidRequest
from app.services.geometry import transform_geometry
from app.services.hotspots.catalogue import contaminants_of, get_layer
from spatial.hotspots.comparison import CHANGES, compare_layers
from spatial.hotspots.contract import CONFIDENCES, STRONGEST


def compare(
    session: Session, earlier: str, later: str, confidences: Sequence[str] = ()
) -> dict[str, Any]:
    """Return how two layers differ, as GeoJSON; areas are those on the later layer's plane.

    `confidences` are the classes whose polygons are compared; those that claim most when empty.

    Raises
    ------
    NotFound
        Unknown, or not the caller's to see.
    InvalidRequest
        A class there is not.
    """
    unknown = sorted(set(confidences) - set(CONFIDENCES))
    if unknown:
        raise InvalidRequest(
            f"There is no class {unknown[0][:80]!r}; there are: {', '.join(CONFIDENCES)}.",
            parameter="confidence",
        )
    chosen = tuple(confidences) or STRONGEST
    before, after = get_layer(session, earlier), get_layer(session, later)
    old_ids, old = _polygons(session, before, chosen, after.epsg)
    new_ids, new = _polygons(session, after, chosen, after.epsg)
    found = compare_layers(old, new)
    features = [
        {
            "type": "Feature",
            "geometry": mapping(transform_geometry(one.geometry, after.epsg, 4326)),
            "properties": {
                "change": one.change,
                "area_from_m2": one.area_before,
                "area_to_m2": one.area_after,
                "gained_m2": one.gained,
                "lost_m2": one.lost,
                "hotspots_from": [old_ids[index] for index in one.before],
                "hotspots_to": [new_ids[index] for index in one.after],
            },
        }
        for one in found
    ]
    return {
        "type": "FeatureCollection",
        "from": _told(session, before, old),
        "to": _told(session, after, new),
        "confidence": list(chosen),
        "changes": {
            change: {
                "count": sum(one.change == change for one in found),
                "gained_m2": sum(one.gained for one in found if one.change == change),
                "lost_m2": sum(one.lost for one in found if one.change == change),
            }
            for change in CHANGES
        },
        "features": features,
    }


def _polygons(
    session: Session, layer: HotspotLayer, confidences: Sequence[str], epsg: int
) -> tuple[list[str], list[Any]]:
    rows = session.execute(
        select(Hotspot.uid, func.ST_AsBinary(Hotspot.geom))
        .where(Hotspot.layer_id == layer.id, Hotspot.confidence.in_(confidences))
        .order_by(Hotspot.id)
    ).all()
    shapes = [shapely.from_wkb(bytes(row[1])) for row in rows]
    return [ids.show("hotspot", row[0]) for row in rows], [
        transform_geometry(shape, 4326, epsg) for shape in shapes
    ]


def _told(session: Session, layer: HotspotLayer, polygons: Sequence[Any]) -> dict[str, Any]:
    return {
        "id": ids.show("hotspot_layer", layer.uid),
        "contaminant": layer.contaminant,
        "contaminants": contaminants_of(session, layer),
        "definition": layer.definition,
        "parameters": layer.parameters,
        "count": len(polygons),
        "area_m2": float(sum(polygon.area for polygon in polygons)),
    }
