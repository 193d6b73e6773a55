import numpy as np
import pytest
import shapely

from spatial.errors import InvalidValuesError
from spatial.hotspots.statistics import cell_statistics, sample_statistics


def test_cell_statistics_by_label():
    labels = np.array([[1, 1, 0], [0, 2, 2]])
    quantity = np.array([[0.5, 0.7, np.nan], [0.1, 0.9, 1.0]])
    first, second = cell_statistics(labels, 2, quantity, 40.0)
    assert (first.cell_count, first.area_m2) == (2, 3200.0)
    assert first.mean == pytest.approx(0.6)
    assert (second.minimum, second.maximum) == (0.9, 1.0)
    assert cell_statistics(np.zeros((2, 2), int), 0, np.zeros((2, 2)), 40.0) == []


def test_samples_on_an_edge_are_inside():
    box = shapely.box(0, 0, 10, 10)
    inside, empty = sample_statistics(
        [box, shapely.box(50, 50, 60, 60)],
        [10.0, 5.0, 5.0, 10.1],
        [10.0, 5.0, 5.0, 5.0],
        [3.0, 8.0, 4.0, 99.0],
    )
    assert inside == (3, 2, 8.0, 1, 5.0)
    assert empty == (0, 0, None, None, None)


def test_bad_samples_are_refused():
    with pytest.raises(InvalidValuesError):
        sample_statistics([shapely.box(0, 0, 1, 1)], [0.0], [0.0], [np.nan])
