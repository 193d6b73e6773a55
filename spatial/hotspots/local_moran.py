"""Hotspots as high places among high ones, and isolated spikes: local Moran's I."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from spatial.arrays import FloatArray, IntArray
from spatial.hotspots.clusters import Neighbourhood, mark_places, score_places
from spatial.hotspots.contract import Evidence, Marked, Reason, Surface
from spatial.hotspots.getis_ord import warnings_of
from spatial.hotspots.weights import Weights
from spatial.significance import counted_p_values, discoveries

HIGH_HIGH, LOW_HIGH, LOW_LOW, HIGH_LOW = 1, 2, 3, 4


class LocalMoran(NamedTuple):
    """
    Local Moran's I of each place.

    Parameters
    ----------
    statistic : ndarray, shape (n,)
        Positive among like neighbours, negative among unlike ones.
    quadrant : ndarray of int64, shape (n,)
        1 high among high, 2 low among high, 3 low among low, 4 high among low.
    """

    statistic: FloatArray
    quadrant: IntArray


def local_moran(values: FloatArray, weights: Weights) -> LocalMoran:
    """
    Return local Moran's I with row-standardised weights.

    Parameters
    ----------
    values : ndarray, shape (n,)
        One per place.
    weights : Weights
        Binary; standardised here so that each place's add up to 1.

    Returns
    -------
    LocalMoran
        0 for a place without neighbours.

    Notes
    -----
    I_i = (n - 1) z_i mean(z of the neighbours) / sum z² (Anselin 1995, as esda scales it), with z
    the values less their mean.

    Examples
    --------
    >>> from spatial.hotspots.weights import within_distance
    >>> line = np.column_stack([np.arange(5.0), np.zeros(5)])
    >>> found = local_moran(np.array([9.0, 8, 1, 1, 1]), within_distance(line, 1.0))
    >>> found.statistic.round(3), found.quadrant.tolist()
    (array([ 1.176,  0.235, -0.088,  0.529,  0.529]), [1, 1, 2, 3, 3])
    """
    z = values - values.mean()
    lag = _mean_of_neighbours(weights, weights.sums(z))
    statistic = (len(values) - 1) * z * lag / np.sum(z**2)
    quadrant = np.select(
        [(z > 0) & (lag > 0), (z <= 0) & (lag > 0), (z <= 0) & (lag <= 0)],
        [HIGH_HIGH, LOW_HIGH, LOW_LOW],
        HIGH_LOW,
    )
    return LocalMoran(statistic, quadrant.astype(np.int64))


def _mean_of_neighbours(weights: Weights, sums: FloatArray) -> FloatArray:
    """
    Return sums over neighbours as means.

    Parameters
    ----------
    weights : Weights
        Who is whose neighbour.
    sums : ndarray, shape (n,)
        Sums over neighbours.

    Returns
    -------
    ndarray, shape (n,)
        Means; 0 without neighbours.
    """
    counts = weights.counts
    return np.divide(sums, counts, out=np.zeros(len(sums)), where=counts > 0)


def analytic_p_values(values: FloatArray, weights: Weights) -> FloatArray:
    """
    Return two-sided p-values from the conditional mean and variance of the neighbours' mean.

    Parameters
    ----------
    values : ndarray, shape (n,)
        One per place.
    weights : Weights
        Binary.

    Returns
    -------
    ndarray, shape (n,)
        1 for a place without neighbours.

    Notes
    -----
    Given its own value, a place's neighbours are a sample of k without replacement from the other
    n - 1 values: their mean has expectation -z_i/(n - 1) and variance S²(1 - k/(n - 1))/k, where S²
    is the variance of these values with n - 2 degrees of freedom (Cochran 1977, chapter 2).
    """
    n = len(values)
    z = values - values.mean()
    others = -z / (n - 1)
    squares = np.sum(z**2) - z**2 - (n - 1) * others**2
    counts = weights.counts
    k = np.maximum(counts, 1)
    variance = np.maximum(squares, 0.0) / (n - 2) * (1.0 - k / (n - 1)) / k
    lag = _mean_of_neighbours(weights, weights.sums(z))
    score = np.divide(lag - others, np.sqrt(variance), out=np.zeros(n), where=variance > 0)
    return np.where(counts > 0, np.minimum(2.0 * ndtr(-np.abs(score)), 1.0), 1.0)


def permuted_p_values(
    values: FloatArray, weights: Weights, permutations: int, rng: np.random.Generator
) -> FloatArray:
    """
    Return two-sided p-values counted over conditional permutations.

    Parameters
    ----------
    values : ndarray, shape (n,)
        One per place.
    weights : Weights
        Binary.
    permutations : int
        How many.
    rng : Generator
        Where chance comes from.

    Returns
    -------
    ndarray, shape (n,)
        Twice the smaller tail: the quadrant is chosen by the data, so both count. (esda's p_sim is
        the smaller tail alone.)
    """
    seen = weights.sums(values)
    slack = 1e-9 * np.maximum(np.abs(seen), np.abs(values).max())
    high, low = np.zeros(len(values), np.int64), np.zeros(len(values), np.int64)
    for _ in range(permutations):
        drawn = weights.permuted_sums(values, rng)
        high += drawn >= seen - slack
        low += drawn <= seen + slack
    smaller = counted_p_values(np.minimum(high, low), permutations)
    return np.minimum(2.0 * smaller, 1.0)


@dataclass(frozen=True, slots=True)
class Moran:
    """
    Places that are high among high ones, or isolated spikes, with the cells nearest to them.

    Parameters
    ----------
    neighbourhood : Neighbourhood
        Neighbours, scores and tests.
    """

    neighbourhood: Neighbourhood = field(default_factory=Neighbourhood)

    def bands(self, surface: Surface) -> tuple[str, ...]:
        """
        Return the bands it needs.

        Parameters
        ----------
        surface : Surface
            Only its grid matters.

        Returns
        -------
        tuple of str
            None.
        """
        return ()

    def mark(self, evidence: Evidence) -> Marked:
        """
        Mark the cells nearest to high places among high ones, and to isolated spikes.

        Parameters
        ----------
        evidence : Evidence
            Samples and a grid.

        Returns
        -------
        Marked
            Significant of two kinds, and undecidable.
        """
        how = self.neighbourhood
        scored = score_places(evidence.samples, how.scores)
        tested = scored.is_tested
        places, values = scored.places[tested], scored.scores[tested]
        weights = how.weights(places)
        found = local_moran(values, weights)
        if how.p_values == "permutation":
            rng = np.random.default_rng(how.seed)
            p = permuted_p_values(values, weights, how.permutations, rng)
        else:
            p = analytic_p_values(values, weights)
        passed = discoveries(p, how.false_discovery_rate)
        kind = np.select([found.quadrant == HIGH_HIGH, found.quadrant == HIGH_LOW], [1, 2], 0)
        kinds, statistic = np.zeros(len(tested), np.int64), np.full(len(tested), np.nan)
        kinds[tested], statistic[tested] = np.where(passed, kind, 0), found.statistic
        rate = (
            f"(local Moran's I, two-sided, false-discovery rate {how.false_discovery_rate:g} by "
            "Benjamini and Hochberg); this says nothing of a guideline value"
        )
        reasons = (
            Reason("significant", "high_among_high", f"High places lie among high ones {rate}"),
            Reason("significant", "isolated_spike", f"A high place lies among low ones {rate}"),
        )
        notes = {
            "weights": {
                **weights.description,
                "includes_the_place_itself": False,
                "standardised": "by row",
            },
            "p_values": how.p_values,
            "high_among_high_places": int(np.count_nonzero(kinds == 1)),
            "isolated_spikes": int(np.count_nonzero(kinds == 2)),
            "warnings": warnings_of(how, weights, len(values)),
        }
        return mark_places(
            evidence,
            scored,
            kinds,
            (statistic, "local_moran"),
            (reasons, notes, how.reach_of(places)),
        )
