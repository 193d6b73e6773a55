from dataclasses import replace

import numpy as np
import pytest

from spatial.errors import SpatialError
from spatial.interpolation.auto import Question, rank_candidates
from spatial.interpolation.contract import MethodSettings


def test_combinations_are_ranked_by_blocks_on_the_scale_of_concentrations(samples):
    places, values = samples
    ranking = rank_candidates(places, values)
    assert len(ranking.trials) == 2 * 4 + 1
    scores = [trial.crps for trial in ranking.trials]
    assert scores == sorted(scores)
    assert ranking.best is ranking.trials[0]
    assert ranking.best.transform == "ln"
    assert ranking.folds.scheme.startswith("blocks of")
    assert ranking.block_size <= np.ptp(places, axis=0).max() / 3
    longest = max(trial.fit.model.range_ for trial in ranking.trials if trial.fit)
    assert ranking.is_block_capped == (longest > ranking.block_size)
    again = rank_candidates(places, values)
    assert [trial.crps for trial in again.trials] == scores


def test_order_of_samples_does_not_change_the_ranking(samples):
    places, values = samples
    order = np.random.default_rng(2).permutation(len(values))
    question = Question(
        models=("spherical", "exponential"),
        methods=("ordinary_kriging", "universal_kriging"),
        block_size=400.0,
    )
    here = rank_candidates(places, values, question)
    there = rank_candidates(places[order], values[order], question)
    assert here.block_size == 400.0
    assert [(t.method, t.transform, t.model) for t in here.trials] == [
        (t.method, t.transform, t.model) for t in there.trials
    ]
    np.testing.assert_allclose(
        np.array([t.crps for t in here.trials], np.float64),
        np.array([t.crps for t in there.trials], np.float64),
        rtol=1e-6,
    )


def test_failed_combinations_come_last_with_their_reason(samples):
    places, values = samples
    negative = values - 50.0
    question = Question(models=("spherical",), block_size=500.0)
    ranking = rank_candidates(places, negative, question)
    assert [trial.crps is None for trial in ranking.trials] == [False, False, True]
    assert "zero or negative" in ranking.trials[-1].reason
    with pytest.raises(SpatialError, match="known mean"):
        rank_candidates(
            places,
            values,
            Question(methods=("simple_kriging",), settings=MethodSettings(), block_size=500.0),
        )


def test_a_model_that_runs_on_beyond_the_samples_is_not_ranked():
    """A quadratic trend of logarithms fits these blocks well, and reaches the sky beyond them."""
    rng = np.random.default_rng(5)
    places = rng.uniform(0.0, 1000.0, (80, 2))
    values = np.exp(places[:, 0] / 100.0 + 0.1 * rng.normal(size=80))
    question = Question(
        transforms=("ln",),
        models=("spherical",),
        methods=("universal_kriging", "ordinary_kriging"),
        max_distance=900.0,
    )
    ranking = rank_candidates(places, values, question)
    assert ranking.best.method == "ordinary_kriging"
    [beyond] = [trial for trial in ranking.trials if trial.method == "universal_kriging"]
    assert "runs on beyond the samples" in beyond.reason
    near = rank_candidates(places, values, replace(question, max_distance=20.0))
    assert near.best.method == "universal_kriging"


def test_the_variogram_under_a_trend_is_that_of_what_remains():
    rng = np.random.default_rng(6)
    places = rng.uniform(0.0, 1000.0, (100, 2))
    values = 50.0 + places[:, 0] / 10.0 + rng.normal(size=100)
    question = Question(
        transforms=("none",),
        models=("exponential",),
        methods=("universal_kriging", "ordinary_kriging"),
    )
    fits = {t.method: t.fit.model for t in rank_candidates(places, values, question).trials}
    assert fits["universal_kriging"].sill == pytest.approx(1.0, rel=0.3)
    assert fits["ordinary_kriging"].sill > 100.0
