import numpy as np
import pytest

from spatial.errors import InvalidRequestError
from spatial.interpolation.block import Block


@pytest.mark.parametrize("is_regular", [True, False])
def test_points_stand_for_the_rectangle(is_regular):
    offsets, weights = Block(60.0, 20.0, 5, is_regular).discretised()
    assert weights.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(weights @ offsets, 0.0, atol=1e-12)
    assert (np.abs(offsets) < [30.0, 10.0]).all()
    # The nodes of Gauss and Legendre integrate polynomials exactly, a lattice nearly.
    exact = np.array([60.0**2, 20.0**2]) / 12.0
    np.testing.assert_allclose(weights @ offsets**2, exact, rtol=0.05 if is_regular else 1e-12)


def test_impossible_blocks_are_refused():
    with pytest.raises(InvalidRequestError, match="sides of a block"):
        Block(10.0, np.inf)
    with pytest.raises(InvalidRequestError, match="1 to 20 points"):
        Block(10.0, 10.0, 21)
