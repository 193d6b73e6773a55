"""A guideline value and a place, as the resolver sees them: plain records, no database."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from app.errors import InvalidRequest

LAND_USES = ("agricultural", "residential", "parkland", "commercial", "industrial", "any")
TIERS = ("background", "target", "threshold", "screening", "intervention")


@dataclass(frozen=True)
class Guideline:
    """One number of one framework; the columns are those of the registry."""

    id: str
    framework: str
    contaminant: str
    land_use: str
    tier: str
    value: float
    unit: str
    verified: bool
    verification: str
    legal_name: str = ""
    country: str | None = None
    region: str | None = None
    year: int | None = None
    tier_local: str | None = None
    value_max: float | None = None
    basis: str | None = None
    ph_min: float | None = None
    ph_max: float | None = None
    crop: str | None = None
    soil_texture: str | None = None
    clay_pct: str | None = None
    om_or_toc_pct: str | None = None
    depth_cm: str | None = None
    receptor: str | None = None
    correction_formula: str | None = None
    status: str | None = None
    source_table: str | None = None
    source_url: str | None = None
    checked_in: str | None = None
    note: str | None = None

    @classmethod
    def of(cls, columns: Mapping[str, Any]) -> "Guideline":
        """Take the known columns of a row."""
        return cls(**{f.name: columns[f.name] for f in fields(cls) if f.name in columns})

    @property
    def land_uses(self) -> tuple[str, ...]:
        """The land uses it is meant for."""
        return tuple(part.strip() for part in self.land_use.split(";"))

    @property
    def tier_name(self) -> str:
        """The nation's own name of the tier, else ours."""
        return self.tier_local or self.tier

    @property
    def citation(self) -> str:
        """The legal text and the table in it."""
        return ", ".join(part for part in (self.legal_name, self.source_table) if part)


@dataclass(frozen=True)
class Place:
    """What is known of a place, and what is wanted of the framework; None is not known.

    Shares are per cent of dry mass, depths centimetres. `receptor` "none" asks for a value that
    names no receptor. The `accept_` and `range_end` members are what the caller insists on.
    """

    framework: str | None = None
    country: str | None = None
    region: str | None = None
    land_use: str | None = None
    tier: str | None = None
    receptor: str | None = None
    ph: float | None = None
    crop: str | None = None
    soil_texture: str | None = None
    clay: float | None = None
    organic_matter: float | None = None
    organic_carbon: float | None = None
    depth_upper_cm: float | None = None
    depth_lower_cm: float | None = None
    extraction: str | None = None
    range_end: str | None = None
    accept_unverified: bool = False
    accept_not_in_force: bool = False

    def check(self) -> None:
        """Refuse what cannot be meant.

        Raises
        ------
        InvalidRequest
            With the parameter, and what there is instead.
        """
        if self.framework is None and self.country is None:
            raise InvalidRequest(
                "Name a framework (GET /api/guidelines/frameworks lists them) or a country.",
                parameter="framework",
            )
        for name, text, known in (
            ("land_use", self.land_use, LAND_USES),
            ("tier", self.tier, TIERS),
            ("range_end", self.range_end, ("lower", "upper")),
        ):
            if text is not None and text not in known:
                raise InvalidRequest(
                    f"There is no {name} {text[:80]!r}. There are: {', '.join(known)}.",
                    parameter=name,
                )
        for name, most in (
            ("ph", 14.0),
            ("clay", 100.0),
            ("organic_matter", 100.0),
            ("organic_carbon", 100.0),
            ("depth_upper_cm", 1e6),
            ("depth_lower_cm", 1e6),
        ):
            number = getattr(self, name)
            if number is not None and not 0 <= number <= most:
                raise InvalidRequest(f"{name} lies between 0 and {most:g}.", parameter=name)
        upper, lower = self.depth_upper_cm, self.depth_lower_cm
        if upper is not None and lower is not None and upper >= lower:
            raise InvalidRequest(
                "depth_lower_cm must be deeper than depth_upper_cm.", parameter="depth_lower_cm"
            )

    def to_json(self) -> dict[str, Any]:
        """Return what is known, without what is not."""
        known = asdict(self).items()
        return {name: value for name, value in known if value is not None and value is not False}
