import numpy as np
import pytest

from spatial.errors import InvalidRequestError
from spatial.interpolation.contract import MethodSettings
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.drift import Drift, PlaceTable
from spatial.interpolation.external_drift import ExternalDriftKriging, from_settings
from spatial.interpolation.simple_kriging import SimpleKriging

MODEL = VariogramModel.single("spherical", nugget=0.05, partial_sill=0.55, scale=700.0)


def test_it_is_regression_kriging_by_generalised_least_squares(samples, close):
    """Trend by generalised least squares, then simple kriging of what remains (all in numpy)."""
    places, values = samples
    cells = places[:25] + 37.0
    everywhere = np.vstack([places, cells])
    height = np.hypot(*(everywhere - [501000.0, 5600000.0]).T)
    drift = Drift(covariates=PlaceTable(everywhere, {"height": height}))
    found = ExternalDriftKriging(MODEL, drift).fit(places, values).predict(cells)

    trend = np.column_stack([np.ones(115), height])
    distance = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    weighted = np.linalg.solve(MODEL.covariance(distance), trend[:90])
    coefficients = np.linalg.solve(trend[:90].T @ weighted, weighted.T @ values)
    residuals = values - trend[:90] @ coefficients
    kriged = SimpleKriging(MODEL, 0.0).fit(places, residuals).predict(cells)
    expected = trend[90:] @ coefficients + kriged.location
    close(found.location, expected, 1e-9, "external drift against regression kriging")
    assert (found.sigma > kriged.sigma).all()


def test_missing_settings_are_refused():
    with pytest.raises(InvalidRequestError, match="needs covariates"):
        from_settings(MethodSettings(MODEL))
    with pytest.raises(InvalidRequestError, match="needs a variogram"):
        from_settings(MethodSettings())
