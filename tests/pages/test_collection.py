"""The doors of calls, reviews, plans and scorecards: pages, acts and files, for those who may and for those who may not."""

import json
from pathlib import Path

import pytest

from tests.pages.conftest import Door

CALL = {
    "title": "营商环境指标", "purpose": "要看办事快慢", "due_on": "2026-11-20", "score_on": "2026-11-30", "departments": "finance",
    "weight_relevance": "40", "weight_availability": "25", "weight_cost": "15", "weight_comparability": "20",
}  # fmt: skip
PROPOSAL = {
    "name_zh": "企业开办平均用时", "unit": "小时", "frequency": "monthly", "lowest_level": "county", "purpose": "看快慢",
    "definition_zh": "从受理到发照", "source": "一网通办平台",
}  # fmt: skip
STRINGS = json.loads((Path(__file__).parents[1] / "cases" / "text" / "blns.json").read_text())


def act(door, name, fields):
    return door.post(f"/act/{name}", data=fields, headers={"X-CSRFToken": door.csrf()})


def text(door, path, search=""):
    """What a page sends, as text."""
    answer = door.page(path, search)
    assert answer.status_code == 200
    return json.dumps(answer.get_json(), ensure_ascii=False)


@pytest.fixture
def as_(application):
    """The door of somebody who has signed in, in a browser of their own."""
    dash_app, services, clock = application

    def somebody(name):
        door = Door(dash_app.server.test_client(), services, clock)
        assert door.sign_in(name).status_code == 302
        return door

    return somebody


@pytest.fixture
def called(as_):
    """Doors to a cockpit with a call that asks the finance bureau, and a review; where these are."""
    door = as_("editor")
    call = act(door, "call.announce", CALL).get_json()["go"]
    standing = door.services.reviews.store.reviews("open")
    review = f"/review/{standing[0].id}" if standing else act(
        door, "review.begin", {"year": "2026", "due_on": "2026-12-31"}
    ).get_json()["go"]  # fmt: skip
    return as_, call, review


def test_who_is_not_asked_finds_neither_page_nor_act_nor_file(called):
    as_, call, review = called
    number = call.rpartition("/")[2]
    for name in ("county", "unit", "analyst", "leader"):
        door = as_(name)
        assert "营商环境指标" not in text(door, call) + text(door, "/calls")
        refused = act(door, "call.propose", PROPOSAL | {"call": number})
        assert (refused.status_code, refused.get_json()["issues"][0]["field"]) == (422, "")
        if name != "unit":  # of a department that answers for indicators
            assert door.get(f"/export{review.replace('/review/', '/review-')}.csv").status_code == 404
    assert door.get("/export/review-999.csv").status_code == 404
    assert door.get("/export/scorecard-1.exe").status_code == 404


def test_what_is_typed_stands_on_the_page_as_it_was_written(called):
    as_, call, _ = called
    door = as_("clerk")
    number = call.rpartition("/")[2]
    strings = [one for group in STRINGS.values() if isinstance(group, list) for one in group if one.strip()]
    odd = " ".join(strings)[:1500]
    answer = act(
        door, "call.propose", PROPOSAL | {"call": number, "purpose": odd, "name_zh": "<b>用时</b>\x00"}
    )
    assert answer.status_code == 200
    proposal = max(one.id for one in door.services.collection.store.proposals([int(number)]))
    kept = door.services.collection.store.proposal(proposal).document
    assert kept["name_zh"] == "<b>用时</b>"
    page = text(door, call, f"?open=proposal:{proposal}")
    assert "<b>用时</b>" in page
    assert json.dumps(kept["purpose"], ensure_ascii=False)[1:-1] in page


def test_answers_of_an_owner_come_and_go_as_a_file(called):
    as_, _, review = called
    door = as_("clerk")
    number = review.rpartition("/")[2]
    code = door.services.reviews.store.asked(int(number), "finance")[0].code
    seen = sum(one.code == code for one in door.services.reviews.store.answers(int(number)))
    given = {
        "review": number,
        f"answer.{code}": "change",
        f"reason.{code}": "=1+1",
        f"seen.{code}": str(seen),
    }
    assert act(door, "review.answer", given).status_code == 200
    csv = door.get(f"/export/review-{number}.csv").get_data(as_text=True)
    assert code in csv
    assert '"=1+1"' not in csv  # no formula for a spreadsheet
    assert "修改" in csv


def test_plans_and_scorecards_are_shown_to_who_may_see_them(called):
    as_, *_ = called
    door = as_("editor")
    made = act(
        door,
        "scorecard.create",
        {"title": "部门评分", "year": "2026", "subjects": "department", "chosen": "finance"},
    )
    card = made.get_json()["go"]
    assert "部门评分" in text(door, card)
    assert "三年行动计划" in text(door, "/plans")
    door = as_("clerk")
    assert "部门评分" not in text(door, card) + text(door, "/plans", "?theme=cards")
    refused = act(
        door,
        "target.add",
        {"plan": "maoming2021", "year": "2026", "op": "done", "statement_zh": "x", "source": "x"},
    )
    assert refused.status_code == 403
