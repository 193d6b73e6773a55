"""Spellings reduced to what they have in common, so that they can be looked up."""

import unicodedata

_MICRO = str.maketrans({"μ": "u", "−": "-", "–": "-"})
_DROPPED_IN_UNITS = str.maketrans(dict.fromkeys(" \t\u00a0·.^*", ""))


def squeeze(text: str) -> str:
    """Reduce a name to its letters and digits, without case and accents.

    Parameters
    ----------
    text : str
        A name in any script.

    Returns
    -------
    str
        The key to look it up by.

    Examples
    --------
    >>> squeeze("Benzo(a)pyrene"), squeeze("Länge "), squeeze("Cr_tot"), squeeze("Свинец")
    ('benzoapyrene', 'lange', 'crtot', 'свинец')
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if character.isalnum())


def fold_unit(text: str) -> str:
    """Reduce a unit to a key without case, blanks, dots and typographic signs.

    Parameters
    ----------
    text : str
        A unit as written.

    Returns
    -------
    str
        The key to look it up by.

    Examples
    --------
    >>> fold_unit("µg kg⁻¹"), fold_unit("MG/KG d.w.")
    ('ugkg-1', 'mg/kgdw')
    """
    normal = unicodedata.normalize("NFKC", text).casefold().translate(_MICRO)
    return normal.translate(_DROPPED_IN_UNITS)
