"""Each family answers as its own arithmetic says, or refuses with a remedy."""

import json

import numpy as np
import pytest
from scipy.stats import binom, lognorm

from spatial.distributions.contract import colour_range
from spatial.distributions.estimates import Estimates
from spatial.distributions.gaussian import Gaussian
from spatial.distributions.realisations import Realisations, realisation_band
from spatial.distributions.registry import FAMILIES, distribution_of
from spatial.distributions.thresholds import Thresholds, probability_band
from spatial.errors import InvalidRequestError, NoProbabilityError, NoQuantityError
from spatial.interpolation.transforms import NormalScore, fit_transform, get_transform

CARDS = {
    "gaussian": {"family": "gaussian", "transform": {"name": "ln", "parameters": {}}},
    "thresholds": {"family": "thresholds", "distribution": {"thresholds": [100, 250.5]}},
    "realisations": {"family": "realisations", "distribution": {"realisations": 3}},
    "none": {"family": "none", "method": "nearest"},
}


def test_every_family_is_made_of_its_card_as_json():
    assert set(CARDS) == set(FAMILIES)
    for family, card in CARDS.items():
        distribution = distribution_of(json.loads(json.dumps(card)))
        assert distribution.family == family
        assert set(distribution.plain_bands) <= set(distribution.band_names)
    assert distribution_of(CARDS["thresholds"]).thresholds == (100.0, 250.5)


def test_gaussian_is_scipys_lognormal():
    rng = np.random.default_rng(3)
    location, sigma = rng.normal(5.0, 1.0, 50), rng.uniform(0.1, 1.0, 50)
    truth = lognorm(s=sigma, scale=np.exp(location))
    surface = Gaussian(get_transform("ln"))
    bands = {"location": location, "sigma": sigma}
    np.testing.assert_allclose(surface.quantile(0.9).of(bands), truth.ppf(0.9), rtol=1e-12)
    np.testing.assert_allclose(surface.probability(120.0).of(bands), truth.sf(120.0), rtol=1e-9)
    assert surface.sampling_error(120.0) is None
    assert surface.median().bands == surface.concentration().bands == ("median",)


def test_a_fitted_transform_comes_back_from_the_card():
    values = np.random.default_rng(1).lognormal(4.0, 1.0, 80)
    g = fit_transform("normal_score", values)
    card = {
        "family": "gaussian",
        "transform": {"name": g.name, "parameters": json.loads(json.dumps(g.parameters))},
    }
    surface = distribution_of(card)
    assert isinstance(surface, Gaussian)
    assert isinstance(surface.transform, NormalScore)
    bands = {"location": [0.0], "sigma": [1.0]}
    assert surface.probability(90.0).of(bands) == Gaussian(g).probability(90.0).of(bands)


def test_realisations_are_counted():
    rng = np.random.default_rng(0)
    drawn = rng.lognormal(4.0, 1.0, (40, 6, 7))
    drawn[:, 2, 3] = np.nan
    surface = Realisations(40)
    bands = {realisation_band(i): drawn[i] for i in range(40)}
    share = surface.probability(60.0).of(bands)
    assert np.isnan(share[2, 3])
    assert share[0, 0] == np.mean(drawn[:, 0, 0] > 60.0)
    assert surface.quantile(0.5).of(bands)[1, 1] == np.median(drawn[:, 1, 1])
    assert np.isnan(surface.sampling_error(60.0).of(bands)[2, 3])
    assert surface.band_names[:3] == ("median", "mean", "realisation_1")


@pytest.mark.parametrize("p", [0.0, 0.02, 0.3, 0.5])
def test_the_sampling_error_is_that_of_a_binomial(p):
    """Its square, averaged over all outcomes, is the variance of the share, or somewhat more."""
    count = 100
    outcomes = np.arange(count + 1)
    bands = {
        realisation_band(i): np.where(i < outcomes, 2.0, 0.0) for i in range(count)
    }  # cell k: k of 100 exceed
    error = Realisations(count).sampling_error(1.0).of(bands)
    mean_square = float(np.sum(binom.pmf(outcomes, count, p) * error**2))
    variance = p * (1.0 - p) / count
    assert variance * 0.95 <= mean_square <= variance + 3.0e-4


def test_thresholds_know_nothing_between():
    surface = Thresholds((100.0, 200.0, 300.0))
    cells = {probability_band(t): [p] for t, p in ((100.0, 0.9), (200.0, 0.4), (300.0, 0.1))}
    assert surface.probability(200.0).of(cells) == [0.4]
    assert surface.sampling_error(200.0) is None
    with pytest.raises(NoProbabilityError, match="more than 100, 200 and 300 only, and nothing"):
        surface.probability(150.0)
    for ask in (surface.median, surface.mean, surface.concentration, lambda: surface.quantile(0.5)):
        with pytest.raises(NoQuantityError, match="Build one with method"):
            ask()
    assert colour_range(surface, cells) is None


def test_estimates_have_no_distribution():
    surface = Estimates("inverse_distance")
    assert surface.concentration().of({"value": [4.0]}) == [4.0]
    for ask in (surface.median, surface.mean, lambda: surface.quantile(0.5)):
        with pytest.raises(NoQuantityError, match="ordinary_kriging"):
            ask()
    for ask in (surface.probability, surface.sampling_error):
        with pytest.raises(NoProbabilityError, match="made by inverse_distance, which has no unc"):
            ask(10.0)


@pytest.mark.parametrize("surface", [Gaussian(get_transform("ln")), Realisations(5)])
def test_impossible_questions_are_refused(surface):
    with pytest.raises(InvalidRequestError, match="finite number"):
        surface.probability(float("nan"))
    with pytest.raises(InvalidRequestError, match="between 0 and 1"):
        surface.quantile(1.0)


def test_colours_reach_over_the_cells_that_are_served():
    band = np.array([np.nan, *np.arange(101.0)])
    assert colour_range(Gaussian(get_transform("ln")), {"median": band}) == (2.0, 98.0)
    assert colour_range(Estimates("nearest"), {"value": np.full(3, np.nan)}) is None
