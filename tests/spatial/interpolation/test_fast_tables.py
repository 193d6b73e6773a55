import numpy as np
import pytest
from numba import njit
from scipy.special import gamma, kv

from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.fast_covariance import covariance_of, inverse_scales
from spatial.interpolation.fast_lanes import load, store
from spatial.interpolation.fast_parts import WholeCompiler
from spatial.interpolation.fast_tables import correlation_tables
from spatial.interpolation.fast_vectors import WIDTH
from spatial.interpolation.kernels import structure_table


@njit(pipeline_class=WholeCompiler)
def tabled(structures):
    return inverse_scales(structures)


@njit(pipeline_class=WholeCompiler)
def covariances(squares, nugget, structures, tables):
    for i in range(0, len(squares), WIDTH):
        store(squares, i, covariance_of(load(squares, i), nugget, structures, tables))


@pytest.mark.parametrize("smoothness", [0.05, 0.3, 0.5, 0.8, 1.0, 1.5, 2.2, 2.5, 4.7, 10.0])
def test_matern_equals_the_bessel_function(smoothness):
    model = VariogramModel.single(
        "matern", nugget=0.5, partial_sill=2.0, scale=3.0, smoothness=smoothness
    )
    ratio = np.concatenate([[0.0, 1e-14], np.geomspace(2e-9, 60.0, 5000), np.geomspace(60, 3e3, 6)])
    squares = (3.0 * ratio) ** 2
    covariances(squares, 0.5, tabled(structure_table(model)), correlation_tables(model))
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        bessel = 2 ** (1 - smoothness) / gamma(smoothness) * ratio**smoothness
        expected = 2.0 * bessel * kv(smoothness, ratio)
    expected[0], expected[1] = 2.5, 2.0
    np.testing.assert_allclose(squares, expected, rtol=0, atol=2e-13)
