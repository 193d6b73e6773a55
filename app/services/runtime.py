"""What every process of the service holds: database, files and key, opened in the right order."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from app.db.embedded import EmbeddedCluster
from app.db.migrate import head_revision, upgrade
from app.db.models import Import, Surface
from app.db.queries import query
from app.db.reading import Readers
from app.db.session import Database
from app.errors import UnsafeSettings
from app.services.operator_key import operator_key
from app.services.storage import FileStore, translated_disk_errors
from app.services.tile_cache import TileCache, TileMemory
from app.settings import Settings

if TYPE_CHECKING:
    from app.services.pages import PreparedPages
    from app.services.prepared import PreparedFiles
    from app.services.rendering import Painter
    from app.services.vector_tiles import VectorTiles

_TILE_MEMORY_BYTES = 64 * 1024 * 1024
# Twice as many are opened when they are needed: all downloads of one server, what it prepares, and
# one more.
_FEWEST_CONNECTIONS = 3


@dataclass(frozen=True)
class Addresses:
    """Where the database is: for the API's role, and for the owner where it is known."""

    api: str
    owner: str | None


@dataclass(frozen=True)
class Runtime:
    """An opened installation."""

    settings: Settings
    addresses: Addresses
    database: Database
    store: FileStore
    operator_key: str
    # So many serve it side by side, and share what one alone would have.
    processes: int = 1

    def end(self) -> None:
        """Stop what is made in this process, once nobody asks for it any more."""
        for name in ("painter", "vector_tiles", "prepared_pages"):
            # A command that shows nothing need not import what does (0.6 s), only to close it.
            if name in self.__dict__:
                getattr(self, name).close()

    @asynccontextmanager
    async def readers(self) -> AsyncIterator[Readers]:
        """Connections for the event loop that asks, as long as the block lasts."""
        opened = Readers(
            self.database.url,
            read_timeout_ms=self.settings.database.read_timeout_ms,
            pool_size=share(self.settings.database.pool_size, self.processes),
        )
        try:
            await opened.check()
            yield opened
        finally:
            await opened.close()

    # What these are made of takes a second to import, which most commands never use.

    @cached_property
    def painter(self) -> "Painter":
        """What paints tiles of surfaces; it keeps files open."""
        from app.services.rendering import Painter

        return Painter(self.database, self.store, self.tile_cache)

    @cached_property
    def vector_tiles(self) -> "VectorTiles":
        """What makes tiles of collections."""
        from app.services.vector_tiles import VectorTiles

        timeout_ms = self.settings.database.write_timeout_ms
        find_points = self.prepared_pages.tiles
        return VectorTiles(
            self.database, self.tile_cache, self.tile_memory, timeout_ms, find_points
        )

    @cached_property
    def prepared_pages(self) -> "PreparedPages":
        """Pages of points without a query."""
        from app.services.pages import PreparedPages

        most_bytes = self.settings.limits.page_file_bytes
        timeout_ms = self.settings.database.write_timeout_ms
        return PreparedPages(self.database, self.store.pages, most_bytes, timeout_ms)

    @cached_property
    def files(self) -> "PreparedFiles":
        """Downloads that are written whole."""
        from app.services.prepared import PreparedFiles

        return PreparedFiles(self.database, self.store, self.settings)

    @cached_property
    def tile_memory(self) -> TileMemory:
        """The tiles asked for last."""
        most = min(_TILE_MEMORY_BYTES, self.settings.limits.tile_cache_bytes)
        return TileMemory(share(most, self.processes))

    @cached_property
    def tile_cache(self) -> TileCache:
        """Tiles that were made before."""
        return TileCache(self.store.tiles, self.settings.limits.tile_cache_bytes)


def share(whole: int, processes: int) -> int:
    """Return what each of so many processes may have of what there is for all."""
    return -(-whole // processes)


@contextmanager
def open_addresses(settings: Settings) -> Iterator[Addresses]:
    """Give the database's addresses; the embedded cluster runs as long as the block does."""
    if settings.database.database_url is not None:
        yield Addresses(settings.database.database_url, settings.database.owner_database_url)
        return
    with translated_disk_errors(settings.storage.data_dir):
        settings.storage.data_dir.mkdir(mode=0o755, parents=True, exist_ok=True)
    cluster = EmbeddedCluster(settings.storage.data_dir)
    with cluster.running() as urls:
        cluster.bound_log()
        yield Addresses(urls.api, urls.owner)


@contextmanager
def open_runtime(
    settings: Settings, *, migrate: bool = False, processes: int = 1
) -> Iterator[Runtime]:
    """Open everything, check that it fits together, and close it in reverse order.

    So many `processes` will serve it.

    With `migrate`, an embedded database is brought to this version's schema first; one of the
    operator's own never is, because that takes the owner's role.
    """
    with ExitStack() as stack:
        addresses = stack.enter_context(open_addresses(settings))
        if migrate and settings.is_embedded:
            migrate_schema(addresses)
        store = FileStore(settings.storage.data_dir)
        store.prepare()
        database = Database(
            addresses.api,
            read_timeout_ms=settings.database.read_timeout_ms,
            write_timeout_ms=settings.database.write_timeout_ms,
            # Downloads and what is prepared hold connections for minutes; some stay free.
            pool_size=max(share(settings.database.pool_size, processes), _FEWEST_CONNECTIONS),
        )
        stack.callback(database.close)
        database.check(head_revision())
        key = operator_key(settings)
        opened = Runtime(settings, addresses, database, store, key, processes)
        try:
            yield opened
        finally:
            opened.end()


def migrate_schema(addresses: Addresses) -> None:
    """Bring the schema to this version's revision, as its owner."""
    if addresses.owner is None:
        raise UnsafeSettings(
            "Migrations run as the owner of the tables. Set HOTSPOTS_OWNER_DATABASE_URL to the "
            "owner's address and try again."
        )
    upgrade(addresses.owner, addresses.api)


def sweep_orphans(runtime: Runtime) -> int:
    """Clear away what a killed process left; return how many files without a record went.

    An import that nobody works on any more is refused, so that it does not wait for ever. Tables of
    large imports that were undone are dropped.
    """
    with runtime.database.writing() as session:
        session.execute(query("refuse_abandoned_imports"))
        session.execute(text("SELECT hotspots.drop_empty_tables()"))
        # A dump that was restored has no statistics of these tables.
        session.execute(text("SELECT hotspots.analyse_when_grown(0)"))
    with runtime.database.reading() as session:
        uploads = set(session.scalars(select(Import.sha256)))
        surfaces = set(session.scalars(select(Surface.uid)))
    return len(runtime.store.sweep(uploads, surfaces))
