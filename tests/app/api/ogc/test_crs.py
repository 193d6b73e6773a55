"""The abstract tests of OGC API - Features - Part 2: reference systems by reference."""

from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from pyproj import CRS, Transformer

from tests.app import scene
from tests.app.scene import meuse_csv

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
ITEMS = "/api/collections/samples/items"


def _uri(epsg: int) -> str:
    return f"http://www.opengis.net/def/crs/EPSG/0/{epsg}"


def _features(visitor: TestClient, **query: Any) -> list[dict[str, Any]]:
    answer = visitor.get(ITEMS, params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["features"]
    return found


def test_collections_list_systems_and_what_they_are_stored_in(visitor: TestClient) -> None:
    """/conf/crs/crs-uri, default-crs, storage-crs."""
    for entry in visitor.get("/api/collections").json()["collections"]:
        assert entry["crs"][0] == CRS84
        assert entry["storageCrs"] in entry["crs"]
        assert {_uri(4326), _uri(3857), _uri(3035)} <= set(entry["crs"])
    samples = visitor.get("/api/collections/samples").json()
    assert {_uri(28992), _uri(32631)} <= set(samples["crs"])
    assert _uri(32632) not in samples["crs"]


@pytest.mark.parametrize("epsg", [4326, 3857, 3035, 32631, 25832, 28992])
def test_features_in_another_system_are_where_pyproj_says(visitor: TestClient, epsg: int) -> None:
    """/conf/crs/fc-crs-valid-value, ogc-crs-header-value; the order of axes is the system's."""
    answer = visitor.get(ITEMS, params={"crs": _uri(epsg), "limit": 9})
    assert answer.headers["content-crs"] == f"<{_uri(epsg)}>"
    moved = answer.json()["features"]
    plain = _features(visitor, limit=9)
    to = Transformer.from_crs(4326, epsg, always_xy=True)
    is_north_first = CRS.from_epsg(epsg).axis_info[0].direction == "north"
    for one, other in zip(plain, moved, strict=True):
        x, y = to.transform(*one["geometry"]["coordinates"])
        expected = (y, x) if is_north_first else (x, y)
        # PROJ's choice among operations to the Dutch plane depends on the grids a machine has.
        near = 0.5 if epsg == 28992 else 2e-9 if epsg == 4326 else 2e-4
        assert other["geometry"]["coordinates"] == pytest.approx(expected, abs=near)


def test_own_system_gives_back_the_numbers_of_the_file(visitor: TestClient) -> None:
    """A way through degrees and back would cost up to a millimetre."""
    rows = [line.split(",") for line in meuse_csv().splitlines()]
    x, y = rows[0].index("x"), rows[0].index("y")
    given = sorted((float(row[x]), float(row[y])) for row in rows[1:])
    found = _features(visitor, crs=_uri(28992))
    assert sorted(tuple(f["geometry"]["coordinates"]) for f in found) == given


def test_default_system_is_told(visitor: TestClient) -> None:
    """/conf/crs/fc-crs-default-value: with the URI and without, the same bytes."""
    plain, told = visitor.get(ITEMS), visitor.get(ITEMS, params={"crs": CRS84})
    assert plain.headers["content-crs"] == told.headers["content-crs"] == f"<{CRS84}>"
    assert plain.json()["features"] == told.json()["features"]


def test_one_feature_in_another_system(visitor: TestClient) -> None:
    """/conf/crs/f-crs: a feature alone is where it is among others."""
    first = _features(visitor, crs=_uri(3035), limit=1)[0]
    alone = visitor.get(f"{ITEMS}/{first['id']}", params={"crs": _uri(3035)})
    assert alone.headers["content-crs"] == f"<{_uri(3035)}>"
    assert alone.json()["geometry"] == first["geometry"]


@pytest.mark.parametrize("epsg", [28992, 4326, 3857, 3035, 32631])
def test_box_in_another_system_finds_what_lies_in_it(visitor: TestClient, epsg: int) -> None:
    """/conf/crs/bbox-crs-action: the same as comparing every feature told in that system."""
    every = _features(visitor, crs=_uri(epsg))
    places = np.array([f["geometry"]["coordinates"] for f in every])
    box = np.quantile(places, [0.2, 0.7], axis=0).ravel().tolist()
    expected = {
        f["id"]
        for f in every
        if box[0] <= f["geometry"]["coordinates"][0] <= box[2]
        and box[1] <= f["geometry"]["coordinates"][1] <= box[3]
    }
    query = {"bbox": ",".join(map(str, box)), "bbox-crs": _uri(epsg)}
    assert 0 < len(expected) < len(every)
    assert {f["id"] for f in _features(visitor, **query)} == expected


def test_a_web_map_goes_on_behind_180_degrees(operator: TestClient) -> None:
    runtime = operator.app.state.runtime  # type: ignore[attr-defined]
    rows = [("E", 179.9, 10, 1), ("W", -179.9, 10, 1), ("M", 5, 10, 1), ("X", 180, 10, 1)]
    scene.take_in(runtime, scene.soil_csv(rows), dataset="d", visibility="public", epsg=4326,
                  unit="mg/kg")  # fmt: skip

    def found(west: float, east: float) -> str:
        box = f"{west},1e6,{east},2e6"
        answer = operator.get(ITEMS, params={"bbox": box, "bbox-crs": _uri(3857)})
        assert answer.status_code == 200, answer.text
        return "".join(sorted(f["properties"]["sample"] for f in answer.json()["features"]))

    half = 20037508.342789244
    assert found(half - 5e4, half + 5e4) == found(-half - 5e4, 5e4 - half) == "EWX"
    assert found(half + 1e3, half + 5e4) == "W"
    assert found(half - 5e4, half - 1e3) == "E"
    assert found(-half - 1e3, 1e6) == "MWX"
    assert found(-2 * half, 2 * half) == found(-half, half) == "EMWX"
    # Once around, of which the last digits lose some nanometres.
    assert found(half, 60112525.02836773) == found(-60112525.02836773, -half) == "EMWX"


@pytest.mark.parametrize("name", ["crs", "bbox-crs"])
@pytest.mark.parametrize(
    "uri",
    [
        "",
        "EPSG:4326",
        "4326",
        _uri(99999),
        _uri(28992) + "\n",
        _uri(2154),
        "http://www.opengis.net/def/crs/EPSG/9/4326",
        "+proj=pipeline +step +proj=utm +zone=31 +nadgrids=@/etc/passwd",
    ],
)
def test_unknown_system_is_400(visitor: TestClient, name: str, uri: str) -> None:
    """/conf/crs/fc-crs-invalid-value, fc-bbox-crs-invalid-value."""
    answer = visitor.get(ITEMS, params={name: uri, "bbox": "1,2,3,4"})
    assert answer.status_code == 400
    assert answer.json()["parameter"] == name
    assert "passwd" not in answer.text


@pytest.mark.parametrize(
    "query",
    [
        {"bbox-crs": _uri(32631), "bbox": "9e9,9e9,9.1e9,9.1e9"},
        {"bbox-crs": _uri(28992), "bbox": "5,5,1,1"},
        {"bbox-crs": _uri(4326), "bbox": "5,91,6,92,93,94"},
        {"bbox-crs": _uri(4326), "bbox": "95,5,96,6"},
    ],
)
def test_box_outside_of_its_system_is_400(visitor: TestClient, query: dict[str, str]) -> None:
    answer = visitor.get(ITEMS, params=query)
    assert answer.status_code == 400, answer.text
    assert answer.json()["parameter"] == "bbox"
