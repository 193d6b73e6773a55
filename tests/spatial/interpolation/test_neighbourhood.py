import numpy as np
import pytest

from spatial.errors import InvalidRequestError
from spatial.interpolation.neighbourhood import Neighbourhood, NeighbourhoodSearch

RULES = [
    Neighbourhood(),
    Neighbourhood(7),
    Neighbourhood(radius=300.0),
    Neighbourhood(9, radius=300.0, minimum=3),
    Neighbourhood(sectors=4, per_sector=2),
    Neighbourhood(10, 500.0, 2, sectors=8, per_sector=3),
]


def plain_search(places, cell, rule, without=None):
    """Every distance, every direction, then the rule as it is written."""
    offset = places - cell
    distance = np.hypot(*offset.T)
    allowed = distance <= (np.inf if rule.radius is None else rule.radius)
    if without is not None:
        allowed[without] = False
    bearing = np.mod(np.degrees(np.arctan2(offset[:, 0], offset[:, 1])), 360.0)
    sector = np.floor(bearing / (360.0 / rule.sectors))
    chosen = []
    for number in range(rule.sectors):
        inside = np.flatnonzero(allowed & (sector == number))
        chosen += list(inside[np.argsort(distance[inside])][: rule.per_sector])
    chosen = sorted(chosen, key=lambda place: distance[place])[: rule.neighbours]
    return chosen if len(chosen) >= rule.minimum else []


@pytest.mark.parametrize("rule", RULES)
def test_search_equals_a_plain_search(rule, samples):
    places = samples[0]
    cells = np.random.default_rng(4).uniform([499800, 5599800], [502200, 5601700], (40, 2))
    search = NeighbourhoodSearch(places, rule)
    for cell, row in zip(cells, search.select(cells), strict=True):
        assert row[row < 90].tolist() == plain_search(places, cell, rule)
    for place, row in enumerate(search.select(places, np.arange(90))):
        assert row[row < 90].tolist() == plain_search(places, places[place], rule, place)


def test_borders_belong_to_the_sector_they_open():
    around = np.array([[0, 5], [5, 5], [5, 0], [5, -5], [0, -5], [-5, -5], [-5, 0], [-5, 5.0]])
    for sectors, expected in ((4, [0, 0, 1, 1, 2, 2, 3, 3]), (8, list(range(8)))):
        rule = Neighbourhood(sectors=sectors, per_sector=1)
        for first, second in ((a, b) for a in range(8) for b in range(a)):
            pair = around[[first, second]]
            found = NeighbourhoodSearch(pair, rule).select(np.zeros((1, 2)))
            is_shared = expected[first] == expected[second]
            assert (np.count_nonzero(found < 2) == 1) == is_shared


def test_all_of_few_samples_is_global():
    assert Neighbourhood().is_all_of(5)
    assert Neighbourhood(9).is_all_of(5)
    assert not Neighbourhood(9).is_all_of(50)
    assert not Neighbourhood(9, radius=5.0).is_all_of(5)
    assert not Neighbourhood(minimum=6).is_all_of(5)


def test_contradictions_are_refused():
    with pytest.raises(InvalidRequestError, match="number of samples per sector"):
        Neighbourhood(sectors=4)
    with pytest.raises(InvalidRequestError, match="1, 4 or 8 sectors"):
        Neighbourhood(sectors=5, per_sector=1)
    with pytest.raises(InvalidRequestError, match="no place could be predicted"):
        Neighbourhood(minimum=9, sectors=4, per_sector=2)
    with pytest.raises(InvalidRequestError, match="coordinates on a plane"):
        NeighbourhoodSearch(np.zeros((4, 3)), Neighbourhood(sectors=4, per_sector=2))
