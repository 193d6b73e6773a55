import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial.errors import (
    ConstantValuesError,
    InvalidRequestError,
    InvalidValuesError,
    TransformDomainError,
    UnknownNameError,
)
from spatial.exceedance import exceedance_probability
from spatial.interpolation.transforms import TRANSFORMS, fit_transform, get_transform

VALUES = np.exp(np.random.default_rng(8).normal(3.0, 1.1, 120))
FITTED = {name: fit_transform(name, VALUES) for name in TRANSFORMS}


@pytest.mark.parametrize("name", TRANSFORMS)
@given(values=st.lists(st.floats(1e-3, 1e5), min_size=1, max_size=20))
def test_inverse_undoes_forward_and_order_is_kept(name, values):
    transform = FITTED[name]
    there = transform.forward(values)
    np.testing.assert_allclose(transform.inverse(there), values, rtol=1e-9)
    assert (np.diff(there[np.argsort(values)]) >= 0).all()
    assert transform.forward_threshold(values[0]) == pytest.approx(there[0])


@pytest.mark.parametrize("name", TRANSFORMS)
def test_g_is_strictly_increasing_far_into_both_tails(name):
    transform = FITTED[name]
    values = np.geomspace(VALUES.min() / 1e4, VALUES.max() * 1e4, 4_001)
    there = transform.forward(values)
    assert (np.diff(there) > 0.0).all()
    ours = np.array([transform.forward_threshold(float(value)) for value in values[::100]])
    np.testing.assert_array_equal(ours, there[::100])
    scale = np.linspace(there[100], there[-100], 4_001)
    assert (np.diff(transform.inverse(scale)) > 0.0).all()


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_card_gives_the_same_transform_to_the_last_bit(name):
    transform = FITTED[name]
    kept = json.loads(json.dumps(transform.parameters, allow_nan=False))
    again = get_transform(name, kept)
    values = np.geomspace(0.01, 1e4, 300)
    np.testing.assert_array_equal(again.forward(values), transform.forward(values))
    scale = np.linspace(-6, 6, 300)
    np.testing.assert_array_equal(again.inverse(scale), transform.inverse(scale))
    assert again.parameters == transform.parameters
    sent = pickle.loads(pickle.dumps(transform))  # noqa: S301 - our own bytes
    np.testing.assert_array_equal(sent.inverse(scale), transform.inverse(scale))


@pytest.mark.parametrize("name", TRANSFORMS)
def test_quantiles_and_exceedance_belong_together(name):
    transform = FITTED[name]
    location = transform.forward(np.quantile(VALUES, [0.05, 0.5, 0.95]))
    sigma = np.std(transform.forward(VALUES)) * np.array([0.3, 0.6, 1.0])
    for share in (0.001, 0.2, 0.5, 0.9, 0.999):
        thresholds = transform.quantile(location, sigma, share)
        for cell, threshold in enumerate(thresholds):
            found = exceedance_probability(location[cell], sigma[cell], float(threshold), transform)
            assert found == pytest.approx(1.0 - share, rel=1e-7), (name, share)


@pytest.mark.parametrize("name", ["ln", "box_cox", "normal_score"])
def test_everything_exceeds_what_cannot_be(name):
    assert exceedance_probability([-9.0], [1.0], 0.0, FITTED[name]).tolist() == [1.0]
    assert exceedance_probability([-9.0], [0.0], -1.0, FITTED[name]).tolist() == [1.0]


@pytest.mark.parametrize("name", TRANSFORMS)
@pytest.mark.parametrize("factor", [1e-3, 1e3])
def test_the_unit_does_not_matter(name, factor):
    transform, other = FITTED[name], fit_transform(name, VALUES * factor)
    spread = np.std(transform.forward(VALUES)), np.std(other.forward(VALUES * factor))
    for place in (0.3, 20.0, 900.0):
        here = transform.quantile(transform.forward([place]), [0.5 * spread[0]], 0.9)
        there = other.quantile(other.forward([place * factor]), [0.5 * spread[1]], 0.9)
        np.testing.assert_allclose(there, here * factor, rtol=1e-5)


def test_what_cannot_be_is_refused():
    with pytest.raises(UnknownNameError, match="there are: none, ln, box_cox, normal_score"):
        get_transform("sqrt")
    with pytest.raises(InvalidRequestError, match="made of the parameters power, smallest"):
        get_transform("box_cox")
    with pytest.raises(InvalidRequestError, match="got base"):
        get_transform("ln", {"base": 10.0})
    with pytest.raises(UnknownNameError, match="has no option 'lambda'; it has: power"):
        fit_transform("box_cox", VALUES, options={"lambda": 1.0})
    with pytest.raises(TransformDomainError, match="Box–Cox transform is defined for positive"):
        fit_transform("box_cox", [0.0, 1.0, 2.0])
    with pytest.raises(TransformDomainError, match="must be positive"):
        fit_transform("normal_score", [-3.0, -2.0, -1.0])
    for name in ("box_cox", "normal_score"):
        with pytest.raises(ConstantValuesError, match="All values are equal"):
            fit_transform(name, [2.0, 2.0, 2.0])
        with pytest.raises(InvalidValuesError, match="missing"):
            fit_transform(name, [1.0, float("nan")])
        with pytest.raises(InvalidValuesError, match="weights must be 0 or more"):
            fit_transform(name, [1.0, 2.0], [-1.0, 2.0])
        with pytest.raises(InvalidRequestError, match="between 0 and 1"):
            FITTED[name].quantile([1.0], [1.0], 1.0)
