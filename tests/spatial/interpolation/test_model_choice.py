from functools import partial

import numpy as np
import pytest

from spatial.errors import SingularSystemError, VariogramError
from spatial.interpolation.contract import MethodSettings
from spatial.interpolation.covariance import MODEL_NAMES, VariogramModel
from spatial.interpolation.duplicates import merge_colocated
from spatial.interpolation.model_choice import LeftOut, left_out_rows, try_models
from spatial.interpolation.registry import get_method
from spatial.interpolation.variogram import EmpiricalVariogram, empirical_variogram
from spatial.interpolation.variogram_fitting import fit_model


def test_models_come_best_first(samples):
    places = merge_colocated(samples[0][:, 0], samples[0][:, 1], np.log(samples[1]))
    empirical = empirical_variogram(places.coordinates, places.values)
    samples = LeftOut(places.coordinates, places.values)
    fit = partial(fit_model, empirical)
    settings = MethodSettings(neighbours=16)
    tried = try_models(get_method("ordinary_kriging"), samples, MODEL_NAMES, settings, fit)
    assert sorted(candidate.name for candidate in tried) == sorted(MODEL_NAMES)
    scores = [candidate.score for candidate in tried]
    assert scores == sorted(scores)
    assert scores[0] == tried[0].figures.crps
    without = try_models(get_method("inverse_distance"), samples, ("spherical",), settings, fit)
    assert without[0].score == without[0].figures.mae
    with pytest.raises(VariogramError, match="No covariance model was named"):
        try_models(get_method("ordinary_kriging"), samples, (), settings, fit)


def test_a_model_without_stable_solution_comes_last_with_the_reason():
    rng = np.random.default_rng(1)
    eastings, northings = rng.uniform(0, 1000, (2, 60))
    places = merge_colocated(eastings, northings, np.sin(eastings / 900))
    lag = np.linspace(200, 600, 15)
    truth = VariogramModel.single("gaussian", nugget=0.0, partial_sill=1.0, scale=900.0)
    points = EmpiricalVariogram(np.full(15, 99), lag, truth.semivariance(lag) - 0.02, 600.0)
    method, settings = get_method("ordinary_kriging"), MethodSettings()
    samples, fit = LeftOut(places.coordinates, places.values), partial(fit_model, points)
    tried = try_models(method, samples, ("gaussian", "spherical"), settings, fit)
    assert [candidate.name for candidate in tried] == ["spherical", "gaussian"]
    assert "no stable solution" in tried[1].reason
    with pytest.raises(SingularSystemError, match="no stable solution"):
        try_models(method, samples, ("gaussian",), settings, fit)


def test_only_some_samples_are_left_out(samples):
    places, values = samples[0], np.log(samples[1])
    method, settings = get_method("ordinary_kriging"), MethodSettings(neighbours=16)
    fit = partial(fit_model, empirical_variogram(places, values))
    every = method.create(MethodSettings(fit("spherical").model, neighbours=16)).fit(places, values)
    rows = np.array([3, 7, 40])
    [tried] = try_models(method, LeftOut(places, values, rows), ("spherical",), settings, fit)
    assert tried.figures.count == 3
    assert tried.figures.scheme == "leave-one-out of 3 of 90 places"
    error = every.leave_one_out().location[rows] - values[rows]
    assert tried.figures.rmse == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-12)


def test_rows_left_out_are_measured_and_no_more_than_affordable():
    marks = np.arange(50_000) % 2 == 1
    rows = left_out_rows(marks, 20, 3)
    assert len(rows) == 1000
    assert not marks[rows].any()
    assert np.array_equal(rows, left_out_rows(marks, 20, 3))
    assert not np.array_equal(rows, left_out_rows(marks, 20, 4))
    assert left_out_rows(np.zeros(20_000, bool), 1, 0) is None
