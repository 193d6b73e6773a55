"""Where numbers come from: file, sheet, repair, and how sure the laboratory was."""

import io
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from app.db import ids
from app.db.models import Sample
from app.services import imports
from app.services.runtime import Runtime
from tests.app.scene import take_in

SAID: dict[str, Any] = {"dataset": "d", "epsg": 4326, "visibility": "public"}
HEADER = "id,lon,lat,Pb (mg/kg),Pb uncertainty (k=2) [mg/kg]\n"


def history(opened: Runtime, code: str) -> dict[str, Any]:
    with opened.database.reading() as session:
        uid = session.scalars(select(Sample.uid).where(Sample.code == code)).one()
        return imports.sample_history(session, ids.show("sample", uid))


def book() -> bytes:
    made = Workbook()
    made.active.title = "Notes"
    sheet = made.create_sheet("Results")
    for row in (["id", "lon", "lat", "Pb (mg/kg)"], ["A", 5.1, 51.1, 10], ["B", 5.2, 51.2, 20]):
        sheet.append(row)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def test_sheet_is_known_of_each_result(runtime: Runtime) -> None:
    take_in(runtime, book(), sheet="Results", **SAID)
    told = history(runtime, "A")["results"][0]
    assert (told["sheet"], told["row_number"], told["column_name"]) == ("Results", 2, "Pb (mg/kg)")
    take_in(runtime, HEADER + "C,5.3,51.3,1,\n", **SAID)
    assert history(runtime, "C")["results"][0]["sheet"] is None


def test_accepted_repairs_are_known_of_sample_and_result(runtime: Runtime) -> None:
    accept = ["null_island", "value_negative"]
    take_in(runtime, HEADER + "A,0,0,-5,\nB,5.1,51.1,3,\n", accept=accept, **SAID)
    repaired, plain = history(runtime, "A"), history(runtime, "B")
    assert repaired["repairs"] == "null_island"
    assert repaired["results"][0]["repairs"] == "value_negative"
    assert (plain["repairs"], plain["results"][0]["repairs"]) == (None, None)


def test_changed_uncertainty_is_a_correction_and_an_equal_one_is_none(runtime: Runtime) -> None:
    take_in(runtime, HEADER + "A,5.1,51.1,10,1\n", **SAID)
    again = take_in(runtime, HEADER + "A,5.1,51.1,10,1\n", **SAID)
    assert (again["rows"]["loaded"], again["rows"]["unchanged"]) == (0, 1)
    take_in(runtime, HEADER + "A,5.1,51.1,10,2\n", **SAID)
    told = history(runtime, "A")["results"]
    assert [(one["uncertainty"], one["coverage_factor"]) for one in told] == [
        (2.0, 2.0),
        (1.0, 2.0),
    ]
    assert [one["is_current"] for one in told] == [True, False]


@pytest.mark.parametrize(("second", "quarantined"), [("2", 2), ("", 0)])
def test_two_uncertainties_of_one_result_contradict_each_other(
    runtime: Runtime, second: str, quarantined: int
) -> None:
    rows = f"A,5.1,51.1,10,1\nA,5.1,51.1,10,{second}\n"
    shown = take_in(runtime, HEADER + rows, **SAID)
    assert shown["rows"]["quarantined"] == quarantined
