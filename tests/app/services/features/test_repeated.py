"""Pages from a kept statement are those that a statement of their own gives."""

import pytest

from app.services.features import Page, PageRequest, Query, all_collections, read_page
from app.services.features.cql2 import Filter
from app.services.features.reference import DEFAULT, System, find_system, uri_of
from tests.app.scene import Showcase

# Holds for every feature, and is nothing a statement is kept for.
EVERYTHING = Filter({"op": "=", "args": [1, 1]})
BOXES = [
    (),
    ((5.73, 50.96, 5.75, 50.98),),
    ((5.74, 50.97, 5.76, 50.98),),
    ((179.0, -90.0, 180.0, 90.0), (-180.0, -90.0, 5.74, 90.0)),
]


def _walk(showcase: Showcase, name: str, query: Query, system: System) -> list[Page]:
    pages: list[Page] = []
    cursor = None
    while not pages or cursor is not None:
        with showcase.runtime.database.reading() as session:
            collection = all_collections(session)[name]
            pages.append(
                read_page(session, collection, PageRequest(40, cursor, query, system=system))
            )
        cursor = pages[-1].next_cursor
    return pages


@pytest.mark.parametrize("boxes", BOXES)
def test_kept_statement_gives_the_same_pages(
    showcase: Showcase, boxes: tuple[tuple[float, float, float, float], ...]
) -> None:
    with showcase.runtime.database.reading() as session:
        names = list(all_collections(session))
    assert showcase.layer in names
    dutch = find_system(uri_of(28992), lambda: frozenset({28992}), "crs")
    found = 0
    for name in names:
        for system in (DEFAULT, dutch):
            own = _walk(showcase, name, Query(boxes, where=EVERYTHING), system)
            for _ in range(2):
                assert _walk(showcase, name, Query(boxes), system) == own
            found += sum(len(page.features) for page in own)
    assert found > 100


def test_what_is_kept_does_not_outlive_what_may_be_seen(showcase: Showcase) -> None:
    with showcase.runtime.database.reading() as session:
        for name, collection in all_collections(session).items():
            page = read_page(session, collection, PageRequest(10_000))
            assert page.features, name
            text = "".join(page.features)
            assert not [uid for uid in showcase.secret_ids if uid in text]
