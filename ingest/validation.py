"""Checks that need the whole file: repeated samples, and places that stand apart."""

import polars as pl

from ingest.coordinates import ReferenceSystem, describe_transformation, within_most
from ingest.findings import FindingLog, finding
from ingest.readers.contract import ROW
from ingest.rows import RowAccount, report

SAMPLE_KEY = ("natural_place", "depth_upper_cm", "depth_lower_cm", "sampled_from", "sampled_to")
_RESULT_KEY = ("sample_row", "contaminant", "extraction", "fraction", "replicate")
_MEASURED = ("value", "censoring", "detection_limit", "unit")


def resolve_duplicates(
    samples: pl.DataFrame, results: pl.DataFrame, account: RowAccount, log: FindingLog
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Leave out faulty rows, refuse contradictions and skip repetitions.

    Parameters
    ----------
    samples : polars.DataFrame
        One row per row of the file.
    results : polars.DataFrame
        One row per filled cell.
    account : RowAccount
        Where skipped rows are counted.
    log : FindingLog
        Findings so far; contradictions are added, and quarantine *every* row concerned,
        because nothing says which one is right.

    Returns
    -------
    samples : polars.DataFrame
        One row per sample.
    results : polars.DataFrame
        Each result once, with ``sample_row``, the row number of its sample.
    """
    samples, results = _without_errors(samples, results, log)
    if not _has_repetition(samples):
        numbered = results.with_columns(pl.col(ROW).alias("sample_row"))
        return samples, numbered.sort(ROW, maintain_order=True)
    samples = samples.with_columns(pl.col(ROW).min().over(*SAMPLE_KEY).alias("sample_row"))
    _refuse_moved_samples(samples, log)
    samples, results = _without_errors(samples, results, log)
    numbered = _number(samples, results)
    _refuse_other_results(numbered, log)
    samples, results = _without_errors(samples, results, log)
    numbered = _number(samples, results)
    kept = numbered.unique(subset=_RESULT_KEY, keep="first", maintain_order=True)
    samples = samples.with_columns(pl.col(ROW).min().over(*SAMPLE_KEY).alias("sample_row"))
    _skip_repetitions(samples, kept, account, log)
    return samples.filter(pl.col(ROW) == pl.col("sample_row")).drop("sample_row"), kept


def note_transformation(places: pl.DataFrame, system: ReferenceSystem, log: FindingLog) -> None:
    """Note by which operation the coordinates of a file were transformed.

    Parameters
    ----------
    places : polars.DataFrame
        Accepted records with longitude and latitude.
    system : ReferenceSystem
        The reference system of the file.
    log : FindingLog
        Where the note goes.
    """
    if places.is_empty():
        return
    note = describe_transformation(system, places["longitude"][0], places["latitude"][0])
    if note is not None:
        log.add(note)


def suspect_swaps(samples: pl.DataFrame, log: FindingLog) -> None:
    """Point at places that join the others when longitude and latitude are exchanged.

    Parameters
    ----------
    samples : polars.DataFrame
        Accepted samples with coordinates in degrees.
    log : FindingLog
        Where the warnings go; the samples are not changed.
    """
    if samples.height < 5:
        return
    longitude, latitude = samples["longitude"], samples["latitude"]
    is_apart = ~within_most(longitude, longitude) | ~within_most(latitude, latitude)
    is_swapped = is_apart & within_most(latitude, longitude) & within_most(longitude, latitude)
    report(log, "coordinates_maybe_swapped", samples[ROW].filter(is_swapped), None)


def _without_errors(
    samples: pl.DataFrame, results: pl.DataFrame, log: FindingLog
) -> tuple[pl.DataFrame, pl.DataFrame]:
    if not log.row_errors:
        return samples, results
    faulty = pl.Series(list(log.row_errors), dtype=pl.Int64).implode()
    is_good = ~pl.col(ROW).is_in(faulty)
    return samples.filter(is_good), results.filter(is_good)


def _has_repetition(samples: pl.DataFrame) -> bool:
    return samples.select(SAMPLE_KEY).n_unique() != samples.height


def _number(samples: pl.DataFrame, results: pl.DataFrame) -> pl.DataFrame:
    """Give every result the number of its sample's first row."""
    first = samples.select(ROW, pl.col(ROW).min().over(*SAMPLE_KEY).alias("sample_row"))
    return results.join(first, on=ROW, how="left", maintain_order="left").sort(
        ROW, maintain_order=True
    )


def _refuse_moved_samples(samples: pl.DataFrame, log: FindingLog) -> None:
    place = pl.struct("longitude", "latitude")
    moved = samples.filter(place.n_unique().over("sample_row") > 1)
    moved = moved.with_columns(pl.lit("").alias("contaminant"))
    _contradict(moved, ("sample_row",), "sample_conflict", log)


def _refuse_other_results(results: pl.DataFrame, log: FindingLog) -> None:
    other = results.filter(pl.struct(*_MEASURED).n_unique().over(*_RESULT_KEY) > 1)
    _contradict(other, _RESULT_KEY, "duplicate_conflict", log)


def _contradict(rows: pl.DataFrame, key: tuple[str, ...], code: str, log: FindingLog) -> None:
    """Report each row of a contradiction together with another row it contradicts."""
    if rows.is_empty():
        return
    first, last = pl.col(ROW).min().over(*key), pl.col(ROW).max().over(*key)
    others = pl.when(pl.col(ROW) == first).then(last).otherwise(first).alias("other")
    distinct = rows.select(ROW, others, "contaminant").unique(
        subset=ROW, keep="first", maintain_order=True
    )
    for row, other, contaminant in distinct.rows():
        log.add(finding(code, row=row, other=other, contaminant=contaminant))


def _skip_repetitions(
    samples: pl.DataFrame, kept: pl.DataFrame, account: RowAccount, log: FindingLog
) -> None:
    """Skip the rows of a known sample that add no result."""
    is_repeated = (pl.col(ROW) != pl.col("sample_row")) & ~pl.col(ROW).is_in(
        kept[ROW].unique().implode()
    )
    for row, other in samples.filter(is_repeated).select(ROW, "sample_row").rows():
        account.skip(row)
        log.add(finding("duplicate_row", row=row, other=other))
