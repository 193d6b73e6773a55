"""Reads GeoPackages by SQLite alone, read-only, and only layers that are real tables.

A view may hide a query without an end, and a trigger anything; a GeoPackage that carries them is
refused before a row is asked for.
"""

import sqlite3
import struct
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import polars as pl

from ingest.findings import refusal
from ingest.options import ImportOptions, Limits
from ingest.readers.cells import cell_text
from ingest.readers.content import whole
from ingest.readers.contract import Content, TableEntry, cell_column
from ingest.readers.features import Batch, FeatureTable, geometries_of

_PER_BATCH = 5000
_SECONDS_TO_LIST = 5.0
_STEPS_BETWEEN_LOOKS = 100_000
_LONGEST_VALUE = 256 << 20
_ENVELOPES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_STANDARD_TRIGGERS = (
    "gpkg_",
    "rtree_",
    "trigger_insert_feature_count_",
    "trigger_delete_feature_count_",
    "fgti_",
    "fgtd_",
)


@dataclass(frozen=True, slots=True)
class _Layer:
    name: str
    geometry: str | None
    epsg: int | None


def list_geopackage(content: Content, options: ImportOptions, limits: Limits) -> list[TableEntry]:
    """List the layers of a GeoPackage.

    Parameters
    ----------
    content : Content
        The bytes.
    options : ImportOptions
        Not used.
    limits : Limits
        Bounds on rows, columns and vertices.

    Returns
    -------
    list of TableEntry
        A table per layer, with or without geometry.

    Raises
    ------
    IngestError
        If it is no GeoPackage, damaged, or has views or triggers where tables belong.
    """
    stored = None if content.path is not None else whole(content, limits)
    try:
        with closing(_connect(content, stored)) as database:
            deadline = time.monotonic() + _SECONDS_TO_LIST
            database.set_progress_handler(
                lambda: int(time.monotonic() > deadline), _STEPS_BETWEEN_LOOKS
            )
            layers = _layers(database)
    except sqlite3.Error as error:
        raise refusal("geopackage_damaged", reason=str(error)) from error
    return [
        TableEntry(layer.name, partial(_open, content, stored, layer, limits)) for layer in layers
    ]


def _connect(content: Content, stored: bytes | None) -> sqlite3.Connection:
    if content.path is not None:
        # immutable: no journal beside the file is looked for, nothing is locked
        address = f"{content.path.resolve().as_uri()}?mode=ro&immutable=1"
        database = sqlite3.connect(address, uri=True)
    else:
        database = sqlite3.connect(":memory:")
        database.deserialize(stored or b"")
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA query_only = ON")
    database.execute("PRAGMA temp_store = MEMORY")
    database.text_factory = lambda text: text.decode("utf-8", "replace")
    return database


def _layers(database: sqlite3.Connection) -> list[_Layer]:
    master = database.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    kinds = {name.lower(): kind for kind, name, _ in master if kind in {"table", "view"}}
    virtual = {
        name.lower()
        for kind, name, sql in master
        if (sql or "")[:20].upper().split()[1:2] == ["VIRTUAL"]
    }
    for kind, name, _ in master:
        is_foreign = kind == "trigger" and not name.lower().startswith(_STANDARD_TRIGGERS)
        is_disguised = kind == "view" and name.lower().startswith("gpkg_")
        if is_foreign or is_disguised:
            raise refusal("geopackage_unsafe", text=name, found=kind)
    if "gpkg_contents" not in kinds:
        raise refusal("content_not_table", found="an SQLite database, but no GeoPackage")
    wanted = database.execute(
        "SELECT table_name FROM gpkg_contents WHERE data_type IN ('features', 'attributes')"
    ).fetchall()
    layers = []
    for (name,) in wanted:
        if kinds.get(name.lower()) != "table" or name.lower() in virtual:
            found = kinds.get(name.lower(), "missing table")
            raise refusal("geopackage_unsafe", text=name, found=found)
        layers.append(_layer(database, name))
    if not layers:
        raise refusal("geopackage_damaged", reason="it has no layers")
    return layers


def _layer(database: sqlite3.Connection, name: str) -> _Layer:
    found = database.execute(
        "SELECT g.column_name, s.organization, s.organization_coordsys_id"
        " FROM gpkg_geometry_columns g LEFT JOIN gpkg_spatial_ref_sys s USING (srs_id)"
        " WHERE lower(g.table_name) = lower(?)",
        (name,),
    ).fetchone()
    if found is None:
        return _Layer(name, None, None)
    column, organization, code = found
    is_epsg = str(organization).upper() == "EPSG" and isinstance(code, int) and code > 0
    return _Layer(name, column, code if is_epsg else None)


def _open(content: Content, stored: bytes | None, layer: _Layer, limits: Limits) -> FeatureTable:
    try:
        with closing(_connect(content, stored)) as database:
            columns = [
                (name, declared)
                for name, declared in database.execute(
                    "SELECT name, type FROM pragma_table_info(?)", (layer.name,)
                )
                if name != layer.geometry and "BLOB" not in declared.upper()
            ]
    except sqlite3.Error as error:
        raise refusal("geopackage_damaged", reason=str(error)) from error
    names = tuple(name for name, _ in columns)
    batches = partial(_batches, content, stored, layer, names)
    return FeatureTable(layer.name, "geopackage", names, batches, layer.epsg, limits)


def _batches(
    content: Content, stored: bytes | None, layer: _Layer, names: tuple[str, ...]
) -> Iterator[Batch]:
    wanted = [*names, *([] if layer.geometry is None else [layer.geometry])]
    # names of the file's own schema, quoted as identifiers; values never come into the text
    columns = ", ".join(map(_quoted, wanted))
    query = f"SELECT {columns} FROM {_quoted(layer.name)}"  # noqa: S608
    try:
        with closing(_connect(content, stored)) as database:
            cursor = database.execute(query)
            while rows := cursor.fetchmany(_PER_BATCH):
                yield _batch(rows, len(names), layer.geometry is not None)
    except sqlite3.Error as error:
        raise refusal("geopackage_damaged", reason=str(error)) from error


def _batch(rows: list[tuple[object, ...]], width: int, has_geometry: bool) -> Batch:
    columns = list(zip(*rows, strict=True))
    cells = pl.DataFrame(
        [
            pl.Series(cell_column(index), map(_cell, columns[index]), dtype=pl.String)
            for index in range(width)
        ]
    )
    if not has_geometry:
        return Batch(cells)
    return Batch(cells, geometries_of([_well_known(blob) for blob in columns[width]]))


def _cell(value: object) -> str:
    return "" if isinstance(value, bytes) else cell_text(value)


def _well_known(blob: object) -> bytes | None:
    """Cut the GeoPackage's own header off a geometry; broken ones are missing."""
    if not isinstance(blob, bytes) or len(blob) < 13 or blob[:2] != b"GP":
        return None
    (flags,) = struct.unpack_from("B", blob, 3)
    length = _ENVELOPES.get(flags >> 1 & 7)
    is_empty = flags >> 4 & 1
    return None if length is None or is_empty else blob[8 + length :]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
