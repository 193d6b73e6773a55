"""The texts of a collection's features in the order of pages, in one file that is mapped.

Texts lie in packed blocks. Beside them lie arrays in the same order: what a position consists of
(along the curve, then the key), longitude and latitude. So a page is stretches of the curve, looked
for among the positions; its places are tested all at once; and its texts are cut out of few blocks.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.services.features.reference import Box

# So many texts are packed together: more pack better, fewer are unpacked sooner.
_BLOCK = 64
_CODEC = "zstd"
# So many places are tested at once, at least.
_AT_ONCE = 4_096
_WORD = 8

Span = tuple[int, int]
_Whole = NDArray[np.int64]


class PageTexts(NamedTuple):
    """Features in the order of pages."""

    # One row for each part of a position, sorted by all of them.
    position: _Whole
    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    # Where each text ends within its block, as it is unpacked.
    ends: _Whole
    # Where each block begins in the packed content; one more, for where the last one ends.
    begins: _Whole
    packed: NDArray[np.uint8]


class Cut(NamedTuple):
    """Features joined by commas, how many, and the position of the last where others follow."""

    features: bytes
    number: int
    position: list[int] | None


def write_texts(file: Path, rows: Iterable[Sequence[Any]], width: int) -> None:
    """Write rows of a position of `width` parts, longitude, latitude and text, in their order."""
    position = [array("q") for _ in range(width)]
    longitudes, latitudes = array("d"), array("d")
    ends, begins = array("q"), array("q", [0])
    codec = pa.Codec(_CODEC)
    block: list[bytes] = []
    with file.open("wb") as out:

        def pack() -> None:
            ends.extend(np.cumsum([len(text) + 1 for text in block]) - 1)
            content = codec.compress(b",".join(block), asbytes=True)
            out.write(content)
            begins.append(begins[-1] + len(content))
            block.clear()

        for *parts, longitude, latitude, text in rows:
            for column, part in zip(position, parts, strict=True):
                column.append(part)
            longitudes.append(longitude)
            latitudes.append(latitude)
            block.append(text.encode())
            if len(block) == _BLOCK:
                pack()
        if block:
            pack()
        out.write(bytes(-begins[-1] % _WORD))
        tables: list[array[Any]] = [*position, longitudes, latitudes, ends, begins]
        for table in tables:
            out.write(table.tobytes())
        out.write(np.array([width, len(ends), len(begins)], np.int64).tobytes())


def open_texts(file: Path) -> PageTexts:
    """Map a file that was written here; processes share what of it is in memory."""
    # A plain array over the same memory: one that maps costs more at every slice.
    plain = np.asarray(np.memmap(file, np.int64, "r"))
    width, count, blocks = map(int, plain[-3:])
    at = len(plain) - 3 - (width + 3) * count - blocks
    tables = plain[at : at + (width + 3) * count].reshape(width + 3, count)
    return PageTexts(
        position=tables[:width],
        longitude=tables[width].view(np.float64),
        latitude=tables[width + 1].view(np.float64),
        ends=tables[width + 2],
        begins=plain[-3 - blocks : -3],
        packed=plain[:at].view(np.uint8),
    )


def cut_page(
    texts: PageTexts, spans: Sequence[Span], boxes: Sequence[Box], behind: Sequence[int], limit: int
) -> Cut:
    """Return the first features behind a position that lie in stretches of the curve and in a box.

    Stretches are in ascending order and share nothing; without boxes all that lie in them count.
    """
    found: list[_Whole] = []
    count = 0
    for numbers in _batches(texts, spans, _first_behind(texts, behind), limit):
        within = numbers[_are_held(texts, numbers, boxes)] if boxes else numbers
        found.append(within)
        count += len(within)
        if count > limit:
            break
    numbers = np.concatenate(found)[: limit + 1] if found else np.empty(0, np.int64)
    last = numbers[limit - 1] if len(numbers) > limit else None
    numbers = numbers[:limit]
    position = None if last is None else [int(part) for part in texts.position[:, last]]
    return Cut(_joined(texts, numbers), len(numbers), position)


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
    curve, most = texts.position[0], max(_AT_ONCE, 2 * (limit + 1))
    firsts = np.searchsorted(curve, [first for first, _ in spans], "left")
    ends = np.searchsorted(curve, [last for _, last in spans], "right")
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


def _are_held(texts: PageTexts, numbers: _Whole, boxes: Sequence[Box]) -> NDArray[np.bool_]:
    longitude, latitude = texts.longitude[numbers], texts.latitude[numbers]
    held = np.zeros(len(numbers), np.bool_)
    for west, south, east, north in boxes:
        held |= (
            (longitude >= west) & (longitude <= east) & (latitude >= south) & (latitude <= north)
        )
    return held


def _joined(texts: PageTexts, numbers: _Whole) -> bytes:
    """Return texts joined by commas; those that lie together in a block are cut out together."""
    if not len(numbers):
        return b""
    codec = pa.Codec(_CODEC)
    blocks = numbers // _BLOCK
    breaks = np.flatnonzero((np.diff(numbers) != 1) | (np.diff(blocks) != 0)) + 1
    firsts = numbers[np.concatenate(([0], breaks))]
    lasts = numbers[np.concatenate((breaks - 1, [len(numbers) - 1]))]
    starts = np.where(firsts % _BLOCK == 0, 0, texts.ends[firsts - 1] + 1)
    runs = zip(
        (firsts // _BLOCK).tolist(), starts.tolist(), texts.ends[lasts].tolist(), strict=True
    )
    pieces: list[bytes] = []
    opened, content = -1, b""
    for block, start, end in runs:
        if block != opened:
            opened, content = block, _unpacked(texts, codec, block)
        pieces.append(content[start:end])
    return b",".join(pieces)


def _unpacked(texts: PageTexts, codec: pa.Codec, block: int) -> bytes:
    last = min((block + 1) * _BLOCK, len(texts.ends)) - 1
    packed = texts.packed[texts.begins[block] : texts.begins[block + 1]]
    content: bytes = codec.decompress(pa.py_buffer(packed), int(texts.ends[last]), asbytes=True)
    return content
