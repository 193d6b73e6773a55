"""Values below detection limits, from samples to a finished surface."""

import json
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from spatial.errors import (
    CensoredValuesError,
    ConstantValuesError,
    InvalidRequestError,
    InvalidValuesError,
    SingularSystemError,
    TransformDomainError,
    UnknownNameError,
)
from spatial.interpolation import censored_choice
from spatial.interpolation.contract import Prediction
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.cross_validation_scores import crps_of_concentrations
from spatial.interpolation.transforms import get_transform
from spatial.interpolation.workflow import SurfaceRequest, build_surface, predict_tile, prepare

EPSG, WEST, SOUTH, CELL = 32631, 500_000.0, 5_600_000.0, 25.0


def field(seed, share, count=200, sill=0.5, centres=True):
    """Samples of a lognormal field, a share below one of two limits, and true values at cells."""
    truth = VariogramModel.single(
        "exponential", nugget=0.1 * sill, partial_sill=0.9 * sill, scale=100.0
    )
    rng = np.random.default_rng(seed)
    samples = rng.uniform(0.0, 1000.0, (count, 2))
    cells = CELL * (rng.integers(2, 38, (200, 2)) + 0.5)
    places = np.vstack([samples, cells]) if centres else samples
    lower = np.linalg.cholesky(truth.covariance(cdist(places, places)) + 1e-9 * np.eye(len(places)))
    values = np.exp(4.0 + lower @ rng.normal(size=len(places)))
    limit = np.quantile(values[:count], share) * np.where(rng.random(count) < 0.5, 0.7, 1.4)
    is_low = values[:count] < limit
    columns = (
        samples[:, 0] + WEST,
        samples[:, 1] + SOUTH,
        np.where(is_low, limit, values[:count]),
    )
    return columns, is_low, cells + np.array([WEST, SOUTH]), values[count:]


def request(**said):
    return SurfaceRequest(
        **{"cell_size": CELL, "models": ("exponential",), "realisations": 6} | said
    )


def score(result, cells, truth):
    """CRPS of the concentrations and coverage of the 95 % interval at the cells' centres."""
    grid = result.grid
    row = ((grid.north - cells[:, 1]) // CELL).astype(int)
    column = ((cells[:, 0] - grid.west) // CELL).astype(int)
    location, sigma = (
        result.bands[name][row, column].astype(float) for name in ("location", "sigma")
    )
    found = Prediction(location, sigma, 0.0 * sigma)
    inside = np.abs(np.log(truth) - location) < 1.96 * sigma
    return crps_of_concentrations(truth, found, get_transform("ln")).mean(), inside.mean()


@pytest.mark.parametrize("share", [0.3, 0.6])
def test_drawn_values_beat_half_the_limit(share, inline, capsys):
    figures = []
    for seed in range(6):
        columns, is_low, cells, truth = field(seed, share)
        drawn, half = (
            build_surface(
                *columns,
                request(censoring=censoring, realisations=10, max_distance=2000.0),
                EPSG,
                None,
                inline,
                is_censored=is_low,
            )
            for censoring in ("augmentation", "substitution")
        )
        figures.append([*score(drawn, cells, truth), *score(half, cells, truth)])
    ours, our_share, theirs, their_share = np.mean(figures, axis=0)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{share:.0%} below: CRPS {ours:.3f} mg/kg drawn, {theirs:.3f} with half the limit "
            f"({ours / theirs - 1.0:+.1%}); 95 % intervals hold {our_share:.1%} and "
            f"{their_share:.1%}\n"
        )
    assert ours < theirs
    assert our_share == pytest.approx(0.95, abs=0.035)


@pytest.mark.parametrize("method", ["ordinary_kriging", "universal_kriging"])
def test_bands_are_the_same_bits_whatever_the_executor_the_tiles_and_the_order(method, inline):
    columns, is_low, _, _ = field(1, 0.4, 80, centres=False)
    turned = np.random.default_rng(6).permutation(80)

    def build(executor, tile_size, order=slice(None), neighbours=16):
        asked = request(method=method, tile_size=tile_size, neighbours=neighbours, realisations=3)
        return build_surface(
            *(column[order] for column in columns),
            asked,
            EPSG,
            None,
            executor,
            is_censored=is_low[order],
        )

    first = build(inline, 256)
    context = multiprocessing.get_context("spawn")
    with ThreadPoolExecutor(3) as threads, ProcessPoolExecutor(1, mp_context=context) as processes:
        others = [
            build(inline, 7),
            build(threads, 16),
            build(processes, 30),
            build(inline, 256, turned),
        ]
    for other in others:
        assert other.card["array_sha256"] == first.card["array_sha256"]
        assert other.card["inputs"]["sha256"] == first.card["inputs"]["sha256"]
    assert others[3].card["fingerprint"] == first.card["fingerprint"]


def test_the_card_says_what_became_of_the_limits(inline):
    columns, is_low, _, _ = field(2, 0.6, 90, centres=False)
    asked = request(models=("exponential", "spherical"), seed=3)
    result = build_surface(*columns, asked, EPSG, None, inline, is_censored=is_low)
    card = json.loads(json.dumps(result.card, allow_nan=False))
    told = card["censoring"]
    assert told["treatment"] == "augmentation"
    assert told["samples"] == told["places"] == is_low.sum()
    assert told["of_samples"] == 90
    assert told["share"] == pytest.approx(is_low.mean())
    assert told["lowest_limit"] == columns[2][is_low].min()
    assert told["different_limits"] == 2
    assert told["realisations"] == 6
    assert len(told["sills"]) == 20
    assert isinstance(told["is_settled"], bool)
    assert card["cross_validation"]["count"] == (~is_low).sum()
    assert {one["model"] for one in card["candidates"]} == {"exponential", "spherical"}
    words = " ".join(card["warnings"])
    assert "lie below their detection limits. Their values are drawn several times" in words
    assert "More than half of the samples lie below" in words
    plain = build_surface(*columns, asked, EPSG, None, inline)
    assert plain.card["censoring"] is None
    assert plain.card["fingerprint"] != result.card["fingerprint"]


def test_half_the_limit_is_a_labelled_fallback(inline):
    columns, is_low, _, _ = field(3, 0.3, 60, centres=False)
    halved = (*columns[:2], np.where(is_low, 0.5 * columns[2], columns[2]))
    for said in ({"censoring": "substitution"}, {"method": "inverse_distance"}):
        ours = build_surface(*columns, request(**said), EPSG, None, inline, is_censored=is_low)
        theirs = build_surface(*halved, request(**said), EPSG, None, inline)
        assert ours.card["array_sha256"] == theirs.card["array_sha256"]
        assert ours.card["censoring"]["treatment"] == "substitution"
        assert "stand with half of it" in ours.card["warnings"][0]
    assert "because this method cannot draw them" in ours.card["warnings"][0]


def test_a_limit_decides_the_thresholds_above_it(inline):
    columns, is_low, _, _ = field(9, 0.4, 80, centres=False)
    thresholds = (float(columns[2][is_low].max()) + 1.0, float(np.quantile(columns[2], 0.8)))
    said = {"method": "indicator_kriging", "transform": "none", "thresholds": thresholds}
    ours = build_surface(*columns, request(**said), EPSG, None, inline, is_censored=is_low)
    assert ours.card["censoring"]["treatment"] == "indicators"
    assert "count as below every threshold" in ours.card["warnings"][0]
    # Every limit lies below both thresholds: any number under it says the same.
    any_number = (*columns[:2], np.where(is_low, 1.0, columns[2]))
    theirs = build_surface(*any_number, request(**said), EPSG, None, inline)
    assert ours.card["array_sha256"] == theirs.card["array_sha256"]


def test_under_a_trend_what_remains_is_drawn():
    columns, is_low, _, _ = field(10, 0.0, 150, centres=False)
    rising = 4.0 * (columns[0] - WEST) / 1000.0
    values = np.exp(rising + 0.3 * (np.log(columns[2]) - 4.0))
    limit = np.quantile(values, 0.3)
    is_low = values < limit
    told = (*columns[:2], np.where(is_low, limit, values))
    model = prepare(*told, request(method="universal_kriging"), EPSG, is_censored=is_low)
    plain = prepare(*told, request(), EPSG, is_censored=is_low)
    assert model.fit.model.sill < 0.5 * plain.fit.model.sill
    assert model.trend.r_squared > 0.8
    # The order of samples by easting: the merged places keep it.
    order = np.lexsort((columns[1], columns[0]))
    truth = np.log(values)[order][model.places.is_censored]
    drawn = model.augmented.completed[:, model.places.is_censored]
    assert np.corrcoef(drawn.mean(axis=0), truth)[0, 1] > 0.5
    assert abs(drawn.mean() - truth.mean()) < 0.1
    assert (drawn <= np.log(limit) + 1e-12).all()


def test_the_model_is_chosen_by_measured_samples_and_drawn_under_again():
    columns, is_low, _, _ = field(4, 0.4, 100, centres=False)
    model = prepare(
        *columns, request(models=("spherical", "exponential")), EPSG, is_censored=is_low
    )
    assert model.fit == model.candidates[0].fit == model.augmented.fit
    assert model.candidates[0].fit.model.structures[0].name == model.candidates[0].name
    assert model.candidates[0].score <= min(one.score for one in model.candidates) * 1.05
    drawn = model.augmented.completed
    limits = np.log(model.places.values[model.places.is_censored])
    assert (drawn[:, model.places.is_censored] <= limits).all()
    assert np.ptp(drawn[:, ~model.places.is_censored], axis=0).max() == 0.0


@pytest.mark.parametrize("transform", ["none", "box_cox", "normal_score"])
def test_other_transforms_are_not_fitted_to_limits(transform):
    columns, is_low, _, _ = field(5, 0.5, 120, centres=False)
    model = prepare(*columns, request(transform=transform), EPSG, is_censored=is_low)
    drawn = model.transform.inverse(model.augmented.completed)
    measured = model.places.values[~model.places.is_censored]
    np.testing.assert_allclose(
        drawn[:, ~model.places.is_censored], np.tile(measured, (6, 1)), rtol=1e-9
    )
    assert (
        drawn[:, model.places.is_censored]
        <= model.places.values[model.places.is_censored] * (1 + 1e-9)
    ).all()
    if transform != "none":
        assert (drawn > 0.0).all()
    if transform == "normal_score":
        # Half lie below the limits: their scores must be the lower half of a standard normal.
        low = model.augmented.completed[:, model.places.is_censored]
        assert low.mean() < -0.4
    tile = predict_tile(model, model.grid, model.grid.whole())
    assert np.isfinite(tile["median"]).any()


def test_a_stated_anisotropy_is_kept_and_other_fits_are_refused():
    columns, is_low, _, _ = field(6, 0.3, 60, centres=False)
    model = prepare(
        *columns, request(anisotropy=(30.0, 0.5), fit_method="N/γ²"), EPSG, is_censored=is_low
    )
    assert (model.fit.model.anisotropy.azimuth, model.fit.model.anisotropy.ratio) == (30.0, 0.5)
    assert model.fit.method == "N/γ²"
    for said in ({"fit_method": "likelihood"}, {"anisotropy": "fitted"}):
        with pytest.raises(InvalidRequestError, match="choose the censoring 'substitution'"):
            prepare(*columns, request(**said), EPSG, is_censored=is_low)
        prepare(*columns, request(censoring="substitution", **said), EPSG, is_censored=is_low)


def test_samples_that_say_too_little_are_refused():
    (east, north, values), _, _, _ = field(7, 0.3, 40, centres=False)

    def refused(error, words, marks, numbers=values, **said):
        with pytest.raises(error, match=words) as refusal:
            prepare(east, north, numbers, request(**said), EPSG, is_censored=marks)
        assert str(refusal.value).endswith(".") or str(refusal.value).endswith("?")

    refused(CensoredValuesError, "All 40 results lie below", np.ones(40, bool))
    refused(CensoredValuesError, "Only 4 of 40 values lie above", np.arange(40) >= 4)
    some = np.arange(40) < 20
    most = np.arange(40) < 21
    refused(CensoredValuesError, "Every detection limit", most, np.where(most, 90.0, values / 1e3))
    refused(ConstantValuesError, "All 20 measured places have the same", some, np.where(some, 1, 2))
    refused(TransformDomainError, "zero or negative", some, np.where(some, 0.0, values))
    refused(InvalidValuesError, "one mark", some[:9])
    refused(InvalidValuesError, "missing", some, np.where(some, np.nan, values))
    with pytest.raises(UnknownNameError, match="no treatment of censored values called 'drop'"):
        request(censoring="drop")
    with pytest.raises(InvalidRequestError, match="realisations must be 2 or more"):
        request(realisations=1)


@pytest.mark.parametrize("failing", ["exponential", "spherical"])
def test_a_model_nothing_can_be_drawn_under_gives_way(failing, monkeypatch):
    columns, is_low, _, _ = field(4, 0.4, 60, centres=False)
    draw = censored_choice.augment

    def stubborn(places, values, marks, options):
        if options.model == failing:
            raise SingularSystemError("Too close.")
        return draw(places, values, marks, options)

    monkeypatch.setattr(censored_choice, "augment", stubborn)
    names = ("spherical", "exponential")
    model = prepare(*columns, request(models=names), EPSG, is_censored=is_low)
    assert model.fit == model.augmented.fit
    assert model.candidates[0].name == ({*names} - {failing}).pop()
    with pytest.raises(SingularSystemError, match="Too close"):
        prepare(*columns, request(models=(failing,)), EPSG, is_censored=is_low)
