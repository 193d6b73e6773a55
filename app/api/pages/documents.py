"""The landing page, conformance, and what collections there are, for people."""

from html import escape
from typing import Any

from app.api.links import HTML, JSON
from app.api.pages.frame import address, anchor, facts, link_list, page, table, value

_HOME = ("API", "")
_COLLECTIONS = ("Collections", "/collections")


def landing(document: dict[str, Any], base: str) -> str:
    """Return the landing page."""
    body = f'<p class="sentence">{escape(document["description"])}</p>{link_list(document)}'
    return page("The interface for programs", base, [_HOME], body, f"{base}?f=json")


def conformance(document: dict[str, Any], base: str) -> str:
    """Return the list of conformance classes."""
    lines = "".join(f"<li>{anchor(uri, uri)}</li>" for uri in document["conformsTo"])
    body = f'<ul class="links">{lines}</ul>'
    return page("What it conforms to", base, [_HOME], body, f"{base}/conformance?f=json")


def collections(document: dict[str, Any], base: str) -> str:
    """Return the list of collections."""
    rows = [
        (
            f"{anchor(address(entry, 'alternate'), entry['title'])}<br>"
            f"<code>{escape(entry['id'])}</code>",
            escape(entry["description"]),
        )
        for entry in document["collections"]
    ]
    body = table(("Collection", "What it holds"), rows)
    return page("Collections of features", base, [_HOME], body, f"{base}/collections?f=json")


def collection(document: dict[str, Any], base: str) -> str:
    """Return what there is to know of one collection."""
    told = [("Id", f"<code>{escape(document['id'])}</code>")]
    extent = document.get("extent", {})
    if "spatial" in extent:
        corners = ", ".join(f"{number:.5f}" for number in extent["spatial"]["bbox"][0])
        told.append(("West, south, east, north", f"{corners} degrees"))
    if "temporal" in extent:
        ends = (end or "…" for end in extent["temporal"]["interval"][0])
        told.append(("Time", value(" to ".join(ends))))
    systems = ", ".join(uri.rpartition("/def/crs/")[2] for uri in document["crs"][:8])
    more = len(document["crs"]) - 8
    told.append(("Reference systems", escape(systems + (f", {more} more" if more > 0 else ""))))
    body = (
        f'<p class="sentence">{escape(document["description"])}</p>'
        f"<p>{anchor(address(document, 'items', HTML), 'Look at its features')}</p>"
        f"{facts(told)}{link_list(document)}"
    )
    way = [_HOME, _COLLECTIONS]
    return page(document["title"], base, way, body, address(document, "self", JSON))


def queryables(document: dict[str, Any], base: str, collection_id: str) -> str:
    """Return the properties that filters may name."""
    rows = [
        (
            f"<code>{escape(name)}</code>",
            escape(told.get("format") or told.get("type") or ""),
            escape(told.get("title", "")),
        )
        for name, told in document["properties"].items()
    ]
    body = table(("Property", "Type", "Meaning"), rows)
    way = [_HOME, _COLLECTIONS, (document["title"], f"/collections/{collection_id}")]
    here = f"{base}/collections/{collection_id}/queryables?f=json"
    return page(f"{document['title']}: what filters may name", base, way, body, here)
