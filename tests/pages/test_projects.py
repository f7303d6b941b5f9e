"""Projects through the doors: forms keep what was typed, a sibling's project is nowhere, lamps always have their word."""

import json
from datetime import date

import pytest

from indicators.lights import COLOURS, Position, judge
from indicators.projects import Milestone
from pages._components import projects_parts, projects_timeline
from pages._components.words import Words
from services.texts import Texts
from tests.pages.conftest import Door

XINYI_TOWN, GAOZHOU_TOWN = "440983101000", "440981100000"
ZH, EN = Words(Texts("zh")), Words(Texts("en"))


def typed(**fields):
    return {
        "name": "门口登记的项目", "region": XINYI_TOWN, "stage": "early", "department": "ndrc", "total": "3",
        "year": "2026", "amount": "1",
    } | fields  # fmt: skip


def act(door, act_name, **fields):
    return door.post(f"/act/{act_name}", data=fields, headers={"X-CSRFToken": door.csrf()})


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
def editor(somebody):
    return somebody("editor")


@pytest.fixture
def registered(editor):
    """The address of a project in a county of which the demo county is a sibling."""
    known = {one.name: one.id for one in editor.services.projects.register().projects.values()}
    if "门口登记的项目" in known:
        return f"/project/{known['门口登记的项目']}"
    answer = act(editor, "project.add", **typed())
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()["go"]


def test_a_project_is_registered_and_has_its_page_in_both_languages(editor, registered):
    assert "门口登记的项目" in page(editor, registered)
    english = page(editor, registered, "?lang=en")
    assert "Preparation" in english
    assert "Report a month" in english


def test_what_is_wrong_comes_back_with_its_field_in_the_readers_language(editor):
    wrong = {"planned_start": "2027-05-01", "planned_finish": "2026-05-01", "total": "many"}
    for language, word in (("zh", "早于"), ("en", "is before")):
        answer = editor.post(
            f"/act/project.add?lang={language}",
            data=typed(name="别的", **wrong),
            headers={"X-CSRFToken": editor.csrf()},
        )
        assert answer.status_code == 422
        issues = {one["field"]: one["what"] for one in answer.get_json()["issues"]}
        assert set(issues) == {"planned_finish", "total"}
        assert word in issues["planned_finish"]


def test_an_older_form_is_stopped_and_nothing_typed_is_lost(editor, registered):
    number = registered.rsplit("/", 1)[1]
    seen = str(editor.services.projects.register().projects[int(number)].revision)
    change = typed(id=number, revision=seen, owner="甲公司")
    assert act(editor, "project.edit", **change).status_code == 200
    answer = act(editor, "project.edit", **(change | {"owner": "乙公司"}))
    assert (answer.status_code, answer.get_json()["stale"]) == (422, True)
    assert editor.services.projects.register().projects[int(number)].owner == "甲公司"


@pytest.mark.parametrize("name", ["project.add", "project.month", "project.import", "project.problem"])
def test_who_may_not_record_is_refused_and_the_refusal_is_noted(somebody, registered, name):
    leader = somebody("leader")
    answer = act(leader, name, **typed(id=registered.rsplit("/", 1)[1], month="9", done="1"))
    assert answer.status_code == 403
    assert "/project/new" not in page(leader, "/projects", "?theme=register")


def test_a_sibling_county_finds_nothing_by_any_door(somebody, registered):
    county = somebody("county")
    assert "门口登记的项目" not in page(county, registered)
    assert "没有这个项目" in page(county, registered)
    for search in ("?theme=register", "?theme=register&filter=q:门口登记", f"?region={XINYI_TOWN}"):
        assert "门口登记的项目" not in page(county, "/projects", search)
    assert "门口登记的项目" not in page(county, "/search", "?q=门口登记")


@pytest.mark.parametrize("number", ["0", "999999", "abc", "1e5", "9" * 30])
def test_an_address_that_names_no_project_says_so(editor, number):
    assert "没有这个项目" in page(editor, f"/project/{number}")


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_templates_are_for_those_who_record(editor, somebody, ending):
    assert len(editor.get(f"/template/projects.{ending}").data) > 100
    assert somebody("leader").get(f"/template/months.{ending}").status_code == 403


@pytest.mark.parametrize("colour", COLOURS)
def test_a_lamp_always_has_its_word(colour):
    for words in (ZH, EN):
        drawn = projects_parts.lamp(colour, words)
        assert drawn["props"]["children"] == words.t(COLOURS[colour])


def test_the_reason_of_a_light_is_a_sentence_in_both_languages():
    red = judge(Position(40.0, 83.3)).reasons[0]
    assert (
        projects_parts.reason_text(red, ZH) == "完成年度计划的 40%，比时序进度慢 43.3 个百分点（红灯界限 30）"
    )
    assert (
        projects_parts.reason_text(red, EN)
        == "40% of the plan done, 43.3 points behind the schedule (red beyond 30)"
    )


@pytest.mark.parametrize(
    ("planned", "actual", "state"),
    [("2026-09-01", "2026-08-30", "done"), ("2026-09-01", "2026-09-05", "late"), ("2026-09-01", None, "overdue"),
     ("2026-12-01", None, "coming"), ("2026-09-01", "2026-11-20", "overdue")],
)  # fmt: skip
def test_a_milestone_is_what_was_known_on_the_day_of_the_data(planned, actual, state):
    one = Milestone(
        1, 1, "封顶", date.fromisoformat(planned), actual=date.fromisoformat(actual) if actual else None
    )
    assert projects_timeline.milestone_state(one, date(2026, 10, 31)) == state


def test_a_board_without_plans_says_what_would_be_there(somebody):
    shown = page(somebody("leader"), "/projects", "?region=440902000000")
    assert "登记了项目和年度计划之后，这里会显示进度。" in shown
    assert json.loads(shown)
