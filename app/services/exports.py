"""Layers as files. A format is one entry of `WRITERS`."""

import csv
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import shape
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import Dataset
from app.errors import InvalidRequest
from app.services import surfaces
from app.services.features import PageRequest, get_collection, read_page
from app.services.result_exports import find_for_export, write_results
from app.services.storage import FileStore, translated_disk_errors
from app.services.visibility import all_datasets
from ingest.excerpt import guard_formula

RESULTS = "results"
_PAGE = 5_000
# Takes the features, the file and the layer's name; returns how many features it wrote.
Writer = Callable[[Iterator[dict[str, Any]], Path, str], int]


def write_layer(
    session: Session, store: FileStore, layer: str, out: Path, dataset: str | None = None
) -> int:
    """Write a collection or a surface that everybody may see; return the number of features.

    The layer ``results`` is the results of one data set, named by the operator, who may take out
    a private one.

    Licences and citations stand beside it in ``OUT.licence.json``. The file appears whole or not
    at all.

    Raises
    ------
    NotFound, InvalidRequest
        No such layer, or no such format.
    """
    if not (out.parent.is_dir() and os.access(out.parent, os.W_OK)):
        raise InvalidRequest(f"There is no folder {out.parent} that can be written to.")
    if dataset is not None and layer != RESULTS:
        raise InvalidRequest(f"A data set is named for {RESULTS} only.", parameter="dataset")
    suffix = out.suffix.lower()
    # The suffix stays last, because libraries choose the format by it.
    part = out.with_name(f".{out.stem}.part{suffix}")
    try:
        with translated_disk_errors(out.parent):
            used: set[str] = set()
            if layer == RESULTS:
                count = _write_results(session, part, dataset, used)
            elif layer.startswith("sf_"):
                count = _copy_surface(session, store, layer, part, used)
            else:
                count = _writer(suffix)(_features(session, layer, used), part, layer)
            _write_licences(session, out, used)
            part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return count


def _write_results(session: Session, part: Path, dataset: str | None, used: set[str]) -> int:
    if part.suffix != ".csv":
        raise InvalidRequest("Results are written as .csv.")
    found = find_for_export(session, dataset)
    used.add(ids.show("dataset", found.uid))
    return write_results(session, part, found)


def _copy_surface(
    session: Session, store: FileStore, layer: str, part: Path, used: set[str]
) -> int:
    if part.suffix not in {".tif", ".tiff"}:
        raise InvalidRequest("A surface is written as .tif (Cloud-Optimized GeoTIFF).")
    # The command is the operator's, who may take a private surface out by its id.
    surface = surfaces.get_surface(session, layer, visible=all_datasets(session))
    used.update(surfaces.show_surface(session, surface)["datasets"])
    shutil.copyfile(store.surface_path(surface.uid), part)
    return 1


def _features(session: Session, layer: str, used: set[str]) -> Iterator[dict[str, Any]]:
    """Yield a collection's features; note the ids of the data sets they come from."""
    collection = get_collection(session, layer)
    cursor: str | None = None
    while True:
        page = read_page(session, collection, PageRequest(limit=_PAGE, cursor=cursor))
        for feature in map(json.loads, page.features):
            told = feature["properties"]
            used.update(told.get("datasets") or filter(None, [told.get("dataset")]))
            yield feature
        if page.next_cursor is None:
            return
        cursor = page.next_cursor


def _write_licences(session: Session, out: Path, used: set[str]) -> None:
    uids = [ids.parse("dataset", public_id) for public_id in used]
    found = session.scalars(
        select(Dataset).where(Dataset.uid.in_([u for u in uids if u])).order_by(Dataset.name)
    )
    listed = [
        {
            "title": dataset.title,
            "owner": dataset.owner,
            "licence": dataset.licence,
            "citation": dataset.citation,
            "source_url": dataset.source_url,
        }
        for dataset in found
    ]
    text = json.dumps({"datasets": listed}, ensure_ascii=False, indent=2)
    out.with_name(f"{out.name}.licence.json").write_text(text + "\n", encoding="utf-8")


def _write_geojson(features: Iterator[dict[str, Any]], path: Path, _layer: str) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        file.write('{"type":"FeatureCollection","features":[')
        for feature in features:
            file.write(",\n" if count else "\n")
            file.write(json.dumps(feature, ensure_ascii=False))
            count += 1
        file.write("\n]}\n")
    return count


def _flat(feature: dict[str, Any]) -> dict[str, Any]:
    """Return a feature's id and properties, with lists and objects as JSON text."""
    return {"id": feature["id"]} | {
        name: json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value
        for name, value in feature["properties"].items()
    }


def _places(feature: dict[str, Any]) -> dict[str, Any]:
    """Return a feature's place; districts known by their code alone have none."""
    if feature["geometry"] is None:
        return {"longitude": None, "latitude": None, "wkt": None}
    geometry = shape(feature["geometry"])
    middle = geometry.representative_point()
    is_point = geometry.geom_type == "Point"
    place = {"longitude": middle.x, "latitude": middle.y}
    return place if is_point else place | {"wkt": shapely.to_wkt(geometry, rounding_precision=9)}


def table_row(feature: dict[str, Any]) -> dict[str, Any]:
    """Return a feature as a row: points as longitude and latitude, formulas guarded."""
    row = _places(feature) | _flat(feature)
    return {n: guard_formula(v) if isinstance(v, str) else v for n, v in row.items()}


def _write_csv(features: Iterator[dict[str, Any]], path: Path, _layer: str) -> int:
    """Write points as longitude and latitude, other shapes as WKT; formulas are guarded."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer: csv.DictWriter[str] | None = None
        for feature in features:
            row = table_row(feature)
            if writer is None:
                writer = csv.DictWriter(file, fieldnames=list(row))
                writer.writeheader()
            writer.writerow(row)
            count += 1
    return count


def _write_gis(features: Iterator[dict[str, Any]], path: Path, layer: str) -> int:
    """Write GeoPackage or FlatGeobuf, as the suffix says."""
    import geopandas

    rows = list(features)
    frame = geopandas.GeoDataFrame(
        [_flat(feature) for feature in rows],
        geometry=[feature["geometry"] and shape(feature["geometry"]) for feature in rows],
        crs="EPSG:4326",
    )
    # GeoPackage 1.3 is what Debian's GDAL and QGIS read without a warning.
    options = {"VERSION": "1.3"} if path.suffix == ".gpkg" else {}
    # FlatGeobuf indexes shapes only where every feature has one.
    has_gaps = path.suffix == ".fgb" and bool(frame.geometry.isna().any())
    layer_options = {"SPATIAL_INDEX": "NO"} if has_gaps else {}
    frame.to_file(
        path,
        engine="pyogrio",
        layer=layer,
        dataset_options=options,
        layer_options=layer_options,
    )
    return len(rows)


WRITERS: dict[str, Writer] = {
    ".geojson": _write_geojson,
    ".csv": _write_csv,
    ".gpkg": _write_gis,
    ".fgb": _write_gis,
}


def _writer(suffix: str) -> Writer:
    if suffix not in WRITERS:
        raise InvalidRequest(
            f"There is no format {suffix or 'without a suffix'!r}. There are: "
            f"{', '.join(sorted(WRITERS))}, and .tif for a surface."
        )
    return WRITERS[suffix]
