"""Names of columns that tell an uncertainty, in the languages met so far."""

import re
from dataclasses import dataclass

from ingest.folding import squeeze

_SAID = (
    "uncertainty uncertainties uncert unc messunsicherheit unsicherheit incertitude incertitudes "
    "incertidumbre incertezza incerteza meetonzekerheid onzekerheid неопределенность "
    "неопределённость погрешность 不确定度 扩展不确定度 标准不确定度 standardunsicherheit "
    "عدم_اليقين الارتياب"
)
# beside one of the above they say how many standard uncertainties it is, or nothing
_STANDARD = "standard std standardunsicherheit 标准 标准不确定度 стандартная"
_BESIDE = (
    "standard std стандартная expanded erweiterte élargie ampliada expandida расширенная 扩展 标准 "
    "measurement analytical result value of the de des la del der mesure medida измерения 测量"
)
_FACTOR = re.compile(
    r"[(\[,;_\s]*\bk\s*=\s*(?P<factor>[0-9]+(?:[.,][0-9]+)?)\s*[)\]]?", re.IGNORECASE
)
# u(Pb) is a standard uncertainty, U(Pb) an expanded one (JCGM 100:2008, 2.3.5 and 6.2.1)
_FUNCTION = re.compile(r"(?P<letter>[uU])\s?\((?P<name>[^()]+)\)(?P<rest>.*)", re.DOTALL)
_SIGN = re.compile(r"\s*(?:±|\+/-|\+-)\s*")
_PARTS = re.compile(r"[^\s_,;:.()\[\]{}]+")


def _keys(words: str) -> frozenset[str]:
    return frozenset(squeeze(word) for word in words.split())


_SAID_KEYS = _keys(_SAID)
_STANDARD_KEYS = _keys(_STANDARD)
_DROPPED_KEYS = _SAID_KEYS | _keys(_BESIDE)


@dataclass(frozen=True, slots=True)
class SpreadName:
    """What is left of a column's name without its words for uncertainty, and the coverage factor.

    `factor` is None where the name does not say it.
    """

    name: str
    factor: float | None


def read_spread_name(name: str) -> SpreadName | None:
    """Tell whether a column is named as an uncertainty.

    Parameters
    ----------
    name : str
        The name as written.

    Returns
    -------
    SpreadName or None
        None for other columns.

    Examples
    --------
    >>> read_spread_name("Pb uncertainty (mg/kg)")
    SpreadName(name='Pb (mg/kg)', factor=None)
    >>> read_spread_name("U(Pb) [%] k=2"), read_spread_name("Pb (mg/kg)")
    (SpreadName(name='Pb [%]', factor=2.0), None)
    """
    said = _FACTOR.search(name)
    factor = None if said is None else float(said["factor"].replace(",", "."))
    bare = name if said is None else (name[: said.start()] + " " + name[said.end() :]).strip()
    function = _FUNCTION.fullmatch(bare)
    if function is not None:
        standard = 1.0 if function["letter"] == "u" else None
        rest = f"{function['name'].strip()} {function['rest'].strip()}".strip()
        return SpreadName(rest, factor if factor is not None else standard)
    bare, signs = _SIGN.subn(" ", bare)
    parts = [(part, squeeze(part[0])) for part in _PARTS.finditer(bare)]
    if not signs and not any(key in _SAID_KEYS for _, key in parts):
        return None
    if factor is None and any(key in _STANDARD_KEYS for _, key in parts):
        factor = 1.0
    for part, key in reversed(parts):
        if key in _DROPPED_KEYS:
            bare = bare[: part.start()] + bare[part.end() :]
    return SpreadName(_tidied(bare), factor)


def _tidied(name: str) -> str:
    """Take away what the words left out leave behind: doubled separators, empty brackets."""
    name = re.sub(r"\(\s*\)|\[\s*\]", "", name)
    name = re.sub(r"([\s_,;:.-])[\s_,;:.-]+", r"\1", name)
    return name.strip(" _,;:.-")
