"""Servers side by side answer as one, and one that dies is missed by nobody."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.end_to_end.service import Service

AREAS = "/api/collections/boundaries/items?limit=10"
AREA = {"type": "Polygon", "coordinates": [[[5, 51], [6, 51], [6, 52], [5, 52], [5, 51]]]}


@pytest.fixture
def caller(workshop: Service) -> Iterator[httpx2.Client]:
    """Somebody with a new connection for each request, which any server may take."""
    headers = {"Connection": "close"}
    with httpx2.Client(base_url=workshop.address, headers=headers, timeout=30) as opened:
        yield opened


def _children(parent: int) -> list[int]:
    """Return the processes that a process started and that have not ended."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, started_by = path.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(started_by) == parent and state != "Z":
            found.append(int(path.parent.name))
    return sorted(found)


def _others(service: Service) -> list[int]:
    found = _children(service.process.pid)
    if not found:
        pytest.skip("one core, so one process does everything")
    return found


def test_each_process_that_is_killed_is_replaced_and_no_request_fails(
    workshop: Service, caller: httpx2.Client
) -> None:
    before = _others(workshop)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while pid in (now := _others(workshop)) or len(now) < len(before):
            assert caller.get("/api/surfaces").status_code == 200
            assert time.monotonic() < deadline, (before, now)
    assert set(before).isdisjoint(_others(workshop))
    assert {caller.get("/health/ready").status_code for _ in range(10)} == {200}


def test_what_the_service_wrote_is_seen_at_once_whoever_answers(
    workshop: Service, caller: httpx2.Client
) -> None:
    def seen(tag: str, times: int) -> set[tuple[int, int | None]]:
        answers = [caller.get(AREAS, headers={"If-None-Match": tag}) for _ in range(times)]
        return {
            (answer.status_code, answer.json()["numberReturned"] if answer.content else None)
            for answer in answers
        }

    def told() -> str:
        return str(caller.get(AREAS).headers["etag"])

    key = {"Authorization": f"Bearer {workshop.key}"}
    none = told()
    assert seen(none, 20) == {(304, None)}
    # By the process that works on jobs, and then by one of the servers.
    area = {"type": "Feature", "properties": {"name": "A"}, "geometry": AREA}
    collection = json.dumps({"type": "FeatureCollection", "features": [area]})
    answer = caller.post(
        "/api/boundaries",
        headers=key,
        data={"name": "areas", "name_column": "name", "visibility": "public"},
        files={"file": ("areas.geojson", collection.encode())},
    )
    assert answer.status_code == 202, answer.text
    job = workshop.wait_for_job(answer.json()["job"]["id"])
    assert job["status"] == "succeeded", job
    assert seen(none, 50) == {(200, 1)}
    one = told()
    assert seen(one, 20) == {(304, None)}
    assert caller.delete("/api/boundaries/areas", headers=key).status_code == 200
    assert seen(one, 50) == {(200, 0)}
