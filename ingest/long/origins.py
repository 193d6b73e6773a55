"""What an export of this service tells of the file before it: text, unit and factor of a result."""

import polars as pl

from ingest.findings import FindingLog
from ingest.numbers import Decimal, parse_numbers
from ingest.readers.contract import ROW
from ingest.rows import report

ORIGINS = ("original_text", "original_unit", "conversion_factor")


def carry_origins(
    rows: pl.DataFrame, carried: pl.DataFrame, decimal: Decimal, log: FindingLog
) -> pl.DataFrame:
    """Put the origin that a file carries in the place of that of its own cells.

    Parameters
    ----------
    rows : polars.DataFrame
        Results with `ORIGINS` as the file itself gives them, n rows.
    carried : polars.DataFrame
        Trimmed texts of the columns `ORIGINS` and the row number, for these rows at least; an
        empty text carries nothing.
    decimal : {".", ","}
        The decimal sign.
    log : FindingLog
        Where factors that are no positive numbers are reported.

    Returns
    -------
    polars.DataFrame
        The n results in their order.

    Examples
    --------
    >>> own = {ROW: [2], "original_text": ["0.05"], "original_unit": ["mg/kg"]}
    >>> told = {ROW: [2], "original_text": ["<50"], "original_unit": ["ug/kg"]}
    >>> carry_origins(
    ...     pl.DataFrame({**own, "conversion_factor": [1.0]}),
    ...     pl.DataFrame({**told, "conversion_factor": ["0.001"]}),
    ...     ".",
    ...     FindingLog(),
    ... ).rows()
    [(2, '<50', 'ug/kg', 0.001)]
    """
    if carried.select((pl.col(ORIGINS) == "").all()).row(0) == (True, True, True):
        return rows
    texts = carried["conversion_factor"]
    factors = parse_numbers(texts, decimal)
    is_odd = (texts != "") & ~(factors.is_finite() & (factors > 0)).fill_null(value=False)
    odd = carried[ROW].filter(is_odd)
    report(log, "value_not_number", odd, "conversion_factor", texts.filter(is_odd))
    told = carried.select(
        ROW,
        *(pl.when(pl.col(name) != "").then(name).alias(f"told_{name}") for name in ORIGINS[:2]),
        factors.alias("told_conversion_factor"),
    )
    joined = rows.join(told, on=ROW, how="left", maintain_order="left")
    names = {name: f"told_{name}" for name in ORIGINS}
    told_first = [pl.coalesce(other, name).alias(name) for name, other in names.items()]
    return joined.with_columns(told_first).drop(names.values())
