"""What somebody asks for: a definition, on a surface, against a value."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from app.errors import InvalidRequest
from app.services.guidelines.background import BackgroundOrder
from app.services.guidelines.rows import Place


@dataclass(frozen=True)
class HotspotOrder:
    """Hotspots of one contaminant.

    `surface` is an id; the contaminant's latest when absent. The value comes from `guideline`,
    the id of a guideline value, is chosen for what is known of a `place`, is the local
    `background`, or is stated as `threshold` in the surface's unit.
    `extraction_note` says why the samples' extraction may be compared with the guideline's.
    """

    contaminant: str
    definition: str = "exceedance"
    surface: str | None = None
    guideline: str | None = None
    place: Place | None = None
    background: BackgroundOrder | None = None
    threshold: float | None = None
    q: float = 0.8
    extraction_note: str | None = None
    accept_unverified: bool = False

    @classmethod
    def from_json(cls, parameters: dict[str, Any]) -> "HotspotOrder":
        """Read an order back from a job's parameters."""
        known = {field.name for field in fields(cls)}
        chosen = {name: value for name, value in parameters.items() if name in known}
        place = chosen.get("place")
        if isinstance(place, dict):
            said = {name: value for name, value in place.items() if value is not None}
            chosen["place"] = Place(**said)
        background = chosen.get("background")
        if isinstance(background, dict):
            chosen["background"] = BackgroundOrder.from_json(background)
        return cls(**chosen)

    def to_json(self) -> dict[str, Any]:
        """Return the order as JSON."""
        return asdict(self)

    def check(self) -> None:
        """Refuse what cannot be meant.

        Raises
        ------
        InvalidRequest
            With the parameter.
        """
        stated = [self.guideline, self.place, self.background, self.threshold]
        if sum(value is not None for value in stated) != 1:
            raise InvalidRequest(
                "Name either a guideline value (guideline=ID, see GET /api/guidelines), what is "
                "known of the place (framework or country, land use, …), a background or a "
                "threshold of your own, not both.",
                parameter="guideline",
            )
        if self.place is not None:
            self.place.check()
        if self.background is not None:
            self.background.check()
        if self.threshold is not None and not 0 < self.threshold < float("inf"):
            raise InvalidRequest("threshold must be above 0.", parameter="threshold")
        if not 0 < self.q < 1:
            raise InvalidRequest("q lies between 0 and 1, for example 0.8.", parameter="q")
