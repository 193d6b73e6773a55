"""One contaminant of an order that is one of several."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from app.errors import InvalidRequest
from app.services.guidelines.background import BackgroundOrder
from app.services.guidelines.rows import Place


@dataclass(frozen=True)
class Component:
    """A contaminant, its surface, and the value it is held against.

    `surface` is an id; the latest that can answer when absent. The value comes from `guideline`,
    `place`, `background` or `threshold`; without one the order's place or background chooses it.
    """

    contaminant: str
    surface: str | None = None
    guideline: str | None = None
    place: Place | None = None
    background: BackgroundOrder | None = None
    threshold: float | None = None
    extraction_note: str | None = None

    @property
    def has_value(self) -> bool:
        """Whether it names a value of its own."""
        stated = (self.guideline, self.place, self.background, self.threshold)
        return any(value is not None for value in stated)

    @classmethod
    def from_json(cls, said: Any) -> Self:
        """Read a component: a contaminant's name, or an object.

        Raises
        ------
        InvalidRequest
            What is neither.
        """
        if isinstance(said, str):
            return cls(said)
        known = {field.name for field in fields(cls)}
        if not isinstance(said, Mapping) or not isinstance(said.get("contaminant"), str):
            raise InvalidRequest(
                "contaminants is a list of names, or of objects with the member contaminant.",
                parameter="contaminants",
            )
        chosen = {name: value for name, value in said.items() if name in known}
        return cls(**(chosen | read_value(said)))


def read_value(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the place and the background of an order in JSON, where it has them."""
    read: dict[str, Any] = {}
    place, background = said.get("place"), said.get("background")
    if isinstance(place, dict):
        read["place"] = Place(**{name: v for name, v in place.items() if v is not None})
    if isinstance(background, dict):
        read["background"] = BackgroundOrder.from_json(background)
    return read
