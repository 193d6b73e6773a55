import numpy as np
import pytest
from scipy.spatial.distance import cdist

from spatial.errors import VariogramError
from spatial.interpolation.anisotropy import Anisotropy
from spatial.interpolation.covariance import Structure, VariogramModel
from spatial.interpolation.duplicates import merge_colocated
from spatial.interpolation.request import SurfaceRequest
from spatial.interpolation.variogram import empirical_variogram, fit_variogram
from spatial.interpolation.variogram_choice import RequestedFit


@pytest.fixture(scope="module")
def field():
    rng = np.random.default_rng(12)
    places = rng.uniform(0, 1000, (500, 2))
    truth = VariogramModel(0.05, (Structure("spherical", 0.95, 400.0),), Anisotropy(60.0, 0.35))
    there = truth.isotropic(places)
    values = np.linalg.cholesky(truth.covariance(cdist(there, there))) @ rng.normal(size=500)
    merged = merge_colocated(places[:, 0], places[:, 1], values)
    return merged, empirical_variogram(merged.coordinates, merged.values)


def fitted(field, name="spherical", **settings):
    return RequestedFit(*field, SurfaceRequest(cell_size=10.0, **settings))(name)


def test_the_default_is_the_plain_fit(field):
    assert fitted(field) == fit_variogram(field[1], "spherical")
    assert fitted(field, fit_method="N/γ²").method == "N/γ²"


def test_a_stated_anisotropy_is_kept_and_scales_are_along_it(field):
    fit = fitted(field, anisotropy=(60.0, 0.35))
    assert fit.model.anisotropy == Anisotropy(60.0, 0.35)
    assert fit.model.structures[0].scale == pytest.approx(400.0, rel=0.3)


@pytest.mark.parametrize("method", ["N/h²", "likelihood"])
def test_anisotropy_is_fitted(field, method):
    fit = fitted(field, anisotropy="fitted", fit_method=method)
    assert fit.method == method
    assert abs(fit.model.anisotropy.azimuth - 60.0) < 15.0
    assert fit.model.anisotropy.ratio == pytest.approx(0.35, abs=0.15)


def test_smoothness_and_nested_models_are_fitted(field):
    assert fitted(field, "matern", smoothness=None).model.structures[0].smoothness != 1.5
    nested = fitted(field, "spherical+exponential")
    assert nested.weighted_squares <= fitted(field).weighted_squares * (1 + 1e-9)


def test_samples_on_a_line_have_no_directions():
    line = np.arange(40.0) * 25.0
    merged = merge_colocated(line, np.zeros(40), np.sin(line / 90.0))
    empirical = empirical_variogram(merged.coordinates, merged.values)
    request = SurfaceRequest(cell_size=10.0, anisotropy="fitted")
    with pytest.raises(VariogramError, match="Only 1 of 12 directions"):
        RequestedFit(merged, empirical, request)
