"""What somebody asks for: a definition with its parameters, on evidence, against a value."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from shapely.geometry.base import BaseGeometry

from app.errors import InvalidRequest
from app.services.guidelines.background import BackgroundOrder
from app.services.guidelines.rows import Place
from app.services.hotspots.component import Component, read_value
from app.services.surfaces.order import SurfaceOrder, read_outline
from spatial.errors import SpatialError
from spatial.hotspots.contract import Definition, JointDefinition
from spatial.hotspots.registry import DefinitionEntry, get_definition

# Of a selection of samples; what else an order of a surface has is the surface's.
SELECTION_FIELDS = (
    "datasets",
    "depth_upper_cm",
    "depth_lower_cm",
    "depth_rule",
    "sampled_from",
    "sampled_to",
    "extraction",
    "fraction",
    "include_unknown",
    "epsg",
    "cell_size",
)
MOST_PARCELS = 10_000


@dataclass(frozen=True)
class HotspotOrder:
    """Hotspots of one contaminant, or of several at once.

    A definition that looks at several has them in `contaminants`, each with its own surface and
    value; `place` and `background` choose the value of those that name none.

    `parameters` are those of the definition. `surface` is an id; the contaminant's latest that can
    answer when absent. A definition on samples takes those of `surface`, or those that `samples`
    selects (with the plane and the cell size of its grid), or all public ones.

    Where the definition takes a threshold, it comes from `guideline`, the id of a guideline value,
    is chosen for what is known of a `place`, is the local `background`, or is stated as `threshold`
    in the surface's unit.
    `extraction_note` says why the samples' extraction may be compared with the guideline's.
    `q` is another name of the parameter `likely`; where it is so low that it leaves no room, the
    classes below begin in proportion. Polygons below `least_area_m2` are left out.
    """

    contaminant: str = ""
    definition: str = "exceedance"
    parameters: dict[str, Any] = field(default_factory=dict)
    surface: str | None = None
    samples: dict[str, Any] | None = None
    guideline: str | None = None
    place: Place | None = None
    background: BackgroundOrder | None = None
    threshold: float | None = None
    q: float | None = None
    least_area_m2: float = 0.0
    extraction_note: str | None = None
    accept_unverified: bool = False
    contaminants: tuple[Component, ...] = ()

    @classmethod
    def from_json(cls, parameters: Mapping[str, Any]) -> "HotspotOrder":
        """Read an order back from a job's parameters."""
        known = {field.name for field in fields(cls)}
        chosen = {name: value for name, value in parameters.items() if name in known}
        chosen |= read_value(parameters)
        chosen["contaminant"] = chosen.get("contaminant") or ""
        chosen["contaminants"] = tuple(map(Component.from_json, chosen.get("contaminants") or ()))
        chosen["parameters"] = dict(chosen.get("parameters") or {})
        return cls(**chosen)

    def to_json(self) -> dict[str, Any]:
        """Return the order as JSON."""
        return asdict(self)

    def asked(self) -> dict[str, Any]:
        """Return what the order means: equal orders are equal here, however they were said."""
        told = self.to_json() | {"parameters": self.complete()}
        del told["q"]
        if not self.contaminants:
            del told["contaminants"]
        if self.samples is not None:
            told["samples"] = self.selection().to_json()
            del told["samples"]["contaminant"]  # named above, perhaps by another of its names
        return told

    @property
    def entry(self) -> DefinitionEntry:
        """The definition's entry in the registry."""
        try:
            return get_definition(self.definition)
        except SpatialError as error:
            raise InvalidRequest(str(error), parameter="definition") from error

    @property
    def looks_at(self) -> str:
        """A surface's bands, or samples alone."""
        return self.entry.looks_at(self.complete())

    def complete(self) -> dict[str, Any]:
        """Return all parameters of the definition that have a value."""
        given = dict(self.parameters)
        if self.q is not None:
            if given.get("likely") not in {None, self.q}:
                raise InvalidRequest("q and likely are the same: state one of them.", parameter="q")
            given = _below(self.q) | given | {"likely": self.q}
        try:
            return self.entry.complete(given)
        except SpatialError as error:
            raise InvalidRequest(str(error), parameter="parameters") from error

    def create(self, threshold: float | None, parcels: list[BaseGeometry]) -> Definition:
        """Return the definition, with parcels on the plane of the evidence."""
        given = self.complete()
        if "parcels" in given:
            given["parcels"] = parcels
        try:
            return self.entry.create(given, threshold)
        except SpatialError as error:
            raise InvalidRequest(str(error), parameter="parameters") from error

    def create_joint(self, thresholds: Sequence[float]) -> JointDefinition:
        """Return the definition of several contaminants, with a threshold for each."""
        try:
            return self.entry.create_joint(self.complete(), thresholds)
        except SpatialError as error:
            raise InvalidRequest(str(error), parameter="parameters") from error

    @property
    def takes_several(self) -> bool:
        """Whether the definition looks at several contaminants at once."""
        return self.entry.takes_several

    def parts(self) -> tuple["HotspotOrder", ...]:
        """Return what is asked of each contaminant: its surface and its value."""
        if not self.takes_several:
            return (self,)
        return tuple(self._part(one) for one in self.contaminants)

    def _part(self, one: Component) -> "HotspotOrder":
        chosen_for_all = not one.has_value
        return HotspotOrder(
            contaminant=one.contaminant,
            surface=one.surface,
            guideline=one.guideline,
            place=self.place if chosen_for_all else one.place,
            background=self.background if chosen_for_all else one.background,
            threshold=one.threshold,
            extraction_note=one.extraction_note or self.extraction_note,
            accept_unverified=self.accept_unverified,
        )

    def parcels(self) -> list[BaseGeometry]:
        """Return the parcels in longitude and latitude."""
        drawn = self.parameters.get("parcels")
        if drawn is None:
            return []
        if not isinstance(drawn, list) or not 1 <= len(drawn) <= MOST_PARCELS:
            raise InvalidRequest(
                f"parcels is a list of GeoJSON polygons in degrees, at most {MOST_PARCELS:,}.",
                parameter="parameters",
            )
        return [read_outline(parcel) for parcel in drawn]

    def selection(self) -> SurfaceOrder:
        """Return which samples a definition on samples looks at, and on which grid."""
        said = {name: value for name, value in (self.samples or {}).items() if value is not None}
        unknown = sorted(set(said) - set(SELECTION_FIELDS))
        if unknown:
            raise InvalidRequest(
                f"samples takes no {unknown[0][:80]}; it takes: {', '.join(SELECTION_FIELDS)}.",
                parameter="samples",
            )
        # Zeros have no logarithm: they are left out and counted where logarithms are compared.
        scores = self.complete().get("scores")
        transform = "ln" if scores == "ln" else "none"
        return SurfaceOrder.from_json(
            {"contaminant": self.contaminant, "transform": transform} | said
        )

    def check(self) -> None:
        """Refuse what cannot be meant.

        Raises
        ------
        InvalidRequest
            With the parameter.
        """
        if self.takes_several:
            self._check_several()
            return
        if self.contaminants:
            raise InvalidRequest(
                f"The definition {self.definition} looks at one contaminant: state contaminant, or "
                "ask for coexistence.",
                parameter="contaminants",
            )
        if not self.contaminant:
            raise InvalidRequest("Name the contaminant.", parameter="contaminant")
        self._check_value()
        self._check_samples()
        self._check_least_area()
        self.create(1.0 if self.entry.takes_threshold else None, self.parcels())

    def _check_several(self) -> None:
        """Refuse contaminants that are too few or too many, or without a value."""
        fewest, most = self.entry.contaminants
        count = len(self.contaminants)
        if not fewest <= count <= most:
            raise InvalidRequest(
                f"The definition {self.definition} looks at {fewest} to {most} contaminants; got "
                f"{count}. Name each in contaminants (of the command: repeat --contaminant).",
                parameter="contaminants",
            )
        common = (self.contaminant, self.surface, self.guideline, self.threshold, self.samples)
        if any(common):
            raise InvalidRequest(
                f"Of {self.definition} surface, guideline and threshold belong to each contaminant:"
                ' "contaminants": [{"contaminant": "zn", "threshold": 200}, …], or --threshold '
                "zn=200.",
                parameter="contaminants",
            )
        for part in self.parts():
            if not part.has_value:
                raise InvalidRequest(
                    f"There is no threshold for {part.contaminant[:80]}: state its threshold or "
                    "guideline, or a place (framework or country, land use, …) or background for "
                    "all.",
                    parameter="contaminants",
                )
            part.check()
        self._check_least_area()
        self.create_joint([1.0] * count)

    def _check_least_area(self) -> None:
        if not 0.0 <= self.least_area_m2 < float("inf"):
            raise InvalidRequest("least_area_m2 is 0 or more.", parameter="least_area_m2")

    @property
    def has_value(self) -> bool:
        """Whether it names a value to be held against."""
        return self._values() > 0

    def _values(self) -> int:
        """Return how many values the order names to be held against."""
        stated = (self.guideline, self.place, self.background, self.threshold)
        return sum(value is not None for value in stated)

    def _check_value(self) -> None:
        count = self._values()
        if not self.entry.takes_threshold:
            if count:
                raise InvalidRequest(
                    f"The definition {self.definition} says nothing of a guideline value: leave "
                    "guideline, threshold, framework and land use out, or ask for exceedance.",
                    parameter="guideline",
                )
            return
        if count != 1:
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

    def _check_samples(self) -> None:
        if self.samples is None:
            return
        if self.surface is not None:
            raise InvalidRequest(
                "A surface has samples of its own: state surface or samples, not both.",
                parameter="samples",
            )
        if self.looks_at != "samples":
            raise InvalidRequest(
                f"The definition {self.definition} looks at a surface, which has samples of its "
                "own: leave samples out.",
                parameter="samples",
            )
        self.selection().check()


def _below(q: float) -> dict[str, float]:
    """Return where the lower classes begin when only `likely` is stated, and low."""
    return {"possible": q * 0.625, "cannot_be_ruled_out": q * 0.25} if q <= 0.5 else {}
