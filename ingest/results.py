"""What the readers of both layouts hand over: results, and rows that give none."""

from dataclasses import dataclass

import polars as pl

from ingest.readers.contract import ROW
from ingest.records import RESULT_SCHEMA

RESULTS = tuple(name for name in RESULT_SCHEMA if name != "sample_row")


@dataclass(frozen=True, slots=True)
class ResultBlock:
    """The results of some rows.

    Attributes
    ----------
    results : polars.DataFrame
        Columns `RESULTS`, one row per result; those of rows with errors are among them.
    skipped : polars.DataFrame
        ``row_number`` and ``code``, the reason, of rows that give no result and are left out.
    """

    results: pl.DataFrame
    skipped: pl.DataFrame


def no_rows() -> pl.DataFrame:
    """Return a table of skipped rows without rows.

    Returns
    -------
    polars.DataFrame
        ``row_number`` and ``code``.

    Examples
    --------
    >>> no_rows().shape
    (0, 2)
    """
    return pl.DataFrame(schema={ROW: pl.Int64, "code": pl.String})
