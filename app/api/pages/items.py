"""Features for people: a table of a page of them, and one with all it says."""

from html import escape
from typing import Any

from app.api.pages.frame import address, anchor, brief, facts, page, table, told_of, value


def _way(collection_id: str, title: str) -> list[tuple[str, str]]:
    return [("API", ""), ("Collections", "/collections"), (title, f"/collections/{collection_id}")]


def features(document: dict[str, Any], base: str, collection_id: str, title: str) -> str:
    """Return a page of features as a table, with the way to the next one."""
    listed = document["features"]
    properties = [one["properties"] for one in listed]
    names, silent = told_of(properties[0] if listed else (), properties)
    items = f"{base}/collections/{collection_id}/items"
    rows = [
        (
            anchor(f"{items}/{one['id']}?f=html", one["id"]),
            *(brief(one["properties"].get(name)) for name in names),
        )
        for one in listed
    ]
    counted = f"{len(listed):,} feature{'s' * (len(listed) != 1)} on this page"
    if "numberMatched" in document:
        counted += f" of {document['numberMatched']:,}"
    if not listed:
        counted = "There are no features here"
    following = [one["href"] for one in document["links"] if one["rel"] == "next"]
    more = f'<p class="actions">{anchor(following[0], "Next page")}</p>' if following else ""
    lines = table(("id", *names), rows, of_lines=True) if rows else ""
    body = f"<p>{counted}.</p>{lines}{silent}{more}"
    data = address(document, "alternate")
    return page(f"{title}: features", base, _way(collection_id, title), body, data)


def feature(document: dict[str, Any], base: str, collection_id: str, title: str) -> str:
    """Return one feature with all it says."""
    told = [(name, value(thing)) for name, thing in document["properties"].items()]
    body = facts([("geometry", _place(document["geometry"])), *told])
    way = [*_way(collection_id, title), ("Features", f"/collections/{collection_id}/items")]
    return page(document["id"], base, way, body, address(document, "alternate"))


def _place(geometry: dict[str, Any] | None) -> str:
    if geometry is None:
        return value(None)
    if geometry["type"] == "Point":
        return escape(", ".join(f"{number:.7f}" for number in geometry["coordinates"]))
    return escape(geometry["type"])
