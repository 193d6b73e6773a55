import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from spatial.errors import InvalidValuesError
from spatial.interpolation.contract import Prediction
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.cross_validation import cross_validation_figures, gaussian_crps
from spatial.interpolation.kriging import OrdinaryKriging


@pytest.mark.parametrize(("observed", "location", "sigma"), [(0.3, 0.0, 1.0), (5.0, 2.0, 0.7)])
def test_crps_equals_its_integral(observed, location, sigma):
    def below(t):
        return norm.cdf(t, location, sigma) ** 2

    def above(t):
        return norm.sf(t, location, sigma) ** 2

    expected = quad(below, -20, observed)[0] + quad(above, observed, 30)[0]
    found = gaussian_crps(np.array([observed]), np.array([location]), np.array([sigma]))[0]
    assert found == pytest.approx(expected, rel=1e-6)


def test_figures_of_a_calibrated_prediction():
    rng = np.random.default_rng(9)
    location, sigma = rng.normal(size=20_000), rng.uniform(0.5, 2.0, 20_000)
    observed = location + sigma * rng.normal(size=20_000)
    figures = cross_validation_figures(observed, Prediction(location, sigma, sigma))
    assert figures.mean_error == pytest.approx(0.0, abs=0.03)
    assert figures.rmsse == pytest.approx(1.0, abs=0.02)
    assert figures.median_squared_standardised == pytest.approx(0.455, abs=0.02)
    for share, found in figures.coverage.items():
        assert found == pytest.approx(float(share), abs=0.015)
    assert figures.count == 20_000
    assert figures.rmse**2 == pytest.approx(np.mean((observed - location) ** 2))


def test_figures_without_sigma():
    nothing = np.full(3, np.nan)
    figures = cross_validation_figures(
        np.array([1.0, 2.0, 3.0]), Prediction(np.array([1.0, 2.0, 5.0]), nothing, nothing)
    )
    assert figures.mae == pytest.approx(2 / 3)
    assert figures.mean_error == pytest.approx(2 / 3)
    assert (figures.rmsse, figures.coverage, figures.crps) == (None, None, None)


def test_figures_on_meuse_equal_those_of_gstat(meuse, gstat, close):
    expected = gstat("ref6_loocv_ok_logzinc_global")
    model = VariogramModel.single("spherical", nugget=0.0507, partial_sill=0.5906, scale=896.97)
    observed = np.log(meuse["zinc"])
    figures = cross_validation_figures(
        observed, OrdinaryKriging(model).fit(meuse["places"], observed).leave_one_out()
    )
    close(figures.rmse, np.sqrt(np.mean(expected["residual"] ** 2)), 1e-9, "Meuse RMSE")
    close(figures.rmsse, np.sqrt(np.mean(expected["zscore"] ** 2)), 1e-9, "Meuse RMSSE")
    close(figures.mean_error, -np.mean(expected["residual"]), 1e-9, "Meuse mean error")


def test_a_missing_prediction_is_refused():
    missing = np.array([np.nan, 1.0])
    with pytest.raises(InvalidValuesError, match="could not be predicted"):
        cross_validation_figures(np.zeros(2), Prediction(missing, missing, missing))
