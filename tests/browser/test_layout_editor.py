"""An editor changes what a board shows, and sees it on the screens of others."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Dialog, Page, expect

from tests.browser.conftest import Reader

BOARD = "/digital"
EDIT = f"{BOARD}?edit=layout"
ADDED, FIRST, SECOND = "dgov.svc.mobile_rate", "dgov.net.coverage", "dgov.data.share_rate"

Who = Callable[[str], Reader]


def order(page: Page) -> list[str]:
    """The number cards on the screen, by indicator."""
    return list(page.locator("[data-indicator]").evaluate_all("all => all.map(one => one.dataset.indicator)"))


def tools(page: Page, name: str):
    """The tools of one card or panel."""
    return page.get_by_role("group", name=name, exact=True)


def standing(page: Page):
    """How the draft stands to what is in force."""
    return page.locator(".edit-bar [role=status]")


def settled(page: Page, act: str, press: Callable[[], None]) -> None:
    """Press, and wait until the act is answered and the page drawn anew."""
    bar = page.locator(".edit-bar")
    before = bar.get_attribute("data-revision")
    with page.expect_response(lambda one: f"/act/{act}" in one.url) as asked:
        press()
    assert asked.value.status == 200, asked.value.text()
    expect(bar).not_to_have_attribute("data-revision", before or "")


def publish(page: Page, note: str) -> None:
    page.locator("#menu-publish > summary").click()
    page.get_by_label("改了什么").fill(note)
    settled(page, "layout.publish", page.get_by_role("button", name="发布，立即用于所有屏幕").click)


@pytest.fixture
def desk(who: Who) -> Page:
    """The editor's page with the pack's layout in force and no draft; afterwards it is so again."""
    page = who("editor").page(EDIT)
    yield page
    page.goto(who("editor").product.address + EDIT)
    page.wait_for_selector(".edit-bar")
    page.on("dialog", lambda dialog: dialog.accept())
    drop(page)
    if "现行第" in standing(page).inner_text():
        page.locator("#menu-versions > summary").click()
        settled(page, "layout.restore", page.locator("#restore-0").click)
        if page.locator("#menu-publish").count():
            publish(page, "恢复原样")
    drop(page)


def drop(page: Page) -> None:
    """Give the draft up, where there is one."""
    discard = page.get_by_role("button", name="放弃草稿")
    if discard.count():
        settled(page, "layout.discard", discard.click)


def test_what_an_editor_publishes_stands_on_the_open_boards_of_others(who: Who, desk: Page):
    open_board = who("leader").page(BOARD)
    before = order(open_board)
    assert before[:2] == [FIRST, SECOND]
    assert ADDED not in before

    desk.locator("#menu-add > summary").click()
    desk.get_by_label("查找指标或面板").fill("掌上可办")
    settled(desk, "layout.add", desk.get_by_role("button", name=re.compile("^掌上可办率")).click)
    settled(desk, "layout.move", tools(desk, "电子政务外网覆盖率").get_by_role("button", name="往后移").click)
    settled(
        desk, "layout.resize", lambda: tools(desk, "掌上可办率").get_by_role("combobox").select_option("wide")
    )
    draft = order(desk)
    assert draft[:2] == [SECOND, FIRST]
    assert ADDED in draft
    assert order(open_board) == before, "a draft is nobody else's matter"

    desk.reload()
    expect(standing(desk)).to_contain_text("改动 2 处")
    assert order(desk) == draft, "the draft saved itself"

    publish(desk, "把共享率放到最前，加上掌上可办率")
    expect(open_board.locator(f"[data-indicator='{ADDED}']")).to_have_class(
        re.compile("tile-wide"), timeout=10_000
    )
    assert order(open_board) == draft

    desk.locator("#menu-versions > summary").click()
    expect(desk.locator(".versions")).to_contain_text("把共享率放到最前，加上掌上可办率")
    settled(desk, "layout.restore", desk.locator("#restore-0").click)
    publish(desk, "恢复")
    expect(open_board.locator(f"[data-indicator='{ADDED}']")).to_have_count(0, timeout=10_000)
    assert order(open_board) == before


def test_a_step_is_taken_back_and_the_focus_stays_on_the_button(desk: Page):
    before = order(desk)
    later = tools(desk, "电子政务外网覆盖率").get_by_role("button", name="往后移")
    later.focus()
    settled(desk, "layout.move", lambda: desk.keyboard.press("Enter"))
    assert order(desk) != before
    expect(later).to_be_focused()
    settled(desk, "layout.undo", desk.get_by_role("button", name="撤销上一步").click)
    assert order(desk) == before


def test_a_card_is_dragged_to_another_place(desk: Page):
    before = order(desk)
    third = tools(desk, "政务服务“一网通办”办件率").locator(".edit-name")
    first = tools(desk, "电子政务外网覆盖率").locator(".edit-name")
    settled(desk, "layout.move", lambda: third.drag_to(first))
    assert order(desk)[:3] == [before[2], before[0], before[1]]


def test_two_windows_on_one_draft_see_each_other_before_they_write_over(who: Who, desk: Page):
    other = who("editor").page(EDIT)
    settled(desk, "layout.remove", tools(desk, "电子政务外网覆盖率").get_by_role("button", name="移除").click)
    tools(other, "政务数据共享率").get_by_role("button", name="移除").click()
    expect(other.locator(".toast")).to_contain_text("刚被 editor 改过")
    expect(other.locator(f"[data-indicator='{FIRST}']")).to_have_count(0)
    assert SECOND in order(other), "nothing was written over"


@pytest.mark.parametrize("name", ["leader", "county"])
def test_nobody_else_reaches_the_editor_by_address_or_by_post(who: Who, name: str):
    page = who(name).page(EDIT)
    expect(page.locator(".board-head")).to_contain_text("edit=layout")
    assert not page.locator(".edit-bar, .edit-tools, .edit-entrance").count()
    status = page.evaluate(
        """async () => {
            const token = document.cookie.match(/chengmai_csrf=([^;]+)/)[1];
            const body = new URLSearchParams({board: 'digital', level: 'city', owner: '', seen: '0', section: 'overview',
                                              place: '0'});
            const answer = await fetch('/act/layout.remove', {method: 'POST', body, headers: {'X-CSRFToken': token}});
            return answer.status;
        }"""
    )
    assert status == 403


def test_every_level_has_its_own_layout_and_its_own_preview(desk: Page):
    desk.get_by_role("navigation", name="预览的层级").get_by_role("link", name="镇街级").click()
    expect(desk.locator(".edit-bar h2")).to_have_text("编辑版面：镇街级")
    assert "dgov.eval.score" not in order(desk)
    settled(desk, "layout.remove", tools(desk, "实际网上办结率").get_by_role("button", name="移除").click)
    desk.get_by_role("navigation", name="预览的层级").get_by_role("link", name="市级", exact=True).click()
    expect(standing(desk)).to_contain_text("还没有改动")
    desk.go_back()
    expect(standing(desk)).to_contain_text("改动 1 处")
    desk.once("dialog", lambda dialog: dialog.accept())
    drop(desk)


def test_an_issue_stands_at_its_field_and_a_half_written_note_is_not_lost_without_a_question(desk: Page):
    settled(desk, "layout.remove", tools(desk, "电子政务外网覆盖率").get_by_role("button", name="移除").click)
    desk.locator("#menu-publish > summary").click()
    note = desk.get_by_label("改了什么")
    desk.get_by_role("button", name="发布，立即用于所有屏幕").click()
    expect(desk.locator("#note-error")).to_contain_text("没有写改了什么")
    expect(note).to_have_attribute("aria-invalid", "true")
    expect(note).to_be_focused()

    note.fill("还没写完")
    expect(desk.locator("#note-error")).to_be_empty()
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    desk.on("dialog", stay)
    address = desk.url
    desk.get_by_role("link", name="方案目标").click()
    desk.evaluate("history.back()")
    desk.wait_for_timeout(500)
    assert desk.url == address
    assert len(asked) == 2
    assert "还没有提交" in asked[0]
    expect(note).to_have_value("还没写完")
    desk.remove_listener("dialog", stay)
    desk.once("dialog", lambda dialog: dialog.accept())
    desk.get_by_role("link", name="方案目标").click()
    expect(desk.locator(".segments a[aria-current=page]", has_text="方案目标")).to_be_visible()


@pytest.mark.parametrize("choice", ["lang=en&mode=light"])
def test_the_editor_has_no_serious_fault_for_those_who_see_or_point_otherwise(
    desk: Page, who: Who, choice: str
):
    desk.goto(f"{who('editor').product.address}{EDIT}&{choice}")
    desk.wait_for_selector(".edit-bar")
    desk.locator("#menu-add > summary").click()
    found = Axe().run(desk).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []


def test_the_editor_speaks_the_language_of_its_reader(desk: Page, who: Who):
    desk.goto(f"{who('editor').product.address}{EDIT}&lang=en")
    desk.wait_for_selector(".edit-bar")
    desk.locator("#menu-add > summary").click()
    said = desk.locator(".edit-bar").inner_text() + "".join(desk.locator(".edit-tools").all_inner_texts())
    assert not re.search(r"[\u4e00-\u9fff]", said)
