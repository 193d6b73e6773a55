"""The data folder: nothing half-written, nothing lost, nothing of somebody else's removed."""

import errno
import hashlib
import io
import os
import stat
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import StorageFull, TooLarge, UnsafeSettings
from app.services.storage import FileStore

CONTENT = b"id,zinc\nA,1\n"
OLD = time.time() - 2 * 3600


def _everything(store: FileStore) -> list[Path]:
    return sorted(path for path in store.data_dir.rglob("*") if path.is_file())


def _aged(path: Path, content: bytes = CONTENT) -> Path:
    path.write_bytes(content)
    os.utime(path, (OLD, OLD))
    return path


def test_upload_lies_under_its_hash_and_once(store: FileStore) -> None:
    first = store.receive(io.BytesIO(CONTENT), limit=100)
    second = store.receive(io.BytesIO(CONTENT), limit=100)
    assert first == second
    assert first.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert first.size_bytes == len(CONTENT)
    assert first.path.read_bytes() == CONTENT
    assert _everything(store) == [store.uploads / first.sha256]


def test_limit_is_the_last_byte_that_is_taken(store: FileStore) -> None:
    assert store.receive(io.BytesIO(b"x" * 100), limit=100).size_bytes == 100
    with pytest.raises(TooLarge, match=r"larger than 100 bytes.*HOTSPOTS_UPLOAD_MAX_BYTES"):
        store.receive(io.BytesIO(b"y" * 101), limit=100)
    assert len(_everything(store)) == 1


def test_folders_are_closed_to_others(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "new")
    store.prepare()
    for folder in (store.uploads, store.surfaces, store.temporary):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_broken_upload_leaves_nothing(store: FileStore) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.receive(Broken(), limit=100)
    assert _everything(store) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_full_disk_is_a_sentence_and_leaves_nothing(
    store: FileStore, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(number, "full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull, match=r"is full\. Nothing was stored; free some space"):
        store.receive(io.BytesIO(CONTENT), limit=100)
    assert _everything(store) == []


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[FileStore]:
    """A disk of 256 kB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("needs root and the right to mount a tmpfs")
    store = FileStore(folder)
    store.prepare()
    yield store
    subprocess.run(["umount", str(folder)], check=True)


def test_really_full_disk(tiny: FileStore) -> None:
    with pytest.raises(StorageFull, match="is full"):
        tiny.receive(io.BytesIO(b"x" * 1_000_000), limit=10_000_000)
    assert _everything(tiny) == []
    assert tiny.receive(io.BytesIO(CONTENT), limit=100).path.read_bytes() == CONTENT


def test_folder_that_cannot_be_written_is_a_sentence(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "refused")

    monkeypatch.setattr(Path, "mkdir", refused)
    with pytest.raises(UnsafeSettings, match=r"No permission to write in .* --data"):
        store.prepare()


def test_surface_of_failed_work_is_removed(store: FileStore) -> None:
    uid = uuid.uuid4()

    def fail() -> None:
        with store.new_surface(uid) as half:
            half.write_bytes(b"half")
            store.deciding_path(uid).write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert _everything(store) == []
    with store.new_surface(uid) as path:
        path.write_bytes(b"whole")
    assert _everything(store) == [store.surface_path(uid)]


def test_sweep_removes_orphans_alone(store: FileStore) -> None:
    uid = uuid.uuid4()
    kept = [
        _aged(store.upload_path("a" * 64)),
        _aged(store.surface_path(uid)),
        _aged(store.deciding_path(uid)),
    ]
    orphans = [
        _aged(store.deciding_path(uuid.uuid4())),
        _aged(store.upload_path("b" * 64)),
        _aged(store.surface_path(uuid.uuid4())),
        _aged(store.temporary / "x.part"),
        _aged(store.surfaces / ".x.tif.ab.partial"),
    ]
    assert sorted(store.sweep({"a" * 64}, {uid})) == sorted(orphans)
    assert _everything(store) == sorted(kept)
    assert store.sweep({"a" * 64}, {uid}) == []


def test_sweep_spares_what_is_just_arriving(store: FileStore) -> None:
    young = [
        store.upload_path("b" * 64),
        store.surface_path(uuid.uuid4()),
        store.temporary / "x.part",
        store.surfaces / ".x.tif.ab.partial",
    ]
    for path in young:
        path.write_bytes(CONTENT)
    assert store.sweep(set(), set()) == []
    assert _everything(store) == sorted(young)


def test_orphan_that_is_sent_again_is_young_again(store: FileStore) -> None:
    stored = store.receive(io.BytesIO(CONTENT), limit=100)
    os.utime(stored.path, (OLD, OLD))
    store.receive(io.BytesIO(CONTENT), limit=100)
    assert store.sweep(set(), set()) == []
