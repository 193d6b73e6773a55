"""Filters are read from text and JSON, and bounded before anything looks into them."""

import json
import time

import cql2
import pytest

from app.services.features.cql2 import LONGEST, Fault, read_filter


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a = 1", {"op": "=", "args": [{"property": "a"}, 1]}),
        ("a > 'it''s'", {"op": ">", "args": [{"property": "a"}, "it's"]}),
        (
            "CASEI(a) LIKE CASEI('x%') AND b IN (1,2)",
            {
                "op": "and",
                "args": [
                    {
                        "op": "like",
                        "args": [
                            {"op": "casei", "args": [{"property": "a"}]},
                            {"op": "casei", "args": ["x%"]},
                        ],
                    },
                    {"op": "in", "args": [{"property": "b"}, [1, 2]]},
                ],
            },
        ),
        (
            "a NOT BETWEEN 1 AND 2",
            {"op": "not", "args": [{"op": "between", "args": [{"property": "a"}, 1, 2]}]},
        ),
        (
            "S_WITHIN(g, BBOX(1,2,3,4))",
            {"op": "s_within", "args": [{"property": "g"}, {"bbox": [1, 2, 3, 4]}]},
        ),
        (
            "T_DURING(d, INTERVAL('..','2020-01-01'))",
            {"op": "t_during", "args": [{"property": "d"}, {"interval": ["..", "2020-01-01"]}]},
        ),
    ],
)
def test_text_and_json_say_the_same(text: str, tree: object) -> None:
    assert read_filter(text, "cql2-text").tree == tree
    assert read_filter(json.dumps(tree), "cql2-json").tree == tree


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a ILIKE 'x%'", "CASEI(a) LIKE CASEI('x%')"),
        (
            "(\"a b\" ilike 'it''s') AND NOT (c = 1)",
            "CASEI(\"a b\") LIKE CASEI('it''s') AND NOT c=1",
        ),
        ("a = 'b ILIKE ''c' OR a ILIKE ''", "a = 'b ILIKE ''c' OR CASEI(a) LIKE CASEI('')"),
        ("a NOT ILIKE 'x%'", "CASEI(a) NOT LIKE CASEI('x%')"),
        ("NOT (a ILIKE 'x%')", "NOT (CASEI(a) LIKE CASEI('x%'))"),
        (
            "NOT a ilike 'x' OR \"not\" not  ilike 'y'",
            "NOT CASEI(a) LIKE CASEI('x') OR CASEI(\"not\") NOT LIKE CASEI('y')",
        ),
        # Whether it is a day depends on what it stands beside.
        ("a = '2020-01-01T'", "a = '2020-01-01T'"),
    ],
)
def test_gdal_may_write_as_it_does(text: str, same: str) -> None:
    assert read_filter(text, "cql-text").tree == read_filter(same, "cql2-text").tree


def test_what_gdal_writes_is_no_standard() -> None:
    with pytest.raises(Fault):
        read_filter("a ILIKE 'x%'", "cql2-text")


@pytest.mark.parametrize("text", ["'" * 8_191, "a " * 4_096, "a NOT " * 1_365, '"' * 8_191])
def test_what_gdal_may_write_is_looked_for_in_no_time(text: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(Fault):
        read_filter(text, "cql-text")
    assert time.perf_counter() - begun < 1


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "character 1"),
        ("a =", "character 4"),
        ("a = 1 extra", "character 7"),
        ("a = 'x", "character 5"),
        ("a = 1\nAND b = ", "character 15"),
        ("a = 1; DROP TABLE x", "character 6"),
    ],
)
def test_malformed_text_is_told_with_its_place(text: str, place: str) -> None:
    with pytest.raises(Fault) as caught:
        read_filter(text, "cql2-text")
    assert caught.value.details == {"parameter": "filter", "place": place}


@pytest.mark.parametrize("text", ["", "{", '{"op":"=",}', "NaN", "[1,Infinity]", "[" * 8_000])
def test_malformed_json_is_a_fault(text: str) -> None:
    with pytest.raises(Fault):
        read_filter(text, "cql2-json")


def _deep(depth: int) -> str:
    tree: object = {"op": "=", "args": [1, 1]}
    for _ in range(depth):
        tree = {"op": "not", "args": [tree]}
    return json.dumps(tree)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("(" * 1_000 + "a=1" + ")" * 1_000, "cql2-text"),
        ("not " * 1_000 + "a=1", "cql2-text"),
        ("-" * 3_000 + "a > 1", "cql2-text"),
        (" or ".join(["a=1"] * 70), "cql2-text"),
        (" or ".join(["a=1"] * 1_300), "cql2-text"),
        ("a = '" + "x" * LONGEST + "'", "cql2-text"),
        (_deep(17), "cql2-json"),
        (_deep(200), "cql2-json"),
        (json.dumps({"op": "in", "args": [1, [1] * 4_095]}, separators=(",", ":")), "cql2-json"),
        (f"a in ({','.join(['1'] * 4_095)})", "cql2-text"),
    ],
)
def test_more_than_can_be_meant_is_refused(text: str, language: str) -> None:
    with pytest.raises(Fault):
        read_filter(text, language)


def test_what_a_person_would_write_is_within_the_bounds() -> None:
    read_filter(" or ".join(["a=1"] * 60), "cql2-text")
    read_filter(f"a in ({','.join(['1'] * 3_000)})", "cql2-text")
    read_filter("(" * 16 + "a=1" + ")" * 16, "cql2-text")
    deep = read_filter("(" * 9 + "a=1" + " and b=2)" * 9, "cql2-text").tree
    assert deep["op"] == "and"
    read_filter(_deep(15), "cql2-json")
    read_filter("a = '((((((((((((((((((((((((((((((((((((((('", "cql2-text")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 20 + "a=1 and b=",
        "(" * 20 + "a=1 and b=" + ")" * 20,
        "casei(" * 20 + "a and b=" + ")" * 20,
        "a in (" * 20 + ")" * 20,
        "A_CONTAINS(a, " + "(1," * 20 + "2)" * 20 + ")",
        "S_WITHIN(g, POLYGON(" + "(" * 18 + "0 0" + ")" * 20,
        "(a=1" * 20,
        ")" * 20,
        "(" * 20 + "a=1" + " and (b=2 or c=" * 100,
    ],
)
def test_mistakes_within_brackets_are_found_at_once(text: str) -> None:
    started = time.perf_counter()
    with pytest.raises(Fault):
        read_filter(text, "cql2-text")
    assert time.perf_counter() - started < 1.0


@pytest.mark.parametrize(
    "text",
    [
        "(a = 1)",
        "((a = 1) AND (b = 2 OR (c = 3)))",
        "NOT (a = 1 AND NOT (b = 2))",
        "(a + 1) * (b - (c / 2)) > 3",
        "CASEI(ACCENTI(a)) = CASEI(ACCENTI('(x)'))",
        "\"a(b\" = 'it''s )('",
        "(a) IN ('x', 'y') AND b IN ((1), 2)",
        "a IN (CASEI('x'), CASEI('y'))",
        "A_OVERLAPS(a, ('x','y')) OR (A_EQUALS(b, ('x','y')))",
        "S_INTERSECTS(g, MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5))))",
        "S_WITHIN(g, GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(0 0,1 1)))",
        "S_WITHIN(g, POINT Z(1 2 3))",
        "T_DURING(INTERVAL(a, b), INTERVAL('2020-01-01', '..'))",
        "a BETWEEN (1) AND (2)",
        "d > DATE('2020-01-01') AND (e < TIMESTAMP('2020-01-01T00:00:00Z'))",
        "(a\n=\n1)",
    ],
)
def test_brackets_read_alone_give_the_tree_of_the_whole(text: str) -> None:
    assert read_filter(text, "cql2-text").tree == cql2.parse_text(text).to_json()


def test_place_of_a_mistake_counts_from_the_start() -> None:
    for text, place in (
        ("(a = 1) AND (b = )", "character 18"),
        ("a = 1 AND (b", "character 11"),
        ("a = 1)", "character 6"),
        ("q00 = 1 AND (b = 1)", "character 1"),
        ("(a = 1 AND\n (b = 2 AND c <<))", "character 27"),
    ):
        with pytest.raises(Fault) as caught:
            read_filter(text, "cql2-text")
        assert caught.value.details["place"] == place, text
