import numpy as np
import pytest

from spatial.errors import VariogramError
from spatial.interpolation.fast_variogram import sampled_variogram
from spatial.interpolation.variogram import empirical_variogram


def field(count, seed=3):
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 1000, (count, 2))
    return places, np.sin(places[:, 0] / 90.0) + rng.normal(0, 0.5, count)


@pytest.mark.parametrize("cutoff", [None, 60.0])
def test_all_pairs_are_compared_where_they_are_affordable(cutoff):
    places, values = field(800)
    found = sampled_variogram(places, values, np.random.default_rng(0), cutoff=cutoff)
    expected = empirical_variogram(places, values, cutoff=cutoff)
    assert found.places == found.of_places == 800
    assert not found.standard_error.any()
    assert np.array_equal(found.empirical.pairs, expected.pairs)
    np.testing.assert_allclose(found.empirical.distance, expected.distance, rtol=1e-12)
    np.testing.assert_allclose(found.empirical.semivariance, expected.semivariance, rtol=1e-12)


def test_lags_are_closed_on_the_right_and_places_at_one_spot_do_not_count():
    places = np.array([[0.0, 0.0], [10.0, 0.0], [30.0, 0.0], [30.0, 0.0]])
    found = sampled_variogram(places, np.arange(4.0), np.random.default_rng(0), cutoff=30, lags=3)
    assert found.empirical.pairs.tolist() == [1, 2, 2]


def test_the_standard_error_is_that_of_the_sampling():
    """Over 60 draws the estimates lie about one stated standard error from all pairs' answer."""
    places, values = field(4000)
    truth = empirical_variogram(places, values).semivariance
    scores = []
    for seed in range(60):
        found = sampled_variogram(places, values, np.random.default_rng(seed), most_pairs=150_000)
        assert 500 < found.places < 800
        scores.append((found.empirical.semivariance - truth) / found.standard_error)
    # A jackknife of sixteen groups is itself uncertain and known to be a little short here.
    assert np.abs(np.mean(scores, axis=0)).max() < 0.6
    assert 0.8 < np.std(scores, axis=0).mean() < 1.4


def test_a_seed_fixes_the_sample_and_bad_requests_are_refused():
    places, values = field(3000)
    first, second = (
        sampled_variogram(places, values, np.random.default_rng(5), most_pairs=50_000)
        for _ in range(2)
    )
    assert np.array_equal(first.empirical.semivariance, second.empirical.semivariance)
    assert np.array_equal(first.standard_error, second.standard_error)
    with pytest.raises(VariogramError, match="above 0 m"):
        sampled_variogram(places, values, np.random.default_rng(5), cutoff=0.0)
    with pytest.raises(VariogramError, match="within 1e-09 m"):
        sampled_variogram(places, values, np.random.default_rng(5), cutoff=1e-9)
