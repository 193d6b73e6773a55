import numpy as np
import pytest

from spatial.errors import InvalidValuesError
from spatial.grids import Grid
from spatial.interpolation.drift import GridTable
from spatial.interpolation.measured_table import MeasuredTable

GRID = Grid(west=0.0, north=20.0, cell_size=10.0, columns=2, rows=2, epsg=32631)
TABLE = GridTable(GRID, {"height": [[1.0, 2.0], [3.0, np.nan]]})


def test_a_sample_has_its_own_number_and_a_cell_the_grids():
    table = MeasuredTable([5.0, 5.0, 12.0], [5.0, 5.0, 3.0], {"height": [9.0, 9.0, 8.0]}, TABLE)
    asked = np.array([[5.0, 5.0], [5.0, 6.0], [12.0, 3.0], [12.0, 4.0], [99.0, 0.0]])
    assert table.at(asked)[:, 0].tolist() == pytest.approx([9, 3, 8, np.nan, np.nan], nan_ok=True)


def test_the_fingerprint_follows_every_number_and_no_order():
    first = MeasuredTable([5.0, 12.0], [5.0, 3.0], {"height": [9.0, 8.0]}, TABLE)
    turned = MeasuredTable([12.0, 5.0], [3.0, 5.0], {"height": [8.0, 9.0]}, TABLE)
    other = MeasuredTable([5.0, 12.0], [5.0, 3.0], {"height": [9.0, 8.5]}, TABLE)
    shifted = Grid(west=10.0, north=20.0, cell_size=10.0, columns=2, rows=2, epsg=32631)
    moved = MeasuredTable(
        [5.0, 12.0],
        [5.0, 3.0],
        {"height": [9.0, 8.0]},
        GridTable(shifted, {"height": TABLE._bands[0]}),
    )
    assert first.fingerprint == turned.fingerprint
    assert len({first.fingerprint, other.fingerprint, moved.fingerprint}) == 3


def test_contradictions_are_refused():
    with pytest.raises(InvalidValuesError, match="must be the same"):
        MeasuredTable([5.0], [5.0], {"clay": [9.0]}, TABLE)
    with pytest.raises(InvalidValuesError, match="more than once"):
        MeasuredTable([5.0, 5.0], [5.0, 5.0], {"height": [9.0, 8.0]}, TABLE)
