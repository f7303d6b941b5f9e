"""The doors of the studio: three people, strangers, lists and pages, texts of every kind."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from services.access import Actor
from tests.pages.conftest import Door, an_application

CITY = 440900000000
CODES = {
    "test_whoever_has_no_part_in_definitions_finds_nothing_and_can_do_nothing": "econ.retail.total",
    "test_three_browsers_bring_a_definition_into_force": "econ.fiscal.revenue",
    "test_any_text_in_any_field_is_kept_or_refused_and_breaks_nothing": "econ.trade.export",
}
"""Each test has a definition of its own: there is one draft of each at a time."""
NAUGHTY = json.loads((Path(__file__).parents[1] / "cases/text/blns.json").read_text("utf-8"))["strings"]


def act(door, name, **fields):
    answer = door.post(f"/act/{name}", data=fields, headers={"X-CSRFToken": door.csrf()})
    return answer.status_code, answer.get_json()


def page(door, path, search=""):
    """The page as it is drawn, its texts as they are read."""
    return json.dumps(door.page(path, search).get_json(), ensure_ascii=False)


def signed_in(door, name):
    """A browser of its own in which somebody has signed in."""
    other = replace(door, client=door.client.application.test_client())
    assert other.sign_in(name).status_code == 302
    return other


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A store of these tests' own, and a browser in front of it."""
    dash_app, services, clock = an_application(tmp_path_factory.mktemp("studio"))
    return Door(dash_app.server.test_client(), services, clock)


@pytest.fixture(scope="module")
def people(house):
    """The browsers of the three."""
    return tuple(signed_in(house, name) for name in ("editor", "reviewer", "publisher"))


@pytest.fixture
def draft(people, request):
    """A draft of the editor's, of a definition that no other test here looks at, and the browsers of the three."""
    code = CODES[request.node.name]
    status, answer = act(people[0], "studio.open", kind="indicator", code=code)
    assert status == 200
    return answer["go"].rpartition("/")[2], code, *people


def written(editor, number, **fields):
    """Save the draft with fields otherwise; its revision."""
    studio = editor.services.studio
    author = Actor("another", "another", "editor", (CITY,))
    view = studio.draft(author, int(number))
    return studio.save(author, view.id, view.revision, {**view.document, **fields}).revision


def test_whoever_has_no_part_in_definitions_finds_nothing_and_can_do_nothing(draft, house):
    number, code, editor, _, _ = draft
    assert code in page(editor, "/studio")
    for name in ("leader", "analyst", "county", "clerk", "expert"):
        door = signed_in(house, name)
        assert code not in page(door, "/studio")
        assert "没有这份草稿" in page(door, f"/studio/{number}")
        assert page(door, f"/studio/{number}").count("没有这份草稿") == page(door, "/studio/99999").count(
            "没有这份草稿"
        )
        for name_of_act, fields in (
            ("studio.open", {"kind": "indicator", "code": code}), ("studio.submit", {"id": number, "reason": "x"}),
            ("studio.approve", {"id": number}), ("studio.publish", {"id": number, "valid_from": "2027-01-01"}),
            ("studio.withdraw", {"id": number, "why": "x"}),
            ("studio.retire", {"code": code, "valid_from": "2027-01-01", "reason": "x"}),
        ):  # fmt: skip
            assert act(door, name_of_act, **fields)[0] in (403, 422), (name, name_of_act)
    assert page(editor, f"/studio/{number}").count("draft-draft") == 1, "nothing happened to it"


def test_three_browsers_bring_a_definition_into_force(draft):
    number, code, editor, reviewer, publisher = draft
    revision = written(editor, number, definition_zh="<script>alert(1)</script>新的说法")
    status, answer = act(editor, "studio.submit", id=number, revision=revision, reason="")
    assert status == 422
    assert [issue["field"] for issue in answer["issues"]] == ["reason"]
    assert act(editor, "studio.submit", id=number, revision=revision, reason="说得更清楚")[0] == 200
    assert act(editor, "studio.approve", id=number)[0] == 403
    shown = page(reviewer, f"/studio/{number}")
    assert "/act/studio.approve" in shown
    assert "definition_zh" in shown
    assert "/act/studio.publish" not in shown
    assert act(reviewer, "studio.approve", id=number, seen="1")[1]["stale"], (
        "a page from before the submission"
    )
    assert act(reviewer, "studio.approve", id=number)[0] == 200
    assert act(reviewer, "studio.publish", id=number, valid_from="2026-11-01")[0] == 403
    status, answer = act(publisher, "studio.publish", id=number, valid_from="2026-11-01")
    assert (status, answer["said"]) == (200, "已发布，自 2026-11-01 起生效。")
    assert "说得更清楚" in page(editor, f"/indicator/{code}")
    assert "draft-scheduled" in page(editor, "/studio", "?filter=show:scheduled")
    assert "studio-table" not in page(editor, "/studio", "?filter=show:published"), "its day has not come"


def test_any_text_in_any_field_is_kept_or_refused_and_breaks_nothing(draft):
    number, _, editor, reviewer, _ = draft
    revision = written(editor, number, calibre_zh="新的口径说明")
    for text in NAUGHTY[::20]:
        for name, fields in (
            ("studio.submit", {"revision": revision, "reason": "", "change": text, "break_date": text, "backcast": text}),
            ("studio.publish", {"valid_from": text}), ("studio.retire", {"code": text, "successor": text, "valid_from": text}),
            ("studio.open", {"kind": f"x{text}", "code": text, "from_version": text}), ("studio.undo", {"to": text}),
        ):  # fmt: skip
            status, answer = act(editor, name, id=number, **fields)
            assert status in (403, 422), (name, text)
            assert all(issue["what"] for issue in answer["issues"])
    reason = next(text for text in NAUGHTY if "<script>" in text)
    assert act(editor, "studio.submit", id=number, revision=revision, reason=reason)[0] == 200
    assert json.dumps(reason, ensure_ascii=False)[1:-1] in page(reviewer, f"/studio/{number}")


@pytest.mark.parametrize(
    "path", ["/studio/0", "/studio/x", "/studio/-1", "/studio/%F0%9F%98%80", "/studio/99999999999999999999"]
)
def test_an_address_that_leads_nowhere_says_so(people, path):
    assert "没有这份草稿" in page(people[0], path)


def test_every_list_opens_for_whom_it_is_offered(people):
    for door in people:
        for show in (
            "open",
            "mine",
            "review",
            "publish",
            "scheduled",
            "published",
            "retired",
            "withdrawn",
            "proposals",
            "no",
        ):
            assert "定义工作室" in page(door, "/studio", f"?filter=show:{show};page:7")
        assert "definition studio" in page(door, "/studio", "?lang=en").lower()
