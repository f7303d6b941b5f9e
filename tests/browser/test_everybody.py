"""For everybody: no serious barrier on any page, in either light and either language, with the keyboard as with the eye."""

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import drawn

BOARDS = ("/", "/economy", "/projects", "/emergency", "/signs", "/digital")

OTHERS = {
    "leader": ("/search", "/search?q=gz", "/no-such-page", "/economy?region=110000000000", "/me", "/password",
               "/economy?sheet=econ.fiscal.revenue", "/?edit=stars", "/notices?open=wish:inbox",
               "/warnings", "/warnings?theme=past", "/warnings?theme=silences",
               "/rule/proj.issue.resolve_rate?filter=yellow:75", "/rule/sign.env.pm25?filter=limit:today", "/rules", "/rules?filter=trouble:noise",
               "/catalogue?filter=at:econ.fiscal", "/catalogue?filter=q:gdp", "/catalogue?filter=view:graph",
               "/indicator/econ.fiscal.revenue", "/indicator/econ.fiscal.revenue?filter=show:revisions"),
    "expert": ("/calls/2?open=proposal:5",),
    "editor": ("/feeds", "/feeds?open=feed:new-http", "/feeds?theme=registry", "/feeds?theme=systems&open=system:new",
               "/feeds?theme=resources", "/feeds?theme=quality", "/feeds?theme=reports&open=report:finance",
               "/calls?edit=announce", "/calls/1?open=proposal:1", "/plans?edit=target", "/scorecard/1?open=subject:440981000000",
               "/regions", "/regions?filter=tab:new;kind:merge", "/regions?filter=tab:changes", "/checks", "/studio/files", "/economy?edit=layout", "/project/1", "/deal/1", "/case/1"),
    "reviewer": ("/studio", "/studio/1"),
    "clerk": ("/desk", "/desk?theme=correct", "/desk?theme=deliveries"),
    "unit": ("/", "/supervision?filter=state:open"),
    "duty": ("/supervision?edit=dispatch", "/supervision/1", "/duty", "/incident/1", "/incident/1?edit=report", "/statutory"),
}  # fmt: skip
"""Pages that are no tab of a board, by who opens them: records, forms, the layout editor, one's own."""

LIGHTS = (("zh", "dark"), ("en", "light"), ("zh", "light"), ("en", "dark"))

OTHER = {"dark": "light", "light": "dark"}

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    "resultTypes": ["violations"],
}


COLOURS = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}


def barriers(page: Page, rules: dict[str, list[str]] = RULES) -> list[str]:
    """What axe-core finds serious or critical, each with the first elements."""
    found = Axe().run(page, options=rules).response["violations"]
    return [
        f"{page.url} {one['id']} ×{len(one['nodes'])}: {one['nodes'][0]['html'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def lit(path: str, lang: str, mode: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}lang={lang}&mode={mode}"


def walk_tabs(page: Page) -> Iterator[str]:
    """Open one tab of a board after the other, without loading the page again."""
    tabs = page.locator(".board > .segments > a")
    for place in range(1, tabs.count()):
        tab = tabs.nth(place)
        name = tab.inner_text()
        tab.evaluate("(link) => link.click()")
        expect(tab).to_have_attribute("aria-current", "page")
        drawn(page)
        yield name


@pytest.mark.parametrize("path", BOARDS)
def test_no_serious_barrier_stands_on_a_board_or_its_tabs(who, path: str):
    found = []
    for lang, mode in LIGHTS[:2]:  # only the colours differ between the lights
        page = who("leader").page(lit(path, lang, mode))
        found += barriers(page)
        page.evaluate("(light) => { document.querySelector('.shell').dataset.theme = light; }", OTHER[mode])
        expect(page.locator("html")).to_have_attribute("data-theme", OTHER[mode])
        found += barriers(page, COLOURS)
        page.close()
    page = who("leader").page(lit(path, "zh", "dark"))
    for _ in walk_tabs(page):
        found += barriers(page)
    assert found == []


@pytest.mark.parametrize(("name", "path"), [(name, path) for name, paths in OTHERS.items() for path in paths])
def test_no_serious_barrier_stands_on_any_other_page(who, name: str, path: str):
    found = []
    for lang, mode in LIGHTS[:2]:
        page = who(name).page(lit(path, lang, mode))
        found += barriers(page)
        page.close()
    assert found == []


@pytest.mark.parametrize(("lang", "mode"), LIGHTS)
def test_no_serious_barrier_stands_before_the_door(chromium, cockpit, lang: str, mode: str):
    page = chromium.new_page()
    page.goto(cockpit.address + lit("/login", lang, mode))
    assert barriers(page) == []
    page.close()


# ---- the keyboard


def focused(page: Page) -> dict[str, str]:
    return page.evaluate(
        """() => { const one = document.activeElement, style = getComputedStyle(one);
            return {text: one.textContent.trim(), outline: style.outlineStyle, width: parseFloat(style.outlineWidth)}; }"""
    )


def test_the_first_key_offers_the_way_past_the_navigation(who):
    page = who("leader").page("/economy")
    page.keyboard.press("Tab")
    assert focused(page)["text"] == "跳到正文"
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_every_stop_of_the_keyboard_is_seen(who):
    page = who("leader").page("/economy")
    unseen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        at = focused(page)
        if at["outline"] == "none" or at["width"] < 2:
            unseen.append(at["text"][:30])
    assert unseen == []


@pytest.mark.parametrize("path", BOARDS)
def test_headings_go_down_one_step_at_a_time_under_one_title(who, path: str):
    page = who("leader").page(path)
    levels = page.locator("h1, h2, h3, h4").evaluate_all("(all) => all.map((one) => Number(one.tagName[1]))")
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels)), levels


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_written_in_another_language_says_so(who, lang: str):
    page = who("leader").page(f"/economy?lang={lang}&sheet=econ.fiscal.revenue")
    tag = {"zh": "zh-CN", "en": "en"}[lang]
    expect(page.locator("html")).to_have_attribute("lang", tag)
    expect(page.locator(".bar-tools a[lang]")).not_to_have_attribute("lang", tag)


# ---- letters and lines


BROKEN = """() => {
    const walker = document.createTreeWalker(document.getElementById('main'), NodeFilter.SHOW_TEXT);
    const broken = [];
    while (walker.nextNode()) {
        const node = walker.currentNode, text = node.textContent.trim();
        if (!/^[−+<≤>≥]?\\s?[0-9][0-9,.]*(\\s?[^0-9\\s]{1,4})?$/.test(text) || !node.parentElement.checkVisibility()) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        const tops = new Set(Array.from(range.getClientRects()).filter((box) => box.width > 0).map((box) => Math.round(box.top)));
        if (tops.size > 1) broken.push(text);
    }
    return broken;
}"""
"""The numbers, alone or with their unit, that stand on two lines."""

SIZES = """() => Array.from(document.querySelectorAll('#main *')).filter((one) => one.checkVisibility() && !one.closest('svg')
        && Array.from(one.childNodes).some((node) => node.nodeType === 3 && node.textContent.trim()))
    .map((one) => getComputedStyle(one)).map((style) => [parseFloat(style.fontSize), style.fontWeight])"""


@pytest.mark.parametrize("path", BOARDS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_line_breaks_inside_a_number_or_before_its_unit(who, path: str, lang: str):
    page = who("leader").page(f"{path}?lang={lang}")
    for width in (390, 1366, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(BROKEN) == [], width


@pytest.mark.parametrize("path", BOARDS)
def test_words_come_in_six_sizes_and_two_weights(who, path: str):
    page = who("leader").page(path)
    styles = page.evaluate(SIZES)
    steps = {12.8, 16, 20, 25, 31.248, 39.056}
    odd = {size for size, _ in styles if min(abs(size - step) for step in steps) > 0.1 and size >= 12}
    assert odd == set()
    assert {weight for _, weight in styles} <= {"400", "600"}


def test_digits_are_of_one_width(who):
    page = who("leader").page("/")
    kinds = page.locator(".figure-number").evaluate_all(
        "(all) => [...new Set(all.map((one) => getComputedStyle(one).fontVariantNumeric))]"
    )
    assert kinds == ["tabular-nums"]


def test_who_wants_no_motion_gets_none(who):
    page = who("leader").page("/economy")
    page.emulate_media(reduced_motion="reduce")
    page.locator(".tile .figure").first.click()
    lasting = page.locator("#sheet").evaluate(
        "(sheet) => parseFloat(getComputedStyle(sheet).animationDuration)"
    )
    assert lasting <= 0.01


def test_back_goes_back_and_escape_closes(who):
    page = who("leader").page("/economy")
    page.locator(".tile .figure").first.click()
    expect(page.locator("#sheet")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#sheet")).to_have_count(0)
    page.locator(".rail a[href^='/emergency']").click()
    expect(page).to_have_url(re.compile("/emergency"))
    page.go_back()
    expect(page).to_have_url(re.compile("/economy"))
