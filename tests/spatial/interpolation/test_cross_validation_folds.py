import numpy as np
import pytest

from spatial.errors import InvalidRequestError, TooFewPlacesError
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.cross_validation_folds import (
    Folds,
    block_folds,
    cross_validate,
    distances_to_remaining,
    random_folds,
    single_folds,
)
from spatial.interpolation.inverse_distance import InverseDistance
from spatial.interpolation.kriging import OrdinaryKriging
from spatial.interpolation.universal_kriging import UniversalKriging

MODEL = VariogramModel.single("spherical", nugget=0.05, partial_sill=0.55, scale=700.0)
METHODS = [OrdinaryKriging(MODEL), OrdinaryKriging(MODEL, 12), UniversalKriging(MODEL, 1)]


@pytest.mark.parametrize("method", [*METHODS, InverseDistance(neighbours=8)])
def test_single_folds_are_the_methods_own_leave_one_out(method, samples, close):
    places, values = samples
    found = cross_validate(method, places, values, single_folds(90))
    expected = method.fit(places, values).leave_one_out()
    close(found.location, expected.location, 1e-9, "left out: prediction")
    if method.family == "gaussian":
        close(found.sigma, expected.sigma, 1e-9, "left out: sigma")


def test_a_part_is_predicted_from_the_others_only(samples):
    places, values = samples
    folds = random_folds(places, 5, seed=3)
    method = OrdinaryKriging(MODEL)
    found = cross_validate(method, places, values, folds)
    assert not hasattr(method, "values_")
    out = folds.labels == 2
    expected = OrdinaryKriging(MODEL).fit(places[~out], values[~out]).predict(places[out])
    assert np.array_equal(found.location[out], expected.location)
    disturbed = cross_validate(method, places, np.where(out, 1e6, values), folds)
    assert np.array_equal(disturbed.location[out], found.location[out])


def test_random_folds_belong_to_places_not_to_rows(samples):
    places, _ = samples
    order = np.random.default_rng(0).permutation(90)
    here, there = random_folds(places, 7, seed=1), random_folds(places[order], 7, seed=1)
    assert np.array_equal(here.labels[order], there.labels)
    assert sorted(np.bincount(here.labels)) == [12, 13, 13, 13, 13, 13, 13]
    assert not np.array_equal(here.labels, random_folds(places, 7, seed=2).labels)


def test_blocks_are_squares_of_the_stated_side(samples):
    places, _ = samples
    folds = block_folds(places, 500.0)
    assert folds.scheme == "blocks of 500 m"
    assert np.array_equal(folds.labels, block_folds(places, 500.0).labels)
    for part in range(folds.count):
        assert np.ptp(places[folds.labels == part], axis=0).max() <= 500.0
    alone = distances_to_remaining(places, single_folds(90))
    blocked = distances_to_remaining(places, folds)
    assert (blocked >= alone).all()
    assert np.median(blocked) > 1.5 * np.median(alone)


def test_bad_folds_are_refused(samples):
    places, values = samples
    with pytest.raises(InvalidRequestError, match="cannot be dealt into 1 parts"):
        random_folds(places, 1)
    with pytest.raises(InvalidRequestError, match="holds every sample"):
        block_folds(places, 1e6)
    with pytest.raises(InvalidRequestError, match="more than 0 m"):
        block_folds(places, np.nan)
    with pytest.raises(InvalidRequestError, match="parts for 3"):
        cross_validate(InverseDistance(), places, values, single_folds(3))
    parts = Folds("one", np.array([0, 0, 1]))
    with pytest.raises(TooFewPlacesError, match="Fewer than two samples"):
        cross_validate(InverseDistance(), places[:3], values[:3], parts)
