"""The running product, walked as its readers walk it."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Product, Reader, drawn

CITY, GAOZHOU, HUAZHOU = "440900000000", "440981000000", "440982000000"
FISCAL = "/economy?theme=fiscal&period=2024-06&map=econ.fiscal.revenue"
ROUTER = "_dash-update-component"

CHINESE = re.compile(r"[\u3400-\u9fff]")
LATIN = re.compile(r"[A-Za-z]{3,}")

PROPER_NAMES = {"PM2", "Chengmai", "English"}
"""Latin words that stand on a Chinese page by right."""

WORDS_SHOWN = """(root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const words = [];
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (element.checkVisibility() && !element.closest('[lang="zh-CN"]:not(.shell), svg .hidden, .citation')) {
            words.push(walker.currentNode.textContent);
        }
    }
    return words.concat([...root.querySelectorAll('[aria-label], [title]')]
        .flatMap((one) => [one.getAttribute('aria-label'), one.getAttribute('title')]).filter(Boolean));
}"""


def words_shown(page: Page) -> list[str]:
    """All words of the page but those marked as being in another language."""
    return list(page.locator(".shell").evaluate(WORDS_SHOWN))


def renders(reader: Reader) -> list[str]:
    return [one.post_data or "" for one in reader.requests if ROUTER in one.url]


def county_path(page: Page, code: str):
    """The polygon of a county on the map."""
    place = page.evaluate(
        """(code) => document.querySelector('.map-frame .js-plotly-plot').calcdata
            .flatMap((trace) => trace[0].trace.type === 'choropleth' ? trace.map((one) => one.loc).filter(Boolean) : []).indexOf(code)""",
        code,
    )
    return page.locator(".map-frame .choroplethlayer path").nth(place)


def press_area(page: Page, code: str) -> None:
    """Press the inside of a polygon with the mouse."""
    area = county_path(page, code)
    area.scroll_into_view_if_needed()
    spot = area.evaluate(
        """(path) => {
            const box = path.getBBox();
            const inside = (x, y) => path.isPointInFill(new DOMPoint(x, y));
            for (let i = 1; i < 12; i += 1) for (let j = 1; j < 12; j += 1) {
                const point = new DOMPoint(box.x + (box.width * i) / 12, box.y + (box.height * j) / 12);
                if ([[0, 0], [9, 0], [-9, 0], [0, 9], [0, -9]].every(([dx, dy]) => inside(point.x + dx, point.y + dy))) {
                    const seen = point.matrixTransform(path.getScreenCTM());
                    return [seen.x, seen.y];
                }
            }
            return null;
        }"""
    )
    page.mouse.move(spot[0] - 2, spot[1])
    page.mouse.move(*spot)
    page.wait_for_timeout(200)
    page.mouse.click(*spot)


# ---- the walk


def test_home_begins_with_the_warnings_then_the_numbers_of_six_systems_and_the_map(leader: Reader):
    page = leader.page("/")
    tops = [page.locator(one).first.bounding_box()["y"] for one in (".warnings", ".tile-group")]
    assert tops == sorted(tops)
    expect(page.locator(".tile-group")).to_have_count(6)
    expect(page.locator(".map-frame .choroplethlayer path")).to_have_count(5)
    expect(page.locator(".warning-group.statutory")).to_be_visible()
    expect(page.locator(".warning-group.management")).to_be_visible()


def test_the_county_table_of_june_2024_adds_up_with_what_is_not_itemised(leader: Reader):
    table = leader.page(FISCAL).locator(".ranking")
    cells = table.locator("tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [row.querySelector('th').innerText, row.querySelector('.cell-number').innerText])"
    )
    assert dict(cells) == {
        "电白区": "12.36", "高州市": "9.46", "化州市": "7.29", "信宜市": "6.92", "茂南区": "5.86",
        "茂名市本级": "21.87", "未单列功能区": "1.82",
    }  # fmt: skip
    assert table.locator("tfoot .cell-number").inner_text() == "65.58"


def test_the_map_leads_down_to_a_township_and_back(leader: Reader):
    page = leader.page("/economy?theme=fiscal&map=econ.fiscal.tax")
    press_area(page, GAOZHOU)
    expect(page.locator(".crumbs [aria-current]")).to_have_text("高州市")
    expect(page.locator(".map-frame.approximate")).to_be_visible()
    expect(page.locator(".map-frame .choroplethlayer path").nth(20)).to_be_attached()
    press_area(page, "440981105000")
    expect(page.locator(".crumbs")).to_have_text(re.compile("茂名市.*高州市.*泗水镇", re.S))
    page.click(".back")
    expect(page.locator(".crumbs [aria-current]")).to_have_text("高州市")
    page.go_back()
    expect(page.locator(".crumbs [aria-current]")).to_have_text("泗水镇")
    page.locator(".crumbs a").first.click()
    expect(page.locator(".crumbs [aria-current]")).to_have_text("茂名市")


def test_any_number_opens_its_sheet_escape_closes_it_and_back_goes_back(leader: Reader):
    page = leader.page(FISCAL)
    number = page.locator("[data-indicator='econ.fiscal.revenue'] .figure")
    number.press("Enter")
    sheet = page.locator("#sheet")
    for said in (
        "定义",
        "口径",
        "来源",
        "数据期",
        "状态",
        "下次发布",
        "定义版本",
        "预警规则",
        "责任部门",
        "65.58",
        "水又木",
    ):
        expect(sheet).to_contain_text(said)
    expect(sheet).to_be_focused()
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(number).to_be_focused()
    page.go_back()
    expect(sheet).to_be_visible()
    page.go_back()
    expect(sheet).to_have_count(0)


@pytest.mark.parametrize("path", ["/?", FISCAL + "&", "/economy?theme=industry&region=440981000000&"])
def test_an_english_page_holds_no_chinese_but_what_is_marked_as_such(leader: Reader, path: str):
    page = leader.page(path + "lang=en&sheet=econ.fiscal.revenue")
    assert page.locator("html").get_attribute("lang") == "en"
    assert not [words for words in words_shown(page) if CHINESE.search(words) and words.strip() != "简体中文"]


def test_a_chinese_page_holds_no_english_where_there_is_a_chinese_word(leader: Reader):
    for path in ("/", FISCAL):
        page = leader.page(path)
        left = {word for words in words_shown(page) for word in LATIN.findall(words)}
        assert left <= PROPER_NAMES


def test_a_state_is_seen_again_from_its_address_in_another_session(
    leader: Reader, chromium, product: Product
):
    page = leader.page(FISCAL + "&sheet=econ.fiscal.revenue&lang=en&mode=light")
    cookies = leader.context.cookies()
    other = chromium.new_context(viewport={"width": 1920, "height": 1080})
    other.add_cookies([one for one in cookies if one["name"] not in ("lang", "mode", "device")])
    again = other.new_page()
    again.goto(page.url)
    drawn(again)
    assert again.locator("html").get_attribute("data-theme") == "light"
    assert again.locator("#main").inner_text() == page.locator("#main").inner_text()
    other.close()


# ---- what travels


def test_nothing_is_asked_of_the_outside_while_the_map_draws(leader: Reader):
    page = leader.page("/")
    page.goto(leader.product.address + FISCAL)
    drawn(page)
    press_area(page, GAOZHOU)
    expect(page.locator(".crumbs [aria-current]")).to_have_text("高州市")
    assert len(leader.requests) > 10
    assert leader.outside == []


def test_one_change_of_state_is_one_request_and_a_small_one_without_geometry(leader: Reader):
    page = leader.page(FISCAL)
    page.wait_for_timeout(500)
    leader.requests.clear()
    with page.expect_response(lambda answer: ROUTER in answer.url) as told:
        page.click(".segments a[href*='theme=industry']")
    expect(page.locator(".segments [aria-current]")).to_have_text("工业")
    page.wait_for_timeout(800)
    assert len(renders(leader)) == 1
    assert int(told.value.headers["content-length"]) <= 60_000
    assert told.value.headers.get("content-encoding") in ("gzip", "br")
    assert "coordinates" not in told.value.text()


def test_choosing_again_what_is_chosen_asks_nothing(leader: Reader):
    page = leader.page(FISCAL)
    page.click("[data-indicator='econ.fiscal.tax'] .tile-name a")
    expect(page.locator(".tile.chosen")).to_have_attribute("data-indicator", "econ.fiscal.tax")
    leader.requests.clear()
    page.click("[data-indicator='econ.fiscal.tax'] .tile-name a")
    page.wait_for_timeout(500)
    assert not renders(leader)


def test_a_choice_far_down_the_page_leaves_the_page_where_it_is(leader: Reader):
    page = leader.page(FISCAL)
    page.evaluate("window.scrollTo(0, 600)")
    page.locator("[data-indicator='econ.fiscal.tax'] .tile-name a").evaluate("(link) => link.click()")
    expect(page.locator(".tile.chosen")).to_have_attribute("data-indicator", "econ.fiscal.tax")
    page.wait_for_timeout(300)
    assert page.evaluate("window.scrollY") == 600


# ---- new figures on an open page


def test_a_corrected_figure_turns_an_open_tile_red_and_undoing_the_load_turns_it_back(
    leader: Reader, tmp_path: Path
):
    head = "指标,地区,期别,数值,单位,同比,来源\n"
    line = "econ.retail.total,茂名市,2026-09,{value},亿元,{growth},茂名市统计局\n"
    good, corrected = tmp_path / "good.csv", tmp_path / "corrected.csv"
    good.write_text(head + line.format(value=800, growth=5.1), "utf-8")
    corrected.write_text(head + line.format(value=700, growth=-9.5), "utf-8")
    product = leader.product
    product.command("load", str(good))

    page = leader.page("/economy?theme=consume&period=2026-09")
    tile = page.locator("[data-indicator='econ.retail.total']")
    expect(tile.locator(".figure-number")).to_have_text("800")
    expect(tile).not_to_have_attribute("data-level", re.compile("."))
    page.evaluate("window.thisVeryPage = true")

    told = product.command("load", str(corrected), "--json")
    expect(tile).to_have_attribute("data-level", "red", timeout=15_000)
    expect(tile.locator(".figure-number")).to_have_text("700")
    expect(tile.locator(".level")).to_have_attribute("aria-label", "红色管理预警")

    load = re.search(r'"load": (\d+)', told)
    assert load is not None, told
    product.command("undo", load[1])
    expect(tile).not_to_have_attribute("data-level", "red", timeout=15_000)
    expect(tile.locator(".figure-number")).to_have_text("800")
    assert page.evaluate("window.thisVeryPage") is True, "the page was loaded again"


# ---- what a county may see


def test_a_county_account_starts_at_its_county_and_finds_no_way_to_a_sibling(county: Reader):
    page = county.page("/")
    expect(page.locator(".crumbs [aria-current]")).to_have_text("高州市")
    assert not page.locator(
        "a[href*='440982'], a[href*='440902'], a[href*='440983'], a[href*='440904']"
    ).count()
    assert "化州" not in page.locator("body").inner_text()


@pytest.mark.parametrize(
    "path", ["/?region=", "/economy?region=", "/economy?theme=fiscal&period=2024-06&region="]
)
def test_a_county_account_finds_a_sibling_closed_at_its_address(county: Reader, path: str):
    page = county.page(path + HUAZHOU)
    expect(page.locator("[data-state=forbidden]")).to_contain_text("化州市不在您的职责范围内")
    assert "7.29" not in page.locator("body").inner_text()
    expect(page.locator(".tile, .ranking, .map-frame")).to_have_count(0)


def test_a_tampered_callback_gives_a_county_account_no_figure_of_a_sibling(county: Reader):
    page = county.page("/economy")
    answer = page.evaluate(
        """async ([region]) => {
            const found = await (await fetch('/_dash-dependencies')).json();
            const router = found.find((one) => one.output.includes('_pages_content.children'));
            const values = {pathname: '/economy', search: '?theme=fiscal&period=2024-06&sheet=econ.fiscal.revenue@' + region
                + '&region=' + region};
            const token = document.cookie.split('; ').find((one) => one.startsWith('chengmai_csrf=')).slice(14);
            const told = await fetch('/_dash-update-component', {
                method: 'POST', headers: {'Content-Type': 'application/json', 'X-CSRFToken': token},
                body: JSON.stringify({
                    output: router.output,
                    outputs: [{id: '_pages_content', property: 'children'}, {id: '_pages_store', property: 'data'}],
                    inputs: router.inputs.map((one) => ({...one, value: values[one.property] ?? null})),
                    changedPropIds: ['_pages_location.search'],
                }),
            });
            const map = await fetch('/geo/' + region + '/town.json');
            const city = await fetch('/geo/440900000000/county.json');
            return [told.status, await told.text(), map.status, city.status];
        }""",
        [HUAZHOU],
    )
    status, text, own, city = answer
    assert status == 200
    assert "forbidden" in text
    assert "7.29" not in text
    assert (own, city) == (403, 404) or city in (403, 404)
    assert own in (403, 404)


# ---- for everybody, on every screen


@pytest.mark.parametrize("mode", ["dark", "light"])
@pytest.mark.parametrize("path", ["/?", FISCAL + "&sheet=econ.fiscal.revenue&"])
def test_no_serious_barrier_stands_in_anybodys_way(leader: Reader, path: str, mode: str):
    page = leader.page(f"{path}mode={mode}")
    page.wait_for_timeout(400)
    found = (
        Axe()
        .run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
        .response["violations"]
    )
    serious = [
        (one["id"], [node["html"][:160] for node in one["nodes"][:4]])
        for one in found if one["impact"] in ("serious", "critical")
    ]  # fmt: skip
    assert not serious


@pytest.mark.parametrize(
    ("width", "height"), [(390, 844), (1366, 768), (1920, 1080), (3840, 2160), (7680, 2160)]
)
def test_nothing_reaches_over_the_edge_of_any_screen(leader: Reader, width: int, height: int):
    for path in ("/?lang=en", FISCAL):
        page = leader.page(path, width, height)
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_words_grow_with_a_large_screen_and_not_the_number_of_cards(leader: Reader):
    small, large = leader.page("/", 1920, 1080), leader.page("/", 3840, 2160)
    size = "parseFloat(getComputedStyle(document.querySelector('.figure-number')).fontSize)"
    assert large.evaluate(size) == pytest.approx(2 * small.evaluate(size), rel=0.05)


def test_a_wrong_address_says_so_and_still_shows_the_board(leader: Reader):
    page = leader.page("/economy?region=<script>&period=yesterday&theme=fiscal")
    expect(page.locator(".board-head .notice")).to_contain_text("region")
    expect(page.locator(".tile").first).to_be_visible()
