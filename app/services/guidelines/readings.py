"""What frameworks say in words and the registry keeps in `note`: rules the columns cannot hold.

Each rule cites the words of the note it rests on; a test finds the rule whose note is gone.
"""

from dataclasses import dataclass, replace

from app.services.guidelines.rows import Guideline


@dataclass(frozen=True)
class Reading:
    """Narrows the rows of one framework whose national tier begins so."""

    framework: str
    tier_local: str
    note: str
    land_use: str | None = None
    crop: str | None = None


READINGS = (
    Reading(
        "FI_214_2007",
        "alempi ohjearvo",
        "land uses other than industrial/storage/transport",
        land_use="agricultural;residential;parkland;commercial",
    ),
    Reading(
        "PL_2016_1395",
        "group III",
        "forest, wooded land, wasteland, unmanaged green",
        crop="forest/wasteland/unmanaged green",
    ),
)

# Classes are `ph_min < pH <= ph_max`; the rows of these include both ends (86/278/EEC, Annex I A).
BOTH_ENDS_INCLUDED = frozenset({"EU_86_278_EEC"})


@dataclass(frozen=True)
class TextureStep:
    """In acid soil the value of the next lighter soil texture applies."""

    framework: str
    below_ph: dict[str, float]
    lighter: dict[str, str]
    note: str


TEXTURE_STEPS = (
    TextureStep(
        "DE_BBODSCHV_2021",
        {"pb": 5.0, "cd": 6.0, "ni": 6.0, "zn": 6.0},
        {"clay": "loam/silt", "loam/silt": "sand"},
        "clay soils take the loam value (analogous step for loam)",
    ),
)


@dataclass(frozen=True)
class AcidValue:
    """A row whose value is another one in acid soil."""

    id: str
    below_ph: float
    value: float
    note: str


ACID_VALUES = (AcidValue("DE_BBODSCHV_2021-0908", 5.0, 15.0, "15 where soil pH <5"),)


def read(row: Guideline) -> Guideline:
    """Return the row as its framework's words narrow it."""
    for reading in READINGS:
        if row.framework == reading.framework and (row.tier_local or "").startswith(
            reading.tier_local
        ):
            return replace(
                row,
                land_use=reading.land_use or row.land_use,
                crop=reading.crop or row.crop,
            )
    return row


def texture_step(row: Guideline) -> tuple[TextureStep, float] | None:
    """Return the step that holds for a row, with the pH below which it is taken."""
    for step in TEXTURE_STEPS:
        limit = step.below_ph.get(row.contaminant)
        if row.framework == step.framework and row.soil_texture and limit is not None:
            return step, limit
    return None


def acid_value(row: Guideline) -> AcidValue | None:
    """Return the other value a row has in acid soil."""
    return next((value for value in ACID_VALUES if value.id == row.id), None)
