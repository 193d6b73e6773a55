"""Files that are written whole before they are sent, and kept for who asks again or resumes."""

import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import Job
from app.db.session import Database, hold_still
from app.errors import Busy
from app.services.downloads import Subset, Watch, unwatched, write_download
from app.services.features import Collection, Query, get_collection, is_at_most
from app.services.state import state_key, state_within
from app.services.storage import FileStore, translated_disk_errors
from app.services.tile_cache import TileCache
from app.settings import Settings

# Files of so many features are written while their reader waits; larger ones by a job.
MOST_AT_ONCE = 50_000
_MOST_JOBS = 8
JOB_KIND = "download"


@cache
def _query_text() -> TypeAdapter[Query]:
    return TypeAdapter(Query)


@dataclass(frozen=True)
class Made:
    """How many features a new file has, and the name it is kept under."""

    count: int
    key: str


class PreparedFiles:
    """A folder of files, each under the hash of what is in it."""

    def __init__(self, database: Database, store: FileStore, settings: Settings) -> None:
        self._database, self._store = database, store
        self._kept = TileCache(store.downloads, settings.limits.download_cache_bytes)
        self._timeout_ms = settings.database.write_timeout_ms

    def find(self, key: str) -> Path | None:
        """Return a file that was made before."""
        return self._kept.find(key)

    def key(self, asked: str) -> str:
        """Return the name of the file that is asked for, of what is shown now."""
        with self._database.reading() as session:
            return _key(session, asked)

    def make(
        self, collection_id: str, query: Query, ending: str, asked: str, watch: Watch = unwatched
    ) -> Made:
        """Write a file and keep it under the state it was read in.

        Raises
        ------
        NotFound, TooLarge, StorageFull
            No such collection; more than the format can hold; no space.
        """
        part = self._store.temporary / f"{secrets.token_hex(16)}.{ending}"
        try:
            with translated_disk_errors(self._store.downloads), self._database.reading() as session:
                hold_still(session)
                with watch(session):
                    key = _key(session, asked)
                    subset = Subset(get_collection(session, collection_id), query)
                    written = write_download(
                        session, self._store.pages, subset, part, timeout_ms=self._timeout_ms
                    )
                self._kept.adopt(key, part)
        finally:
            for left in self._store.temporary.glob(f"{part.stem}*"):
                left.unlink(missing_ok=True)
        return Made(written.count, key)


def _key(session: Session, asked: str) -> str:
    return state_key(session.execute(select(state_within())).scalar_one(), asked)


def is_small(session: Session, collection: Collection, query: Query) -> bool:
    """Say whether a file is written while its reader waits."""
    return is_at_most(session, collection, query, MOST_AT_ONCE)


def order_of(
    collection_id: str, query: Query, ending: str, *, asked: str, key: str
) -> dict[str, Any]:
    """Return what a job needs to make a file; `key` is its name if nothing changes till then."""
    told = _query_text().dump_python(query, mode="json")
    return {
        "collection": collection_id, "query": told, "ending": ending, "asked": asked, "key": key
    }  # fmt: skip


def make_ordered(files: PreparedFiles, order: dict[str, Any]) -> int:
    """Make what a job was asked for, unless somebody did meanwhile; return how many features."""
    if files.find(order["key"]) is not None:
        return 0
    query = _query_text().validate_python(order["query"])
    return files.make(order["collection"], query, order["ending"], order["asked"]).count


def job_under_way(session: Session, key: str) -> Job | None:
    """Return the job that makes a file already.

    Raises
    ------
    Busy
        None does, and as many as may be are waiting.
    """
    waiting = list(
        session.scalars(
            select(Job).where(Job.kind == JOB_KIND, Job.status.in_(("queued", "running")))
        )
    )
    found = next((job for job in waiting if job.parameters["key"] == key), None)
    if found is None and len(waiting) >= _MOST_JOBS:
        raise Busy(f"There are {_MOST_JOBS} downloads being prepared; try again later.")
    return found
