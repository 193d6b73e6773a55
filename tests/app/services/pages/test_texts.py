"""Pages cut out of a file of texts are what looking at each feature in turn would give."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pytest

from app.services.features.reference import Box
from app.services.features.whole import stretches
from app.services.pages.ids import hashed
from app.services.pages.texts import (
    PageTexts,
    Piece,
    cut_page,
    find_by_id,
    open_texts,
    write_texts,
)
from spatial.hilbert import hilbert_key

_WORDS = ("zinc", "زنك", "Schön", '{"a":[1,2]}', "x" * 3_000, "")


class _Row(NamedTuple):
    curve: int
    key: int
    longitude: float
    latitude: float
    text: str


def _text(key: int) -> str:
    return f'{{"type":"Feature","id":"{key}","t":"{_WORDS[key % 6]}"}}'


@pytest.fixture(scope="module")
def rows() -> list[_Row]:
    """Places everywhere, near the antimeridian, close together, and many at the same one."""
    rng = np.random.default_rng(7)
    longitude = np.concatenate([
        rng.uniform(-180, 180, 600), rng.uniform(179.9, 180, 100), rng.uniform(-180, -179.9, 100),
        rng.uniform(5.7, 5.8, 1_500), np.full(300, 5.75),
    ])  # fmt: skip
    latitude = np.concatenate([
        rng.uniform(-90, 90, 600), rng.uniform(-1, 1, 200), rng.uniform(50.9, 51.0, 1_500),
        np.full(300, 50.95),
    ])  # fmt: skip
    keys = rng.permutation(len(longitude)) + 1
    return sorted(
        _Row(int(curve), int(key), float(x), float(y), _text(key))
        for curve, key, x, y in zip(
            hilbert_key(longitude, latitude), keys, longitude, latitude, strict=True
        )
    )


def _id_of(text: str) -> bytes:
    found = re.search('"id":"(.*?)"', text)
    return found[1].encode() if found else b""


def _pieces(rows: Sequence[Any], size: int) -> Iterator[Piece]:
    for at in range(0, len(rows), size):
        *position, longitude, latitude, texts = zip(*rows[at : at + size], strict=True)
        # As slices of what is longer, and whole.
        column = pa.array(["before", *(f"{text}," for text in texts)], pa.string()).slice(1)
        yield Piece(
            [np.array(part, np.int64) for part in position],
            np.array(longitude, np.float64),
            np.array(latitude, np.float64),
            hashed([_id_of(text) for text in texts]),
            column,
        )


def _written(file: Path, rows: Sequence[Any], size: int, width: int = 2) -> PageTexts:
    write_texts(file, "name", width, _pieces(rows, size))
    assert [one.name for one in file.parent.iterdir()] == [file.name]
    return open_texts(file)


@pytest.fixture(scope="module")
def texts(rows: list[_Row], tmp_path_factory: pytest.TempPathFactory) -> PageTexts:
    return _written(tmp_path_factory.mktemp("texts") / "file", rows, 777)


BOXES: list[tuple[Box, ...]] = [
    (), ((-180.0, -90.0, 180.0, 90.0),), ((5.72, 50.92, 5.78, 50.98),),
    ((5.75, 50.95, 5.75, 50.95),), ((179.0, -5.0, 180.0, 5.0), (-180.0, -5.0, -179.0, 5.0)),
    ((5.7, 50.9, 5.76, 51.0), (5.74, 50.9, 5.8, 51.0)), ((-180.0, 50.95, 180.0, 50.9501),),
    ((0.0, 0.0, 0.0001, 0.0001),), ((-10.0, -40.0, 40.0, 60.0),),
]  # fmt: skip


@pytest.mark.parametrize("boxes", BOXES)
@pytest.mark.parametrize("limit", [1, 7, 64, 333, 10_000])
def test_pages_follow_each_other_until_all_was_told(
    rows: list[_Row], texts: PageTexts, boxes: tuple[Box, ...], limit: int
) -> None:
    expected = [
        row for row in rows
        if not boxes or any(
            west <= row.longitude <= east and south <= row.latitude <= north
            for west, south, east, north in boxes
        )
    ]  # fmt: skip
    behind, begin = [-1, -1], 0
    # Pages of one feature would be thousands.
    for _ in range(40):
        cut = cut_page(texts, stretches(boxes, behind[0]), boxes, behind, limit)
        page = expected[begin : begin + limit]
        assert cut.features == ",".join(row.text for row in page).encode()
        assert cut.number == len(page)
        begin += limit
        if begin >= len(expected):
            assert cut.position is None
            break
        assert cut.position == list(page[-1][:2])
        behind = cut.position


@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 128, 300])
@pytest.mark.parametrize("size", [1, 64, 100, 1_000])
def test_file_holds_any_number_of_texts_in_any_pieces(
    rows: list[_Row], tmp_path: Path, count: int, size: int
) -> None:
    texts = _written(tmp_path / "file", rows[:count], size)
    assert texts.name == "name"
    cut = cut_page(texts, [(0, 4**26)], (), [-1, -1], 1_000)
    assert cut.features == ",".join(row.text for row in rows[:count]).encode()


def test_one_is_found_by_its_id(rows: list[_Row], texts: PageTexts) -> None:
    for row in rows[::37]:
        assert find_by_id(texts, str(row.key)) == row.text.encode()
    for absent in ("", "0", str(len(rows) + 1), "1 ", "١", "1" * 70):
        assert find_by_id(texts, absent) is None


def test_hash_alone_makes_no_feature(tmp_path: Path) -> None:
    alike = "a" * 64
    rows = [(n, n, 0.0, 0.0, f'{{"type":"Feature","id":"{alike}{n}",}}') for n in range(3)]
    texts = _written(tmp_path / "file", rows, 2)
    assert find_by_id(texts, f"{alike}2") == rows[2][-1].encode()
    assert find_by_id(texts, alike) is None


def test_position_of_three_parts_need_not_be_there(tmp_path: Path) -> None:
    positions = [(a, b, c) for a in (1, 4) for b in (2, 5) for c in (3, 6)]
    texts = _written(tmp_path / "file", [(*p, 0.0, 0.0, str(p)) for p in positions], 3, 3)
    for behind in [(a, b, c) for a in range(6) for b in range(7) for c in range(8)]:
        cut = cut_page(texts, [(0, 9)], (), behind, 10)
        assert cut.features.decode() == ",".join(str(p) for p in positions if p > behind)
