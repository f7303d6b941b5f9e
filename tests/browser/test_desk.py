"""The data desk in a browser: a month is loaded from the template to the board, and one cell of it is corrected."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.browser.conftest import Reader, drawn
from tests.browser.test_everybody import barriers

Who = Callable[..., Reader]

HUAZHOU = "440982000000"
REVENUE = "econ.fiscal.revenue"
DESK = f"/desk?region={HUAZHOU}&lang=zh"
DOUBTFUL = f"""指标代码,区划代码,期别,数值
{REVENUE},{HUAZHOU},2025-10,12
{REVENUE},{HUAZHOU},2026-10,900
{REVENUE},没有这个县,2026-10,12
econ.gdp.total,{HUAZHOU},2026-Q3,100
econ.gdp.primary,{HUAZHOU},2026-Q3,20
econ.gdp.secondary,{HUAZHOU},2026-Q3,20
econ.gdp.tertiary,{HUAZHOU},2026-Q3,20
sign.env.good_days,{HUAZHOU},2026-10,120
econ.fiscal.expenditure,{HUAZHOU},2026-10,
"""

PASTE = """text => {
  const block = new DataTransfer();
  block.setData("text/plain", text);
  const paste = new ClipboardEvent("paste", { clipboardData: block, bubbles: true, cancelable: true });
  document.activeElement.dispatchEvent(paste);
}"""


def note(page: Page, row: int, column: int) -> object:
    """What is told below a cell of the grid."""
    return page.locator(f"#note-0-{row}-{column}")


def typed(page: Page, row: int, column: int, text: str) -> None:
    """Type into a cell of the grid, and wait until it is saved."""
    page.locator(f"[data-cell='{row}:{column}']").fill(text)
    expect(page.locator("#desk-saved")).to_contain_text("已保存", timeout=15_000)
    expect(page.locator("[data-grid]")).not_to_have_attribute("data-typed", "")


def sent(page: Page, path: Path) -> str:
    """Send a file, and come to its delivery; gives the number of it."""
    page.locator("input[name=file]").set_input_files(path)
    page.get_by_role("button", name="上传并核对").click()
    page.wait_for_url("**/desk/*")
    expect(page.locator(".desk-grid")).to_be_visible()
    return page.url.split("?")[0].rsplit("/", 1)[1]


def test_a_month_is_loaded_previewed_released_and_one_cell_corrected(who: Who, tmp_path: Path) -> None:
    clerk = who("clerk")
    page = clerk.page(DESK)
    page.get_by_text("已到齐的").click()
    line = page.locator(".desk-due-line", has_text="2026年10月31日").first
    with page.expect_download() as download:
        line.get_by_role("link", name="下载模板").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    book = load_workbook(path)
    rows = {row[0].value: row for row in book.active.iter_rows(min_row=5)}
    rows[REVENUE][6].value = 77.77
    for code, row in rows.items():
        if code not in (REVENUE, "econ.fiscal.expenditure"):
            row[8].value, row[9].value = "缺报", "本期不统计"
    left = rows["econ.fiscal.expenditure"][0].row
    book.save(path)

    number = sent(page, path)  # one row was left empty: an error at its cell
    expect(note(page, left, 6)).to_contain_text("没有填")
    expect(page.get_by_role("button", name="立即发布")).to_be_disabled()
    typed(page, left, 6, "六十")
    expect(note(page, left, 6)).to_contain_text("不是数字")
    typed(page, left, 6, "60.6")
    expect(note(page, left, 6)).to_be_hidden()
    page.locator("h1").click()
    expect(page.get_by_role("button", name="立即发布")).to_be_enabled()

    page.get_by_role("link", name="经济运行", exact=True).last.click()  # the preview, marked
    drawn(page)
    assert f"preview={number}" in page.url
    expect(page.locator(".preview-said")).to_contain_text("预览")
    expect(page.locator(f"[data-indicator='{REVENUE}']").first).to_contain_text("77.77")
    other = who("leader").page(page.url.removeprefix(clerk.product.address))
    expect(other.locator(f"[data-indicator='{REVENUE}']").first).not_to_contain_text("77.77")

    page.goto(f"{clerk.product.address}/desk/{number}?lang=zh")
    page.get_by_role("button", name="立即发布").click()
    expect(page.locator(".board-head .desk-state")).to_have_text("已发布")
    try:
        page.locator(".desk-grid tr", has_text=REVENUE).get_by_role("link", name="更正").click()
        form = page.locator("form[action='/act/desk.correct']")
        expect(page.locator(".notice")).to_contain_text("77.77")
        form.locator("[name=value]").fill("76.54")
        form.get_by_role("button", name="更正").click()
        expect(form.locator("[data-error=reason]")).to_contain_text("没有写原因")
        form.locator("[name=reason]").fill("退库补记")
        form.get_by_role("button", name="更正").click()
        expect(page.locator("h1")).to_contain_text("77.77→76.54")
        expect(page.locator(".board-head .desk-state")).to_have_text("已发布")
        corrected = page.url
        page.goto(f"{clerk.product.address}/economy?region={HUAZHOU}&theme=fiscal&map={REVENUE}&lang=zh")
        expect(page.locator(f"[data-indicator='{REVENUE}']").first).to_contain_text("76.54")
        page.goto(corrected)
        undo(page)
    finally:
        page.goto(f"{clerk.product.address}/desk/{number}?lang=zh")
        undo(page)


def undo(page: Page) -> None:
    """Take the load of the delivery on the page back."""
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="撤销这批").click()
    expect(page.locator(".board-head .desk-state")).to_have_text("已撤销")


@pytest.fixture
def doubtful(who: Who, tmp_path: Path) -> Iterator[Page]:
    """A delivery with a doubt of every kind, laid aside when it has been looked at."""
    path = tmp_path / "十月.csv"
    path.write_bytes(DOUBTFUL.encode("gb18030"))
    page = who("editor").page(DESK)
    sent(page, path)
    yield page
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="搁置").click()
    page.wait_for_url("**/desk?theme=deliveries*")


def test_doubts_stand_at_their_cells_and_a_block_is_pasted_over_them(doubtful: Page) -> None:
    page = doubtful
    for row, column, said in (
        (3, 3, "相差悬殊"), (4, 1, "没有区划"), (5, 3, "各部分合计"), (9, 3, "不在 0 到 100"), (10, 3, "没有填"),
    ):  # fmt: skip
        expect(note(page, row, column)).to_contain_text(said)
    assert barriers(page) == []
    page.locator("[data-cell='4:1']").focus()
    page.evaluate(PASTE, f"{HUAZHOU}\t2026-09\t12.5\n")
    expect(note(page, 4, 1)).to_be_hidden()
    assert [page.locator(f"[data-cell='4:{at}']").input_value() for at in (1, 2, 3)] == [
        HUAZHOU,
        "2026-09",
        "12.5",
    ]
    page.locator("h1").click()
    page.get_by_role("button", name="撤销上一步").click()
    expect(note(page, 4, 1)).to_contain_text("没有区划")
    page.locator("[name=reason]").fill("与来源核对过")
    page.get_by_role("button", name="接受勾选的提示").click()
    expect(page.locator("#desk-counts")).to_contain_text("提示已接受")
