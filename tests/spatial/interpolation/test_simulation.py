import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from spatial.errors import InvalidRequestError, SingularSystemError, TooFewPlacesError
from spatial.grids import Grid
from spatial.interpolation import simulation as module
from spatial.interpolation.anisotropy import Anisotropy
from spatial.interpolation.covariance import Structure, VariogramModel
from spatial.interpolation.simple_kriging import SimpleKriging
from spatial.interpolation.simulation import SimulationRequest, prepare_simulation, realise

MODEL = VariogramModel.single("exponential", nugget=0.1, partial_sill=0.9, scale=60.0)
PLACES = np.array([[25.0, 35.0], [130.0, 90.0], [171.3, 22.8], [64.0, 181.0], [188.0, 160.0]])
VALUES = np.array([1.5, -0.4, 0.3, -1.8, 0.9])


def square(cells, size=10.0):
    return Grid(0.0, cells * size, size, cells, cells, 32631)


def draws(simulation, count, workers=2):
    with ThreadPoolExecutor(workers) as threads:
        return np.array(list(threads.map(lambda number: realise(simulation, number), range(count))))


def test_realisations_have_the_mean_and_variance_of_simple_kriging():
    """With enough neighbours a node's distribution over realisations is that of simple kriging."""
    grid = square(14, 15.0)
    asked = SimulationRequest(neighbours=32, mean=0.2, seed=4)
    found = draws(prepare_simulation(PLACES, VALUES, MODEL, grid, asked), 600)
    kriged = SimpleKriging(MODEL, 0.2).fit(PLACES, VALUES).predict(grid.cell_centres())
    location, sigma = kriged.location.reshape(14, 14), kriged.sigma.reshape(14, 14)
    is_drawn = sigma > 1e-6
    z = (found.mean(axis=0) - location)[is_drawn] * np.sqrt(600) / sigma[is_drawn]
    assert np.abs(z).max() < 4.5
    assert z.std() < 1.6
    ratio = found.var(axis=0)[is_drawn] / sigma[is_drawn] ** 2
    assert ratio.mean() == pytest.approx(1.0, abs=0.03)
    assert ratio.min() > 0.7
    assert ratio.max() < 1.3


def test_joint_distribution_is_exact_when_every_node_is_a_neighbour():
    grid, far = square(4), np.array([[5e3, 5e3], [6e3, 5e3]])
    asked = SimulationRequest(neighbours=18, mean=0.0)
    found = draws(prepare_simulation(far, [0.0, 0.0], MODEL, grid, asked), 4_000)
    centres = grid.cell_centres()
    distance = np.hypot(*(centres[:, None] - centres[None]).transpose(2, 0, 1))
    assert np.abs(np.cov(found.reshape(4_000, 16).T) - MODEL.covariance(distance)).max() < 0.1


@pytest.mark.parametrize("anisotropy", [None, Anisotropy(azimuth=90.0, ratio=0.4)])
def test_variogram_is_reproduced(anisotropy):
    model = VariogramModel(0.1, (Structure("spherical", 0.9, 120.0),), anisotropy)
    far = np.array([[9e4, 9e4], [9.1e4, 9e4]])
    asked = SimulationRequest(neighbours=24, mean=0.0, seed=1)
    found = draws(prepare_simulation(far, [0.0, 0.0], model, square(48), asked), 60)
    for lag in (1, 3, 6, 12):
        east = 0.5 * np.mean((found[:, :, lag:] - found[:, :, :-lag]) ** 2)
        north = 0.5 * np.mean((found[:, lag:] - found[:, :-lag]) ** 2)
        for gamma, offset in ((east, [lag * 10.0, 0.0]), (north, [0.0, lag * 10.0])):
            distance = np.hypot(*model.isotropic(np.array([offset]))[0])
            assert gamma == pytest.approx(float(model.semivariance(distance)), abs=0.07)


def test_data_are_honoured():
    grid = square(20)
    at_centres = np.array([[25.0, 35.0], [135.0, 95.0], [195.0, 5.0]])
    simulation = prepare_simulation(at_centres, VALUES[:3], MODEL, grid)
    for surface in draws(simulation, 5):
        for (easting, northing), value in zip(at_centres, VALUES, strict=False):
            row, column = int((200.0 - northing) // 10), int(easting // 10)
            assert surface[row, column] == pytest.approx(value, abs=1e-12)


def test_bits_depend_on_seed_and_number_only():
    simulation = prepare_simulation(PLACES, VALUES, MODEL, square(24))
    alone = np.array([realise(simulation, number) for number in range(6)])
    assert np.array_equal(draws(simulation, 6, workers=4), alone)
    assert np.array_equal(realise(pickle.loads(pickle.dumps(simulation)), 3), alone[3])  # noqa: S301
    assert len({surface.tobytes() for surface in alone}) == 6
    other = prepare_simulation(PLACES, VALUES, MODEL, square(24), SimulationRequest(seed=1))
    assert not np.array_equal(realise(other, 0), alone[0])


def test_cells_that_are_not_wanted_stay_missing():
    wanted = np.zeros((20, 20), bool)
    wanted[3:9, 5:14] = True
    simulation = prepare_simulation(PLACES, VALUES, MODEL, square(20), is_wanted=wanted)
    assert np.array_equal(~np.isnan(realise(simulation, 0)), wanted)


def test_the_mean_is_that_of_least_squares(samples, monkeypatch):
    places, values = samples
    grid = Grid(500_000.0, 5_600_100.0, 50.0, 2, 2, 32631)
    found = prepare_simulation(places, values, MODEL, grid).mean
    distance = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    weights = np.linalg.solve(MODEL.covariance(distance), np.ones(90))
    assert found == pytest.approx(weights @ values / weights.sum(), rel=1e-9)
    monkeypatch.setattr(module, "MOST_PLACES_FROM_ALL", 50)
    assert prepare_simulation(places, values, MODEL, grid).mean == pytest.approx(values.mean())


def test_bad_requests_are_refused():
    grid = square(5)
    with pytest.raises(TooFewPlacesError, match="at least two places"):
        prepare_simulation(PLACES[:1], VALUES[:1], MODEL, grid)
    with pytest.raises(InvalidRequestError, match="No cell"):
        prepare_simulation(PLACES, VALUES, MODEL, grid, is_wanted=np.zeros((5, 5), bool))
    with pytest.raises(InvalidRequestError, match="too much memory"):
        prepare_simulation(PLACES, VALUES, MODEL, square(6_000))
    with pytest.raises(InvalidRequestError, match="known mean"):
        SimulationRequest(mean=np.inf)
    with pytest.raises(InvalidRequestError, match="seed"):
        SimulationRequest(seed=-1)
    smooth = VariogramModel.single("gaussian", nugget=0.0, partial_sill=1.0, scale=5e4)
    with pytest.raises(SingularSystemError, match="no stable solution"):
        realise(prepare_simulation(PLACES, VALUES, smooth, grid, SimulationRequest(mean=0.0)), 0)
