"""kill -9 while warnings are judged, and while a server runs what is due: nothing is lost, nothing is told twice."""

import multiprocessing
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

import app
from data_access.config import Settings, load_settings
from data_access.outbox import Channel, OutboxStore, Subscription
from data_access.sources import files
from services import bootstrap
from services.access import SYSTEM

CITY = 440900000000
JUDGED_AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
RETAIL = "econ.retail.total"
FORK = multiprocessing.get_context("fork")  # the program is loaded already; engines are made after it


@pytest.fixture
def waiting(city: Settings, tmp_path: Path) -> Settings:
    """A store with a load that nobody has judged yet, and somebody who asked to be told of everything."""
    cockpit = bootstrap.build(city)
    outbox = OutboxStore(cockpit.store.engine)
    with outbox.begin() as connection:
        hook = Channel("hook", "hook", "webhook", CITY, settings={"url": "https://example.invalid/"})
        outbox.keep_channel(connection, hook, at=1, actor="admin", act="channel")
        outbox.keep_subscription(connection, Subscription(0, "leader", "hook"), at=1, actor="leader")
    a_load(cockpit, tmp_path, 700.0, -9.5)
    cockpit.store.engine.dispose()
    return city


def a_load(cockpit: bootstrap.Services, folder: Path, value: float, growth: float) -> None:
    """Months of retail sales, committed and not judged."""
    path = folder / f"{value}.csv"
    rows = [
        f"{RETAIL},茂名市,2026-{month:02},{value + month},亿元,{growth},茂名市统计局\n"
        for month in range(3, 11)
    ]
    path.write_text("指标,地区,期别,数值,单位,同比,来源\n" + "".join(rows), encoding="utf-8")
    report = cockpit.intake.load(SYSTEM, files.from_path(path, 10**6), evaluate=False)
    assert report.state == "stored", report.issues


def copied(settings: Settings, name: str) -> Settings:
    """The same store once more."""
    source = Path(settings.store.url.removeprefix("sqlite:///"))
    target = source.with_name(name)
    with sqlite3.connect(source) as from_, sqlite3.connect(target) as to:
        from_.backup(to)
    return load_settings(environ={"CHENGMAI_STORE_URL": f"sqlite:///{target}"})


def judge(settings: Settings, last_statement: int, said: Any) -> None:
    """Judge what waits, in a process that dies without a word before one of its statements; tells how many it sent."""
    cockpit, sent = bootstrap.build(settings, clock=lambda: JUDGED_AT), [0]

    def count(_statement: str) -> None:
        sent[0] += 1
        if sent[0] == last_statement:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(cockpit.store.engine, "connect", lambda driver, _: driver.set_trace_callback(count))
    cockpit.store.engine.dispose()
    cockpit.alerts.tick(JUDGED_AT)
    said.send(sent[0])


def judged(settings: Settings, last_statement: int = 0) -> int | None:
    """How many statements it took; None where the process was killed."""
    here, there = FORK.Pipe(duplex=False)
    process = FORK.Process(target=judge, args=(settings, last_statement, there))
    process.start()
    there.close()
    process.join(60)
    killed = process.exitcode == -signal.SIGKILL
    assert killed or process.exitcode == 0
    return None if killed else here.recv()


def told(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that an evaluation leaves: warnings, their history, what was told, what waits to be sent."""
    asked = {
        "alerts": "SELECT * FROM alerts ORDER BY rule, region, item",
        "history": "SELECT rule, region, item, alert, period, kind, level, previous, cause, value, at, back_dated "
        "FROM alert_events ORDER BY id",
        "rules": "SELECT * FROM alert_rules ORDER BY rule",
        "notes": "SELECT count(*) FROM changes WHERE settled = 0",
        "messages": "SELECT key FROM notice_messages ORDER BY key",
    }
    with sqlite3.connect(settings.store.url.removeprefix("sqlite:///")) as connection:
        return {name: connection.execute(question).fetchall() for name, question in asked.items()}


def test_an_evaluation_that_is_killed_again_and_again_comes_to_the_history_of_an_undisturbed_one(waiting):
    disturbed = copied(waiting, "disturbed.db")
    statements = judged(waiting)
    assert statements is not None
    whole = told(waiting)
    assert any(row[0] == RETAIL for row in whole["history"])
    assert whole["messages"]
    before = told(disturbed)
    for share in (0.3, 0.9, 1.0):
        assert judged(disturbed, int(statements * share)) is None, "killed"
        assert told(disturbed) == before, "all of it or nothing"
    assert judged(disturbed) is not None
    assert told(disturbed) == whole
    assert judged(disturbed) is not None
    assert told(disturbed)["history"] == whole["history"], "once more changes nothing"
    assert told(disturbed)["messages"] == whole["messages"]


def serve(url: str, orders: Any) -> None:
    """What a worker of the server does, but for the listening: until it is told to end."""
    os.environ |= {"CHENGMAI_STORE_URL": url, "CHENGMAI_SCHEDULE_LEASE_SECONDS": "3"}
    app.server()
    orders.recv()


@contextmanager
def a_server(settings: Settings) -> Iterator[tuple[Any, Any]]:
    """A worker of the server, and the pipe by which it is told to end."""
    here, there = FORK.Pipe(duplex=True)
    process = FORK.Process(target=serve, args=(settings.store.url, there))
    process.start()
    try:
        yield process, here
    finally:
        process.kill()
        process.join()


def holders(settings: Settings) -> set[str]:
    """The processes that hold jobs now."""
    with sqlite3.connect(settings.store.url.removeprefix("sqlite:///")) as connection:
        found = connection.execute("SELECT holder FROM leases WHERE until > ?", (time.time(),)).fetchall()
    return {holder for (holder,) in found}


def opened(settings: Settings) -> bool:
    with sqlite3.connect(settings.store.url.removeprefix("sqlite:///")) as connection:
        asked = "SELECT count(*) FROM alerts WHERE rule = ? AND region = ? AND level > 0"
        return bool(connection.execute(asked, (RETAIL, CITY)).fetchone()[0])


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_when_a_server_is_killed_the_other_one_judges_what_was_committed(city, tmp_path):
    cockpit = bootstrap.build(city)
    a_load(cockpit, tmp_path, 800.0, 5.1)
    with a_server(city) as (first, _):
        until(lambda: not cockpit.store.unsettled())
        one = holders(city)
        with a_server(city) as (second, orders):
            first.kill()
            a_load(cockpit, tmp_path, 700.0, -9.5)
            until(lambda: opened(city))
            assert len(holders(city)) == 1
            assert holders(city).isdisjoint(one)
            orders.send("end")
            second.join(30)
            assert holders(city) == set(), "a server that ends in order gives its jobs back"
