"""What the child tells its parent arrives as it was sent."""

import io
from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from ingest import wire
from ingest.records import RESULT_SCHEMA, SOURCE_SCHEMA, PolarsType, Records


def _sent(records: Records) -> list[Records]:
    output = io.BytesIO()
    wire.send_records(output, records)
    output.seek(0)
    arrived = []
    while head := output.read(wire.HEAD.size):
        kind, length = wire.read_head(head)
        assert kind == "table"
        arrived.append(wire.read_table(output.read(length)))
    return arrived


@pytest.mark.parametrize(
    "columns",
    [
        {
            "n": [1, 2, 3],
            "same": ["a", "a", "a"],
            "none": [None, None, None],
            "day": [date.max] * 3,
        },
        {"n": [7, 7], "zero": [0.0, -0.0], "nan": [float("nan")] * 2, "some": ["", None]},
        {"n": [1], "said": ["only row"], "none": [None]},
        {"list": [["a"], ["a"]], "lists": [["a"], []], "flag": [True, True]},
    ],
)
def test_tables_arrive_as_they_were_sent(columns: dict[str, list[object]]) -> None:
    frame = pl.DataFrame(columns)
    [arrived] = _sent(Records({"samples": frame}, ()))
    assert list(arrived.tables) == ["samples"]
    assert_frame_equal(arrived.tables["samples"], frame, check_exact=True)


def test_zeros_of_both_signs_keep_them() -> None:
    frame = pl.DataFrame({"n": [1, 2], "zero": [0.0, -0.0]})
    [arrived] = _sent(Records({"samples": frame}, ()))
    assert [str(zero) for zero in arrived.tables["samples"]["zero"]] == ["0.0", "-0.0"]


@pytest.mark.parametrize("schema", [RESULT_SCHEMA, SOURCE_SCHEMA])
@pytest.mark.parametrize("height", [1, 2, 3])
def test_tables_of_nothing_but_nulls_keep_their_columns_and_types(
    schema: dict[str, PolarsType], height: int
) -> None:
    frame = pl.DataFrame({column: [None] * height for column in schema}, schema=schema)
    [arrived] = _sent(Records({"rows": frame}, ()))
    assert_frame_equal(arrived.tables["rows"], frame)


def test_large_tables_arrive_in_slices() -> None:
    frame = pl.DataFrame({"n": range(250_000)}).with_columns(pl.lit("same").alias("said"))
    arrived = [records.tables["samples"] for records in _sent(Records({"samples": frame}, ()))]
    assert [piece.height for piece in arrived] == [100_000, 100_000, 50_000]
    assert_frame_equal(pl.concat(arrived), frame)


def test_what_all_rows_say_travels_once() -> None:
    said = pl.lit("a text that is longer than twelve letters")
    frame = pl.DataFrame({"n": range(10_000)}).with_columns(said.alias("said"))
    output = io.BytesIO()
    wire.send_records(output, Records({"samples": frame}, ()))
    assert len(output.getvalue()) < 90_000
