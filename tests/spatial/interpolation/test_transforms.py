import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import lognorm

from spatial.errors import InvalidRequestError, TransformDomainError, UnknownNameError
from spatial.interpolation.transforms import TRANSFORMS, get_transform


@pytest.mark.parametrize("name", TRANSFORMS)
@given(values=st.lists(st.floats(1e-3, 1e5), min_size=1, max_size=20))
def test_inverse_undoes_forward_and_order_is_kept(name, values):
    transform = get_transform(name)
    there = transform.forward(values)
    np.testing.assert_allclose(transform.inverse(there), values, rtol=1e-12)
    assert (np.diff(there[np.argsort(values)]) >= 0).all()
    assert transform.forward_threshold(values[0]) == pytest.approx(there[0])
    assert get_transform(transform.name, transform.parameters).name == name


def test_ln_quantiles_and_mean_equal_scipy():
    transform = get_transform("ln")
    truth = lognorm(s=0.6, scale=np.exp(5.0))
    for p in (0.05, 0.5, 0.95):
        assert transform.quantile([5.0], [0.6], p)[0] == pytest.approx(truth.ppf(p))
    assert transform.mean([5.0], [0.6], [0.0])[0] == pytest.approx(truth.mean())


def test_identity_keeps_location_and_copies():
    transform, values = get_transform("none"), np.array([-1.0, 2.0])
    assert transform.mean(values, [9.0, 9.0], [9.0, 9.0]).tolist() == values.tolist()
    assert transform.forward(values) is not values
    assert transform.quantile([1.0], [2.0], 0.975)[0] == pytest.approx(1 + 2 * 1.959964, abs=1e-5)


def test_values_outside_the_domain_are_refused():
    with pytest.raises(TransformDomainError, match=r"2 of 3 values .*smallest: -4"):
        get_transform("ln").forward([1.0, 0.0, -4.0])
    assert get_transform("ln").forward_threshold(-1.0) == -np.inf
    with pytest.raises(InvalidRequestError, match="between 0 and 1"):
        get_transform("ln").quantile([1.0], [1.0], 1.0)
    with pytest.raises(UnknownNameError, match="there are: none, ln"):
        get_transform("box_cox")
