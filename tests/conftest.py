"""What the tests share: a store on each engine, fresh for every test."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data_access.config import Settings, StoreSettings, load_settings
from data_access.engine import create_engine
from data_access.migrations import create_schema
from data_access.observations import ObservationStore
from services import first_start
from tests.postgres import NoServer, Server
from tests.stores import TEMPLATE, Database, command

ENGINES = ("sqlite", "postgresql")

SERVERS = Path(tempfile.gettempdir())


def pytest_configure(config: pytest.Config) -> None:
    """Give the session a name that its workers share; the first test that needs the server starts it."""
    if not hasattr(config, "workerinput"):
        os.environ["POSTGRESQL_OF_THE_TESTS"] = str(SERVERS / f"chengmai-pg-{os.getpid()}")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server of the session, if one was started."""
    if hasattr(config, "workerinput"):
        return
    folder = Path(os.environ.pop("POSTGRESQL_OF_THE_TESTS"))
    if (folder / "started").exists():
        Server(folder).stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_server() -> Server:
    """The one PostgreSQL server of this test session; skipped, saying why, only where it cannot be started."""
    folder = Path(os.environ["POSTGRESQL_OF_THE_TESTS"])
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            server = Server(folder)
            if not (folder / "started").exists():
                server.start()
                _template(server)
                (folder / "started").touch()
        except NoServer as reason:
            pytest.skip(f"PostgreSQL cannot be started here: {reason}")
    return server


def _template(server: Server) -> None:
    """A database with an empty store, of which the databases of the workers are copies."""
    command(server, f"CREATE DATABASE {TEMPLATE}")
    engine = create_engine(StoreSettings(url=server.url(TEMPLATE)))
    create_schema(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def postgresql_database(postgresql_server: Server) -> Database:
    """The database of this worker, emptied for every test."""
    return Database(postgresql_server)


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with an empty store, of which each test gets a copy."""
    path = tmp_path_factory.mktemp("empty") / "store.db"
    engine = create_engine(StoreSettings(url=f"sqlite:///{path}"))
    create_schema(engine)
    engine.dispose()
    return path


@pytest.fixture
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store; by way of `engine` or `store` on each engine in turn."""
    if getattr(request, "param", "sqlite") == "sqlite":
        empty: Path = request.getfixturevalue("empty_file")
        for file in empty.parent.glob("store.db*"):
            shutil.copy(file, tmp_path)
        return f"sqlite:///{tmp_path}/store.db"
    database: Database = request.getfixturevalue("postgresql_database")
    return database.fresh()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that uses the store runs once on every engine."""
    if "store_url" in metafunc.fixturenames:
        metafunc.parametrize("store_url", ENGINES, indirect=True)


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    """An engine on an empty store."""
    engine = create_engine(StoreSettings(url=store_url))
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: Engine) -> ObservationStore:
    """An empty store of observations."""
    return ObservationStore(engine)


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite store with the published figures of 茂名, made once a worker; `city` gives a copy of it."""
    path = tmp_path_factory.mktemp("published") / "city.db"
    settings = load_settings(
        environ={"CHENGMAI_STORE_URL": f"sqlite:///{path}", "CHENGMAI_SAMPLE_ENABLED": "false"}
    )
    first_start.run(settings, lambda _message, _share=None, **_fields: None)
    return path


@pytest.fixture
def city(published: Path, tmp_path: Path) -> Settings:
    """Settings that name a store of one's own with the published figures of 茂名."""
    for file in published.parent.glob("city.db*"):
        shutil.copy(file, tmp_path)
    return load_settings(environ={"CHENGMAI_STORE_URL": f"sqlite:///{tmp_path / 'city.db'}"})
