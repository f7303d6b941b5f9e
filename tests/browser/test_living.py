"""What changes under a reader: the standard and not the air (B2), definitions as files, a publication on open pages."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Reader

SLOW = 30_000
"""How long a board may take to be drawn on a machine that is busy with other tests, in milliseconds."""

GOOD_DAYS = "/signs?lang=zh&theme=d5&map=sign.env.good_days"


def lines(page: Page, graph: str) -> list[dict]:
    """The lines of a drawn figure: name and values."""
    return page.evaluate(
        "(one) => document.querySelector(`#${one} .js-plotly-plot, #${one}.js-plotly-plot`)"
        ".data.map((line) => ({name: line.name, y: line.y, dash: (line.line || {}).dash}))",
        graph,
    )


def test_the_standard_changed_and_not_the_air(who):
    desk: Reader = who("analyst")
    page = desk.page(GOOD_DAYS)
    panel = page.locator(".panel-trend")
    note = panel.locator("[data-break=calibre]")
    expect(note).to_contain_text("2026-03", timeout=SLOW)
    expect(note).to_contain_text("不作同比")
    expect(panel.locator(".annotation-text", has_text="口径变更")).to_be_visible()
    whole = {line["name"] for line in lines(page, "trend")}
    assert not any("回溯" in name for name in whole)
    # the line of the year ends at the break and begins anew behind it
    own = [line for line in lines(page, "trend") if line["name"] == "2026年"]
    assert [len(line["y"]) > 0 for line in own] == [True, True]
    assert len(own[0]["y"]) == 2

    page.goto(page.url + "&sheet=sign.env.good_days")
    expect(page.locator(".sheet")).to_contain_text("口径有变，两期不可比", timeout=SLOW)

    page.goto(desk.product.address + GOOD_DAYS)
    page.locator("[data-switch=calibre]").click()
    expect(page.locator("[data-switch=calibre]")).to_have_attribute("aria-pressed", "true", timeout=SLOW)
    assert "calibre%3Arecast" in page.url or "calibre:recast" in page.url
    named = lines(page, "trend")
    assert {line["dash"] for line in named if "回溯" in line["name"]} == {"dot"}
    expect(page.locator("[data-indicator='sign.env.good_days']").first).to_contain_text("同比（回溯口径）")


def test_each_period_is_judged_by_the_limit_of_its_day_unless_one_asks_what_if(who):
    desk: Reader = who("analyst")
    page = desk.page("/rule/sign.env.pm25?lang=zh")
    expect(page.locator("[data-break=limit]")).to_contain_text("限值改为 30", timeout=SLOW)
    expect(page.locator(".annotation-text", has_text="限值改为 30")).to_be_visible()
    assert page.locator(".what-if").count() == 0
    page.locator("[data-switch=limit]").click()
    expect(page.locator(".what-if")).to_contain_text("假设", timeout=SLOW)
    expect(page.locator(".panel-outcome thead")).to_contain_text("假设：今天的限值")
    assert page.locator("[data-break=limit]").count() == 0
    again = desk.page(page.url.removeprefix(desk.product.address))
    expect(again.locator(".what-if")).to_be_visible(timeout=SLOW)
    again.locator("[data-switch=limit]").click()
    expect(again.locator(".what-if")).to_have_count(0, timeout=SLOW)


def test_definitions_travel_as_files_and_come_back_as_drafts(who, tmp_path):
    desk: Reader = who("editor")
    page = desk.page("/studio/files?lang=zh")
    with page.expect_download() as taken:
        page.get_by_role("link", name="下载（.zip）").click()
    archive = tmp_path / "definitions.zip"
    taken.value.save_as(archive)
    page.set_input_files("input[name=file]", archive)
    page.get_by_role("button", name="查看差异").click()
    expect(page.locator("[data-differences]")).to_contain_text("0 处差异", timeout=SLOW)
    assert page.get_by_role("button", name="建成").count() == 0

    page.set_input_files(
        "input[name=file]", {"name": "坏.yaml", "mimeType": "text/yaml", "buffer": b"inputs: [{code: [}]"}
    )
    page.get_by_role("button", name="查看差异").click()
    expect(page.locator(".import-issues")).to_contain_text("不是合格的 YAML", timeout=SLOW)
    expect(page.locator(".import-issues")).to_contain_text("坏.yaml:1")
    assert not desk.errors
