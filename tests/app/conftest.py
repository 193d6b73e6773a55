"""A real PostGIS for the tests of `app`: one cluster, and a fresh database for each test."""

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import uvicorn
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from app.db.embedded import ClusterUrls, EmbeddedCluster
from app.db.migrate import upgrade
from app.db.session import Database
from app.main import create_app
from app.resources import reference_data
from app.services import registries
from app.services.runtime import Addresses, Runtime
from app.services.storage import FileStore
from app.settings import DatabaseSettings, ServerSettings, Settings, StorageSettings
from tests.app import scene
from tests.app.scene import Showcase

KEY = "a-key-for-tests-only-0123456789"
_ROOM_FOR_CLUSTER = 2 << 30


def pytest_configure(config: pytest.Config) -> None:
    """Pass over a warning that rasterio's warping gives of itself, with a newer affine."""
    config.addinivalue_line(
        "filterwarnings", "ignore:Use `@` matmul instead:PendingDeprecationWarning"
    )


@pytest.fixture(scope="session")
def cluster() -> Iterator[ClusterUrls]:
    """A running cluster whose own database is migrated and seeded, and then only copied."""
    # pytest's own temporary folders are closed to the postgres user.
    folder = Path(tempfile.mkdtemp(prefix="hotspots-test-", dir=_memory()))
    folder.chmod(0o755)
    with EmbeddedCluster(folder).running() as urls:
        # Hundreds of databases are copied, and none need outlive the test.
        run(urls.superuser, "ALTER SYSTEM SET fsync = off")
        run(urls.superuser, "SELECT pg_reload_conf()")
        upgrade(urls.owner, urls.api)
        database = Database(urls.api)
        with database.writing() as session:
            registries.seed(session, reference_data())
        database.close()
        yield urls
    shutil.rmtree(folder)


def _memory() -> Path | None:
    """Return a folder in memory, if it has room: databases are copied eight times as fast there."""
    folder = Path("/dev/shm")  # noqa: S108 - the system's own, and the cluster's folder is not shared
    has_room = folder.is_dir() and shutil.disk_usage(folder).free > _ROOM_FOR_CLUSTER
    return folder if has_room else None


@dataclass(frozen=True)
class FreshDatabase:
    """A copy of the seeded database, as each of its roles reaches it."""

    owner: str
    api: str
    superuser: str


def run(url: str, statement: str) -> None:
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))


def renamed(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def _copied(cluster: ClusterUrls, name: str, template: str) -> Iterator[FreshDatabase]:
    maintenance = renamed(cluster.superuser, "postgres")
    # Copying files is twice as fast here as writing the copy to the log.
    run(
        maintenance,
        f"CREATE DATABASE {name} TEMPLATE {template} OWNER hotspots_owner STRATEGY FILE_COPY",
    )
    try:
        yield FreshDatabase(
            renamed(cluster.owner, name),
            renamed(cluster.api, name),
            renamed(cluster.superuser, name),
        )
    finally:
        run(maintenance, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def fresh(cluster: ClusterUrls) -> Iterator[FreshDatabase]:
    """A migrated and seeded database of the test's own."""
    with _copied(cluster, "fresh", "hotspots") as copy:
        yield copy


@pytest.fixture
def database(fresh: FreshDatabase) -> Iterator[Database]:
    """The fresh database, as the API's role."""
    opened = Database(fresh.api)
    yield opened
    opened.close()


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    """An empty data folder."""
    files = FileStore(tmp_path)
    files.prepare()
    return files


@pytest.fixture
def engine() -> Callable[[], AbstractContextManager[Executor]]:
    """Threads in place of processes: nothing of what is computed depends on which."""
    return lambda: ThreadPoolExecutor(2)


def _installation(copy: FreshDatabase, database: Database, store: FileStore) -> Runtime:
    settings = Settings(
        database=DatabaseSettings(database_url=copy.api),
        storage=StorageSettings(data_dir=store.data_dir),
        server=ServerSettings(operator_key=KEY, worker=False),
    )
    return Runtime(settings, Addresses(copy.api, copy.owner), database, store, KEY)


@pytest.fixture
def runtime(fresh: FreshDatabase, database: Database, store: FileStore) -> Iterator[Runtime]:
    """An opened installation on the fresh database."""
    opened = _installation(fresh, database, store)
    yield opened
    # Pages may be being prepared.
    opened.prepared_pages.close()


@pytest.fixture
def client(runtime: Runtime) -> Iterator[TestClient]:
    """A caller without the operator's key."""
    app = create_app(runtime=runtime)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as caller:
        yield caller


@pytest.fixture
def operator(client: TestClient) -> TestClient:
    """A caller with the operator's key."""
    client.headers["Authorization"] = f"Bearer {KEY}"
    return client


@pytest.fixture
def limited(runtime: Runtime) -> Callable[..., Runtime]:
    """Make the installation again with other limits."""

    def change(**limits: int) -> Runtime:
        changed = runtime.settings.limits.model_copy(update=limits)
        return replace(runtime, settings=replace(runtime.settings, limits=changed))

    return change


@pytest.fixture(scope="session")
def meuse_template(
    cluster: ClusterUrls, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FileStore]:
    """The Meuse samples and sources, a kriged and a weighted surface of zinc, and hotspots.

    They stand in the database `meuse`, which is only copied, and in this folder.
    """
    store = FileStore(tmp_path_factory.mktemp("meuse"))
    store.prepare()
    with _copied(cluster, "meuse", "hotspots") as copy:
        with closing(Database(copy.api)) as database:
            scene.load_meuse(_installation(copy, database, store))
        yield store


@contextmanager
def _copied_meuse(
    cluster: ClusterUrls, name: str, template: FileStore, folder: Path
) -> Iterator[Runtime]:
    shutil.copytree(template.data_dir, folder, dirs_exist_ok=True)
    with _copied(cluster, name, "meuse") as copy, closing(Database(copy.api)) as database:
        yield _installation(copy, database, FileStore(folder))


@pytest.fixture
def meuse(cluster: ClusterUrls, meuse_template: FileStore, tmp_path: Path) -> Iterator[Runtime]:
    """An installation of the test's own with the Meuse in it."""
    with _copied_meuse(cluster, "meuse_copy", meuse_template, tmp_path / "data") as opened:
        yield opened


@pytest.fixture(scope="session")
def showcase(
    cluster: ClusterUrls, meuse_template: FileStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Showcase]:
    """An installation that tests only read: the Meuse, a private data set, and members."""
    folder = tmp_path_factory.mktemp("showcase")
    with _copied_meuse(cluster, "showcase", meuse_template, folder) as opened:
        yield scene.furnish(opened)


@pytest.fixture(scope="session")
def visitor(showcase: Showcase) -> Iterator[TestClient]:
    """A caller of the showcase without a key."""
    app = create_app(runtime=showcase.runtime)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as caller:
        yield caller


@pytest.fixture(scope="session")
def keeper(showcase: Showcase) -> Iterator[TestClient]:
    """A caller of the showcase with the operator's key."""
    app = create_app(runtime=showcase.runtime)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as caller:
        caller.headers["Authorization"] = f"Bearer {KEY}"
        yield caller


@pytest.fixture(scope="session")
def address(showcase: Showcase) -> Iterator[str]:
    """The showcase behind a real socket, for clients that are no library of ours."""
    opened = replace(
        showcase.runtime,
        settings=replace(
            showcase.runtime.settings,
            server=showcase.runtime.settings.server.model_copy(update={"cors_origins": "*"}),
        ),
    )
    app = create_app(runtime=opened)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    [socket] = server.servers[0].sockets
    yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
