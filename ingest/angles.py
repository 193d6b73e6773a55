"""Degrees as people write them: minutes and seconds, hemispheres, both in one cell."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import polars as pl

from ingest.numbers import Decimal, parse_number
from ingest.packed import unpack

Axis = Literal["longitude", "latitude"]
PairOrder = Literal["latitude first", "longitude first"]

_SIGNS = str.maketrans(
    {"′": "'", "’": "'", "‘": "'", "ʹ": "'", "´": "'", "`": "'", "″": '"', "”": '"', "“": '"'}
    | {"ʺ": '"', "º": "°", "˚": "°", "−": "-", "–": "-", "\u00a0": " ", "\u202f": " "}
)
# O is east in German and west in French and Spanish, so it is not among them
_LETTERS: tuple[tuple[str, Axis, int], ...] = (
    ("n north с.ш. сш с.ш 北纬 北緯 ش", "latitude", 1),
    ("s south ю.ш. юш ю.ш 南纬 南緯 ج", "latitude", -1),
    ("e east в.д. вд в.д 东经 東經 ق", "longitude", 1),
    ("w west з.д. зд з.д 西经 西經 غ", "longitude", -1),
)
_HEMISPHERES = {word: (axis, sign) for words, axis, sign in _LETTERS for word in words.split()}
_WORDS = "|".join(re.escape(word) for word in sorted(_HEMISPHERES, key=len, reverse=True))
_BEFORE = re.compile(rf"(?P<word>{_WORDS})\.?\s*(?P<rest>.+)", re.IGNORECASE)
_AFTER = re.compile(rf"(?P<rest>.*?[0-9°'\"度分秒cdegmns:.])\s*(?P<word>{_WORDS})", re.IGNORECASE)
_NUMBER = r"[0-9]+(?:[.,][0-9]*)?"
# letters for degrees, minutes and seconds are small: a large S is the south
_FORMS = tuple(
    re.compile(rf"(?P<sign>[+-]?)\s*{form}")
    for form in (
        rf"(?P<degrees>{_NUMBER})\s*(?:°|degrees|deg\.?|d|度)?",
        rf"(?P<degrees>[0-9]{{1,3}})\s*[°度:\s]\s*(?P<minutes>{_NUMBER})\s*['分]?",
        rf"(?P<degrees>[0-9]{{1,3}})\s*(?:deg\.?|d)\s*(?P<minutes>{_NUMBER})\s*(?:min\.?|m|')?",
        rf"(?P<degrees>[0-9]{{1,3}})\s*[°度:\s-]\s*(?P<minutes>[0-9]{{1,2}})\s*['分:\s-]\s*"
        rf"(?P<seconds>{_NUMBER})\s*(?:\"|''|秒)?",
        rf"(?P<degrees>[0-9]{{1,3}})\s*(?:deg\.?|d)\s*(?P<minutes>[0-9]{{1,2}})\s*(?:min\.?|m|')\s*"
        rf"(?P<seconds>{_NUMBER})\s*(?:\"|''|sec\.?|s)?",
    )
)
_BOUNDARY = re.compile(rf"(?P<one>.*\d.*?(?:{_WORDS}))\s*(?P<other>\S.*\d.*)", re.IGNORECASE)
_BOUNDARY_BEFORE = re.compile(
    rf"(?P<one>(?:{_WORDS}).*?\d.*?)\s*(?P<other>(?:{_WORDS}).*\d.*)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Angle:
    """Degrees, negative in the south and west, and the axis a hemisphere names."""

    degrees: float
    axis: Axis | None = None


def parse_angle(text: str, decimal: Decimal) -> Angle | None:
    r"""Parse one angle in any of the usual spellings.

    Parameters
    ----------
    text : str
        A trimmed text.
    decimal : {".", ","}
        The decimal sign of the file.

    Returns
    -------
    Angle or None
        The degrees, rounded once; None for other texts, for 60 and more minutes or seconds,
        and where a minus and a hemisphere stand together.

    Examples
    --------
    >>> parse_angle("36°27'09.36\"N", ".")
    Angle(degrees=36.4526, axis='latitude')
    >>> parse_angle("W 109 30", ".").degrees, parse_angle("36°61'N", ".")
    (-109.5, None)
    >>> parse_angle("0060530E", ".").degrees
    6.091666666666667
    """
    text = " ".join(text.translate(_SIGNS).split())[:80]
    plain = _parts(text, decimal)
    if plain is not None:
        return Angle(float(plain))
    for form in (_AFTER, _BEFORE):
        match = form.fullmatch(text)
        if match is None:
            continue
        rest = match["rest"].strip()
        axis, sign = _HEMISPHERES[match["word"].casefold()]
        degrees = None
        if not rest.startswith(("+", "-")):
            degrees = _packed(rest, decimal, axis) or _parts(rest, decimal)
        if degrees is not None:
            return Angle(float(sign * degrees), axis)
    return None


def read_angles(texts: pl.Series, decimal: Decimal, axis: Axis) -> pl.Series:
    """Parse a column of angles, each distinct text once.

    Parameters
    ----------
    texts : polars.Series
        Trimmed texts, shape (n,).
    decimal : {".", ","}
        The decimal sign.
    axis : {"longitude", "latitude"}
        What the column holds; a hemisphere of the other axis is a fault.

    Returns
    -------
    polars.Series
        Degrees, shape (n,); null where the text is no angle.

    Examples
    --------
    >>> read_angles(pl.Series(["36°30'N", "36°30'E", "x"]), ".", "latitude").to_list()
    [36.5, None, None]
    """
    distinct = texts.unique()
    angles = [parse_angle(text, decimal) for text in distinct]
    degrees = [
        None if angle is None or angle.axis not in {None, axis} else angle.degrees
        for angle in angles
    ]
    return texts.replace_strict(distinct, pl.Series(degrees, dtype=pl.Float64))


def split_pair(text: str, decimal: Decimal) -> tuple[str, str] | None:
    """Split a cell with both coordinates into its two angles as written.

    Parameters
    ----------
    text : str
        A trimmed text such as ``36.45, -109.16``.
    decimal : {".", ","}
        The decimal sign.

    Returns
    -------
    tuple of str or None
        Two texts that are angles; None if there is no such way to split, or several.

    Examples
    --------
    >>> split_pair("36°27'N 109°10'W", "."), split_pair("36,45; -109,16", ",")
    (("36°27'N", "109°10'W"), ('36,45', '-109,16'))
    """
    text = text.removeprefix("(").removesuffix(")").strip()[:160]
    for separator in (r"\s*[;/|]\s*", r",\s+", r"," if decimal == "." else r"(?!)"):
        parts = re.split(separator, text)
        if len(parts) == 2 and all(parse_angle(part, decimal) for part in parts):
            return parts[0].strip(), parts[1].strip()
    for boundary in (_BOUNDARY, _BOUNDARY_BEFORE):
        match = boundary.fullmatch(text)
        if match is not None and all(parse_angle(part, decimal) for part in match.groups()):
            return match["one"].strip(), match["other"].strip()
    parts = text.split()
    if len(parts) == 2 and all(parse_number(part, decimal) is not None for part in parts):
        return parts[0], parts[1]
    return None


def find_pair_order(
    pairs: list[tuple[str, str]], decimal: Decimal
) -> tuple[PairOrder | None, bool]:
    """Tell from cells with both coordinates which comes first.

    Parameters
    ----------
    pairs : list of tuple of str
        Both angles as written.
    decimal : {".", ","}
        The decimal sign.

    Returns
    -------
    order : {"latitude first", "longitude first"} or None
        None without evidence, or with evidence for both.
    is_contradictory : bool
        Whether there is evidence for both.

    Examples
    --------
    >>> find_pair_order([("-109.2", "36.4")], ".")
    ('longitude first', False)
    >>> find_pair_order([("5.2", "36.4")], ".")
    (None, False)
    """
    found: set[PairOrder] = set()
    for pair in pairs:
        one, other = (parse_angle(text, decimal) for text in pair)
        if one is None or other is None:
            continue
        if one.axis == "latitude" or other.axis == "longitude" or abs(other.degrees) > 90:
            found.add("latitude first")
        if one.axis == "longitude" or other.axis == "latitude" or abs(one.degrees) > 90:
            found.add("longitude first")
    return (found.pop(), False) if len(found) == 1 else (None, len(found) == 2)


def _packed(text: str, decimal: Decimal, axis: Axis) -> Fraction | None:
    """Read digits beside a hemisphere, as in 512345N and 0060530E, or 5123.75N; zeros lead."""
    digits = len(re.split("[.,]", text)[0])
    if digits < 4 or not text[:1].isdigit():
        return None
    return unpack(text, decimal, has_seconds=digits > (4 if axis == "latitude" else 5))


def _parts(text: str, decimal: Decimal) -> Fraction | None:
    """Return the degrees of an angle without hemisphere."""
    for form in _FORMS:
        match = form.fullmatch(text)
        if match is None:
            continue
        groups = match.groupdict()
        numbers = [groups.get(name) or "0" for name in ("degrees", "minutes", "seconds")]
        # a sign of the other locale makes the number unclear
        if any(("," if decimal == "." else ".") in number for number in numbers):
            return None
        degrees, minutes, seconds = (Fraction(n.replace(",", ".").rstrip(".")) for n in numbers)
        if minutes >= 60 or seconds >= 60 or len(numbers[0]) > 40:
            return None
        total = degrees + minutes / 60 + seconds / 3600
        return -total if groups["sign"] == "-" else total
    return None
