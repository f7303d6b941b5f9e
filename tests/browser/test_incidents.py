"""Story A3: a duty officer registers an incident and carries it through its stages to the assessment."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from services.texts import Texts
from tests.browser.conftest import Reader
from tests.browser.test_everybody import barriers

LANGUAGES = ("zh", "en")
DIANBAI = "440904000000"
PHONE = (390, 844)
TARGET = 43.5

Who = Callable[[str], Reader]


def local(**ago: float) -> str:
    """A moment so long ago, on the city's clock, as a field has it."""
    return f"{datetime.now(ZoneInfo('Asia/Shanghai')) - timedelta(**ago):%Y-%m-%dT%H:%M}"


def act(page: Page, name: str, press: Callable[[], None], status: int = 200) -> None:
    """Press, and wait until the act is answered."""
    with page.expect_response(re.compile(rf"/act/{re.escape(name)}(\?|$)")) as asked:
        press()
    assert asked.value.status == status, asked.value.text()


def fill(page: Page, **fields: str) -> None:
    for name, text in fields.items():
        box = page.locator(f"#field-{name}")
        if box.evaluate("box => box.tagName") == "SELECT":
            box.select_option(text)
        else:
            box.fill(text)


def edit(page: Page, where: str, title: str, submit: str, name: str, **fields: str) -> None:
    """Open one of the forms of a card, fill it in and send it."""
    card = page.locator(where)
    card.get_by_role("link", name=title, exact=True).click()
    card.locator("form.incident-form").wait_for()
    fill(page, **fields)
    act(page, name, card.get_by_role("button", name=submit, exact=True).click)
    expect(page.locator("form.incident-form")).to_have_count(0)


def register(page: Page, t: Callable[[str], str], **fields: str) -> str:
    """Send the form of a new incident; the address of its page."""
    fill(page, **fields)
    act(page, "incident.register", page.get_by_role("button", name=t("登记事件")).click)
    page.wait_for_url(re.compile(r"/incident/\d+"))
    page.locator("[data-incident]").wait_for()
    return page.url


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_incident_walks_from_the_first_report_to_its_assessment(who: Who, language: str) -> None:
    t, reader = Texts(language).t, who("duty")
    page = reader.page(f"/emergency?lang={language}")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("link", name=t("登记事件")).click()

    # A first report before the occurrence is refused at its field, and nothing typed is lost.
    page.locator("#field-title").wait_for()
    typed = {"title": f"博贺镇沿海险情 {language}", "category": "natural", "kind": "台风", "note": "海水倒灌"}
    fill(page, **typed, region=DIANBAI, occurred_at=local(hours=4), reported_at=local(hours=5))
    act(page, "incident.register", page.get_by_role("button", name=t("登记事件")).click, 422)
    expect(page.locator("#reported_at-error")).to_contain_text(t("首报时间早于事发时间。"))
    for name, text in typed.items():
        expect(page.locator(f"#field-{name}")).to_have_value(text)

    # Late by the two stamps, without a place: both are said.
    register(page, t, reported_at=local(hours=1))
    expect(page.locator(".incident-head .status-late").first).to_contain_text(
        t("迟报：首报用时 {time}").split("{")[0].strip()
    )
    expect(page.locator(".notice")).to_contain_text(t("这起事件还没有地点，地图上看不到它。"))
    edit(
        page,
        ".incident-head",
        t("补充或更正地点"),
        t("保存地点"),
        "incident.correct",
        place="博贺渔港",
        lon="111.22",
        lat="21.48",
    )
    expect(page.locator(".notice")).to_have_count(0)

    # The stages: each with its beginning, its end and who.
    for stage in ("响应", "研判", "会商"):
        edit(page, ".incident-stages", t("进入阶段"), t("进入阶段"), "incident.stage", stage=stage)
        edit(page, ".incident-stages", t("结束阶段"), t("结束阶段"), "incident.stage_end")
        expect(page.locator(f"[data-stage={stage}]")).to_have_attribute("data-state", "done")
        expect(page.locator(f"[data-stage={stage}] .stage-run")).to_contain_text("duty")
    expect(page.locator("[data-stage=接报]")).to_have_attribute("data-state", "running")
    expect(page.locator("[data-stage=接报] time.clock")).not_to_be_empty()

    # Two levels: raising one leaves the other where it is; a plan proposes, a person accepts.
    warning, response = (
        page.locator(".incident-warning .level-now"),
        page.locator(".incident-response-level .level-now"),
    )
    edit(page, ".incident-warning", t("调整预警级别"), t("记录预警级别"), "incident.warning", level="3")
    expect(warning).to_have_attribute("data-value", "3")
    expect(response).to_have_attribute("data-value", "0")
    act(page, "incident.accept", page.get_by_role("button", name=t("采纳：启动响应并下达任务")).click)
    expect(response).to_have_attribute("data-value", "2")
    expect(warning).to_have_attribute("data-value", "3")
    expect(page.locator("[data-task]")).to_have_count(8)
    edit(page, ".incident-warning", t("调整预警级别"), t("记录预警级别"), "incident.warning", level="4")
    expect(response).to_have_attribute("data-value", "2")

    # A task is acknowledged and answered.
    task = page.locator("[data-task]").first
    act(page, "incident.task", task.get_by_role("button", name=re.compile(t("签收"))).click)
    task.get_by_role("link", name=re.compile(t("反馈"))).click()
    fill(page, answer="已会商两次")
    act(page, "incident.task", task.get_by_role("button", name=t("提交反馈")).click)
    expect(task).to_contain_text("已会商两次")

    # Figures with revisions.
    for relocated in ("120", "260"):
        edit(page, ".incident-counts", t("续报"), t("提交报告"), "incident.report", relocated=relocated)
    row = page.locator("[data-metric=relocated]")
    expect(row.locator("td").first).to_contain_text("260")
    expect(row.locator(".revisions")).to_contain_text("120")

    # The end, and the assessment after it.
    edit(page, ".incident-head", t("终止响应"), t("终止响应"), "incident.terminate", note="风雨减弱")
    expect(response).to_have_attribute("data-value", "0")
    expect(page.locator(".assessment-due")).to_contain_text(
        t("评估应在 {moment} 前完成").split("{")[0].strip()
    )
    edit(
        page,
        ".incident-assessment",
        t("完成评估"),
        t("提交评估"),
        "incident.assess",
        findings="响应及时",
        fixes="水务局：加固海堤",
    )
    expect(page.locator("[data-stage=评估]")).to_have_attribute("data-state", "done")
    expect(page.locator(".incident-assessment")).to_contain_text("加固海堤")
    assert not reader.errors
    page.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_duty_officer_registers_an_incident_on_a_phone(who: Who, language: str) -> None:
    t = Texts(language).t
    page = who("duty").page(f"/incident/new?lang={language}", *PHONE)
    small = page.evaluate(
        """least => [...document.querySelectorAll('main button, main a, main input:not([type=checkbox]):not([type=hidden]), main select')]
        .filter(one => one.offsetParent && one.getBoundingClientRect().height < least).map(one => one.outerHTML.slice(0, 80))""",
        TARGET,
    )
    assert not small
    register(
        page,
        t,
        title=f"手机登记 {language}",
        category="accident",
        region=DIANBAI,
        occurred_at=local(minutes=20),
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    page.close()


def test_the_board_shows_what_is_open_whose_task_is_overdue_and_who_is_on_duty(who: Who) -> None:
    page = who("leader").page("/emergency?lang=zh")
    first = page.locator(".incident-line[data-wartime]").first
    expect(first).to_contain_text("台风影响电白沿海")
    expect(first).to_contain_text("模拟")
    expect(first.locator(".overdue")).to_contain_text("超期")
    expect(page.locator(".incidents-duty tbody tr")).not_to_have_count(0)
    first.get_by_role("link").click()
    expect(page.locator("h1")).to_contain_text("台风影响电白沿海")
    page.close()


@pytest.mark.parametrize(("language", "mode"), [("zh", "light"), ("en", "dark")])
def test_no_barrier_stands_on_an_open_incident_or_the_form_of_a_new_one(
    who: Who, language: str, mode: str
) -> None:
    page = who("duty").page(f"/emergency?lang={language}&mode={mode}")
    address = page.locator(".incident-title").first.get_attribute("href")
    assert address is not None
    for path in (address, "/incident/new"):
        page.goto(who("duty").product.address + f"{path.partition('?')[0]}?lang={language}&mode={mode}")
        page.locator(".incident").wait_for()
        assert not barriers(page)
    page.close()


def test_a_county_sees_its_own_incidents_only(who: Who) -> None:
    page = who("county").page("/emergency?lang=zh")
    expect(page.locator(".incidents-open")).to_contain_text("高州市长坡镇山体滑坡")
    expect(page.locator(".incidents-open")).not_to_contain_text("电白")
    page.close()
