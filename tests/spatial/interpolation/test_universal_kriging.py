import numpy as np
import pytest

from spatial.errors import InvalidRequestError
from spatial.interpolation.contract import MethodSettings
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.drift import Drift, PlaceTable
from spatial.interpolation.neighbourhood import Neighbourhood
from spatial.interpolation.predictand import KrigingOptions
from spatial.interpolation.universal_kriging import UniversalKriging, from_settings

MODEL = VariogramModel.single("exponential", nugget=0.05, partial_sill=0.55, scale=200.0)


@pytest.mark.parametrize("rule", [Neighbourhood(), Neighbourhood(24)])
@pytest.mark.parametrize("degree", [1, 2])
def test_a_polynomial_is_continued_exactly(degree, rule, samples):
    places, _ = samples

    def surface(at):
        east, north = (at - [501000.0, 5600700.0]).T / 1000.0
        plane = 3.0 + 2.0 * east - 5.0 * north
        return plane if degree == 1 else plane + 4.0 * east * north - east**2 + 7.0 * north**2

    cells = np.array([[501234.5, 5600432.1], [503000.0, 5603000.0]])
    method = UniversalKriging(MODEL, degree, KrigingOptions(rule)).fit(places, surface(places))
    np.testing.assert_allclose(method.predict(cells).location, surface(cells), rtol=1e-8)


def test_settings_choose_the_degree():
    assert from_settings(MethodSettings(MODEL)).drift == Drift(1)
    assert from_settings(MethodSettings(MODEL, drift=Drift(2))).drift == Drift(2)
    table = PlaceTable([[0.0, 0.0]], {"v": [1.0]})
    with pytest.raises(InvalidRequestError, match="uses no covariates"):
        from_settings(MethodSettings(MODEL, drift=Drift(covariates=table)))
    with pytest.raises(InvalidRequestError, match="needs a variogram"):
        from_settings(MethodSettings())
