"""What tells requests apart: anything of the order, any number, and whose numbers they are."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from app.db.models import Contaminant
from app.services import surfaces
from app.services.datasets import DatasetTerms
from app.services.runtime import Runtime
from app.services.surfaces.request import inputs_sha256, order_sha256, selection_request
from app.services.surfaces.selection import Selection
from tests.app.scene import build, ensure, secret_rows, soil_csv, take_in

_ZINC, _LEAD = Contaminant(code="zn"), Contaminant(code="pb")
_ORDER = surfaces.SurfaceOrder(contaminant="zn")
_OTHER: dict[str, Any] = {
    "contaminant": "Zinc", "datasets": ("d",), "epsg": 28992, "cell_size": 20.0, "method": "x",
    "transform": "none", "censoring": "substitution", "outline": {"type": "Polygon"},
}  # fmt: skip


def _selection(**changed: Any) -> Selection:
    numbers = np.arange(4.0)
    told: dict[str, Any] = {
        "sample_ids": np.arange(4), "dataset_ids": (1,), "longitudes": numbers + 5,
        "latitudes": numbers + 50, "eastings": numbers, "northings": numbers, "values": numbers + 1,
        "is_censored": np.array([False, True, False, False]), "unit": "mg/kg", "common_epsg": None,
        "counts": {}, "extractions": {}, "warnings": (),
    }  # fmt: skip
    return Selection(**(told | changed))


def test_any_number_makes_another_request() -> None:
    numbers = np.arange(4.0)
    changed = [
        {},
        {"longitudes": numbers + np.nextafter(5, 6)},
        {"latitudes": numbers + 5, "longitudes": numbers + 50},
        {"values": (numbers + 1)[::-1]},
        {"is_censored": np.zeros(4, np.bool_)},
        {name: _selection().__dict__[name][:3]
         for name in ("longitudes", "latitudes", "values", "is_censored")},
        {name: np.array([]) for name in ("longitudes", "latitudes", "values", "is_censored")},
    ]  # fmt: skip
    found = {inputs_sha256(_selection(**one)) for one in changed}
    assert len(found) == len(changed)
    requests = {selection_request(_ORDER, _ZINC, _selection(**one)) for one in changed}
    assert len(requests) == len(changed)


def test_anything_of_an_order_makes_another_one() -> None:
    names = {field.name for field in fields(surfaces.SurfaceOrder)}
    found = {order_sha256(_ORDER, _ZINC), order_sha256(_ORDER, _LEAD)}
    for name, value in _OTHER.items():
        assert name in names
        if name != "contaminant":
            found.add(order_sha256(replace(_ORDER, **{name: value}), _ZINC))
    assert len(found) == 2 + len(_OTHER) - 1


def test_a_contaminant_is_the_same_whatever_it_is_called() -> None:
    named = replace(_ORDER, contaminant="Zinc")
    assert order_sha256(named, _ZINC) == order_sha256(_ORDER, _ZINC)


@pytest.fixture
def twins(runtime: Runtime) -> tuple[Runtime, surfaces.SurfaceOrder, str]:
    """A surface of all public samples, hidden; the same file is public under another name."""
    content = soil_csv(secret_rows())
    order = surfaces.SurfaceOrder(contaminant="zn", method="inverse_distance", cell_size=500.0)
    take_in(runtime, content, dataset="d", visibility="public", epsg=4326, unit="mg/kg")
    hidden = build(runtime, order)["surface"]
    with runtime.database.writing() as session:
        ensure(session, "d", DatasetTerms(visibility="private"))
    take_in(runtime, content, dataset="e", visibility="public", epsg=4326, unit="mg/kg")
    return runtime, order, hidden


def test_same_numbers_of_other_data_sets_are_a_surface_that_can_be_seen(
    twins: tuple[Runtime, surfaces.SurfaceOrder, str],
) -> None:
    opened, order, hidden = twins
    built = build(opened, order)
    assert built["is_new"]
    assert build(opened, order) == {"surface": built["surface"], "is_new": False}
    with opened.database.reading() as session:
        listed = surfaces.list_surfaces(session, contaminant="zn")
        assert [one.uid for one in listed] == [surfaces.get_surface(session, built["surface"]).uid]
    # And back again: the first one is found.
    with opened.database.writing() as session:
        for name, visibility in (("d", "public"), ("e", "private")):
            ensure(session, name, DatasetTerms(visibility=visibility))
    assert build(opened, order) == {"surface": hidden, "is_new": False}
