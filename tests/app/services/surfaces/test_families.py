"""Surfaces of the families thresholds and realisations, from order to hotspots."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.db import ids
from app.db.models import Surface
from app.errors import InvalidRequest, Unprocessable
from app.services import surfaces
from app.services.hotspots import HotspotOrder
from app.services.rendering import LayerWish, legend
from app.services.runtime import Runtime
from app.services.tile_matrices import WEB_MERCATOR_QUAD
from spatial.coordinates import transform_places
from spatial.raster import read_raster
from tests.app.scene import ZINC, build, decode_png, find

COARSE = replace(ZINC, cell_size=160.0)
INDICATOR = replace(COARSE, method="indicator_kriging", thresholds=(300.0, 600.0))
SIMULATION = replace(
    COARSE,
    method="simulation",
    realisations=8,
    thresholds=(300.0,),
    block_size=320.0,
    seed=3,
)


def _built(opened: Runtime, order: surfaces.SurfaceOrder) -> Surface:
    public_id = build(opened, order)["surface"]
    with opened.database.reading() as session:
        return surfaces.get_surface(session, public_id)


def _somewhere(opened: Runtime, surface: Surface) -> tuple[float, float, dict[str, float]]:
    """The middle of a cell with numbers, and what the file says there."""
    raster = read_raster(opened.store.surface_path(surface.uid))
    first = next(iter(raster.bands.values()))
    rows, columns = np.nonzero(np.isfinite(first))
    row, column = int(rows[len(rows) // 2]), int(columns[len(rows) // 2])
    longitude, latitude = transform_places(
        [surface.west + (column + 0.5) * surface.cell_size],
        [surface.north - (row + 0.5) * surface.cell_size],
        surface.epsg,
        4326,
    )
    cell = {name: float(band[row, column]) for name, band in raster.bands.items()}
    return float(longitude[0]), float(latitude[0]), cell


def _pixels(opened: Runtime, surface: Surface, layer: Any, threshold: float | None) -> Any:
    # Zoom 13 over the flood plain.
    wish = LayerWish(layer, threshold)
    address = WEB_MERCATOR_QUAD.check(13, 2743, 4226)
    return decode_png(opened.painter.tile(surface, WEB_MERCATOR_QUAD, address, wish))


def _legend(opened: Runtime, surface: Surface, layer: Any) -> dict[str, Any]:
    return legend(opened.painter.legend_layer(surface, LayerWish(layer)), "Zinc", None)


def test_indicator_kriging_answers_at_its_thresholds(meuse: Runtime) -> None:
    surface = _built(meuse, INDICATOR)
    assert (surface.family, surface.bands) == (
        "thresholds",
        ["probability_300", "probability_600"],
    )
    assert (surface.value_low, surface.value_high) == (None, None)
    assert [part["threshold"] for part in surface.card["thresholds"]] == [300.0, 600.0]
    with meuse.database.reading() as session:
        shown = surfaces.show_surface(session, surface)
    assert list(shown["tiles"]) == ["probability"]
    assert list(shown["thresholds"]) == [300.0, 600.0]
    longitude, latitude, cell = _somewhere(meuse, surface)
    answer = surfaces.value_at(meuse.store, surface, longitude, latitude, 300.0)
    assert answer["probability"] == cell["probability_300"]
    assert answer["probability_600"] == cell["probability_600"]
    assert "quantiles" not in answer
    with pytest.raises(Unprocessable, match=r"300 and 600 only, and nothing between; 400 is none"):
        surfaces.value_at(meuse.store, surface, longitude, latitude, 400.0)
    assert _pixels(meuse, surface, "probability", 300.0)[..., 3].any()
    with pytest.raises(Unprocessable, match="nothing between"):
        _pixels(meuse, surface, "probability", 301.0)
    with pytest.raises(Unprocessable, match="and no concentration"):
        _pixels(meuse, surface, "median", None)
    with pytest.raises(Unprocessable, match="and no concentration"):
        _legend(meuse, surface, "median")
    assert _legend(meuse, surface, "probability")["unit"] == "1"


def test_hotspots_of_stated_thresholds(meuse: Runtime) -> None:
    surface = _built(meuse, INDICATOR)
    public_id = ids.show("surface", surface.uid)
    order = HotspotOrder(contaminant="zn", surface=public_id, threshold=300.0, q=0.7)
    raster = read_raster(meuse.store.surface_path(surface.uid))
    found = find(meuse, order)
    with np.errstate(invalid="ignore"):
        assert (found["count"] > 0) == bool((raster.bands["probability_300"] >= 0.7).any())
    with pytest.raises(Unprocessable, match="nothing between"):
        find(meuse, replace(order, threshold=400.0))
    # The latest surface that answers for any threshold is taken where none is named.
    unnamed = find(meuse, replace(order, surface=None, threshold=400.0))
    assert unnamed["is_new"]


def test_simulation_counts_and_says_how_surely(meuse: Runtime) -> None:
    surface = _built(meuse, SIMULATION)
    drawn = [f"realisation_{i}" for i in range(1, 9)]
    assert (surface.family, surface.bands) == ("realisations", ["median", "mean", *drawn])
    card = surface.card["simulation"]
    assert card["areas"][0]["threshold"] == 300.0
    assert len(card["areas"][0]["areas_m2"]) == 8
    assert card["blocks"]["block_size"] == 320.0
    longitude, latitude, cell = _somewhere(meuse, surface)
    answer = surfaces.value_at(meuse.store, surface, longitude, latitude, 250.0)
    numbers = np.array([cell[name] for name in drawn])
    share = float(np.mean(numbers > 250.0))
    assert answer["probability"] == share
    adjusted = (8 * share + 2) / 12
    assert answer["sampling_error"] == pytest.approx((adjusted * (1 - adjusted) / 12) ** 0.5)
    assert answer["quantiles"]["p50"] == pytest.approx(np.median(numbers), rel=1e-6)
    assert answer["median"] == cell["median"]
    assert "realisation_1" not in answer
    assert _pixels(meuse, surface, "probability", 250.0)[..., 3].any()
    assert _pixels(meuse, surface, "median", None)[..., 3].any()
    assert _legend(meuse, surface, "median")["title"] == "Zinc, median"
    assert build(meuse, SIMULATION)["is_new"] is False
    assert build(meuse, replace(SIMULATION, seed=4))["is_new"] is True
    public_id = ids.show("surface", surface.uid)
    found = find(meuse, HotspotOrder(contaminant="zn", surface=public_id, threshold=300.0, q=0.7))
    assert found["count"] >= 1


@pytest.mark.parametrize(
    ("changes", "words", "parameter"),
    [
        ({"method": "external_drift"}, "this service keeps none", "method"),
        ({"method": "indicator_kriging"}, "needs thresholds", "thresholds"),
        ({"thresholds": (300.0,)}, "belongs to the method indicator_kriging and", "thresholds"),
        ({"realisations": 10}, "belongs to the method simulation", "realisations"),
        ({"method": "simulation", "realisations": 1}, "between 2 and 1000", "realisations"),
        ({"block_size": 100.0}, "belongs to the method simulation", "block_size"),
        (
            {"method": "simulation", "block_size": 100.0, "cell_size": None},
            "multiple of cell_size",
            "cell_size",
        ),
        ({"method": "indicator_kriging", "thresholds": (-1.0,)}, "above 0", "thresholds"),
    ],
)
def test_orders_that_cannot_be_are_refused(
    changes: dict[str, Any], words: str, parameter: str
) -> None:
    with pytest.raises(InvalidRequest, match=words) as caught:
        replace(ZINC, **changes).check()
    assert caught.value.details["parameter"] == parameter


def test_an_order_without_the_new_options_keeps_its_hash() -> None:
    assert set(ZINC.to_json()).isdisjoint({"thresholds", "realisations", "block_size", "seed"})
    again = surfaces.SurfaceOrder.from_json(SIMULATION.to_json() | {"thresholds": [300]})
    assert again == SIMULATION
