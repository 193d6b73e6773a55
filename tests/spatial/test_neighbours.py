import numpy as np

from spatial.neighbours import NeighbourSearch


def test_nearest_equals_sorting_all_distances():
    rng = np.random.default_rng(4)
    places, cells = rng.uniform(0, 100, (200, 2)), rng.uniform(-10, 110, (50, 2))
    distance = np.hypot(*(cells[:, None] - places[None]).transpose(2, 0, 1))
    search = NeighbourSearch(places)
    assert np.array_equal(search.nearest(cells, 9), np.argsort(distance, axis=1)[:, :9])
    np.testing.assert_allclose(search.distance_to_nearest(cells), distance.min(axis=1))


def test_nearest_others_leave_the_place_out():
    places = np.random.default_rng(4).uniform(0, 100, (50, 2))
    search = NeighbourSearch(places)
    others = search.nearest_others(5)
    assert others.shape == (50, 5)
    assert not (others == np.arange(50)[:, None]).any()
    nearest = np.hypot(*(places - places[others[:, 0]]).T)
    np.testing.assert_allclose(search.separation(), nearest)


def test_more_neighbours_than_places_are_all_of_them():
    search = NeighbourSearch(np.array([[0.0, 0.0], [1.0, 0.0]]))
    assert search.nearest(np.array([[0.2, 0.0]]), 10).tolist() == [[0, 1]]
    assert search.nearest_others(10).tolist() == [[1], [0]]
