"""Points that are put together by columns: GDAL reads the same as from a file of its own."""

import datetime
from pathlib import Path

import geopandas
import numpy as np
import pyarrow as pa
import pyogrio
import pytest

from app.services.files.flatgeobuf import write_flatgeobuf
from app.services.files.flow import Flow
from app.services.files.gis import reader, write_with_gdal
from app.services.files.rows import Table
from app.services.files.shapes import points


def _batches(count: int) -> list[pa.RecordBatch]:
    rng = np.random.default_rng(3)
    numbers = range(count)
    columns = {
        "id": pa.array([f"é{n}" for n in numbers]),
        "shared": pa.array([f"s{n // 400}" for n in numbers]).dictionary_encode(),
        "same": pa.array(["one"] * count).dictionary_encode(),
        "factor": pa.array([2.0] * count).dictionary_encode(),
        "text": pa.array(["x" * (n % 40) if n % 3 else None for n in numbers], pa.string()),
        "size": pa.array([n / 7 if n % 5 else None for n in numbers], pa.float64()),
        "count": pa.array([n * 10**10 for n in numbers]),
        "is_so": pa.array([(True, None, False)[n % 3] for n in numbers], pa.bool_()),
        "day": pa.array([datetime.date(2020, 1, 1 + n % 28) for n in numbers]),
        "never": pa.nulls(count, pa.float64()),
        "geometry": points(
            pa.array(np.sort(rng.uniform(-180, 180, count))), pa.array(rng.uniform(-90, 90, count))
        ),
    }
    return pa.table(columns).to_batches(max_chunksize=700)


def _flow(batches: list[pa.RecordBatch]) -> Flow:
    table = Table(batches[0].schema, (batch for batch in batches), is_point=True)
    return Flow(table, lambda _: [{"title": "T"}])


@pytest.mark.parametrize("count", [1, 2, 16, 17, 257, 4_097])
def test_gdal_reads_what_it_would_have_written(tmp_path: Path, count: int) -> None:
    ours, theirs = tmp_path / "ours.fgb", tmp_path / "theirs.fgb"
    batches = _batches(count)
    write_flatgeobuf(_flow(batches), ours, "many")
    made = reader(_flow(batches), iter(batches))
    told = {"layer_options": {"DESCRIPTION": '{"datasets": [{"title": "T"}]}'}}
    write_with_gdal(theirs, "many", "FlatGeobuf", "Point", made, told)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ours.fgb", "theirs.fgb"]
    one, other = (pyogrio.read_info(path, force_feature_count=True) for path in (ours, theirs))
    assert {name: str(value) for name, value in one.items()} == {
        name: str(value) for name, value in other.items()
    }
    for box in [None, (-180, -90, 0, 0), (10, 10, 12, 60), (179, 89, 180, 90)]:
        found, expected = (
            geopandas.read_file(path, bbox=box).sort_values("id", ignore_index=True)
            for path in (ours, theirs)
        )
        assert found.equals(expected)
    assert len(geopandas.read_file(ours)) == count
