"""Who has a page already is told so without a query, as long as it is still what would be sent."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.api import item_lanes, known_tags
from app.api.known_tags import Known, KnownTags
from app.services.datasets import DatasetTerms
from app.services.features.whole import PageState, state_statement
from app.services.runtime import Runtime
from tests.app.conftest import FreshDatabase, run
from tests.app.loops import run_in_loop
from tests.app.scene import ensure, soil_csv, take_in

PAGE = "/api/collections/samples/items?bbox=5,51,6,52"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The pages that were read."""
    pages: list[Any] = []
    usual = item_lanes.fetch_page

    async def counted(readers: Any, wish: Any, **more: Any) -> Any:
        pages.append(wish)
        return await usual(readers, wish, **more)

    monkeypatch.setattr(item_lanes, "fetch_page", counted)
    return pages


@pytest.fixture
def sampled(runtime: Runtime) -> Runtime:
    """An installation with one sample that everybody may see."""
    rows = soil_csv([("A", 5.1, 51.1, 10)])
    take_in(runtime, rows, dataset="d", visibility="public", epsg=4326, unit="mg/kg")
    return runtime


def _set(opened: Runtime, visibility: str) -> None:
    with opened.database.writing() as session:
        ensure(session, "d", DatasetTerms(visibility=visibility))


def test_known_page_is_read_once_and_vanishes_with_what_it_shows(
    sampled: Runtime, client: TestClient, asked: list[Any]
) -> None:
    first = client.get(PAGE)
    assert len(first.json()["features"]) == 1
    tag = {"If-None-Match": first.headers["etag"]}
    for _ in range(3):
        again = client.get(PAGE, headers=tag)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        assert again.headers["link"] == first.headers["link"]
        assert again.headers["vary"] == first.headers["vary"]
    assert len(asked) == 2  # the answer itself, and the first to ask again
    _set(sampled, "private")
    hidden = client.get(PAGE, headers=tag)
    assert hidden.status_code == 200
    assert hidden.json()["features"] == []
    empty = {"If-None-Match": hidden.headers["etag"]}
    assert client.get(PAGE, headers=empty).status_code == 304
    _set(sampled, "public")
    assert client.get(PAGE, headers=empty).json()["features"] == first.json()["features"]
    assert client.get(PAGE, headers=tag).status_code == 304


def test_what_another_process_hides_vanishes_a_second_later(
    sampled: Runtime, client: TestClient, fresh: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = {"If-None-Match": client.get(PAGE).headers["etag"]}
    assert client.get(PAGE, headers=tag).status_code == 304
    run(fresh.superuser, "UPDATE hotspots.dataset SET visibility = 'private'")
    monkeypatch.setattr(client.app.state.known_tags._state, "_until", 0.0)  # type: ignore[attr-defined]
    answer = client.get(PAGE, headers=tag)
    assert (answer.status_code, answer.json()["features"]) == (200, [])


OF_SAMPLES = [
    "UPDATE hotspots.contaminant SET name_en = 'Zink' WHERE code = 'zn'",
    "UPDATE hotspots.dataset SET title = 'another'",
    "UPDATE hotspots.dataset SET visibility = 'members'",
    "UPDATE hotspots.import SET status = 'undone', undone_at = now()",
]
OF_OTHERS = [
    "UPDATE hotspots.guideline_value SET verified = NOT verified WHERE id = (SELECT min(id) "
    "FROM hotspots.guideline_value)",
    "UPDATE hotspots.source_type SET name_en = 'x' WHERE code = (SELECT min(code) "
    "FROM hotspots.source_type)",
    "INSERT INTO hotspots.member (kind, name, email, city, country, place_id, geom, hilbert, "
    "status, consented_at, decided_at) SELECT 'person', 'A', 'a@b.c', 'M', 'NL', '1', "
    "ST_SetSRID(ST_MakePoint(5, 51), 4326), 1, 'approved', now(), now()",
]


@pytest.mark.parametrize(
    ("change", "of_samples"),
    [*((change, True) for change in OF_SAMPLES), *((change, False) for change in OF_OTHERS)],
)
def test_whatever_pages_repeat_is_part_of_their_state(
    sampled: Runtime, client: TestClient, fresh: FreshDatabase, change: str, *, of_samples: bool
) -> None:
    def state() -> PageState:
        with sampled.database.reading() as session:
            return PageState(*session.execute(text(state_statement())).one())

    before = state()
    assert state()[:2] == before[:2]
    run(fresh.superuser, change)
    after = state()
    assert after.state != before.state
    # What has nothing to do with samples does not make their texts anew.
    assert (after.of_samples != before.of_samples) == of_samples


def test_tags_kept_longest_go() -> None:
    tags = KnownTags()
    for number in range(known_tags._MOST + 5):
        tags.remember(("", "", str(number).encode()), Known("s", "t", {}))
    assert len(tags._known) == known_tags._MOST
    assert ("", "", b"4") not in tags._known

    async def unknown() -> Any:
        return await tags.get(("", "", b"4"), None, 0)  # type: ignore[arg-type]  # none is asked

    assert run_in_loop(unknown()) is None


def test_a_state_is_that_of_now_until_it_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    async def told(_readers: Any, _before: PageState | None) -> PageState:
        asked.append(1)
        return PageState(f"state {len(asked)}", "", "")

    async def ask() -> None:
        tags = KnownTags(lambda: 0.0)
        readers: Any = None
        assert not tags.is_now("state 1", readers, 7)
        assert (await tags.state_now(readers, 7)).state == "state 1"
        assert tags.is_now("state 1", readers, 7)
        assert not tags.is_now("state 0", readers, 7)
        # What somebody wrote is asked for at once.
        assert not tags.is_now("state 1", readers, 8)
        assert (await tags.state_now(readers, 8)).state == "state 2"

    monkeypatch.setattr(known_tags, "fetch_state", told)
    run_in_loop(ask())
