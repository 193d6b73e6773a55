"""Collections of features: pages of GeoJSON built in the database, one file per collection."""

from app.services.features.collections import Collection, all_collections, get_collection
from app.services.features.paging import Page, PageRequest, read_feature, read_page
from app.services.features.periods import Period, parse_period
from app.services.features.query import Box, Query, conditions, select_features

__all__ = [
    "Box",
    "Collection",
    "Page",
    "PageRequest",
    "Period",
    "Query",
    "all_collections",
    "conditions",
    "get_collection",
    "parse_period",
    "read_feature",
    "read_page",
    "select_features",
]
