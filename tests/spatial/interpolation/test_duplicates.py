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
