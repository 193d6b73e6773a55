import numpy as np
import pytest

from spatial.errors import InvalidRequestError
from spatial.grids import Grid, Tile
from spatial.interpolation.contract import JointPrediction, MethodSettings, Prediction
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.drift import Drift
from spatial.interpolation.inverse_distance import InverseDistance
from spatial.interpolation.kriging import OrdinaryKriging
from spatial.interpolation.pooled import PooledMethod, pool
from spatial.interpolation.registry import get_method

MODEL = VariogramModel.single("exponential", nugget=0.1, partial_sill=0.9, scale=200.0)


def pool_plainly(predictions):
    """Rubin's rule as it stands in the book, for predictions made one data set after the other."""
    locations = np.array([each.location for each in predictions])
    within = np.mean([each.sigma**2 for each in predictions], axis=0)
    between = locations.var(axis=0, ddof=1)
    total = within + (1.0 + 1.0 / len(predictions)) * between
    multiplier = np.mean([each.lagrange_multiplier for each in predictions], axis=0)
    return Prediction(locations.mean(axis=0), np.sqrt(total), multiplier)


def test_pooling_is_rubins_rule():
    locations = np.array([[1.0], [2.0], [6.0]])
    pooled = pool(JointPrediction(np.array([0.5]), np.array([-0.1]), locations))
    assert pooled.location[0] == pytest.approx(3.0)
    assert pooled.sigma[0] ** 2 == pytest.approx(0.25 + 7.0 * 4.0 / 3.0)
    assert pooled.lagrange_multiplier[0] == pytest.approx(-0.1)


def test_one_place_gets_the_same_bits_as_among_others():
    rng = np.random.default_rng(1)
    sigma, multiplier = rng.normal(size=(2, 1000)) ** 2
    locations = rng.normal(size=(20, 1000))
    whole = pool(JointPrediction(sigma, multiplier, locations))
    for place in range(0, 1000, 97):
        only = [place]
        alone = pool(JointPrediction(sigma[only], multiplier[only], locations[:, only]))
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
        (pooled.predict(cells), pool_plainly([one.predict(cells) for one in each])),
        (pooled.leave_one_out(rows), pool_plainly([one.leave_one_out() for one in each])),
    ):
        for ours, theirs in zip(found, expected, strict=True):
            close(ours, theirs[rows] if len(ours) == 2 else theirs, 1e-10, name)
    grid = Grid(500000.0, 5601000.0, 25.0, 8, 8, 32631)
    tile = Tile(0, 0, 8, 8)
    on_grid = pooled.predict_grid(grid, tile, np.ones(64, bool))
    expected = pool_plainly([one.predict(grid.cell_centres(tile)) for one in each])
    for ours, theirs in zip(on_grid, expected, strict=True):
        close(ours, theirs, 1e-9, name)


@pytest.mark.parametrize("count", [2, 5, 6, 7, 20, 33, 70])
@pytest.mark.parametrize("neighbours", [1, 3, 12, 32, None])
def test_any_number_of_data_sets_goes_through_one_elimination(count, neighbours, close):
    """Dense samples (each cell alone) and sparse ones (shared), and all of them, bit by bit."""
    rng = np.random.default_rng(count)
    for cell_size in (2.0, 60.0):
        places = rng.uniform(0.0, 1000.0, (150, 2))
        completed = np.tile(rng.normal(size=150), (count, 1))
        completed[:, :60] += rng.normal(size=(count, 60))
        pooled = PooledMethod(OrdinaryKriging(MODEL, neighbours)).fit(places, completed)
        grid = Grid(120.0, 840.0, cell_size, 13, 11, 32631)
        found = pooled.predict_grid(grid, grid.whole(), np.ones(143, bool))
        each = [OrdinaryKriging(MODEL, neighbours).fit(places, row) for row in completed]
        centres = grid.cell_centres(grid.whole())
        expected = pool_plainly([one.predict(centres) for one in each])
        for ours, theirs in zip(found, expected, strict=True):
            close(ours, theirs, 1e-9, f"{count} data sets")
        part = Tile(3, 2, 5, 6)
        again = pooled.predict_grid(grid, part, np.ones(30, bool))
        for ours, theirs in zip(again, found, strict=True):
            assert (ours.reshape(5, 6) == theirs.reshape(11, 13)[part.window]).all()


def test_what_cannot_be_pooled_is_refused():
    with pytest.raises(InvalidRequestError, match="Only predictions with a distribution"):
        PooledMethod(InverseDistance())
    method = get_method("ordinary_kriging").create(MethodSettings(MODEL, neighbours=4))
    with pytest.raises(InvalidRequestError, match="two completed data sets or more"):
        PooledMethod(method).fit(np.zeros((3, 2)), np.zeros((1, 3)))
