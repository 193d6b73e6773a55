"""Collections of features: pages of GeoJSON built in the database, one file per collection."""

from app.services.features.collections import Collection, all_collections, get_collection
from app.services.features.paging import Page, PageRequest, read_feature, read_page

__all__ = [
    "Collection",
    "Page",
    "PageRequest",
    "all_collections",
    "get_collection",
    "read_feature",
    "read_page",
]
