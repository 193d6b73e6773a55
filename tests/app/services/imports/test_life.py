"""Looked at before it loads, confirmed or changed, and taken back whole."""

from typing import Any

import pytest
from sqlalchemy import func, select

from app.db.models import Import, Result, Sample, Site, Source
from app.errors import Conflict, InvalidRequest, NotFound
from app.services import imports
from app.services.imports.options import as_options
from app.services.runtime import Runtime
from tests.app.scene import ZINC, build, meuse_csv, quiet, register, soil_csv, take_in

OPTIONS: dict[str, Any] = {"epsg": 4326, "unit": "mg/kg"}
ROWS = [("A", 5.1, 51.1, 10), ("B", 5.2, 51.2, 20), ("C", 5.3, 51.3, "x")]
WORKS = "name,type,longitude,latitude,positional_accuracy_m\nWorks,nonferrous_smelter,5.1,51.1,"


def look(opened: Runtime, import_id: str) -> dict[str, Any]:
    limits = opened.settings.limits
    imports.preview(opened.database, opened.store, limits, import_id, quiet)
    return told(opened, import_id)


def told(opened: Runtime, import_id: str) -> dict[str, Any]:
    with opened.database.reading() as session:
        return imports.report_json(imports.get(session, import_id))


def counts(opened: Runtime) -> tuple[int, ...]:
    with opened.database.reading() as session:
        return tuple(
            session.scalar(select(func.count()).select_from(model)) or 0
            for model in (Sample, Result, Site, Source)
        )


def current(opened: Runtime) -> list[float | None]:
    with opened.database.reading() as session:
        return list(
            session.scalars(
                select(Result.value).where(Result.superseded_at.is_(None)).order_by(Result.value)
            )
        )


def test_preview_shows_what_would_load_and_stores_nothing(runtime: Runtime) -> None:
    import_id = register(runtime, soil_csv(ROWS).encode(), "d", **OPTIONS)
    seen = look(runtime, import_id)
    assert seen["status"] == "previewed"
    preview = seen["preview"]
    assert (preview["rows_examined"], preview["quarantined"]) == (3, 1)
    assert preview["is_whole_file"] is True
    assert preview["finding_counts"]["value_not_number"] == 1
    assert [row["results"][0]["value"] for row in preview["rows"]] == [10.0, 20.0]
    assert preview["places"] == [[5.1, 51.1], [5.2, 51.2]]
    assert counts(runtime) == (0, 0, 0, 0)


def test_confirmed_import_loads_as_previewed(runtime: Runtime) -> None:
    import_id = register(runtime, soil_csv(ROWS).encode(), "d", **OPTIONS)
    look(runtime, import_id)
    with runtime.database.writing() as session:
        imports.confirm(session, import_id)
    limits = runtime.settings.limits
    shown = imports.load(runtime.database, runtime.store, limits, import_id, quiet)
    assert shown["rows"]["loaded"] == 2
    with runtime.database.writing() as session, pytest.raises(Conflict, match="loaded already"):
        imports.change(session, import_id, {"unit": "µg/kg"})


def test_refused_reading_can_be_changed_and_looked_at_again(runtime: Runtime) -> None:
    import_id = register(runtime, soil_csv(ROWS).encode(), "d", epsg=4326)
    assert look(runtime, import_id)["preview"]["refusal"]["code"] == "unit_missing"
    with runtime.database.writing() as session, pytest.raises(Conflict, match="cannot be read as"):
        imports.confirm(session, import_id)
    with runtime.database.writing() as session:
        imports.change(session, import_id, {"unit": "mg/kg"})
    assert told(runtime, import_id)["preview"] is None
    assert look(runtime, import_id)["preview"]["rows"][0]["results"][0]["value"] == 10.0
    with runtime.database.writing() as session:
        imports.change(session, import_id, {"unit": None})
    assert told(runtime, import_id)["options"] == {"epsg": 4326}


@pytest.mark.parametrize(
    ("options", "parameter"),
    [
        ({"colour": "red"}, "colour"),
        ({"depth_upper_cm": -1.0}, "depth_upper_cm"),
        ({"depth_upper_cm": 9.0, "depth_lower_cm": 5.0}, "depth_lower_cm"),
        ({"sampled_from": "yesterday"}, "sampled_from"),
        ({"mapping": {"name": "x", "layout": "round"}}, "mapping"),
    ],
)
def test_options_that_cannot_be_are_refused_by_name(
    options: dict[str, Any], parameter: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        imports.check_options(options)
    assert caught.value.details["parameter"] == parameter


def test_kept_options_are_those_of_the_reading() -> None:
    mapping = imports.kept_mapping('name = "x"\n[columns]\n"Zn" = "contaminant:zn [mg/kg]"\n')
    kept = {"accept": ["null_island"], "sampled_from": "1990-06-30", "mapping": mapping}
    imports.check_options(kept)
    options = as_options(kept)
    assert options.accept == {"null_island"}
    assert options.sampled_from is not None
    assert options.sampled_from.year == 1990
    assert options.mapping is not None
    assert options.mapping.columns == {"Zn": "contaminant:zn [mg/kg]"}


def test_undone_import_leaves_the_state_before_it(runtime: Runtime) -> None:
    take_in(runtime, soil_csv(ROWS), dataset="d", **OPTIONS)
    before = counts(runtime), current(runtime)
    changed = [("A", 5.1, 51.1, 11), ("B", 5.2, 51.2, 20), ("D", 5.4, 51.4, 40)]
    second = take_in(runtime, soil_csv(changed), dataset="d", **OPTIONS)
    assert current(runtime) == [11.0, 20.0, 40.0]
    shown = imports.undo(runtime.database, second["id"], quiet)
    assert shown["status"] == "undone"
    assert (counts(runtime), current(runtime)) == before
    with pytest.raises(Conflict, match="this one is undone"):
        imports.undo(runtime.database, second["id"], quiet)
    again = take_in(runtime, soil_csv(changed), dataset="d", **OPTIONS)
    assert again["rows"]["loaded"] == 2
    assert current(runtime) == [11.0, 20.0, 40.0]


def test_undo_is_refused_where_a_later_import_rests_on_it(runtime: Runtime) -> None:
    first = take_in(runtime, soil_csv(ROWS), dataset="d", **OPTIONS)
    second = take_in(runtime, soil_csv([("A", 5.1, 51.1, 11)]), dataset="d", **OPTIONS)
    with pytest.raises(Conflict) as caught:
        imports.undo(runtime.database, first["id"], quiet)
    assert caught.value.details["built_on"] == [f"the import {second['id']} (soil.csv)"]
    imports.undo(runtime.database, second["id"], quiet)
    imports.undo(runtime.database, first["id"], quiet)
    assert counts(runtime) == (0, 0, 0, 0)


def test_undo_is_refused_where_a_surface_rests_on_it(runtime: Runtime) -> None:
    said = {"dataset": "meuse", "visibility": "public", "epsg": 28992, "unit": "mg/kg"}
    shown = take_in(runtime, meuse_csv(), **said)
    surface = build(runtime, ZINC)["surface"]
    with pytest.raises(Conflict, match="Nothing was changed") as caught:
        imports.undo(runtime.database, shown["id"], quiet)
    assert caught.value.details["built_on"] == [f"the surface {surface} (zn)"]
    assert counts(runtime)[:2] == (155, 620)


def test_sources_are_versioned_and_come_back(runtime: Runtime) -> None:
    said = {"dataset": "w", "kind": "sources", "visibility": "public"}
    take_in(runtime, f"{WORKS}100\n", **said)
    with runtime.database.reading() as session:
        uid = session.scalars(select(Source.uid)).one()
    second = take_in(runtime, f"{WORKS}50\n", **said)
    with runtime.database.reading() as session:
        history = imports.source_history(session, f"so_{uid.hex}")
    assert [version["positional_accuracy_m"] for version in history["versions"]] == [50.0, 100.0]
    assert [version["is_current"] for version in history["versions"]] == [True, False]
    imports.undo(runtime.database, second["id"], quiet)
    with runtime.database.reading() as session:
        works = session.scalars(select(Source)).one()
        assert (works.uid, works.positional_accuracy_m) == (uid, 100.0)
        assert works.superseded_at is None


def test_history_tells_every_number_and_where_it_came_from(runtime: Runtime) -> None:
    said = {"dataset": "d", "visibility": "public"}
    take_in(runtime, soil_csv([("A", 5.1, 51.1, "<10")]), **said, **OPTIONS)
    second = take_in(runtime, soil_csv([("A", 5.1, 51.1, "0.5")]), **said, epsg=4326, unit="g/kg")
    with runtime.database.reading() as session:
        uid = session.scalars(select(Sample.uid)).one()
        history = imports.sample_history(session, f"sm_{uid.hex}")
        sha256 = session.scalars(select(Import.sha256).order_by(Import.id)).all()
        with pytest.raises(NotFound):
            imports.sample_history(session, "sm_" + "0" * 32)
    now, before = history["results"]
    assert (now["value"], now["original_text"], now["original_unit"]) == (500.0, "0.5", "g/kg")
    assert (now["is_current"], now["import"]) == (True, second["id"])
    assert (now["row_number"], now["column_name"]) == (2, "zinc")
    assert (before["censoring"], before["detection_limit"]) == ("left", 10.0)
    assert (before["is_current"], before["file_sha256"]) == (False, sha256[0])


def test_history_of_a_private_sample_is_not_told(runtime: Runtime) -> None:
    take_in(runtime, soil_csv(ROWS), dataset="d", **OPTIONS)
    with runtime.database.reading() as session:
        uid = session.scalars(select(Sample.uid)).first()
        assert uid is not None
        with pytest.raises(NotFound):
            imports.sample_history(session, f"sm_{uid.hex}")
