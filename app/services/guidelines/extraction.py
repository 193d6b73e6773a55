"""Which extraction a guideline value is meant for, and whether samples were extracted so.

Names are words of many laboratories and laws; they are sorted into families, and only results of
a family that the value names may be held against it.
"""

import re

# The first pattern that is found decides: the specific ones come before 'total'.
_FAMILIES: tuple[tuple[str, str], ...] = (
    ("sodium_nitrate", r"nano3|sodium nitrate"),
    ("ammonium_nitrate", r"nh4no3|ammonium[ _-]nitrate"),
    ("nitric_acid_2m", r"\b2 ?m[ _-]?(hno3|nitric)"),
    ("hydrochloric_acid_0.1m", r"\b0[.,]1 ?m[ _-]?(hcl|hydrochloric)"),
    ("hydrochloric_acid_1m", r"\b1 ?m[ _-]?(hcl|hydrochloric)"),
    ("epa_3050", r"\b305[01][ab]?\b"),
    ("total_or_aqua_regia", r"total ?/ ?aqua[ _-]?regia"),
    ("aqua_regia", r"aqua[ _-]?regia|iso ?11466"),
    ("strong_acid", r"strong[ _-]acid"),
    ("organic", r"organic[ _-]extraction"),
    ("total", r"\btotal\b|hydrofluoric|\bhf\b|\bxrf\b|x-ray fluorescence"),
)
# What else may be held against a value of a family.
_ALSO = {
    "total_or_aqua_regia": frozenset({"total", "aqua_regia"}),
    "strong_acid": frozenset({"strong_acid", "aqua_regia", "epa_3050"}),
}


def family_of(text: str | None) -> str | None:
    """Return the family of an extraction, or None where the text names none."""
    words = (text or "").casefold()
    return next((name for name, pattern in _FAMILIES if re.search(pattern, words)), None)


def accepted_by(basis: str | None, contaminant: str) -> frozenset[str]:
    """Return the families a value's basis allows; none where it names no extraction."""
    pieces = [piece.strip() for piece in (basis or "").split(";")]
    # "Cu 0.1 M HCl extract; As 1 M HCl extract" says it per contaminant.
    own = [piece for piece in pieces if piece.casefold().split(" ")[0] == contaminant]
    family = family_of(own[0] if own else basis)
    if family is None:
        return frozenset()
    return _ALSO.get(family, frozenset({family}))


def is_comparable(basis: str | None, contaminant: str, extraction: str | None) -> bool | None:
    """Say whether results of an extraction may be held against a value; None is not known."""
    accepted = accepted_by(basis, contaminant)
    if extraction is not None and basis is not None and extraction.strip() == basis.strip():
        return True
    if not accepted or not extraction:
        return None
    return family_of(extraction) in accepted
