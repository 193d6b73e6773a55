import subprocess
import sys

import numpy as np
import pytest

from spatial.errors import UnknownNameError
from spatial.interpolation.contract import MethodSettings
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.registry import METHODS, get_method

MODEL = VariogramModel.single("spherical", nugget=0.1, partial_sill=1.0, scale=300.0)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_keeps_the_contract(name, samples):
    places, values = samples
    entry = get_method(name)
    method = entry.create(MethodSettings(MODEL, neighbours=8))
    assert method.family == entry.family
    assert method.fit(places, values) is method
    for prediction in (method.predict(places[:5] + 3.0), method.leave_one_out()):
        assert np.isfinite(prediction.location).all()
        assert np.isfinite(prediction.sigma).all() == (entry.family == "gaussian")
        assert np.isfinite(prediction.lagrange_multiplier).all() == (entry.family == "gaussian")
    assert method.predict(np.empty((0, 2))).location.shape == (0,)


def test_listing_methods_imports_none(repository):
    program = (
        "import sys; from spatial.interpolation.registry import METHODS; "
        "sys.exit(any(method.module in sys.modules for method in METHODS.values()))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=repository, check=False)
    assert done.returncode == 0


def test_unknown_method_is_refused():
    with pytest.raises(UnknownNameError, match="there are: inverse_distance, ordinary_kriging"):
        get_method("spline")
