"""Schemathesis over the whole API, as its own definition describes it.

Seeded and bounded in time. It has the operator's key and ids of what there is, so it comes as far
as a caller comes. One of its expectations is told otherwise: a request that fits the definition may
still be 400 or 422 (a filter that is no CQL2, a contaminant nobody knows), because no schema can
say so; see `_settings`.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.service import ROOT, Service

pytestmark = [pytest.mark.clients, pytest.mark.timeout(900)]

SCHEMATHESIS = ROOT / ".venv-clients" / "bin" / "schemathesis"
SECONDS = 300
SEED = 20261128


def _settings(service: Service) -> str:
    """Return a configuration with what the service has for each parameter of a path."""
    surface = service.json("/api/surfaces")["surfaces"][0]["id"]
    layer = service.json("/api/hotspots")["layers"][0]["id"]
    sample = service.json("/api/collections/samples/items", limit=1)["features"][0]["id"]
    imported = service.as_operator("/api/imports").json()["imports"][0]["id"]
    known: dict[str, list[Any]] = {
        "path.collection_id": ["samples", "results", "hotspots", "sources", "members", layer],
        "path.feature_id": [sample],
        "path.sample_id": [sample],
        "path.surface_id": [surface],
        "path.layer_id": [layer],
        "path.import_id": [imported],
        "path.tile_matrix_set": ["WebMercatorQuad", "WorldCRS84Quad"],
        "query.contaminant": ["zn", "pb"],
        "query.filter": ["value > 100", "contaminant = 'zn'", "S_INTERSECTS(geometry, POINT(5 5))"],
        "query.datetime": ["2015-01-01/..", "2010-05-15"],
        "query.sortby": ["-value", "sampled_from"],
        "query.crs": ["http://www.opengis.net/def/crs/EPSG/0/3857"],
    }
    lines = [
        'hooks = "schemathesis_hooks"',
        "[checks]",
        "positive_data_acceptance.expected-statuses = "
        + json.dumps(["2xx", 304, 400, 401, 403, 404, 409, 413, 422, 503]),
    ]
    for name, values in known.items():
        lines += [f"[dictionaries.{name.replace('.', '_')}]", f"values = {json.dumps(values)}"]
    lines.append("[parameters]")
    lines += [
        f'"{name}" = {{ dictionary = "{name.replace(".", "_")}", probability = 0.7 }}'
        for name in known
    ]
    return "\n".join(lines)


def test_every_answer_is_as_the_definition_says(
    visited: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All checks: no 5xx, no undocumented status, types, headers and bodies as described."""
    settings = tmp_path / "schemathesis.toml"
    settings.write_text(_settings(visited), encoding="utf-8")
    report = tmp_path / "report.json"
    done = subprocess.run(
        [
            *(
                SCHEMATHESIS,
                "--config-file",
                settings,
                "run",
                f"{visited.address}/api/openapi.json",
            ),
            *("--header", f"Authorization: Bearer {visited.key}", "--checks", "all"),
            *("--phases", "examples,coverage,fuzzing", "--continue-on-failure"),
            *("--seed", str(SEED), "--max-time", str(SECONDS), "--generation-database", "none"),
            *("--request-timeout", "60", "--no-color", "--warnings", "off"),
            *("--report", "json", "--report-json-path", report),
        ],
        capture_output=True,
        text=True,
        timeout=850,
        check=False,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent)},
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    told = json.loads(report.read_text(encoding="utf-8"))
    with capsys.disabled():
        print(f"\nschemathesis: {told['operations']}, {told['test_cases']}")
    assert told["operations"]["tested"] > 0.9 * told["operations"]["total"]
    assert told["test_cases"]["generated"] > 1_000
