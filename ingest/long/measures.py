"""What cell, flag, condition and limit columns say together, as expressions over the rows."""

import polars as pl

from ingest.numbers import Decimal, parse_numbers
from ingest.readers.contract import ROW

# the limits a file may state, best first: at which one a result is reported as not detected
LIMITS = (
    ("reporting_limit", "reporting"),
    ("quantitation_limit", "quantification"),
    ("detection_limit", "detection"),
    ("method_detection_limit", "method_detection"),
)
FLAGS = ("qualifier", "detection_condition")


def measure(rows: pl.DataFrame, decimal: Decimal) -> pl.DataFrame:
    """Put the cell of the value, its flags and its limits together, in the units of the file.

    Parameters
    ----------
    rows : polars.DataFrame
        What `read_measurements` found (``value``, ``censoring``, ``cell_limit``, ``limit_kind``,
        ``value_flag``, ``problem``), the cell as ``value_text``, the classes ``flag`` and
        ``condition``, the texts of `FLAGS` and `LIMITS`, ``limit_kind_text`` and
        ``censoring_text``.
    decimal : {".", ","}
        The decimal sign.

    Returns
    -------
    polars.DataFrame
        The rows with ``said`` (none, left or right), ``number`` (the value, or the limit the
        value lies beyond), ``is_from_column`` (the limit stood in a column of its own),
        ``limit_kind``, ``qualifier``, ``original_text`` and what is still wrong, ``problem``.
    """
    for name, _ in LIMITS:
        texts = rows[name].str.strip_prefix("<").str.strip_chars_start()
        limit = parse_numbers(texts, decimal)
        # a limit of zero is no limit
        rows = rows.with_columns(limit.set(limit <= 0, None).alias(name))
    kinds = _limit_kinds(rows["limit_kind_text"])
    rows = rows.join(kinds, on="limit_kind_text", how="left", maintain_order="left")
    rows = rows.with_columns(_said()).with_columns(_column_limit())
    return _texts(rows.with_columns(_chosen_limit()).with_columns(_settled()))


def _said() -> pl.Expr:
    """Which side of a limit the result lies on, by the cell, its flag or its condition."""
    return (
        pl.when(pl.col("censoring") != "none")
        .then("censoring")
        .when(_is_side("flag"))
        .then("flag")
        .when(_is_side("condition"))
        .then("condition")
        .otherwise(pl.lit("none"))
        .alias("said")
    )


# remarks that leave the number as it is
_SOFT = (
    "limit_missing",
    "value_zero",
    "negative_as_limit",
    "thousands_separated",
    "uncertainty_kept",
)


def _is_side(name: str) -> pl.Expr:
    return (pl.col(name) == "left") | (pl.col(name) == "right")


def _limit_kinds(texts: pl.Series) -> pl.DataFrame:
    """Tell the kind of the limit each row names, and whether it is an upper one."""
    kinds = {text: _named_kind(text.casefold()) for text in texts.unique()}
    return pl.DataFrame(
        {
            "limit_kind_text": list(kinds),
            "named_kind": list(kinds.values()),
            "is_upper": ["upper" in text.casefold() for text in kinds],
        },
        schema={"limit_kind_text": pl.String, "named_kind": pl.String, "is_upper": pl.Boolean},
    )


def _named_kind(text: str) -> str:
    for word, kind in (
        ("quant", "quantification"),
        ("report", "reporting"),
        ("method", "method_detection"),
        ("unstated", "unstated"),
    ):
        if word in text:
            return kind
    return "detection"


def _column_limit() -> list[pl.Expr]:
    """The best limit of the limit columns, and its kind; upper limits only for "above"."""
    fits = pl.col("is_upper") == (pl.col("said") == "right")
    kinds = {
        name: pl.col("named_kind") if name == "detection_limit" else pl.lit(kind)
        for name, kind in LIMITS
    }
    return [
        pl.when(fits).then(pl.coalesce(*kinds)).alias("column_limit"),
        pl.coalesce(
            *(pl.when(pl.col(name).is_not_null()).then(kind) for name, kind in kinds.items())
        ).alias("column_kind"),
    ]


def _chosen_limit() -> list[pl.Expr]:
    """The limit: the cell's own, or that of a column; a flag says that the cell is the limit."""
    signed, column = pl.col("cell_limit"), pl.col("column_limit")
    own = pl.when(pl.col("value") > 0).then("value")
    is_own_first = (pl.col("flag") == pl.col("said")) | (pl.col("said") == "right")
    chosen = (
        pl.when(pl.col("said") == "none")
        .then(None)
        .when(is_own_first)
        .then(pl.coalesce(signed, own, column))
        .otherwise(pl.coalesce(signed, column, own))
    )
    from_column = (
        (pl.col("said") != "none")
        & signed.is_null()
        & column.is_not_null()
        & (own.is_null() | ~is_own_first)
    )
    return [chosen.alias("limit"), from_column.fill_null(value=False).alias("is_from_column")]


def _settled() -> list[pl.Expr]:
    """The one number of the row, its kind, and what is still wrong with it."""
    is_censored = pl.col("said") != "none"
    says = {
        side: pl.any_horizontal(pl.col("censoring", "flag", "condition") == side)
        for side in ("left", "right")
    }
    is_soft = pl.col("problem").is_null() | pl.col("problem").is_in(_SOFT)
    lacks = is_censored & is_soft & pl.col("limit").is_null()
    problem = (
        pl.when(says["left"] & says["right"])
        .then(pl.lit("flags_contradict"))
        .when(lacks & (pl.col("said") == "left"))
        .then(pl.lit("limit_missing"))
        .when(lacks)
        .then(pl.lit("upper_limit_missing"))
        .when(~(is_censored & is_soft))
        .then("problem")
    )
    kind = (
        pl.when("is_from_column")
        .then("column_kind")
        .when(is_censored & pl.col("limit").is_not_null())
        .then(pl.coalesce("limit_kind", pl.lit("unstated")))
        # an export of ours: "below the quantification limit", and nobody knows where that lies
        .when(is_censored & (pl.col("censoring_text") != "") & (pl.col("limit_kind_text") != ""))
        .then("named_kind")
        .otherwise("limit_kind")
    )
    return [
        pl.when(is_censored).then("limit").otherwise("value").alias("number"),
        kind.alias("limit_kind"),
        problem.alias("problem"),
    ]


def _texts(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep the flags as given, and the cell, or the flags where it is empty."""
    is_flagged = (
        (pl.col("qualifier") != "")
        | (pl.col("detection_condition") != "")
        | pl.col("value_flag").is_not_null()
    )
    flags = pl.concat_str(
        [pl.when(pl.col(name) != "").then(pl.col(name)) for name in ("value_flag", *FLAGS)],
        separator="; ",
        ignore_nulls=True,
    )
    flagged = rows.lazy().filter(is_flagged).select(ROW, flags.alias("flags")).collect()
    rows = rows.drop("qualifier").join(flagged, on=ROW, how="left", maintain_order="left")
    is_written = pl.col("value_text") != ""
    return rows.rename({"flags": "qualifier"}).with_columns(
        pl.when(is_written).then("value_text").otherwise("qualifier").alias("original_text")
    )
