"""The running product, and a real Chromium in front of it.

Two products, each started when the first test asks for it: `product` holds the published figures only, `cockpit` all
that a first start makes (sample figures and records). ``who("leader")`` is somebody signed in at the cockpit. To save
the half minute of a first start while writing tests, name a store that is ready: CITY_STORE=/path/to/city.db pytest …
"""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from data_access.config import load_settings
from services import first_start
from services.accounts import DEMO_ACCOUNTS

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
CHENGMAI = (sys.executable, "-c", "import cli; cli.main()")
PASSWORDS = {demo.name: demo.password for demo in DEMO_ACCOUNTS}
DESK = {"width": 1920, "height": 1080}

CITY_PAGES = ("/", "/economy", "/projects", "/emergency", "/signs", "/digital", "/search?q=gz", "/me")
"""Every page that a leader of the city comes to by the navigation."""

expect.set_options(timeout=15_000)  # two products and two browsers share the machine

NO_CHROMIUM = (
    f"The browser tests need Chromium, and there is none at {CHROMIUM}.\n"
    "  install it:  apt-get install -y chromium\n"
    "  or name it:  CHROMIUM=/path/to/chrome make test"
)

NO_DRIVER = (
    "The browser tests need the Node.js inside the wheel of Playwright, and it does not start here.\n"
    "  install what it is linked to:  apt-get install -y libatomic1"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A worker has its own products, shared by the files it walks; without a Chromium they are skipped, and say why."""
    here = [item for item in items if Path(str(item.fspath)).parent == Path(__file__).parent]
    for item in here:
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.xdist_group(f"browser-{Path(str(item.fspath)).stem}"))
        if not CHROMIUM.exists():
            item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


@dataclass
class Product:
    """The product as a user runs it: a server on a store, and the command line beside it."""

    address: str
    environment: dict[str, str] = field(repr=False)

    def command(self, *words: str) -> str:
        """Run a command of the command line on the same store; its output."""
        done = subprocess.run(
            (*CHENGMAI, *words), cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def product(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The real server on a store with the published figures of 茂名."""
    with _served(published, tmp_path_factory.mktemp("product")) as served:
        yield served


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store as a first start leaves it, or the one that CITY_STORE names."""
    if ready := os.environ.get("CITY_STORE"):
        return Path(ready)
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    path = shared / "filled" / "city.db"
    with (shared / "filled.lock").open("w") as lock:  # one worker fills it, the others wait for it
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (done := path.with_name("done")).exists():
            path.parent.mkdir()
            settings = load_settings(environ={"CHENGMAI_STORE_URL": f"sqlite:///{path}"})
            first_start.run(settings, lambda _message, _share=None, **_fields: None)
            done.touch()
    return path


@pytest.fixture(scope="session")
def cockpit(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The real server on a store with published and sample figures, and with sample records."""
    with _served(filled, tmp_path_factory.mktemp("cockpit")) as served:
        yield served


@contextmanager
def _served(store: Path, folder: Path) -> Iterator[Product]:
    """A server of its own on a copy of a store."""
    for file in store.parent.glob(f"{store.name}*"):
        shutil.copy(file, folder / file.name.replace(store.name, "city.db"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "CHENGMAI_STORE_URL": f"sqlite:///{folder / 'city.db'}",
        "CHENGMAI_INTERFACE_POLL_SECONDS": "1",
        "CHENGMAI_FEEDS_FOLDER": str(folder / "feeds"),
        "CHENGMAI_FEEDS_KEY_FILE": str(folder / "feeds.key"),
        "CHENGMAI_FEEDS_INTERNAL": "127.0.0.1",
        "CHENGMAI_INTERFACE_MODE": "dark",
        "CHENGMAI_NOTICES_INTERNAL": "127.0.0.0/8",
    }
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            (*CHENGMAI, "serve", "--port", str(port)), cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/health", server, folder / "server.log")
            yield Product(f"http://127.0.0.1:{port}", environment)
        finally:
            server.terminate()
            server.wait(20)


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(address).close()
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(f"the server did not answer\n{log.read_text()}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all tests."""
    driver = sync_playwright()
    try:
        playwright = driver.start()
    except Exception as error:
        pytest.skip(f"{NO_DRIVER}\n  it said:     {error}")
    browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
    yield browser
    browser.close()
    playwright.stop()


@dataclass(eq=False)
class Reader:
    """Somebody signed in: a browser session that remembers what it asked for."""

    context: BrowserContext
    product: Product
    requests: list[Request] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def outside(self) -> list[str]:
        """Requests that left the machine's own server."""
        own = (self.product.address, "data:", "blob:")
        return [one.url for one in self.requests if not one.url.startswith(own)]

    def page(self, path: str = "/", width: int = DESK["width"], height: int = DESK["height"]) -> Page:
        """A page of the cockpit, drawn."""
        page = self.context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(self.product.address + path)
        drawn(page)
        return page


@pytest.fixture(scope="session")
def signed_in(chromium: Browser, product: Product) -> Iterator[dict[str, Reader]]:
    """Readers of the published figures by account, signed in once through the real form."""
    readers = {name: sign_in(chromium, product, name) for name in ("leader", "county")}
    yield readers
    for reader in readers.values():
        reader.context.close()


@pytest.fixture(scope="session")
def known(chromium: Browser, cockpit: Product) -> Iterator[Callable[[str], Reader]]:
    """Somebody at the cockpit by account, signed in when first asked for."""
    readers: dict[str, Reader] = {}

    def somebody(name: str) -> Reader:
        if name not in readers:
            readers[name] = sign_in(chromium, cockpit, name)
        return readers[name]

    yield somebody
    for reader in readers.values():
        reader.context.close()


@pytest.fixture
def who(known: Callable[[str], Reader]) -> Iterator[Callable[[str], Reader]]:
    """Somebody at the cockpit, by account: ``who("duty").page("/emergency")``; pages are closed after the test."""
    asked: list[Reader] = []

    def somebody(name: str) -> Reader:
        reader = known(name)
        if reader not in asked:
            _forget(reader)
            asked.append(reader)
        return reader

    yield somebody
    for reader in asked:
        _leave(reader)


def sign_in(chromium: Browser, product: Product, name: str) -> Reader:
    """A browser in which somebody signed in by the form."""
    context = chromium.new_context(viewport=DESK, locale="zh-CN")  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    reader = Reader(context, product)
    context.on("request", lambda request: reader.requests.append(request))
    page = context.new_page()
    page.goto(product.address + "/")
    page.fill("input[name=name]", name)
    page.fill("input[type=password]", PASSWORDS[name])
    page.click("button[type=submit]")
    page.wait_for_url(lambda address: "/login" not in address)
    drawn(page)
    page.close()
    return reader


@pytest.fixture
def leader(signed_in: dict[str, Reader]) -> Iterator[Reader]:
    """The leader of the city, with no pages open before or after."""
    yield from _afresh(signed_in["leader"])


@pytest.fixture
def county(signed_in: dict[str, Reader]) -> Iterator[Reader]:
    """The head of 高州."""
    yield from _afresh(signed_in["county"])


def _afresh(reader: Reader) -> Iterator[Reader]:
    _forget(reader)
    yield reader
    _leave(reader)


def _forget(reader: Reader) -> None:
    reader.requests.clear()
    reader.errors.clear()
    reader.context.clear_cookies(name="lang")
    reader.context.clear_cookies(name="mode")


def _leave(reader: Reader) -> None:
    for page in reader.context.pages:
        page.close()
    assert not reader.errors


def unfold(page: Page) -> None:
    """Open the rest of the warnings, which a board shows on demand, and what is folded under any of them."""
    page.locator(".warning-group details").evaluate_all("(all) => all.forEach((one) => { one.open = true; })")


def drawn(page: Page) -> None:
    """Wait until a page of the shell and its map stand."""
    page.wait_for_selector("#main > *")
    if page.locator(".map-frame").count():
        page.wait_for_selector(".map-frame .choroplethlayer path", state="attached")
