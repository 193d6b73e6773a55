"""How well the chosen model predicts what was hidden from it: single samples, and whole blocks."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from spatial.arrays import FloatArray, IntArray
from spatial.errors import SpatialError, TooFewPlacesError
from spatial.interpolation.contract import MethodSettings, Prediction
from spatial.interpolation.cross_validation import CrossValidation, cross_validation_figures
from spatial.interpolation.cross_validation_folds import block_folds
from spatial.interpolation.cross_validation_scores import (
    ThresholdFigures,
    crps_of_concentrations,
    threshold_figures,
)
from spatial.interpolation.duplicates import MergedPlaces
from spatial.interpolation.model_choice import MOST_LEFT_OUT, LeftOut
from spatial.interpolation.registry import Method
from spatial.interpolation.transforms import Transform
from spatial.neighbours import NeighbourSearch

# Blocks larger than this share of the extent leave too little to predict from.
LARGEST_BLOCK = 1.0 / 3.0
MOST_BLOCKS, FEWEST_BLOCKS = 100, 10
# Places fitted again, all blocks together.
MOST_REFITTED = 4_000_000
# From all samples the time of a fit grows with n³: as much as so many times n places.
PLACES_OF_A_CUBE = 1_000


@dataclass(frozen=True, slots=True)
class Validation:
    """
    What predictions of hidden samples were worth.

    Parameters
    ----------
    scheme : str
        What was hidden.
    figures : CrossValidation or None
        On the transformed scale; None where it could not be done.
    crps_of_concentrations : float or None
        Mean CRPS in the unit of the concentrations.
    distance_to_remaining : dict of float
        Metres from hidden samples to the nearest one that stayed, by quantile: compare them with
        those from cells to samples.
    thresholds : tuple of ThresholdFigures
        Probabilities of exceeding each threshold of the request.
    block_size : float or None
        Side of the blocks (m).
    blocks : int or None
        How many blocks hold samples.
    blocks_left_out : int or None
        How many of them were hidden, one at a time; a seeded choice where they are many.
    is_block_capped : bool or None
        True where the practical range is longer than a block could be made: the figures are then
        somewhat optimistic.
    reason : str or None
        Why there are no figures.
    """

    scheme: str
    figures: CrossValidation | None
    crps_of_concentrations: float | None
    distance_to_remaining: dict[str, float]
    thresholds: tuple[ThresholdFigures, ...] = ()
    block_size: float | None = None
    blocks: int | None = None
    blocks_left_out: int | None = None
    is_block_capped: bool | None = None
    reason: str | None = None

    def described(self) -> dict[str, Any]:
        """
        Return it for the card.

        Returns
        -------
        dict
            By name.
        """
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Validator:
    """
    The chosen model, and what its predictions are compared with.

    Parameters
    ----------
    method : Method
        The method.
    settings : MethodSettings
        What it is told, the variogram among it.
    places : MergedPlaces
        Samples by place, in concentrations.
    transform : Transform
        g.
    left_out : LeftOut
        The same on the transformed scale, or completed data sets.
    thresholds : tuple of float
        Guideline values.
    seed : int
        Of random choices.
    """

    method: Method
    settings: MethodSettings
    places: MergedPlaces
    transform: Transform
    left_out: LeftOut
    thresholds: tuple[float, ...] = ()
    seed: int = 0

    def leave_one_out(self) -> Validation:
        """
        Hide samples one by one.

        Returns
        -------
        Validation
            The variogram is kept.
        """
        samples = self.left_out
        fitted = samples.fit(self.method.create(self.settings))
        prediction = fitted.leave_one_out(samples.rows)
        rows = np.arange(len(samples.coordinates)) if samples.rows is None else samples.rows
        distance = NeighbourSearch(samples.coordinates).separation()[rows]
        return Validation(samples.scheme, *self._scored(prediction, rows, distance, samples.scheme))

    def blocks(self, practical_range: float) -> Validation:
        """
        Hide square blocks of the area, one at a time.

        Parameters
        ----------
        practical_range : float
            Of the fitted variogram (m): the side of a block, at most a third of the extent.

        Returns
        -------
        Validation
            The variogram is kept. Without figures, and with the reason, where too few samples lie
            outside a block.
        """
        coordinates = self.left_out.coordinates
        limit = LARGEST_BLOCK * float(np.ptp(coordinates, axis=0).max())
        size = min(practical_range, limit)
        scheme = f"blocks of {size:,.0f} m"
        try:
            folds = block_folds(coordinates, size)
            chosen = _affordable(folds.count, len(coordinates), self._is_global, self.seed)
            rows, prediction, distance = self._hide(folds.labels, chosen)
            scored = self._scored(prediction, rows, distance, scheme)
        except SpatialError as error:
            return Validation(scheme, None, None, {}, reason=str(error))
        return Validation(
            scheme,
            *scored,
            block_size=size,
            blocks=folds.count,
            blocks_left_out=len(chosen),
            is_block_capped=practical_range > limit,
        )

    @property
    def _is_global(self) -> bool:
        """Whether every sample is a neighbour of every place."""
        wanted = self.settings.neighbours
        return wanted is None or wanted >= len(self.left_out.coordinates)

    def _hide(self, labels: IntArray, chosen: IntArray) -> tuple[IntArray, Prediction, FloatArray]:
        """
        Predict the measured samples of each block from all samples outside it.

        Parameters
        ----------
        labels : ndarray of int64, shape (n,)
            The block of each sample.
        chosen : ndarray of int64, shape (b,)
            Blocks to hide.

        Returns
        -------
        tuple
            Rows of the samples predicted, their predictions, and their distance to what stayed (m).

        Raises
        ------
        TooFewPlacesError
            Where nothing could be predicted.
        """
        found: list[tuple[IntArray, Prediction, FloatArray]] = list(self._each(labels, chosen))
        if not found:
            raise TooFewPlacesError("No block holds measured samples.")
        rows, predictions, distances = zip(*found, strict=True)
        together = Prediction(*(np.concatenate(part) for part in zip(*predictions, strict=True)))
        return np.concatenate(rows), together, np.concatenate(distances)

    def _each(
        self, labels: IntArray, chosen: IntArray
    ) -> Iterator[tuple[IntArray, Prediction, FloatArray]]:
        """
        Hide one block after the other.

        Parameters
        ----------
        labels : ndarray of int64, shape (n,)
            The block of each sample.
        chosen : ndarray of int64, shape (b,)
            Blocks to hide.

        Yields
        ------
        tuple
            Rows, predictions and distances of one block.
        """
        samples, rng = self.left_out, np.random.default_rng(self.seed)
        sets = len(samples.values) if samples.values.ndim == 2 else 1
        most = max(1, MOST_LEFT_OUT // sets // len(chosen))
        for block in chosen:
            is_out = labels == block
            rows = np.flatnonzero(is_out & ~self.places.is_censored)
            if len(rows) > most:
                rows = np.sort(rng.choice(rows, most, replace=False))
            if not len(rows):
                continue
            rest = LeftOut(samples.coordinates[~is_out], samples.values[..., ~is_out])
            fitted = rest.fit(self.method.create(self.settings))
            hidden = samples.coordinates[rows]
            distance = NeighbourSearch(rest.coordinates).distance_to_nearest(hidden)
            yield rows.astype(np.int64), fitted.predict(hidden), distance

    def _scored(
        self, prediction: Prediction, rows: IntArray, distance: FloatArray, scheme: str
    ) -> tuple[CrossValidation, float, dict[str, float], tuple[ThresholdFigures, ...]]:
        """
        Compare predictions with measurements.

        Parameters
        ----------
        prediction : Prediction
            On the transformed scale; NaN where there are too few neighbours.
        rows : ndarray of int64, shape (m,)
            Of which samples.
        distance : ndarray, shape (m,)
            From each to the nearest one that stayed (m).
        scheme : str
            What was hidden.

        Returns
        -------
        tuple
            Figures, CRPS of concentrations, quantiles of distance, thresholds.

        Raises
        ------
        TooFewPlacesError
            Where fewer than two samples could be predicted.
        """
        is_told = ~np.isnan(prediction.location)
        if np.count_nonzero(is_told) < 2:
            raise TooFewPlacesError("Fewer than two hidden samples have neighbours enough.")
        told, rows = Prediction(*(part[is_told] for part in prediction)), rows[is_told]
        measured = self.places.values[rows]
        figures = cross_validation_figures(self.transform.forward(measured), told, scheme)
        has_sigma = not bool(np.isnan(told.sigma).any())
        return (
            figures,
            float(crps_of_concentrations(measured, told, self.transform).mean()),
            distance_quantiles(distance[is_told]),
            tuple(
                threshold_figures(measured, told, self.transform, threshold)
                for threshold in (self.thresholds if has_sigma else ())
            ),
        )


def distance_quantiles(distances: FloatArray) -> dict[str, float]:
    """
    Describe distances by their quantiles.

    Parameters
    ----------
    distances : ndarray, shape (n,)
        Metres.

    Returns
    -------
    dict of float
        Metres, by name.

    Examples
    --------
    >>> distance_quantiles(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))["p25"]
    2.0
    """
    names = {"minimum": 0.0, "p25": 0.25, "median": 0.5, "p75": 0.75, "maximum": 1.0}
    return {name: float(np.quantile(distances, share)) for name, share in names.items()}


def _affordable(blocks: int, places: int, is_global: bool, seed: int) -> IntArray:
    """
    Choose the blocks to hide.

    Parameters
    ----------
    blocks : int
        How many there are.
    places : int
        How many places are fitted each time.
    is_global : bool
        Whether all samples are neighbours.
    seed : int
        Of the choice.

    Returns
    -------
    ndarray of int64, shape (b,)
        All, or a random choice; rising.
    """
    each = places * max(1.0, (places / PLACES_OF_A_CUBE) ** 2 * 100.0) if is_global else places
    most = int(np.clip(MOST_REFITTED / each, FEWEST_BLOCKS, MOST_BLOCKS))
    if blocks <= most:
        return np.arange(blocks)
    return np.sort(np.random.default_rng(seed).choice(blocks, most, replace=False))
