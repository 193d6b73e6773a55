"""What is stated of a file arrives in the process that reads it as it was stated."""

import pickle
from dataclasses import FrozenInstanceError, fields
from datetime import date

import pytest

from ingest.mapping.model import Mapping, RowRule
from ingest.options import ImportOptions, Limits

_MAPPING = Mapping("own", keep=(RowRule("type", ("TRG",), "why"),), missing={"Obs": ("8",)})
_STATED = ImportOptions(
    epsg=28992, country="NL", unit="mg/kg", encoding="cp1252", separator=";", decimal=",",
    columns={"x": "easting"}, mapping=_MAPPING, format="glosis", saved=(_MAPPING, _MAPPING),
    depth_upper_cm=0.0, depth_lower_cm=5.5, sampled_from=date(1900, 2, 28),
    sampled_to=date(2000, 2, 29), extraction="aqua regia", fraction="<2mm", moisture_percent=0.0,
    sheet="", header_row=1, accept=frozenset({"null_island"}),
)  # fmt: skip


def test_statements_arrive_in_another_process_as_they_are() -> None:
    unstated = ImportOptions()
    # Whoever adds a statement adds it here.
    for field in fields(ImportOptions):
        assert getattr(_STATED, field.name) != getattr(unstated, field.name), field.name
    for told in (_STATED, unstated, Limits(wall_seconds=0.5)):
        assert pickle.loads(pickle.dumps(told)) == told  # noqa: S301 - our own


def test_statements_cannot_be_changed_on_the_way() -> None:
    with pytest.raises(FrozenInstanceError):
        _STATED.epsg = 4326  # type: ignore[misc]
