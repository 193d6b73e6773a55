"""Settings: unsafe or contradictory ones are refused with a sentence."""

import os
from pathlib import Path

import pytest

from app.errors import UnsafeSettings
from app.settings import Settings, default_data_dir

KEY = "0123456789abcdef"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("DATABASE_URL", "OWNER_DATABASE_URL", "OPERATOR_KEY", "HOST", "PORT", "DATA_DIR"):
        monkeypatch.delenv(f"HOTSPOTS_{name}", raising=False)
    return monkeypatch


def test_defaults_are_an_embedded_database_on_loopback() -> None:
    settings = Settings.load()
    assert settings.is_embedded
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 8000)
    assert settings.storage.data_dir == default_data_dir()


def test_command_line_comes_before_the_environment(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HOTSPOTS_PORT", "9000")
    environment.setenv("HOTSPOTS_DATA_DIR", "/a")
    assert Settings.load().server.port == 9000
    settings = Settings.load(port=9001, data_dir=Path("/b"))
    assert (settings.server.port, settings.storage.data_dir) == (9001, Path("/b"))


def test_servers_are_as_many_as_cores_but_four_at_most(environment: pytest.MonkeyPatch) -> None:
    for cores, servers in [(1, 1), (3, 3), (64, 4)]:
        environment.setattr(os, "sched_getaffinity", lambda _pid, cores=cores: set(range(cores)))
        assert Settings.load().server.server_processes == servers
    environment.setenv("HOTSPOTS_SERVER_PROCESSES", "6")
    assert Settings.load().server.server_processes == 6
    assert Settings.load(processes=2).server.server_processes == 2


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", "", "127.0.0.1x"])
def test_other_machines_need_a_key(environment: pytest.MonkeyPatch, host: str) -> None:
    environment.setenv("HOTSPOTS_HOST", host)
    with pytest.raises(UnsafeSettings, match="Set HOTSPOTS_OPERATOR_KEY to a long random text"):
        Settings.load()
    environment.setenv("HOTSPOTS_OPERATOR_KEY", KEY)
    assert Settings.load().server.host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "::1", "[::1]"])
def test_loopback_needs_none(environment: pytest.MonkeyPatch, host: str) -> None:
    environment.setenv("HOTSPOTS_HOST", host)
    assert Settings.load().server.is_loopback


@pytest.mark.parametrize("key", ["", "tiny", "0123456789abcde"])
def test_short_key_is_refused(environment: pytest.MonkeyPatch, key: str) -> None:
    environment.setenv("HOTSPOTS_OPERATOR_KEY", key)
    with pytest.raises(UnsafeSettings, match="shorter than 16 characters") as caught:
        Settings.load()
    assert not key or key not in caught.value.message


def test_owner_without_the_database_is_refused(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HOTSPOTS_OWNER_DATABASE_URL", "postgresql://o:p@h/d")
    with pytest.raises(UnsafeSettings, match="HOTSPOTS_DATABASE_URL is not"):
        Settings.load()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("PORT", "-1"),
        ("POOL_SIZE", "0"),
        ("READ_TIMEOUT_MS", "1"),
        ("UPLOAD_MAX_BYTES", "10"),
        ("COMPUTE_PROCESSES", "0"),
        ("SERVER_PROCESSES", "0"),
        ("WORKER", "perhaps"),
    ],
)
def test_setting_that_cannot_be_understood_is_named(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    environment.setenv(f"HOTSPOTS_{name}", value)
    with pytest.raises(UnsafeSettings, match=f"HOTSPOTS_{name}: "):
        Settings.load()


@pytest.mark.parametrize(
    "origins", ["maps.example.org", "https://a.example/", "https://*.a.example"]
)
def test_reading_origins_are_origins(environment: pytest.MonkeyPatch, origins: str) -> None:
    environment.setenv("HOTSPOTS_CORS_ORIGINS", "*, http://localhost:3000")
    assert Settings.load().server.readers == ["*", "http://localhost:3000"]
    environment.setenv("HOTSPOTS_CORS_ORIGINS", origins)
    with pytest.raises(UnsafeSettings, match="HOTSPOTS_CORS_ORIGINS"):
        Settings.load()
