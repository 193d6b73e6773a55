import numpy as np

from spatial.grids import Grid
from spatial.hotspots.statistics import cell_statistics, cells_of, sample_statistics


def test_cell_statistics_by_label():
    labels = np.array([[1, 1, 0], [0, 2, 2]])
    quantity = np.array([[0.5, 0.7, np.nan], [0.1, 0.9, 1.0]])
    first, second = cell_statistics(labels, 2, quantity, 40.0)
    assert first == (2, 3200.0, 0.5, 0.6, 0.7)
    assert (second.minimum, second.maximum) == (0.9, 1.0)
    assert cell_statistics(np.zeros((2, 2), int), 0, np.zeros((2, 2)), 40.0) == []


def test_cells_without_a_quantity_are_counted_and_not_summarised():
    labels = np.array([[1, 1, 2]])
    first, second = cell_statistics(labels, 2, np.array([[np.nan, 0.4, np.nan]]), 1.0)
    assert first == (2, 2.0, 0.4, 0.4, 0.4)
    assert second == (1, 1.0, None, None, None)


def test_cells_hold_their_northern_and_western_edges():
    grid = Grid(0.0, 20.0, 10.0, 2, 2, 28992)
    places = np.array([[0.0, 20.0], [10.0, 10.0], [20.0, 5.0], [5.0, 0.0], [-1.0, 5.0]])
    rows, columns, is_on = cells_of(grid, places)
    assert is_on.tolist() == [True, True, False, False, False]
    assert (rows[:2].tolist(), columns[:2].tolist()) == ([0, 1], [0, 1])


def test_samples_are_summed_up_by_group():
    places = np.array([[1.0, 1], [1, 1], [2, 2], [9, 9], [3, 3]])
    censored = np.array([False, True, True, False, False])
    silent = np.array([False, False, True, False, False])
    labels = np.array([1, 1, 1, 0, 3])
    values = np.array([3.0, 8, 4, 99, 5])
    first, empty, last = sample_statistics(labels, 3, places, values, (censored, silent))
    assert first == (3, 2, 2, 1, 8.0, 1, 5.0)
    assert empty == (0, 0, 0, 0, None, None, None)
    assert last == (1, 1, 0, 0, 5.0, 4, 5.0)
