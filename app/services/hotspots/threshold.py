"""Which value a layer is held against, and whether the two may be compared."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from app.db.models import GuidelineValue, Surface
from app.errors import Unprocessable
from app.services.guidelines import Place, get_guideline, get_offered, resolve_for
from app.services.guidelines.background import (
    BackgroundOrder,
    BackgroundValue,
    background_value,
)
from app.services.guidelines.extraction import accepted_by, is_comparable
from app.services.hotspots.order import HotspotOrder
from app.services.registries import find_contaminant
from app.services.surfaces.order import SurfaceOrder

_NOT_STATED = "not stated"


@dataclass(frozen=True)
class Threshold:
    """A concentration in the surface's unit, the guideline value it comes from, and why that."""

    value: float
    guideline: GuidelineValue | None = None
    choice: dict[str, Any] | None = None
    background: BackgroundValue | None = None

    @property
    def asked(self) -> dict[str, Any] | None:
        """What it was chosen for or worked out from: part of what tells two requests apart."""
        if self.background is not None:
            return self.background.facts
        return None if self.choice is None else {"place": self.choice["place"]}

    @property
    def dataset_ids(self) -> tuple[int, ...]:
        """The data sets it rests on."""
        return () if self.background is None else self.background.dataset_ids

    @property
    def guideline_id(self) -> str | None:
        """The guideline value's id."""
        return None if self.guideline is None else self.guideline.id

    @property
    def sentence(self) -> str:
        """What the value is, for a reason."""
        if self.background is not None:
            return self.background.sentence
        if self.guideline is None:
            return "a threshold stated by the user"
        value = self.guideline
        named = " ".join(part for part in (value.framework, value.tier_local) if part)
        named = f"{named} ({value.soil_texture})" if value.soil_texture else named
        if self.choice is None:
            return named
        because = "; ".join(fact["sentence"] for fact in self.choice["facts"])
        return f"{named}, because {because}" if because else named

    def card(self) -> dict[str, Any]:
        """What the layer's card tells of it: the value, its kind, and why it was chosen."""
        kind = "stated" if self.guideline is None else "guideline"
        if self.background is not None:
            return {"value": self.value, "kind": "background", "background": self.background.facts}
        return {"value": self.value, "kind": kind, "choice": self.choice}


@dataclass(frozen=True)
class Measured:
    """The results a value is held against."""

    contaminant: str
    unit: str
    extractions: frozenset[str]
    order: SurfaceOrder
    # Values of private frameworks are the operator's to use.
    with_private: bool = True

    @classmethod
    def of_surface(cls, surface: Surface) -> "Measured":
        """Return what a surface was made of."""
        extractions = frozenset(surface.card["extractions"])
        order = SurfaceOrder.from_json(surface.card["order"])
        return cls(surface.contaminant, surface.unit, extractions, order)


def resolve_threshold(session: Session, order: HotspotOrder, surface: Surface) -> Threshold:
    """Return the value an order names, for a surface; see `resolve_value`."""
    return resolve_value(session, order, Measured.of_surface(surface))


def resolve_value(session: Session, order: HotspotOrder, measured: Measured) -> Threshold:
    """Return the value an order names.

    Raises
    ------
    NotFound
        No such guideline value, framework or country.
    Unprocessable
        One of another contaminant or unit, a withdrawn or unverified one, or one whose extraction
        differs from the samples' without a note that accepts it; or none that applies to the
        place, with what has to be stated.
    """
    if order.place is not None:
        threshold = _chosen_for(session, order, order.place, measured)
    elif order.guideline is not None:
        get = get_guideline if measured.with_private else get_offered
        guideline = get(session, order.guideline)
        threshold = Threshold(guideline.value, guideline)
    elif order.background is not None:
        return _background(session, order.background, measured)
    else:
        assert order.threshold is not None  # noqa: S101 - HotspotOrder.check
        return Threshold(order.threshold)
    assert threshold.guideline is not None  # noqa: S101 - both ways above name one
    _check_guideline(threshold.guideline, order, measured)
    _check_extraction(threshold.guideline, order, measured)
    return threshold


def _background(session: Session, order: BackgroundOrder, measured: Measured) -> Threshold:
    contaminant = find_contaminant(session, measured.contaminant)
    found = background_value(session, order, measured.order, contaminant)
    return Threshold(found.value, background=found)


def _chosen_for(
    session: Session, order: HotspotOrder, place: Place, measured: Measured
) -> Threshold:
    wanted = _as_known_of(order, place, measured)
    contaminant = find_contaminant(session, measured.contaminant)
    found = resolve_for(session, contaminant, wanted, with_private=measured.with_private)
    if found.row is None or found.value is None:
        answer = found.to_json()
        raise Unprocessable(
            found.sentence,
            status_of_guideline=found.status,
            needs=answer["needs"],
            candidates=answer["candidates"],
        )
    choice = {"place": wanted.to_json()} | found.to_json()
    return Threshold(found.value, get_guideline(session, found.row.id), choice)


def _as_known_of(order: HotspotOrder, place: Place, measured: Measured) -> Place:
    """Add what the samples themselves tell: one extraction, one depth."""
    known = replace(place, accept_unverified=order.accept_unverified)
    if place.depth_upper_cm is None and place.depth_lower_cm is None:
        known = replace(
            known,
            depth_upper_cm=measured.order.depth_upper_cm,
            depth_lower_cm=measured.order.depth_lower_cm,
        )
    stated = set(measured.extractions) - {_NOT_STATED}
    # Whoever writes down why another extraction may be used is not to be refused for it.
    if place.extraction is None and len(stated) == 1 and order.extraction_note is None:
        known = replace(known, extraction=stated.pop())
    return known


def _check_guideline(guideline: GuidelineValue, order: HotspotOrder, measured: Measured) -> None:
    if guideline.contaminant != measured.contaminant:
        raise Unprocessable(
            f"The guideline value {guideline.id} is one of {guideline.contaminant}, the surface is "
            f"one of {measured.contaminant}."
        )
    if guideline.unit != measured.unit:
        raise Unprocessable(
            f"The guideline value is in {guideline.unit}, the surface in {measured.unit}."
        )
    if guideline.withdrawn_at is not None:
        raise Unprocessable(
            f"The guideline value {guideline.id} was withdrawn from the registry on "
            f"{guideline.withdrawn_at:%Y-%m-%d}. Choose one that is offered: GET /api/guidelines."
        )
    if not guideline.verified and not order.accept_unverified:
        raise Unprocessable(
            f"No text was found that shows the value {guideline.id} (verification: "
            f"{guideline.verification}). Choose a verified one, or say accept_unverified."
        )


def _check_extraction(guideline: GuidelineValue, order: HotspotOrder, measured: Measured) -> None:
    if order.extraction_note is not None:
        return
    if not accepted_by(guideline.basis, guideline.contaminant):
        return  # the framework names none; the answer of the resolver says so
    found = set(measured.extractions)
    compared = [is_comparable(guideline.basis, guideline.contaminant, name) for name in found]
    if _NOT_STATED not in found and compared and all(compared):
        return
    stated = ", ".join(sorted(found - {_NOT_STATED})) or _NOT_STATED
    raise Unprocessable(
        f"The guideline value is one of '{guideline.basis}'; the samples' extraction is {stated}. "
        "The two may not be comparable. Say in extraction_note why they are, and the layer will "
        "show it."
    )
