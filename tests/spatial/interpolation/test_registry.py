import subprocess
import sys

import numpy as np
import pytest

from spatial.errors import InvalidRequestError, UnknownNameError
from spatial.interpolation.block import Block
from spatial.interpolation.contract import MethodSettings
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.drift import Drift, PlaceTable
from spatial.interpolation.neighbourhood import Neighbourhood
from spatial.interpolation.predictand import KrigingOptions
from spatial.interpolation.registry import METHODS, get_method

MODEL = VariogramModel.single("spherical", nugget=0.1, partial_sill=1.0, scale=300.0)


def told(name, places):
    """Settings from which every method can be made."""
    with_block = name == "block_kriging"
    cells = places[:5] + 3.0
    everywhere = np.vstack([places, cells])
    height = PlaceTable(everywhere, {"height": np.hypot(*(everywhere - everywhere[0]).T)})
    return MethodSettings(
        MODEL,
        neighbours=8,
        mean=40.0,
        drift=Drift(covariates=height if name == "external_drift" else None),
        options=KrigingOptions(Neighbourhood(8), block=Block(50.0, 50.0) if with_block else None),
        thresholds=(30.0, 60.0),
    )


@pytest.mark.parametrize(
    "name", [name for name in METHODS if METHODS[name].family in {"gaussian", "none"}]
)
def test_every_method_keeps_the_contract(name, samples):
    places, values = samples
    entry = get_method(name)
    method = entry.create(told(name, places))
    assert method.family == entry.family
    assert method.fit(places, values) is method
    for prediction in (method.predict(places[:5] + 3.0), method.leave_one_out()):
        assert np.isfinite(prediction.location).all()
        assert np.isfinite(prediction.sigma).all() == (entry.family == "gaussian")
        assert np.isfinite(prediction.lagrange_multiplier).all() == (entry.family == "gaussian")
    assert method.predict(np.empty((0, 2))).location.shape == (0,)


def test_a_method_of_thresholds_gives_probabilities_only(samples):
    places, values = samples
    entry = get_method("indicator_kriging")
    method = entry.create_for_thresholds(told("indicator_kriging", places))
    assert method.family == entry.family == "thresholds"
    assert method.fit(places, values) is method
    for told_of in (method.predict_probabilities(places), method.leave_one_out_probabilities()):
        assert told_of.probability.shape == (90, 2)
    with pytest.raises(InvalidRequestError, match="no surface of concentrations"):
        entry.create(told("indicator_kriging", places))
    with pytest.raises(InvalidRequestError, match="gives a surface of values"):
        get_method("nearest").create_for_thresholds(told("nearest", places))


def test_a_method_of_realisations_predicts_no_places():
    with pytest.raises(InvalidRequestError, match="`build_surface` draws them"):
        get_method("simulation").create(MethodSettings(MODEL, neighbours=8))


def test_listing_methods_imports_none(repository):
    program = (
        "import sys; from spatial.interpolation.registry import METHODS; "
        "sys.exit(any(method.module in sys.modules for method in METHODS.values()))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=repository, check=False)
    assert done.returncode == 0


def test_unknown_method_is_refused():
    with pytest.raises(UnknownNameError, match=r"there are: block_kriging, .*ordinary_kriging"):
        get_method("spline")
