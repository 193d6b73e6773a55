import numpy as np
import pytest
import shapely
from scipy.spatial import cKDTree

from spatial.errors import InvalidRequestError, TooFewPlacesError, UnknownNameError
from spatial.interpolation.declustering import (
    cell_declustering,
    cell_weights,
    declustering_weights,
    polygonal_weights,
)
from spatial.interpolation.duplicates import merge_colocated


@pytest.fixture(scope="module")
def clustered():
    """Sixty places all over a square, and sixty more where a smooth field is high."""
    rng = np.random.default_rng(1)

    def field(places):
        return np.exp(-((places[:, 0] - 700.0) ** 2 + (places[:, 1] - 300.0) ** 2) / 2e5)

    even = rng.uniform(0, 1000, (60, 2))
    dense = np.array([700.0, 300.0]) + rng.uniform(-90, 90, (60, 2))
    places = np.vstack([even, dense])
    truth = float(field(rng.uniform(0, 1000, (200_000, 2))).mean())
    return places, field(places), truth


def test_weights_bring_the_mean_near_the_truth(clustered):
    places, values, truth = clustered
    plain = values.mean()
    cell = np.average(values, weights=cell_declustering(places, values).weights)
    polygonal = np.average(values, weights=polygonal_weights(places, shapely.box(0, 0, 1000, 1000)))
    assert abs(cell - truth) < 0.25 * abs(plain - truth)
    assert abs(polygonal - truth) < 0.1 * abs(plain - truth)


def test_cell_weights_equal_counting_by_hand():
    rng = np.random.default_rng(2)
    places = rng.uniform(0, 100, (40, 2))
    corner, size = places.min(axis=0), 23.0
    total = np.zeros(40)
    for a in range(5):
        for b in range(5):
            shift = np.array([a, b]) * size / 5
            cells = [tuple(np.floor((place - corner + shift) / size)) for place in places]
            weights = np.array([1.0 / cells.count(cell) for cell in cells])
            total += weights / weights.sum()
    np.testing.assert_allclose(cell_weights(places, size), total * 40 / 25, rtol=1e-12)


def test_polygonal_weights_equal_areas_counted_on_a_grid(clustered):
    places = clustered[0][:80]
    outline = shapely.Point(450, 500).buffer(430).union(shapely.box(600, 100, 950, 600))
    axis = np.arange(0.5, 1000.0, 1.0)
    cells = np.column_stack([part.ravel() for part in np.meshgrid(axis, axis)])
    cells = cells[shapely.contains_xy(outline, cells[:, 0], cells[:, 1])]
    counts = np.bincount(cKDTree(places).query(cells)[1], minlength=80)
    expected = counts * 80 / counts.sum()
    np.testing.assert_allclose(polygonal_weights(places, outline), expected, atol=0.02)


@pytest.mark.parametrize("make", [lambda p: cell_weights(p, 50.0), polygonal_weights])
def test_weights_have_a_mean_of_one_and_move_with_the_samples(clustered, make):
    places = clustered[0]
    weights = make(places)
    assert weights.mean() == pytest.approx(1.0)
    assert (weights > 0.0).all()
    np.testing.assert_allclose(make(places + np.array([4096.0, 8192.0])), weights, rtol=1e-6)
    turned = np.random.default_rng(0).permutation(len(places))
    np.testing.assert_allclose(make(places[turned]), weights[turned], rtol=1e-9)


def test_polygonal_weights_do_not_turn_with_the_axes(clustered):
    places = clustered[0]
    angle = 0.7
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    np.testing.assert_allclose(
        polygonal_weights(places @ turn), polygonal_weights(places), rtol=5e-3
    )


def test_the_extreme_asked_for_is_taken(clustered):
    places, values, _ = clustered
    low = cell_declustering(places, values, "lowest")
    high = cell_declustering(places, values, "highest")
    assert np.average(values, weights=low.weights) == pytest.approx(low.means.min())
    assert np.average(values, weights=high.weights) == pytest.approx(high.means.max())
    either = cell_declustering(places, values)
    assert either.cell_size == low.cell_size
    assert either.cell_size in either.cell_sizes


def test_by_name(clustered):
    places, values, _ = clustered
    merged = merge_colocated(places[:, 0], places[:, 1], values)
    assert declustering_weights(None, merged, None) is None
    for name in ("cell", "polygonal"):
        assert declustering_weights(name, merged, None).shape == values.shape
    with pytest.raises(UnknownNameError, match="no declustering called 'kernel'"):
        declustering_weights("kernel", merged, None)


def test_what_cannot_be_declustered_is_refused():
    with pytest.raises(TooFewPlacesError, match="at least two"):
        polygonal_weights([[0, 0]])
    with pytest.raises(TooFewPlacesError, match="at least two"):
        cell_declustering([[0, 0]], [1.0])
    with pytest.raises(InvalidRequestError, match="cell size must be more than 0"):
        cell_weights([[0, 0], [1, 1]], 0.0)
    with pytest.raises(InvalidRequestError, match="outline is empty"):
        polygonal_weights([[0, 0], [1, 1]], shapely.Polygon())
