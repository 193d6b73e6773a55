"""Named statements."""

from pathlib import Path

import pytest

from app.db import queries

FOLDER = Path(queries.__file__).parent / "sql"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.sql")), ids=lambda path: path.stem)
def test_every_statement_says_what_it_is_for(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("-- ")
    assert queries.query(path.stem).text == path.read_text(encoding="utf-8")


def test_statement_is_read_once() -> None:
    assert queries.query("load_samples") is queries.query("load_samples")
