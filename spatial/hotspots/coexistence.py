"""Hotspots where several contaminants exceed their guideline values at once."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spatial.arrays import BoolArray, FloatArray, IntArray
from spatial.errors import InvalidRequestError, NoQuantityError
from spatial.hotspots.classes import Fractions, undecidable_cells
from spatial.hotspots.contract import Evidence, Marked, Mixture, Part, Surface
from spatial.hotspots.exceedance import Exceedance
from spatial.hotspots.mixture_statistics import MixtureCells, reaching
from spatial.hotspots.samples import Samples
from spatial.mixtures.joint import (
    MOST_CONTAMINANTS,
    Correlation,
    Joint,
    fitted_correlation,
    joint_exceedance,
    stated_correlation,
)
from spatial.mixtures.pairs import EXCEEDS, UNKNOWN, exceedance_flags
from spatial.mixtures.table import Table, tabulate

FEWEST_CONTAMINANTS = 2


@dataclass(frozen=True, slots=True)
class Coexistence:
    """
    Cells by the probability that at least k of m contaminants exceed their guideline values.

    Parameters
    ----------
    thresholds : tuple of float, length m
        The guideline value of each contaminant, in the unit of its surface.
    at_least : int
        How many of them have to exceed, k.
    correlation : float or sequence of sequence of float, optional
        Between the contaminants' normal scores: one number for every pair, or a matrix; fitted to
        the places where all were measured when absent.
    fractions : Fractions
        Where the classes begin.
    """

    thresholds: tuple[float, ...]
    at_least: int = 2
    correlation: float | Sequence[Sequence[float]] | None = None
    fractions: Fractions = field(default_factory=Fractions)

    def __post_init__(self) -> None:
        count = len(self.thresholds)
        if not FEWEST_CONTAMINANTS <= count <= MOST_CONTAMINANTS:
            raise InvalidRequestError(
                f"Coexistence is one of {FEWEST_CONTAMINANTS} to {MOST_CONTAMINANTS} contaminants, "
                f"each with its own threshold; got {count}."
            )
        if not 1 <= self.at_least <= count:
            raise InvalidRequestError(
                f"at_least lies between 1 and the number of contaminants, {count}; got "
                f"{self.at_least}."
            )
        for threshold in self.thresholds:
            if not 0.0 < threshold < np.inf:
                raise InvalidRequestError(f"A threshold is a positive number; got {threshold}.")
        if self.correlation is not None:
            stated_correlation(self.correlation, count)

    def bands_of(self, surfaces: Sequence[Surface]) -> tuple[tuple[str, ...], ...]:
        """
        Return the bands it needs of each surface.

        Parameters
        ----------
        surfaces : sequence of Surface, length m
            At point support, each with a probability of exceeding its threshold.

        Returns
        -------
        tuple of tuple of str
            Those of the probability, and of the concentration where there is one.

        Raises
        ------
        NoProbabilityError
            Where one has none, or speaks of blocks.
        """
        wanted = []
        for threshold, surface in zip(self.thresholds, surfaces, strict=True):
            bands = Exceedance(threshold).bands(surface)
            # Without concentrations its share in the sum of ratios is not known; P is.
            with suppress(NoQuantityError):
                bands += surface.distribution.concentration().bands
            wanted.append(tuple(dict.fromkeys(bands)))
        return tuple(wanted)

    def mark(self, evidence: Evidence) -> Marked:
        """
        Classify the cells.

        Parameters
        ----------
        evidence : Evidence
            With one part for each threshold, in that order.

        Returns
        -------
        Marked
            Likely, possible, cannot be ruled out, undecidable.

        Raises
        ------
        TooFewPlacesError
            Where too few places have all contaminants to fit a correlation, and none is stated.
        """
        parts = evidence.parts
        if len(parts) != len(self.thresholds):
            raise InvalidRequestError(
                f"There are {len(self.thresholds)} thresholds and {len(parts)} surfaces: "
                "coexistence needs one surface for each."
            )
        chances = np.stack([self._chance(j, part) for j, part in enumerate(parts)])
        correlation = self._correlate(evidence)
        joint = joint_exceedance(chances, correlation.matrix)
        probability = joint.at_least(self.at_least).astype(np.float64)
        undecided = np.stack([self._undecided(j, evidence) for j in range(len(parts))])
        kinds = self.fractions.classify(probability, self._is_open(joint, undecided))
        cells = MixtureCells(
            evidence.grid,
            parts,
            self.thresholds,
            chances,
            [_ratio(part, t) for part, t in zip(parts, self.thresholds, strict=True)],
            joint,
            undecided,
            np.array([np.nan, *self.fractions.least])[kinds],
            self.at_least,
            self.fractions.possible,
        )
        what = f"at least {self.at_least} of {len(parts)} contaminants above their guideline values"
        return Marked(
            kinds,
            self.fractions.reasons(what, "coexistence"),
            probability,
            "probability",
            self._notes(correlation),
            mixture=Mixture(*self._judge(evidence), cells.describe),
        )

    def _chance(self, j: int, part: Part) -> FloatArray:
        """
        Return the probability that one contaminant exceeds.

        Parameters
        ----------
        j : int
            Which.
        part : Part
            Its surface with bands.

        Returns
        -------
        ndarray, shape (rows, columns)
            P, NaN where there are no data.
        """
        return part.surface.distribution.probability(self.thresholds[j]).of(part.bands)

    def _undecided(self, j: int, evidence: Evidence) -> BoolArray:
        """
        Tell in which cells the data cannot decide about one contaminant.

        Parameters
        ----------
        j : int
            Which.
        evidence : Evidence
            With its part.

        Returns
        -------
        ndarray of bool, shape (rows, columns)
            As of `undecidable_cells`.
        """
        part = evidence.parts[j]
        own = Evidence(evidence.grid, part.samples, part.surface, part.bands)
        return undecidable_cells(own, self.thresholds[j], self.fractions.undecidable_variance)

    def _is_open(self, joint: Joint, undecided: BoolArray) -> BoolArray:
        """
        Tell in which cells the class hangs on contaminants that cannot be decided.

        Parameters
        ----------
        joint : Joint
            P of each combination.
        undecided : ndarray of bool, shape (m, rows, columns)
            By contaminant.

        Returns
        -------
        ndarray of bool, shape (rows, columns)
            True where the class would be another if they all exceeded than if none of them did.
        """
        bits = 1 << np.arange(len(undecided), dtype=np.int64)
        patterns: IntArray = np.tensordot(bits, undecided.astype(np.int64), axes=1)
        is_open = np.zeros(patterns.shape, np.bool_)
        nothing = np.zeros(patterns.shape, np.bool_)
        for pattern in np.unique(patterns[patterns > 0]).tolist():
            at = patterns == pattern
            here = Joint(joint.combinations[:, at])
            bounds = [reaching(here, self.at_least, pattern, added) for added in (0, pattern)]
            classes = [
                self.fractions.classify(bound.astype(np.float64), nothing[at]) for bound in bounds
            ]
            is_open[at] = classes[0] != classes[1]
        return is_open

    def _correlate(self, evidence: Evidence) -> Correlation:
        """
        Return the correlation that was stated, or the one fitted to shared places.

        Parameters
        ----------
        evidence : Evidence
            With parts.

        Returns
        -------
        Correlation
            Of the normal scores.
        """
        if self.correlation is not None:
            return Correlation(stated_correlation(self.correlation, len(self.thresholds)), 0)
        places, place = evidence.samples.places()
        return fitted_correlation(_side_by_side(evidence.parts, place, len(places)).halved)

    def _judge(self, evidence: Evidence) -> tuple[Samples, BoolArray]:
        """
        Hold every sample against the thresholds.

        Parameters
        ----------
        evidence : Evidence
            With parts.

        Returns
        -------
        samples : Samples
            Each with its largest ratio of a result to its threshold; censored where no result is
            above its detection limit.
        is_undecidable : ndarray of bool
            Where results that are missing, or below limits above their thresholds, leave it open
            whether at least k exceed.
        """
        samples = evidence.samples
        count = len(samples.values)
        table = _side_by_side(evidence.parts, np.arange(count), count)
        flags = np.column_stack(
            [
                exceedance_flags(table.values[:, j], table.is_censored[:, j], threshold)
                for j, threshold in enumerate(self.thresholds)
            ]
        )
        sure = (flags == EXCEEDS).sum(axis=1)
        open_ = (flags == UNKNOWN).sum(axis=1)
        ratios = table.values / np.asarray(self.thresholds)
        detected = np.where(table.is_censored | np.isnan(ratios), -np.inf, ratios).max(axis=1)
        limits = np.where(table.is_censored, ratios, -np.inf).max(axis=1)
        is_silent = np.isneginf(detected)
        judged = Samples.of(samples.coordinates, np.where(is_silent, limits, detected), is_silent)
        return judged, (sure < self.at_least) & (sure + open_ >= self.at_least)

    def _notes(self, correlation: Correlation) -> dict[str, Any]:
        """
        Return what the card tells of how it was done.

        Parameters
        ----------
        correlation : Correlation
            The one used.

        Returns
        -------
        dict
            Ready for JSON.
        """
        is_stated = self.correlation is not None
        notes: dict[str, Any] = {
            "support": "point",
            "joined_by": "Gaussian copula of the surfaces' probabilities",
            "at_least": self.at_least,
            "correlation": {
                "source": "stated" if is_stated else "normal scores where all were measured",
                "matrix": np.asarray(correlation.matrix).round(4).tolist(),
                "places": None if is_stated else correlation.places,
                "independence_mixed_in": round(correlation.independence, 4),
            },
        }
        if correlation.independence:
            notes["warnings"] = [
                "The contaminants are nearly one another's copies where all were measured; their "
                f"correlation was mixed with {correlation.independence:.1%} of independence so "
                "that it can be used."
            ]
        return notes


def _side_by_side(parts: Sequence[Part], row_of_sample: IntArray, count: int) -> Table:
    """
    Put the contaminants' results side by side.

    Parameters
    ----------
    parts : sequence of Part
        The contaminants.
    row_of_sample : ndarray of int64
        The row of each of the evidence's samples.
    count : int
        How many rows there are.

    Returns
    -------
    Table
        One column per contaminant.
    """
    return tabulate(
        [row_of_sample[part.row] for part in parts],
        [part.samples.values for part in parts],
        [part.samples.is_censored for part in parts],
        count,
    )


def _ratio(part: Part, threshold: float) -> FloatArray | None:
    """
    Return what a surface estimates over its threshold.

    Parameters
    ----------
    part : Part
        With the bands.
    threshold : float
        The guideline value.

    Returns
    -------
    ndarray, shape (rows, columns), or None
        None where the surface has no concentrations.
    """
    try:
        return part.surface.distribution.concentration().of(part.bands) / threshold
    except NoQuantityError:
        return None
