"""Concentrations with their detection limits: what a cell of a laboratory file says.

Clean columns are cast at once; ``<number`` and ``>number`` are cast after taking the sign off;
what is left is interpreted once per distinct text.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import polars as pl

from ingest.numbers import Decimal, parse_number, parse_numbers, proves_groups, ungroup
from ingest.registries import FlagEntry

_SUFFIXED = re.compile(r"(?P<number>[+-]?[\d.,]+(?:[eE][+-]?\d+)?)\s*(?P<flag>[A-Za-z]{1,2}[+-]?)")
_SIGNED = re.compile(r"(?P<sign>[<>]=?|[≤≥])\s*(?P<number>.+)")
_UNCERTAIN = re.compile(r"(?P<number>[^±]+?)\s*\(?\s*(?:±|\+/-|\+-)\s*(?P<spread>[^±()]+?)\s*\)?")
_SPREAD = re.compile(r"[0-9]+(?:[.,][0-9]+)?\s*%?")
_FILL = re.compile(r"-(?:9{2,}|8{3,}|7{3,})(?:[.,]0+)?")
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity|#num!|#div/0!)", re.IGNORECASE)
_SEPARATED = re.compile(r"[<>]?\s*[+-]?\d[\d.,' \u00a0\u202f]*(?:[eE][+-]?\d+)?")
_FORMULA = re.compile(r"[=@].*|[+-]\s*[A-Za-z(].*", re.DOTALL)
_CENSORING = {"estimated": "none", "rejected": "invalid"}
_NOTHING: Mapping[str, str] = {}
_LIMIT_KINDS = (
    ("quantif", "quantification"),
    ("loq", "quantification"),
    ("pql", "quantification"),
    ("lq", "quantification"),
    ("ql", "quantification"),
    ("bg", "quantification"),
    ("report", "reporting"),
    ("rl", "reporting"),
    ("rg", "reporting"),
    ("method", "method_detection"),
    ("mdl", "method_detection"),
)

MEASUREMENT_SCHEMA = {
    "value": pl.Float64,
    "censoring": pl.String,
    "detection_limit": pl.Float64,
    "limit_kind": pl.String,
    "uncertainty": pl.Float64,
    "qualifier": pl.String,
    "is_missing": pl.Boolean,
    "problem": pl.String,
}


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one cell says, in the unit of the file.

    `censoring` is none, left or right; `value` is None when censored; `detection_limit` is the
    number after the sign (for right-censored ones the upper limit); `limit_kind` is unstated,
    detection, method_detection, quantification or reporting; `uncertainty` is that behind the
    number; `problem` is a code of the catalogue.
    """

    value: float | None = None
    censoring: str = "none"
    detection_limit: float | None = None
    limit_kind: str | None = None
    uncertainty: float | None = None
    qualifier: str | None = None
    is_missing: bool = False
    problem: str | None = None


class FlagIndex:
    """The flags of laboratories, as texts of their own and as suffixes of numbers.

    Parameters
    ----------
    flags : iterable of FlagEntry
        The registry.
    stated : mapping of str to str
        What the mapping of the file says of flags (none, estimated, left, right, missing,
        rejected); it wins.
    negative_is_limit : bool
        Whether a negative number is a limit with a minus before it.
    fill_is_missing : bool
        Whether -999 and the like are empty cells.
    negative_repair : str or None
        The code by which the user accepted that; None where the source says so.

    Examples
    --------
    >>> registry = [FlagEntry("n.d.", "text", "left", "needs limit field")]
    >>> index = FlagIndex(registry, {"B": "missing"})
    >>> index.word("N.D.").censoring, index.suffix("B")[0].censoring
    ('left', 'missing')
    """

    def __init__(
        self,
        flags: Iterable[FlagEntry],
        stated: Mapping[str, str] = _NOTHING,
        *,
        negative_is_limit: bool = False,
        fill_is_missing: bool = False,
        negative_repair: str | None = None,
    ) -> None:
        self.negative_repair = negative_repair
        self.negative_is_limit = negative_is_limit
        self.fill_is_missing = fill_is_missing
        self._stated = {
            flag: FlagEntry(flag, "suffix", _CENSORING.get(meaning, meaning), "value field")
            for flag, meaning in stated.items()
        }
        self._words: dict[str, FlagEntry] = {}
        self._suffixes: dict[str, FlagEntry | None] = {}
        for flag in flags:
            if flag.kind == "text":
                self._words.setdefault(_fold(flag.flag), flag)
            elif flag.kind.startswith("suffix"):
                letter, _, source = flag.flag.partition(" ")
                # a flag that names its source (B of USGS, L of China) is unclear without it
                known = self._suffixes.setdefault(letter, None if source else flag)
                if known is not flag:
                    self._suffixes[letter] = None

    def word(self, text: str) -> FlagEntry | None:
        """Look up a whole text such as ``n.d.`` or ``<LOD``.

        Parameters
        ----------
        text : str
            A trimmed text.

        Returns
        -------
        FlagEntry or None
            Its entry.
        """
        return self._stated.get(text) or self._words.get(_fold(text))

    def suffix(self, letters: str) -> tuple[FlagEntry | None, bool]:
        """Look up letters behind a number.

        Parameters
        ----------
        letters : str
            One or two letters, with a sign perhaps.

        Returns
        -------
        entry : FlagEntry or None
            The entry, if there is one with one meaning.
        is_known : bool
            Whether the registry has the letters at all.
        """
        if letters in self._stated:
            return self._stated[letters], True
        return self._suffixes.get(letters), letters in self._suffixes


def read_measurements(texts: pl.Series, decimal: Decimal, flags: FlagIndex) -> pl.DataFrame:
    """Interpret a column of concentrations.

    Parameters
    ----------
    texts : polars.Series
        Trimmed texts, shape (n,).
    decimal : {".", ","}
        The decimal sign of the file.
    flags : FlagIndex
        The flags of laboratories.

    Returns
    -------
    polars.DataFrame
        Columns of `MEASUREMENT_SCHEMA`, n rows in the order of `texts`.

    Examples
    --------
    >>> frame = read_measurements(pl.Series(["1.5", "<0.2", ""]), ".", FlagIndex([]))
    >>> frame.select("value", "censoring", "detection_limit", "is_missing").rows()
    [(1.5, 'none', None, False), (None, 'left', 0.2, False), (None, 'none', None, True)]
    """
    values = parse_numbers(texts, decimal)
    sign = texts.str.slice(0, 1)
    is_censored = values.is_null() & sign.is_in(["<", ">"])
    limits = _limits_after_sign(texts, is_censored, decimal)
    is_clean = values.is_not_null() & (values > 0)
    is_limit = limits.is_not_null() & (limits > 0)
    frame = pl.DataFrame({"text": texts, "number": values, "limit": limits, "sign": sign})
    clean = pl.Series("clean", is_clean | is_limit)
    if clean.all():
        return frame.select(_clean_columns())
    distinct = frame["text"].filter(~clean).unique(maintain_order=True)
    is_grouped = proves_groups(distinct, decimal)
    odd = pl.DataFrame(
        [_row(text, interpret(text, decimal, flags, is_grouped=is_grouped)) for text in distinct],
        schema={"text": pl.String, **{f"odd_{name}": t for name, t in MEASUREMENT_SCHEMA.items()}},
        orient="row",
    )
    joined = frame.with_columns(clean).join(odd, on="text", how="left", maintain_order="left")
    return joined.select(
        pl.when("clean").then(column).otherwise(pl.col(f"odd_{name}")).alias(name)
        for name, column in zip(MEASUREMENT_SCHEMA, _clean_columns(), strict=True)
    )


def interpret(
    text: str, decimal: Decimal, flags: FlagIndex, *, is_grouped: bool = False
) -> Measurement:
    """Interpret one text.

    Parameters
    ----------
    text : str
        A trimmed text.
    decimal : {".", ","}
        The decimal sign of the file.
    flags : FlagIndex
        The flags of laboratories.
    is_grouped : bool
        Whether the column proves that a comma (or point) separates thousands.

    Returns
    -------
    Measurement
        What it says, with the code of the problem if there is one.

    Examples
    --------
    >>> interpret("-5", ".", FlagIndex([])).problem
    'value_negative'
    >>> interpret("<0,05", ",", FlagIndex([])).detection_limit
    0.05
    """
    if not text:
        return Measurement(is_missing=True)
    number = parse_number(text, decimal)
    if number is not None:
        return _number(text, number, decimal, flags)
    word = flags.word(text)
    if word is not None and not _NOT_FINITE.fullmatch(text):
        return _flagged(word)
    if signed := _SIGNED.fullmatch(text):
        plain, is_separated = _without_groups(signed["number"].strip(), decimal, is_grouped)
        return _said(_beyond(signed["sign"], plain, decimal), is_separated)
    if suffixed := _SUFFIXED.fullmatch(text):
        plain, is_separated = _without_groups(suffixed["number"], decimal, is_grouped)
        return _said(_suffixed(plain, suffixed["flag"], decimal, flags), is_separated)
    return _uncertain(text, decimal, is_grouped) or _grouped(text, decimal, flags, is_grouped)


def _number(text: str, number: float, decimal: Decimal, flags: FlagIndex) -> Measurement:
    if _FILL.fullmatch(text):
        return (
            Measurement(is_missing=True, problem="fill_as_missing")
            if flags.fill_is_missing
            else Measurement(problem="value_fill")
        )
    if number < 0 and flags.negative_is_limit:
        limit = _beyond("<", text.lstrip("-"), decimal)
        return replace(limit, problem=limit.problem or "negative_as_limit")
    return _plain(text, number)


def _without_groups(text: str, decimal: Decimal, is_grouped: bool) -> tuple[str, bool]:
    plain = ungroup(text, decimal, is_proven=is_grouped)
    return (text, False) if plain is None else (plain, True)


def _said(measurement: Measurement, is_separated: bool) -> Measurement:
    """Say that signs were taken for separators of thousands, where nothing is worse."""
    if not is_separated or measurement.problem is not None:
        return measurement
    return replace(measurement, problem="thousands_separated")


def _grouped(text: str, decimal: Decimal, flags: FlagIndex, is_grouped: bool) -> Measurement:
    plain = ungroup(text, decimal, is_proven=is_grouped)
    number = None if plain is None else parse_number(plain, decimal)
    if plain is None or number is None:
        return Measurement(problem=_not_number(text))
    return _said(_number(plain, number, decimal, flags), is_separated=True)


def _uncertain(text: str, decimal: Decimal, is_grouped: bool) -> Measurement | None:
    """Read a number with its uncertainty behind it."""
    match = _UNCERTAIN.fullmatch(text[:80])
    if match is None or not _SPREAD.fullmatch(match["spread"]):
        return None
    plain, _ = _without_groups(match["number"].strip(), decimal, is_grouped)
    number = parse_number(plain, decimal)
    spread = parse_number(match["spread"].rstrip(" %"), decimal)
    if number is None or spread is None:
        return None
    measurement = _plain(plain, number)
    if measurement.value is None:
        return measurement
    uncertainty = number * spread / 100.0 if match["spread"].endswith("%") else spread
    return replace(
        measurement, uncertainty=uncertainty, problem=measurement.problem or "uncertainty_kept"
    )


def _limits_after_sign(texts: pl.Series, is_censored: pl.Series, decimal: Decimal) -> pl.Series:
    if not is_censored.any():
        return pl.repeat(None, len(texts), dtype=pl.Float64, eager=True)
    after = texts.str.slice(1).str.strip_chars_start()
    # "<-5" and "<+5" are left to the slow path, which refuses them
    is_bare = ~after.str.contains(r"^[+-]")
    return parse_numbers(after.set(~(is_censored & is_bare), ""), decimal)


def _clean_columns() -> list[pl.Expr]:
    is_limit = pl.col("number").is_null()
    left_or_right = pl.when(pl.col("sign") == "<").then(pl.lit("left")).otherwise(pl.lit("right"))
    return [
        pl.col("number").alias("value"),
        pl.when(is_limit).then(left_or_right).otherwise(pl.lit("none")).alias("censoring"),
        pl.col("limit").alias("detection_limit"),
        pl.when(is_limit).then(pl.lit("unstated")).alias("limit_kind"),
        pl.lit(None, dtype=pl.Float64).alias("uncertainty"),
        pl.lit(None, dtype=pl.String).alias("qualifier"),
        pl.lit(value=False).alias("is_missing"),
        pl.lit(None, dtype=pl.String).alias("problem"),
    ]


def _row(text: str, measurement: Measurement) -> tuple[object, ...]:
    return (text, *(getattr(measurement, name) for name in MEASUREMENT_SCHEMA))


def _plain(text: str, number: float) -> Measurement:
    if number in {float("inf"), float("-inf")}:
        return Measurement(problem="value_not_finite")
    if _FILL.fullmatch(text):
        return Measurement(problem="value_fill")
    if number < 0:
        return Measurement(problem="value_negative")
    if number == 0:
        return Measurement(value=0.0, problem="value_zero")
    return Measurement(value=number)


def _flagged(flag: FlagEntry) -> Measurement:
    if flag.censoring == "missing":
        return Measurement(is_missing=True)
    if flag.censoring == "invalid":
        return Measurement(is_missing=True, problem="value_rejected")
    if flag.censoring not in {"left", "right"}:
        return Measurement(problem="value_not_number")
    return Measurement(
        censoring=flag.censoring,
        limit_kind=_limit_kind(flag.flag, flag.meaning),
        qualifier=flag.flag,
        problem="limit_missing",
    )


def _beyond(sign: str, text: str, decimal: Decimal) -> Measurement:
    number = None if text[:1] in {"+", "-"} else parse_number(text, decimal)
    censoring = "left" if sign[0] in "<≤" else "right"
    if number is None:
        return Measurement(problem=_not_number(text))
    if number == float("inf"):
        return Measurement(problem="value_not_finite")
    if number == 0 and censoring == "right":
        return Measurement(problem="value_not_number")
    if number == 0:
        # a limit of zero is no limit
        return Measurement(censoring="left", qualifier=f"{sign}0", problem="limit_missing")
    return Measurement(censoring=censoring, detection_limit=number, limit_kind="unstated")


def _suffixed(number_text: str, letters: str, decimal: Decimal, flags: FlagIndex) -> Measurement:
    number = parse_number(number_text, decimal)
    flag, is_known = flags.suffix(letters)
    if number is None or not is_known:
        return Measurement(problem=_not_number(number_text if number is None else letters))
    if flag is None:
        return Measurement(problem="flag_ambiguous")
    if flag.censoring == "invalid":
        return Measurement(is_missing=True, qualifier=letters, problem="value_rejected")
    if flag.censoring == "missing":
        return Measurement(is_missing=True, qualifier=letters)
    plain = _plain(number_text, number)
    if plain.value is None or flag.censoring not in {"left", "right"}:
        return replace(plain, qualifier=letters)
    sign = "<" if flag.censoring == "left" else ">"
    return replace(_beyond(sign, number_text, decimal), qualifier=letters)


def _not_number(text: str) -> str:
    if _NOT_FINITE.fullmatch(text):
        return "value_not_finite"
    if _FORMULA.fullmatch(text):
        return "value_formula"
    return "value_separators" if _SEPARATED.fullmatch(text) else "value_not_number"


def _limit_kind(*texts: str) -> str:
    """Tell the kind of a limit from the flag itself, else from its meaning."""
    for text in texts:
        folded = text.casefold()
        for sign, kind in _LIMIT_KINDS:
            if sign in folded:
                return kind
    return "detection"


def _fold(text: str) -> str:
    folded = " ".join(text.casefold().split())
    # "tr." and "n.d" are "tr" and "n.d."; a lone point is a flag of its own
    return folded.rstrip(".") or folded
