"""What is told to GDAL before it writes: the kind of shape, and batches without dictionaries."""

from collections.abc import Iterator

import pyarrow as pa
import pytest
import shapely

from app.services.files.flow import Flow
from app.services.files.gis import kind_of_shape, reader
from app.services.files.rows import GEOMETRY, Table

_POINT, _BOX = shapely.Point(5, 51).wkb, shapely.box(0, 0, 1, 1).wkb
_SOME = shapely.MultiPolygon([shapely.box(0, 0, 1, 1)]).wkb


def _batch(*shapes: bytes | None, more: str = "name") -> pa.RecordBatch:
    shared = pa.array([None] + ["x"] * (len(shapes) - 1) if shapes else [], pa.string())
    return pa.record_batch(
        {more: shared.dictionary_encode(), GEOMETRY: pa.array(shapes, pa.binary())}
    )


@pytest.mark.parametrize(
    ("shapes", "more", "expected"),
    [
        ((_BOX, _BOX), "name", "Polygon"),
        ((None, _SOME), "name", "MultiPolygon"),
        ((_POINT,), "name", "Point"),
        ((None, None), "name", "Unknown"),
        ((), "name", "Unknown"),
        # Sources and districts: what the first one is says nothing of the others.
        ((_POINT, _BOX), "type_name", "Unknown"),
        ((_BOX, _SOME), "area_code", "Unknown"),
    ],
)
def test_kind_is_told_where_there_is_but_one(
    shapes: tuple[bytes | None, ...], more: str, expected: str
) -> None:
    given = [_batch(*shapes, more=more), _batch(_BOX, more=more)]
    kind, batches = kind_of_shape(iter(given))
    assert kind == expected
    assert list(batches) == given


def test_nothing_has_no_kind() -> None:
    kind, batches = kind_of_shape(iter(()))
    assert (kind, list(batches)) == ("Unknown", [])


def test_values_stay_without_their_dictionaries() -> None:
    given = [_batch(_BOX, None, _BOX), _batch(), _batch(_POINT, _POINT)]

    def batches() -> Iterator[pa.RecordBatch]:
        yield from given

    flow = Flow(Table(given[0].schema, batches()), lambda _: [])  # type: ignore[arg-type]
    made = reader(flow, flow.batches())
    assert made.schema.types == [pa.string(), pa.binary()]
    assert made.read_all().to_pylist() == [row for one in given for row in one.to_pylist()]
    assert flow.count == 5
