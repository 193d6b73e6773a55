"""Hotspots as clusters of high values: Getis and Ord's Gi*."""

from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtr

from spatial.arrays import FloatArray
from spatial.hotspots.clusters import FEW_NEIGHBOURS, Neighbourhood, mark_places, score_places
from spatial.hotspots.contract import Evidence, Marked, Reason, Surface
from spatial.hotspots.weights import Weights
from spatial.significance import counted_p_values, discoveries, fewest_permutations


def gi_star(values: FloatArray, weights: Weights) -> FloatArray:
    """
    Return Getis and Ord's Gi* as standard scores.

    Parameters
    ----------
    values : ndarray, shape (n,)
        One per place.
    weights : Weights
        Binary; each place is added to its own neighbours here.

    Returns
    -------
    ndarray, shape (n,)
        High where high values gather.

    Notes
    -----
    Ord & Getis (1995), with W_i = sum of weights and S² = sum x²/n - mean²::

        (sum_j w_ij x_j - mean W_i) / (S sqrt((n sum_j w_ij² - W_i²) / (n - 1)))

    A place whose neighbours are all places has no score (0).

    Examples
    --------
    >>> from spatial.hotspots.weights import within_distance
    >>> line = np.column_stack([np.arange(6.0), np.zeros(6)])
    >>> gi_star(np.array([9.0, 8, 1, 1, 1, 1]), within_distance(line, 1.0)).round(3)
    array([ 2.229,  1.576, -0.105, -1.576, -1.576, -1.114])
    """
    n, mean = len(values), values.mean()
    spread = np.sqrt(np.mean((values - mean) ** 2))
    total = weights.counts + 1.0
    # Binary weights are their own squares.
    scale = spread * np.sqrt(np.maximum(n * total - total**2, 0.0) / (n - 1))
    centred = values - mean
    above = weights.sums(centred) + centred
    return np.asarray(np.divide(above, scale, out=np.zeros(n), where=scale > 0.0))


def gi_star_p_values(
    values: FloatArray, weights: Weights, permutations: int, rng: np.random.Generator
) -> FloatArray:
    """
    Return the probability of so high a Gi* where all other values are shuffled.

    Parameters
    ----------
    values : ndarray, shape (n,)
        One per place.
    weights : Weights
        Binary, the place itself left out.
    permutations : int
        How many.
    rng : Generator
        Where chance comes from.

    Returns
    -------
    ndarray, shape (n,)
        One-sided.
    """
    seen = weights.sums(values)
    # A sum of the same numbers in another order may differ in its last digits.
    least = seen - 1e-9 * np.maximum(np.abs(seen), np.abs(values).max())
    as_high = np.zeros(len(values), np.int64)
    for _ in range(permutations):
        as_high += weights.permuted_sums(values, rng) >= least
    return counted_p_values(as_high, permutations)


@dataclass(frozen=True, slots=True)
class GetisOrd:
    """
    Places where high values gather more than chance explains, with the cells nearest to them.

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
        Mark the cells nearest to places in clusters of high values.

        Parameters
        ----------
        evidence : Evidence
            Samples and a grid.

        Returns
        -------
        Marked
            Significant, and undecidable.
        """
        how = self.neighbourhood
        scored = score_places(evidence.samples, how.scores)
        tested = scored.is_tested
        places, values = scored.places[tested], scored.scores[tested]
        weights = how.weights(places)
        z = gi_star(values, weights)
        if how.p_values == "permutation":
            rng = np.random.default_rng(how.seed)
            p = gi_star_p_values(values, weights, how.permutations, rng)
        else:
            p = np.asarray(ndtr(-z))
        hot = discoveries(p, how.false_discovery_rate) & (z > 0.0)
        kinds, statistic = np.zeros(len(tested), np.int64), np.full(len(tested), np.nan)
        kinds[tested], statistic[tested] = hot, z
        reason = Reason(
            "significant",
            "cluster_of_high_values",
            "High values gather here more than chance explains (Gi*, one-sided, false-discovery "
            f"rate {how.false_discovery_rate:g} by Benjamini and Hochberg); this says nothing of a "
            "guideline value",
        )
        notes = {
            "weights": {**weights.description, "includes_the_place_itself": True},
            "p_values": how.p_values,
            "significant_places": int(hot.sum()),
            "warnings": warnings_of(how, weights, len(values)),
        }
        return mark_places(
            evidence,
            scored,
            kinds,
            (statistic, "gi_star"),
            ((reason,), notes, how.reach_of(places)),
        )


def warnings_of(how: Neighbourhood, weights: Weights, tests: int) -> list[str]:
    """
    Return what a reader must know of the tests.

    Parameters
    ----------
    how : Neighbourhood
        How places were compared.
    weights : Weights
        The neighbours.
    tests : int
        How many places were tested.

    Returns
    -------
    list of str
        Sentences.
    """
    said = []
    if np.median(weights.counts) < FEW_NEIGHBOURS and how.p_values == "analytic":
        said.append(
            f"Most places have fewer than {FEW_NEIGHBOURS} neighbours, too few for the normal "
            "distribution: choose more, or p_values permutation."
        )
    fewest = fewest_permutations(tests, how.false_discovery_rate)
    if how.p_values == "permutation" and how.permutations < fewest:
        ties = int(np.ceil(tests / ((how.permutations + 1) * how.false_discovery_rate)))
        said.append(
            f"With {how.permutations} permutations at least {ties} of {tests} places must reach "
            f"the smallest possible p-value before any is significant; {fewest} permutations would "
            "let a single place be, and p_values analytic needs none."
        )
    return said
