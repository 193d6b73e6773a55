"""Which value a layer is held against, and whether the two may be compared."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.db.models import GuidelineValue, Surface
from app.errors import Unprocessable
from app.services.hotspots.order import HotspotOrder
from app.services.registries import get_guideline

_NOT_STATED = "not stated"


@dataclass(frozen=True)
class Threshold:
    """A concentration in the surface's unit, and the guideline value it comes from."""

    value: float
    guideline: GuidelineValue | None

    @property
    def sentence(self) -> str:
        """What the value is, for a reason."""
        if self.guideline is None:
            return "a threshold stated by the user"
        value = self.guideline
        named = " ".join(part for part in (value.framework, value.tier_local) if part)
        return f"{named} ({value.soil_texture})" if value.soil_texture else named


def resolve_threshold(session: Session, order: HotspotOrder, surface: Surface) -> Threshold:
    """Return the value an order names.

    Raises
    ------
    NotFound
        No such guideline value.
    Unprocessable
        One of another contaminant or unit, an unverified one, or one whose extraction differs
        from the samples' without a note that accepts it.
    """
    if order.guideline is None:
        assert order.threshold is not None  # noqa: S101 - HotspotOrder.check
        return Threshold(order.threshold, None)
    guideline = get_guideline(session, order.guideline)
    if guideline.contaminant != surface.contaminant:
        raise Unprocessable(
            f"The guideline value {guideline.id} is one of {guideline.contaminant}, the surface is "
            f"one of {surface.contaminant}."
        )
    if guideline.unit != surface.unit:
        raise Unprocessable(
            f"The guideline value is in {guideline.unit}, the surface in {surface.unit}."
        )
    if not guideline.verified and not order.accept_unverified:
        raise Unprocessable(
            f"No text was found that shows the value {guideline.id} (verification: "
            f"{guideline.verification}). Choose a verified one, or say accept_unverified."
        )
    _check_extraction(guideline, order, surface)
    return Threshold(guideline.value, guideline)


def _check_extraction(guideline: GuidelineValue, order: HotspotOrder, surface: Surface) -> None:
    wanted = guideline.basis
    found = set(surface.card["extractions"])
    if not wanted or order.extraction_note is not None or found == {wanted}:
        return
    stated = ", ".join(sorted(found - {_NOT_STATED})) or _NOT_STATED
    raise Unprocessable(
        f"The guideline value is one of '{wanted}'; the samples' extraction is {stated}. The two "
        "may not be comparable. Say in extraction_note why they are, and the layer will show it."
    )
