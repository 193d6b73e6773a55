"""Definitions against worlds whose truth is known; the sweeps are slow."""

from dataclasses import replace

import numpy as np
import pytest

from spatial.grids import Grid
from spatial.hotspots.contract import Evidence
from spatial.hotspots.registry import get_definition
from spatial.hotspots.samples import Samples
from spatial.synthetic import World, make_world

GRID = Grid(0.0, 10_000.0, 250.0, 40, 40, 28992)


def discoveries_in(name, made, order, **parameters):
    samples = Samples.of(made.places, made.values[order], made.is_censored[order])
    notes = get_definition(name).create(parameters).mark(Evidence(GRID, samples)).notes
    kinds = ("significant_places", "high_among_high_places", "isolated_spikes")
    return sum(notes.get(kind, 0) for kind in kinds)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("getis-ord", {"scores": "ln"}),
        ("getis-ord", {"scores": "rank"}),
        ("getis-ord", {"scores": "rank", "p_values": "permutation", "permutations": 3999}),
        ("local-moran", {"scores": "ln"}),
        ("local-moran", {"scores": "rank"}),
    ],
)
def test_shuffled_worlds_have_false_discoveries_within_the_rate(name, parameters):
    worlds = 200 if "p_values" in parameters else 400
    wrong = 0
    for number in range(worlds):
        rng = np.random.default_rng(5000 + number)
        made = make_world(replace(World(samples=200), plumes=3), rng)
        wrong += discoveries_in(name, made, rng.permutation(200), **parameters) > 0
    # Nothing is true in a shuffled world, so the rate of false discoveries is the share of worlds
    # with any: 0.05, and three standard errors of counting.
    assert wrong / worlds <= 0.05 + 3.0 * np.sqrt(0.05 * 0.95 / worlds)


@pytest.mark.parametrize("name", ["getis-ord", "local-moran"])
def test_what_is_found_lies_mostly_where_plumes_are(name):
    """Precision of the places that stand out, over five worlds; the shares are the world's own."""
    hit = found = polluted = cells = 0
    for number in range(5):
        made = make_world(World(geology=0.15), np.random.default_rng(100 + number))
        samples = Samples.of(made.places, made.values, made.is_censored)
        marked = get_definition(name).create({}).mark(Evidence(GRID, samples))
        kinds = [r.code in {"cluster_of_high_values", "high_among_high"} for r in marked.reasons]
        hot = np.append(False, kinds)[marked.kinds]
        centres = GRID.cell_centres()
        truth = (made.plume(centres) > np.exp(4.0)).reshape(GRID.shape)
        hit += (hot & truth).sum()
        found += hot.sum()
        polluted += truth.sum()
        cells += truth.size
    assert found > 0.02 * cells
    assert polluted < 0.45 * cells
    assert hit / found > 0.8
