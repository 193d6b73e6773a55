"""Settings from the environment, one class per concern, prefix ``HOTSPOTS_``.

Contradictory or unsafe settings are refused at start with a sentence.
"""

import ipaddress
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.errors import UnsafeSettings

_CONFIG = SettingsConfigDict(env_prefix="HOTSPOTS_", extra="ignore", frozen=True)
_MEBIBYTE = 1024 * 1024
# Each server takes memory; who has more cores says so.
_MOST_BY_ITSELF = 4


def default_data_dir() -> Path:
    """Return the private folder: root's lies outside /root, which postgres cannot enter."""
    if os.geteuid() == 0:
        return Path("/var/lib/soil-hotspots")
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "soil-hotspots"


def _usable_cores() -> int:
    """Return how many cores this process may use, four at most."""
    return min(_MOST_BY_ITSELF, len(os.sched_getaffinity(0)))


def _named(location: tuple[int | str, ...]) -> str:
    """Return the name of a setting as it stands in the environment."""
    return "_".join(["HOTSPOTS", *(str(part).upper() for part in location)])


class DatabaseSettings(BaseSettings):
    """Which database: an own one, or the embedded cluster when no address is given."""

    model_config = _CONFIG

    database_url: str | None = None
    owner_database_url: str | None = None
    read_timeout_ms: int = Field(default=5_000, ge=100)
    write_timeout_ms: int = Field(default=300_000, ge=1_000)
    pool_size: int = Field(default=8, ge=1, le=100)


class StorageSettings(BaseSettings):
    """Where files lie."""

    model_config = _CONFIG

    data_dir: Path = Field(default_factory=default_data_dir)


class ServerSettings(BaseSettings):
    """Who may call, and where."""

    model_config = _CONFIG

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    operator_key: str | None = None
    allowed_hosts: str = ""
    allowed_origins: str = ""
    cors_origins: str = ""
    server_processes: int = Field(default_factory=_usable_cores, ge=1, le=12)
    worker: bool = True

    @property
    def readers(self) -> list[str]:
        """Return the origins whose pages may read; ``*`` is any."""
        return [origin.strip() for origin in self.cors_origins.split(",") if origin.strip()]

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False


class LimitSettings(BaseSettings):
    """What one request or file may cost."""

    model_config = _CONFIG

    upload_max_bytes: int = Field(default=2048 * _MEBIBYTE, ge=1024)
    body_max_bytes: int = Field(default=1 * _MEBIBYTE, ge=1024)
    body_idle_seconds: float = Field(default=30.0, gt=0)
    import_seconds: float = Field(default=600.0, gt=0)
    import_memory_bytes: int = Field(default=4096 * _MEBIBYTE, ge=256 * _MEBIBYTE)
    import_max_rows: int = Field(default=20_000_000, ge=1, le=2_000_000_000)
    import_max_columns: int = Field(default=512, ge=2)
    import_max_cells: int = Field(default=50_000_000, ge=1)
    surface_max_cells: int = Field(default=25_000_000, ge=1)
    surface_max_seconds: float = Field(default=14_400.0, gt=0)
    surface_memory_bytes: int = Field(default=8192 * _MEBIBYTE, ge=1024 * _MEBIBYTE)
    page_limit: int = Field(default=10_000, ge=1)
    heavy_reads: int = Field(default=4, ge=1, le=100)
    tile_cache_bytes: int = Field(default=1024 * _MEBIBYTE, ge=0)
    page_file_bytes: int = Field(default=2048 * _MEBIBYTE, ge=0)
    download_max_seconds: float = Field(default=900.0, gt=0)
    download_cache_bytes: int = Field(default=4096 * _MEBIBYTE, ge=0)


class ComputeSettings(BaseSettings):
    """How surfaces are computed."""

    model_config = _CONFIG

    compute_processes: int = Field(default_factory=lambda: min(2, os.cpu_count() or 1), ge=1)


@dataclass(frozen=True)
class Settings:
    """All settings of one service."""

    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    storage: StorageSettings = field(default_factory=StorageSettings)
    server: ServerSettings = field(default_factory=ServerSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    compute: ComputeSettings = field(default_factory=ComputeSettings)

    @classmethod
    def load(
        cls,
        *,
        data_dir: Path | None = None,
        host: str | None = None,
        port: int | None = None,
        processes: int | None = None,
        check: bool = True,
    ) -> "Settings":
        """Read the environment; what the command line says comes first."""
        storage: dict[str, Any] = {} if data_dir is None else {"data_dir": data_dir}
        server: dict[str, Any] = {}
        if host is not None:
            server["host"] = host
        if port is not None:
            server["port"] = port
        if processes is not None:
            server["server_processes"] = processes
        try:
            settings = cls(storage=StorageSettings(**storage), server=ServerSettings(**server))
        except ValidationError as error:
            faults = (f"{_named(fault['loc'])}: {fault['msg']}" for fault in error.errors())
            raise UnsafeSettings(
                f"A setting cannot be understood: {'; '.join(faults)}. Correct it in the "
                "environment or on the command line."
            ) from error
        if check:
            settings.check()
        return settings

    def check(self) -> None:
        """Refuse what would be unsafe or cannot be meant.

        Raises
        ------
        UnsafeSettings
            With the name of the setting and the remedy.
        """
        if not self.server.is_loopback and not self.server.operator_key:
            raise UnsafeSettings(
                f"Listening on {self.server.host} would let other machines in, and no operator "
                "key is set. Set HOTSPOTS_OPERATOR_KEY to a long random text (and "
                "HOTSPOTS_ALLOWED_HOSTS to the names the service is called by), or listen on "
                "127.0.0.1."
            )
        if self.server.operator_key is not None and len(self.server.operator_key) < 16:
            raise UnsafeSettings(
                "HOTSPOTS_OPERATOR_KEY is shorter than 16 characters and could be guessed. "
                "Use a longer one, for example 32 random characters."
            )
        for origin in self.server.readers:
            if origin != "*" and not re.fullmatch(r"https?://[^/\s*]+", origin):
                raise UnsafeSettings(
                    f"HOTSPOTS_CORS_ORIGINS names {origin!r}, which is no origin. Write * for any "
                    "page, or origins as https://maps.example.org, without a path, comma separated."
                )
        if self.database.owner_database_url and not self.database.database_url:
            raise UnsafeSettings(
                "HOTSPOTS_OWNER_DATABASE_URL is set but HOTSPOTS_DATABASE_URL is not. Set both "
                "for a database of your own, or neither for the embedded one."
            )

    @property
    def is_embedded(self) -> bool:
        """Whether the service brings its own PostgreSQL cluster."""
        return self.database.database_url is None
