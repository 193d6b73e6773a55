import json

import numpy as np
import pytest

from spatial.interpolation import validation
from spatial.interpolation.kriging import OrdinaryKriging
from spatial.interpolation.workflow import SurfaceRequest, build_surface, prepare

EPSG = 32631


@pytest.fixture
def columns(samples):
    places, values = samples
    return places[:, 0], places[:, 1], values


def test_the_card_has_single_samples_and_blocks(columns, inline):
    threshold = float(np.quantile(columns[2], 0.7))
    request = SurfaceRequest(cell_size=50.0, models=("spherical",), thresholds=(threshold,))
    card = build_surface(*columns, request, EPSG, None, inline).card
    single, blocks = json.loads(json.dumps(card["validations"], allow_nan=False))
    assert single["figures"] == json.loads(json.dumps(card["cross_validation"]))
    assert single["scheme"] == "leave-one-out"
    assert single["distance_to_remaining"] == card["inputs"]["nearest_neighbour_distance"]
    assert blocks["blocks_left_out"] == blocks["blocks"] > 3
    assert blocks["figures"]["count"] == 90
    assert blocks["distance_to_remaining"]["median"] > single["distance_to_remaining"]["median"]
    assert blocks["crps_of_concentrations"] > single["crps_of_concentrations"]
    for one in (single, blocks):
        [at] = one["thresholds"]
        assert at["exceeding"] == (columns[2] > threshold).sum()
        assert 0.0 < at["brier"] < 0.25


def test_blocks_are_what_fitting_without_them_says(columns):
    request = SurfaceRequest(cell_size=50.0, models=("spherical",), neighbours=12)
    model = prepare(*columns, request, EPSG)
    told = model.validations[1]
    places, y = model.places.coordinates, np.log(model.places.values)
    corner = np.floor((places - places.min(axis=0)) / told.block_size)
    error = np.empty(90)
    for block in np.unique(corner, axis=0):
        is_out = (corner == block).all(axis=1)
        kriging = OrdinaryKriging(model.fit.model, 12).fit(places[~is_out], y[~is_out])
        error[is_out] = kriging.predict(places[is_out]).location - y[is_out]
    assert told.figures.rmse == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-12)


def test_many_blocks_and_many_samples_are_drawn_by_chance(columns, monkeypatch):
    monkeypatch.setattr(validation, "MOST_BLOCKS", 10)
    monkeypatch.setattr(validation, "MOST_LEFT_OUT", 30)
    request = SurfaceRequest(cell_size=50.0, models=("spherical",), max_distance=80.0)
    first, again = (prepare(*columns, request, EPSG).validations[1] for _ in range(2))
    assert first == again
    if first.blocks > 10:
        assert first.blocks_left_out == 10
    assert first.figures.count <= 30


def test_fewer_blocks_are_hidden_where_each_costs_more():
    assert len(validation._affordable(1000, 1000, False, 0)) == 100
    assert len(validation._affordable(1000, 100_000, False, 0)) == 40
    assert len(validation._affordable(1000, 800_000, False, 0)) == 10
    assert len(validation._affordable(1000, 5_000, True, 0)) == 10
    assert len(validation._affordable(7, 800_000, False, 0)) == 7


def test_a_method_without_sigma_has_no_thresholds(columns):
    request = SurfaceRequest(cell_size=50.0, models=("spherical",), method="inverse_distance")
    for one in prepare(*columns, request, EPSG).validations:
        assert one.thresholds == ()
        assert one.crps_of_concentrations == pytest.approx(one.figures.mae)


def test_drawn_values_are_hidden_but_not_scored(columns):
    limit = np.quantile(columns[2], 0.3)
    is_low = columns[2] < limit
    told = (*columns[:2], np.where(is_low, limit, columns[2]))
    request = SurfaceRequest(cell_size=50.0, models=("exponential",), realisations=3)
    single, blocks = prepare(*told, request, EPSG, is_censored=is_low).validations
    assert single.figures.count == blocks.figures.count == (~is_low).sum()
    assert single.scheme == f"leave-one-out of {(~is_low).sum()} of 90 places"
