"""Figures of collections, held against the items they are of."""

from typing import Any

import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient
from pyproj import Geod
from sqlalchemy import Connection, event

from app.services import statistics as service
from app.services.features import Query, get_collection
from app.services.runtime import Runtime
from spatial.coordinates import transform_places
from tests.app import scene
from tests.app.scene import Showcase

OWN = "/api/collections/results/statistics?contaminant=zn"


@pytest.fixture(scope="module")
def zinc(visitor: TestClient) -> list[dict[str, Any]]:
    path = "/api/collections/results/items?contaminant=zn&limit=10000"
    found: list[dict[str, Any]] = visitor.get(path).json()["features"]
    assert len(found) == 155
    return found


def _values(items: list[dict[str, Any]]) -> np.ndarray[Any, Any]:
    return np.array([item["properties"]["value"] for item in items], float)


def test_figures_of_a_number(visitor: TestClient, zinc: list[dict[str, Any]]) -> None:
    told = visitor.get(f"{OWN}&of=value&quantiles=0,0.5,0.9").json()
    values = _values(zinc)
    assert (told["count"], told["known"]) == (155, 155)
    assert told["minimum"] == values.min()
    assert told["maximum"] == values.max()
    assert told["mean"] == pytest.approx(values.mean())
    assert told["standard_deviation"] == pytest.approx(values.std(ddof=1))
    expected = {share: np.quantile(values, float(share)) for share in ("0", "0.5", "0.9")}
    assert told["quantiles"] == pytest.approx(expected)


def test_groups_and_filters(visitor: TestClient) -> None:
    told = visitor.get("/api/collections/results/statistics?by=contaminant,unit&of=value").json()
    items = visitor.get("/api/collections/results/items?limit=10000").json()["features"]
    assert told["count"] == len(items)
    groups = {entry["group"]["contaminant"]: entry for entry in told["groups"]}
    assert set(groups) == {item["properties"]["contaminant"] for item in items}
    lead = [item for item in items if item["properties"]["contaminant"] == "pb"]
    assert groups["pb"]["count"] == len(lead)
    assert groups["pb"]["maximum"] == _values(lead).max()
    alone = visitor.get("/api/collections/results/statistics?contaminant=pb&of=value").json()
    assert alone["quantiles"] == groups["pb"]["quantiles"]
    box = "bbox=5.72,50.96,5.74,50.98"
    inside = visitor.get(f"/api/collections/samples/items?{box}&limit=1000").json()["features"]
    told = visitor.get(f"/api/collections/samples/statistics?{box}").json()
    assert told["count"] == len(inside) > 0


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_histogram(visitor: TestClient, zinc: list[dict[str, Any]], scale: str) -> None:
    told = visitor.get(f"{OWN}&of=value&histogram=12&scale={scale}").json()["histogram"]
    values = _values(zinc)
    space = np.geomspace if scale == "log" else np.linspace
    edges = space(values.min(), values.max(), 13)
    assert [part["from"] for part in told] == pytest.approx(edges[:-1].tolist())
    counts, _ = np.histogram(values, edges)
    assert sum(part["count"] for part in told) == 155
    # A value on an edge may fall to either side.
    assert np.abs(np.array([part["count"] for part in told]) - counts).sum() <= 2


@pytest.mark.parametrize("cells", ["square", "hexagon"])
def test_cells_hold_what_lies_in_them(
    visitor: TestClient, zinc: list[dict[str, Any]], cells: str
) -> None:
    told = visitor.get(f"{OWN}&of=value&cells={cells}&size_m=400").json()["cells"]["features"]
    places = np.array([item["geometry"]["coordinates"] for item in zinc])
    values = _values(zinc)
    assert sum(cell["properties"]["count"] for cell in told) == 155
    geod, areas = Geod(ellps="WGS84"), []
    for cell in told:
        shape = shapely.geometry.shape(cell["geometry"])
        inside = shapely.contains_xy(shape, places[:, 0], places[:, 1])
        assert inside.sum() == cell["properties"]["count"]
        assert values[inside].max() == cell["properties"]["maximum"]
        areas.append(abs(geod.geometry_area_perimeter(shape)[0]))
    expected = 400**2 * (1 if cells == "square" else np.sqrt(3) / 2)
    assert areas == pytest.approx([expected] * len(areas), rel=0.01)


@pytest.mark.parametrize("cells", ["square", "hexagon"])
def test_cells_end_where_the_world_does(operator: TestClient, cells: str) -> None:
    runtime = operator.app.state.runtime  # type: ignore[attr-defined]
    places = [(0, 90), (100, -90), (179.99, 10), (-179.99, 10), (180, -40), (-180, -40), (7, 89.9)]
    rows = [(f"s{i}", *place, 1) for i, place in enumerate(places)]
    scene.take_in(runtime, scene.soil_csv(rows), dataset="d", visibility="public", epsg=4326,
                  unit="mg/kg")  # fmt: skip
    path = f"/api/collections/samples/statistics?cells={cells}&size_m=900000"
    told = operator.get(path).json()["cells"]["features"]
    assert sum(cell["properties"]["count"] for cell in told) == len(places)
    found = 0
    for cell in told:
        shape = shapely.geometry.shape(cell["geometry"])
        west, south, east, north = shape.bounds
        assert -180 <= west < east <= 180
        assert -90 <= south < north <= 90
        assert east - west < 20
        assert shape.is_valid
        assert shape.exterior.is_ccw
        # The projection's own numbers end a ten-millionth of a degree below the pole.
        held = shape.buffer(1e-5).covers(shapely.points(places))
        assert held.sum() == cell["properties"]["count"]
        found += held.sum()
    assert found == len(places)


@pytest.mark.parametrize("cells", ["square", "hexagon"])
@pytest.mark.parametrize("columns", [3.5, 4, 4.5])
@pytest.mark.parametrize(
    "place", [(180, 0), (-180, 0), (180, -40), (10, 90), (10, -90), (180, 90), (-180, -90)]
)
def test_what_lies_at_the_end_of_the_world_is_in_its_last_cell(
    runtime: Runtime, cells: str, columns: float, place: tuple[float, float]
) -> None:
    """A cell behind the last would be a line, or a point."""
    scene.take_in(runtime, scene.soil_csv([("s", *place, 1)]), dataset="d", visibility="public",
                  epsg=4326, unit="mg/kg")  # fmt: skip
    eastings, northings = transform_places([180.0, 0.0], [0.0, 90.0], 4326, 6933)
    for end in (eastings[0], northings[1], northings[1] / 0.75):
        wish = service.Wish(cells=cells, size_m=end / columns)
        with runtime.database.reading() as session:
            collection = get_collection(session, "samples")
            told = service.statistics(session, collection, Query(), wish)
        [cell] = told["cells"]["features"]
        shape = shapely.geometry.shape(cell["geometry"])
        assert shape.is_valid
        assert shape.area > 0
        assert shape.distance(shapely.Point(place)) < 1e-5
        assert cell["properties"]["count"] == 1


def test_a_feature_is_moved_once_for_its_cell(visitor: TestClient, showcase: Showcase) -> None:
    """The planner writes a formula wherever its number is used: that took ten times as long."""
    engine = showcase.runtime.database._read
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, text: str, parameters: Any, *_: Any) -> None:
        asked.append((text, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        visitor.get(f"{OWN}&of=value&cells=hexagon&size_m=900")
    finally:
        event.remove(engine, "before_cursor_execute", note)
    [(text, parameters)] = [entry for entry in asked if "floor" in entry[0] or "round" in entry[0]]
    with engine.connect() as connection:
        told = connection.exec_driver_sql(f"EXPLAIN (VERBOSE) {text}", parameters)
        plan = "\n".join(row[0] for row in told)
    assert 1 <= plan.lower().count("st_transform(") <= 2


def test_hotspots_by_class(visitor: TestClient, showcase: Showcase) -> None:
    own = f"/api/collections/{showcase.layer}"
    told = visitor.get(f"{own}/statistics?by=confidence&of=area_m2").json()
    items = visitor.get(f"{own}/items").json()["features"]
    assert sum(entry["count"] for entry in told["groups"]) == len(items)


def test_nothing_has_figures_too(visitor: TestClient) -> None:
    told = visitor.get(f"{OWN}&bbox=0,0,1,1&of=value&histogram=5&by=unit&cells=square&size_m=99")
    assert told.status_code == 200
    assert told.json()["count"] == 0
    assert (
        told.json()["histogram"] == told.json()["groups"] == told.json()["cells"]["features"] == []
    )


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("of=unit", "of"),
        ("of=nothing", "of"),
        ("by=value", "by"),
        ("by=unit,unit", "by"),
        ("by=unit,basis,fraction,extraction", "by"),
        ("by=unit; DROP TABLE sample", "by"),
        ("histogram=5", "of"),
        ("of=value&histogram=0", None),
        ("of=value&quantiles=2", "quantiles"),
        ("of=value&quantiles=x", "quantiles"),
        ("of=value&quantiles=nan", "quantiles"),
        ("cells=square", "cells"),
        ("size_m=50", "cells"),
        ("cells=square&size_m=nan", None),
        ("cells=triangle&size_m=50", None),
        ("group=unit", "group"),
        ("layer=x", "layer"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    visitor: TestClient, query: str, parameter: str | None
) -> None:
    answer = visitor.get(f"/api/collections/results/statistics?{query}")
    assert answer.status_code == 400, answer.text
    if parameter is not None:
        assert answer.json()["parameter"] == parameter


def test_too_many_groups_and_cells_are_refused(
    visitor: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_GROUPS", 3)
    monkeypatch.setattr(service, "MOST_CELLS", 3)
    for query in ("by=sample_id", "cells=hexagon&size_m=50"):
        answer = visitor.get(f"/api/collections/results/statistics?{query}")
        assert answer.status_code == 400
        assert "more than 3" in answer.json()["detail"]


def test_all_is_read_over_one_connection_and_of_one_moment(
    visitor: TestClient, showcase: Showcase
) -> None:
    """Another connection would not be stopped when the caller goes away, and its user would be."""
    engine = showcase.runtime.database._read
    seen: set[tuple[int, str]] = set()

    def note(connection: Connection, *_: Any) -> None:
        driver = connection.connection.driver_connection
        assert driver is not None
        seen.add((driver.info.backend_pid, connection.get_isolation_level()))

    # Another connection lies first in the pool: given back, the same would not come again.
    with engine.connect(), engine.connect():
        pass
    event.listen(engine, "before_cursor_execute", note)
    try:
        answer = visitor.get(f"{OWN}&of=value&by=unit&histogram=3&cells=square&size_m=900")
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert answer.status_code == 200
    assert [level for _, level in seen] == ["REPEATABLE READ"]
