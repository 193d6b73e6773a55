"""From a stored file to samples and results: whole or not at all, and never twice."""

import csv
import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.db.models import Import, QuarantinedRow, Result, Sample, Source
from app.errors import Conflict, NotFound, Unprocessable
from app.services import imports
from app.services.imports import loading
from app.services.jobs import JobCancelled
from app.services.runtime import Runtime
from tests.app.scene import meuse_csv, quiet, register, soil_csv, take_in

OPTIONS: dict[str, Any] = {"epsg": 4326, "unit": "mg/kg"}
ROWS = [("A", 5.1, 51.1, 10), ("B", 5.2, 51.2, 20), ("C", 5.3, 51.3, 30)]


def _count(opened: Runtime, *what: Any) -> int:
    with opened.database.reading() as session:
        return int(session.scalar(select(func.count()).select_from(*what)) or 0)


def _current(session: Session, code: str) -> Result:
    return session.scalars(
        select(Result)
        .join(Sample, Sample.id == Result.sample_id)
        .where(Sample.code == code, Result.superseded_at.is_(None))
    ).one()


def _adds_up(shown: dict[str, Any]) -> bool:
    rows = shown["rows"]
    parts = ("loaded", "unchanged", "quarantined", "skipped")
    return bool(rows["read"] == sum(rows[part] for part in parts))


def _rows(shown: dict[str, Any]) -> tuple[int, ...]:
    names = ("read", "loaded", "unchanged", "quarantined", "skipped")
    return tuple(shown["rows"][name] for name in names)


def test_meuse_gives_155_samples_and_620_results_and_again_nothing(runtime: Runtime) -> None:
    said = {"dataset": "meuse", "epsg": 28992, "unit": "mg/kg"}
    first = take_in(runtime, meuse_csv(), **said)
    assert first["status"] == "loaded"
    assert _rows(first) == (155, 155, 0, 0, 0)
    assert (_count(runtime, Sample), _count(runtime, Result)) == (155, 620)
    second = take_in(runtime, meuse_csv(), **said)
    assert _rows(second) == (155, 0, 155, 0, 0)
    assert (_count(runtime, Sample), _count(runtime, Result)) == (155, 620)
    assert _count(runtime, Import) == 2


def test_stored_numbers_are_those_of_the_file(meuse: Runtime) -> None:
    expected = [
        (float(row["x"]), float(row["y"]), float(row["zinc"]))
        for row in csv.DictReader(io.StringIO(meuse_csv()))
    ]
    with meuse.database.reading() as session:
        found = session.execute(
            select(Sample.easting, Sample.northing, Result.value)
            .join(Result, Result.sample_id == Sample.id)
            .where(Result.contaminant == "zn")
            .order_by(Sample.row_number)
        ).all()
        sample = session.scalars(select(Sample).order_by(Sample.row_number).limit(1)).one()
        longitude, latitude = session.execute(
            select(func.ST_X(Sample.geom), func.ST_Y(Sample.geom)).where(Sample.id == sample.id)
        ).one()
    assert [tuple(row) for row in found] == expected
    assert (sample.original_easting, sample.original_northing) == ("181072", "333611")
    assert sample.original_epsg == 28992
    # Position of RD 181072, 333611 by RDNAPTRANS, to a metre.
    assert longitude == pytest.approx(5.75853, abs=1.5e-5)
    assert latitude == pytest.approx(50.99156, abs=1e-5)


def test_rows_lie_in_hilbert_order(meuse: Runtime) -> None:
    with meuse.database.reading() as session:
        keys = list(session.scalars(text("SELECT hilbert FROM hotspots.sample ORDER BY ctid")))
    assert len(set(keys)) > 100
    assert keys == sorted(keys)


def test_corrected_value_supersedes_and_the_old_one_stays(runtime: Runtime) -> None:
    take_in(runtime, soil_csv(ROWS), dataset="d", **OPTIONS)
    corrected = [("A", 5.1, 51.1, 10), ("B", 5.2, 51.2, 25), ("C", 5.3, 51.3, 30)]
    again = take_in(runtime, soil_csv(corrected), dataset="d", **OPTIONS)
    assert _rows(again) == (3, 1, 2, 0, 0)
    assert (_count(runtime, Sample), _count(runtime, Result)) == (3, 4)
    with runtime.database.reading() as session:
        new = _current(session, "B")
        old = session.get_one(Result, new.supersedes_id)
        files = list(session.scalars(select(Import.id).order_by(Import.id)))
        assert (old.value, new.value) == (20.0, 25.0)
        assert (old.original_text, new.original_text) == ("20", "25")
        assert (old.import_id, old.row_number) == (files[0], 3)
        assert (new.import_id, new.row_number) == (files[1], 3)
        assert old.superseded_at is not None
    back = take_in(runtime, soil_csv(ROWS), dataset="d", **OPTIONS)
    assert _rows(back) == (3, 1, 2, 0, 0)
    assert _count(runtime, Result) == 5


def test_value_that_becomes_a_nondetect_supersedes(runtime: Runtime) -> None:
    take_in(runtime, soil_csv(ROWS), dataset="d", **OPTIONS)
    take_in(runtime, soil_csv([("A", 5.1, 51.1, "<5")]), dataset="d", **OPTIONS)
    with runtime.database.reading() as session:
        now = _current(session, "A")
        assert (now.value, now.censoring, now.detection_limit) == (None, "left", 5.0)


def test_new_rows_join_the_old_ones(runtime: Runtime) -> None:
    take_in(runtime, soil_csv(ROWS[:2]), dataset="d", **OPTIONS)
    shown = take_in(runtime, soil_csv(ROWS), dataset="d", **OPTIONS)
    assert _rows(shown) == (3, 1, 2, 0, 0)
    assert _count(runtime, Sample) == 3


def test_same_sample_id_in_another_data_set_is_another_sample(runtime: Runtime) -> None:
    take_in(runtime, soil_csv(ROWS), dataset="d", **OPTIONS)
    take_in(runtime, soil_csv(ROWS), dataset="e", **OPTIONS)
    assert _count(runtime, Sample) == 6


def test_depths_and_dates_tell_samples_apart(runtime: Runtime) -> None:
    header = "id,lon,lat,depth_upper_cm,depth_lower_cm,date,zinc"
    rows = [
        ("A", 5.1, 51.1, 0, 10, "1990-05-01", 10),
        ("A", 5.1, 51.1, 10, 20, "1990-05-01", 11),
        ("A", 5.1, 51.1, 0, 10, "1991-05-01", 12),
        ("A", 5.1, 51.1, "", "", "", 13),
    ]
    for expected in ((4, 4, 0, 0, 0), (4, 0, 4, 0, 0)):
        shown = take_in(runtime, soil_csv(rows, header), dataset="d", **OPTIONS)
        assert _rows(shown) == expected
    assert _count(runtime, Sample) == 4


BAD = [
    ("A", 5.1, 51.1, 10),
    ("B", 5.2, 51.2, "abc"),
    ("C", 5.3, 51.3, -4),
    ("D", 5.4, 95.0, 10),
    ("E", "", 51.0, 10),
    ("F", 5.6, 51.6, "NaN"),
    ("G", 5.7, 51.7, "1e999"),
    ("=HYPERLINK(1)", 5.8, 51.8, "-5.2"),
]


def test_bad_rows_wait_in_quarantine_and_good_ones_load(runtime: Runtime) -> None:
    shown = take_in(runtime, soil_csv(BAD), dataset="d", **OPTIONS)
    assert _rows(shown) == (8, 1, 0, 7, 0)
    assert _count(runtime, Sample) == 1
    with runtime.database.reading() as session:
        kept = list(session.scalars(select(QuarantinedRow).order_by(QuarantinedRow.row_number)))
    assert [row.row_number for row in kept] == [3, 4, 5, 6, 7, 8, 9]
    assert kept[0].cells == ["B", "5.2", "51.2", "abc"]
    assert all(reason["severity"] == "error" for row in kept for reason in row.reasons)
    assert kept[1].reasons[0]["code"] == "value_negative"


def test_quarantine_is_the_files_own_columns_and_safe_in_a_spreadsheet(runtime: Runtime) -> None:
    shown = take_in(runtime, soil_csv(BAD), dataset="d", **OPTIONS)
    with runtime.database.reading() as session:
        sent = imports.quarantine_csv(session, imports.get(session, shown["id"]))
    rows = list(csv.reader(io.StringIO(sent)))
    assert rows[0] == ["id", "lon", "lat", "zinc", "row", "reasons"]
    assert rows[1][:5] == ["B", "5.2", "51.2", "abc", "3"]
    assert rows[2][3] == "-4"  # a plain number stays one
    assert rows[7][0] == "'=HYPERLINK(1)"
    assert "below zero" in rows[2][5]
    corrected = sent.replace("abc", "12").replace(",-4,", ",4,")
    again = take_in(runtime, corrected, dataset="d", **OPTIONS)
    assert _rows(again) == (7, 2, 0, 5, 0)
    with runtime.database.reading() as session:
        second = imports.quarantine_csv(session, imports.get(session, again["id"]))
    header = next(csv.reader(io.StringIO(second)))
    # Sent a second time, no two columns have one name: that would refuse the file.
    assert header == ["id", "lon", "lat", "zinc", "row", "reasons", "row_2", "reasons_2"]


def test_cells_beyond_the_header_do_not_shift_the_columns(runtime: Runtime) -> None:
    content = soil_csv([*ROWS, ("D", 5.4, 51.4, 10, "extra", "more"), ("E", 5.5)])
    shown = take_in(runtime, content, dataset="d", **OPTIONS)
    assert _rows(shown) == (5, 3, 0, 2, 0)
    with runtime.database.reading() as session:
        sent = imports.quarantine_csv(session, imports.get(session, shown["id"]))
    rows = list(csv.reader(io.StringIO(sent)))
    assert rows[1][:5] == ["D", "5.4", "51.4", "10", "5"]
    assert rows[1][6:] == ["extra", "more"]
    assert rows[2][:5] == ["E", "5.5", "", "", "6"]


def test_nul_bytes_are_a_finding_not_a_crash(runtime: Runtime) -> None:
    content = soil_csv(ROWS).replace("B,", "B\0,")
    shown = take_in(runtime, content, dataset="d", **OPTIONS)
    assert _rows(shown) == (3, 2, 0, 1, 0)
    with runtime.database.reading() as session:
        row = session.scalars(select(QuarantinedRow)).one()
    assert row.cells[0] == "B␀"
    assert row.reasons[0]["code"] == "nul_byte"


def test_repeated_rows_are_skipped_and_counts_add_up(runtime: Runtime) -> None:
    content = soil_csv([*ROWS, ROWS[0], ("B", 5.2, 51.2, 21)]) + ",,,\n"
    shown = take_in(runtime, content, dataset="d", **OPTIONS)
    # Row 5 repeats row 2; rows 3 and 6 contradict each other; the last one is blank.
    assert _rows(shown) == (6, 2, 0, 2, 2)
    assert _adds_up(shown)


@pytest.mark.parametrize(
    ("content", "options", "code"),
    [
        ("id,zinc\nA,1\n", OPTIONS, "coordinates_missing_columns"),
        ("id,x,y,zinc\nA,1,2,3\n", {"unit": "mg/kg"}, "crs_unknown"),
        (soil_csv(ROWS), {"epsg": 4326}, "unit_missing"),
        (soil_csv(ROWS), {"epsg": 999_999, "unit": "mg/kg"}, "crs_not_known"),
        ("", OPTIONS, "file_empty"),
        ("id,lon,lat,zinc\n", OPTIONS, "file_without_rows"),
        ("id,lon,lat,zinc,zinc\nA,5,51,1,2\n", OPTIONS, "header_duplicate"),
        ("<OGRVRTDataSource><SrcDataSource>/etc/passwd", OPTIONS, "content_not_table"),
    ],
)
def test_unusable_file_is_refused_whole_and_recorded(
    runtime: Runtime, content: str, options: dict[str, Any], code: str
) -> None:
    import_id = register(runtime, content.encode(), "d", **options)
    with pytest.raises(Unprocessable) as caught:
        imports.load(runtime.database, runtime.store, runtime.settings.limits, import_id, quiet)
    assert caught.value.details["code"] == code
    assert caught.value.message.endswith((".", ")"))
    assert _count(runtime, Sample) == 0
    with runtime.database.reading() as session:
        record = imports.get(session, import_id)
        assert record.status == "refused"
        assert record.finished_at is not None
        assert record.report is not None
        assert record.report["refusal"]["message"] == caught.value.message


def test_loading_twice_is_refused(runtime: Runtime) -> None:
    shown = take_in(runtime, soil_csv(ROWS), dataset="d", **OPTIONS)
    with pytest.raises(Conflict, match="was loaded already"):
        imports.load(runtime.database, runtime.store, runtime.settings.limits, shown["id"], quiet)


def test_unknown_import_is_not_found(runtime: Runtime) -> None:
    with pytest.raises(NotFound):
        imports.load(runtime.database, runtime.store, runtime.settings.limits, "im_x", quiet)


@pytest.mark.parametrize(
    "step", ["match_results", "load_results", "count_loaded_rows", "load_quarantine"]
)
def test_failure_inside_the_transaction_leaves_nothing(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    # A row told twice takes the careful way.
    told = soil_csv([*BAD, BAD[0]])
    good = loading.query

    def failing(name: str) -> Any:
        if name == step:
            raise RuntimeError("broken")
        return good(name)

    monkeypatch.setattr(loading, "query", failing)
    import_id = register(runtime, told.encode(), "d", **OPTIONS)
    with pytest.raises(RuntimeError, match="broken"):
        imports.load(runtime.database, runtime.store, runtime.settings.limits, import_id, quiet)
    assert [_count(runtime, model) for model in (Sample, Result, QuarantinedRow)] == [0, 0, 0]
    with runtime.database.reading() as session:
        assert imports.get(session, import_id).status == "refused"
    monkeypatch.undo()
    shown = take_in(runtime, told, dataset="d", **OPTIONS)
    assert _rows(shown) == (9, 1, 0, 7, 1)


def test_cancelled_import_stores_nothing_and_does_not_wait_for_ever(runtime: Runtime) -> None:
    def cancel_at_the_end(fraction: float) -> None:
        if fraction > 0.9:
            raise JobCancelled

    import_id = register(runtime, soil_csv(ROWS).encode(), "d", **OPTIONS)
    with pytest.raises(JobCancelled):
        imports.load(
            runtime.database,
            runtime.store,
            runtime.settings.limits,
            import_id,
            cancel_at_the_end,
        )
    assert _count(runtime, Sample) == 0
    with runtime.database.reading() as session:
        record = imports.get(session, import_id)
        assert record.status == "refused"
        assert record.report is not None
        assert "nothing was stored" in record.report["refusal"]["message"]


def test_report_tells_what_was_understood(runtime: Runtime) -> None:
    shown = take_in(runtime, meuse_csv(), dataset="meuse", epsg=28992, unit="mg/kg")
    with runtime.database.reading() as session:
        report = imports.get(session, shown["id"]).report
    assert report is not None
    meanings = {column["column"]: column["meaning"] for column in report["columns"]}
    assert meanings["x"] == "easting"
    assert meanings["zinc"] == "contaminant"
    assert report["description"]["epsg"] == "28992"
    assert sum(report["finding_counts"].values()) >= len(report["findings"]) > 0


def test_changed_sources_supersede_and_equal_ones_are_unchanged(runtime: Runtime) -> None:
    header = "name,type,longitude,latitude,positional_accuracy_m\n"
    said = {"dataset": "w", "kind": "sources"}
    first = take_in(runtime, f"{header}Works,nonferrous_smelter,5.1,51.1,100\n", **said)
    assert _rows(first) == (1, 1, 0, 0, 0)
    same = take_in(runtime, f"{header}Works,nonferrous_smelter,5.1,51.1,100\n", **said)
    assert _rows(same) == (1, 0, 1, 0, 0)
    changed = take_in(runtime, f"{header}Works,nonferrous_smelter,5.1,51.1,50\n", **said)
    assert _rows(changed) == (1, 1, 0, 0, 0)
    with runtime.database.reading() as session:
        works, before = session.scalars(select(Source).order_by(Source.id.desc()))
        assert (works.positional_accuracy_m, before.positional_accuracy_m) == (50.0, 100.0)
        assert works.uid == before.uid
        assert works.supersedes_id == before.id
        assert (works.superseded_at is None, before.superseded_at is None) == (True, False)


def test_a_row_per_result_loads_once_whatever_repeats(runtime: Runtime) -> None:
    header = "site,latitude,longitude,analyte,value,flag,limit,unit\n".replace("limit", "mdl")
    rows = [
        "A,36.4,-109.1,Lead,19.7,,,mg/kg",
        'A,36.4,-109.1,"cadmium, total",,U,0.1,mg/kg',
        "A,36.4,-109.1,pH,7,,,none",
        "B,36.5,-109.2,Lead,8,R,,mg/kg",
        "B,36.5,-109.2,Zinc,80,J,,mg/kg",
        "A,36.4,-109.1,Lead,19.7,,,mg/kg",
    ]
    text = header + "\n".join(rows) + "\n"
    first = take_in(runtime, text, dataset="edd")
    # pH is no contaminant, one result is rejected, one row repeats another
    assert _rows(first) == (6, 3, 0, 0, 3)
    same = take_in(runtime, text, dataset="edd")
    assert _rows(same) == (6, 0, 3, 0, 3)
    with runtime.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Sample)) == 2
        stored = session.execute(
            select(Result.contaminant, Result.value, Result.detection_limit, Result.qualifier)
            .where(Result.superseded_at.is_(None))
            .order_by(Result.contaminant)
        ).all()
    assert [tuple(row) for row in stored] == [
        ("cd", None, 0.1, "U"),
        ("pb", 19.7, None, None),
        ("zn", 80.0, None, "J"),
    ]


def test_rows_of_a_register_are_one_source_with_its_releases(runtime: Runtime) -> None:
    header = "1. YEAR,2. TRIFD,4. FACILITY NAME,12. LATITUDE,13. LONGITUDE,17. PRIMARY NAICS,"
    header += "34. CHEMICAL,46. UNIT OF MEASURE,62. ON-SITE RELEASE TOTAL\n"
    rows = "2015,T1,Works,40.0,-75.1,331410,LEAD,Pounds,100\n2016,T1,Works,40.0,-75.1,331410,"
    said = {"dataset": "tri", "kind": "sources"}
    first = take_in(runtime, f"{header}{rows}ZINC COMPOUNDS,Pounds,0\n", **said)
    assert _rows(first) == (2, 2, 0, 0, 0)
    same = take_in(runtime, f"{header}{rows}ZINC COMPOUNDS,Pounds,0\n", **said)
    assert _rows(same) == (2, 0, 2, 0, 0)
    with runtime.database.reading() as session:
        works = session.scalars(select(Source)).one()
        assert works.natural_key == "id:T1"
        assert works.releases == [
            {"contaminant": "pb", "year": 2015, "medium": None, "kg": pytest.approx(45.359237)},
            {"contaminant": "zn", "year": 2016, "medium": None, "kg": 0.0},
        ]


def test_sources_may_be_areas(runtime: Runtime) -> None:
    area = "POLYGON ((5.1 51.1, 5.2 51.1, 5.2 51.2, 5.1 51.1))"
    text = (
        f'name,type,geometry\nTip,open_dump,"{area}"\nRoad,major_road,"LINESTRING (5 51, 6 51)"\n'
    )
    record = take_in(runtime, text, dataset="w", kind="sources", epsg=4326)
    assert _rows(record) == (2, 2, 0, 0, 0)
    with runtime.database.reading() as session:
        shown = session.scalars(select(func.ST_AsText(Source.geom)).order_by(Source.row_number))
        assert [shape.split("(")[0] for shape in shown] == ["POLYGON", "LINESTRING"]


def test_demo_sources_have_a_citation_and_an_accuracy(meuse: Runtime) -> None:
    with meuse.database.reading() as session:
        works = list(session.scalars(select(Source).order_by(Source.row_number)))
    assert works[0].operating_from == 1892
    assert all(entry.citation and entry.source_url for entry in works)
    assert all(entry.positional_accuracy_m for entry in works)
    assert works[0].contaminants == ["zn", "cd", "pb"]


def test_cells_of_a_sheet_are_as_many_as_the_settings_say(
    limited: Callable[..., Runtime], tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    for row in (["id", "lon", "lat", "zinc"], *ROWS):
        book.active.append(list(row))
    book.save(tmp_path / "soil.xlsx")
    data = (tmp_path / "soil.xlsx").read_bytes()
    for cells in (15, 16):
        opened = limited(import_max_cells=cells)
        number = register(opened, data, "d", filename="soil.xlsx", **OPTIONS)
        load = partial(imports.load, opened.database, opened.store, opened.settings.limits)
        if cells == 16:
            assert load(number, quiet)["rows"]["loaded"] == 3
            continue
        with pytest.raises(Unprocessable) as caught:
            load(number, quiet)
        assert caught.value.details["code"] == "too_many_cells"


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"import_max_rows": 2}, "too_many_rows"),
        ({"import_max_columns": 3}, "too_many_columns"),
        ({"import_max_rows": 3, "import_max_columns": 4}, None),
    ],
)
def test_rows_and_columns_are_as_many_as_the_settings_say(
    limited: Callable[..., Runtime], limits: dict[str, int], code: str | None
) -> None:
    opened = limited(**limits)
    if code is None:
        assert take_in(opened, soil_csv(ROWS), dataset="d", **OPTIONS)["rows"]["loaded"] == 3
        return
    with pytest.raises(Unprocessable) as caught:
        take_in(opened, soil_csv(ROWS), dataset="d", **OPTIONS)
    assert caught.value.details["code"] == code
    assert _count(opened, Sample) == 0
