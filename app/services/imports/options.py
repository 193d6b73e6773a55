"""What somebody says of a file, as it is kept with the import and as the reading takes it."""

import math
from dataclasses import fields
from datetime import date
from typing import Any

from app.errors import InvalidRequest
from app.services import gazetteer
from ingest.errors import IngestError
from ingest.mapping.model import LAST_HEADER_ROW
from ingest.mapping.serial import from_tables, from_toml, to_tables
from ingest.options import ImportOptions

_KNOWN = frozenset(field.name for field in fields(ImportOptions))
_DAYS = ("sampled_from", "sampled_to")


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
    upper, lower = options.get("depth_upper_cm"), options.get("depth_lower_cm")
    for name, depth in (("depth_upper_cm", upper), ("depth_lower_cm", lower)):
        if depth is not None and not 0.0 <= depth < math.inf:
            raise InvalidRequest(f"{name} is a depth in cm, 0 or more.", parameter=name)
    if upper is not None and lower is not None and lower < upper:
        raise InvalidRequest(
            "depth_lower_cm must not be above depth_upper_cm.", parameter="depth_lower_cm"
        )
    row = options.get("header_row")
    if row is not None and not (type(row) is int and 0 < row <= LAST_HEADER_ROW):
        raise InvalidRequest(
            f"header_row is the number of a row, 1 to {LAST_HEADER_ROW}.", parameter="header_row"
        )
    _check_country(options.get("country"))
    for name in _DAYS:
        if options.get(name) is not None:
            _day(name, options[name])
    try:
        as_options(options)
    except IngestError as error:
        raise InvalidRequest(error.message, parameter="mapping") from error


def _check_country(code: Any) -> None:
    if code is not None and not (isinstance(code, str) and gazetteer.has_country(code)):
        raise InvalidRequest(
            "country is the two letters of ISO 3166-1, for example DE.", parameter="country"
        )


def as_options(kept: dict[str, Any]) -> ImportOptions:
    """Return what an import keeps, as the reading takes it."""
    said = dict(kept)
    for name in _DAYS:
        if said.get(name) is not None:
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
