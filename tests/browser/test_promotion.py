"""Story B5 in a real browser: the funnel by cohort, what stands still, and what an editor brings."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from services.promotion_book import credit_check
from tests.browser.conftest import Reader, drawn

BOARD = "/projects?theme=promo"
CODE = "91440902MA5100000" + credit_check("91440902MA5100000")
LANGUAGES = ("zh", "en")
NARROW = 390
SLOW = 20_000
"""An act recomputes figures and judges rules; on a busy machine that takes a while."""

Who = Callable[[str], Reader]


def panel(page: Page, name: str):
    """A panel of the board."""
    return page.locator(f"[data-panel='promotion.{name}']")


def counts(page: Page) -> list[int]:
    """How many of the batch reached each stage."""
    return [int(text) for text in panel(page, "funnel").locator(".funnel-count").all_inner_texts()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_signed_quarter_is_followed_through_later_months(who: Who, language: str) -> None:
    page = who("analyst").page(f"{BOARD}&lang={language}")
    title = panel(page, "funnel").locator("h2")
    first, before = title.inner_text(), counts(page)
    assert len(before) == 4
    assert before == sorted(before, reverse=True)  # none lands that was not signed
    panel(page, "funnel").get_by_role("link", name="2025-Q1").click()
    expect(title).to_contain_text("2025-Q1")
    assert title.inner_text() != first
    assert "cohort=2025-Q1" in page.url
    after = counts(page)
    assert after != before
    panel(page, "cohorts").get_by_role("link", name="2025-Q2").click()  # a row of the table is the same batch
    expect(title).to_contain_text("2025-Q2")
    panel(page, "funnel").get_by_role("link", name="2026-Q4").click()
    young = {"zh": "批次未满 6 个月，尚早", "en": "too young: under 6 months"}[language]
    expect(panel(page, "funnel").get_by_text(young).first).to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_ratio_of_different_deals_is_nowhere(who: Who, language: str) -> None:
    page = who("analyst").page(f"{BOARD}&lang={language}&sheet=proj.promo.land_rate")
    said = {"zh": "只数本批次的成员", "en": "only the members of the batch"}[language]
    expect(page.locator("#sheet .terms")).to_contain_text(said)
    card = page.locator("[data-indicator='proj.promo.land_rate']")
    expect(card.locator(".standing")).not_to_contain_text("累计" if language == "zh" else "year to date")


@pytest.mark.parametrize("language", LANGUAGES)
def test_signed_and_not_landed_in_six_months_says_why(who: Who, language: str) -> None:
    page = who("analyst").page(f"{BOARD}&lang={language}&region=440904000000")
    rows = panel(page, "stalled").locator("tbody tr")
    assert rows.count() >= 4
    months = [int(row.locator("td").nth(2).inner_text()) for row in rows.all()]
    assert min(months) >= 6
    reasons = {row.locator("td").nth(4).inner_text() for row in rows.all()}
    assert reasons >= ({"用地", "征迁"} if language == "zh" else {"Land", "Clearance"})
    name = rows.first.locator("th a").inner_text()
    rows.first.locator("th a").click()
    expect(page.locator("h1")).to_have_text(name)


def test_the_late_return_of_dianbai_is_missing_and_not_zero(who: Who) -> None:
    page = who("leader").page(f"{BOARD}&region=440904000000&period=2026-10")
    card = page.locator("[data-indicator='proj.promo.sign_count']")
    expect(card.locator(".standing")).to_contain_text("2026年1—9月")
    page.goto(who("leader").product.address + BOARD)
    drawn(page)
    expect(page.locator("[data-indicator='proj.promo.sign_count'] .standing")).to_contain_text("已报 4/5")


def test_an_editor_registers_a_deal_and_carries_it_on(who: Who) -> None:
    editor = who("editor")
    page = editor.page("/deal/new?lang=zh")
    form = page.locator("form[action='/act/deal.add']")
    form.get_by_role("button", name="登记").click()
    expect(form.locator("[name=name]")).to_have_attribute("aria-invalid", "true")
    assert form.locator("[aria-invalid=true]").count() >= 5
    form.locator("[name=name]").fill("浏览器测试项目")
    form.locator("[name=company]").fill("浏览器测试有限公司")
    form.locator("[name=credit_code]").fill(CODE)
    form.locator("[name=region]").select_option("440902000000")
    form.locator("[name=industry]").select_option("food")
    form.locator("[name=origin]").select_option("province")
    form.locator("[name=stage_1]").fill("2026-03-01")
    form.locator("[name=stage_2]").fill("2026-03-05")
    form.locator("[name=stage_3]").fill("2026-04-10")
    form.locator("[name=kind]").select_option("formal")
    form.locator("[name=amount]").fill("1.2")
    form.get_by_role("button", name="登记").click()
    expect(page.locator("h1")).to_have_text("浏览器测试项目", timeout=SLOW)
    page.get_by_role("link", name="登记进展").click()
    form = page.locator("form[action='/act/deal.stage']")
    expect(form.locator("[name=stage]")).to_have_value("4")
    form.locator("[name=day]").fill("2026-03-01")
    form.get_by_role("button", name="保存").click()
    expect(form.locator("[name=day]")).to_have_attribute("aria-invalid", "true")
    form.locator("[name=day]").fill("2026-06-01")
    form.get_by_role("button", name="保存").click()
    expect(page.locator(".deal-steps li[data-reached=yes]")).to_have_count(4, timeout=SLOW)
    assert editor.errors == []


def test_a_file_with_a_wrong_cell_is_told_and_nothing_is_registered(who: Who) -> None:
    page = who("editor").page("/deal/new?lang=zh")
    form = page.locator("form[action='/act/deal.import']")
    rows = "项目名称,企业名称,行业,来源地,县区,线索日期\n半途而废,某公司,魔法,珠三角,茂南区,2026-01-05\n"
    form.locator("[name=file]").set_input_files(
        {"name": "deals.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    )
    form.get_by_role("button", name="导入").click()
    expect(form).to_contain_text("魔法")
    expect(form).to_contain_text("C2")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载 XLSX 模板").click()
    assert download.value.suggested_filename == "deals.xlsx"


def test_a_county_head_sees_the_own_county_and_no_form(who: Who) -> None:
    reader = who("county")
    page = reader.page(BOARD)
    own = page.locator("main [data-region]").first.get_attribute("data-region")
    places = set(panel(page, "list").locator("tbody tr td:nth-child(2)").all_inner_texts())
    assert len(places) == 1
    assert page.get_by_role("link", name="登记或导入").count() == 0
    other = "440904000000" if own != "440904000000" else "440902000000"
    page.goto(f"{reader.product.address}{BOARD}&region={other}")
    expect(page.locator(".state[data-state=forbidden]").first).to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_panels_fit_a_phone(who: Who, language: str) -> None:
    page = who("leader").page(f"{BOARD}&lang={language}", width=NARROW, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
    assert re.fullmatch(r"\d+", panel(page, "funnel").locator(".funnel-count").first.inner_text())
