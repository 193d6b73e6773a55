"""The gazetteer as the reading of files takes it."""

from app.services import gazetteer, imports
from app.services.runtime import Runtime
from tests.app.scene import soil_csv, take_in


def test_towns_are_the_places_in_their_order() -> None:
    places, towns = [place for _, place in gazetteer.places()], gazetteer.towns()
    assert len(places) == len(towns.country) == 34_006
    told = zip(towns.country, towns.longitude, towns.latitude, strict=True)
    assert all(
        one == (place.country, place.longitude, place.latitude)
        for one, place in zip(told, places, strict=True)
    )


def test_countries_are_known_by_two_letters() -> None:
    assert gazetteer.has_country("de")
    assert not gazetteer.has_country("DEU")
    assert not gazetteer.has_country("")


def test_folded_text_has_no_case_and_no_accents() -> None:
    assert gazetteer.folded("LAVĀSĀN") == "lavasan"


def test_a_file_is_held_against_its_country_by_the_child_that_reads_it(runtime: Runtime) -> None:
    rows = [(code, 52.5, 13.4 + n / 100, 10) for n, code in enumerate("ABCDE")]
    said = {"dataset": "d", "epsg": 4326, "unit": "mg/kg", "country": "DE"}
    doubted = take_in(runtime, soil_csv(rows), **said)
    assert doubted["rows"]["loaded"] == 5
    counts = _finding_counts(runtime, doubted["id"])
    assert counts["country_file_swapped"] == 1
    assert counts["outside_country_swapped"] == 5
    accepted = ["country_file_swapped"]
    repaired = take_in(runtime, soil_csv(rows), **said | {"dataset": "e", "accept": accepted})
    assert _finding_counts(runtime, repaired["id"])["repair_applied"] == 1


def _finding_counts(runtime: Runtime, import_id: str) -> dict[str, int]:
    with runtime.database.reading() as session:
        report = imports.get(session, import_id).report
        assert report is not None
        counts: dict[str, int] = report["finding_counts"]
        return counts
