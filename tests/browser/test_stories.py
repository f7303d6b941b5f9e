"""The stories of the officials, walked step by step in a real browser, in both languages."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import CITY_PAGES, drawn, unfold

GAOZHOU, HUAZHOU = "440981000000", "440982000000"
COMPLETION = "proj.invest.completion_rate"
LANGUAGES = ("zh", "en")

LEVELS = {"zh": ("红色", "橙色", "黄色", "蓝色"), "en": ("red", "orange", "yellow", "blue")}
SIBLINGS = {"zh": ("化州", "信宜", "电白", "茂南"), "en": ("Huazhou", "Xinyi", "Dianbai", "Maonan")}
SIBLING_CODES = ("440982", "440983", "440904", "440902")

NUMBER = re.compile(r"[−-]?[\d,]+(?:\.\d+)?")


def numbers(text: str) -> list[float]:
    """The numbers of a text, as they are printed."""
    return [float(one.replace("−", "-").replace(",", "")) for one in NUMBER.findall(text)]


def value(number: Locator) -> float:
    return numbers(number.inner_text())[0]


def level_words(page: Page, group: str) -> list[str]:
    """The words of the levels of a group's lines, from top to bottom; what is folded under a line is no line."""
    lines = page.locator(f".warning-group.{group} .warning:not(.warning-below .warning)")
    return lines.locator("> .mark .level-word").all_text_contents()


# ---- A1: the mayor's morning


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a1_the_mayor_sees_first_what_is_wrong_goes_to_it_and_finds_what_drives_it(who, lang: str):
    page = who("leader").page(f"/?lang={lang}")

    # 1. warnings come first, red before orange before yellow before blue; statutory and ours are visibly apart
    first = page.locator(".warnings").bounding_box()
    assert first["y"] < page.locator(".tile-group").first.bounding_box()["y"]
    for group in ("statutory", "management"):
        order = [LEVELS[lang].index(word.strip().lower()) for word in level_words(page, group)]
        assert order
        assert order == sorted(order), group
    kinds = page.locator(".warning .level").evaluate_all(
        "(all) => all.map((one) => [one.dataset.kind, getComputedStyle(one, '::after').content !== 'none'])"
    )
    assert {kind for kind, _ in kinds} == {"statutory", "management"}
    assert all(outlined == (kind == "management") for kind, outlined in kinds)

    # 2. a line says what, where, how far, against what, how long, as of when, whose; with a shape and a word
    unfold(page)
    line = page.locator(".warning-group.management .warning").filter(
        has=page.locator(f"a[href*='/warning/{COMPLETION}:{GAOZHOU}:']")
    )
    said = line.inner_text()
    wanted = {
        "zh": ("红色", "高州市", "年度投资完成率", "%", "界限", "已持续", "2026", "市发展改革委"),
        "en": (
            "red",
            "Gaozhou",
            "completion rate",
            "%",
            "bound",
            "periods",
            "2026",
            "Development and Reform",
        ),
    }
    assert [word for word in wanted[lang] if word.lower() not in said.lower()] == []
    sign = line.locator("> .mark .level")
    expect(sign).to_have_attribute("data-level", "red")
    assert sign.evaluate("(sign) => getComputedStyle(sign).clipPath").startswith("polygon")

    # 3. touched, all panels move to that county at once, and the breadcrumb shows city and county
    line.locator(".where").first.click()
    county = {"zh": "高州市", "en": "Gaozhou City"}[lang]
    expect(page.locator(".crumbs [aria-current]")).to_have_text(county)
    expect(page.locator(".crumbs li")).to_have_count(2)
    expect(page.locator(".board")).to_have_attribute("data-region", GAOZHOU)
    drawn(page)
    expect(page.locator(".panel-map .card-head, .panel-rank .card-head").first).to_contain_text(
        {"zh": "年度投资完成率", "en": "completion rate"}[lang]
    )
    tile = page.locator(f".tile-group [data-indicator='{COMPLETION}']")
    expect(tile).to_have_attribute("data-level", "red")

    # 4. the towns by what each adds to the gap, and the components with the leading ones
    page.locator(".tile-group h2 a[href*='/projects']").click()
    expect(page).to_have_url(re.compile("/projects"))
    drivers = page.locator(".drivers")
    expect(drivers).to_be_visible()
    expect(page.locator(".components dt")).to_have_count(5)
    added = [value(one) for one in drivers.locator("tbody .swing-cell .cell-number").all()]
    assert len(added) > 5
    assert added == sorted(added)
    gap = value(drivers.locator("tfoot .number").first)
    assert sum(added) == pytest.approx(gap, abs=0.05 * len(added) / 2)
    shown = page.locator("[data-indicator='proj.invest.schedule_gap'] .figure-number")
    assert value(shown) == pytest.approx(gap, abs=0.06)


def test_a1_the_citys_rate_is_the_sum_of_completion_over_the_sum_of_plans(who):
    page = who("leader").page("/projects")
    rows = page.locator(".progress-table tbody tr")
    pairs = [numbers(one.locator("td").nth(2).inner_text()) for one in rows.all()]
    rates = [value(one.locator("td.number").first) for one in rows.all()]
    done, planned = (sum(column) for column in zip(*(pair[:2] for pair in pairs), strict=True))
    city = value(page.locator(f"[data-indicator='{COMPLETION}'] .figure-number"))
    assert city == pytest.approx(100 * done / planned, abs=0.05)
    assert city != pytest.approx(sum(rates) / len(rates), abs=0.05), (
        "the mean of the counties is another figure"
    )


# ---- A2: the same screen, one's own region


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a2_a_county_head_opens_the_mayors_link_and_everything_starts_at_the_county(who, lang: str):
    county = {"zh": "高州市", "en": "Gaozhou City"}[lang]
    for path in ("/", "/economy", "/projects", "/emergency", "/signs", "/digital"):
        page = who("county").page(f"{path}?lang={lang}")
        expect(page.locator(".crumbs [aria-current]")).to_have_text(county)
        expect(page.locator("h1")).to_contain_text(county)
        expect(page.locator(".board")).to_have_attribute("data-region", GAOZHOU)
        body = page.locator("#main").inner_text()
        assert [name for name in SIBLINGS[lang] if name in body] == [], path
        ways = page.locator("a[href]").evaluate_all("(all) => all.map((one) => one.getAttribute('href'))")
        assert [way for way in ways if any(code in way for code in SIBLING_CODES)] == [], path
        page.close()


def test_a2_no_door_leads_to_a_sibling_and_the_city_is_there_for_comparison(who):
    head = who("county")
    for path in ("/", "/projects", "/emergency", "/signs"):
        page = head.page(f"{path}?region={HUAZHOU}")
        expect(page.locator("[data-state=forbidden]").first).to_be_visible()
        expect(page.locator(".tile, .ranking, .map-frame")).to_have_count(0)
        page.close()
    page = head.page("/")
    status = page.evaluate("async (region) => (await fetch(`/geo/${region}/town.json`)).status", HUAZHOU)
    assert status in (403, 404)
    city = head.page("/?region=440900000000")
    expect(city.locator(".board-facts .status").first).to_have_text("供对照")
    assert city.locator(".tile").count() > 5


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a2_a_ranking_tells_ones_own_rank_and_the_city_but_no_siblings_name(who, lang: str):
    page = who("county").page(f"/economy?theme=fiscal&map=econ.fiscal.tax&lang={lang}")
    told = page.locator(".panel-rank")
    expect(told.locator(".notes").first).to_contain_text(re.compile("第.*5" if lang == "zh" else "of 5"))
    assert [name for name in SIBLINGS[lang] if name in told.inner_text()] == []


# ---- A4: the wall and the phone


SHARP = """() => Array.from(document.querySelectorAll('*')).filter((one) => {
    const style = getComputedStyle(one);
    return /scale/.test(style.transform) || !['1', 'normal'].includes(style.zoom);
}).length"""


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (3840, 2160), (7680, 2160)])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a4_text_stays_sharp_and_nothing_is_cropped_on_any_screen(who, width: int, height: int, lang: str):
    page = who("leader").page(f"/?lang={lang}", width, height)
    assert page.evaluate(SHARP) == 0, "drawn smaller or larger afterwards is blurred"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    stretched = page.locator("img, svg.map, canvas").evaluate_all(
        "(all) => all.filter((one) => one.preserveAspectRatio && one.preserveAspectRatio.baseVal.align === 1).length"
    )
    assert stretched == 0


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a4_a_phone_shows_warnings_then_five_starred_indicators_then_search(who, lang: str):
    page = who("leader").page(f"/?lang={lang}", 390, 844)
    parts = [page.locator(one).first for one in (".warnings", ".starred-cards", ".search-way")]
    tops = [part.bounding_box()["y"] for part in parts]
    assert tops == sorted(tops)
    expect(page.locator(".starred-cards .tile")).to_have_count(5)
    lefts = page.locator(".starred-cards .tile").evaluate_all(
        "(all) => new Set(all.map((one) => Math.round(one.getBoundingClientRect().left))).size"
    )
    assert lefts == 1, "one column"


def test_a4_maps_letters_and_scripts_come_from_the_house_alone(who):
    reader = who("leader")
    for path in CITY_PAGES:
        page = reader.page(path)
        assert page.evaluate("document.fonts.check('16px \"Chengmai Sans\"')")
        page.close()
    assert reader.outside == []
    assert len(reader.requests) > len(CITY_PAGES)


# ---- A5: what does this number mean


TOLD = {
    "zh": ("定义", "口径", "公式", "来源", "数据期", "状态", "下次发布", "单位", "频率", "责任部门", "定义版本"),
    "en": ("Definition", "Calibre", "Formula", "Source", "Period", "Status", "Next release", "Unit", "Frequency",
           "Owner", "Version of definition"),
}  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a5_any_number_tells_what_it_means_with_its_formula_and_live_values(who, lang: str):
    page = who("leader").page(f"/projects?lang={lang}")
    number = page.locator(f"[data-indicator='{COMPLETION}'] .figure")
    printed = number.locator(".figure-number").inner_text()
    number.press("Enter")
    sheet = page.locator("#sheet")
    expect(sheet).to_be_visible()
    said = sheet.inner_text()
    assert [word for word in TOLD[lang] if word.lower() not in said.lower()] == []
    assert printed in said
    terms = [value(one) for one in sheet.locator(".terms b").all()]
    assert len(terms) == 2
    assert 100 * terms[0] / terms[1] == pytest.approx(value(sheet.locator(".figure-number").first), abs=0.05)
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(number).to_be_focused()


def test_a5_a_finger_that_stays_on_a_number_opens_its_sheet(who):
    page = who("leader").page("/projects", 390, 844)
    number = page.locator(f"[data-indicator='{COMPLETION}'] .figure")
    number.scroll_into_view_if_needed()
    box = number.bounding_box()
    finger = page.context.new_cdp_session(page)
    finger.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    spot = {"x": box["x"] + 20, "y": box["y"] + 20}
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [spot]})
    expect(page.locator("#sheet")).to_be_visible()
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(500)
    expect(page.locator("#sheet")).to_be_visible()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a5_what_is_missing_says_why_and_is_never_zero(who, lang: str):
    page = who("county").page(f"/economy?theme=industry&region={GAOZHOU}&period=2023-01&lang={lang}")
    missing = page.locator(
        ".tile:is(.state-missing, .state-late, .state-not_due, .state-not_published, .state-no_base)"
    )
    for card in missing.all():
        assert card.locator(".figure-number").inner_text() == "—"
        assert card.locator(".reason").inner_text().strip()
    quiet = page.locator(".unpublished .item")
    assert missing.count() + quiet.count() > 0
