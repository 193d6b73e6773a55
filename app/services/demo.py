"""The demo: real data from file to hotspots, by the same path a user's file takes."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import Dataset, Import
from app.db.session import Database
from app.resources import demo_data
from app.services import hotspots, imports, surfaces
from app.services.datasets import DatasetTerms
from app.services.demo_files import demo_geometry, read_demo
from app.services.storage import FileStore, StoredFile
from app.services.surfaces.building import Engine
from app.settings import LimitSettings

OnStep = Callable[[str, float], None]


@dataclass(frozen=True)
class _File:
    """One file of the demo and the data set it belongs to."""

    kind: str
    path: Path
    dataset: str
    terms: DatasetTerms
    options: dict[str, Any]


def load_demo(
    database: Database, store: FileStore, limits: LimitSettings, engine: Engine, on_step: OnStep
) -> dict[str, int]:
    """Load what is not there yet; return how many files, surfaces and layers are new.

    Every step is whole or absent, so a demo that was interrupted goes on where it stopped.
    """
    demo = read_demo()
    wanted = demo["surface"]["contaminants"]
    new = {"files": 0, "surfaces": 0, "layers": 0}
    ids_of_surfaces = {}
    steps = 2 + 2 * len(wanted)
    done = 0

    def within(name: str) -> Callable[[float], None]:
        return lambda fraction: on_step(name, (done + fraction) / steps)

    for file in _files(demo):
        new["files"] += _load_file(database, store, limits, file, within(file.path.name))
        done += 1
    # One engine for all: its processes start at the first work they get, and only once.
    with engine() as executor:
        for code in wanted:
            built = surfaces.build(
                database,
                store,
                _surface_order(demo, code),
                lambda: nullcontext(executor),
                within(f"surface of {code}"),
                budget=surfaces.Budget(limits),
            )
            ids_of_surfaces[code] = built["surface"]
            new["surfaces"] += built["is_new"]
            done += 1
        for code in wanted:
            found = hotspots.find(
                database,
                store,
                _hotspot_order(demo, code, ids_of_surfaces[code]),
                lambda: nullcontext(executor),
                within(f"hotspots of {code}"),
                most_cells=limits.surface_max_cells,
            )
            new["layers"] += found["is_new"]
            done += 1
    on_step("demo", 1.0)
    return new


def _files(demo: dict[str, Any]) -> list[_File]:
    said = ("title", "owner", "licence", "citation", "source_url")
    samples, sources = demo["samples"], demo["sources"]
    return [
        _File(
            "samples",
            demo_data() / samples["file"],
            demo["dataset"]["name"],
            DatasetTerms(
                **{name: demo["dataset"][name] for name in said},
                note=demo["map"]["note"],
                visibility="public",
            ),
            {"epsg": samples["epsg"], "unit": samples["unit"]},
        ),
        _File(
            "sources",
            demo_data() / sources["file"],
            sources["name"],
            DatasetTerms(**{name: sources[name] for name in said}, visibility="public"),
            {},
        ),
    ]


def _load_file(
    database: Database,
    store: FileStore,
    limits: LimitSettings,
    file: _File,
    on_progress: Callable[[float], None],
) -> bool:
    with file.path.open("rb") as stream:
        stored = store.receive(stream, limit=limits.upload_max_bytes)
    with database.reading() as session:
        if _is_loaded(session, stored, file):
            return False
    with database.writing() as session:
        order = imports.ImportOrder(
            file.kind, file.dataset, file.path.name, file.terms, file.options
        )
        import_id = ids.show("import", imports.register(session, stored, order).uid)
    imports.load(database, store, limits, import_id, on_progress)
    return True


def _is_loaded(session: Session, stored: StoredFile, file: _File) -> bool:
    statement = (
        select(Import.id)
        .join(Dataset, Dataset.id == Import.dataset_id)
        .where(
            Dataset.name == file.dataset,
            Import.sha256 == stored.sha256,
            Import.kind == file.kind,
            Import.status == "loaded",
        )
    )
    return session.scalar(statement.limit(1)) is not None


def _surface_order(demo: dict[str, Any], contaminant: str) -> surfaces.SurfaceOrder:
    surface = demo["surface"]
    return surfaces.SurfaceOrder(
        contaminant=contaminant,
        datasets=(demo["dataset"]["name"],),
        method=surface["method"],
        transform=surface["transform"],
        epsg=surface["epsg"],
        cell_size=float(surface["cell_size"]),
        outline=demo_geometry(demo["map"]["outline"]),
    )


def _hotspot_order(demo: dict[str, Any], contaminant: str, surface: str) -> hotspots.HotspotOrder:
    wish = demo["hotspots"]
    return hotspots.HotspotOrder(
        contaminant=contaminant,
        # The demo's own: a newer surface of somebody else's data is not its to judge.
        surface=surface,
        guideline=wish["guidelines"][contaminant],
        definition=wish["definition"],
        parameters={"likely": wish["q"]},
        extraction_note=wish["extraction_note"],
    )
