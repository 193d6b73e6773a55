"""Collections of features: pages of GeoJSON built in the database, one file per collection."""

from app.services.features.collections import Collection, all_collections, get_collection
from app.services.features.datasets import dataset_id
from app.services.features.extents import Extent, extent_of
from app.services.features.paging import (
    Page,
    PageRequest,
    count,
    is_at_most,
    read_feature,
    read_page,
)
from app.services.features.periods import Period, parse_period
from app.services.features.query import Query, conditions, select_features
from app.services.features.reference import Box, PlaneBox, System

__all__ = [
    "Box",
    "Collection",
    "Extent",
    "Page",
    "PageRequest",
    "Period",
    "PlaneBox",
    "Query",
    "System",
    "all_collections",
    "conditions",
    "count",
    "dataset_id",
    "extent_of",
    "get_collection",
    "is_at_most",
    "parse_period",
    "read_feature",
    "read_page",
    "select_features",
]
