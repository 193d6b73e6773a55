import itertools

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from spatial.errors import InvalidRequestError, TransformDomainError
from spatial.interpolation.transforms import NormalScore, fit_transform
from spatial.interpolation.transforms.normal_score import MOST_KNOTS

VALUES = np.exp(np.random.default_rng(3).normal(4.0, 0.9, 150))


def test_scores_of_samples_are_normal_quantiles_of_their_ranks():
    g = fit_transform("normal_score", VALUES)
    ranks = np.argsort(np.argsort(VALUES))
    np.testing.assert_allclose(g.forward(VALUES), norm.ppf((ranks + 0.5) / 150), rtol=1e-12)


def test_weights_count_like_repeated_samples_and_ties_share_a_score():
    weights = np.ones(150)
    weights[:40] = 3.0
    repeated = np.concatenate([VALUES, VALUES[:40], VALUES[:40]])
    first = fit_transform("normal_score", VALUES, weights)
    second = fit_transform("normal_score", repeated)
    np.testing.assert_allclose(first.forward(VALUES), second.forward(VALUES), rtol=1e-12)
    tied = fit_transform("normal_score", [1.0, 5.0, 5.0, 9.0])
    np.testing.assert_allclose(tied.forward([1.0, 5.0, 9.0]), norm.ppf([0.125, 0.5, 0.875]))
    nothing = np.ones(150)
    nothing[np.argmax(VALUES)] = 0.0
    kept = fit_transform("normal_score", VALUES, nothing).parameters["values"]
    assert max(kept) == np.sort(VALUES)[-2]


def test_tails_follow_their_stated_model():
    g = NormalScore((2.0, 5.0, 9.0), (-1.0, 0.0, 1.0), 0.5, 1.5, 3.0)
    below = g.forward([1.0, 1.7])
    share = ((np.array([1.0, 1.7]) - 0.5) / 1.5) ** 1.5
    np.testing.assert_allclose(norm.cdf(below), norm.cdf(-1.0) * share, rtol=1e-12)
    above = g.forward([12.0, 90.0])
    share = (9.0 / np.array([12.0, 90.0])) ** 3.0
    np.testing.assert_allclose(norm.sf(above), norm.sf(1.0) * share, rtol=1e-12)
    assert g.inverse(-30.0) == pytest.approx(0.5)
    assert np.isfinite(g.inverse(8.0))


def test_mean_equals_the_defining_integral():
    g = fit_transform("normal_score", VALUES)
    for location, sigma, multiplier in ((-1.5, 0.4, -0.01), (0.3, 0.7, 0.0), (2.0, 0.9, -0.1)):
        width = np.sqrt(sigma**2 + 2 * multiplier)
        edges = np.clip((np.array(g.scores) - location) / width, -10, 10)
        pieces = np.unique(np.concatenate([[-10.0], edges, [0.0, 3.0, 6.0, 10.0]]))
        expected = sum(
            quad(
                lambda e, m=location, w=width: float(g.inverse(m + w * e)) * norm.pdf(e),
                low,
                high,
                epsabs=1e-12,
            )[0]
            for low, high in itertools.pairwise(pieces)
        )
        found = float(g.mean(location, sigma, multiplier))
        assert found == pytest.approx(expected, rel=2e-3), (location, sigma)


def test_the_card_stays_short_for_very_many_samples():
    values = np.exp(np.random.default_rng(5).normal(size=20_000))
    g = fit_transform("normal_score", values)
    assert len(g.parameters["values"]) == MOST_KNOTS
    assert max(g.parameters["values"]) == values.max()
    assert np.abs(np.std(g.forward(values)) - 1.0) < 0.01


def test_the_tail_power_is_that_of_a_pareto_distribution():
    values = np.random.default_rng(6).pareto(3.0, 20_000) + 1.0
    assert fit_transform("normal_score", values).parameters["upper_power"] == pytest.approx(
        3.0, rel=0.1
    )
    few = fit_transform("normal_score", [1.0, 2.0, 2.0, 2.0, 2.0, 2.0])
    assert few.parameters["upper_power"] == 10.0


def test_values_with_zeros_get_a_minimum_below_them():
    g = fit_transform("normal_score", [0.0, 1.0, 2.0, 10.0])
    assert g.parameters["minimum"] == -1.0
    assert np.isfinite(g.forward([0.0])).all()
    with pytest.raises(TransformDomainError, match="1 of 2 values are not above -1"):
        g.forward([-1.0, 3.0])


def test_impossible_parameters_are_refused():
    with pytest.raises(InvalidRequestError, match="increase strictly"):
        NormalScore((1.0, 1.0), (0.0, 1.0), 0.0, 1.0, 3.0)
    with pytest.raises(InvalidRequestError, match="two or more values"):
        NormalScore((1.0,), (0.0,), 0.0, 1.0, 3.0)
    with pytest.raises(InvalidRequestError, match="powers above 0"):
        NormalScore((1.0, 2.0), (0.0, 1.0), 0.0, 1.0, 0.0)
    with pytest.raises(InvalidRequestError, match="must lie below"):
        fit_transform("normal_score", [1.0, 2.0], options={"minimum": 1.5})
