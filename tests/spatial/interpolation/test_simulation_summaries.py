from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.special import ndtr

from spatial.errors import InvalidRequestError
from spatial.grids import Grid
from spatial.interpolation.block import Block
from spatial.interpolation.block_kriging import BlockKriging
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.predictand import KrigingOptions
from spatial.interpolation.simple_kriging import SimpleKriging
from spatial.interpolation.simulation import SimulationRequest, prepare_simulation, realise
from spatial.interpolation.simulation_summaries import SummaryRequest, block_means, summarise
from spatial.interpolation.transforms import get_transform

MODEL = VariogramModel.single("spherical", nugget=0.05, partial_sill=0.75, scale=150.0)
PLACES = np.array([[25.0, 35.0], [130.0, 90.0], [171.3, 22.8], [64.0, 181.0], [188.0, 160.0]])
VALUES = np.array([4.5, 3.6, 4.3, 3.2, 4.9])
GRID = Grid(0.0, 200.0, 10.0, 20, 20, 32631)


@pytest.fixture(scope="module")
def simulation():
    return prepare_simulation(
        PLACES, VALUES, MODEL, GRID, SimulationRequest(neighbours=20, mean=4.0, seed=9)
    )


def test_summaries_are_those_of_the_realisations(simulation, inline):
    asked = SummaryRequest(thresholds=(50.0, 120.0), block_cells=7)
    told = []
    found = summarise(simulation, get_transform("ln"), asked, 8, inline, told.append)
    with ThreadPoolExecutor(3) as threads:
        again = summarise(simulation, get_transform("ln"), asked, 8, threads)
    assert np.array_equal(found.areas, again.areas)
    assert np.array_equal(found.block_means, again.block_means)
    assert told[-1] == 1.0
    for number in range(8):
        surface = np.exp(realise(simulation, number))
        assert found.areas[number].tolist() == [
            100.0 * (surface > threshold).sum() for threshold in (50.0, 120.0)
        ]
        assert found.block_means[number, 0, 0] == pytest.approx(surface[:7, :7].mean())
        assert found.block_means[number, 2, 2] == pytest.approx(surface[14:, 14:].mean())
    assert found.area_probability(50.0, 0.0) == 1.0
    share = np.mean(found.areas[:, 0] > 2e4)
    assert found.area_probability(50.0, 2e4) == share
    low, high = found.area_quantiles(120.0, (0.1, 0.9))
    assert 0.0 <= low <= high <= 4e4


def test_expected_area_and_block_means_are_those_of_kriging(simulation, inline):
    """Linear in the value without a transform: the mean of a block is block kriging's."""
    asked = SummaryRequest(thresholds=(4.2,), block_cells=10)
    found = summarise(simulation, get_transform("none"), asked, 400, inline)
    kriged = SimpleKriging(MODEL, 4.0).fit(PLACES, VALUES).predict(GRID.cell_centres())
    expected = 100.0 * ndtr((kriged.location - 4.2) / np.maximum(kriged.sigma, 1e-12)).sum()
    spread = found.areas.std() / np.sqrt(400)
    assert abs(found.areas.mean() - expected) < 4.0 * spread
    block = KrigingOptions(block=Block(100.0, 100.0, 10, True))
    centres = np.array([[50.0, 150.0], [150.0, 150.0], [50.0, 50.0], [150.0, 50.0]])
    means = SimpleKriging(MODEL, 4.0, block).fit(PLACES, VALUES).predict(centres)
    drawn = found.block_means.reshape(400, 4)
    np.testing.assert_allclose(drawn.mean(axis=0), means.location, atol=0.08)
    np.testing.assert_allclose(drawn.std(axis=0), means.sigma, rtol=0.12)


def test_block_probability_under_a_transform_is_not_that_of_kriged_logarithms(simulation, inline):
    """Why blocks are simulated: kriging the logarithm's block mean understates the block's mean."""
    asked = SummaryRequest(thresholds=(), block_cells=20)
    found = summarise(simulation, get_transform("ln"), asked, 150, inline)
    of_logs = BlockKriging(MODEL, Block(200.0, 200.0, 20)).fit(PLACES, VALUES)
    naive = float(np.exp(of_logs.predict([[100.0, 100.0]]).location[0]))
    assert found.block_means.mean() > 1.15 * naive
    assert 0.3 < found.block_probability(float(np.median(found.block_means)))[0, 0] < 0.7


def test_blocks_without_cells_are_missing(simulation, inline):
    surface = np.full((4, 4), np.nan)
    surface[0, 0] = 3.0
    assert np.isnan(block_means(surface, 2)).tolist() == [[False, True], [True, True]]
    wanted = np.zeros((20, 20), bool)
    wanted[:5, :5] = True
    part = prepare_simulation(PLACES, VALUES, MODEL, GRID, is_wanted=wanted)
    found = summarise(part, get_transform("ln"), SummaryRequest((), 10), 3, inline)
    assert np.isnan(found.block_probability(10.0)).tolist() == [[False, True], [True, True]]


def test_bad_requests_are_refused(simulation, inline):
    with pytest.raises(InvalidRequestError, match="At least one realisation"):
        summarise(simulation, get_transform("ln"), SummaryRequest((1.0,)), 0, inline)
    with pytest.raises(InvalidRequestError, match="finite"):
        SummaryRequest((np.nan,))
    found = summarise(simulation, get_transform("ln"), SummaryRequest((1.0,)), 1, inline)
    with pytest.raises(InvalidRequestError, match="were not kept"):
        found.area_probability(2.0, 1.0)
