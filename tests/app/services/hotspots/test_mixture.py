"""Coexistence: order, evidence of several surfaces, layer, polygons, and every refusal."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import multivariate_normal, norm, rankdata
from shapely import contains_xy, from_wkb
from sqlalchemy import func, select

from app.db import ids
from app.db.models import Hotspot, HotspotLayer, HotspotLayerPart, Surface
from app.errors import Conflict, HotspotsError, InvalidRequest, Unprocessable
from app.services import hotspots
from app.services.datasets import DatasetTerms
from app.services.guidelines.rows import Place
from app.services.hotspots import finding
from app.services.hotspots.component import Component
from app.services.runtime import Runtime
from spatial.raster import read_raster
from tests.app.conftest import ClusterUrls, FileStore, _copied_meuse
from tests.app.scene import (
    ZINC,
    ZINC_GUIDELINE,
    build,
    ensure,
    find,
    meuse_csv,
    quiet,
    soil_csv,
    take_in,
    threads,
)

LEAD = replace(ZINC, contaminant="pb")
T = {"zn": 300.0, "pb": 100.0}
BOTH = hotspots.HotspotOrder(
    definition="coexistence",
    contaminants=tuple(Component(code, threshold=value) for code, value in T.items()),
)


@pytest.fixture(scope="module")
def mixed(
    cluster: ClusterUrls, meuse_template: FileStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runtime]:
    """The Meuse with a surface of lead on the cells of zinc's; tests add layers and no more."""
    folder = tmp_path_factory.mktemp("mixed")
    with _copied_meuse(cluster, "mixed", meuse_template, folder) as opened:
        build(opened, LEAD)
        yield opened


def layer_of(opened: Runtime, public_id: str) -> HotspotLayer:
    with opened.database.reading() as session:
        uid = ids.parse("hotspot_layer", public_id)
        return session.scalars(select(HotspotLayer).where(HotspotLayer.uid == uid)).one()


def polygons_of(opened: Runtime, layer: HotspotLayer) -> list[tuple[Hotspot, Any]]:
    with opened.database.reading() as session:
        rows = session.execute(
            select(Hotspot, func.ST_AsBinary(func.ST_Transform(Hotspot.geom, layer.epsg)))
            .where(Hotspot.layer_id == layer.id)
            .order_by(Hotspot.id)
        ).all()
        return [(row[0], from_wkb(bytes(row[1]))) for row in rows]


def _chances(opened: Runtime) -> tuple[Any, Any, Any]:
    """P of each contaminant and its median, from the rasters by other means."""
    with opened.database.reading() as session:
        rows = session.execute(
            select(Surface.contaminant, Surface.uid).where(Surface.method == "ordinary_kriging")
        ).all()
    p, ratio = {}, {}
    for code, uid in rows:
        raster = read_raster(opened.store.surface_path(uid))
        location = raster.bands["location"].astype(np.float64)
        p[code] = norm.sf(np.log(T[code]), location, raster.bands["sigma"].astype(np.float64))
        ratio[code] = raster.bands["median"].astype(np.float64) / T[code]
    return p, ratio, raster.grid


def _results() -> dict[str, Any]:
    rows = list(csv.DictReader(io.StringIO(meuse_csv())))
    columns = {"zn": "zinc", "pb": "lead", "x": "x", "y": "y"}
    return {name: np.array([float(row[key]) for row in rows]) for name, key in columns.items()}


def test_polygons_tell_what_the_rasters_and_the_samples_say(mixed: Runtime) -> None:
    made = find(mixed, BOTH)
    assert made["is_new"]
    layer = layer_of(mixed, made["layer"])
    assert (layer.contaminant, layer.threshold, layer.guideline_id) == (None, None, None)
    assert (layer.unit, layer.surface_id, layer.epsg) == ("ratio", None, 28992)
    told = layer.card["how"]["correlation"]
    soil = _results()
    scores = [ndtri((rankdata(soil[code]) - 0.375) / (len(soil[code]) + 0.25)) for code in T]
    r = np.corrcoef(scores)[0, 1]
    assert told["matrix"][0][1] == pytest.approx(r, abs=1e-4)
    assert (told["places"], told["independence_mixed_in"]) == (len(soil["x"]), 0.0)
    p, ratio, grid = _chances(mixed)
    z = np.column_stack([ndtri(p[code].ravel()) for code in T])
    seen = np.isfinite(z).all(axis=1)
    both = np.full(len(z), np.nan)
    both[seen] = multivariate_normal([0, 0], [[1, r], [r, 1]]).cdf(z[seen])
    both = both.reshape(grid.shape)
    centres = grid.cell_centres()
    found = polygons_of(mixed, layer)
    assert {entry.confidence for entry, _ in found} >= {"likely", "possible"}
    least = {"likely": 0.8, "possible": 0.5, "cannot_be_ruled_out": 0.2}
    for entry, polygon in found:
        cells = contains_xy(polygon, centres[:, 0], centres[:, 1]).reshape(grid.shape)
        assert entry.cell_count == cells.sum()
        # The copula is good to 0.006 in a cell.
        assert entry.quantity_mean == pytest.approx(both[cells].mean(), abs=0.006)
        assert entry.reason_code.startswith(
            "data_cannot" if entry.confidence == "undecidable" else "coexistence_"
        )
        mixture = entry.mixture
        assert mixture is not None
        combinations = {tuple(c["contaminants"]): c["probability"] for c in mixture["combinations"]}
        assert combinations["zn", "pb"] == pytest.approx(both[cells].mean(), abs=0.006)
        alone = (p["zn"] - both)[cells].mean()
        assert combinations.get(("zn",), 0.0) == pytest.approx(alone, abs=0.006)
        assert sum(combinations.values()) == pytest.approx(1.0, abs=1e-4)
        means = {code: p[code][cells].mean() for code in T}
        assert mixture["expected_number"] == pytest.approx(sum(means.values()))
        ratios = {code: ratio[code][cells].mean() for code in T}
        assert mixture["sum_of_ratios"] == pytest.approx(sum(ratios.values()), rel=1e-6)
        assert mixture["dominant"] == max(ratios, key=lambda code: ratios[code])
        assert entry.contaminants == ["zn", "pb"]
        if entry.confidence in least:
            assert both[cells].min() >= least[entry.confidence] - 0.006
            # Two of two: neither can be left out.
            assert mixture["drivers"] == ["zn", "pb"]
        else:
            assert mixture["drivers"] is None
        columns = ((soil["x"] - grid.west) // 80).astype(int)
        inside = cells[((grid.north - soil["y"]) // 80).astype(int), columns]
        assert entry.sample_count == entry.place_count == inside.sum()
        worst = np.maximum(soil["zn"] / T["zn"], soil["pb"] / T["pb"])[inside]
        assert entry.max_value == (worst.max() if len(worst) else None)
        for one in mixture["contaminants"]:
            values = soil[one["contaminant"]][inside]
            assert one["result_count"] == len(values)
            assert one["max_value"] == (values.max() if len(values) else None)
            assert one["p_mean"] == pytest.approx(means[one["contaminant"]])
            assert (one["max_sample"] is None) == (len(values) == 0)
    biggest = max((entry for entry, _ in found), key=lambda entry: entry.cell_count)
    assert "Zinc and Lead: In every cell" in biggest.reason
    assert "(Zinc 300 mg/kg, Lead 100 mg/kg)" in biggest.reason
    assert "Without Zinc or Lead it would vanish." in biggest.reason


def test_the_same_request_is_the_same_layer_and_lists_with_each_contaminant(mixed: Runtime) -> None:
    made = find(mixed, BOTH)
    same = replace(
        BOTH,
        contaminants=(Component("Zinc", threshold=300.0), Component("Pb", threshold=100.0)),
        parameters={"at_least": "2"},
    )
    assert find(mixed, same) == {"layer": made["layer"], "is_new": False}
    other = find(mixed, replace(BOTH, parameters={"at_least": 1}))
    assert other["is_new"]
    stated = find(mixed, replace(BOTH, parameters={"correlation": 0.2}))
    assert stated["is_new"]
    with mixed.database.reading() as session:
        for code in T:
            listed = hotspots.list_layers(session, contaminant=code)
            assert made["layer"] in {layer["id"] for layer in listed}
        assert not hotspots.list_layers(session, contaminant="cd")
        shown = hotspots.show_layer(session, made["layer"])
    assert (shown["contaminant"], shown["contaminants"]) == (None, ["zn", "pb"])
    assert [one["threshold"] for one in shown["components"]] == [300.0, 100.0]
    assert all(one["surface"].startswith("sf_") for one in shown["components"])
    assert shown["card"]["components"][1]["skill"]["count"] == len(_results()["x"])


def test_layers_of_one_and_of_two_that_must_exceed_can_be_compared(mixed: Runtime) -> None:
    two, one = (find(mixed, replace(BOTH, parameters={"at_least": k})) for k in (2, 1))
    with mixed.database.reading() as session:
        told = hotspots.compare(session, two["layer"], one["layer"], ["likely"])
    # Where two exceed one does: nothing is lost.
    assert told["from"]["contaminants"] == ["zn", "pb"]
    assert sum(one["lost_m2"] for one in told["changes"].values()) == pytest.approx(0.0, abs=1.0)
    assert sum(one["gained_m2"] for one in told["changes"].values()) > 0.0


def test_a_framework_chooses_the_value_of_each_that_names_none(mixed: Runtime) -> None:
    order = replace(
        BOTH,
        contaminants=(Component("zn"), Component("pb", threshold=80.0)),
        place=Place(land_use="agricultural"),
        extraction_note="not stated; taken as comparable for this test",
        accept_unverified=True,
    )
    over = hotspots.Variations(frameworks=["CA_CCME_CSQG"])
    with mixed.database.reading() as session:
        [one] = hotspots.expand(session, order, over)
    with pytest.raises(Unprocessable, match=r"^Zinc: No value applies"):
        find(mixed, replace(one, accept_unverified=False))
    layer = layer_of(mixed, find(mixed, one)["layer"])
    zinc, lead = layer.card["components"]
    assert zinc["guideline"]["framework"] == "CA_CCME_CSQG"
    assert zinc["guideline"]["citation"]
    assert lead["guideline"] is None
    with mixed.database.reading() as session:
        parts = session.scalars(
            select(HotspotLayerPart)
            .where(HotspotLayerPart.layer_id == layer.id)
            .order_by(HotspotLayerPart.position)
        ).all()
    assert parts[0].guideline_id == zinc["guideline"]["id"]
    assert [part.threshold for part in parts] == [zinc["threshold"]["value"], 80.0]


def test_a_batch_has_one_layer_of_all_contaminants_for_every_framework(mixed: Runtime) -> None:
    order = replace(BOTH, contaminants=(), place=Place(land_use="agricultural"))
    over = hotspots.Variations(["Zinc", "pb"], frameworks=["CA_CCME_CSQG", "CN_GB15618_2018"])
    with mixed.database.reading() as session:
        found = hotspots.expand(session, order, over)
    assert [[part.contaminant for part in one.parts()] for one in found] == [["zn", "pb"]] * 2
    chosen = [{part.place.framework for part in one.parts() if part.place} for one in found]
    assert chosen == [{"CA_CCME_CSQG"}, {"CN_GB15618_2018"}]
    told = hotspots.find_all(
        mixed.database, mixed.store, found[:1], threads, quiet, most_cells=1_000_000
    )
    assert told["layers"][0]["contaminants"] == ["zn", "pb"]
    assert "Zinc: No value applies" in told["layers"][0]["error"]


def test_a_surface_of_one_that_is_rebuilt_under_the_job_is_a_conflict(
    meuse: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(meuse, LEAD)
    compute = finding._compute

    def meanwhile(*given: Any) -> Any:
        found = compute(*given)
        more = soil_csv([(181072, 333700, 900)], "x,y,lead")
        take_in(meuse, more, dataset="meuse", epsg=28992, unit="mg/kg")
        build(meuse, LEAD)
        return found

    monkeypatch.setattr(finding, "_compute", meanwhile)
    with pytest.raises(Conflict, match=r"Results were added|surface was built again"):
        find(meuse, BOTH)


def test_guideline_values_name_their_contaminants(mixed: Runtime) -> None:
    order = replace(BOTH, contaminants=(Component("pb", threshold=80.0),))
    with mixed.database.reading() as session:
        [one] = hotspots.expand(session, order, hotspots.Variations(guidelines=[ZINC_GUIDELINE]))
        assert one.contaminants == (
            Component("pb", threshold=80.0), Component("zn", guideline=ZINC_GUIDELINE)
        )  # fmt: skip
    with (
        mixed.database.reading() as session,
        pytest.raises(InvalidRequest, match="Two values are stated for zn"),
    ):
        hotspots.expand(session, BOTH, hotspots.Variations(guidelines=[ZINC_GUIDELINE]))


def _part(code: str, **said: Any) -> Component:
    return Component(code, **said)


@pytest.mark.parametrize(
    ("contaminants", "more", "error", "words"),
    [
        ((), {}, InvalidRequest, "looks at 2 to 6 contaminants; got 0"),
        ((_part("zn", threshold=1.0),), {}, InvalidRequest, "got 1. Name each in contaminants"),
        (
            (_part("zn", threshold=1.0), _part("Zinc", threshold=2.0)),
            {},
            InvalidRequest,
            "zn is named twice",
        ),
        (
            (_part("zn", threshold=1.0), _part("pb")),
            {},
            InvalidRequest,
            "no threshold for pb: state its threshold or guideline, or a place",
        ),
        (
            (_part("zn", threshold=0.0), _part("pb", threshold=1.0)),
            {},
            InvalidRequest,
            "threshold must be above 0",
        ),
        (
            (_part("zn", threshold=1.0), _part("pb", threshold=1.0)),
            {"threshold": 5.0},
            InvalidRequest,
            "belong to each contaminant",
        ),
        (
            (_part("zn", threshold=1.0), _part("pb", threshold=1.0)),
            {"parameters": {"at_least": 3}},
            InvalidRequest,
            "at_least lies between 1 and the number of contaminants, 2",
        ),
        (
            (_part("zn", threshold=1.0), _part("cd", threshold=1.0)),
            {},
            HotspotsError,
            "no surface of Cadmium .* Build one first",
        ),
    ],
)  # fmt: skip
def test_orders_that_cannot_be_meant_name_the_remedy(
    mixed: Runtime,
    contaminants: tuple[Component, ...],
    more: dict[str, Any],
    error: type[HotspotsError],
    words: str,
) -> None:
    with pytest.raises(error, match=words):
        find(mixed, replace(BOTH, contaminants=contaminants, **more))


def test_several_contaminants_are_refused_by_a_definition_of_one(mixed: Runtime) -> None:
    with pytest.raises(InvalidRequest, match=r"looks at one contaminant: .* ask for coexistence"):
        find(mixed, replace(BOTH, definition="exceedance", contaminant="zn", threshold=5.0))


def test_a_surface_without_a_distribution_is_refused(mixed: Runtime) -> None:
    with mixed.database.reading() as session:
        weighted = session.scalars(
            select(Surface.uid).where(Surface.method == "inverse_distance")
        ).one()
    named = Component("zn", surface=ids.show("surface", weighted), threshold=300.0)
    lead = Component("pb", threshold=100.0)
    # On the cells of inverse distance lead has no surface, but that is not what is wrong first.
    with pytest.raises(Unprocessable, match=r"160 m .* build the surface of Lead again"):
        find(mixed, replace(BOTH, contaminants=(named, lead)))
    build(mixed, replace(LEAD, cell_size=160.0))
    with pytest.raises(Unprocessable, match="Build one with method ordinary_kriging"):
        find(mixed, replace(BOTH, contaminants=(named, lead)))


def test_places_that_no_two_contaminants_share_ask_for_a_correlation(meuse: Runtime) -> None:
    """Cadmium, measured a few metres beside every place of zinc: surfaces meet, places do not."""
    rows = csv.DictReader(io.StringIO(meuse_csv()))
    beside = [(float(row["x"]) + 3, float(row["y"]), row["cadmium"]) for row in rows]
    take_in(
        meuse, soil_csv(beside, "x,y,cadmium"), dataset="beside", visibility="public", epsg=28992,
        unit="mg/kg",
    )  # fmt: skip
    build(meuse, replace(ZINC, contaminant="cd", datasets=("beside",)))
    order = replace(
        BOTH, contaminants=(Component("zn", threshold=300.0), Component("cd", threshold=3.0))
    )
    with pytest.raises(Unprocessable, match=r"Only 0 places .* or state the correlation"):
        find(meuse, order)
    made = find(meuse, replace(order, parameters={"correlation": 0.7}))
    assert made["count"] > 0
    # A layer is as private as the most private of its data sets.
    with meuse.database.writing() as session:
        ensure(session, "beside", DatasetTerms(visibility="private"))
    with meuse.database.reading() as session:
        assert made["layer"] not in {layer["id"] for layer in hotspots.list_layers(session)}


def test_orders_go_through_a_job_unchanged() -> None:
    order = replace(
        BOTH,
        contaminants=(
            Component("zn", place=Place(framework="CA_CCME", land_use="residential")),
            Component("pb", threshold=80.0, extraction_note="as stated"),
        ),
        place=Place(country="NL"),
    )
    assert hotspots.HotspotOrder.from_json(order.to_json()) == order
    with pytest.raises(InvalidRequest, match="list of names, or of objects"):
        hotspots.HotspotOrder.from_json({"contaminants": [5]})
