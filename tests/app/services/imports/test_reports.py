"""Reports for people: nothing of a file is ever run or read as markup."""

import csv
import io
from typing import Any

from app.services import imports
from app.services.runtime import Runtime
from tests.app.scene import register, soil_csv, take_in

OPTIONS: dict[str, Any] = {"epsg": 4326, "unit": "mg/kg"}


def test_report_tells_counts_columns_and_findings(runtime: Runtime) -> None:
    rows = [("A", 5.1, 51.1, 10), ("B", 5.2, 51.2, "<script>alert(1)</script>")]
    shown = take_in(runtime, soil_csv(rows), dataset="d", **OPTIONS)
    with runtime.database.reading() as session:
        record = imports.get(session, shown["id"])
        page, table = imports.report_html(record), imports.report_csv(record)
    assert "The good rows of this file are stored." in page
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "value_not_number" in page
    assert 'lang="en"' in page
    told = list(csv.DictReader(io.StringIO(table)))
    [fault] = [row for row in told if row["code"] == "value_not_number"]
    assert (fault["file"], fault["severity"], fault["row"]) == ("soil.csv", "error", "3")


def test_formula_in_a_column_name_is_guarded(runtime: Runtime) -> None:
    content = soil_csv([("A", 5.1, 51.1, 10, "x")], "id,lon,lat,zinc,=cmd()")
    shown = take_in(runtime, content, dataset="d", **OPTIONS)
    with runtime.database.reading() as session:
        table = imports.report_csv(imports.get(session, shown["id"]))
    assert "'=cmd()" in table
    assert ",=cmd()" not in table


def test_several_reports_are_one_page_and_one_table(runtime: Runtime) -> None:
    ids = [
        take_in(runtime, soil_csv([(name, 5.1, 51.1, 10)]), dataset="d", **OPTIONS)["id"]
        for name in "AB"
    ]
    with runtime.database.reading() as session:
        records = [imports.get(session, one) for one in ids]
        page = imports.join_html([imports.report_html(record) for record in records])
        reports = [imports.report_json(record) for record in records]
    refused = {"filename": "=x.csv", "error": "It is empty.", "code": "file_empty"}
    table = list(csv.DictReader(io.StringIO(imports.join_csv([*reports, refused]))))
    assert page.count("<h1>") == 2
    assert page.count("<!doctype html>") == 1
    assert table[-1]["file"] == "'=x.csv"
    assert table[-1]["code"] == "file_empty"


def test_waiting_import_has_a_report_too(runtime: Runtime) -> None:
    import_id = register(runtime, soil_csv([("A", 5.1, 51.1, 10)]).encode(), "d", **OPTIONS)
    with runtime.database.reading() as session:
        assert "waits to be read" in imports.report_html(imports.get(session, import_id))
