"""Guideline values: which one applies to a place, and why."""

from app.services.guidelines.registry import (
    as_row,
    find_framework,
    get_guideline,
    list_frameworks,
    list_guidelines,
    resolve_for,
)
from app.services.guidelines.resolver import Resolution, resolve, rows_of_place
from app.services.guidelines.rows import LAND_USES, TIERS, Guideline, Place

__all__ = [
    "LAND_USES",
    "TIERS",
    "Guideline",
    "Place",
    "Resolution",
    "as_row",
    "find_framework",
    "get_guideline",
    "list_frameworks",
    "list_guidelines",
    "resolve",
    "resolve_for",
    "rows_of_place",
]
