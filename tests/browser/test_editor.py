"""The editor of definitions in a real browser: saved with every pause, completed, answered; two people; no network."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Reader
from tests.browser.test_everybody import barriers

Who = Callable[[str], Reader]

SAVED = re.compile(r"已保存 \d{2}:\d{2}:\d{2}")
PHONE = (390, 844)


def opened(reader: Reader, kind: str = "indicator", code: str = "") -> str:
    """A draft, opened by the act that buttons ask for; its address."""
    page = reader.page("/studio")
    address = page.evaluate(
        """async ([kind, code]) => {
          const body = new FormData();
          body.set("kind", kind);
          body.set("code", code);
          const token = document.cookie.split("; ").find((one) => one.startsWith("chengmai_csrf=")).split("=")[1];
          const headers = { "X-CSRFToken": decodeURIComponent(token) };
          return (await (await fetch("/act/studio.open", { method: "POST", body, headers })).json()).go;
        }""",
        [kind, code],
    )
    page.close()
    assert re.fullmatch(r"/studio/\d+", address)
    return str(address)


def box(page: Page, name: str) -> Locator:
    """A box of the form by the way to its field."""
    return page.locator(f"form[data-editor] [name='{name}']:not([type='hidden'])")


def state(page: Page) -> Locator:
    """What the bar says of saving."""
    return page.locator("#save-state")


def posts(reader: Reader, act: str) -> int:
    """How often an act was asked for."""
    return sum(f"/act/{act}" in one.url for one in reader.requests)


def ready(page: Page) -> Page:
    """The page with its editor begun."""
    expect(page.locator("form[data-editor]")).to_be_visible()
    expect(state(page)).to_have_text(SAVED)
    return page


def test_a_definition_is_written_completed_checked_previewed_and_tried(who: Who) -> None:
    reader = who("editor")
    page = ready(reader.page(opened(reader)))
    for name, text in {"code": "econ.fiscal.tax_weight", "name_zh": "税收比重", "name_en": "Weight of taxes", "unit": "%",
                       "unit_en": "%", "definition_zh": "税收占一般公共预算收入的比重。", "calibre_zh": "同为累计口径。"}.items():  # fmt: skip
        box(page, name).fill(text)
    for name, word in {"frequency": "monthly", "basis": "ytd", "polarity": "higher_better", "agg_region": "sum", "agg_time": "ratio_of_sums",
                       "lowest_level": "county", "department": "finance", "theme": "fiscal", "sensitivity": "public"}.items():  # fmt: skip
        box(page, name).select_option(word)
    formula = box(page, "formula")
    formula.fill("100 * sssr")  # 税收收入 by its initials
    formula.press("End")
    option = page.locator(".offers-list [role=option]", has_text="econ.fiscal.tax")
    expect(option.first).to_be_visible()
    formula.press("ArrowDown")
    expect(formula).to_have_attribute("aria-activedescendant", re.compile("offers-"))
    formula.press("Escape")
    expect(page.locator(".offers-list")).to_have_count(0)
    formula.fill("100 * econ.fiscal.tax / econ.fiscal.revenu")
    said = page.locator(".formula-said")
    expect(said.locator("mark")).to_have_text("econ.fiscal.revenu")
    reader.requests.clear()
    formula.fill("100 * econ.fiscal.tax / econ.fiscal.revenue")
    expect(said.locator(".formula-unit")).to_contain_text("%")
    expect(page.locator("[data-error='agg_region']")).to_contain_text("比率，不能跨地区相加")
    assert posts(reader, "editor.save") == 1, "one request a pause"
    box(page, "agg_region").select_option("ratio_of_sums")
    expect(page.locator("[data-error='agg_region']")).to_have_text("")
    page.locator("a[data-side-go]", has_text="数值预览").click()
    expect(page.locator(".draft-side table")).to_contain_text("高州市")
    page.locator("a[data-side-go]", has_text="规则回测").click()
    assert "side:trial" in page.url
    box(page, "rule.type").select_option("threshold")
    box(page, "rule.op").select_option("<")
    for level, bound in {"red": "40", "orange": "46", "yellow": "52", "blue": "60"}.items():
        box(page, f"rule.{level}").fill(bound)
    tried = page.locator(".trial-colours")
    expect(tried).not_to_have_attribute("data-openings", "0")
    before = int(str(tried.get_attribute("data-openings")))
    box(page, "rule.persist").fill("200")
    expect(tried).to_have_attribute("data-openings", "0")
    assert before > 0
    assert not barriers(page)
    page.reload()
    ready(page)
    expect(page.locator(".trial-colours")).to_have_attribute("data-openings", "0")
    expect(box(page, "formula")).to_have_value("100 * econ.fiscal.tax / econ.fiscal.revenue")
    page.locator("#editor-undo").click()
    expect(box(page, "rule.persist")).to_have_value("")
    assert not reader.errors


def test_two_editors_see_each_other_and_no_network_loses_nothing(who: Who) -> None:
    reader = who("editor")
    address = opened(reader, "input", "econ.fiscal.tax_all")
    first, second = ready(reader.page(address)), ready(reader.page(address))
    began = box(first, "definition_zh").input_value()
    box(first, "name_en").fill("All taxes, by one")
    expect(state(first)).to_have_text(SAVED)
    box(second, "definition_zh").fill("另一位写的定义。")
    expect(box(second, "name_en")).to_have_value("All taxes, by one")  # taken along, and said
    box(second, "name_en").fill("All taxes, by two")
    expect(state(second)).to_have_text(SAVED)
    box(first, "name_en").fill("All taxes, by three")
    conflict = first.locator(".conflict")
    expect(conflict).to_contain_text("All taxes, by two")
    expect(conflict).to_contain_text("All taxes, by three")
    first.locator("#editor-resolve").click()
    expect(first.locator("[data-error='~choose.name_en']")).to_contain_text("还没有选保留哪一边")
    first.locator("[name='~choose.name_en'][value='mine']").check()
    first.locator("#editor-resolve").click()
    expect(conflict).to_have_count(0)
    expect(box(first, "name_en")).to_have_value("All taxes, by three")
    expect(box(first, "definition_zh")).to_have_value("另一位写的定义。")

    reader.context.set_offline(True)
    box(first, "definition_zh").fill("没有网络时写的。")
    expect(state(first)).to_contain_text("连不上服务器")
    reader.context.set_offline(False)
    expect(state(first)).to_have_text(SAVED)
    box(first, "definition_zh").fill(began)
    first.locator(".rail-link[href^='/economy']").click()
    expect(first.locator("form[data-editor]")).to_have_count(0)
    back = ready(reader.page(address, *PHONE))
    expect(box(back, "definition_zh")).to_have_value(began)
    assert back.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    assert not reader.errors
