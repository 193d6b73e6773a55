"""Resources as pages for people: made on the server, of the same documents that programs read."""

from app.api.pages.anything import anything
from app.api.pages.documents import collection, collections, conformance, landing, queryables
from app.api.pages.items import feature, features

__all__ = [
    "anything",
    "collection",
    "collections",
    "conformance",
    "feature",
    "features",
    "landing",
    "queryables",
]
