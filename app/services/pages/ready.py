"""Features of prepared texts for files: all of a collection, or those in boxes, in its order."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import compress
from os import pread
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.services.features import Collection, Query
from app.services.features.reference import Box
from app.services.pages.naming import texts_name, texts_path
from app.services.pages.texts import CODEC, PageTexts, are_held, cut_block, open_texts
from app.services.state import samples_within

# So many blocks are read at once: some half a megabyte of text.
_BLOCKS = 16


@dataclass(frozen=True)
class ReadyFeatures:
    """Features whose GeoJSON lies ready."""

    _texts: PageTexts
    _file: BinaryIO
    _boxes: tuple[Box, ...]

    def texts(self) -> Iterator[list[bytes]]:
        """Yield the GeoJSON of some features at a time."""
        codec = pa.Codec(CODEC)
        for first in range(0, len(self._texts.firsts), _BLOCKS):
            found = self._within(first, codec)
            if found:
                yield found

    def _within(self, first: int, codec: pa.Codec) -> list[bytes]:
        """Return the features of some blocks that are wanted."""
        texts = self._texts
        # The first feature of each, and the one behind the last.
        numbers = texts.firsts[first : first + _BLOCKS + 1].tolist()
        if len(numbers) <= _BLOCKS:
            numbers.append(len(texts.ends))
        wanted = None
        if self._boxes:
            wanted = are_held(texts, slice(numbers[0], numbers[-1]), self._boxes)
            if not wanted.any():
                return []
        begins = texts.begins[first : first + len(numbers)].tolist()
        # What is looked at in the mapped file counts as memory from then on; what is read does not.
        packed = pread(self._file.fileno(), begins[-1] - begins[0], begins[0])
        found: list[bytes] = []
        for at in range(len(numbers) - 1):
            ends = texts.ends[numbers[at] : numbers[at + 1]].tolist()
            content = packed[begins[at] - begins[0] : begins[at + 1] - begins[0]]
            found += cut_block(content, ends, codec)
        return found if wanted is None else list(compress(found, wanted.tolist()))


@contextmanager
def ready_features(
    session: Session, folder: Path, collection: Collection, query: Query
) -> Iterator[ReadyFeatures | None]:
    """Give the features of a query where they lie ready just as the session would read them.

    None where texts are of another moment, or where a query asks for more than a place in boxes.
    """
    if not collection.lies_on_curve or query != Query(boxes=query.boxes):
        yield None
        return
    try:
        file = texts_path(folder, collection.id).open("rb")
    except FileNotFoundError:
        yield None
        return
    with file:
        yield _of_now(session, file, collection, query)


def _of_now(
    session: Session, file: BinaryIO, collection: Collection, query: Query
) -> ReadyFeatures | None:
    try:
        texts = open_texts(file)
    # Cut short, or in another version's layout: whoever prepares pages makes it anew.
    except (OSError, ValueError, IndexError):
        return None
    name = texts_name(collection, str(session.scalar(select(samples_within()))))
    return ReadyFeatures(texts, file, query.boxes) if texts.name == name else None
