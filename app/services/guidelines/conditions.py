"""The conditions of one guideline value, each held against what is known of a place."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from app.services.guidelines.extraction import is_comparable
from app.services.guidelines.readings import BOTH_ENDS_INCLUDED, acid_value, texture_step
from app.services.guidelines.rows import Guideline, Place

# Organic matter holds 58 % carbon by convention (van Bemmelen).
CARBON_OF_ORGANIC_MATTER = 1 / 1.724


@dataclass(frozen=True)
class Verdict:
    """What one condition says: it fits, excludes the value, or cannot be decided.

    `field` is what has to be stated where it cannot; `is_silent` marks what needs no word.
    """

    state: Literal["fits", "excluded", "undecided"]
    code: str
    sentence: str
    field: str | None = None
    wants: str | None = None
    is_silent: bool = False


def _fits(code: str, sentence: str = "") -> Verdict:
    return Verdict("fits", code, sentence, is_silent=not sentence)


def _not(code: str, sentence: str) -> Verdict:
    return Verdict("excluded", code, sentence)


def _tell(field: str, sentence: str, wants: str) -> Verdict:
    return Verdict("undecided", field, sentence, field, wants)


Check = Callable[[Guideline, Place, Sequence[Guideline]], Verdict]


def _region(row: Guideline, place: Place, _: Sequence[Guideline]) -> Verdict:
    if row.region is None:
        return _fits("region")
    if place.region is None:
        return _fits("region", f"it is one of {row.region}")
    if place.region.casefold() == row.region.casefold():
        return _fits("region", f"it is one of {row.region}")
    return _not("region", f"it is one of {row.region}, not of {place.region}")


def _land_use(row: Guideline, place: Place, _: Sequence[Guideline]) -> Verdict:
    uses = ", ".join(row.land_uses)
    if "any" in row.land_uses:
        return _fits("land_use_any", "it holds for any land use")
    if place.land_use is None:
        return _tell("land_use", f"it holds for {uses} land", row.land_use)
    if place.land_use in row.land_uses:
        return _fits("land_use", f"it holds for {uses} land")
    return _not("land_use", f"it holds for {uses} land, not {place.land_use}")


def ph_class(row: Guideline) -> str:
    """Return a row's pH class as its framework writes the ends."""
    low_sign = "<=" if row.framework in BOTH_ENDS_INCLUDED else "<"
    if row.ph_max is None:
        return f"pH {low_sign.replace('<', '>')} {row.ph_min:g}"
    low = "" if row.ph_min is None else f"{row.ph_min:g} {low_sign} "
    return f"{low}pH <= {row.ph_max:g}"


def _ph(row: Guideline, place: Place, _: Sequence[Guideline]) -> Verdict:
    if row.ph_min is None and row.ph_max is None:
        return _acid(row, place)
    written = ph_class(row)
    if place.ph is None:
        return _tell("ph", f"it holds for {written}", written)
    above = row.ph_min is None or (
        place.ph >= row.ph_min if row.framework in BOTH_ENDS_INCLUDED else place.ph > row.ph_min
    )
    if above and (row.ph_max is None or place.ph <= row.ph_max):
        return _fits("ph", f"pH {place.ph:g} lies in its class {written}")
    return _not("ph", f"pH {place.ph:g} is outside its class {written}")


def _acid(row: Guideline, place: Place) -> Verdict:
    """Judge a row without a class of its own whose value is another one in acid soil."""
    other = acid_value(row)
    if other is None:
        return _fits("ph")
    if place.ph is None:
        return _tell(
            "ph",
            f"its value is another one below pH {other.below_ph:g}",
            f"below {other.below_ph:g}, or not",
        )
    return _fits("ph", f"pH {place.ph:g} decides between {row.value:g} and {other.value:g}")


def _words(text: str) -> set[str]:
    """Return a condition's words: 'II-1 (light/acid soils)' is 'II-1' and the whole."""
    whole = text.casefold().strip()
    bare = re.sub(r"\s*\(.*\)$", "", whole)
    return {whole, bare, *(part.strip() for part in bare.split("/"))}


def _crop(row: Guideline, place: Place, siblings: Sequence[Guideline]) -> Verdict:
    if row.crop is None or row.crop == "any":
        return _fits("crop")
    # "other" is whatever no value beside it names: for copper in GB 15618 paddy too.
    named = sorted({r.crop for r in siblings if r.crop and r.crop not in {"other", "any"}})
    wants = row.crop if row.crop != "other" else f"other than {' or '.join(named)}"
    if place.crop is None:
        return _tell("crop", f"it holds for the crop {wants}", row.crop)
    crop = place.crop.casefold().strip()
    is_named = any(crop in _words(name) for name in named)
    if (
        (crop not in {"any", ""} and not is_named)
        if row.crop == "other"
        else crop in _words(row.crop)
    ):
        return _fits("crop", f"{place.crop} is its crop ({wants})")
    return _not("crop", f"it holds for the crop {wants}, not {place.crop}")


def _texture(row: Guideline, place: Place, _: Sequence[Guideline]) -> Verdict:
    if row.soil_texture is None:
        return _fits("soil_texture")
    if place.soil_texture is None:
        return _tell("soil_texture", f"it holds for {row.soil_texture}", row.soil_texture)
    wanted = place.soil_texture.casefold().strip()
    step = texture_step(row)
    if step is None:
        if wanted in _words(row.soil_texture):
            return _fits("soil_texture", f"it holds for {row.soil_texture}")
        return _not("soil_texture", f"it holds for {row.soil_texture}, not {place.soil_texture}")
    return _stepped_texture(row, place, wanted)


def _stepped_texture(row: Guideline, place: Place, wanted: str) -> Verdict:
    """Judge a texture where acid soil takes the value of the next lighter one."""
    found = texture_step(row)
    assert found is not None and row.soil_texture is not None  # noqa: S101, PT018 - by the caller
    step, limit = found
    own = next((name for name in (*step.lighter, "sand") if wanted in _words(name)), wanted)
    acid = step.lighter.get(own, own)
    is_own, is_acid = row.soil_texture == own, row.soil_texture == acid
    if place.ph is None:
        if is_own and is_acid:
            return _fits("soil_texture", f"it holds for {row.soil_texture} at any pH")
        if is_own or is_acid:
            return _tell(
                "ph",
                f"below pH {limit:g} {own} takes the value of {acid}, and the pH is not stated",
                f"below {limit:g}, or not",
            )
        return _not("soil_texture", f"it holds for {row.soil_texture}, not {place.soil_texture}")
    is_stepped = place.ph < limit and own != acid
    if row.soil_texture == (acid if is_stepped else own):
        because = f", because {own} at pH {place.ph:g} (below {limit:g}) takes it"
        return _fits(
            "soil_texture", f"it holds for {row.soil_texture}" + (because if is_stepped else "")
        )
    return _not(
        "soil_texture",
        f"it holds for {row.soil_texture}, not {own}"
        + (f" at pH {place.ph:g} (below {limit:g})" if is_stepped else ""),
    )


def _within(text: str, number: float) -> bool:
    """Say whether a number meets '<=9', '4-9' (above 4, up to 9) or '>150'."""
    span = re.fullmatch(r"([0-9.]+)-([0-9.]+)", text)
    if span:
        return float(span[1]) < number <= float(span[2])
    sign, bound = re.fullmatch(r"(<=|<|>=|>)([0-9.]+)", text).groups()  # type: ignore[union-attr]
    limit = float(bound)
    return {
        "<=": number <= limit,
        "<": number < limit,
        ">=": number >= limit,
        ">": number > limit,
    }[sign]


def _organic(row: Guideline, place: Place, _: Sequence[Guideline]) -> Verdict:
    if row.om_or_toc_pct is None:
        return _fits("organic_carbon")
    is_matter, rule = _split_organic(row.om_or_toc_pct)
    field = "organic_matter" if is_matter else "organic_carbon"
    wanted = place.organic_matter if is_matter else place.organic_carbon
    other = place.organic_carbon if is_matter else place.organic_matter
    converted = ""
    if wanted is None and other is not None:
        factor = 1 / CARBON_OF_ORGANIC_MATTER if is_matter else CARBON_OF_ORGANIC_MATTER
        wanted, converted = other * factor, " (converted with 1.724)"
    if wanted is None:
        return _tell(field, f"it holds for {row.om_or_toc_pct} %", f"{row.om_or_toc_pct} %")
    name = field.replace("_", " ")
    said = f"{name} {wanted:.3g} %{converted}"
    if _within(rule, wanted):
        return _fits(field, f"{said} meets {row.om_or_toc_pct}")
    return _not(field, f"{said} does not meet {row.om_or_toc_pct}")


def _split_organic(text: str) -> tuple[bool, str]:
    """Return whether a condition is one of organic matter (else carbon), and its rule."""
    match = re.fullmatch(r"(TOC|OC|SOC|OM|SOM)?\s*(.+)", text.strip())
    assert match is not None  # noqa: S101 - the expression matches any text that is not empty
    return (match[1] or "OM").endswith("OM"), match[2].replace(" ", "")


def _clay(row: Guideline, place: Place, _: Sequence[Guideline]) -> Verdict:
    if row.clay_pct is None:
        return _fits("clay")
    if place.clay is None:
        return _tell("clay", f"it holds for clay {row.clay_pct} %", f"{row.clay_pct} %")
    if _within(row.clay_pct.replace(" ", ""), place.clay):
        return _fits("clay", f"clay {place.clay:g} % meets {row.clay_pct}")
    return _not("clay", f"clay {place.clay:g} % does not meet {row.clay_pct}")


def _depth(row: Guideline, place: Place, _: Sequence[Guideline]) -> Verdict:
    if row.depth_cm is None:
        return _fits("depth")
    span = re.fullmatch(r"([0-9.]+)-([0-9.]+)", row.depth_cm)
    top = float(span[1]) if span else float(row.depth_cm.lstrip(">="))
    bottom = float(span[2]) if span else float("inf")
    upper, lower = place.depth_upper_cm, place.depth_lower_cm
    if upper is None or lower is None:
        field = "depth_upper_cm" if upper is None else "depth_lower_cm"
        return _tell(field, f"it holds for {row.depth_cm} cm", f"{row.depth_cm} cm")
    if top <= upper and lower <= bottom:
        return _fits("depth", f"{upper:g}-{lower:g} cm lies in {row.depth_cm} cm")
    return _not("depth", f"it holds for {row.depth_cm} cm, not {upper:g}-{lower:g} cm")


def _receptor(row: Guideline, place: Place, _: Sequence[Guideline]) -> Verdict:
    # Not a fact of the place but a choice: where it matters, the resolver asks for it.
    if place.receptor is None:
        return _fits("receptor", f"its receptor is {row.receptor}" if row.receptor else "")
    wanted = place.receptor.casefold().strip()
    own = (row.receptor or "none").casefold()
    if wanted == own or wanted in {part.strip() for part in own.split(";")}:
        return _fits("receptor", f"its receptor is {row.receptor or 'not named'}")
    return _not("receptor", f"its receptor is {row.receptor or 'not named'}, not {place.receptor}")


def _extraction(row: Guideline, place: Place, _: Sequence[Guideline]) -> Verdict:
    agrees = is_comparable(row.basis, row.contaminant, place.extraction)
    if agrees is False:
        return _not(
            "extraction", f"it is one of '{row.basis}', the results of '{place.extraction}'"
        )
    return _fits("extraction", f"both are of '{row.basis}'" if agrees else "")


# In the order in which the reasons are given; the first that excludes is the reason.
CHECKS: tuple[Check, ...] = (
    _region,
    _land_use,
    _receptor,
    _crop,
    _texture,
    _ph,
    _organic,
    _clay,
    _depth,
    _extraction,
)


def judge(row: Guideline, place: Place, siblings: Sequence[Guideline]) -> list[Verdict]:
    """Hold every condition of a row against the place."""
    return [check(row, place, siblings) for check in CHECKS]
