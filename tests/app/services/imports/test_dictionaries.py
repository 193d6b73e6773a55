"""Equal combinations get one number, others another, and unknown is a value like any other."""

from typing import Any

import polars as pl

from app.db.models import Measurand
from app.services.imports import dictionaries
from app.services.imports.dictionaries import MEASURAND, Dictionary, measurands
from app.services.runtime import Runtime
from ingest.records import RESULT_SCHEMA


def _told(*rows: tuple[Any, ...]) -> pl.DataFrame:
    schema = {name: RESULT_SCHEMA[name] for name in MEASURAND}
    return pl.DataFrame(rows, schema=schema, orient="row")


def test_numbers_are_those_of_the_combinations() -> None:
    added: list[tuple[Any, ...]] = []

    def add(new: pl.DataFrame) -> list[int]:
        added.extend(new.rows())
        return list(range(len(added) - len(new), len(added)))

    entries = Dictionary(MEASURAND, add)
    rows = [
        ("zn", None, None, None),
        ("pb", None, None, None),
        ("zn", "XRF", None, None),
        ("zn", None, None, None),
        ("zn", None, None, "a"),
    ]
    assert entries.numbers(_told(*rows)).to_list() == [0, 1, 2, 0, 3]
    # one alone, and new ones among old ones
    assert entries.numbers(_told(("zn", "XRF", None, None))).to_list() == [2]
    mixed = _told(("zn", "XRF", None, "a"), *rows)
    assert entries.numbers(mixed).to_list() == [4, 0, 1, 2, 0, 3]
    assert len(added) == len(set(added)) == 5


def test_memory_is_bounded(monkeypatch: Any) -> None:
    monkeypatch.setattr(dictionaries, "_MOST_KNOWN", 2)
    asked: list[int] = []

    def add(new: pl.DataFrame) -> list[int]:
        asked.extend(range(len(asked), len(asked) + len(new)))
        return asked[-len(new) :]

    entries = Dictionary(MEASURAND, add)
    told = _told(*(("zn", None, None, str(number)) for number in range(3)))
    assert entries.numbers(told).to_list() == [0, 1, 2]
    assert entries.numbers(told).to_list() == [3, 4, 5]


def test_measurands_are_shared(runtime: Runtime) -> None:
    told = _told(("zn", None, None, "shared"), ("zn", "XRF", None, "shared"))
    first = measurands(runtime.database).numbers(told).to_list()
    again = measurands(runtime.database).numbers(told.reverse()).to_list()
    assert again == first[::-1]
    with runtime.database.reading() as session:
        assert session.get_one(Measurand, first[1]).extraction == "XRF"
