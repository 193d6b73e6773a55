import numpy as np
import pytest

from spatial.errors import TooFewPlacesError
from spatial.interpolation.cross_validation_folds import cross_validate, single_folds
from spatial.interpolation.nearest import NearestSample


def test_nearest_sample_is_what_all_distances_say(samples):
    places, values = samples
    cells = np.random.default_rng(4).uniform([499900, 5599900], [502100, 5601600], (200, 2))
    distance = np.hypot(*(cells[:, None] - places[None]).transpose(2, 0, 1))
    predicted = NearestSample().fit(places, values).predict(cells)
    assert np.array_equal(predicted.location, values[np.argmin(distance, axis=1)])
    assert np.isnan(predicted.sigma).all()


def test_left_out_samples_have_the_value_of_their_neighbour(samples):
    places, values = samples
    method = NearestSample()
    expected = cross_validate(method, places, values, single_folds(90)).location
    assert np.array_equal(method.fit(places, values).leave_one_out().location, expected)


def test_ties_do_not_depend_on_the_order_of_samples():
    east, north = np.meshgrid(np.arange(6.0), np.arange(5.0))
    places = np.column_stack([east.ravel(), north.ravel()])
    values, cells = np.arange(30.0), places[:-7] + 0.5
    order = np.random.default_rng(3).permutation(30)
    here = NearestSample().fit(places, values).predict(cells)
    there = NearestSample().fit(places[order], values[order]).predict(cells)
    assert np.array_equal(here.location, there.location)


def test_one_sample_is_refused():
    with pytest.raises(TooFewPlacesError, match="at least two"):
        NearestSample().fit([[0.0, 0.0]], [1.0])
