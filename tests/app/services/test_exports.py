"""Layers as files: whole or not at all, and only what everybody may see."""

import csv
import io
import json
from pathlib import Path

import geopandas
import pytest

from app.errors import InvalidRequest, NotFound
from app.services.exports import write_layer
from spatial.raster import read_raster
from tests.app.scene import Showcase


def _write(showcase: Showcase, layer: str, out: Path) -> int:
    opened = showcase.runtime
    with opened.database.reading() as session:
        return write_layer(session, opened.store, layer, out)


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".fgb"])
@pytest.mark.parametrize(("layer", "count"), [("samples", 155), ("sources", 17)])
def test_gis_formats_hold_every_feature(
    showcase: Showcase, tmp_path: Path, suffix: str, layer: str, count: int
) -> None:
    out = tmp_path / f"out{suffix}"
    assert _write(showcase, layer, out) == count
    frame = geopandas.read_file(out, **({"layer": layer} if suffix == ".gpkg" else {}))
    assert len(frame) == count
    assert frame.crs.to_epsg() == 4326
    assert frame.geometry.is_valid.all()
    assert _names(tmp_path) == {out.name, f"{out.name}.licence.json"}


def test_licences_stand_beside_and_hide_the_private(showcase: Showcase, tmp_path: Path) -> None:
    _write(showcase, "samples", tmp_path / "out.csv")
    text = (tmp_path / "out.csv.licence.json").read_text(encoding="utf-8")
    assert [entry["title"] for entry in json.loads(text)["datasets"]] == ["meuse"]
    _write(showcase, showcase.zinc, tmp_path / "out.tif")
    text = (tmp_path / "out.tif.licence.json").read_text(encoding="utf-8")
    assert [entry["title"] for entry in json.loads(text)["datasets"]] == ["meuse"]


def test_table_has_coordinates_and_no_formulas(showcase: Showcase, tmp_path: Path) -> None:
    assert _write(showcase, "members", tmp_path / "out.csv") == 1
    [row] = csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text(encoding="utf-8")))
    assert row["name"] == "Ada Soil"
    assert float(row["longitude"]) == pytest.approx(5.69, abs=0.02)
    assert "email" not in row
    assert "@" not in str(row)
    assert _write(showcase, "hotspots", tmp_path / "hot.csv") > 0
    first = next(csv.DictReader(io.StringIO((tmp_path / "hot.csv").read_text(encoding="utf-8"))))
    assert first["wkt"].startswith("POLYGON")


def test_surface_is_the_same_raster(showcase: Showcase, tmp_path: Path) -> None:
    assert _write(showcase, showcase.zinc, tmp_path / "out.tif") == 1
    assert list(read_raster(tmp_path / "out.tif").bands) == [
        "median", "mean", "location", "sigma",
    ]  # fmt: skip


def test_what_cannot_be_written_leaves_nothing(showcase: Showcase, tmp_path: Path) -> None:
    # The operator may take a private surface out by its id, but not in a format it has not.
    [secret] = [name for name in showcase.secret_ids if name.startswith("sf_")]
    refused: list[tuple[str, str, type[Exception]]] = [
        ("samples", "out.docx", InvalidRequest),
        ("samples", "out", InvalidRequest),
        (showcase.zinc, "out.csv", InvalidRequest),
        ("nothing", "out.csv", NotFound),
        (secret, "out.csv", InvalidRequest),
        ("samples", "absent/out.csv", InvalidRequest),
    ]
    for layer, name, kind in refused:
        with pytest.raises(kind):
            _write(showcase, layer, tmp_path / name)
    assert _names(tmp_path) == set()


def test_file_that_fails_half_way_leaves_the_old_one(
    showcase: Showcase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.geojson"
    _write(showcase, "samples", out)
    before = out.read_bytes()

    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("app.services.downloads.Flow.batches", broken)
    with pytest.raises(RuntimeError, match="broken"):
        _write(showcase, "samples", out)
    assert out.read_bytes() == before
    assert _names(tmp_path) == {out.name, f"{out.name}.licence.json"}
