"""A page of points reads its own stretches of the curve, from where it begins."""

import itertools
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from sqlalchemy import func, select, text
from sqlalchemy.dialects import postgresql

from app.services.features.collections import lasting_collection
from app.services.features.whole import (
    PageWish,
    _holds,
    are_mostly_around,
    fetch_page,
    fetch_state,
    page_statement,
    stretches,
)
from app.services.runtime import Runtime
from app.services.vector_tiles import fetch_shown
from tests.app.loops import run_in_loop
from tests.app.scene import Showcase

BOX = (5.73, 50.96, 5.75, 50.98)


@pytest.mark.parametrize(("name", "keys"), [("samples", 1), ("results", 2)])
def test_index_is_read_from_where_each_stretch_begins(
    showcase: Showcase, name: str, keys: int
) -> None:
    numbers = ", ".join(["-1"] * (1 + keys))
    asked = f"10, {numbers}, {', '.join(map(str, BOX))}, '{{0}}', '{{9}}'"
    with showcase.runtime.database.reading() as session:
        for setting in ("enable_seqscan = off", "enable_bitmapscan = off"):
            session.execute(text(f"SET LOCAL {setting}"))
        session.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
        connection = session.connection()
        connection.exec_driver_sql(f"PREPARE page AS {page_statement(name, 1, with_state=False)}")
        plan = [row[0] for row in connection.exec_driver_sql(f"EXPLAIN EXECUTE page ({asked})")]
        connection.exec_driver_sql("DEALLOCATE page")
    # Stretches are taken one by one as they come: nothing joins or sorts them another way.
    above = plan[: next(n for n, line in enumerate(plan) if "Function Scan on span" in line)]
    assert any("Nested Loop" in line for line in above)
    assert not any(
        word in line for line in above for word in ("Hash Join", "Merge", "Sort", "Gather")
    )
    [found] = [n for n, line in enumerate(plan) if "ix_sample_hilbert_id" in line]
    # Rows compared there would have it read from where the page begins, at every stretch.
    assert "hilbert >= span.first" in plan[found + 1]
    assert "hilbert <= span.last" in plan[found + 1]
    assert "ROW" not in plan[found + 1]


def test_planner_expects_to_find_places_in_a_box(showcase: Showcase) -> None:
    # If it expected hardly any, it would sort all places of a stretch for a page of a few.
    number = func.generate_series(1, 1_000).table_valued("n").render_derived().c.n
    asked = select(number).where(_holds(func.ST_MakePoint(number, number), (0.0, 0.0, 9.0, 9.0)))
    compiled = asked.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
    with showcase.runtime.database.reading() as session:
        [plan] = session.scalar(text(f"EXPLAIN (FORMAT JSON) {compiled}"))
        assert len(session.scalars(asked).all()) == 9
    assert plan["Plan"]["Plan Rows"] >= 100


def test_stretches_begin_where_the_page_does() -> None:
    whole = stretches((BOX,), -1)
    middle = (whole[0][0] + whole[0][1]) // 2
    later = stretches((BOX,), middle)
    assert later[0][0] == middle
    assert later[-1][1] >= whole[-1][1]
    assert stretches((BOX,), whole[-1][1] + 1) == [(0, -1)]
    assert stretches((), 7)[0][0] == 7


def test_boxes_that_overlap_share_no_stretch() -> None:
    spans = stretches((BOX, (5.74, 50.97, 5.76, 50.99)), -1)
    assert all(a[1] < b[0] for a, b in itertools.pairwise(spans))


@pytest.mark.parametrize("box", [
    BOX, (-180.0, -90.0, 180.0, 90.0), (-0.1, -0.1, 0.1, 0.1), (5.74, 50.97, 5.74, 50.97),
    (5.0, 50.0, 7.0, 50.1), (-180.0, 0.0, 0.0, 90.0),
])  # fmt: skip
def test_usual_boxes_are_worth_their_stretches(box: tuple[float, float, float, float]) -> None:
    assert not are_mostly_around(stretches((box,), -1), (box,))


class _Unasked:
    async def row(self, *_: Any, **__: Any) -> Any:
        raise AssertionError


class _Slow:
    waited = 0.0

    async def row(self, *_: Any, within_seconds: float) -> Any:
        self.waited = within_seconds
        raise TimeoutError


@pytest.mark.parametrize(
    ("readers", "box"),
    [
        (_Unasked(), (-180.0, 50.0, 180.0, 50.0001)),
        (_Unasked(), (2.0, 48.0, 2.000001, 48.2)),
        (_Slow(), BOX),
    ],
)
def test_page_that_another_plan_finds_sooner_is_left_to_it(
    readers: Any, box: tuple[float, float, float, float]
) -> None:
    collection = lasting_collection("samples")
    assert collection is not None
    wish = PageWish(collection, (box,), None, 10)
    # In a thread of its own: a browser's tests leave a running loop in this one.
    with start_blocking_portal() as portal:
        assert portal.call(fetch_page, readers, wish) is None


@pytest.mark.parametrize(("limit", "least", "most"), [(10, 0.1, 1.0), (10_000, 2.0, 4.5)])
def test_large_pages_are_waited_for_longer(limit: int, least: float, most: float) -> None:
    collection = lasting_collection("samples")
    assert collection is not None
    readers: Any = _Slow()
    with start_blocking_portal() as portal:
        assert portal.call(fetch_page, readers, PageWish(collection, (BOX,), None, limit)) is None
    assert least < readers.waited < most


def test_a_state_is_asked_for_anew_only_where_a_transaction_has_ended(meuse: Runtime) -> None:
    async def look() -> None:
        async with meuse.readers() as readers:
            before = await fetch_state(readers)
            # What nobody may have told: so it is seen that it was handed on.
            marked = before._replace(state="marked")
            assert await fetch_state(readers, marked) == marked
            with meuse.database.writing() as session:
                session.execute(text("UPDATE dataset SET visibility = 'private'"))
            after = await fetch_state(readers, marked)
            assert after.state not in {"marked", before.state}
            assert after.snapshot != before.snapshot
            shown = await fetch_shown(readers)
            assert await fetch_shown(readers, shown) is shown
            with meuse.database.writing() as session:
                session.execute(text("UPDATE dataset SET visibility = 'public'"))
            assert (await fetch_shown(readers, shown)).of_samples == before.of_samples

    run_in_loop(look())
