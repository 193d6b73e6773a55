"""Mappings as TOML and as plain tables, in and out without loss."""

import tomllib
from collections import abc
from dataclasses import MISSING, fields
from datetime import date, datetime
from typing import Any

import tomli_w

from ingest.mapping.model import Join, Mapping, RowRule, Statements, invalid

LARGEST_TEXT = 256 * 1024
_RECOGNISE = ("required", "prefixes", "sheet", "header_row")
_WORDS = ("columns", "analytes", "qualifiers", "conditions", "sample_types", "types")
_RULES = ("keep", "skip")
_TEXTS = ("name", "title", "kind", "layout", "others")
_TABLES = ("recognise", "file", "missing", "join", *_WORDS, *_RULES)
_TYPES: dict[str, type] = {
    "epsg": int,
    "moisture_percent": float,
    "depth_upper_cm": float,
    "depth_lower_cm": float,
    "accuracy_m": float,
    "coverage_factor": float,
    "sampled_from": date,
    "sampled_to": date,
    "missing": tuple,
    "contaminants": tuple,
}
_STATED = tuple(statement.name for statement in fields(Statements))


def from_toml(text: str) -> Mapping:
    """Read a mapping.

    Parameters
    ----------
    text : str
        TOML, at most 256 KiB.

    Returns
    -------
    Mapping
        The mapping.

    Raises
    ------
    IngestError
        ``mapping_invalid``, naming the key and what to write instead.

    Examples
    --------
    >>> from_toml('name = "own"').kind
    'samples'
    """
    if len(text) > LARGEST_TEXT:
        raise invalid("mapping", "the text is too long", f"write at most {LARGEST_TEXT} characters")
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise invalid("mapping", f"it is not TOML ({error})", "correct the line named") from error
    return from_tables(content)


def to_toml(mapping: Mapping) -> str:
    """Write a mapping.

    Parameters
    ----------
    mapping : Mapping
        The mapping.

    Returns
    -------
    str
        TOML that `from_toml` reads back to an equal mapping.

    Examples
    --------
    >>> print(to_toml(Mapping("own", columns={"X": "easting"})), end="")
    name = "own"
    kind = "samples"
    <BLANKLINE>
    [columns]
    X = "easting"
    """
    return tomli_w.dumps(to_tables(mapping))


def from_tables(content: abc.Mapping[str, Any]) -> Mapping:
    """Build a mapping from the tables of its TOML, or of JSON of the same shape.

    Parameters
    ----------
    content : mapping of str to any
        The tables.

    Returns
    -------
    Mapping
        The mapping.

    Raises
    ------
    IngestError
        ``mapping_invalid``, naming the key and what to write instead.
    """
    _known("mapping", content, (*_TEXTS, *_TABLES))
    given: dict[str, Any] = {key: _text(key, content[key]) for key in _TEXTS if key in content}
    if "name" not in given:
        raise invalid("name", "it is missing", 'write name = "my-laboratory"')
    recognise = _table("recognise", content)
    _known("recognise", recognise, _RECOGNISE)
    for key in ("required", "prefixes"):
        given[key] = _texts(f"recognise.{key}", recognise.get(key, ()))
    if "sheet" in recognise:
        given["sheet"] = _text("recognise.sheet", recognise["sheet"])
    if "header_row" in recognise:
        given["header_row"] = _number("recognise.header_row", recognise["header_row"], int)
    for key in _WORDS:
        words = _table(key, content)
        given[key] = {word: _text(f"{key}.{word}", words[word]) for word in words}
    missing = _table("missing", content)
    given["missing"] = {name: _texts(f"missing.{name}", missing[name]) for name in missing}
    for key in _RULES:
        given[key] = _rules(key, content.get(key, ()))
    given["joins"] = _joins(content.get("join", ()))
    return Mapping(file=_statements(_table("file", content)), **given)


def to_tables(mapping: Mapping) -> dict[str, Any]:
    """Return the tables of a mapping, without what is not stated.

    Parameters
    ----------
    mapping : Mapping
        The mapping.

    Returns
    -------
    dict of str to any
        What `from_tables` reads back to an equal mapping.
    """
    content: dict[str, Any] = {"name": mapping.name}
    if mapping.title:
        content["title"] = mapping.title
    content["kind"] = mapping.kind
    if mapping.layout is not None:
        content["layout"] = mapping.layout
    if mapping.others != "guess":
        content["others"] = mapping.others
    recognise = {
        key: list(value) if isinstance(value, tuple) else value
        for key in _RECOGNISE
        if (value := getattr(mapping, key))
    }
    tables = {
        "recognise": recognise,
        "columns": dict(mapping.columns),
        "file": _stated(mapping.file),
        "missing": {column: list(codes) for column, codes in mapping.missing.items()},
        **{key: dict(getattr(mapping, key)) for key in _WORDS if key != "columns"},
        "join": [{"table": join.table, "on": list(join.on)} for join in mapping.joins],
        **{key: [_rule(rule) for rule in getattr(mapping, key)] for key in _RULES},
    }
    return content | {key: table for key, table in tables.items() if table}


def _stated(file: Statements) -> dict[str, Any]:
    stated = {}
    for statement in fields(Statements):
        value = getattr(file, statement.name)
        default = () if statement.default is MISSING else statement.default
        if value != default:
            stated[statement.name] = list(value) if isinstance(value, tuple) else value
    return stated


def _rule(rule: RowRule) -> dict[str, Any]:
    return {"column": rule.column, "values": list(rule.values), "reason": rule.reason}


def _statements(table: abc.Mapping[str, Any]) -> Statements:
    _known("file", table, _STATED)
    return Statements(**{key: _statement(key, value) for key, value in table.items()})


def _statement(key: str, value: object) -> Any:
    wanted, name = _TYPES.get(key, str), f"file.{key}"
    if wanted is tuple:
        return _texts(name, value)
    if wanted is str:
        return _text(name, value)
    if wanted is date:
        return _day(name, value)
    return _number(name, value, wanted)


def _number(name: str, value: object, wanted: type) -> Any:
    is_number = type(value) is int or (wanted is float and type(value) is float)
    if not is_number:
        key = name.rpartition(".")[2]
        raise invalid(name, f"{value!r} is no number", f"write {key} = 10, without quotes")
    return value if wanted is int else float(value)  # type: ignore[arg-type]


def _day(name: str, value: object) -> date:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass  # refused below like every other value that is no day
    if not isinstance(value, date) or isinstance(value, datetime):
        raise invalid(name, f"{value!r} is no day", "write it as 2009-04-22")
    return value


def _known(table: str, content: abc.Mapping[str, Any], keys: tuple[str, ...]) -> None:
    for key in content:
        if key not in keys:
            raise invalid(f"{table}.{key}", "the key is not known", f"use {', '.join(keys)}")


def _table(key: str, content: abc.Mapping[str, Any]) -> abc.Mapping[str, Any]:
    table = content.get(key, {})
    if not isinstance(table, abc.Mapping):
        raise invalid(key, "it is no table", f"write [{key}] and one line per entry")
    return table


def _text(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise invalid(key, f"{value!r} is no text", "write it in quotes")
    return value


def _texts(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise invalid(key, f"{value!r} is no list", 'write ["one", "another"]')
    return tuple(_text(key, text) for text in value)


def _joins(value: object) -> tuple[Join, ...]:
    if not isinstance(value, list | tuple):
        raise invalid("join", "it is no list of joins", "write [[join]]")
    joins = []
    for number, join in enumerate(value, 1):
        if not isinstance(join, abc.Mapping) or set(join) != {"table", "on"}:
            raise invalid(f"join {number}", "it is no join", "give it table and on")
        columns = _texts(f"join {number}.on", join["on"])
        joins.append(Join(_text(f"join {number}.table", join["table"]), columns))
    return tuple(joins)


def _rules(key: str, value: object) -> tuple[RowRule, ...]:
    if not isinstance(value, list | tuple):
        raise invalid(key, "it is no list of rules", f"write [[{key}]]")
    rules = []
    for number, rule in enumerate(value, 1):
        name = f"{key} {number}"
        if not isinstance(rule, abc.Mapping) or set(rule) != {"column", "values", "reason"}:
            raise invalid(name, "it is no rule", "give it column, values and reason")
        column, reason = (_text(f"{name}.{part}", rule[part]) for part in ("column", "reason"))
        rules.append(RowRule(column, _texts(f"{name}.values", rule["values"]), reason))
    return tuple(rules)
