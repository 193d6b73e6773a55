import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import kstest, truncnorm

from spatial.interpolation.anisotropy import Anisotropy
from spatial.interpolation.augmentation_sampling import (
    Conditionals,
    conditionals,
    nearest_others,
    sweep,
)
from spatial.interpolation.covariance import Structure, VariogramModel

MODEL = VariogramModel(0.2, (Structure("exponential", 0.8, 60.0),), Anisotropy(40.0, 0.5))


@pytest.mark.parametrize("limit", [-9.0, -3.0, -0.5, -0.4, 0.0, 2.5])
def test_draws_follow_the_truncated_normal_distribution(limit):
    count = 4_000
    alone = Conditionals(
        np.arange(count), np.zeros((count, 0), np.int64), np.zeros((count, 0)), np.full(count, 2.0)
    )
    values = np.zeros(count)
    limits = np.full(count, 5.0 + 2.0 * limit)
    sweep(values, limits, 5.0, alone, 1, np.random.default_rng(1))
    truth = truncnorm(-np.inf, limit, loc=5.0, scale=2.0)
    assert values.max() <= limits[0]
    assert kstest(values, truth.cdf).pvalue > 1e-3


def test_conditionals_with_all_others_are_those_of_the_gaussian_distribution():
    places = np.random.default_rng(2).uniform(0, 200, (25, 2))
    there = MODEL.isotropic(places)
    covariance = MODEL.covariance(cdist(there, there))
    precision = np.linalg.inv(covariance)
    given = conditionals(places, np.array([3, 11]), MODEL, 24)
    for row, place in enumerate((3, 11)):
        assert given.sigma[row] == pytest.approx(precision[place, place] ** -0.5, rel=1e-10)
        expected = -precision[place] / precision[place, place]
        np.testing.assert_allclose(
            given.weights[row], expected[given.neighbours[row]], rtol=1e-8, atol=1e-12
        )


def test_gibbs_sampling_has_the_moments_of_the_joint_distribution():
    # Two places, both below 0: moments by integration on a grid.
    places = np.array([[0.0, 0.0], [20.0, 10.0]])
    there = MODEL.isotropic(places)
    covariance = MODEL.covariance(cdist(there, there))
    axis = np.linspace(-6.0, 0.0, 1_201)
    first, second = np.meshgrid(axis, axis, indexing="ij")
    inverse = np.linalg.inv(covariance)
    density = np.exp(
        -0.5
        * (
            inverse[0, 0] * (first - 0.3) ** 2
            + 2 * inverse[0, 1] * (first - 0.3) * (second - 0.3)
            + inverse[1, 1] * (second - 0.3) ** 2
        )
    )
    density /= density.sum()
    mean = float((density * first).sum())
    product = float((density * first * second).sum())
    given = conditionals(places, np.array([0, 1]), MODEL, 1)
    values, limits = np.array([-1.0, -1.0]), np.zeros(2)
    rng = np.random.default_rng(3)
    draws = np.empty((20_000, 2))
    for row in range(len(draws)):
        sweep(values, limits, 0.3, given, 3, rng)
        draws[row] = values
    assert draws.mean() == pytest.approx(mean, abs=0.02)
    assert (draws[:, 0] * draws[:, 1]).mean() == pytest.approx(product, abs=0.03)


def test_a_place_is_not_its_own_neighbour():
    places = np.random.default_rng(4).uniform(0, 10, (30, 2))
    found = nearest_others(places, np.array([0, 7]), 29)
    assert sorted(found[0].tolist()) == list(range(1, 30))
    assert 7 not in found[1]
