"""What somebody says of a file, as it is kept with the import and as the reading takes it."""

from collections.abc import Callable
from dataclasses import fields
from datetime import date
from typing import Any

from app.errors import InvalidRequest
from app.services import gazetteer
from ingest.errors import IngestError
from ingest.mapping.model import LAST_HEADER_ROW
from ingest.mapping.serial import from_tables, from_toml, to_tables
from ingest.options import ImportOptions

# What is saved is looked up, and not stated.
_KNOWN = frozenset(field.name for field in fields(ImportOptions)) - {"saved"}
_DAYS = ("sampled_from", "sampled_to")

# No number of an option comes near it; whole numbers of JSON may be of any length.
_TOO_LARGE = 1e12


def _is_number(value: Any) -> bool:
    return type(value) in {int, float} and abs(value) < _TOO_LARGE


def _are_texts(values: Any) -> bool:
    return all(isinstance(value, str) for value in values)


# What each option is, and how that is said; others are texts.
_FORMS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "epsg": (
        lambda value: type(value) is int and 0 < value < 2**31,
        "is the number of a reference system, for example 28992",
    ),
    "header_row": (
        lambda value: type(value) is int and 0 < value <= LAST_HEADER_ROW,
        f"is the number of a row, 1 to {LAST_HEADER_ROW}",
    ),
    "depth_upper_cm": (
        lambda value: _is_number(value) and value >= 0,
        "is a depth in cm, 0 or more",
    ),
    "depth_lower_cm": (
        lambda value: _is_number(value) and value >= 0,
        "is a depth in cm, 0 or more",
    ),
    "moisture_percent": (_is_number, "is a number"),
    "columns": (
        lambda value: isinstance(value, dict) and _are_texts(value.values()),
        'is an object of columns and what they mean, for example {"Pb": "contaminant:pb"}',
    ),
    "accept": (
        lambda value: isinstance(value, list | tuple) and _are_texts(value),
        "is a list of codes of findings",
    ),
    "mapping": (lambda value: isinstance(value, dict), "is an object, as a mapping's TOML has it"),
    "country": (
        lambda value: isinstance(value, str) and gazetteer.has_country(value),
        "is the two letters of ISO 3166-1, for example DE",
    ),
}
_TEXT = (lambda value: isinstance(value, str), "is a text")


def check_options(options: dict[str, Any]) -> None:
    """Refuse what cannot be, before anything is read.

    Raises
    ------
    InvalidRequest
        With the parameter.
    """
    unknown = sorted(set(options) - _KNOWN)
    if unknown:
        raise InvalidRequest(
            f"There is no option {unknown[0][:80]!r}. There are: {', '.join(sorted(_KNOWN))}.",
            parameter=unknown[0][:80],
        )
    for name, value in options.items():
        is_one, what = _FORMS.get(name, _TEXT)
        if value is not None and not is_one(value):
            raise InvalidRequest(f"{name} {what}.", parameter=name)
    upper, lower = options.get("depth_upper_cm"), options.get("depth_lower_cm")
    if upper is not None and lower is not None and lower < upper:
        raise InvalidRequest(
            "depth_lower_cm must not be above depth_upper_cm.", parameter="depth_lower_cm"
        )
    for name in _DAYS:
        if options.get(name) is not None:
            _day(name, options[name])
    try:
        as_options(options)
    except IngestError as error:
        raise InvalidRequest(error.message, parameter="mapping") from error


def as_options(kept: dict[str, Any]) -> ImportOptions:
    """Return what an import keeps, as the reading takes it."""
    said = {name: value for name, value in kept.items() if value is not None}
    for name in _DAYS:
        if name in said:
            said[name] = _day(name, said[name])
    if "mapping" in said:
        said["mapping"] = from_tables(said["mapping"])
    if "accept" in said:
        said["accept"] = frozenset(said["accept"])
    return ImportOptions(**said)


def kept_mapping(text: str) -> dict[str, Any]:
    """Return a mapping written as TOML, as an import keeps it.

    Raises
    ------
    InvalidRequest
        With what is wrong in it.
    """
    try:
        return to_tables(from_toml(text))
    except IngestError as error:
        raise InvalidRequest(error.message, parameter="mapping") from error


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except (ValueError, TypeError) as error:
        raise InvalidRequest(f"{name} is a day such as 1990-06-30.", parameter=name) from error
