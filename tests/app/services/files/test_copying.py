"""Rows as they are copied: whole ones, none lost, and a connection that goes on afterwards."""

from collections.abc import Generator
from typing import Any

import pytest
from psycopg.errors import QueryCanceled
from sqlalchemy import Select, func, literal, select, text
from sqlalchemy.orm import Session

from app.db.session import Database, stopper
from app.services.files import copying
from app.services.files.copying import ahead, copied
from tests.app.scene import Showcase

_MANY = 2_000_000


@pytest.fixture
def database(showcase: Showcase) -> Database:
    """A database that is read."""
    return showcase.runtime.database


def _numbers(count: int) -> Select[Any]:
    return select(func.generate_series(1, count))


def test_pieces_are_whole_rows_and_all_of_them(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "_PIECE_BYTES", 1_000)
    with database.reading() as session:
        pieces = [bytes(piece) for piece in copied(session, _numbers(1_234))]
    assert len(pieces) > 4
    assert all(piece.endswith(b"\n") for piece in pieces)
    assert b"".join(pieces).split() == [b"%d" % number for number in range(1, 1_235)]


@pytest.mark.parametrize("count", [0, 1])
def test_few_rows_are_one_piece_or_none(database: Database, count: int) -> None:
    with database.reading() as session:
        assert [bytes(piece) for piece in copied(session, _numbers(count))] == [b"1\n"][:count]


def test_texts_are_told_as_csv_whatever_is_in_them(database: Database) -> None:
    told = 'a "b", c\r\n:d %s ?'
    with database.reading() as session:
        [piece] = copied(session, select(literal(told), literal("")))
    assert bytes(piece) == b'"a ""b"", c\r\n:d %s ?",""\n'


@pytest.mark.parametrize("pieces", [0, 1, 3])
def test_who_stops_early_leaves_a_connection_that_goes_on(database: Database, pieces: int) -> None:
    with database.reading() as session:
        rows = copied(session, _numbers(_MANY))
        for _ in range(pieces):
            next(rows)
        rows.close()
        _goes_on(session)


def test_who_stops_early_while_others_work_ahead_leaves_one_too(database: Database) -> None:
    def lengths(rows: Generator[bytearray, None, None]) -> Generator[int, None, None]:
        for piece in rows:
            yield len(piece)
        rows.close()

    with database.reading() as session:
        found = ahead(lengths(copied(session, _numbers(_MANY))), stopper(session))
        next(found)
        found.close()
        _goes_on(session)


def test_a_statement_that_is_stopped_says_so_and_leaves_one_too(database: Database) -> None:
    with database.reading() as session:
        rows = copied(session, _numbers(_MANY))
        next(rows)
        stopper(session)()
        with pytest.raises(QueryCanceled):
            list(rows)
        _goes_on(session)


def _goes_on(session: Session) -> None:
    session.rollback()
    assert session.scalar(text("SELECT 1")) == 1
