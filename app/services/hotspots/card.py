"""The card of a layer."""

from collections.abc import Iterable
from typing import Any

from app.db import ids
from app.services.hotspots.answer import Answer
from app.services.hotspots.evidence import Gathered
from app.services.hotspots.mixture import mixture_card
from app.services.hotspots.task import Part
from spatial.grids import Grid
from spatial.hotspots.contract import CONFIDENCES
from spatial.hotspots.finding import Found

# Of a cross-validation: what tells how far the surface can be trusted.
_SKILL = ("scheme", "count", "rmse", "rmsse", "r_squared", "mean_error")


def card_of(answer: Answer) -> dict[str, Any]:
    """Return the card of a layer: how it was made, of what, and what came of it."""
    order, found = answer.task.order, answer.found
    card: dict[str, Any] = {
        "definition": order.definition,
        "title": order.entry.title,
        "parameters": answer.parameters,
        "count": len(found.hotspots),
        "area_m2": sum(spot.cells.area_m2 for spot in found.hotspots),
        "classes": by_class(
            (spot.reason.confidence, spot.cells.area_m2) for spot in found.hotspots
        ),
        "quantity": found.quantity_name,
        "how": found.notes,
        "polygons": "follow the edges of cells; cells of one class that share an edge are one",
        "least_area_m2": order.least_area_m2,
        "smaller_left_out": found.left_out,
    }
    warnings = [*found.notes.get("warnings", ())]
    parts = [
        evidence_card(part, gathered, found)
        for part, gathered in zip(answer.task.parts, answer.gathered, strict=True)
    ]
    if answer.task.single is not None:
        return card | parts[0] | {"warnings": [*warnings, *parts[0]["warnings"]]}
    return card | mixture_card(answer, parts, warnings)


def evidence_card(part: Part, gathered: Gathered, found: Found) -> dict[str, Any]:
    """Return what one contaminant's evidence is and which value it is held against."""
    surface = part.source.surface
    card: dict[str, Any] = {
        "threshold": None if part.threshold is None else part.threshold.card(),
        "selection_sha256": gathered.inputs_sha256,
        "selection": gathered.selection.counts,
    }
    if surface is None:
        return card | {
            "support": "samples",
            "surface": None,
            "samples": part.order.selection().to_json(),
            "grid": None if gathered.grid is None else _grid_of(gathered.grid),
            "inputs_sha256": gathered.inputs_sha256,
            "cross_validation": None,
            "skill": None,
            "warnings": list(gathered.selection.warnings),
        }
    told = surface.card
    return card | {
        "support": found.notes.get("support", told["support"]),
        "surface": ids.show("surface", surface.uid),
        "surface_array_sha256": surface.array_sha256,
        "inputs_sha256": told["inputs"]["sha256"],
        "cross_validation": told["cross_validation"],
        "skill": _skill(told["cross_validation"], part.value),
        "warnings": list(told["warnings"]),
    }


def _grid_of(grid: Grid) -> dict[str, Any]:
    return {"cell_size": grid.cell_size, "bounds": list(grid.bounds), "epsg": grid.epsg}


def _skill(validated: dict[str, Any] | None, threshold: float | None) -> dict[str, Any] | None:
    """Return what each polygon tells of the surface under it."""
    if validated is None:
        return None
    if "thresholds" in validated:
        figures: list[dict[str, Any]] = validated["thresholds"]
        return next((one for one in figures if one.get("threshold") == threshold), None)
    return {name: validated[name] for name in _SKILL if name in validated}


def by_class(polygons: Iterable[tuple[str, float]]) -> list[dict[str, Any]]:
    """Return count and area of each class that occurs, in the order of the classes."""
    found = list(polygons)
    return [
        {
            "confidence": name,
            "count": sum(one == name for one, _ in found),
            "area_m2": sum(area for one, area in found if one == name),
        }
        for name in CONFIDENCES
        if any(one == name for one, _ in found)
    ]
