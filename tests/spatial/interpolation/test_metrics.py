import numpy as np
import pytest

from spatial.arrays import as_coordinates
from spatial.errors import InvalidCoordinatesError, InvalidRequestError
from spatial.interpolation.block import Block
from spatial.interpolation.covariance import Structure, VariogramModel
from spatial.interpolation.drift import Drift
from spatial.interpolation.general_kriging import GeneralKriging
from spatial.interpolation.metrics import EARTH_RADIUS, Chord, GreatCircle, unit_vectors
from spatial.interpolation.neighbourhood import Neighbourhood
from spatial.interpolation.predictand import KrigingOptions

MODEL = VariogramModel.single("exponential", nugget=0.1, partial_sill=0.8, scale=3e6)
METRICS = [Chord(), GreatCircle()]


class Ellipsoid:
    """The distance R's sp and gstat use for longitude and latitude (Meeus), in kilometres."""

    is_planar = False

    def embed(self, coordinates):
        return as_coordinates(coordinates)

    def straight(self, distance):
        return distance

    def check(self, variogram):
        pass

    def between(self, first, second):
        first, second = np.broadcast_arrays(np.deg2rad(first), np.deg2rad(second))
        middle = 0.5 * (first[..., 1] + second[..., 1])
        apart = 0.5 * (first[..., 1] - second[..., 1])
        turn = 0.5 * (first[..., 0] - second[..., 0])
        s = np.sin(apart) ** 2 * np.cos(turn) ** 2 + np.cos(middle) ** 2 * np.sin(turn) ** 2
        c = np.cos(apart) ** 2 * np.cos(turn) ** 2 + np.sin(middle) ** 2 * np.sin(turn) ** 2
        with np.errstate(divide="ignore", invalid="ignore"):
            w = np.arctan(np.sqrt(s / c))
            r = np.sqrt(s * c) / w
            flat = (3 * r - 1) / (2 * c) * np.sin(middle) ** 2 * np.cos(apart) ** 2
            round_ = (3 * r + 1) / (2 * s) * np.cos(middle) ** 2 * np.sin(apart) ** 2
            distance = 2 * w * 6378.137 * (1 + (flat - round_) / 298.257223563)
        return np.where(s == 0.0, 0.0, distance)


def globe(count, seed):
    rng = np.random.default_rng(seed)
    return np.column_stack(
        [rng.uniform(-180, 180, count), np.rad2deg(np.arcsin(rng.uniform(-1, 1, count)))]
    )


def test_kriging_with_the_ellipsoids_distance_equals_gstat(reference, close):
    samples, table = reference("kriging_globe"), reference("kriged_globe")
    places = np.column_stack([samples["longitude"], samples["latitude"]])
    cells = np.column_stack([table["longitude"], table["latitude"]])
    model = VariogramModel.single("exponential", nugget=0.1, partial_sill=0.8, scale=3000.0)
    method = GeneralKriging(model, Drift(), options=KrigingOptions(metric=Ellipsoid()))
    predicted = method.fit(places, samples["value"]).predict(cells)
    close(predicted.location, table["pred"], 1e-9, "ellipsoid: prediction")
    close(predicted.sigma**2, table["var"], 1e-9, "ellipsoid: variance")


@pytest.mark.parametrize("metric", METRICS)
def test_kriging_on_the_sphere_equals_the_system_solved_as_it_stands(metric, close):
    places, cells = globe(40, 1), globe(15, 2)
    values = np.random.default_rng(3).normal(size=40)

    def distances(first, second):
        """Plain spherical trigonometry (haversine), without vectors."""
        (a, b), (c, d) = np.deg2rad(first).T, np.deg2rad(second).T
        half = np.sin(0.5 * (b[:, None] - d)) ** 2 + np.cos(b[:, None]) * np.cos(d) * (
            np.sin(0.5 * (a[:, None] - c)) ** 2
        )
        arc = 2 * np.arcsin(np.sqrt(half))
        return EARTH_RADIUS * (arc if isinstance(metric, GreatCircle) else 2 * np.sin(arc / 2))

    matrix = np.ones((41, 41))
    matrix[:40, :40], matrix[40, 40] = MODEL.covariance(distances(places, places)), 0.0
    right = np.ones((41, 15))
    right[:40] = MODEL.covariance(distances(places, cells))
    solution = np.linalg.solve(matrix, right)
    method = GeneralKriging(MODEL, Drift(), options=KrigingOptions(metric=metric))
    predicted = method.fit(places, values).predict(cells)
    close(predicted.location, values @ solution[:40], 1e-9, "sphere: prediction")
    variance = MODEL.sill - np.sum(solution * right, axis=0)
    close(predicted.sigma**2, variance, 1e-9, "sphere: variance")


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("rule", [Neighbourhood(), Neighbourhood(12), Neighbourhood(radius=4e6)])
def test_there_is_no_seam(metric, rule):
    places, values = globe(60, 4), np.random.default_rng(5).normal(size=60)
    options = KrigingOptions(rule, metric)
    method = GeneralKriging(MODEL, Drift(), options=options).fit(places, values)
    east, west = [[180.0, 12.0], [179.999999, -40.0]], [[-180.0, 12.0], [-179.999999, -40.0]]
    np.testing.assert_allclose(
        method.predict(east).location, method.predict(west).location, rtol=1e-6
    )
    assert method.predict(east).location[0] == method.predict(west).location[0]
    poles = method.predict([[0.0, 90.0], [123.0, 90.0], [-77.0, -90.0], [10.0, -90.0]]).location
    assert poles[0] == poles[1]
    assert poles[2] == poles[3]
    turned = np.column_stack([np.mod(places[:, 0] + 73.0 + 180.0, 360.0) - 180.0, places[:, 1]])
    cells = globe(20, 6)
    moved = np.column_stack([np.mod(cells[:, 0] + 73.0 + 180.0, 360.0) - 180.0, cells[:, 1]])
    again = GeneralKriging(MODEL, Drift(), options=options).fit(turned, values)
    np.testing.assert_allclose(
        again.predict(moved).location, method.predict(cells).location, rtol=1e-9
    )


def test_only_valid_models_are_accepted_along_great_circles():
    def model(name, smoothness=1.5):
        return VariogramModel(0.0, (Structure(name, 1.0, 2e6, smoothness),))

    for valid in (model("exponential"), model("spherical"), model("matern", 0.5)):
        GreatCircle().check(valid)
        places = GreatCircle().embed(globe(150, 7))
        covariances = valid.covariance(GreatCircle().between(places[:, None], places))
        assert np.linalg.eigvalsh(covariances).min() > -1e-10
    for invalid in (model("gaussian"), model("matern", 1.5)):
        method = GeneralKriging(invalid, Drift(), options=KrigingOptions(metric=GreatCircle()))
        with pytest.raises(InvalidRequestError, match="use chord distance"):
            method.fit(globe(9, 8), np.arange(9.0))
        Chord().check(invalid)


def test_what_needs_a_plane_is_refused():
    places, values = globe(30, 9), np.arange(30.0)
    for drift, options, sentence in (
        (Drift(1), KrigingOptions(metric=Chord()), "no trend on the sphere"),
        (Drift(), KrigingOptions(metric=Chord(), block=Block(9.0, 9.0)), "need a plane"),
        (Drift(), KrigingOptions(Neighbourhood(None, None, 1, 4, 2), Chord()), "on a plane"),
    ):
        method = GeneralKriging(MODEL, drift, options=options)
        with pytest.raises(InvalidRequestError, match=sentence):
            method.fit(places, values)
    with pytest.raises(InvalidCoordinatesError, match="1 of 2 places are not longitude"):
        unit_vectors([[5.0, 95.0], [0.0, 0.0]])
