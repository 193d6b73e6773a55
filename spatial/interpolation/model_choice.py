"""Which covariance model predicts left-out samples best."""

from collections.abc import Sequence
from dataclasses import dataclass

from spatial.errors import SingularSystemError, VariogramError
from spatial.interpolation.contract import MethodSettings
from spatial.interpolation.covariance import ModelName
from spatial.interpolation.cross_validation import CrossValidation, cross_validation_figures
from spatial.interpolation.duplicates import MergedPlaces
from spatial.interpolation.registry import Method
from spatial.interpolation.variogram import EmpiricalVariogram, VariogramFit, fit_variogram


@dataclass(frozen=True, slots=True)
class Candidate:
    """
    One covariance model that was tried.

    Parameters
    ----------
    name : {"spherical", "exponential", "gaussian", "matern"}
        The model.
    fit : VariogramFit
        Its fitted form.
    figures : CrossValidation or None
        Leave-one-out figures; None where the equations had no stable solution.
    reason : str or None
        Why there are none.
    """

    name: ModelName
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
    names: Sequence[ModelName],
    settings: MethodSettings,
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
    tried = [
        _try_model(method, places, fit_variogram(empirical, name, smoothness=1.5), name, settings)
        for name in names
    ]
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
    name: ModelName,
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
    told = MethodSettings(fit.model, settings.neighbours, settings.power)
    try:
        fitted = method.create(told).fit(places.coordinates, places.values)
        figures = cross_validation_figures(places.values, fitted.leave_one_out())
    except SingularSystemError as error:
        return Candidate(name, fit, None, str(error))
    return Candidate(name, fit, figures)
