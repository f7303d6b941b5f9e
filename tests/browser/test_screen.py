"""The wall in a real browser: at three sizes in two languages, in peace and war, through a change, a break and an end."""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.conftest import CHENGMAI, ROOT, Product, _wait_for
from tests.browser.test_statutory import a_warning, deliver

CITY = "440900"
SIZES = {"16:9": (1920, 1080), "4K": (3840, 2160), "32:9": (7680, 2160)}
WITHIN = 20.0
"""Seconds until a wall must show what has changed."""

SMALLEST = 1.1
"""The smallest letters of a wall, in units of its stage: 1 unit is 40 mm on a wall of 4.8 m."""

FAULTS = """() => {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const slack = 0.35 * rem;
  const seen = (one) => one.getClientRects().length && getComputedStyle(one).visibility === "visible";
  const faults = [];
  for (const axis of ["Width", "Height"]) {
    if (document.documentElement["scroll" + axis] > window["inner" + axis]) faults.push("the page scrolls: " + axis);
  }
  const boxes = ".w-panel, .w-number, .w-trend, .w-alert, .w-row, .w-head, .w-curve, .w-domains p, .w-legend li";
  for (const box of document.querySelectorAll(boxes)) {
    if (!seen(box)) continue;
    const outer = box.getBoundingClientRect();
    if (outer.left < -slack || outer.top < -slack || outer.right > innerWidth + slack || outer.bottom > innerHeight + slack) {
      faults.push("outside the screen: " + box.className);
    }
    for (const inner of box.querySelectorAll("*")) {
      const own = [...inner.childNodes].some((node) => node.nodeType === 3 && node.nodeValue.trim());
      if (!own || !seen(inner) || inner.closest("svg")) continue;
      const rect = inner.getBoundingClientRect();
      if (rect.left < outer.left - slack || rect.right > outer.right + slack || rect.top < outer.top - slack ||
          rect.bottom > outer.bottom + slack) {
        faults.push("cropped in " + box.className + ": " + inner.textContent.trim());
      }
      if (parseFloat(getComputedStyle(inner).fontSize) < SMALLEST * rem - 0.01) faults.push("too small: " + inner.textContent);
    }
  }
  for (const map of document.querySelectorAll("svg.w-map")) {
    if (!seen(map)) continue;
    const box = map.getBoundingClientRect(), view = map.viewBox.baseVal, matrix = map.getScreenCTM();
    if (Math.abs(matrix.a - matrix.d) > 0.001 * matrix.a) faults.push("the map is stretched");
    for (const name of map.querySelectorAll(".w-place")) {
      const rect = name.getBoundingClientRect();
      if (rect.height < SMALLEST * rem * 0.9) faults.push("a name on the map is too small: " + name.textContent);
      if (rect.left < box.left - slack || rect.right > box.right + slack) faults.push("a name is cut: " + name.textContent);
    }
  }
  return [...new Set(faults)];
}""".replace("SMALLEST", str(SMALLEST))


@dataclass
class Theatre:
    """A product that can be stopped and started, with screens in front of it."""

    folder: Path
    port: int
    server: subprocess.Popen[bytes] | None = None
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def product(self) -> Product:
        return Product(f"http://127.0.0.1:{self.port}", self.environment)

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def start(self) -> None:
        with self.log.open("a") as log:
            self.server = subprocess.Popen(
                (*CHENGMAI, "serve", "--port", str(self.port)),
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        _wait_for(self.product.address + "/health", self.server, self.log)

    def stop(self) -> None:
        assert self.server is not None
        self.server.terminate()
        self.server.wait(20)

    def key(self, *words: str) -> tuple[str, str]:
        """The number and the text of a new key of the city's screen."""
        number, text = self.product.command("key", "new", "指挥厅大屏", "--region", CITY, *words).split()
        return number, text


@pytest.fixture(scope="module")
def theatre(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    """A product of its own on a store with sample figures and records."""
    folder = tmp_path_factory.mktemp("theatre")
    for file in filled.parent.glob(f"{filled.name}*"):
        shutil.copy(file, folder / file.name.replace(filled.name, "city.db"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"CHENGMAI_STORE_URL": f"sqlite:///{folder / 'city.db'}"}
    made = Theatre(folder, port, environment=environment)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def kiosk(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser that nobody has used."""
    context = chromium.new_context(locale="zh-CN")
    yield context
    context.close()


def opened(theatre: Theatre, kiosk: BrowserContext, *words: str, size: str = "16:9") -> tuple[Page, str]:
    """A wall that was opened with a key behind the # of an address; the number of the key."""
    number, text = theatre.key(*words)
    page = kiosk.new_page()
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{theatre.product.address}/screen/enter#{text}")
    page.wait_for_url("**/screen")
    standing(page)
    page.evaluate("window.untouched = true")
    return page, number


def standing(page: Page) -> None:
    """Wait until a wall shows its content."""
    page.wait_for_selector("#w-main:not([aria-busy])", timeout=60_000)
    page.evaluate("document.fonts.ready.then(() => true)")


# ---- what is seen


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", SIZES)
def test_nothing_scrolls_is_cropped_stretched_or_too_small(
    theatre: Theatre, kiosk: BrowserContext, size: str, language: str
) -> None:
    page, _ = opened(theatre, kiosk, "--language", language, size=size)
    page.click("#w-decline")
    for scene in ("economy", "projects", "emergency", "signs"):
        page.click(f"[data-turn={scene}]")
        page.wait_for_timeout(600)
        assert page.evaluate(FAULTS) == [], scene
    page.click("#w-mode")
    page.wait_for_timeout(300)
    assert page.evaluate(FAULTS) == []


def test_a_wide_wall_has_its_own_places_and_shows_more(theatre: Theatre, kiosk: BrowserContext) -> None:
    page, _ = opened(theatre, kiosk)
    expect(page.locator(".w-table")).to_be_hidden()
    page.set_viewport_size({"width": 7680, "height": 2160})
    expect(page.locator(".w-table")).to_be_visible()
    places = [page.locator(f".{name}").bounding_box() for name in ("w-warnings", "w-middle", "w-right")]
    assert places[0]["x"] < places[1]["x"] < places[2]["x"]
    assert places[1]["width"] > 1500


def test_scenes_take_turns_and_stand_still_after_a_touch(theatre: Theatre, kiosk: BrowserContext) -> None:
    page, _ = opened(theatre, kiosk, "--seconds", "10")
    page.clock.install()
    page.reload()
    standing(page)
    wall = page.locator("#wall")
    expect(wall).to_have_attribute("data-scene", "economy")
    page.clock.run_for(11_000)
    expect(wall).to_have_attribute("data-scene", "projects")
    page.keyboard.press("ArrowRight")
    expect(wall).to_have_attribute("data-scene", "emergency")
    page.clock.run_for(1_000)
    expect(page.locator("#w-pinned")).to_be_visible()
    page.clock.run_for(30_000)
    expect(wall).to_have_attribute("data-scene", "emergency")
    page.clock.run_for(45_000)
    expect(page.locator("#w-pinned")).to_be_hidden()
    expect(wall).not_to_have_attribute("data-scene", "emergency")


def test_the_readers_mark_covers_the_screen_and_comes_back(theatre: Theatre, kiosk: BrowserContext) -> None:
    page, _ = opened(theatre, kiosk)
    mark = page.locator("svg.w-reader")
    expect(mark).to_contain_text(re.compile(r"指挥厅大屏.*\d{4}-\d\d-\d\d \d\d:\d\d"))
    assert mark.bounding_box() == {"x": 0, "y": 0, "width": 1920, "height": 1080}
    expect(page.locator(".w-turn[data-scene=economy] .w-signed")).to_contain_text("指挥厅大屏")
    page.evaluate("document.querySelector('svg.w-reader').remove()")
    expect(mark).to_have_count(1, timeout=3000)
    page.add_style_tag(content="svg.w-reader { display: none; visibility: hidden; opacity: 0 }")
    page.wait_for_timeout(1500)
    assert mark.evaluate("(one) => getComputedStyle(one).display + getComputedStyle(one).opacity") == "block1"


def test_nothing_is_asked_of_anybody_else(theatre: Theatre, kiosk: BrowserContext) -> None:
    asked: list[str] = []
    kiosk.on("request", lambda request: asked.append(request.url))
    opened(theatre, kiosk)
    own = (theatre.product.address, "data:")
    assert asked
    assert [url for url in asked if not url.startswith(own)] == []


# ---- the key


def test_a_key_stays_in_no_address_no_history_and_no_log(theatre: Theatre, kiosk: BrowserContext) -> None:
    _, text = theatre.key()
    asked: list[str] = []
    kiosk.on("request", lambda request: asked.append(request.url))
    page = kiosk.new_page()
    page.goto(f"{theatre.product.address}/screen/enter#{text}")
    page.wait_for_url("**/screen")
    page.go_back()
    assert text not in page.url
    assert not [url for url in asked if text in url]
    assert text not in theatre.log.read_text()


def test_a_revoked_key_ends_its_screen_and_leaves_no_figure(theatre: Theatre, kiosk: BrowserContext) -> None:
    page, number = opened(theatre, kiosk)
    theatre.product.command("key", "revoke", number)
    page.wait_for_url("**/screen/enter?ended", timeout=WITHIN * 1000)
    assert "高州" not in page.content()


# ---- a change, war and peace


def test_a_warning_that_is_posted_is_on_an_open_wall_without_a_reload(
    theatre: Theatre, kiosk: BrowserContext
) -> None:
    page, _ = opened(theatre, kiosk)
    page.click("#w-decline")
    cap = theatre.product.command("key", "new", "气象台", "--purpose", "cap", "--region", CITY).split()[-1]
    deliver(theatre.product, cap, a_warning("WARM-UP"))
    expect(page.locator("#w-offer")).to_be_visible(timeout=20_000)
    page.click("#w-decline")
    lines = page.locator(".w-peace .w-statutory [data-key^=s]")
    before = {line.get_attribute("data-key") for line in lines.all()}
    deliver(theatre.product, cap, a_warning("W-2"))
    expect(page.locator("#w-offer")).to_be_visible(timeout=WITHIN * 1000)
    expect(page.locator("#w-offer")).to_contain_text("台风橙色预警")
    fresh = {line.get_attribute("data-key") for line in lines.all()} - before
    assert len(fresh) == 1
    assert page.evaluate("window.untouched")


def test_the_wartime_layout_is_offered_and_left_by_a_person(theatre: Theatre, kiosk: BrowserContext) -> None:
    page, _ = opened(theatre, kiosk)
    wall = page.locator("#wall")
    expect(page.locator("#w-offer")).to_be_visible()
    expect(wall).to_have_attribute("data-mode", "peace")
    page.click("#w-accept")
    expect(wall).to_have_attribute("data-mode", "war")
    for part in ("force", "response", "near", "field", "open", "overdue", "sites"):
        expect(page.locator(f".w-war .w-{part}").first).to_be_visible()
    field_, stage = page.locator(".w-field").bounding_box(), page.locator("#w-main").bounding_box()
    assert field_["width"] > 0.6 * stage["width"]
    assert field_["height"] > 0.95 * stage["height"]
    page.reload()
    standing(page)
    expect(wall).to_have_attribute("data-mode", "war")
    page.click("#w-mode")
    expect(wall).to_have_attribute("data-mode", "peace")
    page.wait_for_timeout(3000)
    expect(page.locator("#w-offer")).to_be_hidden()
    expect(wall).to_have_attribute("data-mode", "peace")


def test_a_wall_that_is_told_to_goes_to_war_by_itself(theatre: Theatre, kiosk: BrowserContext) -> None:
    page, _ = opened(theatre, kiosk, "--wartime", "switch")
    expect(page.locator("#wall")).to_have_attribute("data-mode", "war")
    page.click("#w-mode")
    page.wait_for_timeout(3000)
    expect(page.locator("#wall")).to_have_attribute("data-mode", "peace")


def test_the_clock_of_a_stage_runs(theatre: Theatre, kiosk: BrowserContext) -> None:
    page, _ = opened(theatre, kiosk)
    clock = page.locator(".w-incidents .w-since").first
    expect(clock).to_contain_text(re.compile(r"\d\d:\d\d"))


# ---- breaks


def test_a_wall_finds_its_server_again_and_says_how_old_its_figures_are(
    theatre: Theatre, kiosk: BrowserContext
) -> None:
    page, _ = opened(theatre, kiosk)
    theatre.stop()
    lost = page.locator("#w-lost")
    expect(lost).to_be_visible(timeout=30_000)
    expect(lost).to_contain_text("连接中断")
    expect(page.locator("#w-fresh")).to_contain_text("前的数字")
    expect(page.locator(".w-economy .w-figure").first).to_be_visible()
    theatre.start()
    expect(lost).to_be_hidden(timeout=45_000)
    assert page.evaluate("window.untouched")


def test_a_new_program_loads_the_page_anew_once(theatre: Theatre, kiosk: BrowserContext) -> None:
    page, _ = opened(theatre, kiosk)
    loads: list[str] = []
    page.on("load", lambda: loads.append(page.url))

    def newer(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers=answer.headers | {"x-chengmai-program": "newer"})

    page.route("**/screen/content*", newer)
    page.wait_for_event("load", timeout=20_000)
    page.wait_for_timeout(6000)
    assert len(loads) == 1
    standing(page)


def test_what_differs_is_put_in_and_nothing_piles_up(theatre: Theatre, kiosk: BrowserContext) -> None:
    page, _ = opened(theatre, kiosk)
    page.wait_for_timeout(3000)
    before = page.evaluate("document.querySelectorAll('*').length")
    page.evaluate("document.querySelectorAll('.w-what').forEach((one) => (one.textContent = 'old'))")
    page.route(
        "**/screen/content*",
        lambda route: route.continue_(
            headers={k: v for k, v in route.request.headers.items() if k != "if-none-match"}
        ),
    )
    expect(page.locator(".w-peace .w-what").first).not_to_have_text("old", timeout=10_000)
    page.wait_for_timeout(8000)
    assert page.evaluate("document.querySelectorAll('*').length") == before
