"""Links from one resource to another, in documents and in headers."""

import json
from collections.abc import Sequence

from fastapi import Request

JSON = "application/json"
GEOJSON = "application/geo+json"
HTML = "text/html"
SCHEMA = "application/schema+json"
# Exactly so: clients and the official test suite compare the text.
OPENAPI_30 = "application/vnd.oai.openapi+json;version=3.0"
OPENAPI_31 = "application/vnd.oai.openapi+json;version=3.1"

Link = dict[str, str]


def api_base(request: Request) -> str:
    """Return the address of the landing page."""
    return f"{str(request.base_url).rstrip('/')}/api"


def link(rel: str, href: str, kind: str, title: str) -> Link:
    """Return one link as documents hold it."""
    return {"rel": rel, "href": href, "type": kind, "title": title}


def link_header(links: Sequence[Link]) -> str:
    """Return links as the header `Link` holds them (RFC 8288); titles stay in the document."""
    return ", ".join(f'<{one["href"]}>; rel="{one["rel"]}"; type="{one["type"]}"' for one in links)


def ways_on(links: Sequence[Link]) -> str:
    """Return the header `Link` of a page of features.

    An address may be long, and the document holds all links: the header names the way on.
    """
    return link_header([one for one in links if one["rel"] in {"next", "collection"}])


def ends_of_page(links: Sequence[Link], tail: dict[str, int]) -> tuple[str, str]:
    """Return what stands before and behind the features of a page."""
    # No timeStamp: the same features are the same bytes, and so have the same tag.
    head = json.dumps({"type": "FeatureCollection", "links": links})
    return f'{head[:-1]},"features":[', f"],{json.dumps(tail)[1:]}"


def both_forms(request: Request, kind: str, is_html: bool) -> list[Link]:
    """Return `self` and `alternate`: the resource in the form that is sent, and in the other."""
    data, page = (str(request.url.include_query_params(f=form)) for form in ("json", "html"))
    return forms(data, page, kind, is_html=is_html)


def forms(data: str, page: str, kind: str, *, is_html: bool) -> list[Link]:
    """Return `self` and `alternate` of the addresses of a resource as data and as a page."""
    here, there = ((page, HTML), (data, kind)) if is_html else ((data, kind), (page, HTML))
    return [
        link("self", *here, "This document"),
        link("alternate", *there, "This document as " + ("data" if is_html else "a page")),
    ]
