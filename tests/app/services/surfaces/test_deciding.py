"""What lies beside a surface of where its data can decide, as it was written or not."""

import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.db.models import Surface
from app.errors import StorageFull
from app.services import surfaces
from app.services.runtime import Runtime
from app.services.storage import FileStore
from app.services.surfaces.deciding import prepare_deciding, undecidable_of
from spatial.hotspots.samples import Samples
from tests.app.scene import build, secret_rows, soil_csv, take_in

_SAMPLES = Samples.of(np.zeros((2, 2)), np.ones(2))


@pytest.mark.parametrize(
    ("content", "expected"), [(None, "unknown"), (b"", "none"), (b"x", "shown"), (b"\0", "shown")]
)
def test_a_file_tells_by_its_size(store: FileStore, content: bytes | None, expected: str) -> None:
    surface = Surface(uid=uuid.uuid4())
    path = store.deciding_path(surface.uid)
    if content is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    assert undecidable_of(store, surface) == expected


def _built(opened: Runtime, limit: str, **order: Any) -> Surface:
    rows = [(*row[:3], limit if number % 3 else row[3]) for number, row in enumerate(secret_rows())]
    take_in(opened, soil_csv(rows), dataset="d", visibility="public", epsg=4326, unit="mg/kg")
    asked = surfaces.SurfaceOrder(contaminant="zn", epsg=32631, cell_size=500.0, **order)
    public_id = build(opened, asked)["surface"]
    with opened.database.reading() as session:
        found = surfaces.get_surface(session, public_id)
        session.expunge(found)
        return found


def test_limits_make_some_cells_undecidable(runtime: Runtime) -> None:
    surface = _built(runtime, "<250")
    assert undecidable_of(runtime.store, surface) == "shown"
    # Written again it is the same.
    path = runtime.store.deciding_path(surface.uid)
    before = path.read_bytes()
    path.unlink()
    assert undecidable_of(runtime.store, surface) == "unknown"
    again = surfaces.SurfaceOrder.from_json(surface.card["order"])
    assert not build(runtime, again)["is_new"]
    assert path.read_bytes() == before


def test_a_surface_without_a_probability_has_no_file(runtime: Runtime) -> None:
    surface = _built(runtime, "<250", method="inverse_distance")
    assert undecidable_of(runtime.store, surface) == "unknown"
    prepare_deciding(runtime.store, surface, _SAMPLES)
    assert not runtime.store.deciding_path(surface.uid).exists()


def test_what_cannot_be_written_is_a_sentence_and_leaves_nothing(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    surface = _built(runtime, "<250")
    path = runtime.store.deciding_path(surface.uid)
    path.unlink()
    beside = sorted(one.name for one in path.parent.iterdir())

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StorageFull, match="Free some space"):
        prepare_deciding(runtime.store, surface, _SAMPLES)
    assert sorted(one.name for one in path.parent.iterdir()) == beside
