import numpy as np
import pytest

from spatial.errors import InvalidRequestError
from spatial.interpolation.contract import MethodSettings
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.kriging import OrdinaryKriging
from spatial.interpolation.simple_kriging import SimpleKriging, from_settings

MODEL = VariogramModel.single("spherical", nugget=0.05, partial_sill=0.55, scale=700.0)


def test_ordinary_kriging_is_simple_kriging_with_the_mean_of_least_squares(samples, close):
    """Chilès & Delfiner (2012), section 3.4.3; and not knowing the mean costs variance."""
    places, values = samples
    distance = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    weights = np.linalg.solve(MODEL.covariance(distance), np.ones(90))
    mean = float(weights @ values / weights.sum())
    cells = places[:30] + 41.0
    simple = SimpleKriging(MODEL, mean).fit(places, values).predict(cells)
    ordinary = OrdinaryKriging(MODEL).fit(places, values).predict(cells)
    close(simple.location, ordinary.location, 1e-9, "simple against ordinary kriging")
    assert (simple.sigma < ordinary.sigma).all()
    assert not simple.lagrange_multiplier.any()


def test_far_from_samples_there_is_the_mean(samples):
    predicted = SimpleKriging(MODEL, 12.5).fit(*samples).predict([[9e5, 9e6]])
    assert predicted.location[0] == 12.5
    assert predicted.sigma[0] ** 2 == pytest.approx(MODEL.sill)


def test_missing_settings_are_refused():
    with pytest.raises(InvalidRequestError, match="needs a variogram"):
        from_settings(MethodSettings(mean=1.0))
    with pytest.raises(InvalidRequestError, match="needs the known mean"):
        from_settings(MethodSettings(MODEL))
    assert (
        from_settings(
            MethodSettings(MODEL, neighbours=9, mean=1.0)
        ).options.neighbourhood.neighbours
        == 9
    )
