import numpy as np
import pytest

from spatial.errors import InvalidRequestError
from spatial.interpolation.anisotropy import Anisotropy
from spatial.interpolation.covariance import Structure, VariogramModel
from spatial.interpolation.kriging import OrdinaryKriging

MODELS = {
    "spherical": VariogramModel(0.05, (Structure("spherical", 0.55, 700.0),), Anisotropy(30, 0.4)),
    "nested": VariogramModel(
        0.03,
        (Structure("exponential", 0.35, 300.0), Structure("spherical", 0.2, 500.0)),
        Anisotropy(120, 0.25),
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_semivariances_equal_gstat(reference, close, name):
    table = reference("semivariances_anisotropic")
    rows = table["model"] == name
    apart = np.column_stack([table["east"][rows], table["north"][rows]]).astype(float)
    distance = np.hypot(*MODELS[name].isotropic(apart).T)
    expected = table["semivariance"][rows]
    close(MODELS[name].semivariance(distance), expected, 1e-12, f"{name} at separations")
    azimuth = np.degrees(np.arctan2(*apart.T))
    other = MODELS[name].anisotropy.distance(np.hypot(*apart.T), azimuth)
    np.testing.assert_allclose(other, distance, rtol=1e-12)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("kind", "neighbours"), [("all", None), ("near", 12)])
def test_kriging_equals_gstat(samples, reference, close, name, kind, neighbours):
    table = reference("kriged_anisotropic")
    rows = table["model"] == name
    targets = np.column_stack([table["easting"][rows], table["northing"][rows]]).astype(float)
    fitted = OrdinaryKriging(MODELS[name], neighbours).fit(samples[0], np.log(samples[1]))
    found = fitted.predict(targets)
    close(found.location, table[f"{kind}_pred"][rows], 1e-9, f"{name}, {kind}: location")
    close(found.sigma**2, table[f"{kind}_var"][rows], 1e-9, f"{name}, {kind}: variance")


def test_leave_one_out_equals_gstat(samples, reference, close):
    table = reference("left_out_anisotropic")
    found = OrdinaryKriging(MODELS["spherical"]).fit(samples[0], np.log(samples[1])).leave_one_out()
    close(found.location, table["pred"], 1e-9, "left out: location")
    close(found.sigma**2, table["var"], 1e-9, "left out: variance")


def test_turning_field_and_azimuth_together_changes_nothing(samples):
    places, values = samples[0] - samples[0].mean(axis=0), np.log(samples[1])
    cells = np.array([[10.0, 20.0], [-333.0, 150.0], places[3]])
    angle = np.radians(25.0)
    clockwise = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    first = OrdinaryKriging(MODELS["spherical"]).fit(places, values).predict(cells)
    parts = MODELS["spherical"].structures
    turned = VariogramModel(0.05, parts, Anisotropy(55.0, 0.4))
    second = OrdinaryKriging(turned).fit(places @ clockwise, values).predict(cells @ clockwise)
    np.testing.assert_allclose(second.location, first.location, rtol=1e-9)
    np.testing.assert_allclose(second.sigma, first.sigma, atol=1e-7)


def test_a_ratio_of_one_is_no_anisotropy_and_none_keeps_the_array():
    places = np.random.default_rng(0).uniform(0, 1e6, (30, 2))
    apart = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    turned = Anisotropy(77.0, 1.0).isotropic(places)
    again = np.hypot(*(turned[:, None] - turned[None]).transpose(2, 0, 1))
    np.testing.assert_allclose(again, apart, atol=1e-8)
    plain = VariogramModel.single("spherical", nugget=0.0, partial_sill=1.0, scale=1.0)
    assert plain.isotropic(places) is places


def test_impossible_ellipses_are_refused():
    for ratio in (0.0, 1.01, float("nan")):
        with pytest.raises(InvalidRequestError, match="ratio of an anisotropy"):
            Anisotropy(0.0, ratio)
    with pytest.raises(InvalidRequestError, match="azimuth of an anisotropy"):
        Anisotropy(float("inf"), 0.5)
