"""征集、评选 and 绩效评分 in a real browser: four people and a call, three people and a scorecard."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Reader
from tests.browser.test_incidents import act, fill

Who = Callable[[str], Reader]

PROPOSAL = {
    "unit": "小时", "frequency": "monthly", "purpose": "看窗口快慢", "definition_zh": "从取号到叫号的平均时长",
    "source": "叫号系统",
}  # fmt: skip


def address(page: Page) -> str:
    """Where a page stands, without its query."""
    return "/" + page.url.split("/", 3)[3].split("?")[0]


def drawn_form(page: Page) -> Page:
    page.wait_for_selector(".main form.collection-form")
    return page


def proposed(page: Page, name: str) -> None:
    fill(drawn_form(page), name_zh=name, **PROPOSAL)
    act(page, "call.propose", page.get_by_role("button", name="提交建议").click)


def test_an_indicator_is_called_for_scored_selected_and_drafted(who: Who) -> None:
    # a call with a deadline: what is wrong stands at its field, and nothing typed is lost
    editor = who("editor").page("/calls?edit=announce")
    fill(drawn_form(editor), title="窗口服务指标", purpose="征集窗口服务指标。", weight_cost="5")
    act(editor, "call.announce", editor.locator(".collection-form button[type=submit]").click, status=422)
    expect(editor.locator("[data-error=weight_relevance]")).to_contain_text("90")
    expect(editor.locator("#field-title")).to_have_value("窗口服务指标")
    fill(editor, weight_cost="15")
    act(editor, "call.announce", editor.locator(".collection-form button[type=submit]").click)
    editor.wait_for_url(re.compile(r"/calls/\d+"))
    call = address(editor)

    # a department and a county propose; neither sees the other's, and the one who runs it sees a number only
    clerk = who("clerk").page(f"{call}?edit=propose")
    proposed(clerk, "窗口平均等候时长")
    county = who("county").page(f"{call}?edit=propose")
    proposed(county, "县级大厅周末开放率")
    expect(county.locator(".call-ranking tbody tr")).to_have_count(1, timeout=20_000)
    expect(county.locator(".call-ranking")).to_contain_text("县级大厅周末开放率")
    expect(editor.locator(".panel-register .panel-facts").first).to_contain_text(
        "2", timeout=20_000
    )  # the open page follows
    expect(editor.locator(".call-ranking tbody tr")).to_have_count(0)

    # the expert scores by criteria
    editor.once("dialog", lambda dialog: dialog.accept())
    act(editor, "call.close_entry", editor.get_by_role("button", name="提前截止，开始评分").click)
    expect(editor.locator("[data-call]")).to_have_attribute("data-state", "scoring", timeout=20_000)
    expert = who("expert").page(call)
    for row, points in ((0, "9"), (1, "6")):
        expert.locator(".call-ranking tbody th a").nth(row).click()
        expect(expert.locator(".call-ranking tbody th a").nth(row)).to_have_attribute("aria-expanded", "true")
        fill(
            drawn_form(expert),
            **dict.fromkeys(("score_relevance", "score_availability", "score_cost"), points),
        )
        if row == 0:
            act(expert, "call.score", expert.get_by_role("button", name="提交评分").click, status=422)
            expect(expert.locator("[data-error=score_comparability]")).to_have_text("这一项必须填写。")
        fill(expert, score_comparability=points)
        act(expert, "call.score", expert.get_by_role("button", name="提交评分").click)
        expect(expert.locator(".call-ranking tbody td").nth(2 * row + 1)).to_have_text(
            "已评分", timeout=20_000
        )
    expect(editor.locator(".call-ranking tbody td.rank")).to_have_count(0)

    # the ranking, the selection with reasons, and the draft that comes of it
    editor.once("dialog", lambda dialog: dialog.accept())
    act(editor, "call.close_scores", editor.get_by_role("button", name="结束评分，开始评选").click)
    expect(editor.locator(".call-ranking td.rank")).to_have_text(["1", "2"], timeout=20_000)
    for row, outcome in ((0, "selected"), (1, "declined")):
        editor.locator(".call-ranking tbody th a").nth(row).click()
        expect(editor.locator(".call-ranking tbody th a").nth(row)).to_have_attribute("aria-expanded", "true")
        fill(drawn_form(editor), outcome=outcome, reason="按排名和数据来源。")
        act(editor, "call.decide", editor.get_by_role("button", name="保存结论").click)
        expect(editor.locator(f".call-ranking [data-state={outcome}]")).to_have_count(1, timeout=20_000)
    finish = who("editor").page(f"{call}?edit=finish")
    finish.once("dialog", lambda dialog: dialog.accept())
    act(finish, "call.finish", drawn_form(finish).locator(".collection-form button[type=submit]").click)
    expect(clerk.locator(".call-ranking [data-state=selected]")).to_have_count(1, timeout=20_000)
    finish.goto(
        finish.url.split("?")[0]
        + "?open=proposal:"
        + str(finish.locator("tr[data-proposal]").first.get_attribute("data-proposal"))
    )
    act(finish, "call.draft", finish.get_by_role("button", name="转为定义草稿").click)
    finish.wait_for_url(re.compile(r"/studio/\d+"))


def test_a_scorecard_is_shown_appealed_against_and_ruled_and_evidence_is_accepted(who: Who) -> None:
    # lines with weights and stated rules
    editor = who("editor").page("/plans?theme=cards&edit=card")
    fill(drawn_form(editor), title="县区平台应用评分", subjects="county")
    act(editor, "scorecard.create", editor.locator(".collection-form button[type=submit]").click)
    editor.wait_for_url(re.compile(r"/scorecard/\d+"))
    card = address(editor)
    for name, weight, more in (
        (
            "热线按期办结",
            "60",
            {"way": "scale", "indicator": "sign.gov.hot_ontime", "zero": "80", "full": "98"},
        ),
        ("平台应用", "40", {"way": "hand"}),
    ):
        editor.goto(f"{editor.url.split('?')[0]}?edit=line")
        fill(drawn_form(editor), name=name, weight=weight, **more)
        act(editor, "scorecard.put", editor.get_by_role("button", name="保存评分项").click)
        expect(editor.locator(".lines")).to_contain_text(name, timeout=20_000)
    editor.goto(f"{editor.url.split('?')[0]}?edit=score")
    fill(drawn_form(editor), subject="440981000000", score="70", evidence="月度通报")
    act(editor, "scorecard.give", editor.get_by_role("button", name="保存得分").click)
    editor.goto(f"{editor.url.split('?')[0]}?edit=show")
    act(editor, "scorecard.show", drawn_form(editor).locator(".collection-form button[type=submit]").click)
    expect(editor.locator("[data-card]")).to_have_attribute("data-state", "shown", timeout=20_000)
    expect(editor.locator(".scores tbody tr")).to_have_count(5)

    # a county sees its own, and appeals; the editor decides with a new score
    county = who("county").page(f"{card}?edit=appeal")
    expect(county.locator(".scores tbody tr")).to_have_count(1)
    fill(drawn_form(county), item="i2", text="九月停机五天，请重评。")
    act(county, "scorecard.appeal", county.get_by_role("button", name="提交申诉").click)
    editor.locator("[data-appeal] a", has_text="裁定").click(timeout=20_000)
    fill(drawn_form(editor), ruling="upheld", score="85", reason="情况属实。")
    act(editor, "scorecard.rule", editor.get_by_role("button", name="保存裁定").click)
    expect(county.locator("[data-appeal]")).to_contain_text("改为 85.0 分。情况属实。", timeout=20_000)
    with editor.expect_download() as download:
        editor.get_by_role("link", name="XLSX").click()
    assert download.value.suggested_filename.endswith(".xlsx")

    # a milestone of the plan: the owner hands in evidence, and it counts once it is accepted
    editor.goto(f"{editor.url.split('/scorecard')[0]}/plans?filter=plan:maoming2021")
    row = editor.locator("tr[data-target]", has_text="完成非试点应用专题建设")
    expect(row).to_have_attribute("data-state", "unknown")
    key = row.get_attribute("data-target")
    editor.goto(f"{editor.url.split('?')[0]}?open=target:{key}&edit=owner")
    fill(drawn_form(editor), department="finance")
    act(editor, "target.assign", editor.get_by_role("button", name="指定责任部门").last.click)
    clerk = who("clerk").page(f"/plans?open=target:{key}&edit=evidence")
    fill(drawn_form(clerk), done_on="2022-12-20", title="验收报告", citation="茂政数〔2022〕88号")
    act(clerk, "evidence.add", drawn_form(clerk).locator(".collection-form button[type=submit]").click)
    editor.goto(f"{editor.url.split('?')[0]}?open=target:{key}")
    fill(drawn_form(editor), ruling="accepted")
    act(editor, "evidence.rule", editor.get_by_role("button", name="保存结论").click)
    expect(clerk.locator(".proposal-card")).to_contain_text("2022-12-20 验收报告", timeout=20_000)
