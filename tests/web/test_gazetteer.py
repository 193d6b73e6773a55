"""The places a member can be shown at."""

import csv
from pathlib import Path

import pytest


@pytest.fixture
def places(repository: Path) -> list[dict[str, str]]:
    path = repository / "data" / "gazetteer" / "places.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_places_are_many_and_unique(places: list[dict[str, str]]) -> None:
    assert len(places) > 30_000
    assert len({row["id"] for row in places}) == len(places)


def test_places_lie_on_the_globe_and_have_names(places: list[dict[str, str]]) -> None:
    for row in places:
        assert -180 <= float(row["longitude"]) <= 180
        assert -90 <= float(row["latitude"]) <= 90
        assert row["name"].strip()
        assert row["asciiname"].isascii()
        assert row["asciiname"].strip()
        assert len(row["country"]) == 2


def test_known_place_is_where_it_is(places: list[dict[str, str]]) -> None:
    row = next(row for row in places if row["name"] == "Łódź")
    assert (row["asciiname"], row["country"]) == ("Lodz", "PL")
    assert float(row["longitude"]) == pytest.approx(19.46, abs=0.1)
    assert float(row["latitude"]) == pytest.approx(51.77, abs=0.1)
