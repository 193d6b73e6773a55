"""What tests of `app` find in their installations, made by the product's own services."""

import io
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import Dataset
from app.resources import demo_data
from app.services import hotspots, imports, members, surfaces
from app.services.datasets import DatasetTerms, apply_terms, check_terms
from app.services.datasets import ensure as ensure_dataset
from app.services.demo_files import demo_geometry
from app.services.runtime import Runtime
from app.settings import LimitSettings

ZINC_GUIDELINE = "DE_BBODSCHV_2021-0816"
NOTE = "extraction not stated in the data; accepted for demonstration"
ZINC = surfaces.SurfaceOrder(
    contaminant="zn",
    datasets=("meuse",),
    epsg=28992,
    cell_size=80.0,
    outline=demo_geometry("outline.geojson"),
)
WEIGHTED = surfaces.SurfaceOrder(
    contaminant="zn", datasets=("meuse",), method="inverse_distance", cell_size=160.0
)
EXCEEDING = hotspots.HotspotOrder(
    contaminant="zn", guideline=ZINC_GUIDELINE, q=0.9, extraction_note=NOTE
)
SECRET_ZINC = surfaces.SurfaceOrder(
    contaminant="zn", datasets=("secret",), epsg=32631, cell_size=200.0
)


BUDGET = surfaces.Budget(LimitSettings(surface_max_cells=1_000_000))


def quiet(_fraction: float) -> None:
    """Take notice of progress."""


def threads() -> ThreadPoolExecutor:
    """An engine."""
    return ThreadPoolExecutor(2)


def take_in(
    opened: Runtime,
    content: str | bytes,
    *,
    dataset: str,
    kind: str = "samples",
    visibility: str | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Import a file's content; return the import as lists show it."""
    data = content.encode() if isinstance(content, str) else content
    import_id = register(opened, data, dataset, kind=kind, visibility=visibility, **options)
    return imports.load(opened.database, opened.store, opened.settings.limits, import_id, quiet)


def register(
    opened: Runtime,
    data: bytes,
    dataset: str,
    *,
    kind: str = "samples",
    visibility: str | None = None,
    filename: str = "soil.csv",
    **options: Any,
) -> str:
    """Store a file and record it; return the import's id."""
    stored = opened.store.receive(io.BytesIO(data), limit=opened.settings.limits.upload_max_bytes)
    terms = DatasetTerms(visibility=visibility)
    with opened.database.writing() as session:
        order = imports.ImportOrder(kind, dataset, filename, terms, options)
        return ids.show("import", imports.register(session, stored, order).uid)


def build(opened: Runtime, order: surfaces.SurfaceOrder) -> dict[str, Any]:
    """Build a surface."""
    return surfaces.build(opened.database, opened.store, order, threads, quiet, budget=BUDGET)


def find(opened: Runtime, order: hotspots.HotspotOrder) -> dict[str, Any]:
    """Find hotspots."""
    return hotspots.find(opened.database, opened.store, order, threads, quiet, most_cells=1_000_000)


def meuse_csv() -> str:
    """The demo's samples as they lie in the repository."""
    return (demo_data() / "samples.csv").read_text(encoding="utf-8")


def load_meuse(opened: Runtime) -> None:
    """Import the demo's files, build two surfaces of zinc and find hotspots on one."""
    take_in(opened, meuse_csv(), dataset="meuse", visibility="public", epsg=28992, unit="mg/kg")
    sources = (demo_data() / "sources.csv").read_bytes()
    take_in(opened, sources, dataset="works", kind="sources", visibility="public")
    for order in (WEIGHTED, ZINC):
        build(opened, order)
    find(opened, EXCEEDING)


def soil_csv(rows: Sequence[Sequence[object]], header: str = "id,lon,lat,zinc") -> str:
    """A small file of samples."""
    return "\n".join([header, *(",".join(str(cell) for cell in row) for row in rows)]) + "\n"


def secret_rows(count: int = 36) -> list[tuple[object, ...]]:
    """Samples near 3° E 45° N, far from the Meuse; zinc grows to the north-east."""
    return [
        (f"S{i}", 3.0 + 0.01 * (i % 6), 45.0 + 0.01 * (i // 6), 100 + 37 * (i % 6) + 23 * (i // 6))
        for i in range(count)
    ]


@dataclass(frozen=True)
class Showcase:
    """A furnished installation, and the ids of what must and must not be seen in it."""

    runtime: Runtime
    zinc: str
    weighted: str
    layer: str
    secret_ids: tuple[str, ...]


def furnish(opened: Runtime) -> Showcase:
    """Add members and, as public first, a data set with surface, hotspots and source; hide it."""
    options = {"epsg": 4326, "unit": "mg/kg"}
    take_in(opened, soil_csv(secret_rows()), dataset="secret", visibility="public", **options)
    source = "name,type,longitude,latitude\nHidden works,nonferrous_smelter,3.02,45.02\n"
    take_in(opened, source, dataset="secret", kind="sources")
    districts = "area_code,contaminant,n,median,unit\n{},Zinc,9,35,mg/kg\n"
    take_in(opened, districts.format("X1"), dataset="secret", kind="aggregates")
    take_in(opened, districts.format("NL42"), dataset="meuse", kind="aggregates")
    square = 'code,name,geometry\n{0},{0},"POLYGON(({1} {2},{3} {2},{3} {4},{1} {4},{1} {2}))"\n'
    hidden = square.format("X1", 3.0, 45.0, 3.1, 45.1)
    take_in(opened, hidden, dataset="secret", kind="boundaries", epsg=4326)
    shown = square.format("NL42", 5.6, 50.8, 5.9, 51.1)
    take_in(opened, shown, dataset="meuse", kind="boundaries", epsg=4326)
    built = build(opened, SECRET_ZINC)
    order = hotspots.HotspotOrder(
        contaminant="zn", surface=built["surface"], threshold=150.0, q=0.5
    )
    found = find(opened, order)
    assert found["count"] > 0
    with opened.database.reading() as session:
        seen = _ids_of(session, "secret")
        listed = surfaces.list_surfaces(session, contaminant="zn")
        own = {s.method: ids.show("surface", s.uid) for s in listed if s.epsg == 28992}
        layers = {layer["surface"]: layer["id"] for layer in hotspots.list_layers(session)}
    take_in(opened, soil_csv(secret_rows(1)), dataset="secret", visibility="private", **options)
    _add_members(opened)
    return Showcase(
        opened,
        zinc=own["ordinary_kriging"],
        weighted=own["inverse_distance"],
        layer=layers[own["ordinary_kriging"]],
        secret_ids=(*seen, built["surface"], found["layer"]),
    )


def _ids_of(session: Any, dataset: str) -> list[str]:
    from sqlalchemy import select

    from app.db.models import (
        Aggregate,
        Boundary,
        Dataset,
        Hotspot,
        HotspotLayerDataset,
        Sample,
        Source,
    )

    key = select(Dataset.id).where(Dataset.name == dataset).scalar_subquery()
    layers = select(HotspotLayerDataset.layer_id).where(HotspotLayerDataset.dataset_id == key)
    queries = {
        "dataset": select(Dataset.uid).where(Dataset.name == dataset),
        "sample": select(Sample.uid).where(Sample.dataset_id == key),
        "source": select(Source.uid).where(Source.dataset_id == key),
        "aggregate": select(Aggregate.uid).where(Aggregate.dataset_id == key),
        "boundary": select(Boundary.uid).where(Boundary.dataset_id == key),
        "hotspot": select(Hotspot.uid).where(Hotspot.layer_id.in_(layers)),
    }
    return [ids.show(kind, uid) for kind, q in queries.items() for uid in session.scalars(q)]


def registration(**changes: Any) -> members.Registration:
    """A registration of somebody in Maastricht."""
    said = {
        "kind": "person",
        "name": "Ada Soil",
        "email": "ada@example.org",
        "city": "Maastricht",
        "country": "NL",
        "working_groups": ("mapping",),
    }
    return members.Registration(**(said | changes))


def _add_members(opened: Runtime) -> None:
    people = [
        ("Ada Soil", "ada@example.org", True),
        ("Pending Person", "pending@example.org", None),
        ("Rejected Person", "rejected@example.org", False),
    ]
    for name, email, approve in people:
        with opened.database.writing() as session:
            member = members.register(session, registration(name=name, email=email))
            if approve is not None:
                members.decide(session, ids.show("member", member.uid), approve=approve)


def decode_png(picture: bytes) -> NDArray[np.uint8]:
    """Red, green, blue, alpha of a picture, shape (rows, columns, 4)."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with MemoryFile(picture) as file, file.open(driver="PNG") as image:
            bands = image.read()
            if len(bands) == 1:  # a palette
                colours = image.colormap(1)
                table = np.array([colours[index] for index in range(256)], np.uint8)
                return table[bands[0]]
            pixels: NDArray[np.uint8] = np.moveaxis(bands, 0, -1)
            return pixels


def ensure(session: Session, name: str, terms: DatasetTerms) -> Dataset:
    """Make a data set, or bring it up to date, without a file."""
    check_terms(terms)
    dataset = ensure_dataset(session, name)
    apply_terms(dataset, terms)
    return dataset
