"""The texts of a collection's features in the order of pages, in one file that is mapped.

Texts lie in packed blocks. Beside them lie arrays in the same order: what a position consists of
(along the curve, then the key), longitude and latitude. So a page is stretches of the curve, looked
for among the positions; its places are tested all at once; and its texts are cut out of few blocks.
One feature is looked for among the hashes of ids (`ids`).
"""

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.services.features.reference import Box
from app.services.files.text_columns import bytes_of, offsets_of
from app.services.pages.ids import Hashes, candidates, sorted_hashes

# So many texts are packed together: more pack better, fewer are unpacked sooner.
_BLOCK = 64
CODEC = "zstd"
# So many places are tested at once, at least.
_AT_ONCE = 4_096
_WORD = 8
# At the end of a file: parts of a position, features, blocks, words of the name.
_ENDING = 4
# Columns of a feature besides its position: longitude, latitude, end, hash, whose that is.
_MORE = 5

Span = tuple[int, int]
_Whole = NDArray[np.int64]
_Degrees = NDArray[np.float64]


class Piece(NamedTuple):
    """Some features as they follow each other; behind each text stands a comma."""

    # One row for each part of a position, sorted by all of them.
    position: Sequence[_Whole]
    longitude: _Degrees
    latitude: _Degrees
    # Of their ids.
    hashes: Hashes
    texts: pa.StringArray


class PageTexts(NamedTuple):
    """Features in the order of pages, under the name of what they are of."""

    name: str
    position: _Whole
    longitude: _Degrees
    latitude: _Degrees
    # Where each text ends within its block, as it is unpacked.
    ends: _Whole
    # Of ids, in ascending order, and the number of the feature whose each is.
    hashes: Hashes
    hashed: _Whole
    # The number of the first feature of each block.
    firsts: _Whole
    # Where each block begins in the packed content; one more, for where the last one ends.
    begins: _Whole
    packed: NDArray[np.uint8]
    # Of the texts, as they are unpacked.
    mean_bytes: float


class Cut(NamedTuple):
    """Features joined by commas, how many, and the position of the last where others follow."""

    features: bytes
    number: int
    position: list[int] | None


def write_texts(file: Path, name: str, width: int, pieces: Iterable[Piece]) -> None:
    """Write features in their order, with positions of `width` parts, under a name.

    However many there are, a few are in memory: columns wait in files without names.
    """
    codec = pa.Codec(CODEC)
    count, blocks, size = 0, 0, 0
    with file.open("wb") as out, ExitStack() as opened:
        # The parts of positions, longitude, latitude, ends; hashes; firsts, begins.
        columns = [opened.enter_context(TemporaryFile(dir=file.parent)) for _ in range(width + 6)]
        for piece in pieces:
            begins: list[int] = []
            content, cuts, ends = _blocks(piece.texts)
            for begin, end in cuts:
                # Without the comma behind the last.
                packed = codec.compress(pa.py_buffer(content[begin : end - 1]), asbytes=True)
                begins.append(size)
                size += out.write(packed)
            firsts = count + np.arange(0, len(ends), _BLOCK)
            places = [piece.longitude, piece.latitude]
            rows = [
                *piece.position,
                *places,
                ends,
                piece.hashes,
                firsts,
                np.array(begins, np.int64),
            ]
            for column, numbers in zip(columns, rows, strict=True):
                column.write(np.ascontiguousarray(numbers).data)
            count, blocks = count + len(ends), blocks + len(firsts)
        out.write(bytes(-size % _WORD))
        for number, column in enumerate(columns):
            column.seek(0)
            if number == width + 3:
                for part in sorted_hashes(np.fromfile(column, np.uint64)):
                    out.write(part.data)
            else:
                shutil.copyfileobj(column, out)
        told = name.encode()
        told += bytes(-len(told) % _WORD)
        out.write(np.int64(size).tobytes() + told)
        out.write(np.array([width, count, blocks, len(told) // _WORD], np.int64).tobytes())
        out.flush()
        # Or a name could outlive what it names when the machine stops.
        os.fsync(out.fileno())


def _blocks(texts: pa.StringArray) -> tuple[NDArray[np.uint8], list[Span], _Whole]:
    """Return the bytes of texts, where each block of them lies, and where each ends within its."""
    offsets = offsets_of(texts)
    lengths = np.diff(offsets)
    begins = np.append(offsets[:-1:_BLOCK], offsets[-1])
    within = offsets[1:] - np.repeat(begins[:-1], _BLOCK)[: len(lengths)]
    return bytes_of(texts), list(pairwise(begins.tolist())), within - 1


def open_texts(file: Path | BinaryIO) -> PageTexts:
    """Map a file that was written here; processes share what of it is in memory."""
    # A plain array over the same memory: one that maps costs more at every slice.
    plain = np.asarray(np.memmap(file, np.int64, "r"))
    width, count, blocks, words = map(int, plain[-_ENDING:])
    end = len(plain) - _ENDING - words
    name = plain[end : end + words].tobytes().rstrip(b"\0").decode()
    begins = plain[end - blocks - 1 : end]
    end -= blocks + 1
    firsts = plain[end - blocks : end]
    end -= blocks
    begin = end - (width + _MORE) * count
    tables = plain[begin:end].reshape(width + _MORE, count)
    ends = tables[width + 2]
    lasts = np.append(firsts[1:], count) - 1
    return PageTexts(
        name=name,
        position=tables[:width],
        longitude=tables[width].view(np.float64),
        latitude=tables[width + 1].view(np.float64),
        ends=ends,
        hashes=tables[width + 3].view(np.uint64),
        hashed=tables[width + 4],
        firsts=firsts,
        begins=begins,
        packed=plain[:begin].view(np.uint8),
        mean_bytes=float(ends[lasts].sum()) / count if count else 0.0,
    )


def cut_page(
    texts: PageTexts, spans: Sequence[Span], boxes: Sequence[Box], behind: Sequence[int], limit: int
) -> Cut:
    """Return the first features behind a position that lie in stretches of the curve and in a box.

    Stretches are in ascending order and share nothing; without boxes all that lie in them count.
    """
    numbers = _found(texts, spans, boxes, _first_behind(texts, behind), limit)
    last = numbers[limit - 1] if len(numbers) > limit else None
    numbers = numbers[:limit]
    position = None if last is None else [int(part) for part in texts.position[:, last]]
    return Cut(_joined(texts, numbers), len(numbers), position)


def find_by_id(texts: PageTexts, feature_id: str) -> bytes | None:
    """Return the feature with an id, or None."""
    told = feature_id.encode()
    for number in candidates(texts.hashes, texts.hashed, told):
        text = _joined(texts, np.array([number]))
        if text.startswith(b'{"type":"Feature","id":"%s",' % told):
            return text
    return None


def find_within(texts: PageTexts, box: Box, spans: Sequence[Span], most: int) -> _Whole | None:
    """Return the numbers of the features in a box, which stretches hold; None for too many."""
    numbers = _found(texts, spans, (box,), 0, most)
    return numbers if len(numbers) <= most else None


def cut_block(packed: bytes, ends: list[int], codec: pa.Codec) -> list[bytes]:
    """Return the texts of a block, of which it is known where each ends."""
    content: bytes = codec.decompress(pa.py_buffer(packed), ends[-1], asbytes=True)
    return [content[begin + 1 : end] for begin, end in pairwise([-1, *ends])]


def count_along(texts: PageTexts, spans: Sequence[Span]) -> int:
    """Return how many features lie in stretches, whether or not in a box that these are for."""
    firsts, ends = _bounds(texts, spans)
    return int((ends - firsts).sum())


def _found(
    texts: PageTexts, spans: Sequence[Span], boxes: Sequence[Box], begin: int, limit: int
) -> _Whole:
    """Return the numbers of the first features from one on, one more than the limit at most."""
    found: list[_Whole] = []
    count = 0
    for numbers in _batches(texts, spans, begin, limit):
        within = numbers[are_held(texts, numbers, boxes)] if boxes else numbers
        found.append(within)
        count += len(within)
        if count > limit:
            break
    return np.concatenate(found)[: limit + 1] if found else np.empty(0, np.int64)


def _first_behind(texts: PageTexts, behind: Sequence[int]) -> int:
    """Return the number of the first feature behind a position, whether or not that is there."""
    begin, end = 0, len(texts.ends)
    for column, part in zip(texts.position, behind, strict=True):
        # What is equal so far lies together, sorted by the next part.
        left, right = (np.searchsorted(column[begin:end], part, side) for side in ("left", "right"))
        begin, end = begin + int(left), begin + int(right)
    return end


def _batches(texts: PageTexts, spans: Sequence[Span], begin: int, limit: int) -> Iterator[_Whole]:
    """Give the numbers of the features in stretches, so many together that testing them pays."""
    most = max(_AT_ONCE, 2 * (limit + 1))
    firsts, ends = _bounds(texts, spans)
    waiting: list[_Whole] = []
    held = 0
    for first, end in zip(np.maximum(firsts, begin).tolist(), ends.tolist(), strict=True):
        for at in range(first, end, most):
            piece = np.arange(at, min(at + most, end))
            waiting.append(piece)
            held += len(piece)
            if held >= most:
                yield np.concatenate(waiting)
                waiting, held = [], 0
    if waiting:
        yield np.concatenate(waiting)


def _bounds(texts: PageTexts, spans: Sequence[Span]) -> tuple[_Whole, _Whole]:
    """Return the number of the first feature in each stretch, and of the first behind it."""
    curve = texts.position[0]
    firsts = np.searchsorted(curve, [first for first, _ in spans], "left")
    return firsts, np.searchsorted(curve, [last for _, last in spans], "right")


def are_held(texts: PageTexts, numbers: _Whole | slice, boxes: Sequence[Box]) -> NDArray[np.bool_]:
    """Say of features which lie in one of some boxes."""
    longitude, latitude = texts.longitude[numbers], texts.latitude[numbers]
    held = np.zeros(len(longitude), np.bool_)
    for west, south, east, north in boxes:
        held |= (
            (longitude >= west) & (longitude <= east) & (latitude >= south) & (latitude <= north)
        )
    return held


def _joined(texts: PageTexts, numbers: _Whole) -> bytes:
    """Return texts joined by commas; those that lie together in a block are cut out together."""
    if not len(numbers):
        return b""
    codec = pa.Codec(CODEC)
    blocks = np.searchsorted(texts.firsts, numbers, "right") - 1
    breaks = np.flatnonzero((np.diff(numbers) != 1) | (np.diff(blocks) != 0)) + 1
    begins = np.concatenate(([0], breaks))
    firsts, lasts = numbers[begins], numbers[np.concatenate((breaks - 1, [len(numbers) - 1]))]
    blocks = blocks[begins]
    starts = np.where(firsts == texts.firsts[blocks], 0, texts.ends[firsts - 1] + 1)
    runs = zip(blocks.tolist(), starts.tolist(), texts.ends[lasts].tolist(), strict=True)
    pieces: list[bytes] = []
    opened, content = -1, b""
    for block, start, end in runs:
        if block != opened:
            opened, content = block, _unpacked(texts, codec, block)
        pieces.append(content[start:end])
    return b",".join(pieces)


def _unpacked(texts: PageTexts, codec: pa.Codec, block: int) -> bytes:
    behind = texts.firsts[block + 1] if block + 1 < len(texts.firsts) else len(texts.ends)
    packed = texts.packed[texts.begins[block] : texts.begins[block + 1]]
    size = int(texts.ends[behind - 1])
    content: bytes = codec.decompress(pa.py_buffer(packed), size, asbytes=True)
    return content
