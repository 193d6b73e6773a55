import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from spatial.errors import InvalidRequestError, UnknownNameError
from spatial.exceedance import exceedance_probability


@given(location=st.floats(-5, 8), sigma=st.floats(1e-3, 4), threshold=st.floats(1e-3, 5000))
def test_probability_equals_scipy_stats(location, sigma, threshold):
    found = exceedance_probability([location], [sigma], threshold, "ln")[0]
    expected = norm.sf(np.log(threshold), loc=location, scale=sigma)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_probability_falls_with_the_threshold():
    thresholds = np.geomspace(1, 1e4, 50)
    found = [exceedance_probability([5.0], [0.7], t, "ln")[0] for t in thresholds]
    assert (np.diff(found) < 0).all()


def test_known_values_missing_cells_and_impossible_thresholds():
    location, sigma = np.array([[1.0, 3.0], [np.nan, 2.0]]), np.array([[0.0, 0.0], [1.0, 0.0]])
    found = exceedance_probability(location, sigma, 2.0, "none")
    np.testing.assert_array_equal(found, [[0.0, 1.0], [np.nan, 0.0]])
    assert exceedance_probability([1.0], [1.0], -5.0, "ln").tolist() == [1.0]
    assert exceedance_probability([1.0], [0.0], 0.0, "ln").tolist() == [1.0]
    with pytest.raises(InvalidRequestError, match="finite number"):
        exceedance_probability([1.0], [1.0], float("nan"), "ln")
    with pytest.raises(UnknownNameError, match="no transform called 'sqrt'"):
        exceedance_probability([1.0], [1.0], 1.0, "sqrt")


@pytest.mark.parametrize(
    "modules",
    [
        "spatial.exceedance, spatial.interpolation.registry, spatial.hotspots.registry",
        "spatial.raster, spatial.grids, spatial.coordinates, spatial.hotspots.exceedance",
        "spatial.interpolation.preflight, spatial.interpolation.request",
        "app.main, app.cli",
    ],
)
def test_the_web_process_needs_no_compiler(modules, repository):
    program = (
        f"import sys, {modules}; sys.exit(not {{'numba', 'scipy.stats'}}.isdisjoint(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=repository, check=False)
    assert done.returncode == 0


def test_the_web_process_holds_no_library_that_it_does_not_use(repository):
    program = "import sys, app.cli, app.main; sys.exit('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=repository, check=False)
    assert done.returncode == 0


def test_a_process_that_predicts_needs_no_optimiser(repository):
    modules = "spatial.interpolation.workflow, spatial.interpolation.kriging"
    program = f"import sys, {modules}; sys.exit('scipy.optimize' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=repository, check=False)
    assert done.returncode == 0
