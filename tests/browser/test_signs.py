"""City signs and digital government in the running product: index, heat table, the step of a limit, targets."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Reader

SLOW = 30_000
"""How long a board may take to be drawn on a machine that is busy with other tests, in milliseconds."""

LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])


@pytest.fixture
def desk(who) -> Reader:
    return who("leader")


def panel(page: Page, name: str):
    return page.locator(f"[data-panel='{name}']")


def number(text: str) -> float:
    """A printed number, with its real minus."""
    found = re.search(r"[−+]?[\d,]+\.?\d*", text)
    assert found, text
    return float(found[0].replace("−", "-").replace(",", ""))


@LANGUAGES
def test_the_index_stands_with_its_domains_its_coverage_and_its_method(desk: Reader, language: str):
    page = desk.page(f"/signs?lang={language}")
    index = panel(page, "signs.index")
    assert 0 < number(index.locator(".signs-value .figure-number").inner_text()) <= 100
    expect(index.locator(".signs-parts tbody tr")).to_have_count(5)
    expect(index.locator(".signs-headline")).to_contain_text(re.compile(r"\d+/92|of 92"))
    expect(index.locator(".signs-value")).to_contain_text("模拟" if language == "zh" else "simulated")
    expect(index.locator(".signs-method")).to_be_visible()
    expect(index.locator(".signs-method")).to_contain_text("等权" if language == "zh" else "equal")
    assert not desk.errors
    assert not desk.outside


def test_what_moved_the_index_adds_up_on_the_screen(desk: Reader):
    page = desk.page("/signs?lang=zh")
    table = panel(page, "signs.changes").locator("table")
    rows = table.locator("tbody tr").all()
    before, parts = rows[0], rows[1:]
    after, total = table.locator("tfoot tr").all()
    last = [number(row.locator("td.number").last.inner_text()) for row in (before, *parts, after, total)]
    assert sum(last[:-2]) == pytest.approx(last[-2], abs=0.001)
    assert last[-2] - last[0] == pytest.approx(last[-1], abs=0.001)


def test_the_comparison_period_is_one_click_and_stands_in_the_address(desk: Reader):
    page = desk.page("/signs?lang=zh")
    panel(page, "signs.changes").get_by_role("link", name="与上年同月末比").click()
    expect(panel(page, "signs.changes").locator("thead")).to_contain_text("2025年10月", timeout=SLOW)
    assert "since:year" in page.url


@LANGUAGES
def test_the_heat_table_has_a_number_in_every_cell_or_says_what_is_missing(desk: Reader, language: str):
    page = desk.page(f"/signs?lang={language}")
    table = panel(page, "signs.heat").locator("table")
    expect(table.locator("thead th")).to_have_count(1 + 6)
    cells = table.locator("tbody td.number")
    assert cells.count() == 30 * 6
    assert all(re.fullmatch(r"[\d.]+|\d+/\d+|—", text.strip()) for text in cells.all_inner_texts())
    box = panel(page, "signs.heat").locator(".table-box")
    box.focus()
    expect(box).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('thead') !== null"), "the regions are the next stops"


def test_a_region_of_the_heat_table_leads_to_its_own_board(desk: Reader):
    page = desk.page("/signs?lang=zh")
    panel(page, "signs.heat").locator("thead").get_by_role("link", name="高州").click()
    expect(panel(page, "signs.index").locator("h2")).to_contain_text("高州市健康指数", timeout=SLOW)


@LANGUAGES
def test_the_limit_of_pm25_is_a_step_on_the_first_of_march_2026(desk: Reader, language: str):
    page = desk.page(f"/signs?theme=limits&lang={language}")
    chart = page.locator("#limit-sign-env-pm25")
    expect(chart.locator(".annotation-text", has_text="35")).to_be_visible()
    expect(chart.locator(".annotation-text", has_text="30")).to_be_visible()
    held = page.evaluate("document.querySelector('#limit-sign-env-pm25 .js-plotly-plot').data[0].y")
    assert set(held) == {35, 30}
    assert held == sorted(held, reverse=True)
    spans = panel(page, "signs.limits").locator(".limit-spans").first
    expect(spans.locator("tbody tr")).to_have_count(3)
    expect(spans).to_contain_text("2026年3月1日" if language == "zh" else "1 March 2026")
    withheld = "不作比较" if language == "zh" else "No growth over the year before"
    expect(panel(page, "signs.limits")).to_contain_text(withheld)


def test_judging_all_by_todays_limit_says_that_it_is_a_what_if(desk: Reader):
    page = desk.page("/signs?theme=limits&lang=zh")
    expect(page.get_by_text("这是假设")).to_have_count(0)
    page.get_by_role("link", name="都按今天的限值").click()
    expect(page.get_by_text("这是假设")).to_be_visible(timeout=SLOW)
    held = page.evaluate("document.querySelector('#limit-sign-env-pm25 .js-plotly-plot').data[0].y")
    assert set(held) == {30}


@LANGUAGES
def test_the_nine_targets_stand_as_a_reference_and_maoming_is_not_judged_by_them(desk: Reader, language: str):
    page = desk.page(f"/digital?lang={language}")
    rows = panel(page, "digital.headlines").locator("tbody tr")
    expect(rows).to_have_count(9)
    targets = [number(row.locator("td.number").nth(1).inner_text()) for row in rows.all()]
    assert targets == [95, 95, 70, 90, 95, 95, 90, 90, 100]
    expect(panel(page, "digital.headlines").locator(".target-state")).to_have_count(0)
    expect(panel(page, "digital.headlines").locator(".notice")).to_contain_text("西安区")
    steps = panel(page, "digital.steps").locator(".step")
    assert [number(step.locator(".quiet").inner_text()) for step in steps.all()] == [30, 50, 70, 80]


@LANGUAGES
def test_the_own_plan_quotes_its_sentences_and_calls_nothing_done_without_evidence(
    desk: Reader, language: str
):
    page = desk.page(f"/digital?theme=plan&lang={language}")
    rows = panel(page, "digital.plan").locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(2)).to_contain_text("建成市域“一网统管”平台和四级协同工作体系")
    unknown = "到期，未见依据" if language == "zh" else "Due, nothing to show for it"
    for place in (0, 2):  # somebody else's test may hand in evidence for the one between
        expect(rows.nth(place).locator(".target-state")).to_contain_text(unknown)


def test_a_county_head_sees_the_own_index_and_the_own_towns_only(who):
    page = who("county").page("/signs?lang=zh")
    expect(panel(page, "signs.index").locator("h2")).to_contain_text("高州市健康指数")
    heads = panel(page, "signs.heat").locator("thead th").all_inner_texts()
    assert "茂南" not in " ".join(heads)
    assert len(heads) > 20
