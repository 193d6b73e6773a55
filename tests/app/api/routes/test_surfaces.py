"""Surfaces over HTTP: list, card, value, tiles, legend, orders."""

import pytest
from fastapi.testclient import TestClient

from tests.app.scene import Showcase, decode_png


def test_list_and_card(visitor: TestClient, showcase: Showcase) -> None:
    listed = visitor.get("/api/surfaces").json()["surfaces"]
    assert {entry["id"] for entry in listed} == {showcase.zinc, showcase.weighted}
    by_name = visitor.get("/api/surfaces?contaminant=Zinc").json()["surfaces"]
    assert by_name == listed
    assert visitor.get("/api/surfaces?contaminant=pb").json()["surfaces"] == []
    card = visitor.get(f"/api/surfaces/{showcase.zinc}").json()
    assert card["card"]["cross_validation"]
    del card["card"]
    assert card in listed
    assert visitor.get("/api/surfaces?contaminant=kryptonite").status_code == 404


def test_value(visitor: TestClient, showcase: Showcase) -> None:
    address = f"/api/surfaces/{showcase.zinc}/value"
    inside = visitor.get(f"{address}?lon=5.7585&lat=50.9915&threshold=150").json()
    assert inside["inside"] is True
    assert 0 < inside["probability"] <= 1
    assert inside["quantiles"]["p05"] < inside["median"] < inside["quantiles"]["p95"]
    outside = visitor.get(f"{address}?lon=0&lat=0").json()
    assert outside["inside"] is False
    assert "median" not in outside


@pytest.mark.parametrize(
    "query",
    [
        "",
        "lon=5",
        "lon=nan&lat=50",
        "lon=181&lat=50",
        "lon=5&lat=-91",
        "lon=inf&lat=0",
        "lon=5&lat=50&threshold=0",
        "lon=5&lat=50&threshold=-1",
        "lon=5&lat=50&threshold=nan",
        "lon=5&lat=50&threshold=1e999",
        "lon=5&lat=50&treshold=1",
    ],
)
def test_malformed_value_request_is_400(
    visitor: TestClient, showcase: Showcase, query: str
) -> None:
    assert visitor.get(f"/api/surfaces/{showcase.zinc}/value?{query}").status_code == 400


def _tile(showcase: Showcase, place: str, query: str = "") -> str:
    return f"/api/surfaces/{showcase.zinc}/tiles/WebMercatorQuad/{place}.png{query}"


def test_tile_is_a_png_that_may_be_kept(visitor: TestClient, showcase: Showcase) -> None:
    answer = visitor.get(_tile(showcase, "14/5486/8453", "?layer=probability&threshold=150"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "no-cache"
    alpha = decode_png(answer.content)[..., 3]
    assert alpha.any()
    empty = visitor.get(_tile(showcase, "14/0/0"))
    assert empty.status_code == 200
    assert not decode_png(empty.content)[..., 3].any()


@pytest.mark.parametrize(
    ("place", "query", "status"),
    [
        ("99/0/0", "", 404),
        ("3/8/0", "", 404),
        ("-1/0/0", "", 404),
        ("3/-1/0", "", 404),
        ("x/0/0", "", 400),
        ("1" * 5000 + "/0/0", "", 400),
        ("14/5486/8453", "?layer=probability", 400),
        ("14/5486/8453", "?layer=probability&threshold=0", 400),
        ("14/5486/8453", "?layer=probability&threshold=nan", 400),
        ("14/5486/8453", "?layer=probability&threshold=x", 400),
        ("14/5486/8453", "?layer=mean", 200),
        ("14/5486/8453", "?layer=average", 400),
        ("14/5486/8453", "?layer=quantile&q=0.9", 200),
        ("14/5486/8453", "?layer=quantile", 400),
        ("14/5486/8453", "?layer=quantile&q=1", 400),
        ("14/5486/8453", "?layer=quantile&q=nan", 400),
        ("14/5486/8453", "?layer=median&q=0.5", 400),
        ("14/5486/8453", "?layer=sigma", 200),
        ("14/5486/8453", "?layer=class&threshold=150", 200),
        ("14/5486/8453", "?layer=class", 400),
        ("14/5486/8453", "?layer=class&threshold=150&breaks=0,1", 400),
        ("14/5486/8453", "?breaks=50,100,500", 200),
        ("14/5486/8453", "?breaks=100,50", 400),
        ("14/5486/8453", "?breaks=1", 400),
        ("14/5486/8453", "?breaks=1,nan", 400),
        ("14/5486/8453", "?breaks=1_0,20", 400),
        ("14/5486/8453", "?layer=probability&guideline=DE_BBODSCHV_2021-0816", 200),
        ("14/5486/8453", "?layer=probability&guideline=nothing", 404),
        ("14/5486/8453", "?layer=probability&guideline=DE_BBODSCHV_2021-0816&threshold=1", 400),
        ("14/5486/8453", "?colormap=x", 400),
        ("14/5486/8453", "?layer=probability&threshold=1e308", 200),
        ("14/5486/8453", "?layer=probability&threshold=1e-300", 200),
    ],
)
def test_tile_statuses(
    visitor: TestClient, showcase: Showcase, place: str, query: str, status: int
) -> None:
    assert visitor.get(_tile(showcase, place, query)).status_code == status


def test_probability_of_a_weighted_surface_is_422(visitor: TestClient, showcase: Showcase) -> None:
    own = f"/api/surfaces/{showcase.weighted}"
    for path in (
        f"{own}/tiles/WebMercatorQuad/14/5486/8453.png?layer=probability&threshold=150",
        f"{own}/legend?layer=probability",
        f"{own}/value?lon=5.75&lat=50.98&threshold=150",
    ):
        answer = visitor.get(path)
        assert answer.status_code == 422
        assert "ordinary_kriging" in answer.json()["detail"]


def test_legend(visitor: TestClient, showcase: Showcase) -> None:
    shown = visitor.get(f"/api/surfaces/{showcase.zinc}/legend?layer=probability").json()
    assert [stop["value"] for stop in shown["stops"]] == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert all(len(stop["color"]) == 7 for stop in shown["stops"])
    assert visitor.get(f"/api/surfaces/{showcase.zinc}/legend?layer=x").status_code == 400


def test_order_is_queued_and_its_job_can_be_watched(operator: TestClient) -> None:
    answer = operator.post("/api/surfaces", json={"contaminant": "zn", "cell_size": 40})
    assert answer.status_code == 202
    job = answer.json()["job"]
    assert (job["kind"], job["status"], job["progress"]) == ("surface", "queued", 0)
    assert operator.get(f"/api/jobs/{job['id']}").json() == job


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"contaminant": "kryptonite"}, 404),
        ({"contaminant": "zn", "depth_upper_cm": 5}, 400),
        ({"contaminant": "zn", "sampled_from": "soon"}, 400),
        ({"contaminant": "zn", "cell_size": 0}, 400),
        ({"contaminant": "zn", "epsg": 1}, 400),
        ({}, 400),
    ],
)
def test_order_that_cannot_be_meant(
    keeper: TestClient, body: dict[str, object], status: int
) -> None:
    assert keeper.post("/api/surfaces", json=body).status_code == status


def test_a_dry_run_estimates_and_queues_nothing(keeper: TestClient, showcase: Showcase) -> None:
    order = {"contaminant": "zn", "datasets": ["meuse"], "cell_size": 20}
    answer = keeper.post("/api/surfaces?dry_run=true", json=order)
    assert answer.status_code == 200
    estimate = answer.json()["estimate"]
    assert estimate["is_allowed"] is True
    assert estimate["cells"] > 10_000
    assert estimate["seconds_from"] < estimate["seconds"] < estimate["seconds_to"]
    fine = keeper.post("/api/surfaces?dry_run=true", json=order | {"cell_size": 0.2}).json()
    assert fine["estimate"]["is_allowed"] is False
    assert fine["estimate"]["suggested_cell_size"] > 0.2
    assert "Choose cells of" in fine["estimate"]["refusal"]
