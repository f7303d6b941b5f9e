"""The web door: the first visit in a real browser, one change of state, boards against their floors, memory.

The server runs as it does for users (granian, one process) on a store of its own with published and sample figures.
"""

import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa
from playwright.sync_api import Page, Request, sync_playwright
from sqlalchemy.pool import Pool

import app as web
from benchmarks import Row, interleaved, median_ratio
from data_access.config import load_settings
from services.accounts import DEMO_ACCOUNTS
from services.bootstrap import build

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = "/usr/bin/chromium"
PORT = 8641
HOME = f"http://127.0.0.1:{PORT}"
LEADER = DEMO_ACCOUNTS[0]
ROUNDS = 40

FIRST_VISIT_KB, FIRST_VISIT_REQUESTS = 1600, 20
CHANGE_KB = 60
MEMORY_MB = 320
WARM_RATIO, COLD_RATIO = 2.0, 8.0
COLD_ROUNDS = 8


def run() -> list[Row]:
    """All figures of the web door."""
    with tempfile.TemporaryDirectory() as folder, a_store(Path(folder)) as store, a_server(store) as server:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM)
            page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
            rows = [*first_visit(page), *change_of_state(page)]
            cookies = {one["name"]: one["value"] for one in page.context.cookies()}
            browser.close()
        rows += [*boards(cookies), memory(server)]
        return [*rows, cold(store)]


@contextmanager
def a_store(folder: Path) -> Iterator[Path]:
    """A store as the first start makes it, or the one that BENCH_STORE names."""
    ready = os.environ.get("BENCH_STORE")
    store = Path(ready) if ready else folder / "pages.db"
    if not ready:
        subprocess.run([sys.executable, "-c", "import cli; cli.main()", "init"], cwd=ROOT, env=_env(store), check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip
    yield store


@contextmanager
def a_server(store: Path) -> Iterator[psutil.Process]:
    """The server on that store, ready to answer; gives its process."""
    command = [sys.executable, "-c", "import cli; cli.main()", "serve", "--port", str(PORT)]
    with subprocess.Popen(command, cwd=ROOT, env=_env(store), stdout=subprocess.DEVNULL) as process:
        try:
            for _ in range(300):
                try:
                    urllib.request.urlopen(f"{HOME}/health").close()
                    break
                except OSError:
                    time.sleep(0.2)
            yield psutil.Process(process.pid)
        finally:
            process.terminate()


def _env(store: Path) -> dict[str, str]:
    return os.environ | {"CHENGMAI_STORE_URL": f"sqlite:///{store}", "CHENGMAI_DEMO": "true"}


# ---- what travels


@dataclass
class Traffic:
    """What a page asked for, and how many bytes came over the wire."""

    requests: list[Request] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        """Count from now on."""

        def note(request: Request) -> None:
            travelled = (
                request.sizes()["responseBodySize"] >= 0
            )  # below zero: taken from the browser's own cache
            if travelled and not request.url.startswith(("data:", "blob:")):
                self.requests.append(request)

        page.on("requestfinished", note)

    def kilobytes(self) -> float:
        """Headers and bodies as they travelled."""
        sizes = [request.sizes() for request in self.requests]
        return sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes) / 1000

    def outside(self) -> int:
        """Requests to anybody else."""
        return sum(not request.url.startswith(HOME) for request in self.requests)


def first_visit(page: Page) -> list[Row]:
    """From the address bar to the drawn board, with an empty cache: the sign-in page and home together."""
    traffic = Traffic()
    traffic.listen(page)
    page.goto(f"{HOME}/login")
    page.fill("#name", LEADER.name)
    page.fill("#password", LEADER.password)
    start = time.perf_counter()
    page.click("button[type=submit]")
    page.wait_for_selector(".tile-group .tile a.figure")
    page.wait_for_load_state("networkidle")
    ready = time.perf_counter() - start
    fonts = [request for request in traffic.requests if ".woff2" in request.url]
    note = f"of it fonts {sum(font.sizes()['responseBodySize'] for font in fonts) / 1000:.0f} kB"
    return [
        Row("first visit, compressed", traffic.kilobytes(), FIRST_VISIT_KB, "kB", note),
        Row("first visit, requests", len(traffic.requests), FIRST_VISIT_REQUESTS, "requests"),
        Row("first visit, requests to the outside", traffic.outside(), 0, "requests"),
        Row("first visit, until the network is still", ready, None, "s", "one run, cold cache"),
    ]


def change_of_state(page: Page) -> list[Row]:
    """One click that changes the address: one request, one answer."""
    page.wait_for_timeout(500)
    traffic = Traffic()
    traffic.listen(page)
    page.locator(".tile-group .tile a.figure").first.click()
    page.wait_for_selector(".sheet")
    page.wait_for_load_state("networkidle")
    renders = [request for request in traffic.requests if not request.url.endswith("/version")]
    sizes = sum(request.sizes()["responseBodySize"] for request in renders) / 1000
    return [
        Row("one change of state, requests", len(renders), 1, "requests"),
        Row("one change of state, compressed", sizes, CHANGE_KB, "kB"),
    ]


# ---- what it costs


def boards(cookies: dict[str, str]) -> list[Row]:
    """The home board, warm, against a callback of the same application that does nothing."""
    ask = Asker(cookies)
    warm, empty = interleaved(ROUNDS, lambda: ask.page("/"), lambda: ask.page("/no-such-page"))
    ratio = statistics.median(warm) / statistics.median(empty)
    note = f"{1000 * statistics.median(warm):.1f} ms against {1000 * statistics.median(empty):.1f} ms"
    return [Row("home board, warm, over an empty callback", ratio, WARM_RATIO, note=note)]


def cold(store: Path) -> Row:
    """The home board with no cache, from request to answer, against the statements it sends, through the bare driver."""
    with TemporaryEnvironment(_env(store)):
        services = build(load_settings())
    client = web.create_app(services).server.test_client()
    leader = services.accounts.sign_in(LEADER.name, LEADER.password, "127.0.0.1")
    client.set_cookie("chengmai", leader)
    client.get("/")
    csrf = client.get_cookie(web.CSRF_COOKIE)
    assert csrf is not None
    headers = {"X-CSRFToken": csrf.value}
    body = router_body(client.get("/_dash-dependencies").get_json(), "/")
    statements: list[str] = []

    def render() -> None:
        assert client.post("/_dash-update-component", json=body, headers=headers).status_code == 200

    def listen(connection: sqlite3.Connection, *_: object) -> None:
        connection.set_trace_callback(statements.append)

    def ignore(connection: sqlite3.Connection, *_: object) -> None:
        connection.set_trace_callback(None)

    sa.event.listen(Pool, "checkout", listen)
    render()
    sa.event.remove(Pool, "checkout", listen)
    sa.event.listen(Pool, "checkout", ignore)
    questions = [one for one in statements if one.lstrip().upper().startswith(("SELECT", "WITH"))]
    bare = sqlite3.connect(store)

    def ask() -> None:
        for question in questions:
            bare.execute(question).fetchall()

    ours, theirs = interleaved(COLD_ROUNDS, render, ask)
    sa.event.remove(Pool, "checkout", ignore)
    bare.close()
    note = f"{1000 * statistics.median(ours):.0f} ms against {1000 * statistics.median(theirs):.1f} ms, {len(questions)} statements"
    return Row("home board, cold, over its own SQL", median_ratio(ours, theirs), COLD_RATIO, note=note)


class TemporaryEnvironment:
    """The environment of the process, changed for a while."""

    def __init__(self, wanted: dict[str, str]) -> None:
        self._wanted = wanted
        self._before = dict(os.environ)

    def __enter__(self) -> None:
        os.environ.update(self._wanted)

    def __exit__(self, *_: object) -> None:
        os.environ.clear()
        os.environ.update(self._before)


def router_body(dependencies: list[dict[str, Any]], path: str) -> dict[str, Any]:
    """What a browser sends to have a page rendered."""
    router = next(one for one in dependencies if "_pages_content.children" in one["output"])
    values = {"pathname": path, "search": ""}
    return {
        "output": router["output"],
        "outputs": [
            {"id": "_pages_content", "property": "children"},
            {"id": "_pages_store", "property": "data"},
        ],
        "inputs": [one | {"value": values.get(one["property"])} for one in router["inputs"]],
        "changedPropIds": ["_pages_location.pathname"],
    }


class Asker:
    """Sends the callback that renders a page, as a browser does."""

    def __init__(self, cookies: dict[str, str]) -> None:
        self._headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "X-CSRFToken": cookies["chengmai_csrf"],
            "Content-Type": "application/json",
            "Accept-Encoding": "gzip",
        }
        with urllib.request.urlopen(
            urllib.request.Request(
                f"{HOME}/_dash-dependencies", headers=self._headers | {"Accept-Encoding": ""}
            )
        ) as answer:
            self._dependencies = json.load(answer)

    def page(self, path: str) -> bytes:
        """The answer for one address."""
        body = json.dumps(router_body(self._dependencies, path)).encode()
        request = urllib.request.Request(f"{HOME}/_dash-update-component", body, self._headers)
        with urllib.request.urlopen(request) as answer:
            return bytes(answer.read())


def memory(server: psutil.Process) -> Row:
    """The largest process that answers requests, after all of the above."""
    sizes = [process.memory_info().rss / 2**20 for process in (server, *server.children(recursive=True))]
    return Row(
        "web process, resident",
        max(sizes),
        MEMORY_MB,
        "MB",
        f"{len(sizes)} processes, {sum(sizes):.0f} MB in all",
    )


if __name__ == "__main__":
    from benchmarks import table

    print(table(run()))
