"""Editing a layout: drafts that save themselves, steps taken back, versions, and who may."""

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from data_access.accounts import AccountStore
from data_access.config import load_settings
from data_access.engine import create_engine
from indicators.errors import CockpitError
from services.access import ROLES, Actor
from services.bootstrap import build
from services.layout_editor import Seat
from services.views import Choice

CITY, GAOZHOU, TOWN = 440900000000, 440981000000, 440981105000
LEADER = Actor("1", "leader", "leader", (CITY,))
EDITOR = Actor("e1", "editor", "editor", (CITY,))
OTHER = Actor("e2", "second", "editor", (CITY,))
BOARD, SECTION = "digital", "overview"
FIRST, SECOND, ADDED = "dgov.net.coverage", "dgov.data.share_rate", "dgov.svc.mobile_rate"


class Desk:
    """An editor at work: every step is made on the revision that the last one left."""

    def __init__(self, services, actor=EDITOR, level="city", board=BOARD, owner=""):
        self.services, self.actor, self.level, self.board = services, actor, level, board
        self.owner = owner or actor.id

    @property
    def view(self):
        return self.services.editor.editing(self.actor, self.seat(0), SECTION, "zh")

    def seat(self, seen=None):
        revision = self.view.revision if seen is None else seen
        return Seat(self.board, self.level, self.owner, revision)

    def do(self, step, *arguments, seen=None):
        return getattr(self.services.editor, step)(self.actor, self.seat(seen), *arguments)

    def add(self, name=ADDED, kind="tile"):
        self.do("add", SECTION, kind, name)

    def publish(self, note="试一试"):
        return self.do("publish", note)


@pytest.fixture
def now():
    return [datetime(2026, 10, 28, 2, tzinfo=UTC)]


@pytest.fixture
def services(published, tmp_path, now):
    for file in published.parent.glob("city.db*"):
        shutil.copy(file, tmp_path)
    settings = load_settings(environ={"CHENGMAI_STORE_URL": f"sqlite:///{tmp_path / 'city.db'}"})
    return build(settings, clock=lambda: now[0])


@pytest.fixture
def desk(services):
    return Desk(services)


def shown(services, actor=LEADER, **choice):
    """The cards on the board, in their order."""
    view = services.boards.view(BOARD, actor, Choice(**choice))
    return [slot.name for slot in view.groups[0].slots if slot.kind == "tile"]


def refused(step, *arguments, **options):
    with pytest.raises(CockpitError) as error:
        step(*arguments, **options)
    return error.value.key


# ---- drafts


def test_a_draft_is_seen_by_its_editor_alone_until_it_is_published(services, desk):
    before = shown(services)
    desk.add()
    assert shown(services) == before
    assert shown(services, EDITOR) == before, "outside the editor the editor too sees what is in force"
    assert ADDED in shown(services, EDITOR, edit="layout")
    assert desk.publish() == 1
    assert ADDED in shown(services)


def test_a_new_card_stands_behind_the_last_card_and_a_new_panel_at_the_end(services, desk):
    desk.add()
    desk.add("warnings", "panel")
    slots = services.boards.view(BOARD, EDITOR, Choice(edit="layout")).groups[0].slots
    kinds = [slot.kind for slot in slots]
    assert slots[kinds.index("panel") - 1].name == ADDED
    assert slots[-1].name == "warnings"


def test_move_resize_and_remove(services, desk):
    desk.do("move", SECTION, 0, 2)
    assert shown(services, EDITOR, edit="layout").index(FIRST) == 2
    desk.do("resize", SECTION, 2, "full")
    assert services.boards.view(BOARD, EDITOR, Choice(edit="layout")).groups[0].slots[2].size == "full"
    desk.do("remove", SECTION, 2)
    assert FIRST not in shown(services, EDITOR, edit="layout")


def test_every_step_can_be_taken_back_to_the_first(services, desk):
    before = shown(services)
    desk.add()
    desk.do("remove", SECTION, 0)
    desk.do("undo")
    assert FIRST in shown(services, EDITOR, edit="layout")
    desk.do("undo")
    assert shown(services, EDITOR, edit="layout") == before
    assert refused(desk.do, "undo") == "nothing_to_undo"


def test_on_home_a_card_goes_to_the_part_of_its_system(services):
    desk = Desk(services, board="home")
    desk.do("add", "", "tile", ADDED)
    view = services.boards.view("home", EDITOR, Choice(edit="layout"))
    part = next(group for group in view.groups if group.system == "dgov")
    assert part.tiles[-1].indicator == ADDED


@pytest.mark.parametrize(
    ("step", "key"),
    [
        (("add", SECTION, "tile", FIRST), "layout_twice"),
        (("add", SECTION, "tile", "no.such.one"), "layout_unknown"),
        (("add", SECTION, "panel", "nobody.makes"), "layout_unknown"),
        (("add", SECTION, "chart", "pie"), "layout_unknown"),
        (("remove", SECTION, 99), "layout_place"),
        (("remove", "no_such_tab", 0), "layout_place"),
        (("resize", SECTION, 0, "two_thirds"), "layout_place"),
        (("restore", 7), "no_such_version"),
        (("publish", "nothing to publish"), "nothing_to_publish"),
    ],
)
def test_a_step_that_cannot_be_made_leaves_no_draft(desk, step, key):
    assert refused(desk.do, *step) == key
    assert desk.view.revision == 0


def test_a_draft_belongs_to_one_board_one_level_and_one_editor(services, desk):
    desk.add()
    assert Desk(services, level="town").view.revision == 0
    assert Desk(services, board="projects").view.revision == 0
    assert Desk(services, OTHER).view.revision == 0
    assert [one.author for one in Desk(services, OTHER).view.others] == ["editor"]


# ---- two at one draft


def test_who_has_not_seen_the_last_change_cannot_write_over_it(services, desk):
    desk.add()
    seen = desk.view.revision
    helper = Desk(services, OTHER, owner=EDITOR.id)
    helper.do("remove", SECTION, 0)
    assert refused(desk.do, "move", SECTION, 0, 1, seen=seen) == "draft_changed"
    assert refused(desk.do, "undo", seen=seen) == "draft_changed"
    assert refused(desk.do, "publish", "mine", seen=seen) == "draft_changed"
    assert FIRST not in shown(services, EDITOR, edit="layout"), "the change of the other is what is seen now"
    desk.do("move", SECTION, 0, 1)


def test_nobody_begins_a_draft_in_the_name_of_another(services, desk):
    helper = Desk(services, OTHER, owner="x" * 500)
    assert refused(helper.add) == "draft_changed"
    view = services.boards.view(BOARD, OTHER, Choice(edit="layout", open="draft:nobody"))
    assert view.editing.mine
    desk.add()
    view = services.boards.view(BOARD, OTHER, Choice(edit="layout", open=f"draft:{EDITOR.id}"))
    assert not view.editing.mine
    assert ADDED in [tile.indicator for tile in view.groups[0].tiles]


def test_a_version_published_meanwhile_is_seen_before_it_is_replaced(services, desk, now):
    desk.add()
    rival = Desk(services, OTHER)
    rival.do("remove", SECTION, 0)
    rival.publish("去掉一项")
    assert refused(desk.publish) == "layout_published"
    assert (desk.view.behind.author, desk.view.behind.note) == ("second", "去掉一项")
    assert [(one.kind, one.title) for one in desk.view.missed] == [("removed", "电子政务外网覆盖率")]
    now[0] += timedelta(minutes=1)
    desk.do("keep_mine")
    assert desk.publish() == 2
    assert FIRST in shown(services)


# ---- publishing


def test_a_version_has_a_number_a_note_an_author_and_a_time(desk, now):
    desk.add()
    desk.publish("加上掌上可办率")
    [version] = desk.view.versions
    assert (version.number, version.note, version.author) == (1, "加上掌上可办率", "editor")
    assert version.at == int(now[0].timestamp())


@pytest.mark.parametrize("note", ["", "   ", "长" * 201])
def test_a_version_without_a_sentence_on_what_it_changes_is_refused_at_its_field(desk, note):
    desk.add()
    with pytest.raises(CockpitError) as error:
        desk.publish(note)
    assert error.value.issues[0].where == "note"


def test_what_check_would_refuse_is_not_published(services, desk, monkeypatch):
    desk.add()
    retired = replace(services.catalog.get(ADDED), valid_to=date(2026, 10, 1))
    monkeypatch.setitem(services.catalog._versions, ADDED, (retired,))
    assert refused(desk.publish) == "indicator_retired"
    assert [issue.key for issue in desk.view.problems] == ["indicator_retired"]


def test_what_the_pack_put_on_a_level_may_stay_and_nothing_else_that_it_does_not_publish(services):
    town = Desk(services, level="town")
    town.do("move", "core9", 0, 1)
    town.publish("次序")
    assert refused(town.do, "add", SECTION, "tile", ADDED) == "layout_unknown"


def test_an_earlier_version_is_restored_and_so_is_the_packs_layout(services, desk):
    original = shown(services)
    desk.add()
    desk.publish("一")
    with_it = shown(services)
    desk.do("remove", SECTION, 0)
    desk.publish("二")
    desk.do("restore", 1)
    assert shown(services) != with_it, "it holds once it is published"
    assert desk.publish("恢复第一版") == 3
    assert shown(services) == with_it
    desk.do("restore", 0)
    desk.publish("恢复地区包的版面")
    assert shown(services) == original


def test_a_layout_holds_at_its_level_only(services):
    town = Desk(services, level="town")
    town.do("remove", SECTION, 0)
    town.publish()
    assert FIRST not in shown(services, region=str(TOWN))
    assert FIRST in shown(services)
    assert FIRST in shown(services, region=str(GAOZHOU))


def test_publishing_is_a_new_version_of_what_screens_show_and_a_draft_is_not(services, desk):
    before = services.version()
    desk.add()
    assert services.version() == before
    desk.publish()
    assert services.version() != before


def test_another_process_shows_it_without_being_started_anew(services, desk):
    elsewhere = build(services.settings, clock=services.clock)
    assert ADDED not in shown(elsewhere)
    desk.add()
    desk.publish()
    assert ADDED in shown(elsewhere)


def test_the_fewest_moves_that_explain_an_order_are_told(desk):
    desk.do("move", SECTION, 3, 0)
    assert [one.kind for one in desk.view.changes] == ["moved"]


def test_all_of_it_stands_in_the_audit_log(services, desk):
    desk.add()
    desk.publish("有据可查")
    log = AccountStore(create_engine(services.settings.store)).log(2)
    assert [(entry.act, entry.actor, entry.subject) for entry in log] == [
        ("layout.publish", "editor", "digital/city"),
        ("layout.draft", "editor", "digital/city"),
    ]
    assert "有据可查" in log[0].detail


# ---- who may


def acts(services, actor):
    editor, seat = services.editor, Seat(BOARD, "city", actor.id)
    return {
        "add": lambda: editor.add(actor, seat, SECTION, "tile", ADDED),
        "move": lambda: editor.move(actor, seat, SECTION, 0, 1),
        "resize": lambda: editor.resize(actor, seat, SECTION, 0, "full"),
        "remove": lambda: editor.remove(actor, seat, SECTION, 0),
        "undo": lambda: editor.undo(actor, seat),
        "restore": lambda: editor.restore(actor, seat, 0),
        "discard": lambda: editor.discard(actor, seat),
        "keep_mine": lambda: editor.keep_mine(actor, seat),
        "publish": lambda: editor.publish(actor, seat, "x"),
        "editing": lambda: editor.editing(actor, seat, SECTION, "zh"),
        "content": lambda: editor.content(actor, seat),
    }


STRANGERS = [
    *(Actor("x", role, role, (CITY,)) for role in ROLES if role not in ("editor", "system")),
    Actor("x", "county editor", "editor", (GAOZHOU,)),
    Actor("x", "economist", "editor", (CITY,), ("econ",)),
    Actor("x", "nowhere", "editor", ()),
]


@pytest.mark.parametrize("actor", STRANGERS, ids=lambda actor: actor.name)
def test_nobody_but_an_editor_of_the_whole_city_and_the_system_does_any_of_it(services, actor):
    for name, act in acts(services, actor).items():
        assert refused(act) == "forbidden", name
    assert not services.editor.may(actor, BOARD)


def test_the_address_of_the_editor_shows_others_the_board_and_says_why(services):
    view = services.boards.view(BOARD, LEADER, Choice(edit="layout"))
    assert view.editing is None
    assert not view.editable
    assert "edit" in view.vain
    assert view.groups[0].tiles


def test_home_takes_an_editor_of_every_system(services):
    economist = Actor("x", "economist", "editor", (CITY,), ("econ",))
    assert services.editor.may(economist, "economy")
    assert not services.editor.may(economist, "home")
    assert services.editor.may(EDITOR, "home")
    assert not services.editor.may(EDITOR, "no_such_board")
