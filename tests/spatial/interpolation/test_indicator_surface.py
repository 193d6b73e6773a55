"""Surfaces of probabilities at thresholds, from samples to card."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from spatial.distributions.thresholds import Thresholds
from spatial.errors import InvalidRequestError, NoProbabilityError, VariogramError
from spatial.interpolation.covariance import Structure, VariogramModel
from spatial.interpolation.cross_validation_scores import probability_figures
from spatial.interpolation.drift import Drift
from spatial.interpolation.general_kriging import GeneralKriging
from spatial.interpolation.indicator_kriging import correct_order_relations
from spatial.interpolation.neighbourhood import Neighbourhood
from spatial.interpolation.predictand import KrigingOptions
from spatial.interpolation.workflow import SurfaceRequest, build_surface

EPSG = 32631
THRESHOLDS = (25.0, 50.0, 100.0)


@pytest.fixture
def columns(samples):
    places, values = samples
    return places[:, 0], places[:, 1], values


def request_of(**settings):
    told = {"cell_size": 50.0, "method": "indicator_kriging", "thresholds": THRESHOLDS}
    return SurfaceRequest(**(told | {"neighbours": 12} | settings))


def model_of(fit):
    """The variogram a card describes."""
    structures = tuple(Structure(**part) for part in fit["structures"])
    return VariogramModel(fit["nugget"], structures)


def kriged_from(card, columns, cells):
    """Probabilities by the general solver, from what the card says alone."""
    places, values = np.column_stack(columns[:2]), columns[2]
    options = KrigingOptions(Neighbourhood(card["neighbours"]))
    shares = [
        GeneralKriging(model_of(part["variogram"]["fit"]), Drift(), options=options)
        .fit(places, (values <= part["threshold"]).astype(float))
        .predict(cells)
        .location
        for part in card["thresholds"]
    ]
    return 1.0 - correct_order_relations(np.column_stack(shares))


@pytest.mark.parametrize("shares", [False, True])
def test_bands_are_the_kriging_the_card_describes(columns, inline, shares):
    result = build_surface(*columns, request_of(shares_variogram=shares), EPSG, None, inline)
    card = json.loads(json.dumps(result.card, allow_nan=False))
    assert card["family"] == "thresholds"
    assert card["transform"]["name"] == "none"
    assert list(result.bands) == ["probability_25", "probability_50", "probability_100"]
    expected = kriged_from(card, columns, result.grid.cell_centres())
    bands = np.stack([band.ravel() for band in result.bands.values()], axis=1)
    served = ~np.isnan(bands[:, 0])
    assert 100 < served.sum() < len(served)
    assert np.array_equal(np.isnan(bands), ~np.repeat(served[:, None], 3, axis=1))
    np.testing.assert_allclose(bands[served], expected[served], atol=1e-6)
    assert (np.diff(bands[served], axis=1) <= 0.0).all()
    own = {part["variogram"]["of"] for part in card["thresholds"]}
    assert len(own) == (2 if shares else 3)
    if shares:
        fits = [part["variogram"]["fit"] for part in card["thresholds"]]
        assert fits[0] == fits[1] == fits[2]


def test_cells_are_the_same_bits_whatever_tiles_and_threads(columns, inline):
    first = build_surface(*columns, request_of(), EPSG, None, inline)
    with ThreadPoolExecutor(3) as threads:
        other = build_surface(*columns, request_of(tile_size=7), EPSG, None, threads)
    assert first.card["array_sha256"] == other.card["array_sha256"]


def test_the_cards_scores_are_those_of_left_out_samples(columns, inline):
    """Each sample left out by hand, one by one."""
    card = build_surface(*columns, request_of(), EPSG, None, inline).card
    places, values = np.column_stack(columns[:2]), columns[2]
    order = np.lexsort((places[:, 1], places[:, 0]))
    places, values = places[order], values[order]
    told = np.empty((len(values), 3))
    for i in range(len(values)):
        keep = np.arange(len(values)) != i
        rest = places[keep, 0], places[keep, 1], values[keep]
        told[i] = kriged_from(card, rest, places[i : i + 1])
    for k, figures in enumerate(card["cross_validation"]["thresholds"]):
        expected = probability_figures(values > THRESHOLDS[k], told[:, k], THRESHOLDS[k])
        assert figures["brier"] == pytest.approx(expected.brier, abs=1e-9)
        assert figures["auc"] == pytest.approx(expected.auc, abs=1e-9)
        assert sum(part["count"] for part in figures["reliability"]) == 90
        own = [candidate["brier"] for candidate in card["thresholds"][k]["candidates"]]
        assert own == sorted(own)


def test_the_surface_answers_at_its_thresholds_alone(columns, inline):
    result = build_surface(*columns, request_of(), EPSG, None, inline)
    distribution = result.distribution
    assert distribution == Thresholds(THRESHOLDS)
    band = distribution.probability(50.0).of(result.bands)
    assert np.array_equal(band, result.bands["probability_50"], equal_nan=True)
    with pytest.raises(NoProbabilityError, match="nothing between"):
        distribution.probability(75.0)


def test_the_narrowest_variogram_limits_the_surface(columns, inline):
    card = build_surface(*columns, request_of(), EPSG, None, inline).card
    ranges = [part["variogram"]["fit"]["range"] for part in card["thresholds"]]
    assert card["variogram"]["fit"]["range"] == min(ranges)
    assert "shortest range" in card["variogram"]["of"]


def test_what_cannot_be_is_refused(columns, inline):
    with pytest.raises(VariogramError, match="at or below the threshold 1e"):
        build_surface(*columns, request_of(thresholds=(1e6,)), EPSG, None, inline)
    with pytest.raises(InvalidRequestError, match="needs thresholds"):
        request_of(thresholds=())
    with pytest.raises(InvalidRequestError, match="and rise"):
        request_of(thresholds=(50.0, 25.0))
    with pytest.raises(InvalidRequestError, match="takes no thresholds"):
        SurfaceRequest(cell_size=50.0, method="nearest", thresholds=(50.0,))
    with pytest.raises(InvalidRequestError, match="Only indicator kriging"):
        SurfaceRequest(cell_size=50.0, shares_variogram=True)


def test_rough_thresholds_are_warned_of(columns, inline):
    card = build_surface(*columns, request_of(thresholds=(50.0, 200.0)), EPSG, None, inline).card
    assert any(
        sentence.startswith("Threshold 200: Only 7 samples lie on one side")
        for sentence in card["warnings"]
    )


def test_limits_decide_what_they_can_and_the_card_counts_the_rest(columns, inline):
    """A limit of 40 says nothing of 25, and yes to 50; against kriging without the undecided."""
    places, values = np.column_stack(columns[:2]), columns[2]
    is_below = values < 40.0
    is_below[::3] = False
    limits = np.where(is_below, 40.0, values)
    result = build_surface(
        *columns[:2], limits, request_of(), EPSG, None, inline, is_censored=is_below
    )
    card = json.loads(json.dumps(result.card, allow_nan=False))
    hidden = int(is_below.sum())
    assert hidden > 5
    assert [part["undecided"] for part in card["thresholds"]] == [hidden, 0, 0]
    assert [part["decided"] for part in card["thresholds"]] == [90 - hidden, 90, 90]
    assert any(
        sentence.startswith(f"Threshold 25: {hidden} places have a detection limit above it")
        for sentence in card["warnings"]
    )
    cells = result.grid.cell_centres()
    shares = []
    for part in card["thresholds"]:
        known = ~is_below | (part["threshold"] > 40.0)
        at = (limits[known] <= part["threshold"]).astype(float)
        kriging = GeneralKriging(
            model_of(part["variogram"]["fit"]),
            Drift(),
            options=KrigingOptions(Neighbourhood(card["neighbours"])),
        )
        shares.append(kriging.fit(places[known], at).predict(cells).location)
    expected = 1.0 - correct_order_relations(np.column_stack(shares))
    bands = np.stack([band.ravel() for band in result.bands.values()], axis=1)
    served = ~np.isnan(bands[:, 0])
    assert served.any()
    np.testing.assert_allclose(bands[served], expected[served], atol=1e-6)
