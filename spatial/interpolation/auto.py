"""Which transform, covariance model and method predict left-out blocks best."""

from dataclasses import dataclass, field, replace
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import BoolArray, FloatArray, as_coordinates, as_values
from spatial.coordinates import Bounds
from spatial.errors import SpatialError, TooFewPlacesError
from spatial.interpolation.card_warnings import BEYOND
from spatial.interpolation.contract import Interpolator, MethodSettings, Prediction
from spatial.interpolation.covariance import MODEL_NAMES
from spatial.interpolation.cross_validation import CrossValidation, cross_validation_figures
from spatial.interpolation.cross_validation_folds import (
    Folds,
    block_folds,
    cross_validate,
    some_folds,
)
from spatial.interpolation.cross_validation_scores import crps_of_concentrations
from spatial.interpolation.drift import Drift
from spatial.interpolation.duplicates import merge_colocated
from spatial.interpolation.registry import get_method
from spatial.interpolation.transforms import Transform, fit_transform
from spatial.interpolation.trend import remove_trend
from spatial.interpolation.variogram import (
    EmpiricalVariogram,
    VariogramFit,
    empirical_variogram,
)
from spatial.interpolation.variogram_fitting import fit_model
from spatial.neighbours import NeighbourSearch

# Blocks larger than this share of the extent leave too little to predict from.
LARGEST_BLOCK = 1.0 / 3.0
# Points a side of the net on which a model's run beyond the samples is tried.
PROBES = 30


@dataclass(frozen=True, slots=True)
class Question:
    """
    What is to be tried.

    Parameters
    ----------
    transforms : tuple of str
        Names of transforms; methods without a distribution use none.
    models : tuple of str
        Names of covariance models.
    methods : tuple of str
        Names of methods.
    settings : MethodSettings
        What every method is told, apart from the variogram.
    block_size : float, optional
        Side of the blocks (m). When absent the largest practical range of all fitted variograms,
        at most a third of the extent.
    most_blocks : int
        How many are left out; a seeded choice where there are more.
    smoothness : float, optional
        ν of Matérn structures; None to fit it.
    seed : int
        Of that choice.
    max_distance : float, optional
        How far from samples the surface will reach (m); each model's practical range when absent.
    """

    transforms: tuple[str, ...] = ("ln", "none")
    models: tuple[str, ...] = MODEL_NAMES
    methods: tuple[str, ...] = ("ordinary_kriging", "inverse_distance")
    settings: MethodSettings = field(default_factory=lambda: MethodSettings(neighbours=32))
    block_size: float | None = None
    most_blocks: int = 40
    smoothness: float | None = 1.5
    seed: int = 0
    max_distance: float | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """
    One combination that was tried.

    Parameters
    ----------
    method : str
        The method.
    transform : str
        The transform.
    model : str or None
        The covariance model; None for a method without one.
    fit : VariogramFit or None
        Its fitted form, of all samples.
    crps : float or None
        Mean CRPS of left-out samples in the unit of the concentrations, which is what ranks: small
        is good. None where the combination failed.
    figures : CrossValidation or None
        The other figures, on the transformed scale.
    reason : str or None
        Why it failed.
    """

    method: str
    transform: str
    model: str | None
    fit: VariogramFit | None
    crps: float | None
    figures: CrossValidation | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """
    All combinations, best first, with what they were compared by.

    Parameters
    ----------
    trials : tuple of Trial
        Failed ones come last.
    folds : Folds
        The blocks that were left out.
    block_size : float
        Their side (m).
    is_block_capped : bool
        True where a practical range is longer than the blocks could be made: the figures are then
        somewhat optimistic.
    """

    trials: tuple[Trial, ...]
    folds: Folds
    block_size: float
    is_block_capped: bool

    @property
    def best(self) -> Trial:
        """The combination with the smallest score."""
        return self.trials[0]


def rank_candidates(
    coordinates: ArrayLike,
    concentrations: ArrayLike,
    question: Question | None = None,
    *,
    is_scored: ArrayLike | None = None,
) -> Ranking:
    """
    Try every combination and rank them by the CRPS of left-out blocks.

    Parameters
    ----------
    coordinates : array_like, shape (n, 2)
        Eastings and northings (m), no two the same.
    concentrations : array_like, shape (n,)
        Concentrations.
    question : Question, optional
        What is tried.
    is_scored : array_like of bool, shape (n,), optional
        Which samples count when they are left out; all when absent. Values that were put in place
        of detection limits should not.

    Returns
    -------
    Ranking
        The table, so that the choice can be argued with.

    Raises
    ------
    SpatialError
        The first reason, where every combination failed.

    Notes
    -----
    Transforms and variograms are fitted once to all samples, not again without each block; under
    a trend the variogram is that of what the trend leaves. Hidden blocks do not test how a model
    runs on beyond the samples: one whose median grows far beyond every sample there is not ranked.
    All are scored on the scale of the concentrations (`crps_of_concentrations`), where transforms
    can be compared; a method without sigma scores its absolute error.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> places = rng.uniform(0.0, 900.0, (60, 2))
    >>> values = np.exp(np.sin(places[:, 0] / 150.0) + 0.2 * rng.normal(size=60))
    >>> ranking = rank_candidates(places, values, Question(models=("spherical",)))
    >>> [(trial.method, trial.transform) for trial in ranking.trials]
    [('ordinary_kriging', 'ln'), ('ordinary_kriging', 'none'), ('inverse_distance', 'none')]
    """
    asked = question or Question()
    places = as_coordinates(coordinates)
    values = as_values(concentrations, len(places))
    drafts = _drafts(places, values, asked)
    ranges = [draft.fit.model.range_ for draft, _ in drafts if draft.fit is not None]
    limit = LARGEST_BLOCK * float(np.ptp(places, axis=0).max())
    wanted = asked.block_size or max(ranges, default=limit)
    size = asked.block_size or min(wanted, limit)
    folds = some_folds(block_folds(places, size), asked.most_blocks, asked.seed)
    counts = np.ones(len(values), np.bool_) if is_scored is None else np.asarray(is_scored)
    counts = counts & (folds.labels >= 0)
    if np.count_nonzero(counts) < 2:
        raise TooFewPlacesError("Fewer than two samples lie in the blocks that are left out.")
    samples = _Samples(places, values, counts)
    trials = [_score(draft, transform, samples, folds, asked) for draft, transform in drafts]
    trials.sort(key=lambda trial: np.inf if trial.crps is None else trial.crps)
    if trials[0].crps is None:
        raise SpatialError(trials[0].reason or "No combination could be tried.")
    return Ranking(tuple(trials), folds, size, wanted > size)


class _Samples(NamedTuple):
    """
    What combinations are compared by.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
        Samples (m).
    values : ndarray, shape (n,)
        Concentrations.
    counts : ndarray of bool, shape (n,)
        Which are left out and scored.
    """

    places: FloatArray
    values: FloatArray
    counts: BoolArray


def _drafts(
    places: FloatArray, values: FloatArray, asked: Question
) -> list[tuple[Trial, Transform | None]]:
    """
    List the combinations and fit their transforms and variograms.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
        Samples (m).
    values : ndarray, shape (n,)
        Concentrations.
    asked : Question
        What is tried.

    Returns
    -------
    list of tuple
        Trials without a score, with their transforms; None where one could not be fitted.
    """
    drafts: list[tuple[Trial, Transform | None]] = [
        (Trial(name, "none", None, None, None, None), fit_transform("none", values))
        for name in asked.methods
        if get_method(name).family == "none"
    ]
    kriging = [name for name in asked.methods if get_method(name).family == "gaussian"]
    for name, method in product(asked.transforms, kriging):
        try:
            transform = fit_transform(name, values)
            empirical = _variogram(places, transform.forward(values), method, asked)
        except SpatialError as error:
            drafts.append((Trial(method, name, None, None, None, None, str(error)), None))
            continue
        for model in asked.models:
            fit = fit_model(empirical, model, smoothness=asked.smoothness)
            drafts.append((Trial(method, name, model, fit, None, None), transform))
    return drafts


def _variogram(
    places: FloatArray, values: FloatArray, method: str, asked: Question
) -> EmpiricalVariogram:
    """
    Return the variogram that a method's models are fitted to.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
        Samples (m).
    values : ndarray, shape (n,)
        On the transformed scale.
    method : str
        The method.
    asked : Question
        The trend of universal kriging.

    Returns
    -------
    EmpiricalVariogram
        That of the values, or of what a trend leaves of them.
    """
    if method != "universal_kriging":
        return empirical_variogram(places, values)
    drift = asked.settings.drift or Drift(1)
    remainder = remove_trend(merge_colocated(places[:, 0], places[:, 1], values), drift).remainder
    return empirical_variogram(remainder.coordinates, remainder.values)


def _score(
    draft: Trial,
    transform: Transform | None,
    samples: "_Samples",
    folds: Folds,
    asked: Question,
) -> Trial:
    """
    Leave the blocks out under one combination.

    Parameters
    ----------
    draft : Trial
        The combination.
    transform : Transform or None
        Its transform.
    samples : _Samples
        Places, concentrations, and which of them count.
    folds : Folds
        The blocks.
    asked : Question
        What methods are told.

    Returns
    -------
    Trial
        With its score, or with the reason why it has none.
    """
    if transform is None:
        return draft
    places, values, counts = samples
    variogram = None if draft.fit is None else draft.fit.model
    transformed = transform.forward(values)
    try:
        method = get_method(draft.method).create(replace(asked.settings, variogram=variogram))
        prediction = cross_validate(method, places, transformed, folds)
        told = Prediction(*(part[counts] for part in prediction))
        figures = cross_validation_figures(transformed[counts], told, folds.scheme)
        if draft.fit is not None:
            reach = asked.max_distance or draft.fit.model.range_
            _check_around(method.fit(places, transformed), samples, transform, reach)
    except SpatialError as error:
        return replace(draft, reason=str(error))
    scores = crps_of_concentrations(values[counts], told, transform)
    return replace(draft, crps=float(scores.mean()), figures=figures)


def _check_around(
    method: Interpolator, samples: "_Samples", transform: Transform, reach: float
) -> None:
    """
    Refuse a model that runs on beyond the samples.

    Parameters
    ----------
    method : Interpolator
        Fitted to all samples.
    samples : _Samples
        Places and concentrations.
    transform : Transform
        Its transform.
    reach : float
        How far from samples the surface goes (m).

    Raises
    ------
    SpatialError
        Where a median around the samples is far beyond the largest of them.
    """
    bounds = Bounds.of(samples.places[:, 0], samples.places[:, 1]).buffered(reach)
    east = np.linspace(bounds.west, bounds.east, PROBES)
    north = np.linspace(bounds.south, bounds.north, PROBES)
    around = np.column_stack([part.ravel() for part in np.meshgrid(east, north)])
    around = around[NeighbourSearch(samples.places).distance_to_nearest(around) <= reach]
    largest = float(samples.values.max())
    with np.errstate(over="ignore"):
        medians = transform.inverse(method.predict(around).location)
    highest = float(np.nanmax(medians, initial=-np.inf))
    if 0.0 < BEYOND * largest < highest:
        raise SpatialError(
            f"It runs on beyond the samples: the median reaches {highest:g} there, the largest "
            f"sample is {largest:g}."
        )
