import numpy as np
import pytest

from spatial.errors import SingularSystemError, VariogramError
from spatial.interpolation.contract import MethodSettings
from spatial.interpolation.covariance import MODEL_NAMES, VariogramModel
from spatial.interpolation.duplicates import merge_colocated
from spatial.interpolation.model_choice import try_models
from spatial.interpolation.registry import get_method
from spatial.interpolation.variogram import EmpiricalVariogram, empirical_variogram


def test_models_come_best_first(samples):
    places = merge_colocated(samples[0][:, 0], samples[0][:, 1], np.log(samples[1]))
    empirical = empirical_variogram(places.coordinates, places.values)
    settings = MethodSettings(neighbours=16)
    tried = try_models(get_method("ordinary_kriging"), places, empirical, MODEL_NAMES, settings)
    assert sorted(candidate.name for candidate in tried) == sorted(MODEL_NAMES)
    scores = [candidate.score for candidate in tried]
    assert scores == sorted(scores)
    assert scores[0] == tried[0].figures.crps
    without = try_models(
        get_method("inverse_distance"), places, empirical, ("spherical",), settings
    )
    assert without[0].score == without[0].figures.mae
    with pytest.raises(VariogramError, match="No covariance model was named"):
        try_models(get_method("ordinary_kriging"), places, empirical, (), settings)


def test_a_model_without_stable_solution_comes_last_with_the_reason():
    rng = np.random.default_rng(1)
    eastings, northings = rng.uniform(0, 1000, (2, 60))
    places = merge_colocated(eastings, northings, np.sin(eastings / 900))
    lag = np.linspace(200, 600, 15)
    truth = VariogramModel.single("gaussian", nugget=0.0, partial_sill=1.0, scale=900.0)
    points = EmpiricalVariogram(np.full(15, 99), lag, truth.semivariance(lag) - 0.02, 600.0)
    method, settings = get_method("ordinary_kriging"), MethodSettings()
    tried = try_models(method, places, points, ("gaussian", "spherical"), settings)
    assert [candidate.name for candidate in tried] == ["spherical", "gaussian"]
    assert "no stable solution" in tried[1].reason
    with pytest.raises(SingularSystemError, match="no stable solution"):
        try_models(method, places, points, ("gaussian",), settings)
