"""What a surface is held against: a threshold, or a guideline value of the registry."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.db.models import GuidelineValue, Surface
from app.errors import InvalidRequest, Unprocessable
from app.services.guidelines.extraction import is_comparable
from app.services.guidelines.registry import get_offered


@dataclass(frozen=True)
class Against:
    """A concentration in the surface's unit, and where it comes from; neither where not asked."""

    threshold: float | None = None
    label: str | None = None
    guideline: dict[str, Any] | None = None


def against_threshold(surface: Surface, threshold: float | None) -> Against:
    """Return a threshold that was stated, or nothing where none was.

    Raises
    ------
    InvalidRequest
        One of nothing.
    """
    if threshold is None:
        return Against()
    if threshold <= 0:
        raise InvalidRequest("threshold must be above 0.", parameter="threshold")
    return Against(threshold, f"{threshold:.15g} {surface.unit}")


def find_against(
    session: Session, surface: Surface, threshold: float | None, guideline_id: str | None
) -> Against:
    """Return what a caller named.

    Raises
    ------
    InvalidRequest
        Both at once, or a threshold of nothing.
    NotFound
        No such guideline value.
    Unprocessable
        One of another contaminant or unit.
    """
    if guideline_id is None:
        return against_threshold(surface, threshold)
    if threshold is not None:
        raise InvalidRequest(
            "Name a threshold or a guideline value, not both.", parameter="guideline"
        )
    value = get_offered(session, guideline_id)
    if value.contaminant != surface.contaminant:
        raise Unprocessable(
            f"The guideline value {value.id} is one of {value.contaminant}, the surface is one of "
            f"{surface.contaminant}."
        )
    if value.unit != surface.unit:
        raise Unprocessable(
            f"The guideline value is in {value.unit}, the surface in {surface.unit}."
        )
    named = " ".join(part for part in (value.framework, value.tier_local) if part)
    label = f"{value.value:.15g} {value.unit} ({named})"
    return Against(value.value, label, _told(value, surface))


def _told(value: GuidelineValue, surface: Surface) -> dict[str, Any]:
    """Return what a reader needs to judge the comparison."""
    found = surface.card["extractions"]
    compared = {is_comparable(value.basis, value.contaminant, name) for name in found}
    return {
        "id": value.id,
        "framework": value.framework,
        "land_use": value.land_use,
        "tier": value.tier,
        "verified": value.verified,
        "basis": value.basis,
        "extractions": sorted(found),
        # None where the value or the samples do not say how they were extracted.
        "is_comparable": compared.pop() if len(compared) == 1 else None,
        # Some laws correct the value for clay and organic matter, which a surface does not know.
        "is_corrected_for_soil": False if value.correction_formula else None,
    }
