"""Fits beyond one structure in every direction: nested, free smoothness, weights, anisotropy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from spatial.arrays import FloatArray
from spatial.errors import InvalidRequestError, VariogramError
from spatial.interpolation.anisotropy import SMALLEST_RATIO
from spatial.interpolation.covariance import (
    Structure,
    VariogramModel,
    correlation,
    nested_names,
    practical_range_factor,
)
from spatial.interpolation.estimators import FitMethod
from spatial.interpolation.variogram import (
    LONGEST_RANGE,
    SHORTEST_RANGE,
    EmpiricalVariogram,
    VariogramFit,
    fit_variogram,
)
from spatial.interpolation.variogram_search import FITTED_SMOOTHNESS, ModelForm, descend, lattice

STARTS = 4
REWEIGHTINGS = 200


@dataclass(frozen=True, slots=True)
class _Points:
    """
    What a model is fitted to.

    Parameters
    ----------
    distance : ndarray, shape (n,)
        Mean distances (m).
    azimuth : ndarray, shape (n,)
        Directions (degrees).
    semivariance : ndarray, shape (n,)
        γ̂.
    pairs : ndarray, shape (n,)
        How many pairs each has.
    """

    distance: FloatArray
    azimuth: FloatArray
    semivariance: FloatArray
    pairs: FloatArray


def fit_model(
    empirical: EmpiricalVariogram,
    model: str,
    *,
    smoothness: float | None = 1.5,
    method: FitMethod = "N/h²",
    directions: Sequence[EmpiricalVariogram] = (),
) -> VariogramFit:
    """
    Fit a nugget and one to three structures by weighted least squares.

    Parameters
    ----------
    empirical : EmpiricalVariogram
        The variogram of all directions.
    model : str
        A covariance model, or several joined by ``+``.
    smoothness : float, optional
        ν of Matérn structures; None to fit it.
    method : {"N/h²", "N/γ²"}
        The weights. Those with γ take it from the fitted model, and are repeated until nothing
        changes (Cressie 1985).
    directions : sequence of EmpiricalVariogram
        Variograms by direction; where there are any, anisotropy is fitted to them.

    Returns
    -------
    VariogramFit
        The best model; structures without a partial sill are left out, shorter ranges come first.

    Raises
    ------
    VariogramError
        Where fewer classes have pairs than there are parameters, or all values are equal.
    InvalidRequestError
        Where the method is not one of least squares.

    Notes
    -----
    For given scales, smoothness and anisotropy nugget and partial sills are a linear problem with
    an exact answer (non-negative least squares), so only the others are searched: over a lattice,
    then by Nelder and Mead's simplex from the best points of it. No starting value is needed.

    Examples
    --------
    >>> parts = (Structure("spherical", 0.4, 40.0), Structure("spherical", 0.5, 140.0))
    >>> lag = np.linspace(5.0, 200.0, 30)
    >>> truth = VariogramModel(0.1, parts)
    >>> line = EmpiricalVariogram(np.full(30, 50), lag, truth.semivariance(lag), 200.0)
    >>> [round(part.scale) for part in fit_model(line, "spherical+spherical").model.structures]
    [40, 140]
    """
    if method not in {"N/h²", "N/γ²"}:
        raise InvalidRequestError(
            f"Least squares have the weights N/h² or N/γ², not {method!r}; maximum likelihood "
            "needs the samples (fit_by_likelihood)."
        )
    names = nested_names(model)
    form = ModelForm(names, smoothness if "matern" in names else 1.5, bool(directions))
    points = _points(directions or (empirical,))
    _check_enough(form, points)
    fit = _fit(points, empirical, form, points.pairs / points.distance**2)
    if method == "N/h²":
        return fit
    return _reweighted(points, empirical, form, fit)


def _points(variograms: Sequence[EmpiricalVariogram]) -> _Points:
    """
    Put the classes of several variograms together.

    Parameters
    ----------
    variograms : sequence of EmpiricalVariogram
        One of all directions, or several by direction.

    Returns
    -------
    _Points
        All their classes.
    """
    azimuths = [
        np.full(len(line.distance), 0.0 if line.direction is None else line.direction.azimuth)
        for line in variograms
    ]
    return _Points(
        np.concatenate([line.distance for line in variograms]),
        np.concatenate(azimuths),
        np.concatenate([line.semivariance for line in variograms]),
        np.concatenate([line.pairs for line in variograms]).astype(np.float64),
    )


def _check_enough(form: ModelForm, points: _Points) -> None:
    """
    Refuse a model with more parameters than there are distance classes.

    Parameters
    ----------
    form : ModelForm
        The model.
    points : _Points
        The classes.
    """
    needed = 1 + 2 * len(form.names) + (form.smoothness is None) + 2 * form.is_anisotropic
    if len(points.distance) < needed:
        raise VariogramError(
            f"Only {len(points.distance)} distance classes have pairs of samples; fitting "
            f"{'+'.join(form.names)} needs {needed}. More samples, a larger cutoff or a simpler "
            "model would help."
        )


def _reweighted(
    points: _Points, empirical: EmpiricalVariogram, form: ModelForm, fit: VariogramFit
) -> VariogramFit:
    """
    Repeat a fit with weights N/γ² of the fitted model until it stays.

    Parameters
    ----------
    points : _Points
        The classes.
    empirical : EmpiricalVariogram
        The variogram of all directions.
    form : ModelForm
        The model.
    fit : VariogramFit
        The first fit.

    Returns
    -------
    VariogramFit
        The last one.
    """
    gamma = _semivariances(points, fit.model)
    for repeat in range(REWEIGHTINGS):
        weights = points.pairs / np.maximum(gamma, 1e-12 * fit.model.sill) ** 2
        fit = replace(_fit(points, empirical, form, weights), method="N/γ²")
        before, gamma = gamma, _semivariances(points, fit.model)
        if np.allclose(gamma, before, rtol=1e-10, atol=0.0):
            break
        if repeat >= REWEIGHTINGS // 4:
            # Two sets of weights that lead to each other are settled in the middle.
            gamma = np.sqrt(gamma * before)
    return fit


def _semivariances(points: _Points, model: VariogramModel) -> FloatArray:
    """
    Return a model's semivariances at the classes.

    Parameters
    ----------
    points : _Points
        The classes.
    model : VariogramModel
        The model.

    Returns
    -------
    ndarray, shape (n,)
        γ.
    """
    distance = points.distance
    if model.anisotropy is not None:
        distance = model.anisotropy.distance(distance, points.azimuth)
    return model.semivariance(distance)


def _fit(
    points: _Points, empirical: EmpiricalVariogram, form: ModelForm, weights: FloatArray
) -> VariogramFit:
    """
    Fit with given weights.

    Parameters
    ----------
    points : _Points
        The classes.
    empirical : EmpiricalVariogram
        The variogram of all directions.
    form : ModelForm
        The model.
    weights : ndarray, shape (n,)
        Of the classes.

    Returns
    -------
    VariogramFit
        The best model.
    """
    if len(form.names) == 1 and form.smoothness is not None and not form.is_anisotropic:
        # One parameter: searched to the last digit, without a simplex.
        name, smoothness = form.names[0], form.smoothness
        return fit_variogram(empirical, name, smoothness=smoothness, weights=weights)
    vector = _search(points, form, weights)
    sills, squares = _sills(points, form, vector, weights)
    if not sills.sum() > 0.0:
        raise VariogramError("All pairs of samples have equal values: there is no variogram.")
    scales, smoothness, anisotropy = form.read(vector)
    parts = sorted(
        (
            Structure(name, float(sill), float(scale), smoothness if name == "matern" else 1.5)
            for name, sill, scale in zip(form.names, sills[1:], scales, strict=True)
        ),
        key=lambda part: part.range_,
    )
    kept = tuple(part for part in parts if part.partial_sill > 0.0) or (parts[0],)
    model = VariogramModel(float(sills[0]), kept, anisotropy)
    is_at_limit = model.range_ > 0.99 * LONGEST_RANGE * float(points.distance.max())
    return VariogramFit(model, squares, is_at_limit)


def _sills(
    points: _Points, form: ModelForm, vector: FloatArray, weights: FloatArray
) -> tuple[FloatArray, float]:
    """
    Return the best nugget and partial sills for the other parameters.

    Parameters
    ----------
    points : _Points
        The classes.
    form : ModelForm
        The model.
    vector : ndarray
        Its other parameters.
    weights : ndarray, shape (n,)
        Of the classes.

    Returns
    -------
    tuple
        Nugget and partial sills, none below 0, and the weighted sum of squares.
    """
    scales, smoothness, anisotropy = form.read(vector)
    distance = points.distance
    if anisotropy is not None:
        distance = anisotropy.distance(distance, points.azimuth)
    columns = [np.ones(len(distance))]
    for name, scale in zip(form.names, scales, strict=True):
        columns.append(1.0 - correlation(name, distance / scale, smoothness))
    root = np.sqrt(weights)
    # Here and not above: a process that only predicts starts without it.
    from scipy.optimize import nnls

    sills, norm = nnls(np.column_stack(columns) * root[:, np.newaxis], points.semivariance * root)
    return np.asarray(sills, np.float64), float(norm) ** 2


def _limits(points: _Points, form: ModelForm) -> list[tuple[float, float]]:
    """
    Return within which limits each parameter is looked for.

    Parameters
    ----------
    points : _Points
        The classes.
    form : ModelForm
        The model.

    Returns
    -------
    list of tuple of float
        Lower and upper limit.
    """
    shortest, longest = float(points.distance.min()), float(points.distance.max())
    limits = []
    for name in form.names:
        factor = practical_range_factor(name, form.smoothness or 1.0)
        low, high = np.log([SHORTEST_RANGE * shortest / factor, LONGEST_RANGE * longest / factor])
        limits.append((float(low), float(high)))
    if form.smoothness is None:
        low, high = np.log(FITTED_SMOOTHNESS)
        limits.append((float(low), float(high)))
    if form.is_anisotropic:
        limits += [(float(np.log(SMALLEST_RATIO)), 0.0), (-180.0, 360.0)]
    return limits


def _search(points: _Points, form: ModelForm, weights: FloatArray) -> FloatArray:
    """
    Find the parameters that are not sills.

    Parameters
    ----------
    points : _Points
        The classes.
    form : ModelForm
        The model.
    weights : ndarray, shape (n,)
        Of the classes.

    Returns
    -------
    ndarray
        The best vector.
    """
    limits = _limits(points, form)

    def misfit(vector: FloatArray) -> float:
        return _sills(points, form, vector, weights)[1]

    vectors = lattice(form, limits)
    order = np.argsort([misfit(vector) for vector in vectors], kind="stable")[:STARTS]
    found = [descend(misfit, vectors[start], form.steps, limits, (1e-9, 1e-15)) for start in order]
    return min(found, key=misfit)
