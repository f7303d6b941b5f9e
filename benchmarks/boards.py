"""The home board on the server with nothing cached, against the bare SQL that it runs itself.

Cold is everything from the state to the bytes that travel: figures, warnings, view, components, JSON. The SQL is
what the driver was given meanwhile, run again without anything around it.
"""

import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import orjson
from sqlalchemy import event

from benchmarks import Row, interleaved
from data_access import engine as engines
from data_access.config import load_settings
from pages._components import board
from pages._components.words import Words
from pages._state import PageState
from pages._tokens import tokens
from services.access import Actor
from services.bootstrap import Services, build
from services.texts import Texts

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 7
COLD_RATIO = 8.0
CHANGE_KB = 60


def run() -> list[Row]:
    """The home board for the leader of the city."""
    with tempfile.TemporaryDirectory() as folder:
        store = _store(Path(folder))
        services, statements = _watched(store)
        actor = Actor("bench", "bench", "leader", (services.pack.root,))
        _home(services, actor)
        statements.clear()
        size = len(_home(services, actor))
        asked = [one for one in statements if one.lstrip().upper().startswith(("SELECT", "WITH"))]
        bare = sqlite3.connect(store)
        cold, sql = interleaved(
            ROUNDS,
            lambda: _home(services, actor),
            lambda: [bare.execute(statement).fetchall() for statement in asked],
        )
    ratio = statistics.median(cold) / statistics.median(sql)
    note = f"{1000 * statistics.median(cold):.0f} ms, of it {1000 * statistics.median(sql):.0f} ms SQL in {len(asked)} statements"
    return [
        Row("home board, cold, over its own bare SQL", ratio, COLD_RATIO, note=note),
        Row("home board, JSON before compression", size / 1000, None, unit="kB"),
    ]


def _home(services: Services, actor: Actor) -> bytes:
    """The board as it travels; `services` were built without a cache."""
    state = PageState()
    view = services.boards.home(actor, state.choice)
    return orjson.dumps(board.render(view, state, Words(Texts()), tokens("dark")))


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


def _watched(store: Path) -> tuple[Services, list[str]]:
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
        return build(load_settings(environ={"CHENGMAI_STORE_URL": f"sqlite:///{store}"})), statements
    finally:
        engines.create_engine = create


if __name__ == "__main__":
    from benchmarks import table

    print(table(run()))
