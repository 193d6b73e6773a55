"""From file to map: the demo's zinc hotspots, recomputed from the COG and the laboratory's file.

Nothing of the product's own code is used here to check it.
"""

import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from scipy.special import ndtr
from shapely.geometry import shape

from tests.end_to_end.service import Service, run_command

THRESHOLDS = {"cd": 1.0, "cu": 40.0, "pb": 70.0, "zn": 150.0}
COLUMNS = {"cd": "cadmium", "cu": "copper", "pb": "lead", "zn": "zinc"}
TO_PLANE = pyproj.Transformer.from_crs(4326, 28992, always_xy=True)


def _on_plane(geometry: Any) -> Any:
    return shapely.transform(
        geometry, lambda c: np.column_stack(TO_PLANE.transform(c[:, 0], c[:, 1]))
    )


@pytest.fixture(scope="module")
def samples(repository: Path) -> list[dict[str, str]]:
    with (repository / "data/demo/meuse/samples.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def surfaces(service: Service, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The four surfaces as the command exports them."""
    folder = tmp_path_factory.mktemp("surfaces")
    found = {}
    for code in COLUMNS:
        [summary] = service.json("/api/surfaces", contaminant=code)["surfaces"]
        out = folder / f"{code}.tif"
        done = run_command("export", summary["id"], str(out), "--data", str(service.folder))
        assert done.returncode == 0, done.stderr
        with rasterio.open(out) as dataset:
            assert dataset.crs.to_epsg() == 28992
            assert dataset.transform.a == 40.0
            assert dataset.transform.c % 40.0 == 0.0, "the origin is a multiple of the cell size"
            assert dataset.transform.f % 40.0 == 0.0
            assert dataset.descriptions == ("median", "mean", "location", "sigma")
            bands = dict(zip(dataset.descriptions, dataset.read().astype(float), strict=True))
            found[code] = {"bands": bands, "affine": dataset.transform, "summary": summary}
    return found


def _centres(surface: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = surface["bands"]["median"].shape
    column, row = np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5)
    affine = surface["affine"]
    return affine.c + column * affine.a, affine.f + row * affine.e


def _probability(surface: dict[str, Any], threshold: float) -> np.ndarray:
    bands = surface["bands"]
    return 1.0 - ndtr((math.log(threshold) - bands["location"]) / bands["sigma"])


@pytest.mark.parametrize("code", sorted(COLUMNS))
def test_polygons_and_statistics_follow_from_surface_and_samples(
    service: Service, surfaces: dict[str, Any], samples: list[dict[str, str]], code: str
) -> None:
    surface, threshold = surfaces[code], THRESHOLDS[code]
    answer = service.json("/api/collections/hotspots/items", contaminant=code)
    features = [f for f in answer["features"] if f["properties"]["confidence"] == "likely"]
    assert features, f"no hotspot of {code}"
    probability = _probability(surface, threshold)
    q = features[0]["properties"]["q"]
    # Where the variance comes near the sill, nothing is decided.
    card = service.json(f"/api/surfaces/{surface['summary']['id']}")["card"]
    sill = card["variogram"]["fit"]["sill"]
    hot = (probability >= q) & (surface["bands"]["sigma"] ** 2 < 0.9 * sill)
    eastings, northings = _centres(surface)
    affine = surface["affine"]
    covered = np.zeros_like(hot)
    x = np.array([float(sample["x"]) for sample in samples])
    y = np.array([float(sample["y"]) for sample in samples])
    values = np.array([float(sample[COLUMNS[code]]) for sample in samples])
    for feature in features:
        polygon = _on_plane(shape(feature["geometry"]))
        told = feature["properties"]
        cells = shapely.contains_xy(polygon, eastings, northings)
        assert not (covered & cells).any(), "hotspots of one layer overlap"
        covered |= cells
        assert told["cell_count"] == cells.sum()
        assert told["area_m2"] == pytest.approx(cells.sum() * 1600.0)
        assert polygon.area == pytest.approx(told["area_m2"], rel=1e-4)
        assert told["p_min"] == pytest.approx(probability[cells].min(), rel=1e-6)
        assert told["p_mean"] == pytest.approx(probability[cells].mean(), rel=1e-6)
        assert told["p_max"] == pytest.approx(probability[cells].max(), rel=1e-6)
        # A sample on an edge belongs to the cell to its south-east.
        inside = cells[
            np.floor((affine.f - y) / affine.a).astype(int),
            np.floor((x - affine.c) / affine.a).astype(int),
        ]
        assert told["sample_count"] == inside.sum()
        if inside.any():
            assert told["max_value"] == values[inside].max()
            assert told["mean_value"] == pytest.approx(values[inside].mean())
            top = service.json(f"/api/collections/samples/items/{told['max_sample']}")
            [result] = [r for r in top["properties"]["results"] if r["contaminant"] == code]
            assert result["value"] == told["max_value"]
        assert told["definition"] == "exceedance"
        assert told["reason_code"] == "exceedance_likely"
        assert f"{threshold:g} mg/kg" in told["reason"]
        assert told["guideline"]["value"] == threshold
        assert told["guideline"]["framework"] == "DE_BBODSCHV_2021"
        assert told["guideline"]["soil_texture"] == "loam/silt"
        assert told["guideline"]["verified"] is True
        assert told["extraction_note"] == (
            "extraction not stated in the data; accepted for demonstration"
        )
        assert told["surface"] == surface["summary"]["id"]
    assert (covered == hot).all(), "every decided cell with P >= q is likely, and no other"


def test_zinc_hotspots_lie_along_the_river(
    service: Service, surfaces: dict[str, Any], repository: Path
) -> None:
    river_file = repository / "data/demo/meuse/river.geojson"
    river = _on_plane(shape(json.loads(river_file.read_text())["features"][0]["geometry"]))
    features = service.json("/api/collections/hotspots/items", contaminant="zn")["features"]
    likely = [f for f in features if f["properties"]["confidence"] == "likely"]
    hot = shapely.union_all([_on_plane(shape(f["geometry"])) for f in likely])
    eastings, northings = _centres(surfaces["zn"])
    known = np.isfinite(surfaces["zn"]["bands"]["median"])
    places = shapely.points(eastings[known], northings[known])
    distance = shapely.distance(places, river)
    is_hot = shapely.contains_xy(hot, eastings[known], northings[known])
    assert 0.2 < is_hot.mean() < 0.8
    assert np.median(distance[is_hot]) < 0.5 * np.median(distance[~is_hot])
    # Nearly the whole bank stands out.
    assert is_hot[distance < 100.0].mean() > 0.9


def test_samples_are_the_files(service: Service, samples: list[dict[str, str]]) -> None:
    features = service.json("/api/collections/samples/items", limit=10_000)["features"]
    assert len(features) == 155
    told = {}
    for feature in features:
        easting, northing = TO_PLANE.transform(*feature["geometry"]["coordinates"])
        for result in feature["properties"]["results"]:
            assert result["unit"] == "mg/kg"
            told[round(easting), round(northing), result["contaminant"]] = result["value"]
    wanted = {
        (round(float(s["x"])), round(float(s["y"])), code): float(s[column])
        for s in samples
        for code, column in COLUMNS.items()
    }
    assert told == wanted


def test_sources_state_how_exactly_they_are_placed(service: Service) -> None:
    features = service.json("/api/collections/sources/items")["features"]
    assert len(features) >= 10
    for feature in features:
        told = feature["properties"]
        assert told["positional_accuracy_m"] > 0
        assert told["citation"]
        assert told["citation_url"].startswith("http")
        assert told["position_source"]


def test_value_at_a_place_equals_the_cell(service: Service, surfaces: dict[str, Any]) -> None:
    surface = surfaces["zn"]
    eastings, northings = _centres(surface)
    row, column = map(int, np.argwhere(np.isfinite(surface["bands"]["median"]))[500])
    to_degrees = pyproj.Transformer.from_crs(28992, 4326, always_xy=True)
    lon, lat = to_degrees.transform(eastings[row, column], northings[row, column])
    path = f"/api/surfaces/{surface['summary']['id']}/value"
    told = service.json(path, lon=lon, lat=lat, threshold=150)
    bands = surface["bands"]
    assert told["median"] == pytest.approx(bands["median"][row, column], rel=1e-6)
    assert told["probability"] == pytest.approx(_probability(surface, 150.0)[row, column], rel=1e-6)
    location, sigma = bands["location"][row, column], bands["sigma"][row, column]
    assert told["quantiles"]["p95"] == pytest.approx(math.exp(location + 1.6448536 * sigma), 1e-5)
