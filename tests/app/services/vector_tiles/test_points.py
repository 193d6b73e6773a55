"""Points that lie ready, as GDAL reads them; `tests/app/services/pages` holds them to PostGIS."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyogrio
import pytest

from app.services.vector_tiles.points import (
    Marks,
    encode_points,
    open_marks,
    value_messages,
    writing_marks,
)

# Beyond 127 and 16,383 an index takes another byte.
_COUNT = 12_000
_KEYS = ("id", "depth", "unit", "never")


def _columns(numbers: range) -> list[pa.Array]:
    texts = pa.array([f"sm_{n}" for n in numbers])
    depths = pa.array([None if n % 3 else repr(n / 7) for n in numbers], pa.string())
    units = pa.array([None if n % 5 == 0 else "mg/kg é"[: n % 8] for n in numbers], pa.string())
    nothing = pa.nulls(len(numbers), pa.string())
    return [
        value_messages(texts, is_number=False),
        value_messages(depths, is_number=True),
        value_messages(units.dictionary_encode(), is_number=False),
        value_messages(nothing, is_number=False),
    ]


@pytest.fixture
def marks(tmp_path: Path) -> Marks:
    """What 12,000 points show, written in two pieces."""
    with writing_marks(tmp_path, len(_KEYS)) as writer:
        writer.add(_columns(range(100)))
        writer.add(_columns(range(100, _COUNT)))
        writer.finish(tmp_path / "marks", "a name of éven more")
        assert writer.size > 0
    assert [one.name for one in tmp_path.iterdir()] == ["marks"]
    return open_marks(tmp_path / "marks")


@pytest.mark.parametrize("numbers", [
    np.array([0]), np.array([0, 1, 2, 99, 100, 5_000, _COUNT - 1]), np.arange(_COUNT),
])  # fmt: skip
def test_gdal_reads_each_point_as_it_is(tmp_path: Path, marks: Marks, numbers: np.ndarray) -> None:
    assert marks.name == "a name of éven more"
    assert marks.columns[3] is None
    columns, rows = numbers % 4_224 - 64, numbers * 7 % 4_224 - 64
    file = tmp_path / "tile.mvt"
    file.write_bytes(encode_points(marks, _KEYS, "samples", numbers, (columns, rows)))
    read = pyogrio.read_dataframe(file, CLIP="NO")
    assert read.geometry.x.tolist() == columns.tolist()
    # GDAL turns rows of a tile whose place it does not know upside down.
    assert read.geometry.y.tolist() == (4096 - rows).tolist()
    assert read["id"].tolist() == [f"sm_{n}" for n in numbers]
    # GDAL has no column that no feature has a value in.
    assert ("depth" in read) == any(n % 3 == 0 for n in numbers.tolist())
    assert ("unit" in read) == any(n % 5 for n in numbers.tolist())
    if "depth" in read:
        depths = [None if np.isnan(one) else one for one in read["depth"]]
        assert depths == [None if n % 3 else n / 7 for n in numbers.tolist()]
    if "unit" in read:
        units = [one if isinstance(one, str) else None for one in read["unit"]]
        assert units == [None if n % 5 == 0 else "mg/kg é"[: n % 8] for n in numbers.tolist()]


def test_no_points_are_no_tile(marks: Marks) -> None:
    nothing = np.zeros(0, np.int64)
    assert encode_points(marks, _KEYS, "samples", nothing, (nothing, nothing)) == b""
