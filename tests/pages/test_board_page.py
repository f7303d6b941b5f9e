"""A whole page as it travels: the board in its shell, for one request."""

from itertools import chain, repeat

import pytest

from pages._components.words import BOARD_TITLES
from services.bootstrap import Services


def props(door, pathname="/", search=""):
    """The properties of the page's outermost element."""
    answer = door.page(pathname, search)
    assert answer.status_code == 200
    return answer.get_json()["response"]["_pages_content"]["children"]["props"]["tree"]["props"]


def test_a_page_carries_the_version_that_was_read_before_its_content(leader, monkeypatch):
    versions = chain(["before"], repeat("after"))
    monkeypatch.setattr(Services, "version", lambda _: next(versions))
    assert props(leader)["data-version"] == "before"


@pytest.mark.parametrize("name", BOARD_TITLES)
def test_every_board_has_a_page(leader, name):
    path = "/" if name == "home" else f"/{name}"
    assert f"board-{name}" in leader.page(path).get_data(as_text=True)


def test_the_language_and_the_light_of_the_address_hold_for_the_whole_page(leader):
    shell = props(leader, search="?lang=en&mode=light")
    assert (shell["lang"], shell["data-theme"]) == ("en", "light")


@pytest.mark.parametrize(
    "search", ["?region=%00", "?region=1&region=2", "?period=9999-99", "?sheet=a.b@1", "?theme=../x"]
)
def test_no_address_breaks_a_page(leader, search):
    for path in ("/", "/economy"):
        assert "board" in leader.page(path, search).get_data(as_text=True)
