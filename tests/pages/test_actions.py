"""The door of acts: who comes through it, what it answers, and the forms in front of it."""

import io

import pytest
from werkzeug.datastructures import FileStorage, MultiDict

from data_access.board_layouts import Where
from pages._actions import Fields
from pages._acts import ACTIONS, SUBJECTS
from pages._components import forms
from pages._session import Session
from services.access import Actor
from services.texts import Texts

MOVE = {
    "board": "digital",
    "level": "city",
    "owner": "",
    "seen": "0",
    "section": "overview",
    "place": "0",
    "to": "1",
}
HERE = Session(Actor("1", "editor", "editor"), None, Texts("zh"), "dark")


def act(door, name, fields, csrf=None):
    token = door.csrf() if csrf is None else csrf
    return door.post(f"/act/{name}", data=fields, headers={"X-CSRFToken": token})


def refusals(door):
    """What the audit log says of acts that were refused."""
    return [one for one in door.services.accounts._store.log(20) if one.act == "refused"]


@pytest.fixture
def editor(door):
    assert door.sign_in("editor").status_code == 302
    return door


# ---- who comes through


@pytest.mark.parametrize("name", ACTIONS)
def test_no_act_without_a_session(door, name):
    assert door.post(f"/act/{name}", data=MOVE).status_code == 401


@pytest.mark.parametrize("name", ACTIONS)
def test_no_act_without_the_token_against_forgery(editor, name):
    assert act(editor, name, MOVE, csrf="").status_code == 400
    assert act(editor, name, MOVE, csrf="forged").status_code == 400


def test_an_act_that_there_is_not_is_no_page_either(editor):
    assert act(editor, "layout.destroy", MOVE).status_code == 404


def test_an_act_that_is_not_permitted_is_refused_in_words_and_written_down(leader):
    before = len(refusals(leader))
    answer = act(leader, "layout.remove", MOVE)
    assert answer.status_code == 403
    assert "没有权限" in answer.get_json()["issues"][0]["what"]
    assert len(refusals(leader)) == before + 1
    assert refusals(leader)[0].actor == "leader"


def test_the_names_of_acts_are_each_given_once():
    assert len(ACTIONS) == sum(len(subject) for subject in SUBJECTS)


# ---- what it answers


def seen(door) -> str:
    """The revision of the draft of this board as it now stands; 0 where there is none."""
    drafts = door.services.editor._store.drafts(Where("digital", "city"))
    return str(drafts[0].revision if drafts else 0)


def test_what_was_done_is_said_in_the_readers_language(editor):
    said = act(editor, "layout.move", MOVE | {"seen": seen(editor)}).get_json()
    assert said == {"go": "", "said": "已移到第 2 位"}
    editor.client.set_cookie("lang", "en")
    assert "Undone" in act(editor, "layout.undo", MOVE | {"seen": seen(editor)}).get_json()["said"]


def test_an_issue_names_its_field_and_who_was_quicker_has_the_page_drawn_anew(editor):
    stale = act(editor, "layout.move", MOVE | {"seen": "999"})
    assert stale.status_code == 422
    assert stale.get_json()["stale"] is True
    act(editor, "layout.move", MOVE | {"seen": seen(editor)})
    answer = act(editor, "layout.publish", MOVE | {"seen": seen(editor), "note": ""}).get_json()
    assert [issue["field"] for issue in answer["issues"]] == ["note"]
    assert answer["stale"] is False


@pytest.mark.parametrize(
    "changes",
    [
        {"place": "-1"},
        {"place": "٣"},
        {"place": "9" * 40},
        {"section": "../../etc"},
        {"board": "<script>"},
        {"level": "village"},
        {"owner": "x" * 5000},
        {"seen": "NaN"},
    ],
)
def test_no_field_whatever_breaks_the_door(editor, changes):
    assert act(editor, "layout.move", MOVE | changes).status_code in (403, 422)


# ---- fields


def test_fields_are_trimmed_text_without_control_characters():
    fields = Fields(MultiDict([("a", "  x\x00\x1b\u202ey\r\nz  "), ("tag", "1"), ("tag", ""), ("tag", "2")]))
    assert fields["a"] == "xy\nz"
    assert fields["absent"] == ""
    assert fields.all("tag") == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("", -1), ("-3", -1), ("1.5", -1), ("١٢", -1), ("9" * 20, -1)]
)
def test_a_hidden_number_is_a_whole_one_or_the_default(text, number):
    assert Fields(MultiDict({"place": text})).whole("place", -1) == number


def test_a_file_is_its_name_and_content():
    sent = FileStorage(io.BytesIO(b"a,b"), filename="项目.csv")
    none = FileStorage(io.BytesIO(b""), filename="")
    fields = Fields(MultiDict(), MultiDict([("file", sent), ("other", none)]))
    assert fields.file("file") == ("项目.csv", b"a,b")
    assert fields.file("other") is None
    assert fields.file("absent") is None


# ---- forms


def parts(element):
    """Every element of a tree."""
    if isinstance(element, list):
        return [one for child in element for one in parts(child)]
    if not isinstance(element, dict):
        return []
    return [element, *parts(element["props"].get("children"))]


@pytest.mark.parametrize(
    "field",
    [
        forms.text("name", "名称", "值", hint="说明", required=True),
        forms.number("amount", "金额", 1.5, unit="亿元"),
        forms.date("day", "日期", "2026-10-28"),
        forms.moment("at", "时间", "2026-10-28T09:41"),
        forms.area("words", "说明", "多行"),
        forms.select("kind", "类别", [("a", "甲"), ("b", "乙")], "b"),
        forms.file("file", "文件", accept=".csv"),
    ],
    ids=lambda field: field["props"]["data-field"],
)
def test_every_field_has_its_label_and_a_place_for_what_is_wrong(field):
    name = field["props"]["data-field"]
    props = [one["props"] for one in parts(field)]
    [box] = [one for one in props if one.get("name") == name]
    assert [one for one in props if one.get("htmlFor") == box["id"]], "the label points at the box"
    assert f"{name}-error" in box["aria-describedby"].split()
    assert [one for one in props if one.get("data-error") == name]
    assert "value" not in box, "a page that is drawn anew would take back what is being typed"


def test_a_form_goes_to_its_act_and_brings_the_sentences_that_the_browser_says():
    form = forms.form(HERE, "layout.publish", forms.text("note", "改了什么"), submit="发布", ask="真的？")[
        "props"
    ]
    assert (form["action"], form["method"]) == ("/act/layout.publish", "post")
    assert form["data-ask"] == "真的？"
    assert form["data-leave"]
    assert form["data-failed"]
