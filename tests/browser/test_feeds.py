"""Feeds and the registry in a browser: a source is typed in, tried and run; sources, systems and reports are kept."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Reader, drawn
from tests.receivers import Web

SECRET = "opens-the-bureau-77aa"
CODE = "econ.fiscal.revenue"
RECORDS = [{"kpi": CODE, "area": "化州市", "month": "2009年", "amount": "3.25"}]
MAPPING = "columns: {indicator: kpi, region: area, period: month, value: amount}"


@pytest.fixture
def bureau() -> Iterator[Web]:
    """Another bureau's endpoint, on loopback."""
    web = Web({"status": 401}, {"body": {"data": {"items": RECORDS}}})
    yield web
    web.close()


def test_a_feed_is_typed_in_tried_and_run_and_its_secret_is_never_seen_again(
    who: Callable[[str], Reader], bureau: Web
) -> None:
    page = who("editor").page("/feeds")
    seen: list[str] = []
    page.on(
        "response", lambda answer: seen.append(answer.text()) if "update-component" in answer.url else None
    )
    page.get_by_role("link", name="HTTP 接口").click()
    form = page.locator("form[action='/act/feeds.save']")
    expect(form).to_be_visible()
    form.locator("[name=name]").fill("财政局月报")
    form.locator("[name=url]").fill("http://10.255.0.1/figures")
    form.locator("[name=auth]").select_option("bearer")
    form.locator("[name=department]").select_option("finance")
    form.locator("[name=path]").fill("data..items")
    form.locator("[name=mapping]").fill(MAPPING)
    form.locator("[name=secret]").fill(SECRET)
    form.get_by_role("button", name="保存接入").click()
    expect(form.locator("[data-error=url]")).to_contain_text("内部网络")
    expect(form.locator("[data-error=path]")).to_contain_text("读不懂这个路径")
    expect(form.locator("[name=mapping]")).to_have_value(MAPPING)
    form.locator("[name=url]").fill(f"{bureau.url}/figures")
    form.locator("[name=path]").fill("data.items")
    form.get_by_role("button", name="保存接入").click()
    page.wait_for_url(re.compile("open=feed:[0-9a-f]{12}"))

    opened = page.locator(".feed-open")
    expect(opened).to_contain_text("已保存，加密存放")
    opened.get_by_role("button", name="试接入").click()
    expect(opened.locator(".feed-runs")).to_contain_text("对方拒绝访问（401）")
    opened.get_by_role("button", name="试接入").click()
    expect(opened.locator(".feed-runs")).to_contain_text("试接入通过，未存")
    opened.get_by_role("button", name="立即接入").click()
    expect(opened.locator(".feed-runs tr[data-state=stored]")).to_contain_text("批次")
    assert bureau.got[-1].headers["Authorization"] == f"Bearer {SECRET}"
    opened.get_by_role("button", name="立即接入").click()
    expect(opened.locator(".feed-runs")).to_contain_text("内容未变")

    opened.get_by_role("link", name="修改").click()
    expect(page.locator("[name=secret]")).to_have_value("")
    assert SECRET not in page.content()
    assert not [text for text in seen if SECRET in text]
    opened.get_by_role("button", name="暂停").click()
    expect(page.locator(".feeds-table tr", has_text="财政局月报")).to_contain_text("已暂停")
    assert who("county").page("/feeds").get_by_text("财政局月报").count() == 0


def test_sources_systems_and_reports_are_kept_and_read(who: Callable[[str], Reader]) -> None:
    page = who("editor").page("/feeds?theme=systems&open=system:new")
    form = page.locator("form[action='/act/registry.system']")
    form.locator("[name=name]").fill("旧公文传输系统")
    form.locator("[name=department]").select_option("office")
    form.locator("[name=since]").fill("2011-03-01")
    form.locator("[name=found_on]").fill("2026-06-01")
    form.get_by_role("button", name="保存系统").click()
    expect(form.locator("[data-error=idle_reason]")).to_contain_text("日期和原因")
    form.locator("[name=idle_reason]").select_option("replaceable")
    form.get_by_role("button", name="保存系统").click()
    expect(form).to_be_hidden()
    page.goto(page.url.split("?")[0] + "?theme=systems&filter=q:旧公文")
    drawn(page)
    expect(page.locator(".registry-table tbody tr")).to_have_count(1)
    expect(page.locator(".registry-table tbody tr")).to_contain_text("功能可被替代")

    page = who("editor").page("/feeds?theme=registry&filter=q:econ.fiscal.tax&open=supply:econ-fiscal-tax")
    form = page.locator("form[action='/act/registry.supply']")
    form.locator("[name=department]").select_option("finance")
    form.locator("[name=since]").fill("2026-12-01")
    form.get_by_role("button", name=re.compile("登记 .* 的来源")).click()
    expect(form.locator("[data-error=note]")).to_contain_text("责任部门不同")
    form.locator("[name=note]").fill("税务数据由财政归集")
    form.get_by_role("button", name=re.compile("登记 .* 的来源")).click()
    expect(form).to_be_hidden()

    clerk = who("clerk").page("/feeds?theme=reports&open=report:finance")
    expect(clerk.locator("form[action='/act/registry.report']")).to_be_visible()
    with clerk.expect_download() as got:
        clerk.get_by_role("link", name="XLSX").click()
    assert got.value.suggested_filename == "sharing.xlsx"

    phone = who("leader").page("/feeds?theme=quality", 390, 844)
    expect(phone.locator(".quality-rates")).to_contain_text("完整性")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    assert who("county").page("/feeds?theme=systems&filter=q:旧公文").locator(".registry-table").count() == 0
