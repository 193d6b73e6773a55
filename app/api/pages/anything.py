"""Any document as a page: what is one thing as facts, what are many as tables."""

from html import escape
from itertools import chain
from typing import Any

from app.api.pages.frame import anchor, brief, facts, link_list, page, table, told_of, value

# The data has all of them.
_MOST_ROWS = 500
_MOST_NUMBERS = 24
# What lies below the API by the first part of its path: its name, and whether an entry of the list
# is found below it by its id.
_BRANCHES = {
    "surfaces": ("Surfaces", True),
    "hotspots": ("Hotspot layers", True),
    "collections": ("Collections", False),
    "tileMatrixSets": ("Tile matrix sets", True),
    "guidelines": ("Guideline values", False),
}


def anything(document: Any, base: str, path: str, title: str, data: str) -> str:
    """Return a page of a document.

    `path` is where it lies below the API, and `data` where programs find the same.
    """
    branch, *below = path.strip("/").split("/")
    name, has_entries = _BRANCHES.get(branch, ("", False))
    way = [("API", "")]
    if below and name:
        way.append((name, f"/{branch}"))
    told = document if isinstance(document, dict) else {"": document}
    lists = {name: part for name, part in told.items() if name != "links" and _are_entries(part)}
    single = [
        (name, value(_short(part)))
        for name, part in told.items()
        if name != "links" and name not in lists
    ]
    entries = f"{base}/{branch}" if has_entries and not below else None
    tables = (_entries(name, part, entries) for name, part in lists.items())
    body = (facts(single) if single else "") + "".join(tables)
    if isinstance(told.get("links"), list):
        body += link_list(told)
    return page(title, base, way, body, data)


def _are_entries(part: Any) -> bool:
    return isinstance(part, list) and bool(part) and all(isinstance(one, dict) for one in part)


def _entries(name: str, listed: list[dict[str, Any]], base: str | None) -> str:
    """Return a table of entries; where they are found by their ids these lead there."""
    shown = listed[:_MOST_ROWS]
    # Entries need not all say the same.
    names, silent = told_of(dict.fromkeys(chain.from_iterable(shown)), shown)
    rows = [[_cell(one, name, base) for name in names] for one in shown]
    more = f", the first {_MOST_ROWS:,} of them here" if len(listed) > _MOST_ROWS else ""
    named = escape(f"{name[:1].upper()}{name[1:]}".replace("_", " "))
    head = f"<p>{named}: {len(listed):,}{more}.</p>"
    return head + table(names, rows, of_lines=True) + silent


def _cell(entry: dict[str, Any], name: str, base: str | None) -> str:
    if name == "id" and base is not None:
        return anchor(f"{base}/{entry['id']}", str(entry["id"]))
    return brief(_short(entry.get(name)))


def _short(thing: Any) -> Any:
    """Return a part of a document without its shapes and what is long within it."""
    if isinstance(thing, dict):
        if "coordinates" in thing and "type" in thing:
            return thing["type"]
        return {name: _short(part) for name, part in thing.items()}
    if isinstance(thing, list):
        if len(thing) > _MOST_NUMBERS and not isinstance(thing[0], str | dict):
            return f"{len(thing):,} values"
        if len(thing) > _MOST_ROWS:
            return f"{len(thing):,} entries"
        return [_short(part) for part in thing]
    return thing
