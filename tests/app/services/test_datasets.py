"""Data sets: named by a narrow rule, private until said otherwise."""

import pytest

from app.db.models import Dataset
from app.db.session import Database
from app.errors import InvalidRequest
from app.services.datasets import DatasetTerms, list_visible
from tests.app.scene import Showcase, ensure


def test_plain_names_are_taken(database: Database) -> None:
    for name in ("a", "0", "meuse-1990", "a_b-c", "a" * 63):
        with database.writing() as session:
            assert ensure(session, name, DatasetTerms()).name == name


@pytest.mark.parametrize(
    "name",
    ["", "../../x", "%00", "a\u200fb", "CON", "a" * 300, "ａ", "-a", "_a", "a b", "a/b", "a\n"],
)
def test_other_names_are_refused(showcase: Showcase, name: str) -> None:
    with (
        pytest.raises(InvalidRequest, match="meuse-1990") as caught,
        showcase.runtime.database.writing() as session,
    ):
        ensure(session, name, DatasetTerms())
    assert caught.value.details == {"parameter": "dataset"}


def test_private_until_said_otherwise(database: Database) -> None:
    with database.writing() as session:
        assert ensure(session, "d", DatasetTerms()).visibility == "private"
    with database.reading() as session:
        assert list_visible(session) == []
    with database.writing() as session:
        ensure(session, "d", DatasetTerms(visibility="public"))
    with database.reading() as session:
        assert [entry.dataset.name for entry in list_visible(session)] == ["d"]
    with database.writing() as session:
        ensure(session, "d", DatasetTerms(visibility="members"))
    with database.reading() as session:
        assert list_visible(session) == []


def test_what_is_not_said_stays(database: Database) -> None:
    with database.writing() as session:
        ensure(session, "d", DatasetTerms(title="T", licence="CC0"))
        ensure(session, "d", DatasetTerms(title="Better"))
    with database.reading() as session:
        dataset = session.query(Dataset).one()
        assert (dataset.title, dataset.licence) == ("Better", "CC0")


def test_unknown_visibility_is_refused(database: Database) -> None:
    with pytest.raises(InvalidRequest, match="visibility"), database.writing() as session:
        ensure(session, "d", DatasetTerms(visibility="open"))
