"""A wall that stays open while something changes every ten seconds: what its browser holds on to.

``SOAK_SECONDS`` says for how long, an hour without it. The first minute warms up: the script is compiled, letters and
layers are made. Then the heap is read after the browser has swept it, every minute; its growth is the last third
against the first. The processes of the browser together are given beside it.
"""

import os
import random
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from playwright.sync_api import CDPSession, Page, sync_playwright

from benchmarks import Row
from benchmarks.walls import CITY, GAOZHOU, HOST, PORT, a_server, a_store, stamp
from data_access.config import load_settings
from services.access import SYSTEM
from services.bootstrap import Services, build
from services.keys import KeyWish, ScreenSettings

CHROMIUM = "/usr/bin/chromium"
SECONDS = float(os.environ.get("SOAK_SECONDS", "3600"))
EVERY, READ, WARM = 10.0, 60.0, 60.0
GROWTH = 1.10


@dataclass
class Readings:
    """What was read of the browser, a minute apart."""

    heap: list[float] = field(default_factory=list)
    resident: list[float] = field(default_factory=list)
    elements: list[int] = field(default_factory=list)
    listeners: list[int] = field(default_factory=list)


def run() -> list[Row]:
    """Growth over the whole time."""
    with tempfile.TemporaryDirectory() as folder, a_store(Path(folder)) as store:
        os.environ["CHENGMAI_STORE_URL"] = f"sqlite:///{store}"
        services = build(load_settings())
        key = services.keys.new(SYSTEM, KeyWish("screen", "soak", CITY, screen=ScreenSettings(seconds=10)))
        with a_server(store), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_context(viewport={"width": 1920, "height": 1080}).new_page()
            page.goto(f"http://{HOST}:{PORT}/screen/enter#{key.text}")
            page.wait_for_selector("#w-main:not([aria-busy])", timeout=120_000)
            page.evaluate("window.untouched = true")
            contents: list[int] = []
            page.on("response", lambda answer: contents.append(answer.status))
            readings, changes = soaked(services, page)
            shown = contents.count(200)
            whole = page.evaluate("window.untouched") is True
            browser.close()
    heap, resident = growth(readings.heap), growth(readings.resident)
    note = f"{SECONDS / 60:.0f} min, {changes} changes, {shown} new contents"
    return [
        Row("an open wall, heap of the page, last third over first", heap, GROWTH, note=f"{note}; {span(readings.heap)} MB"),
        Row("an open wall, memory of the browser, last third over first", resident, GROWTH,
            note=f"{span(readings.resident)} MB"),
        Row("elements of the page, most over fewest", max(readings.elements) / min(readings.elements), None),
        Row("listeners, last less first", readings.listeners[-1] - readings.listeners[0], 0, ""),
        Row("the page was loaded anew", float(not whole), 0, "times"),
    ]  # fmt: skip


def soaked(services: Services, page: Page) -> tuple[Readings, int]:
    """Change something every ten seconds, and read once a minute."""
    client = page.context.new_cdp_session(page)
    client.send("HeapProfiler.enable")
    client.send("Performance.enable")
    readings, changes = Readings(), 0
    begun = time.monotonic()
    read = begun + WARM
    while time.monotonic() - begun < SECONDS:
        change(services, changes)
        changes += 1
        page.wait_for_timeout(1000 * EVERY)
        if time.monotonic() >= read:
            reading(page, client, readings)
            read += READ
    return readings, changes


def change(services: Services, number: int) -> None:
    """A new incident; the one before is closed, so that the wall changes and the store does not fill it."""
    here = services.incidents.open_incidents(SYSTEM, (GAOZHOU,))
    for one in here:
        if one.title.startswith("长跑"):
            services.incidents.merge(SYSTEM, one.id, next(o.id for o in here if o.id != one.id), "长跑")
    services.incidents.register(
        SYSTEM,
        {
            "title": f"长跑 {number} {random.randrange(10**6)}", "category": "accident", "kind": "火灾",
            "region": str(GAOZHOU), "where": "城区", "occurred_at": stamp(-1800), "reported_at": stamp(-1200),
            "channel": "电话", "lat": "21.91", "lon": "110.85",
        },
    )  # fmt: skip


def reading(page: Page, client: CDPSession, readings: Readings) -> None:
    """The heap after a sweep, the browser's processes, elements and listeners."""
    client.send("HeapProfiler.collectGarbage")
    metrics = {one["name"]: one["value"] for one in client.send("Performance.getMetrics")["metrics"]}
    counters = client.send("Memory.getDOMCounters")
    readings.heap.append(metrics["JSHeapUsedSize"] / 1e6)
    readings.elements.append(page.evaluate("document.querySelectorAll('*').length"))
    readings.listeners.append(counters["jsEventListeners"])
    readings.resident.append(sum(_resident(one) for one in browsers()) / 1e6)


def browsers() -> list[psutil.Process]:
    """The processes of our own browser."""
    return [one for one in psutil.Process().children(recursive=True) if "chrom" in one.name().lower()]


def _resident(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0.0


def growth(values: list[float]) -> float:
    """The last third of the readings against the first."""
    third = max(len(values) // 3, 1)
    return statistics.fmean(values[-third:]) / statistics.fmean(values[:third])


def span(values: list[float]) -> str:
    """First and last."""
    return f"{values[0]:.1f} to {values[-1]:.1f}"


if __name__ == "__main__":
    from benchmarks import table

    print(table(run()))
