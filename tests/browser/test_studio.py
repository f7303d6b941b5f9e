"""A definition from its first word to the boards of others, by three people; a calibre that changes; a rule that cries wolf."""

import re
from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Reader, drawn

Who = Callable[[str], Reader]

NEW = "econ.story.tertiary_share"
TODAY_FIELD = "#field-valid_from"


def saved(page: Page, fill: Callable[[], object]) -> None:
    """Type, and wait until the draft has saved itself."""
    with page.expect_response(lambda one: "/act/editor.save" in one.url) as asked:
        fill()
    assert asked.value.status == 200, asked.value.text()
    expect(page.locator("#save-state")).to_contain_text("已保存")


def done(page: Page, act: str, press: Callable[[], object], status: int = 200) -> None:
    """Press, and wait until the act is answered."""
    with page.expect_response(lambda one: f"/act/{act}" in one.url) as asked:
        press()
    assert asked.value.status == status, asked.value.text()


def state(page: Page, word: str) -> None:
    """Wait until the draft stands there."""
    expect(page.locator(".draft-state").first).to_have_text(word)


def box(page: Page, name: str):
    """A box of the form."""
    return page.locator(f'form[data-editor] [name="{name}"]')


def new_draft(page: Page) -> str:
    """Press the button for a new indicator; the address of its draft."""
    page.get_by_role("button", name="新建指标").click()
    page.wait_for_url(re.compile(r"/studio/\d+"))
    page.wait_for_selector("form[data-editor]")
    return re.sub(r"^https?://[^/]+|\?.*$", "", page.url)


def test_a_new_indicator_from_form_to_board(who: Who) -> None:
    editor, reviewer, publisher, leader = (
        who(name) for name in ("editor", "reviewer", "publisher", "leader")
    )
    page = editor.page("/studio")
    way = new_draft(page)

    # one form, refused at its fields with what to do
    texts = {
        "code": NEW, "name_zh": "第三产业占比（故事）", "name_en": "Tertiary share (story)",
        "definition_zh": "第三产业增加值占地区生产总值的比重。", "calibre_zh": "分子分母同为当年价累计。",
        "unit": "%", "unit_en": "%", "formula": "100 * econ.gdp.tertiary / econ.gdp.nowhere",
    }  # fmt: skip
    choices = {
        "theme": "general", "department": "stats", "sensitivity": "public", "frequency": "quarterly", "basis": "ytd",
        "polarity": "higher_better", "lowest_level": "county", "agg_region": "sum", "agg_time": "ratio_of_sums",
    }  # fmt: skip

    def write() -> None:
        for name, text in texts.items():
            box(page, name).fill(text)

    saved(page, write)
    page.reload()
    page.wait_for_selector("form[data-editor]")
    expect(box(page, "name_zh")).to_have_value("第三产业占比（故事）")

    def choose() -> None:
        for name, word in choices.items():
            box(page, name).select_option(word)

    saved(page, choose)
    expect(page.locator('[data-error="formula"]')).to_contain_text("econ.gdp.nowhere")
    expect(page.locator('[data-error="agg_region"]')).not_to_be_empty()
    saved(page, lambda: box(page, "formula").fill("100 * econ.gdp.tertiary / econ.gdp.total"))
    saved(page, lambda: box(page, "agg_region").select_option("ratio_of_sums"))
    expect(page.locator('[data-error="formula"]')).to_be_empty()

    # a rule, tried on three years
    box(page, "rule.type").select_option("threshold")
    box(page, "rule.op").select_option("<")
    saved(page, lambda: (box(page, "rule.red").fill("10"), box(page, "rule.yellow").fill("30")))
    page.locator(".draft-send #field-reason").fill("规划要求按季监测服务业占比")
    done(page, "studio.submit", lambda: page.get_by_role("button", name="送审").click())
    state(page, "送审")
    assert page.locator("form[data-editor]").count() == 0

    # the second sees every line and the frozen values, and cannot be the first
    review = reviewer.page("/work")
    review.get_by_role("link", name=re.compile("定义变更待您审核")).click()
    review.get_by_role("link", name="第三产业占比（故事）").click()
    review.wait_for_url(re.compile(way))
    expect(review.locator('[data-path="formula"]')).to_contain_text("econ.gdp.tertiary")
    expect(review.locator(".draft-preview")).to_contain_text("茂名市")
    expect(review.locator(".draft-trials")).to_contain_text("草案")
    report = Axe().run(review, options={"runOnly": ["wcag2a", "wcag2aa"]})
    assert report.violations_count == 0, report.generate_report()
    done(review, "studio.approve", lambda: review.get_by_role("button", name="审核通过").click())
    state(review, "待发布")

    # the third sets the day
    release = publisher.page(way)
    release.on("dialog", lambda dialog: dialog.accept())
    done(release, "studio.publish", lambda: release.get_by_role("button", name="发布", exact=True).click())
    state(release, "已发布")

    # others see it without a restart: on its page, and as a number sheet over a board
    seen = leader.page(f"/economy?sheet={NEW}")
    for _ in range(20):
        if seen.locator(".sheet").filter(has_text="第三产业占比（故事）").count():
            break
        seen.wait_for_timeout(500)
        seen.reload()
        drawn(seen)
    expect(seen.locator(".sheet").first).to_contain_text("第三产业占比（故事）")
    expect(seen.locator(".sheet").first).to_contain_text("%")


def test_a_calibre_changes_for_a_day_to_come_and_is_taken_back(who: Who) -> None:
    editor, reviewer, publisher = (who(name) for name in ("editor", "reviewer", "publisher"))
    page = editor.page("/indicator/sign.env.water_good")
    page.get_by_role("button", name="修改定义").click()
    page.wait_for_selector("form[data-editor]")
    way = re.sub(r"^https?://[^/]+|\?.*$", "", page.url)
    before = box(page, "calibre_zh").input_value()
    saved(page, lambda: box(page, "calibre_zh").fill(before + "自新断面起计。"))

    # the second of two who write the same draft sees what the first saved, and nothing is lost
    other = editor.page(way)
    saved(page, lambda: box(page, "name_en").fill("Share of good water (new sections)"))
    with other.expect_response(lambda one: "/act/editor.save" in one.url):
        box(other, "name_en").fill("Good water share")
    expect(other.locator(".conflict")).to_contain_text("Share of good water (new sections)")
    expect(box(other, "name_en")).to_have_value("Good water share")
    other.close()

    page.locator("#field-reason").fill("断面调整")
    page.locator("#field-change").select_option("calibre")
    done(page, "studio.submit", lambda: page.get_by_role("button", name="送审").click(), 422)
    expect(page.locator('[data-error="break_date"]')).not_to_be_empty()
    expect(page.locator("#field-reason")).to_have_value("断面调整")
    page.locator("#field-break_date").fill("2026-01-01")
    done(page, "studio.submit", lambda: page.get_by_role("button", name="送审").click())
    state(page, "送审")

    review = reviewer.page(way)
    expect(review.locator('[data-path="calibre_zh"] mark')).to_have_text("自新断面起计。")
    expect(review.locator('[data-path^="calibre_breaks"]').first).to_contain_text("2026-01-01")
    done(review, "studio.approve", lambda: review.get_by_role("button", name="审核通过").click())

    release = publisher.page(way)
    release.on("dialog", lambda dialog: dialog.accept())
    release.locator("#field-valid_from").fill("2099-01-01")
    done(release, "studio.publish", lambda: release.get_by_role("button", name="发布", exact=True).click())
    state(release, "待生效")
    expect(release.locator("#toasts")).to_contain_text("2099-01-01")
    release.get_by_text("撤回尚未生效的发布").click()
    release.locator("#field-why").fill("断面名录还要核对")
    done(release, "studio.withdraw", lambda: release.get_by_role("button", name="撤回", exact=True).click())
    state(release, "撤回")
    page.goto(editor.product.address + "/indicator/sign.env.water_good")
    expect(page.locator(".panel-studio")).to_contain_text("撤回")


def test_a_proposed_change_of_a_rule_becomes_a_draft_of_its_indicator(who: Who) -> None:
    editor, stranger = who("editor"), who("analyst")
    page = editor.page("/rule/econ.retail.total?filter=yellow:1")
    page.locator("#propose").scroll_into_view_if_needed()
    page.locator("#propose #field-reason").fill("黄色界限过紧")
    done(page, "rule.propose", lambda: page.get_by_role("button", name="提出修改").click())
    page.goto(editor.product.address + "/studio?filter=show:proposals")
    proposal = page.locator(".proposal").filter(has_text="黄色界限过紧")
    done(page, "studio.adopt_rule", lambda: proposal.get_by_role("button", name="采纳为草稿").click())
    page.wait_for_selector("form[data-editor]")
    way = re.sub(r"^https?://[^/]+|\?.*$", "", page.url)
    expect(page.locator('[data-path="rule.yellow"] .is')).to_contain_text("1")

    # who has no part in definitions finds nothing there
    alien = stranger.page(way)
    expect(alien.locator("[data-state=failed]")).to_contain_text("没有这份草稿")

    # given up, so that the definition is free again for others
    page.get_by_text("撤回草稿").click()
    page.locator("#field-why").fill("演示结束")
    done(page, "studio.withdraw", lambda: page.get_by_role("button", name="撤回", exact=True).click())
    state(page, "撤回")
