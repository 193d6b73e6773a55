"""`hotspots boundaries` and `hotspots summary`."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import geopandas
import pytest
import shapely

from app.errors import InvalidRequest, NotFound
from app.services import hotspots
from app.services.runtime import Runtime

Commands = Callable[[Runtime], Callable[..., str]]


@pytest.mark.parametrize("suffix", ["gpkg", "fgb", "geojson"])
def test_polygons_of_every_format_are_loaded_by_the_chosen_columns(
    command: Commands, meuse: Runtime, tmp_path: Path, suffix: str
) -> None:
    frame = geopandas.GeoDataFrame(
        {"kind": ["a", "a"], "gemeente": ["Stein", "Elders"], "nr": ["7", "8"]},
        geometry=[shapely.box(5.7, 50.9, 5.8, 51.0), shapely.box(6.0, 50.9, 6.1, 51.0)],
        crs=4326,
    )
    file = tmp_path / f"areas.{suffix}"
    (frame.to_crs(28992) if suffix != "geojson" else frame).to_file(file)
    run = command(meuse)
    run(
        "boundaries", "load", str(file), "--name", "areas", "--name-column", "gemeente",
        "--code-column", "nr", "--visibility", "public", "--licence", "CC0-1.0",
    )  # fmt: skip
    [one] = json.loads(run("boundaries", "list", "--json"))["boundaries"]
    assert (one["name"], one["areas"], one["licence"]) == ("areas", 2, "CC0-1.0")
    assert "areas " in run("boundaries", "list")
    with meuse.database.reading() as session:
        [layer] = hotspots.list_layers(session)
    out = tmp_path / "summary.csv"
    said = run("summary", layer["id"], "--boundaries", "areas", "--out", str(out))
    assert "7 Stein: " in said
    assert "likely" in said
    assert "8 Elders: nothing marked" in said
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert [(row["area_code"], row["area_name"]) for row in rows] == [
        ("7", "Stein"), ("8", "Elders")
    ]  # fmt: skip
    assert (rows[0]["zn_samples"], rows[1]["zn_samples"]) == ("155", "0")
    with pytest.raises(InvalidRequest, match=r"ends in .geojson, .csv or .json"):
        run("summary", layer["id"], "--boundaries", "areas", "--out", str(tmp_path / "s.xlsx"))
    assert "are gone" in run("boundaries", "remove", "areas")
    with pytest.raises(NotFound, match="there are: none yet"):
        run("summary", layer["id"], "--boundaries", "areas")
