"""The bounded folder of tiles."""

import os
import threading
from pathlib import Path

from app.services.tile_cache import TileCache, tile_key


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_was_put_comes_back_and_nothing_else(tmp_path: Path) -> None:
    cache = TileCache(tmp_path / "tiles", 1000)
    key = tile_key("v1", 3, 2, 1)
    assert cache.get(key) is None
    cache.put(key, b"picture")
    assert cache.get(key) == b"picture"
    assert TileCache(tmp_path / "tiles", 1000).get(key) == b"picture"
    assert cache.get(tile_key("v2", 3, 2, 1)) is None
    assert [path.name for path in _files(tmp_path)] == [key]


def test_keys_follow_from_every_part() -> None:
    assert tile_key("a", "bc") == tile_key("a", "bc") != tile_key("ab", "c")


def test_the_oldest_go_and_the_limit_holds(tmp_path: Path) -> None:
    cache = TileCache(tmp_path, 1000)
    keys = [tile_key(number) for number in range(12)]
    for age, key in enumerate(keys):
        cache.put(key, bytes(100))
        path = next(path for path in _files(tmp_path) if path.name == key)
        os.utime(path, (1000 + age, 1000 + age))
    assert sum(path.stat().st_size for path in _files(tmp_path)) <= 1000
    assert cache.get(keys[0]) is None
    assert cache.get(keys[-1]) is not None


def test_what_is_asked_for_again_stays(tmp_path: Path) -> None:
    cache = TileCache(tmp_path, 1000)
    keys = [tile_key(number) for number in range(10)]
    for age, key in enumerate(keys):
        cache.put(key, bytes(100))
        os.utime(next(path for path in _files(tmp_path) if path.name == key), (age, age))
    assert cache.get(keys[0]) is not None
    cache.put(tile_key("new"), bytes(100))
    assert cache.get(keys[0]) is not None
    assert cache.get(keys[1]) is None


def test_other_processes_count_too(tmp_path: Path) -> None:
    ours, theirs = TileCache(tmp_path, 1000), TileCache(tmp_path, 1000)
    for number in range(40):
        (ours, theirs)[number % 2].put(tile_key(number), bytes(100))
    # Each sees the other's when it makes room itself.
    assert sum(path.stat().st_size for path in _files(tmp_path)) <= 2000


def test_nothing_is_kept_where_nothing_fits_or_the_folder_is_closed(tmp_path: Path) -> None:
    off = TileCache(tmp_path / "off", 0)
    off.put(tile_key(1), b"picture")
    assert off.get(tile_key(1)) is None
    assert not (tmp_path / "off").exists()
    (tmp_path / "file").write_text("no folder")
    closed = TileCache(tmp_path / "file", 1000)
    closed.put(tile_key(1), b"picture")
    assert closed.get(tile_key(1)) is None


def test_a_tile_is_whole_while_others_write_it(tmp_path: Path) -> None:
    cache = TileCache(tmp_path, 10_000_000)
    key, seen = tile_key("same"), []
    contents = [bytes([number]) * 50_000 for number in range(4)]

    def write(content: bytes) -> None:
        for _ in range(20):
            cache.put(key, content)
            seen.append(cache.get(key))

    threads = [threading.Thread(target=write, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) <= set(contents)
