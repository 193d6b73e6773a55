"""What definitions on samples share: scores of places, and cells around those that stand out."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from spatial.arrays import BoolArray, FloatArray, IntArray
from spatial.errors import (
    CensoredValuesError,
    ConstantValuesError,
    InvalidRequestError,
    TooFewPlacesError,
    TransformDomainError,
)
from spatial.hotspots.contract import Evidence, Marked, Reason
from spatial.hotspots.samples import Samples, all_of_place
from spatial.hotspots.weights import (
    Weights,
    mark_nearest,
    nearest_neighbours,
    typical_spacing,
    within_distance,
)

Scores = Literal["ln", "rank", "none"]
SCORES: tuple[Scores, ...] = ("ln", "rank", "none")
P_VALUES = ("analytic", "permutation")
# Below these a local statistic's distribution is nobody's guess.
FEWEST_PLACES = 20
FEW_NEIGHBOURS = 8
MOST_PERMUTATIONS = 99_999
CANNOT_SAY = Reason(
    "undecidable",
    "limit_above_median",
    "The nearest results lie below a detection limit above the median of all results, so they say "
    "neither high nor low and took no part in the test",
)


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """
    How places are compared with their neighbours.

    Parameters
    ----------
    neighbours : int, optional
        The k nearest ones.
    distance : float, optional
        All within this distance (m), in place of k.
    scores : {"ln", "rank", "none"}
        What is compared: logarithms, ranks, or concentrations as they are.
    p_values : {"analytic", "permutation"}
        From the normal distribution, or counted over conditional permutations.
    permutations : int
        How many of them.
    false_discovery_rate : float
        Accepted among the discoveries (Benjamini and Hochberg).
    reach : float, optional
        How far a place speaks for the cells around it (m); the distance band when absent, or twice
        the median distance between neighbouring places.
    seed : int
        Of the permutations.
    """

    neighbours: int | None = None
    distance: float | None = None
    scores: Scores = "ln"
    p_values: Literal["analytic", "permutation"] = "analytic"
    permutations: int = 999
    false_discovery_rate: float = 0.05
    reach: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.neighbours is not None and self.distance is not None:
            raise InvalidRequestError("State neighbours or distance, not both.")
        if self.scores not in SCORES:
            raise InvalidRequestError(f"scores is one of {', '.join(SCORES)}; got {self.scores!r}.")
        if self.p_values not in P_VALUES:
            raise InvalidRequestError(
                f"p_values is one of {', '.join(P_VALUES)}; got {self.p_values!r}."
            )
        if not 0.0 < self.false_discovery_rate < 1.0:
            raise InvalidRequestError(
                "false_discovery_rate lies between 0 and 1, for example 0.05; got "
                f"{self.false_discovery_rate}."
            )
        if not 99 <= self.permutations <= MOST_PERMUTATIONS:
            raise InvalidRequestError(
                f"permutations lie between 99 and {MOST_PERMUTATIONS}; got {self.permutations}."
            )
        if self.reach is not None and not 0.0 < self.reach < np.inf:
            raise InvalidRequestError(f"reach must be above 0 m; got {self.reach}.")

    def weights(self, places: FloatArray) -> Weights:
        """
        Return who is whose neighbour.

        Parameters
        ----------
        places : ndarray, shape (n, 2)
            Separate places (m).

        Returns
        -------
        Weights
            Binary, the place itself left out.
        """
        if self.distance is not None:
            return within_distance(places, self.distance)
        return nearest_neighbours(places, self.neighbours or FEW_NEIGHBOURS)

    def reach_of(self, places: FloatArray) -> float:
        """
        Return how far a place speaks for the cells around it.

        Parameters
        ----------
        places : ndarray, shape (n, 2)
            Separate places (m).

        Returns
        -------
        float
            Metres.
        """
        return self.reach or self.distance or 2.0 * typical_spacing(places)


@dataclass(frozen=True, slots=True, eq=False)
class PlaceScores:
    """
    Places with one score each, those apart that say neither high nor low.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
        All separate places (m).
    scores : ndarray, shape (n,)
        NaN where a place cannot say.
    notes : dict
        What was done, for the card.
    """

    places: FloatArray
    scores: FloatArray
    notes: dict[str, Any]

    @property
    def is_tested(self) -> BoolArray:
        """Which places take part."""
        return ~np.isnan(self.scores)


def score_places(samples: Samples, scores: Scores) -> PlaceScores:
    """
    Return one score for each place.

    Parameters
    ----------
    samples : Samples
        The results.
    scores : {"ln", "rank", "none"}
        Of which kind.

    Returns
    -------
    PlaceScores
        Of the mean of a place's results, half the limit for those below it. Results below a limit
        above the median of all results are left out, because they say neither high nor low.

    Raises
    ------
    CensoredValuesError
        Where all results lie below their limit.
    TooFewPlacesError
        Where fewer than 20 places are left.
    TransformDomainError
        Where a logarithm of 0 is asked for.
    ConstantValuesError
        Where all places have one score.
    """
    if samples.is_censored.all():
        raise CensoredValuesError(
            f"All {len(samples.values)} results lie below their detection limit, so none is known "
            "to be higher than another. Choose data sets with values, or lower limits."
        )
    places, place = samples.places()
    silent = samples.is_undecidable(float(np.median(samples.halved)))
    heard = ~silent
    counts = np.bincount(place[heard], minlength=len(places))
    sums = np.bincount(place[heard], weights=samples.halved[heard], minlength=len(places))
    tested = ~all_of_place(silent, place, len(places))
    if int(tested.sum()) < FEWEST_PLACES:
        raise TooFewPlacesError(
            f"There are {int(tested.sum())} separate places with a usable result; a local "
            f"statistic needs {FEWEST_PLACES}. Add data sets, or widen the selection."
        )
    numbers = sums[tested] / counts[tested]
    found = np.full(len(places), np.nan)
    found[tested] = _scored(numbers, scores)
    if np.ptp(found[tested]) == 0.0:
        raise ConstantValuesError("All places have the same value: none stands out.")
    notes = {
        "scores": scores,
        "places": len(places),
        "tested": int(tested.sum()),
        "repeated_at_a_place": int(len(place) - len(places)),
        "below_limit": int(samples.is_censored.sum()),
        "left_out_limit_above_median": int(silent.sum()),
        "value_of_a_place": "mean of its results, half the limit for those below it",
    }
    return PlaceScores(places, found, notes)


def _scored(numbers: FloatArray, scores: Scores) -> FloatArray:
    """
    Return concentrations as scores.

    Parameters
    ----------
    numbers : ndarray, shape (n,)
        Concentrations.
    scores : {"ln", "rank"}
        Which scores.

    Returns
    -------
    ndarray, shape (n,)
        Logarithms or ranks.
    """
    if scores == "rank":
        _, position, counts = np.unique(numbers, return_inverse=True, return_counts=True)
        # Equal values share the mean of their ranks.
        return np.asarray((np.cumsum(counts) - (counts - 1) / 2.0)[position], np.float64)
    if scores == "ln":
        if not (numbers > 0.0).all():
            raise TransformDomainError(
                "Some places have a value of 0, which has no logarithm. Choose scores rank."
            )
        return np.log(numbers)
    return numbers


def mark_places(
    evidence: Evidence,
    scored: PlaceScores,
    kinds: IntArray,
    figures: tuple[FloatArray, str],
    described: tuple[tuple[Reason, ...], dict[str, Any], float],
) -> Marked:
    """
    Mark the cells nearest to places that stand out, and to those that cannot say.

    Parameters
    ----------
    evidence : Evidence
        Its grid is used.
    scored : PlaceScores
        All places.
    kinds : ndarray of int64, shape (n,)
        Of each place: 0 for none, else one plus a position in the reasons; places that cannot say
        get the last one.
    figures : tuple
        The statistic of each place, NaN where untested; and its name.
    described : tuple
        Reasons without the last, notes for the card, and how far a place speaks (m).

    Returns
    -------
    Marked
        Cells by reason; a polygon's figures are those of its cells' places.
    """
    reasons, notes, reach = described
    statistic, name = figures
    of_place = np.where(scored.is_tested, kinds, len(reasons) + 1)
    nearest = mark_nearest(evidence.grid.cell_centres(), scored.places, of_place > 0, reach)
    shape = evidence.grid.shape
    is_near = nearest >= 0
    marked = np.where(is_near, of_place[nearest], 0).reshape(shape)
    quantity = np.where(is_near, statistic[nearest], np.nan).reshape(shape)
    notes = {**scored.notes, **notes, "reach_m": reach}
    notes["cells"] = f"those within {reach:g} m whose nearest place is such a place"
    return Marked(marked, (*reasons, CANNOT_SAY), quantity, name, notes)
