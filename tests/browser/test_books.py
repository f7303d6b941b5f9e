"""What a number means (story A5), as it was known then (B4), checking the books (B7), in a real browser."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Product, Reader, drawn

Who = Callable[[str], Reader]
SLOW = 20_000
XINYI = "440983000000"
TOTAL, EXPORT, IMPORT = "econ.trade.total", "econ.trade.export", "econ.trade.import"
SHARE = "econ.gdp.secondary_share"
REVENUE = "econ.fiscal.revenue"
HELD = "勾稽核对未通过，暂不发布"


def test_a_number_tells_what_it_means_and_leads_to_everything_about_it(who: Who) -> None:
    page = who("leader").page("/economy?theme=general")
    page.locator(f".tile[data-indicator='{SHARE}'] a.figure, a.figure[href*='sheet={SHARE}']").first.click()
    sheet = page.locator("#sheet")
    for part in ("定义", "口径", "公式", "时间", "指标"):  # what it means, how it is made, when, by whom
        expect(sheet.get_by_role("heading", name=part, exact=True)).to_be_visible()
    expect(sheet.locator(".terms li")).to_have_count(2)
    for fact in ("下次发布", "状态", "责任部门", "定义版本"):
        expect(sheet.locator("dt", has_text=fact)).to_be_visible()
    sheet.get_by_role("link", name="打开指标页").click()
    page.wait_for_url(f"**/indicator/{SHARE}*")
    expect(page.get_by_role("heading", level=1, name="第二产业增加值占比")).to_be_visible()
    shown = _number(page.locator(".panel-now .figure-number"))
    top, whole = (_number(one) for one in page.locator(".term-value b").all())
    assert abs(shown - 100 * top / whole) < 0.01  # live values: they make the figure
    for card in ("定义与口径", "谁在用", "各地区的数", "定义的版本", "与其他指标的关系"):
        expect(page.get_by_role("heading", name=card)).to_be_visible()

    # a value that is not there says why, and is no zero
    page.goto(page.url.split("?")[0].replace(SHARE, "econ.job.survey_unemp"))
    drawn(page)
    expect(page.locator(".one-indicator")).to_contain_text("本级不发布")

    # the catalogue finds by initials while one types, keeps the question in the address, and is walked as a graph
    page.goto(who("leader").product.address + "/catalogue")
    drawn(page)
    page.locator("#catalogue-text").press_sequentially("decyzjzzb")
    expect(page.locator(".catalogue-table tbody tr")).to_have_count(1, timeout=SLOW)
    assert "q%3Adecyzjzzb" in page.url or "q:decyzjzzb" in page.url
    page.reload()
    drawn(page)
    expect(page.locator(".catalogue-table .row-name")).to_have_text("第二产业增加值占比")
    page.locator(".catalogue-tools .segments").get_by_role("link", name="关系图").click()
    expect(page.locator(".catalogue-graph")).to_be_visible()
    neighbour = page.locator(".relations-drawn a").first
    expect(neighbour).to_be_visible()
    code = page.locator(".catalogue-graph").get_attribute("data-code")
    neighbour.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".catalogue-graph")).not_to_have_attribute("data-code", str(code))

    # the tree sends what is opened, and nothing else
    page.goto(who("leader").product.address + "/catalogue")
    drawn(page)
    expect(page.locator(".tree-leaf")).to_have_count(0)
    page.locator("#tree-econ").click()
    page.locator("#tree-econ-fiscal").click()
    expect(page.locator(".tree-leaf", has_text="一般公共预算收入")).to_have_count(1)


def test_a_page_shows_what_was_known_on_a_day_and_who_changed_it_since(who: Who) -> None:
    page = who("analyst").page(f"/indicator/{REVENUE}")
    row = page.locator(".panel-revisions .revisions tbody tr").first
    period = row.locator("th").inner_text()
    old, new = (_first_number(row.locator("td").nth(place)) for place in (0, 1))
    expect(row.locator("td").nth(2)).not_to_be_empty()  # why
    expect(row.locator("td").nth(3)).not_to_be_empty()  # who
    when = re.search(r"(\d+)\s*年\s*(\d+)\s*月\s*(\d+)\s*日", row.locator("td").nth(4).inner_text())
    assert old != new
    assert when is not None
    year, month, day = map(int, when.groups())
    assert day > 1
    before = f"{year:04}-{month:02}-{day - 1:02}"  # the day before the revision
    page.locator(".picker-summary", has_text="数据截至").click()
    page.locator("#known-on").fill(before)
    page.get_by_role("button", name="看这一天").click()
    expect(page.locator(".panel-now h2")).to_contain_text("已知", timeout=SLOW)
    assert f"as_of={before}" in page.url
    assert _of_period(page, period) == old
    expect(page.locator(".panel-revisions .revisions tbody tr th", has_text=period)).to_have_count(0)
    page.reload()  # the address is the day
    drawn(page)
    assert _of_period(page, period) == old
    # a board goes along to that day, and a page that cannot says so
    page.get_by_role("link", name="在看板上看").click()
    page.wait_for_url("**/economy*")
    expect(page.locator(".board-facts")).to_contain_text("已知", timeout=SLOW)
    page.locator(".rail").get_by_role("link", name="预警中心").click()
    expect(page.locator(".known-not")).to_contain_text(before, timeout=SLOW)
    # now it is the revised figure again
    page.goto(f"{who('analyst').product.address}/indicator/{REVENUE}?filter=show:revisions")
    drawn(page)
    first = page.locator(".all-revisions tbody tr", has_text="茂名市").first
    assert _first_number(first.locator("td").nth(2)) == new


def test_what_does_not_add_up_is_held_back_until_somebody_lets_it_through(
    who: Who, cockpit: Product, tmp_path: Path
) -> None:
    wall = who("leader").page(f"/economy?region={XINYI}&theme=trade")
    tile = wall.locator(f"a.figure[href*='sheet={TOTAL}']").first
    expect(tile).not_to_contain_text("25.4")
    with _loaded(cockpit, tmp_path):
        held = wall.locator(".tile", has=wall.locator(f"a[href*='sheet={TOTAL}']")).first
        expect(held).to_contain_text(HELD, timeout=SLOW)  # the open page learns of it by itself
        expect(held).not_to_contain_text("25.4")
        sheet = who("leader").page(f"/indicator/{TOTAL}?region={XINYI}")
        expect(sheet.locator(".panel-revisions")).not_to_contain_text("25.4")
        stranger = who("leader").page("/checks")
        expect(stranger.locator(".state")).to_contain_text("您没有权限")

        page = who("editor").page("/work")
        page.get_by_role("link", name=re.compile("勾稽不符")).click()
        check = page.locator(".check", has_text="信宜市").first
        expect(check.locator(".check-gap dd")).to_contain_text("2.2")
        expect(check.locator(".check-sum dd")).to_contain_text("23.2")
        check.locator("summary").click()
        check.get_by_role("button", name="放行").click()
        expect(check.locator(".field-error")).to_contain_text(
            "必须填写"
        )  # a reason is asked for, at its field
        check.locator("textarea").fill("海关按经营单位口径，印的就是这样")
        check.get_by_role("button", name="放行").click()
        expect(page.locator(".check", has_text="信宜市")).to_have_count(0, timeout=SLOW)
        expect(tile).to_contain_text("25.4", timeout=SLOW)
        page.goto(who("editor").product.address + "/checks?filter=state:accepted")
        drawn(page)
        expect(page.locator(".check-decisions").first).to_contain_text("海关按经营单位口径")
    expect(tile).not_to_contain_text("25.4", timeout=SLOW)


@contextmanager
def _loaded(cockpit: Product, folder: Path) -> Iterator[None]:
    """A delivery whose parts do not make their total, taken back at the end."""
    lines = ["indicator,region,period,value,unit,cumulative,status,source,citation,quality"]
    for code, value in ((TOTAL, 25.4), (EXPORT, 20.1), (IMPORT, 3.1)):
        lines.append(f"{code},信宜市,2026-10,{value},亿元,累计,初步,核对演示,核对演示,A")
    file = folder / "books.csv"
    file.write_text("\n".join(lines), "utf-8")
    found = re.search(r"批次 (\d+)", cockpit.command("load", str(file)))
    assert found is not None
    try:
        yield
    finally:
        cockpit.command("undo", found[1])


def _number(place: Locator) -> float:
    return float(place.inner_text().replace(",", ""))


def _first_number(place: Locator) -> float:
    found = re.search(r"-?[\d,]+(\.\d+)?", place.inner_text())
    assert found is not None
    return float(found[0].replace(",", ""))


def _of_period(page: Page, period: str) -> float:
    """The figure of a period in the table of the last figures."""
    for fold in page.locator(".panel-now details:not([open]) > summary").all():
        fold.click()
    row = page.locator(
        ".panel-now .periods tbody tr", has=page.get_by_role("rowheader", name=period, exact=True)
    )
    expect(row).to_have_count(1)
    return _number(row.locator("td").first)
