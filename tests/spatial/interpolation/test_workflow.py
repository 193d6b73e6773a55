import functools
import json
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
import shapely

from spatial.arrays import array_sha256
from spatial.errors import (
    ConstantValuesError,
    GridError,
    GridTooLargeError,
    InvalidCoordinatesError,
    InvalidRequestError,
    InvalidValuesError,
    SpatialError,
    TooFewPlacesError,
    TransformDomainError,
    UnknownNameError,
)
from spatial.grids import Grid
from spatial.interpolation import fast_variogram, variogram_choice
from spatial.interpolation.card_variogram import describe_variogram
from spatial.interpolation.workflow import (
    SurfaceRequest,
    build_surface,
    predict_tile,
    prepare,
)

EPSG = 32631
OUTLINE = shapely.Polygon(
    [(500100, 5600100), (501900, 5600050), (501700, 5601400), (500900, 5600900), (500100, 5601300)]
)


@pytest.fixture
def columns(samples):
    places, values = samples
    return places[:, 0], places[:, 1], values


@pytest.mark.parametrize("neighbours", [16, None])
def test_bands_are_the_same_bits_whatever_the_executor_and_the_tiles(columns, inline, neighbours):
    def build(executor, tile_size):
        request = SurfaceRequest(cell_size=20.0, tile_size=tile_size, neighbours=neighbours)
        return build_surface(*columns, request, EPSG, OUTLINE, executor)

    first = build(inline, 256)
    context = multiprocessing.get_context("spawn")
    with ThreadPoolExecutor(3) as threads, ProcessPoolExecutor(2, mp_context=context) as processes:
        others = [build(inline, 7), build(threads, 16), build(processes, 40)]
    for other in others:
        for name, band in first.bands.items():
            assert np.array_equal(band, other.bands[name], equal_nan=True), name
        assert other.card["array_sha256"] == first.card["array_sha256"]
    assert first.card["array_sha256"] == array_sha256(first.bands)


def test_order_of_samples_does_not_change_a_bit(columns, inline):
    turned = np.random.default_rng(6).permutation(len(columns[2]))
    request = SurfaceRequest(cell_size=50.0)
    first = build_surface(*columns, request, EPSG, None, inline)
    second = build_surface(*(column[turned] for column in columns), request, EPSG, None, inline)
    assert first.card["array_sha256"] == second.card["array_sha256"]
    assert first.card["inputs"]["sha256"] == second.card["inputs"]["sha256"]
    assert first.card["fingerprint"] == second.card["fingerprint"]


def test_cells_far_from_samples_or_outside_the_outline_are_missing(columns, inline):
    request = SurfaceRequest(cell_size=20.0, max_distance=120.0)
    result = build_surface(*columns, request, EPSG, OUTLINE, inline)
    centres = result.grid.cell_centres()
    places = np.column_stack(columns[:2])
    distance = np.hypot(*(centres[:, None] - places[None]).transpose(2, 0, 1)).min(axis=1)
    inside = shapely.contains_xy(OUTLINE, centres[:, 0], centres[:, 1])
    expected = (inside & (distance <= 120.0)).reshape(result.grid.shape)
    assert expected.any()
    assert not expected.all()
    for band in result.bands.values():
        assert np.array_equal(~np.isnan(band), expected)
    assert result.card["cells"] == {
        "all": expected.size,
        "served": int(expected.sum()),
        "without_covariates": 0,
    }


def test_the_practical_range_limits_a_surface(columns):
    model = prepare(*columns, SurfaceRequest(cell_size=50.0), EPSG)
    assert model.max_distance == model.fit.model.range_
    tile = predict_tile(model, model.grid, model.grid.whole())
    centres = model.grid.cell_centres()
    places = np.column_stack(columns[:2])
    distance = np.hypot(*(centres[:, None] - places[None]).transpose(2, 0, 1)).min(axis=1)
    far = (distance > model.max_distance).reshape(model.grid.shape)
    assert np.array_equal(np.isnan(tile["median"]), far)


def test_bands_of_the_families(columns, inline):
    request = SurfaceRequest(cell_size=60.0)
    kriged = build_surface(*columns, request, EPSG, OUTLINE, inline)
    assert list(kriged.bands) == ["median", "mean", "location", "sigma"]
    assert all(band.dtype == np.float32 for band in kriged.bands.values())
    np.testing.assert_allclose(kriged.bands["median"], np.exp(kriged.bands["location"]), rtol=1e-5)
    request = SurfaceRequest(cell_size=60.0, method="inverse_distance")
    weighted = build_surface(*columns, request, EPSG, OUTLINE, inline)
    assert list(weighted.bands) == ["value"]
    assert weighted.card["transform"]["name"] == "none"
    assert weighted.card["sigma_includes_nugget"] is None
    assert any("no probability of exceedance" in words for words in weighted.card["warnings"])
    model = prepare(*columns, request, EPSG)
    assert model.distribution.band_names == ("value",)


def test_card_is_json_and_enough_to_build_again(columns, inline):
    request = SurfaceRequest(cell_size=50.0, models=("spherical", "exponential"), seed=3)
    result = build_surface(*columns, request, EPSG, OUTLINE, inline)
    card = json.loads(json.dumps(result.card, allow_nan=False))
    assert card["support"] == "point"
    assert card["inputs"]["samples"] == card["inputs"]["places"] == 90
    assert card["variogram"]["fit"] == card["candidates"][0]["fit"]
    assert len(card["variogram"]["points"]) == 15
    assert set(card["cross_validation"]["coverage"]) == {"0.50", "0.80", "0.90", "0.95"}
    assert card["seed"] == 3
    assert set(card["versions"]) >= {"python", "numpy", "scipy", "numba"}
    assert card["grid"]["epsg"] == EPSG
    again = SurfaceRequest(**card["request"] | {"models": tuple(card["request"]["models"])})
    assert again == request
    outline = shapely.from_wkt(card["outline"])
    rebuilt = build_surface(*columns, again, card["grid"]["epsg"], outline, inline)
    assert rebuilt.card["array_sha256"] == card["array_sha256"]


def test_model_can_be_sent_and_used_on_another_grid(columns):
    model = prepare(*columns, SurfaceRequest(cell_size=50.0), EPSG)
    sent = pickle.loads(pickle.dumps(model))  # noqa: S301 - our own bytes
    assert sent.fingerprint == model.fingerprint
    other = Grid(500000.0, 5601000.0, 25.0, 4, 4, EPSG)
    tile = predict_tile(sent, other, other.whole())
    assert tile["median"].shape == (4, 4)
    assert np.isfinite(tile["median"]).all()


def test_two_models_at_once_do_not_mix(columns, inline):
    one = prepare(*columns, SurfaceRequest(cell_size=50.0), EPSG)
    scaled = (columns[0], columns[1], 10.0 * columns[2])
    two = prepare(*scaled, SurfaceRequest(cell_size=50.0), EPSG)
    tile = one.grid.whole()
    for _ in range(2):
        first, second = predict_tile(one, one.grid, tile), predict_tile(two, one.grid, tile)
        served = np.isfinite(first["median"]) & np.isfinite(second["median"])
        ratio = second["median"][served] / first["median"][served]
        assert ratio.min() == pytest.approx(10.0, rel=1e-4)


def test_progress_ends_at_one_and_can_stop_the_work(columns, inline):
    seen = []
    request = SurfaceRequest(cell_size=50.0, tile_size=10)
    build_surface(*columns, request, EPSG, OUTLINE, inline, seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0

    def stop(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), ThreadPoolExecutor(1) as threads:
        build_surface(*columns, request, EPSG, OUTLINE, threads, stop)


def test_colocated_samples_are_merged_and_reported(columns, inline):
    eastings, northings, values = (np.append(column, column[:2]) for column in columns)
    values[-2:] *= 2.0
    request = SurfaceRequest(cell_size=100.0)
    card = build_surface(eastings, northings, values, request, EPSG, None, inline).card
    assert card["inputs"]["samples"] == 92
    assert card["inputs"]["places"] == 90
    assert card["inputs"]["merged_places"] == 2
    assert any(words.startswith("2 places had more than one sample") for words in card["warnings"])


def test_few_places_and_no_structure_are_said(columns):
    few = prepare(*(column[:20] for column in columns), SurfaceRequest(cell_size=100.0), EPSG)
    assert any(words.startswith("Only 20 places") for words in few.warnings)
    rng = np.random.default_rng(12)
    eastings, northings = rng.uniform(0, 2000, (2, 300)) + np.array([[500000], [5600000]])
    noise = np.exp(rng.normal(size=300))
    model = prepare(eastings, northings, noise, SurfaceRequest(cell_size=100.0), EPSG)
    assert any("No spatial structure" in words for words in model.warnings), model.fit
    trend = np.exp((eastings - 500000) / 500)
    model = prepare(eastings, northings, trend, SurfaceRequest(cell_size=500.0), EPSG)
    assert any("does not level off" in words for words in model.warnings), model.fit


def test_very_many_places_are_sampled_for_the_variogram(columns, monkeypatch):
    monkeypatch.setattr(variogram_choice, "MOST_VARIOGRAM_PLACES", 60)
    sampled = functools.partial(fast_variogram.sampled_variogram, most_pairs=1500)
    monkeypatch.setattr(variogram_choice, "sampled_variogram", sampled)
    for estimator in ("matheron", "dowd"):
        request = SurfaceRequest(cell_size=100.0, models=("spherical",), estimator=estimator)
        first, again = (prepare(*columns, request, EPSG) for _ in range(2))
        assert first.fit == again.fit
        assert first.empirical.pairs.sum() < 60 * 59 / 2
        assert 30 < first.empirical.compared <= 80
        points = describe_variogram(first.empirical, first.fit, "ln", "values")["points"]
        assert (points[0]["standard_error"] is not None) == (estimator == "matheron")


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda e, n, v: (e[:9], n[:9], v[:9]), TooFewPlacesError, "at least 10 .* there are 9"),
        (lambda e, n, v: (e[:0], n[:0], v[:0]), TooFewPlacesError, "there are 0"),
        (lambda e, n, v: (e, n, v * 0 + 5), ConstantValuesError, "same value .5."),
        (lambda e, n, v: (e, n, -v), TransformDomainError, "90 of 90 values are zero or negative"),
        (lambda e, n, v: (e, n, v * np.nan), InvalidValuesError, "90 of 90 values are missing"),
        (lambda e, n, v: (e, n, v * np.inf), InvalidValuesError, "infinite"),
        (lambda e, n, v: (e, n * np.nan, v), InvalidCoordinatesError, "90 of 90 places"),
        (lambda e, n, v: (e / 1e5, n / 1e5, v), InvalidCoordinatesError, "look like degrees"),
        (
            lambda e, n, v: (n / 1e5, e / 1e5 + 100, v),
            InvalidCoordinatesError,
            "look like degrees",
        ),
    ],
    ids=[
        "few",
        "none",
        "constant",
        "negative",
        "nan",
        "infinite",
        "no place",
        "degrees",
        "exchanged",
    ],
)
def test_bad_samples_are_refused_with_a_sentence(columns, change, error, words):
    with pytest.raises(error, match=words) as refusal:
        prepare(*change(*columns), SurfaceRequest(cell_size=50.0), EPSG)
    assert isinstance(refusal.value, SpatialError)
    assert str(refusal.value).endswith((".", "?"))


def test_bad_systems_outlines_and_sizes_are_refused(columns):
    request = SurfaceRequest(cell_size=50.0)
    with pytest.raises(InvalidCoordinatesError, match="EPSG:4326 is not a projected"):
        prepare(*columns, request, 4326)
    with pytest.raises(InvalidCoordinatesError, match="EPSG:999999 is not known"):
        prepare(*columns, request, 999999)
    with pytest.raises(GridError, match=r"farther than .* from every sample"):
        prepare(*columns, request, EPSG, shapely.box(0, 0, 10, 10))
    with pytest.raises(GridError, match="empty or not a valid polygon"):
        prepare(*columns, request, EPSG, shapely.Polygon())
    with pytest.raises(GridTooLargeError, match="Choose cells of") as refusal:
        prepare(*columns, SurfaceRequest(cell_size=0.001), EPSG)
    suggested = SurfaceRequest(cell_size=refusal.value.suggested_cell_size)
    assert prepare(*columns, suggested, EPSG).grid.cell_count <= suggested.max_cells


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"cell_size": -1.0}, InvalidRequestError, "cell size must be more than 0 m"),
        ({"method": "spline"}, UnknownNameError, "no method of interpolation called 'spline'"),
        ({"transform": "sqrt"}, UnknownNameError, "no transform called 'sqrt'"),
        ({"models": ("cubic",)}, UnknownNameError, "no covariance model called 'cubic'"),
        ({"models": ()}, InvalidRequestError, "At least one covariance model"),
        ({"neighbours": 0}, InvalidRequestError, "neighbours must be 1 or more"),
        ({"lags": 2}, InvalidRequestError, "lags must be 3 or more"),
        ({"tile_size": 0}, InvalidRequestError, "tile_size must be 1 or more"),
        ({"power": 0.0}, InvalidRequestError, "power of inverse distance must be more than 0;"),
        ({"cutoff": float("nan")}, InvalidRequestError, "cutoff must be more than 0 m"),
        ({"max_distance": 0.0}, InvalidRequestError, "largest distance to a sample"),
    ],
)
def test_impossible_requests_are_refused(settings, error, words):
    with pytest.raises(error, match=words):
        SurfaceRequest(**{"cell_size": 40.0} | settings)


def test_zinc_of_meuse_is_high_along_the_river(meuse, inline):
    """Within 100 m of the Meuse (column dist near 0) zinc is known to be several times higher."""
    request = SurfaceRequest(cell_size=40.0)
    model = prepare(meuse["x"], meuse["y"], meuse["zinc"], request, 28992)
    assert not model.warnings
    assert 700.0 < model.fit.model.range_ < 1200.0
    tile = predict_tile(model, model.grid, model.grid.whole())
    column = ((meuse["cells"][:, 0] - model.grid.west) // 40.0).astype(int)
    row = ((model.grid.north - meuse["cells"][:, 1]) // 40.0).astype(int)
    assert np.isfinite(tile["median"][row, column]).all()
    near = tile["median"][row, column]
    from_river = np.hypot(
        *(meuse["cells"][:, None] - meuse["places"][None]).transpose(2, 0, 1)
    ).argmin(axis=1)
    is_near = meuse["dist"][from_river] < 0.05
    assert np.median(near[is_near]) > 2.5 * np.median(near[meuse["dist"][from_river] > 0.3])
