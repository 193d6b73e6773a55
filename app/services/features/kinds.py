"""Of what kind a property is, by the type of its SQL."""

from typing import Any

from sqlalchemy import ARRAY, Boolean, Date, DateTime, Float, Integer, String
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

# Those of single values that have an order: they can be sorted by, and be equal to a text.
PLAIN = ("integer", "number", "string", "date")


def kind_of(expression: Any) -> str:
    """Return the kind of a property by the type of its SQL: as JSON Schema calls it, or date."""
    sql_type: TypeEngine[Any] = expression.type
    if isinstance(sql_type, ARRAY | postgresql.ARRAY):
        return "array"
    kinds: tuple[tuple[Any, str], ...] = (
        (Boolean, "boolean"),
        (Integer, "integer"),
        (Float, "number"),
        (DateTime, "date-time"),
        (Date, "date"),
        (String, "string"),
    )
    # What the database puts together as JSON has no type of its own.
    return next((kind for types, kind in kinds if isinstance(sql_type, types)), "object")
