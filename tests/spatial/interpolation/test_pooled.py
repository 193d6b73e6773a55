import numpy as np
import pytest

from spatial.errors import InvalidRequestError
from spatial.grids import Grid, Tile
from spatial.interpolation.contract import MethodSettings, Prediction
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.drift import Drift
from spatial.interpolation.inverse_distance import InverseDistance
from spatial.interpolation.pooled import PooledMethod, pool
from spatial.interpolation.registry import get_method

MODEL = VariogramModel.single("exponential", nugget=0.1, partial_sill=0.9, scale=200.0)


def test_pooling_is_rubins_rule():
    predictions = [
        Prediction(np.array([location]), np.array([0.5]), np.array([-0.1]))
        for location in (1.0, 2.0, 6.0)
    ]
    pooled = pool(predictions)
    assert pooled.location[0] == pytest.approx(3.0)
    assert pooled.sigma[0] ** 2 == pytest.approx(0.25 + 7.0 * 4.0 / 3.0)
    assert pooled.lagrange_multiplier[0] == pytest.approx(-0.1)


def test_one_place_gets_the_same_bits_as_among_others():
    rng = np.random.default_rng(1)
    several = [Prediction(*rng.normal(size=(3, 1000)) ** 2) for _ in range(20)]
    whole = pool(several)
    for place in range(0, 1000, 97):
        alone = pool([Prediction(*(part[[place]] for part in one)) for one in several])
        for found, expected in zip(alone, whole, strict=True):
            assert found[0] == expected[place]


@pytest.mark.parametrize("neighbours", [12, None])
@pytest.mark.parametrize("name", ["ordinary_kriging", "simple_kriging", "universal_kriging"])
def test_shared_systems_give_what_fitting_each_data_set_gives(name, neighbours, samples, close):
    places, values = samples
    rng = np.random.default_rng(2)
    completed = np.log(values) + 0.3 * rng.normal(size=(4, len(values)))
    settings = MethodSettings(MODEL, neighbours=neighbours, mean=4.0, drift=Drift(1))
    method = get_method(name)
    pooled = PooledMethod(method.create(settings)).fit(places, completed)
    each = [method.create(settings).fit(places, row) for row in completed]
    cells = places[:7] + 13.0
    rows = np.array([2, 50])
    for found, expected in (
        (pooled.predict(cells), pool([one.predict(cells) for one in each])),
        (pooled.leave_one_out(rows), pool([one.leave_one_out() for one in each])),
    ):
        for ours, theirs in zip(found, expected, strict=True):
            close(ours, theirs[rows] if len(ours) == 2 else theirs, 1e-10, name)
    grid = Grid(500000.0, 5601000.0, 25.0, 8, 8, 32631)
    tile = Tile(0, 0, 8, 8)
    on_grid = pooled.predict_grid(grid, tile, np.ones(64, bool))
    direct = pooled.predict(grid.cell_centres(tile))
    for ours, theirs in zip(on_grid, direct, strict=True):
        close(ours, theirs, 1e-9, name)


def test_what_cannot_be_pooled_is_refused():
    with pytest.raises(InvalidRequestError, match="Only predictions with a distribution"):
        PooledMethod(InverseDistance())
    method = get_method("ordinary_kriging").create(MethodSettings(MODEL, neighbours=4))
    with pytest.raises(InvalidRequestError, match="two completed data sets or more"):
        PooledMethod(method).fit(np.zeros((3, 2)), np.zeros((1, 3)))
