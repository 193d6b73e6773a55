"""What the tests of the reading share: registries, and files written on the spot."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.options import ImportOptions, Limits
from ingest.pipeline import read_samples, read_sources
from ingest.records import SampleImport, SourceImport
from ingest.registries import Registries, load_registries

DATA = Path(__file__).resolve().parents[1] / "data" / "ingest"

LIMITS = Limits()
ReadSamples = Callable[..., SampleImport]
ReadSources = Callable[..., SourceImport]


@pytest.fixture(scope="session")
def registries(repository: Path) -> Registries:
    return load_registries(repository / "data" / "reference")


def as_file(folder: Path, content: str | bytes) -> Path:
    path = folder / "upload"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.fixture
def samples_of(tmp_path: Path, registries: Registries) -> ReadSamples:
    """Read samples from a text: `samples_of("lon,lat,zinc (mg/kg)\n…", epsg=…)`."""

    def read(content: str | bytes, *, limits: Limits = LIMITS, **options: object) -> SampleImport:
        path = as_file(tmp_path, content)
        return read_samples(path, ImportOptions(**options), registries, limits)

    return read


@pytest.fixture
def sources_of(tmp_path: Path, registries: Registries) -> ReadSources:
    def read(content: str | bytes, **options: object) -> SourceImport:
        return read_sources(as_file(tmp_path, content), ImportOptions(**options), registries)

    return read
