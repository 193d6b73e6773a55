"""Universal kriging: the mean is a polynomial of the coordinates with unknown coefficients."""

from spatial.errors import InvalidRequestError
from spatial.interpolation.contract import MethodSettings
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.drift import Drift
from spatial.interpolation.general_kriging import GeneralKriging
from spatial.interpolation.predictand import KrigingOptions


class UniversalKriging(GeneralKriging):
    """
    Kriging of a value whose mean is a plane or a quadratic surface.

    Parameters
    ----------
    variogram : VariogramModel
        The covariance of what remains beside the trend.
    degree : int
        1 for a plane, 2 for a quadratic surface; 0 is ordinary kriging with every option.
    options : KrigingOptions, optional
        Neighbourhood, distance, support, errors of measurement.

    Notes
    -----
    The trend by generalised least squares and the kriged residual in one system, so σ² holds the
    trend's uncertainty (Matheron 1969; Chilès & Delfiner 2012, section 3.4). Coordinates are taken
    relative to the place: the answer is the same for every origin, unit and rotation.

    Examples
    --------
    >>> model = VariogramModel.single("spherical", nugget=0.0, partial_sill=1.0, scale=10.0)
    >>> places = [[0, 0], [4, 0], [0, 4], [4, 4]]
    >>> kriging = UniversalKriging(model).fit(places, [1.0, 3.0, 2.0, 4.0])
    >>> kriging.predict([[400, 0]]).location.round(9)
    array([201.])
    """

    def __init__(
        self, variogram: VariogramModel, degree: int = 1, options: KrigingOptions | None = None
    ) -> None:
        super().__init__(variogram, Drift(degree), options=options)


def from_settings(settings: MethodSettings) -> UniversalKriging:
    """
    Make the method from what it is told.

    Parameters
    ----------
    settings : MethodSettings
        Variogram, degree of the drift (1 unless stated) and options (or neighbours) are used.

    Returns
    -------
    UniversalKriging
        Not yet fitted.

    Raises
    ------
    InvalidRequestError
        Where there is no variogram, or there are covariates.
    """
    if settings.variogram is None:
        raise InvalidRequestError("Kriging needs a variogram model.")
    drift = settings.drift or Drift(1)
    if drift.covariates is not None:
        raise InvalidRequestError(
            "Universal kriging uses no covariates; kriging with external drift does."
        )
    return UniversalKriging(settings.variogram, drift.degree, settings.kriging_options)
