"""A rule tried on its page in a real browser: a threshold is dragged, slid or typed, and the counts follow."""

import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Reader

RULE = "/rule/proj.issue.resolve_rate"
CALLBACKS = "/_dash-update-component"
NARROW = 390
PHONE = 844

Who = Callable[[str], Reader]


def counts(page: Page, row: int = 0) -> list[int]:
    """A row of the outcome: in force, and the draft beside it where there is one."""
    cells = page.locator(".panel-outcome tbody tr").nth(row).locator("td").all_inner_texts()
    return [int(cell.replace(",", "")) for cell in cells]


def grip(page: Page, level: str) -> Locator:
    return page.locator(f".rule-grip[data-of='{level}']")


def box(page: Page, level: str) -> Locator:
    return page.locator(f".rule-form input[name='{level}']")


def drag(page: Page, level: str, down: float) -> None:
    """Take a bound on the curve and move it."""
    place = grip(page, level).locator("b").bounding_box()
    assert place
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + down / 2)
    page.mouse.move(x, y + down)
    page.mouse.up()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_threshold_is_dragged_and_the_counts_follow(who: Who, language: str) -> None:
    reader = who("leader")
    page = reader.page(f"{RULE}?lang={language}")
    expect(grip(page, "yellow")).to_be_visible()
    (before,) = counts(page)
    reader.requests.clear()
    drag(page, "yellow", 24)
    draft = {"zh": "草案", "en": "Draft"}[language]
    expect(page.locator(".board-facts")).to_contain_text(draft)
    expect(page.locator(".panel-outcome tbody tr").first.locator("td")).to_have_count(2)
    asked = [one for one in reader.requests if CALLBACKS in one.url]
    assert len(asked) == 1, [one.url for one in reader.requests]  # one change, one request
    moved = re.search(r"yellow:([\d.]+)", unquote(page.url))
    assert moved
    assert 65 < float(moved[1]) < 80
    assert box(page, "yellow").input_value() == moved[1]
    assert counts(page)[0] == before
    drafted = page.locator(".panel-outcome tbody tr").first.locator("td").nth(1)
    changed = drafted.inner_text()
    box(page, "persist").fill("2")
    box(page, "persist").press("Tab")
    expect(drafted).not_to_have_text(changed)
    assert counts(page)[1] < before
    assert counts(page, 1)[1] < counts(page, 1)[0]  # and fewer messages
    page.go_back()
    expect(box(page, "persist")).to_have_value("1")
    page.go_back()
    expect(box(page, "yellow")).to_have_value("80")
    expect(page.locator(".panel-outcome tbody tr").first.locator("td")).to_have_count(1)


def test_by_keyboard_and_what_contradicts_itself_is_told(who: Who) -> None:
    page = who("leader").page(RULE)
    slider = page.locator(".rule-form input[type='range'][data-of='red']")
    slider.focus()
    slider.press("ArrowLeft")
    expect(page.locator(".board-facts")).to_contain_text("草案")
    expect(slider).to_be_focused()
    box(page, "red").fill("95")
    box(page, "red").press("Enter")
    alert = page.locator(".board-head [role='alert']")
    expect(alert).to_contain_text("阈值须按级别严格递进")
    expect(page.locator(".board-facts")).to_contain_text("现行规则")
    page.get_by_role("link", name="恢复为现行规则").click()
    expect(alert).to_have_count(0)
    expect(box(page, "red")).to_have_value("50")
    rows = page.locator("table.ranking tbody tr th a")
    name = rows.nth(3).inner_text()
    rows.nth(3).click()
    expect(page.locator(".panel-trend h2")).to_contain_text(name)


def test_on_a_phone_what_is_moved_stands_below_the_curve(who: Who) -> None:
    page = who("county").page(RULE, NARROW, PHONE)
    expect(grip(page, "red")).to_be_visible()
    tops = [
        page.locator(panel).bounding_box()["y"] for panel in (".panel-trend", ".panel-try", ".panel-outcome")
    ]
    assert tops == sorted(tops)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
    places = page.locator(".warning-main").inner_text()
    assert "高州市" in places
    assert "化州市" not in places  # a sibling
    page.goto(who("county").product.address + "/rule/no.such.rule")
    expect(page.locator("[data-state='failed'] h1")).to_have_text("没有规则 no.such.rule")
