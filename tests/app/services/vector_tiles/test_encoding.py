"""Encoded cells as GDAL reads them."""

from pathlib import Path

import numpy as np
import pyogrio
import pytest

from app.services.vector_tiles.cells import NO_VALUE, Cells
from app.services.vector_tiles.encoding import encode_cells


def _cells(count: int, *, is_held: bool) -> Cells:
    rng = np.random.default_rng(2)
    places = np.sort(rng.choice(64 * 64, count, replace=False))
    counts = rng.integers(1, 300_000, count)
    maxima = rng.lognormal(4, 2, count)
    maxima[1] = NO_VALUE
    above = rng.integers(0, counts + 1) if is_held else None
    return Cells(places % 64, places // 64, counts, maxima, above)


@pytest.mark.parametrize("is_held", [True, False])
@pytest.mark.parametrize("count", [2, 90, 4096])
def test_gdal_reads_each_cell_as_it_is(tmp_path: Path, count: int, is_held: bool) -> None:
    cells = _cells(count, is_held=is_held)
    file = tmp_path / "tile.mvt"
    file.write_bytes(encode_cells(cells, "samples_cells"))
    assert [name for name, _ in pyogrio.list_layers(file)] == ["samples_cells"]
    read = pyogrio.read_dataframe(file)
    bounds = read.geometry.bounds
    assert read.geometry.is_valid.all()
    assert (read.geometry.area == 64 * 64).all()
    assert bounds["minx"].tolist() == (cells.columns * 64).tolist()
    # GDAL turns rows of a tile whose place it does not know upside down.
    assert bounds["maxy"].tolist() == (4096 - cells.rows * 64).tolist()
    assert read["count"].tolist() == cells.counts.tolist()
    told = [value if value != NO_VALUE else None for value in cells.maxima.tolist()]
    assert [None if np.isnan(value) else value for value in read["maximum"]] == told
    assert ("share" in read) == is_held
    if cells.above is not None:
        assert read["share"].tolist() == (cells.above / cells.counts).tolist()


def test_no_cells_are_no_tile() -> None:
    nothing = np.zeros(0, np.int64)
    assert encode_cells(Cells(nothing, nothing, nothing, np.zeros(0)), "x") == b""


def test_squares_turn_as_outer_rings_do() -> None:
    """By the specification the area by the surveyor's formula is positive, downwards."""
    one = np.array([3])
    content = encode_cells(Cells(one, one, one, np.array([1.0])), "x")
    # MoveTo(192, 192), LineTo (+64, 0) (0, +64) (-64, 0), ClosePath, in zigzag varints.
    assert bytes.fromhex("09800380031a8001000080017f000f") in content
