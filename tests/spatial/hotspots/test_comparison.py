import numpy as np
import pytest
import shapely

from spatial.hotspots.comparison import compare_layers

BOX = shapely.box


def changes(before, after):
    return [
        (one.change, round(one.gained), round(one.lost)) for one in compare_layers(before, after)
    ]


def test_every_kind_of_change():
    before = [
        BOX(0, 0, 2, 2),
        BOX(10, 0, 12, 2),
        BOX(20, 0, 22, 2),
        BOX(30, 0, 32, 2),
        BOX(40, 0, 42, 2),
    ]
    after = [
        BOX(0, 0, 2, 2),
        BOX(10, 0, 13, 2),
        BOX(20, 0, 21, 2),
        BOX(31, 0, 33, 2),
        BOX(50, 0, 52, 2),
    ]
    assert changes(before, after) == [
        ("gained", 4, 0),
        ("lost", 0, 4),
        ("grown", 2, 0),
        ("shrunk", 0, 2),
        ("moved", 2, 2),
        ("unchanged", 0, 0),
    ]


def test_polygons_that_grew_together_are_one_difference():
    [one] = compare_layers([BOX(0, 0, 1, 1), BOX(2, 0, 3, 1)], [BOX(0, 0, 3, 1)])
    assert (one.change, one.before, one.after) == ("grown", (0, 1), (0,))
    assert (one.area_before, one.area_after) == (2.0, 3.0)


def test_a_shared_edge_is_no_overlap():
    assert changes([BOX(0, 0, 1, 1)], [BOX(1, 0, 2, 1)]) == [("gained", 1, 0), ("lost", 0, 1)]


def test_rounding_on_the_way_to_degrees_and_back_is_no_change():
    square = BOX(100_000, 400_000, 100_400, 400_400)
    moved = shapely.transform(square, lambda c: c + 1e-7)
    assert changes([square], [moved]) == [("unchanged", 0, 0)]


@pytest.mark.parametrize("sides", [(0, 0), (0, 2), (2, 0)])
def test_empty_layers(sides):
    boxes = [BOX(0, 0, 1, 1), BOX(5, 5, 6, 6)]
    found = compare_layers(boxes[: sides[0]], boxes[: sides[1]])
    assert [one.change for one in found] == ["gained"] * sides[1] + ["lost"] * sides[0]


def test_areas_add_up_over_random_layers():
    rng = np.random.default_rng(5)

    def layer():
        corners = rng.random((40, 2)) * 100
        merged = shapely.union_all([BOX(x, y, x + 6, y + 6) for x, y in corners])
        return list(merged.geoms)

    before, after = layer(), layer()
    found = compare_layers(before, after)
    old, new = shapely.union_all(before), shapely.union_all(after)
    assert sum(one.gained for one in found) == pytest.approx(new.difference(old).area, abs=0.5)
    assert sum(one.lost for one in found) == pytest.approx(old.difference(new).area, abs=0.5)
    assert sorted(i for one in found for i in one.before) == list(range(len(before)))
    assert sorted(i for one in found for i in one.after) == list(range(len(after)))
