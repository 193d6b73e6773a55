import numpy as np
import pytest

from spatial.errors import UnknownNameError, VariogramError
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.variogram import EmpiricalVariogram, empirical_variogram, fit_variogram

NAMES = {"Sph": "spherical", "Exp": "exponential", "Gau": "gaussian", "Mat": "matern"}


def check_points(line, expected, close, what):
    assert line.pairs.tolist() == expected["np"].astype(int).tolist(), f"{what}: pairs by lag"
    close(line.distance, expected["dist"], 1e-9, f"{what}: mean distance by lag")
    close(line.semivariance, expected["gamma"], 1e-9, f"{what}: semivariance by lag")


def test_empirical_variogram_equals_gstat(samples, reference, close):
    places, values = samples
    line = empirical_variogram(places, np.log(values))
    check_points(line, reference("variogram"), close, "gstat defaults")
    other = empirical_variogram(places, np.log(values), cutoff=900.0, lags=15)
    check_points(other, reference("variogram_900_60"), close, "cutoff 900 m, width 60 m")


def test_empirical_variogram_equals_gstat_on_meuse(meuse, gstat, close):
    line = empirical_variogram(meuse["places"], np.log(meuse["zinc"]))
    check_points(line, gstat("ref2_variogram_logzinc_default"), close, "Meuse ln zinc")


def test_fit_equals_gstat(samples, reference, close):
    places, values = samples
    line = empirical_variogram(places, np.log(values))
    fits = reference("fits")
    for row, short in enumerate(fits["model"]):
        fit = fit_variogram(line, NAMES[short])
        part = fit.model.structures[0]
        assert fit.weighted_squares <= fits["squares"][row] * (1 + 1e-9), (
            f"{short}: gstat fits better"
        )
        if short == "Gau":
            # gstat stops in a worse minimum here whatever it starts from; ours must be clearly
            # better under gstat's own criterion, evaluated at gstat's own answer.
            theirs = VariogramModel.single(
                "gaussian",
                nugget=fits["nugget"][row],
                partial_sill=fits["psill"][row],
                scale=fits["scale"][row],
            )
            residual = line.semivariance - theirs.semivariance(line.distance)
            squares = np.sum(line.pairs / line.distance**2 * residual**2)
            close(squares, fits["squares"][row], 1e-9, "gstat's criterion")
            assert fit.weighted_squares < 0.99 * squares
            continue
        close(
            [fit.model.nugget, part.partial_sill, part.scale],
            [fits["nugget"][row], fits["psill"][row], fits["scale"][row]],
            1e-4,
            f"{short}: nugget, partial sill, scale",
        )


def test_fit_equals_gstat_on_meuse(meuse, gstat, reference, close):
    given, settled = gstat("ref3_fit_variogram"), reference("meuse_fits")
    names = ("nugget", "psill", "range", "SSErr")
    for row, short in enumerate(given["model"]):
        curve = given["variogram"][row]
        cutoff = None if curve == "default" else 1500.0
        line = empirical_variogram(meuse["places"], np.log(meuse["zinc"]), cutoff=cutoff)
        fit = fit_variogram(line, NAMES[short])
        part = fit.model.structures[0]
        found = [fit.model.nugget, part.partial_sill, part.scale, fit.weighted_squares]
        what = f"Meuse {curve} {short}: nugget, partial sill, scale, squares"
        close(found, [settled[name][row] for name in names], 1e-6, f"{what} (gstat settled)")
        assert fit.weighted_squares <= given["SSErr"][row] * (1 + 1e-12), f"{what}: gstat is better"
        theirs = VariogramModel.single(
            NAMES[short],
            nugget=given["nugget"][row],
            partial_sill=given["psill"][row],
            scale=given["range"][row],
        )
        ours = fit.model.semivariance(line.distance)
        close(ours, theirs.semivariance(line.distance), 1e-4, f"{what}: fitted curve")
        # In the last row gstat stopped before the minimum (squares 1.7e-7 above it); started again
        # from there it arrives where we are, which the settled figures above show to 1e-6.
        if (curve, short) != ("cutoff1500_width100", "Exp"):
            close(found, [given[name][row] for name in names], 1e-4, what)


def test_fit_finds_the_truth_for_every_model():
    lag = np.linspace(20.0, 600.0, 15)
    for name in NAMES.values():
        truth = VariogramModel.single(name, nugget=0.2, partial_sill=0.8, scale=150.0)
        points = EmpiricalVariogram(np.full(15, 100), lag, truth.semivariance(lag), 600.0)
        fitted = fit_variogram(points, name).model
        assert fitted.nugget == pytest.approx(0.2, rel=1e-5), name
        assert fitted.structures[0].scale == pytest.approx(150.0, rel=1e-5), name


def test_order_of_samples_does_not_matter(samples):
    places, values = samples
    turned = np.random.default_rng(1).permutation(len(values))
    first = empirical_variogram(places, values)
    second = empirical_variogram(places[turned], values[turned])
    assert np.array_equal(first.semivariance, second.semivariance)


def test_fit_of_noise_is_nearly_all_nugget_or_short():
    rng = np.random.default_rng(7)
    places, values = rng.uniform(0, 1000, (400, 2)), rng.normal(size=400)
    line = empirical_variogram(places, values)
    model = fit_variogram(line, "spherical").model
    assert model.nugget_share > 0.9 or model.range_ < 1.5 * line.distance[0]


def test_unbounded_variogram_is_said_to_be_so():
    lag = np.linspace(10.0, 150.0, 15)
    line = EmpiricalVariogram(np.full(15, 50), lag, 0.01 * lag**1.5, 150.0)
    assert fit_variogram(line, "spherical").is_range_at_limit


def test_lag_intervals_are_closed_on_the_right():
    line = empirical_variogram([[0, 0], [10, 0], [30, 0]], [0.0, 2.0, 0.0], cutoff=30.0, lags=3)
    assert line.pairs.tolist() == [1, 1, 1]
    assert line.distance.tolist() == [10.0, 20.0, 30.0]


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(VariogramError, match="within 1 m of each other"):
        empirical_variogram([[0, 0], [10, 0]], [1.0, 2.0], cutoff=1.0)
    with pytest.raises(VariogramError, match="lags and a cutoff above 0"):
        empirical_variogram([[0, 0], [10, 0]], [1.0, 2.0], lags=0)
    line = empirical_variogram([[0, 0], [10, 0]], [1.0, 2.0], cutoff=20.0)
    with pytest.raises(VariogramError, match="needs three"):
        fit_variogram(line, "spherical")
    flat = EmpiricalVariogram(np.full(3, 9), np.array([1.0, 2, 3]), np.zeros(3), 3.0)
    with pytest.raises(VariogramError, match="no variogram"):
        fit_variogram(flat, "spherical")
    with pytest.raises(UnknownNameError, match="no covariance model called 'linear'"):
        fit_variogram(flat, "linear")
