"""Figures of few and strange numbers, held against numpy's."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from app.services.features import Query, get_collection, paging, parse_period
from app.services.features.cql2 import read_filter
from app.services.runtime import Runtime
from app.services.statistics import Wish, statistics
from tests.app.scene import Showcase, soil_csv, take_in

_WISH = Wish(of="value", bins=3)


def _told(opened: Runtime, values: list[str], wish: Wish) -> dict[str, Any]:
    rows = [(f"s{at}", 5 + at / 10, 51, value) for at, value in enumerate(values)]
    if rows:
        taken = take_in(
            opened, soil_csv(rows), dataset="d", visibility="public", epsg=4326, unit="mg/kg"
        )
        assert taken["status"] == "loaded", taken
    with opened.database.reading() as session:
        return statistics(session, get_collection(session, "results"), Query(), wish)


@pytest.mark.parametrize(
    ("values", "is_logarithmic", "expected"),
    [
        ([], False, []),
        ([], True, []),
        (["<5", "<7"], False, []),
        (["5"], False, [(5, 5, 1)]),
        (["5", "5", "<7"], True, [(5, 5, 2)]),
        # Nought has no logarithm, and is in no class of it.
        (["0", "0"], True, []),
        (["0", "5"], True, [(5, 5, 1)]),
        (["0", "0", "1", "8", "3"], True, [(1, 2, 1), (2, 4, 1), (4, 8, 1)]),
        (["0", "3", "1", "0.5"], False, [(0, 1, 2), (1, 2, 1), (2, 3, 1)]),
    ],
)
def test_classes_hold_what_has_a_place_in_them(
    runtime: Runtime,
    values: list[str],
    is_logarithmic: bool,
    expected: list[tuple[float, float, int]],
) -> None:
    told = _told(runtime, values, replace(_WISH, is_logarithmic=is_logarithmic))
    found = [(one["from"], one["to"], one["count"]) for one in told["histogram"]]
    assert found == [pytest.approx(one) for one in expected]
    assert told["count"] == len(values)
    assert told["known"] == sum("<" not in value for value in values)


def test_every_share_has_its_own_quantile(runtime: Runtime) -> None:
    shares = (0.0, 1e-9, 0.05, 0.333333333, 0.333333334, 0.9999999, 0.999999999, 1.0)
    values = [1.0, 2.0, 50.0, 1e6, 3.0]
    wish = Wish(of="value", quantiles=shares, by=("contaminant",), cells="square", size_m=1e6)
    told = _told(runtime, [str(value) for value in values], wish)
    expected = np.quantile(values, shares)
    [cell] = told["cells"]["features"]
    for one in (told, told["groups"][0], cell["properties"]):
        assert [float(share) for share in one["quantiles"]] == list(shares)
        assert list(one["quantiles"].values()) == pytest.approx(expected, rel=1e-12)


def test_few_that_are_looked_for_among_many_are_work(
    showcase: Showcase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What no index tells is looked for in all of them: in the slot, and not before."""
    monkeypatch.setattr(paging, "MANY_SORTED", 200)
    held: list[str] = []

    @contextmanager
    def heavy() -> Iterator[None]:
        held.append("taken")
        yield

    dear = read_filter("value > 1800", "cql2-text")
    nowhere = (0.0, 0.0, 1.0, 1.0)
    with showcase.runtime.database.reading() as session:
        results = get_collection(session, "results")
        [sample] = session.scalars(select(results.properties["sample_id"]).select_from(
            results.source).limit(1))  # fmt: skip
        for query, expected in (
            (Query(where=dear), ["taken"]),
            (Query(equal={"unit": "nothing"}), ["taken"]),
            (Query(period=parse_period("1800-01-01")), ["taken"]),
            (Query(boxes=(nowhere,), where=dear), []),
            (Query(filters={"contaminant": "zn"}, where=dear), []),
            (Query(equal={"sample_id": sample}), []),
        ):
            told = statistics(session, results, query, Wish(of="value"), heavy)
            assert told["count"] < 200
            assert held == expected, query
            held.clear()


def test_figures_of_one_and_of_none(runtime: Runtime) -> None:
    told = _told(runtime, ["7"], Wish(of="value"))
    assert (told["minimum"], told["mean"], told["maximum"]) == (7, 7, 7)
    assert told["standard_deviation"] is None
    assert set(told["quantiles"].values()) == {7}
    with runtime.database.reading() as session:
        samples = get_collection(session, "results")
        nothing = Query(filters={"contaminant": "pb"})
        none = statistics(session, samples, nothing, Wish(of="value", cells="square", size_m=1e5))
    assert (none["count"], none["known"], none["mean"], none["quantiles"]) == (0, 0, None, None)
    assert none["cells"]["features"] == []
