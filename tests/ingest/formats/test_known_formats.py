"""Every known format speaks of meanings, contaminants and types that exist."""

import re
from pathlib import Path

import pytest

from ingest.censoring import FlagIndex
from ingest.columns import NOTHING_STATED, Stated, Vocabulary, recognise_columns
from ingest.contaminants import ContaminantIndex
from ingest.formats import known_formats
from ingest.mapping.model import Mapping
from ingest.mapping.recognition import recognise
from ingest.mapping.serial import from_toml, to_toml
from ingest.registries import Registries
from ingest.units import UnitIndex
from ingest.vocabulary import SAMPLE_MEANINGS, SOURCE_MEANINGS, sample_words, source_words

FORMATS = {known.name: known for known in known_formats()}
NEVER_BY_ITSELF = {"usgs-suffix"}


@pytest.fixture(params=sorted(FORMATS))
def known(request: pytest.FixtureRequest) -> Mapping:
    return FORMATS[request.param]


def vocabulary(known: Mapping, registries: Registries) -> Vocabulary:
    units = UnitIndex(registries.units)
    contaminants = ContaminantIndex(registries.contaminants, units)
    if known.kind == "sources":
        return Vocabulary(source_words(), SOURCE_MEANINGS)
    return Vocabulary(sample_words(), SAMPLE_MEANINGS, contaminants)


def test_file_and_format_have_one_name(known: Mapping) -> None:
    assert re.fullmatch(r"[a-z0-9-]+", known.name)
    assert known.title
    assert from_toml(to_toml(known)) == known


def test_its_words_exist(known: Mapping, registries: Registries) -> None:
    header = list(known.columns)
    distinct = dict(enumerate(dict.fromkeys(known.columns.values())))
    stated = Stated(distinct)
    columns = recognise_columns(
        header[: len(distinct)], [[]] * len(distinct), vocabulary(known, registries), stated
    )
    assert len(columns) == len(distinct)
    assert NOTHING_STATED.others is None
    codes = {entry.code for entry in registries.contaminants}
    assert codes.issuperset(known.analytes.values())
    assert codes.issuperset(known.file.contaminants)
    types = {entry.code for entry in registries.source_types}
    assert types.issuperset(known.types.values())
    assert types.issuperset(filter(None, [known.file.source_type]))


def test_the_documentation_has_it(known: Mapping, repository: Path) -> None:
    page = (repository / "docs" / "ingest.md").read_text(encoding="utf-8")
    assert f"| `{known.name}` |" in page
    readme = (repository / "README.md").read_text(encoding="utf-8")
    assert f"{len(FORMATS)} known formats" in readme


def test_its_units_are_known(known: Mapping, registries: Registries) -> None:
    units = UnitIndex(registries.units)
    stated = {
        text for meaning in known.columns.values() for text in re.findall(r"\[(.+?)\]", meaning)
    }
    assert [
        text for text in stated | {known.file.unit or "mg/kg"} if units.find(text) is None
    ] == []


def test_it_recognises_itself_and_nothing_else(known: Mapping) -> None:
    prefix = known.prefixes[0] if known.prefixes else ""
    header = [prefix + name for name in known.required]
    found = [match.mapping.name for match in recognise(header, known_formats())]
    assert found == ([] if known.name in NEVER_BY_ITSELF else [known.name])


def test_flags_that_differ_between_laboratories_are_settled(registries: Registries) -> None:
    flags = FlagIndex(registries.flags)
    ambiguous = [flag for flag in ("B", "L", "N") if flags.suffix(flag) == (None, True)]
    assert ambiguous == ["B", "L", "N"]
    assert {flag: FORMATS["usgs-suffix"].qualifiers[flag] for flag in ambiguous} == {
        "B": "missing",
        "L": "left",
        "N": "left",
    }
    assert {flag: FORMATS["equis-testresultqc"].qualifiers.get(flag) for flag in ambiguous} == {
        "B": "none",
        "L": None,
        "N": "estimated",
    }
