"""What the stand-in service answers with, made from the demo's own files."""

import csv
import json
import math
import struct
import tomllib
import zlib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from scipy.stats import norm
from shapely.geometry import box, mapping, shape

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "data" / "demo" / "meuse"
METALS = {"cd": "cadmium", "cu": "copper", "pb": "lead", "zn": "zinc"}
SIGMA = 0.35
STEP_LONGITUDE, STEP_LATITUDE = 0.00057, 0.00036  # about 40 m
CIVIDIS = ("#00224d", "#35456c", "#666970", "#948e77", "#c8b866", "#fde737")
REDS = ("#fff7f3", "#fcd0cc", "#f994b1", "#e23e99", "#99017c", "#49006a")
HOSTILE = '<img src=x onerror="alert(1)"> مصنع الزنك ' + "Very-long-name-without-a-break" * 8


@dataclass(frozen=True)
class Scenario:
    """What is unusual about this service."""

    empty: bool = False
    failing: tuple[str, ...] = ()
    hotspots: int | None = None
    mixed: bool = False
    hostile: bool = False
    uncertain: bool = True
    members: list[dict[str, Any]] = field(default_factory=list)


@cache
def contaminants() -> list[dict[str, Any]]:
    path = ROOT / "data" / "reference" / "contaminants.csv"
    with path.open(encoding="utf-8") as file:
        return [
            {
                "code": row["code"],
                "symbol": row["symbol"] or None,
                "cas": row["cas"] or None,
                "names": {
                    language: row[f"name_{language}"]
                    for language in ("en", "fr", "es", "zh", "ru", "ar")
                    if row[f"name_{language}"]
                },
                "aliases": [alias for alias in row["aliases"].split(";") if alias],
                "group": row["group"],
                "unit": row["default_unit"],
            }
            for row in csv.DictReader(file)
        ]


@cache
def guidelines() -> list[dict[str, Any]]:
    path = ROOT / "data" / "reference" / "guideline_values.csv"
    with path.open(encoding="utf-8") as file:
        rows: list[dict[str, Any]] = list(csv.DictReader(file))
    for row in rows:
        row["value"] = float(row["value"]) if row["value"] else None
        row["value_max"] = float(row["value_max"]) if row["value_max"] else None
        row["verified"] = row["verified"] == "yes"
        row["citation"] = ", ".join(
            part for part in (row["legal_name"], row["source_table"]) if part
        )
        row["url"] = row["source_url"]
        row.update({key: None for key, value in row.items() if value == ""})
    return [row for row in rows if row["value"] is not None]


@cache
def samples() -> list[dict[str, Any]]:
    to_degrees = Transformer.from_crs(28992, 4326, always_xy=True)
    with (DEMO / "samples.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    made = []
    for number, row in enumerate(rows):
        place = to_degrees.transform(float(row["x"]), float(row["y"]))
        results = [
            {
                "contaminant": code,
                "name": name.capitalize(),
                # The lowest cadmium values of the set are what its laboratory could just see.
                "value": None if float(row[name]) <= 0.2 else float(row[name]),
                "censoring": "left" if float(row[name]) <= 0.2 else "none",
                "detection_limit": 0.2 if code == "cd" else None,
                "uncertainty": 5.0 if code == "cu" else None,
                "coverage_factor": 2.0 if code == "cu" else None,
                "unit": "mg/kg",
                "extraction": None,
                "fraction": None,
                "qualifier": None,
            }
            for code, name in METALS.items()
        ]
        is_low = any(result["censoring"] == "left" for result in results)
        made.append(
            {
                "type": "Feature",
                "id": f"sm_{number:032x}",
                "geometry": {"type": "Point", "coordinates": list(place)},
                "properties": {
                    # not true of any sample: what the page shows of it is looked at
                    "repairs": "date_serial null_island" if is_low else None,
                    "dataset": "ds_1",
                    "dataset_title": settings()["dataset"]["title"],
                    "site": f"Meuse {number + 1}",
                    "depth_upper_cm": 0,
                    "depth_lower_cm": 20,
                    "sampled_from": "1990-01-01",
                    "sampled_to": "1990-12-31",
                    "results": results,
                },
            }
        )
    return made


@cache
def settings() -> dict[str, Any]:
    return tomllib.loads((DEMO / "demo.toml").read_text(encoding="utf-8"))


@cache
def drawing(name: str) -> Any:
    collection = json.loads((DEMO / f"{name}.geojson").read_text(encoding="utf-8"))
    return collection["features"][0]["geometry"]


@cache
def known(code: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    places, values = [], []
    for feature in samples():
        result = next(r for r in feature["properties"]["results"] if r["contaminant"] == code)
        places.append(feature["geometry"]["coordinates"])
        values.append(math.log(result["value"] or result["detection_limit"] / 2))
    return np.array(places), np.array(values)


@cache
def cells(code: str) -> tuple[int, int, NDArray[np.float64]]:
    """Return first column and row, and ln of the estimate in 40 m cells, NaN outside."""
    outline = shape(drawing("outline"))
    west, south, east, north = outline.bounds
    columns = np.arange(math.floor(west / STEP_LONGITUDE), math.ceil(east / STEP_LONGITUDE))
    rows = np.arange(math.floor(south / STEP_LATITUDE), math.ceil(north / STEP_LATITUDE))
    longitudes, latitudes = np.meshgrid(
        (columns + 0.5) * STEP_LONGITUDE, (rows + 0.5) * STEP_LATITUDE
    )
    places, values = known(code)
    easting = (longitudes[..., None] - places[:, 0]) * math.cos(math.radians(51))
    weights = 1 / ((easting**2 + (latitudes[..., None] - places[:, 1]) ** 2) + 1e-9) ** 1.5
    estimate = (weights * values).sum(-1) / weights.sum(-1)
    inside = shapely.contains_xy(outline, longitudes, latitudes)
    return int(columns[0]), int(rows[0]), np.where(inside, estimate, np.nan)


def locations(code: str, longitudes: Any, latitudes: Any) -> NDArray[np.float64]:
    """Return ln of the estimate at places, NaN outside the outline."""
    first_column, first_row, field = cells(code)
    columns = np.floor(np.asarray(longitudes) / STEP_LONGITUDE).astype(int) - first_column
    rows = np.floor(np.asarray(latitudes) / STEP_LATITUDE).astype(int) - first_row
    known_cells = (
        (columns >= 0) & (columns < field.shape[1]) & (rows >= 0) & (rows < field.shape[0])
    )
    found = field[np.where(known_cells, rows, 0), np.where(known_cells, columns, 0)]
    return np.where(known_cells, found, np.nan)


def exceedance(location: Any, threshold: float) -> NDArray[np.float64]:
    return np.asarray(norm.sf((math.log(threshold) - np.asarray(location)) / SIGMA))


def value_range(code: str) -> list[float]:
    low, high = np.exp(np.quantile(known(code)[1], (0.02, 0.98)))
    return [float(f"{low:.2g}"), float(f"{high:.2g}")]


def stops(code: str, layer: str) -> list[dict[str, Any]]:
    if layer == "probability":
        edges, colors = np.linspace(0, 1, 6), REDS
    else:
        low, high = value_range(code)
        edges, colors = np.geomspace(low, high, 6), CIVIDIS
    return [
        {"value": float(f"{edge:.2g}"), "color": color, "label": f"{edge:.2g}"}
        for edge, color in zip(edges, colors, strict=True)
    ]


def png(rgba: NDArray[np.uint8]) -> bytes:
    """Return a PNG: one filter byte before each row, compressed, between its chunks."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    height, width, _ = rgba.shape
    rows = np.hstack([np.zeros((height, 1), np.uint8), rgba.reshape(height, width * 4)])
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows.tobytes(), 1)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


def tile(code: str, z: int, y: int, x: int, threshold: float | None) -> bytes:
    size = 128
    pixels = (np.arange(size) + 0.5) / size
    longitudes = (x + pixels) / 2**z * 360 - 180
    latitudes = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (y + pixels) / 2**z))))
    location = locations(code, *np.meshgrid(longitudes, latitudes))
    if threshold is None:
        scaled, colors = location, [math.log(s["value"]) for s in stops(code, "median")]
        table = CIVIDIS
    else:
        scaled, colors, table = exceedance(location, threshold), list(np.linspace(0, 1, 6)), REDS
    channels = [
        np.interp(scaled, colors, [int(color[i : i + 2], 16) for color in table]) for i in (1, 3, 5)
    ]
    alpha = np.where(np.isfinite(scaled), 255, 0)
    rgba = np.nan_to_num(np.stack([*channels, alpha], axis=-1)).astype(np.uint8)
    return png(rgba)


@cache
def hotspots(code: str) -> list[dict[str, Any]]:
    guideline = guideline_of(code)
    first_column, first_row, field = cells(code)
    p = exceedance(field, guideline["value"])
    rows, columns = np.nonzero(p >= 0.9)
    marked = [
        (
            box(
                (column + first_column) * STEP_LONGITUDE,
                (row + first_row) * STEP_LATITUDE,
                (column + first_column + 1) * STEP_LONGITUDE,
                (row + first_row + 1) * STEP_LATITUDE,
            ),
            float(p[row, column]),
        )
        for row, column in zip(rows, columns, strict=True)
    ]
    merged = shapely.union_all([cell for cell, _ in marked], grid_size=1e-7)
    return [
        hotspot(
            code,
            number,
            polygon,
            [share for cell, share in marked if polygon.contains(cell.centroid)],
        )
        for number, polygon in enumerate(getattr(merged, "geoms", [merged]))
    ]


def guideline_of(code: str) -> dict[str, Any]:
    wanted = settings()["hotspots"]["guidelines"][code]
    return next(row for row in guidelines() if row["id"] == wanted)


def hotspot(code: str, number: int, polygon: Any, shares: list[float]) -> dict[str, Any]:
    guideline = guideline_of(code)
    inside = []
    for feature in samples():
        if polygon.contains(shapely.Point(feature["geometry"]["coordinates"])):
            result = next(r for r in feature["properties"]["results"] if r["contaminant"] == code)
            inside.append((result["value"] or 0, feature["id"]))
    area = len(shares) * 1600
    return {
        "type": "Feature",
        "id": f"hs_{code}_{number}",
        "geometry": mapping(polygon),
        "properties": {
            "layer": f"hl_{code}",
            "definition": "exceedance",
            "contaminants": [code],
            "guideline": guideline,
            "extraction_note": settings()["hotspots"]["extraction_note"],
            "confidence": "likely",
            "parameters": {"likely": 0.9, "possible": 0.5, "cannot_be_ruled_out": 0.2},
            "reason_code": "exceedance_likely",
            "reason": (
                f"{METALS[code].capitalize()} is above {guideline['value']:g} mg/kg with a "
                f"probability of at least 90 % on {area / 1e4:.1f} ha; {len(inside)} samples "
                "lie inside."
            ),
            "area_m2": area,
            "sample_count": len(inside),
            "place_count": len(inside),
            "max_value": max(inside, default=(None, None))[0],
            "max_sample": max(inside, default=(None, None))[1],
            "mean_value": float(np.mean([value for value, _ in inside])) if inside else None,
            "censored_share": 0.0 if inside else None,
            "undecidable_share": 0.0 if inside else None,
            "quantity": "probability",
            "quantity_min": min(shares),
            "quantity_mean": float(np.mean(shares)),
            "quantity_max": max(shares),
            "p_min": min(shares),
            "p_mean": float(np.mean(shares)),
            "p_max": max(shares),
            "q": 0.9,
            "surface": f"sf_{code}",
            "datasets": ["ds_1"],
        },
    }


@cache
def mixtures() -> list[dict[str, Any]]:
    """Return the hotspots of zinc, with lead in them."""
    made = []
    for number, feature in enumerate(hotspots("zn")):
        each = [
            {"contaminant": "zn", "p_mean": 0.9, "threshold": 150.0, "unit": "mg/kg"},
            {"contaminant": "pb", "p_mean": 0.6, "threshold": 100.0, "unit": "mg/kg"},
        ]
        mixture = {
            "at_least": 2,
            "contaminants": each,
            "combinations": [
                {"contaminants": ["zn", "pb"], "probability": 0.55},
                {"contaminants": ["zn"], "probability": 0.35},
                {"contaminants": ["pb"], "probability": 0.05},
                {"contaminants": [], "probability": 0.05},
            ],
            "expected_number": 1.5,
            "sum_of_ratios": 4.25,
            "dominant": "zn",
            "drivers": ["zn", "pb"] if number else ["zn"],
        }
        properties = feature["properties"] | {
            "layer": "hl_mix",
            "definition": "coexistence",
            "contaminants": ["zn", "pb"],
            "threshold": None,
            "guideline": None,
            "unit": "ratio",
            "max_value": 3.5,
            **{f"{name}_mean": 0.55 for name in ("p", "quantity")},
            "reason_code": "coexistence_likely",
            "reason": "Zinc and Lead: at least 2 of 2 contaminants above their guideline values.",
            "surface": None,
            "mixture": mixture,
        }
        made.append(feature | {"id": f"hs_mix_{number}", "properties": properties})
    return made


@cache
def crowd(count: int) -> list[dict[str, Any]]:
    """Return many small hotspots."""
    template, made = hotspots("zn")[0], []
    for number in range(count):
        west = 5.72 + (number % 40) * 0.0012
        south = 50.955 + (number // 40) * 0.0012
        square = box(west, south, west + 0.0008, south + 0.0008)
        properties = template["properties"] | {"area_m2": 5000 + number, "sample_count": number % 3}
        made.append(
            {"type": "Feature", "id": f"hs_many_{number}", "geometry": mapping(square),
             "properties": properties}
        )  # fmt: skip
    return made


def surface(code: str, scenario: Scenario) -> dict[str, Any]:
    own = f"/api/surfaces/sf_{code}"
    tiles = {"median": f"{own}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}.png?layer=median"}
    if scenario.uncertain:
        tiles["probability"] = (
            f"{own}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}.png"
            "?layer=probability&threshold={threshold}"
        )
    return {
        "id": f"sf_{code}",
        "contaminant": code,
        "contaminant_name": METALS[code].capitalize(),
        "unit": "mg/kg",
        "family": "gaussian" if scenario.uncertain else "none",
        "thresholds": None if scenario.uncertain else [],
        "method": "ordinary_kriging" if scenario.uncertain else "inverse_distance",
        "bands": ["median", "mean", "location", "sigma"] if scenario.uncertain else ["value"],
        "epsg": 28992,
        "cell_size": 40,
        "bbox": list(shape(drawing("outline")).bounds),
        "value_range": value_range(code),
        "created": "2026-11-22T12:00:00+00:00",
        "card_url": own,
        "tiles": tiles,
        "datasets": ["ds_1"],
        "supersedes": None,
    }


def sources(scenario: Scenario) -> list[dict[str, Any]]:
    with (DEMO / "sources.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        {
            "type": "Feature",
            "id": f"so_{number}",
            "geometry": {
                "type": "Point",
                "coordinates": [float(row["longitude"]), float(row["latitude"])],
            },
            "properties": {
                "name": HOSTILE if scenario.hostile else row["name"],
                "type": row["type"],
                "type_name": "Non-ferrous metal smelter or refinery",
                "contaminants": row["contaminants"].split(";"),
                "operating_from": row["operating_from"] or None,
                "operating_to": row["operating_to"] or None,
                "positional_accuracy_m": float(row["positional_accuracy_m"]),
                "citation": row["citation"],
                "citation_url": "javascript:alert(1)" if scenario.hostile else row["source_url"],
                "dataset": "ds_2",
            },
        }
        for number, row in enumerate(rows)
    ]


def members(scenario: Scenario) -> list[dict[str, Any]]:
    people = [
        ("Soil Institute <b>Maastricht</b>" if scenario.hostile else "Institute for Soil Research",
         "organisation", "Maastricht", "NL", 5.68889, 50.84833),
        ("أمينة المنصوري", "person", "Cairo", "EG", 31.24967, 30.06263),
        ("李伟", "person", "Nanjing", "CN", 118.77778, 32.06167),
    ]  # fmt: skip
    return [
        {
            "type": "Feature",
            "id": f"mb_{number}",
            "geometry": {"type": "Point", "coordinates": [longitude, latitude]},
            "properties": {
                "name": name,
                "kind": kind,
                "organisation": None,
                "city": city,
                "country": country,
                "working_groups": ["mapping"],
            },
        }
        for number, (name, kind, city, country, longitude, latitude) in enumerate(people)
    ]
