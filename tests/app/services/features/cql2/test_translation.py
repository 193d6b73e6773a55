"""CQL2 chooses the same features as the same condition in Python, and never reaches SQL as text."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.dialects import postgresql

from app.services.features import PageRequest, Query, conditions, get_collection, read_page
from app.services.features.cql2 import Fault, Filter, read_filter
from app.services.features.reference import find_system, uri_of
from tests.app.scene import Showcase

Properties = dict[str, Any]


def _found(showcase: Showcase, collection: str, where: Any, system: Any = None) -> list[Any]:
    found = read_filter(json.dumps(where), "cql2-json", *([system] if system else []))
    with showcase.runtime.database.reading() as session:
        own = get_collection(session, collection)
        page = read_page(session, own, PageRequest(10_000, query=Query(where=found)))
    return [json.loads(feature) for feature in page.features]


def _op(name: str, *args: Any) -> dict[str, Any]:
    return {"op": name, "args": list(args)}


def _p(name: str) -> dict[str, str]:
    return {"property": name}


CASES: list[tuple[str, dict[str, Any], Callable[[Properties], bool]]] = [
    ("results", _op("=", _p("contaminant"), "zn"), lambda p: p["contaminant"] == "zn"),
    ("results", _op("<>", _p("contaminant"), "zn"), lambda p: p["contaminant"] != "zn"),
    ("results", _op(">", _p("value"), 300), lambda p: (p["value"] or 0) > 300),
    ("results", _op("<=", 300.5, _p("value")), lambda p: (p["value"] or 0) >= 300.5),
    (
        "results",
        _op("between", _p("value"), 10, 20),
        lambda p: 10 <= (p["value"] or 0) <= 20,
    ),
    (
        "results",
        _op("in", _p("contaminant"), ["pb", "cu"]),
        lambda p: p["contaminant"] in {"pb", "cu"},
    ),
    ("results", _op("isNull", _p("extraction")), lambda p: p["extraction"] is None),
    (
        "results",
        _op("not", _op("isNull", _p("value"))),
        lambda p: p["value"] is not None,
    ),
    (
        "results",
        _op(
            "and",
            _op("=", _p("name"), "Zinc"),
            _op("or", _op("<", _p("value"), 150), _op(">", _p("value"), 1500)),
        ),
        lambda p: p["name"] == "Zinc" and not 150 <= p["value"] <= 1500,
    ),
    ("results", _op("like", _p("name"), "C%"), lambda p: p["name"].startswith("C")),
    ("results", _op("like", _p("name"), "_inc"), lambda p: p["name"] == "Zinc"),
    ("results", _op("like", _p("name"), "\\_inc"), lambda p: False),
    (
        "results",
        _op("=", _op("casei", _p("name")), _op("casei", "zINC")),
        lambda p: p["name"] == "Zinc",
    ),
    (
        "results",
        _op("like", _op("casei", _p("name")), _op("casei", "ZI%")),
        lambda p: p["name"] == "Zinc",
    ),
    (
        "results",
        _op("in", _op("accenti", _p("name")), [_op("accenti", "Zînc"), "Lead"]),
        lambda p: p["name"] in {"Zinc", "Lead"},
    ),
    (
        "results",
        _op(">", _op("+", _op("*", _p("value"), 2), 10), _op("/", 3000, 2)),
        lambda p: p["value"] * 2 + 10 > 1500,
    ),
    ("results", _op("=", _op("%", _p("value"), 2), 0), lambda p: p["value"] % 2 == 0),
    ("results", _op("=", _op("div", _p("value"), 100), 3), lambda p: p["value"] // 100 == 3),
    ("results", _op(">", _op("/", _p("value"), 0), 1), lambda p: False),
    (
        "results",
        _op("=", _p("sample"), _p("site")),
        lambda p: p["site"] is not None and p["sample"] == p["site"],
    ),
    ("sources", _op("a_contains", _p("contaminants"), ["zn"]), lambda p: "zn" in p["contaminants"]),
    (
        "sources",
        _op("a_overlaps", _p("contaminants"), ["as", "cr"]),
        lambda p: bool({"as", "cr"} & set(p["contaminants"])),
    ),
    (
        "sources",
        _op("a_containedBy", _p("contaminants"), ["zn", "cd", "pb"]),
        lambda p: set(p["contaminants"]) <= {"zn", "cd", "pb"},
    ),
    (
        "hotspots",
        _op("and", _op("=", _p("confidence"), "likely"), _op(">", _p("area_m2"), 10_000)),
        lambda p: p["confidence"] == "likely" and p["area_m2"] > 10_000,
    ),
    ("samples", {"op": "=", "args": [1, 1]}, lambda p: True),
]


@pytest.mark.parametrize(("collection", "where", "holds"), CASES)
def test_condition_agrees_with_python(
    showcase: Showcase, collection: str, where: Any, holds: Callable[[Properties], bool]
) -> None:
    every = _found(showcase, collection, _op("=", 1, 1))
    expected = [feature for feature in every if holds(feature["properties"])]
    assert _found(showcase, collection, where) == expected
    if where["op"] in {"<>", "<=", "between", "in", "a_overlaps", "a_containedBy"}:
        assert 0 < len(expected) < len(every)


RING = [[5.73, 50.96], [5.75, 50.96], [5.74, 50.98], [5.73, 50.96]]
TRIANGLE = {"type": "Polygon", "coordinates": [RING]}


def _in_triangle(feature: dict[str, Any]) -> bool:
    from shapely.geometry import Polygon, shape

    return bool(Polygon(RING).intersects(shape(feature["geometry"])))


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("like", "STRASSE", "stra\u00dfe"),
        ("like", "STRA\u1e9eE 5", "Strasse%"),
        ("like", "\ufb01eld", "FI%"),
        # A small sigma has another form at the end of a word, and a pattern ends within it.
        ("like", "\u03c3\u03bf\u03c3\u03b9", "\u03a3\u039f\u03a3%"),
        ("=", "\u03bf\u03b4\u03cc\u03c3", "\u039f\u03b4\u03cc\u03c2"),
    ],
)
def test_case_is_folded_as_unicode_folds_it(
    showcase: Showcase, name: str, one: str, other: str
) -> None:
    if name == "=":
        assert one.casefold() == other.casefold()
    where = _op(name, _op("casei", one), _op("casei", other))
    assert len(_found(showcase, "samples", where)) == 155


@pytest.mark.parametrize(
    ("name", "folded", "text"),
    [
        ("=", "zinc", "Zinc"),
        ("=", "stra\u00dfe".casefold(), "Stra\u00dfe"),
        ("=", "\u03bf\u03b4\u03cc\u03c2".casefold(), "\u039f\u03b4\u03cc\u03c2"),
        ("like", "zi%", "ZINC"),
        ("in", ["lead", "zinc"], "ZINC"),
    ],
)
def test_what_is_folded_already_may_stand_as_it_is(
    showcase: Showcase, name: str, folded: Any, text: str
) -> None:
    assert len(_found(showcase, "samples", _op(name, _op("casei", text), folded))) == 155


def test_a_day_may_have_the_t_that_gdal_writes(showcase: Showcase) -> None:
    for name in ("=", "<", ">"):
        plain = _op(name, _p("sampled_from"), "1990-01-01")
        assert _found(showcase, "samples", _op(name, _p("sampled_from"), "1990-01-01T")) == _found(
            showcase, "samples", plain
        )
    # Beside a text it is a text, and nothing else is a day because of it.
    assert _found(showcase, "samples", _op("=", "1990-01-01", "1990-01-01T")) == []
    for text in ("1990-02-30T", "1990-01-01T\n", "1990T"):
        with pytest.raises(Fault):
            _found(showcase, "samples", _op("=", _p("sampled_from"), text))


def test_relations_of_places_agree_with_shapely(showcase: Showcase) -> None:
    every = _found(showcase, "samples", True)
    inside = [f["id"] for f in every if _in_triangle(f)]
    outside = [f["id"] for f in every if not _in_triangle(f)]
    assert inside
    assert outside
    for name, expected in (
        ("s_intersects", inside),
        ("s_within", inside),
        ("s_disjoint", outside),
        ("s_contains", []),
        ("s_touches", []),
        ("s_equals", []),
    ):
        where = _op(name, _p("geometry"), TRIANGLE)
        assert [f["id"] for f in _found(showcase, "samples", where)] == expected, name
    box = {"bbox": [5.73, 50.96, 5.75, 50.98]}
    in_box = {
        f["id"] for f in _found(showcase, "samples", _op("s_intersects", _p("geometry"), box))
    }
    assert set(inside) < in_box
    around = {"bbox": [179, -90, -179, 90]}
    assert _found(showcase, "samples", _op("s_intersects", around, _p("geometry"))) == []


def test_places_in_another_system_are_moved(showcase: Showcase) -> None:
    latitude_first = {"type": "Polygon", "coordinates": [[[y, x] for x, y in RING]]}
    system = find_system(uri_of(4326), frozenset, "filter-crs")
    plain = _found(showcase, "samples", _op("s_within", _p("geometry"), TRIANGLE))
    moved = _found(showcase, "samples", _op("s_within", _p("geometry"), latitude_first), system)
    assert plain == moved != []
    plane = find_system(uri_of(32631), frozenset, "filter-crs")
    box = {"bbox": [600_000, 5_600_000, 800_000, 5_700_000]}
    assert len(_found(showcase, "samples", _op("s_within", _p("geometry"), box), plane)) == 155


@pytest.mark.parametrize(
    ("where", "place"),
    [
        (_op("=", _p("nothing"), 1), "the start/args/0"),
        (_op("=", _p("geom; drop table hotspots.sample"), 1), "the start/args/0"),
        (_op("=", _p("results"), "x"), "the start/args/0"),
        (_op("and", _op("=", 1, 1), _op("=", _p("x"), 1)), "the start/args/1/args/0"),
        (_op("foo", 1), "the start"),
        (_op("=", 1), "the start"),
        (_op("=", 1, 2, 3), "the start"),
        (_op("=", _p("site"), 1), "the start"),
        (_op("=", _p("geometry"), 1), "the start"),
        (_op("<", True, False), "the start"),
        (_op("and", True), "the start"),
        (_op("not", 1), "the start/args/0"),
        (_op("like", _p("depth_upper_cm"), "x"), "the start/args/0"),
        (_op("like", _p("site"), _p("sample")), "the start/args/1"),
        (_op("like", _p("site"), "x\\"), "the start/args/1"),
        (_op("in", _p("site"), []), "the start/args/1"),
        (_op("+", 1, 2), "the start"),
        (_op("=", _p("sampled_from"), "2020-02-31"), "the start/args/1"),
        (_op("t_after", _p("sampled_from"), {"date": "x"}), "the start/args/1"),
        (_op("t_after", _p("site"), {"date": "2020-01-01"}), "the start/args/0"),
        (_op("t_after", _p("sampled_from"), {"interval": ["2020-01-01"]}), "the start/args/1"),
        (_op("s_intersects", _p("geometry"), 1), "the start/args/1"),
        (_op("s_intersects", _p("geometry"), {"bbox": [1, 2, 3]}), "the start/args/1"),
        (_op("s_intersects", _p("geometry"), {"bbox": [1, 5, 3, 4]}), "the start/args/1"),
        (_op("s_intersects", _p("geometry"), {"bbox": [0, 0, 300, 4]}), "the start/args/1"),
        (
            _op("s_intersects", _p("geometry"), {"type": "Point", "coordinates": ["a", 1]}),
            "the start/args/1",
        ),
        (
            _op(
                "s_within",
                _p("geometry"),
                {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]},
            ),
            "the start/args/1",
        ),
        ("x", "the start"),
        (None, "the start"),
        ([], "the start"),
        ({"op": 1, "args": 2}, "the start"),
        (_op("=", _p("site"), "a\0b"), "the start/args/1"),
        (_op("=", _p("site"), "\ud800"), "the start/args/1"),
        (_op("=", _p("depth_upper_cm"), 10**400), "the start/args/1"),
    ],
)
def test_fault_is_told_with_its_place(showcase: Showcase, where: Any, place: str) -> None:
    with showcase.runtime.database.reading() as session, pytest.raises(Fault) as caught:
        conditions(session, get_collection(session, "samples"), Query(where=Filter(where)))
    assert caught.value.details == {"parameter": "filter", "place": place}


def test_values_are_parameters(showcase: Showcase) -> None:
    evil = "x' OR 1=1; --"
    where = Filter(_op("or", _op("=", _p("site"), evil), _op("like", _p("sample"), evil)))
    with showcase.runtime.database.reading() as session:
        collection = get_collection(session, "samples")
        for condition in conditions(session, collection, Query(where=where)):
            assert "OR 1=1" not in str(condition.compile(dialect=postgresql.dialect()))
    assert _found(showcase, "samples", where.tree) == []


def test_a_number_that_grows_too_large_is_the_filters_fault(showcase: Showcase) -> None:
    grown = _op("*", _op("*", _p("value"), 1e300), 1e300)
    with pytest.raises(Fault, match="cannot be computed"):
        _found(showcase, "results", _op(">", grown, 1))


TIMES = (
    *("t_after", "t_before", "t_contains", "t_disjoint", "t_during", "t_equals", "t_finishedBy"),
    *("t_finishes", "t_intersects", "t_meets", "t_metBy", "t_overlappedBy", "t_overlaps"),
    *("t_startedBy", "t_starts"),
)
JANUARY, LATE = ("2001-01-01", "2001-01-31"), ("2001-01-09", "2001-01-31")


@pytest.mark.parametrize(
    ("left", "right", "holding"),
    [
        (JANUARY, ("2001-03-01", "2001-04-01"), {"t_before", "t_disjoint"}),
        (("2001-03-01", "2001-04-01"), ("..", "2001-01-31"), {"t_after", "t_disjoint"}),
        (JANUARY, ("2001-01-31", ".."), {"t_meets", "t_intersects"}),
        (("2001-01-31", ".."), JANUARY, {"t_metBy", "t_intersects"}),
        (JANUARY, ("2001-01-05", "2001-01-06"), {"t_contains", "t_intersects"}),
        (("2001-01-05", "2001-01-06"), ("..", ".."), {"t_during", "t_intersects"}),
        (JANUARY, JANUARY, {"t_equals", "t_intersects"}),
        (JANUARY, LATE, {"t_finishedBy", "t_intersects"}),
        (LATE, JANUARY, {"t_finishes", "t_intersects"}),
        (("2001-01-09", "2001-02-09"), JANUARY, {"t_overlappedBy", "t_intersects"}),
        (JANUARY, ("2001-01-09", "2001-02-09"), {"t_overlaps", "t_intersects"}),
        (JANUARY, ("2001-01-01", "2001-01-09"), {"t_startedBy", "t_intersects"}),
        (("2001-01-01", "2001-01-09"), JANUARY, {"t_starts", "t_intersects"}),
    ],
)
def test_relations_of_times_are_allens(
    showcase: Showcase, left: Any, right: Any, holding: set[str]
) -> None:
    """Allen (1983), Maintaining knowledge about temporal intervals, figure 2."""
    from sqlalchemy import select

    with showcase.runtime.database.reading() as session:
        collection = get_collection(session, "samples")
        told = {}
        for name in TIMES:
            where = Filter(_op(name, {"interval": list(left)}, {"interval": list(right)}))
            *_, condition = conditions(session, collection, Query(where=where))
            told[name] = session.scalar(select(condition))
    assert {name for name, holds in told.items() if holds} == holding
