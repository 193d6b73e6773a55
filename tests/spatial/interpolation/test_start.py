"""What a process loads that only predicts: what it does not need would double the time to start."""

import subprocess
import sys

PROGRAM = """
import sys
import numpy as np
from spatial.grids import Grid
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.kriging import OrdinaryKriging
from spatial.interpolation.workflow import build_surface

model = VariogramModel.single("spherical", nugget=0.1, partial_sill=1.0, scale=5.0)
grid = Grid(0.0, 8.0, 1.0, 8, 8, 32631)
rng = np.random.default_rng(0)
places, values = rng.uniform(0.0, 8.0, (40, 2)), rng.normal(size=40)
method = OrdinaryKriging(model, 6).fit(places, values)
cells = method.predict_grid(grid, grid.whole(), np.ones(grid.cell_count, bool))
assert np.isfinite(cells.location).all()
print(*sys.modules)
"""
# Numerics that fitting, the normal distribution and geography need, and not prediction.
NEEDLESS = {
    *("scipy.special", "scipy.linalg", "scipy.spatial", "scipy.optimize", "scipy.stats"),
    *("scipy.sparse", "rasterio", "pyproj", "shapely"),
}


def test_a_process_that_predicts_loads_nothing_needless(repository):
    # Compiling loads much more. What the first process has to compile, the second one finds.
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=repository,
            capture_output=True,
            text=True,
            check=True,
        )
        loaded = set(done.stdout.split())
    assert "scipy" in loaded
    assert not loaded & NEEDLESS
