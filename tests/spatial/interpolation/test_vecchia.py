import numpy as np
import pytest
from scipy.spatial.distance import cdist

from spatial.errors import SingularSystemError, TooFewPlacesError
from spatial.interpolation.anisotropy import Anisotropy
from spatial.interpolation.covariance import Structure, VariogramModel
from spatial.interpolation.vecchia import VecchiaPlan, vecchia_log_likelihood

MODELS = {
    "spherical": VariogramModel(0.1, (Structure("spherical", 0.9, 250.0),)),
    "exponential": VariogramModel(0.1, (Structure("exponential", 0.9, 90.0),), Anisotropy(30, 0.5)),
    "gaussian": VariogramModel(0.2, (Structure("gaussian", 0.8, 120.0),)),
    "matern": VariogramModel(0.1, (Structure("matern", 0.9, 60.0, 1.5),)),
    "rough": VariogramModel(0.0, (Structure("matern", 1.0, 100.0, 0.35),), Anisotropy(100, 0.3)),
    "nested": VariogramModel(
        0.05, (Structure("spherical", 0.4, 80.0), Structure("matern", 0.6, 90.0, 0.8))
    ),
}


@pytest.fixture(scope="module")
def field():
    rng = np.random.default_rng(9)
    places = rng.uniform(0, 1000, (250, 2)) + np.array([6e5, 5.6e6])
    model = MODELS["exponential"]
    there = model.isotropic(places)
    lower = np.linalg.cholesky(model.covariance(cdist(there, there)))
    return places, 5.0 + lower @ rng.normal(size=250)


def exact(places, values, model):
    """The Gaussian log-likelihood with the mean by generalised least squares, as it stands."""
    there = model.isotropic(places)
    covariance = model.covariance(cdist(there, there))
    solved = np.linalg.solve(covariance, np.column_stack([np.ones(len(values)), values]))
    residual = values - solved[:, 1].sum() / solved[:, 0].sum()
    squares = residual @ np.linalg.solve(covariance, residual)
    constant = len(values) * np.log(2 * np.pi)
    return -0.5 * (constant + np.linalg.slogdet(covariance)[1] + squares)


@pytest.mark.parametrize("name", MODELS)
def test_with_all_neighbours_it_is_the_exact_likelihood(field, name):
    found = vecchia_log_likelihood(*field, MODELS[name], neighbours=249)
    assert found == pytest.approx(exact(*field, MODELS[name]), rel=1e-9)


@pytest.mark.parametrize("name", MODELS)
def test_with_thirty_neighbours_it_is_near(field, name):
    found = vecchia_log_likelihood(*field, MODELS[name])
    assert found == pytest.approx(exact(*field, MODELS[name]), abs=1.0)


def test_earlier_neighbours_are_the_nearest(field):
    places = field[0]
    plan = VecchiaPlan(places, 7)
    ordered = places[plan.order]
    assert sorted(plan.order.tolist()) == list(range(250))
    for i in range(250):
        distance = np.hypot(*(ordered[:i] - ordered[i]).T)
        expected = np.sort(distance)[:7]
        chosen = plan.earlier[i][plan.earlier[i] >= 0]
        np.testing.assert_allclose(np.hypot(*(ordered[chosen] - ordered[i]).T), expected)


def test_order_of_samples_and_translation_do_not_matter(field):
    places, values = field
    turned = np.random.default_rng(0).permutation(250)
    first = vecchia_log_likelihood(places, values, MODELS["matern"])
    second = vecchia_log_likelihood(places[turned], values[turned], MODELS["matern"])
    assert second == pytest.approx(first, rel=1e-12)
    moved = vecchia_log_likelihood(
        places - np.array([6e5, 5.6e6]), values + 100.0, MODELS["matern"]
    )
    assert moved == pytest.approx(first, rel=1e-9)


def test_what_has_no_likelihood_is_refused():
    with pytest.raises(TooFewPlacesError, match="at least two places"):
        vecchia_log_likelihood([[0, 0]], [1.0], MODELS["matern"])
    smooth = VariogramModel.single("gaussian", nugget=0.0, partial_sill=1.0, scale=1e6)
    with pytest.raises(SingularSystemError, match="lie close together"):
        vecchia_log_likelihood([[0, 0], [1, 0], [2, 0]], [1.0, 2.0, 0.0], smooth)
