import numpy as np
import pytest

from spatial.errors import UnknownNameError, VariogramError
from spatial.interpolation.estimators import ESTIMATOR_NAMES, ESTIMATORS, get_estimator
from spatial.interpolation.variogram import automatic_lags, empirical_variogram
from spatial.interpolation.variogram_pairs import Direction


@pytest.fixture(scope="module")
def fields(samples, meuse):
    return {
        "samples": (samples[0], np.log(samples[1])),
        "meuse": (meuse["places"], np.log(meuse["zinc"])),
    }


def check_curves(places, values, expected, close, what):
    curves = sorted(
        set(zip(expected["estimator"], expected["azimuth"], expected["tolerance"], strict=True))
    )
    for estimator, azimuth, tolerance in curves:
        rows = (expected["estimator"] == estimator) & (expected["azimuth"] == azimuth)
        rows &= expected["tolerance"] == tolerance
        direction = None if azimuth < 0 else Direction(float(azimuth), float(tolerance))
        line = empirical_variogram(places, values, estimator=estimator, direction=direction)
        name = f"{what}, {estimator}, azimuth {azimuth}"
        assert line.pairs.tolist() == expected["np"][rows].astype(int).tolist(), name
        close(line.distance, expected["dist"][rows], 1e-9, f"{name}: distance")
        close(line.semivariance, expected["gamma"][rows], 1e-9, f"{name}: semivariance")
    return len(curves)


def of_set(table, name):
    return {key: column[table["set"] == name] for key, column in table.items()}


def test_robust_and_directional_variograms_equal_gstat(samples, reference, close):
    expected = of_set(reference("variograms_other"), "samples")
    assert check_curves(samples[0], np.log(samples[1]), expected, close, "synthetic") == 10


def test_robust_and_directional_variograms_equal_gstat_on_meuse(meuse, reference, close):
    expected = of_set(reference("variograms_other"), "meuse")
    assert check_curves(meuse["places"], np.log(meuse["zinc"]), expected, close, "Meuse") == 10


@pytest.mark.parametrize("estimator", ESTIMATOR_NAMES)
@pytest.mark.parametrize("direction", [None, Direction(20.0, 35.0)])
def test_estimators_equal_their_formulas(samples, estimator, direction):
    places, values = samples[0], samples[1]  # skewed on purpose
    first, second = np.triu_indices(len(values), 1)
    east, north = (places[second] - places[first]).T
    distance, gap = np.hypot(east, north), np.abs(values[second] - values[first])
    line = empirical_variogram(
        places, values, cutoff=800.0, lags=8, estimator=estimator, direction=direction
    )
    azimuth = np.degrees(np.arctan2(east, north)) % 180.0
    apart = np.abs((azimuth - 20.0 + 90.0) % 180.0 - 90.0)
    for lag in range(8):
        chosen = (distance > 100.0 * lag) & (distance <= 100.0 * (lag + 1))
        if direction is not None:
            chosen &= apart <= 35.0
        count, d = int(chosen.sum()), gap[chosen]
        expected = {
            "matheron": np.sum(d**2) / (2 * count),
            "cressie_hawkins": 0.5 * np.mean(np.sqrt(d)) ** 4 / (0.457 + 0.494 / count),
            "dowd": 0.5 * 2.198 * np.median(d) ** 2,
        }[estimator]
        assert line.pairs[lag] == count
        assert line.semivariance[lag] == pytest.approx(expected, rel=1e-12)


def test_estimators_agree_on_gaussian_noise_and_differ_with_outliers():
    rng = np.random.default_rng(4)
    places, values = rng.uniform(0, 100, (600, 2)), rng.normal(size=600)
    spoilt = values.copy()
    spoilt[:12] += 30.0
    clean, wrong = (
        {
            name: float(np.average(line.semivariance, weights=line.pairs))
            for name in ESTIMATORS
            for line in [empirical_variogram(places, numbers, estimator=name)]
        }
        for numbers in (values, spoilt)
    )
    for name in ESTIMATOR_NAMES:
        assert clean[name] == pytest.approx(1.0, abs=0.12), name
    assert wrong["matheron"] > 10.0
    assert wrong["cressie_hawkins"] < 2.0
    assert wrong["dowd"] < 1.2


@pytest.mark.parametrize("estimator", ESTIMATOR_NAMES)
def test_units_translation_and_order_change_nothing_they_should_not(samples, estimator):
    places, values = samples
    line = empirical_variogram(places, values, estimator=estimator)
    turned = np.random.default_rng(1).permutation(len(values))
    again = empirical_variogram(places[turned], values[turned], estimator=estimator)
    assert np.array_equal(line.semivariance, again.semivariance)
    moved = empirical_variogram(
        places + np.array([4096.0, -8192.0]), 1000 * values, estimator=estimator
    )
    np.testing.assert_allclose(moved.semivariance, 1e6 * line.semivariance, rtol=1e-9)
    angle = np.radians(30.0)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    reach = line.cutoff
    round_ = empirical_variogram(places @ turn, values, cutoff=reach, estimator=estimator)
    assert round_.pairs.tolist() == line.pairs.tolist()
    np.testing.assert_allclose(round_.semivariance, line.semivariance, rtol=1e-9)


def test_direction_turns_with_the_field(samples):
    places, values = samples
    angle = np.radians(40.0)
    clockwise = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    line = empirical_variogram(places, values, cutoff=700.0, direction=Direction(10.0, 20.0))
    turned = empirical_variogram(
        places @ clockwise, values, cutoff=700.0, direction=Direction(50.0, 20.0)
    )
    assert turned.pairs.tolist() == line.pairs.tolist()
    np.testing.assert_allclose(turned.semivariance, line.semivariance, rtol=1e-9)
    opposite = empirical_variogram(places, values, cutoff=700.0, direction=Direction(190.0, 20.0))
    np.testing.assert_allclose(opposite.semivariance, line.semivariance, rtol=1e-12)


def test_automatic_lags_follow_the_number_of_samples(samples):
    places, values = samples
    assert len(empirical_variogram(places, values, lags=None).pairs) == 15
    few = empirical_variogram(places[:20], values[:20], lags=None)
    assert few.lags == 5
    assert few.width == pytest.approx(few.cutoff / 5)
    assert automatic_lags(np.zeros((2_000, 2)), 1.0) == 15


def test_what_does_not_exist_is_refused():
    with pytest.raises(UnknownNameError, match="no variogram estimator called 'genton'"):
        get_estimator("genton")
    with pytest.raises(VariogramError, match="in that direction"):
        empirical_variogram([[0, 0], [10, 0]], [1.0, 2.0], cutoff=20.0, direction=Direction(0.0))
