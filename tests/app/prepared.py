"""Texts of pages as a service prepares them, in a folder of a test's own."""

from pathlib import Path

from app.services.features.collections import Collection, lasting_collection
from app.services.features.whole import fetch_state
from app.services.pages import PreparedPages
from app.services.pages.texts import PageTexts
from app.services.runtime import Runtime
from tests.app.loops import run_in_loop


def collection_of(name: str) -> Collection:
    """Return a collection that is always there."""
    found = lasting_collection(name)
    assert found is not None
    return found


def samples_state(runtime: Runtime) -> str:
    """Return the state that samples are shown in now."""

    async def ask() -> str:
        async with runtime.readers() as readers:
            return (await fetch_state(readers)).of_samples

    return run_in_loop(ask())


def pages_in(
    runtime: Runtime, folder: Path, most_bytes: int = 10**9, fewest: int = 1
) -> PreparedPages:
    """Return what prepares pages in a folder, of few features too."""
    folder.mkdir(exist_ok=True)
    return PreparedPages(runtime.database, folder, most_bytes, 60_000, fewest)


def made_texts(pages: PreparedPages, collection: Collection, state: str) -> PageTexts | None:
    """Ask until what the first asking began has come to its end."""
    found = pages.find(collection, state)
    pages._threads._pool.shutdown(wait=True)
    return found or pages.find(collection, state)
