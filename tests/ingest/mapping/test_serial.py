from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import IngestError
from ingest.mapping.model import (
    CONDITION_MEANINGS,
    FLAG_MEANINGS,
    KINDS,
    LAYOUTS,
    OTHERS,
    SAMPLE_TYPES,
    Join,
    Mapping,
    RowRule,
    Statements,
)
from ingest.mapping.serial import from_tables, from_toml, to_tables, to_toml

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
texts = st.lists(words, max_size=4).map(tuple)
maybe = st.none() | words
numbers = st.none() | st.floats(0, 99)
days = st.none() | st.dates()


def chosen(*choices: str) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(choices)


statements = st.builds(
    Statements,
    epsg=st.none() | st.integers(0, 10**6),
    unit=maybe,
    basis=chosen("dry", "wet"),
    moisture_percent=numbers,
    scale=chosen("ln", "log10"),
    extraction=maybe,
    decimal=chosen(".", ","),
    day_order=chosen("day first", "month first"),
    depth_lower_cm=numbers,
    sampled_from=days,
    sampled_to=days,
    missing=texts,
    negative=chosen("below_limit", "error"),
    limits=chosen("unknown"),
    contaminants=texts,
)
rules = st.lists(st.builds(RowRule, words, texts, words), max_size=3).map(tuple)
mappings = st.builds(
    Mapping,
    name=st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True),
    title=st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    kind=st.sampled_from(KINDS),
    layout=chosen(*LAYOUTS),
    others=st.sampled_from(OTHERS),
    required=texts,
    prefixes=texts,
    header_row=st.none() | st.integers(1, 10_000),
    sheet=maybe,
    columns=st.dictionaries(words, words, max_size=5),
    file=statements,
    missing=st.dictionaries(words, texts, max_size=3),
    analytes=st.dictionaries(words, words, max_size=3),
    joins=st.lists(st.builds(Join, words, texts), max_size=2).map(tuple),
    qualifiers=st.dictionaries(words, st.sampled_from(FLAG_MEANINGS), max_size=3),
    conditions=st.dictionaries(words, st.sampled_from(CONDITION_MEANINGS), max_size=3),
    sample_types=st.dictionaries(words, st.sampled_from(SAMPLE_TYPES), max_size=3),
    types=st.dictionaries(words, words, max_size=3),
    keep=rules,
    skip=rules,
)


@given(mappings)
def test_toml_loses_nothing(mapping: Mapping) -> None:
    text = to_toml(mapping)
    again = from_toml(text)
    assert again == mapping
    assert list(again.columns) == list(mapping.columns)
    assert to_toml(again) == text


def test_written_by_hand_it_reads_as_meant() -> None:
    mapping = from_toml(
        """
        name = "labor-nord"
        layout = "long"
        others = "unused"
        [recognise]
        required = ["Parameter", "Wert"]
        [columns]
        Parameter = "analyte"
        "Wert" = "value"
        [file]
        epsg = 25832
        depth_lower_cm = 30
        missing = ["-999"]
        sampled_from = 2009-04-22
        [qualifiers]
        "k.B." = "left"
        [[skip]]
        column = "Art"
        values = ["Blindprobe"]
        reason = "a blank"
        """
    )
    assert mapping == Mapping(
        "labor-nord",
        layout="long",
        others="unused",
        required=("Parameter", "Wert"),
        columns={"Parameter": "analyte", "Wert": "value"},
        file=Statements(
            epsg=25832, depth_lower_cm=30.0, missing=("-999",), sampled_from=date(2009, 4, 22)
        ),
        qualifiers={"k.B.": "left"},
        skip=(RowRule("Art", ("Blindprobe",), "a blank"),),
    )


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("mapping", "name = "),
        ("mapping", "name = 'own' " + "x" * 300_000),
        ("mapping.nmae", 'nmae = "own"'),
        ("name", 'kind = "samples"'),
        ("columns", 'name = "own"\ncolumns = 3'),
        ("columns.Pb", 'name = "own"\n[columns]\nPb = 3'),
        ("recognise.colunms", 'name = "own"\n[recognise]\ncolunms = []'),
        ("recognise.required", 'name = "own"\n[recognise]\nrequired = "Pb"'),
        ("recognise.header_row", 'name = "own"\n[recognise]\nheader_row = "7"'),
        ("file.epsq", 'name = "own"\n[file]\nepsq = 4326'),
        ("file.epsg", 'name = "own"\n[file]\nepsg = "4326"'),
        ("file.epsg", 'name = "own"\n[file]\nepsg = true'),
        ("file.sampled_from", 'name = "own"\n[file]\nsampled_from = "spring"'),
        ("join", 'name = "own"\njoin = 3'),
        ("join 1", 'name = "own"\n[[join]]\ntable = "x"'),
        ("keep", 'name = "own"\nkeep = 3'),
        ("keep 1", 'name = "own"\n[[keep]]\ncolumn = "x"'),
    ],
)
def test_what_is_wrong_is_named(key: str, text: str) -> None:
    with pytest.raises(IngestError) as caught:
        from_toml(text)
    assert caught.value.code == "mapping_invalid"
    assert f'at "{key}"' in caught.value.message


def test_days_of_json_are_texts() -> None:
    mapping = Mapping("own", file=Statements(sampled_from=date(2020, 2, 29)))
    tables = to_tables(mapping)
    assert from_tables(tables | {"file": {"sampled_from": "2020-02-29"}}) == mapping
