"""A map of another origin: MapLibre shows our GeoJSON, vector tiles and raster tiles there."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from app.resources import web_static
from tests.app.scene import Showcase
from tests.web.browser import wait_until

_PAGE = """<!doctype html><title>Somebody else's map</title>
<link rel="stylesheet" href="maplibre-gl.css">
<div id="map" style="width: 600px; height: 500px"></div>
<script type="module">
  import * as maplibre from "./maplibre-gl.mjs";
  const api = "API", surface = "SURFACE", layer = "LAYER";
  const circles = {"circle-radius": 4, "circle-color": "#0000ff"};
  const map = new maplibre.Map({
    container: "map", center: [5.745, 50.975], zoom: 12,
    style: {version: 8, sources: {}, layers: []},
  });
  window.map = map;
  window.faults = [];
  map.on("error", (event) => window.faults.push(String(event.error)));
  map.on("load", async () => {
    const tilejson = `${api}/surfaces/${surface}/tiles/WebMercatorQuad/tilejson.json` +
      "?layer=probability&threshold=150";
    map.addSource("raster", {type: "raster", url: tilejson, tileSize: 256});
    map.addLayer({id: "raster", type: "raster", source: "raster"});
    const items = `${api}/collections/samples/items?limit=1000`;
    map.addSource("geojson", {type: "geojson", data: items});
    map.addLayer({id: "geojson", type: "circle", source: "geojson", paint: circles});
    const style = await (await fetch(
      `${api}/collections/${layer}/tiles/WebMercatorQuad/style.json`)).json();
    for (const [name, source] of Object.entries(style.sources)) map.addSource(name, source);
    for (const one of style.layers) map.addLayer(one);
    window.isReady = true;
  });
</script>
"""


class _Quiet(SimpleHTTPRequestHandler):
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".mjs": "text/javascript"}

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def elsewhere(tmp_path: Path, address: str, showcase: Showcase) -> Iterator[str]:
    """A page of another origin, with a library of its own."""
    for file in (web_static() / "vendor" / "maplibre-gl").iterdir():
        (tmp_path / file.name).symlink_to(file)
    page = _PAGE.replace("API", f"{address}/api").replace("SURFACE", showcase.zinc)
    (tmp_path / "index.html").write_text(page.replace("LAYER", showcase.layer), encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_map_of_another_origin_shows_all_three(browser: Browser, elsewhere: str) -> None:
    page = browser.new_page()
    try:
        page.goto(elsewhere)
        wait_until(page, "the sources", lambda: page.evaluate("() => window.isReady === true"))
        for layer, least in (("geojson", 20), ("hotspots-areas", 1)):
            count = f"() => map.queryRenderedFeatures({{layers: ['{layer}']}}).length"
            wait_until(
                page,
                f"features of {layer}; said: {page.evaluate('() => window.faults')}",
                lambda count=count, least=least: page.evaluate(count) >= least,
            )
        wait_until(page, "the raster", lambda: page.evaluate("() => map.isSourceLoaded('raster')"))
        assert page.evaluate("() => window.faults") == []
    finally:
        page.close()
