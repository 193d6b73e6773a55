"""Contaminants that exceed together, over HTTP."""

from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient

ASKED = "/api/coexistence?contaminant=zn&contaminant=pb&threshold=zn=300&threshold=pb=150"


def test_pairs_are_told_in_four_forms(visitor: TestClient) -> None:
    told = visitor.get(ASKED).json()
    [pair] = told["pairs"]
    assert pair["both"] + pair["first_only"] + pair["second_only"] + pair["neither"] == 155
    assert "proves no common source" in told["note"]
    table = visitor.get(f"{ASKED}&f=csv")
    assert table.headers["content-type"].startswith("text/csv")
    assert table.text.splitlines()[1].startswith(f"zn,pb,155,{pair['both']},")
    picture = visitor.get(f"{ASKED}&f=svg&figure=lift")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert ElementTree.fromstring(picture.text).tag.endswith("svg")  # noqa: S314 - our own
    places = visitor.get(f"{ASKED}&f=geojson&at_least=2")
    assert places.headers["content-type"] == "application/geo+json"
    assert len(places.json()["features"]) == pair["both"]


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("contaminant=zn&threshold=zn=5", 400, "2 to 12 contaminants; got 1"),
        ("contaminant=zn&contaminant=pb", 400, "no threshold for zn"),
        ("threshold=zn=5&threshold=pb", 400, "NAME=VALUE"),
        ("threshold=zn=5&threshold=dust=5", 404, "dust"),
        ("threshold=zn=5&threshold=hg=5", 422, "No result of Mercury"),
        ("threshold=zn=5&threshold=pb=5&dataset=secret", 404, "secret"),
        ("threshold=zn=5&threshold=pb=5&sampled_from=yesterday", 400, "yesterday"),
        ("threshold=zn=5&contaminant=pb&framework=NOWHERE", 404, "NOWHERE"),
        ("threshold=zn=5&threshold=pb=5&f=xml", 400, "f"),
    ],
)
def test_what_cannot_be_answered_names_the_remedy(
    visitor: TestClient, query: str, status: int, words: str
) -> None:
    answer = visitor.get(f"/api/coexistence?{query}")
    assert answer.status_code == status, answer.text
    assert words in answer.text
