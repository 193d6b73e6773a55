#!/usr/bin/env python3
"""Write data/demo/meuse from R package sp (Debian: r-cran-sp) and nothing else.

Run it from anywhere with the project's environment: ``.venv/bin/python scripts/make-demo.py``.
The same package version gives the same bytes; a test compares the files with the package where R
is installed.
"""

import argparse
import csv
import json
import subprocess
import tempfile
from pathlib import Path

import pyproj
import pyproj.network
import shapely

HOUSE = Path(__file__).resolve().parents[1]
EPSG_ORIGINAL = 28992
ORIGIN = (
    "Rikken & van Rijn 1993, as distributed with R package sp, data set {}; "
    "EPSG:28992 transformed to EPSG:4326 (Helmert, about 1 m)"
)

# Numbers leave R with 15 significant digits, as write.csv gives them to anybody.
DUMP = """
library(sp)
folder <- commandArgs(trailingOnly = TRUE)[1]
data(meuse); data(meuse.area); data(meuse.riv); data(meuse.grid)
put <- function(table, name)
  write.csv(table, file.path(folder, name), row.names = FALSE, na = "", quote = FALSE)
put(meuse, "samples.csv")
put(data.frame(x = meuse.area[, 1], y = meuse.area[, 2]), "area.csv")
put(data.frame(x = meuse.riv[, 1], y = meuse.riv[, 2]), "river.csv")
put(meuse.grid[, c("x", "y")], "grid.csv")
"""


def dump_from_r(folder: Path) -> None:
    """Have R write the four data sets into the folder."""
    subprocess.run(
        ["Rscript", "--vanilla", "-e", DUMP, str(folder)], check=True, stdout=subprocess.DEVNULL
    )


def read_points(path: Path) -> list[tuple[float, float]]:
    """Read easting and northing."""
    with path.open(newline="", encoding="utf-8") as file:
        return [(float(row["x"]), float(row["y"])) for row in csv.DictReader(file)]


def feature(ring: list[tuple[float, float]], name: str, data_set: str) -> str:
    """Render a closed ring as a GeoJSON feature collection in EPSG:4326."""
    # Without this a machine with PROJ's grids would write other digits than one without.
    pyproj.network.set_network_enabled(active=False)
    to_lonlat = pyproj.Transformer.from_crs(EPSG_ORIGINAL, 4326, always_xy=True)
    polygon = shapely.Polygon(ring)
    if not polygon.is_valid:
        raise SystemExit(f"{name}: {shapely.is_valid_reason(polygon)}")
    # RFC 7946: the outer ring runs counterclockwise.
    ring = list(shapely.geometry.polygon.orient(polygon, 1.0).exterior.coords)
    # Seven decimals are about a centimetre: far below the transformation's own accuracy.
    corners = [[round(value, 7) for value in to_lonlat.transform(*point)] for point in ring]
    document = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {
                    "name": name,
                    "origin": ORIGIN.format(data_set),
                    "original_epsg": EPSG_ORIGINAL,
                    "licence": "GPL-2.0-or-later (licence of the package)",
                },
                "geometry": {"type": "Polygon", "coordinates": [corners]},
            }
        ],
    }
    return json.dumps(document, separators=(",", ":")) + "\n"


def check_outline(folder: Path) -> None:
    """Stop where the outline does not hold every sample and every grid cell centre."""
    outline = shapely.Polygon(read_points(folder / "area.csv"))
    for name in ("samples.csv", "grid.csv"):
        points = shapely.points(read_points(folder / name))
        outside = int((~shapely.contains(outline, points)).sum())
        if outside:
            raise SystemExit(f"{outside} points of {name} lie outside the outline")


def main() -> None:
    """Write samples.csv, outline.geojson and river.geojson."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=HOUSE / "data" / "demo" / "meuse")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dump_from_r(folder)
        check_outline(folder)
        (out / "samples.csv").write_bytes((folder / "samples.csv").read_bytes())
        area = feature(
            read_points(folder / "area.csv"), "Meuse flood plain, study area", "meuse.area"
        )
        river = feature(read_points(folder / "river.csv"), "Meuse", "meuse.riv")
    (out / "outline.geojson").write_text(area, encoding="utf-8")
    (out / "river.geojson").write_text(river, encoding="utf-8")


if __name__ == "__main__":
    main()
