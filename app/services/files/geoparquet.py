"""GeoParquet 1.1: along the Hilbert curve, each row group with its box, licences inside."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from pyarrow import parquet

from app.services.files.flow import Flow
from app.services.files.rows import GEOMETRY
from app.services.files.shapes import places

_ROW_GROUP = 32_768
_LEVEL = 1
_POINT = 0
_BOX = "bbox"
_SIDES = ("xmin", "ymin", "xmax", "ymax")


def write_geoparquet(flow: Flow, path: Path, _layer: str) -> None:
    """Write GeoParquet; its system is longitude and latitude, the format's own default."""
    sides = pa.struct([pa.field(side, pa.float32()) for side in _SIDES])
    schema = flow.schema.append(pa.field(_BOX, sides))
    types: set[int] = set()
    total = [np.inf, np.inf, -np.inf, -np.inf]
    with parquet.ParquetWriter(
        path,
        schema,
        compression="zstd",
        compression_level=_LEVEL,
        # Whatever else repeats is found by the packing; to look for it twice takes as long again.
        use_dictionary=[field.name for field in flow.schema if pa.types.is_dictionary(field.type)],
        # Readers take a column for what it holds, not for how it was put together here.
        store_schema=False,
    ) as writer:
        for table in flow.tables(_ROW_GROUP):
            boxes = _boxes(table.column(GEOMETRY), types, is_point=flow.is_point)
            _widen(total, boxes)
            writer.write_table(
                table.append_column(schema.field(_BOX), _as_struct(boxes, sides)),
                row_group_size=_ROW_GROUP,
            )
        told = {"geo": json.dumps(_facts(types, total)), "licences": flow.licences_json()}
        writer.add_key_value_metadata(told)


def _boxes(column: pa.ChunkedArray, types: set[int], *, is_point: bool) -> Any:
    """Return the box of each shape, an array (n, 4), and note the kinds of shapes."""
    if is_point:
        types.add(_POINT)
        at = np.concatenate([places(chunk) for chunk in column.chunks])
        return np.hstack([at, at])
    shapes = shapely.from_wkb(column.to_numpy(zero_copy_only=False))
    types |= set(np.unique(shapely.get_type_id(shapes[shapes != None])).tolist())  # noqa: E711
    return shapely.bounds(shapes)


def _widen(total: list[float], boxes: Any) -> None:
    known = boxes[~np.isnan(boxes[:, 0])]
    if len(known):
        total[:2] = np.minimum(total[:2], known[:, :2].min(axis=0)).tolist()
        total[2:] = np.maximum(total[2:], known[:, 2:].max(axis=0)).tolist()


def _as_struct(boxes: Any, sides: pa.DataType) -> pa.Array:
    """Return boxes in single precision, rounded outwards so that none is passed over."""
    columns = []
    for index, side in enumerate(_SIDES):
        exact = boxes[:, index]
        near = exact.astype(np.float32)
        beyond = -np.inf if side.endswith("min") else np.inf
        is_inside = near > exact if side.endswith("min") else near < exact
        columns.append(np.where(is_inside, np.nextafter(near, np.float32(beyond)), near))
    missing = np.isnan(boxes[:, 0])
    arrays = [pa.array(column.astype(np.float32), mask=missing) for column in columns]
    return pa.StructArray.from_arrays(arrays, fields=list(sides), mask=pa.array(missing))


def _facts(types: set[int], total: list[float]) -> dict[str, Any]:
    names = sorted(_TYPE_NAMES[number] for number in types)
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": names,
        "covering": {"bbox": {side: [_BOX, side] for side in _SIDES}},
    }
    if np.isfinite(total[0]):
        column["bbox"] = total
    return {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}


_TYPE_NAMES = {
    0: "Point",
    1: "LineString",
    3: "Polygon",
    4: "MultiPoint",
    5: "MultiLineString",
    6: "MultiPolygon",
    7: "GeometryCollection",
}
