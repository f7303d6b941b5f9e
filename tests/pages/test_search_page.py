"""Search, stars and the navigation at the door: what is drawn, where hits lead, who is led where."""

import re
from dataclasses import replace

import pytest

from pages._components import shell, workshop
from pages._state import PageState
from services.access import Actor
from services.search import Hit

SEARCH = "/search"


def hrefs(answer):
    """The addresses that a page leads to, without what is chosen."""
    return {one.partition("?")[0] for one in re.findall(r"'href': '([^']+)'", str(answer.get_json()))}


@pytest.mark.parametrize(
    ("hit", "address"),
    [
        (Hit("indicator", "econ.gdp.total", ""), "/economy?map=econ.gdp.total&sheet=econ.gdp.total"),
        (Hit("indicator", "ops.feed.fail_rate", ""), "/?map=ops.feed.fail_rate&sheet=ops.feed.fail_rate"),
        (Hit("theme", "sign/water", ""), "/signs?theme=water"),
        (Hit("region", "440981000000", ""), "/?region=440981000000"),
        (Hit("page", "emergency", ""), "/emergency"),
        (Hit("project", "7", ""), "/project/7"),
        (Hit("incident", "7", ""), "/incident/7"),
    ],
)
def test_a_hit_leads_to_where_it_is_shown(application, hit, address):
    from pages import search

    assert search.address(hit, PageState()) == address


def test_language_and_region_go_along_with_a_hit(application):
    from pages import search

    state = PageState(region="440981000000", lang="en", period="2024-06")
    assert search.address(Hit("project", "7", ""), state) == "/project/7?region=440981000000&lang=en"


def test_search_finds_and_says_how_many(leader):
    text = leader.page(SEARCH, "?q=gaozhou").get_data(as_text=True)
    assert "高州市" in text
    assert "找到 1 项" in text


def test_search_in_english_speaks_english(leader):
    text = leader.page(SEARCH, "?q=revenue&lang=en").get_data(as_text=True)
    assert "General public budget revenue" in text
    assert "Indicator" in text


@pytest.mark.parametrize("question", ["%3Cscript%3E", "%00", "%F0%9F%98%80", "x" * 3000])
def test_a_strange_question_gets_a_page(leader, question):
    assert leader.page(SEARCH, f"?q={question}").status_code == 200


def test_nobody_searches_without_signing_in(door):
    assert door.get(SEARCH + "?q=gdp").headers["Location"].startswith("/login")


def test_the_navigation_leads_to_every_place(leader):
    led = {place.path for place in shell.PAGES if not place.actions}
    assert led <= hrefs(leader.page("/"))


def test_a_leader_is_not_led_to_the_workshop(leader):
    assert "/work" not in hrefs(leader.page("/"))


def test_an_editor_is_led_to_the_workshop_and_to_its_places(door):
    door.sign_in("editor")
    led = {place.path for place in workshop.open_to(Actor("e", "editor", "editor"))}
    assert {"/studio", "/desk", "/regions"} <= led
    assert "/work" in hrefs(door.page("/"))
    assert led <= hrefs(door.page("/work"))


def test_a_reader_of_one_system_is_led_to_its_board_only(application, monkeypatch):
    from pages._session import Session
    from services.access import Actor
    from services.texts import Texts

    _, services, _ = application
    builder = Actor("b", "builder", "analyst", (services.pack.root,), systems=("proj",))
    here = Session(builder, services, Texts(), "dark")
    led = ["home", "projects", "warnings", "supervision", "rules", "catalogue", "work", "search", "screen"]
    assert [place.name for place in shell.places(here)] == led
    everybody = replace(here, actor=replace(builder, systems=("*",)))
    assert len(shell.places(everybody)) == len(shell.PAGES)


# ---- stars


def press(door, act, indicator):
    return door.post(f"/act/{act}", data={"indicator": indicator}, headers={"X-CSRFToken": door.csrf()})


def test_a_star_is_given_and_taken_away_by_the_same_button(leader):
    given = press(leader, "star.toggle", "econ.trade.total")
    assert given.status_code == 200
    assert "已关注进出口总额" in given.get_json()["said"]
    sheet = leader.page("/economy", "?sheet=econ.trade.total").get_data(as_text=True)
    assert '"aria-pressed":"true"' in sheet
    taken = press(leader, "star.toggle", "econ.trade.total")
    assert "已取消关注进出口总额" in taken.get_json()["said"]


def test_what_is_no_indicator_gets_no_star_and_says_why(leader):
    answer = press(leader, "star.toggle", "econ.no.such")
    assert answer.status_code == 422
    assert "econ.no.such" in answer.get_json()["issues"][0]["what"]


def test_a_star_without_the_token_is_refused(leader):
    leader.csrf()
    assert leader.post("/act/star.toggle", data={"indicator": "econ.gdp.total"}).status_code == 400


def test_home_begins_with_the_stars_of_its_reader(leader):
    text = leader.page("/").get_data(as_text=True)
    assert "关注的指标" in text
    assert text.index("关注的指标") < text.index('"className":"tile-group"')
