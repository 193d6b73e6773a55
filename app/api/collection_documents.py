"""What a collection says of itself, the same in the list and alone."""

from typing import Any

from fastapi import Request
from sqlalchemy.orm import Session

from app.api.links import GEOJSON, HTML, JSON, SCHEMA, api_base, link
from app.services.features import Collection, Extent, extent_of, reference

_QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
# Its case means nothing (RFC 8288), but GDAL 3.6, as Debian 12 has it, knows this spelling alone.
_DESCRIBED_BY = "describedBy"
_TILESETS = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
_GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"


def describe(request: Request, session: Session, collection: Collection) -> dict[str, Any]:
    """Return a collection with its extent, reference systems and links."""
    own = f"{api_base(request)}/collections/{collection.id}"
    extent = extent_of(session, collection)
    told = {
        "id": collection.id,
        "title": collection.title,
        "description": collection.description,
        "itemType": "feature",
        "crs": reference.listed(extent.box, extent.own_systems),
        "storageCrs": reference.CRS84,
        "links": [
            link("self", f"{own}?f=json", JSON, "This collection"),
            link("alternate", f"{own}?f=html", HTML, "This collection as a page"),
            link("items", f"{own}/items?f=json", GEOJSON, "Features"),
            link("items", f"{own}/items?f=html", HTML, "Features as pages"),
            link(_DESCRIBED_BY, f"{own}/schema?f=json", SCHEMA, "What a feature is"),
            link(_QUERYABLES, f"{own}/queryables?f=json", SCHEMA, "What filters may name"),
            link(_TILESETS, f"{own}/tiles", JSON, "Vector tiles"),
            link("license", f"{api_base(request)}/datasets", JSON, "Licences and citations"),
        ],
    }
    shown = _extent(extent)
    return told | ({"extent": shown} if shown else {})


def _extent(extent: Extent) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if extent.box is not None:
        shown["spatial"] = {"bbox": [list(extent.box)], "crs": reference.CRS84}
    if extent.first is not None or extent.last is not None:
        ends = [
            None if day is None else f"{day.isoformat()}T{clock}Z"
            for day, clock in ((extent.first, "00:00:00"), (extent.last, "23:59:59"))
        ]
        shown["temporal"] = {"interval": [ends], "trs": _GREGORIAN}
    return shown
