"""Registries: seeded, seeded again, brought up to date."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.db.models import Contaminant, DataFlag, GuidelineValue, SourceType, Unit
from app.db.session import Database
from app.errors import NotFound
from app.resources import reference_data
from app.services import guidelines, registries
from tests.app.scene import Showcase

NOTHING = {"contaminant": 0, "source_type": 0, "unit": 0, "data_flag": 0, "guideline_value": 0}
Row = dict[str, str]


def _seed(database: Database, folder: Path) -> dict[str, int]:
    with database.writing() as session:
        return registries.seed(session, folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "reference"
    shutil.copytree(reference_data(), copy)
    return copy


def _edit(path: Path, change: Callable[[list[Row]], list[Row]]) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    header = list(rows[0])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header)
        writer.writeheader()
        writer.writerows(change(rows))


def test_every_row_of_the_files_is_there(database: Database) -> None:
    names = {
        Contaminant: "contaminants.csv",
        SourceType: "source_types.csv",
        Unit: "units.csv",
        DataFlag: "data_flags.csv",
        GuidelineValue: "guideline_values.csv",
    }
    with database.reading() as session:
        for model, name in names.items():
            with (reference_data() / name).open(encoding="utf-8", newline="") as file:
                expected = sum(1 for _ in csv.DictReader(file))
            assert session.scalar(select(func.count()).select_from(model)) == expected


def test_seeding_again_changes_nothing(database: Database) -> None:
    assert _seed(database, reference_data()) == NOTHING


def test_changed_row_updates_and_a_vanished_guideline_is_withdrawn(
    database: Database, folder: Path
) -> None:
    def rename(rows: list[Row]) -> list[Row]:
        return [row | {"name_en": "Plumbum"} if row["code"] == "pb" else row for row in rows]

    def drop(rows: list[Row]) -> list[Row]:
        return [row for row in rows if row["id"] != "DE_BBODSCHV_2021-0816"]

    _edit(folder / "contaminants.csv", rename)
    _edit(folder / "guideline_values.csv", drop)
    assert _seed(database, folder) == NOTHING | {"contaminant": 1, "guideline_value": 1}
    assert _seed(database, folder) == NOTHING
    with database.reading() as session:
        assert session.get_one(Contaminant, "pb").name_en == "Plumbum"
        gone = session.get_one(GuidelineValue, "DE_BBODSCHV_2021-0816")
        assert gone.withdrawn_at is not None
        offered = guidelines.list_guidelines(session, guidelines.Wanted("zn"))
        assert gone.id not in {value.id for value in offered}
        # A layer that cites it still finds it.
        assert guidelines.get_guideline(session, gone.id).value == 150.0
    # It comes back with the file.
    assert _seed(database, reference_data()) == NOTHING | {"contaminant": 1, "guideline_value": 1}
    with database.reading() as session:
        assert session.get_one(GuidelineValue, "DE_BBODSCHV_2021-0816").withdrawn_at is None


def test_broken_file_changes_nothing(database: Database, folder: Path) -> None:
    def break_value(rows: list[Row]) -> list[Row]:
        return [row | {"value": "-1"} for row in rows]

    _edit(folder / "contaminants.csv", lambda rows: [r | {"name_en": "X"} for r in rows])
    _edit(folder / "guideline_values.csv", break_value)
    with pytest.raises(Exception, match="ck_guideline_value_value_positive"):
        _seed(database, folder)
    with database.reading() as session:
        assert session.get_one(Contaminant, "pb").name_en == "Lead"


@pytest.mark.parametrize(
    "text", ["pb", "Pb", "PB", "lead", " Lead ", "plomb", "Plomo", "铅", "7439-92-1"]
)
def test_contaminant_is_found_by_any_of_its_names(showcase: Showcase, text: str) -> None:
    with showcase.runtime.database.reading() as session:
        assert registries.find_contaminant(session, text).code == "pb"


@pytest.mark.parametrize("text", ["", "leadx", "pb%", "p", "' OR 1=1 --"])
def test_nothing_else_is_a_contaminant(showcase: Showcase, text: str) -> None:
    with (
        showcase.runtime.database.reading() as session,
        pytest.raises(NotFound, match="No contaminant is called"),
    ):
        registries.find_contaminant(session, text)


def test_readers_of_files_get_what_the_files_say(database: Database) -> None:
    with database.reading() as session:
        found = registries.ingest_registries(session)
    by_code = {entry.code: entry for entry in found.contaminants}
    assert by_code["pb"].symbol == "Pb"
    assert by_code["pb"].molar_mass == pytest.approx(207.2)
    units = {unit.spelling: unit for unit in found.units}
    assert (units["mg/kg"].factor, units["mg/kg"].canonical) == (1.0, "mg/kg")
    assert len(found.source_types) == 59
    assert len(found.flags) == 90
