import numpy as np
import pytest
from scipy.special import ndtr

from spatial.errors import InvalidRequestError, NoProbabilityError
from spatial.interpolation.contract import Prediction
from spatial.interpolation.cross_validation import gaussian_crps
from spatial.interpolation.cross_validation_scores import (
    crps_of_concentrations,
    probability_figures,
    threshold_figures,
)
from spatial.interpolation.transforms import fit_transform, get_transform


def lognormal_crps(y, m, s):
    """Baran & Lerch (2015), QJRMS 141, equation for the log-normal distribution."""
    w = (np.log(y) - m) / s
    return y * (2 * ndtr(w) - 1) - 2 * np.exp(m + s * s / 2) * (
        ndtr(w - s) + ndtr(s / np.sqrt(2)) - 1
    )


def test_crps_of_concentrations_equals_the_closed_forms():
    rng = np.random.default_rng(3)
    location, sigma = rng.normal(4.0, 1.0, 300), rng.uniform(0.05, 1.5, 300)
    observed = np.exp(location + rng.normal(size=300) * 2.0 * sigma)
    found = crps_of_concentrations(
        observed, Prediction(location, sigma, sigma), get_transform("ln")
    )
    np.testing.assert_allclose(found, lognormal_crps(observed, location, sigma), rtol=1e-6)
    plain = crps_of_concentrations(
        observed, Prediction(location, sigma, sigma), get_transform("none")
    )
    np.testing.assert_allclose(plain, gaussian_crps(observed, location, sigma), rtol=1e-9)


def test_crps_of_normal_scores_equals_the_average_over_draws():
    """CRPS = E|X − y| − ½ E|X − X'| (Gneiting & Raftery 2007, equation 20)."""
    rng = np.random.default_rng(5)
    transform = fit_transform("normal_score", np.exp(rng.normal(3.0, 1.0, 80)))
    draws = transform.inverse(0.3 + 0.8 * rng.normal(size=(2, 200_000)))
    expected = np.abs(draws[0] - 30.0).mean() - 0.5 * np.abs(draws[0] - draws[1]).mean()
    told = Prediction(np.array([0.3]), np.array([0.8]), np.zeros(1))
    assert crps_of_concentrations([30.0], told, transform)[0] == pytest.approx(expected, rel=0.02)


def test_a_prediction_without_sigma_scores_its_absolute_error():
    nothing = np.full(2, np.nan)
    told = Prediction(np.array([1.0, 5.0]), nothing, nothing)
    found = crps_of_concentrations([2.0, 2.0], told, get_transform("none"))
    assert found.tolist() == [1.0, 3.0]
    with pytest.raises(NoProbabilityError, match="cannot be scored"):
        threshold_figures([2.0, 2.0], told, get_transform("none"), 1.0)


def test_threshold_figures_of_a_calibrated_prediction():
    rng = np.random.default_rng(8)
    location, sigma = rng.normal(4.0, 1.0, 40_000), np.full(40_000, 0.7)
    observed = np.exp(location + sigma * rng.normal(size=40_000))
    told = Prediction(location, sigma, sigma)
    figures = threshold_figures(observed, told, get_transform("ln"), np.exp(4.5))
    assert figures.exceeding == np.count_nonzero(observed > np.exp(4.5))
    assert sum(part.count for part in figures.reliability) == figures.count == 40_000
    for part in figures.reliability:
        assert part.lower <= part.mean_probability <= part.upper
        assert part.observed_share == pytest.approx(part.mean_probability, abs=0.03)
    probability = ndtr((location - 4.5) / 0.7)
    assert figures.brier == pytest.approx(np.mean(probability * (1 - probability)), abs=0.005)
    worse = threshold_figures(
        observed, Prediction(location, 3 * sigma, sigma), get_transform("ln"), np.exp(4.5)
    )
    assert worse.brier > figures.brier
    assert worse.auc == pytest.approx(figures.auc, abs=1e-9)


def test_auc_counts_pairs():
    rng = np.random.default_rng(1)
    above, probability = rng.random(200) < 0.3, rng.integers(0, 8, 200) / 8.0
    one, other = probability[above][:, None], probability[~above]
    expected = np.mean((one > other) + 0.5 * (one == other))
    assert probability_figures(above, probability, 1.0).auc == pytest.approx(expected)
    assert probability_figures(np.ones(3, bool), np.ones(3), 1.0).auc is None
    assert probability_figures(np.ones(3, bool), np.ones(3), 1.0).brier == 0.0
    with pytest.raises(InvalidRequestError, match="no probability"):
        probability_figures(above, np.where(above, np.nan, probability), 1.0)
