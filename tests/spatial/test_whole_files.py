"""Files appear whole or not at all."""

import pytest

from spatial import whole_files
from spatial.whole_files import whole_file


def test_what_was_written_takes_the_place_of_an_earlier_file(tmp_path):
    path = tmp_path / "file"
    path.write_text("earlier")
    with whole_file(path) as partial:
        partial.write_text("later")
        assert path.read_text() == "earlier"
    assert path.read_text() == "later"
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def _write_half(path, error=None):
    with whole_file(path) as partial:
        partial.write_text("half")
        if error is not None:
            raise error


@pytest.mark.parametrize("is_full", [False, True])
def test_where_writing_fails_the_earlier_file_stays_and_nothing_else(
    tmp_path, monkeypatch, is_full
):
    def full_disk(_):
        raise OSError(28, "No space left on device")

    path = tmp_path / "file"
    path.write_text("earlier")
    if is_full:
        monkeypatch.setattr(whole_files, "flush_to_disk", full_disk)
    with pytest.raises(OSError, match="No space" if is_full else "broken"):
        _write_half(path, None if is_full else OSError("broken"))
    assert path.read_text() == "earlier"
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_who_writes_nothing_leaves_nothing(tmp_path):
    with pytest.raises(FileNotFoundError), whole_file(tmp_path / "file"):
        pass
    assert not list(tmp_path.iterdir())
