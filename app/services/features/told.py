"""Objects of JSON as the database writes them: as text, in half the time of its own functions."""

from typing import Any

from sqlalchemy import Text, cast, func, literal_column

from app.services.features.kinds import kind_of

# The database's functions take a hundred arguments.
_MOST_ARGUMENTS = 80


def object_text(members: dict[str, Any], texts: dict[str, Any] | None = None) -> Any:
    """Return the text of an object; `texts` are members whose JSON is there as text already."""
    parts: list[Any] = []
    lead = "{"
    for name, expression in members.items():
        told = _member(expression) if texts is None or name not in texts else texts[name]
        parts += [literal_column(f"'{lead}\"{name}\":'", Text), func.coalesce(told, "null")]
        lead = ","
    parts.append(literal_column("'}'" if members else "'{}'", Text))
    pieces = [
        func.concat(*parts[at : at + _MOST_ARGUMENTS])
        for at in range(0, len(parts), _MOST_ARGUMENTS)
    ]
    return pieces[0] if len(pieces) == 1 else func.concat(*pieces)


def _member(expression: Any) -> Any:
    """Return the JSON of a value as text; what is put together as JSON is that already."""
    is_json = kind_of(expression) == "object"
    return cast(expression if is_json else func.to_json(expression), Text)
