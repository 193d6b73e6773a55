"""What is copied in a thread is there when the session is asked for, or the reason why not."""

from collections.abc import Iterator
from contextlib import closing

import polars as pl
import psycopg
import pytest
from sqlalchemy import text

from app.services.imports.copying import Copying
from app.services.runtime import Runtime


@pytest.fixture
def copying(runtime: Runtime) -> Iterator[Copying]:
    with runtime.database.writing() as session:
        session.execute(text("CREATE TEMPORARY TABLE word (n integer, said text) ON COMMIT DROP"))
        with closing(Copying(session)) as made:
            yield made
        session.rollback()


def _frame(first: int, *said: str | None) -> pl.DataFrame:
    return pl.DataFrame({"n": range(first, first + len(said)), "said": said})


def test_all_that_was_copied_is_there_in_its_order(copying: Copying) -> None:
    for number in range(0, 40, 2):
        copying.copy("word", _frame(number, f"a,{number}", None))
    copying.copy("word", _frame(40, "", 'with "quotes"\nand a line'))
    rows = copying.session.execute(text("SELECT n, said FROM word ORDER BY ctid")).all()
    assert [n for n, _ in rows] == list(range(42))
    assert rows[:2] == [(0, "a,0"), (1, None)]
    assert rows[40:] == [(40, ""), (41, 'with "quotes"\nand a line')]


def test_what_goes_wrong_is_told_to_whoever_asks_next(copying: Copying) -> None:
    copying.copy("word", pl.DataFrame({"n": ["no number"]}))
    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        _ = copying.session


def test_of_several_failures_the_first_is_told(copying: Copying) -> None:
    copying.copy("word", pl.DataFrame({"n": ["no number"]}))
    copying.copy("word", _frame(1, "a"))  # in a transaction that has failed already
    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        copying.copy("word", _frame(2, "a"))
