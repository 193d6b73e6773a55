"""Places, areas and lines, held against the arrays of the surface's own file."""

import math
import tracemalloc
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from pyproj import Geod
from scipy.stats import norm

from app.db import ids
from app.db.models import Surface
from app.errors import InvalidRequest, Unprocessable
from app.services import surfaces
from app.services.surfaces import Against, Question
from app.services.surfaces.values import _cells
from app.services.surfaces.zones import _Sums
from spatial.coordinates import transform_places
from spatial.distributions.realisations import Realisations, realisation_band
from spatial.raster import Raster, read_raster
from tests.app.scene import Showcase


@pytest.fixture(scope="module")
def zinc(showcase: Showcase) -> tuple[Surface, Raster]:
    with showcase.runtime.database.reading() as session:
        surface = surfaces.get_surface(session, showcase.zinc)
        session.expunge(surface)
    uid = ids.parse("surface", showcase.zinc)
    assert uid is not None
    return surface, read_raster(showcase.runtime.store.surface_path(uid))


def _in_degrees(raster: Raster) -> tuple[Any, Any]:
    centres = raster.grid.cell_centres()
    longitude, latitude = transform_places(centres[:, 0], centres[:, 1], 28992, 4326)
    return longitude.reshape(raster.grid.shape), latitude.reshape(raster.grid.shape)


def test_many_places_are_answered_like_each(
    showcase: Showcase, zinc: tuple[Surface, Raster]
) -> None:
    surface, raster = zinc
    longitudes, latitudes = (part.ravel()[::7] for part in _in_degrees(raster))
    question = Question(Against(250.0))
    answers = surfaces.values_at(
        showcase.runtime.store, surface, longitudes.tolist(), latitudes.tolist(), question
    )
    median = raster.bands["median"].ravel()[::7]
    assert [answer["inside"] for answer in answers] == np.isfinite(median).tolist()
    inside = [place for place, answer in enumerate(answers) if answer["inside"]]
    assert len(inside) > 100
    assert [answers[place]["median"] for place in inside] == median[inside].tolist()
    for place in inside[::40]:
        alone = surfaces.value_at(
            showcase.runtime.store, surface, longitudes[place], latitudes[place], 250.0
        )
        assert alone == answers[place]


def test_block_of_many_bands_is_never_held_whole(tmp_path: Path) -> None:
    path, bands, side = tmp_path / "many.tif", 40, 256
    shape = {"width": side, "height": side, "count": bands, "dtype": "float32"}
    tiles = {"tiled": True, "blockxsize": side, "blockysize": side, "interleave": "BAND"}
    # Cells of a hundredth of a degree from 5 degrees east, 53 north.
    where = rasterio.Affine(0.01, 0.0, 5.0, 0.0, -0.01, 53.0)
    with rasterio.open(path, "w", driver="GTiff", transform=where, **shape, **tiles) as file:
        for band in range(bands):
            cells = np.full((side, side), float(band), np.float32)
            cells[-1, -1] += 0.5
            file.write(cells, band + 1)
    grid = {"epsg": 4326, "west": 5.0, "north": 53.0, "cell_size": 0.01}
    surface: Any = SimpleNamespace(
        uid=None, columns=side, rows=side, bands=[f"b{band}" for band in range(bands)], **grid
    )
    store: Any = SimpleNamespace(surface_path=lambda _: path)
    east, south = 5.0 + 0.01 * (side - 0.5), 53.0 - 0.01 * (side - 0.5)
    tracemalloc.start()
    try:
        found = _cells(store, surface, [5.005, 0.0, east], [52.995, 0.0, south])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    for band in range(bands):
        np.testing.assert_array_equal(found[f"b{band}"], [band, np.nan, band + 0.5])
    assert peak < bands * side * side * 4 / 4


def _quarter(raster: Raster) -> Any:
    """A polygon in degrees around part of the surface."""
    bounds = raster.grid.bounds
    middle = (bounds.west + bounds.east) / 2
    drawn = shapely.segmentize(
        shapely.box(bounds.west - 99, bounds.south, middle, bounds.north), 50
    )
    corners = shapely.get_coordinates(drawn)
    return shapely.Polygon(
        np.column_stack(transform_places(corners[:, 0], corners[:, 1], 28992, 4326))
    )


def test_zone_sums_the_cells_whose_middles_lie_in_it(
    showcase: Showcase, zinc: tuple[Surface, Raster]
) -> None:
    surface, raster = zinc
    zone = _quarter(raster)
    answer = surfaces.zonal(showcase.runtime.store, surface, zone, 250.0)
    longitude, latitude = _in_degrees(raster)
    inside = shapely.contains_xy(zone, longitude, latitude) & np.isfinite(raster.bands["median"])
    bands = {name: band[inside].astype(float) for name, band in raster.bands.items()}
    assert answer["cells"] == inside.sum() > 100
    assert answer["area_m2"] == inside.sum() * 6400.0
    assert answer["drawn_area_m2"] > answer["area_m2"]
    assert answer["mean"]["value"] == pytest.approx(bands["mean"].mean())
    assert answer["maximum"]["value"] == pytest.approx(bands["mean"].max())
    share = norm.sf((math.log(250) - bands["location"]) / bands["sigma"])
    above = answer["above"]
    assert above["area_m2"] == pytest.approx(share.sum() * 6400)
    assert above["share"] == pytest.approx(share.mean())
    # Nobody knows from these bands how cells vary together, and so it is said.
    assert above["quantiles_m2"] is None
    assert answer["mean"]["quantiles"] is None
    assert "simulation" in above["assumes"]
    # Cells that rise and fall together: drawn with one number for all.
    areas = [(share > 1 - u).sum() * 6400 for u in np.linspace(0.0005, 0.9995, 1000)]
    for name, level in {"p05": 0.05, "p50": 0.5, "p95": 0.95}.items():
        assert above["if_together_m2"][name] == pytest.approx(np.quantile(areas, level), rel=0.02)
    rng = np.random.default_rng(4)
    alone = (rng.uniform(size=(2000, len(share))) < share).sum(axis=1) * 6400
    for name, level in {"p05": 0.05, "p50": 0.5, "p95": 0.95}.items():
        found = above["if_independent_m2"][name]
        assert found == pytest.approx(np.quantile(alone, level), rel=0.02)


def test_realisations_know_how_surely() -> None:
    rng = np.random.default_rng(2)
    drawn = rng.lognormal(5, 0.5, (50, 40)) * rng.lognormal(0, 0.3, (50, 1))
    sums = _Sums(Realisations(50), 150.0)
    for part in (slice(0, 15), slice(15, 40)):  # in two blocks
        cells = {realisation_band(n): drawn[n, part] for n in range(50)}
        sums.add(cells | {"mean": drawn[:, part].mean(axis=0), "median": drawn[0, part]})
    told = sums.told(100.0)
    areas = (drawn > 150.0).sum(axis=1) * 100.0
    assert told["above"]["area_m2"] == pytest.approx(areas.mean())
    assert told["above"]["quantiles_m2"]["p95"] == pytest.approx(np.quantile(areas, 0.95))
    assert told["mean"]["value"] == pytest.approx(drawn.mean())
    assert told["mean"]["quantiles"]["p05"] == pytest.approx(np.quantile(drawn.mean(axis=1), 0.05))


def test_zone_beside_the_surface_has_no_cells(
    showcase: Showcase, zinc: tuple[Surface, Raster]
) -> None:
    for zone in (shapely.box(0, 0, 1, 1), shapely.box(-180, -90, -170, -80)):
        answer = surfaces.zonal(showcase.runtime.store, zinc[0], zone, None)
        assert (answer["cells"], answer["area_m2"]) == (0, 0.0)
        assert "mean" not in answer


def test_weighted_surface_has_a_mean_and_refuses_an_area(showcase: Showcase) -> None:
    with showcase.runtime.database.reading() as session:
        surface = surfaces.get_surface(session, showcase.weighted)
    store = showcase.runtime.store
    assert (
        surfaces.zonal(store, surface, shapely.box(5.7, 50.9, 5.8, 51), None)["mean"]["value"] > 0
    )
    with pytest.raises(Unprocessable, match="no uncertainty"):
        surfaces.zonal(store, surface, shapely.box(5.7, 50.9, 5.8, 51), 150.0)


def test_places_along_a_line_are_equally_far_apart() -> None:
    line = shapely.LineString([(5.72, 50.95), (5.75, 50.97), (5.7500001, 50.97), (5.76, 51.0)])
    along = surfaces.places_along(line, 50)
    geod = Geod(ellps="WGS84")
    truth = geod.line_length(*zip(*line.coords, strict=True))
    assert along.distances[0] == 0
    assert along.distances[-1] == pytest.approx(truth)
    assert (along.longitudes[0], along.latitudes[0]) == pytest.approx((5.72, 50.95))
    assert (along.longitudes[-1], along.latitudes[-1]) == pytest.approx((5.76, 51.0))
    _, _, legs = geod.inv(
        along.longitudes[:-1], along.latitudes[:-1], along.longitudes[1:], along.latitudes[1:]
    )
    # At the corner the crow flies a little less.
    assert sorted(legs)[2:] == pytest.approx([truth / 49] * 47, rel=1e-6)


@pytest.mark.parametrize(
    "drawn",
    [
        {"type": "Point", "coordinates": [1, 2]},
        {"type": "LineString", "coordinates": [[1, 2]]},
        {"type": "LineString", "coordinates": [[1, 2], [1, 2]]},
        {"type": "LineString", "coordinates": [[1, 2], [1, 92]]},
        {"type": "LineString", "coordinates": "x"},
        {"type": "LineString"},
        {},
    ],
)
def test_what_is_no_line_is_refused(drawn: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        surfaces.read_line(drawn)
    assert caught.value.details["parameter"] == "geometry"
