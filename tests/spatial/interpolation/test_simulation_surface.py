"""Surfaces of realisations, from samples to card."""

import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
import shapely
from scipy.special import ndtr

from spatial.coordinates import Bounds
from spatial.distributions.realisations import Realisations
from spatial.distributions.regions import block_means, parcel_means
from spatial.errors import GridTooLargeError, InvalidRequestError, SpatialError
from spatial.interpolation.block import Block
from spatial.interpolation.block_kriging import BlockKriging
from spatial.interpolation.drift import Drift
from spatial.interpolation.predictand import KrigingOptions
from spatial.interpolation.simple_kriging import SimpleKriging
from spatial.interpolation.simulation import (
    SimulationRequest,
    prepare_simulation,
    realise,
)
from spatial.interpolation.simulation_surface import check_simulation_size
from spatial.interpolation.workflow import SurfaceRequest, build_surface, prepare

EPSG = 32631
OUTLINE = shapely.Polygon(
    [(500100, 5600100), (501900, 5600050), (501700, 5601400), (500900, 5600900), (500100, 5601300)]
)


@pytest.fixture
def columns(samples):
    places, values = samples
    return places[:, 0], places[:, 1], values


def request_of(**settings):
    told = {"cell_size": 50.0, "method": "simulation", "simulations": 20, "models": ("spherical",)}
    return SurfaceRequest(**(told | settings))


def test_bands_are_the_same_bits_whatever_the_processes(columns, inline):
    request = request_of(thresholds=(50.0, 100.0), block_size=400.0, seed=5, simulations=6)
    first = build_surface(*columns, request, EPSG, OUTLINE, inline)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as processes:
        other = build_surface(*columns, request, EPSG, OUTLINE, processes)
    assert first.card["array_sha256"] == other.card["array_sha256"]
    assert first.card["simulation"] == other.card["simulation"]
    assert list(first.bands) == ["median", "mean", *(f"realisation_{i}" for i in range(1, 7))]
    again = build_surface(*columns, request_of(seed=6, simulations=6), EPSG, OUTLINE, inline)
    assert not np.array_equal(
        again.bands["realisation_1"], first.bands["realisation_1"], equal_nan=True
    )


def test_outline_and_reach_are_respected(columns, inline):
    request = request_of(max_distance=120.0, simulations=3)
    result = build_surface(*columns, request, EPSG, OUTLINE, inline)
    centres, places = result.grid.cell_centres(), np.column_stack(columns[:2])
    distance = np.hypot(*(centres[:, None] - places[None]).transpose(2, 0, 1)).min(axis=1)
    inside = shapely.contains_xy(OUTLINE, centres[:, 0], centres[:, 1])
    expected = (inside & (distance <= 120.0)).reshape(result.grid.shape)
    assert 0 < expected.sum() < expected.size
    for band in result.bands.values():
        assert np.array_equal(~np.isnan(band), expected)


def test_median_mean_and_probability_are_those_of_the_bands(columns, inline):
    result = build_surface(*columns, request_of(), EPSG, None, inline)
    drawn = np.stack([result.bands[f"realisation_{i}"] for i in range(1, 21)]).astype(float)
    served = ~np.isnan(drawn[0])
    np.testing.assert_allclose(
        result.bands["median"][served], np.median(drawn[:, served], axis=0), rtol=1e-6
    )
    np.testing.assert_allclose(
        result.bands["mean"][served], drawn[:, served].mean(axis=0), rtol=1e-6
    )
    assert result.distribution == Realisations(20)
    share = result.distribution.probability(60.0).of(result.bands)
    np.testing.assert_array_equal(share[served], (drawn[:, served] > 60.0).mean(axis=0))


def test_realisations_have_the_distribution_of_kriging(columns, inline):
    """P(z > T) counted over 400 realisations is that of simple kriging with the same model."""
    request = request_of(simulations=400, mean=4.0, cell_size=200.0, neighbours=48)
    result = build_surface(*columns, request, EPSG, None, inline)
    model = prepare(*columns, request, EPSG)
    kriged = (
        SimpleKriging(model.fit.model, 4.0)
        .fit(model.places.coordinates, np.log(model.places.values))
        .predict(result.grid.cell_centres())
    )
    share = result.distribution.probability(60.0).of(result.bands).ravel()
    served = ~np.isnan(share)
    expected = ndtr((kriged.location - np.log(60.0)) / kriged.sigma)[served]
    error = result.distribution.sampling_error(60.0).of(result.bands).ravel()[served]
    z = (share[served] - expected) / error
    assert abs(z.mean()) < 0.5
    assert 0.7 < z.std() < 1.3


def test_the_card_counts_areas_and_blocks(columns, inline):
    request = request_of(thresholds=(50.0, 100.0), block_size=400.0)
    result = build_surface(*columns, request, EPSG, OUTLINE, inline)
    card = json.loads(json.dumps(result.card, allow_nan=False))
    told = card["simulation"]
    assert (told["realisations"], told["cross_validated"]) == (20, "ordinary_kriging")
    for area in told["areas"]:
        counted = sorted(
            2500.0 * np.count_nonzero(result.bands[f"realisation_{i}"] > area["threshold"])
            for i in range(1, 21)
        )
        assert area["areas_m2"] == counted
        assert area["quantiles_m2"]["p50"] == np.median(counted)
        for point in area["probabilities"]:
            assert point["probability"] == np.mean(np.array(counted) > point["area_m2"])
    block = told["blocks"]["blocks"][7]
    grid = result.grid
    row = round((grid.north - block["north"]) / 50.0)
    column = round((block["west"] - grid.west) / 50.0)
    assert row % 8 == column % 8 == 0
    means = [
        np.nanmean(result.bands[f"realisation_{i}"][row : row + 8, column : column + 8])
        for i in range(1, 21)
    ]
    assert block["mean"] == pytest.approx(np.mean(means), rel=1e-6)
    assert block["probability"]["50"] == np.mean(np.array(means) > 50.0)


def test_the_card_builds_the_surface_again(columns, inline):
    result = build_surface(*columns, request_of(simulations=3), EPSG, OUTLINE, inline)
    card = json.loads(json.dumps(result.card, allow_nan=False))
    asked = card["request"] | {"models": tuple(card["request"]["models"])}
    outline = shapely.from_wkt(card["outline"])
    again = build_surface(*columns, SurfaceRequest(**asked), EPSG, outline, inline)
    assert again.card["array_sha256"] == card["array_sha256"]
    assert card["family"] == "realisations"
    assert card["cross_validation"]["count"] == 90


def test_block_means_of_values_without_a_transform_are_those_of_block_kriging(columns, inline):
    """Linear: mean and spread of simulated block means against block kriging."""
    request = request_of(
        transform="none", simulations=150, block_size=200.0, mean=70.0, neighbours=40
    )
    part = shapely.box(500_400.0, 5_600_200.0, 501_600.0, 5_601_200.0)
    result = build_surface(*columns, request, EPSG, part, inline)
    found = block_means(result.grid, result.bands, 200.0)
    whole = found.cells == 16
    grid = result.grid
    columns_of = -(-grid.columns // 4)
    rows, cols = np.divmod(np.flatnonzero(whole), columns_of)
    centres = np.column_stack([grid.west + 200.0 * cols + 100.0, grid.north - 200.0 * rows - 100.0])
    model = prepare(*columns, request, EPSG)
    options = KrigingOptions(block=Block(200.0, 200.0, 4, True))
    kriged = (
        SimpleKriging(model.fit.model, 70.0, options)
        .fit(model.places.coordinates, model.places.values)
        .predict(centres)
    )
    # The mean of 16 cells holds a sixteenth of the nugget, the block of kriging none.
    variance = kriged.sigma**2 + model.fit.model.nugget / 16.0
    z = (found.expected()[whole] - kriged.location) / np.sqrt(variance / 150.0)
    assert whole.sum() > 20
    assert abs(z.mean()) < 1.0
    assert z.std() < 2.0
    ratio = found.means[:, whole].var(axis=0) / variance
    assert ratio.mean() == pytest.approx(1.0, abs=0.1)


def test_kriged_logarithms_of_meuse_blocks_are_low(reference, inline):
    """Blocks of 400 m: exp of the kriged block mean of ln zinc, beside simulated block means."""
    meuse = reference("kriging_meuse")
    columns = meuse["easting"], meuse["northing"], meuse["zinc"]
    request = SurfaceRequest(
        cell_size=40.0, method="simulation", simulations=60, models=("spherical",)
    )
    squares, centres = [], []
    for west in np.arange(178_400.0, 181_600.0, 400.0):
        for south in np.arange(329_600.0, 334_000.0, 400.0):
            inside = (
                (columns[0] >= west) & (columns[0] < west + 400.0)
                & (columns[1] >= south) & (columns[1] < south + 400.0)
            )  # fmt: skip
            if inside.sum() >= 5:
                squares.append(shapely.box(west, south, west + 400.0, south + 400.0))
                centres.append((west + 200.0, south + 200.0))
    result = build_surface(*columns, request, 28992, shapely.union_all(squares), inline)
    model = prepare(*columns, request, 28992)
    naive = np.exp(
        BlockKriging(model.fit.model, Block(400.0, 400.0, 10, True), Drift())
        .fit(model.places.coordinates, np.log(model.places.values))
        .predict(centres)
        .location
    )
    found = parcel_means(result.grid, result.bands, squares)
    share_low = 1.0 - naive / found.expected()
    assert len(squares) >= 10
    assert 0.07 <= np.median(share_low) <= 0.20
    # At the simulated median simulation says one half; kriging of logarithms says much less.
    half = found.quantile(0.5)
    told = np.array([found.probability(t)[i] for i, t in enumerate(half)])
    assert told == pytest.approx(0.5)


def test_too_much_is_refused_with_what_would_do(columns):
    bounds = Bounds(0.0, 0.0, 20_000.0, 20_000.0)
    request = SurfaceRequest(cell_size=10.0, method="simulation")
    with pytest.raises(GridTooLargeError, match=r"1\.6 GB.*or at most 62 realisations") as caught:
        check_simulation_size(bounds, request)
    assert caught.value.suggested_cell_size == 20.0
    check_simulation_size(bounds, SurfaceRequest(cell_size=20.0, method="simulation"))
    with pytest.raises(InvalidRequestError, match="at most 2,500"):
        check_simulation_size(
            bounds, SurfaceRequest(cell_size=20.0, method="simulation", block_size=200.0)
        )
    with pytest.raises(GridTooLargeError, match="GB of memory"):
        prepare(*columns, SurfaceRequest(cell_size=1.0, method="simulation"), EPSG)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"simulations": 1}, "simulations must be 2 or more"),
        ({"block_size": 75.0}, "multiple of the cell size"),
        ({"neighbours": None}, "needs a number of neighbours"),
        ({"filters_nugget": True}, "takes a number of neighbours only"),
        ({"method": "ordinary_kriging", "block_size": 100.0}, "belong to the method 'simulation'"),
    ],
)
def test_options_that_cannot_be_are_refused(settings, words):
    with pytest.raises(InvalidRequestError, match=words):
        request_of(**settings)


def test_stopping_stops(columns, inline):
    def stop(share):
        raise SpatialError(f"stopped at {share}")

    with pytest.raises(SpatialError, match=r"stopped at 0\.05"):
        build_surface(*columns, request_of(), EPSG, None, inline, stop)


def test_realisations_go_round_the_data_sets_completed_below_limits(columns, inline):
    """Each band is the realisation of its own completed data set, and no limit is exceeded."""
    values = columns[2]
    is_below = values < 40.0
    limits = np.where(is_below, 40.0, values)
    request = request_of(simulations=5, realisations=3, cell_size=100.0)
    told = {"is_censored": is_below}
    result = build_surface(*columns[:2], limits, request, EPSG, None, inline, **told)
    model = prepare(*columns[:2], limits, request, EPSG, **told)
    assert model.augmented is not None
    completed = model.augmented.completed
    assert completed.shape == (3, 90)
    assert (completed[:, model.places.is_censored] < np.log(40.0)).all()
    assert result.card["censoring"]["treatment"] == "augmentation"
    assert "go round" in result.card["censoring"]["pooling"]
    served = ~np.isnan(result.bands["median"])
    for number in range(5):
        alone = prepare_simulation(
            model.places.coordinates,
            completed[number % 3],
            model.fit.model,
            model.grid,
            SimulationRequest(32, None, 0),
            served,
        )
        expected = np.exp(realise(alone, number))
        found = result.bands[f"realisation_{number + 1}"]
        np.testing.assert_allclose(found[served], expected[served], rtol=1e-6)
