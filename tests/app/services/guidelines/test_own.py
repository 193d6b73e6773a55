"""Users' own frameworks: stored, versioned, withdrawn, and seen by whom they may be."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.db.models import GuidelineValue, OwnFramework
from app.db.session import Database
from app.errors import InvalidRequest, NotFound, Unprocessable
from app.resources import reference_data
from app.services import guidelines, hotspots, registries
from app.services.guidelines import Place, Wanted
from app.services.runtime import Runtime
from tests.app.scene import EXCEEDING, find

NAME = "OWN_VALLEY"
HEADER = "id,contaminant,land_use,tier,value,unit,legal_name,verification,checked_in\n"
ROW = "{},{},any,screening,{},mg/kg,Decree of the valley,official_text,the decree\n"


def _file(*rows: tuple[str, str, float]) -> bytes:
    return (HEADER + "".join(ROW.format(*row) for row in rows)).encode()


FIRST = _file(("1", "Zinc", 90.0), ("2", "Lead", 70.0))


def _load(database: Database, content: bytes, visibility: str | None = None) -> dict[str, object]:
    with database.writing() as session:
        return guidelines.load_framework(session, NAME, content, visibility)


def test_framework_is_versioned_and_its_rows_are_withdrawn(database: Database) -> None:
    made = _load(database, FIRST)
    assert (made["is_new"], made["version"], made["visibility"]) == (True, 1, "private")
    assert (made["rows"], made["changed"], made["withdrawn_rows"]) == (2, 2, 0)
    again = _load(database, FIRST)
    assert (again["is_new"], again["version"], again["changed"]) == (False, 1, 0)
    other = _load(database, _file(("1", "Zinc", 95.0)), "public")
    assert (other["version"], other["changed"], other["withdrawn_rows"]) == (2, 1, 1)
    assert other["visibility"] == "public"
    with database.reading() as session:
        assert guidelines.get_guideline(session, f"{NAME}-2").withdrawn_at is not None
        assert [v.value for v in guidelines.list_guidelines(session, Wanted(framework=NAME))] == [
            95.0
        ]
    # The registry's files leave users' frameworks alone, and the other way.
    with database.writing() as session:
        assert registries.seed(session, reference_data())["guideline_value"] == 0
    with database.writing() as session:
        gone = guidelines.withdraw_framework(session, NAME)
    assert gone["withdrawn_rows"] == 1
    with database.writing() as session:
        with pytest.raises(NotFound, match="no framework of your own"):
            guidelines.withdraw_framework(session, NAME)
        with pytest.raises(NotFound, match="no framework"):
            guidelines.list_guidelines(session, Wanted(framework=NAME, with_private=True))
    assert _load(database, _file(("1", "Zinc", 95.0)))["version"] == 3


def test_private_framework_is_the_operator_s(database: Database) -> None:
    _load(database, FIRST, "private")
    place = Place(framework=NAME)
    with database.reading() as session:
        zinc = registries.find_contaminant(session, "zn")
        assert guidelines.resolve_for(session, zinc, place, with_private=True).value == 90.0
        with pytest.raises(NotFound, match="There is no framework"):
            guidelines.resolve_for(session, zinc, place)
        names = {entry["framework"] for entry in guidelines.list_frameworks(session)}
        assert NAME not in names
        seen = guidelines.list_frameworks(session, with_private=True)
        [own] = [entry["own"] for entry in seen if entry["framework"] == NAME]
        assert (own["visibility"], own["version"]) == ("private", 1)
        assert not any(
            value.own_framework for value in guidelines.list_guidelines(session, Wanted("zn"))
        )
    _load(database, FIRST, "public")
    with database.reading() as session:
        assert guidelines.resolve_for(session, zinc, place).value == 90.0


def test_trial_and_refused_file_store_nothing(database: Database) -> None:
    with database.writing() as session:
        trial = guidelines.load_framework(session, NAME, FIRST, None, is_trial=True)
    assert trial == {"framework": NAME, "rows": 2, "findings": []}
    bad = _file(("1", "Zinc", 90.0), ("2", "Kryptonite", 70.0))
    with pytest.raises(Unprocessable, match="Row 3, contaminant: No contaminant") as refused:
        _load(database, bad)
    assert refused.value.details["finding_count"] == 1
    assert refused.value.details["findings"][0]["code"] == "unknown_contaminant"
    with database.reading() as session:
        assert session.scalars(select(OwnFramework)).all() == []
        own = select(GuidelineValue).where(GuidelineValue.own_framework.is_not(None))
        assert session.scalars(own).all() == []


@pytest.mark.parametrize("name", ["DE_BBODSCHV_2021", "OWN_", "own_x", "OWN_a", "OWN_X" + "Y" * 60])
def test_name_that_could_shadow_is_refused(database: Database, name: str) -> None:
    with database.writing() as session, pytest.raises(InvalidRequest, match="for example OWN_"):
        guidelines.load_framework(session, name, FIRST, None)


def test_visibility_and_size_are_checked(database: Database) -> None:
    with pytest.raises(InvalidRequest, match="public, private"):
        _load(database, FIRST, "members")
    with pytest.raises(Unprocessable, match="at most 5 MB"):
        _load(database, b"x" * (guidelines.MAX_BYTES + 1))


def test_layer_on_a_private_value_is_hidden_until_it_is_public(meuse: Runtime) -> None:
    _load(meuse.database, FIRST, "private")
    order = replace(EXCEEDING, guideline=None, place=Place(framework=NAME))
    made = find(meuse, order)
    with meuse.database.reading() as session:
        assert made["layer"] not in {layer["id"] for layer in hotspots.list_layers(session)}
        with pytest.raises(NotFound):
            hotspots.show_layer(session, made["layer"])
    _load(meuse.database, FIRST, "public")
    with meuse.database.reading() as session:
        assert hotspots.show_layer(session, made["layer"])["threshold"] == 90.0
