"""Censored values in the spatial model, by data augmentation."""

from dataclasses import dataclass, replace

import numpy as np
import scipy
from numpy.typing import ArrayLike

from spatial.arrays import BoolArray, FloatArray, as_coordinates, as_values
from spatial.errors import (
    CensoredValuesError,
    ConstantValuesError,
    InvalidRequestError,
)
from spatial.interpolation.anisotropy import Anisotropy
from spatial.interpolation.augmentation_sampling import conditionals, sweep
from spatial.interpolation.censoring.likelihood import fit_normal
from spatial.interpolation.contract import Prediction
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.duplicates import censoring_marks
from spatial.interpolation.estimators import EstimatorName, FitMethod
from spatial.interpolation.kriging import OrdinaryKriging
from spatial.interpolation.pooled import PooledMethod
from spatial.interpolation.variogram import (
    EmpiricalVariogram,
    VariogramFit,
    empirical_variogram,
)
from spatial.interpolation.variogram_fitting import fit_model
from spatial.interpolation.vecchia import VecchiaPlan, likelihood_terms

# Fewer measured values say nothing of how the field varies.
FEWEST_MEASURED = 5
# All pairs of more places take too long in every round.
MOST_VARIOGRAM_PLACES = 3_000
MEAN_NEIGHBOURS = 15


@dataclass(frozen=True, slots=True)
class AugmentationOptions:
    """
    How censored values are drawn.

    Parameters
    ----------
    model : str
        A covariance model, or several joined by ``+``.
    smoothness : float, optional
        ν of Matérn structures; None to fit it.
    realisations : int
        How many completed data sets.
    rounds : int
        How often the variogram is fitted again.
    sweeps : int
        How often every censored value is drawn anew in a round.
    neighbours : int
        How many nearest others a value is conditioned on.
    cutoff : float, optional
        The largest distance of the variogram (m).
    lags : int, optional
        Its distance classes; None for as many as the samples fill.
    estimator : str
        A name of `spatial.interpolation.estimators.ESTIMATORS`.
    fit_method : {"N/h²", "N/γ²"}
        The weights of least squares.
    anisotropy : Anisotropy, optional
        A known one; it is not fitted.
    seed : int
        Of the draws.
    """

    model: str = "exponential"
    smoothness: float | None = 1.5
    realisations: int = 20
    rounds: int = 20
    sweeps: int = 10
    neighbours: int = 24
    cutoff: float | None = None
    lags: int | None = 15
    estimator: EstimatorName = "matheron"
    fit_method: FitMethod = "N/h²"
    anisotropy: Anisotropy | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        counts = {
            "realisations": (self.realisations, 2),
            "rounds": (self.rounds, 1),
            "sweeps": (self.sweeps, 1),
            "neighbours": (self.neighbours, 1),
            "seed": (self.seed, 0),
        }
        for name, (count, least) in counts.items():
            if count < least:
                raise InvalidRequestError(f"{name} must be {least} or more; got {count}.")


@dataclass(frozen=True, slots=True)
class AugmentedSamples:
    """
    Several completed data sets, and the model they were drawn under.

    Parameters
    ----------
    coordinates : ndarray, shape (n, 2)
        Places (m).
    completed : ndarray, shape (realisations, n)
        Values on the transformed scale; measured ones are the same in every row.
    is_censored : ndarray of bool, shape (n,)
        Which were drawn.
    mean : float
        Mean of the field.
    fit : VariogramFit
        The variogram, fitted to the completed data sets together.
    empirical : EmpiricalVariogram
        Its points, averaged over the data sets and over the later rounds.
    sills : ndarray, shape (rounds,)
        The sill after each round: whether the rounds have settled.
    """

    coordinates: FloatArray
    completed: FloatArray
    is_censored: BoolArray
    mean: float
    fit: VariogramFit
    empirical: EmpiricalVariogram
    sills: FloatArray

    def predict(self, coordinates: ArrayLike, neighbours: int | None = 32) -> Prediction:
        """
        Predict from every completed data set by ordinary kriging, and pool.

        Parameters
        ----------
        coordinates : array_like, shape (m, 2)
            Eastings and northings (m).
        neighbours : int, optional
            How many nearest samples each place is predicted from; all when absent.

        Returns
        -------
        Prediction
            Location: the mean over data sets. Variance: the kriging variance, the same under each,
            plus (1 + 1/r) times the variance between the r locations (Rubin 1987).
        """
        kriging = PooledMethod(OrdinaryKriging(self.fit.model, neighbours))
        return kriging.fit(self.coordinates, self.completed).predict(coordinates)


def augment(
    coordinates: ArrayLike,
    values: ArrayLike,
    is_censored: ArrayLike,
    options: AugmentationOptions | None = None,
) -> AugmentedSamples:
    """
    Draw the values below their limits several times, given all others and the variogram.

    Parameters
    ----------
    coordinates : array_like, shape (n, 2)
        Eastings and northings (m), no two the same.
    values : array_like, shape (n,)
        On the transformed scale: g(z) of measured values, g(DL) of limits, which may differ.
    is_censored : array_like of bool, shape (n,)
        Which are limits.
    options : AugmentationOptions, optional
        How it is done.

    Returns
    -------
    AugmentedSamples
        Completed data sets, and the variogram.

    Raises
    ------
    CensoredValuesError
        Where fewer than five values were measured.
    ConstantValuesError
        Where all measured values are equal.
    InvalidValuesError
        Where there is not one mark per value.
    VariogramError
        Where no variogram can be fitted.
    SingularSystemError
        Where the fitted variogram calls samples the same.

    Notes
    -----
    Data augmentation (Tanner & Wong 1987; for censored fields De Oliveira 2005): each censored
    value is drawn from its normal distribution given its nearest others, cut off at its limit, one
    after the other (Gibbs sampling). The variogram is found by stochastic approximation of EM
    (Delyon, Lavielle & Moulines 1999): in each round the empirical variograms of all data sets are
    averaged, from a quarter of the rounds on also with those of the rounds before, and the model
    is fitted to the average. The mean of the field is treated alike. What is uncertain about
    the variogram itself is not in the spread of the data sets.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> places, field = rng.uniform(0.0, 100.0, (40, 2)), rng.normal(size=40)
    >>> low = field < -0.3
    >>> drawn = augment(places, np.where(low, -0.3, field), low)
    >>> drawn.completed.shape, bool((drawn.completed[:, low] < -0.3).all())
    ((20, 40), True)
    """
    chosen = options or AugmentationOptions()
    places = as_coordinates(coordinates)
    numbers = as_values(values, len(places))
    marks = _checked_marks(numbers, is_censored)
    chains = _Chains(places, numbers, marks, chosen)
    for number in range(chosen.rounds):
        chains.go_round(number)
    return AugmentedSamples(
        places,
        chains.completed,
        marks,
        chains.mean,
        chains.fit,
        chains.empirical,
        np.array(chains.sills),
    )


def _checked_marks(values: FloatArray, is_censored: ArrayLike) -> BoolArray:
    """
    Check which values are censored.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Values and limits.
    is_censored : array_like of bool, shape (n,)
        Which are limits.

    Returns
    -------
    ndarray of bool, shape (n,)
        The marks.
    """
    marks = censoring_marks(is_censored, len(values))
    measured = values[~marks]
    if len(measured) < FEWEST_MEASURED:
        raise CensoredValuesError(
            f"Only {len(measured)} of {len(values)} values lie above their detection limit; a "
            f"spatial model needs {FEWEST_MEASURED} or more."
        )
    if float(np.ptp(measured)) == 0.0:
        raise ConstantValuesError(
            f"All {len(measured)} measured values are the same: nothing can be said of those below "
            "the detection limits."
        )
    return marks


def fit_averaged(
    empirical: EmpiricalVariogram, model: str, options: AugmentationOptions
) -> VariogramFit:
    """
    Fit a model to the averaged variogram of completed data sets.

    Parameters
    ----------
    empirical : EmpiricalVariogram
        Its points, in the space without anisotropy.
    model : str
        A covariance model, or several joined by ``+``.
    options : AugmentationOptions
        How it is fitted.

    Returns
    -------
    VariogramFit
        The fit.
    """
    fit = fit_model(empirical, model, smoothness=options.smoothness, method=options.fit_method)
    return replace(fit, model=replace(fit.model, anisotropy=options.anisotropy))


class _Chains:
    """
    The data sets on their way, and the model so far.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
        Places (m).
    values : ndarray, shape (n,)
        Values and limits.
    marks : ndarray of bool, shape (n,)
        Which are limits.
    options : AugmentationOptions
        How it is done.
    """

    def __init__(
        self,
        places: FloatArray,
        values: FloatArray,
        marks: BoolArray,
        options: AugmentationOptions,
    ) -> None:
        self.options = options
        # In an order of their own, so that the order of the file does not matter.
        self.order = np.lexsort((values, places[:, 1], places[:, 0]))
        self.places, values = places[self.order], values[self.order]
        self.hidden = np.flatnonzero(marks[self.order])
        self.limits = values[self.hidden]
        self.rng = np.random.default_rng(options.seed)
        self.mean, spread = fit_normal(values[~marks[self.order]], self.limits)
        self.values = np.tile(values, (options.realisations, 1))
        share = scipy.special.ndtr((self.limits - self.mean) / spread)
        uniform = self.rng.uniform(size=(options.realisations, len(self.hidden)))
        drawn = self.mean + spread * scipy.special.ndtri(np.maximum(uniform * share, 1e-300))
        self.values[:, self.hidden] = np.minimum(drawn, self.limits)
        count = min(len(values), MOST_VARIOGRAM_PLACES)
        self.subset = np.sort(self.rng.choice(len(values), count, replace=False))
        self.plan = VecchiaPlan(self.places[self.subset], MEAN_NEIGHBOURS)
        self.empirical = self._variogram()
        self.fit = self._fitted()
        self.sills: list[float] = []

    @property
    def completed(self) -> FloatArray:
        """The data sets, in the order of the samples."""
        result = np.empty_like(self.values)
        result[:, self.order] = self.values
        return result

    def go_round(self, number: int) -> None:
        """
        Draw all censored values anew, then fit the model again.

        Parameters
        ----------
        number : int
            Of the round, from 0.
        """
        model = self.fit.model
        given = conditionals(self.places, self.hidden, model, self.options.neighbours)
        for values in self.values:
            sweep(values, self.limits, self.mean, given, self.options.sweeps, self.rng)
        burn_in = self.options.rounds // 4
        step = 1.0 if number < burn_in else 1.0 / (number - burn_in + 1)
        found = self._variogram()
        gamma = self.empirical.semivariance
        gamma = gamma + step * (found.semivariance - gamma)
        self.empirical = replace(self.empirical, semivariance=gamma)
        self.fit = self._fitted()
        self.mean += step * (self._mean_of_field(self.fit.model) - self.mean)
        self.sills.append(self.fit.model.sill)

    def _variogram(self) -> EmpiricalVariogram:
        """
        Return the empirical variogram averaged over the data sets.

        Returns
        -------
        EmpiricalVariogram
            Pairs and distances are those of each.
        """
        places = self.places[self.subset]
        if self.options.anisotropy is not None:
            places = self.options.anisotropy.isotropic(places)
        lines = [
            empirical_variogram(
                places,
                values[self.subset],
                cutoff=self.options.cutoff,
                lags=self.options.lags,
                estimator=self.options.estimator,
            )
            for values in self.values
        ]
        gamma = np.mean([line.semivariance for line in lines], axis=0)
        return replace(lines[0], semivariance=gamma)

    def _fitted(self) -> VariogramFit:
        """
        Fit the model to the averaged variogram.

        Returns
        -------
        VariogramFit
            The fit.
        """
        return fit_averaged(self.empirical, self.options.model, self.options)

    def _mean_of_field(self, model: VariogramModel) -> float:
        """
        Return the mean by generalised least squares, averaged over the data sets.

        Parameters
        ----------
        model : VariogramModel
            The covariance.

        Returns
        -------
        float
            On the transformed scale; the present mean where the model is not stable.
        """
        # The estimate is linear in the values: that of their average is the average of theirs.
        relative = self.values[:, self.subset].mean(axis=0) - self.mean
        terms = likelihood_terms(self.plan, self.places[self.subset], relative, model)
        return self.mean if terms is None else self.mean + terms.mean
