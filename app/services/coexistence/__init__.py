"""Which contaminants exceed together at the places that were sampled."""

from app.services.coexistence.order import CoexistenceOrder
from app.services.coexistence.places import Together, collect, put_together
from app.services.coexistence.telling import pairs_as_csv, places_as_geojson, tell

__all__ = [
    "CoexistenceOrder",
    "Together",
    "collect",
    "pairs_as_csv",
    "places_as_geojson",
    "put_together",
    "tell",
]
