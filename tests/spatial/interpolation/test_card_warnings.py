"""A reader is told where a finished surface cannot be believed."""

import numpy as np
import pytest

from spatial.interpolation.card_warnings import BEYOND, band_warnings
from spatial.interpolation.contract import Prediction
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.kriging import OrdinaryKriging
from spatial.interpolation.transforms import get_transform
from spatial.interpolation.workflow import SurfaceRequest, _bands, prepare


@pytest.fixture
def model(samples):
    places, values = samples
    return prepare(places[:, 0], places[:, 1], values, SurfaceRequest(cell_size=50.0), 32631)


def bands_of(model, median, mean):
    location = np.zeros(3, np.float32)
    whole = {"median": median, "mean": mean, "location": location, "sigma": location}
    return {name: np.asarray(band, np.float32) for name, band in whole.items()}


def test_believable_surface_has_nothing_to_say(model):
    usual = np.full(3, np.median(model.places.values))
    assert band_warnings(model, bands_of(model, usual, usual)) == []


def test_medians_far_above_every_sample_are_told(model):
    largest = float(model.places.values.max())
    wild = np.array([largest, BEYOND * largest * 1.01, BEYOND * largest * 5])
    [told] = band_warnings(model, bands_of(model, wild, wild))
    assert told.startswith(f"In 2 cells the median is more than {BEYOND} times the largest sample")


def test_means_that_no_band_can_hold_are_missing_and_told(model):
    usual = np.full(3, np.median(model.places.values))
    lost = np.array([usual[0], np.nan, np.nan])
    assert band_warnings(model, bands_of(model, usual, lost)) == [
        "In 2 cells the mean is too large to state; it is missing."
    ]


def test_bands_hold_no_infinity():
    location = np.array([1.0, 80.0, 120.0, 800.0])
    prediction = Prediction(location, np.full(4, 5.0), np.zeros(4))
    variogram = VariogramModel.single("spherical", nugget=0.0, partial_sill=1.0, scale=1.0)
    bands = _bands(prediction, OrdinaryKriging(variogram), get_transform("ln"))
    with np.errstate(over="raise"):
        held = {name: band.astype(np.float32) for name, band in bands.items()}
    assert all(not np.isinf(band).any() for band in held.values())
    assert np.isnan(held["median"]).tolist() == [False, False, True, True]
    assert np.isnan(held["mean"]).tolist() == [False, True, True, True]
    assert not np.isnan(held["location"]).any()
