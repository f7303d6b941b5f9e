"""Incidents through the doors: what is typed comes back with its issues, a sibling's incident is nowhere."""

import re

import pytest

from services.access import SYSTEM
from tests.pages.conftest import Door

HUAZHOU = "440982000000"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def typed(**fields):
    """What a duty officer types at 09:00 local time on 28 October 2026."""
    return {
        "title": "长坡镇山体滑坡", "category": "natural", "kind": "山体滑坡", "level": "4", "region": HUAZHOU, "place": "",
        "lon": "", "lat": "", "occurred_at": "2026-10-28T08:10", "reported_at": "2026-10-28T08:30", "reportable": "1",
    } | fields  # fmt: skip


def act(door, name, **fields):
    return door.post(f"/act/{name}", data=fields, headers={"X-CSRFToken": door.csrf()})


def page(door, path, search=""):
    answer = door.page(path, search)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.fixture
def somebody(application):
    """A browser of its own in which somebody has signed in."""
    dash_app, services, clock = application

    def sign_in(name):
        door = Door(dash_app.server.test_client(), services, clock)
        assert door.sign_in(name).status_code == 302
        return door

    return sign_in


@pytest.fixture
def duty(somebody):
    return somebody("duty")


@pytest.fixture
def registered(duty):
    """The address of an incident in a county of which the demo county is a sibling."""
    answer = act(duty, "incident.register", **typed())
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()["go"]


def test_an_incident_is_registered_and_its_page_asks_for_the_place(duty, registered):
    shown = page(duty, registered)
    assert "这起事件还没有地点" in shown
    assert "补充地点" in shown
    assert "20分钟" in shown


def test_a_form_changes_what_it_holds_and_nothing_else(duty, registered):
    number = registered.rsplit("/", 1)[1]
    assert (
        act(duty, "incident.correct", incident=number, place="旧城村", lon="111.1", lat="22.0").status_code
        == 200
    )
    shown = page(duty, registered)
    assert "旧城村" in shown
    assert "长坡镇山体滑坡" in shown
    assert "这起事件还没有地点" not in shown


def test_every_issue_stands_at_its_field(duty):
    answer = act(duty, "incident.register", **typed(title="", region="999", reported_at="2026-10-28T08:00"))
    assert answer.status_code == 422
    issues = {issue["field"]: issue for issue in answer.get_json()["issues"]}
    assert set(issues) == {"title", "region", "reported_at"}
    assert issues["reported_at"]["what"] == "首报时间早于事发时间。"
    assert issues["reported_at"]["do"]


def test_a_reader_without_the_right_is_refused_and_the_audit_log_says_so(somebody, registered):
    answer = act(somebody("analyst"), "incident.note", incident=registered.rsplit("/", 1)[1], note="…")
    assert answer.status_code == 403
    entry = somebody("analyst").services.accounts.audit_log(SYSTEM)[1]
    assert (entry.actor, entry.act, "incident.note" in entry.detail) == ("analyst", "refused", True)


def test_a_sibling_county_finds_nothing_by_any_door(somebody, registered):
    county = somebody("county")
    for path in (registered, "/incident/999999", "/incident/abc"):
        shown = page(county, path)
        assert "没有编号为" in shown
        assert "长坡镇山体滑坡" not in shown
    assert "长坡镇山体滑坡" not in page(county, "/emergency")
    number = registered.rsplit("/", 1)[1]
    answer = act(county, "incident.warning", incident=number, level="4")
    assert (answer.status_code, answer.get_json()["issues"][0]["what"]) == (
        422,
        f"没有编号为 {number} 的事件，或您无权查看。",
    )


@pytest.mark.parametrize("edit", ["place", "head", "stage", "stage_end", "stage_correct", "warning", "response", "report",
                                  "task", "note", "consult", "merge", "terminate"])  # fmt: skip
def test_one_form_is_open_at_a_time_with_fields_of_their_own(duty, registered, edit):
    shown = page(duty, registered, f"?edit={edit}")
    fields = re.findall(r'"id":"field-([^"]+)"', shown)
    assert fields
    assert len(fields) == len(set(fields)), "an id stands once on a page"


def test_who_may_not_command_is_offered_no_form(somebody, registered):
    analyst = somebody("analyst")
    assert '"/act/incident' not in page(analyst, registered, "?edit=note")
    for path in ("/incident/new", "/duty"):
        shown = page(analyst, path)
        assert '"/act/incident' not in shown
        assert "您没有查看这里的权限" in shown


def test_the_page_speaks_english_but_for_what_people_wrote(duty, registered):
    shown = page(duty, registered, "?lang=en")
    texts = re.findall(r'"children":"([^"]*)"', shown)
    written = {"长坡镇山体滑坡", "简体中文"}
    assert not [text for text in texts if CHINESE.search(text) and text not in written]
