"""Depth intervals in centimetres below the surface."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from ingest.columns import DEPTHS, ColumnGuess, only
from ingest.findings import FindingLog, finding, refusal
from ingest.folding import squeeze
from ingest.numbers import NUMBER, Decimal, parse_number, parse_numbers

DEEPEST_CM = 10_000.0
DEPTH_UNIT = "depth_unit"
_CENTIMETRES = {
    "cm": 1.0,
    "m": 100.0,
    "mm": 0.1,
    "in": 2.54,
    "inch": 2.54,
    "inches": 2.54,
    "ft": 30.48,
    "feet": 30.48,
    "см": 1.0,
    "м": 100.0,
    "厘米": 1.0,
    '"': 2.54,
    "″": 2.54,
    "'": 30.48,
    "′": 30.48,
}
# words for a depth that is not told in numbers
_WORDS = {
    squeeze(word)
    for line in (
        "surface, surface soil, top, topsoil, subsoil, oberboden, unterboden, oberfläche",
        "sol de surface, surface du sol, terre végétale, sous-sol, suelo superficial, superficie",
        "superficial, subsuelo, поверхность, поверхностный, верхний слой, 表层, 表土, 表层土",
        "السطح, bovengrond, ondergrond, toplaag",
    )
    for word in line.split(",")
}
_COMMA_NUMBER = NUMBER.replace(r"\.", "[.,]")
_UNITS = "|".join(sorted(_CENTIMETRES, key=len, reverse=True))
_INTERVAL = re.compile(
    rf"(?:(?:from|von|de|от|between)\s+)?(?P<upper>{_COMMA_NUMBER})\s*(?P<unit>{_UNITS})?\.?\s*"
    rf"(?:-|–|—|−|~|\.\.+|…|to|bis|à|a|до|and)\s*(?P<lower>{_COMMA_NUMBER})\s*(?P<last>{_UNITS})?"
    r"\.?(?:\s*(?:bgs|bgl|b\.g\.s\.|b\.g\.l\.|below (?:ground|surface)|u\.? ?GOK))?",
    re.IGNORECASE,
)
_SINGLE = re.compile(rf"(?P<number>{_COMMA_NUMBER})\s*(?P<unit>{_UNITS})?\.?", re.IGNORECASE)
_OPEN = re.compile(rf"[<>≤≥]=?\s*{_SINGLE.pattern}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Interval:
    """One depth interval in the unit written beside it (None: no unit), or its problem."""

    upper: float | None = None
    lower: float | None = None
    unit: str | None = None
    problem: str | None = None


def parse_interval(text: str, decimal: Decimal) -> Interval:
    """Parse an interval written in one cell.

    Parameters
    ----------
    text : str
        A trimmed text such as ``0-20 cm``.
    decimal : {".", ","}
        The decimal sign.

    Returns
    -------
    Interval
        The two depths as written; nothing for an empty text.

    Examples
    --------
    >>> parse_interval("0-5 cm", ".")
    Interval(upper=0.0, lower=5.0, unit='cm', problem=None)
    >>> parse_interval("20", ".").problem
    'depth_single'
    """
    if not text:
        return Interval()
    match = _INTERVAL.fullmatch(text)
    if match is None:
        return Interval(problem=_problem(text))
    upper, lower = (parse_number(match[name], decimal) for name in ("upper", "lower"))
    if upper is None or lower is None:
        return Interval(problem="depth_not_understood")
    unit = match["last"] or match["unit"]
    return Interval(upper, lower, unit.casefold() if unit else None)


def _problem(text: str) -> str:
    if _SINGLE.fullmatch(text):
        return "depth_single"
    if _OPEN.fullmatch(text):
        return "depth_open"
    return "depth_in_words" if squeeze(text) in _WORDS else "depth_not_understood"


class DepthReader:
    """Reads the depth columns of a file.

    Parameters
    ----------
    columns : sequence of ColumnGuess
        All columns of the file.
    stated : tuple of float or None
        Upper and lower depth (cm) stated for the whole file, used when it has no depth column.
    unit : str or None
        The unit of depths that come without one.

    Raises
    ------
    IngestError
        If a depth column names an unknown unit in its header.
    """

    def __init__(
        self,
        columns: Sequence[ColumnGuess],
        stated: tuple[float | None, float | None],
        unit: str | None = None,
    ) -> None:
        self.columns = {
            meaning: column
            for meaning in (*DEPTHS, DEPTH_UNIT)
            if (column := only(columns, meaning)) is not None
        }
        self._stated = stated
        self._factors = {
            meaning: _header_factor(column, unit)
            for meaning, column in self.columns.items()
            if meaning != DEPTH_UNIT
        }
        self._has_warned = False

    def read(
        self, rows: pl.Series, texts: dict[str, pl.Series], decimal: Decimal, log: FindingLog
    ) -> tuple[pl.Series, pl.Series]:
        """Read the depths of n rows.

        Parameters
        ----------
        rows : polars.Series
            Row numbers, shape (n,).
        texts : dict of str to polars.Series
            Trimmed texts by meaning (`columns`).
        decimal : {".", ","}
            The decimal sign.
        log : FindingLog
            Where findings go.

        Returns
        -------
        tuple of polars.Series
            Upper and lower depth in cm, null where unknown, each of shape (n,).
        """
        units = texts.get(DEPTH_UNIT)
        depths = {meaning: column for meaning, column in texts.items() if meaning != DEPTH_UNIT}
        if "depth_upper" in depths and "depth_lower" in depths:
            by_row = None if units is None else self._row_factors(rows, units, log)
            upper, lower = (
                self._numbers(rows, depths[meaning], meaning, decimal, log, by_row)
                for meaning in ("depth_upper", "depth_lower")
            )
        elif depths:
            meaning = next(iter(depths))
            if units is not None:
                depths[meaning] = _with_units(depths[meaning], units)
            upper, lower = self._intervals(rows, depths[meaning], meaning, decimal, log)
        else:
            upper, lower = (
                pl.repeat(depth, len(rows), dtype=pl.Float64, eager=True) for depth in self._stated
            )
        return _checked(rows, upper, lower, log)

    def _numbers(
        self,
        rows: pl.Series,
        texts: pl.Series,
        meaning: str,
        decimal: Decimal,
        log: FindingLog,
        by_row: pl.Series | None,
    ) -> pl.Series:
        values = parse_numbers(texts, decimal)
        is_odd = values.is_null() & (texts != "")
        if is_odd.any():
            with_unit = _with_own_unit(texts.set(~is_odd, ""), decimal)
            self._report("depth_not_understood", is_odd & with_unit.is_null(), rows, texts, log)
            plain = self._numbers(rows, texts.set(is_odd, ""), meaning, decimal, log, by_row)
            return plain.zip_with(~is_odd, with_unit)
        if by_row is not None:
            missing = self._factor(meaning, (values.is_not_null() & by_row.is_null()).any(), log)
            return values * by_row.fill_null(missing)
        return values * self._factor(meaning, values.is_not_null().any(), log)

    def _row_factors(self, rows: pl.Series, units: pl.Series, log: FindingLog) -> pl.Series:
        """Look up the unit of each row; null where the row states none."""
        known = {text: _CENTIMETRES.get(text.casefold()) for text in units.unique()}
        is_unknown = units.is_in([text for text, factor in known.items() if text and not factor])
        self._report("depth_unit_unknown_in_row", is_unknown, rows, units, log)
        factors = list(known.values())
        if not known:  # polars looks nothing up in nothing
            return pl.Series([], dtype=pl.Float64)
        return units.replace_strict(list(known), factors, return_dtype=pl.Float64)

    def _intervals(
        self, rows: pl.Series, texts: pl.Series, meaning: str, decimal: Decimal, log: FindingLog
    ) -> tuple[pl.Series, pl.Series]:
        distinct = texts.unique(maintain_order=True)
        intervals = [parse_interval(text, decimal) for text in distinct]
        factors = [
            _CENTIMETRES[interval.unit]
            if interval.unit
            else self._factor(meaning, interval.upper is not None, log)
            for interval in intervals
        ]
        parsed = pl.DataFrame(
            {
                "text": distinct,
                "upper": [interval.upper for interval in intervals],
                "lower": [interval.lower for interval in intervals],
                "factor": factors,
                "problem": [interval.problem for interval in intervals],
            },
            schema_overrides={"upper": pl.Float64, "lower": pl.Float64, "problem": pl.String},
        )
        frame = (
            texts.alias("text")
            .to_frame()
            .join(parsed, on="text", how="left", maintain_order="left")
        )
        for code in ("depth_not_understood", "depth_single", "depth_open", "depth_in_words"):
            self._report(code, (frame["problem"] == code).fill_null(value=False), rows, texts, log)
        return frame["upper"] * frame["factor"], frame["lower"] * frame["factor"]

    def _factor(self, meaning: str, is_needed: bool, log: FindingLog) -> float:
        factor = self._factors[meaning]
        if factor is None and is_needed and not self._has_warned:
            log.add(finding("depth_unit_assumed", column=self.columns[meaning].column))
            self._has_warned = True
        return 1.0 if factor is None else factor

    def _report(
        self, code: str, is_faulty: pl.Series, rows: pl.Series, texts: pl.Series, log: FindingLog
    ) -> None:
        column = next(iter(self.columns.values())).column
        for row, text in zip(rows.filter(is_faulty), texts.filter(is_faulty), strict=True):
            log.add(finding(code, row=row, column=column, text=text))


def _with_own_unit(texts: pl.Series, decimal: Decimal) -> pl.Series:
    """Read depths with their unit behind them, in cm; null for other texts."""
    depths: dict[str, float | None] = {}
    for text in texts.unique():
        match = _SINGLE.fullmatch(text)
        number = None if match is None else parse_number(match["number"], decimal)
        if match is None or number is None or not match["unit"]:
            depths[text] = None
        else:
            depths[text] = number * _CENTIMETRES[match["unit"].casefold()]
    return texts.replace_strict(list(depths), list(depths.values()), return_dtype=pl.Float64)


def _header_factor(column: ColumnGuess, stated: str | None) -> float | None:
    text = column.unit or stated
    if not text:
        return None
    unit = text.strip().casefold()
    factor = _CENTIMETRES.get(unit, _CENTIMETRES.get(squeeze(unit)))
    if factor is None:
        raise refusal("depth_unit_unknown", text=text, column=column.column)
    return factor


def _with_units(texts: pl.Series, units: pl.Series) -> pl.Series:
    """Write each row's unit behind its depth, where the depth has none."""
    frame = pl.DataFrame({"text": texts, "unit": units})
    is_bare = pl.col("text").str.contains(r"\d$") & (pl.col("unit") != "")
    written = pl.concat_str("text", "unit", separator=" ")
    return frame.select(pl.when(is_bare).then(written).otherwise("text")).to_series()


def _checked(
    rows: pl.Series, upper: pl.Series, lower: pl.Series, log: FindingLog
) -> tuple[pl.Series, pl.Series]:
    """Refuse impossible intervals and turn 0 to 0 and half-known ones into unknown."""
    frame = pl.DataFrame({"row": rows, "upper": upper, "lower": lower})
    top, bottom = pl.col("upper"), pl.col("lower")
    is_out = ((top < 0) | (bottom < 0) | (top > DEEPEST_CM) | (bottom > DEEPEST_CM)).fill_null(
        value=False
    )
    is_zero = ((top == 0) & (bottom == 0)).fill_null(value=False)
    is_half = top.is_null() != bottom.is_null()
    masks = frame.select(
        out=is_out,
        zero=is_zero,
        half=is_half & ~is_out,
        reversed=((top >= bottom) & ~is_zero & ~is_out).fill_null(value=False),
    )
    for code, name in (
        ("depth_out_of_range", "out"),
        ("depth_zero", "zero"),
        ("depth_single", "half"),
        ("depth_reversed", "reversed"),
    ):
        for row, high, low in frame.filter(masks[name]).rows():
            text = " to ".join(f"{depth:g}" for depth in (high, low) if depth is not None)
            log.add(finding(code, row=row, text=text, upper=high, lower=low))
    is_unknown = masks["zero"] | masks["half"]
    return upper.set(is_unknown, None), lower.set(is_unknown, None)
