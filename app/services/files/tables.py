"""Features as rows of a table of text: points as longitude and latitude, formulas guarded."""

import string
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from app.services.files.flow import Flow
from app.services.files.rows import GEOMETRY
from app.services.files.shapes import in_degrees, places
from app.services.files.text_columns import bytes_of, joined
from ingest.excerpt import guard_formula

_DIGITS = 9
# Letters and digits begin no formula; whatever else is looked at closely.
_IS_HARMLESS = np.zeros(256, np.bool_)
_IS_HARMLESS[[ord(one) for one in string.ascii_letters + string.digits]] = True
# What makes a cell need quotes.
_IS_SPECIAL = np.zeros(256, np.bool_)
_IS_SPECIAL[[ord(character) for character in '",\r\n']] = True


def csv_table(flow: Flow) -> Iterator[bytes]:
    """Yield a table with a header; lists and objects are JSON."""
    names = list(flow.kinds)
    placed = ["longitude", "latitude"] if flow.is_point else ["longitude", "latitude", "wkt"]
    # With the first features: until they are read nothing is said.
    before = (",".join([*placed, *names]) + "\r\n").encode()
    for batch in flow.batches():
        cells = _points(batch) if flow.is_point else _shapes(batch)
        cells += [_cell(_guarded(batch.column(name), kind)) for name, kind in flow.kinds.items()]
        parts: list[Any] = []
        for cell in cells:
            parts += [",", cell]
        yield before + bytes_of(joined([*parts[1:], "\r\n"], batch.num_rows)).tobytes()
        before = b""
    if before:
        yield before


def _points(batch: pa.RecordBatch) -> list[Any]:
    at = places(batch.column(GEOMETRY))
    return [in_degrees(at[:, 0]), in_degrees(at[:, 1])]


def _shapes(batch: pa.RecordBatch) -> list[Any]:
    """Return a place in each shape, and the shape; districts known by their code have none."""
    shapes = shapely.from_wkb(batch.column(GEOMETRY).to_numpy(zero_copy_only=False))
    middle = shapely.get_coordinates(shapely.point_on_surface(shapes[shapes != None]))  # noqa: E711
    numbers = np.full((len(shapes), 2), np.nan)
    numbers[shapes != None] = middle  # noqa: E711
    told = pa.array(shapely.to_wkt(shapes, rounding_precision=_DIGITS), pa.string())
    return [*(in_degrees(column).fill_null("") for column in numbers.T), _cell(told)]


def _guarded(column: pa.Array, kind: str) -> pa.Array:
    """Return texts as no spreadsheet runs them; few begin with what could be a formula."""
    if pa.types.is_dictionary(column.type):
        return _guarded(column.dictionary, kind).take(column.indices)
    if kind != "text" or not _may_run(column):
        return column
    told = [None if text is None else guard_formula(text) for text in column.to_pylist()]
    return pa.array(told, pa.string())


def _may_run(column: pa.Array) -> bool:
    return not _IS_HARMLESS[bytes_of(pc.utf8_slice_codeunits(column, 0, 1))].all()


def _cell(column: pa.Array) -> pa.Array | str:
    """Return a column as cells: quoted where one of them has to be."""
    if column.null_count == len(column):
        return ""
    if _IS_SPECIAL[bytes_of(column)].any():
        column = pc.binary_join_element_wise('"', pc.replace_substring(column, '"', '""'), '"', "")
    return column.fill_null("") if column.null_count else column
