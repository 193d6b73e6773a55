import numpy as np
import pytest

from spatial.interpolation.transforms import get_transform


def test_identity_keeps_location_and_copies():
    transform, values = get_transform("none"), np.array([-1.0, 2.0])
    assert transform.mean(values, [9.0, 9.0], [9.0, 9.0]).tolist() == values.tolist()
    assert transform.forward(values) is not values
    assert transform.quantile([1.0], [2.0], 0.975)[0] == pytest.approx(1 + 2 * 1.959964, abs=1e-5)
