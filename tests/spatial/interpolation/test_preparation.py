"""Surfaces made with the options that are not the default, end to end."""

import json
from pathlib import Path

import numpy as np
import pytest

from spatial.interpolation.request import SurfaceRequest
from spatial.interpolation.transforms import get_transform
from spatial.interpolation.workflow import build_surface
from tests.spatial.conftest import read_table

EPSG = 32631


@pytest.fixture(scope="module")
def columns():
    table = read_table(Path(__file__).parents[2] / "data" / "spatial" / "samples.csv")
    return table["easting"], table["northing"], table["value"]


@pytest.mark.parametrize(
    "settings",
    [
        {"transform": "box_cox"},
        {"transform": "box_cox", "transform_options": {"power": 0.25}},
        {"transform": "normal_score", "declustering": "cell"},
        {"transform": "normal_score", "declustering": "polygonal"},
        {"estimator": "dowd", "lags": None, "fit_method": "N/γ²"},
        {"anisotropy": (30.0, 0.5)},
        {"anisotropy": "fitted", "fit_method": "likelihood", "models": ("exponential",)},
        {"models": ("matern", "spherical+exponential"), "smoothness": None},
    ],
    ids=str,
)
def test_a_card_is_enough_to_build_the_surface_again(columns, inline, settings):
    request = SurfaceRequest(cell_size=100.0, **settings)
    result = build_surface(*columns, request, EPSG, None, inline)
    card = json.loads(json.dumps(result.card, allow_nan=False))
    stated = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in card["request"].items()
    }
    again = SurfaceRequest(**stated)
    assert again == request
    rebuilt = build_surface(*columns, again, EPSG, None, inline)
    assert rebuilt.card["array_sha256"] == card["array_sha256"]
    kept = get_transform(card["transform"]["name"], card["transform"]["parameters"])
    served = np.isfinite(result.bands["median"])
    assert served.any()
    np.testing.assert_allclose(
        kept.inverse(result.bands["location"][served].astype(float)),
        result.bands["median"][served],
        rtol=1e-4,
    )
    assert (result.bands["mean"][served] > 0.0).all()
    assert card["variogram"]["estimator"] == request.estimator
    assert card["variogram"]["weights"] == request.fit_method
    if request.anisotropy is not None:
        assert set(card["variogram"]["fit"]["anisotropy"]) == {"azimuth", "ratio"}
