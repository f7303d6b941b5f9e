"""Every board on the server with nothing cached, against the bare SQL that it runs itself.

Cold is everything from the state to the bytes that travel: figures, warnings, view, components, JSON. The SQL is
what the driver was given meanwhile, run again without anything around it. What services keep for an hour is cold
again because the clock goes on by an hour from round to round.
"""

import gzip
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
from sqlalchemy import event

from benchmarks import Row, interleaved
from data_access import engine as engines
from data_access.config import load_settings
from pages._components import board
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from pages._tokens import tokens
from services.access import Actor
from services.bootstrap import Services, build
from services.texts import Texts

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 7
COLD_RATIO = 8.0
CHANGE_KB = 60


BOARDS = ("home", "economy", "projects", "emergency", "signs", "digital")
"""The boards that are measured, by name."""


class Clock:
    """A clock that goes on by an hour whenever it is told to."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def on(self) -> None:
        """The next hour."""
        self.now += timedelta(hours=1)


def run() -> list[Row]:
    """Every board for the leader of the city."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        store = _store(Path(folder))
        services, statements = _watched(store, clock)
        here = Session(Actor("bench", "bench", "leader", (services.pack.root,)), services, Texts(), "dark")
        bare = sqlite3.connect(store)
        return [row for name in BOARDS for row in _board(name, here, statements, bare, clock)]


def _board(
    name: str, here: Session, statements: list[str], bare: sqlite3.Connection, clock: Clock
) -> list[Row]:
    """One board, cold, beside its own SQL."""
    _drawn(name, here, clock)
    statements.clear()
    sent = _drawn(name, here, clock)
    asked = [one for one in statements if one.lstrip().upper().startswith(("SELECT", "WITH"))]
    cold, sql = interleaved(
        ROUNDS,
        lambda: _drawn(name, here, clock),
        lambda: [bare.execute(statement).fetchall() for statement in asked],
    )
    ratio = statistics.median(cold) / statistics.median(sql)
    note = f"{1000 * statistics.median(cold):.0f} ms, of it {1000 * statistics.median(sql):.0f} ms SQL in {len(asked)} statements"
    return [
        Row(f"{name} board, cold, over its own bare SQL", ratio, COLD_RATIO, note=note),
        Row(f"{name} board, compressed", len(gzip.compress(sent)) / 1000, CHANGE_KB, unit="kB"),
    ]


def _drawn(name: str, here: Session, clock: Clock) -> bytes:
    """The board as it travels, an hour later than before; the services were built without a cache."""
    clock.on()
    state = PageState()
    boards = here.services.boards
    view = boards.view(name, here.actor, state.choice, here.language)
    words = Words(here.texts, boards.units(here.language))
    return orjson.dumps(board.render(view, state, words, tokens(here.theme), here))


def _store(folder: Path) -> Path:
    """A store as the first start makes it, or the one that BENCH_STORE names."""
    ready = os.environ.get("BENCH_STORE")
    if ready:
        return Path(ready)
    store = folder / "boards.db"
    environment = os.environ | {"CHENGMAI_STORE_URL": f"sqlite:///{store}"}
    subprocess.run([sys.executable, "-c", "import cli; cli.main()", "init"], cwd=ROOT, env=environment, check=True,
                   stdout=subprocess.DEVNULL)  # fmt: skip
    return store


def _watched(store: Path, clock: Clock) -> tuple[Services, list[str]]:
    """The services on a store, and a list that every statement given to the driver is added to."""
    statements: list[str] = []
    create = engines.create_engine

    def watched(settings: object) -> object:
        engine = create(settings)  # type: ignore[arg-type]
        event.listen(
            engine, "connect", lambda connection, _: connection.set_trace_callback(statements.append)
        )
        return engine

    engines.create_engine = watched  # type: ignore[assignment]
    try:
        settings = load_settings(environ={"CHENGMAI_STORE_URL": f"sqlite:///{store}"})
        return build(settings, clock=clock), statements
    finally:
        engines.create_engine = create


if __name__ == "__main__":
    from benchmarks import table

    print(table(run()))
