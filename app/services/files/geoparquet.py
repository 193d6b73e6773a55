"""GeoParquet 1.1: along the Hilbert curve, each row group with its box, licences inside."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from app.services.files.flow import Flow
from app.services.files.rows import GEOMETRY
from app.services.files.shapes import NOWHERE, Box, boxes_and_kinds, outwards, widened

_ROW_GROUP = 32_768
_LEVEL = 1
_BOX = "bbox"
_SIDES = ("xmin", "ymin", "xmax", "ymax")


def write_geoparquet(flow: Flow, path: Path, _layer: str) -> None:
    """Write GeoParquet; its system is longitude and latitude, the format's own default."""
    sides = pa.struct([pa.field(side, pa.float32()) for side in _SIDES])
    schema = flow.schema.append(pa.field(_BOX, sides))
    types: set[int] = set()
    total = NOWHERE
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
            shapes = table.column(GEOMETRY).combine_chunks()
            boxes, kinds = boxes_and_kinds(shapes, is_point=flow.is_point)
            types |= kinds
            total = widened(total, boxes)
            writer.write_table(
                table.append_column(schema.field(_BOX), _as_struct(boxes, sides)),
                row_group_size=_ROW_GROUP,
            )
        told = {"geo": json.dumps(_facts(types, total)), "licences": flow.licences_json()}
        writer.add_key_value_metadata(told)


def _as_struct(boxes: NDArray[np.float64], sides: pa.DataType) -> pa.Array:
    missing = np.isnan(boxes[:, 0])
    arrays = [pa.array(side, mask=missing) for side in outwards(boxes)]
    return pa.StructArray.from_arrays(arrays, fields=list(sides), mask=pa.array(missing))


def _facts(types: set[int], total: Box) -> dict[str, Any]:
    names = sorted(_TYPE_NAMES[number] for number in types)
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": names,
        "covering": {"bbox": {side: [_BOX, side] for side in _SIDES}},
    }
    if np.isfinite(total[0]):
        column["bbox"] = list(total)
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
