"""GeoPackage 1.3 with a style for QGIS inside.

GDAL makes the file with an empty table; rows and their R-tree are written as SQLite's own pages,
which takes a third of the time.
"""

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.services.files.desktop_styles import layer_qml
from app.services.files.flow import Flow
from app.services.files.gis import kind_of_shape, reader, write_with_gdal
from app.services.files.rows import GEOMETRY
from app.services.files.shapes import NOWHERE, Box, boxes_and_kinds, widened
from app.services.files.sqlite_pages import Pages, TableWriter
from app.services.files.sqlite_records import records
from app.services.files.sqlite_rtree import Root, RTreeWriter

# A page holds the results of a hundred contaminants.
_PAGE_BYTES = 32_768
_DEGREES = 4326


@dataclass(frozen=True)
class _Tables:
    """Of an empty file: where its tables begin, and how they are laid out."""

    # Of features, of the R-tree's nodes, and of what node each feature is in.
    roots: list[int]
    # The columns of the features' table, in their order.
    columns: list[str]
    node_bytes: int


@dataclass(frozen=True)
class _Filled:
    count: int
    # Infinite where nothing has a place.
    extent: Box
    root: Root


def write_geopackage(flow: Flow, path: Path, layer: str) -> None:
    """Write GeoPackage 1.3, which Debian's GDAL and QGIS read without a warning."""
    kind, batches = kind_of_shape(flow.batches())
    nothing = reader(flow, iter(()))
    options = {
        "dataset_options": {"VERSION": "1.3"},
        "layer_options": {"GEOMETRY_NAME": GEOMETRY},
    }
    write_with_gdal(path, layer, "GPKG", kind, nothing, options)
    tables = _prepared(path, layer)
    filled = _fill(path, tables, batches, is_point=flow.is_point)
    with closing(sqlite3.connect(path)) as database, database:
        _finish(database, layer, filled)
        _add_style(database, layer, layer_qml(layer))
        _add_licences(database, layer, flow.licences_json())


def _prepared(path: Path, layer: str) -> _Tables:
    """Give an empty file larger pages, and return what is known of it."""
    index = _index(layer)
    names = (layer, f"{index}_node", f"{index}_rowid")
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
        database.execute("VACUUM")
        roots = dict(database.execute("SELECT name, rootpage FROM sqlite_master"))
        told = database.execute("SELECT name FROM pragma_table_info(?) ORDER BY cid", [layer])
        columns = [name for (name,) in told]
        [(node_bytes,)] = database.execute(f'SELECT length(data) FROM "{index}_node"')  # noqa: S608 - a collection's name
    return _Tables([roots[name] for name in names], columns, node_bytes)


def _fill(
    path: Path, tables: _Tables, batches: Iterator[pa.RecordBatch], *, is_point: bool
) -> _Filled:
    count, extent = 0, NOWHERE
    with Pages(path) as pages:
        features, nodes, rows = (TableWriter(pages, root) for root in tables.roots)
        tree = RTreeWriter(nodes, rows, tables.node_bytes)
        for batch in batches:
            keys = np.arange(count + 1, count + 1 + batch.num_rows)
            count += batch.num_rows
            boxes, _ = boxes_and_kinds(batch.column(GEOMETRY), is_point=is_point)
            extent = widened(extent, boxes)
            columns = {name: batch.column(name) for name in batch.schema.names}
            columns[GEOMETRY] = _with_heads(columns[GEOMETRY], None if is_point else boxes)
            # The key is the only column that the batch does not have.
            told = records([columns.get(name) for name in tables.columns], batch.num_rows)
            features.add(keys, told)
            tree.add(keys, boxes)
        features.finish()
        return _Filled(count, extent, tree.finish())


def _index(layer: str) -> str:
    return f"rtree_{layer}_{GEOMETRY}"


def _with_heads(wkb: pa.Array, boxes: NDArray[np.float64] | None) -> pa.Array:
    """Return shapes as the format has them; those that are no points tell their box."""
    # No box, and numbers begin with their lowest byte; or also a box of four numbers.
    head = struct.pack("<2sBBi", b"GP", 0, 0b001 if boxes is None else 0b011, _DEGREES)
    if boxes is None:
        return pc.binary_join_element_wise(head, wkb, b"")
    sides = np.ascontiguousarray(boxes[:, [0, 2, 1, 3]], "<f8")
    told = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(32), len(sides), [None, pa.py_buffer(sides)]
    ).cast(pa.binary())
    return pc.binary_join_element_wise(head, told, wkb, b"")


def _finish(database: sqlite3.Connection, layer: str, filled: _Filled) -> None:
    """Put in what is known at the end."""
    index, root = _index(layer), filled.root
    database.execute(f'INSERT OR REPLACE INTO "{index}_node" VALUES (1, ?)', [root.content])  # noqa: S608
    database.executemany(f'INSERT INTO "{index}_parent" VALUES (?, ?)', root.parents)  # noqa: S608
    database.execute(
        "UPDATE gpkg_ogr_contents SET feature_count = ? WHERE table_name = ?", [filled.count, layer]
    )
    if not filled.count:
        return
    database.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", [layer, filled.count])
    extent = [number if np.isfinite(number) else None for number in filled.extent]
    database.execute(
        "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ? WHERE table_name = ?",
        [*extent, layer],
    )


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
