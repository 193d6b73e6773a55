"""The results of files with a row per result, read column by column.

Every distinct name, unit, flag and condition is understood once; the rows are put together by
joins, so that a million rows cost little more than their parsing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from ingest.censoring import FlagIndex, read_measurements
from ingest.columns import ColumnGuess, only
from ingest.contaminants import ContaminantIndex
from ingest.findings import FindingLog, finding, refusal
from ingest.long.analytes import AnalyteReader
from ingest.long.measures import LIMITS, measure
from ingest.long.origins import ORIGINS, carry_origins
from ingest.long.qualifiers import AMBIGUOUS, UNKNOWN, QualifierIndex
from ingest.long.row_units import RowUnits
from ingest.long.sample_types import SampleTypes
from ingest.long.spreads import RowSpreads
from ingest.mapping.model import Statements
from ingest.moisture import basis_of, dry_share
from ingest.numbers import Decimal, unlogged
from ingest.readers.contract import ROW, cell_column
from ingest.results import RESULTS, ResultBlock
from ingest.rows import report
from ingest.units import UnitIndex

_READ = [
    "analyte",
    "cas_number",
    "value",
    "qualifier",
    "detection_condition",
    "censoring",
    *(name for name, _ in LIMITS),
    "limit_kind",
    "limit_unit",
    "unit",
    "basis",
    "moisture",
    "uncertainty",
    "uncertainty_unit",
    "coverage_factor",
    "sample_type",
    "replicate",
    "extraction",
    "fraction",
    "method",
    "laboratory",
]
_MOST_NAMES = 10_000


@dataclass(frozen=True, slots=True)
class LongTools:
    """What the reading of long files looks up."""

    contaminants: ContaminantIndex
    units: UnitIndex
    flags: FlagIndex
    qualifiers: QualifierIndex
    sample_types: SampleTypes
    analytes: Mapping[str, str]


class LongReader:
    """Turns the rows of a long file into results.

    Parameters
    ----------
    columns : sequence of ColumnGuess
        All columns of the file; ``value`` and ``analyte`` or ``cas_number`` among them.
    tools : LongTools
        What is looked up.
    file : Statements
        What holds for the whole file.
    decimal : {".", ","}
        The decimal sign of the file.
    log : FindingLog
        Where findings go.
    """

    def __init__(
        self,
        columns: Sequence[ColumnGuess],
        tools: LongTools,
        file: Statements,
        decimal: Decimal,
        log: FindingLog,
    ) -> None:
        self._columns = columns
        self._tools = tools
        self._file = file
        self._decimal: Decimal = decimal
        self._log = log
        self._analytes = AnalyteReader(tools.contaminants, tools.analytes, takes_oxides=True)
        named = only(columns, "unit")
        self._units = RowUnits(
            tools.units, tools.contaminants, named.column if named else "unit", log
        )
        named = only(columns, "value")
        self._value_column = named.column if named else "value"
        self._value_unit = (named.unit if named else None) or file.unit or ""
        self._limit_unit = _limit_unit(columns)
        self._spreads = RowSpreads(columns, tools.flags, self._units, file, decimal, log)
        self._oxides: set[str] = set()
        self._unknown: Counter[str] = Counter()
        self._odd_types: Counter[str] = Counter()

    def read(self, frame: pl.DataFrame) -> ResultBlock:
        """Read the results of some rows.

        Parameters
        ----------
        frame : polars.DataFrame
            Trimmed rows.

        Returns
        -------
        ResultBlock
            Results in the canonical units, and the rows that give none.

        Raises
        ------
        IngestError
            ``qualifier_unclear`` when a flag means different things in different laboratories
            and the mapping does not say which.
        """
        rows = pl.DataFrame([frame[ROW], *(self._cells(frame, name) for name in _READ)])
        if self._file.scale is not None:
            limits = [unlogged(rows[name], self._decimal, self._file.scale) for name, _ in LIMITS]
            rows = rows.with_columns(limits)
        skipped = []
        for step in (self._without_controls, self._with_analytes, self._with_results):
            rows, left_out = step(rows)
            skipped.append(left_out)
        rows = self._convert(self._measure(rows))
        rows = self._spreads.add(rows)
        carried = pl.DataFrame([frame[ROW], *(self._cells(frame, name) for name in ORIGINS)])
        rows = carry_origins(rows, carried, self._decimal, self._log)
        return ResultBlock(rows.select(RESULTS), pl.concat(skipped))

    def report(self) -> None:
        """Say once per name which analytes and types of samples were not known."""
        for code, counter in (
            ("analyte_unknown", self._unknown),
            ("sample_type_unknown", self._odd_types),
        ):
            for text, number in counter.most_common():
                self._log.add(finding(code, column=self._name(code), text=text, number=number))
            counter.clear()

    def _name(self, code: str) -> str | None:
        wanted = ("sample_type",) if code.startswith("sample") else ("analyte", "cas_number")
        guesses = (only(self._columns, meaning) for meaning in wanted)
        return next((guess.column for guess in guesses if guess is not None), None)

    def _cells(self, frame: pl.DataFrame, meaning: str) -> pl.Series:
        column = only(self._columns, meaning)
        if column is None:
            return pl.repeat("", frame.height, dtype=pl.String, eager=True).alias(meaning)
        return frame[cell_column(column.index)].alias(meaning)

    def _without_controls(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Leave out blanks, spikes and controls; mark duplicates as replicates."""
        kinds = {text: self._tools.sample_types.find(text) for text in rows["sample_type"].unique()}
        types = rows["sample_type"]
        for text, kind in kinds.items():
            if kind is None:
                _count(self._odd_types, text, (types == text).sum())
        found = _looked_up(types, {text: kind or "sample" for text, kind in kinds.items()})
        is_control = found.is_in(["blank", "spike", "control"])
        is_duplicate = (found == "duplicate") & (rows["replicate"] == "")
        kept = rows.with_columns(
            pl.when(is_duplicate)
            .then(pl.col("sample_type"))
            .otherwise(pl.col("replicate"))
            .alias("replicate")
        )
        return kept.filter(~is_control), _skips(rows, is_control, "quality_control_row")

    def _with_analytes(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        found = self._analytes.read(rows["analyte"], rows["cas_number"])
        rows = rows.hstack(found.drop("analyte_problem"))
        problem = found["analyte_problem"]
        is_unknown = (problem == "analyte_unknown").fill_null(value=False)
        label = pl.when(pl.col("analyte") != "").then("analyte").otherwise("cas_number")
        for text, number in rows.filter(is_unknown).group_by(label.alias("text")).len().rows():
            _count(self._unknown, text, number)
        is_conflict = (problem == "analyte_conflict").fill_null(value=False)
        in_conflict = rows.filter(is_conflict)
        report(
            self._log,
            "analyte_conflict",
            in_conflict[ROW],
            self._name("analyte"),
            in_conflict["analyte"] + " / " + in_conflict["cas_number"],
        )
        return rows.filter(problem.is_null()), _skips(rows, is_unknown, "analyte_unknown")

    def _with_results(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Understand flags and conditions; leave out what was rejected or not measured."""
        index = self._tools.qualifiers
        flag = _looked_up(rows["qualifier"], {t: index.flag(t) for t in rows["qualifier"].unique()})
        texts = rows["detection_condition"]
        condition = _looked_up(texts, {text: index.condition(text) for text in texts.unique()})
        texts = rows["censoring"]
        side = _looked_up(texts, {text: index.condition(text) for text in texts.unique()})
        classes = {"qualifier": flag, "detection_condition": condition, "censoring": side}
        for meaning, found in classes.items():
            self._refuse_unclear(rows[meaning], found, meaning)
        # a column that says nothing else than the side decides
        condition = side.zip_with(texts != "", condition)
        texts, scale = rows["value"], self._file.scale
        numbers = texts if scale is None else unlogged(texts, self._decimal, scale)
        measured = read_measurements(numbers, self._decimal, self._tools.flags)
        said = pl.DataFrame({"flag": flag, "condition": condition})
        names = {
            "qualifier": "value_flag",
            "detection_limit": "cell_limit",
            "uncertainty": "cell_spread",
        }
        cells = rows.rename(
            {
                "value": "value_text",
                "limit_kind": "limit_kind_text",
                "censoring": "censoring_text",
                "uncertainty": "uncertainty_text",
            }
        )
        rows = cells.hstack([*measured.rename(names), *said])
        rows = rows.with_columns(
            pl.when(pl.col("problem") == "negative_as_limit")
            .then(pl.lit(self._tools.flags.negative_repair, dtype=pl.String))
            .alias("repairs")
        )
        is_censored = pl.col("flag").is_in(["left", "right"]) | pl.col("condition").is_in(
            ["left", "right"]
        )
        rejected = (pl.col("flag") == "rejected") | (pl.col("condition") == "rejected")
        missing = (pl.col("flag") == "missing") | (pl.col("condition") == "missing")
        is_fine = pl.col("problem").is_null() | (pl.col("problem") == "fill_as_missing")
        empty = pl.col("is_missing") & ~is_censored & is_fine
        masks = rows.select(
            rejected=rejected | (pl.col("problem") == "value_rejected").fill_null(value=False),
            empty=missing | empty,
        )
        is_rejected, is_empty = masks["rejected"], masks["empty"] & ~masks["rejected"]
        left_out = [
            _skips(rows, is_rejected, "result_rejected"),
            _skips(rows, is_empty, "result_missing"),
        ]
        return rows.filter(~is_rejected & ~is_empty), pl.concat(left_out)

    def _refuse_unclear(self, texts: pl.Series, found: pl.Series, meaning: str) -> None:
        is_unclear = found.is_in([AMBIGUOUS, UNKNOWN])
        if not is_unclear.any():
            return
        counted = texts.filter(is_unclear).value_counts(sort=True).rows()
        listed = ", ".join(f'"{text}" ({number} rows)' for text, number in counted[:10])
        column = only(self._columns, meaning)
        table = "qualifiers" if meaning == "qualifier" else "conditions"
        name = column.column if column else meaning
        raise refusal("qualifier_unclear", column=name, flags=listed, table=table)

    def _measure(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Put cell, flags and limits together, still in the units of the file."""
        rows = measure(rows, self._decimal)
        for code in rows["problem"].drop_nulls().unique(maintain_order=True):
            faulty = rows.filter(pl.col("problem") == code)
            report(
                self._log,
                code,
                faulty[ROW],
                self._value_column,
                faulty["original_text"],
                decimal=self._decimal,
            )
        return rows

    def _convert(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Convert to the canonical units of dry mass."""
        of_limit = _first_filled("limit_unit", pl.lit(self._limit_unit))
        of_value = _first_filled("unit", "named_unit", pl.lit(self._value_unit))
        rows = rows.with_columns(
            pl.when(pl.col("is_from_column") & (of_limit != ""))
            .then(of_limit)
            .otherwise(of_value)
            .alias("original_unit")
        )
        needed = pl.when(pl.col("number").is_not_null() | (pl.col("original_unit") != ""))
        rows = rows.with_columns(needed.then("original_unit").alias("original_unit"))
        units = self._units.read(rows["original_unit"], rows["contaminant"])
        rows = rows.drop("unit").hstack(units)
        self._report_units(rows)
        return self._to_dry(self._of_elements(rows.filter(pl.col("unit_problem").is_null())))

    def _of_elements(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn contents of oxides into those of their elements, and say so once per oxide."""
        oxides = rows["oxide"].drop_nulls().unique(maintain_order=True).to_list()
        if not oxides:
            none = pl.lit(None, dtype=pl.Float64)
            return rows.with_columns(none.alias("over"), none.alias("under"))
        shares = {oxide: self._tools.contaminants.share_of_element(oxide) for oxide in oxides}
        for oxide in (oxide for oxide in oxides if oxide not in self._oxides):
            code = rows.filter(pl.col("oxide") == oxide)["contaminant"][0]
            factor = f"{float(shares[oxide]):.5f}"
            column = self._name("analyte")
            details = {"oxide": oxide, "contaminant": code, "factor": factor}
            self._log.add(finding("oxide_converted", column=column, **details))
            self._oxides.add(oxide)
        shared = pl.DataFrame(
            {
                "oxide": oxides,
                # apart, because a factor multiplied by another is rounded twice
                "over": [float(share.numerator) for share in shares.values()],
                "under": [float(share.denominator) for share in shares.values()],
            }
        )
        rows = rows.join(shared, on="oxide", how="left", maintain_order="left")
        unit = pl.concat_str("original_unit", "oxide", separator=" ")
        return rows.with_columns(
            pl.col("numerator") * pl.col("over").fill_null(1.0),
            pl.col("denominator") * pl.col("under").fill_null(1.0),
            pl.when(pl.col("oxide").is_not_null() & (pl.col("original_unit") != ""))
            .then(unit)
            .otherwise("original_unit")
            .alias("original_unit"),
        )

    def _report_units(self, rows: pl.DataFrame) -> None:
        faulty = rows.filter(pl.col("unit_problem").is_not_null())
        for part in faulty.partition_by("original_unit", "contaminant", maintain_order=True):
            text, code = part["original_unit"][0], part["contaminant"][0]
            found = self._units.find(text, code)
            details = {key: word for key, word in (found.details or {}).items() if key != "text"}
            problem = found.problem or "unit_unknown_in_row"
            report(
                self._log, problem, part[ROW], self._units.column, part["original_unit"], **details
            )

    def _to_dry(self, rows: pl.DataFrame) -> pl.DataFrame:
        bases = {text: basis_of(text) for text in rows["basis"].unique()}
        own = _looked_up(rows["basis"], bases)
        stated = pl.lit(self._file.basis or "unstated")
        share = dry_share(rows["moisture"], self._decimal, self._file.moisture_percent)
        rows = rows.with_columns(own.alias("row_basis"), share.alias("share")).with_columns(
            pl.when(pl.col("row_basis") != "unstated")
            .then("row_basis")
            .when(pl.col("unit_basis") != "unstated")
            .then("unit_basis")
            .otherwise(stated)
            .alias("basis")
        )
        is_wet = pl.col("basis") == "wet"
        is_usable = pl.col("share").is_not_null()
        without = rows.filter(is_wet & ~is_usable)
        report(self._log, "moisture_missing", without[ROW], self._value_column, without["moisture"])
        dry_part = pl.when(is_wet).then("share").otherwise(1.0)
        number = pl.col("number") * pl.col("numerator") / pl.col("denominator") / dry_part
        is_exact = pl.col("said") == "none"
        return rows.filter(~is_wet | is_usable).with_columns(
            dry_part.alias("dry_part"),
            pl.when(is_exact).then(number).alias("value"),
            pl.when(~is_exact).then(number).alias("detection_limit"),
            (pl.col("numerator") / pl.col("denominator") / dry_part).alias("conversion_factor"),
            pl.when(is_wet).then(pl.lit("dry")).otherwise("basis").alias("basis"),
            pl.coalesce("original_text", "censoring_text").alias("original_text"),
            pl.lit(self._value_column).alias("column_name"),
            pl.col("said").alias("censoring"),
            *(
                _filled(name, getattr(self._file, name))
                for name in ("fraction", "method", "laboratory")
            ),
            _filled("extraction", self._file.extraction, pl.col("named_extraction")),
            _filled("replicate", None),
        )


def _limit_unit(columns: Sequence[ColumnGuess]) -> str:
    """Return the unit that the names of the limit columns give; empty where they give none."""
    limits = [guess for name, _ in LIMITS if (guess := only(columns, name)) is not None]
    units = {guess.unit or "" for guess in limits}
    if len(units) > 1:
        named = ", ".join(guess.column for guess in limits)
        raise refusal("limit_units_differ", columns=named)
    return next(iter(units), "")


def _first_filled(*names: str | pl.Expr) -> pl.Expr:
    texts = [pl.col(name) if isinstance(name, str) else name for name in names]
    return pl.coalesce(*(pl.when(text != "").then(text) for text in texts), pl.lit(""))


def _filled(name: str, stated: str | None, named: pl.Expr | None = None) -> pl.Expr:
    own = pl.when(pl.col(name) != "").then(name)
    more = [] if named is None else [named]
    return pl.coalesce(own, *more, pl.lit(stated, dtype=pl.String)).alias(name)


def _looked_up(texts: pl.Series, table: Mapping[str, str]) -> pl.Series:
    return texts.replace_strict(list(table), list(table.values()), return_dtype=pl.String)


def _skips(rows: pl.DataFrame, mask: pl.Series, code: str) -> pl.DataFrame:
    return rows.filter(mask).select(ROW, pl.lit(code).alias("code"))


def _count(counter: Counter[str], text: str, number: int) -> None:
    """Count by name; a hostile file may hold a new name in every row."""
    counter[text if text in counter or len(counter) < _MOST_NAMES else "(other names)"] += number
