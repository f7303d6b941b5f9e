"""From a committed load to the open warning on an open page, while two hundred people look on.

The server runs as it does for users. Every session has a connection of its own and does what a page does: it asks for
the version at the usual interval, and where that has changed it has its page rendered again. A figure is committed
and nothing else is done with it; the server finds it, judges it and tells the pages. The clock runs from the commit
to the moment at which a session holds a page with the warning on it. ``SESSIONS`` changes the scale.
"""

import asyncio
import gzip
import json
import multiprocessing
import os
import random
import re
import secrets
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks import Row, table
from benchmarks.pages import router_body
from benchmarks.walls import HOST, PORT, a_server, a_store, cpu, p95
from data_access.accounts import AccountStore
from data_access.config import load_settings
from data_access.engine import create_engine
from data_access.sources import files
from services.access import SYSTEM
from services.accounts import digest_of
from services.bootstrap import Services, build

SESSIONS = int(os.environ.get("SESSIONS", "200"))
ROUNDS, SETTLED = 4, 8.0
"""So many times the warning opens; and seconds between two changes."""

PEOPLE = ("leader", "analyst", "duty")
PAGES = ("/", "/economy", "/", "/economy", "/warnings")
"""Who looks at what: each session is one of these on one of those."""

JITTER = 0.2
"""As assets/clientside.js has it."""

RETAIL, PERIOD = "econ.retail.total", "2026-10"
BAD, GOOD = (700.0, -9.5), (800.0, 5.1)
MARK = re.compile(rb"econ\.retail\.total:440900000000:202610")

P95_SECONDS = 5.0


def run() -> list[Row]:
    """All figures of the open pages."""
    with tempfile.TemporaryDirectory() as folder, a_store(Path(folder)) as store:
        os.environ["CHENGMAI_STORE_URL"] = f"sqlite:///{store}"
        settings = load_settings()
        services = build(settings)
        load(services, Path(folder), "begin", GOOD, evaluate=True)
        tokens = [token(settings.store, PEOPLE[number % len(PEOPLE)]) for number in range(SESSIONS)]
        with a_server(store) as server, the_sessions(tokens, settings.interface.poll_seconds) as sessions:
            ready(sessions)
            begun, used = time.perf_counter(), cpu(server)
            time.sleep(20)
            share = (cpu(server) - used) / (time.perf_counter() - begun)
            return [
                *measured(services, Path(folder), store, sessions, lambda: cpu(server) - share * time.time()),
                quiet(share, settings.interface.poll_seconds),
            ]


def quiet(share: float, poll: int) -> Row:
    """What the asking alone costs."""
    note = f"each asks every {poll} s"
    return Row(f"{SESSIONS} open pages, version checks, share of one core", share, None, "core", note)


def token(store: Any, name: str) -> str:
    """A session of a demonstration account, as the sign-in opens it."""
    engine, fresh, now = create_engine(store), secrets.token_urlsafe(32), int(time.time())
    people = AccountStore(engine)
    account = people.account(name)
    assert account is not None
    people.open_session(account, digest_of(fresh), at=now, address=HOST, expired=0)
    engine.dispose()
    return fresh


def load(
    services: Services, folder: Path, name: str, figure: tuple[float, float], *, evaluate: bool
) -> float:
    """Commit one figure of the city; the moment after it."""
    path = folder / f"{name}.csv"
    value, growth = figure
    path.write_text(
        f"指标,地区,期别,数值,单位,同比,来源\n{RETAIL},茂名市,{PERIOD},{value},亿元,{growth},茂名市统计局\n",
        encoding="utf-8",
    )
    report = services.intake.load(SYSTEM, files.from_path(path, 10**6), evaluate=evaluate)
    assert report.state == "stored", report.issues
    return time.time()


def measured(
    services: Services, folder: Path, store: Path, sessions: Connection, work: Callable[[], float]
) -> list[Row]:
    """The warning opens and is resolved again, some times; `work` is what the server has done beside answering polls."""
    waited, judged, renders, worked = list[float](), list[float](), list[int](), list[float]()
    failed = 0
    for nth in range(ROUNDS):
        before = work()
        at = load(services, folder, f"bad{nth}", (BAD[0] - nth, BAD[1]), evaluate=False)
        time.sleep(SETTLED)
        met = asked(sessions)
        worked.append(work() - before)
        judged.append(opened_at(store) - at)
        waited += [moment - at if moment else SETTLED for moment in met.seen]
        renders.append(met.renders)
        failed += met.errors
        load(services, folder, f"good{nth}", (GOOD[0] + nth + 1, GOOD[1]), evaluate=False)
        time.sleep(SETTLED)
        failed += asked(sessions).errors
    note = f"median {statistics.median(waited):.2f} s, slowest {max(waited):.2f} s, {ROUNDS} openings"
    return [
        Row(f"committed load to the warning on {SESSIONS} open pages, 95th percentile", p95(waited), P95_SECONDS, "s",
            note),
        Row("of it until the warning is recorded, the slowest (whole seconds)", max(judged), None, "s"),
        Row("pages rendered for one change, a session", max(renders) / SESSIONS, None, ""),
        Row("work of the server for one change, all pages together", statistics.median(worked), None, "s"),
        Row("requests that failed", failed, 0, ""),
    ]  # fmt: skip


def opened_at(store: Path) -> float:
    """When the newest opening was recorded."""
    with sqlite3.connect(store) as connection:
        (at,) = connection.execute("SELECT max(at) FROM alert_events WHERE rule = ?", (RETAIL,)).fetchone()
    return float(at)


# ---- the sessions


@dataclass
class Met:
    """What the sessions met since they were last asked: when each first held the warning, 0 if it does not."""

    seen: list[float] = field(default_factory=lambda: [0.0] * SESSIONS)
    renders: int = 0
    errors: int = 0
    shown: int = 0


@contextmanager
def the_sessions(tokens: list[str], poll: int) -> Iterator[Connection]:
    """The sessions, in a process of their own; what is sent to it is answered with what they have met."""
    here, there = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=people, args=(tokens, poll, there), daemon=True)
    process.start()
    try:
        yield here
    finally:
        process.terminate()
        process.join()


def asked(sessions: Connection) -> Met:
    """What they have met since this was last called."""
    sessions.send(None)
    met: Met = sessions.recv()
    return met


def ready(sessions: Connection) -> None:
    """Wait until every session shows its page."""
    for _ in range(180):
        time.sleep(1)
        if asked(sessions).shown == SESSIONS:
            return
    raise TimeoutError("some sessions show nothing")


def people(tokens: list[str], poll: int, orders: Connection) -> None:
    """All sessions, until the process ends."""
    asyncio.run(all_people(tokens, poll, orders))


async def all_people(tokens: list[str], poll: int, orders: Connection) -> None:
    met, pages = (
        Met(),
        [Page(token, PAGES[nth // len(PEOPLE) % len(PAGES)]) for nth, token in enumerate(tokens)],
    )
    tasks = [asyncio.create_task(look(nth, page, poll, met)) for nth, page in enumerate(pages)]
    loop = asyncio.get_running_loop()
    while True:
        await loop.run_in_executor(None, orders.recv)
        met.shown = sum(bool(page.version) for page in pages)
        orders.send(met)
        met.seen[:], met.renders, met.errors = [0.0] * len(pages), 0, 0
        for task in tasks:
            if task.done():
                task.result()


async def look(nth: int, page: "Page", poll: int, met: Met) -> None:
    """One open page: it asks for the version, and is rendered again where that is another one."""
    await asyncio.sleep(poll * random.random())
    while True:
        try:
            if not page.version:
                await page.open()
            elif await page.changed():
                met.renders += 1
                if await page.render() and not met.seen[nth]:
                    met.seen[nth] = time.time()
        except (OSError, EOFError, ValueError, AssertionError):
            met.errors += 1
            page.streams = None
        await asyncio.sleep(poll * (1 - JITTER + 2 * JITTER * random.random()))


class Page:
    """A page in a browser, as far as the server can tell."""

    def __init__(self, token: str, path: str) -> None:
        self.cookies = {"chengmai": token}
        self.path = path
        self.version = self.told = ""
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.body: dict[str, Any] = {}

    async def open(self) -> None:
        """The index page, what the callbacks depend on, and the first rendering."""
        await self.ask("GET", "/")
        _, answer = await self.ask("GET", "/_dash-dependencies")
        self.body = router_body(json.loads(answer), self.path)
        await self.render()

    async def changed(self) -> bool:
        """Whether the version is another one than that of the page."""
        status, answer = await self.ask("GET", "/version", {"X-Chengmai-Automatic": "1"})
        assert status == 200
        self.told = str(json.loads(answer)["version"])
        return self.told != self.version

    async def render(self) -> bool:
        """The page for the version that was told; whether the warning is on it."""
        for given in self.body["inputs"]:
            if given["id"] == "data-version" and self.told:
                given["value"] = self.told
                self.body["changedPropIds"] = ["data-version.data"]
        headers = {"Content-Type": "application/json", "X-CSRFToken": self.cookies["chengmai_csrf"]}
        status, answer = await self.ask(
            "POST", "/_dash-update-component", headers, json.dumps(self.body).encode()
        )
        found = re.search(rb'"data-version": ?"([^"]+)"', answer)
        assert status == 200
        assert found is not None
        self.version = found[1].decode()
        return MARK.search(answer) is not None

    async def ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> tuple[int, bytes]:
        """One request on a connection that stays open."""
        if self.streams is None:
            self.streams = await asyncio.open_connection(HOST, PORT, limit=2**24)
        reader, writer = self.streams
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        said = {"Host": f"{HOST}:{PORT}", "Cookie": cookies, "Accept-Encoding": "gzip", **(headers or {})}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items())]
        writer.write("\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body)
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = [
            (name.lower(), text.strip())
            for name, _, text in (line.partition(":") for line in head[1:] if line)
        ]
        for name, text in fields:
            if name == "set-cookie":
                key, _, value = text.split(";")[0].partition("=")
                self.cookies[key] = value
        told = dict(fields)
        answer = await self.content(reader, told)
        return int(head[0].split(" ")[1]), gzip.decompress(answer) if told.get(
            "content-encoding"
        ) == "gzip" else answer

    async def content(self, reader: asyncio.StreamReader, told: dict[str, str]) -> bytes:
        """The body, in one piece or in chunks."""
        if told.get("transfer-encoding") != "chunked":
            return await reader.readexactly(int(told.get("content-length", "0")))
        whole = b""
        while size := int((await reader.readline()).strip() or b"0", 16):
            whole += await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
        return whole


if __name__ == "__main__":
    print(table(run()))
