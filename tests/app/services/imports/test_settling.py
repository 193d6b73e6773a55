"""Repetitions and contradictions among rows: every row concerned is told, and none is lost."""

from collections import defaultdict
from functools import partial
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from app.db.models import QuarantinedRow, Result, Sample
from app.services import imports
from app.services.imports import batches, files
from app.services.runtime import Runtime
from ingest.options import Limits
from tests.app.scene import soil_csv, take_in

OPTIONS: dict[str, Any] = {"epsg": 4326, "unit": "mg/kg", "dataset": "d"}
HEAD = "lon,lat,zinc,lead\n"


def _counts(shown: dict[str, Any]) -> tuple[int, ...]:
    rows = shown["rows"]
    assert rows["read"] == sum(rows[name] for name in rows if name != "read")
    return tuple(rows[name] for name in ("read", "loaded", "unchanged", "quarantined", "skipped"))


def _reasons(opened: Runtime) -> dict[int, list[str]]:
    with opened.database.reading() as session:
        rows = session.execute(
            select(QuarantinedRow.row_number, QuarantinedRow.reasons).order_by(
                QuarantinedRow.row_number
            )
        )
        return {number: [reason["code"] for reason in reasons] for number, reasons in rows}


def _results(opened: Runtime) -> list[tuple[Any, ...]]:
    with opened.database.reading() as session:
        rows = session.execute(
            select(Result.row_number, Sample.row_number, Result.contaminant, Result.value)
            .join(Sample, Sample.id == Result.sample_id)
            .where(Result.superseded_at.is_(None))
            .order_by(Result.row_number, Result.contaminant)
        )
        return [tuple(row) for row in rows]


@pytest.fixture(
    params=[
        (8_000_000, 10_000, 1_000, True),
        (40, 10_000, 1_000, False),
        (40, 1, 1_000, True),
        (40, 1, 0, False),
    ],
    ids=[
        "one block, own tables",
        "small blocks",
        "small batches, own tables",
        "small batches, nothing kept back",
    ],
    autouse=True,
)
def _blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Repetitions within a block, from block to block and from batch to batch are settled alike."""
    characters, rows, kept_back, has_own_tables = request.param
    if has_own_tables:
        monkeypatch.setattr(files, "LARGE_BYTES", 0)
    monkeypatch.setattr(files, "Limits", partial(Limits, block_characters=characters))
    monkeypatch.setattr(batches, "BATCH_ROWS", rows)
    monkeypatch.setattr(batches, "_MOST_KEPT_BACK", kept_back)


def test_equal_rows_are_skipped(runtime: Runtime) -> None:
    shown = take_in(runtime, HEAD + "5.7,50.9,1,2\n5.8,50.9,3,4\n5.7,50.9,1.0,2\n", **OPTIONS)
    assert _counts(shown) == (3, 2, 0, 0, 1)
    assert [row[:2] for row in _results(runtime)] == [(2, 2), (2, 2), (3, 3), (3, 3)]


def test_contradicting_rows_are_all_set_aside_as_written(runtime: Runtime) -> None:
    shown = take_in(runtime, HEAD + "5.7,50.9,1,2\n5.8,50.9,3,4\n5.7,50.9, 9 ,2\n", **OPTIONS)
    assert _counts(shown) == (3, 1, 0, 2, 0)
    assert _reasons(runtime) == {2: ["duplicate_conflict"], 4: ["duplicate_conflict"]}
    with runtime.database.reading() as session:
        record = imports.get(session, shown["id"])
        assert "5.7,50.9, 9 ,2,4," in imports.quarantine_csv(session, record)
        assert record.report is not None
        assert "another result for zn than row 2" in record.report["findings"][-1]["message"]
        assert record.report["finding_counts"]["duplicate_conflict"] == 2


def test_good_row_of_a_contradicted_sample_tells_the_sample(runtime: Runtime) -> None:
    shown = take_in(runtime, HEAD + "5.7,50.9,1,2\n5.7,50.9,9,2\n5.7,50.9,,2\n", **OPTIONS)
    assert _counts(shown) == (3, 1, 0, 2, 0)
    assert _results(runtime) == [(4, 4, "pb", 2.0)]


def test_sample_at_two_places_is_set_aside(runtime: Runtime) -> None:
    rows = [("A", 5.7, 50.9, 1), ("A", 5.8, 50.9, 1), ("B", 5.9, 50.9, 1)]
    assert _counts(take_in(runtime, soil_csv(rows), **OPTIONS)) == (3, 1, 0, 2, 0)
    assert _reasons(runtime) == {2: ["sample_conflict"], 3: ["sample_conflict"]}


def test_sample_stored_elsewhere_is_set_aside_and_the_others_load(runtime: Runtime) -> None:
    take_in(runtime, soil_csv([("A", 5.7, 50.9, 1), ("B", 5.8, 50.9, 1)]), **OPTIONS)
    moved = [("A", 5.7, 50.9, 1), ("B", 5.8001, 50.9, 7), ("C", 5.9, 50.9, 1)]
    assert _counts(take_in(runtime, soil_csv(moved), **OPTIONS)) == (3, 1, 1, 1, 0)
    assert _reasons(runtime) == {3: ["sample_elsewhere"]}


@pytest.mark.parametrize("seed", range(4))
def test_any_mixture_is_settled_as_by_hand(runtime: Runtime, seed: int) -> None:
    """The rule, told once more in plain Python."""
    rng = np.random.default_rng(seed)
    rows = [
        (
            f"{5 + rng.integers(6) / 10}",
            "50.9",
            rng.choice(["1", "1", "1", "2", ""]),
            rng.choice(["3", " "]),
        )
        for _ in range(40)
    ]
    shown = take_in(runtime, HEAD + "".join(",".join(row) + "\n" for row in rows), **OPTIONS)
    told: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    for number, (longitude, _, zinc, lead) in enumerate(rows, 2):
        for name, text in (("zn", zinc), ("pb", lead)):
            if text.strip():
                told[longitude, name][number] = float(text)
    bad = {row for values in told.values() if len(set(values.values())) > 1 for row in values}
    expected = [
        (min(good), name, good[min(good)])
        for (_, name), values in told.items()
        if (good := {row: value for row, value in values.items() if row not in bad})
    ]
    assert sorted((row, name, value) for row, _, name, value in _results(runtime)) == sorted(
        expected
    )
    assert set(_reasons(runtime)) == bad
    # A row without results tells a sample only where it is the first to do so.
    first = {longitude: number for number, (longitude, *_) in reversed([*enumerate(rows, 2)])}
    loaded = {row for row, _, _ in expected} | (set(first.values()) - bad)
    assert _counts(shown) == (40, len(loaded), 0, len(bad), 40 - len(loaded) - len(bad))
