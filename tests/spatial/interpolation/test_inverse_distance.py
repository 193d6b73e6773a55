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
    for column, neighbours in (("idw_all", None), ("idw_nmax12", 12)):
        method = InverseDistance(2.0, neighbours).fit(meuse["places"], meuse["zinc"])
        close(
            method.predict(meuse["cells"]).location,
            expected[column],
            1e-9,
            f"Meuse inverse distance, {column}",
        )


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
