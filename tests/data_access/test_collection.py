"""Calls, reviews and scorecards on both engines: what was seen is what one changes, and what was said stays."""

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from data_access import collection_tables, plans_tables
from data_access.collection import Call, CallStep, Decision, Proposal, Said, Score
from data_access.plans_book import TargetStep
from data_access.scorecards import Card, CardStep, Hand, Result, ScorecardStore
from data_access.yearly_reviews import Answered, Asked, Review, ReviewStore

CITY = 440900000000
CALL = Call(
    0,
    "征集",
    "说明",
    ("finance",),
    CITY,
    {"relevance": 100.0},
    "open",
    1,
    20261201,
    10,
    20261208,
    20,
    1,
    "editor",
    "编辑员",
)
PROPOSAL = Proposal(0, 1, "finance", CITY, False, 1, 2, "clerk", "填报员", {"name_zh": "用时", "unit": "天"})
REVIEW = Review(0, 2026, "", CITY, "open", 1, 20261231, 30, 1, "editor", "编辑员")
CARD = Card(
    0, "评分", 2026, 202612312359012, "county", CITY, "draft", 1, 0, None, None, 1, "editor", "编辑员"
)
SAID = Said(5, "clerk", "填报员")


def called(store: ReviewStore) -> tuple[int, int]:
    """A call with one proposal."""
    with store.transaction() as connection:
        call = store.announce(connection, CALL)
        return call, store.propose(connection, PROPOSAL._replace(call=call))


def test_a_proposal_is_rewritten_on_top_of_what_was_seen_and_its_last_text_holds(engine: Engine) -> None:
    store = ReviewStore(engine)
    call, number = called(store)
    before = store.proposal(number)
    assert before is not None
    with store.transaction() as connection:
        assert store.rewrite(connection, before, {"name_zh": "用时", "unit": "小时"}, SAID)
        assert not store.rewrite(connection, before, {"name_zh": "用时", "unit": "分钟"}, SAID)
        assert not store.withdraw(connection, before, True, SAID)
    (held,) = store.proposals([call])
    assert (held.document["unit"], held.version) == ("小时", 2)
    assert [text.document["unit"] for text in store.texts(number)] == ["天", "小时"]


def test_a_call_is_moved_on_top_of_what_was_seen(engine: Engine) -> None:
    store = ReviewStore(engine)
    call, _ = called(store)
    before = store.call(call)
    assert before is not None
    assert (before.departments, before.criteria) == (("finance",), {"relevance": 100.0})
    step = CallStep(call, 2, "close_entry", "scoring", 9, "editor", "编辑员")
    with store.transaction() as connection:
        assert store.step(connection, before, step)
        assert not store.step(connection, before, step._replace(number=3))
    assert [one.act for one in store.steps(call)] == ["announce", "close_entry"]
    assert [one.state for one in store.calls(["scoring"])] == ["scoring"]


def test_of_several_scores_and_decisions_the_last_holds_and_all_stay(engine: Engine) -> None:
    store = ReviewStore(engine)
    _, number = called(store)
    for value in (5.0, 8.0):
        with store.transaction() as connection:
            store.score(connection, Score(number, "x", 0, {"relevance": value}, False, "", 6, "x", "专家"))
            store.decide(connection, Decision(number, 0, "reserve", "再议", 1, value, 7, "editor", "编辑员"))
    assert [one.scores["relevance"] for one in store.scores([number])] == [8.0]
    assert [one.score for one in store.decisions([number])] == [5.0, 8.0]
    with store.transaction() as connection:
        assert store.drafted(connection, "call:1/1", 7, SAID)
        assert not store.drafted(connection, "call:1/1", 8, SAID)
    assert store.drafts(["call:1/1", "call:1/2"]) == {"call:1/1": 7}


def test_a_review_keeps_what_it_asked_and_every_answer(engine: Engine) -> None:
    store = ReviewStore(engine)
    asked = [Asked(0, "econ.a", "finance", 1, None), Asked(0, "econ.b", "ndrc", 2, 202610312359001)]
    with store.transaction() as connection:
        number = store.begin_review(connection, REVIEW, asked)
        answers = [
            Answered(number, "econ.a", place, verdict, "", "", 6, "clerk", "填报员")
            for place, verdict in ((1, "keep"), (2, "retire"))
        ]
        store.answer(connection, answers)
    assert [one.code for one in store.asked(number, "finance")] == ["econ.a"]
    assert [one.answer for one in store.answers(number)] == ["keep", "retire"]


@pytest.mark.parametrize(
    "table",
    [
        collection_tables.call_texts, collection_tables.call_steps, collection_tables.call_scores,
        collection_tables.call_decisions, collection_tables.questions, plans_tables.card_steps,
        plans_tables.card_results, plans_tables.card_hands, plans_tables.target_steps,
    ],
    ids=lambda table: table.name,
)  # fmt: skip
def test_nothing_that_was_said_can_be_changed_or_removed(engine: Engine, table: sa.Table) -> None:
    store, cards = ReviewStore(engine), ScorecardStore(engine)
    _, number = called(store)
    with store.transaction() as connection:
        store.score(connection, Score(number, "x", 0, {}, True, "回避", 6, "x", "专家"))
        store.decide(connection, Decision(number, 0, "declined", "无", None, None, 7, "editor", "编辑员"))
        store.begin_review(connection, REVIEW, [Asked(0, "econ.a", "finance", 1, None)])
        card = cards.create(connection, CARD, {"items": [], "subjects": []})
        cards.freeze(connection, [Result(card, 1, "1", "i1", 1.0, None, "", None, "missing", None, "")])
        cards.give(connection, Hand(card, "1", "i1", 0, 5.0, "据", 6, "editor", "编辑员"))
        cards.step(connection, TargetStep("k", 0, "owner", "data", {}, "", 6, "editor", "编辑员"))
    column = next(iter(table.c))
    for change in (sa.update(table).values({column.name: column}), sa.delete(table)):
        with pytest.raises(sa.exc.DatabaseError, match="append-only"), store.transaction() as connection:
            connection.execute(change)


def test_a_card_is_moved_on_top_of_what_was_seen(engine: Engine) -> None:
    store = ScorecardStore(engine)
    with store.transaction() as connection:
        number = store.create(connection, CARD, {"items": [], "subjects": ["1"]})
    before = store.card(number)
    assert before is not None
    step = CardStep(number, 2, "edit", "draft", {"items": [], "subjects": ["1"]}, "", 6, "editor", "编辑员")
    with store.transaction() as connection:
        assert store.card_step(connection, before, step)
        assert not store.card_step(connection, before, step._replace(number=3))
    assert [one.number for one in store.card_steps(number)] == [1, 2]
