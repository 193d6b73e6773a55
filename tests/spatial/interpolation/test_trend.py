"""Variograms of what remains beside a trend: those of gstat with a formula."""

import numpy as np
import pytest

from spatial.errors import (
    CollinearDriftError,
    InvalidRequestError,
    MissingCovariateError,
    TooFewPlacesError,
)
from spatial.grids import Grid
from spatial.interpolation.drift import Drift, GridTable, PlaceTable
from spatial.interpolation.duplicates import merge_colocated
from spatial.interpolation.measured_table import MeasuredTable
from spatial.interpolation.request import SurfaceRequest
from spatial.interpolation.trend import remove_trend
from spatial.interpolation.variogram import empirical_variogram
from spatial.interpolation.variogram_fitting import fit_model
from spatial.interpolation.workflow import build_surface

EPSG = 28992


@pytest.fixture
def river(reference):
    """The Meuse samples with sqrt(dist), and 78 cells of its grid that know theirs."""
    samples, cells = reference("kriging_meuse"), reference("kriged_residual")
    cell = 40.0
    west, north = cells["easting"].min() - 20.0, cells["northing"].max() + 20.0
    columns = round((cells["easting"].max() + 20.0 - west) / cell)
    rows = round((north - cells["northing"].min() + 20.0) / cell)
    grid = Grid(west, north, cell, columns, rows, EPSG)
    band = np.full(grid.shape, np.nan)
    row = np.floor((north - cells["northing"]) / cell).astype(int)
    column = np.floor((cells["easting"] - west) / cell).astype(int)
    band[row, column] = cells["cover"]
    table = MeasuredTable(
        samples["easting"],
        samples["northing"],
        {"cover": samples["cover"]},
        GridTable(grid, {"cover": band}),
    )
    return samples, cells, table


def _is_near(places, samples):
    offsets = places[:, None] - np.column_stack([samples["easting"], samples["northing"]])[None]
    return np.hypot(offsets[..., 0], offsets[..., 1]).min(axis=1) <= 150.0


@pytest.mark.parametrize(("case", "degree"), [("plane", 1), ("quadratic", 2), ("meuse", 0)])
def test_residual_variograms_equal_gstats(reference, river, close, case, degree):
    table = reference("variograms_residual")
    of_case = table["case"] == case
    if case == "meuse":
        samples, _, covariates = river
        values, drift = np.log(samples["zinc"]), Drift(0, covariates)
    else:
        samples = reference("samples")
        values, drift = np.log(samples["value"]), Drift(degree)
    places = merge_colocated(samples["easting"], samples["northing"], values)
    trend = remove_trend(places, drift)
    found = empirical_variogram(places.coordinates, trend.remainder.values)
    assert found.pairs.tolist() == table["np"][of_case].tolist()
    close(found.distance, table["dist"][of_case], 1e-9, "distances")
    close(found.semivariance, table["gamma"][of_case], 1e-9, "semivariances")
    if case == "meuse":
        [expected] = np.atleast_1d(reference("fit_residual")["scale"])
        fit = fit_model(found, "spherical").model
        close(fit.structures[0].scale, expected, 1e-5, "range of the fit")


def test_external_drift_from_samples_to_surface_is_gstats(river, inline, close):
    """Residual variogram, its fit and the kriging, end to end, from all samples."""
    samples, cells, table = river
    request = SurfaceRequest(
        cell_size=40.0,
        method="external_drift",
        neighbours=None,
        models=("spherical",),
        max_distance=150.0,
    )
    columns = samples["easting"], samples["northing"], samples["zinc"]
    result = build_surface(*columns, request, EPSG, None, inline, covariates=table)
    grid = result.grid
    row = np.floor((grid.north - cells["northing"]) / 40.0).astype(int)
    column = np.floor((cells["easting"] - grid.west) / 40.0).astype(int)
    near = ~np.isnan(result.bands["location"][row, column])
    where = np.column_stack([cells["easting"], cells["northing"]])
    assert near.tolist() == _is_near(where, samples).tolist()
    assert 40 < near.sum() < 78
    close(result.bands["location"][row, column][near], cells["pred"][near], 1e-5, "location")
    close(
        result.bands["sigma"][row, column][near] ** 2, cells["var"][near], 1e-4, "kriging variance"
    )
    card = result.card
    assert card["variogram"]["of"] == "what remains beside a trend by ordinary least squares"
    assert card["trend"]["covariates"] == ["cover"]
    assert card["trend"]["covariates_sha256"] == table.fingerprint
    assert card["cells"]["served"] == near.sum()
    # Cells near enough to a sample but without sqrt(dist), counted here one by one.
    all_near = _is_near(grid.cell_centres(), samples)
    assert card["cells"]["without_covariates"] == np.count_nonzero(all_near) - near.sum()


def test_the_sill_beside_a_trend_is_smaller(river, inline):
    samples, _, table = river
    columns = samples["easting"], samples["northing"], samples["zinc"]
    ordinary = build_surface(*columns, SurfaceRequest(cell_size=200.0), EPSG, None, inline).card
    request = SurfaceRequest(cell_size=200.0, method="external_drift")
    drift = build_surface(*columns, request, EPSG, None, inline, covariates=table).card
    assert ordinary["variogram"]["of"] == "the values"
    assert drift["variogram"]["fit"]["sill"] < 0.5 * ordinary["variogram"]["fit"]["sill"]
    assert 0.6 < drift["trend"]["r_squared"] < 0.8
    assert ordinary["fingerprint"] != drift["fingerprint"]


def test_universal_kriging_takes_the_plane_off(samples, inline):
    places, values = samples
    request = SurfaceRequest(cell_size=200.0, method="universal_kriging")
    card = build_surface(places[:, 0], places[:, 1], values, request, 32631, None, inline).card
    assert card["variogram"]["of"].startswith("what remains")
    assert (card["trend"]["degree"], card["trend"]["covariates"]) == (1, [])


def test_covariates_where_they_are_not_used_or_lacking_are_refused(samples, river, inline):
    places, values = samples
    columns = places[:, 0], places[:, 1], values
    _, _, table = river
    request = SurfaceRequest(cell_size=200.0, method="external_drift")
    with pytest.raises(InvalidRequestError, match="needs covariates, known at the samples"):
        build_surface(*columns, request, 32631, None, inline)
    with pytest.raises(InvalidRequestError, match="'ordinary_kriging' uses no covariates"):
        build_surface(
            *columns, SurfaceRequest(cell_size=200.0), 32631, None, inline, covariates=table
        )
    with pytest.raises(MissingCovariateError, match="missing at 90 of 90 samples"):
        build_surface(*columns, request, 32631, None, inline, covariates=table)
    with pytest.raises(InvalidRequestError, match="'nearest' has no polynomial trend"):
        SurfaceRequest(cell_size=1.0, method="nearest", drift_degree=1)


def test_parts_that_cannot_be_told_apart_are_refused(samples):
    places, values = samples
    merged = merge_colocated(places[:, 0], places[:, 1], values)
    table = PlaceTable(merged.coordinates, {"east": merged.coordinates[:, 0] * 2.0 + 1.0})
    with pytest.raises(CollinearDriftError, match="cannot tell the parts of the trend apart"):
        remove_trend(merged, Drift(1, table))
    few = merge_colocated(places[:6, 0], places[:6, 1], values[:6])
    with pytest.raises(TooFewPlacesError, match="6 parts needs samples from more places"):
        remove_trend(few, Drift(2))
