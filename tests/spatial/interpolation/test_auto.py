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
        [t.crps for t in here.trials], [t.crps for t in there.trials], rtol=1e-6
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
