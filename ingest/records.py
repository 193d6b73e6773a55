"""What a reading returns: tables of clean records, findings, quarantine and counts."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from ingest.columns import ColumnGuess
from ingest.findings import Counts, Finding, QuarantinedRow

PolarsType = pl.DataType | type[pl.DataType]

SAMPLE_SCHEMA: dict[str, PolarsType] = {
    "row_number": pl.Int64,
    "site_code": pl.String,
    "sample_code": pl.String,
    "natural_place": pl.String,
    "repairs": pl.String,
    "longitude": pl.Float64,
    "latitude": pl.Float64,
    "easting": pl.Float64,
    "northing": pl.Float64,
    "original_easting": pl.String,
    "original_northing": pl.String,
    "original_epsg": pl.Int32,
    "depth_upper_cm": pl.Float64,
    "depth_lower_cm": pl.Float64,
    "sampled_from": pl.Date,
    "sampled_to": pl.Date,
}
RESULT_SCHEMA: dict[str, PolarsType] = {
    "row_number": pl.Int64,
    "sample_row": pl.Int64,
    "column_name": pl.String,
    "contaminant": pl.String,
    "value": pl.Float64,
    "censoring": pl.String,
    "detection_limit": pl.Float64,
    "limit_kind": pl.String,
    "uncertainty": pl.Float64,
    "coverage_factor": pl.Float64,
    "unit": pl.String,
    "basis": pl.String,
    "extraction": pl.String,
    "fraction": pl.String,
    "replicate": pl.String,
    "qualifier": pl.String,
    "original_text": pl.String,
    "original_unit": pl.String,
    "conversion_factor": pl.Float64,
    "method": pl.String,
    "laboratory": pl.String,
    "repairs": pl.String,
}
SOURCE_SCHEMA: dict[str, PolarsType] = {
    "row_number": pl.Int64,
    "name": pl.String,
    "type": pl.String,
    "natural_key": pl.String,
    "longitude": pl.Float64,
    "latitude": pl.Float64,
    "original_easting": pl.String,
    "original_northing": pl.String,
    "original_epsg": pl.Int32,
    "geometry": pl.String,
    "positional_accuracy_m": pl.Float64,
    "position_source": pl.String,
    "contaminants": pl.List(pl.String),
    "operating_from": pl.Int32,
    "operating_to": pl.Int32,
    "citation": pl.String,
    "source_url": pl.String,
    "releases": pl.String,
    "rows": pl.Int32,
}


BOUNDARY_SCHEMA: dict[str, PolarsType] = {
    "row_number": pl.Int64,
    "natural_key": pl.String,
    "area_code": pl.String,
    "area_name": pl.String,
    "geometry": pl.String,
}

AGGREGATE_SCHEMA: dict[str, PolarsType] = {
    "row_number": pl.Int64,
    "natural_key": pl.String,
    "area_code": pl.String,
    "area_name": pl.String,
    "geometry": pl.String,
    "contaminant": pl.String,
    "n": pl.Int64,
    "n_nondetect": pl.Int64,
    "detection_limit": pl.Float64,
    "minimum": pl.Float64,
    "p05": pl.Float64,
    "p10": pl.Float64,
    "p25": pl.Float64,
    "p50": pl.Float64,
    "p75": pl.Float64,
    "p90": pl.Float64,
    "p95": pl.Float64,
    "p99": pl.Float64,
    "maximum": pl.Float64,
    "mean": pl.Float64,
    "threshold": pl.Float64,
    "share_above": pl.Float64,
    "share_lower": pl.Float64,
    "share_upper": pl.Float64,
    "unit": pl.String,
    "basis": pl.String,
    "extraction": pl.String,
    "fraction": pl.String,
    "depth_upper_cm": pl.Float64,
    "depth_lower_cm": pl.Float64,
    "sampled_from": pl.Date,
    "sampled_to": pl.Date,
    "original_unit": pl.String,
    "conversion_factor": pl.Float64,
}
SAMPLE_KEY = ("natural_place", "depth_upper_cm", "depth_lower_cm", "sampled_from", "sampled_to")


def conform(frame: pl.DataFrame, schema: Mapping[str, PolarsType]) -> pl.DataFrame:
    """Bring a table to a schema: its columns, their order and types.

    Parameters
    ----------
    frame : polars.DataFrame
        A table with at least the columns of the schema.
    schema : mapping of str to polars data type
        One of the schemas of this module.

    Returns
    -------
    polars.DataFrame
        The table with the schema's columns only.
    """
    return frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())


@dataclass(frozen=True, slots=True)
class Records:
    """Clean records of a piece of a file, by the name of their table, and its bad rows."""

    tables: Mapping[str, pl.DataFrame]
    quarantined: tuple[QuarantinedRow, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """How the file was understood.

    `description` tells format, encoding, separator, decimal sign and reference system;
    `finding_counts` counts every finding by code, also those beyond the kept ones.
    """

    header: tuple[str, ...]
    columns: tuple[ColumnGuess, ...]
    description: Mapping[str, str]
    findings: tuple[Finding, ...]
    finding_counts: Mapping[str, int]
    counts: Counts


@dataclass(frozen=True, slots=True)
class SampleImport(Reading):
    """A whole file of samples and their results, in memory.

    `samples` has the columns of `SAMPLE_SCHEMA`; `results` those of `RESULT_SCHEMA`;
    ``results.sample_row`` is the ``row_number`` of the sample. Rows that repeat or contradict
    each other over a long distance are all there: storing settles them.
    """

    quarantined: tuple[QuarantinedRow, ...]
    samples: pl.DataFrame
    results: pl.DataFrame


@dataclass(frozen=True, slots=True)
class SourceImport(Reading):
    """Potential sources, with the columns of `SOURCE_SCHEMA`.

    ``rows`` tells how many rows of the file the record was made of;
    ``geometry`` is well-known text in degrees (EPSG:4326), null for the point at longitude and
    latitude; ``releases`` is a JSON list of contaminant, year, medium and kg, null where the
    file reports none.
    """

    quarantined: tuple[QuarantinedRow, ...]
    sources: pl.DataFrame
