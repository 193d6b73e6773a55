import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import boxcox
from scipy.stats import boxcox as fitted_by_scipy
from scipy.stats import norm

from spatial.errors import InvalidRequestError
from spatial.interpolation.transforms import BoxCox, fit_transform

VALUES = np.random.default_rng(2).gamma(1.5, 40.0, 200)


@pytest.mark.parametrize("power", [-0.7, -0.2, 0.0, 0.3, 1.0, 1.8])
def test_within_the_samples_it_is_scipys(power):
    g = BoxCox(power, 1.0, 300.0)
    values = np.geomspace(1.0, 300.0, 50)
    np.testing.assert_allclose(g.forward(values), boxcox(values, power), rtol=1e-12)


def test_power_equals_scipys_maximum_likelihood():
    _, theirs = fitted_by_scipy(VALUES)
    assert fit_transform("box_cox", VALUES).parameters["power"] == pytest.approx(theirs, abs=1e-5)
    # A weight of two is the same sample twice.
    twice = np.concatenate([VALUES, VALUES[:70]])
    weights = np.ones(200)
    weights[:70] = 2.0
    _, theirs = fitted_by_scipy(twice)
    ours = fit_transform("box_cox", VALUES, weights).parameters["power"]
    assert ours == pytest.approx(theirs, abs=1e-5)
    stated = fit_transform("box_cox", VALUES, options={"power": 0.5})
    assert stated.parameters["power"] == 0.5


@pytest.mark.parametrize("power", [-0.6, -0.2, 0.4, 1.0])
def test_tail_goes_on_with_the_same_value_and_slope(power):
    g = BoxCox(power, 2.0, 50.0)
    edge = 2.0 if power > 0 else 50.0
    low, high = edge * (1 - 1e-6), edge * (1 + 1e-6)
    below, at, above = g.forward([low, edge, high])
    assert (at - below) / (edge - low) == pytest.approx((above - at) / (high - edge), rel=1e-5)


@pytest.mark.parametrize("power", [-0.3, 0.0, 0.25, 0.8])
def test_mean_equals_the_defining_integral(power):
    g = BoxCox(power, 3.0, 800.0)
    for place, relative in ((5.0, 0.2), (60.0, 0.5), (700.0, 0.3)):
        middle = float(g.forward(place))
        sigma, multiplier = relative * place**power, -0.03 * place ** (2 * power)
        width = np.sqrt(sigma**2 + 2 * multiplier) if sigma**2 > -2 * multiplier else 0.0
        kink = (float(g.forward(3.0 if power > 0 else 800.0)) - middle) / max(width, 1e-9)
        expected = quad(
            lambda e, m=middle, w=width: float(g.inverse(m + w * e)) * norm.pdf(e),
            -12,
            12,
            points=[float(np.clip(kink, -11, 11))],
            limit=400,
            epsabs=0,
            epsrel=1e-11,
        )[0]
        found = float(g.mean(middle, sigma, multiplier))
        assert found == pytest.approx(expected, rel=1e-4), (power, place)


def test_power_zero_is_the_lognormal_mean():
    g = BoxCox(0.0, 1.0, 10.0)
    found = g.mean([1.0, 2.0], [0.5, 0.8], [-0.02, 0.0])
    np.testing.assert_allclose(found, np.exp([1.0 + 0.125 - 0.02, 2.0 + 0.32]), rtol=1e-12)


def test_impossible_parameters_are_refused():
    with pytest.raises(InvalidRequestError, match="power of a Box–Cox"):
        BoxCox(3.0, 1.0, 2.0)
    with pytest.raises(InvalidRequestError, match="smallest and largest"):
        BoxCox(0.5, 0.0, 2.0)
