"""GeoJSON in its three shapes, read again by rules that each of them states."""

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from app.services.files.flow import Flow
from app.services.files.geojson import feature_texts, geojson, geojson_lines, geojson_sequence
from app.services.files.rows import GEOMETRY, Table

# What parts records, lines and texts, in the middle of a text.
_NAMES = ["plain", 'a "quote" \\ and', "record \x1e here", "line\nand\r\nline\u2028line", "", None]
_KINDS = {"id": "text", "name": "text", "value": "number", "list": "json"}
_POINT = '{"type":"Point","coordinates":[5.1,51]}'


def _batch(numbers: range) -> pa.RecordBatch:
    columns = {
        "id": pa.array([f"x_{number}" for number in numbers], pa.string()),
        "name": pa.array([_NAMES[number % len(_NAMES)] for number in numbers], pa.string()),
        "value": pa.array([None if number % 2 else "0.5" for number in numbers], pa.string()),
        "list": pa.array(["[1,\n 2]"] * len(numbers), pa.string()),
        # Districts known by their code have no shape.
        GEOMETRY: pa.array([None if number == 1 else _POINT for number in numbers], pa.string()),
    }
    return pa.record_batch(columns)


def _expected(count: int) -> list[dict[str, Any]]:
    return [
        {
            "type": "Feature",
            "id": f"x_{number}",
            "geometry": None if number == 1 else json.loads(_POINT),
            "properties": {
                "name": _NAMES[number % len(_NAMES)],
                "value": None if number % 2 else 0.5,
                "list": [1, 2],
            },
        }
        for number in range(count)
    ]


def _flow(*sizes: int) -> Flow:
    def batches() -> Iterator[pa.RecordBatch]:
        first = 0
        for size in sizes:
            yield _batch(range(first, first + size))
            first += size

    table = Table(_batch(range(0)).schema, batches(), _KINDS)  # type: ignore[arg-type]
    return Flow(table, lambda _: [])


@pytest.mark.parametrize("sizes", [(), (0,), (1,), (0, 3), (2, 0, 9), (7, 1)])
def test_each_shape_holds_every_feature(sizes: tuple[int, ...]) -> None:
    expected = _expected(sum(sizes))
    whole = json.loads(b"".join(geojson(_flow(*sizes))))
    assert whole == {"type": "FeatureCollection", "features": expected}

    # A program that reads by lines parts them at line feeds alone.
    lines = b"".join(map(bytes, geojson_lines(_flow(*sizes)))).split(b"\n")
    assert lines.pop() == b""
    assert [json.loads(line) for line in lines] == expected

    # RFC 8142: RS, the feature, LF; what stands before the first separator is nothing.
    sequence = b"".join(map(bytes, geojson_sequence(_flow(*sizes))))
    before, *records = sequence.split(b"\x1e")
    assert before == b""
    assert all(record.endswith(b"\n") and record.count(b"\n") == 1 for record in records)
    assert [json.loads(record) for record in records] == expected


def test_a_feature_without_properties_is_one_too() -> None:
    batch = _batch(range(2)).select(["id", GEOMETRY])
    told = [
        json.loads(one)["properties"] for one in feature_texts(batch, {"id": "text"}).to_pylist()
    ]
    assert told == [{}, {}]
