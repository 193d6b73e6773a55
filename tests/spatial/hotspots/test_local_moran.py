import numpy as np
import pytest
from shapely import contains_xy

from spatial.hotspots.clusters import Neighbourhood
from spatial.hotspots.finding import find
from spatial.hotspots.local_moran import (
    Moran,
    analytic_p_values,
    local_moran,
    permuted_p_values,
)
from spatial.hotspots.samples import Samples
from spatial.hotspots.weights import nearest_neighbours, within_distance
from spatial.significance import discoveries
from tests.spatial.hotspots.scenes import clustered, over
from tests.spatial.hotspots.test_getis_ord import LN, PLACES, REFERENCE, weights_of


@pytest.mark.parametrize("entry", REFERENCE["figures"], ids=lambda e: next(iter(e["weights"])))
def test_statistic_and_quadrant_equal_those_of_esda(entry):
    found = local_moran(LN, weights_of(entry))
    assert np.abs(found.statistic - entry["local_moran"]).max() < 1e-9
    assert found.quadrant.tolist() == entry["quadrant"]


def test_analytic_p_values_agree_with_permutations():
    weights = nearest_neighbours(PLACES, 10)
    counted = permuted_p_values(LN, weights, 4999, np.random.default_rng(3))
    assert np.abs(analytic_p_values(LN, weights) - counted).max() < 0.05


def test_a_place_without_neighbours_is_no_discovery():
    lone = np.vstack([PLACES[:20], [[1e6, 1e6]]])
    weights = within_distance(lone, 400.0)
    values = np.append(LN[:20], 99.0)
    assert local_moran(values, weights).statistic[-1] == 0.0
    assert analytic_p_values(values, weights)[-1] == 1.0
    assert permuted_p_values(values, weights, 99, np.random.default_rng(0))[-1] == 1.0


def test_cluster_and_lone_spike_are_told_apart():
    samples, lone = clustered()
    place = samples.coordinates[lone]
    # A spike is one where its neighbours are low; here they are, for 1500 m around.
    near = np.hypot(*(samples.coordinates - place).T) < 1500.0
    values = np.where(near, 0.3, 1.0) * samples.values
    values[lone] = 5000.0
    samples = Samples.of(samples.coordinates, values)
    found = find(Moran(Neighbourhood(neighbours=8, scores="ln")), over(samples))
    [spike] = [s for s in found.hotspots if contains_xy(s.geometry, *place)]
    assert spike.reason.code == "isolated_spike"
    assert spike.samples.maximum == 5000.0
    middle = [s for s in found.hotspots if contains_xy(s.geometry, 3000.0, 3000.0)]
    assert [s.reason.code for s in middle] == ["high_among_high"]
    assert found.notes["isolated_spikes"] >= 1


def test_permutations_find_the_cluster_too():
    samples, _ = clustered()
    how = Neighbourhood(p_values="permutation", permutations=1999)
    found = find(Moran(how), over(samples, 200.0))
    assert any(contains_xy(s.geometry, 3000.0, 3000.0) for s in found.hotspots)


def test_shuffled_worlds_have_false_discoveries_within_the_rate():
    """A quick look; 400 worlds are swept in test_truth.py."""
    rng = np.random.default_rng(13)
    places = rng.random((150, 2))
    weights = nearest_neighbours(places, 8)
    wrong = 0
    for _ in range(200):
        values = rng.permutation(np.arange(150.0))
        wrong += bool(discoveries(analytic_p_values(values, weights), 0.1).any())
    assert wrong / 200 <= 0.1 + 2.0 * np.sqrt(0.1 * 0.9 / 200)
