"""A warning of an authority reaches an open board within seconds; the situation map is used by hand and by keys."""

import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Product, Reader
from tests.data_access.test_cap import a_message

WITHIN = 20.0
"""Seconds until an open board must show what was delivered."""


@pytest.fixture(scope="session")
def cap_key(product: Product) -> str:
    """A key of the city for delivering warnings."""
    return product.command("key", "new", "气象台", "--purpose", "cap", "--region", "440900").split()[-1]


def deliver(product: Product, key: str, content: bytes) -> None:
    """Post a message as a machine does."""
    request = urllib.request.Request(
        product.address + "/cap",
        content,
        {"Authorization": f"Bearer {key}", "Content-Type": "application/cap+xml"},
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.status in (200, 201)


def a_warning(identifier: str, kind: str = "Alert", of: str = "") -> bytes:
    """A message in force from now on for an hour."""
    now = datetime.now(UTC).replace(microsecond=0)
    expires = f"<expires>{(now + timedelta(hours=1)).isoformat()}</expires>"
    head = f"<references>s@maoming.example,{of}</references>" if of else ""
    headline = "<headline>电白区气象台发布台风橙色预警信号</headline>"
    return a_message(info=expires + headline, head=head, kind=kind, sent=now.isoformat()).replace(
        b"<identifier>A-1", f"<identifier>{identifier}".encode()
    )


def statutory(page: Page):
    return page.locator(".warning-group.statutory")


def test_a_warning_that_is_posted_stands_on_an_open_board_without_a_reload(
    product: Product, leader: Reader, cap_key: str
) -> None:
    page = leader.page("/emergency")
    expect(statutory(page)).to_contain_text("没有生效的法定预警")
    page.evaluate("window.untouched = true")
    content = a_warning("E-1")
    deliver(product, cap_key, content)
    expect(statutory(page)).to_contain_text("电白区气象台发布台风橙色预警信号", timeout=WITHIN * 1000)
    assert page.evaluate("window.untouched") is True
    expect(statutory(page)).to_contain_text("橙色")
    expect(statutory(page)).to_contain_text("有效至")
    statutory(page).get_by_role("link", name="电白区气象台发布台风橙色预警信号").click()
    page.wait_for_selector(".message")
    expect(page.locator("h1")).to_contain_text("电白区气象台发布台风橙色预警信号")
    expect(page.locator(".message-marks")).to_contain_text("生效中")
    page.go_back()
    sent = content.split(b"<sent>")[1].split(b"</sent>")[0].decode()
    deliver(product, cap_key, a_warning("E-2", "Cancel", f"E-1,{sent}"))
    expect(statutory(page)).to_contain_text("没有生效的法定预警", timeout=WITHIN * 1000)


def test_markup_in_a_message_stays_text_wherever_it_is_drawn(
    product: Product, leader: Reader, cap_key: str
) -> None:
    page = leader.page("/emergency?region=440904")
    evil = a_warning("E-3").replace(
        "电白区气象台发布台风橙色预警信号".encode(), b"&lt;img src=x onerror=window.hit=1&gt;"
    )
    deliver(product, cap_key, evil)
    expect(statutory(page)).to_contain_text("<img src=x onerror=window.hit=1>", timeout=WITHIN * 1000)
    statutory(page).get_by_role("link", name="<img src=x").click()
    page.wait_for_selector(".message")
    assert page.evaluate("window.hit") is None
    assert page.locator(".message img").count() == 0
    page.go_back()
    page.wait_for_selector(".panel-situation")
    page.locator(".situation-frame .choroplethlayer path").first.hover(force=True)
    assert page.evaluate("window.hit") is None


def test_layers_of_the_map_are_switched_and_stand_in_the_address(leader: Reader) -> None:
    page = leader.page("/emergency")
    teams = page.get_by_role("button", name="救援队伍")
    expect(teams).to_have_attribute("aria-pressed", "true")
    teams.click()
    expect(teams).to_have_attribute("aria-pressed", "false")
    assert "layers:" in page.url
    page.go_back()
    expect(teams).to_have_attribute("aria-pressed", "true")
    teams.focus()
    page.keyboard.press("Enter")
    expect(teams).to_have_attribute("aria-pressed", "false")


def test_a_point_is_chosen_by_name_and_a_name_that_is_none_is_told_at_its_field(leader: Reader) -> None:
    page = leader.page("/emergency")
    form = page.locator(".situation-side form")
    form.get_by_label("查周边").fill("没有这个地方")
    form.get_by_role("button", name="查周边").click()
    expect(form.locator("[aria-invalid=true]")).to_be_focused()
    expect(form).to_contain_text("没有区划")
    form.get_by_label("查周边").fill("博贺镇")
    form.get_by_label("半径").select_option("10")
    form.get_by_role("button", name="查周边").click()
    expect(page.locator(".point-head")).to_contain_text("博贺镇周边 10 公里")
    expect(page.locator(".people")).to_contain_text("影响人口约")
    assert "radius:10" in page.url


def test_video_points_are_links_outside_and_nothing_is_embedded(
    who: Callable[[str], Reader],
) -> None:
    reader = who("leader")
    page = reader.page("/emergency?filter=layers:video,team")
    page.get_by_text("图上所示清单").click()
    video = page.locator(".situation-lists a[target=_blank]").first
    assert (video.get_attribute("href") or "").startswith("https://")
    assert "noopener" in (video.get_attribute("rel") or "")
    assert page.locator("iframe, video, embed, object").count() == 0
    assert reader.outside == []
    team = page.locator('.situation-lists a[data-mark^="team-"]').first
    team.click()
    expect(page.locator(".near tbody tr").first).to_be_visible()
    assert page.locator(".near tbody tr").count() >= 5
