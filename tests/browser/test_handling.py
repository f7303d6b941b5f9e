"""What a warning stands for is folded under it on a board; the counts are those of all."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import Reader

GAOZHOU = "440981000000"


def test_one_click_shows_what_a_warning_stands_for_and_the_counts_are_whole(
    known: Callable[[str], Reader],
) -> None:
    page = known("leader").page("/")
    group = page.locator(".warning-group.management")
    counted = sum(int(text) for text in group.locator(".counts b").all_text_contents())
    assert group.locator("li.warning").count() == counted
    fold = group.locator("details.warning-below").first
    below = fold.locator("li.warning")
    assert below.count() == int("".join(filter(str.isdigit, fold.locator("summary").first.inner_text())))
    expect(below.first).to_be_hidden()
    fold.locator("summary").first.click()
    expect(below.first).to_be_visible()
    page.close()


def test_a_county_sees_its_own_warnings_whatever_stands_above_them(known: Callable[[str], Reader]) -> None:
    city, county = known("leader").page(f"/?region={GAOZHOU}"), known("county").page("/")

    def own(page) -> int:
        return page.locator(".warning-group.management > ol > li.warning").count()

    assert own(county) == own(city) > 0
    for page in (city, county):
        page.close()
