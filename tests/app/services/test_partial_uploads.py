"""Parts of files: they stay, they go on, and only what was announced is stored."""

import hashlib
import os
import time
from contextlib import suppress

import pytest

from app.errors import Conflict, InvalidRequest, TooLarge
from app.services import partial_uploads
from app.services.partial_uploads import Progress, partial_path, progress, resumed
from app.services.storage import FileStore

CONTENT = bytes(range(256)) * 8
SHA256 = hashlib.sha256(CONTENT).hexdigest()
LENGTH = len(CONTENT)


def send(store: FileStore, piece: bytes, offset: int, length: int = LENGTH) -> bool:
    with resumed(store, SHA256, offset=offset, length=length, limit=10_000) as part:
        part.write(piece)
        if part.is_complete:
            part.keep()
        return part.is_complete


def everything(store: FileStore) -> list[str]:
    return sorted(path.name for path in store.data_dir.rglob("*") if path.is_file())


def test_pieces_become_the_file_that_was_announced(store: FileStore) -> None:
    assert progress(store, SHA256) == Progress(0, is_complete=False)
    assert not send(store, CONTENT[:1000], 0)
    assert progress(store, SHA256) == Progress(1000, is_complete=False)
    assert not send(store, CONTENT[1000:1001], 1000)
    assert send(store, CONTENT[1001:], 1001)
    assert progress(store, SHA256) == Progress(LENGTH, is_complete=True)
    assert store.upload_path(SHA256).read_bytes() == CONTENT
    assert everything(store) == [SHA256]


def test_what_came_before_a_break_stays(store: FileStore) -> None:
    with (
        suppress(ConnectionError),
        resumed(store, SHA256, offset=0, length=LENGTH, limit=10_000) as part,
    ):
        part.write(CONTENT[:700])
        raise ConnectionError
    assert progress(store, SHA256).offset == 700


def test_wrong_offset_is_a_conflict_that_tells_the_right_one(store: FileStore) -> None:
    send(store, CONTENT[:1000], 0)
    with pytest.raises(Conflict, match="1,000 bytes of the file are there") as refused:
        send(store, CONTENT[900:], 900)
    assert refused.value.details["offset"] == 1000
    with pytest.raises(Conflict):
        send(store, CONTENT[1100:], 1100)
    assert progress(store, SHA256).offset == 1000


def test_another_file_than_announced_leaves_nothing(store: FileStore) -> None:
    with pytest.raises(InvalidRequest, match="another one") as refused:
        send(store, CONTENT[::-1], 0)
    assert refused.value.details["parameter"] == "sha256"
    assert everything(store) == []


def test_more_than_stated_is_refused_and_not_kept(store: FileStore) -> None:
    send(store, CONTENT[:100], 0, length=150)
    with pytest.raises(InvalidRequest, match="More than the stated 150 bytes"):
        send(store, CONTENT[100:200], 100, length=150)
    assert progress(store, SHA256).offset == 100


def test_length_above_the_limit_is_refused_before_anything_is_taken(store: FileStore) -> None:
    with pytest.raises(TooLarge, match="HOTSPOTS_UPLOAD_MAX_BYTES"):
        send(store, b"x", 0, length=10_001)
    assert everything(store) == []


def test_two_senders_at_a_time_are_kept_apart(store: FileStore) -> None:
    with resumed(store, SHA256, offset=0, length=LENGTH, limit=10_000) as part:
        part.write(CONTENT[:10])
        with pytest.raises(Conflict, match="at this moment"):
            send(store, CONTENT[10:20], 10)
    assert progress(store, SHA256).offset == 10


def test_a_second_sender_leaves_the_empty_part_of_the_first(store: FileStore) -> None:
    with resumed(store, SHA256, offset=0, length=LENGTH, limit=10_000) as part:
        with pytest.raises(Conflict, match="at this moment"):
            send(store, CONTENT, 0)
        part.write(CONTENT)
        part.keep()
    assert everything(store) == [SHA256]


def test_old_parts_go_and_young_ones_stay_at_a_start_too(store: FileStore) -> None:
    send(store, CONTENT[:10], 0)
    path = partial_path(store, SHA256)
    for hours, is_kept in ((2, True), (25, False)):
        then = time.time() - hours * 3600
        os.utime(path, (then, then))
        assert (store.sweep(set(), set()) == []) is is_kept
        assert path.exists() is is_kept
    send(store, CONTENT[:10], 0)
    os.utime(path, (0, 0))
    partial_uploads.sweep(store)
    assert everything(store) == []


def test_given_up_is_gone(store: FileStore) -> None:
    send(store, CONTENT[:10], 0)
    partial_uploads.forget(store, SHA256)
    partial_uploads.forget(store, SHA256)
    assert everything(store) == []
