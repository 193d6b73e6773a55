"""Classes of tiles where the data cannot decide, held against those of hotspots, cell by cell."""

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from app.db.models import Surface
from app.errors import Unprocessable
from app.services import surfaces
from app.services.registries import find_contaminant
from app.services.rendering import LayerWish, draw_legend, draw_style, legend, tile_name
from app.services.runtime import Runtime
from app.services.surfaces.distribution import distribution_of, surface_seen
from app.services.surfaces.selection import samples_on, select_results
from app.services.tile_matrices import WEB_MERCATOR_QUAD, TileAddress
from spatial.coordinates import transform_places
from spatial.hotspots.classes import Fractions, undecidable_cells
from spatial.hotspots.contract import Evidence
from spatial.raster import read_raster
from tests.app.scene import build, decode_png, secret_rows, soil_csv, take_in

OPTIONS: dict[str, Any] = {"epsg": 4326, "unit": "mg/kg"}
KRIGED = surfaces.SurfaceOrder(contaminant="zn", datasets=("d",), epsg=32631, cell_size=200.0)
ORDERS = {
    "gaussian": (KRIGED, (50.0, 120.0, 200.0, 300.0)),
    "blocks": (replace(KRIGED, method="block_kriging", transform="none"), (50.0, 120.0, 300.0)),
    "thresholds": (
        replace(KRIGED, method="indicator_kriging", thresholds=(200.0, 300.0)),
        (200.0, 300.0),
    ),
    "realisations": (
        replace(KRIGED, method="simulation", realisations=6, seed=2),
        (50.0, 120.0, 250.0),
    ),
}
# The classes of hotspots by their numbers there, 0 being unlikely, as float tiles number them.
NUMBERS = np.array([0, 4, 3, 2, 1])
GREY, LATTICE = (189, 189, 189), (77, 88, 96)


def _rows() -> list[tuple[object, ...]]:
    """Places of which those in the west lie below one of two limits, but where another decides."""
    limits = {0: "<250", 1: "<120", 7: "<120"}
    rows = [(*row[:3], limits.get(number % 12, row[3])) for number, row in enumerate(secret_rows())]
    return [*rows, ("again", *secret_rows()[7][1:3], 180)]


@pytest.fixture
def limited(runtime: Runtime) -> Runtime:
    take_in(runtime, soil_csv(_rows()), dataset="d", visibility="public", **OPTIONS)
    return runtime


def _built(opened: Runtime, order: surfaces.SurfaceOrder) -> Surface:
    public_id = build(opened, order)["surface"]
    with opened.database.reading() as session:
        found = surfaces.get_surface(session, public_id)
        session.expunge(found)
        return found


class Truth(NamedTuple):
    """What hotspots say of each cell: the class, as tiles number it, NaN without data."""

    kinds: NDArray[np.float64]
    probability: NDArray[np.float64]


def _truth(opened: Runtime, surface: Surface, threshold: float) -> Truth:
    with opened.database.reading() as session:
        order = surfaces.SurfaceOrder.from_json(surface.card["order"])
        selection = select_results(session, order, find_contaminant(session, "zn"))
    raster = read_raster(opened.store.surface_path(surface.uid))
    probability = distribution_of(surface).probability(threshold).of(raster.bands)
    samples = samples_on(selection, surface.epsg)
    evidence = Evidence(raster.grid, samples, surface_seen(surface), raster.bands)
    fractions = Fractions()
    silent = undecidable_cells(evidence, threshold, fractions.undecidable_variance)
    kinds = NUMBERS[fractions.classify(probability, silent)]
    return Truth(np.where(np.isnan(probability), np.nan, kinds), probability)


def _tiles(surface: Surface, zoom: int) -> Iterator[TileAddress]:
    east = surface.west + surface.columns * surface.cell_size
    south = surface.north - surface.rows * surface.cell_size
    across, down = transform_places(
        [surface.west, east], [surface.north, south], surface.epsg, WEB_MERCATOR_QUAD.epsg
    )
    side = 256 * WEB_MERCATOR_QUAD.pixel(zoom)
    west, north = WEB_MERCATOR_QUAD.corner(TileAddress(zoom, 0, 0))
    columns = [int((place - west) // side) for place in across]
    rows = [int((north - place) // side) for place in down]
    for row in range(rows[0], rows[1] + 1):
        for column in range(columns[0], columns[1] + 1):
            yield TileAddress(zoom, row, column)


def _numbers(
    opened: Runtime, surface: Surface, tile: TileAddress, threshold: float
) -> NDArray[Any]:
    wish = LayerWish("class", threshold)
    content = opened.painter.tile(surface, WEB_MERCATOR_QUAD, tile, wish, "npy")
    numbers: NDArray[Any] = np.load(io.BytesIO(content))
    return numbers


def _below(surface: Surface, tile: TileAddress, size: float) -> tuple[Any, Any, Any]:
    """Row and column below each pixel, of cells so large, and which lie well inside of one."""
    west, north = WEB_MERCATOR_QUAD.corner(tile)
    pixel = WEB_MERCATOR_QUAD.pixel(tile.zoom)
    steps = (np.arange(256) + 0.5) * pixel
    across, down = np.meshgrid(west + steps, north - steps)
    east, up = transform_places(across.ravel(), down.ravel(), 3857, surface.epsg)
    columns, rows = (east - surface.west) / size, (surface.north - up) / size
    is_clear = np.ones(columns.shape, bool)
    for along, count in ((columns, surface.columns), (rows, surface.rows)):
        # Between knots places lie on straight lines, an eighth of a pixel away at most.
        is_clear &= np.abs(along - np.rint(along)) > 0.2 * pixel / size
        is_clear &= (along > 0) & (along < count * surface.cell_size / size)
    return np.floor(rows).astype(int), np.floor(columns).astype(int), is_clear


@pytest.mark.parametrize("name", ORDERS)
def test_near_tiles_have_the_classes_of_hotspots(limited: Runtime, name: str) -> None:
    order, thresholds = ORDERS[name]
    surface = _built(limited, order)
    seen = set()
    for threshold in thresholds:
        truth = _truth(limited, surface, threshold)
        compared = 0
        for tile in _tiles(surface, 13):
            numbers = _numbers(limited, surface, tile, threshold).ravel()
            rows, columns, is_clear = _below(surface, tile, surface.cell_size)
            expected = truth.kinds[rows[is_clear], columns[is_clear]]
            np.testing.assert_array_equal(numbers[is_clear], expected)
            compared += int(np.isfinite(expected).sum())
            seen |= set(np.unique(expected[np.isfinite(expected)]))
        assert compared > 10 * np.isfinite(truth.kinds).sum()
    assert 4.0 in seen
    assert len(seen) > 2


@pytest.mark.parametrize("name", ORDERS)
def test_from_afar_a_pixel_is_undecidable_where_all_its_cells_are(
    limited: Runtime, name: str
) -> None:
    order, thresholds = ORDERS[name]
    surface = _built(limited, order)
    threshold = thresholds[1] if name != "thresholds" else 200.0
    truth = _truth(limited, surface, threshold)
    for zoom, factor in ((9, 2), (8, 4), (7, 8)):
        rows, columns = (-(-side // factor) for side in truth.kinds.shape)
        padded = np.full((2, rows * factor, columns * factor), np.nan)
        padded[:, : surface.rows, : surface.columns] = truth.kinds, truth.probability
        kinds, shares = padded.reshape(2, rows, factor, columns, factor).transpose(0, 1, 3, 2, 4)
        is_known = np.isfinite(kinds).any(axis=(2, 3))
        is_silent = ((kinds == 4) | np.isnan(kinds)).all(axis=(2, 3)) & is_known
        highest = np.nan_to_num(shares, nan=-1.0).max(axis=(2, 3))
        compared = 0
        for tile in _tiles(surface, zoom):
            numbers = _numbers(limited, surface, tile, threshold).ravel()
            row, column, is_clear = _below(surface, tile, factor * surface.cell_size)
            row, column, found = row[is_clear], column[is_clear], numbers[is_clear]
            assert np.array_equal(np.isfinite(found), is_known[row, column])
            assert np.array_equal(found == 4, is_silent[row, column])
            decided = np.isfinite(found) & (found != 4)
            expected = np.searchsorted([0.2, 0.5, 0.8], highest[row, column], side="right")
            # The highest share is kept to single precision.
            near = np.abs(highest[row, column, np.newaxis] - [0.2, 0.5, 0.8]).min(axis=1) < 1e-5
            assert np.array_equal(found[decided & ~near], expected[decided & ~near])
            compared += int(is_known[row, column].sum())
        assert compared
    assert (truth.kinds == 4).any()


def test_pictures_tell_it_by_a_lattice_on_grey(limited: Runtime) -> None:
    surface = _built(limited, KRIGED)
    wish = LayerWish("class", 120.0)
    grey = 0
    for tile in _tiles(surface, 13):
        numbers = _numbers(limited, surface, tile, 120.0)
        picture = limited.painter.tile(surface, WEB_MERCATOR_QUAD, tile, wish)
        pixels = decode_png(picture)
        colours = pixels[..., :3]
        is_grey, is_line = ((colours == colour).all(axis=-1) for colour in (GREY, LATTICE))
        is_seen = pixels[..., 3] == 255
        assert np.array_equal((is_grey | is_line) & is_seen, numbers == 4)
        row, column = np.nonzero(is_line & is_seen)
        assert (((row + column) % 8 == 0) | ((row - column) % 8 == 0)).all()
        grey += int((is_grey & is_seen).sum())
        assert is_line.any() or not (numbers == 4).any()
        packed = limited.painter.tile(surface, WEB_MERCATOR_QUAD, tile, wish, "webp")
        assert packed.startswith(b"RIFF")
    assert grey > 100


def _legend(opened: Runtime, surface: Surface) -> tuple[Any, dict[str, Any]]:
    layer = opened.painter.legend_layer(surface, LayerWish("class", 120.0))
    return layer, legend(layer, "Zinc", "120 mg/kg")


def test_the_legend_has_the_class(limited: Runtime) -> None:
    surface = _built(limited, KRIGED)
    layer, told = _legend(limited, surface)
    assert told["undecidable"] == "shown"
    assert "note" not in told
    assert [stop["class"] for stop in told["stops"]][-2:] == ["likely", "undecidable"]
    assert told["stops"][-1]["value"] is None
    assert told["stops"][-1]["color"] == "#bdbdbd"
    pixels = decode_png(draw_legend("png", layer, told)[1])[..., :3]
    for colour in (GREY, LATTICE):
        assert (pixels == colour).all(axis=-1).any()
    svg = draw_legend("svg", layer, told)[1].decode()
    assert told["stops"][-1]["label"] in svg
    assert 'fill="url(#lattice)"' in svg
    with pytest.raises(Unprocessable, match=r"where the data can decide\. The tiles show it"):
        draw_style("qml", layer, told, surface.bands)


def test_where_data_always_decide_there_is_no_such_class(runtime: Runtime) -> None:
    take_in(runtime, soil_csv(secret_rows()), dataset="d", visibility="public", **OPTIONS)
    surface = _built(runtime, replace(KRIGED, method="indicator_kriging", thresholds=(120.0,)))
    assert runtime.store.deciding_path(surface.uid).stat().st_size == 0
    layer, told = _legend(runtime, surface)
    assert told["undecidable"] == "none"
    assert len(told["stops"]) == 4
    svg = draw_legend("svg", layer, told)[1].decode()
    assert "lattice" not in svg
    for tile in _tiles(surface, 12):
        assert set(np.unique(_numbers(runtime, surface, tile, 120.0))) & {4.0} == set()


def test_of_an_earlier_version_it_is_unknown_until_the_same_is_ordered_again(
    limited: Runtime,
) -> None:
    surface, wish = _built(limited, KRIGED), LayerWish("class", 120.0)
    path = limited.store.deciding_path(surface.uid)
    written = path.read_bytes()
    [tile, *_] = (
        t for t in _tiles(surface, 13) if (_numbers(limited, surface, t, 120.0) == 4).any()
    )
    before = _numbers(limited, surface, tile, 120.0)

    def name() -> str:
        settled = limited.painter.settled(surface, wish)
        return tile_name("version", surface, WEB_MERCATOR_QUAD, tile, settled, "png")

    known = name()
    path.unlink()
    assert name() != known
    numbers = _numbers(limited, surface, tile, 120.0)
    assert set(np.unique(numbers[np.isfinite(numbers)])) <= {0, 1, 2, 3}
    layer, told = _legend(limited, surface)
    assert told["undecidable"] == "unknown"
    assert [stop["class"] for stop in told["stops"]][-1] == "likely"
    svg = draw_legend("svg", layer, told)[1].decode()
    assert "an earlier version built this surface" in svg
    plain = decode_png(draw_legend("png", layer, told)[1])
    shorter = decode_png(draw_legend("png", layer, told | {"note": None})[1])
    assert plain.shape[0] > shorter.shape[0]
    # Whoever looks makes nothing; the same order does.
    assert not path.exists()
    assert _built(limited, KRIGED).uid == surface.uid
    assert path.read_bytes() == written
    assert name() == known
    np.testing.assert_array_equal(_numbers(limited, surface, tile, 120.0), before)
