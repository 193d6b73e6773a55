"""Answers that cost much: so many at once, without a connection that others need."""

import subprocess
import sys
import textwrap
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from app.api.deps import _reading, give_back
from app.api.slots import Slots
from app.errors import Busy
from app.main import create_app
from app.services import coexistence
from app.services.features import paging
from app.services.runtime import Runtime
from tests.app.scene import Showcase

TOGETHER = "/api/coexistence?contaminant=zn&contaminant=pb&threshold=zn=300&threshold=pb=150"
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[5.73, 50.96], [5.74, 50.96], [5.74, 50.97], [5.73, 50.97], [5.73, 50.96]]],
}
LINE = {"type": "LineString", "coordinates": [[5.73, 50.96], [5.77, 51.0]]}


def _ask(visitor: TestClient, showcase: Showcase, what: str) -> Any:
    own = f"/api/surfaces/{showcase.zinc}"
    if what == "coexistence":
        return visitor.get(TOGETHER)
    if what == "sorting":
        return visitor.get("/api/collections/results/items?sortby=-value&limit=3")
    if what == "figures":
        return visitor.get("/api/collections/results/statistics?of=value")
    if what == "summary":
        return visitor.get(f"/api/hotspots/{showcase.layer}/summary?boundaries=none")
    bodies: dict[str, Any] = {
        "value": {"places": [[5.76, 50.985]]},
        "zonal": {"geometry": SQUARE},
        "profile": {"geometry": LINE},
    }
    return visitor.post(f"{own}/{what}", json=bodies[what])


@pytest.mark.parametrize(
    "what", ["value", "zonal", "profile", "coexistence", "summary", "sorting", "figures"]
)
def test_no_more_than_so_many_at_once(
    visitor: TestClient, showcase: Showcase, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr(paging, "MANY_SORTED", 1)
    application: Any = visitor.app
    slots = application.state.heavy_reads
    with ExitStack() as held:
        for _ in range(showcase.runtime.settings.limits.heavy_reads):
            held.enter_context(slots.taken())
        refused = _ask(visitor, showcase, what)
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "5"
    # Slots are given back, also by what fails.
    for _ in range(showcase.runtime.settings.limits.heavy_reads + 1):
        assert _ask(visitor, showcase, what).status_code == (404 if what == "summary" else 200)


def test_setting_says_how_many(limited: Callable[..., Runtime]) -> None:
    slots: Slots = create_app(runtime=limited(heavy_reads=1)).state.heavy_reads
    with slots.taken(), pytest.raises(Busy), slots.taken():
        pass


def test_processes_side_by_side_have_them_together_and_lose_them_when_they_are_killed() -> None:
    script = """
        import os, signal
        from app.api.slots import Slots
        from app.errors import Busy

        def free(slots):
            taken = []
            try:
                while True:
                    taken.append(slots.take())
            except Busy:
                for slot in taken:
                    slots.give_back(slot)
            return len(taken)

        slots, others = Slots(3, "things"), Slots(3, "others")
        ready, told = os.pipe()
        pid = os.fork()
        if pid == 0:
            slots.take(), slots.take()
            os.write(told, b"x")
            signal.pause()
        os.read(ready, 1)
        with slots.taken():
            assert free(slots) == 0
        assert (free(slots), free(others)) == (1, 3)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        assert free(slots) == 3
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True, timeout=60)


def test_computing_holds_no_connection(
    visitor: TestClient, showcase: Showcase, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool: Any = showcase.runtime.database._read.pool
    held: list[int] = []
    compute = coexistence.put_together

    def noting(found: Any) -> Any:
        held.append(pool.checkedout())
        return compute(found)

    monkeypatch.setattr(coexistence, "put_together", noting)
    assert visitor.get(TOGETHER).status_code == 200
    assert held == [0]


def test_connection_that_was_given_back_is_not_stopped(showcase: Showcase) -> None:
    request = Request({"type": "http"})
    reading = _reading(request, showcase.runtime)
    session = next(reading)
    [work] = request.scope["hotspots.work"]
    stopped: list[bool] = []
    work._stop = lambda: stopped.append(True)
    work.stop()
    give_back(session)
    work.stop()
    assert stopped == [True]
    assert next(reading, None) is None
