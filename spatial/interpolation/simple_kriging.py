"""Simple kriging: the mean is known."""

from spatial.errors import InvalidRequestError
from spatial.interpolation.contract import MethodSettings
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.general_kriging import GeneralKriging
from spatial.interpolation.predictand import KrigingOptions


class SimpleKriging(GeneralKriging):
    """
    Kriging of a value whose mean is known.

    Far from every sample the prediction is the mean and the variance the sill.

    Parameters
    ----------
    variogram : VariogramModel
        The covariance of the values.
    mean : float
        The mean, on the scale of the values.
    options : KrigingOptions, optional
        Neighbourhood, distance, support, errors of measurement.

    Notes
    -----
    Cλ = c₀; ŷ = m + λᵀ(y − m); σ² = C₀₀ − λᵀc₀ (Chilès & Delfiner 2012, section 3.3). There is no
    condition on the weights, so the multiplier is 0.

    Examples
    --------
    >>> model = VariogramModel.single("spherical", nugget=0.0, partial_sill=1.0, scale=10.0)
    >>> kriging = SimpleKriging(model, mean=7.0).fit([[0, 0], [4, 0]], [1.0, 3.0])
    >>> kriging.predict([[4, 0], [99, 0]]).location.round(12)
    array([3., 7.])
    """

    def __init__(
        self, variogram: VariogramModel, mean: float, options: KrigingOptions | None = None
    ) -> None:
        super().__init__(variogram, None, mean, options)


def from_settings(settings: MethodSettings) -> SimpleKriging:
    """
    Make the method from what it is told.

    Parameters
    ----------
    settings : MethodSettings
        Variogram, mean and options (or neighbours) are used.

    Returns
    -------
    SimpleKriging
        Not yet fitted.

    Raises
    ------
    InvalidRequestError
        Where there is no variogram or no mean.
    """
    if settings.variogram is None:
        raise InvalidRequestError("Kriging needs a variogram model.")
    if settings.mean is None:
        raise InvalidRequestError(
            "Simple kriging needs the known mean; where it is not known, use ordinary kriging."
        )
    return SimpleKriging(settings.variogram, settings.mean, settings.kriging_options)
