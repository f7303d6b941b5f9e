"""Definitions by three people: drafts that lose nothing, review, publication with a day, withdrawal, adoption."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from data_access.accounts import Account, AccountStore
from data_access.config import StoreSettings
from data_access.definitions import LIBRARY, DefinitionStore
from data_access.drafts import DraftStore
from data_access.engine import create_engine
from data_access.migrations import create_schema
from data_access.targets import TargetStore
from indicators.definition import Indicator
from indicators.errors import CockpitError, Issue
from services.access import Actor
from services.definition_check import DefinitionCheck
from services.definitions import Definitions, Files, files_of
from services.notices import Notice
from services.studio import Studio
from services.studio_publication import Publication
from services.studio_reading import Rights
from services.studio_rules import Suggestion
from services.studio_views import DraftView, SubmitWish
from tests.builders import CITY, COUNTY_A, a_tree

RATE = "ops.feed.ontime_rate"
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
NAUGHTY = json.loads((Path(__file__).parents[1] / "cases/text/blns.json").read_text("utf-8"))["strings"]


def a_person(name: str, role: str, region: int = CITY, systems: tuple[str, ...] = ("*",)) -> Actor:
    """Somebody with an account."""
    return Actor(f"id-{name}", name, role, (region,), systems, display=name.title())


WANG, LIU = a_person("wang", "editor"), a_person("liu", "editor")
READER, PUBLISHER = a_person("reader", "reviewer"), a_person("publisher", "publisher")
PEOPLE = (WANG, LIU, READER, PUBLISHER)


@dataclass
class Seen:
    """What is computed of a text: here the text itself, so that a test sees which one it was."""

    document: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"unit": self.document.get("unit")}


class Previews:
    """Values before and after, without figures."""

    def of(self, actor: Actor, document: Mapping[str, Any], code: str | None = None) -> Seen:
        """What the text would come to."""
        return Seen(document)


class Trials:
    """Rules on history, of which there is none here."""

    def run(
        self, actor: Actor, document: Mapping[str, Any], code: str | None, wish: Any, language: str
    ) -> Any:
        """Nothing to try."""
        raise CockpitError(Issue("no_figures", "没有数据"))


@dataclass
class Used:
    """Who uses a code."""

    code: str
    name_zh: str = "派生"
    name_en: str = "Derived"
    department: str = "stats"

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"code": self.code}


class Uses:
    """One indicator is computed from every other; Wang starred it."""

    def of(self, code: str) -> Used:
        """Who uses it."""
        return Used(code)

    def derived(self, code: str) -> Sequence[Used]:
        """What is computed from it."""
        return (Used(f"{code}.derived"),)

    def readers(self, codes: Any) -> tuple[str, ...]:
        """Who starred one of them."""
        return (WANG.id,) if any(str(code).endswith(".derived") for code in codes) else ()


@dataclass
class Told:
    """Keeps what would be told."""

    notices: list[Notice] = field(default_factory=list)

    def put(self, connection: Any, notices: Sequence[Notice]) -> int:
        """Take them."""
        self.notices.extend(notices)
        return len(notices)


@dataclass
class House:
    """A studio on a store with a small library, and a clock that a test may set."""

    studio: Studio
    definitions: Definitions
    drafts: DraftStore
    targets: TargetStore
    told: Told
    folder: Any
    answered: list[tuple[int, int]]
    now: list[datetime]

    def write(self, actor: Actor, draft: DraftView, **fields: Any) -> DraftView:
        """Save a draft with some fields otherwise."""
        return self.studio.save(actor, draft.id, draft.revision, {**draft.document, **fields})

    def submitted(self, wish: SubmitWish | None = None, **fields: Any) -> DraftView:
        """A draft of the rate, submitted by Wang."""
        draft = self.write(WANG, self.studio.open(WANG, "indicator", RATE), **fields)
        return self.studio.submit(WANG, draft.id, draft.revision, wish or SubmitWish(reason="说得更清楚"))

    def on(self, year: int, month: int, day: int) -> Indicator:
        """The rate as it is in force on a day, in the evening of which it is asked."""
        self.now[0] = datetime(year, month, day, 12, tzinfo=UTC)
        return self.definitions.catalog().get(RATE, date(year, month, day))

    def published(self, day: str, wish: SubmitWish | None = None, **fields: Any) -> DraftView:
        """The same, reviewed and published by two others."""
        draft = self.submitted(wish, **fields)
        self.studio.approve(READER, draft.id)
        return self.studio.publish(PUBLISHER, draft.id, day)


@pytest.fixture
def house(tmp_path) -> Iterator[House]:
    """The studio on a fresh store."""
    engine = create_engine(StoreSettings(url=f"sqlite:///{tmp_path}/studio.db"))
    create_schema(engine)
    yield a_house(engine, a_library(tmp_path))
    engine.dispose()


def a_library(tmp_path: Path) -> Path:
    """A library of a few files."""
    folder = tmp_path / "project" / "indicators" / "library"
    folder.mkdir(parents=True)
    for name in ("vocabulary.yaml", "departments.yaml", "cockpit_ops.yaml"):
        shutil.copy(LIBRARY / name, folder / name)
    return folder


def a_house(engine, folder) -> House:
    """The studio over a folder of definitions."""
    now, told, answered = [NOW], Told(), []
    files: Files = files_of(library=folder)
    registry, targets = DefinitionStore(engine), TargetStore(engine)
    definitions = Definitions(registry, targets, files, lambda: now[0])
    definitions.catalog()
    tree, drafts = a_tree(), DraftStore(engine)

    def people() -> list[Account]:
        return [Account(one.id, one.name, one.display, one.role) for one in PEOPLE]

    def note(connection: Any, number: int, draft: int, at: int, actor: str) -> None:
        answered.append((number, draft))

    publication = Publication(drafts, targets, Uses(), told, people, note, CITY)
    studio = Studio(
        drafts, definitions, DefinitionCheck(definitions.catalog, registry.published), Previews(), Trials(), Uses(),
        lambda actor, number: Suggestion(RATE, {"red": 50, "blue": None}, f"建议 {number}"),
        publication, Rights(tree), lambda: now[0], timedelta(hours=8),
    )  # fmt: skip
    return House(studio, definitions, drafts, targets, told, folder, answered, now)


def keys(refused: pytest.ExceptionInfo[CockpitError]) -> list[tuple[str, str]]:
    """What was refused, and where."""
    return [(issue.key, issue.where) for issue in refused.value.issues]


# ---- writing


def test_a_draft_is_one_for_everybody_and_keeps_every_text(house):
    draft = house.studio.open(WANG, "indicator", RATE)
    assert house.studio.open(LIU, "indicator", RATE).id == draft.id
    saved = house.write(WANG, draft, name_zh="按时率")
    assert (saved.revision, saved.document["name_zh"]) == (2, "按时率")
    assert house.write(WANG, saved).revision == 2, "the same text is not kept twice"
    back = house.studio.undo(LIU, draft.id, 2, 1)
    assert (back.revision, back.document) == (3, draft.document)
    assert [one.by for one in back.revisions] == ["Liu", "Wang", "Wang"]
    assert house.definitions.catalog().get(RATE).name_zh == "数据按时报送率", "nothing in force changed"


def test_the_second_of_two_editors_sees_field_by_field_what_the_first_wrote(house):
    draft = house.studio.open(WANG, "indicator", RATE)
    house.write(WANG, draft, name_zh="按时率", unit_en="per cent")
    with pytest.raises(CockpitError) as refused:
        house.write(LIU, draft, name_zh="准时率")
    assert keys(refused) == [
        ("record_changed", ""),
        ("changed_by_other", "name_zh"),
        ("changed_by_other", "unit_en"),
    ]
    assert "按时率" in str(refused.value)
    assert "Wang" in str(refused.value)
    theirs = house.studio.since(LIU, draft.id, draft.revision)
    assert theirs is not None
    assert {line.path for line in theirs.lines} == {"name_zh", "unit_en"}
    now = house.studio.draft(LIU, draft.id)
    assert house.write(LIU, now, name_zh="准时率").document["unit_en"] == "per cent"


def test_any_text_that_can_be_typed_comes_back_as_it_was(house):
    draft = house.studio.open(WANG, "indicator", RATE)
    saved = house.studio.save(
        WANG, draft.id, 1, {**draft.document, "name_zh": "\n".join(NAUGHTY), "definition_zh": "\ud800\x00"}
    )
    again = house.studio.draft(WANG, draft.id).document
    assert again["name_zh"] == "\n".join(NAUGHTY)
    assert again["definition_zh"] == "\ud800\x00"
    with pytest.raises(CockpitError) as refused:
        house.studio.submit(WANG, draft.id, saved.revision, SubmitWish(reason="试"))
    assert ("unwritable_text", "definition_zh") in keys(refused)


def test_what_no_form_sends_is_refused_and_nothing_is_lost(house):
    draft = house.studio.open(WANG, "indicator", RATE)
    endless: dict[str, Any] = {}
    endless["self"] = endless
    for wrong, key in (({"a": object()}, "unreadable_draft"), (endless, "unreadable_draft"),
                       ({"definition_zh": "长" * 500_000}, "too_large")):  # fmt: skip
        with pytest.raises(CockpitError) as refused:
            house.studio.save(WANG, draft.id, 1, wrong)
        assert refused.value.key == key
    assert house.studio.draft(WANG, draft.id).document == draft.document


def test_a_new_code_that_is_no_text_yet_is_a_draft_all_the_same(house):
    draft = house.studio.open(WANG, "indicator")
    for document in ({"code": 7}, {"code": ["x"]}, {"targets": {"nonsense": 1, "2026": 2}}, {}):
        draft = house.studio.save(WANG, draft.id, draft.revision, document)
    assert draft.code == ""
    assert draft.inferred == "new"
    found = {issue.where for issue in house.studio.check(WANG, draft.id)}
    assert {"code", "name_zh", "unit", "definition_zh"} <= found


def test_who_may_not_define_sees_no_draft_and_opens_none(house):
    draft = house.studio.open(WANG, "indicator", RATE)
    for stranger in (a_person("l", "leader"), a_person("c", "editor", COUNTY_A), a_person("s", "editor", systems=("econ",)),
                     a_person("k", "clerk")):  # fmt: skip
        assert house.studio.drafts(stranger) == ()
        with pytest.raises(CockpitError) as refused:
            house.studio.draft(stranger, draft.id)
        assert refused.value.key == "unknown_draft"
        with pytest.raises(CockpitError) as refused:
            house.studio.open(stranger, "indicator", RATE)
        assert refused.value.key == "forbidden"
    with pytest.raises(CockpitError) as refused:
        house.studio.save(READER, draft.id, 1, {})
    assert refused.value.key == "forbidden"


def test_an_editor_of_one_system_cannot_move_a_new_code_into_another(house):
    own = a_person("s", "editor", systems=("econ",))
    draft = house.studio.open(own, "indicator")
    with pytest.raises(CockpitError) as refused:
        house.studio.save(own, draft.id, 1, {"code": "ops.feed.mine"})
    assert keys(refused) == [("system_not_yours", "code")]
    assert house.studio.save(own, draft.id, 1, {"code": "econ.x.mine"}).code == "econ.x.mine"


# ---- the way to publication


def test_three_different_people_and_the_text_before_the_day_stays(house):
    draft = house.submitted(name_zh="按时率")
    assert draft.state == "submitted"
    assert not draft.editable
    for person, act in ((WANG, house.studio.approve), (PUBLISHER, house.studio.approve)):
        with pytest.raises(CockpitError):
            act(person, draft.id)
    house.studio.approve(READER, draft.id)
    both = Actor(READER.id, READER.name, "publisher", READER.regions)
    with pytest.raises(CockpitError, match="三个不同的人"):
        house.studio.publish(both, draft.id, "2027-01-01")
    done = house.studio.publish(PUBLISHER, draft.id, "2027-01-01")
    assert (done.state, done.scheduled, done.valid_from) == ("published", True, date(2027, 1, 1))
    assert house.on(2026, 12, 31).name_zh == "数据按时报送率"
    newest, oldest = house.studio.history(WANG, RATE)
    assert (newest.proposed_by, newest.reviewed_by, newest.published_by) == ("Wang", "Reader", "Publisher")
    assert (newest.change, newest.state, newest.reason) == ("editorial", "scheduled", "说得更清楚")
    assert oldest.valid_to == date(2026, 12, 31)
    assert house.on(2027, 1, 1).name_zh == "按时率"
    assert house.definitions.catalog().get(RATE, date(2026, 12, 31)).name_zh == "数据按时报送率"


def test_whoever_saved_a_line_is_an_author_even_where_somebody_else_submits(house):
    editor_who_reviews = Actor(LIU.id, LIU.name, "reviewer", LIU.regions)
    draft = house.studio.open(WANG, "indicator", RATE)
    draft = house.write(LIU, draft, name_zh="按时率")
    draft = house.studio.submit(WANG, draft.id, draft.revision, SubmitWish(reason="改名"))
    with pytest.raises(CockpitError, match="三个不同的人"):
        house.studio.approve(editor_who_reviews, draft.id)
    assert house.studio.draft(editor_who_reviews, draft.id).hindered


def test_what_the_check_of_files_refuses_is_refused_at_the_field(house):
    draft = house.studio.open(WANG, "indicator", RATE)
    draft = house.write(WANG, draft, agg_region="sum", formula="100 * ops.feed.nowhere / ops.feed.due")
    with pytest.raises(CockpitError) as refused:
        house.studio.submit(WANG, draft.id, draft.revision, SubmitWish(reason="x", break_date="2026-01-01"))
    assert ("unknown_code", "formula") in keys(refused)
    assert house.studio.draft(WANG, draft.id).state == "draft"


@pytest.mark.parametrize(
    ("fields", "wish", "wrong"),
    [
        ({}, {}, ("nothing_changed", "")),
        ({"name_zh": "乙"}, {"reason": "  "}, ("no_reason", "reason")),
        ({"name_zh": "乙"}, {"reason": "长" * 2001}, ("too_long", "reason")),
        ({"polarity": "lower_better"}, {"change": "editorial"}, ("change_too_mild", "change")),
        ({"unit_en": "x"}, {"change": "calibre"}, ("no_break", "break_date")),
        ({"unit_en": "x"}, {"change": "calibre", "break_date": "2026-13-01"}, ("no_break", "break_date")),
        ({"name_zh": "乙"}, {"backcast": "no.such"}, ("unknown_indicator", "backcast")),
        ({"name_zh": "乙"}, {"valid_from": "明年"}, ("bad_day", "valid_from")),
    ],
)
def test_what_is_wrong_with_a_submission_stands_at_its_field(house, fields, wish, wrong):
    with pytest.raises(CockpitError) as refused:
        house.submitted(SubmitWish(**{"reason": "改", **wish}), **fields)
    assert wrong in keys(refused)


def test_a_change_of_calibre_notes_its_break_and_tells_who_inherits_it(house):
    wish = SubmitWish(reason="新的统计制度", break_date="2026-01-01", change="calibre")
    done = house.published("2026-11-01", wish, calibre_zh="新口径")
    assert done.frozen is not None
    assert done.frozen.document["calibre_breaks"] == [{"date": "2026-01-01", "reason_zh": "新的统计制度"}]
    found = house.definitions.catalog().get(RATE)
    assert [one.date for one in found.calibre_breaks] == [date(2026, 1, 1)]
    told = {one.kind: one for one in house.told.notices}
    assert told["definition.published"].lines
    assert WANG.name in told["definition.published"].also
    assert told["definition.published"].to == (), "whoever sees the figure is told"
    assert (told["definition.inherited"].department, told["definition.inherited"].to) == (
        "stats",
        (WANG.name,),
    )


def test_what_the_reviewer_reads_stays_as_it_was_submitted(house):
    draft = house.submitted(unit_en="per cent")
    assert draft.frozen is not None
    assert draft.frozen.preview == {"unit": "%"}
    assert draft.frozen.affected == {"code": RATE}
    assert [(line.path, line.after) for line in draft.frozen.lines] == [("unit_en", "per cent")]
    with pytest.raises(CockpitError) as refused:
        house.studio.save(WANG, draft.id, draft.revision, {**draft.document, "unit_en": "later"})
    assert refused.value.key == "record_changed"
    house.studio.approve(READER, draft.id)
    house.studio.publish(PUBLISHER, draft.id, "2026-11-22")
    assert house.definitions.catalog().get(RATE).unit_en == "per cent"


def test_a_rule_that_cannot_be_tried_says_why_and_stops_no_submission(house):
    draft = house.submitted(rule={"type": "threshold", "op": "<", "red": 50, "yellow": 80})
    assert draft.frozen is not None
    assert [(one["rule"], one["issue"]["key"]) for one in draft.frozen.trials] == [("", "no_figures")]
    renamed = house.write(WANG, house.studio.open(WANG, "indicator", "ops.feed.fail_rate"), name_zh="失败率")
    renamed = house.studio.submit(WANG, renamed.id, renamed.revision, SubmitWish(reason="改名"))
    assert renamed.frozen is not None
    assert renamed.frozen.trials == (), "a name judges nothing"


def test_sent_back_with_a_reason_it_is_written_on_and_reviewed_again(house):
    draft = house.submitted(name_zh="按时率")
    with pytest.raises(CockpitError, match="没有写理由"):
        house.studio.send_back(READER, draft.id, " ")
    back = house.studio.send_back(READER, draft.id, "名称太短")
    assert back.state == "returned"
    assert house.studio.draft(WANG, draft.id).editable
    assert [line.count for line in house.studio.waiting(WANG, "zh") if line.kind == "studio.returned"] == [1]
    again = house.write(WANG, house.studio.draft(WANG, draft.id), name_zh="数据按时率")
    again = house.studio.submit(WANG, draft.id, again.revision, SubmitWish(reason="改长"))
    assert [step.act for step in again.steps] == ["open", "submit", "send_back", "submit"]
    assert again.steps[2].text == "名称太短"


def test_two_who_decide_at_once_cannot_both(house):
    draft = house.submitted(name_zh="按时率")
    other = a_person("reader2", "reviewer")
    house.studio.approve(READER, draft.id, seen=draft.steps_seen)
    for late in (lambda: house.studio.send_back(other, draft.id, "晚了", draft.steps_seen),
                 lambda: house.studio.approve(other, draft.id, seen=draft.steps_seen)):  # fmt: skip
        with pytest.raises(CockpitError) as refused:
            late()
        assert refused.value.key == "record_changed"


def test_taken_back_before_its_day_everything_is_as_it_was(house):
    before = house.definitions.catalog().get(RATE)
    done = house.published("2027-01-01", name_zh="按时率")
    with pytest.raises(CockpitError):
        house.studio.withdraw(WANG, done.id, "作者不能")
    house.studio.withdraw(PUBLISHER, done.id, "日期有误")
    catalog = house.definitions.catalog()
    assert [one.document for one in catalog.versions(RATE)] == [before.document]
    assert [one.state for one in house.studio.history(WANG, RATE)] == ["withdrawn", "published"]
    again = house.published("2027-02-01", name_zh="按时率")
    assert [one.version for one in house.studio.history(WANG, RATE)] == [3, 2, 1]
    house.now[0] = datetime(2027, 2, 1, 1, tzinfo=UTC)
    with pytest.raises(CockpitError):
        house.studio.withdraw(PUBLISHER, again.id, "太晚")


def test_a_version_cannot_begin_before_the_one_that_it_follows(house):
    house.published("2026-12-01", name_zh="按时率")
    draft = house.submitted(name_zh="准时率")
    house.studio.approve(READER, draft.id)
    with pytest.raises(CockpitError) as refused:
        house.studio.publish(PUBLISHER, draft.id, "2026-12-01")
    assert keys(refused) == [("day_too_early", "valid_from")]
    with pytest.raises(CockpitError) as refused:
        house.studio.publish(PUBLISHER, draft.id, "下个月")
    assert keys(refused) == [("bad_day", "valid_from")]
    house.studio.publish(PUBLISHER, draft.id, "2026-12-02")
    assert [house.on(2026, 12, day).name_zh for day in (1, 2)] == ["按时率", "准时率"]


def test_a_draft_that_began_before_a_newer_version_is_brought_on_top_of_it(house):
    scheduled = house.published("2027-01-01", name_zh="按时率", unit_en="pct")
    draft = house.write(WANG, house.studio.open(WANG, "indicator", RATE), name_zh="准时率")
    house.studio.withdraw(PUBLISHER, scheduled.id, "暂缓")
    behind = house.studio.draft(WANG, draft.id)
    assert behind.behind
    with pytest.raises(CockpitError) as refused:
        house.studio.submit(WANG, draft.id, behind.revision, SubmitWish(reason="改"))
    assert ("base_moved", "") in keys(refused)
    fresh, both = house.studio.renew(WANG, draft.id, behind.revision)
    assert (fresh.document["name_zh"], fresh.document["unit_en"], both) == ("准时率", "%", ("name_zh",))
    assert house.studio.submit(WANG, draft.id, fresh.revision, SubmitWish(reason="改")).state == "submitted"


def test_a_figure_is_retired_by_three_people_and_names_what_follows_it(house):
    draft = house.studio.retire(WANG, RATE, "ops.feed.fail_rate", "2027-01-01", "不再统计")
    assert (draft.state, draft.wish and draft.wish.change) == ("submitted", "retirement")
    house.studio.approve(READER, draft.id)
    assert house.studio.publish(PUBLISHER, draft.id, "2027-01-01").state == "retired"
    found = house.on(2026, 12, 30)
    assert found.successor == "ops.feed.fail_rate"
    assert [(one.valid_to, one.state) for one in house.studio.history(WANG, RATE)] == [
        (date(2026, 12, 31), "published")
    ]
    house.studio.withdraw(PUBLISHER, draft.id, "留着")
    assert [one.valid_to for one in house.studio.history(WANG, RATE)] == [None]
    assert house.on(2027, 1, 1).successor == ""


def test_after_its_last_day_a_retired_figure_is_in_force_no_more(house):
    draft = house.studio.retire(WANG, RATE, None, "2026-12-01", "不再统计")
    house.studio.approve(READER, draft.id)
    house.studio.publish(PUBLISHER, draft.id, "2026-12-01")
    assert house.on(2026, 11, 30).code == RATE
    with pytest.raises(CockpitError) as refused:
        house.on(2026, 12, 1)
    assert refused.value.key == "indicator_not_in_force"


def test_a_retirement_that_is_wrong_leaves_no_draft_behind(house):
    for successor, day, reason, where in (("no.such.code", "2027-01-01", "x", "successor"), (None, "某天", "x", "valid_from"),
                                          (None, "2027-01-01", " ", "reason")):  # fmt: skip
        with pytest.raises(CockpitError) as refused:
            house.studio.retire(WANG, RATE, successor, day, reason)
        assert where in {issue.where for issue in refused.value.issues}
    assert house.studio.drafts(WANG) == ()


# ---- what others propose


def test_what_a_file_says_otherwise_comes_into_force_only_by_three_people(house):
    file = house.folder / "cockpit_ops.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('name_zh: "数据按时报送率"', 'name_zh: "按时报送率"', 1), encoding="utf-8")
    assert house.definitions.look_at_files() == 1
    (proposal,) = house.studio.proposals(WANG)
    assert [(line.path, line.after) for line in proposal.lines] == [("name_zh", "按时报送率")]
    draft = house.studio.adopt_file(WANG, proposal.id)
    assert house.studio.adopt_file(LIU, proposal.id).id == draft.id
    assert house.studio.proposals(WANG)[0].draft == draft.id
    draft = house.studio.submit(WANG, draft.id, draft.revision, SubmitWish(reason="采纳"))
    house.studio.approve(READER, draft.id)
    house.studio.publish(PUBLISHER, draft.id, "2026-11-22")
    assert house.studio.proposals(WANG) == ()
    assert house.definitions.look_at_files() == 0
    assert house.definitions.catalog().get(RATE).name_zh == "按时报送率"


def test_what_is_turned_down_is_not_proposed_again(house):
    file = house.folder / "cockpit_ops.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("On-time data rate", "Data on time", 1), encoding="utf-8"
    )
    house.definitions.look_at_files()
    house.studio.decline_file(WANG, house.studio.proposals(WANG)[0].id)
    assert house.studio.proposals(WANG) == ()
    assert house.definitions.look_at_files() == 0


def test_a_proposed_change_of_a_rule_becomes_a_draft_and_is_answered_when_published(house):
    draft = house.studio.adopt_rule(WANG, 5)
    assert draft.document["rule"]["red"] == 50
    assert "blue" not in draft.document["rule"]
    assert draft.inferred == "threshold"
    assert draft.origin == "rule:5"
    assert house.studio.adopt_rule(LIU, 5).id == draft.id
    assert house.answered == []


def test_a_text_brought_along_never_overwrites_a_draft_that_stands(house):
    standing = house.studio.open(WANG, "indicator", RATE)
    with pytest.raises(CockpitError) as refused:
        house.studio.open(LIU, "indicator", RATE, document={"code": RATE})
    assert refused.value.issues[0].params["draft"] == standing.id
    with pytest.raises(CockpitError):
        house.studio.open(LIU, "indicator", RATE, 1)


# ---- targets, which hold in a book of their own


def test_a_target_for_a_day_to_come_holds_from_that_day(house):
    document = {"region_code": "440900000000", "year": 2027, "indicator": RATE, "op": ">=", "value": 95,
                "unit": "%", "statement_zh": "按时率不低于95%"}  # fmt: skip
    draft = house.studio.open(WANG, "target", document=document)
    draft = house.studio.submit(WANG, draft.id, draft.revision, SubmitWish(reason="年度计划"))
    house.studio.approve(READER, draft.id)
    house.studio.publish(PUBLISHER, draft.id, "2027-01-01")
    assert house.targets.value(RATE, CITY, 2027) is None
    assert house.studio.due(house.now[0]) == 0
    assert house.definitions.catalog().targets == ()
    assert house.studio.due(datetime(2026, 12, 31, 16, 0, tzinfo=UTC)) == 1, "midnight of the city"
    assert house.targets.value(RATE, CITY, 2027) == 95
    assert [one.value for one in house.definitions.catalog().targets] == [95]
    assert house.studio.due(datetime(2027, 1, 1, tzinfo=UTC)) == 0


def test_on_each_engine_the_whole_way_stands_in_the_audit_log(engine, tmp_path):
    house = a_house(engine, a_library(tmp_path))
    house.published("2026-11-22", name_zh="按时率")
    log = [(one.act, one.actor) for one in reversed(AccountStore(engine).log())]
    assert [one for one in log if one[0].startswith("definition.")] == [
        ("definition.open", "wang"), ("definition.save", "wang"), ("definition.submit", "wang"),
        ("definition.approve", "reader"), ("definition.publish", "publisher"),
    ]  # fmt: skip


def test_what_waits_is_told_to_whose_move_it_is(house):
    house.submitted(name_zh="按时率")
    count = {
        person.name: {one.kind: one.count for one in house.studio.waiting(person, "zh")} for person in PEOPLE
    }
    assert count["reader"]["studio.review"] == 1
    assert count["publisher"]["studio.publish"] == 0
    assert count["wang"] == {"studio.review": 0, "studio.publish": 0, "studio.returned": 0}
    assert house.studio.waiting(a_person("l", "leader"), "zh") == ()
