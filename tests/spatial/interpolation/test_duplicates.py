import numpy as np
import pytest

from spatial.errors import InvalidCoordinatesError, InvalidValuesError
from spatial.interpolation.duplicates import merge_colocated


def test_places_are_merged_with_count_and_spread():
    merged = merge_colocated(
        [10.0, 0.0, 10.0, 10.0004, 10.0], [5.0, 0.0, 5.0, 5.0, 6.0], [1.0, 9.0, 3.0, 8.0, 2.0]
    )
    assert merged.coordinates.tolist() == [[0.0, 0.0], [10.0, 5.0], [10.0, 6.0]]
    assert merged.values.tolist() == [9.0, 4.0, 2.0]
    assert merged.counts.tolist() == [1, 3, 1]
    assert merged.spread.tolist() == [0.0, 7.0, 0.0]
    assert (merged.merged_places, merged.sample_count) == (1, 5)


def test_order_of_samples_does_not_matter_to_the_last_bit():
    rng = np.random.default_rng(3)
    eastings, northings = rng.integers(0, 12, (2, 300)).astype(float)
    values = rng.lognormal(size=300)
    first = merge_colocated(eastings, northings, values)
    turned = rng.permutation(300)
    second = merge_colocated(eastings[turned], northings[turned], values[turned])
    for one, other in zip(first, second, strict=True):
        assert np.array_equal(one, other)
    assert first.sample_count == 300


def test_nothing_stays_nothing_and_bad_samples_are_refused():
    assert merge_colocated([], [], []).sample_count == 0
    with pytest.raises(InvalidValuesError, match="missing"):
        merge_colocated([0.0, 1.0], [0.0, 1.0], [1.0, np.nan])
    with pytest.raises(InvalidCoordinatesError, match="missing or infinite"):
        merge_colocated([0.0, np.nan], [0.0, 1.0], [1.0, 2.0])


def test_censored_samples_of_one_place():
    merged = merge_colocated(
        [0, 0, 10, 10, 10, 20, 20, 30],
        [0, 0, 0, 0, 0, 0, 0, 0],
        [4.0, 8.0, 20.0, 6.0, 10.0, 5.0, 9.0, 7.0],
        np.array([True, True, False, True, False, False, True, False]),
    )
    # All censored: the mean of the limits. Mixed: half the limit of 6. The limit of 9 says nothing.
    assert merged.values.tolist() == [6.0, 11.0, 5.0, 7.0]
    assert merged.is_censored.tolist() == [True, False, False, False]
    assert merged.spread.tolist() == [4.0, 17.0, 0.0, 0.0]
    assert (merged.limits_halved, merged.limits_left_out) == (1, 1)
    assert (merged.sample_count, merged.censored_places) == (8, 1)


def test_marks_that_do_not_fit_are_refused():
    with pytest.raises(InvalidValuesError, match="one mark, true or false, per value"):
        merge_colocated([0.0, 1.0], [0.0, 1.0], [1.0, 2.0], [True])
    with pytest.raises(InvalidValuesError, match="type int64"):
        merge_colocated([0.0, 1.0], [0.0, 1.0], [1.0, 2.0], np.array([0, 1]))
