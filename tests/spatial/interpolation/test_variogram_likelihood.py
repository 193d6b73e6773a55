import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.spatial.distance import cdist

from spatial.errors import ConstantValuesError, TooFewPlacesError
from spatial.interpolation.anisotropy import Anisotropy
from spatial.interpolation.covariance import Structure, VariogramModel
from spatial.interpolation.variogram import empirical_variogram, fit_variogram
from spatial.interpolation.variogram_likelihood import LikelihoodOptions, fit_by_likelihood
from tests.spatial.interpolation.test_vecchia import exact

TRUTH = VariogramModel(0.1, (Structure("exponential", 0.9, 80.0),), Anisotropy(30.0, 0.4))


def draw(model, count, seed, extent=1000.0):
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, extent, (count, 2))
    there = model.isotropic(places)
    lower = np.linalg.cholesky(model.covariance(cdist(there, there)))
    return places, 3.0 + lower @ rng.normal(size=count)


def fitted(places, values, name="exponential", **options):
    line = empirical_variogram(places, values)
    start = fit_variogram(line, name)
    return fit_by_likelihood(places, values, line, start, LikelihoodOptions(**options))


def test_maximum_equals_the_exact_one():
    isotropic = VariogramModel(0.15, (Structure("exponential", 0.85, 70.0),))
    places, values = draw(isotropic, 90, 3)
    ours = fitted(places, values, neighbours=89)

    def misfit(vector):
        nugget, sill, scale = np.exp(vector)
        return -exact(
            places, values, VariogramModel(nugget, (Structure("exponential", sill, scale),))
        )

    best = minimize(misfit, np.log([0.2, 0.8, 60.0]), method="Nelder-Mead", options={"fatol": 1e-9})
    assert ours.log_likelihood == pytest.approx(-best.fun, abs=1e-3)
    nugget, sill, scale = np.exp(best.x)
    assert ours.model.sill == pytest.approx(nugget + sill, rel=0.02)
    assert ours.model.structures[0].scale == pytest.approx(scale, rel=0.05)
    # Twenty neighbours in place of all lose next to nothing.
    near = fitted(places, values)
    assert exact(places, values, near.model) == pytest.approx(-best.fun, abs=0.1)
    assert near.method == "likelihood"


def test_anisotropy_is_found():
    places, values = draw(TRUTH, 500, 5)
    fit = fitted(places, values, is_anisotropic=True)
    assert abs(fit.model.anisotropy.azimuth - 30.0) < 10.0
    assert fit.model.anisotropy.ratio == pytest.approx(0.4, abs=0.12)
    assert fit.log_likelihood > fitted(places, values).log_likelihood + 10.0


def test_smoothness_is_found():
    truth = VariogramModel(0.02, (Structure("matern", 0.98, 60.0, 0.8),))
    places, values = draw(truth, 500, 6)
    fit = fitted(places, values, "matern", is_smoothness_fitted=True)
    assert fit.model.structures[0].smoothness == pytest.approx(0.8, abs=0.35)
    # More likely than the truth itself, up to what 20 neighbours cost.
    assert exact(places, values, fit.model) > exact(places, values, truth) - 0.3


def test_units_and_order_do_not_matter():
    places, values = draw(TRUTH, 200, 7)
    first = fitted(places, values)
    turned = np.random.default_rng(1).permutation(200)
    again = fitted(places[turned], values[turned])
    assert again.model.sill == pytest.approx(first.model.sill, rel=1e-6)
    scaled = fitted(places, 1e3 * values)
    assert scaled.model.sill == pytest.approx(1e6 * first.model.sill, rel=1e-3)
    assert scaled.model.range_ == pytest.approx(first.model.range_, rel=1e-2)


def test_many_places_are_sampled():
    places, values = draw(VariogramModel(0.1, (Structure("exponential", 0.9, 60.0),)), 900, 8)
    fit = fitted(places, values, most_places=300, seed=4)
    assert fit.model.sill == pytest.approx(1.0, abs=0.4)
    assert fit == fitted(places, values, most_places=300, seed=4)


def test_what_cannot_be_fitted_is_refused():
    places, values = draw(TRUTH, 30, 1)
    line = empirical_variogram(places, values)
    start = fit_variogram(line, "spherical")
    with pytest.raises(TooFewPlacesError, match="at least 10 places"):
        fit_by_likelihood(places[:9], values[:9], line, start)
    with pytest.raises(ConstantValuesError, match="All values are equal"):
        fit_by_likelihood(places, np.ones(30), line, start)
