"""What is asked of a collection, as SQL: times that overlap, and the caller's data sets always."""

import json

import pytest
from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql

from app.services.features import (
    PageRequest,
    Query,
    all_collections,
    conditions,
    get_collection,
    parse_period,
    read_page,
    select_features,
)
from app.services.runtime import Runtime
from tests.app.scene import Showcase, take_in

DATED = """id,lon,lat,zinc,sampled_from,sampled_to
A,5.0,51.0,1,2001-01-01,2001-01-31
B,5.1,51.1,2,2001-01-20,2001-03-01
C,5.2,51.2,3,2002-05-05,2002-05-05
D,5.3,51.3,4,,
"""


@pytest.fixture
def dated(runtime: Runtime) -> Runtime:
    take_in(runtime, DATED, dataset="d", visibility="public", epsg=4326, unit="mg/kg")
    works = (
        "name,type,longitude,latitude,operating_from,operating_to\n"
        "E,nonferrous_smelter,5,51,1900,1950\nF,nonferrous_smelter,5,51,1940,\n"
        "G,nonferrous_smelter,5,51,,1930\nH,nonferrous_smelter,5,51,,\n"
    )
    take_in(runtime, works, dataset="w", kind="sources", visibility="public")
    return runtime


def _found(opened: Runtime, collection: str, name: str, query: Query) -> str:
    with opened.database.reading() as session:
        page = read_page(session, get_collection(session, collection), PageRequest(99, query=query))
    return "".join(sorted(json.loads(f)["properties"][name] for f in page.features))


def test_features_of_a_period_are_those_that_overlap_it(dated: Runtime) -> None:
    expected = {
        "2001-01-25": "AB",
        "2001-01-31T23:00:00Z": "AB",
        "2001-02-01": "B",
        "../2001-01-19": "A",
        "2001-03-01/..": "BC",
        "2001-03-02/2002-05-04": "",
        "2002-05-05": "C",
        "../..": "ABC",
    }
    for text, codes in expected.items():
        query = Query(period=parse_period(text))
        assert _found(dated, "samples", "sample", query) == codes, text
        assert _found(dated, "results", "sample", query) == codes, text


def test_sources_are_in_the_years_they_worked(dated: Runtime) -> None:
    expected = {"1945-06-01": "EF", "1920-06-01": "EG", "2020-01-01": "F", "../1899-12-31": "G"}
    for text, names in expected.items():
        assert _found(dated, "sources", "name", Query(period=parse_period(text))) == names, text


def test_what_has_no_time_is_in_no_period(showcase: Showcase) -> None:
    with showcase.runtime.database.reading() as session:
        for name in ("hotspots", "members"):
            collection = get_collection(session, name)
            wanted = PageRequest(9, query=Query(period=parse_period("../..")))
            assert read_page(session, collection, wanted).features == []


def test_every_statement_names_the_data_sets_the_caller_may_see(showcase: Showcase) -> None:
    with showcase.runtime.database.reading() as session:
        for collection in all_collections(session).values():
            statement = select_features(session, collection, Query(), collection.hilbert)
            text = str(statement.compile(dialect=postgresql.dialect()))
            is_told = "status" if collection.id == "members" else "dataset_id"
            assert is_told in text.partition("WHERE")[2], collection.id


def test_counts_follow_from_the_same_conditions(showcase: Showcase) -> None:
    with showcase.runtime.database.reading() as session:
        collection = get_collection(session, "results")
        query = Query(filters={"contaminant": "Zinc"})
        statement = select_features(session, collection, query, func.count())
        assert session.scalar(statement) == 155
        rows = select(func.count()).select_from(collection.source)
        assert session.scalar(rows.where(*conditions(session, collection, query))) == 155
