"""Guideline values: which one applies to a place, and why."""

from app.services.guidelines.own import MAX_BYTES, load_framework, withdraw_framework
from app.services.guidelines.registry import (
    Wanted,
    as_row,
    check_place,
    find_framework,
    get_guideline,
    get_offered,
    list_frameworks,
    list_guidelines,
    resolve_for,
)
from app.services.guidelines.resolver import Resolution, resolve, rows_of_place
from app.services.guidelines.rows import LAND_USES, TIERS, Guideline, Place

__all__ = [
    "LAND_USES",
    "MAX_BYTES",
    "TIERS",
    "Guideline",
    "Place",
    "Resolution",
    "Wanted",
    "as_row",
    "check_place",
    "find_framework",
    "get_guideline",
    "get_offered",
    "list_frameworks",
    "list_guidelines",
    "load_framework",
    "resolve",
    "resolve_for",
    "rows_of_place",
    "withdraw_framework",
]
