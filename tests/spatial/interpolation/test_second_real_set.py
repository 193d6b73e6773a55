"""The main methods on a second real set: ln copper of Colorado's soils against R's gstat."""

import numpy as np
import pytest

from spatial.interpolation.anisotropy import Anisotropy
from spatial.interpolation.covariance import Structure, VariogramModel
from spatial.interpolation.drift import Drift, PlaceTable
from spatial.interpolation.general_kriging import GeneralKriging
from spatial.interpolation.indicator_kriging import IndicatorKriging
from spatial.interpolation.inverse_distance import InverseDistance
from spatial.interpolation.kriging import OrdinaryKriging
from spatial.interpolation.neighbourhood import Neighbourhood
from spatial.interpolation.predictand import KrigingOptions
from spatial.interpolation.variogram import empirical_variogram
from spatial.interpolation.variogram_pairs import Direction
from tests.spatial.conftest import read_table
from tests.spatial.interpolation.test_general_kriging import TentBlock, near

MODEL = VariogramModel.single("exponential", nugget=0.15, partial_sill=0.2, scale=40_000.0)
SHARES = VariogramModel.single("exponential", nugget=0.1, partial_sill=0.15, scale=40_000.0)
STRETCHED = VariogramModel(
    0.15, (Structure("spherical", 0.2, 120_000.0),), anisotropy=Anisotropy(60.0, 0.5)
)


@pytest.fixture(scope="module")
def colorado(shared):
    """Places (m) and copper (mg/kg) of 960 sites."""
    table = read_table(shared / "data" / "colorado_ds520" / "colorado.csv")
    return np.column_stack([table["easting"], table["northing"]]), table["Cu"]


def _methods(everywhere, cover):
    drift = Drift(covariates=PlaceTable(everywhere, {"cover": cover}))
    block = KrigingOptions(Neighbourhood(12), block=TentBlock(10_000.0, 10_000.0))
    filtered = KrigingOptions(Neighbourhood(12), filters_nugget=True)
    quadrants = KrigingOptions(Neighbourhood(None, 60_000.0, 1, 4, 3))
    return {
        "ordinary_all": OrdinaryKriging(MODEL),
        "ordinary_12": OrdinaryKriging(MODEL, 12),
        "simple_12": GeneralKriging(MODEL, None, 2.7, near(12)),
        "linear_all": GeneralKriging(MODEL, Drift(1)),
        "linear_20": GeneralKriging(MODEL, Drift(1), options=near(20)),
        "external_all": GeneralKriging(MODEL, drift),
        "external_20": GeneralKriging(MODEL, drift, options=near(20)),
        "block_tent_12": GeneralKriging(MODEL, Drift(), options=block),
        "filtered_12": GeneralKriging(MODEL, Drift(), options=filtered),
        "quadrants_3": GeneralKriging(MODEL, Drift(), options=quadrants),
        "anisotropic_all": OrdinaryKriging(STRETCHED),
    }


def test_kriging_equals_gstat(colorado, reference, close):
    places, copper = colorado
    table = reference("colorado_kriged")
    rows = table["case"] == "ordinary_all"
    cells = np.column_stack([table["easting"], table["northing"]])[rows]
    everywhere = np.vstack([places, cells])
    east, north = (everywhere - [450_000.0, 4_300_000.0]).T
    cover = np.sin(east / 90_000.0) + 0.4 * np.cos(north / 70_000.0)
    for case, method in _methods(everywhere, cover).items():
        rows = table["case"] == case
        predicted = method.fit(places, np.log(copper)).predict(cells)
        close(predicted.location, table["pred"][rows], 1e-9, f"{case}: prediction")
        close(predicted.sigma**2, table["var"][rows], 1e-9, f"{case}: variance")


def test_baselines_and_indicators_equal_gstat(colorado, reference, close):
    places, copper = colorado
    table = reference("colorado_kriged")
    rows = table["case"] == "indicator_12"
    cells = np.column_stack([table["easting"], table["northing"]])[rows]
    kriging = IndicatorKriging([20.0], SHARES, near(12)).fit(places, copper)
    above = kriging.predict_probabilities(cells).probability.ravel()
    # gstat's share may leave 0 to 1, which is corrected here.
    close(1.0 - above, np.clip(table["pred"][rows], 0.0, 1.0), 1e-9, "indicator")
    rows = table["case"] == "inverse_distance_12"
    weighted = InverseDistance(2.0, 12).fit(places, copper).predict(cells)
    close(weighted.location, table["pred"][rows], 1e-9, "inverse distance")


@pytest.mark.parametrize("neighbours", [None, 12])
def test_leave_one_out_equals_gstat(neighbours, colorado, reference, close):
    places, copper = colorado
    table = reference("colorado_left_out")
    rows = table["case"].astype(str) == str(neighbours or "all")
    which = table["sample"][rows].astype(int) - 1
    told = OrdinaryKriging(MODEL, neighbours).fit(places, np.log(copper)).leave_one_out()
    close(told.location[which], table["pred"][rows], 1e-9, "prediction")
    close(told.sigma[which] ** 2, table["var"][rows], 1e-9, "variance")


@pytest.mark.parametrize(
    ("case", "settings"),
    [
        ("matheron", {}),
        ("cressie_hawkins", {"estimator": "cressie_hawkins"}),
        ("direction_30", {"direction": Direction(30.0, 22.5)}),
    ],
)
def test_variograms_equal_gstat(case, settings, colorado, reference, close):
    places, copper = colorado
    table = reference("colorado_variograms")
    rows = table["case"] == case
    found = empirical_variogram(places, np.log(copper), cutoff=200_000.0, lags=10, **settings)
    assert found.pairs.tolist() == table["np"][rows].astype(int).tolist()
    close(found.distance, table["dist"][rows], 1e-9, f"{case}: distance")
    close(found.semivariance, table["gamma"][rows], 1e-9, f"{case}: semivariance")
