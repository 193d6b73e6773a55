"""Small worlds that tests of definitions look at."""

import numpy as np

from spatial.distributions.gaussian import Gaussian
from spatial.grids import Grid
from spatial.hotspots.contract import Evidence, Surface
from spatial.hotspots.samples import Samples
from spatial.interpolation.transforms import get_transform

GRID = Grid(0.0, 2000.0, 40.0, 60, 50, 28992)


def ridge(sill=1.0, samples=None, **changes):
    """A surface with a round hill of ln concentrations; five columns have no data."""
    centres = GRID.cell_centres()
    hill = np.exp(-((centres[:, 0] - 900) ** 2 + (centres[:, 1] - 1000) ** 2) / 3e5)
    location = (4.0 + 3.0 * hill).reshape(GRID.shape)
    location[:, :5] = np.nan
    bands = {"location": location, "sigma": np.full(GRID.shape, 0.4)} | changes
    if samples is None:
        samples = Samples.of([[900.0, 1000.0], [1500.0, 300.0]], [800.0, 60.0])
    surface = Surface(Gaussian(get_transform("ln")), "point", sill)
    return Evidence(GRID, samples, surface, bands)


def clustered(count=400, seed=3):
    """Samples over 10 km with a cluster of high values around (3000, 3000) and one lone spike."""
    rng = np.random.default_rng(seed)
    places = rng.random((count, 2)) * 10_000.0
    distance = np.hypot(*(places - 3000.0).T)
    values = np.exp(4.0 + 2.0 * (distance < 1200.0) + 0.3 * rng.standard_normal(count))
    lone = int(np.argmin(np.hypot(*(places - 8000.0).T)))
    values[lone] = 5000.0
    return Samples.of(places, values), lone


def over(samples, cell_size=100.0):
    """Samples on a grid of their own."""
    side = round(10_000.0 / cell_size)
    return Evidence(Grid(0.0, 10_000.0, cell_size, side, side, 28992), samples)
