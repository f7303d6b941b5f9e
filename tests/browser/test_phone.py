"""The phone: one column in one order, everything within reach of a thumb, stars of one's own; and search."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import CITY_PAGES, Reader, drawn

WIDTH, HEIGHT = 390, 844
FINGER = 44
PAGE = "_dash-update-component"

TOO_SMALL = """(least) => Array.from(document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button]'))
    .filter((one) => one.checkVisibility({visibilityProperty: true}) && !one.closest('.sr-only, .skip'))
    .map((one) => [one, (one.closest('label') || one).getBoundingClientRect()])
    .filter(([_, box]) => box.width > 0 && (box.width < least - 0.5 || box.height < least - 0.5))
    .map(([one, box]) => `${one.tagName}.${one.className} “${one.textContent.trim().slice(0, 20)}” in .${one.parentElement.className}`
        + ` ${Math.round(box.width)}×${Math.round(box.height)}`)"""

HOVERED = """() => Array.from(document.styleSheets).flatMap((sheet) => Array.from(sheet.cssRules))
    .filter((rule) => rule.selectorText && rule.selectorText.includes(':hover'))
    .filter((rule) => !/^[.](_?dash-|js-plotly-plot)/.test(rule.selectorText))
    .filter((rule) => /(display|visibility|opacity):/.test(rule.style.cssText))
    .map((rule) => rule.cssText)"""


@pytest.fixture
def phone(who) -> Reader:
    return who("leader")


def opened(reader: Reader, path: str) -> Page:
    return reader.page(path, WIDTH, HEIGHT)


# ---- one column


def test_home_is_warnings_then_stars_then_search(phone: Reader):
    page = opened(phone, "/")
    parts = [page.locator(one).first for one in (".warnings", ".starred-cards", ".search-way")]
    tops = [part.bounding_box()["y"] for part in parts]
    assert tops == sorted(tops)
    expect(page.locator(".starred-cards .tile")).to_have_count(5)
    expect(page.locator(".tile-group, .map-frame").locator("visible=true")).to_have_count(0)


def test_a_starred_card_takes_the_whole_width_with_its_trend_at_the_right(phone: Reader):
    card = opened(phone, "/").locator(".starred-cards .tile").first
    box, number, trend = (
        one.bounding_box() for one in (card, card.locator(".figure"), card.locator(".spark"))
    )
    assert box["width"] > WIDTH - 40
    assert trend["x"] > number["x"] + number["width"]
    assert trend["y"] < number["y"] + number["height"]


def test_three_places_stand_at_the_bottom_and_lead_to_everything(phone: Reader):
    page = opened(phone, "/")
    bar = page.locator(".places")
    expect(bar.locator("visible=true").locator(".place")).to_have_count(3)
    assert bar.bounding_box()["y"] + bar.bounding_box()["height"] == pytest.approx(HEIGHT, abs=1)
    bar.get_by_text("系统", exact=True).click()
    systems = page.locator(".systems a")
    expect(systems).to_have_count(9)
    expect(systems.filter(has_text="大屏")).to_have_count(0)
    systems.get_by_text("应急指挥").click()
    expect(page).to_have_url(re.compile("/emergency"))
    expect(page.locator(".systems")).not_to_be_visible()
    expect(page.locator(".places summary.place")).to_have_attribute("aria-current", "true")


def test_escape_closes_the_sheet_of_systems(phone: Reader):
    page = opened(phone, "/economy")
    page.locator(".places summary").click()
    expect(page.locator(".systems")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".systems")).not_to_be_visible()


@pytest.mark.parametrize("path", CITY_PAGES)
def test_a_finger_hits_everything_and_nothing_reaches_over_the_edge(phone: Reader, path: str):
    for lang in ("zh", "en"):
        page = opened(phone, f"{path}{'&' if '?' in path else '?'}lang={lang}")
        assert page.evaluate(TOO_SMALL, FINGER) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH
        page.close()


def test_a_sheet_rises_from_below_and_its_controls_are_within_reach(phone: Reader):
    page = opened(phone, "/economy?sheet=econ.fiscal.revenue")
    box = page.locator("#sheet").bounding_box()
    assert box["x"] == 0
    assert box["width"] == WIDTH
    assert box["y"] + box["height"] == pytest.approx(HEIGHT, abs=1)
    assert page.evaluate(TOO_SMALL, FINGER) == []


def test_nothing_appears_only_under_a_hovering_pointer(phone: Reader):
    assert opened(phone, "/").evaluate(HOVERED) == []


# ---- stars


def test_a_star_is_given_ordered_and_taken_away_and_stays_with_the_account(who, chromium):
    reader = who("analyst")
    page = opened(reader, "/economy")
    page.locator("[data-indicator='econ.trade.total'] .star").click()
    expect(page.locator("[data-indicator='econ.trade.total'] .star")).to_have_attribute(
        "aria-pressed", "true"
    )

    page = opened(reader, "/")
    cards = page.locator(".starred-cards .tile")
    expect(cards).to_have_count(6)
    expect(cards.last).to_have_attribute("data-indicator", "econ.trade.total")
    page.get_by_text("调整顺序").click()
    page.get_by_role("button", name="上移进出口总额").click()
    expect(cards.nth(4)).to_have_attribute("data-indicator", "econ.trade.total")
    page.get_by_text("完成", exact=True).click()
    expect(page.locator(".movers")).to_have_count(0)

    again = opened(reader, "/")
    expect(again.locator(".starred-cards .tile").nth(4)).to_have_attribute(
        "data-indicator", "econ.trade.total"
    )
    expect(opened(who("leader"), "/").locator(".starred-cards .tile")).to_have_count(5)

    again.locator(".starred-cards [data-indicator='econ.trade.total'] .star").click()
    expect(again.locator(".starred-cards .tile")).to_have_count(5)


def test_the_number_sheet_has_a_star_too(who):
    page = opened(who("analyst"), "/economy?sheet=econ.fiscal.tax")
    star = page.locator("#sheet .star")
    expect(star).to_have_attribute("aria-pressed", "false")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "false")


# ---- search


def renders(reader: Reader) -> int:
    return sum(PAGE in one.url for one in reader.requests)


@pytest.mark.parametrize(
    ("typed", "found", "leads"),
    [
        ("czzsr", "财政总收入", "/economy"),
        ("gaozhou", "高州市", "region=440981000000"),
        ("revenue", "一般公共预算收入", "econ.fiscal.revenue"),
        ("应急", "应急指挥", "/emergency"),
    ],
)
def test_search_finds_by_pinyin_initials_english_and_chinese(
    phone: Reader, typed: str, found: str, leads: str
):
    page = opened(phone, "/search")
    page.locator("#search-text").press_sequentially(typed, delay=20)
    page.locator(".hit", has_text=found).first.click()
    expect(page).to_have_url(re.compile(re.escape(leads)))
    drawn(page)


def test_typing_a_word_is_one_question(phone: Reader):
    page = opened(phone, "/search")
    expect(page.locator("#search-text")).to_be_focused()
    page.wait_for_timeout(300)
    phone.requests.clear()
    page.locator("#search-text").press_sequentially("gaozhou", delay=30)
    expect(page.locator(".hit-name").first).to_have_text("高州市")
    page.wait_for_timeout(400)
    assert renders(phone) == 1
    expect(page.locator("#search-text")).to_be_focused()
    expect(page).to_have_url(re.compile(r"/search\?q=gaozhou$"))


def test_the_slash_leads_to_search_and_the_keys_through_what_is_found(who):
    page = who("leader").page("/economy")
    page.keyboard.press("/")
    expect(page.locator("#search-text")).to_be_focused()
    page.keyboard.type("yszc")
    expect(page.locator(".hit").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".hit").first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#search-text")).to_be_focused()
    first = page.locator(".hit").first.get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: address.endswith(first))
    page.go_back()
    expect(page.locator("#search-text")).to_have_value("yszc")
    page.go_back()
    expect(page).to_have_url(re.compile("/economy"))


def test_what_was_searched_is_remembered_on_this_device_until_it_is_cleared(phone: Reader):
    page = opened(phone, "/search?q=gaozhou")
    page.locator(".hit").first.click()
    page = opened(phone, "/search")
    page.locator(".recent .chip", has_text="gaozhou").click()
    expect(page.locator(".hit-name").first).to_have_text("高州市")
    page = opened(phone, "/search")
    page.get_by_role("button", name="清除").click()
    expect(page.locator(".recent")).to_have_count(0)
    expect(opened(phone, "/search").locator(".recent")).to_have_count(0)


def test_a_county_finds_no_sibling(who):
    page = opened(who("county"), "/search?q=huazhou")
    expect(page.locator("#search-found")).to_be_visible()
    assert "化州" not in page.locator("body").inner_text()
    page = opened(who("county"), "/search?q=gaozhou")
    expect(page.locator(".hit-name").first).to_have_text("高州市")


@pytest.mark.parametrize(
    "question", ["<script>alert(1)</script>", "%", "'; drop table stars; --", "\u202e\u0000", "啊" * 500]
)
def test_a_strange_question_is_answered_quietly(phone: Reader, question: str):
    page = opened(phone, "/search")
    page.fill("#search-text", question)
    page.wait_for_timeout(900)
    expect(page.locator("#search-found")).to_be_visible()
    assert page.evaluate("!window.alerted")
