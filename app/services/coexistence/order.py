"""What somebody asks for: contaminants, each with its value, at which samples."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from app.errors import InvalidRequest
from app.services.guidelines import Place, get_offered
from app.services.hotspots.batch import Variations, expand_values
from app.services.hotspots.component import Component
from app.services.hotspots.order import HotspotOrder
from app.services.surfaces.order import SurfaceOrder
from spatial.mixtures.groups import MOST_IN_GROUPS

FEWEST = 2


@dataclass(frozen=True)
class CoexistenceOrder:
    """Contaminants at sampled places, each held against a value of its own.

    Values come from `thresholds` (by contaminant), from `guidelines` (ids, each of its own
    contaminant), or are chosen for the `place`. `samples` selects results: data sets, depth,
    period, extraction, fraction, as for a surface.
    """

    contaminants: tuple[str, ...]
    samples: SurfaceOrder
    thresholds: tuple[tuple[str, float], ...] = ()
    guidelines: tuple[str, ...] = ()
    place: Place | None = None
    extraction_note: str | None = None
    accept_unverified: bool = False

    def parts(self, session: Session, *, with_private: bool) -> tuple[HotspotOrder, ...]:
        """Return for each contaminant which value it is held against.

        Without `with_private` a value of a private framework is one that does not exist.

        Raises
        ------
        InvalidRequest, NotFound
            Too few or too many, one without a value, or names that do not exist.
        """
        if not with_private:
            for guideline in self.guidelines:
                get_offered(session, guideline)
        whole = HotspotOrder(
            definition="coexistence",
            contaminants=tuple(Component(name, threshold=value) for name, value in self.thresholds),
            place=self.place,
            extraction_note=self.extraction_note,
            accept_unverified=self.accept_unverified,
        )
        over = Variations(contaminants=self.contaminants, guidelines=self.guidelines)
        parts = expand_values(session, whole, over).parts()
        if not FEWEST <= len(parts) <= MOST_IN_GROUPS:
            raise InvalidRequest(
                f"Coexistence is one of {FEWEST} to {MOST_IN_GROUPS} contaminants; got "
                f"{len(parts)}. Name each: contaminant=zn&contaminant=pb (of the command: repeat "
                "--contaminant).",
                parameter="contaminant",
            )
        for part in parts:
            if not part.has_value:
                raise InvalidRequest(
                    f"There is no threshold for {part.contaminant[:80]}: state "
                    f"threshold={part.contaminant[:80]}=VALUE, a guideline, or a place (framework "
                    "or country, land use, …) for all.",
                    parameter="threshold",
                )
            part.check()
        return parts

    def selection(self, contaminant: str) -> SurfaceOrder:
        """Return which results of a contaminant are looked at."""
        return replace(self.samples, contaminant=contaminant)


def read_thresholds(pairs: list[str]) -> tuple[tuple[str, float], ...]:
    """Return what was stated as NAME=VALUE.

    Raises
    ------
    InvalidRequest
        What is not of that form, or stated twice.
    """
    found: dict[str, float] = {}
    for pair in pairs:
        name, _, text = (part.strip() for part in pair.partition("="))
        try:
            value = float(text)
        except ValueError:
            value = 0.0
        if not name or not 0.0 < value < float("inf") or name in found:
            raise InvalidRequest(
                f"threshold takes NAME=VALUE above 0, once for each contaminant, such as zn=200; "
                f"got {pair[:80]!r}.",
                parameter="threshold",
            )
        found[name] = value
    return tuple(found.items())


def read_samples(said: dict[str, Any]) -> SurfaceOrder:
    """Return the selection of samples that was stated.

    Raises
    ------
    InvalidRequest
        What cannot be meant.
    """
    known = {name: value for name, value in said.items() if value is not None}
    order = SurfaceOrder.from_json({"contaminant": "", "transform": "none"} | known)
    order.check()
    return order
