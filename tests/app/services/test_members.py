"""Members: two who register at once, and a register that may not fill the disk."""

import threading

import pytest
from sqlalchemy import func, select

from app.db import ids
from app.db.models import Member
from app.db.session import Database
from app.errors import Conflict, NotFound, Unprocessable
from app.services import members
from tests.app.scene import registration


def test_two_at_once_are_one_member_and_one_conflict(database: Database) -> None:
    outcome: list[Exception | None] = []

    def second() -> None:
        try:
            with database.writing() as session:
                members.register(session, registration())
        except Conflict as error:
            outcome.append(error)

    with database.writing() as session:
        members.register(session, registration())
        other = threading.Thread(target=second)
        other.start()  # waits for the first one's commit
        other.join(timeout=0.5)
        assert other.is_alive()
    other.join(timeout=30)
    assert [type(error) for error in outcome] == [Conflict]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Member)) == 1


def test_register_has_a_limit(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "_MAX_PENDING", 1)
    with database.writing() as session:
        members.register(session, registration())
    with pytest.raises(Conflict, match="Too many registrations"), database.writing() as session:
        members.register(session, registration(name="Second"))


def test_place_is_that_of_the_country(database: Database) -> None:
    with database.writing() as session:
        dutch = members.register(session, registration(city="maastricht", country="nl"))
        assert (dutch.city, dutch.country) == ("Maastricht", "NL")
    with pytest.raises(Unprocessable, match="no city 'Maastricht' in FR"):
        members._find_place(registration(country="FR"))


def test_decisions(database: Database) -> None:
    with database.writing() as session:
        first = ids.show("member", members.register(session, registration()).uid)
        members.register(session, registration(name="Second"))
        members.decide(session, first, approve=True)
    with database.reading() as session:
        assert [m.name for m in members.list_all(session, "approved")] == ["Ada Soil"]
        assert [m.name for m in members.list_all(session, "pending")] == ["Second"]
        assert len(members.list_all(session)) == 2
    for unknown in ("mb_" + "0" * 32, "x", first.replace("mb_", "sm_")):
        with pytest.raises(NotFound, match="member list"), database.writing() as session:
            members.decide(session, unknown, approve=True)
