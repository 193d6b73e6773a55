"""Files of texts that lie ready are those of the database, byte for byte."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.db.session import hold_still
from app.services.downloads import Subset, open_download, write_download
from app.services.features.query import Query
from app.services.features.reference import Box
from app.services.files import rows
from app.services.pages import ready
from app.services.pages.naming import texts_path
from app.services.runtime import Runtime
from tests.app import scene
from tests.app.prepared import collection_of, made_texts, pages_in, samples_state
from tests.app.scene import Showcase

BOXES: list[tuple[Box, ...]] = [
    (), ((5.73, 50.96, 5.75, 50.98),), ((5.74, 50.97, 5.74, 50.97),),
    ((170.0, -90.0, 180.0, 90.0), (-180.0, -90.0, 5.74, 90.0)),
]  # fmt: skip
ENDINGS = ["geojson", "geojsonseq", "geojsonl"]


def _written(runtime: Runtime, pages: Path, subset: Subset, path: Path) -> tuple[Any, bytes]:
    with runtime.database.reading() as session:
        hold_still(session)
        written = write_download(session, pages, subset, path, timeout_ms=60_000)
    return written, path.read_bytes()


def _nobody_asks(*_anything: Any) -> Iterator[bytes]:
    raise AssertionError("rows are asked of the database")


@pytest.mark.parametrize("name", ["samples", "results"])
def test_texts_that_lie_ready_make_the_same_file(
    showcase: Showcase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(ready, "_BLOCKS", 2)  # a few hundred features are several pieces
    runtime, collection = showcase.runtime, collection_of(name)
    texts = made_texts(pages_in(runtime, tmp_path / "pages"), collection, samples_state(runtime))
    assert texts is not None
    assert len(texts.firsts) > 2
    counts = []
    for boxes in BOXES:
        subset = Subset(collection, Query(boxes))
        for ending in ENDINGS:
            path = tmp_path / f"out.{ending}"
            expected = _written(runtime, tmp_path, subset, path)
            with monkeypatch.context() as patch:
                patch.setattr(rows, "copied", _nobody_asks)
                assert _written(runtime, tmp_path / "pages", subset, path) == expected
                found = open_download(
                    runtime.database, tmp_path / "pages", subset, ending, most_seconds=60
                )
                with closing(found):
                    assert b"".join(found.pieces) == expected[1]  # type: ignore[arg-type]
        counts.append(expected[0].count)
    # All, some, none, and some on either side of the date line.
    assert counts[0] == len(texts.ends)
    assert counts[0] > counts[1] > counts[2] == 0 < counts[3] < counts[0]


def test_texts_of_another_moment_are_not_taken(meuse: Runtime, tmp_path: Path) -> None:
    collection = collection_of("samples")
    pages = tmp_path / "pages"
    assert made_texts(pages_in(meuse, pages), collection, samples_state(meuse)) is not None
    before = _written(meuse, pages, Subset(collection), tmp_path / "before.geojsonl")
    rows_more = "id,lon,lat,zinc\nlate,5.1,51.1,10\n"
    scene.take_in(meuse, rows_more, dataset="late", visibility="public", epsg=4326, unit="mg/kg")
    told, content = _written(meuse, pages, Subset(collection), tmp_path / "now.geojsonl")
    assert told.count == before[0].count + 1
    assert b'"late"' in content
    assert len(told.datasets) == len(before[0].datasets) + 1


def test_no_transaction_is_open_while_such_a_file_is_sent(meuse: Runtime, tmp_path: Path) -> None:
    collection = collection_of("samples")
    assert made_texts(pages_in(meuse, tmp_path), collection, samples_state(meuse)) is not None
    idle = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND state = 'idle in transaction'"
    )
    subset = Subset(collection)
    found = open_download(meuse.database, tmp_path, subset, "geojsonl", most_seconds=60)
    with closing(found), meuse.database.reading() as session:
        assert session.scalar(idle) == 0
        assert b"".join(found.pieces).count(b"\n") == 155  # type: ignore[arg-type]


@pytest.mark.parametrize("left", [0, 100, 160, -1, -8, -32])
def test_a_file_that_was_cut_short_is_left_alone(
    showcase: Showcase, tmp_path: Path, left: int
) -> None:
    runtime, collection = showcase.runtime, collection_of("samples")
    pages = tmp_path / "pages"
    made_texts(pages_in(runtime, pages), collection, samples_state(runtime))
    file = texts_path(pages, "samples")
    content = file.read_bytes()
    file.write_bytes(content[:left])
    subset = Subset(collection)
    expected = _written(runtime, tmp_path, subset, tmp_path / "out.geojsonl")
    assert _written(runtime, pages, subset, tmp_path / "same.geojsonl") == expected


@pytest.mark.parametrize(
    "query",
    [Query(filters={"contaminant": "zn"}), Query(equal={"sample": "S1"}), Query(plane_box=None)],
)
def test_other_queries_are_left_to_the_database(
    showcase: Showcase, tmp_path: Path, query: Query
) -> None:
    runtime, collection = showcase.runtime, collection_of("samples")
    made_texts(pages_in(runtime, tmp_path), collection, samples_state(runtime))
    with (
        runtime.database.reading() as session,
        ready.ready_features(session, tmp_path, collection, query) as found,
    ):
        assert (found is None) == (query != Query())
