"""Five hundred walls on two cores: what their asking costs, how soon a change is on all of them, how often it is drawn.

The server runs as it does for users. Every wall has a key, a session and a connection of its own and asks as the
browser does (assets/big_screen.js): every 2.7 seconds with jitter, sooner while content is made, with its tag. The load
is in a process of its own, so that its cost is not taken for the server's. ``WALLS`` and ``WORKERS`` change the scale.
"""

import asyncio
import gzip
import json
import multiprocessing
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import psutil

from benchmarks import Row
from data_access.config import load_settings
from services.access import SYSTEM
from services.bootstrap import Services, build
from services.keys import KeyWish, ScreenSettings

ROOT = Path(__file__).resolve().parent.parent
HOST, PORT = "127.0.0.1", 8642
WALLS = int(os.environ.get("WALLS", "500"))
WORKERS = int(os.environ.get("WORKERS", "1"))
CITY, GAOZHOU = 440900000000, 440981000000

POLL, SOON, JITTER = 2.7, 0.6, 0.15
"""As pages/big_screen.py and assets/big_screen.js have them."""

QUIET_SECONDS, CHANGE_SECONDS, CHANGES = 30.0, 8.0, 4
CORE_SHARE, REACH_SECONDS, P95_SECONDS = 0.2, 5.0, 0.25

KINDS = (
    ("city, Chinese, dark", KeyWish("screen", "wall", CITY)),
    ("city, English, dark", KeyWish("screen", "wall", CITY, screen=ScreenSettings("en"))),
    ("county, Chinese, dark", KeyWish("screen", "wall", GAOZHOU)),
)
"""Walls of three groups: each is drawn once for a change."""


def run() -> list[Row]:
    """All figures of the walls."""
    with tempfile.TemporaryDirectory() as folder, a_store(Path(folder)) as store:
        os.environ["CHENGMAI_STORE_URL"] = f"sqlite:///{store}"
        services = build(load_settings())
        tokens = [session(services, KINDS[number % len(KINDS)][1]) for number in range(WALLS)]
        with a_server(store) as server, the_load(tokens) as load:
            return measured(services, server, load)


def session(services: Services, wish: KeyWish) -> str:
    """The cookie of a wall: a key made and exchanged."""
    key = services.keys.new(SYSTEM, wish)
    return services.keys.enter(key.text, HOST)[0]


@contextmanager
def a_store(folder: Path) -> Iterator[Path]:
    """A store as the first start makes it, or a copy of the one that BENCH_STORE names."""
    store, ready = folder / "walls.db", os.environ.get("BENCH_STORE")
    if ready:
        store.write_bytes(Path(ready).read_bytes())
    else:
        command = [sys.executable, "-c", "import cli; cli.main()", "init"]
        subprocess.run(command, cwd=ROOT, env=environment(store), check=True, stdout=subprocess.DEVNULL)
    yield store


def environment(store: Path) -> dict[str, str]:
    """What the server is told."""
    return os.environ | {"CHENGMAI_STORE_URL": f"sqlite:///{store}", "CHENGMAI_SERVER_WORKERS": str(WORKERS)}


@contextmanager
def a_server(store: Path) -> Iterator[psutil.Process]:
    """The server on that store, ready to answer."""
    command = [sys.executable, "-c", "import cli; cli.main()", "serve", "--port", str(PORT)]
    with subprocess.Popen(command, cwd=ROOT, env=environment(store), stdout=subprocess.DEVNULL) as process:
        try:
            for _ in range(600):
                try:
                    urllib.request.urlopen(f"http://{HOST}:{PORT}/health").close()
                    break
                except OSError:
                    time.sleep(0.2)
            yield psutil.Process(process.pid)
        finally:
            process.terminate()


def cpu(server: psutil.Process) -> float:
    """Seconds of processor that the server and its workers have used."""
    processes = [server, *server.children(recursive=True)]
    return sum(sum(one.cpu_times()[:2]) for one in processes)


# ---- the load


@dataclass
class Tally:
    """What the walls met since they were last asked."""

    seconds: list[float] = field(default_factory=list)
    errors: int = 0
    fresh: list[tuple[float, int, str, str]] = field(default_factory=list)
    """Of every new content: when, which wall, its tag, by which rendering."""


@contextmanager
def the_load(tokens: list[str]) -> Iterator[Connection]:
    """The walls, in a process of their own; what is sent to it is answered with what they have met."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=walls, args=(tokens, there), daemon=True)
    process.start()
    try:
        yield here
    finally:
        process.terminate()
        process.join()


def walls(tokens: list[str], orders: Connection) -> None:
    """All walls, until the process ends."""
    asyncio.run(all_walls(tokens, orders))


async def all_walls(tokens: list[str], orders: Connection) -> None:
    tally = Tally()
    tasks = [asyncio.create_task(wall(number, token, tally)) for number, token in enumerate(tokens)]
    loop = asyncio.get_running_loop()
    while True:
        await loop.run_in_executor(None, orders.recv)
        orders.send(tally)
        tally.seconds, tally.errors, tally.fresh = [], 0, []
        for task in tasks:
            if task.done():
                task.result()


async def wall(number: int, token: str, tally: Tally) -> None:
    """One wall: it asks, reads what is new, waits, and connects again where the connection was lost."""
    await asyncio.sleep(POLL * random.random())
    tag, streams = "", None
    while True:
        soon = False
        try:
            if streams is None:
                streams = await asyncio.open_connection(HOST, PORT)
            begun = time.perf_counter()
            status, headers, body = await ask(*streams, token, tag)
            tally.seconds.append(time.perf_counter() - begun)
            soon = "x-chengmai-soon" in headers
            if status == 200:
                tag = headers["etag"]
                gzip.decompress(body)
                tally.fresh.append((time.time(), number, tag, headers["x-chengmai-made"]))
            elif status != 304:
                tally.errors += 1
        except (OSError, EOFError, ValueError, KeyError):
            tally.errors += 1
            streams = None
        await asyncio.sleep((SOON if soon else POLL) * (1 - JITTER + 2 * JITTER * random.random()))


async def ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str, tag: str
) -> tuple[int, dict[str, str], bytes]:
    """One request on a connection that stays open."""
    lines = [
        "GET /screen/content HTTP/1.1", f"Host: {HOST}:{PORT}", f"Cookie: chengmai_screen={token}",
        "Accept-Encoding: gzip", "X-Chengmai-Automatic: 1", f"If-None-Match: {tag}", "", "",
    ]  # fmt: skip
    writer.write("\r\n".join(lines).encode())
    await writer.drain()
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {
        name.lower(): text.strip() for name, _, text in (line.partition(":") for line in head[1:] if line)
    }
    length = int(headers.get("content-length", "0"))
    body = await reader.readexactly(length) if length else b""
    return int(head[0].split(" ")[1]), headers, body


# ---- what is measured


def met(load: Connection) -> Tally:
    """What the walls have met since this was last called."""
    load.send(None)
    tally: Tally = load.recv()
    return tally


def opened(load: Connection) -> Tally:
    """Wait until every wall shows something; what they met until then."""
    whole, there = Tally(), set[int]()
    for _ in range(100):
        time.sleep(1)
        tally = met(load)
        whole.errors += tally.errors
        whole.fresh += tally.fresh
        there |= {number for _, number, *_ in tally.fresh}
        if len(there) == WALLS:
            return whole
    raise TimeoutError(f"{WALLS - len(there)} walls show nothing")


def measured(services: Services, server: psutil.Process, load: Connection) -> list[Row]:
    """A quiet stretch, then changes one after the other."""
    first = opened(load)
    alone = len({made for *_, made in first.fresh})
    quiet, busy = quiet_stretch(server, load)
    reached, renders, seconds, errors = [], [], [], first.errors + quiet.errors
    for number in range(CHANGES):
        at = change(services, number)
        time.sleep(CHANGE_SECONDS)
        tally = met(load)
        newest = newest_of_each(tally)
        reached.append(max(newest.values()) - at if len(newest) == WALLS else float("inf"))
        renders.append(len({made for *_, made in tally.fresh}))
        seconds += tally.seconds
        errors += tally.errors
    asked = len(quiet.seconds) / QUIET_SECONDS
    note = f"{asked:.0f} checks/s, {1000 * busy / max(asked, 1):.2f} ms of processor each, {WORKERS} server process"
    return [
        Row(f"{WALLS} walls, version checks, share of one core", busy, CORE_SHARE, "core", note),
        Row(f"{WALLS} walls, 95th percentile of a check", p95(quiet.seconds), P95_SECONDS, "s",
            f"median {1000 * statistics.median(quiet.seconds):.1f} ms"),
        Row(f"{WALLS} walls, 95th percentile of a request while changes arrive", p95(seconds), P95_SECONDS, "s",
            f"slowest {max(seconds):.2f} s"),
        Row("a change is on all walls within", max(reached), REACH_SECONDS, "s", f"{CHANGES} changes, the slowest"),
        Row("renderings of one change", max(renders), len(KINDS), "", f"{len(KINDS)} groups of readers"),
        Row("renderings for the first look of all", alone, len(KINDS), ""),
        Row("requests that failed", errors, 0, ""),
    ]  # fmt: skip


def quiet_stretch(server: psutil.Process, load: Connection) -> tuple[Tally, float]:
    """Nothing changes: what the asking alone costs, as a share of one core; a minute's turn is left out."""
    while time.time() % 60 > 60 - QUIET_SECONDS - 5 or time.time() % 60 < 4:
        time.sleep(0.2)
    met(load)
    begun, used = time.perf_counter(), cpu(server)
    time.sleep(QUIET_SECONDS)
    share = (cpu(server) - used) / (time.perf_counter() - begun)
    return met(load), share


def change(services: Services, number: int) -> float:
    """A new incident in the county, which every group of walls shows; the moment at which it was stored."""
    services.incidents.register(
        SYSTEM,
        {
            "title": f"演练事件 {number} {random.randrange(10**6)}", "category": "accident", "kind": "火灾",
            "region": str(GAOZHOU), "where": "城区", "occurred_at": stamp(-1800), "reported_at": stamp(-1200),
            "channel": "电话", "lat": "21.91", "lon": "110.85",
        },
    )  # fmt: skip
    return time.time()


def stamp(seconds: float) -> str:
    """A moment from now as a form has it, on the city's clock."""
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(time.time() + seconds + 8 * 3600))


def newest_of_each(tally: Tally) -> dict[int, float]:
    """When each wall that got something new got it first."""
    found: dict[int, float] = {}
    for at, number, *_ in tally.fresh:
        found.setdefault(number, at)
    return found


def p95(seconds: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(seconds, n=20)[18]


if __name__ == "__main__":
    print(json.dumps([vars(row) for row in run()], ensure_ascii=False, indent=2, default=str))
