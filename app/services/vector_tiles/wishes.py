"""What a caller wants to see of a collection in its tiles."""

from dataclasses import dataclass
from typing import NamedTuple

from app.services.features import Collection, Query
from app.services.vector_tiles.content import Content, content_of


@dataclass(frozen=True)
class TileWish:
    """Which features of which collection, and what they are held against."""

    collection: Collection
    query: Query
    threshold: float | None = None


class PlainWish(NamedTuple):
    """All features of a lasting collection, or those of a contaminant; held against a threshold."""

    collection: Collection
    code: str | None = None
    threshold: float | None = None

    @property
    def content(self) -> Content:
        """What tiles show of it."""
        return content_of(self.collection)

    def whole(self) -> TileWish:
        """Return the same wish as any other is told."""
        filters = {} if self.code is None else {"contaminant": self.code}
        return TileWish(self.collection, Query(filters=filters), self.threshold)
