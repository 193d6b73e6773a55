"""The operator's key."""

import stat
from pathlib import Path

import pytest

from app.services.operator_key import key_matches, operator_key
from app.settings import ServerSettings, Settings, StorageSettings


def _settings(folder: Path, key: str | None = None) -> Settings:
    return Settings(
        storage=StorageSettings(data_dir=folder), server=ServerSettings(operator_key=key)
    )


def test_key_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    first = operator_key(_settings(tmp_path))
    assert first == operator_key(_settings(tmp_path))
    assert len(first) == 43  # 256 bits in base 64
    [file] = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_key_of_the_operator_comes_first(tmp_path: Path) -> None:
    assert operator_key(_settings(tmp_path, "stated-by-the-operator")) == "stated-by-the-operator"
    assert list(tmp_path.iterdir()) == []


def test_keys_differ_between_installations(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert operator_key(_settings(tmp_path / "a")) != operator_key(_settings(tmp_path / "b"))


@pytest.mark.parametrize(
    ("given", "same"),
    [("key", True), ("Key", False), ("", False), ("key ", False), ("ключ", False)],
)
def test_match(given: str, same: bool) -> None:
    assert key_matches(given, "key") is same
