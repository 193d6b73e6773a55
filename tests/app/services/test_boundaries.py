"""Boundary layers: loaded, listed, joined, replaced, hidden and taken back."""

import sys
from typing import Any

import pytest
import shapely
from shapely import from_wkb
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.models import Boundary, Import
from app.errors import Conflict, NotFound, Unprocessable
from app.services import boundaries, imports
from app.services.datasets import DatasetTerms
from app.services.runtime import Runtime
from app.services.visibility import all_datasets, visible_datasets
from tests.app.scene import ensure, take_in

HEAD = "code,name,geometry\n"


def row(code: str, name: str, *square: float) -> str:
    return f'{code},{name},"{shapely.box(*square).wkt}"\n'


def load(opened: Runtime, content: str, name: str = "communes", **said: Any) -> dict[str, Any]:
    return take_in(
        opened, HEAD + content, dataset=name, kind="boundaries", epsg=4326,
        **{"visibility": "public", **said},
    )  # fmt: skip


def areas(opened: Runtime) -> dict[str, Any]:
    with opened.database.reading() as session:
        rows = session.execute(
            select(Boundary.area_code, func.ST_AsBinary(Boundary.geom)).where(
                Boundary.superseded_at.is_(None)
            )
        )
        return {code: from_wkb(bytes(shape)) for code, shape in rows}


def listed(opened: Runtime, *, as_operator: bool = False) -> list[dict[str, Any]]:
    with opened.database.reading() as session:
        visible = (all_datasets if as_operator else visible_datasets)(session)
        return boundaries.list_boundaries(session, visible)


def test_rows_of_one_code_and_name_are_one_area(runtime: Runtime) -> None:
    told = load(
        runtime,
        row("A", "Isles", 5, 50, 6, 51) + row("B", "Land", 7, 50, 8, 51)
        + row("A", "Isles", 5.5, 50, 6.5, 51) + row("A", "Isles", 9, 50, 10, 51),
    )  # fmt: skip
    assert (told["rows"]["read"], told["rows"]["loaded"]) == (4, 4)
    with runtime.database.writing() as session:
        ensure(session, "communes", DatasetTerms(licence="CC-BY-4.0"))
    found = areas(runtime)
    assert found["A"].geom_type == found["B"].geom_type == "MultiPolygon"
    assert found["A"].equals(shapely.union_all([shapely.box(5, 50, 6.5, 51),
                                                shapely.box(9, 50, 10, 51)]))  # fmt: skip
    [one] = listed(runtime)
    assert (one["name"], one["areas"], one["licence"]) == ("communes", 2, "CC-BY-4.0")


def test_the_same_file_changes_nothing_and_a_new_one_supersedes(runtime: Runtime) -> None:
    first = row("A", "Land", 5, 50, 6, 51) + row("B", "Sea", 7, 50, 8, 51)
    load(runtime, first)
    again = load(runtime, first)
    assert (again["rows"]["loaded"], again["rows"]["unchanged"]) == (0, 2)
    load(runtime, row("A", "Land", 5, 50, 6.5, 51))
    found = areas(runtime)
    assert found["A"].bounds == (5, 50, 6.5, 51)
    assert set(found) == {"A", "B"}


def test_private_boundaries_are_the_operators(runtime: Runtime) -> None:
    load(runtime, row("A", "Land", 5, 50, 6, 51), name="mine", visibility="private")
    assert listed(runtime) == []
    assert [one["name"] for one in listed(runtime, as_operator=True)] == ["mine"]
    with runtime.database.reading() as session:
        with pytest.raises(NotFound, match=r"there are: none yet. Load some: 'hotspots boundaries"):
            boundaries.find_boundaries(session, "mine", visible_datasets(session))
        found = boundaries.find_boundaries(session, "mine", all_datasets(session))
        assert found.name == "mine"


def test_a_layer_is_taken_back_whole(runtime: Runtime) -> None:
    load(runtime, row("A", "Land", 5, 50, 6, 51))
    load(runtime, row("A", "Land", 5, 50, 6.5, 51) + row("B", "Sea", 7, 50, 8, 51))
    load(runtime, row("C", "Else", 7, 50, 8, 51), name="others")
    told = boundaries.remove_boundaries(runtime.database, "communes")
    assert len(told["imports"]) == 2
    assert set(areas(runtime)) == {"C"}
    with pytest.raises(NotFound, match="no boundaries 'communes'; there are: others"):
        boundaries.remove_boundaries(runtime.database, "communes")


def test_a_layer_of_which_a_part_must_stay_stays_whole(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(runtime, row("A", "Land", 5, 50, 6, 51))
    load(runtime, row("B", "Sea", 7, 50, 8, 51))
    checked: list[int] = []

    def refuses_the_second(_session: Session, record: Import) -> None:
        checked.append(record.id)
        if len(checked) == 2:
            raise Conflict("Something was built on it.")

    module = sys.modules[imports.undo_in.__module__]
    monkeypatch.setattr(module, "check_undoable", refuses_the_second)
    with pytest.raises(Conflict):
        boundaries.remove_boundaries(runtime.database, "communes")
    assert len(checked) == 2
    assert set(areas(runtime)) == {"A", "B"}


def test_a_file_without_shapes_is_refused_with_the_remedy(runtime: Runtime) -> None:
    with pytest.raises(Unprocessable, match=r"No column holds shapes. Give polygons"):
        take_in(runtime, "code,name\nA,Land\n", dataset="communes", kind="boundaries", epsg=4326)
    assert listed(runtime, as_operator=True) == []


def test_stated_columns_become_options_of_the_import() -> None:
    assert boundaries.options_of("NAME_1", None, 4326) == {
        "epsg": 4326, "columns": {"NAME_1": "area_name"}
    }  # fmt: skip
    assert boundaries.options_of(None, None, None) == {}
