"""Drafts of definitions: moves, three people, what is otherwise, what kind of change it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.catalog.reading import Kind
from indicators.drafting import (
    EDITABLE,
    MOVES,
    OPEN,
    Act,
    Change,
    Hands,
    State,
    allowed,
    clashes,
    differences,
    least,
    merged,
    moved,
)
from indicators.errors import CockpitError

TEXT = {
    "code": "econ.x.a", "name_zh": "甲", "unit": "亿元", "formula": "econ.x.b * 2", "version": 3,
    "rule": {"type": "threshold", "red": 5, "yellow": 3}, "related": [{"type": "leads", "code": "econ.x.c"}],
    "targets": {2025: 1.0, 2026: 2.0},
}  # fmt: skip

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=6,
)
documents = st.dictionaries(st.sampled_from(["code", "name_zh", "rule", "related", "formula"]), plain)


def test_a_draft_goes_from_hand_to_hand_and_never_skips_one():
    state = moved(None, Act.OPEN)
    for act in (Act.SUBMIT, Act.SEND_BACK, Act.SUBMIT, Act.APPROVE, Act.PUBLISH, Act.WITHDRAW, Act.REOPEN):
        state = moved(state, act)
    assert state is State.DRAFT
    for state, act in ((State.DRAFT, Act.APPROVE), (State.DRAFT, Act.PUBLISH), (State.SUBMITTED, Act.PUBLISH),
                       (State.PUBLISHED, Act.SUBMIT)):  # fmt: skip
        with pytest.raises(CockpitError, match="状态已经变了"):
            moved(state, act)


def test_every_state_but_the_first_is_reached_by_some_move():
    assert {*MOVES.values()} == {*State}
    assert EDITABLE < OPEN


@given(people=st.lists(st.sampled_from("abc"), min_size=3, max_size=3))
def test_whoever_wrote_does_not_review_and_whoever_reviewed_does_not_publish(people):
    author, reviewer, publisher = people
    hands = Hands(frozenset(author))
    passed = hands.may(Act.APPROVE, reviewer)
    published = passed and Hands(frozenset(author), reviewer).may(Act.PUBLISH, publisher)
    assert published == (len(set(people)) == 3)


def test_a_difference_names_every_field_down_to_the_single_value():
    after = {**TEXT, "name_zh": "乙", "version": 4, "rule": {"type": "threshold", "red": 6, "blue": 1}}
    found = {(one.path, one.what, one.before, one.after) for one in differences(TEXT, after)}
    assert found == {
        ("name_zh", "changed", "甲", "乙"),
        ("rule.red", "changed", 5, 6),
        ("rule.yellow", "removed", 3, None),
        ("rule.blue", "added", None, 1),
    }


def test_what_moved_in_a_list_of_things_is_not_told_as_changed():
    before = {"related": [{"type": "leads", "code": "a"}, {"type": "leads", "code": "b"}]}
    after = {"related": [{"type": "offsets", "code": "z"}, *before["related"]]}
    assert [(one.path, one.what) for one in differences(before, after)] == [("related.0", "added")]
    assert [(one.path, one.what) for one in differences(after, before)] == [("related.0", "removed")]


def test_a_truth_value_and_a_number_are_two_things():
    assert [one.path for one in differences({"a": 1}, {"a": True})] == ["a"]


@given(documents, documents)
def test_nothing_is_otherwise_exactly_where_two_texts_are_the_same(one, other):
    same = repr(sorted(one.items())) == repr(sorted(other.items()))
    assert (not differences(one, other)) == (same or one == other)
    assert not differences(one, one)
    assert {line.path.partition(".")[0] for line in differences(one, other)} <= {*one, *other}


@given(documents, documents)
def test_brought_on_top_of_a_text_that_did_not_change_a_draft_stays_as_it_is(base, mine):
    assert merged(base, mine, base) == mine
    assert merged(base, base, mine) == mine
    assert not clashes(base, mine, base)


@given(documents, documents, documents)
def test_a_draft_keeps_its_own_fields_and_takes_the_others(base, mine, theirs):
    both = merged(base, mine, theirs)
    for name in {*base, *mine, *theirs}:
        touched = (name in mine) != (name in base) or mine.get(name) != base.get(name)
        source = mine if touched else theirs
        assert (name in both) == (name in source)
        assert both.get(name) == source.get(name)
    for name in clashes(base, mine, theirs):
        assert mine.get(name) != theirs.get(name) or (name in mine) != (name in theirs)


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("name_zh", "乙", Change.EDITORIAL),
        ("definition_zh", "别的说法", Change.EDITORIAL),
        ("department", "stats", Change.EDITORIAL),
        ("rule", {"type": "threshold", "red": 6}, Change.THRESHOLD),
        ("targets", {2025: 9.0}, Change.THRESHOLD),
        ("formula", "econ.x.b * 3", Change.CALIBRE),
        ("unit", "万元", Change.CALIBRE),
        ("agg_region", "sum", Change.CALIBRE),
        ("a_field_of_tomorrow", 1, Change.CALIBRE),
    ],
)
def test_the_kind_of_a_change_follows_from_what_it_touches(field, value, kind):
    assert least(Kind.INDICATOR, TEXT, {**TEXT, field: value}) is kind
    assert least(Kind.INDICATOR, TEXT, {**TEXT, field: value, "name_en": "B"}) is kind


def test_an_author_may_call_a_change_graver_and_never_milder():
    assert allowed(Change.EDITORIAL) == (Change.EDITORIAL, Change.THRESHOLD, Change.CALIBRE)
    assert allowed(Change.CALIBRE) == (Change.CALIBRE,)
    assert allowed(least(Kind.INDICATOR, None, TEXT)) == (Change.NEW,)
    assert allowed(least(Kind.INDICATOR, TEXT, None)) == (Change.RETIREMENT,)


def test_kinds_that_judge_and_make_no_figure_have_no_calibre():
    assert least(Kind.TARGET, {"value": 1}, {"value": 2}) is Change.THRESHOLD
    assert least(Kind.DEPARTMENT, {"name_zh": "甲"}, {"name_zh": "乙"}) is Change.EDITORIAL
