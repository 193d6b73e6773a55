"""Surfaces as files: read in ranges by GDAL, valid COGs, styled as the legend."""

import math
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import rasterio
from fastapi.testclient import TestClient
from rio_cogeo import cog_validate

from app.db import ids
from tests.app.scene import Showcase


def _content(showcase: Showcase) -> bytes:
    uid = ids.parse("surface", showcase.zinc)
    assert uid is not None
    return showcase.runtime.store.surface_path(uid).read_bytes()


def _path(showcase: Showcase) -> str:
    return f"/api/downloads/{showcase.zinc}.tif"


def test_whole_file_with_its_headers(visitor: TestClient, showcase: Showcase) -> None:
    answer = visitor.get(_path(showcase), headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert answer.content == _content(showcase)
    assert answer.headers["accept-ranges"] == "bytes"
    assert "content-encoding" not in answer.headers
    assert answer.headers["content-type"].startswith("image/tiff; application=geotiff")
    assert not answer.headers["etag"].startswith("W/")
    assert answer.headers["cache-control"] == "no-cache"
    assert 'rel="license"' in answer.headers["link"]
    assert showcase.zinc in answer.headers["content-disposition"]
    known = visitor.get(_path(showcase), headers={"If-None-Match": answer.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")


@pytest.mark.parametrize("extra", [{}, {"Range": "bytes=0-15"}])
def test_what_is_known_is_not_read_again(
    visitor: TestClient,
    showcase: Showcase,
    monkeypatch: pytest.MonkeyPatch,
    extra: dict[str, str],
) -> None:
    first = visitor.head(_path(showcase))

    async def opened(*given: Any) -> None:
        pytest.fail("the file was opened")

    monkeypatch.setattr("anyio.open_file", opened)
    for asked in ("*", first.headers["etag"]):
        answer = visitor.get(_path(showcase), headers={"If-None-Match": asked, **extra})
        assert (answer.status_code, answer.content) == (304, b"")
        for name in ("etag", "link", "cache-control"):
            assert answer.headers[name] == first.headers[name]
        assert "content-length" not in answer.headers


def test_head_tells_the_size_and_sends_nothing(visitor: TestClient, showcase: Showcase) -> None:
    answer = visitor.head(_path(showcase))
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) == len(_content(showcase))
    assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-15", slice(0, 16)),
        ("bytes=100-", slice(100, None)),
        ("bytes=-20", slice(-20, None)),
        ("bytes=10-999999999999", slice(10, None)),
    ],
)
def test_ranges(visitor: TestClient, showcase: Showcase, asked: str, part: slice) -> None:
    content = _content(showcase)
    answer = visitor.get(_path(showcase), headers={"Range": asked, "Accept-Encoding": "gzip"})
    assert answer.status_code == 206
    assert answer.content == content[part]
    begin, end, _ = part.indices(len(content))
    assert answer.headers["content-range"] == f"bytes {begin}-{end - 1}/{len(content)}"


def test_a_download_is_resumed_where_nothing_changed(
    visitor: TestClient, showcase: Showcase
) -> None:
    tag = visitor.head(_path(showcase)).headers["etag"]
    resumed = visitor.get(_path(showcase), headers={"Range": "bytes=500-", "If-Range": tag})
    assert (resumed.status_code, resumed.content) == (206, _content(showcase)[500:])
    changed = visitor.get(_path(showcase), headers={"Range": "bytes=500-", "If-Range": '"other"'})
    assert (changed.status_code, changed.content) == (200, _content(showcase))


@pytest.mark.parametrize("asked", ["bytes=x-y", "lines=1-2", "bytes=9-3", "bytes", "bytes=,"])
def test_what_is_no_range_is_passed_over(
    visitor: TestClient, showcase: Showcase, asked: str
) -> None:
    answer = visitor.get(_path(showcase), headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, _content(showcase))


def test_a_range_behind_the_end(visitor: TestClient, showcase: Showcase) -> None:
    size = len(_content(showcase))
    answer = visitor.get(_path(showcase), headers={"Range": f"bytes={size}-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{size}"
    assert answer.headers["content-type"] == "application/problem+json"
    assert f"{size:,} bytes" in answer.json()["detail"]


def test_links_tell_the_types_of_what_they_lead_to(visitor: TestClient, showcase: Showcase) -> None:
    links = visitor.head(_path(showcase)).links
    assert set(links) == {"license", "describedby", "style"}
    for link in links.values():
        found = visitor.get(link["url"])
        assert found.status_code == 200
        assert found.headers["content-type"] == link["type"]


def test_several_ranges_come_in_parts(visitor: TestClient, showcase: Showcase) -> None:
    answer = visitor.get(_path(showcase), headers={"Range": "bytes=0-3,10-13"})
    assert answer.status_code == 206
    assert answer.headers["content-type"].startswith("multipart/byteranges")
    content = _content(showcase)
    assert content[0:4] in answer.content
    assert content[10:14] in answer.content


def test_gdal_reads_a_window_over_http(address: str, showcase: Showcase) -> None:
    url = f"/vsicurl/{address}{_path(showcase)}"
    with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"), rasterio.open(url) as dataset:
        assert dataset.crs.to_epsg() == 28992
        assert dataset.descriptions == ("median", "mean", "location", "sigma")
        assert dataset.units == ("mg/kg", "mg/kg", "ln(mg/kg)", "ln(mg/kg)")
        assert math.isnan(dataset.nodata)
        assert (dataset.scales, dataset.offsets) == ((1.0,) * 4, (0.0,) * 4)
        assert "Zinc in soil" in dataset.tags()["TIFFTAG_IMAGEDESCRIPTION"]
        band = dataset.read(1)
        told = dataset.tags(1)
        known = band[np.isfinite(band)].astype(float)
        assert float(told["STATISTICS_MINIMUM"]) == known.min()
        assert float(told["STATISTICS_MAXIMUM"]) == known.max()
        assert float(told["STATISTICS_MEAN"]) == pytest.approx(known.mean())
        assert float(told["STATISTICS_STDDEV"]) == pytest.approx(known.std())


def test_the_file_is_a_strictly_valid_cog(showcase: Showcase) -> None:
    for surface in (showcase.zinc, showcase.weighted):
        uid = ids.parse("surface", surface)
        assert uid is not None
        path = showcase.runtime.store.surface_path(uid)
        is_valid, errors, warnings = cog_validate(path, strict=True, quiet=True)
        assert (is_valid, errors, warnings) == (True, [], [])


@pytest.mark.parametrize("query", ["", "?layer=mean", "?layer=sigma", "?breaks=1,2,300"])
def test_styles_have_the_legends_classes(
    visitor: TestClient, showcase: Showcase, query: str
) -> None:
    stops = visitor.get(f"/api/surfaces/{showcase.zinc}/legend{query}").json()["stops"]
    qml = visitor.get(f"/api/downloads/{showcase.zinc}.qml{query}")
    sld = visitor.get(f"/api/downloads/{showcase.zinc}.sld{query}")
    assert (qml.status_code, sld.status_code) == (200, 200)
    band = {"?layer=mean": "2", "?layer=sigma": "4"}.get(query, "1")
    renderer = ElementTree.fromstring(qml.text.partition("\n")[2]).find("pipe/rasterrenderer")  # noqa: S314
    assert renderer is not None
    assert renderer.get("band") == band
    items: list[Any] = list(renderer.iter("item"))
    assert [float(item.get("value")) for item in items] == [stop["value"] for stop in stops]
    assert [item.get("color") for item in items] == [stop["color"] for stop in stops]
    root = ElementTree.fromstring(sld.text.partition("\n")[2])  # noqa: S314
    space = "{http://www.opengis.net/sld}"
    entries: list[Any] = list(root.iter(f"{space}ColorMapEntry"))
    assert [float(entry.get("quantity")) for entry in entries] == [stop["value"] for stop in stops]
    [source] = root.iter(f"{space}SourceChannelName")
    assert source.text == band


def test_what_is_no_band_has_no_style(visitor: TestClient, showcase: Showcase) -> None:
    answer = visitor.get(f"/api/downloads/{showcase.zinc}.qml?layer=probability&threshold=150")
    assert answer.status_code == 422
    assert "tiles show it" in answer.json()["detail"]


def test_private_surface_is_no_file(visitor: TestClient, showcase: Showcase) -> None:
    [secret] = [name for name in showcase.secret_ids if name.startswith("sf_")]
    for ending in ("tif", "qml", "sld"):
        assert visitor.get(f"/api/downloads/{secret}.{ending}").status_code == 404
    assert visitor.get("/api/downloads/..%2f..%2fetc.tif").status_code == 404
