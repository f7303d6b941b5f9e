"""Calls for indicators: who sees what when, what is refused, the ranking, the selection, drafts; and the yearly review."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from data_access import collection_tables as tables
from indicators.collection import CallState, Verdict
from indicators.errors import CockpitError
from services import collection_sample
from services.access import Actor
from services.bootstrap import Services
from services.notices import Notice
from services.texts import Texts
from tests.services.conftest import RoomClock

CITY, GAOZHOU, HUAZHOU = 440900000000, 440981000000, 440982000000
EDITOR = Actor("e", "editor", "editor", (CITY,), display="数据编辑员")
SECOND = Actor("e2", "editor2", "editor", (CITY,))
FINANCE = Actor("f", "finance", "clerk", (CITY,), department="finance", display="财政局填报员")
COLLEAGUE = Actor("f2", "finance2", "clerk", (CITY,), department="finance")
NDRC = Actor("n", "ndrc", "unit", (CITY,), department="ndrc")
HEAD = Actor("h", "head", "county_head", (GAOZHOU,))
SIBLING = Actor("s", "sibling", "county_head", (HUAZHOU,))
EXPERT = Actor("x", "expert", "expert", (CITY,), display="专家甲")
OTHER_EXPERT = Actor("y", "expert2", "expert", (CITY,), display="专家乙")
ANALYST = Actor("a", "analyst", "analyst", (CITY,))

WEIGHTS = {
    "weight_relevance": "40",
    "weight_availability": "25",
    "weight_cost": "15",
    "weight_comparability": "20",
}
CALL = {
    "title": "营商环境指标",
    "purpose": "要看办事快慢",
    "due_on": "2026-12-04",
    "score_on": "2026-12-11",
} | WEIGHTS
PROPOSAL = {
    "name_zh": "企业开办平均用时", "unit": "小时", "frequency": "monthly", "lowest_level": "county", "purpose": "看快慢",
    "definition_zh": "从受理到发照", "source": "一网通办平台",
}  # fmt: skip
STRINGS = json.loads((Path(__file__).parents[1] / "cases" / "text" / "blns.json").read_text())


def refused(act: Callable[[], Any]) -> dict[str, str]:
    """The keys of the issues by field."""
    with pytest.raises(CockpitError) as error:
        act()
    return {issue.where: issue.key for issue in error.value.issues}


def seen(services: Services, call: int, **values: str) -> dict[str, str]:
    found = services.collection.store.call(call)
    assert found is not None
    return {"version": str(found.version)} | values


def scores(*four: float) -> dict[str, str]:
    names = ("relevance", "availability", "cost", "comparability")
    return {f"score_{name}": str(value) for name, value in zip(names, four, strict=True)}


def names(services: Services, actor: Actor, call: int) -> list[str]:
    return [one.proposal.document["name_zh"] for one in services.collection.page(actor, call).proposals]


def announced(services: Services, **values: str) -> int:
    return services.collection.announce(EDITOR, CALL | values)


def collected(services: Services) -> tuple[int, int, int, int]:
    """A call with a proposal of finance, one of 高州 and one of the development commission."""
    call, propose = announced(services), services.collection.propose
    return (
        call,
        propose(FINANCE, call, PROPOSAL),
        propose(HEAD, call, PROPOSAL | {"name_zh": "用工缺口"}),
        propose(NDRC, call, PROPOSAL | {"name_zh": "审批超期率", "unit": "%"}),
    )


def selecting(services: Services) -> tuple[int, int, int, int]:
    """The same, scored by two experts."""
    call, *proposals = collected(services)
    collection = services.collection
    collection.close_entry(EDITOR, call, seen(services, call))
    for proposal, one, two in zip(proposals, (9, 5, 7), (7, 5, 7), strict=True):
        collection.score(EXPERT, proposal, scores(one, one, one, one))
        collection.score(OTHER_EXPERT, proposal, scores(two, two, two, two))
    collection.close_scores(EDITOR, call, seen(services, call))
    return call, proposals[0], proposals[1], proposals[2]


# ---- who sees what when


def test_while_a_call_collects_everybody_sees_the_own_proposals_only(room: Services) -> None:
    call, *_ = collected(room)
    assert names(room, FINANCE, call) == names(room, COLLEAGUE, call) == ["企业开办平均用时"]
    assert names(room, HEAD, call) == ["用工缺口"]
    assert names(room, EDITOR, call) == names(room, EXPERT, call) == names(room, SIBLING, call) == []
    assert room.collection.page(EDITOR, call).count == 3
    assert room.collection.page(FINANCE, call).count is None


def test_while_it_is_scored_every_expert_sees_all_proposals_and_the_own_scores_only(room: Services) -> None:
    call, finance, *_ = collected(room)
    collection = room.collection
    collection.close_entry(EDITOR, call, seen(room, call))
    collection.score(EXPERT, finance, scores(9, 8, 7, 6))
    assert len(names(room, EXPERT, call)) == len(names(room, EDITOR, call)) == 3
    assert names(room, HEAD, call) == ["用工缺口"]
    for actor, counted in ((EXPERT, 1), (OTHER_EXPERT, 0), (EDITOR, 0)):
        views = collection.page(actor, call).proposals
        assert sum(len(one.ballots) for one in views) == counted
        assert all(one.standing is None for one in views)
    assert collection.page(EDITOR, call).experts == (("专家甲", 1),)
    assert collection.page(FINANCE, call).experts == ()


def test_afterwards_the_ranking_is_open_but_sibling_counties_see_nothing_of_each_other(
    room: Services,
) -> None:
    call, *_ = selecting(room)
    assert (
        names(room, EDITOR, call)
        == names(room, FINANCE, call)
        == ["企业开办平均用时", "审批超期率", "用工缺口"]
    )
    assert names(room, SIBLING, call) == ["企业开办平均用时", "审批超期率"]
    first = room.collection.page(EDITOR, call).proposals[0]
    assert first.standing is not None
    assert (first.standing.rank, first.standing.score, first.standing.spread) == (1, 8.0, 1.0)
    assert len(first.ballots) == 2
    assert room.collection.page(FINANCE, call).proposals[0].ballots == ()


def test_a_call_that_one_is_not_asked_by_is_as_unknown_as_none(room: Services) -> None:
    call = announced(room, departments="ndrc")
    assert [one.id for one in room.collection.calls(NDRC)] == [call]
    for stranger in (FINANCE, HEAD, ANALYST):
        assert room.collection.calls(stranger) == ()
        assert refused(lambda stranger=stranger: room.collection.page(stranger, call)) == {"": "unknown_call"}
        assert refused(lambda stranger=stranger: room.collection.propose(stranger, call, PROPOSAL)) == {
            "": "unknown_call"
        }
    assert refused(lambda: room.collection.page(NDRC, 999)) == {"": "unknown_call"}
    counties = announced(room, departments="counties")
    assert [one.id for one in room.collection.calls(HEAD)] == [counties]


# ---- proposals


def test_a_proposal_is_changed_until_the_deadline_and_every_version_stays(
    room: Services, room_clock: RoomClock
) -> None:
    collection, call = room.collection, announced(room)
    number = collection.propose(FINANCE, call, PROPOSAL)
    collection.rewrite(COLLEAGUE, number, PROPOSAL | {"unit": "天", "version": "1"})
    assert refused(
        lambda: collection.rewrite(FINANCE, number, PROPOSAL | {"unit": "分钟", "version": "1"})
    ) == {"": "record_changed"}
    (view,) = collection.page(FINANCE, call).proposals
    assert [text.document["unit"] for text in view.texts] == ["小时", "天"]
    assert view.own
    collection.take_back(FINANCE, number, {"version": "2"})
    assert collection.page(EDITOR, call).count == 0
    collection.take_back(FINANCE, number, {"version": "3"}, back=False)
    room_clock.on(days=12)
    changed = PROPOSAL | {"version": "4"}
    assert refused(lambda: collection.rewrite(FINANCE, number, changed)) == {"": "too_late"}
    assert refused(lambda: collection.propose(NDRC, call, PROPOSAL)) == {"": "too_late"}
    assert not collection.page(FINANCE, call).proposals[0].own


def test_everything_that_is_wrong_is_told_at_its_field(room: Services) -> None:
    crossed = CALL | {"title": " ", "due_on": "2026-12-20", "weight_cost": "x", "departments": "nobody"}
    assert refused(lambda: room.collection.announce(EDITOR, crossed)) == {
        "title": "field_missing", "score_on": "days_crossed", "weight_cost": "field_bounds",
        "weight_relevance": "weights_not_whole", "departments": "unknown_department",
    }  # fmt: skip
    past = CALL | {"due_on": "2026-11-01", "score_on": "soon"}
    assert refused(lambda: room.collection.announce(EDITOR, past)) == {
        "due_on": "day_past",
        "score_on": "field_day",
    }
    assert refused(lambda: room.collection.announce(FINANCE, CALL)) == {"": "forbidden"}
    call = announced(room)
    wrong = PROPOSAL | {"name_zh": "", "frequency": "sometimes", "unit": "x" * 41}
    assert refused(lambda: room.collection.propose(FINANCE, call, wrong)) == {
        "name_zh": "field_missing", "frequency": "field_choice", "unit": "text_too_long",
    }  # fmt: skip
    room.collection.propose(FINANCE, call, PROPOSAL)
    assert refused(lambda: room.collection.propose(COLLEAGUE, call, PROPOSAL)) == {
        "name_zh": "proposed_before"
    }


def test_naughty_strings_are_kept_as_written_or_refused_at_the_field(room: Services) -> None:
    call = announced(room)
    texts = [text for group in STRINGS.values() if isinstance(group, list) for text in group][::9]
    for place, text in enumerate(texts):
        given = PROPOSAL | {"name_zh": f"指标{place}", "purpose": text, "definition_zh": text, "source": text}
        if not text.strip():
            assert set(refused(lambda given=given: room.collection.propose(FINANCE, call, given))) == {
                "purpose", "definition_zh", "source",
            }  # fmt: skip
            continue
        number = room.collection.propose(FINANCE, call, given)
        kept = room.collection.store.proposal(number)
        assert kept is not None
        assert kept.document["purpose"] == text.strip()


# ---- scores


def test_nobody_scores_the_own_departments_proposal(room: Services) -> None:
    call, finance, *_ = collected(room)
    room.collection.close_entry(EDITOR, call, seen(room, call))
    judge = Actor("j", "judge", "expert", (CITY,), department="finance")
    assert refused(lambda: room.collection.score(judge, finance, scores(9, 9, 9, 9))) == {
        "aside": "own_proposal"
    }
    assert refused(lambda: room.collection.score(judge, finance, {"aside": "yes"})) == {
        "comment": "field_missing"
    }
    room.collection.score(judge, finance, {"aside": "yes", "comment": "本部门的建议"})
    room.collection.score(EXPERT, finance, scores(9, 9, 9, 9))
    room.collection.close_scores(EDITOR, call, seen(room, call))
    stands = next(
        one for one in room.collection.page(EDITOR, call).proposals if one.proposal.id == finance
    ).standing
    assert stands is not None
    assert (stands.score, stands.ballots, stands.aside) == (9.0, 1, 1)


def test_scores_are_bounded_and_taken_only_while_a_call_is_scored(
    room: Services, room_clock: RoomClock
) -> None:
    call, finance, *_ = collected(room)
    assert refused(lambda: room.collection.score(EXPERT, finance, scores(1, 1, 1, 1))) == {
        "": "unknown_proposal"
    }
    room.collection.close_entry(EDITOR, call, seen(room, call))
    assert refused(lambda: room.collection.score(EXPERT, finance, scores(11, -1, 5, 5) | {"score_cost": ""})) == {
        "score_relevance": "field_bounds", "score_availability": "field_bounds", "score_cost": "field_missing",
    }  # fmt: skip
    assert refused(lambda: room.collection.score(FINANCE, finance, scores(1, 1, 1, 1))) == {"": "forbidden"}
    room_clock.on(days=20)
    assert refused(lambda: room.collection.score(EXPERT, finance, scores(1, 1, 1, 1))) == {"": "not_scoring"}


# ---- the selection


def test_the_selection_is_recorded_with_reasons_and_becomes_drafts(
    room: Services, room_told: list[Notice]
) -> None:
    call, finance, county, ndrc = selecting(room)
    collection = room.collection
    assert refused(lambda: collection.decide(EDITOR, finance, {"outcome": "selected", "seen": "0"})) == {
        "reason": "field_missing"
    }
    assert refused(lambda: collection.finish(EDITOR, call, seen(room, call))) == {"": "undecided"}
    for proposal, outcome in ((finance, "selected"), (county, "declined"), (ndrc, "reserve")):
        collection.decide(EDITOR, proposal, {"outcome": outcome, "reason": "按排名", "seen": "0"})
    late = {"outcome": "reserve", "reason": "再议", "seen": "0"}
    assert refused(lambda: collection.decide(SECOND, finance, late)) == {"": "record_changed"}
    collection.decide(SECOND, ndrc, {"outcome": "declined", "reason": "数据未通", "seen": "1"})
    assert collection.page(FINANCE, call).proposals[0].decisions == ()  # not before the selection stands
    assert refused(lambda: collection.draft(EDITOR, finance)) == {"": "not_selected"}
    collection.finish(EDITOR, call, seen(room, call))
    assert {one.kind for one in room_told if "finish" in one.key} == {"call.entry"}
    mine = next(one for one in collection.page(FINANCE, call).proposals if one.proposal.id == finance)
    assert mine.decision is not None
    assert (mine.decision.outcome, mine.decision.rank, mine.decision.score) == ("selected", 1, 8.0)
    kept = next(one for one in collection.page(EDITOR, call).proposals if one.proposal.id == ndrc)
    assert [one.outcome for one in kept.decisions] == ["reserve", "declined"]
    draft = collection.draft(EDITOR, finance)
    assert collection.draft(EDITOR, finance) == draft  # once
    opened = room.studio.draft(EDITOR, draft)
    assert opened.document["name_zh"] == "企业开办平均用时"
    assert opened.origin == f"call:{call}/{finance}"
    assert refused(lambda: collection.draft(EDITOR, ndrc)) == {"": "not_selected"}


def test_nobody_decides_on_the_own_proposal(room: Services) -> None:
    call = announced(room)
    own = room.collection.propose(EDITOR, call, PROPOSAL)
    room.collection.close_entry(EDITOR, call, seen(room, call))
    room.collection.close_scores(EDITOR, call, seen(room, call))
    wish = {"outcome": "selected", "reason": "好", "seen": "0"}
    assert refused(lambda: room.collection.decide(EDITOR, own, wish)) == {"": "own_proposal"}
    room.collection.decide(SECOND, own, wish)


def test_two_who_run_a_call_do_not_overwrite_each_other(room: Services) -> None:
    call, *_ = collected(room)
    before = seen(room, call)
    room.collection.close_entry(EDITOR, call, before)
    extended = before | {"due_on": "2026-12-30", "text": "再等等"}
    assert refused(lambda: room.collection.extend(SECOND, call, extended)) == {"": "record_changed"}
    assert refused(lambda: room.collection.close_entry(SECOND, call, seen(room, call))) == {"": "not_now"}


def test_stages_end_by_themselves_and_those_who_are_asked_are_reminded_once(
    room: Services, room_clock: RoomClock, room_told: list[Notice]
) -> None:
    call, finance, *_ = collected(room)
    room_told.clear()
    for hours in (1, 8 * 24 + 22, 1, 1):  # within three days of the last one
        room.collection.due(room_clock.on(hours=hours))
    assert [one.kind for one in room_told] == ["call.entry"]
    room.collection.due(room_clock.on(days=3))
    assert room.collection.known(EDITOR, call).state == CallState.SCORING
    room.collection.score(EXPERT, finance, scores(9, 9, 9, 9))
    room.collection.due(room_clock.on(days=7))
    assert room.collection.known(EDITOR, call).state == CallState.SELECTING
    assert [one.kind for one in room_told] == ["call.entry", "call.scoring", "call.run"]
    assert [step.actor for step in room.collection.page(EDITOR, call).steps][1:] == ["system"] * 3


def test_a_call_without_proposals_waits_for_those_who_run_it(room: Services, room_clock: RoomClock) -> None:
    call = announced(room)
    room.collection.due(room_clock.on(days=30))
    assert room.collection.known(EDITOR, call).state == CallState.OPEN
    assert refused(lambda: room.collection.close_entry(EDITOR, call, seen(room, call))) == {
        "": "no_proposals"
    }
    room.collection.extend(EDITOR, call, seen(room, call, due_on="2027-01-10", text="再征集"))
    room.collection.propose(FINANCE, call, PROPOSAL)
    room.collection.withdraw(EDITOR, call, seen(room, call, text="改为明年"))
    assert names(room, EDITOR, call) == []
    assert names(room, FINANCE, call) == ["企业开办平均用时"]


def test_what_was_said_cannot_be_changed_in_the_store(room: Services) -> None:
    call, finance, *_ = collected(room)
    for table in (tables.call_texts, tables.call_steps):
        with pytest.raises(sa.exc.DatabaseError), room.collection.store.transaction() as connection:
            connection.execute(sa.delete(table))
    assert len(room.collection.store.texts(finance)) == 1
    assert len(room.collection.store.steps(call)) == 1


def test_what_waits_is_told_to_those_whose_turn_it_is(room: Services) -> None:
    call = announced(room)
    kinds = {
        one.name: [line.kind for line in room.collection.waiting(one, "zh")]
        for one in (FINANCE, EXPERT, EDITOR)
    }
    assert kinds == {"finance": [f"call.propose.{call}"], "expert": [], "editor": []}
    room.collection.propose(FINANCE, call, PROPOSAL)
    assert room.collection.waiting(FINANCE, "zh") == ()
    room.collection.close_entry(EDITOR, call, seen(room, call))
    (line,) = room.collection.waiting(EXPERT, "en")
    assert (line.count, line.late) == (1, False)


def test_the_sample_is_played_through_the_real_acts_and_marked(
    room: Services, room_told: list[Notice]
) -> None:
    assert collection_sample.fill(room.collection, room.scorecards, room.pack, room.clock()) == 3
    assert collection_sample.fill(room.collection, room.scorecards, room.pack, room.clock()) == 0
    assert {one.state: one.simulated for one in room.collection.calls(EDITOR)} == {
        CallState.SCORING: True, CallState.CLOSED: True,
    }  # fmt: skip
    (card,) = room.scorecards.cards(EDITOR)
    assert (card.simulated, card.appeals) == (True, 1)
    assert room_told == []
    closed = next(one for one in room.collection.calls(EDITOR) if one.state is CallState.CLOSED)
    ranking = room.collection.page(EDITOR, closed.id).proposals
    assert [one.decision.outcome for one in ranking if one.decision] == [
        "selected",
        "selected",
        "reserve",
        "declined",
    ]


# ---- the yearly review


def begun(services: Services) -> int:
    return services.reviews.begin(EDITOR, {"year": "2026", "due_on": "2026-12-31"})


def test_owners_keep_change_or_retire_and_only_what_is_new_is_kept(room: Services) -> None:
    reviews, number = room.reviews, begun(room)
    mine = [one.asked.code for one in reviews.page(FINANCE, number, {}).questions]
    assert {room.catalog.get(code).department for code in mine} == {"finance"}
    first, second, third = mine[:3]
    answers = {
        f"answer.{first}": "keep", f"answer.{second}": "change", f"reason.{second}": "口径要改",
        f"answer.{third}": "retire", f"reason.{third}": "不再采集", f"successor.{third}": first,
    }  # fmt: skip
    assert reviews.answer(FINANCE, number, answers) == 3
    again = answers | {f"seen.{code}": "1" for code in (first, second, third)}
    assert reviews.answer(COLLEAGUE, number, again) == 0  # nothing new is said
    changed = again | {f"answer.{first}": "retire", f"reason.{first}": "重复"}
    assert reviews.answer(COLLEAGUE, number, changed) == 1
    assert refused(lambda: reviews.answer(FINANCE, number, changed | {f"reason.{first}": "别的"})) == {
        "": "record_changed"
    }
    (sum_,) = reviews.page(FINANCE, number, {}).sums
    assert (sum_.answered, sum_.verdicts) == (3, {Verdict.RETIRE: 2, Verdict.CHANGE: 1})
    question = next(
        one for one in reviews.page(EDITOR, number, {"answer": "retire"}).questions if one.asked.code == first
    )
    assert [one.answer for one in question.answers] == ["keep", "retire"]


def test_what_is_wrong_with_answers_is_told_at_each_row_and_nothing_is_half_kept(room: Services) -> None:
    reviews, number = room.reviews, begun(room)
    first, second = (one.asked.code for one in reviews.page(FINANCE, number, {}).questions[:2])
    other = reviews.page(NDRC, number, {}).questions[0].asked.code
    given = {
        f"answer.{first}": "keep", f"answer.{second}": "retire", f"successor.{second}": second, f"answer.{other}": "keep",
    }  # fmt: skip
    assert refused(lambda: reviews.answer(FINANCE, number, given)) == {
        f"reason.{second}": "field_missing", f"successor.{second}": "unknown_indicator", f"answer.{other}": "not_yours",
    }  # fmt: skip
    assert reviews.page(FINANCE, number, {}).line.answered == 0


def test_a_review_is_nobodys_who_owes_it_nothing(room: Services) -> None:
    number = begun(room)
    for stranger in (HEAD, EXPERT, ANALYST):
        assert room.reviews.reviews(stranger) == ()
        assert refused(lambda stranger=stranger: room.reviews.page(stranger, number, {})) == {
            "": "unknown_review"
        }
        assert refused(
            lambda stranger=stranger: room.reviews.export(stranger, number, Texts("zh"), "csv")
        ) == {"": "unknown_review"}
    whole = room.reviews.export(EDITOR, number, Texts("zh"), "csv").decode("utf-8-sig").splitlines()
    mine = room.reviews.export(FINANCE, number, Texts("en"), "csv").decode("utf-8-sig").splitlines()
    assert len(whole) - 1 == room.reviews.page(EDITOR, number, {}).total
    assert len(mine) - 1 == room.reviews.page(FINANCE, number, {}).total < len(whole) - 1


def test_departments_are_reminded_as_the_last_day_comes_near_and_once_it_is_over(
    room: Services, room_clock: RoomClock, room_told: list[Notice]
) -> None:
    number = begun(room)
    begun_for = len(room_told)
    assert begun_for > 10  # every department that owns an indicator
    room_told.clear()
    asked = room.reviews.store.asked(number, "finance")
    room.reviews.answer(FINANCE, number, {f"answer.{one.code}": "keep" for one in asked})
    for days in (10, 14, 1, 8, 4, 3):  # 38 days: the last one is the 38th
        room.reviews.due(room_clock.on(days=days))
        room.reviews.due(room_clock.on(hours=1))
    assert {one.department for one in room_told}.isdisjoint({"finance"})
    assert [one.key.rpartition(":")[2] for one in room_told if one.department == "ndrc"] == [
        "14",
        "7",
        "3",
        "late",
    ]
    line = room.reviews.reviews(EDITOR)[0]
    assert (line.open, line.late) == (True, True)


def test_what_is_to_be_changed_or_retired_becomes_a_draft(room: Services) -> None:
    reviews, number = room.reviews, begun(room)
    first, second, third = (one.asked.code for one in reviews.page(FINANCE, number, {}).questions[:3])
    reviews.answer(
        FINANCE, number,
        {f"answer.{first}": "change", f"reason.{first}": "改口径", f"answer.{second}": "keep",
         f"answer.{third}": "retire", f"reason.{third}": "停采", f"successor.{third}": second},
    )  # fmt: skip
    assert refused(lambda: reviews.draft(EDITOR, number, second)) == {"": "nothing_to_draft"}
    assert refused(lambda: reviews.draft(FINANCE, number, first)) == {"": "forbidden"}
    draft = reviews.draft(EDITOR, number, first)
    assert reviews.draft(EDITOR, number, first) == draft
    assert room.studio.draft(EDITOR, draft).code == first
    retired = room.studio.draft(EDITOR, reviews.draft(EDITOR, number, third))
    assert (retired.code, retired.document["successor"]) == (third, second)


def test_a_closed_review_takes_no_answers(room: Services) -> None:
    reviews, number = room.reviews, begun(room)
    again = {"year": "2026", "due_on": "2026-12-31"}
    assert refused(lambda: reviews.begin(EDITOR, again)) == {"year": "review_open"}
    assert refused(lambda: reviews.begin(FINANCE, again)) == {"": "forbidden"}
    code = reviews.page(FINANCE, number, {}).questions[0].asked.code
    reviews.close(EDITOR, number, {"version": "1", "text": "完成"})
    assert refused(lambda: reviews.answer(FINANCE, number, {f"answer.{code}": "keep"})) == {"": "not_now"}
    assert refused(lambda: reviews.remind(EDITOR, number, {"version": "2"})) == {"": "not_now"}
    assert reviews.waiting(FINANCE, "zh") == ()
    reviews.begin(replace(EDITOR, name="third"), again)
