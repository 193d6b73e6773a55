from ingest.formats import known_formats
from ingest.mapping.making import mapping_of
from ingest.mapping.serial import from_toml, to_toml
from tests.ingest.conftest import DATA, ReadSamples

WIDE = (
    "Probe;Rechtswert;Hochwert;Tiefe (cm);Blei [mg/kg];Cd (µg/kg) Königswasser;Bemerkung\n"
    "1;155000;463000;0-30;12,5;300;x\n2;155100;463000;0-30;<5;n.n.;y\n"
)
LUCAS = (
    "POINT_ID,TH_LAT,TH_LONG,GPS_LAT,GPS_LONG,SURVEY_DATE,Depth,As\n"
    "1,50.2,8.2,88.888888,88.888888,2018-05-03,0-20 cm,5.5\n"
)


def test_a_file_with_the_same_columns_is_read_the_same_way(samples_of: ReadSamples) -> None:
    first = samples_of(WIDE, epsg=28992)
    saved = from_toml(to_toml(mapping_of("own", first.columns, "samples", "wide")))
    again = samples_of(WIDE, epsg=28992, saved=(saved,))
    assert again.description["mapping"] == "own"
    assert {guess.confidence for guess in again.columns} == {1.0}
    assert again.samples.equals(first.samples)
    assert again.results.equals(first.results)
    # one column more or less is another kind of file
    other = samples_of(WIDE.replace(";Bemerkung", ";Anmerkung"), epsg=28992, saved=(saved,))
    assert other.description["mapping"] == "none"


def test_flags_and_rules_of_the_format_are_kept(samples_of: ReadSamples) -> None:
    text = (DATA / "wqp-physchem.csv").read_text(encoding="utf-8")
    (base,) = (known for known in known_formats() if known.name == "wqp-physchem")
    first = samples_of(text)
    saved = from_toml(to_toml(mapping_of("own", first.columns, "samples", "long", base)))
    again = samples_of(text, saved=(saved,))
    assert again.description["mapping"] == "own"
    assert again.results.equals(first.results)
    assert again.counts == first.counts


def test_columns_that_fill_gaps_stay_so(samples_of: ReadSamples) -> None:
    (base,) = (known for known in known_formats() if known.name == "lucas-topsoil")
    first = samples_of(LUCAS)
    saved = mapping_of("own", first.columns, "samples", "wide", base)
    again = samples_of(LUCAS, saved=(saved,))
    assert again.description["mapping"] == "own"
    assert again.samples["longitude"].to_list() == [8.2]
