"""Where the prepared texts of a collection lie, and what they are called."""

from functools import cache
from pathlib import Path

from app.services.features import Collection
from app.services.features.collections import lasting_collection
from app.services.features.whole import page_statement
from app.services.pages.tiles import names_of
from app.services.tile_cache import tile_key
from app.services.vector_tiles.content import content_of

_FORMAT = "page texts 4"


def texts_path(folder: Path, collection_id: str) -> Path:
    """Return the file of a collection's texts."""
    return folder / f"{collection_id}.pages"


def texts_name(collection: Collection, state: str) -> str:
    """Return what texts are of: the state, and what a feature shows, which versions may change."""
    return f"{_shown(collection.id)} {state}"


@cache
def _shown(collection_id: str) -> str:
    collection = lasting_collection(collection_id)
    assert collection is not None  # noqa: S101 - the caller has it from there
    shown = names_of(content_of(collection))
    return tile_key(_FORMAT, page_statement(collection_id, 0, with_state=False), shown)
