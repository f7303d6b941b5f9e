"""Messages from the page to a real mailbox: a channel is opened, somebody subscribes, what fails is sent again."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Product, Reader, drawn
from tests.browser.test_everybody import barriers
from tests.receivers import Mailbox

PASSWORD = "keeps the channels open"
NAME = "测试邮箱"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server on loopback."""
    server = Mailbox()
    yield server
    server.close()


@pytest.fixture
def keeper(chromium: Browser, cockpit: Product) -> Iterator[Page]:
    """Somebody who looks after channels, signed in, with a password of their own."""
    made = cockpit.command("account", "create", "keeper", "--role", "admin", "--region", "440900")
    once = made.split()[-1]
    context = chromium.new_context(locale="zh-CN", viewport={"width": 1920, "height": 1080})
    page = context.new_page()
    page.goto(cockpit.address + "/login")
    page.fill("input[name=name]", "keeper")
    page.fill("input[type=password]", once)
    page.click("button[type=submit]")
    for field, text in (("old", once), ("new", PASSWORD), ("again", PASSWORD)):
        page.fill(f"input[name={field}]", text)
    page.click("button[type=submit]")
    page.wait_for_url(re.compile("/(login|$)"))
    if "/login" in page.url:
        page.fill("input[name=name]", "keeper")
        page.fill("input[type=password]", PASSWORD)
        page.click("button[type=submit]")
    page.goto(cockpit.address + "/notices")
    drawn(page)
    yield page
    context.close()


def test_a_mail_goes_from_a_new_channel_to_a_subscriber_and_a_failure_is_sent_again(
    keeper: Page, who: Callable[[str], Reader], mailbox: Mailbox
) -> None:
    # a channel: an inner server is refused at its field, one that the settings allow is taken
    keeper.get_by_role("link", name="电子邮件").click()
    for field, text in (
        ("name", NAME),
        ("host", "10.0.0.1"),
        ("port", str(mailbox.port)),
        ("sender", "c@city.example"),
    ):
        keeper.fill(f"[name={field}]", text)
    keeper.select_option("[name=mode]", "insecure")
    assert barriers(keeper) == []
    keeper.get_by_role("button", name="保存渠道").click()
    expect(keeper.locator("[data-field=host] .field-error")).to_contain_text("内部网络")
    keeper.fill("[name=host]", "127.0.0.1")
    keeper.get_by_role("button", name="保存渠道").click()
    channel = keeper.locator(".channels .wish", has_text=NAME)
    expect(channel).to_contain_text("正常")

    # a subscription, in English
    page = who("leader").page("/notices?lang=en")
    page.get_by_role("link", name=f"Subscribe: {NAME}").click()
    page.fill("[name=address]", "leader@city.example")
    page.get_by_role("button", name="Save subscription").click()
    wish = page.locator(".wishes .wish", has_text=NAME)
    expect(wish).to_contain_text("leader@city.example")
    expect(wish).to_contain_text("all messages")
    wish.get_by_role("button", name="Send a test message").click()
    expect(page.locator(".toast").last).to_contain_text("The test message was sent.")
    assert mailbox.got[-1].to == "leader@city.example"

    # a mailbox that is refused: the failure stands with its reason, and is sent again under its key
    mailbox.refused["leader@city.example"] = "550 mailbox is full"
    wish.get_by_role("button", name="Send a test message").click()
    expect(page.locator(".toast").last).to_contain_text("mailbox is full")
    page.close()
    keeper.reload()
    drawn(keeper)
    failure = keeper.locator(".failures tbody tr", has_text="mailbox is full")
    expect(failure).to_contain_text("已放弃")
    mailbox.refused.clear()
    count = len(mailbox.got)
    failure.get_by_role("button", name="再次发送").click()
    for _ in range(100):  # the server sends by itself, every few seconds
        if len(mailbox.got) > count:
            break
        keeper.wait_for_timeout(100)
    assert [got.to for got in mailbox.got[count:]] == ["leader@city.example"]
    keeper.reload()
    drawn(keeper)
    expect(failure).to_have_count(0)

    # nothing is left on: what opens no door disturbs nobody
    channel.get_by_role("button", name="关闭渠道").click()
    expect(channel).to_contain_text("已停用")
