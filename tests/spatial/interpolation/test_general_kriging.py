"""Every kind of kriging against R's gstat, on synthetic samples and on Meuse."""

import numpy as np
import pytest

from spatial.errors import (
    CollinearDriftError,
    InvalidRequestError,
    InvalidValuesError,
    MissingCovariateError,
    SingularSystemError,
    TooFewPlacesError,
)
from spatial.interpolation import general_kriging
from spatial.interpolation.anisotropy import Anisotropy
from spatial.interpolation.block import Block
from spatial.interpolation.covariance import Structure, VariogramModel
from spatial.interpolation.drift import Drift, PlaceTable
from spatial.interpolation.general_kriging import GeneralKriging
from spatial.interpolation.kriging import OrdinaryKriging
from spatial.interpolation.neighbourhood import Neighbourhood
from spatial.interpolation.predictand import KrigingOptions

MODELS = {
    "spherical": VariogramModel.single("spherical", nugget=0.05, partial_sill=0.55, scale=700.0),
    "matern15": VariogramModel(0.05, (Structure("matern", 0.50, 200.0, 1.5),)),
    "nested": VariogramModel(
        0.05, (Structure("spherical", 0.3, 800.0), Structure("exponential", 0.3, 90.0))
    ),
}
MEUSE = VariogramModel.single("spherical", nugget=0.0507, partial_sill=0.5906, scale=896.97)


class TentBlock(Block):
    """Weights that single precision holds exactly, because gstat keeps a block's weights in it."""

    def discretised(self):
        nodes, shares = np.array([-0.75, -0.25, 0.25, 0.75]), np.array([1.0, 3.0, 3.0, 1.0]) / 8.0
        east, north = np.meshgrid(nodes * self.width / 2, nodes * self.height / 2)
        return np.column_stack([east.ravel(), north.ravel()]), np.outer(shares, shares).ravel()


def near(count):
    return KrigingOptions(Neighbourhood(count))


def cases(covariates, errors, size):
    """Every case of make_reference_kriging.R: the drift and the options."""
    far, block, tent = 7.0 * size, Block(size, size), TentBlock(size, size)
    cover = Drift(covariates=covariates["cover"])
    both = Drift(covariates=covariates["both"])
    measured = {"measurement_variance": errors}
    return {
        "simple_all": (None, KrigingOptions()),
        "simple_12": (None, near(12)),
        "linear_all": (Drift(1), KrigingOptions()),
        "linear_20": (Drift(1), near(20)),
        "quadratic_all": (Drift(2), KrigingOptions()),
        "quadratic_25": (Drift(2), near(25)),
        "external_all": (cover, KrigingOptions()),
        "external_20": (cover, near(20)),
        "external_two_all": (both, KrigingOptions()),
        "block_gauss_all": (Drift(), KrigingOptions(block=block)),
        "block_gauss_9": (Drift(), KrigingOptions(Neighbourhood(9), block=block)),
        "block_tent_all": (Drift(), KrigingOptions(block=tent)),
        "block_tent_12": (Drift(), KrigingOptions(Neighbourhood(12), block=tent)),
        "block_tent_linear_all": (Drift(1), KrigingOptions(block=tent)),
        "block_tent_simple_all": (None, KrigingOptions(block=tent)),
        "block_regular_all": (Drift(), KrigingOptions(block=Block(80.0, 80.0, 4, True))),
        "filtered_all": (Drift(), KrigingOptions(filters_nugget=True)),
        "filtered_12": (Drift(), KrigingOptions(Neighbourhood(12), filters_nugget=True)),
        "filtered_linear_all": (Drift(1), KrigingOptions(filters_nugget=True)),
        "within": (Drift(), KrigingOptions(Neighbourhood(radius=far / 2))),
        "within_12": (Drift(), KrigingOptions(Neighbourhood(12, far / 2))),
        "within_least_4": (Drift(), KrigingOptions(Neighbourhood(12, far / 2, 4))),
        "quadrants_2": (Drift(), KrigingOptions(Neighbourhood(None, 3 * far, 1, 4, 2))),
        "measured_ordinary_all": (Drift(), KrigingOptions(**measured)),
        "measured_ordinary_12": (Drift(), KrigingOptions(Neighbourhood(12), **measured)),
        "measured_linear_all": (Drift(1), KrigingOptions(**measured)),
    }


def check_case(fitted, places, expected, close, what):
    predicted = fitted.predict(places)
    missing = np.isnan(expected["pred"])
    assert np.array_equal(np.isnan(predicted.location), missing), what
    # gstat rounds its weights of Gauss and Legendre to single precision.
    allowed = 2e-7 if "gauss" in what else 1e-9
    close(predicted.location[~missing], expected["pred"][~missing], allowed, f"{what}: prediction")
    close(predicted.sigma[~missing] ** 2, expected["var"][~missing], allowed, f"{what}: variance")
    return int(missing.sum())


@pytest.fixture(scope="module")
def field(reference):
    """Places, ln values, targets, covariates and measurement variances of the synthetic set."""
    samples, targets = reference("kriging_samples"), reference("kriging_targets")
    places = np.column_stack([samples["easting"], samples["northing"]])
    cells = np.column_stack([targets["easting"], targets["northing"]])
    everywhere, first = np.unique(np.vstack([places, cells]), axis=0, return_index=True)
    cover = np.append(samples["cover"], targets["cover"])[first]
    covariates = {
        "cover": PlaceTable(everywhere, {"cover": cover}),
        "both": PlaceTable(everywhere, {"cover": cover, "e": everywhere[:, 0]}),
    }
    errors = PlaceTable(places, {"variance": samples["error_variance"]})
    return places, np.log(samples["value"]), cells, covariates, errors


@pytest.mark.parametrize("name", MODELS)
def test_kriging_equals_gstat(name, field, reference, close):
    places, values, cells, covariates, errors = field
    table = reference("kriged_family")
    missing = 0
    for case, (drift, options) in cases(covariates, errors, 80.0).items():
        rows = (table["model"] == name) & (table["case"] == case)
        assert rows.sum() == len(cells), case
        expected = {"pred": table["pred"][rows], "var": table["var"][rows]}
        method = GeneralKriging(MODELS[name], drift, 4.3, options).fit(places, values)
        missing += check_case(method, cells, expected, close, f"{name}, {case}")
    assert missing > 0


def test_kriging_equals_gstat_on_meuse(reference, close):
    samples, table = reference("kriging_meuse"), reference("kriged_family_meuse")
    places = np.column_stack([samples["easting"], samples["northing"]])
    rows = table["case"] == "simple_all"
    cells = np.column_stack([table["easting"], table["northing"]])[rows]
    everywhere = np.vstack([places, cells])
    cover = np.append(samples["cover"], table["cover"][rows])
    covariates = {
        "cover": PlaceTable(everywhere, {"cover": cover}),
        "both": PlaceTable(everywhere, {"cover": cover, "e": everywhere[:, 0]}),
    }
    done = 0
    for case, (drift, options) in cases(covariates, 0.0, 40.0).items():
        if case.startswith("measured") or case == "block_regular_all":
            continue
        chosen = table["case"] == case
        expected = {"pred": table["pred"][chosen], "var": table["var"][chosen]}
        method = GeneralKriging(MEUSE, drift, 5.9, options).fit(places, np.log(samples["zinc"]))
        check_case(method, cells, expected, close, f"Meuse, {case}")
        done += 1
    assert done == 22


RULES = {
    "all": KrigingOptions(),
    "nearest": near(16),
    "sectors": KrigingOptions(Neighbourhood(sectors=8, per_sector=2)),
    "within": KrigingOptions(Neighbourhood(20, radius=500.0)),
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("degree", [0, 1, 2])
def test_a_place_gets_the_same_bits_whatever_is_asked_with_it(rule, degree, samples):
    places, values = samples
    cells = np.random.default_rng(2).uniform([500000, 5600000], [501500, 5601500], (70, 2))
    method = GeneralKriging(MODELS["matern15"], Drift(degree), options=RULES[rule])
    whole = method.fit(places, values).predict(cells)
    for start, stop in ((0, 1), (7, 50), (69, 70)):
        part = method.predict(cells[start:stop])
        for one, other in zip(part, whole, strict=True):
            assert np.array_equal(one, other[start:stop], equal_nan=True)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("degree", [0, 1, 2])
def test_translation_rotation_units_and_order_change_nothing(rule, degree, samples):
    places, values = samples
    rng = np.random.default_rng(degree)
    cells, order = places[:25] + 31.7, rng.permutation(len(values))
    method = GeneralKriging(MODELS["spherical"], Drift(degree), options=RULES[rule])
    here = method.fit(places, values).predict(cells)
    assert np.isfinite(here.location).all()

    shuffled = method.fit(places[order], values[order]).predict(cells)
    np.testing.assert_allclose(shuffled.location, here.location, rtol=1e-9)
    np.testing.assert_allclose(shuffled.sigma, here.sigma, rtol=1e-9)

    scaled = method.fit(places, 1000.0 * values + 5.0).predict(cells)
    np.testing.assert_allclose(scaled.location, 1000.0 * here.location + 5.0, rtol=1e-9)

    # A quarter turn maps sectors onto sectors; any other turn does so for rules without them.
    angle = np.pi / 2 if rule == "sectors" else 0.7
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    origin = places.mean(axis=0)
    moved = method.fit((places - origin) @ turn + [1e5, -3e4], values).predict(
        (cells - origin) @ turn + [1e5, -3e4]
    )
    np.testing.assert_allclose(moved.location, here.location, rtol=1e-7)
    np.testing.assert_allclose(moved.sigma, here.sigma, rtol=1e-7)


@pytest.mark.parametrize("rule", ["all", "nearest"])
@pytest.mark.parametrize("degree", [None, 0, 1, 2])
def test_a_sample_gives_its_own_place_its_value(rule, degree, samples):
    places, values = samples
    drift = None if degree is None else Drift(degree)
    fitted = GeneralKriging(MODELS["spherical"], drift, 50.0, RULES[rule]).fit(places, values)
    predicted = fitted.predict(places)
    np.testing.assert_allclose(predicted.location, values, rtol=1e-9)
    assert predicted.sigma.max() < 1e-6


@pytest.mark.parametrize("rule", ["all", "nearest"])
def test_a_constant_trend_is_ordinary_kriging(rule, samples, close):
    places, values = samples
    cells = places[:40] + 17.3
    options = RULES[rule]
    general = GeneralKriging(MODELS["nested"], Drift(), options=options).fit(places, values)
    ordinary = OrdinaryKriging(MODELS["nested"], options.neighbourhood.neighbours)
    ordinary.fit(places, values)
    for asked in (lambda method: method.predict(cells), lambda method: method.leave_one_out()):
        for one, other in zip(asked(general), asked(ordinary), strict=True):
            close(one, other, 1e-9, "general against ordinary kriging")


@pytest.mark.parametrize("rule", ["all", "nearest"])
@pytest.mark.parametrize("degree", [None, 0, 1, 2])
def test_leave_one_out_is_what_fitting_without_the_sample_says(rule, degree, field, close):
    places, values, _, covariates, errors = field
    drift = None if degree is None else Drift(degree, covariates["cover"])
    rules = RULES[rule]
    options = KrigingOptions(rules.neighbourhood, measurement_variance=errors)
    left_out = GeneralKriging(MODELS["spherical"], drift, 4.0, options).fit(places, values)
    found = left_out.leave_one_out()
    variances = errors.at(places)[:, 0]
    for sample in (0, 33, 89):
        others = np.arange(len(values)) != sample
        alone = GeneralKriging(MODELS["spherical"], drift, 4.0, options)
        expected = alone.fit(places[others], values[others]).predict(places[[sample]])
        close(found.location[sample], expected.location[0], 1e-9, "left out: prediction")
        close(
            found.sigma[sample] ** 2,
            expected.sigma[0] ** 2 + variances[sample],
            1e-9,
            "left out: variance",
        )
        close(
            found.lagrange_multiplier[sample],
            expected.lagrange_multiplier[0],
            1e-7,
            "left out: multiplier",
        )


def test_multiplier_gives_the_variance_of_the_prediction(field):
    """Var ŷ = λᵀCλ = C₀₀ − σ² − 2μ, with the weights found from unit vectors."""
    places, _, cells, covariates, _ = field
    model, drift = MODELS["spherical"], Drift(1, covariates["cover"])
    units = np.eye(len(places))
    weights = np.array(
        [GeneralKriging(model, drift).fit(places, unit).predict(cells).location for unit in units]
    )
    fitted = GeneralKriging(model, drift).fit(places, units[0]).predict(cells)
    distance = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    expected = np.einsum("ic,ij,jc->c", weights, model.covariance(distance), weights)
    found = model.sill - fitted.sigma**2 - 2.0 * fitted.lagrange_multiplier
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_anisotropy_turns_and_stretches(samples, close):
    places, values = samples
    model = VariogramModel(
        0.05, (Structure("spherical", 0.5, 700.0),), Anisotropy(azimuth=30.0, ratio=0.4)
    )
    isotropic = VariogramModel(model.nugget, model.structures)
    cells = places[:20] + 21.0
    turned = GeneralKriging(model, Drift()).fit(places, values).predict(cells)
    plain = GeneralKriging(isotropic, Drift()).fit(model.isotropic(places), values)
    expected = plain.predict(model.isotropic(cells))
    close(turned.location, expected.location, 1e-9, "anisotropic prediction")
    close(turned.sigma, expected.sigma, 1e-9, "anisotropic sigma")


def test_cells_with_too_few_neighbours_are_missing(samples):
    places, values = samples
    options = KrigingOptions(Neighbourhood(radius=150.0, minimum=3))
    fitted = GeneralKriging(MODELS["spherical"], Drift(), options=options).fit(places, values)
    cells = np.vstack([places[:60], [[9e5, 9e6]]])
    near_by = (np.hypot(*(cells[:, None] - places[None]).transpose(2, 0, 1)) <= 150.0).sum(axis=1)
    predicted = fitted.predict(cells)
    assert np.array_equal(np.isnan(predicted.location), near_by < 3)
    assert np.array_equal(np.isnan(predicted.sigma), near_by < 3)
    assert 0 < (near_by < 3).sum() < len(cells)


def test_cells_without_covariates_are_refused_or_skipped(field):
    places, values, cells, covariates, _ = field
    outside = np.vstack([cells[:2], [[500001.0, 5600001.0]]])
    method = GeneralKriging(MODELS["spherical"], Drift(covariates=covariates["cover"]))
    with pytest.raises(MissingCovariateError, match="'cover' is missing at 1 of 3 cells"):
        method.fit(places, values).predict(outside)
    skipping = Drift(covariates=covariates["cover"], skips_uncovered=True)
    predicted = GeneralKriging(MODELS["spherical"], skipping).fit(places, values).predict(outside)
    assert np.isnan(predicted.location).tolist() == [False, False, True]
    with pytest.raises(MissingCovariateError, match="missing at 1 of 90 samples"):
        method.fit(np.vstack([places[:89], outside[2:]]), values)


def test_trends_that_cannot_be_told_apart_are_refused(samples):
    places, values = samples
    model = MODELS["spherical"]
    same = PlaceTable(places, {"soil": np.full(90, 3.0)})
    with pytest.raises(CollinearDriftError, match="'soil' is the same at every sample"):
        GeneralKriging(model, Drift(covariates=same)).fit(places, values)
    twice = PlaceTable(places, {"clay": values, "loam": 3.0 - 2.0 * values})
    with pytest.raises(CollinearDriftError, match="cannot be told apart"):
        GeneralKriging(model, Drift(covariates=twice)).fit(places, values)
    line = np.column_stack([np.arange(90.0), 2.0 * np.arange(90.0)])
    with pytest.raises(CollinearDriftError, match="a polynomial of the coordinates"):
        GeneralKriging(model, Drift(1)).fit(line, values)
    with pytest.raises(CollinearDriftError, match="among the neighbours of 90 places"):
        GeneralKriging(model, Drift(1), options=near(8)).fit(line, values).predict(line)
    alone = PlaceTable(places, {"fill": (np.arange(90) == 4).astype(float)})
    fitted = GeneralKriging(model, Drift(covariates=alone)).fit(places, values)
    with pytest.raises(CollinearDriftError, match="rests on one sample alone"):
        fitted.leave_one_out()


def test_singular_systems_are_refused(samples):
    model = VariogramModel.single("spherical", nugget=0.0, partial_sill=1.0, scale=500.0)
    twice, values = np.vstack([samples[0][:10], samples[0][:1]]), np.arange(11.0)
    with pytest.raises(SingularSystemError, match="no stable solution"):
        GeneralKriging(model, Drift()).fit(twice, values)
    with pytest.raises(SingularSystemError, match="no stable solution"):
        GeneralKriging(model, Drift(), options=near(5)).fit(twice, values).predict(twice)
    # Errors of measurement make two samples at one place solvable: their mean is between them.
    measured = KrigingOptions(measurement_variance=0.2)
    both = GeneralKriging(model, Drift(), options=measured).fit(twice, values)
    assert 0.0 < both.predict(twice[:1]).location[0] < 10.0


def test_bad_requests_are_refused_with_a_sentence(samples, monkeypatch):
    places, values = samples
    model = MODELS["spherical"]
    with pytest.raises(TooFewPlacesError, match="at least 7"):
        GeneralKriging(model, Drift(2)).fit(places[:6], values[:6])
    with pytest.raises(InvalidRequestError, match="degree of a polynomial drift is 0, 1 or 2"):
        Drift(3)
    with pytest.raises(InvalidRequestError, match="known mean must be a finite number"):
        GeneralKriging(model, None, np.nan).fit(places, values)
    with pytest.raises(InvalidRequestError, match="no place could be predicted"):
        Neighbourhood(neighbours=3, minimum=4)
    with pytest.raises(InvalidRequestError, match="1, 4 or 8 sectors"):
        Neighbourhood(sectors=6)
    with pytest.raises(InvalidRequestError, match="radius must be more than 0"):
        Neighbourhood(radius=-1.0)
    with pytest.raises(InvalidRequestError, match="at least one neighbour"):
        Neighbourhood(0)
    with pytest.raises(InvalidRequestError, match="sides of a block"):
        Block(0.0, 10.0)
    with pytest.raises(InvalidRequestError, match="points per side"):
        Block(10.0, 10.0, points=0)
    errors = PlaceTable(places, {"v": np.where(np.arange(90) == 2, -1.0, 0.1)})
    wrong = GeneralKriging(model, Drift(), options=KrigingOptions(measurement_variance=errors))
    with pytest.raises(InvalidValuesError, match="1 of 90 variances of measurement"):
        wrong.fit(places, values)
    flat = VariogramModel.single("spherical", nugget=1.0, partial_sill=0.0, scale=10.0)
    empty = GeneralKriging(flat, Drift(), options=KrigingOptions(filters_nugget=True))
    with pytest.raises(InvalidRequestError, match="nugget alone"):
        empty.fit(places, values)
    with pytest.raises(InvalidValuesError, match="more than once"):
        PlaceTable(np.zeros((2, 2)), {"v": [1.0, 2.0]})
    monkeypatch.setattr(general_kriging, "MOST_PLACES_FROM_ALL", 50)
    with pytest.raises(InvalidRequestError, match="give a number of neighbours"):
        GeneralKriging(model, Drift()).fit(places, values)
