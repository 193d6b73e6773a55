"""The bounded folder of tiles."""

import os
import subprocess
import sys
import textwrap
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


def test_when_something_was_asked_for_is_told_and_stays_so(tmp_path: Path) -> None:
    cache, key = TileCache(tmp_path, 1000), tile_key("1")
    assert cache.asked_at(key) is None
    cache.put(key, b"")
    [path] = _files(tmp_path)
    os.utime(path, (1000, 1000))
    assert [cache.asked_at(key) for _ in range(2)] == [1000, 1000]
    assert cache.find(key) == path
    assert (cache.asked_at(key) or 0) > 1000


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
    for number in range(400):
        (ours, theirs)[number % 7 == 0].put(tile_key(number), bytes(10))
        # Each may have added a twentieth that the other has not seen yet, and the last one.
        assert sum(path.stat().st_size for path in _files(tmp_path)) <= 1000 + 2 * 60


def test_one_process_makes_what_another_waits_for(tmp_path: Path) -> None:
    script = """
        import sys, time
        from pathlib import Path
        from app.services.tile_cache import TileCache

        cache = TileCache(Path(sys.argv[1]), 1000)
        with cache.making("key"):
            print("mine", flush=True)
            if cache.get("key") is None:
                time.sleep(float(sys.argv[2]))
                cache.put("key", sys.argv[2].encode())
    """
    command = [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)]
    with subprocess.Popen([*command, "0.3"], stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"mine\n"
        cache = TileCache(tmp_path, 1000)
        with cache.making("key"):
            assert cache.get("key") == b"0.3"
    assert [path.name for path in _files(tmp_path)] == ["key"]
    with subprocess.Popen([*command, "60"], stdout=subprocess.PIPE) as second:
        second.wait(timeout=30)  # found, not made
    for nothing_kept in (TileCache(tmp_path / "off", 0), TileCache(tmp_path / "ke" / "key", 1000)):
        with nothing_kept.making("key"):
            assert nothing_kept.get("key") is None


def test_a_process_that_is_killed_holds_up_nobody(tmp_path: Path) -> None:
    script = """
        import os, sys
        from pathlib import Path
        from app.services.tile_cache import TileCache

        with TileCache(Path(sys.argv[1]), 1000).making("key"):
            os.kill(os.getpid(), 9)
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(script), tmp_path], check=False)
    assert ended.returncode == -9
    assert [path.name for path in _files(tmp_path)] == [".key.lock"]
    with TileCache(tmp_path, 1000).making("key"):
        pass
    assert _files(tmp_path) == []


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
