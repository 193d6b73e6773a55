"""Which properties filters and orders may name, and of what kind they are."""

from typing import Any

from app.services.features.collections import Collection
from app.services.features.kinds import kind_of

GEOMETRY = "geometry"
# What the names mean, where the name alone does not say it.
_MEANING = {
    "contaminant": "Code of the contaminant, for example pb",
    "contaminants": "Codes of contaminants",
    "value": "Concentration; none where only a limit is known",
    "censoring": "none, left (below detection_limit) or right (above it)",
    "detection_limit": "The limit that the concentration lies below or above",
    "unit": "Unit of value and limits",
    "basis": "Of what mass: dry, wet or unstated",
    "extraction": "How it was brought into solution",
    "fraction": "Which grains",
    "depth_upper_cm": "Upper end of the depth interval in cm",
    "depth_lower_cm": "Lower end of the depth interval in cm",
    "sampled_from": "First day of sampling",
    "sampled_to": "Last day of sampling",
    "dataset": "Id of the data set",
    "confidence": "Class of the hotspot",
    "area_m2": "Area in square metres",
    "operating_from": "Year it began to work",
    "operating_to": "Year it ceased to work",
    "positional_accuracy_m": "How exactly it is placed, in metres",
}


def queryable_properties(collection: Collection) -> dict[str, str]:
    """Return the kinds of the properties that a filter may name; objects are shown only."""
    kinds = {name: kind_of(expression) for name, expression in collection.properties.items()}
    return {name: kind for name, kind in kinds.items() if kind != "object"}


def queryables(collection: Collection, address: str) -> dict[str, Any]:
    """Return the queryables of a collection as a JSON Schema."""
    properties: dict[str, Any] = {
        GEOMETRY: {
            "title": "Where it lies",
            "x-ogc-role": "primary-geometry",
            "format": "geometry-any",
        }
    }
    for name in queryable_properties(collection):
        properties[name] = queryable_schema(collection, name)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address,
        "type": "object",
        "title": collection.title,
        "properties": properties,
        "additionalProperties": False,
    }


def feature_schema(collection: Collection, address: str) -> dict[str, Any]:
    """Return what a feature of a collection is, as a JSON Schema.

    Programs such as GDAL else guess the types of its properties from a few features, and cut a
    number's decimals off where those few have none.
    """
    told = {name: queryable_schema(collection, name) for name in queryable_properties(collection)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address,
        "type": "object",
        "title": collection.title,
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"type": "string"},
            "geometry": {"title": "Where it lies", "type": "object"},
            "properties": {"type": "object", "properties": told},
        },
    }


def queryable_schema(collection: Collection, name: str) -> dict[str, Any]:
    """Return the JSON Schema of a property that a filter may name."""
    title = _MEANING.get(name, name.replace("_", " "))
    return {"title": title} | _schema(kind_of(collection.properties[name]))


def _schema(kind: str) -> dict[str, Any]:
    if kind in {"date", "date-time"}:
        return {"type": "string", "format": kind}
    if kind == "array":
        return {"type": "array", "items": {"type": "string"}}
    return {"type": kind}
