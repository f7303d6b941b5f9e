"""Pictures of every board and the wall at the four sizes, for docs/screens.md: python scripts/screens.py [ADDRESS].

Without an address it starts the product on the store that the settings name, which must have been filled (`chengmai
init`). It signs in with the demo accounts, and needs Chromium (CHROMIUM=/path/to/chrome).
"""

import base64
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PORT = 8642
LEADER = ("leader", "leader-sees-the-city")
QUALITY = 62
WIDEST = 3840
"""Pictures of larger screens are made smaller for the page that shows them."""

SIZES = ((1920, 1080), (3840, 2160), (7680, 2160), (390, 844))
PHONE = (390, 844)


@dataclass(frozen=True)
class Shot:
    """One board: its name in the file, its address, and the light that it is shown in."""

    name: str
    path: str
    mode: str

    @property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """The wall is for large screens; on a phone home shows the same in one column."""
        return tuple(size for size in SIZES if size != PHONE or self.name != "screen")


SHOTS = (
    Shot("home", "/", "dark"),
    Shot("economy", "/economy", "light"),
    Shot("projects", "/projects", "light"),
    Shot("emergency", "/emergency", "dark"),
    Shot("signs", "/signs", "light"),
    Shot("digital", "/digital", "light"),
    Shot("screen", "/screen", "dark"),
)


def main(address: str = "") -> None:
    """Take every picture and say how large they are together."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with _served(address) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        sizes = [_take(browser, base, shot, width, height) for shot in SHOTS for width, height in shot.sizes]
        browser.close()
    sys.stdout.write(f"{len(sizes)} pictures, {sum(sizes) / 1e6:.1f} MB, in {IMAGES}\n")


@contextmanager
def _served(address: str) -> Iterator[str]:
    """The product at an address, or a server of one's own for as long as the pictures take."""
    if address:
        yield address.rstrip("/")
        return
    command = [sys.executable, "-c", "import cli; cli.main()", "serve", "--port", str(PORT)]
    with subprocess.Popen(command, cwd=ROOT) as server:  # noqa: S603  our own interpreter
        try:
            base = f"http://127.0.0.1:{PORT}"
            _wait_for(f"{base}/health")
            yield base
        finally:
            server.terminate()


def _wait_for(address: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(address).close()  # noqa: S310  our own server
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"the server did not answer at {address}")


def _take(browser: Browser, base: str, shot: Shot, width: int, height: int) -> int:
    """One picture; its size in bytes."""
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    page = context.new_page()
    _sign_in(page, base)
    page.goto(f"{base}{shot.path}?mode={shot.mode}")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1500)
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": min(1, WIDEST / width)}
    wanted = {"format": "webp", "quality": QUALITY, "clip": clip}
    taken = context.new_cdp_session(page).send("Page.captureScreenshot", wanted)
    file = IMAGES / f"{shot.name}-{width}x{height}.webp"
    file.write_bytes(base64.b64decode(taken["data"]))
    context.close()
    return file.stat().st_size


def _sign_in(page: Page, base: str) -> None:
    name, password = LEADER
    page.goto(f"{base}/login")
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_url(lambda address: "/login" not in address)


if __name__ == "__main__":
    main(*sys.argv[1:2])
