"""One number a cell, held against what hotspots say at many thresholds."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from spatial.grids import Grid
from spatial.hotspots.classes import nearest_is_undecidable, undecidable_cells
from spatial.hotspots.contract import Evidence
from spatial.hotspots.deciding import DecidingPlaces, deciding_thresholds
from spatial.hotspots.samples import Samples
from tests.spatial.hotspots.scenes import GRID, ridge

LIMITS = np.array([0.1, 2.0, 5.0, 50.0])
THRESHOLDS = (0.05, 0.1, 1.0, 2.0, 4.99, 5.0, 49.0, 50.0, 51.0)


def _scattered(count, seed=4, share=0.75):
    """Samples with limits, some of which share a place with another result."""
    rng = np.random.default_rng(seed)
    places = rng.random((count, 2)) * [2400.0, 2000.0]
    places = np.concatenate([places, places[: count // 4]])
    values = rng.choice(LIMITS, len(places))
    return Samples.of(places, values, rng.random(len(places)) < share)


@pytest.mark.parametrize("count", [1, 3, 20, 400])
def test_cells_are_undecidable_where_hotspots_say_so(count):
    samples = _scattered(count)
    cells = DecidingPlaces.of(samples).nearest(GRID)
    for threshold in THRESHOLDS:
        expected = nearest_is_undecidable(GRID, samples, threshold)
        assert np.array_equal(cells > threshold, expected)
    assert cells.any()


def test_numbers_are_those_of_all_distances():
    samples = _scattered(300, seed=9, share=0.9)
    places, place = samples.places()
    least = [
        0.0 if not samples.is_censored[place == i].all() else samples.values[place == i].min()
        for i in range(len(places))
    ]
    nearest = cdist(GRID.cell_centres(), places).argmin(axis=1)
    found = DecidingPlaces.of(samples).nearest(GRID)
    assert np.array_equal(found.ravel(), np.array(least)[nearest])


def test_of_places_equally_near_the_one_that_decides_counts():
    # Places on the corners of squares of eight cells: cells lie in the middle of two and of four.
    grid = Grid(0.0, 330.0, 10.0, 33, 33, 28992)
    east, north = np.meshgrid(5.0 + 40.0 * np.arange(9), 5.0 + 40.0 * np.arange(9))
    places = np.column_stack([east.ravel(), north.ravel()])
    rng = np.random.default_rng(2)
    samples = Samples.of(places, rng.choice(LIMITS, 81), rng.random(81) < 0.8)
    cells = DecidingPlaces.of(samples).nearest(grid)
    for threshold in THRESHOLDS:
        assert np.array_equal(cells > threshold, nearest_is_undecidable(grid, samples, threshold))
    four = cdist([[25.0, 25.0]], places).ravel()
    tied = four == four.min()
    assert tied.sum() == 4
    least = np.where(samples.is_censored, samples.values, 0.0)
    assert cells[30, 2] == least[tied].min() < least[tied].max()


def test_more_places_than_are_looked_at_may_be_equally_near():
    # Twelve on a circle of whole numbers, the deciding one last.
    ring = [(7, 24), (24, 7), (15, 20), (20, 15), (25, 0), (0, 25), (-7, 24), (-24, 7), (-15, 20)]
    ring += [(-20, 15), (-25, 0), (0, -25)]
    places = 8.0 * np.array(ring) + 500.0
    grid = Grid(496.0, 504.0, 8.0, 1, 1, 28992)
    for deciding in range(12):
        is_censored = np.arange(12) != deciding
        samples = Samples.of(places, np.full(12, 9.0), is_censored)
        assert DecidingPlaces.of(samples).nearest(grid)[0, 0] == 0.0
    assert DecidingPlaces.of(replace(samples, is_censored=np.ones(12, bool))).nearest(grid) == 9.0


def test_no_threshold_is_decided_where_the_variance_is_near_the_sill():
    sigma = np.full(GRID.shape, 0.4)
    sigma[:, 40:] = 0.95
    samples = Samples.of([[900.0, 1000.0], [100.0, 300.0]], [800.0, 60.0], [False, True])
    evidence = ridge(samples=samples, sigma=sigma)
    cells = deciding_thresholds(evidence, 0.9)
    assert np.isposinf(cells).any()
    assert set(np.unique(cells)) == {0.0, 60.0, np.inf}
    for threshold in (59.9, 60.0, 1e12):
        assert np.array_equal(cells > threshold, undecidable_cells(evidence, threshold, 0.9))


def test_without_limits_any_threshold_is_decided():
    assert not deciding_thresholds(ridge(), 0.9).any()
    nobody = Evidence(GRID, Samples.of([[0.0, 0.0]], [1.0]))
    assert not deciding_thresholds(nobody, 0.9).any()
