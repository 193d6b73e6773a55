import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.errors import (
    InvalidCoordinatesError,
    InvalidRequestError,
    InvalidValuesError,
    SingularSystemError,
    TooFewPlacesError,
)
from spatial.interpolation import kriging
from spatial.interpolation.contract import MethodSettings
from spatial.interpolation.covariance import Structure, VariogramModel
from spatial.interpolation.kriging import OrdinaryKriging
from spatial.interpolation.transforms import NaturalLogarithm

MODELS = {
    "spherical": VariogramModel.single("spherical", nugget=0.05, partial_sill=0.55, scale=700.0),
    "exponential": VariogramModel.single(
        "exponential", nugget=0.02, partial_sill=0.60, scale=300.0
    ),
    "gaussian": VariogramModel.single("gaussian", nugget=0.05, partial_sill=0.50, scale=350.0),
    "matern15": VariogramModel(0.05, (Structure("matern", 0.50, 200.0, 1.5),)),
    "matern07": VariogramModel(0.05, (Structure("matern", 0.50, 200.0, 0.7),)),
    "nonugget": VariogramModel.single("spherical", nugget=0.0, partial_sill=0.60, scale=700.0),
}
MEUSE = VariogramModel.single("spherical", nugget=0.0507, partial_sill=0.5906, scale=896.97)


def plain_solution(model, places, values, cell):
    """The kriging system as the textbook writes it, solved as it stands."""
    n = len(values)
    matrix = np.zeros((n + 1, n + 1))
    distance = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    matrix[:n, :n] = model.covariance(distance)
    matrix[n, :n] = matrix[:n, n] = 1.0
    right = np.append(model.covariance(np.hypot(*(places - cell).T)), 1.0)
    solution = np.linalg.solve(matrix, right)
    weights, multiplier = solution[:n], solution[n]
    variance = model.sill - weights @ right[:n] - multiplier
    return weights @ values, variance, multiplier


@pytest.mark.parametrize("name", MODELS)
def test_kriging_equals_gstat(name, samples, reference, close):
    places, values = samples
    table = reference("kriged")
    rows = table["model"] == name
    targets = np.column_stack([table["easting"], table["northing"]])[rows]
    for column, neighbours in (("all", None), ("near", 12)):
        method = OrdinaryKriging(MODELS[name], neighbours).fit(places, np.log(values))
        predicted = method.predict(targets)
        what = f"{name}, {column} neighbours"
        close(predicted.location, table[f"{column}_pred"][rows], 1e-9, f"{what}: prediction")
        close(predicted.sigma**2, table[f"{column}_var"][rows], 1e-9, f"{what}: variance")


@pytest.mark.parametrize("name", ["spherical", "exponential", "matern15"])
def test_leave_one_out_equals_gstat(name, samples, reference, close):
    places, values = samples
    table = reference("left_out")
    rows = table["model"] == name
    for column, neighbours in (("all", None), ("near", 12)):
        method = OrdinaryKriging(MODELS[name], neighbours).fit(places, np.log(values))
        predicted = method.leave_one_out()
        what = f"leave-one-out, {name}, {column} neighbours"
        close(predicted.location, table[f"{column}_pred"][rows], 1e-9, f"{what}: prediction")
        close(predicted.sigma**2, table[f"{column}_var"][rows], 1e-9, f"{what}: variance")


def test_kriging_equals_gstat_on_meuse(meuse, gstat, close):
    expected = gstat("ref4_ok_logzinc_global")
    predicted = (
        OrdinaryKriging(MEUSE).fit(meuse["places"], np.log(meuse["zinc"])).predict(meuse["cells"])
    )
    close(predicted.location, expected["pred"], 1e-9, "Meuse ordinary kriging: prediction")
    close(predicted.sigma**2, expected["var"], 1e-9, "Meuse ordinary kriging: variance")


def test_leave_one_out_equals_gstat_on_meuse(meuse, gstat, close):
    expected = gstat("ref6_loocv_ok_logzinc_global")
    predicted = OrdinaryKriging(MEUSE).fit(meuse["places"], np.log(meuse["zinc"])).leave_one_out()
    close(predicted.location, expected["pred"], 1e-9, "Meuse leave-one-out: prediction")
    close(predicted.sigma**2, expected["var"], 1e-9, "Meuse leave-one-out: variance")
    zscore = (np.log(meuse["zinc"]) - predicted.location) / predicted.sigma
    close(zscore, expected["zscore"], 1e-9, "Meuse leave-one-out: standardised error")


@pytest.mark.parametrize("neighbours", [None, 8])
def test_lagrange_multiplier_is_that_of_the_covariance_system(neighbours, samples):
    places, values = samples[0][:20], np.log(samples[1][:20])
    model = MODELS["spherical"]
    cell = np.array([500700.0, 5600400.0])
    near = np.argsort(np.hypot(*(places - cell).T))[: neighbours or 20]
    expected = plain_solution(model, places[near], values[near], cell)
    predicted = OrdinaryKriging(model, neighbours).fit(places, values).predict([cell])
    found = (predicted.location[0], predicted.sigma[0] ** 2, predicted.lagrange_multiplier[0])
    np.testing.assert_allclose(found, expected, rtol=1e-11)


def test_leave_one_out_formula_equals_leaving_out(samples):
    places, values = samples[0][:25], np.log(samples[1][:25])
    model = MODELS["exponential"]
    fast = OrdinaryKriging(model).fit(places, values).leave_one_out()
    near = OrdinaryKriging(model, 24).fit(places, values).leave_one_out()
    for place in range(25):
        others = np.arange(25) != place
        expected = plain_solution(model, places[others], values[others], places[place])
        for way in (fast, near):
            found = (way.location[place], way.sigma[place] ** 2, way.lagrange_multiplier[place])
            np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("neighbours", [None, 12])
def test_a_datum_without_nugget_is_returned(neighbours, samples):
    places, values = samples
    method = OrdinaryKriging(MODELS["nonugget"], neighbours).fit(places, values)
    predicted = method.predict(places)
    np.testing.assert_allclose(predicted.location, values, rtol=1e-12)
    assert predicted.sigma.max() < 1e-6


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    east=st.integers(-400_000, 400_000),
    north=st.integers(-5_000_000, 5_000_000),
    quarter_turns=st.integers(0, 3),
)
def test_moving_and_turning_the_map_changes_nothing(seed, east, north, quarter_turns):
    rng = np.random.default_rng(seed)
    # Whole metres, so that moving the map rounds nothing.
    places = np.unique(rng.integers(0, 2000, (40, 2)), axis=0).astype(float)
    values, cells = rng.normal(size=len(places)), rng.integers(0, 2000, (10, 2)).astype(float)
    turn = np.linalg.matrix_power(np.array([[0.0, -1.0], [1.0, 0.0]]), quarter_turns)
    for neighbours in (None, len(places) - 1):
        method = OrdinaryKriging(MODELS["spherical"], neighbours)
        here = method.fit(places, values).predict(cells)
        there = method.fit(places @ turn + [east, north], values).predict(
            cells @ turn + [east, north]
        )
        if neighbours is None:
            np.testing.assert_allclose(there.location, here.location, rtol=0, atol=1e-10)
            np.testing.assert_allclose(there.sigma, here.sigma, rtol=0, atol=1e-7)
        else:
            # Of places equally far, another may be taken on the turned map.
            assert np.isfinite(there.location).all()


def test_order_of_samples_and_unit_of_values_do_not_matter(samples):
    places, values = samples
    turned = np.random.default_rng(5).permutation(len(values))
    cells = places[:30] + 13.7
    for neighbours in (None, 16):
        method = OrdinaryKriging(MODELS["spherical"], neighbours)
        first = method.fit(places, values).predict(cells)
        second = method.fit(places[turned], values[turned]).predict(cells)
        scaled = method.fit(places, 1000.0 * values + 5.0).predict(cells)
        np.testing.assert_allclose(second.location, first.location, rtol=1e-11)
        np.testing.assert_allclose(second.sigma, first.sigma, rtol=1e-11)
        np.testing.assert_allclose(scaled.location, 1000.0 * first.location + 5.0, rtol=1e-11)


@pytest.mark.parametrize("neighbours", [None, 16])
def test_a_place_gets_the_same_bits_whatever_is_asked_with_it(neighbours, samples):
    places, values = samples
    cells = np.random.default_rng(2).uniform([500000, 5600000], [501500, 5601500], (200, 2))
    method = OrdinaryKriging(MODELS["matern07"], neighbours).fit(places, values)
    whole = method.predict(cells)
    for start, stop in ((0, 1), (7, 50), (199, 200)):
        part = method.predict(cells[start:stop])
        for one, other in zip(part, whole, strict=True):
            assert np.array_equal(one, other[start:stop])


def test_known_field_is_found():
    """A field drawn from the model itself: errors are as large as the stated sigma."""
    rng = np.random.default_rng(11)
    model = VariogramModel.single("exponential", nugget=0.1, partial_sill=1.0, scale=150.0)
    places = rng.uniform(0, 1000, (700, 2))
    distance = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    field = 3.0 + np.linalg.cholesky(model.covariance(distance)) @ rng.normal(size=700)
    method = OrdinaryKriging(model, 32).fit(places[:400], field[:400])
    predicted = method.predict(places[400:])
    standardised = (predicted.location - field[400:]) / predicted.sigma
    assert abs(standardised.mean()) < 0.15
    assert standardised.std() == pytest.approx(1.0, abs=0.1)
    assert np.mean((predicted.location - field[400:]) ** 2) < 0.8 * field.var()


def test_mean_of_the_back_transform_is_the_average_of_unconditional_draws():
    """exp(ŷ + σ²/2 + μ) with the covariance convention's μ; other formulas miss by far more."""
    rng = np.random.default_rng(2026)
    model = VariogramModel.single("spherical", nugget=0.1, partial_sill=0.9, scale=300.0)
    places = rng.uniform(0, 400, (12, 2))
    cell = np.array([[430.0, 410.0]])
    every = np.vstack([places, cell])
    distance = np.hypot(*(every[:, None] - every[None]).transpose(2, 0, 1))
    draws = rng.normal(size=(400_000, 13)) @ np.linalg.cholesky(model.covariance(distance)).T + 1.0
    truth = np.exp(draws[:, 12]).mean()

    # The prediction is linear in the data: the weights are the predictions of unit vectors.
    weights = np.array(
        [OrdinaryKriging(model).fit(places, unit).predict(cell).location[0] for unit in np.eye(12)]
    )
    assert weights.sum() == pytest.approx(1.0)
    fitted = OrdinaryKriging(model).fit(places, draws[0, :12]).predict(cell)
    location = draws[:, :12] @ weights
    sigma, multiplier = fitted.sigma[0], fitted.lagrange_multiplier[0]
    mean = NaturalLogarithm().mean(location, np.full_like(location, sigma), multiplier).mean()
    assert mean / truth == pytest.approx(1.0, abs=0.01)
    assert abs(np.exp(location + sigma**2 / 2).mean() / truth - 1.0) > 0.03
    assert abs(np.exp(location + sigma**2 / 2 - multiplier).mean() / truth - 1.0) > 0.03


def test_bad_input_is_refused_with_a_sentence(samples, monkeypatch):
    places, values = samples
    model = MODELS["spherical"]
    with pytest.raises(InvalidValuesError, match=r"1 of 90 values are missing \(NaN\)"):
        OrdinaryKriging(model).fit(places, np.where(np.arange(90) == 3, np.nan, values))
    with pytest.raises(InvalidCoordinatesError, match="1 of 2 places"):
        OrdinaryKriging(model).fit([[0.0, np.inf], [1.0, 1.0]], [1.0, 2.0])
    with pytest.raises(InvalidCoordinatesError, match="pairs of easting and northing"):
        OrdinaryKriging(model).fit([1.0, 2.0], [1.0, 2.0])
    with pytest.raises(InvalidValuesError, match="one value per place"):
        OrdinaryKriging(model).fit(places, values[:5])
    with pytest.raises(TooFewPlacesError, match="at least two places"):
        OrdinaryKriging(model).fit(places[:1], values[:1])
    with pytest.raises(InvalidRequestError, match="at least one neighbour"):
        OrdinaryKriging(model, 0).fit(places, values)
    with pytest.raises(InvalidRequestError, match="needs a variogram"):
        kriging.from_settings(MethodSettings())
    monkeypatch.setattr(kriging, "MOST_PLACES_FROM_ALL", 50)
    with pytest.raises(InvalidRequestError, match="give a number of neighbours"):
        OrdinaryKriging(model).fit(places, values)


def test_singular_systems_are_refused(samples):
    twice = np.vstack([samples[0][:10], samples[0][:1]])
    values = np.arange(11.0)
    with pytest.raises(SingularSystemError, match="no stable solution"):
        OrdinaryKriging(MODELS["nonugget"]).fit(twice, values)
    with pytest.raises(SingularSystemError, match="no stable solution"):
        OrdinaryKriging(MODELS["nonugget"], 5).fit(twice, values).predict(twice)
    smooth = VariogramModel.single("gaussian", nugget=0.0, partial_sill=1.0, scale=5000.0)
    with pytest.raises(SingularSystemError, match="no stable solution"):
        OrdinaryKriging(smooth).fit(samples[0], samples[1])
