"""Tiles: painted where the surface speaks, transparent elsewhere, in the legend's colours."""

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.db.models import Surface
from app.errors import NotFound, Unprocessable
from app.services.rendering import LayerWish, legend
from app.services.surfaces import get_surface, value_at
from app.services.tile_matrices import WEB_MERCATOR_QUAD
from tests.app.scene import Showcase, decode_png

Pixels = NDArray[np.uint8]


def _surface(showcase: Showcase, public_id: str) -> Surface:
    with showcase.runtime.database.reading() as session:
        return get_surface(session, public_id)


def _tile_of(longitude: float, latitude: float, zoom: int) -> tuple[int, int, int]:
    """Web Mercator's tile of a place."""
    n = 2**zoom
    y = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * n
    return zoom, int(y), int((longitude + 180) / 360 * n)


def _place_of(tile: tuple[int, int, int], row: int, column: int) -> tuple[float, float]:
    """The middle of a pixel in degrees."""
    zoom, y, x = tile
    n = 2**zoom * 256
    longitude = (x * 256 + column + 0.5) / n * 360 - 180
    mercator = math.pi * (1 - 2 * (y * 256 + row + 0.5) / n)
    return longitude, math.degrees(math.atan(math.sinh(mercator)))


def _paint(
    showcase: Showcase,
    tile: tuple[int, int, int],
    layer: Any = "median",
    threshold: float | None = None,
    surface: str | None = None,
) -> Pixels:
    chosen = _surface(showcase, surface or showcase.zinc)
    wish, address = LayerWish(layer, threshold), WEB_MERCATOR_QUAD.check(*tile)
    picture = showcase.runtime.painter.tile(chosen, WEB_MERCATOR_QUAD, address, wish)
    pixels = decode_png(picture)
    assert pixels.shape == (256, 256, 4)
    return pixels


def test_a_surface_is_looked_up_again_after_this_process_wrote(showcase: Showcase) -> None:
    painter = showcase.runtime.painter
    painter.surface(showcase.zinc)
    assert painter.seen(showcase.zinc) is not None
    with showcase.runtime.database.writing():
        pass
    assert painter.seen(showcase.zinc) is None


def _legend(showcase: Showcase, surface: Surface, layer: Any) -> dict[str, Any]:
    drawn = showcase.runtime.painter.legend_layer(surface, LayerWish(layer))
    return legend(drawn, "Zinc", None)


MEUSE = _tile_of(5.745, 50.975, 14)


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def test_pixels_have_the_legends_colours(showcase: Showcase) -> None:
    surface = _surface(showcase, showcase.zinc)
    stops = _legend(showcase, surface, "median")["stops"]
    values = [stop["value"] for stop in stops]
    colours = np.array([_rgb(stop["color"]) for stop in stops], float)
    pixels = _paint(showcase, MEUSE)
    painted = np.argwhere(pixels[..., 3] == 255)
    assert len(painted) > 1000
    compared = beyond = 0
    for row, column in painted[:: len(painted) // 300]:
        around = pixels[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
        if (around != pixels[row, column]).any():
            continue  # on a cell's edge, where warping may take either side
        place = _place_of(MEUSE, row, column)
        answer = value_at(showcase.runtime.store, surface, *place, None)
        compared += 1
        median = answer["median"]
        shown = tuple(pixels[row, column, :3])
        if median >= values[-1] or median <= values[0]:
            beyond += 1
            assert shown == _rgb(stops[-1 if median >= values[-1] else 0]["color"])
        # Between two stops each channel lies between theirs; cividis bends little.
        between = np.searchsorted(values, median)
        pair = colours[max(between - 1, 0) : between + 1]
        assert (shown >= pair.min(axis=0) - 12).all()
        assert (shown <= pair.max(axis=0) + 12).all()
    assert compared > 150
    assert beyond > 0


def test_probability_pixels_have_the_legends_colours(showcase: Showcase) -> None:
    surface = _surface(showcase, showcase.zinc)
    stops = _legend(showcase, surface, "probability")["stops"]
    assert [stop["value"] for stop in stops] == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert [stop["label"] for stop in stops] == ["0%", "20%", "40%", "60%", "80%", "100%"]
    certain = _paint(showcase, MEUSE, "probability", 0.001)
    inside = certain[..., 3] == 255
    assert inside.any()
    assert (certain[inside][:, :3] == _rgb(stops[-1]["color"])).all()
    never = _paint(showcase, MEUSE, "probability", 1e9)
    assert (never[inside][:, :3] == _rgb(stops[0]["color"])).all()


def test_outside_the_data_a_tile_is_transparent(showcase: Showcase) -> None:
    partly = _paint(showcase, MEUSE)[..., 3]
    assert set(np.unique(partly)) == {0, 255}
    for tile in ((14, 0, 0), (14, 2**14 - 1, 2**14 - 1), _tile_of(5.745, 50.5, 14)):
        assert (_paint(showcase, tile)[..., 3] == 0).all()


def test_whole_world_and_deepest_zoom_are_painted(showcase: Showcase) -> None:
    assert _paint(showcase, (0, 0, 0)).shape == (256, 256, 4)
    assert (_paint(showcase, _tile_of(5.745, 50.975, 24))[..., 3] == 255).all()


def test_same_cells_at_every_zoom_lie_where_the_value_says(showcase: Showcase) -> None:
    surface = _surface(showcase, showcase.zinc)
    tile = _tile_of(5.745, 50.975, 16)
    alpha = _paint(showcase, tile)[..., 3]
    agree = 0
    for row in range(8, 256, 16):
        for column in range(8, 256, 16):
            place = _place_of(tile, row, column)
            inside = value_at(showcase.runtime.store, surface, *place, None)["inside"]
            agree += inside == (alpha[row, column] == 255)
    # A pixel whose middle lies on a cell's edge may fall to either side.
    assert agree >= 250


@pytest.mark.parametrize(
    "tile",
    [
        (-1, 0, 0),
        (99, 0, 0),
        (25, 0, 0),
        (3, 8, 0),
        (3, 0, 8),
        (3, -1, 0),
        (0, 0, 1),
        (10**9, 0, 0),
    ],
)
def test_outside_the_matrix_is_not_found(tile: tuple[int, int, int]) -> None:
    with pytest.raises(NotFound, match="WebMercatorQuad has no tile"):
        WEB_MERCATOR_QUAD.check(*tile)


def test_weighted_surface_shows_its_value_and_refuses_a_probability(showcase: Showcase) -> None:
    assert (_paint(showcase, MEUSE, surface=showcase.weighted)[..., 3] == 255).any()
    surface = _surface(showcase, showcase.weighted)
    with pytest.raises(Unprocessable, match="inverse_distance, which has no uncertainty"):
        _paint(showcase, MEUSE, "probability", 100.0, showcase.weighted)
    with pytest.raises(Unprocessable, match="no uncertainty"):
        _legend(showcase, surface, "probability")
    assert _legend(showcase, surface, "median")["title"] == "Zinc, estimate"


def test_median_legend_is_logarithmic_with_open_ends(showcase: Showcase) -> None:
    with showcase.runtime.database.reading() as session:
        surface = get_surface(session, showcase.zinc)
    shown = _legend(showcase, surface, "median")
    assert (shown["title"], shown["unit"], shown["scale"]) == (
        "Zinc, median", "mg/kg", "logarithmic",
    )  # fmt: skip
    values = [stop["value"] for stop in shown["stops"]]
    assert values == sorted(set(values))
    assert surface.value_low is not None
    assert surface.value_high is not None
    assert values[0] == pytest.approx(surface.value_low, rel=0.05)
    assert values[-1] == pytest.approx(surface.value_high, rel=0.05)
    assert shown["stops"][0]["label"] == f"≤ {values[0]:g}"
    assert shown["stops"][-1]["label"] == f"≥ {values[-1]:g}"
    assert shown["stops"][0]["color"] == "#00224d"
    assert shown["stops"][-1]["color"] == "#fde737"
