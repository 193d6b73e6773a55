import sys
import time

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from spatial.errors import (
    CensoredValuesError,
    ConstantValuesError,
    InvalidRequestError,
    InvalidValuesError,
    SingularSystemError,
)
from spatial.interpolation.augmentation import AugmentationOptions, augment
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.cross_validation import gaussian_crps
from spatial.interpolation.kriging import OrdinaryKriging
from spatial.interpolation.variogram import empirical_variogram
from spatial.interpolation.variogram_fitting import fit_model

HELD_BACK = 200


def draw(seed, share, count, sill=1.0, limits=1):
    """Samples of a Gaussian field of ln z, a share of them below limits, and held-back places."""
    truth = VariogramModel.single(
        "exponential", nugget=0.1 * sill, partial_sill=0.9 * sill, scale=100.0
    )
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 1000, (count + HELD_BACK, 2))
    lower = np.linalg.cholesky(truth.covariance(cdist(places, places)))
    field = 4.0 + lower @ rng.normal(size=len(places))
    middle = np.quantile(field[:count], share)
    # Laboratories whose limits differ by a factor of two.
    limit = middle + (rng.integers(0, limits, count) - 0.5 * (limits - 1)) * np.log(2.0)
    is_low = field[:count] < limit
    values = np.where(is_low, limit, field[:count])
    return places[:count], values, is_low, places[count:], field[count:]


def crps_of_both(seed, share, count, sill, limits):
    places, values, is_low, cells, truth = draw(seed, share, count, sill, limits)
    ours = augment(places, values, is_low, AugmentationOptions(seed=seed)).predict(cells)
    substituted = np.where(is_low, values - np.log(2.0), values)
    fit = fit_model(empirical_variogram(places, substituted), "exponential")
    half = OrdinaryKriging(fit.model, 32).fit(places, substituted).predict(cells)
    scores = [gaussian_crps(truth, p.location, p.sigma).mean() for p in (ours, half)]
    inside = [np.mean(np.abs(truth - p.location) < 1.96 * p.sigma) for p in (ours, half)]
    return scores + inside


def compare(fields, share, count, sill, limits):
    figures = np.mean(
        [crps_of_both(seed, share, count, sill, limits) for seed in range(fields)], axis=0
    )
    ours, half, our_share, half_share = figures
    sys.stdout.write(
        f"\n{fields} fields, {share:.0%} below, {limits} limit(s), variance {sill}: CRPS augmented "
        f"{ours:.4f}, DL/2 {half:.4f} ({ours / half - 1.0:+.1%}); 95 % intervals hold "
        f"{our_share:.1%} and {half_share:.1%}\n"
    )
    return figures


@pytest.mark.parametrize("share", [0.3, 0.6])
def test_augmentation_has_lower_crps_than_substitution(share, capsys):
    with capsys.disabled():
        ours, half, our_share, _ = compare(6, share, 250, 0.5, 2)
    assert ours < half
    assert our_share == pytest.approx(0.95, abs=0.03)


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.3, 0.6])
@pytest.mark.parametrize("sill", [0.25, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("limits", [1, 2])
def test_augmentation_has_lower_crps_over_many_fields(share, sill, limits, capsys):
    with capsys.disabled():
        ours, half, *_ = compare(20, share, 250, sill, limits)
    assert ours < half


def test_drawn_values_keep_their_limits_and_the_seed():
    places, values, is_low, _, _ = draw(1, 0.4, 120, limits=3)
    drawn = augment(places, values, is_low)
    assert (drawn.completed[:, is_low] <= values[is_low]).all()
    assert (drawn.completed[:, is_low] < values[is_low]).mean() > 0.999
    np.testing.assert_array_equal(drawn.completed[:, ~is_low], np.tile(values[~is_low], (20, 1)))
    assert np.ptp(drawn.completed[:, is_low], axis=0).min() > 0.0
    again = augment(places, values, is_low)
    np.testing.assert_array_equal(again.completed, drawn.completed)
    assert again.fit == drawn.fit
    other = augment(places, values, is_low, AugmentationOptions(seed=5))
    assert not np.array_equal(other.completed, drawn.completed)


def test_the_order_of_samples_does_not_matter():
    places, values, is_low, cells, _ = draw(2, 0.4, 100)
    turned = np.random.default_rng(0).permutation(100)
    first = augment(places, values, is_low)
    second = augment(places[turned], values[turned], is_low[turned])
    np.testing.assert_array_equal(second.completed, first.completed[:, turned])
    np.testing.assert_allclose(
        second.predict(cells).location, first.predict(cells).location, rtol=1e-9
    )


def test_the_field_is_recovered_on_average():
    truths, means, sills, substituted = [], [], [], []
    for seed in range(3):
        places, values, is_low, _, _ = draw(100 + seed, 0.5, 250)
        whole = draw(100 + seed, 0.0, 250)[1]
        drawn = augment(places, values, is_low)
        means.append(drawn.completed.mean() - whole.mean())
        truths.append(fit_model(empirical_variogram(places, whole), "exponential").model.sill)
        sills.append(drawn.fit.model.sill)
        half = np.where(is_low, values - np.log(2.0), values)
        substituted.append(fit_model(empirical_variogram(places, half), "exponential").model.sill)
    assert abs(np.mean(means)) < 0.08
    assert abs(np.mean(sills) / np.mean(truths) - 1.0) < 0.2
    assert abs(np.mean(substituted) / np.mean(truths) - 1.0) > 0.2


def test_without_censored_values_it_is_plain_kriging():
    places, values, _, cells, _ = draw(3, 0.0, 80)
    nothing = np.zeros(80, bool)
    drawn = augment(places, values, nothing, AugmentationOptions(realisations=2, rounds=1))
    fit = fit_model(empirical_variogram(places, values), "exponential")
    plain = OrdinaryKriging(fit.model, 32).fit(places, values).predict(cells)
    pooled = drawn.predict(cells)
    np.testing.assert_allclose(pooled.location, plain.location, rtol=1e-9)
    np.testing.assert_allclose(pooled.sigma, plain.sigma, rtol=1e-9)


def test_five_thousand_places_work():
    rng = np.random.default_rng(6)
    places = rng.uniform(0, 5000, (5_000, 2))
    values = np.sin(places[:, 0] / 300.0) + np.cos(places[:, 1] / 400.0) + rng.normal(0, 0.4, 5_000)
    is_low = values < 0.0
    options = AugmentationOptions(realisations=3, rounds=4, sweeps=5)
    start = time.perf_counter()
    drawn = augment(places, np.maximum(values, 0.0), is_low, options)
    assert time.perf_counter() - start < 60.0
    error = drawn.completed.mean(axis=0)[is_low] - values[is_low]
    assert abs(error.mean()) < 0.2
    assert np.corrcoef(drawn.completed.mean(axis=0)[is_low], values[is_low])[0, 1] > 0.6


def test_what_cannot_be_augmented_is_refused():
    places, values, _, _, _ = draw(4, 0.0, 40)
    with pytest.raises(CensoredValuesError, match="Only 0 of 40 values lie above"):
        augment(places, values, np.ones(40, bool))
    some = np.arange(40) < 20
    with pytest.raises(ConstantValuesError, match="All 20 measured values are the same"):
        augment(places, np.ones(40), some)
    with pytest.raises(InvalidValuesError, match="one mark, true or false, per value"):
        augment(places, values, np.ones(39, bool))
    with pytest.raises(InvalidRequestError, match="realisations must be 2 or more"):
        AugmentationOptions(realisations=1)
    close = places.copy()
    close[1] = close[0] + 1e-7
    with pytest.raises(SingularSystemError, match="merge those samples"):
        augment(close, np.sin(close[:, 0] / 200.0), some, AugmentationOptions(model="gaussian"))
