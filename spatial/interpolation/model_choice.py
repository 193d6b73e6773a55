"""Which covariance model predicts left-out samples best."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from spatial.arrays import FloatArray
from spatial.errors import SingularSystemError, TooFewPlacesError, VariogramError
from spatial.interpolation.contract import MethodSettings, Prediction
from spatial.interpolation.cross_validation import CrossValidation, cross_validation_figures
from spatial.interpolation.duplicates import MergedPlaces
from spatial.interpolation.registry import Method
from spatial.interpolation.variogram import EmpiricalVariogram, VariogramFit
from spatial.interpolation.variogram_fitting import fit_model


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
    places: MergedPlaces,
    empirical: EmpiricalVariogram,
    names: Sequence[str],
    settings: MethodSettings,
    fit: Callable[[str], VariogramFit] | None = None,
) -> list[Candidate]:
    """
    Fit each model and leave every sample out in turn.

    Parameters
    ----------
    method : Method
        The method that will use the model.
    places : MergedPlaces
        Samples, their values on the transformed scale.
    empirical : EmpiricalVariogram
        Their variogram.
    names : sequence of str
        The models, in the order that settles ties.
    settings : MethodSettings
        What the method is told, apart from the variogram.
    fit : callable, optional
        Fits a model by its name; weighted least squares with weights N/h² when absent.

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
    fitted = fit or partial(fit_model, empirical)
    tried = [_try_model(method, places, fitted(name), name, settings) for name in names]
    tried.sort(key=lambda candidate: candidate.score)
    if not tried:
        raise VariogramError("No covariance model was named to choose from.")
    if tried[0].figures is None:
        raise SingularSystemError(tried[0].reason or "No covariance model gives a stable solution.")
    return tried


def _try_model(
    method: Method,
    places: MergedPlaces,
    fit: VariogramFit,
    name: str,
    settings: MethodSettings,
) -> Candidate:
    """
    Leave every sample out in turn under one model.

    Parameters
    ----------
    method : Method
        The method that will use the model.
    places : MergedPlaces
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
        fitted = method.create(told).fit(places.coordinates, places.values)
        figures = _figures(places.values, fitted.leave_one_out())
    except SingularSystemError as error:
        return Candidate(name, fit, None, str(error))
    return Candidate(name, fit, figures)


def _figures(observed: FloatArray, prediction: Prediction) -> CrossValidation:
    """
    Summarise the samples that have neighbours enough to be predicted.

    Parameters
    ----------
    observed : ndarray, shape (n,)
        What was measured.
    prediction : Prediction
        What was predicted without it; NaN where there are too few neighbours.

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
    return cross_validation_figures(observed[is_predicted], chosen)
