"""Which covariance model predicts left-out samples best."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from spatial.arrays import BoolArray, FloatArray, IntArray
from spatial.errors import SingularSystemError, TooFewPlacesError, VariogramError
from spatial.interpolation.contract import Interpolator, MethodSettings, Prediction
from spatial.interpolation.cross_validation import CrossValidation, cross_validation_figures
from spatial.interpolation.pooled import PooledMethod
from spatial.interpolation.registry import Method
from spatial.interpolation.variogram import VariogramFit

# Samples left out, times completed data sets: some seconds for every model.
MOST_LEFT_OUT = 20_000


@dataclass(frozen=True, slots=True)
class LeftOut:
    """
    The samples, and which of them are left out in turn.

    Parameters
    ----------
    coordinates : ndarray, shape (n, 2)
        Places (m).
    values : ndarray, shape (n,) or (r, n)
        On the transformed scale; or r data sets completed where values lie below limits.
    rows : ndarray of int64, shape (m,), optional
        Measured samples that are left out, one at a time; all when absent.
    """

    coordinates: FloatArray
    values: FloatArray
    rows: IntArray | None = None

    @property
    def observed(self) -> FloatArray:
        """What was measured at the samples left out."""
        # Measured values are the same in every completed data set.
        values = self.values[0] if self.values.ndim == 2 else self.values
        return values if self.rows is None else values[self.rows]

    @property
    def scheme(self) -> str:
        """How samples are left out, for the card."""
        if self.rows is None:
            return "leave-one-out"
        return f"leave-one-out of {len(self.rows):,} of {len(self.coordinates):,} places"

    def fit(self, method: Interpolator) -> Interpolator:
        """
        Fit a method to the samples, or to every completed data set.

        Parameters
        ----------
        method : Interpolator
            Not yet fitted.

        Returns
        -------
        Interpolator
            Fitted.
        """
        if self.values.ndim == 2:
            return PooledMethod(method).fit(self.coordinates, self.values)
        return method.fit(self.coordinates, self.values)


def left_out_rows(is_censored: BoolArray, data_sets: int, seed: int) -> IntArray | None:
    """
    Choose the samples to leave out: measured ones, by chance where they are very many.

    Parameters
    ----------
    is_censored : ndarray of bool, shape (n,)
        Which were not measured.
    data_sets : int
        How many data sets there are to be predicted from.
    seed : int
        Of the choice.

    Returns
    -------
    ndarray of int64, shape (m,), or None
        Rising; None for all.

    Examples
    --------
    >>> left_out_rows(np.array([False, True, False]), 2, 0)
    array([0, 2])
    >>> len(left_out_rows(np.zeros(30_000, bool), 1, 0))
    20000
    """
    measured = np.flatnonzero(~is_censored)
    most = max(1, MOST_LEFT_OUT // data_sets)
    if len(measured) > most:
        rng = np.random.default_rng(seed)
        return np.sort(rng.choice(measured, most, replace=False))
    return None if len(measured) == len(is_censored) else measured


@dataclass(frozen=True, slots=True)
class Candidate:
    """
    One covariance model that was tried.

    Parameters
    ----------
    name : str
        The model; nested ones are joined by ``+``.
    fit : VariogramFit
        Its fitted form.
    figures : CrossValidation or None
        Leave-one-out figures; None where the equations had no stable solution.
    reason : str or None
        Why there are none.
    """

    name: str
    fit: VariogramFit
    figures: CrossValidation | None
    reason: str | None = None

    @property
    def score(self) -> float:
        """What is compared, small is good: CRPS, or the mean absolute error without a sigma."""
        if self.figures is None:
            return float("inf")
        return self.figures.mae if self.figures.crps is None else self.figures.crps


def try_models(
    method: Method,
    left_out: LeftOut,
    names: Sequence[str],
    settings: MethodSettings,
    fit: Callable[[str], VariogramFit],
) -> list[Candidate]:
    """
    Fit each model and leave samples out in turn.

    Parameters
    ----------
    method : Method
        The method that will use the model.
    left_out : LeftOut
        Samples, their values on the transformed scale.
    names : sequence of str
        The models, in the order that settles ties.
    settings : MethodSettings
        What the method is told, apart from the variogram.
    fit : callable
        Fits a model by its name.

    Returns
    -------
    list of Candidate
        Best first. A model whose equations have no stable solution comes last, with the reason.

    Raises
    ------
    SingularSystemError
        Where no model gives a stable solution.
    VariogramError
        Where no model can be fitted.
    """
    tried = [try_model(method, left_out, fit(name), name, settings) for name in names]
    tried.sort(key=lambda candidate: candidate.score)
    if not tried:
        raise VariogramError("No covariance model was named to choose from.")
    if tried[0].figures is None:
        raise SingularSystemError(tried[0].reason or "No covariance model gives a stable solution.")
    return tried


def try_model(
    method: Method,
    left_out: LeftOut,
    fit: VariogramFit,
    name: str,
    settings: MethodSettings,
) -> Candidate:
    """
    Leave samples out in turn under one model.

    Parameters
    ----------
    method : Method
        The method that will use the model.
    left_out : LeftOut
        Samples, their values on the transformed scale.
    fit : VariogramFit
        The fitted model.
    name : str
        The model.
    settings : MethodSettings
        What the method is told, apart from the variogram.

    Returns
    -------
    Candidate
        With figures, or with the reason why not.
    """
    told = replace(settings, variogram=fit.model)
    try:
        fitted = left_out.fit(method.create(told))
        prediction = fitted.leave_one_out(left_out.rows)
        figures = _figures(left_out.observed, prediction, left_out.scheme)
    except SingularSystemError as error:
        return Candidate(name, fit, None, str(error))
    return Candidate(name, fit, figures)


def _figures(observed: FloatArray, prediction: Prediction, scheme: str) -> CrossValidation:
    """
    Summarise the samples that have neighbours enough to be predicted.

    Parameters
    ----------
    observed : ndarray, shape (n,)
        What was measured.
    prediction : Prediction
        What was predicted without it; NaN where there are too few neighbours.
    scheme : str
        How samples were left out.

    Returns
    -------
    CrossValidation
        Their figures; the count says how many they are.

    Raises
    ------
    TooFewPlacesError
        Where fewer than two samples have neighbours enough.
    """
    is_predicted = ~np.isnan(prediction.location)
    if np.count_nonzero(is_predicted) < 2:
        raise TooFewPlacesError(
            "Fewer than two samples have as many neighbours as the search asks for; use a larger "
            "radius or fewer neighbours."
        )
    chosen = Prediction(*(part[is_predicted] for part in prediction))
    return cross_validation_figures(observed[is_predicted], chosen, scheme)
