"""Tiles, legends and TileJSON of surfaces over HTTP."""

import io
import math
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import numpy as np
import pytest
import rasterio
from fastapi.testclient import TestClient
from numpy.typing import NDArray
from rasterio.io import MemoryFile
from rasterio.warp import transform
from scipy.stats import norm

from app.db import ids
from app.services.rendering.lettering import write_text
from spatial.raster import read_raster
from tests.app.scene import ZINC_GUIDELINE, Showcase, decode_png

MEUSE = "14/5486/8453"


def _tile(showcase: Showcase, place: str, query: str = "", ending: str = "png") -> str:
    return f"/api/surfaces/{showcase.zinc}/tiles/WebMercatorQuad/{place}.{ending}{query}"


def _numbers(visitor: TestClient, path: str) -> NDArray[np.float32]:
    answer = visitor.get(path)
    assert answer.status_code == 200, answer.text
    numbers: NDArray[np.float32] = np.load(io.BytesIO(answer.content))
    assert (numbers.shape, numbers.dtype) == ((256, 256), np.float32)
    return numbers


def _bands(showcase: Showcase) -> Any:
    uid = ids.parse("surface", showcase.zinc)
    assert uid is not None
    return read_raster(showcase.runtime.store.surface_path(uid))


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("layer=median", lambda bands: bands["median"]),
        ("layer=mean", lambda bands: bands["mean"]),
        ("layer=sigma", lambda bands: bands["sigma"]),
        (
            "layer=quantile&q=0.9",
            lambda bands: np.exp(bands["location"] + norm.ppf(0.9) * bands["sigma"]),
        ),
        (
            "layer=probability&threshold=200",
            lambda bands: norm.sf((math.log(200) - bands["location"]) / bands["sigma"]),
        ),
    ],
)
def test_float_tiles_hold_the_numbers_of_the_cells(
    visitor: TestClient, showcase: Showcase, query: str, wanted: Any
) -> None:
    # At this zoom a cell is many pixels: every cell of the tile is in it.
    found = _numbers(visitor, _tile(showcase, "16/21944/33815", f"?{query}", "npy"))
    raster = _bands(showcase)
    cells = wanted({name: band.astype(float) for name, band in raster.bands.items()})
    known = found[np.isfinite(found)]
    assert len(known) > 60_000
    near = np.abs(known[:, np.newaxis] / cells[np.isfinite(cells)] - 1).min(axis=1)
    assert near.max() < 1e-6
    assert len(np.unique(known)) > 20


def test_geotiff_tile_lies_where_it_should(visitor: TestClient, showcase: Showcase) -> None:
    answer = visitor.get(_tile(showcase, "16/21944/33815", "?layer=median", "tif"))
    assert answer.headers["content-type"].startswith("image/tiff")
    raster = _bands(showcase)
    with MemoryFile(answer.content) as file, file.open() as tile:
        assert (tile.crs.to_epsg(), math.isnan(tile.nodata)) == (3857, True)
        numbers = tile.read(1)
        for row, column in ((40, 50), (128, 128), (200, 210)):
            places = transform(tile.crs, "EPSG:28992", *([n] for n in tile.xy(row, column)))
            at_row = int((raster.grid.north - places[1][0]) / raster.grid.cell_size)
            at_column = int((places[0][0] - raster.grid.west) / raster.grid.cell_size)
            assert numbers[row, column] == raster.bands["median"][at_row, at_column]


def test_other_matrix_set_shows_the_same_cells(visitor: TestClient, showcase: Showcase) -> None:
    # The tile of 5.76° E 50.98° N where a tile of zoom 14 is 180/2^14 degrees.
    side = 180 / 2**14
    row, column = int((90 - 50.98) / side), int((5.76 + 180) / side)
    path = f"/api/surfaces/{showcase.zinc}/tiles/WorldCRS84Quad/14/{row}/{column}.npy"
    numbers = _numbers(visitor, path)
    at_row = int(((90 - 50.98) / side - row) * 256)
    at_column = int(((5.76 + 180) / side - column) * 256)
    told = visitor.get(f"/api/surfaces/{showcase.zinc}/value?lon=5.76&lat=50.98").json()
    assert numbers[at_row, at_column] == pytest.approx(told["median"], rel=1e-6)
    assert visitor.get(path.replace("WorldCRS84Quad", "Other")).status_code == 404


def test_webp_and_png_have_the_same_pixels(visitor: TestClient, showcase: Showcase) -> None:
    picture = decode_png(visitor.get(_tile(showcase, MEUSE)).content)
    answer = visitor.get(_tile(showcase, MEUSE, ending="webp"))
    assert answer.headers["content-type"] == "image/webp"
    with (
        pytest.warns(rasterio.errors.NotGeoreferencedWarning),
        MemoryFile(answer.content) as file,
        file.open() as image,
    ):
        other = np.moveaxis(image.read(), 0, -1)
    painted = picture[..., 3] > 0
    assert painted.any()
    assert (other[..., 3] == picture[..., 3]).all()
    assert (other[painted] == picture[painted]).all()
    assert visitor.get(_tile(showcase, MEUSE, ending="gif")).status_code == 404


@pytest.mark.parametrize("zoom", [0, 4, 8, 10, 11, 12, 13])
def test_from_afar_the_most_likely_exceedance_is_seen(
    visitor: TestClient, showcase: Showcase, zoom: int
) -> None:
    raster = _bands(showcase)
    sigma = raster.bands["sigma"].astype(float)
    z = (math.log(700) - raster.bands["location"]) / sigma
    highest = float(np.nanmax(norm.sf(z)))
    assert (norm.sf(z) > 0.6 * highest).sum() < 80  # a small place, easily passed over
    seen = 0.0
    n = 2**zoom
    for column in range(int((5.70 + 180) / 360 * n), int((5.80 + 180) / 360 * n) + 1):
        for row in range(*_rows(50.94, 51.01, n)):
            query = "?layer=probability&threshold=700"
            numbers = _numbers(visitor, _tile(showcase, f"{zoom}/{row}/{column}", query, "npy"))
            if np.isfinite(numbers).any():
                seen = max(seen, float(np.nanmax(numbers)))
    assert seen == pytest.approx(highest, abs=0.08)
    assert seen >= highest - 1e-6


def _rows(south: float, north: float, n: int) -> tuple[int, int]:
    rows = [
        int((1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * n)
        for latitude in (north, south)
    ]
    return rows[0], rows[1] + 1


def test_classes_are_those_of_hotspots(visitor: TestClient, showcase: Showcase) -> None:
    place = "16/21944/33815"
    shares = _numbers(visitor, _tile(showcase, place, "?layer=probability&threshold=150", "npy"))
    kinds = _numbers(visitor, _tile(showcase, place, "?layer=class&threshold=150", "npy"))
    assert set(np.unique(kinds[np.isfinite(kinds)])) <= {0, 1, 2, 3}
    for kind, (low, high) in enumerate([(0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.1)]):
        assert ((kinds == kind) == ((shares >= low) & (shares < high))).all()
    stops = visitor.get(f"/api/surfaces/{showcase.zinc}/legend?layer=class&threshold=150").json()
    assert [stop["class"] for stop in stops["stops"]] == [
        "unlikely", "cannot_be_ruled_out", "possible", "likely",
    ]  # fmt: skip
    # No result lies below a limit, and no cell is far from samples.
    own = f"/api/surfaces/{showcase.zinc}/tiles/WebMercatorQuad/tilejson.json"
    led = visitor.get(f"{own}?layer=class&threshold=150").json()
    assert led["undecidable"] == stops["undecidable"] == "none"
    assert "undecidable" not in visitor.get(f"{own}?layer=median").json()


def test_a_guideline_value_is_its_threshold(visitor: TestClient, showcase: Showcase) -> None:
    values = visitor.get("/api/guidelines?contaminant=zn").json()["guidelines"]
    value = next(entry["value"] for entry in values if entry["id"] == ZINC_GUIDELINE)
    one = visitor.get(_tile(showcase, MEUSE, f"?layer=probability&guideline={ZINC_GUIDELINE}"))
    two = visitor.get(_tile(showcase, MEUSE, f"?layer=probability&threshold={value}"))
    assert one.content == two.content
    other = next(
        entry["id"] for entry in visitor.get("/api/guidelines?contaminant=pb").json()["guidelines"]
    )
    wrong = visitor.get(_tile(showcase, MEUSE, f"?layer=probability&guideline={other}"))
    assert wrong.status_code == 422
    assert "one of pb" in wrong.json()["detail"]
    told = visitor.get(
        f"/api/surfaces/{showcase.zinc}/legend?layer=probability&guideline={ZINC_GUIDELINE}"
    ).json()
    assert told["threshold"] == value
    assert told["guideline"]["id"] == ZINC_GUIDELINE
    assert told["title"].startswith(f"Probability that zinc exceeds {value:g} mg/kg (DE_BBODSCHV")


def test_a_tile_is_painted_once(
    visitor: TestClient, showcase: Showcase, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _tile(showcase, "13/2743/4226", "?layer=quantile&q=0.42")
    first = visitor.get(path)
    monkeypatch.setattr(showcase.runtime.painter, "tile", None)
    assert visitor.get(path).content == first.content


def _says(pixels: NDArray[np.uint8], text: str) -> bool:
    """Whether a text stands somewhere in a picture, dot by dot."""
    dots, ink = write_text(text), (pixels[..., :3] == 34).all(axis=-1)
    height, width = dots.shape
    return any(
        (ink[y : y + height, x : x + width] == dots).all()
        for y in range(ink.shape[0] - height + 1)
        for x in range(ink.shape[1] - width + 1)
    )


def test_legends_are_drawn_with_the_same_stops(visitor: TestClient, showcase: Showcase) -> None:
    own = f"/api/surfaces/{showcase.zinc}/legend"
    for query in (
        "",
        "?layer=probability&threshold=150",
        "?layer=class&threshold=1",
        "?layer=sigma",
    ):
        told = visitor.get(own + query).json()
        drawn = visitor.get(f"{own}.svg{query}")
        assert drawn.headers["content-type"] == "image/svg+xml"
        root = ElementTree.fromstring(drawn.text)  # noqa: S314 - our own
        words = " ".join(root.itertext())
        assert told["title"] in words
        for stop in told["stops"]:
            assert stop["label"] in words
            assert stop["color"] in drawn.text
        picture = visitor.get(f"{own}.png{query}")
        assert picture.headers["content-type"] == "image/png"
        pixels = decode_png(picture.content)
        colours = {"#{:02x}{:02x}{:02x}".format(*pixel[:3]) for pixel in pixels[:, 12]}
        assert {told["stops"][0]["color"], told["stops"][-1]["color"]} <= colours
        assert _says(pixels[:40], told["title"][:44].rpartition(" ")[0])
        assert told["unit"] == "1" or _says(pixels[:40], told["unit"])
        assert all(_says(pixels[20:, 32:], stop["label"]) for stop in told["stops"])
    assert visitor.get(f"{own}.gif").status_code == 404


def test_breaks_stretch_the_colours_of_tile_and_legend(
    visitor: TestClient, showcase: Showcase
) -> None:
    query = "?breaks=200,300,400"
    told = visitor.get(f"/api/surfaces/{showcase.zinc}/legend{query}").json()
    assert [stop["value"] for stop in told["stops"]] == [200, 300, 400]
    numbers = _numbers(visitor, _tile(showcase, MEUSE, query, "npy"))
    pixels = decode_png(visitor.get(_tile(showcase, MEUSE, query)).content)
    for stop, part in ((told["stops"][0], numbers <= 200), (told["stops"][-1], numbers >= 400)):
        colour = tuple(int(stop["color"][i : i + 2], 16) for i in (1, 3, 5))
        assert part.any()
        assert (pixels[part][:, :3] == colour).all()


def test_tilejson_leads_to_tiles_and_legend(visitor: TestClient, showcase: Showcase) -> None:
    own = f"/api/surfaces/{showcase.zinc}/tiles"
    told = visitor.get(
        f"{own}/WebMercatorQuad/tilejson.json?layer=probability&threshold=150"
    ).json()
    assert told["tilejson"] == "3.0.0"
    west, south, east, north = told["bounds"]
    assert west < 5.76 < east
    assert south < 50.98 < north
    # At 51° N a pixel of zoom 11 is 48 m, of zoom 10 96 m; a cell is 80 m.
    assert told["maxzoom"] == 13
    [template] = told["tiles"]
    address = template.format(z=14, y=5486, x=8453).removeprefix("http://127.0.0.1")
    assert decode_png(visitor.get(address).content)[..., 3].any()
    assert visitor.get(told["legend"].removeprefix("http://127.0.0.1")).status_code == 200
    assert visitor.get(f"{own}/WorldCRS84Quad/tilejson.json").status_code == 404
    for query in ("layer=probability", "layer=x", "q=0.5", "layer=probability&threshold=inf"):
        assert visitor.get(f"{own}/WebMercatorQuad/tilejson.json?{query}").status_code == 400


def test_tilejson_writes_breaks_so_that_they_are_read_back(
    visitor: TestClient, showcase: Showcase
) -> None:
    own = f"/api/surfaces/{showcase.zinc}"
    breaks = "1234567,1234568,1e+22"
    told = visitor.get(
        f"{own}/tiles/WebMercatorQuad/tilejson.json", params={"breaks": breaks}
    ).json()
    [template] = told["tiles"]
    address = template.format(z=14, y=5486, x=8453).removeprefix("http://127.0.0.1")
    assert visitor.get(address).status_code == 200
    said = parse_qs(urlsplit(address).query)
    assert [float(b) for b in said["breaks"][0].split(",")] == [1234567, 1234568, 1e22]


def test_private_surface_has_no_tiles(visitor: TestClient, showcase: Showcase) -> None:
    [secret] = [name for name in showcase.secret_ids if name.startswith("sf_")]
    for path in ("legend", "legend.svg", "tiles/WebMercatorQuad/0/0/0.png",
                 "tiles/WebMercatorQuad/tilejson.json"):  # fmt: skip
        assert visitor.get(f"/api/surfaces/{secret}/{path}").status_code == 404
