"""Which places somebody asked for last: after a change these are made ready, and no others.

It is known to the minute. A tile that was kept needs no places, and so asks for none.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from app.services.features import Collection
from app.services.features.collections import lasting_collection
from app.services.tile_cache import TileCache, tile_key
from app.services.tile_matrices import WEB_MERCATOR_QUAD, WORLD_CRS84_QUAD, TileMatrixSet

# Each takes as long as it took whoever asked for it first.
_MOST = 4
_FORMAT = "places asked for 1"


class PlacesWish(NamedTuple):
    """Points of all data sets, or those of a contaminant, in a matrix set."""

    collection: Collection
    matrix: TileMatrixSet
    filters: Mapping[str, str]


class AskedPlaces:
    """Remembers in files without content, which go as tiles do that nobody asks for any more."""

    def __init__(self, cache: TileCache) -> None:
        self._cache = cache

    def note(self, wish: PlacesWish) -> None:
        """Remember that somebody asked; only what `latest` tells is worth it."""
        if wish.collection.lies_on_curve and wish.filters.keys() <= {"contaminant"}:
            key = _key(wish)
            # To find it makes it young.
            if self._cache.find(key) is None:
                self._cache.put(key, b"")

    def latest(self, codes: Iterable[str]) -> list[PlacesWish]:
        """Return all samples, as web maps ask for them first, and a few wishes, the last one first.

        `codes` are those of contaminants.
        """
        listed = [dict[str, str](), *({"contaminant": code} for code in codes)]
        first, *others = [
            PlacesWish(_collection(name), matrix, filters)
            for name in ("samples", "results")
            for matrix in (WEB_MERCATOR_QUAD, WORLD_CRS84_QUAD)
            for filters in listed
        ]
        moments = [(self._cache.asked_at(_key(wish)), wish) for wish in others]
        asked = [(moment, wish) for moment, wish in moments if moment is not None]
        asked.sort(key=lambda one: one[0], reverse=True)
        return [first, *(wish for _, wish in asked[:_MOST])]


def _collection(name: str) -> Collection:
    found = lasting_collection(name)
    assert found is not None  # noqa: S101 - both are
    return found


def _key(wish: PlacesWish) -> str:
    return tile_key(_FORMAT, wish.collection.id, sorted(wish.filters.items()), wish.matrix.id)
