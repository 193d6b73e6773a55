"""Oxides: how much of the element is in what geochemists report as Fe2O3 or P2O5.

Atomic weights: IUPAC, Commission on Isotopic Abundances and Atomic Weights, abridged standard
atomic weights of 2021 (Pure and Applied Chemistry 94, 573-600, 2022,
https://doi.org/10.1515/pac-2019-0603); those of the elements come with the registry.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

OXYGEN = Fraction("15.999")
_FORMULA = re.compile(
    r"(?P<symbol>[A-Z][a-z]?)(?P<number>[2-9]?)O(?P<oxygen>[2-9]?)(?:_?(?:T|t|tot))?"
)


@dataclass(frozen=True, slots=True)
class Oxide:
    """An oxide by its formula, and the share of its mass that is the element."""

    formula: str
    symbol: str
    share: Fraction


def read_oxide(text: str, molar_masses: Mapping[str, float]) -> Oxide | None:
    """Understand the formula of an oxide.

    Parameters
    ----------
    text : str
        A name such as ``Fe2O3``; the case of its letters counts (CoO is no carbon monoxide).
    molar_masses : mapping of str to float
        Symbol of the element to its molar mass, g/mol.

    Returns
    -------
    Oxide or None
        None for other texts, and for elements that are not known.

    Examples
    --------
    >>> round(float(read_oxide("Fe2O3", {"Fe": 55.845}).share), 4)
    0.6994
    >>> read_oxide("FE2O3", {"Fe": 55.845}) is None
    True
    """
    match = _FORMULA.fullmatch(text.strip())
    if match is None or match["symbol"] not in molar_masses:
        return None
    element = int(match["number"] or 1) * Fraction(str(molar_masses[match["symbol"]]))
    oxygen = int(match["oxygen"] or 1) * OXYGEN
    formula = f"{match['symbol']}{match['number']}O{match['oxygen']}"
    return Oxide(formula, match["symbol"], element / (element + oxygen))
