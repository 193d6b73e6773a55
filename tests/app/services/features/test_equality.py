"""Properties that must have a value: read as their kind, and refused where they cannot be."""

import json
from typing import Any

import pytest
from sqlalchemy import func, select, text

from app.errors import InvalidRequest
from app.services.features import PageRequest, Query, get_collection, read_page, select_features
from app.services.features.collections import lasting_collections
from app.services.features.equality import equals, parameters, plain_properties
from app.services.features.queryables import queryable_properties
from app.services.runtime import Runtime
from tests.app.scene import Showcase, take_in

DATED = """id,lon,lat,zinc,sampled_from,depth_from,depth_to
A,5.0,51.0,0.1,2001-01-01,0,10
B,5.1,51.1,0.1,2001-01-20,10,30
C,5.2,51.2,<0.1,2001-01-01,0,10
"""


def _samples(opened: Runtime, collection: str, **equal: str) -> str:
    with opened.database.reading() as session:
        wanted = PageRequest(99, query=Query(equal=equal))
        page = read_page(session, get_collection(session, collection), wanted)
    return "".join(sorted(json.loads(one)["properties"]["sample"] for one in page.features))


def test_those_that_have_the_value_are_found(runtime: Runtime) -> None:
    options: dict[str, Any] = {"epsg": 4326, "unit": "mg/kg", "visibility": "public"}
    take_in(runtime, DATED, dataset="d", **options)
    for equal, expected in (
        ({"value": "0.1"}, "AB"),
        ({"value": "1e-1"}, "AB"),
        ({"value": "+.10"}, "AB"),
        ({"detection_limit": "0.1"}, "C"),
        ({"censoring": "left"}, "C"),
        ({"censoring": "Left"}, ""),
        ({"sampled_from": "2001-01-01"}, "AC"),
        ({"sampled_from": "2001-01-01", "value": "0.1"}, "A"),
        ({"sample": "' OR true --"}, ""),
        ({"sample_id": "sm_" + "0" * 32}, ""),
        ({"sample_id": "A"}, ""),
        ({"depth_upper_cm": "-0"}, "AC"),
    ):
        assert _samples(runtime, "results", **equal) == expected, equal


@pytest.mark.parametrize(
    ("collection_id", "name", "value"),
    [
        *(("results", "value", value) for value in ("", " 1", "nan", "inf", "1_0", "0x1", "1e999")),
        *(("sources", "operating_to", value) for value in ("1.5", "1e3", "9" * 400)),
        *(("samples", "sampled_to", value) for value in ("2001", "20010101", "2001-02-29", "now")),
    ],
)
def test_what_is_no_value_of_the_kind_is_refused(
    showcase: Showcase, collection_id: str, name: str, value: str
) -> None:
    with showcase.runtime.database.reading() as session:
        collection = get_collection(session, collection_id)
        with pytest.raises(InvalidRequest, match=f"^{name} takes a ") as refused:
            equals(collection, name, value)
    assert refused.value.details == {"parameter": name}


def test_a_number_beyond_what_a_column_holds_is_in_no_row(showcase: Showcase) -> None:
    with showcase.runtime.database.reading() as session:
        collection = get_collection(session, "sources")
        query = Query(equal={"operating_to": "9" * 30})
        assert session.scalar(select_features(session, collection, query, func.count())) == 0


def test_results_of_a_sample_are_found_by_index(showcase: Showcase) -> None:
    with showcase.runtime.database.reading() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        collection = get_collection(session, "results")
        uid = session.scalar(
            select(collection.properties["sample_id"])
            .select_from(collection.source)
            .where(collection.properties["value"] == 1190)
        )
        query = Query(equal={"sample_id": uid})
        found = select_features(session, collection, query, func.count())
        told = str(found.compile(session.bind, compile_kwargs={"literal_binds": True}))
        plan = "\n".join(session.scalars(text(f"EXPLAIN {told}")))
        assert session.scalar(found) == 4
    assert "Index Cond: (uid = " in plan


def test_a_name_means_the_same_in_every_collection() -> None:
    for collection in lasting_collections():
        for name, kind in plain_properties(collection).items():
            told = parameters()[name]
            assert collection.id in told.collections
            kinds = {"date": "string"}
            assert told.schema["type"] == kinds.get(kind, kind), (collection.id, name)
        others = set(queryable_properties(collection)) - set(plain_properties(collection))
        assert others <= {"contaminants", "area_codes", "working_groups"}, collection.id
