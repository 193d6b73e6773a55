import numpy as np
import pytest

from spatial.errors import InvalidRequestError
from spatial.interpolation.block import Block
from spatial.interpolation.block_kriging import BlockKriging, from_settings
from spatial.interpolation.contract import MethodSettings
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.drift import Drift
from spatial.interpolation.general_kriging import GeneralKriging
from spatial.interpolation.predictand import KrigingOptions

MODEL = VariogramModel.single("spherical", nugget=0.05, partial_sill=0.55, scale=700.0)


def test_a_block_is_the_mean_of_its_points(samples, close):
    places, values = samples
    block, centre = Block(120.0, 80.0, 5, True), np.array([[501111.0, 5600777.0]])
    offsets, weights = block.discretised()
    found = BlockKriging(MODEL, block).fit(places, values).predict(centre)
    points = GeneralKriging(MODEL, Drift()).fit(places, values).predict(centre + offsets)
    close(found.location[0], weights @ points.location, 1e-9, "block against its points")
    assert found.sigma[0] < points.sigma.min()


def test_a_small_block_is_a_point_without_nugget(samples, close):
    places, values = samples
    cells = places[:20] + 33.0
    small = BlockKriging(MODEL, Block(1e-7, 1e-7)).fit(places, values).predict(cells)
    filtered = GeneralKriging(MODEL, Drift(), options=KrigingOptions(filters_nugget=True))
    point = filtered.fit(places, values).predict(cells)
    close(small.location, point.location, 1e-8, "small block")
    close(small.sigma, point.sigma, 1e-8, "small block")


def test_missing_settings_are_refused():
    with pytest.raises(InvalidRequestError, match="size of a block"):
        from_settings(MethodSettings(MODEL))
    with pytest.raises(InvalidRequestError, match="needs a variogram"):
        from_settings(MethodSettings())
