"""The text of statements that are asked again and again: put together once, then only sent."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Dialect, Select, literal_column

# Stands for a parameter until the text is written; nothing else in a statement looks like it.
_MARK = "@@{}@@"


def mark(name: str) -> Any:
    """Return what stands for a parameter in an expression."""
    return literal_column(_MARK.format(name))


def written(statement: Select[Any], dialect: Dialect, parameters: Mapping[str, str]) -> str:
    """Return a statement's text; `parameters` say how the driver writes each mark.

    What is written out besides are this program's own words, and keys of data sets.
    """
    text = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    for name, as_driver in parameters.items():
        text = text.replace(_MARK.format(name), as_driver)
    return text
