"""Story C5: two counties merge from a day on; old periods keep them, and a series on new boundaries is offered."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Reader, _served, drawn, sign_in

TODAY = datetime.now(UTC).date()
FIRST = (TODAY - timedelta(120)).replace(day=1)
BEFORE = (FIRST - timedelta(40)).strftime("%Y-%m")
NEXT_YEAR = f"{TODAY.year + 1}-01-01"
FORM = "/regions?filter=tab:new;kind:"


@pytest.fixture
def people(chromium: Browser, filled: Path, tmp_path: Path) -> Iterator[dict[str, Reader]]:
    """The three people of the story, at a product of their own: what they do cannot be undone for others."""
    with _served(filled, tmp_path) as product:
        readers = {name: sign_in(chromium, product, name) for name in ("editor", "publisher", "leader")}
        for (
            reader
        ) in readers.values():  # a confirmation builds the services anew and judges every rule of the region
            reader.context.set_default_timeout(60_000)
        yield readers
        for reader in readers.values():
            reader.context.close()


def sent(page: Page, act: str, button: str) -> None:
    """Press a button, and wait until the act is answered and what it leads to is drawn."""
    with page.expect_response(lambda one: f"/act/{act}" in one.url) as asked:
        page.get_by_role("button", name=button).click()
    assert asked.value.status == 200, asked.value.text()
    page.wait_for_selector(".change-affected")


def propose_the_merger(page: Page) -> None:
    for name in ("茂南区", "电白区"):
        page.get_by_label(re.compile(f"^{name}")).check()
    page.get_by_label("并成 · 代码").fill("440905")
    page.get_by_label("并成 · 名称").fill("茂电区")
    page.get_by_label("并成 · 英文名").fill("Maodian")
    page.get_by_label("生效日").fill(FIRST.isoformat())
    page.get_by_label("文件依据").fill("粤府函〔2026〕88号")
    sent(page, "regions.propose", "提出变更")


def children(page: Page) -> str:
    return page.locator(".children").inner_text()


def sound(page: Page) -> None:
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]})
    assert not found.response["violations"], found.generate_report()


def test_a_county_merges_with_another(people: dict[str, Reader]) -> None:
    page = people["editor"].page(FORM + "merge")
    page.get_by_label("并成 · 代码").fill("4409")
    page.get_by_role("button", name="提出变更").click()
    expect(page.locator("[data-error=day]")).not_to_be_empty()
    expect(page.get_by_label("并成 · 代码")).to_have_value("4409")
    propose_the_merger(page)
    expect(page.locator(".change-state").first).to_have_text("待确认")
    expect(page.get_by_text("请由另一位有权的人确认。")).to_be_visible()
    expect(page.locator(".change-facts")).to_contain_text("茂南区、电白区")
    sound(page)

    other = people["publisher"].page(page.url.removeprefix(people["editor"].product.address))
    other.on("dialog", lambda dialog: dialog.accept())
    sent(other, "regions.confirm", "确认变更")
    expect(other.locator(".change-state").first).to_have_text("已生效", timeout=60_000)

    board = people["leader"].page("/economy?map=econ.ind.output")
    assert "茂电区" in children(board)
    assert "茂南区" not in children(board)
    note = board.locator(".ground-note")
    expect(note).to_contain_text(FIRST.isoformat())
    note.get_by_role("button", name="按现行区划看（合并口径）").click()
    expect(board.locator(".ground-note[data-mapped=yes]")).to_contain_text("合并口径")
    assert "boundaries:now" in board.url

    then = people["leader"].page(f"/economy?period={BEFORE}")
    assert "茂南区" in children(then)
    assert "茂电区" not in children(then)
    gone = people["leader"].page("/economy?region=440902000000")
    expect(gone.locator(".ground-note")).to_contain_text("茂南区到")
    expect(gone.locator(".ground-note").get_by_role("link", name="茂电区")).to_be_visible()

    zone = people["editor"].page(FORM + "zone")
    code = zone.locator("[name='code.1']").input_value()
    assert re.fullmatch(r"4409\d\d[45]\d\d", code)
    zone.get_by_label("名称", exact=True).fill("滨海新区")
    zone.get_by_label("经哪里报送").select_option(code[:6] + "000000")
    zone.get_by_label("生效日").fill(NEXT_YEAR)
    sent(zone, "regions.propose", "提出变更")
    expect(zone.locator(".change-lines")).to_contain_text("其中数，不另加")


def test_the_place_of_regions_is_readable_by_everybody_on_a_phone(people: dict[str, Reader]) -> None:
    for path in (
        "/regions",
        FORM + "split",
        "/regions?filter=tab:changes",
        "/regions?open=region:440904000000",
    ):
        page = people["editor"].page(path, 390, 844)
        drawn(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), path
        sound(page)
        page.close()
    assert not people["editor"].errors
