import json

import numpy as np
import pytest
from scipy.stats import norm
from shapely import contains_xy

from spatial.errors import (
    CensoredValuesError,
    ConstantValuesError,
    InvalidRequestError,
    TooFewPlacesError,
    TransformDomainError,
)
from spatial.hotspots.clusters import Neighbourhood
from spatial.hotspots.finding import find
from spatial.hotspots.getis_ord import GetisOrd, gi_star, gi_star_p_values
from spatial.hotspots.samples import Samples
from spatial.hotspots.weights import nearest_neighbours, within_distance
from spatial.significance import discoveries
from tests.spatial.conftest import DATA
from tests.spatial.hotspots.scenes import clustered, over

REFERENCE = json.loads((DATA / "hotspots" / "esda.json").read_text())
PLACES = np.array(REFERENCE["places"])
LN = np.log(REFERENCE["values"])


def weights_of(entry):
    if "neighbours" in entry["weights"]:
        return nearest_neighbours(PLACES, entry["weights"]["neighbours"])
    return within_distance(PLACES, entry["weights"]["distance"])


@pytest.mark.parametrize("entry", REFERENCE["figures"], ids=lambda e: next(iter(e["weights"])))
def test_scores_equal_those_of_esda(entry):
    assert np.abs(gi_star(LN, weights_of(entry)) - entry["gi_star"]).max() < 1e-9


def test_scores_are_the_published_formula_written_out():
    values, distance = LN[:12], 400.0
    found = gi_star(values, within_distance(PLACES[:12], distance))
    n, mean = 12, values.mean()
    spread = np.sqrt((values**2).sum() / n - mean**2)
    for i in range(n):
        w = (np.hypot(*(PLACES[:12] - PLACES[i]).T) <= distance).astype(float)
        above = (w * values).sum() - mean * w.sum()
        scale = spread * np.sqrt((n * (w**2).sum() - w.sum() ** 2) / (n - 1))
        assert found[i] == pytest.approx(above / scale, abs=1e-12)


def test_counted_p_values_agree_with_the_normal_ones_for_ranks():
    rng = np.random.default_rng(1)
    places, values = rng.random((200, 2)), rng.permutation(200).astype(float)
    weights = nearest_neighbours(places, 12)
    p = gi_star_p_values(values, weights, 1999, np.random.default_rng(2))
    for i in range(200):
        # The neighbours' sum is one of 12 drawn without replacement from the 199 others.
        others = np.delete(values, i)
        spread = np.sqrt(12 * others.var(ddof=1) * (1 - 12 / 199))
        score = (values[weights.matrix[[i]].indices].sum() - 12 * others.mean()) / spread
        assert p[i] == pytest.approx(norm.sf(score), abs=0.045)


def test_the_cluster_is_found_and_the_lone_spike_is_not():
    samples, lone = clustered()
    found = find(GetisOrd(), over(samples))
    [spot] = [s for s in found.hotspots if s.cells.area_m2 > 1e6]
    middle = np.array(spot.geometry.centroid.coords[0])
    assert np.hypot(*(middle - 3000.0)) < 500.0
    assert not any(contains_xy(s.geometry, *samples.coordinates[lone]) for s in found.hotspots)
    assert found.quantity_name == "gi_star"
    assert spot.reason.code == "cluster_of_high_values"
    assert found.notes["weights"] == {
        "kind": "k nearest",
        "neighbours": 8,
        "binary": True,
        "includes_the_place_itself": True,
    }


def test_permutations_are_the_same_with_the_same_seed_and_find_the_cluster():
    samples, _ = clustered()
    how = Neighbourhood(p_values="permutation", permutations=999, seed=4)
    one, two = (find(GetisOrd(how), over(samples, 250.0)) for _ in range(2))
    assert [s.geometry.wkb for s in one.hotspots] == [s.geometry.wkb for s in two.hotspots]
    assert one.hotspots
    assert "at least 8 of 400 places" in one.notes["warnings"][0]


def test_few_neighbours_are_warned_of():
    samples, _ = clustered()
    [warning] = find(GetisOrd(Neighbourhood(neighbours=3)), over(samples, 500.0)).notes["warnings"]
    assert "too few for the normal distribution" in warning


def test_a_high_limit_says_neither_high_nor_low():
    samples, _ = clustered()
    censored = np.zeros(400, bool)
    far = int(np.argmin(np.hypot(*(samples.coordinates - [7000.0, 2000.0]).T)))
    censored[far] = True
    values = samples.values.copy()
    values[far] = 1e6
    found = find(GetisOrd(), over(Samples.of(samples.coordinates, values, censored)))
    [silent] = [s for s in found.hotspots if s.reason.confidence == "undecidable"]
    assert silent.samples.censored_count == 1
    assert found.notes["left_out_limit_above_median"] == 1
    assert found.notes["tested"] == 399


def test_shuffled_worlds_have_false_discoveries_within_the_rate():
    """A quick look; 400 worlds are swept in test_truth.py."""
    rng = np.random.default_rng(12)
    places = rng.random((150, 2))
    weights = nearest_neighbours(places, 8)
    values = np.exp(rng.standard_normal(150))
    wrong = 0
    for _ in range(200):
        z = gi_star(np.log(rng.permutation(values)), weights)
        wrong += bool((discoveries(norm.sf(z), 0.1) & (z > 0)).any())
    # In a world without clusters each discovery is false, so the rate is that of worlds with any.
    assert wrong / 200 <= 0.1 + 2.0 * np.sqrt(0.1 * 0.9 / 200)


@pytest.mark.parametrize(
    ("samples", "scores", "error", "words"),
    [
        (Samples.of(PLACES, np.ones(60), np.ones(60, bool)), "ln", CensoredValuesError, "All 60"),
        (Samples.of(PLACES[:19], LN[:19]), "rank", TooFewPlacesError, "needs 20"),
        (Samples.of(PLACES, np.ones(60)), "ln", ConstantValuesError, "none stands out"),
        (Samples.of(PLACES, np.arange(60.0)), "ln", TransformDomainError, "Choose scores rank"),
    ],
)
def test_samples_that_do_not_do_are_refused_with_the_remedy(samples, scores, error, words):
    with pytest.raises(error, match=words):
        find(GetisOrd(Neighbourhood(scores=scores)), over(samples, 500.0))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"neighbours": 8, "distance": 5.0}, "not both"),
        ({"scores": "sqrt"}, "scores is one of"),
        ({"p_values": "guess"}, "p_values is one of"),
        ({"false_discovery_rate": 0.0}, "between 0 and 1"),
        ({"permutations": 10}, "between 99 and"),
        ({"reach": 0.0}, "reach must be above 0"),
    ],
)
def test_settings_that_contradict_themselves_are_refused(changes, words):
    with pytest.raises(InvalidRequestError, match=words):
        Neighbourhood(**changes)
