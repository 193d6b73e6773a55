"""Filters in CQL2 (OGC 21-065): read, bounded, and translated into SQL with bound parameters."""

from app.services.features.cql2.faults import Fault
from app.services.features.cql2.reading import LONGEST, Filter, read_filter
from app.services.features.cql2.translation import translate

__all__ = ["LONGEST", "Fault", "Filter", "read_filter", "translate"]
