import numpy as np
import pytest
from scipy.stats import lognorm

from spatial.errors import InvalidRequestError, TransformDomainError
from spatial.interpolation.transforms import get_transform


def test_ln_quantiles_and_mean_equal_scipy():
    transform = get_transform("ln")
    truth = lognorm(s=0.6, scale=np.exp(5.0))
    for p in (0.05, 0.5, 0.95):
        assert transform.quantile([5.0], [0.6], p)[0] == pytest.approx(truth.ppf(p))
    assert transform.mean([5.0], [0.6], [0.0])[0] == pytest.approx(truth.mean())


def test_values_outside_the_domain_are_refused():
    with pytest.raises(TransformDomainError, match=r"2 of 3 values .*smallest: -4"):
        get_transform("ln").forward([1.0, 0.0, -4.0])
    assert get_transform("ln").forward_threshold(-1.0) == -np.inf
    with pytest.raises(InvalidRequestError, match="between 0 and 1"):
        get_transform("ln").quantile([1.0], [1.0], 1.0)
