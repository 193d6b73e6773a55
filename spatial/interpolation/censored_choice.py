"""Which covariance model predicts left-out measurements best where values lie below limits."""

from dataclasses import replace

from spatial.arrays import FloatArray
from spatial.errors import SingularSystemError, VariogramError
from spatial.interpolation.anisotropy import Anisotropy
from spatial.interpolation.augmentation import (
    AugmentationOptions,
    AugmentedSamples,
    augment,
    fit_averaged,
)
from spatial.interpolation.drift import Table
from spatial.interpolation.duplicates import MergedPlaces
from spatial.interpolation.model_choice import (
    Candidate,
    LeftOut,
    left_out_rows,
    try_model,
    try_models,
)
from spatial.interpolation.registry import Method
from spatial.interpolation.request import SurfaceRequest
from spatial.interpolation.trend import Trend, remove_trend

# Values are first drawn under this model where it is among those named: it is the least smooth, so
# that neighbours bind least, and it never calls two places the same.
FIRST = "exponential"
# A trend and the values drawn beside it are found in turn; after five steps it moves little.
TREND_STEPS = 5


def choose_with_limits(
    method: Method,
    places: MergedPlaces,
    request: SurfaceRequest,
    covariates: Table | None = None,
) -> tuple[list[Candidate], AugmentedSamples, Trend]:
    """
    Draw the values below their limits and choose the covariance model.

    Parameters
    ----------
    method : Method
        The method that will use the model.
    places : MergedPlaces
        Samples and limits on the transformed scale.
    request : SurfaceRequest
        Models, way of fitting, realisations and seed.
    covariates : Table, optional
        What external drift depends on.

    Returns
    -------
    tuple
        The candidates, best first; the data sets completed under the best; and the trend of their
        mean.

    Raises
    ------
    CensoredValuesError
        Where fewer than five places are measured.
    ConstantValuesError
        Where all measured values are equal.
    SingularSystemError
        Where no model gives a stable solution.

    Notes
    -----
    Values are drawn under a first model; the others are fitted to the averaged variogram of the
    completed data sets, and all are compared by predictions of left-out *measured* samples from
    the others, pooled over the data sets. Under the best one values are drawn again.

    Under a trend, values are drawn without it, the trend of their mean is taken off values and
    limits, and what remains is drawn, five times; the variogram is then that of what remains.
    """
    trend = _trend_first(places, request, covariates)
    first, augmented = _draw_first(places, request, trend)
    rows = left_out_rows(places.is_censored, request.realisations, request.seed)
    left_out = LeftOut(places.coordinates, augmented.completed, rows)
    options, settings = _options(request, first), request.settings(covariates=covariates)
    candidates = try_models(
        method,
        left_out,
        request.models,
        settings,
        lambda name: fit_averaged(augmented.empirical, name, options),
    )
    for number, candidate in enumerate(candidates):
        if candidate.figures is None:
            break
        if candidate.name == first:
            final = _trend_of(places, augmented, request, covariates)
            return _with_first(candidates, number, candidate), augmented, final
        try:
            again = _draw(places, request, candidate.name, trend)
        except (SingularSystemError, VariogramError) as error:
            candidates[number] = replace(candidate, figures=None, reason=str(error))
            continue
        scored = try_model(
            method,
            replace(left_out, values=again.completed),
            again.fit,
            candidate.name,
            settings,
        )
        if scored.figures is not None:
            final = _trend_of(places, again, request, covariates)
            return _with_first(candidates, number, scored), again, final
        candidates[number] = scored
    raise SingularSystemError(candidates[0].reason or "No covariance model is stable.")


def _trend_first(
    places: MergedPlaces, request: SurfaceRequest, covariates: Table | None
) -> FloatArray | None:
    """
    Estimate the trend from values drawn without one, then beside it.

    Parameters
    ----------
    places : MergedPlaces
        Samples and limits on the transformed scale.
    request : SurfaceRequest
        The trend.
    covariates : Table or None
        What it depends on.

    Returns
    -------
    ndarray, shape (n,), or None
        The trend at the places; None for a method without one.
    """
    if request.drift(covariates).size == 1:
        return None
    trend: FloatArray | None = None
    for _ in range(TREND_STEPS):
        _, drawn = _draw_first(places, request, trend)
        found = _trend_of(places, drawn, request, covariates)
        trend = drawn.completed.mean(axis=0) - found.remainder.values
    return trend


def _trend_of(
    places: MergedPlaces,
    drawn: AugmentedSamples,
    request: SurfaceRequest,
    covariates: Table | None,
) -> Trend:
    """
    Return the trend of the mean of completed data sets.

    Parameters
    ----------
    places : MergedPlaces
        Samples by place.
    drawn : AugmentedSamples
        The data sets.
    request : SurfaceRequest
        The trend.
    covariates : Table or None
        What it depends on.

    Returns
    -------
    Trend
        By ordinary least squares, which of the mean is the mean of those of all.
    """
    mean = places._replace(values=drawn.completed.mean(axis=0))
    return remove_trend(mean, request.drift(covariates))


def _draw_first(
    places: MergedPlaces, request: SurfaceRequest, trend: FloatArray | None
) -> tuple[str, AugmentedSamples]:
    """
    Draw values under the first model that can be drawn under.

    Parameters
    ----------
    places : MergedPlaces
        Samples and limits on the transformed scale.
    request : SurfaceRequest
        The models.
    trend : ndarray, shape (n,), or None
        What is taken off first.

    Returns
    -------
    tuple
        The model's name and the completed data sets.

    Raises
    ------
    SingularSystemError
        Where there is none.
    """
    names = sorted(request.models, key=lambda name: name != FIRST)
    for name in names[:-1]:
        try:
            return name, _draw(places, request, name, trend)
        except SingularSystemError:
            # Another model may tell the places apart; the last one says why none does.
            continue
    return names[-1], _draw(places, request, names[-1], trend)


def _draw(
    places: MergedPlaces, request: SurfaceRequest, model: str, trend: FloatArray | None
) -> AugmentedSamples:
    """
    Draw values under one model.

    Parameters
    ----------
    places : MergedPlaces
        Samples and limits on the transformed scale.
    request : SurfaceRequest
        How.
    model : str
        The model.
    trend : ndarray, shape (n,), or None
        What is taken off before and put back afterwards.

    Returns
    -------
    AugmentedSamples
        The completed data sets.
    """
    options = _options(request, model)
    if trend is None:
        return augment(places.coordinates, places.values, places.is_censored, options)
    drawn = augment(places.coordinates, places.values - trend, places.is_censored, options)
    completed = drawn.completed + trend
    # Measured values come back to the last bit.
    completed[:, ~places.is_censored] = places.values[~places.is_censored]
    return replace(drawn, completed=completed)


def _options(request: SurfaceRequest, model: str) -> AugmentationOptions:
    """
    Return how values are drawn under a model.

    Parameters
    ----------
    request : SurfaceRequest
        What was asked for.
    model : str
        The model.

    Returns
    -------
    AugmentationOptions
        The options.
    """
    stated = request.anisotropy
    known = None if stated is None or stated == "fitted" else Anisotropy(*stated)
    return AugmentationOptions(
        model=model,
        smoothness=request.smoothness,
        realisations=request.realisations,
        cutoff=request.cutoff,
        lags=request.lags,
        estimator=request.estimator,
        fit_method=request.fit_method,
        anisotropy=known,
        seed=request.seed,
    )


def _with_first(candidates: list[Candidate], number: int, chosen: Candidate) -> list[Candidate]:
    """
    Put the chosen candidate at the head.

    Parameters
    ----------
    candidates : list of Candidate
        All of them, best first.
    number : int
        Which one is chosen; those before it failed.
    chosen : Candidate
        It, with its last figures.

    Returns
    -------
    list of Candidate
        The chosen one, the others that have figures, and those that failed.
    """
    failed = [candidate for candidate in candidates if candidate.figures is None]
    others = [candidate for candidate in candidates[number + 1 :] if candidate.figures is not None]
    return [chosen, *others, *failed]
