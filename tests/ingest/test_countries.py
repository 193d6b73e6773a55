"""The towns are few and made up; how well real ones tell is measured on the gazetteer itself."""

import csv
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ingest.countries import Country, Towns
from ingest.errors import IngestError

# two countries side by side: the border runs along the meridian of 10 degrees east
WEST = [(longitude, latitude) for longitude in (7, 8, 9) for latitude in (49, 50, 51)]
EAST = [(longitude, latitude) for longitude in (11, 12, 13) for latitude in (49, 50, 51)]


def towns() -> Towns:
    longitude, latitude = np.array(WEST + EAST, dtype=float).T
    return Towns(np.array(["AA"] * len(WEST) + ["BB"] * len(EAST)), longitude, latitude)


def contains(code: str, longitude: float | None, latitude: float | None) -> bool:
    places = (pl.Series([longitude], dtype=pl.Float64), pl.Series([latitude], dtype=pl.Float64))
    return bool(Country(code, towns()).contains(*places)[0])


@pytest.mark.parametrize(
    ("longitude", "latitude", "is_in_west", "is_in_east"),
    [
        (8.3, 50.2, True, False),
        (12.4, 49.7, False, True),
        (10.0, 50.0, True, True),  # on the border nothing can be said
        (10.2, 50.0, True, True),
        (-30.0, 50.0, True, True),  # far from every town
        (181.0, 50.0, False, False),
        (8.0, 91.0, False, False),
        (None, 50.0, False, False),
        (float("nan"), 50.0, False, False),
        (float("inf"), 50.0, False, False),
    ],
)
def test_places_belong_where_towns_are_near(
    longitude: float | None, latitude: float | None, is_in_west: bool, is_in_east: bool
) -> None:
    assert contains("aa", longitude, latitude) is is_in_west
    assert contains("BB", longitude, latitude) is is_in_east


def test_the_meridian_of_180_degrees_parts_no_country() -> None:
    both = Towns(np.array(["FJ", "XX"]), np.array([179.9, 100.0]), np.array([-17.0, -17.0]))
    inside = Country("FJ", both).contains(pl.Series([-179.8]), pl.Series([-17.0]))
    assert inside.to_list() == [True]


@pytest.mark.parametrize("code", ["ZZ", "", "Netherlands"])
def test_a_country_without_towns_is_refused(code: str) -> None:
    with pytest.raises(IngestError) as refused:
        Country(code, towns())
    assert refused.value.code == "option_invalid"


def test_the_stated_accuracy_is_that_of_the_gazetteer(repository: Path) -> None:
    """Towns beside those of a country are told from its own, each left out, as the docs say."""
    with (repository / "data" / "gazetteer" / "places.csv").open(encoding="utf-8") as file:
        rows = [
            (r["country"], float(r["longitude"]), float(r["latitude"]))
            for r in csv.DictReader(file)
        ]
    codes, longitude, latitude = (np.array(column) for column in zip(*rows, strict=True))
    wrongly_outside = looked_at = 0
    # every 100th town, without itself
    for n in range(0, len(codes), 100):
        if (codes == codes[n]).sum() < 2:
            continue
        others = np.arange(len(codes)) != n
        # only the surroundings decide, which keeps the trees small
        near = others & (
            (np.hypot(longitude - longitude[n], latitude - latitude[n]) < 12.0)
            | (codes == codes[n])
        )
        if len(set(codes[near])) < 2:
            continue
        country = Country(codes[n], Towns(codes[near], longitude[near], latitude[near]))
        place = pl.Series([longitude[n]]), pl.Series([latitude[n]])
        wrongly_outside += not country.contains(*place)[0]
        looked_at += 1
    assert looked_at > 200
    assert wrongly_outside / looked_at < 0.012  # 0.005 of all towns
