"""QGIS without a window: the layers that a user adds by our addresses."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import DATED
from tests.clients.relay import Relay, relayed
from tests.end_to_end.service import Service

pytestmark = pytest.mark.clients

VISIT = Path(__file__).with_name("qgis_visit.py")
DEMO = 155
BOX = [5.73, 50.96, 5.75, 50.98]


@pytest.fixture(scope="module")
def relay(visited: Service) -> Iterator[Relay]:
    """The service behind a relay that tells what it was asked."""
    with relayed(visited.address) as passing:
        yield passing


@pytest.fixture(autouse=True)
def _nothing_asked(relay: Relay) -> None:
    relay.asked.clear()


def _qgis(home: Path, **told: Any) -> Any:
    """Let QGIS do something in a home of its own, so that nothing is left in its caches."""
    done = subprocess.run(
        ["/usr/bin/python3", VISIT, json.dumps(told)],  # Debian's, for which QGIS is built
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        env={"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "PATH": os.environ["PATH"]},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _features(relay: Relay, home: Path, collection: str = "samples", **more: Any) -> Any:
    told = {"url": f"{relay.address}/api", "collection": collection, "page": 50} | more
    return _qgis(home, do="features", **told)


def test_layer_has_every_page(relay: Relay, tmp_path: Path) -> None:
    found = _features(relay, tmp_path)
    assert (found["crs"], found["kind"]) == ("EPSG:4326", "Point")
    assert len({row["id"] for row in found["rows"]}) == len(found["rows"]) == DEMO + DATED
    assert found["types"]["sampled_from"] == "Date"
    cursors = relay.heard("/api/collections/samples/items", "cursor")
    assert len(set(cursors)) == (DEMO + DATED) // 50


def test_box_is_the_services_work(relay: Relay, tmp_path: Path, visited: Service) -> None:
    found = _features(relay, tmp_path, box=BOX)
    query = {"bbox": ",".join(map(str, BOX)), "limit": 1000}
    expected = visited.json("/api/collections/samples/items", **query)["features"]
    assert 0 < len(expected) < DEMO
    assert {row["id"] for row in found["rows"]} == {feature["id"] for feature in expected}
    [box, *_] = relay.heard("/api/collections/samples/items", "bbox")
    assert [float(number) for number in box.split(",")] == pytest.approx(BOX)


def test_filter_by_date_is_the_services_work(relay: Relay, tmp_path: Path) -> None:
    """QGIS 3.22, which Debian 12 has, hands on what it can say as `datetime`."""
    found = _features(relay, tmp_path, filter="\"sampled_from\" >= '2015-01-01'")
    assert len(found["rows"]) == DATED // 20 * 5
    assert all(row["sampled_from"] >= "2015" for row in found["rows"])
    [moment] = set(relay.heard("/api/collections/samples/items", "datetime"))
    assert moment.startswith("2015-01-01/")


def test_filter_by_attributes_finds_the_same(
    relay: Relay, tmp_path: Path, visited: Service
) -> None:
    where = "contaminant = 'zn' AND value > 500"
    found = _features(relay, tmp_path, "results", page=200, filter=where)
    expected = visited.json("/api/collections/results/items", filter=where)["features"]
    assert expected
    assert {row["id"] for row in found["rows"]} == {feature["id"] for feature in expected}


def test_hotspot_layer_is_of_polygons(relay: Relay, tmp_path: Path, visited: Service) -> None:
    [layer, *_] = visited.json("/api/hotspots")["layers"]
    found = _features(relay, tmp_path, layer["id"])
    assert found["kind"] == "Polygon"
    assert len(found["rows"]) == layer["count"] > 0


@pytest.mark.parametrize("collection", ["samples", "hotspots"])
def test_vector_tiles_are_drawn(relay: Relay, tmp_path: Path, collection: str) -> None:
    path = f"/api/collections/{collection}/tiles/WebMercatorQuad"
    box = [636_000, 6_610_000, 643_000, 6_625_000]  # the flood plain in EPSG:3857
    found = _qgis(
        tmp_path, do="vector tiles", url=f"{relay.address}{path}/{{z}}/{{y}}/{{x}}", box=box
    )
    assert any(text.startswith(path) for text in relay.asked)
    assert 200 < found["painted"] < 60_000


def test_surface_is_read_in_ranges(relay: Relay, tmp_path: Path, visited: Service) -> None:
    [surface, *_] = visited.json("/api/surfaces", contaminant="zn")["surfaces"]
    west, south, east, north = surface["bbox"]
    place = [(west + east) / 2, (south + north) / 2]
    told = visited.json(f"/api/surfaces/{surface['id']}/value", lon=place[0], lat=place[1])
    found = _qgis(
        tmp_path,
        do="raster",
        url=f"/vsicurl/{relay.address}/api/downloads/{surface['id']}.tif",
        place=place,
    )
    assert found["crs"] == f"EPSG:{surface['epsg']}"
    assert [name.partition(": ")[2] for name in found["names"]] == surface["bands"]
    assert dict(zip(surface["bands"], found["values"], strict=True))["median"] == pytest.approx(
        told["median"], rel=1e-4
    )
    assert found["painted"] > 5_000
