"""Layers as files, in the formats that are downloaded."""

import json
import os
import shutil
from pathlib import Path

from sqlalchemy.orm import Session

from app.db import ids
from app.errors import InvalidRequest
from app.services import surfaces
from app.services.downloads import STREAMS, Subset, write_download
from app.services.features import get_collection
from app.services.files import FILE_FORMATS
from app.services.files.licences import licences_of
from app.services.result_exports import find_for_export, write_results
from app.services.storage import FileStore, translated_disk_errors

RESULTS = "results"
# Whoever waits at the command's other end does so knowingly.
_TIMEOUT_MS = 24 * 3_600_000


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
                count = _write_features(session, store, layer, part, used)
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
    surface = surfaces.get_any_surface(session, layer)
    used.update(surfaces.show_surface(session, surface)["datasets"])
    shutil.copyfile(store.surface_path(surface.uid), part)
    return 1


def _write_features(
    session: Session, store: FileStore, layer: str, part: Path, used: set[str]
) -> int:
    ending = _ending(part)
    if ending not in {*STREAMS, *FILE_FORMATS}:
        raise InvalidRequest(
            f"There is no format {part.suffix or 'without a suffix'!r}. There are: "
            f"{', '.join(f'.{name}' for name in sorted({*STREAMS, *FILE_FORMATS}))}, and .tif for "
            "a surface."
        )
    subset = Subset(get_collection(session, layer))
    written = write_download(session, store.pages, subset, part, timeout_ms=_TIMEOUT_MS)
    used.update(written.datasets)
    return written.count


def _ending(part: Path) -> str:
    return part.suffix.removeprefix(".")


def _write_licences(session: Session, out: Path, used: set[str]) -> None:
    text = json.dumps({"datasets": licences_of(session, used)}, ensure_ascii=False, indent=2)
    out.with_name(f"{out.name}.licence.json").write_text(text + "\n", encoding="utf-8")
