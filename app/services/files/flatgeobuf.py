"""FlatGeobuf with an index, licences in its header.

GDAL writes it, but for points, which come by the million: they are put together by columns, in a
third of the time and with half of an index's memory. The layout is the format's own
(https://flatgeobuf.org: header.fbs, feature.fbs and the packed R-tree).
"""

import shutil
import struct
import tempfile
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.services.files.binary_columns import Part, binary, total_lengths
from app.services.files.flow import Flow
from app.services.files.gis import kind_of_shape, reader, write_with_gdal
from app.services.files.rows import GEOMETRY
from app.services.files.shapes import NOWHERE, Box, places, widened
from app.services.files.text_columns import bytes_of, joined

_DRIVER = "FlatGeobuf"
_MAGIC_BYTES = 8
# The slots of the header's table that are put right at the end.
_ENVELOPE, _COUNT = 1, 8
_NODE_SIZE = 16
_SIDES = ("west", "south", "east", "north")
_WIDEN = (np.minimum, np.minimum, np.maximum, np.maximum)
_NODE = np.dtype([*((side, "<f8") for side in _SIDES), ("offset", "<u8")])
_AT_ONCE = 65_536
# A point before its properties: its length, where its table is, that table (geometry, properties)
# and the geometry's (two numbers), each behind the places of its fields.
_POINT = np.dtype(
    [
        ("size", "<u4"), ("root", "<u4"), ("fields", "<u2", 4), ("table", "<u4", 3),
        ("geometry_fields", "<u2", 4), ("geometry", "<u4", 2), ("numbers", "<u4"),
        ("place", "<f8", 2), ("properties", "<u4"),
    ]
)  # fmt: skip


def write_flatgeobuf(flow: Flow, path: Path, layer: str) -> None:
    """Write FlatGeobuf; what has features without a shape has no index."""
    licences = flow.licences_json()
    kind, batches = kind_of_shape(flow.batches())
    first = next(batches, None)
    if flow.is_point and first is not None:
        options = {"layer_options": {"DESCRIPTION": licences}}
        one = reader(flow, iter([first.slice(0, 1)]))
        write_with_gdal(path, layer, _DRIVER, kind, one, options)
        _write_points(path, chain([first], batches))
        return
    rest = batches if first is None else chain([first], batches)
    # Districts alone may be known by their code without a shape, and they are few.
    held = list(rest) if "area_code" in flow.schema.names else rest
    has_gaps = isinstance(held, list) and any(one.column(GEOMETRY).null_count for one in held)
    layer_options = {"SPATIAL_INDEX": "NO" if has_gaps else "YES", "DESCRIPTION": licences}
    options = {"layer_options": layer_options}
    write_with_gdal(path, layer, _DRIVER, kind, reader(flow, iter(held)), options)


def _write_points(path: Path, batches: Iterator[pa.RecordBatch]) -> None:
    """Write points into a file that has the right header but for their number and extent."""
    with path.open("rb") as file:
        head = file.read(_MAGIC_BYTES + 4)
        size = int.from_bytes(head[_MAGIC_BYTES:], "little")
        header = bytearray(file.read(size))
    extent: Box = NOWHERE
    at: list[NDArray[np.float64]] = []
    sizes: list[NDArray[np.int64]] = []
    # Where a feature begins stands before all features, so that they wait for their number.
    with tempfile.TemporaryFile(dir=path.parent) as waiting:
        for batch in batches:
            at.append(places(batch.column(GEOMETRY)))
            extent = widened(extent, np.hstack([at[-1], at[-1]]))
            features = _features(batch, at[-1])
            sizes.append(pc.binary_length(features).to_numpy())
            waiting.write(bytes_of(features).data)
        _put_right(header, sum(map(len, sizes)), extent)
        waiting.seek(0)
        with path.open("wb") as file:
            file.write(head + header)
            _write_index(file, _gathered(at), np.concatenate(sizes))
            shutil.copyfileobj(waiting, file, 1 << 20)


def _gathered(parts: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return arrays as one, each let go of when it has been taken over."""
    whole = np.empty((sum(map(len, parts)), 2))
    stop = len(whole)
    while parts:
        part = parts.pop()
        whole[stop - len(part) : stop] = part
        stop -= len(part)
    return whole


def _put_right(header: bytearray, count: int, extent: Box) -> None:
    def place_of(slot: int) -> int:
        (table,) = struct.unpack_from("<I", header, 0)
        (back,) = struct.unpack_from("<i", header, table)
        (within,) = struct.unpack_from("<H", header, table - back + 4 + 2 * slot)
        return int(table + within)

    struct.pack_into("<Q", header, place_of(_COUNT), count)
    envelope = place_of(_ENVELOPE)
    (ahead,) = struct.unpack_from("<I", header, envelope)
    struct.pack_into("<4d", header, envelope + ahead + 4, *extent)


def _features(batch: pa.RecordBatch, at: NDArray[np.float64]) -> pa.Array:
    parts: list[Part] = []
    names = [name for name in batch.schema.names if name != GEOMETRY]
    for number, name in enumerate(names):
        parts += _property(number, batch.column(name))
    lengths = total_lengths(parts, len(at))
    heads = np.zeros(len(at), _POINT)
    padding = -(_POINT.itemsize + lengths) % 8
    heads["size"] = _POINT.itemsize - 4 + lengths + padding
    heads["root"] = 12
    heads["fields"] = 8, 12, 4, 8
    heads["table"] = 8, 16, 40
    heads["geometry_fields"] = 8, 8, 0, 4
    heads["geometry"] = 8, 4
    heads["numbers"] = 2
    heads["place"] = at
    heads["properties"] = lengths
    content = heads.view(np.uint8)
    before = binary(content, np.full(len(at), _POINT.itemsize))
    behind = binary(np.zeros(padding.sum(), np.uint8), padding)
    return joined([before, *parts, behind], len(at), b"")


def _property(number: int, column: pa.Array) -> list[Part]:
    """Return the parts that tell a value, none where there is none."""
    kind = column.type
    if column.null_count == len(column):
        return []
    if pa.types.is_dictionary(kind):
        is_text = pa.types.is_string(kind.value_type)
        if len(column.dictionary) > 1 or column.null_count or not is_text:
            return _property(number, column.cast(kind.value_type))
        told = str(column.dictionary[0]).encode()
        return [struct.pack("<HI", number, len(told)) + told]
    valid = column.is_valid().to_numpy(zero_copy_only=False)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        numbers = column.drop_null().to_numpy(zero_copy_only=False)
        form = np.dtype([("of", "<u2"), ("is", numbers.dtype.newbyteorder("<"))])
        values = np.empty(len(numbers), form)
        values["of"], values["is"] = number, numbers
        return [binary(values.view(np.uint8), valid * form.itemsize)]
    texts = column.cast(pa.string()).cast(pa.binary())
    lengths = pc.binary_length(texts.drop_null()).to_numpy()
    heads = np.zeros(len(lengths), np.dtype([("of", "<u2"), ("length", "<u4")]))
    heads["of"], heads["length"] = number, lengths
    before = binary(heads.view(np.uint8), valid * heads.itemsize)
    return [before, texts.fill_null(b"") if column.null_count else texts]


def _write_index(file: IO[bytes], at: NDArray[np.float64], sizes: NDArray[np.int64]) -> None:
    """Write the packed R-tree: the level of one node first, that of features last."""
    counts = [len(at)]
    while len(counts) == 1 or counts[-1] > 1:
        counts.append(-(-counts[-1] // _NODE_SIZE))
    # Where each level begins, counted in nodes, the features' one first.
    begins = sum(counts) - np.cumsum(counts)
    levels = [_above((*at.T, *at.T), int(begins[0]))]
    for begin in begins[1:-1]:
        levels.append(_above([levels[-1][side] for side in _SIDES], int(begin)))
    for level in reversed(levels):
        file.write(level.tobytes())
    offset = 0
    for start in range(0, len(at), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        leaves = np.empty(len(at[some]), _NODE)
        leaves["west"], leaves["south"] = leaves["east"], leaves["north"] = at[some].T
        ends = offset + np.cumsum(sizes[some])
        leaves["offset"] = ends - sizes[some]
        offset = int(ends[-1])
        file.write(leaves.tobytes())


def _above(sides: Sequence[NDArray[np.float64]], begin: int) -> NDArray[np.void]:
    """Return the nodes above others, of which these are the sides and that is the first."""
    starts = np.arange(0, len(sides[0]), _NODE_SIZE)
    nodes = np.empty(len(starts), _NODE)
    for name, side, widen in zip(_SIDES, sides, _WIDEN, strict=True):
        nodes[name] = widen.reduceat(side, starts)
    nodes["offset"] = begin + starts
    return nodes
