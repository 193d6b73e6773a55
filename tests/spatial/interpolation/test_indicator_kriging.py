import numpy as np
import pytest

from spatial.errors import InvalidRequestError, VariogramError
from spatial.interpolation.block import Block
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.cross_validation_scores import probability_figures
from spatial.interpolation.indicator_kriging import (
    IndicatorKriging,
    check_both_sides,
    correct_order_relations,
    fit_indicator_variograms,
    indicators,
)
from spatial.interpolation.neighbourhood import Neighbourhood
from spatial.interpolation.predictand import KrigingOptions

THRESHOLDS = (25.0, 50.0, 100.0, 200.0)


def single(name, partial_sill, scale, nugget):
    return VariogramModel.single(name, nugget=nugget, partial_sill=partial_sill, scale=scale)


MODELS = (
    single("spherical", 0.12, 500.0, 0.03),
    single("spherical", 0.18, 600.0, 0.04),
    single("exponential", 0.16, 200.0, 0.03),
    single("spherical", 0.09, 400.0, 0.03),
)


@pytest.fixture
def targets(reference):
    table = reference("kriging_targets")
    return np.column_stack([table["easting"], table["northing"]])


@pytest.mark.parametrize("neighbours", [None, 10])
def test_indicator_kriging_equals_gstat(neighbours, samples, targets, reference, close):
    places, values = samples
    table = reference("kriged_indicators")
    method = IndicatorKriging(THRESHOLDS, MODELS, KrigingOptions(Neighbourhood(neighbours)))
    predicted = method.fit(places, values).predict_probabilities(targets)
    kriged = np.column_stack([part.predict(targets).location for part in method.parts_])
    of_rows = table["nmax"] == (neighbours or 0)
    plain, corrected = (
        np.column_stack([table[f"t{k}"][of_rows & (table["order"] == order)] for k in (1, 2, 3, 4)])
        for order in (0, 4)
    )
    assert (np.diff(plain, axis=1) < 0.0).any()
    assert plain.max() > 1.0
    close(kriged, plain, 1e-9, "indicators before the correction")
    close(1.0 - predicted.probability, corrected, 1e-9, "indicators after the correction")


def test_corrected_probabilities_are_a_distribution():
    shares = np.random.default_rng(0).normal(0.5, 0.6, (500, 6))
    found = correct_order_relations(shares)
    assert found.min() >= 0.0
    assert found.max() <= 1.0
    assert np.diff(found, axis=1).min() >= 0.0
    rising = np.sort(np.random.default_rng(1).random((20, 6)), axis=1)
    assert np.array_equal(correct_order_relations(rising), rising)


def test_a_sample_is_certain_of_itself(samples):
    places, values = samples
    sharp = single("spherical", 0.2, 500.0, 0.0)
    predicted = (
        IndicatorKriging(THRESHOLDS, sharp).fit(places, values).predict_probabilities(places)
    )
    expected = values[:, None] > np.array(THRESHOLDS)
    np.testing.assert_allclose(predicted.probability, expected, atol=1e-9)


def test_left_out_samples_are_told_apart(samples):
    places, values = samples
    # Above 200 there are seven samples: too few to say anything of skill.
    models = fit_indicator_variograms(places, values, THRESHOLDS[:3], "spherical")
    method = IndicatorKriging(THRESHOLDS[:3], models).fit(places, values)
    told = method.leave_one_out_probabilities()
    assert told.thresholds == THRESHOLDS[:3]
    for threshold, probability in zip(told.thresholds, told.probability.T, strict=True):
        figures = probability_figures(values > threshold, probability, threshold)
        share = figures.exceeding / figures.count
        assert figures.brier < share * (1.0 - share)
        assert figures.auc > 0.6


def test_cells_without_neighbours_are_missing(samples):
    options = KrigingOptions(Neighbourhood(radius=200.0))
    method = IndicatorKriging(THRESHOLDS, MODELS, options).fit(*samples)
    assert np.isnan(method.predict_probabilities([[0.0, 0.0]]).probability).all()


def test_bad_thresholds_are_refused(samples):
    places, values = samples
    with pytest.raises(InvalidRequestError, match="must rise"):
        IndicatorKriging([50.0, 25.0], MODELS[0])
    with pytest.raises(InvalidRequestError, match="needs thresholds"):
        IndicatorKriging([], MODELS[0])
    with pytest.raises(InvalidRequestError, match="4 thresholds, but 2 variograms"):
        IndicatorKriging(THRESHOLDS, MODELS[:2])
    with pytest.raises(InvalidRequestError, match="simulate for blocks"):
        IndicatorKriging(THRESHOLDS, MODELS, KrigingOptions(block=Block(10.0, 10.0)))
    with pytest.raises(VariogramError, match="at or below the threshold 1e"):
        fit_indicator_variograms(places, values, [1e6], "spherical")


def test_a_limit_above_a_threshold_is_left_out_of_it_and_of_no_other(samples, close):
    """Against kriging without those samples; a limit below a threshold is a yes."""
    places, values = samples
    is_below = np.zeros(90, bool)
    is_below[::7] = True
    limits = np.where(is_below, 60.0, values)
    method = IndicatorKriging(THRESHOLDS, MODELS, KrigingOptions(Neighbourhood(10)))
    told = method.fit(places, limits, is_below)
    assert [int(part.sum()) for part in told.decided_] == [77, 77, 90, 90]
    cells = places[:20] + 31.0
    for k in (0, 1):
        at = (values[~is_below] <= THRESHOLDS[k]).astype(float)
        alone = IndicatorKriging([0.5], MODELS[k], method.options).fit(places[~is_below], at)
        expected = alone.parts_[0].predict(cells).location
        # Above 0.5 lies the indicator 1, so the shares turn round.
        close(told.parts_[k].predict(cells).location, 1.0 - expected, 1e-9, f"threshold {k}")
    assert (told.parts_[2].values_[is_below] == 1.0).all()
    left_out = told.leave_one_out_probabilities().probability
    assert left_out.shape == (90, 4)
    assert np.isfinite(left_out).all()
    with pytest.raises(VariogramError, match="cannot be decided"):
        check_both_sides(indicators(np.full(3, 60.0), np.ones(3, bool), 50.0), 50.0)
