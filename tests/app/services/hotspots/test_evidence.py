"""The evidence of several contaminants side by side, cells around samples, and whose they are."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Conflict, Unprocessable
from app.services import hotspots, surfaces
from app.services.datasets import DatasetTerms
from app.services.hotspots.evidence import _grid, put_side_by_side
from app.services.runtime import Runtime
from spatial.hotspots.samples import Samples
from tests.app.scene import build, ensure, find, secret_rows, soil_csv, take_in


def _gathered(ids: list[int]) -> Any:
    """Results of samples by their keys, of which each has a place of its own."""
    places = np.array([[10.0 * key, -key] for key in ids], np.float64).reshape(-1, 2)
    selection = SimpleNamespace(sample_ids=np.array(ids, np.int64))
    samples = Samples.of(places, np.arange(1.0, len(ids) + 1))
    return SimpleNamespace(selection=selection, samples=samples)


@given(st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=6), min_size=1, max_size=3))
def test_each_sample_is_there_once_and_each_result_knows_its_own(keys: list[list[int]]) -> None:
    together = put_side_by_side([_gathered(ids) for ids in keys])
    assert together.sample_ids.tolist() == sorted(set().union(*keys))
    assert together.samples.coordinates.tolist() == [[10 * k, -k] for k in together.sample_ids]
    for ids, rows in zip(keys, together.rows, strict=True):
        assert together.sample_ids[rows].tolist() == ids


@pytest.mark.parametrize(
    "places",
    [
        [[0.0, 0.0]],
        [[1000.0, 2000.0]] * 3,
        [[0.0, 0.0], [4000.0, 0.0]],
        [[0.0, 0.0], [300.0, 900.0], [5000.0, 2500.0], [100.0, 7000.0]],
    ],
)
def test_cells_lie_around_every_sample_as_far_as_two_spacings(places: list[list[float]]) -> None:
    at = np.array(places)
    grid = _grid(Samples.of(at, np.ones(len(at))), None, 32631, 1_000_000)
    sides = np.maximum(at.max(axis=0) - at.min(axis=0), 1.0)
    spacing = np.sqrt(sides.prod() / len(at))
    # A suggested cell is a round quarter of a spacing: from 1 / 2.5 of it up to all of it.
    assert spacing / 10 <= grid.cell_size <= spacing / 4
    west, south, east, north = grid.bounds
    around = [at[:, 0].min() - west, at[:, 1].min() - south]
    around += [east - at[:, 0].max(), north - at[:, 1].max()]
    assert min(around) >= 8 * grid.cell_size * (1 - 1e-9)
    assert max(around) <= 2 * spacing + grid.cell_size


def test_cells_are_counted_before_they_are_laid() -> None:
    far = Samples.of(np.array([[0.0, 0.0], [1e6, 1e6]]), np.ones(2))
    with pytest.raises(Exception, match="at most 1,000 are allowed"):
        _grid(far, 10.0, 32631, 1_000)


def test_same_numbers_of_other_data_sets_are_a_layer_that_can_be_seen(runtime: Runtime) -> None:
    content = soil_csv(secret_rows())
    order = hotspots.HotspotOrder(contaminant="zn", definition="getis-ord", samples={})
    take_in(runtime, content, dataset="d", visibility="public", epsg=4326, unit="mg/kg")
    hidden = find(runtime, order)["layer"]
    with runtime.database.writing() as session:
        ensure(session, "d", DatasetTerms(visibility="private"))
    with pytest.raises(Unprocessable, match="No result"):
        find(runtime, order)
    take_in(runtime, content, dataset="e", visibility="public", epsg=4326, unit="mg/kg")
    found = find(runtime, order)
    assert found["is_new"]
    assert found["layer"] != hidden
    with runtime.database.reading() as session:
        assert [one["id"] for one in hotspots.list_layers(session)] == [found["layer"]]
    assert find(runtime, order) == {"layer": found["layer"], "is_new": False}


def test_hidden_surface_is_not_told_in_a_layer_of_public_data_sets(runtime: Runtime) -> None:
    content = soil_csv(secret_rows())
    order = surfaces.SurfaceOrder(contaminant="zn", method="inverse_distance", cell_size=500.0)
    take_in(runtime, content, dataset="d", visibility="public", epsg=4326, unit="mg/kg")
    hidden = build(runtime, order)["surface"]
    on_it = hotspots.HotspotOrder(contaminant="zn", definition="getis-ord", surface=hidden)
    with runtime.database.writing() as session:
        ensure(session, "d", DatasetTerms(visibility="private"))
    take_in(runtime, content, dataset="e", visibility="public", epsg=4326, unit="mg/kg")
    # The numbers are the same, and whose they are is not.
    with pytest.raises(Conflict, match="Build the surface again"):
        find(runtime, on_it)
    shown = build(runtime, order)["surface"]
    assert find(runtime, replace(on_it, surface=shown))["is_new"]
    with runtime.database.reading() as session:
        assert [one["surface"] for one in hotspots.list_layers(session)] == [shown]
