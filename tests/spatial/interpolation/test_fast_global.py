import numpy as np
import pytest

from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.kriging import OrdinaryKriging

from .test_fast_kriging import plain

MODEL = VariogramModel.single("exponential", nugget=0.1, partial_sill=0.9, scale=30.0)


@pytest.mark.parametrize("count", [2, 3, 31, 63, 64, 65, 128, 300])
@pytest.mark.parametrize("cells", [1, 63, 65])
def test_all_samples_equal_the_plain_solution_whatever_the_numbers(count, cells):
    rng = np.random.default_rng(count)
    places, values = rng.uniform(0, 100, (count, 2)), 4.0 + rng.normal(size=count)
    where = rng.uniform(0, 100, (cells, 2))
    where[0] = places[0]
    found = OrdinaryKriging(MODEL).fit(places, values).predict(where)
    for cell in {0, cells // 2, cells - 1}:
        expected = plain(MODEL, places, values, where[cell], count)
        one = found.location[cell], found.sigma[cell] ** 2, found.lagrange_multiplier[cell]
        np.testing.assert_allclose(one, expected, rtol=1e-10, atol=1e-12)


def test_bits_do_not_depend_on_what_is_asked_together():
    rng = np.random.default_rng(7)
    places, cells = rng.uniform(0, 100, (150, 2)), rng.uniform(0, 100, (200, 2))
    method = OrdinaryKriging(MODEL).fit(places, places[:, 0])
    whole = method.predict(cells)
    turned = rng.permutation(200)
    for part, other in zip(method.predict(cells[turned]), whole, strict=True):
        assert np.array_equal(part, other[turned])
