import pytest

from ingest.censoring import FlagIndex
from ingest.long.qualifiers import QualifierIndex
from ingest.registries import Registries


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("", "none"),
        ("=", "none"),
        ("<", "left"),
        (">=", "right"),
        ("U", "left"),
        ("UJ", "left"),
        ("U J", "left"),
        ("J;D", "estimated"),
        ("UJH", "left"),
        ("R", "rejected"),
        ("U R", "rejected"),
        ("n.d.", "left"),
        ("B", "ambiguous"),
        ("L", "ambiguous"),
        ("U,B", "ambiguous"),
        ("Z9", "unknown"),
    ],
)
def test_flags_of_the_registry(registries: Registries, text: str, meaning: str) -> None:
    assert QualifierIndex(FlagIndex(registries.flags), {}, {}).flag(text) == meaning


def test_the_mapping_wins_and_a_star_makes_its_list_complete(registries: Registries) -> None:
    flags = FlagIndex(registries.flags)
    some = QualifierIndex(flags, {"B": "missing", "Z9": "left"}, {})
    assert [some.flag(text) for text in ("B", "Z9", "U", "U Z9", "Q")] == [
        "missing",
        "left",
        "left",
        "left",
        "unknown",
    ]
    whole = QualifierIndex(flags, {"*": "none", "BQL": "left", "R": "rejected"}, {})
    # letters of other laboratories are not read out of a code of this one
    assert [whole.flag(text) for text in ("B", "NRR", "BQL", "Q;BQL", "R", "")] == [
        "none",
        "none",
        "left",
        "left",
        "rejected",
        "none",
    ]


def test_conditions_of_wqx(registries: Registries) -> None:
    index = QualifierIndex(FlagIndex(registries.flags), {}, {"Y": "none", "n": "left"})
    assert [index.condition(text) for text in ("Y", "N", "", "not  detected", "so so")] == [
        "none",
        "left",
        "none",
        "left",
        "unknown",
    ]
