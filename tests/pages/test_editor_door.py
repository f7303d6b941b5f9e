"""The door of the editor: whatever is typed into any box is kept or told at the box, and only for those who may define."""

import json
from pathlib import Path

import pytest

from tests.pages.conftest import Door

NAUGHTY = json.loads((Path(__file__).parents[1] / "cases/text/blns.json").read_text("utf-8"))["strings"]
BOXES = (
    "name_zh", "name_en", "unit", "unit_en", "frequency", "basis", "department", "theme", "definition_zh", "formula", "weight",
    "rule.type", "rule.red", "rule.recover", "rule.benchmark.code", "rules.0.name", "rules.0.red", "related.0.type", "related.0.code",
    "targets.0.year", "targets.0.value", "limit_versions.0.limit", "calibre_breaks.0.date", "example.inputs", "release.days", "dimensions",
)  # fmt: skip


def act(door, name, **fields):
    """Ask for an act as the script does."""
    sent = {one.replace("__", "~"): value for one, value in fields.items()}
    return door.post(f"/act/{name}", data=sent, headers={"X-CSRFToken": door.csrf()})


@pytest.fixture
def writing(door):
    """An editor's browser, and the number of a draft of their own."""
    door.sign_in("editor")
    return door, int(act(door, "studio.open", kind="indicator").get_json()["go"].rpartition("/")[2])


def saved(door, number, seen, typed):
    return act(door, "editor.save", __draft=number, __seen=seen, __look="?filter=side:preview", **typed)


def test_no_string_in_any_box_breaks_a_save(writing):
    door, number = writing
    seen = 1
    for start in range(0, len(NAUGHTY), len(BOXES)):  # a string in each box, other ones with every save
        texts = NAUGHTY[start : start + len(BOXES)]
        answer = saved(door, number, seen, dict(zip(BOXES, texts, strict=False)))
        assert answer.status_code == 200, answer.get_data(as_text=True)[:300]
        told = answer.get_json()["more"]
        seen = told["revision"]
        assert all(one["what"] for one in told["faults"])
    shown = json.dumps(door.page(f"/studio/{number}").get_json(), ensure_ascii=False)
    assert json.dumps(_kept(texts[0]), ensure_ascii=False)[1:-1] in shown, "as it was typed, on the page too"


def _kept(text):
    return "".join(sign for sign in text.strip() if sign == "\n" or sign.isprintable())


def test_a_mistake_in_the_address_of_a_save_is_told_and_keeps_nothing(writing):
    door, number = writing
    assert saved(door, 987654, 1, {"name_zh": "x"}).status_code == 422
    assert saved(door, "x", 1, {"name_zh": "x"}).status_code == 422
    answer = act(door, "editor.undo", __draft=number, __seen=1, __to=99)
    assert (answer.status_code, answer.get_json()["issues"][0]["what"]) == (422, "没有可以撤销的改动。")


WRITING = ("save", "resolve", "undo", "aim")


@pytest.mark.parametrize(
    ("name", "acts"),
    [("leader", (*WRITING, "look", "complete")), ("county", (*WRITING, "look", "complete")), ("unit", (*WRITING, "look", "complete")),
     ("reviewer", WRITING), ("publisher", WRITING)],
)  # fmt: skip
def test_nobody_else_writes_a_draft_or_looks_into_it(application, writing, name, acts):
    door, number = writing
    other = Door(application[0].server.test_client(), door.services, door.clock)
    assert other.sign_in(name).status_code == 302
    assert saved(door, number, 1, {"name_zh": "secret"}).status_code == 200
    for asked in acts:
        answer = act(
            other,
            f"editor.{asked}",
            __draft=number,
            __seen=2,
            __typed="econ",
            __to=1,
            __kind="target",
            name_zh="theirs",
        )
        assert answer.status_code in (403, 422), asked
        assert "secret" not in answer.get_data(as_text=True)
    assert saved(door, number, 2, {"name_zh": "mine"}).get_json()["more"]["revision"] == 3, (
        "nothing was saved by others"
    )
