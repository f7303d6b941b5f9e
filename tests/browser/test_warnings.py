"""The warning centre in a real browser: counts that agree, keys, acts and their undoing, one warning, the past."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Reader, drawn, unfold
from tests.browser.test_everybody import barriers

Who = Callable[[str], Reader]
LANGUAGES = ("zh", "en")
SLOW = 20_000
UNDO = {"zh": "撤销操作", "en": "Undo"}
OVER = {"zh": "没有这条预警", "en": "There is no such warning"}


def tally(page: Page, kind: str) -> list[int]:
    """How many of a kind, together and by level from red to blue."""
    return [int(text) for text in page.locator(f".tally.{kind} .tally-number").all_inner_texts()]


def told(reader: Reader, path: str) -> dict:
    """What the machine door answers the same reader."""
    answer = reader.context.request.get(reader.product.address + path)
    assert answer.status == 200
    return json.loads(answer.text())


def in_words(page: Page) -> dict[str, int]:
    """How many warnings home counts, by kind."""
    return {
        kind: sum(map(int, page.locator(f".warning-group.{kind} .count b").all_inner_texts()))
        for kind in ("statutory", "management")
    }


@pytest.mark.parametrize("name", ["leader", "county"])
def test_home_list_machine_and_file_count_the_same_for_every_role(who: Who, name: str) -> None:
    reader = who(name)
    page = reader.page("/?lang=zh")
    home = in_words(page)
    page.locator(".rail a[href^='/warnings']").click()
    expect(page).to_have_url(re.compile("/warnings"))
    expect(page.locator(".tallies")).to_be_visible()
    counted = {kind: tally(page, kind) for kind in home}
    assert {kind: numbers[0] for kind, numbers in counted.items()} == home
    assert all(numbers[0] == sum(numbers[1:]) for numbers in counted.values())
    answer = told(reader, "/api/warnings")
    assert answer["counts"]["total"] == len(answer["warnings"]) == sum(home.values())
    rows = reader.context.request.get(reader.product.address + "/api/warnings.csv").text().count("\r\n") - 1
    assert rows == sum(home.values())
    page.locator(".tally.management .tally-way").nth(1).click()  # red
    expect(page).to_have_url(re.compile("level:red"))
    expect(page.locator(".found")).to_have_text(f"共 {counted['management'][1]} 条")
    levels = page.locator(".warning-group.management [data-warning]").evaluate_all(
        "(all) => [...new Set(all.map((one) => one.dataset.level))]"
    )
    assert levels == ["red"]
    expect(page.locator(".warning-group.statutory")).to_have_count(0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_warning_is_chosen_taken_and_given_back_by_keys_alone(who: Who, language: str) -> None:
    page = who("leader").page(f"/warnings?lang={language}&filter=place:440904000000;level:blue")
    rows = page.locator("[data-warning]")
    assert rows.count() > 2
    expect(page.locator("#bulk")).to_be_hidden()
    for key in ("j", "j", "x"):
        page.keyboard.press(key)
    expect(rows.nth(1)).to_be_focused()
    expect(page.locator("[data-picked]")).to_have_text("1")
    page.keyboard.press("s")  # a silence is asked for, and has an end and a reason
    page.locator("#bulk button[value=silence]").click()
    expect(page.locator("#bulk [data-error=until]")).not_to_be_empty()
    expect(page.locator("#bulk [data-error=reason]")).not_to_be_empty()
    page.keyboard.press("Escape")
    rows.nth(1).focus()
    page.keyboard.press("a")
    taken = rows.nth(1).locator("[data-badge=acked]")
    expect(taken).to_be_visible(timeout=SLOW)
    expect(page.locator("#bulk")).to_be_hidden()
    page.get_by_role("button", name=UNDO[language]).click()
    expect(taken).to_have_count(0, timeout=SLOW)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    rows.nth(0).focus()
    name = rows.nth(0).locator(".what").inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_a_warning_tells_everything_and_the_past_leads_to_it(who: Who, language: str) -> None:
    reader = who("leader")
    page = reader.page(f"/?lang={language}")
    unfold(page)
    page.locator(".warning-way[href*='/warning/proj.invest.completion_rate:440981000000:']").first.click()
    expect(page).to_have_url(re.compile("/warning/proj.invest.completion_rate:440981000000:"))
    expect(page.locator("#warning-course .scatterlayer .trace").nth(1)).to_be_attached()
    bands = page.locator("#warning-course .shapelayer path[style*='fill-opacity']")
    assert bands.count() >= 4
    assert page.locator(".panel-events tbody tr").count() >= 2
    expect(page.locator(".drivers-panel")).to_be_visible()
    expect(page.locator("a[href^='/rule/proj.invest.completion_rate']")).to_be_visible()
    said = f"已与高州联系 {language}"
    page.locator(".panel-notes textarea").fill(said)
    page.locator(".panel-notes button").click()
    expect(page.locator(".remarks")).to_contain_text(said, timeout=SLOW)
    assert barriers(page) == []
    address = page.url
    page.goto(f"{reader.product.address}/warnings?theme=past&lang={language}&period=2026-10")
    drawn(page)
    assert page.locator(".heat").first.locator("tbody tr").count() >= 5
    page.locator(".panel-events tbody a", has_text=re.compile(".")).first.click()
    expect(page).to_have_url(re.compile("/warning/"))
    other = who("county").page(
        address.replace(reader.product.address, "").replace("440981000000", "440982000000")
    )
    expect(other.locator(".state h1")).to_contain_text(OVER[language])
