"""Reads FlatGeobuf and Shapefiles by GDAL, which is given as little room as possible.

Its drivers that open addresses and other files are switched off before it loads; the content is
known before it sees it; it gets names made here, never the file's; and the driver that it chose is
compared with the one expected.
"""

import io
import os
import struct
import zipfile
from collections.abc import Iterator, Sequence
from functools import partial
from types import ModuleType
from typing import Any

import polars as pl
import pyarrow as pa

from ingest.findings import refusal
from ingest.options import ImportOptions, Limits
from ingest.readers.content import MemberContent, whole
from ingest.readers.contract import Content, TableEntry
from ingest.readers.features import Batch, FeatureTable, as_cells, epsg_of_wkt, geometries_of

_PER_BATCH = 5000
_GEOMETRY = "wkb_geometry"
_SHAPE_MAGIC = struct.pack(">l", 9994)
_SHAPE_PARTS = (".shp", ".shx", ".dbf", ".cpg")
_ENCODINGS = frozenset({"utf-8", "utf8", "65001", "iso-8859-1", "88591", "ansi 1252", "1252"})
GUARDS = {
    "GDAL_SKIP": "WMS WMTS WCS PLMOSAIC EEDA EEDAI OGCAPI STACIT STACTA GTI DERIVED",
    "OGR_SKIP": "OGR_VRT,WFS,OAPIF,CSW,Elasticsearch,Carto,AmigoCloud,PLSCENES,NGW,HTTP,GDALG",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "PROJ_NETWORK": "OFF",
}


def load_pyogrio() -> ModuleType:
    """Load GDAL with its doors shut.

    Returns
    -------
    module
        `pyogrio`. Where GDAL is loaded already, its drivers stay as they are.
    """
    os.environ.update(GUARDS)
    import pyogrio  # here, because GDAL reads the guards once, when it loads

    pyogrio.set_gdal_config_options(GUARDS)
    return pyogrio  # type: ignore[no-any-return]


def list_flatgeobuf(content: Content, options: ImportOptions, limits: Limits) -> list[TableEntry]:
    """List the one layer of a FlatGeobuf file.

    Parameters
    ----------
    content : Content
        The bytes.
    options : ImportOptions
        Not used.
    limits : Limits
        Bounds on size, rows, columns and vertices.

    Returns
    -------
    list of TableEntry
        One.
    """
    # from the memory, because GDAL would go by the ending of a file's name
    stored = whole(content, limits)
    return [TableEntry("", partial(_open, stored, "FlatGeobuf", None, None, limits))]


def shapefile_sets(members: Sequence[MemberContent]) -> dict[str, dict[str, MemberContent]]:
    """Find the Shapefiles among the files of an archive.

    Parameters
    ----------
    members : sequence of MemberContent
        The files.

    Returns
    -------
    dict of str to dict of str to MemberContent
        By the name without its ending: the parts by ending, ``.shp`` and ``.dbf`` at least.
    """
    sets: dict[str, dict[str, MemberContent]] = {}
    for member in members:
        stem, dot, ending = member.name.rpartition(".")
        ending = (dot + ending).lower()
        if ending in {*_SHAPE_PARTS, ".prj", ".sbn", ".sbx", ".qpj", ".qix"}:
            sets.setdefault(stem, {})[ending] = member
    return {stem: parts for stem, parts in sets.items() if {".shp", ".dbf"} <= parts.keys()}


def shapefile_entry(
    stem: str, parts: dict[str, MemberContent], options: ImportOptions, limits: Limits
) -> TableEntry:
    """Make the entry of a Shapefile of an archive.

    Parameters
    ----------
    stem : str
        Its name in the archive.
    parts : dict of str to MemberContent
        Its parts by ending.
    options : ImportOptions
        `encoding` is used where stated.
    limits : Limits
        Bounds on size, rows, columns and vertices.

    Returns
    -------
    TableEntry
        The table.
    """
    return TableEntry(stem, partial(_open_shapefile, stem, parts, options, limits))


def _open_shapefile(
    stem: str, parts: dict[str, MemberContent], options: ImportOptions, limits: Limits
) -> FeatureTable:
    packed = io.BytesIO()
    # packed anew under names made here, so that nothing else of the archive is in reach
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for ending in (ending for ending in _SHAPE_PARTS if ending in parts):
            content = whole(parts[ending], limits)
            if ending == ".shp" and not content.startswith(_SHAPE_MAGIC):
                raise refusal("layer_damaged", reason="the .shp is no Shapefile")
            if ending == ".cpg" and content.strip().lower().decode("latin-1") not in _ENCODINGS:
                continue
            archive.writestr(f"layer{ending}", content)
    projection = whole(parts[".prj"], limits) if ".prj" in parts else b""
    epsg = epsg_of_wkt(projection.decode("utf-8", "replace"))
    table = _open(packed.getvalue(), "ESRI Shapefile", epsg, options.encoding, limits)
    table.name = stem
    return table


def _open(
    source: bytes, driver: str, epsg: int | None, encoding: str | None, limits: Limits
) -> FeatureTable:
    pyogrio = load_pyogrio()
    try:
        info = pyogrio.read_info(source, encoding=encoding)
    except (ValueError, RuntimeError, UnicodeDecodeError, LookupError) as error:
        raise refusal("layer_damaged", reason=str(error)) from error
    if info["driver"] != driver:
        raise refusal("layer_damaged", reason=f"it is no {driver}")
    if epsg is None and info["crs"]:
        epsg = epsg_of_wkt(info["crs"])
    names = tuple(str(name) for name in info["fields"])
    batches = partial(_batches, source, names, encoding)
    kind = "shapefile" if driver == "ESRI Shapefile" else "flatgeobuf"
    return FeatureTable("", kind, names, batches, epsg, limits)


def _batches(source: bytes, names: tuple[str, ...], encoding: str | None) -> Iterator[Batch]:
    pyogrio = load_pyogrio()
    try:
        with pyogrio.raw.open_arrow(
            source, encoding=encoding, use_pyarrow=True, batch_size=_PER_BATCH
        ) as (meta, reader):
            geometry = meta["geometry_name"] or _GEOMETRY
            for batch in reader:
                yield _batch(batch, names, geometry)
    except (ValueError, RuntimeError, UnicodeDecodeError, LookupError) as error:
        raise refusal("layer_damaged", reason=str(error)) from error


def _batch(batch: Any, names: tuple[str, ...], geometry: str) -> Batch:
    table = pa.Table.from_batches([batch])
    typed = pl.from_arrow(table.select(list(names))) if names else pl.DataFrame()
    assert isinstance(typed, pl.DataFrame)  # noqa: S101  (a Table becomes a frame)
    if geometry not in table.column_names:
        return Batch(as_cells(typed))
    return Batch(as_cells(typed), geometries_of(table.column(geometry).to_pylist()))
