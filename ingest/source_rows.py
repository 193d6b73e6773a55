"""The rows of a file of potential sources, read block by block."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import polars as pl

from ingest.columns import only
from ingest.findings import FindingLog, finding
from ingest.folding import squeeze
from ingest.geometries import read_shapes
from ingest.mapping.rows import report_skipped
from ingest.numbers import parse_numbers
from ingest.readers.contract import ROW
from ingest.rows import report, text_column
from ingest.source_groups import KILOGRAMS
from ingest.source_plan import SourcePlan

_URL = re.compile(r"https?://[^\s<>\"\x00-\x1f]+", re.IGNORECASE)
_SPLIT = re.compile(r"[;|]")
_EARLIEST_YEAR = 1000
_LONGEST_CITATION = 2000


def read_block(
    frame: pl.DataFrame, plan: SourcePlan, log: FindingLog
) -> tuple[pl.DataFrame, pl.Series]:
    """Read the sources of some rows, faulty ones included.

    Parameters
    ----------
    frame : polars.DataFrame
        Trimmed rows.
    plan : SourcePlan
        The way to read them.
    log : FindingLog
        Where findings go; rows with errors are to be left out by their numbers.

    Returns
    -------
    sources : polars.DataFrame
        Columns of `SOURCE_SCHEMA`, and year, release_kg and release_medium of a register; one
        row per row that is not skipped.
    skipped : polars.Series
        The numbers of rows that the mapping leaves out.
    """
    frame, skipped = plan.choice.rules.apply(frame)
    report_skipped(skipped, log)
    file = plan.choice.file
    rows = frame[ROW]
    places = _places(frame, plan, log)
    name = text_column(frame, only(plan.columns, "name"), log)
    if only(plan.columns, "name") is None:
        name = _named_by_place(places)
    report(log, "source_name_missing", rows.filter(name.is_null()), plan.name("name"))
    first, last = _years(frame, plan, log)
    citation = text_column(frame, only(plan.columns, "citation"), log, longest=_LONGEST_CITATION)
    sources = places.with_columns(
        rows,
        name.alias("name"),
        _types(frame, plan, log).alias("type"),
        _accuracy(frame, plan, log).alias("positional_accuracy_m"),
        text_column(
            frame, only(plan.columns, "position_source"), log, longest=_LONGEST_CITATION
        ).alias("position_source"),
        _contaminants(frame, plan, log).alias("contaminants"),
        first.alias("operating_from"),
        last.alias("operating_to"),
        citation.fill_null(file.citation or "").replace("", None).alias("citation"),
        _urls(frame, plan, log).alias("source_url"),
        *_releases(frame, plan, log),
    )
    key = _natural_key(frame, sources, plan, log)
    sources = sources.with_columns(
        key.alias("natural_key"), pl.lit(1, dtype=pl.Int32).alias("rows")
    )
    return sources, skipped[ROW]


def _places(frame: pl.DataFrame, plan: SourcePlan, log: FindingLog) -> pl.DataFrame:
    rows = frame[ROW]
    epsg = pl.repeat(plan.system.epsg, len(rows), dtype=pl.Int32, eager=True)
    if plan.places is None:
        column = only(plan.columns, "geometry")
        texts = text_column(frame, column, log, longest=10_000_000).fill_null("")
        shapes = read_shapes(rows, texts, plan.system, plan.name("geometry") or "", log)
        degrees = (shapes.longitude, shapes.latitude)
        originals, geometry = shapes.original, shapes.text
    else:
        places = plan.places.read(frame)
        originals, epsg = places.original, places.epsg
        degrees = (places.longitude, places.latitude)
        geometry = pl.repeat(None, len(rows), dtype=pl.String, eager=True)
    return pl.DataFrame(
        {
            "longitude": degrees[0],
            "latitude": degrees[1],
            "original_easting": originals[0],
            "original_northing": originals[1],
            "original_epsg": epsg,
            "geometry": geometry,
        }
    )


def _named_by_place(places: pl.DataFrame) -> pl.Series:
    return places.select(
        pl.format("{}, {}", pl.col("latitude").round(5), pl.col("longitude").round(5))
    ).to_series()


def _natural_key(
    frame: pl.DataFrame, sources: pl.DataFrame, plan: SourcePlan, log: FindingLog
) -> pl.Series:
    """Know a source again by the register's number of it, else by its name and place."""
    number = text_column(frame, only(plan.columns, "source_id"), log)
    folded = parsed(sources["name"].fill_null(""), squeeze)
    place = pl.format(
        "{}@{},{}", "folded", pl.col("longitude").round(6), pl.col("latitude").round(6)
    )
    return (
        sources.with_columns(number.alias("number"), folded.alias("folded"))
        .select(pl.coalesce(pl.format("id:{}", "number"), place))
        .to_series()
    )


def parsed(texts: pl.Series, parse: Callable[[str], str | None]) -> pl.Series:
    """Apply a parser once per distinct text.

    Parameters
    ----------
    texts : polars.Series
        Texts, null where there is none, shape (n,).
    parse : callable
        From text to text or None.

    Returns
    -------
    polars.Series
        String, shape (n,).

    Examples
    --------
    >>> parsed(pl.Series(["a", None]), str.upper).to_list()
    ['A', None]
    """
    known = {text: parse(text) for text in texts.drop_nulls().unique()}
    values = [None if text is None else known[text] for text in texts]
    return pl.Series(values, dtype=pl.String)


def _types(frame: pl.DataFrame, plan: SourcePlan, log: FindingLog) -> pl.Series:
    column = only(plan.columns, "type")
    if column is None:
        return pl.repeat(plan.choice.file.source_type, frame.height, dtype=pl.String, eager=True)
    texts = text_column(frame, column, log).fill_null("")
    codes = parsed(texts, plan.types.find)
    is_unknown = codes.is_null()
    report(
        log,
        "source_type_unknown",
        frame[ROW].filter(is_unknown),
        column.column,
        texts.filter(is_unknown),
        example=plan.types.example,
    )
    return codes


def _accuracy(frame: pl.DataFrame, plan: SourcePlan, log: FindingLog) -> pl.Series:
    column = only(plan.columns, "accuracy")
    texts = text_column(frame, column, log)
    values = parse_numbers(texts.fill_null(""), plan.decimal)
    is_bad = texts.is_not_null() & ~(values > 0).fill_null(value=False)
    name = plan.name("accuracy")
    report(log, "accuracy_invalid", frame[ROW].filter(is_bad), name, texts.filter(is_bad))
    stated = plan.choice.file.accuracy_m
    if stated is not None:
        return values.fill_null(stated)
    report(log, "accuracy_missing", frame[ROW].filter(texts.is_null()), name)
    return values


def _contaminants(frame: pl.DataFrame, plan: SourcePlan, log: FindingLog) -> pl.Series:
    if plan.is_grouped:
        return _emitted(frame, plan, log)
    column = only(plan.columns, "contaminants")
    texts = text_column(frame, column, log, longest=_LONGEST_CITATION)
    lists: list[list[str]] = []
    for row, text in zip(frame[ROW], texts, strict=True):
        codes: dict[str, None] = dict.fromkeys(plan.choice.file.contaminants)
        for part in filter(None, (part.strip() for part in _SPLIT.split(text or ""))):
            found = plan.contaminants.find(part)
            if found is None:
                name = plan.name("contaminants")
                log.add(finding("contaminant_unknown", row=row, column=name, text=part))
            else:
                codes[found[0].code] = None
        lists.append(list(codes))
    return pl.Series(lists, dtype=pl.List(pl.String))


def _emitted(frame: pl.DataFrame, plan: SourcePlan, log: FindingLog) -> pl.Series:
    """Read the one substance of each row of a register."""
    names = text_column(frame, only(plan.columns, "contaminants"), log, longest=_LONGEST_CITATION)
    numbers = text_column(frame, only(plan.columns, "cas_number"), log)
    pairs = zip(names.fill_null(""), numbers.fill_null(""), strict=True)
    codes = [plan.emissions.find(*pair) for pair in pairs]
    return pl.Series([[code] if code else [] for code in codes], dtype=pl.List(pl.String))


def _releases(frame: pl.DataFrame, plan: SourcePlan, log: FindingLog) -> list[pl.Series]:
    texts = text_column(frame, only(plan.columns, "release"), log).fill_null("")
    amounts = parse_numbers(texts, plan.decimal)
    units = text_column(frame, only(plan.columns, "release_unit"), log).fill_null("")
    known = {text: KILOGRAMS.get(text.casefold()) for text in units.unique()}
    factors = pl.Series([known[text] for text in units], dtype=pl.Float64)
    kilograms = amounts * factors
    is_bad = (texts != "") & ~(kilograms >= 0).fill_null(value=False)
    shown = (texts + " " + units).filter(is_bad)
    report(log, "release_invalid", frame[ROW].filter(is_bad), plan.name("release"), shown)
    return [
        _year(frame, plan, "year", log).alias("year"),
        kilograms.alias("release_kg"),
        text_column(frame, only(plan.columns, "release_medium"), log).alias("release_medium"),
    ]


def _years(frame: pl.DataFrame, plan: SourcePlan, log: FindingLog) -> tuple[pl.Series, pl.Series]:
    first, last = (_year(frame, plan, name, log) for name in ("operating_from", "operating_to"))
    is_reversed = (last < first).fill_null(value=False)
    column = plan.name("operating_to")
    faulty = zip(
        frame[ROW].filter(is_reversed),
        first.filter(is_reversed),
        last.filter(is_reversed),
        strict=True,
    )
    for row, begin, end in faulty:
        log.add(finding("years_reversed", row=row, column=column, first=begin, last=end))
    return first, last


def _year(frame: pl.DataFrame, plan: SourcePlan, meaning: str, log: FindingLog) -> pl.Series:
    texts = text_column(frame, only(plan.columns, meaning), log)
    is_year = texts.str.contains(r"^\d{4}$").fill_null(value=False)
    years = texts.set(~is_year, None).cast(pl.Int32)
    is_known = (years >= _EARLIEST_YEAR) & (years <= datetime.now(UTC).year)
    is_bad = texts.is_not_null() & ~is_known.fill_null(value=False)
    name = plan.name(meaning)
    report(log, "year_invalid", frame[ROW].filter(is_bad), name, texts.filter(is_bad))
    return years


def _urls(frame: pl.DataFrame, plan: SourcePlan, log: FindingLog) -> pl.Series:
    column = only(plan.columns, "source_url")
    texts = text_column(frame, column, log, longest=_LONGEST_CITATION)
    urls = parsed(texts, lambda text: text if _URL.fullmatch(text) else None)
    is_bad = texts.is_not_null() & urls.is_null()
    name = plan.name("source_url")
    report(log, "url_invalid", frame[ROW].filter(is_bad), name, texts.filter(is_bad))
    stated = plan.choice.file.source_url
    return urls if stated is None else urls.fill_null(stated)
