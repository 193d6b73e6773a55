import numpy as np
import pytest
from scipy.spatial.distance import cdist

from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.kriging import OrdinaryKriging
from spatial.interpolation.transforms import BoxCox, fit_transform


@pytest.mark.parametrize("name", ["box_cox", "normal_score"])
def test_the_mean_of_kriging_is_unbiased(name):
    # Over unconditional fields the mean of the back-transform must be that of the field itself;
    # with the multiplier left out it is not.
    rng = np.random.default_rng(11)
    places = rng.uniform(0, 300, (12, 2))
    cells = np.array([[150.0, 150.0], [390.0, 390.0]])
    model = VariogramModel.single("exponential", nugget=0.1, partial_sill=0.9, scale=80.0)
    lower = np.linalg.cholesky(model.covariance(cdist(places, places)))
    if name == "box_cox":
        g = BoxCox(0.3, 10.0, 500.0)
        middle, spread = float(g.forward(60.0)), 1.8
    else:
        g = fit_transform("normal_score", np.exp(rng.normal(4.0, 0.8, 400)))
        middle, spread = 0.0, 1.0
    fields = middle + spread * lower @ rng.normal(size=(12, 20_000))
    unit = OrdinaryKriging(model).fit(places, np.arange(12.0)).predict(cells)
    # Kriging weights from predictions of unit vectors: the prediction is linear in the values.
    weights = np.array(
        [OrdinaryKriging(model).fit(places, row).predict(cells).location for row in np.eye(12)]
    )
    predictions = weights.T @ fields
    truth = float(g.mean(middle, spread, 0.0))
    for cell in range(2):
        sigma = spread * unit.sigma[cell]
        multiplier = spread**2 * unit.lagrange_multiplier[cell]
        found = g.mean(predictions[cell], sigma, multiplier)
        error = found.std() / np.sqrt(len(found))
        assert abs(found.mean() - truth) < 4.0 * error + 1e-3 * truth, cell
    # Far from samples the multiplier is large.
    assert g.mean(predictions[1], sigma, 0.0).mean() > 1.03 * truth
