"""Tables that are written as pages, read and examined by SQLite itself."""

import datetime
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from app.services.files import sqlite_pages
from app.services.files.sqlite_pages import Pages, TableWriter
from app.services.files.sqlite_records import records, varints

_NAMES = ("word", "size", "count", "is_so", "day", "kind", "bytes", "blank")


def _rows(count: int) -> pa.Table:
    rng = np.random.default_rng(1)
    numbers = np.arange(count)
    return pa.table(
        {
            "word": pa.array(
                ["é" * (n % 90) if n % 7 else None for n in range(count)], pa.string()
            ),
            "size": pa.array(np.where(numbers % 5, rng.normal(0, 1e9, count), np.nan)),
            "count": pa.array(rng.integers(-(2**62), 2**62, count) if count > 50 else numbers - 9),
            "is_so": pa.array([(True, False, None)[n % 3] for n in range(count)], pa.bool_()),
            "day": pa.array([datetime.date(2020, 1, 1 + n % 28) for n in range(count)]),
            "kind": pa.array([f"k{n // 100}" for n in range(count)]).dictionary_encode(),
            # Some go on for several pages, and some end where a page does.
            "bytes": pa.array([b"b" * (n % 3 * 477 * (n % 50 == 0) + n) for n in range(count)]),
            "blank": pa.nulls(count, pa.string()),
        }
    )


def _told(table: pa.Table) -> list[tuple[Any, ...]]:
    def of(value: Any) -> Any:
        return str(value) if isinstance(value, datetime.date) else value

    columns = [[of(value) for value in table.column(name).to_pylist()] for name in _NAMES]
    columns[1] = [None if value != value else value for value in columns[1]]  # noqa: PLR0124
    return [*zip(range(1, len(table) + 1), *columns, strict=True)]


def _made(path: Path, page_size: int) -> int:
    """Make a file with an empty table; return where that begins."""
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA page_size = {page_size}")
        database.execute(f"CREATE TABLE t (id INTEGER PRIMARY KEY, {', '.join(_NAMES)})")
        database.execute("CREATE TABLE other (a)")
        database.execute("INSERT INTO other VALUES (1)")
        database.commit()
        [(root,)] = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 't'")
    return int(root)


@pytest.mark.parametrize("page_size", [512, 4096, 65_536])
@pytest.mark.parametrize("count", [0, 1, 9, 3_000])
def test_all_rows_are_read_by_sqlite(tmp_path: Path, page_size: int, count: int) -> None:
    path, table = tmp_path / "t.db", _rows(count)
    root = _made(path, page_size)
    with Pages(path) as pages:
        writer = TableWriter(pages, root)
        for start in range(0, count, 700):
            part = table.slice(start, 700).combine_chunks()
            columns = [part.column(name).combine_chunks() for name in _NAMES]
            keys = np.arange(start + 1, start + 1 + len(part))
            writer.add(keys, records([None, *columns], len(part)))
        writer.finish()
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("SELECT * FROM t").fetchall() == _told(table)
        # By its key, and changed afterwards.
        middle = count // 2 + 1
        one = database.execute("SELECT * FROM t WHERE id = ?", [middle]).fetchall()
        assert one == _told(table)[middle - 1 : middle]
        database.execute("DELETE FROM t WHERE id % 3 = 0")
        database.execute("INSERT INTO t (word, bytes) VALUES ('new', zeroblob(9000))")
        database.commit()
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_the_page_that_programs_lock_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.db"
    _made(path, 512)
    monkeypatch.setattr(sqlite_pages, "_LOCKED", 5 * 512)
    with Pages(path) as pages:
        assert pages.count == 3
        assert [pages.add(bytes(512)) for _ in range(4)] == [4, 5, 7, 8]


def test_what_breaks_off_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    _made(path, 512)

    def broken_off() -> None:
        with Pages(path) as pages:
            pages.add(bytes(512))
            raise KeyError

    with pytest.raises(KeyError):
        broken_off()
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_numbers_of_seven_bits() -> None:
    numbers = [0, 127, 128, 16_383, 16_384, 2**56 - 1]
    told = ["00", "7f", "8100", "ff7f", "818000", "ffffffffffffff7f"]
    assert [one.hex() for one in varints(np.array(numbers)).to_pylist()] == told
    assert [one.hex() for one in varints(np.array([128, 129])).to_pylist()] == ["8100", "8101"]
    assert len(varints(np.empty(0, np.int64))) == 0
