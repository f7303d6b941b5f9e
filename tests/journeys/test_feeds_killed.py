"""kill -9 while a feed runs: the load is whole or absent, the run is told as broken off, and it is done again."""

import multiprocessing
import os
import signal
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from data_access.config import Settings
from services import bootstrap
from services.access import SYSTEM

REVENUE, GAOZHOU = "econ.fiscal.revenue", 440981000000
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
FORK = multiprocessing.get_context("fork")  # the program is loaded already; engines are made after it


@pytest.fixture
def fed(city: Settings, tmp_path: Path) -> tuple[Settings, str, Path]:
    """A store with a feed, and a file in its folder."""
    feeds = city.feeds.model_copy(
        update={"folder": str(tmp_path / "drop"), "key_file": str(tmp_path / "key")}
    )
    settings = city.model_copy(update={"feeds": feeds})
    cockpit = bootstrap.build(settings, clock=lambda: NOW)
    form = {"name": "财政", "kind": "folder", "department": "finance", "region": "440900000000", "every": "3600",
            "folder": "finance"}  # fmt: skip
    feed = cockpit.feeds.save(SYSTEM, form)
    cockpit.store.engine.dispose()
    file = tmp_path / "drop" / "finance" / "十月.csv"
    rows = "".join(f"{REVENUE},高州市,2026-{month:02},{month + 0.5},亿元\n" for month in range(3, 11))
    file.write_text("指标,地区,期别,数值,单位\n" + rows, encoding="utf-8")
    os.utime(file, (1, 1))
    return settings, feed, file


def run(settings: Settings, feed: str, last_statement: int, said: Any) -> None:
    """Run the feed in a process that dies without a word before one of its statements; tells how many it sent."""
    cockpit, sent = bootstrap.build(settings, clock=lambda: NOW), [0]

    def count(_statement: str) -> None:
        sent[0] += 1
        if sent[0] == last_statement:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(cockpit.store.engine, "connect", lambda driver, _: driver.set_trace_callback(count))
    cockpit.store.engine.dispose()
    cockpit.feeds.run(SYSTEM, feed)
    said.send(sent[0])


def ran(settings: Settings, feed: str, last_statement: int = 0) -> int | None:
    """How many statements it took; None where the process was killed."""
    here, there = FORK.Pipe(duplex=False)
    process = FORK.Process(target=run, args=(settings, feed, last_statement, there))
    process.start()
    there.close()
    process.join(60)
    killed = process.exitcode == -signal.SIGKILL
    assert killed or process.exitcode == 0
    return None if killed else here.recv()


def left(settings: Settings) -> tuple[int, int]:
    """How many loads of feeds there are, and how many of their figures."""
    with sqlite3.connect(settings.store.url.removeprefix("sqlite:///")) as connection:
        loads = connection.execute("SELECT count(*) FROM loads WHERE actor LIKE 'feed:%'").fetchone()[0]
        asked = "SELECT count(*) FROM current WHERE load IN (SELECT id FROM loads WHERE actor LIKE 'feed:%')"
        return loads, connection.execute(asked).fetchone()[0]


def test_a_feed_that_is_killed_again_and_again_loads_its_file_once_and_whole(fed):
    settings, feed, file = fed
    store = Path(settings.store.url.removeprefix("sqlite:///"))
    before = store.with_name("before.db")
    with sqlite3.connect(store) as from_, sqlite3.connect(before) as to:
        from_.backup(to)
    content = file.read_bytes()
    statements = ran(settings, feed)
    assert statements is not None
    assert left(settings) == (1, 8)
    with sqlite3.connect(before) as from_, sqlite3.connect(store) as to:
        from_.backup(to)
    file.write_bytes(content)
    os.utime(file, (1, 1))
    (file.parent / "done" / file.name).unlink()
    for last in (
        int(statements * 0.2),
        int(statements * 0.6),
        12,
    ):  # before the load, in its middle, before the file moves
        assert ran(settings, feed, last) is None, "killed"
        assert left(settings) in ((0, 0), (1, 8)), "whole or absent"
    assert ran(settings, feed) is not None
    assert left(settings) == (1, 8)
    assert not file.exists()
    assert (file.parent / "done" / file.name).exists()
    cockpit = bootstrap.build(settings, clock=lambda: NOW)
    states = [run.state for run in cockpit.feeds.runs(SYSTEM, feed)]
    cockpit.store.engine.dispose()
    assert "broken" in states
    assert states[0] in ("stored", "unchanged")
