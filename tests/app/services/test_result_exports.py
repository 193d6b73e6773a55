"""Results go out as a table and come back as they were."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.db.models import Dataset, Result, Sample, Site
from app.errors import InvalidRequest, NotFound
from app.services import imports
from app.services.exports import write_layer
from app.services.runtime import Runtime
from tests.app.scene import meuse_csv, soil_csv, take_in

# Which file, row and column a number was read from differs from import to import, nothing else.
_OF_THE_IMPORT = {
    "id", "sample_id", "import_id", "row_number", "column_name", "supersedes_id", "superseded_at",
}  # fmt: skip
_RESULT = [one.key for one in Result.__mapper__.columns if one.key not in _OF_THE_IMPORT]
_SAMPLE = [
    one.key
    for one in Sample.__mapper__.columns
    if one.key not in {"id", "uid", "dataset_id", "site_id", "import_id", "row_number", "geom"}
]
HEADER = (
    "sample,site,x,y,epsg,depth_upper,depth_lower,depth_unit,date,analyte,value,unit,basis,"
    "qualifier,quantitation_limit,extraction,fraction,replicate,laboratory,method,uncertainty,"
    "coverage_factor\n"
)
ROWS = '''\
=SUM(A1),@site,178605.123456789,333611,28992,0,8,in,1990-03,Lead,<50,ug/kg,dry,,,XRF,<2 mm,,=L(),+A0,,
=SUM(A1),@site,178605.123456789,333611,28992,0,8,in,1990-03,Zinc,>1000,mg/kg,,,,,,,,,,
A,,"181072.10",333611.5,28992,,,,,Cadmium,,mg/kg,,U,0.2,,,,,,,
A,,"181072.10",333611.5,28992,,,,,Mercury,ND,mg/kg,,,,,,,,,,
A,,"181072.10",333611.5,28992,,,,,Nickel,<LOQ,mg/kg,,,,,,,,,,
A,,"181072.10",333611.5,28992,,,,,Copper,0,mg/kg,,,,,,,,,,
A,,"181072.10",333611.5,28992,,,,,Arsenic,1.230e-5,%,,J,,,,,-Labor,-1+2,,
A,,"181072.10",333611.5,28992,,,,,Arsenic,7,mg/kg,,,,,,2,,,,
,,180000,332000,28992,10,20,cm,2001-05-06,Lead,300,ug/kg,,,,,,,,"'t Laboratorium, ""Zuid""",30,2
'''  # noqa: E501


def _export(opened: Runtime, dataset: str | None, out: Path, layer: str = "results") -> int:
    with opened.database.reading() as session:
        return write_layer(session, opened.store, layer, out, dataset)


def _stored(opened: Runtime, dataset: str) -> list[dict[str, Any]]:
    """Everything that is known of the results of a data set and of their samples."""
    columns = [
        *(getattr(Sample, name).label(f"sample_{name}") for name in _SAMPLE),
        func.ST_X(Sample.geom).label("longitude"),
        func.ST_Y(Sample.geom).label("latitude"),
        Site.code.label("site"),
        *(getattr(Result, name) for name in _RESULT),
    ]
    statement = (
        select(*columns)
        .select_from(Sample)
        .join(Result, Result.sample_id == Sample.id)
        .join(Dataset, Dataset.id == Sample.dataset_id)
        .outerjoin(Site, Site.id == Sample.site_id)
        .where(Dataset.name == dataset, Result.superseded_at.is_(None))
        .order_by(Sample.natural_place, Result.contaminant, Result.replicate)
    )
    with opened.database.reading() as session:
        return [dict(row) for row in session.execute(statement).mappings()]


def _there_and_back(opened: Runtime, dataset: str, folder: Path) -> list[dict[str, Any]]:
    """Export, import into another data set, export again; return the results of the first."""
    before = _stored(opened, dataset)
    first, second = folder / f"{dataset}.csv", folder / f"{dataset}-again.csv"
    assert _export(opened, dataset, first) == len(before)
    shown = take_in(opened, first.read_bytes(), dataset=f"{dataset}-again")
    rows = shown["rows"]
    assert (shown["status"], rows["read"], rows["loaded"]) == ("loaded", len(before), len(before))
    after = _stored(opened, f"{dataset}-again")
    for was, now in zip(before, after, strict=True):
        assert now == was
    assert _export(opened, f"{dataset}-again", second) == len(before)
    assert second.read_bytes() == first.read_bytes()
    return before


def test_results_come_back_as_they_were(runtime: Runtime, tmp_path: Path) -> None:
    take_in(runtime, meuse_csv(), dataset="meuse", epsg=28992, unit="mg/kg")
    assert len(_there_and_back(runtime, "meuse", tmp_path)) == 620
    shown = take_in(runtime, HEADER + ROWS, dataset="odd")
    assert shown["rows"]["quarantined"] == 0
    before = _there_and_back(runtime, "odd", tmp_path)
    assert len(before) == 9
    # What the small file says, so that not two equal mistakes are compared.
    by_text = {(row["contaminant"], row["original_text"]): row for row in before}
    lead = by_text["pb", "<50"]
    assert (lead["sample_code"], lead["site"]) == ("=SUM(A1)", "@site")
    assert (lead["laboratory"], lead["method"]) == ("=L()", "+A0")
    assert (lead["censoring"], lead["value"], lead["detection_limit"]) == ("left", None, 0.05)
    assert (lead["original_unit"], lead["conversion_factor"]) == ("ug/kg", 0.001)
    assert (lead["sample_easting"], lead["sample_depth_lower_cm"]) == (178605.123456789, 20.32)
    zinc, cadmium = by_text["zn", ">1000"], by_text["cd", "U"]
    assert (zinc["censoring"], zinc["detection_limit"]) == ("right", 1000)
    assert (cadmium["detection_limit"], cadmium["limit_kind"]) == (0.2, "quantification")
    assert cadmium["qualifier"] == "U"
    assert (cadmium["sample_depth_upper_cm"], cadmium["sample_sampled_from"]) == (None, None)
    for found in (by_text["hg", "ND"], by_text["ni", "<LOQ"]):
        assert (found["censoring"], found["detection_limit"]) == ("left", None)
    assert by_text["cu", "0"]["value"] == 0
    by_day = by_text["pb", "300"]
    assert (by_day["uncertainty"], by_day["coverage_factor"]) == (0.03, 2.0)
    with runtime.database.reading() as session:
        [last] = imports.list_newest(session, 1)
        assert last.report is not None
        # an export says everything itself
        assert "uncertainty_unit_assumed" not in last.report["finding_counts"]
    assert by_text["as", "1.230e-5"]["qualifier"] == "J"
    with (tmp_path / "odd.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.reader(file))
    assert not [cell for row in table for cell in row if cell.startswith(("=", "@", "+"))]
    assert "'=SUM(A1)" in {row[0] for row in table}
    # Where the results are already, nothing changes.
    again = take_in(runtime, (tmp_path / "odd.csv").read_bytes(), dataset="odd")
    assert (again["rows"]["unchanged"], again["rows"]["quarantined"]) == (9, 0)


def test_degrees_come_back_and_what_cannot_be_written_is_refused(
    runtime: Runtime, tmp_path: Path
) -> None:
    rows = [("S1", "5.7123456789", "50.9", 12), ("S2", "5.71", "50.91", 1e-7)]
    take_in(runtime, soil_csv(rows), dataset="degrees", epsg=4258, unit="mg/kg")
    before = _there_and_back(runtime, "degrees", tmp_path)
    assert [row["longitude"] for row in before] == pytest.approx([5.7123456789, 5.71])
    # places on a plane beside them: each row's EPSG code tells which
    plane = "id,x,y,zinc\nP,181072,333611,5\n"
    take_in(runtime, plane, dataset="mixed", epsg=28992, unit="mg/kg")
    take_in(runtime, soil_csv(rows), dataset="mixed", epsg=4258, unit="mg/kg")
    mixed = _there_and_back(runtime, "mixed", tmp_path)
    assert {row["sample_original_epsg"] for row in mixed} == {28992, 4258}
    out = tmp_path / "refused" / "out.csv"
    out.parent.mkdir()
    for dataset, layer, path, kind in (
        (None, "results", out, InvalidRequest),
        ("nothing", "results", out, NotFound),
        ("degrees", "samples", out, InvalidRequest),
        ("degrees", "results", out.with_suffix(".gpkg"), InvalidRequest),
    ):
        with pytest.raises(kind):
            _export(runtime, dataset, path, layer)
    assert list(out.parent.iterdir()) == []


def test_broken_factor_of_an_edited_file_is_quarantined(runtime: Runtime, tmp_path: Path) -> None:
    take_in(runtime, HEADER + ROWS, dataset="odd")
    _export(runtime, "odd", tmp_path / "odd.csv")
    text = (tmp_path / "odd.csv").read_text(encoding="utf-8")
    table = list(csv.DictReader(io.StringIO(text)))
    table[0]["conversion_factor"] = "much"
    edited = io.StringIO()
    writer = csv.DictWriter(edited, list(table[0]))
    writer.writeheader()
    writer.writerows(table)
    shown = take_in(runtime, edited.getvalue(), dataset="edited")
    assert (shown["rows"]["loaded"], shown["rows"]["quarantined"]) == (8, 1)
