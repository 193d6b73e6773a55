"""Reads Parquet and GeoParquet, some thousand rows at a time."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from ingest.findings import refusal
from ingest.options import ImportOptions, Limits
from ingest.readers.content import whole
from ingest.readers.contract import Content, TableEntry
from ingest.readers.features import Batch, FeatureTable, as_cells, geometries_of

_PER_BATCH = 20_000
_WGS84 = 4326


def list_parquet(content: Content, options: ImportOptions, limits: Limits) -> list[TableEntry]:
    """List the one table of a Parquet file.

    Parameters
    ----------
    content : Content
        The bytes.
    options : ImportOptions
        Not used.
    limits : Limits
        Bounds on size, rows and columns.

    Returns
    -------
    list of TableEntry
        One.

    Raises
    ------
    IngestError
        If the file is damaged or encrypted, or a group of its rows does not fit the memory.
    """
    source = content.path if content.path is not None else whole(content, limits)
    with _opened(source) as file:
        metadata = file.metadata
        for index in range(metadata.num_row_groups):
            if metadata.row_group(index).total_byte_size > limits.max_in_memory_bytes:
                raise refusal("content_too_large", mebibytes=limits.max_in_memory_bytes >> 20)
        if metadata.num_rows > limits.max_rows:
            raise refusal("too_many_rows", limit=limits.max_rows)
        rows = metadata.num_rows
    return [TableEntry("", partial(_open, source, limits), rows)]


def _opened(source: Any) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(pa.BufferReader(source) if isinstance(source, bytes) else source)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise refusal("layer_damaged", reason=_reason(error)) from error


def _open(source: Any, limits: Limits) -> FeatureTable:
    with _opened(source) as file:
        schema = file.schema_arrow
    geometry, epsg = _geo(schema.metadata)
    names = [name for name in schema.names if name != geometry]
    if len(names) > limits.max_columns:
        raise refusal("too_many_columns", number=len(names), limit=limits.max_columns)
    for name in names:
        if pa.types.is_nested(schema.field(name).type):
            raise refusal("column_nested", column=name)
    batches = partial(_batches, source, names, geometry if geometry in schema.names else None)
    return FeatureTable("", "parquet", tuple(names), batches, epsg, limits)


def _batches(source: Any, names: list[str], geometry: str | None) -> Iterator[Batch]:
    wanted = [*names, *([] if geometry is None else [geometry])]
    with _opened(source) as file:
        try:
            for batch in file.iter_batches(_PER_BATCH, columns=wanted):
                yield _batch(pa.Table.from_batches([batch]), names, geometry)
        except (pa.ArrowException, OSError) as error:
            raise refusal("layer_damaged", reason=_reason(error)) from error


def _batch(table: Any, names: list[str], geometry: str | None) -> Batch:
    typed = pl.from_arrow(table.select(names)) if names else pl.DataFrame()
    assert isinstance(typed, pl.DataFrame)  # noqa: S101  (a Table becomes a frame)
    if geometry is None:
        return Batch(as_cells(typed))
    return Batch(as_cells(typed), geometries_of(table.column(geometry).to_pylist()))


def _geo(metadata: dict[bytes, bytes] | None) -> tuple[str | None, int | None]:
    """Find the column of geometries and its reference system; GeoParquet's default is WGS 84."""
    written = (metadata or {}).get(b"geo")
    if written is None:
        return None, None
    try:
        geo = json.loads(written)
        name = str(geo["primary_column"])
        column = geo["columns"][name]
        encoding = column.get("encoding")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise refusal("layer_damaged", reason="its geo metadata is broken") from error
    if encoding != "WKB":
        raise refusal("layer_damaged", reason="its geometry is not stored as WKB")
    return name, _epsg(column)


def _epsg(column: dict[str, Any]) -> int | None:
    if "crs" not in column:
        return _WGS84
    crs = column["crs"]
    identifier = crs.get("id") if isinstance(crs, dict) else None
    if not isinstance(identifier, dict):
        return None
    authority, code = str(identifier.get("authority")).upper(), str(identifier.get("code"))
    if authority == "OGC" and code == "CRS84":
        return _WGS84
    return int(code) if authority == "EPSG" and code.isdecimal() and len(code) < 8 else None


def _reason(error: BaseException) -> str:
    return str(error).partition("\n")[0]
