"""What is said of a file is refused by its name, or is what the reading can take."""

import math
from dataclasses import fields
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.errors import InvalidRequest
from app.services.imports.options import as_options, check_options
from ingest.options import ImportOptions
from tests.app.scene import soil_csv

_NAMES = [field.name for field in fields(ImportOptions) if field.name != "saved"]
# Whatever JSON may hold.
_VALUES: list[Any] = [
    "x", "", "5", 5, 0, -1, 1.5, 1e400, math.nan, 10**400, True, False, [], [1], ["a"], [None],
    {}, {"a": 1}, {"a": "b"}, {"a": None}, {"name": "x", "columns": 5},
]  # fmt: skip
_GOOD: dict[str, Any] = {
    "epsg": 28992, "country": "NL", "unit": "mg/kg", "encoding": "cp1252", "separator": ";",
    "decimal": ",", "columns": {"Pb": "contaminant:pb"}, "mapping": {"name": "own"},
    "format": "glosis", "depth_upper_cm": 0, "depth_lower_cm": 12.5, "sampled_from": "1990-06-30",
    "sampled_to": "1990-06-30", "extraction": "aqua regia", "fraction": "<2mm",
    "moisture_percent": 12.5, "sheet": "Samples", "header_row": 3, "accept": ["null_island"],
}  # fmt: skip
_KINDS: dict[str, type | tuple[type, ...]] = {
    "epsg": int, "header_row": int, "depth_upper_cm": (int, float), "depth_lower_cm": (int, float),
    "moisture_percent": (int, float), "columns": dict, "accept": frozenset,
    "sampled_from": date, "sampled_to": date,
}  # fmt: skip


def test_everything_that_can_be_said_is_taken() -> None:
    assert sorted(_GOOD) == sorted(_NAMES)
    check_options(_GOOD)
    taken = as_options(_GOOD)
    for name in _NAMES:
        assert getattr(taken, name) != getattr(ImportOptions(), name), name
    assert taken.sampled_from == date(1990, 6, 30)
    assert taken.accept == {"null_island"}


def test_nothing_said_is_nothing_stated() -> None:
    nothing = dict.fromkeys(_NAMES)
    check_options(nothing)
    assert as_options(nothing) == as_options({}) == ImportOptions()


def _refusal(options: dict[str, Any]) -> InvalidRequest | None:
    try:
        check_options(options)
    except InvalidRequest as error:
        return error
    return None


@pytest.mark.parametrize("name", _NAMES)
def test_what_it_cannot_be_is_refused_by_its_name(name: str) -> None:
    refused = 0
    for value in _VALUES:
        error = _refusal({name: value})
        if error is not None:
            assert error.details["parameter"] == name
            assert len(error.message) < 400
            refused += 1
            continue
        told = getattr(as_options({name: value}), name)
        if name != "mapping":
            assert isinstance(told, _KINDS.get(name, str)), (value, told)
            assert not isinstance(told, bool)
    assert refused >= 10


@pytest.mark.parametrize("name", ["saved", "Epsg", "", "x" * 500])
def test_other_names_are_unknown(name: str) -> None:
    with pytest.raises(InvalidRequest, match="There is no option") as caught:
        check_options({name: None})
    assert caught.value.details["parameter"] == name[:80]
    assert "saved," not in caught.value.message


def test_depths_come_in_their_order() -> None:
    check_options({"depth_upper_cm": 5, "depth_lower_cm": 5})
    with pytest.raises(InvalidRequest, match="must not be above"):
        check_options({"depth_upper_cm": 5.1, "depth_lower_cm": 5})


@pytest.mark.parametrize(
    "options", ['{"depth_upper_cm": "x"}', '{"accept": 5}', '{"mapping": 5}', '{"epsg": "RD"}']
)
def test_a_request_is_told_which_option_it_is(operator: TestClient, options: str) -> None:
    file = ("a.csv", soil_csv([("a", 5, 51, 1)]).encode())
    said = {"dataset": "d", "kind": "samples", "options": options}
    answer = operator.post("/api/imports", data=said, files={"file": file})
    assert answer.status_code == 400, answer.text
    assert answer.json()["parameter"] in options
