"""Features as columns: held against the database's own JSON of values that are hard to tell."""

from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import text

from app.services.features import PageRequest, Query, get_collection, read_page
from app.services.files import copying, rows
from app.services.files.geojson import feature_texts
from app.services.runtime import Runtime
from tests.app import scene

# What marks columns, rows, nothing and words of other kinds where rows are copied as CSV.
_CODES = [
    None, "", " ", " both ends ", "NULL", "null", "\\N", "\\.", "t", "NaN", "-", "0012", '"', '""',
    "'", ",", "a,b", 'a"b\\c', "line\nline", "line\r\nline\r", "\t", "\x01\x1f\x7f",
    "\u2028 é 漢 🜨",
]  # fmt: skip
_DEPTHS = [None, 0.0, 5e-324, 1e-7, 0.1 + 0.2, 1e15, 123456789012345680.0, 1.7976931348623157e308]
_DAYS = [None, "0001-01-01", "1900-02-28", "2000-02-29", "9999-12-31"]
_CHANGE = text(
    "UPDATE sample SET code = told.code, depth_lower_cm = told.depth, sampled_to = told.day "
    "FROM (SELECT * FROM unnest(CAST(:codes AS text[]), CAST(:depths AS float8[]), "
    "CAST(:days AS date[])) WITH ORDINALITY AS one (code, depth, day, number)) AS told "
    "WHERE sample.row_number = told.number + 1"
)


@pytest.fixture
def hard(runtime: Runtime) -> Runtime:
    """Samples each of which has something hard to tell."""
    count = len(_CODES)
    places = [(f"s{at}", 5 + at / 7, 51 - at / 7, 10 + at) for at in range(count)]
    taken = scene.take_in(
        runtime, scene.soil_csv(places), dataset="hard", visibility="public", epsg=4326,
        unit="mg/kg",
    )  # fmt: skip
    assert taken["status"] == "loaded", taken
    told = {
        "codes": _CODES,
        "depths": [_DEPTHS[at % len(_DEPTHS)] for at in range(count)],
        "days": [_DAYS[at % len(_DAYS)] for at in range(count)],
    }
    with runtime.database.writing() as session:
        assert session.execute(_CHANGE, told).rowcount == count
    return runtime


def _columns(opened: Runtime, form: rows.Form) -> dict[str, list[Any]]:
    names = ("sample", "depth_lower_cm", "sampled_to")
    with opened.database.reading() as session:
        samples = get_collection(session, "samples")
        table = rows.read_table(session, samples, Query(), rows.Reading(60_000, form))
        whole = pa.Table.from_batches(table.batches, table.schema)
        return {name: whole.column(name).to_pylist() for name in names}


def _asked(opened: Runtime, *columns: str) -> list[list[Any]]:
    asked = text(f"SELECT {', '.join(columns)} FROM sample ORDER BY hilbert, id")
    with opened.database.reading() as session:
        found = list(session.execute(asked))
    return [[row[at] for row in found] for at in range(len(columns))]


@pytest.mark.parametrize("piece", [copying._PIECE_BYTES, 1])
def test_values_are_those_of_the_database(
    hard: Runtime, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr(copying, "_PIECE_BYTES", piece)
    names = ("code", "depth_lower_cm", "sampled_to")
    assert list(_columns(hard, "typed").values()) == _asked(hard, *names)
    as_text = [f"CAST({name} AS text)" for name in names]
    assert list(_columns(hard, "text").values()) == _asked(hard, *as_text)


def test_features_are_those_of_pages_to_the_byte(hard: Runtime) -> None:
    with hard.database.reading() as session:
        samples = get_collection(session, "samples")
        page = read_page(session, samples, PageRequest(100))
        table = rows.read_table(session, samples, Query(), rows.Reading(60_000, "json"))
        told = [one for batch in table.batches for one in feature_texts(batch, table.kinds)]
    assert [str(one) for one in told] == list(page.features)
    assert len(told) == len(_CODES)


def test_who_begins_soon_gets_the_same_in_the_same_order(
    hard: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    [expected] = _asked(hard, "code")
    # The last feature of the first lot, the only one of the second, none of it.
    for first in (1, len(_CODES) - 1, len(_CODES), len(_CODES) + 1):
        monkeypatch.setattr(rows, "_FIRST", first)
        with hard.database.reading() as session:
            samples = get_collection(session, "samples")
            reading = rows.Reading(60_000, "text", begins_soon=True)
            table = rows.read_table(session, samples, Query(), reading)
            told = [one for batch in table.batches for one in batch.column("sample").to_pylist()]
        assert told == expected, first


def test_positions_are_those_of_the_order(hard: Runtime) -> None:
    reading = rows.Reading(60_000, "json", with_position=True)
    with hard.database.reading() as session:
        samples = get_collection(session, "samples")
        table = rows.read_table(session, samples, Query(), reading)
        whole = pa.Table.from_batches(table.batches, table.schema)
    expected = _asked(hard, "hilbert", "id", "ST_X(geom)", "ST_Y(geom)")
    assert [whole.column(name).to_pylist() for name in table.position] == expected
