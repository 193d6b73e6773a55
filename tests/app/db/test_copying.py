"""Numbers in the database's binary form are those it holds."""

from sqlalchemy import column, func, select, text

from app.db.copying import read_numbers
from app.services.runtime import Runtime


def test_every_row_comes_whole_and_once(runtime: Runtime) -> None:
    numbers = select(column("n")).select_from(text("generate_series(1, 1000) AS t(n)"))
    n = numbers.selected_columns[0]
    with runtime.database.reading() as session:
        statement = numbers.with_only_columns(n, func.sqrt(n), -n / 3.0)
        whole, root, third = read_numbers(session, statement, n)
        none = read_numbers(session, statement.where(n < 0), n)
    pairs = dict(zip(whole.tolist(), zip(root.tolist(), third.tolist(), strict=True), strict=True))
    assert len(whole) == 1000
    assert pairs == {float(i): (i**0.5, -i / 3) for i in range(1, 1001)}
    assert [len(part) for part in none] == [0, 0, 0]
