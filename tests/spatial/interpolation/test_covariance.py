import numpy as np
import pytest
from numba import njit

from spatial.errors import InvalidRequestError, UnknownNameError
from spatial.interpolation.covariance import MODEL_NAMES, Structure, VariogramModel, correlation
from spatial.interpolation.fast_parts import WholeCompiler
from spatial.interpolation.kernels import covariance_at, structure_table

RATIOS = np.concatenate([[0.0], np.geomspace(1e-8, 80.0, 60)])


@njit(pipeline_class=WholeCompiler)
def value_at(distance, nugget, structures):
    return covariance_at(distance, nugget, structures)


@pytest.mark.parametrize("name", MODEL_NAMES)
@pytest.mark.parametrize("smoothness", [0.3, 0.5, 1.2, 1.5, 2.5, 4.7])
def test_kernel_equals_scipy(name, smoothness):
    model = VariogramModel(0.1, (Structure(name, 0.9, 120.0, smoothness),))
    kernel = [value_at(120.0 * ratio, model.nugget, structure_table(model)) for ratio in RATIOS]
    np.testing.assert_allclose(kernel, model.covariance(120.0 * RATIOS), rtol=2e-13, atol=1e-16)


def test_nested_structures_add_up():
    parts = (Structure("spherical", 0.4, 50.0), Structure("exponential", 0.6, 300.0))
    model = VariogramModel(0.0, parts)
    assert model.sill == pytest.approx(1.0)
    assert model.range_ == pytest.approx(300.0 * -np.log(0.05))
    expected = 0.4 * correlation("spherical", 0.5) + 0.6 * np.exp(-25.0 / 300.0)
    assert value_at(25.0, 0.0, structure_table(model)) == pytest.approx(float(expected))


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_practical_range_is_where_little_is_left(name):
    part = Structure(name, 1.0, 7.0, 1.2)
    left = float(correlation(name, part.range_ / part.scale, 1.2))
    assert left == pytest.approx(0.0 if name == "spherical" else 0.05)


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_covariance_matrices_are_positive(name):
    places = np.random.default_rng(3).uniform(0, 100, (60, 2))
    distance = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    model = VariogramModel.single(name, nugget=0.01, partial_sill=1.0, scale=30.0)
    assert np.linalg.eigvalsh(model.covariance(distance)).min() > 0.0


def test_impossible_models_are_refused():
    with pytest.raises(UnknownNameError, match="no covariance model called 'cubic'"):
        Structure("cubic", 1.0, 1.0)
    with pytest.raises(InvalidRequestError, match="scale must be positive"):
        Structure("spherical", 1.0, 0.0)
    with pytest.raises(InvalidRequestError, match="partial sill"):
        Structure("spherical", -1.0, 1.0)
    with pytest.raises(InvalidRequestError, match="smoothness"):
        Structure("matern", 1.0, 1.0, 50.0)
    with pytest.raises(InvalidRequestError, match="nugget"):
        VariogramModel.single("spherical", nugget=float("nan"), partial_sill=1.0, scale=1.0)
    with pytest.raises(InvalidRequestError, match="at least one structure"):
        VariogramModel(1.0, ())
    with pytest.raises(InvalidRequestError, match="sill must be more than 0"):
        VariogramModel.single("spherical", nugget=0.0, partial_sill=0.0, scale=1.0)
