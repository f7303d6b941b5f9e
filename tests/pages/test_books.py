"""The page of an indicator, notes on it and the check list, asked as a browser asks: who sees what, and what is refused."""

import json
from pathlib import Path

import pytest

from services.views import Choice
from tests.pages.conftest import Door

NAUGHTY = json.loads(
    (Path(__file__).resolve().parents[1] / "cases" / "text" / "blns.json").read_text("utf-8")
)["strings"]
REVENUE = "econ.fiscal.revenue"
MAONAN = "440902000000"


def text(answer) -> str:
    return json.dumps(json.loads(answer.get_data(as_text=True)), ensure_ascii=False)


def act(door, name, **fields):
    return door.post(f"/act/{name}", data=fields, headers={"X-CSRFToken": door.csrf()})


@pytest.fixture
def analyst(door):
    door.sign_in("analyst")
    return door


def test_every_part_of_the_page_is_there(analyst):
    page = text(analyst.page(f"/indicator/{REVENUE}"))
    for part in (
        "现在的数",
        "定义与口径",
        "预警规则",
        "谁在用",
        "定义的版本",
        "修订记录",
        "备注",
        "与其他指标的关系",
    ):
        assert part in page, part
    assert "修改定义" not in page  # an analyst writes no definitions


def test_an_editor_is_led_into_the_studio(door):
    door.sign_in("editor")
    assert "/act/studio.open" in text(door.page(f"/indicator/{REVENUE}"))


@pytest.mark.parametrize("code", ["econ.not.there", "x", "%00", "econ.fiscal.revenue'--"])
def test_what_is_not_there_is_answered_on_the_page(analyst, code):
    answer = analyst.page(f"/indicator/{code}")
    assert answer.status_code == 200
    assert "没有" in text(answer)


def test_a_county_gets_the_same_answer_for_a_sibling_as_for_nothing(door):
    door.sign_in("county")
    other = text(door.page(f"/indicator/{REVENUE}", f"?region={MAONAN}"))
    assert "定义与口径" not in other
    assert "茂南" not in other.replace("茂南区不在您的职责范围内", "")


def test_a_page_that_knows_only_the_present_says_so(analyst):
    assert "不能回到 2026-04-20" in text(analyst.page("/catalogue", "?as_of=2026-04-20"))
    assert "不能回到" not in text(analyst.page(f"/indicator/{REVENUE}", "?as_of=2026-04-20"))
    assert "不能回到" not in text(analyst.page("/economy", "?as_of=2026-04-20"))


@pytest.fixture
def leader_too(application):
    """The leader in a browser beside the analyst's."""
    dash_app, services, clock = application
    beside = Door(dash_app.server.test_client(), services, clock)
    beside.sign_in("leader")
    return beside


def notes(door):
    """The notes that whoever is signed in sees on the page."""
    visitor = door.services.accounts.visitor(door.client.get_cookie("chengmai").value)
    return door.services.indicator_pages.view(visitor.actor, REVENUE, Choice(), "zh").notes


def test_a_note_is_kept_as_it_was_written_and_taken_back_by_its_author_only(analyst, leader_too):
    written = [one.strip() for one in NAUGHTY if one.strip().isprintable() and one.strip()][::50]
    before = len(notes(analyst))
    for one in written:
        assert (
            act(analyst, "indicator.note", code=REVENUE, region="440900000000", text=one).status_code == 200
        )
    mine = notes(analyst)
    assert [one.text for one in reversed(mine)][before:] == written
    assert [one.mine for one in notes(leader_too)] == [False] * len(mine)
    assert act(leader_too, "indicator.withdraw_note", id=str(mine[0].id)).status_code == 422
    assert act(analyst, "indicator.withdraw_note", id=str(mine[0].id)).status_code == 200
    assert [one.id for one in notes(analyst)] == [one.id for one in mine[1:]]


@pytest.mark.parametrize(
    ("written", "status"), [("", 422), ("   ", 422), ("字" * 2001, 422), ("字" * 2000, 200)]
)
def test_a_note_has_a_length(analyst, written, status):
    answer = act(analyst, "indicator.note", code=REVENUE, region="440900000000", text=written)
    assert answer.status_code == status
    if status == 422:
        assert answer.get_json()["issues"][0]["field"] == "text"


def test_who_may_not_note_or_check_is_refused(door):
    door.sign_in("county")
    assert act(door, "indicator.note", code=REVENUE, region=MAONAN, text="邻县").status_code == 403
    assert act(door, "check.accept", id="1", reason="好").status_code == 403
    assert "您没有权限" in text(door.page("/checks"))
    assert "您没有权限" in text(door.page("/checks/1"))


def test_the_check_list_says_that_all_is_well(door):
    door.sign_in("editor")
    page = text(door.page("/checks"))
    assert "勾稽都相符" in page
    assert "地区生产总值" in page
    assert "没有这条核对结果" in text(door.page("/checks/999"))
    assert "没有这条核对结果" in text(door.page("/checks/abc"))


@pytest.mark.parametrize("search", ["?filter=q:czsr;page:9", "?filter=view:graph;code:econ.fiscal.revenue", "?filter=view:table;freshness:never",
                                    "?filter=view:nonsense", "?filter=at:econ.fiscal", "?filter=view:graph;code:x.y"])  # fmt: skip
def test_every_address_of_the_catalogue_is_answered(analyst, search):
    answer = analyst.page("/catalogue", search)
    assert answer.status_code == 200
    assert "指标库" in text(answer)
