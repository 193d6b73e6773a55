"""What can be asked of a surface that exists."""

import numpy as np
import pytest
from scipy.stats import norm

from app.db import ids
from app.errors import InvalidRequest, NotFound, Unprocessable
from app.services import surfaces
from spatial.coordinates import transform_places
from spatial.raster import read_raster
from tests.app.scene import Showcase


def _hottest(showcase: Showcase) -> tuple[float, float, dict[str, float]]:
    """The middle of the cell with the highest median, and what the file says there."""
    uid = ids.parse("surface", showcase.zinc)
    assert uid is not None
    raster = read_raster(showcase.runtime.store.surface_path(uid))
    row, column = np.unravel_index(np.nanargmax(raster.bands["median"]), raster.grid.shape)
    grid = raster.grid
    longitude, latitude = transform_places(
        [grid.west + (column + 0.5) * grid.cell_size],
        [grid.north - (row + 0.5) * grid.cell_size],
        28992,
        4326,
    )
    bands = {name: float(band[row, column]) for name, band in raster.bands.items()}
    return float(longitude[0]), float(latitude[0]), bands


def test_value_is_that_of_the_cell_with_its_quantiles(showcase: Showcase) -> None:
    longitude, latitude, bands = _hottest(showcase)
    opened = showcase.runtime
    with opened.database.reading() as session:
        surface = surfaces.get_surface(session, showcase.zinc)
    answer = surfaces.value_at(opened.store, surface, longitude, latitude, 150.0)
    assert answer["inside"] is True
    assert (answer["unit"], answer["threshold"]) == ("mg/kg", 150.0)
    assert {name: answer[name] for name in bands} == bands
    location, sigma = bands["location"], bands["sigma"]
    for name, p in {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}.items():
        expected = np.exp(norm.ppf(p, location, sigma))
        assert answer["quantiles"][name] == pytest.approx(expected, rel=1e-12)
    assert answer["quantiles"]["p50"] == pytest.approx(answer["median"], rel=1e-6)
    assert answer["probability"] == pytest.approx(norm.sf(np.log(150.0), location, sigma))


@pytest.mark.parametrize(
    ("longitude", "latitude"),
    [(5.745, 50.5), (0.0, 0.0), (180.0, 90.0), (-180.0, -90.0), (-175.0, -52.0), (5.78, 50.95)],
)
def test_outside_nothing_is_said(showcase: Showcase, longitude: float, latitude: float) -> None:
    opened = showcase.runtime
    with opened.database.reading() as session:
        surface = surfaces.get_surface(session, showcase.zinc)
    answer = surfaces.value_at(opened.store, surface, longitude, latitude, None)
    assert answer == {
        "longitude": longitude,
        "latitude": latitude,
        "unit": "mg/kg",
        "threshold": None,
        "inside": False,
    }


def test_weighted_surface_gives_a_value_and_no_probability(showcase: Showcase) -> None:
    longitude, latitude, _ = _hottest(showcase)
    opened = showcase.runtime
    with opened.database.reading() as session:
        surface = surfaces.get_surface(session, showcase.weighted)
    answer = surfaces.value_at(opened.store, surface, longitude, latitude, None)
    assert answer["value"] > 0
    assert "quantiles" not in answer
    with pytest.raises(Unprocessable, match="Build one with method ordinary_kriging"):
        surfaces.value_at(opened.store, surface, longitude, latitude, 150.0)


def test_threshold_of_nothing_is_refused(showcase: Showcase) -> None:
    opened = showcase.runtime
    with opened.database.reading() as session:
        surface = surfaces.get_surface(session, showcase.zinc)
    with pytest.raises(InvalidRequest, match="above 0"):
        surfaces.value_at(opened.store, surface, 5.7, 50.9, 0.0)


def test_private_surface_is_not_found_and_not_listed(showcase: Showcase) -> None:
    [secret] = [name for name in showcase.secret_ids if name.startswith("sf_")]
    with showcase.runtime.database.reading() as session:
        for latest in (True, False):
            listed = surfaces.list_surfaces(session, latest=latest)
            assert {s.epsg for s in listed} == {28992}
        with pytest.raises(NotFound):
            surfaces.get_surface(session, secret)


def test_summary_has_bounds_tiles_and_data_sets(showcase: Showcase) -> None:
    with showcase.runtime.database.reading() as session:
        surface = surfaces.get_surface(session, showcase.zinc)
        shown = surfaces.show_surface(session, surface)
        weighted = surfaces.show_surface(session, surfaces.get_surface(session, showcase.weighted))
    west, south, east, north = shown["bbox"]
    assert 5.7 < west < 5.75 < east < 5.78
    assert 50.94 < south < 50.97 < north < 51.01
    own = f"/api/surfaces/{showcase.zinc}"
    assert shown["card_url"] == own
    template = own + "/tiles/WebMercatorQuad/{z}/{y}/{x}.png?layer="
    assert shown["tiles"] == {
        "median": template + "median",
        "probability": template + "probability&threshold={threshold}",
    }
    assert set(weighted["tiles"]) == {"median"}
    assert (shown["contaminant_name"], shown["method"]) == ("Zinc", "ordinary_kriging")
    assert len(shown["datasets"]) == 1
    assert shown["supersedes"] is None
