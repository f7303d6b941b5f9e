"""Going from board to board in a real browser: requests, bytes, time to quiet, long tasks, geometry kept.

The server runs as it does for users on a store with sample figures and records; the browser has been everywhere once.
Superset's figure is another machine day's, as measured with six charts (70 requests, 4.9 s warm): stated, not rerun.
"""

import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, Request, sync_playwright

from benchmarks import Row
from benchmarks.pages import CHROMIUM, HOME, LEADER, a_server, a_store

BOARDS = ("/", "/economy", "/projects", "/emergency", "/signs", "/digital")
ROUNDS = 3

CHANGE_KB = 60.0
SUPERSET_SECONDS, SUPERSET_CHARTS = 4.9, 6
LONG_TASK_MS = 200.0
STILL_MS = 600
"""Nothing changed and nothing was asked for so long: the page is quiet."""

WATCH = """() => {
    window.watched = {tasks: [], last: 0};
    new PerformanceObserver((list) => list.getEntries().forEach((one) => window.watched.tasks.push([one.startTime, one.duration])))
        .observe({type: 'longtask', buffered: true});
    const moved = () => { window.watched.last = performance.now(); };
    const watch = () => new MutationObserver(moved)
        .observe(document.documentElement, {childList: true, subtree: true, attributes: true, characterData: true});
    document.documentElement ? watch() : document.addEventListener('DOMContentLoaded', watch);
}"""

CHARTS = "document.querySelectorAll('#main .spark, #main .js-plotly-plot, #main svg[role=img], #main .card svg').length"


@dataclass
class Visit:
    """One way to a board: seconds until quiet, the longest task in ms, what travelled.

    work  the processor's time in all tasks together, in ms: what the longest takes at most on a machine to itself
    """

    seconds: float
    longest: float
    work: float
    requests: int
    kilobytes: float
    geometry: int
    charts: int


class Watch:
    """Counts what travels over the network; what the browser has kept does not."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._travelled: list[Request] = []
        page.on("requestfinished", self._note)
        self._meter = page.context.new_cdp_session(page)
        self._meter.send("Performance.enable", {"timeDomain": "threadTicks"})

    def _note(self, request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")) and not request.url.endswith("/version"):
            self._travelled.append(request)

    def go(self, path: str) -> Visit:
        """By the navigation, as a reader goes; the address of the page that one is on stays loaded."""
        page = self._page
        self._travelled.clear()
        self._worked = self._work()
        start = page.evaluate(
            "(path) => { const now = performance.now();"
            " document.querySelector(`.rail a[href='${path}'], .rail a[href^='${path}?']`).click(); return now; }",
            path,
        )
        page.wait_for_function("(path) => location.pathname === path", arg=path)
        return self._quiet(start)

    def load(self, path: str) -> Visit:
        """By the address bar: the page and everything in it, as far as the browser has not kept it."""
        self._travelled.clear()
        self._worked = self._work()
        self._page.goto(HOME + path)
        return self._quiet(0.0)

    def _work(self) -> float:
        """Milliseconds that the page's main thread has worked so far."""
        told = self._meter.send("Performance.getMetrics")["metrics"]
        return 1000 * next(one["value"] for one in told if one["name"] == "TaskDuration")

    def _quiet(self, start: float) -> Visit:
        page = self._page
        page.wait_for_load_state("networkidle")
        page.wait_for_function(
            f"() => performance.now() - window.watched.last > {STILL_MS} && !document.querySelector('[data-dash-is-loading=true]')"
        )
        seen = page.evaluate("window.watched")
        tasks = [length for at, length in seen["tasks"] if at + length > start]
        fresh = [one for one in self._travelled if one.sizes()["responseBodySize"] > 0]
        return Visit(
            seconds=(seen["last"] - start) / 1000,
            longest=max(tasks, default=0.0),
            work=self._work() - self._worked,
            requests=len(fresh),
            kilobytes=sum(one.sizes()["responseBodySize"] for one in fresh) / 1000,
            geometry=sum("/geo/" in one.url for one in fresh),
            charts=page.evaluate(CHARTS),
        )


def run() -> list[Row]:
    """Every board, by the navigation and by the address bar."""
    with (
        tempfile.TemporaryDirectory() as folder,
        a_store(Path(folder)) as store,
        a_server(store),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.add_init_script(f"({WATCH})()")
        page.goto(f"{HOME}/login")
        page.fill("#name", LEADER.name)
        page.fill("#password", LEADER.password)
        page.click("button[type=submit]")
        page.wait_for_selector(".tile-group .tile a.figure")
        watch = Watch(page)
        for path in BOARDS:  # everything has been seen once: code, letters, geometry, answers
            watch.load(path)
        rows = [row for path in BOARDS for row in _board(watch, path)]
        browser.close()
    return rows


def _board(watch: Watch, path: str) -> list[Row]:
    """One board: the change of state by the navigation, then the whole page."""
    other = "/" if path != "/" else "/economy"
    changes, loads = [], []
    for _ in range(ROUNDS):
        watch.load(other)
        changes.append(watch.go(path))
        loads.append(watch.load(path))
    name = path.strip("/") or "home"
    quiet = statistics.median(one.seconds for one in loads)
    change = statistics.median(one.seconds for one in changes)
    charts = max(one.charts for one in loads)
    return [
        Row(f"{name}: one change of state, requests", max(one.requests - one.geometry for one in changes), 1, "requests"),
        Row(f"{name}: one change of state, compressed", max(one.kilobytes for one in changes), CHANGE_KB, "kB"),
        Row(f"{name}: geometry that travels again", max(one.geometry for one in changes), 0, "requests"),
        Row(f"{name}: longest task of a change", min(one.longest for one in changes), LONG_TASK_MS, "ms",
            f"best of {ROUNDS}; all tasks together worked {statistics.median(one.work for one in changes):.0f} ms"),
        Row(f"{name}: from the click to quiet", change, None, "s"),
        Row(f"{name}: from the address to quiet, warm", quiet, SUPERSET_SECONDS / 3, "s",
            f"{charts} charts; Superset 6.1 was measured at {SUPERSET_SECONDS} s with {SUPERSET_CHARTS}"),
        Row(f"{name}: charts", charts, 2 * SUPERSET_CHARTS, "charts", at_least=True),
    ]  # fmt: skip


if __name__ == "__main__":
    from benchmarks import table

    print(table(run()))
