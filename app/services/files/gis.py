"""Files, or the beginning of files, that GDAL writes."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import shapely

from app.services.files.flow import Flow
from app.services.files.rows import GEOMETRY


def kind_of_shape(batches: Iterator[pa.RecordBatch]) -> tuple[str, Iterator[pa.RecordBatch]]:
    """Return the kind of shape where a collection has but one, and all batches."""
    first = next(batches, None)
    if first is None:
        return "Unknown", batches
    return _kind(first), chain([first], batches)


def reader(flow: Flow, batches: Iterator[pa.RecordBatch]) -> pa.RecordBatchReader:
    """Return batches without dictionaries, which the library does not take for text."""
    schema = pa.schema([field.with_type(_plain_type(field.type)) for field in flow.schema])
    return pa.RecordBatchReader.from_batches(schema, (batch.cast(schema) for batch in batches))


def write_with_gdal(
    path: Path,
    layer: str,
    driver: str,
    kind: str,
    batches: pa.RecordBatchReader,
    options: dict[str, Any],
) -> None:
    """Write a file of one layer whose shapes are of that kind."""
    # Here, because it loads geopandas and pandas, of which nothing is used: 80 MB of a process.
    import pyogrio

    pyogrio.write_arrow(
        batches,
        path,
        layer=layer,
        driver=driver,
        geometry_name=GEOMETRY,
        geometry_type=kind,
        crs="EPSG:4326",
        **options,
    )


def _plain_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _kind(batch: pa.RecordBatch) -> str:
    wkb = batch.column(GEOMETRY).drop_null()
    if not len(wkb):
        return "Unknown"
    kind = shapely.from_wkb(wkb[0].as_py()).geom_type
    # Sources and districts may be of any kind, whatever the first one is.
    has_one_kind = "type_name" not in batch.schema.names and "area_code" not in batch.schema.names
    return str(kind) if has_one_kind else "Unknown"
