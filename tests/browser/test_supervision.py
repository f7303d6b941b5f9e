"""Stories A1 (5 to 7), C6 and B6 (3): a matter is dispatched, answered, returned, closed, and looked back on."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Product, Reader
from tests.browser.test_incidents import act, fill

ILLEGAL, TOWN = "sign.land.illegal_open", "440983101000"
"""A figure of one township of 信宜 that no other test looks at: it is corrected, and the correction taken back."""

Who = Callable[[str], Reader]


@dataclass
class Corrected:
    """A correction that raises a warning, until it is undone."""

    product: Product
    load: str
    warning: str

    def undo(self) -> None:
        """Take the correction back, which ends the warning."""
        if self.load:
            self.product.command("undo", self.load)
            self.load = ""


@pytest.fixture
def corrected(cockpit: Product, tmp_path: Path) -> Iterator[Corrected]:
    """Thirty cases of illegal use of land in a township, and the warning of them."""
    file = tmp_path / "corrected.csv"
    file.write_text(
        f"指标,地区,期别,数值,单位,来源\n{ILLEGAL},{TOWN},2026-10,30,宗,信宜市自然资源局\n", encoding="utf-8"
    )
    told = json.loads(cockpit.command("load", str(file), "--json"))
    made = Corrected(cockpit, str(told["load"]), f"{ILLEGAL}:{TOWN}:202610312359000")
    yield made
    made.undo()


def pressed(page: Page, name: str) -> None:
    """Press a button or a link by its words."""
    page.locator(".main").get_by_text(name, exact=True).first.click()


def state_of(page: Page) -> str | None:
    return page.locator("[data-item]").get_attribute("data-state")


def test_a1_a_warning_is_dispatched_walks_to_its_closing_and_is_looked_back_on(
    who: Who, corrected: Corrected
) -> None:
    # 5. 督办: department, deadline in working days with its date, one sentence; the figures seen are frozen
    leader = who("leader").page(f"/warning/{corrected.warning}")
    pressed(leader, "督办")
    expect(leader.locator("#field-department")).to_have_value("natres")
    assert re.fullmatch(
        r"5 个工作日，至 \d+月\d+日（周.）", leader.locator("#field-days option:checked").inner_text()
    )
    leader.get_by_role("button", name="确认派单").click()
    expect(leader.locator("[data-error=instruction]")).to_have_text("这一项必须填写。")
    fill(leader, department="ndrc", instruction="请逐宗核查，限期整改。")
    act(leader, "supervision.dispatch", leader.get_by_role("button", name="确认派单").click)
    leader.wait_for_url(re.compile(r"/supervision/\d+"))
    address = "/" + leader.url.split("/", 3)[3]
    copy = leader.locator(".item-copy")
    expect(copy.locator("tr[data-role=subject] td")).to_contain_text("30")
    expect(copy.locator("tr[data-role=threshold]")).to_have_count(1)

    # 6. 派单 > 签收 > 反馈 > 审核 > 办结; the unit comes to its own list, and is led to the workshop and nowhere else
    unit = who("unit").page("/")
    expect(unit.locator(".rail-link")).to_have_text(["督办", "工作台"])
    unit.locator(f".items a[href^='{address}']").click()
    unit.wait_for_selector("[data-item]")
    act(unit, "supervision.sign", unit.get_by_role("button", name="签收").click)
    expect(unit.locator("[data-item]")).to_have_attribute("data-state", "signed", timeout=20_000)
    pressed(unit, "反馈")
    answer = {
        "cause": "历史遗留建房未批先建。",
        "measure": "逐宗立案，月底前拆除复垦。",
        "expected_on": "2031-01-31",
    }
    fill(unit, **answer)
    act(unit, "supervision.answer", unit.get_by_role("button", name="提交反馈").click)
    expect(leader.locator("[data-item]")).to_have_attribute(
        "data-state", "answered", timeout=20_000
    )  # the open page follows
    for text in (answer["cause"], answer["measure"]):
        expect(leader.locator(".item-timeline")).to_contain_text(text)
    pressed(leader, "审核通过，办结")
    act(leader, "supervision.close", leader.get_by_role("button", name="办结", exact=True).click)
    expect(leader.locator("[data-item]")).to_have_attribute("data-state", "closed", timeout=20_000)

    # 7. the figure recovers: the warning closes by itself, and the item shows what was and what is
    corrected.undo()
    back = leader.locator(".item-back tr[data-role=subject] td")
    expect(back).to_have_count(3, timeout=20_000)
    assert [re.match(r"\d+", one) and re.match(r"\d+", one)[0] for one in back.all_inner_texts()] == [
        "30",
        "30",
        "0",
    ]
    expect(leader.locator(".stage[data-stage=回看]")).to_have_attribute("data-state", "done", timeout=20_000)


def test_c6_an_answer_is_returned_kept_answered_again_and_closed_by_the_reviewer(who: Who) -> None:
    leader = who("leader").page("/supervision?edit=dispatch&lang=en")
    fill(
        leader,
        title="Drains of Xinyi",
        region="440983000000",
        department="ndrc",
        instruction="Clear the drains.",
    )
    act(leader, "supervision.dispatch", leader.get_by_role("button", name="Dispatch").click)
    leader.wait_for_url(re.compile(r"/supervision/\d+"))
    address = "/" + leader.url.split("/", 3)[3].split("?")[0]

    # 1. signs, answers; two of the unit at once: the second sees the first and loses nothing
    unit = who("unit").page(f"{address}?lang=en")
    expect(unit.locator(".shell")).to_have_attribute("lang", "en")
    act(unit, "supervision.sign", unit.get_by_role("button", name="Acknowledge").click)
    expect(unit.locator("[data-item]")).to_have_attribute("data-state", "signed", timeout=20_000)
    second = who("unit").page(f"{address}?edit=no_action&lang=en")
    fill(second, reason="known", text="The works run already.")
    first = who("unit").page(f"{address}?edit=answer&lang=en")
    fill(first, cause="Blocked.", measure="Cleared.", expected_on="2031-01-31")
    act(first, "supervision.answer", first.get_by_role("button", name="Submit answer").click)
    act(second, "supervision.answer", second.get_by_role("button", name="Submit answer").click, status=422)
    expect(second.locator("[data-problem]")).to_contain_text("was quicker")
    expect(second.locator(".item-timeline")).to_contain_text("Blocked.")
    expect(second.locator("#field-text")).to_have_value("The works run already.")
    act(second, "supervision.answer", second.get_by_role("button", name="Submit answer").click)

    # 2. the reviewer returns it; the return and both answers are kept
    leader = who("leader").page(f"{address}?edit=return&lang=en")
    fill(leader, text="Name the streets.", days="2")
    act(leader, "supervision.return", leader.get_by_role("button", name="Return").click)
    unit = who("unit").page(f"{address}?edit=answer&lang=en")
    expect(unit.get_by_text("Accept and close")).to_have_count(0)
    fill(unit, cause="Blocked in two streets.", measure="Both cleared.", expected_on="2031-01-31")
    act(unit, "supervision.answer", unit.get_by_role("button", name="Submit answer").click)

    # 3. it closes only when the reviewer accepts
    leader = who("leader").page(f"{address}?edit=close&lang=en")
    act(leader, "supervision.close", leader.get_by_role("button", name="Done", exact=True).click)
    expect(leader.locator("[data-item]")).to_have_attribute("data-state", "closed", timeout=20_000)
    acts = leader.locator(".item-step").evaluate_all("(all) => all.map((one) => one.dataset.act)")
    assert acts == ["close", "answer", "return", "answer", "answer", "sign", "dispatch"]


def test_b6_from_a_class_with_rising_repeats_one_comes_to_its_items(who: Who) -> None:
    page = who("leader").page("/signs?theme=hotline")
    row = page.locator("[data-panel='hotline.rising'] tbody tr").first
    row.get_by_text("督办这一类").click()
    page.wait_for_selector(".dispatch-form")
    fill(page, instruction="重复诉求上升，请提级办理。")
    act(page, "supervision.dispatch", page.get_by_role("button", name="确认派单").click)
    page.wait_for_selector("[data-item] h1")
    title = page.locator("h1").inner_text()
    page = who("leader").page("/signs?theme=hotline")
    page.locator("[data-panel='hotline.rising'] tbody tr").first.get_by_text("在办").click()
    expect(page.locator(".items tbody th").filter(has_text=title.strip())).to_have_count(1)
