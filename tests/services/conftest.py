"""The cockpit on an empty store, built once for the tests of several rooms; each test begins with a fresh copy of it."""

import itertools
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from data_access.config import load_settings
from services import bootstrap
from services.bootstrap import Services
from services.notices import Notice

MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Ten in the morning of a Monday in the city."""


class RoomClock:
    """A clock that runs on only when it is told to."""

    def __init__(self) -> None:
        self.now = MORNING

    def __call__(self) -> datetime:
        return self.now

    def on(self, **time: float) -> int:
        """Go on by some time; the moment then."""
        self.now += timedelta(**time)
        return int(self.now.timestamp())


_CLOCK = RoomClock()
_TURNS = itertools.count(1)


@pytest.fixture
def room_clock() -> RoomClock:
    """The clock of the room, in the morning."""
    _CLOCK.now = MORNING
    return _CLOCK


@pytest.fixture(scope="session")
def room_built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Services, Path, Path]:
    """The cockpit and its empty store, and a copy of that store."""
    _CLOCK.now = MORNING
    path = tmp_path_factory.mktemp("room") / "city.db"
    services = bootstrap.build(
        load_settings(environ={"CHENGMAI_STORE_URL": f"sqlite:///{path}"}), clock=_CLOCK
    )
    services.collection.store.engine.dispose()
    with (
        closing(sqlite3.connect(path)) as store,
        store,
    ):  # a store remembers the numbers that it gave to indicators
        codes = [(one.code,) for one in services.catalog.newest()]
        store.executemany("INSERT OR IGNORE INTO indicator_ids (code) VALUES (?)", codes)
    return services, path, Path(shutil.copy(path, path.with_name("empty.db")))


@pytest.fixture
def room(room_built: tuple[Services, Path, Path], room_clock: RoomClock) -> Services:
    """The cockpit on an empty store."""
    services, path, empty = room_built
    services.collection.store.engine.dispose()
    for beside in ("-wal", "-shm"):
        path.with_name(path.name + beside).unlink(missing_ok=True)
    shutil.copy(empty, path)
    with (
        closing(sqlite3.connect(path)) as store,
        store,
    ):  # what was read before under a version is no answer now
        turn = next(_TURNS)
        for counter in ("data", "targets"):
            store.execute("INSERT OR IGNORE INTO versions (name, value) VALUES (?, 0)", (counter,))
            store.execute("UPDATE versions SET value = value + ? WHERE name = ?", (1000 * turn, counter))
    return services


@pytest.fixture
def room_told(room: Services, monkeypatch: pytest.MonkeyPatch) -> list[Notice]:
    """What people were told."""
    heard: list[Notice] = []

    def put(_connection: Any, notices: Iterable[Notice]) -> int:
        before = len(heard)
        heard.extend(notices)
        return len(heard) - before

    monkeypatch.setattr(room.telling, "put", put)
    return heard
