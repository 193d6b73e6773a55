import numpy as np
import pytest

from spatial.errors import InvalidRequestError, TooFewPlacesError
from spatial.interpolation.inverse_distance import InverseDistance


def test_inverse_distance_equals_gstat(samples, reference, close):
    places, values = samples
    table = reference("inverse_distance")
    targets = np.column_stack([table["easting"], table["northing"]])
    for column, power, neighbours in (("all_2", 2, None), ("near_2", 2, 12), ("all_3", 3, None)):
        predicted = InverseDistance(power, neighbours).fit(places, values).predict(targets)
        close(predicted.location, table[column], 1e-9, f"inverse distance {column}")
        assert np.isnan(predicted.sigma).all()
        assert np.isnan(predicted.lagrange_multiplier).all()


def test_inverse_distance_equals_gstat_on_meuse(meuse, gstat, close):
    expected = gstat("ref1_idw_zinc")
    method = InverseDistance(2.0).fit(meuse["places"], meuse["zinc"])
    predicted = method.predict(meuse["cells"]).location
    close(predicted, expected["idw_all"], 1e-9, "Meuse inverse distance, all")
    predicted = InverseDistance(2.0, 12).fit(meuse["places"], meuse["zinc"]).predict(meuse["cells"])
    location, theirs = predicted.location, expected["idw_nmax12"].copy()
    # One cell has its 12th and 13th nearest sample equally far. Ours takes the one that comes first
    # among the samples, as stated; gstat has no stated rule and takes the other.
    tied = 1742
    square = ((meuse["places"] - meuse["cells"][tied]) ** 2).sum(axis=1)
    ranked = np.argsort(square, kind="stable")
    assert square[ranked[11]] == square[ranked[12]]
    for chosen, found in ((ranked[11], location[tied]), (ranked[12], theirs[tied])):
        near = np.append(ranked[:11], chosen)
        mean = np.average(meuse["zinc"][near], weights=1.0 / square[near])
        assert found == pytest.approx(mean, rel=1e-12)
    theirs[tied] = location[tied]
    close(location, theirs, 1e-9, "Meuse inverse distance, 12 nearest")


@pytest.mark.parametrize("neighbours", [None, 7, 500])
def test_leave_one_out_equals_leaving_out(neighbours, samples):
    places, values = samples[0][:20], samples[1][:20]
    found = InverseDistance(2.0, neighbours).fit(places, values).leave_one_out().location
    for place in range(20):
        others = np.arange(20) != place
        method = InverseDistance(2.0, neighbours).fit(places[others], values[others])
        assert found[place] == pytest.approx(method.predict(places[[place]]).location[0])


def test_stays_within_the_values_and_returns_a_datum(samples):
    places, values = samples
    method = InverseDistance().fit(places, values)
    predicted = method.predict(places + 31.0).location
    assert predicted.min() >= values.min()
    assert predicted.max() <= values.max()
    assert np.array_equal(method.predict(places).location, values)


def test_bad_settings_are_refused(samples):
    with pytest.raises(InvalidRequestError, match="power must be more than 0"):
        InverseDistance(0.0).fit(*samples)
    with pytest.raises(InvalidRequestError, match="at least one neighbour"):
        InverseDistance(2.0, 0).fit(*samples)
    with pytest.raises(TooFewPlacesError, match="at least two places"):
        InverseDistance().fit([[0, 0]], [1.0])
