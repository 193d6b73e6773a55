"""What is copied out is what the database holds, whatever its statement is filled in with."""

from typing import Any

from sqlalchemy import Select, column, func, literal, literal_column, select, text
from sqlalchemy.dialects.postgresql import JSONB

from app.db.copying import copying_out, read_numbers
from app.services.runtime import Runtime


def _numbers(count: int) -> Select[Any]:
    return select(column("n")).select_from(text(f"generate_series(1, {count}) AS t(n)"))


def _csv(runtime: Runtime, statement: Select[Any]) -> str:
    with runtime.database.reading() as session, copying_out(session, statement, "csv") as copy:
        return b"".join(map(bytes, copy)).decode()


def test_every_row_comes_whole_and_once(runtime: Runtime) -> None:
    numbers = _numbers(1000)
    n = numbers.selected_columns[0]
    with runtime.database.reading() as session:
        statement = numbers.with_only_columns(n, func.sqrt(n), -n / 3.0)
        whole, root, third = read_numbers(session, statement, n)
        none = read_numbers(session, statement.where(n < 0), n)
    pairs = dict(zip(whole.tolist(), zip(root.tolist(), third.tolist(), strict=True), strict=True))
    assert len(whole) == 1000
    assert pairs == {float(i): (i**0.5, -i / 3) for i in range(1, 1001)}
    assert [len(part) for part in none] == [0, 0, 0]


def test_what_a_statement_is_filled_in_with_is_written_as_its_type_has_it(runtime: Runtime) -> None:
    told = literal(["ä", {"a": 1}], JSONB)
    assert _csv(runtime, select(told, literal("5 %"))) == '"[""ä"", {""a"": 1}]",5 %\n'
    numbers = _numbers(10)
    n = numbers.selected_columns[0]
    with runtime.database.reading() as session:
        [found] = read_numbers(session, numbers.where(func.jsonb_array_length(told) == n), n)
    assert found.tolist() == [2.0]


def test_signs_of_percent_stay_single_where_nothing_is_filled_in(runtime: Runtime) -> None:
    told = select(literal_column("17") % literal_column("5"), literal_column("'5 %'"))
    assert _csv(runtime, told) == "2,5 %\n"
