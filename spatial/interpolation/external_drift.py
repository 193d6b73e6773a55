"""Kriging with external drift: the mean depends on covariates known at samples and cells."""

from spatial.errors import InvalidRequestError
from spatial.interpolation.contract import MethodSettings
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.drift import Drift, PlaceTable
from spatial.interpolation.general_kriging import GeneralKriging
from spatial.interpolation.predictand import KrigingOptions

__all__ = ["ExternalDriftKriging", "PlaceTable", "from_settings"]


class ExternalDriftKriging(GeneralKriging):
    """
    Kriging of a value whose mean is a linear function of covariates.

    Parameters
    ----------
    variogram : VariogramModel
        The covariance of what remains beside the trend.
    drift : Drift
        The covariates, and a polynomial of the coordinates besides where its degree is above 0.
    options : KrigingOptions, optional
        Neighbourhood, distance, support, errors of measurement. From all samples this is
        regression kriging: one trend by generalised least squares for the whole area. From
        neighbours each place has a trend of its own.

    Notes
    -----
    Chilès & Delfiner (2012), section 5.7.3. Under block support the covariate of a block is the
    one found at its centre: give block means.

    Examples
    --------
    >>> model = VariogramModel.single("spherical", nugget=0.0, partial_sill=1.0, scale=10.0)
    >>> height = PlaceTable([[0, 0], [4, 0], [9, 0], [99, 0]], {"height": [1.0, 2.0, 5.0, 9.0]})
    >>> kriging = ExternalDriftKriging(model, Drift(covariates=height))
    >>> fitted = kriging.fit([[0, 0], [4, 0], [9, 0]], [10.0, 20.0, 50.0])
    >>> fitted.predict([[99, 0]]).location.round(9)
    array([90.])
    """

    def __init__(
        self, variogram: VariogramModel, drift: Drift, options: KrigingOptions | None = None
    ) -> None:
        if drift.covariates is None:
            raise InvalidRequestError(
                "Kriging with external drift needs covariates, known at the samples and at the "
                "cells."
            )
        super().__init__(variogram, drift, options=options)


def from_settings(settings: MethodSettings) -> ExternalDriftKriging:
    """
    Make the method from what it is told.

    Parameters
    ----------
    settings : MethodSettings
        Variogram, drift and options (or neighbours) are used.

    Returns
    -------
    ExternalDriftKriging
        Not yet fitted.

    Raises
    ------
    InvalidRequestError
        Where there is no variogram or there are no covariates.
    """
    if settings.variogram is None:
        raise InvalidRequestError("Kriging needs a variogram model.")
    return ExternalDriftKriging(
        settings.variogram, settings.drift or Drift(), settings.kriging_options
    )
