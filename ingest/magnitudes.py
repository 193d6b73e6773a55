"""Two units in one column, suspected from the magnitudes of its values.

The contents of one element in the soils of a region spread over some powers of e; contents a
thousand times apart, with nothing between them, are rather mg/kg beside µg/kg. Nothing is
converted: only the evidence is reported.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from ingest.findings import FindingLog, finding

FEWEST = 20
_SMALLEST_SHARE = 0.05
_THOUSAND = math.log(1000.0)
# how far the ratio of the two medians may be from a thousand, and how wide the gap must be
_TOLERANCE = math.log(4.0)
_GAP = math.log(5.0)


@dataclass(frozen=True, slots=True)
class Mixture:
    """Two groups of values: where they part, how many there are, and the ratio of their medians."""

    limit: float
    low: int
    high: int
    ratio: float


def find_mixture(values: npt.NDArray[np.float64]) -> Mixture | None:
    """Look for two groups of values about a thousand times apart.

    Parameters
    ----------
    values : numpy.ndarray
        Contents above zero, in any one unit, shape (n,).

    Returns
    -------
    Mixture or None
        None for fewer than `FEWEST` values, and where no wide gap parts two groups of at least
        one value in twenty whose medians are 250 to 4,000 times apart.

    Examples
    --------
    >>> soil = np.exp(np.linspace(1.0, 4.0, 30))
    >>> find_mixture(soil) is None
    True
    >>> find_mixture(np.concatenate([soil, 1000 * soil])).low
    30
    """
    if len(values) < FEWEST:
        return None
    logs = np.sort(np.log(values))
    fewest = max(2, math.ceil(_SMALLEST_SHARE * len(logs)))
    gaps = np.diff(logs)[fewest - 1 : len(logs) - fewest]
    if not gaps.size:
        return None
    low = fewest + int(np.argmax(gaps))
    apart = float(np.median(logs[low:]) - np.median(logs[:low]))
    if logs[low] - logs[low - 1] < _GAP or abs(apart - _THOUSAND) > _TOLERANCE:
        return None
    limit = math.exp(float(logs[low] + logs[low - 1]) / 2)
    return Mixture(limit, low, len(logs) - low, math.exp(apart))


def suspect_mixtures(results: pl.DataFrame, log: FindingLog) -> None:
    """Report columns and contaminants whose values look like two units.

    Parameters
    ----------
    results : polars.DataFrame
        Results with column_name, contaminant, laboratory and value, in canonical units.
    log : FindingLog
        Where the warnings go.
    """
    exact = results.filter(pl.col("value") > 0)
    for part in exact.partition_by("column_name", "contaminant", maintain_order=True):
        found = find_mixture(part["value"].to_numpy())
        if found is None:
            continue
        log.add(
            finding(
                "unit_mixture_suspected",
                column=part["column_name"][0],
                contaminant=part["contaminant"][0],
                low=found.low,
                high=found.high,
                ratio=f"{found.ratio:.0f}",
                limit=f"{found.limit:.3g}",
                laboratories=_laboratories(part, found.limit),
            )
        )


def _laboratories(part: pl.DataFrame, limit: float) -> str:
    """Name the laboratories that are on one side only."""
    sides = (
        part.filter(pl.col("laboratory").is_not_null())
        .group_by("laboratory")
        .agg(high=(pl.col("value") > limit).all(), low=(pl.col("value") <= limit).all())
        .sort("laboratory")
    )
    words = []
    for side, name in (("high", "above"), ("low", "below")):
        names = sides.filter(pl.col(side))["laboratory"].head(5).to_list()
        words += [f"all of {', '.join(names)} lie {name} it"] if names else []
    return f" ({'; '.join(words)})" if words else ""
