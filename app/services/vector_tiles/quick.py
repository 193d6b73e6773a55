"""Tiles for the event loop: from places that are open, or by one statement prepared once."""

import json
from functools import cache
from typing import Any, NamedTuple

from app.db.reading import Readers
from app.services.features.collections import lasting_collection
from app.services.features.single import DIALECT
from app.services.features.written import mark, written
from app.services.state import (
    Shown,
    changed_state,
    is_unchanged,
    samples_within,
    shown_from,
    shown_statement,
)
from app.services.tile_matrices import MATRIX_SETS, TileAddress, TileMatrixSet
from app.services.vector_tiles.content import content_of, kept_columns
from app.services.vector_tiles.frames import Frame, frame_of
from app.services.vector_tiles.statements import Told, features_of
from app.services.vector_tiles.wishes import PlainWish
from app.services.visibility import visible_within

_BOX = ("west", "south", "east", "north")
# What a statement may be told, in the order of its parameters.
_NAMES = (
    "columns", "rows", "column", "row", *_BOX, "half_pixel", *(f"near_{side}" for side in _BOX),
    *(f"wide_{side}" for side in _BOX), "code", "threshold",
    "snapshot",
)  # fmt: skip
_TEXTS = {"code", "snapshot"}


class FoundFeatures(NamedTuple):
    """A tile with every feature, how many they are, and the state they were read in."""

    made: bytes
    number: int
    state: str


class _Written(NamedTuple):
    text: str
    names: tuple[str, ...]


@cache
def shown_text() -> str:
    """Return the statement of what is shown, and of what samples depend on, as text."""
    return written(shown_statement().add_columns(samples_within()), DIALECT, {})


async def fetch_shown(readers: Readers, before: Shown | None = None) -> Shown:
    """Return what is shown now; `before` is what was a moment ago."""
    if before is not None and await is_unchanged(readers, before.snapshot):
        return before
    state, datasets, *rest = await readers.row(shown_text())
    return shown_from((state, json.loads(datasets or "null"), *rest))


async def fetch_features(
    readers: Readers,
    shown: Shown,
    wish: PlainWish,
    matrix: TileMatrixSet,
    tile: TileAddress,
    most: int,
) -> FoundFeatures:
    """Return a tile with every feature, and one more than allowed at most.

    `shown` is what was shown a moment ago.
    """
    statement = _statement(
        wish.collection.id, matrix.id, most, wish.code is not None, wish.threshold is not None
    )
    frame = frame_of(matrix, tile)
    numbers = (*frame[1:10], *frame.box, *frame.wide_box, wish.code, wish.threshold, shown.snapshot)
    told = dict(zip(_NAMES, numbers, strict=True))
    row = await readers.row(statement.text, *(told[name] for name in statement.names))
    return FoundFeatures(bytes(row[0] or b""), row[1], row[2] or shown.state)


@cache
def _statement(
    collection_id: str, matrix_id: str, most: int, has_code: bool, has_threshold: bool
) -> _Written:
    collection = lasting_collection(collection_id)
    assert collection is not None  # noqa: S101 - the caller has it from there
    content = content_of(collection)
    visible = visible_within()
    conditions = [collection.is_visible(visible)]
    conditions += [condition(visible) for condition in collection.defaults.values()]
    code = mark("code") if has_code else None
    measured = content.measure(code)
    # What is measured is looked up anyway where it is told beside.
    if has_code and content.of_code is not None and measured.lateral is None:
        conditions.append(content.of_code(code))
    threshold = mark("threshold") if has_threshold else None
    columns = kept_columns(collection, content, measured, threshold)
    frame = _marked_frame(MATRIX_SETS[matrix_id].epsg)
    tile = features_of(Told(collection, content, measured), columns, frame, conditions, most=most)
    return _numbered(tile.add_columns(changed_state(mark("snapshot"))))


def _marked_frame(epsg: int) -> Frame:
    marks: dict[str, Any] = {name: mark(name) for name in _NAMES[:9]}
    near, wide = (
        (mark(f"{around}_west"), mark(f"{around}_south"), mark(f"{around}_east"),
         mark(f"{around}_north"))
        for around in ("near", "wide")
    )  # fmt: skip
    return Frame(epsg=epsg, **marks, box=near, wide_box=wide)


def _numbered(statement: Any) -> _Written:
    """Return a statement with those parameters that it has."""
    plain = written(statement, DIALECT, {})
    names = tuple(name for name in _NAMES if str(mark(name)) in plain)
    kinds = {name: "text" if name in _TEXTS else "float8" for name in names}
    placed = {name: f"${number}::{kinds[name]}" for number, name in enumerate(names, 1)}
    return _Written(written(statement, DIALECT, placed), names)
