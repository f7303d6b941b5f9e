"""Story B6 in a real browser: the hotline by place, class and department, small samples, the loop of a case."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Reader

BOARD = "/signs?theme=hotline"
GAOZHOU = "440981000000"
LANGUAGES = ("zh", "en")
NARROW = 390
SLOW = 20_000
"""An act recomputes figures and judges rules; on a busy machine that takes a while."""

Who = Callable[[str], Reader]


def panel(page: Page, name: str):
    """A panel of the board."""
    return page.locator(f"[data-panel='hotline.{name}']")


def column(page: Page, name: str, number: int) -> list[str]:
    """A column of a panel's table, without its foot."""
    return [
        text.strip()
        for text in panel(page, name).locator(f"tbody tr > :nth-child({number})").all_inner_texts()
    ]


def first_number(text: str) -> float:
    return float(text.split()[0].replace(",", "").replace("%", "").replace("\u202f", ""))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["regions", "classes", "departments"])
def test_volume_closure_satisfaction_and_repeats_stand_side_by_side(
    who: Who, language: str, name: str
) -> None:
    page = who("analyst").page(f"{BOARD}&lang={language}")
    heads = panel(page, name).locator("thead th").all_inner_texts()
    words = (
        ("受理", "按期", "满意", "解决", "重复")
        if language == "zh"
        else ("Cases", "On time", "Satisfied", "Solved", "Repeats")
    )
    assert all(word in head for word, head in zip(words, heads[1:], strict=True))
    numbers = [first_number(text) for text in column(page, name, 2)]
    assert len(numbers) >= 5
    assert numbers == sorted(numbers, reverse=True)
    total = first_number(panel(page, name).locator("tfoot td").first.inner_text())
    assert abs(sum(numbers) - total) <= 1
    if language == "en":
        assert not any("\u4e00" <= sign <= "\u9fff" for text in column(page, name, 1) for sign in text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_township_with_few_ratings_says_so_and_shows_no_rate(who: Who, language: str) -> None:
    page = who("analyst").page(f"{BOARD}&region={GAOZHOU}&lang={language}")
    said = {"zh": "样本过少", "en": "sample too small"}[language]
    thin = panel(page, "regions").locator("tbody td[data-thin=yes]")
    assert thin.count() >= 2
    assert all(said in text and "%" not in text for text in thin.all_inner_texts())
    page.goto(page.url.replace("theme=hotline", "theme=hotline&map=sign.gov.hot_satisfy"))
    small = page.locator(".panel-map, [data-panel=map]").first
    expect(small).to_be_visible()


def test_a_heading_orders_its_table_and_only_that_one(who: Who) -> None:
    page = who("analyst").page(f"{BOARD}&lang=zh")
    panel(page, "regions").get_by_role("link", name="按期办结率").click()
    expect(panel(page, "regions").locator("th[aria-sort]")).to_contain_text("按期办结率")
    rates = [first_number(text) for text in column(page, "regions", 3) if "%" in text]
    assert rates == sorted(rates)
    assert column(page, "regions", 1)[0] == "化州市"  # whose cases were late in October
    expect(panel(page, "classes").locator("th[aria-sort]")).to_contain_text("受理")


def test_a_class_with_rising_repeats_leads_to_its_repeated_cases(who: Who) -> None:
    page = who("analyst").page(f"{BOARD}&lang=zh")
    panel(page, "rising").get_by_role("link", name="噪声扰民").click()
    page.wait_for_url("**appeal_class:noise**")
    expect(panel(page, "cases").locator("tbody tr").first).to_contain_text("重复")
    assert set(panel(page, "cases").locator("tbody .second span:nth-child(2)").all_inner_texts()) == {
        "噪声扰民"
    }


def test_a_county_whose_feed_stopped_is_not_zero(who: Who) -> None:
    page = who("leader").page(f"{BOARD}&lang=zh")
    row = panel(page, "regions").locator("tbody tr", has_text="信宜市")
    expect(row).to_contain_text("23/31")
    expect(page.locator("[data-indicator='sign.gov.hot_count'] .standing")).to_contain_text("已报 4/5")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_case_shows_its_loop_and_nobody(who: Who, language: str) -> None:
    page = who("analyst").page(f"{BOARD}&lang={language}&filter=state:closed")
    panel(page, "cases").locator("tbody th a").first.click()
    expect(page.locator("[data-case]")).to_be_visible()
    stages = page.locator(".panel-case tbody th").all_inner_texts()
    assert stages[0].startswith("受理" if language == "zh" else "Accepted")
    said = {"zh": "不含诉求人信息", "en": "nothing on the caller"}[language]
    expect(page.get_by_text(said)).to_be_visible()
    assert page.locator("form[action^='/act/case']").count() == 0  # an analyst changes nothing


def test_an_editor_registers_a_case_and_moves_it_on(who: Who) -> None:
    page = who("editor").page("/case/new?lang=zh")
    form = page.locator("form[action='/act/case.add']")
    form.get_by_role("button", name="登记").click()
    expect(form.locator("[aria-invalid=true]").nth(4)).to_be_attached()
    form.locator("[name=region]").select_option("440902100000")
    form.locator("[name=appeal_class]").select_option("cityscape")
    form.locator("[name=department]").select_option("cityadmin")
    form.locator("[name=matter]").fill("路灯不亮")
    form.locator("[name=day]").fill("2026-10-30")
    form.locator("[name=limit]").fill("5")
    form.get_by_role("button", name="登记").click()
    expect(page.locator("h1")).to_have_text("路灯不亮", timeout=SLOW)
    page.get_by_role("link", name="推进环节").click()
    form = page.locator("form[action='/act/case.stage']")
    form.locator("[name=stage]").select_option("2")
    form.get_by_role("button", name="保存").click()
    expect(page.locator(".panel-case tbody tr")).to_have_count(2, timeout=SLOW)


def test_figures_of_other_places_say_that_they_are_theirs(who: Who) -> None:
    page = who("analyst").page(f"{BOARD}&lang=zh")
    reference = panel(page, "reference")
    expect(reference).to_contain_text("不是本市的数据")
    expect(reference).to_contain_text("乳源瑶族自治县")
    reference.get_by_role("link", name="唐山市 2024-11").click()
    expect(reference).to_contain_text("284,406")


def test_a_county_head_reaches_no_case_of_another_county(who: Who) -> None:
    leader = who("leader").page(f"{BOARD}&lang=zh&region=440904000000")
    address = panel(leader, "cases").locator("tbody th a").first.get_attribute("href") or ""
    reader = who("county")
    page = reader.page(f"{address.split('?')[0]}?lang=zh")
    assert page.locator("[data-case]").count() == 0
    expect(page.locator("main")).to_contain_text("没有权限")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_panels_fit_a_phone(who: Who, language: str) -> None:
    page = who("leader").page(f"{BOARD}&lang={language}", width=NARROW, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
