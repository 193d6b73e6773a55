"""The figures beside a hotspot of several contaminants."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from spatial.arrays import BoolArray, Float32Array, FloatArray, IntArray
from spatial.grids import Grid
from spatial.hotspots.contract import Part
from spatial.hotspots.statistics import (
    CellStatistics,
    SampleStatistics,
    cell_statistics,
    cells_of,
    sample_statistics,
)
from spatial.mixtures.joint import Joint


class ContaminantStatistics(NamedTuple):
    """
    One contaminant over one polygon.

    Parameters
    ----------
    probability : CellStatistics
        P of exceeding its own threshold, over the cells.
    ratio : float or None
        Mean of what the surface estimates over the threshold; None where the surface has no
        concentrations.
    undecided_share : float
        Share of the cells in which the data cannot decide about this contaminant.
    remaining_share : float or None
        Share of the cells that reach the polygon's class without this contaminant; None where the
        polygon is undecidable.
    samples : SampleStatistics
        Its results inside.
    """

    probability: CellStatistics
    ratio: float | None
    undecided_share: float
    remaining_share: float | None
    samples: SampleStatistics

    @property
    def is_driver(self) -> bool:
        """Whether the hotspot vanishes without it: no cell reaches the class any more."""
        return self.remaining_share == 0.0


class MixtureStatistics(NamedTuple):
    """
    Several contaminants over one polygon.

    Parameters
    ----------
    contaminants : tuple of ContaminantStatistics
        In the order of the thresholds.
    listed : tuple of int
        Those the hotspot is said to be of.
    combinations : tuple of float
        Mean P of each combination: contaminant j exceeds in combination c where bit j of c is set.
    expected_number : float
        Mean expected number of exceedances.
    """

    contaminants: tuple[ContaminantStatistics, ...]
    listed: tuple[int, ...]
    combinations: tuple[float, ...]
    expected_number: float

    @property
    def drivers(self) -> tuple[int, ...]:
        """The contaminants without each of which the hotspot vanishes."""
        return tuple(j for j, one in enumerate(self.contaminants) if one.is_driver)

    @property
    def sum_of_ratios(self) -> float | None:
        """Mean sum of estimates over thresholds; None where a surface has no concentrations."""
        ratios = [one.ratio for one in self.contaminants]
        known = [ratio for ratio in ratios if ratio is not None]
        return float(sum(known)) if len(known) == len(ratios) else None

    @property
    def dominant(self) -> int | None:
        """The contaminant with the largest mean ratio, the first of equals."""
        ratios = [one.ratio for one in self.contaminants]
        known = [ratio for ratio in ratios if ratio is not None]
        return ratios.index(max(known)) if len(known) == len(ratios) else None


@dataclass(frozen=True, slots=True, eq=False)
class MixtureCells:
    """
    What a definition of several contaminants knows of each cell, to be summarised by polygon.

    Parameters
    ----------
    grid : Grid
        The cells.
    parts : tuple of Part
        The contaminants.
    thresholds : tuple of float
        Their thresholds.
    chances : ndarray, shape (m, rows, columns)
        P of each of exceeding its own.
    ratios : sequence of ndarray or None, length m
        Estimates over thresholds, where the surface has them.
    joint : Joint
        P of each combination.
    undecided : ndarray of bool, shape (m, rows, columns)
        Where the data cannot decide about each.
    least : ndarray, shape (rows, columns)
        From which probability on the cell's class holds; NaN where undecidable or none.
    at_least : int
        How many have to exceed.
    listed_from : float
        A contaminant with a mean P of this or more is listed.
    """

    grid: Grid
    parts: tuple[Part, ...]
    thresholds: tuple[float, ...]
    chances: FloatArray
    ratios: Sequence[FloatArray | None]
    joint: Joint
    undecided: BoolArray
    least: FloatArray
    at_least: int
    listed_from: float

    def describe(self, labels: IntArray, count: int) -> list[MixtureStatistics]:
        """
        Summarise every polygon.

        Parameters
        ----------
        labels : ndarray of int64, shape (rows, columns)
            0 outside, 1 to count inside the polygons.
        count : int
            How many there are.

        Returns
        -------
        list of MixtureStatistics
            By label.
        """
        combinations = [_means(labels, count, p) for p in self.joint.combinations]
        columns = [self._one(j, labels, count) for j in range(len(self.parts))]
        answers = []
        for index in range(count):
            contaminants = tuple(column[index] for column in columns)
            means = np.array([one.probability.mean for one in contaminants])
            # A hotspot of at least k lists k, the likeliest first of equals.
            ranks = np.argsort(np.argsort(-means, kind="stable"))
            is_listed = (ranks < self.at_least) | (means >= self.listed_from)
            answers.append(
                MixtureStatistics(
                    contaminants,
                    tuple(np.flatnonzero(is_listed).tolist()),
                    tuple(float(means[index]) for means in combinations),
                    float(means.sum()),
                )
            )
        return answers

    def _one(self, j: int, labels: IntArray, count: int) -> list[ContaminantStatistics]:
        """
        Summarise one contaminant.

        Parameters
        ----------
        j : int
            Which.
        labels : ndarray of int64, shape (rows, columns)
            Of the polygons.
        count : int
            How many there are.

        Returns
        -------
        list of ContaminantStatistics
            By label.
        """
        part, threshold, ratio = self.parts[j], self.thresholds[j], self.ratios[j]
        samples = part.samples
        row, column, is_on = cells_of(self.grid, samples.coordinates)
        inside = sample_statistics(
            np.where(is_on, labels[row, column], 0),
            count,
            samples.coordinates,
            samples.halved,
            (samples.is_censored, samples.is_undecidable(threshold)),
        )
        without = reaching(self.joint, self.at_least, without=1 << j)
        remaining = _means(labels, count, without >= self.least)
        # Cells of one polygon have one class, so that either all have a least probability or none.
        is_decided = _means(labels, count, ~np.isnan(self.least)) > 0.0
        ratios = [None] * count if ratio is None else _means(labels, count, ratio).tolist()
        return [
            ContaminantStatistics(*figures)
            for figures in zip(
                cell_statistics(labels, count, self.chances[j], self.grid.cell_size),
                ratios,
                _means(labels, count, self.undecided[j]).tolist(),
                [float(r) if d else None for r, d in zip(remaining, is_decided, strict=True)],
                inside,
                strict=True,
            )
        ]


def reaching(joint: Joint, at_least: int, without: int = 0, added: int = 0) -> Float32Array:
    """
    Return P(at least so many exceed) with some contaminants left out, or taken as exceeding.

    Parameters
    ----------
    joint : Joint
        P of each combination.
    at_least : int
        How many have to exceed.
    without : int
        Bits of contaminants that do not count.
    added : int
        Bits of contaminants that count whether they exceed or not.

    Returns
    -------
    ndarray of float32
        By cell.

    Examples
    --------
    >>> joint = Joint(np.array([[0.1], [0.2], [0.3], [0.4]], np.float32))
    >>> [f"{reaching(joint, 1, *bits)[0]:.1f}" for bits in ((), (1,), (0, 1))]
    ['0.9', '0.7', '1.0']
    """
    total = np.zeros_like(joint.combinations[0])
    for combination, probability in enumerate(joint.combinations):
        if ((combination & ~without) | added).bit_count() >= at_least:
            total += probability
    return np.asarray(np.minimum(total, np.float32(1.0)), np.float32)


def _means(
    labels: IntArray, count: int, figures: FloatArray | Float32Array | BoolArray
) -> FloatArray:
    """
    Return the mean of a figure over each polygon's cells.

    Parameters
    ----------
    labels : ndarray of int64, shape (rows, columns)
        0 outside.
    count : int
        How many polygons there are.
    figures : ndarray, shape (rows, columns)
        What is averaged; not missing inside polygons.

    Returns
    -------
    ndarray, shape (count,)
        By label.
    """
    is_inside = labels > 0
    group = labels[is_inside]
    sums = np.bincount(group, weights=figures[is_inside], minlength=count + 1)[1:]
    return np.asarray(sums / np.bincount(group, minlength=count + 1)[1:])
