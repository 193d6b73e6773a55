"""Surfaces: built once, published whole, superseded by what is newer."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from shapely.geometry import Point, shape
from sqlalchemy import func, select

from app.db import ids
from app.db.models import Surface, SurfaceDataset
from app.errors import InvalidRequest, NotFound, StorageFull, Unprocessable
from app.services import surfaces
from app.services.datasets import DatasetTerms
from app.services.jobs import JobCancelled
from app.services.runtime import Runtime
from app.services.surfaces import building
from app.services.surfaces.planes import suggested_cell_size
from app.settings import LimitSettings
from spatial.arrays import array_sha256
from spatial.coordinates import Bounds, transform_places
from spatial.raster import read_raster
from tests.app.scene import (
    BUDGET,
    WEIGHTED,
    ZINC,
    Showcase,
    build,
    ensure,
    quiet,
    secret_rows,
    soil_csv,
    take_in,
    threads,
)

OPTIONS: dict[str, Any] = {"epsg": 4326, "unit": "mg/kg"}
# A grid of 36 places, 7 km by 11 km, far from everything.
PLAIN = surfaces.SurfaceOrder(contaminant="zinc", datasets=("d",), epsg=32631, cell_size=1000.0)


def test_what_costs_too_much_is_refused_before_any_work(plain: Runtime) -> None:
    hasty = surfaces.Budget(LimitSettings(surface_max_seconds=6.0))
    order = replace(PLAIN, cell_size=2.0)

    def no_engine() -> NoReturn:
        pytest.fail("work was begun")

    with pytest.raises(
        Unprocessable, match=r"at most 6 s are allowed\. Choose cells of"
    ) as refusal:
        surfaces.build(plain.database, plain.store, order, no_engine, quiet, budget=hasty)
    better = replace(order, cell_size=refusal.value.details["suggested_cell_size"])
    assert surfaces.estimate(plain.database, better, hasty)["is_allowed"]
    answer = surfaces.estimate(plain.database, order, hasty)
    assert not answer["is_allowed"]
    assert answer["refusal"] == refusal.value.message
    assert answer["cells"] > 7_000 * 11_000 / 4


def _surface(opened: Runtime, public_id: str) -> Surface:
    with opened.database.reading() as session:
        uid = ids.parse("surface", public_id)
        return session.scalars(select(Surface).where(Surface.uid == uid)).one()


def _files(opened: Runtime) -> set[str]:
    return {path.name for path in opened.store.surfaces.iterdir()}


@pytest.fixture
def plain(runtime: Runtime) -> Runtime:
    take_in(runtime, soil_csv(secret_rows()), dataset="d", visibility="public", **OPTIONS)
    return runtime


def test_record_card_and_file_belong_together(meuse: Runtime) -> None:
    built = build(meuse, ZINC)
    assert not built["is_new"]  # built with the template
    surface = _surface(meuse, built["surface"])
    raster = read_raster(meuse.store.surface_path(surface.uid))
    assert array_sha256(raster.bands) == surface.array_sha256 == surface.card["array_sha256"]
    assert list(raster.bands) == surface.bands == ["median", "mean", "location", "sigma"]
    grid = raster.grid
    assert (grid.west, grid.north, grid.cell_size) == (surface.west, surface.north, 80.0)
    assert (grid.columns, grid.rows, grid.epsg) == (surface.columns, surface.rows, 28992)
    # The origin is a multiple of the cell size.
    assert grid.west % 80.0 == 0.0
    assert grid.north % 80.0 == 0.0
    # ln transform: the median is exp of the location.
    np.testing.assert_allclose(raster.bands["median"], np.exp(raster.bands["location"]), rtol=1e-5)
    low, high = np.nanquantile(raster.bands["median"], [0.02, 0.98])
    assert (surface.value_low, surface.value_high) == (pytest.approx(low), pytest.approx(high))


def test_card_says_what_is_needed_to_judge_and_rebuild(meuse: Runtime) -> None:
    card = _surface(meuse, build(meuse, ZINC)["surface"]).card
    assert card["family"] == "gaussian"
    assert card["unit"] == "mg/kg"
    assert card["order"] == ZINC.to_json()
    assert card["selection"]["used"] == card["selection"]["found"] == 155
    assert card["extractions"] == {"not stated": 155}
    assert card["plane"] == {"epsg": 28992, "reason": "The order names this coordinate system."}
    assert card["transform"]["name"] == "ln"
    assert len(card["inputs"]["sha256"]) == 64
    for part in ("cross_validation", "variogram", "versions", "built", "warnings"):
        assert card[part] is not None


def test_cells_outside_the_outline_are_missing(meuse: Runtime) -> None:
    surface = _surface(meuse, build(meuse, ZINC)["surface"])
    raster = read_raster(meuse.store.surface_path(surface.uid))
    assert ZINC.outline is not None
    outline = shape(ZINC.outline)
    rows, columns = np.nonzero(np.isfinite(raster.bands["median"]))
    assert len(rows) > 300
    longitudes, latitudes = transform_places(
        surface.west + (columns + 0.5) * 80.0, surface.north - (rows + 0.5) * 80.0, 28992, 4326
    )
    # Edges run straight on the plane, so a cell's centre may miss the outline by a hair.
    outside = [outline.distance(Point(x, y)) for x, y in zip(longitudes, latitudes, strict=True)]
    assert max(outside) < 1e-5
    assert np.isnan(raster.bands["median"]).any()


def test_same_order_again_is_the_same_surface_and_no_new_file(meuse: Runtime) -> None:
    before = _files(meuse)
    first, second = build(meuse, ZINC), build(meuse, replace(ZINC, contaminant="Zinc"))
    assert first == second == {"surface": first["surface"], "is_new": False}
    assert _files(meuse) == before


def test_new_result_makes_a_new_surface_that_supersedes(plain: Runtime) -> None:
    old = build(plain, PLAIN)
    assert old["is_new"]
    more = soil_csv([("N", 3.035, 45.035, 500)])
    take_in(plain, more, dataset="d", **OPTIONS)
    new = build(plain, PLAIN)
    assert new["is_new"]
    assert new["surface"] != old["surface"]
    assert _surface(plain, new["surface"]).supersedes_id == _surface(plain, old["surface"]).id
    with plain.database.reading() as session:
        latest = surfaces.list_surfaces(session, contaminant="zn")
        both = surfaces.list_surfaces(session, contaminant="zn", latest=False)
    assert [ids.show("surface", s.uid) for s in latest] == [new["surface"]]
    assert [ids.show("surface", s.uid) for s in both] == [new["surface"], old["surface"]]
    assert len(_files(plain)) == 2


def test_a_hidden_surface_is_not_told_by_the_one_that_follows_it(plain: Runtime) -> None:
    more = soil_csv([("N", 3.035, 45.035, 500)])
    take_in(plain, more, dataset="e", visibility="public", **OPTIONS)
    order = replace(PLAIN, datasets=())
    old = build(plain, order)
    with plain.database.writing() as session:
        ensure(session, "e", DatasetTerms(visibility="private"))
    new = build(plain, order)
    assert new["is_new"]
    surface = _surface(plain, new["surface"])
    assert surface.supersedes_id == _surface(plain, old["surface"]).id
    with plain.database.reading() as session:
        assert surfaces.show_surface(session, surface)["supersedes"] is None
    with plain.database.writing() as session:
        ensure(session, "e", DatasetTerms(visibility="public"))
    with plain.database.reading() as session:
        assert surfaces.show_surface(session, surface)["supersedes"] == old["surface"]


def test_results_below_their_limit_are_drawn_unless_told_otherwise(runtime: Runtime) -> None:
    rows = [
        (*row[:3], "<80" if number % 4 == 0 else row[3]) for number, row in enumerate(secret_rows())
    ]
    take_in(runtime, soil_csv(rows), dataset="d", visibility="public", **OPTIONS)
    drawn = _surface(runtime, build(runtime, PLAIN)["surface"])
    half = _surface(runtime, build(runtime, replace(PLAIN, censoring="substitution"))["surface"])
    assert drawn.array_sha256 != half.array_sha256
    assert drawn.card["selection"]["below_limit"] == 9
    for surface, treatment in ((drawn, "augmentation"), (half, "substitution")):
        told = surface.card["censoring"]
        assert (told["treatment"], told["samples"], told["of_samples"]) == (treatment, 9, 36)
        assert told["lowest_limit"] == told["highest_limit"] == 80.0
        assert (
            "9 of 36 samples (25%) lie below their detection limits" in surface.card["warnings"][0]
        )
    with pytest.raises(InvalidRequest, match="censoring is one of augmentation, substitution"):
        build(runtime, replace(PLAIN, censoring="drop"))  # type: ignore[arg-type]


def test_the_samples_may_choose(plain: Runtime) -> None:
    surface = _surface(plain, build(plain, replace(PLAIN, method="auto"))["surface"])
    best = surface.card["auto"]["trials"][0]
    assert surface.method == surface.card["method"] == best["method"]
    assert surface.card["order"]["method"] == "auto"


def test_rebuilt_surface_has_the_same_numbers(plain: Runtime, tmp_path: Path) -> None:
    first = _surface(plain, build(plain, PLAIN)["surface"])
    other = replace(PLAIN, sampled_from=None, neighbours=36)
    again = _surface(plain, build(plain, replace(other, neighbours=64))["surface"])
    third = _surface(plain, build(plain, other)["surface"])
    # All 36 samples are neighbours either way: another order, the same bits.
    assert again.array_sha256 == third.array_sha256
    assert first.request_sha256 != again.request_sha256


def test_every_surface_lists_its_data_sets(plain: Runtime) -> None:
    take_in(plain, soil_csv([("N", 3.03, 45.031, 9)]), dataset="e", visibility="public", **OPTIONS)
    built = build(plain, replace(PLAIN, datasets=()))
    surface = _surface(plain, built["surface"])
    with plain.database.reading() as session:
        count = select(func.count()).where(SurfaceDataset.surface_id == surface.id)
        assert session.scalar(count) == 2
        assert len(surfaces.show_surface(session, surface)["datasets"]) == 2


@pytest.mark.parametrize("step", ["_record", "_publish"])
def test_failing_publication_removes_the_file(
    plain: Runtime, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(building, step, broken)
    with pytest.raises(RuntimeError, match="broken"):
        build(plain, PLAIN)
    assert _files(plain) == set()


def test_full_disk_is_a_sentence_and_leaves_nothing(
    plain: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StorageFull, match=r"No space left on device.*not stored; free some space"):
        build(plain, PLAIN)
    assert _files(plain) == set()


def test_somebody_else_built_it_meanwhile(plain: Runtime) -> None:
    inner: list[dict[str, Any]] = []

    def race(_fraction: float) -> None:
        if not inner:
            inner.append({})
            inner[0] = build(plain, PLAIN)

    outer = surfaces.build(plain.database, plain.store, PLAIN, threads, race, budget=BUDGET)
    assert inner[0]["is_new"]
    assert outer == {"surface": inner[0]["surface"], "is_new": False}
    assert len(_files(plain)) == 1


def test_cancelled_build_leaves_nothing(plain: Runtime) -> None:
    def cancel(_fraction: float) -> None:
        raise JobCancelled

    with pytest.raises(JobCancelled):
        surfaces.build(plain.database, plain.store, PLAIN, threads, cancel, budget=BUDGET)
    assert _files(plain) == set()
    assert build(plain, PLAIN)["is_new"]


def test_inverse_distance_has_no_distribution(meuse: Runtime) -> None:
    surface = _surface(meuse, build(meuse, WEIGHTED)["surface"])
    assert (surface.family, surface.bands) == ("none", ["value"])
    # The plane is the samples' own where the order names none.
    assert surface.epsg == 28992
    assert surface.card["plane"]["reason"] == "All samples were reported in this system."


BOW_TIE = {"type": "Polygon", "coordinates": [[[3, 45], [4, 46], [4, 45], [3, 46], [3, 45]]]}
SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, 1], [0, 0]]]}


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"contaminant": "kryptonite"}, NotFound, "No contaminant is called 'kryptonite'"),
        ({"datasets": ("secret", "nothing")}, NotFound, "There is no data set 'nothing'"),
        ({"contaminant": "pb"}, Unprocessable, "No result of Lead fits"),
        ({"method": "magic"}, InvalidRequest, "magic"),
        ({"transform": "magic"}, InvalidRequest, "magic"),
        ({"cell_size": 0.1}, Unprocessable, "cells"),
        ({"cell_size": 0.0}, InvalidRequest, "0.1 m or more"),
        ({"cell_size": -1.0}, InvalidRequest, "0.1 m or more"),
        ({"cell_size": float("inf")}, InvalidRequest, "0.1 m or more"),
        ({"cell_size": 1e9}, InvalidRequest, "larger than the whole extent"),
        ({"epsg": 32760}, InvalidRequest, "far from the samples"),
        ({"epsg": 4326}, InvalidRequest, "EPSG:4326 is not a projected system in metres"),
        ({"epsg": 2263}, InvalidRequest, "EPSG:2263 is not a projected system in metres"),
        ({"epsg": 1024}, InvalidRequest, "EPSG:1024 is not known"),
        ({"outline": {"type": "Nothing"}}, InvalidRequest, "not a GeoJSON geometry"),
        ({"outline": {"type": "Polygon"}}, InvalidRequest, "outline"),
        ({"outline": {"type": "Polygon", "coordinates": 7}}, InvalidRequest, "outline"),
        ({"outline": {"type": "Point", "coordinates": [3, 45]}}, InvalidRequest, "a polygon"),
        ({"outline": {"type": "Polygon", "coordinates": []}}, InvalidRequest, "a polygon"),
        ({"outline": BOW_TIE}, InvalidRequest, "Self-intersection"),
        (
            {
                "outline": {
                    "type": "Polygon",
                    "coordinates": [[[0, 0], [0, 333611], [181072, 333611], [0, 0]]],
                }
            },
            InvalidRequest,
            "longitude and latitude",
        ),
        ({"outline": SQUARE}, Unprocessable, "outline"),
        ({"depth_rule": "nearby"}, InvalidRequest, "contained, overlap"),
        ({"depth_upper_cm": 0.0}, InvalidRequest, "both ends"),
        ({"sampled_from": "yesterday"}, InvalidRequest, "a date such as"),
        ({"sampled_to": "1990-13-01"}, InvalidRequest, "a date such as"),
        (
            {"depth_upper_cm": 20.0, "depth_lower_cm": 10.0},
            InvalidRequest,
            "depth_upper_cm must not be below",
        ),
        ({"sampled_from": "1991-01-01", "sampled_to": "1990-01-01"}, InvalidRequest, "sampled_to"),
    ],
)
def test_what_cannot_be_built_is_a_sentence(
    showcase: Showcase, changes: dict[str, Any], kind: type[Exception], words: str
) -> None:
    opened = showcase.runtime
    before = _files(opened)
    with pytest.raises(kind, match=words):
        build(opened, replace(PLAIN, **({"datasets": ("secret",)} | changes)))
    assert _files(opened) == before


@pytest.mark.parametrize("transform", ["none", "box_cox", "normal_score"])
def test_every_transform_gives_a_distribution(meuse: Runtime, transform: str) -> None:
    public_id = build(meuse, replace(ZINC, transform=transform, cell_size=160.0))["surface"]
    surface = _surface(meuse, public_id)
    told = surfaces.value_at(meuse.store, surface, 5.7279, 50.9615, 300.0)
    quantiles = list(told["quantiles"].values())
    assert quantiles == sorted(quantiles)
    assert told["quantiles"]["p50"] == pytest.approx(told["median"], rel=1e-5)
    assert 0.0 < told["probability"] < 1.0


def test_too_few_places_are_refused(runtime: Runtime) -> None:
    take_in(runtime, soil_csv(secret_rows(9)), dataset="d", visibility="public", **OPTIONS)
    with pytest.raises(Unprocessable, match="at least 10 separate places; there are 9"):
        build(runtime, PLAIN)


def test_plane_is_chosen_where_samples_have_degrees(plain: Runtime) -> None:
    built = build(plain, replace(PLAIN, epsg=None, cell_size=None))
    surface = _surface(plain, built["surface"])
    assert surface.epsg == 32631
    assert "UTM zone 31N" in surface.card["plane"]["reason"]
    # 36 places over about 3.9 km by 5.6 km: a quarter of 780 m is 195 m, so 100 m.
    assert surface.cell_size == 100.0


@pytest.mark.parametrize(
    ("width", "count", "expected"),
    [(4000.0, 100, 100.0), (800.0, 100, 20.0), (2000.0, 100, 50.0), (1999.0, 100, 20.0)],
)
def test_suggested_cell_size_is_a_round_quarter_of_the_spacing(
    width: float, count: int, expected: float
) -> None:
    assert suggested_cell_size(Bounds(0.0, 0.0, width, width), count) == expected


def test_progress_grows_to_the_end(plain: Runtime) -> None:
    told: list[float] = []
    report: Callable[[float], None] = told.append
    surfaces.build(plain.database, plain.store, PLAIN, threads, report, budget=BUDGET)
    assert told == sorted(told)
    assert told[-1] == 1.0
    quiet(1.0)
