"""GeoPackage 1.3 with a style for QGIS inside, and FlatGeobuf with an index."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio
import shapely

from app.services.files.desktop_styles import layer_qml
from app.services.files.flow import Flow
from app.services.files.rows import GEOMETRY


def write_geopackage(flow: Flow, path: Path, layer: str) -> None:
    """Write GeoPackage 1.3, which Debian's GDAL and QGIS read without a warning."""
    _write(flow, path, layer, "GPKG", {"dataset_options": {"VERSION": "1.3"}})
    with closing(sqlite3.connect(path)) as database, database:
        _add_style(database, layer, layer_qml(layer))
        _add_licences(database, layer, flow.licences_json())


def write_flatgeobuf(flow: Flow, path: Path, layer: str) -> None:
    """Write FlatGeobuf, licences in its header, with an index where every feature has a shape."""
    licences = flow.licences_json()
    batches = list(flow.batches()) if _may_have_gaps(flow) else flow.batches()
    has_gaps = isinstance(batches, list) and any(
        batch.column(GEOMETRY).null_count for batch in batches
    )
    layer_options = {"SPATIAL_INDEX": "NO" if has_gaps else "YES", "DESCRIPTION": licences}
    options = {"layer_options": layer_options}
    _write(flow, path, layer, "FlatGeobuf", options, iter(batches))


def _may_have_gaps(flow: Flow) -> bool:
    # Districts alone may be known by their code without a shape, and they are few.
    return "area_code" in flow.schema.names


def _write(
    flow: Flow,
    path: Path,
    layer: str,
    driver: str,
    options: dict[str, Any],
    batches: Iterator[pa.RecordBatch] | None = None,
) -> None:
    incoming = flow.batches() if batches is None else batches
    first = next(incoming, None)
    kind = "Unknown" if first is None else _kind(first)
    schema = pa.schema([field.with_type(_plain_type(field.type)) for field in flow.schema])
    reader = pa.RecordBatchReader.from_batches(schema, _plain(first, incoming, schema))
    pyogrio.write_arrow(
        reader,
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
    """Return the kind of shape where a collection has but one."""
    wkb = batch.column(GEOMETRY).drop_null()
    if not len(wkb):
        return "Unknown"
    kind = shapely.from_wkb(wkb[0].as_py()).geom_type
    # Sources and districts may be of any kind, whatever the first one is.
    has_one_kind = "type_name" not in batch.schema.names and "area_code" not in batch.schema.names
    return str(kind) if has_one_kind else "Unknown"


def _plain(
    first: pa.RecordBatch | None, rest: Iterator[pa.RecordBatch], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """Yield batches without dictionaries, which the library does not take for text."""
    for batch in rest if first is None else chain([first], rest):
        yield batch.cast(schema)


def _add_style(database: sqlite3.Connection, layer: str, qml: str) -> None:
    """Keep a style where QGIS looks for the one to begin with."""
    database.execute(
        "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "
        "f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256), "
        "f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT, "
        "useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), "
        "update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))"
    )
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description) "
        "VALUES ('layer_styles', 'attributes', 'layer_styles', 'Styles for QGIS')"
    )
    database.execute(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, "
        "f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, owner) "
        "VALUES ('', '', ?, ?, ?, ?, '', 1, '')",
        (layer, GEOMETRY, layer[:30], qml),
    )


def _add_licences(database: sqlite3.Connection, layer: str, told: str) -> None:
    """Keep licences and citations as the format's own metadata."""
    database.executescript(
        "CREATE TABLE IF NOT EXISTS gpkg_metadata (id INTEGER CONSTRAINT m_pk PRIMARY KEY "
        "AUTOINCREMENT NOT NULL, md_scope TEXT NOT NULL DEFAULT 'dataset', md_standard_uri TEXT "
        "NOT NULL, mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT '');"
        "CREATE TABLE IF NOT EXISTS gpkg_metadata_reference (reference_scope TEXT NOT NULL, "
        "table_name TEXT, column_name TEXT, row_id_value INTEGER, timestamp DATETIME NOT NULL "
        "DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), md_file_id INTEGER NOT NULL, md_parent_id "
        "INTEGER, CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id), "
        "CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id));"
        "CREATE TABLE IF NOT EXISTS gpkg_extensions (table_name TEXT, column_name TEXT, "
        "extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL, CONSTRAINT "
        "ge_tce UNIQUE (table_name, column_name, extension_name));"
    )
    database.executemany(
        "INSERT INTO gpkg_extensions VALUES (?, NULL, 'gpkg_metadata', "
        "'http://www.geopackage.org/spec131/#extension_metadata', 'read-write')",
        [("gpkg_metadata",), ("gpkg_metadata_reference",)],
    )
    kept = database.execute(
        "INSERT INTO gpkg_metadata (md_scope, md_standard_uri, mime_type, metadata) "
        "VALUES ('dataset', 'https://schema.org/license', 'application/json', ?)",
        (told,),
    )
    database.execute(
        "INSERT INTO gpkg_metadata_reference (reference_scope, table_name, md_file_id) "
        "VALUES ('table', ?, ?)",
        (layer, kept.lastrowid),
    )
