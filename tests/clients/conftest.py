"""A service as a user starts it, with the demo, and samples that have dates beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.service import Service, data_folder, run_command, running

# These run in other environments, which have what they import.
collect_ignore = ["qgis_visit.py", "schemathesis_hooks.py"]
DATED = 120


@pytest.fixture(scope="session")
def visited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A running service that clients of others visit; the demo's own samples have no dates."""
    with data_folder() as folder, running(folder) as started:
        table = tmp_path_factory.mktemp("dated") / "dated.csv"
        _write_dated(table)
        loaded = run_command(
            *("ingest", "samples", str(table), "--dataset", "dated", "--unit", "mg/kg"),
            *("--visibility", "public", "--data", str(folder)),
        )
        assert loaded.returncode == 0, loaded.stdout + loaded.stderr
        yield started


def _write_dated(path: Path) -> None:
    """Write samples along a line: number N is of the year 2000 + N modulo 20."""
    rows = [
        f"s{number},{5.6 + number / 1000:.3f},50.9,{2000 + number % 20}-05-15,{100 + number}"
        for number in range(DATED)
    ]
    path.write_text("\n".join(["sample,lon,lat,date,zn", *rows]), encoding="utf-8")
