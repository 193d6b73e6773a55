import numpy as np
import pytest
import shapely

from spatial.distributions.estimates import Estimates
from spatial.distributions.thresholds import Thresholds
from spatial.errors import (
    CensoredValuesError,
    InvalidRequestError,
    NoQuantityError,
    TooFewPlacesError,
)
from spatial.hotspots.contract import Evidence, Surface
from spatial.hotspots.finding import find
from spatial.hotspots.percentile import Percentile
from spatial.hotspots.samples import Samples
from tests.spatial.hotspots.scenes import GRID, clustered, over


def test_the_highest_cells_are_those_of_the_sorted_estimates():
    value = np.random.default_rng(6).permutation(GRID.cell_count).reshape(GRID.shape) * 1.0
    value[0, :] = np.nan
    surface = Surface(Estimates("inverse_distance"))
    evidence = Evidence(GRID, clustered()[0], surface, {"value": value})
    found = find(Percentile(0.1), evidence)
    assert sum(spot.cells.cell_count for spot in found.hotspots) == round(0.1 * 49 * 60)
    lowest = np.sort(value[1:].ravel())[-round(0.1 * 49 * 60)]
    assert min(spot.cells.minimum for spot in found.hotspots) == lowest
    assert {spot.reason.confidence for spot in found.hotspots} == {"highest"}


def test_the_highest_places_have_the_cells_nearest_to_them():
    samples, lone = clustered()
    found = find(Percentile(0.02, of="samples", reach=400.0), over(samples))
    highest = np.argsort(samples.values)[-8:]
    assert lone in highest
    area = shapely.union_all([spot.geometry for spot in found.hotspots])
    distance = shapely.distance(shapely.points(samples.coordinates), area)
    # A cell may hold two places and belong to the other one; then the next cell is this one's.
    assert (distance[highest] < 100.0 * np.sqrt(2.0)).all()
    assert np.count_nonzero(distance == 0.0) < 12
    assert found.notes["reach_m"] == 400.0


def test_a_limit_above_the_cut_is_undecidable():
    samples, _ = clustered()
    censored = np.zeros(400, bool)
    censored[7] = True
    values = samples.values.copy()
    values[7] = 2000.0
    hidden = Samples.of(samples.coordinates, values, censored)
    found = find(Percentile(0.05, of="samples"), over(hidden))
    [spot] = [s for s in found.hotspots if s.reason.confidence == "undecidable"]
    assert spot.samples.undecidable_count == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"share": 0.0}, "share lies between"),
        ({"share": float("nan")}, "share lies between"),
        ({"of": "people"}, "surface or samples"),
        ({"reach": 5.0}, "belongs to samples"),
        ({"reach": -5.0, "of": "samples"}, "above 0 m"),
    ],
)
def test_impossible_parameters_are_refused(changes, words):
    with pytest.raises(InvalidRequestError, match=words):
        Percentile(**changes)


def test_evidence_that_does_not_do_is_refused():
    samples, _ = clustered()
    with pytest.raises(InvalidRequestError, match="ask of=samples"):
        find(Percentile(), over(samples))
    with pytest.raises(NoQuantityError, match="no concentration"):
        Percentile().bands(Surface(Thresholds((200.0,))))
    few = Samples.of(samples.coordinates[:5], samples.values[:5])
    with pytest.raises(TooFewPlacesError, match="a share of them needs 20"):
        find(Percentile(of="samples"), over(few))
    hidden = Samples.of(samples.coordinates, samples.values, np.ones(400, bool))
    with pytest.raises(CensoredValuesError, match="Choose data sets with values"):
        find(Percentile(of="samples"), over(hidden))
