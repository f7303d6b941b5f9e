"""Scores by stated rules: bounds, what is missing, weights, ranks."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from indicators.errors import CockpitError
from indicators.scorecards import (
    CardAct,
    CardState,
    Item,
    Way,
    mean,
    moved,
    of_figure,
    ranks,
    reach,
    scale,
    total,
    wrong,
)


def an_item(**fields: object) -> Item:
    return Item(
        **({"id": "i1", "name": "完成率", "way": Way.REACH, "weight": 100.0, "target": 80.0} | fields)
    )  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "target", "op", "score"),
    [
        (80, 80, ">=", 100), (40, 80, ">=", 50), (120, 80, ">=", 100), (-5, 80, ">=", 0),
        (10, 20, "<=", 100), (20, 20, "<=", 100), (40, 20, "<=", 50), (5, 0, "<=", 0), (0, 0, "<=", 100), (3, -2, ">=", 100),
        (-3, -2, ">=", 0),
    ],
)  # fmt: skip
def test_a_target_gives_a_hundred_and_short_of_it_the_part_that_was_reached(
    value: float, target: float, op: str, score: float
):
    assert reach(value, target, op) == score


@pytest.mark.parametrize(
    ("value", "zero", "full", "score"),
    [(80, 80, 98, 0), (98, 80, 98, 100), (89, 80, 98, 50), (30, 40, 20, 50), (99, 80, 98, 100)],
)
def test_between_two_figures_the_score_runs_straight(value: float, zero: float, full: float, score: float):
    assert scale(value, zero, full) == score


@given(*[st.floats(-1e9, 1e9)] * 3)
def test_a_score_never_leaves_its_scale(value: float, zero: float, full: float):
    assume(zero != full)
    assert 0 <= scale(value, zero, full) <= 100
    assert 0 <= reach(value, full, ">=") <= 100
    assert 0 <= reach(value, full, "<=") <= 100


def test_without_a_figure_there_is_no_score_and_never_a_zero():
    assert of_figure(an_item(), None) is None
    found = total([(60, None), (40, 50.0)])
    assert (found.score, found.judged) == (50.0, 40.0)
    assert total([(60, None)]).score is None


def test_ranks_are_shared_by_scores_that_print_alike():
    assert ranks({"a": 90.01, "b": 90.04, "c": 80.0, "d": None}) == {"a": 1, "b": 1, "c": 3, "d": None}
    assert mean([90.0, None, 80.0]) == 85.0


def test_what_keeps_a_card_from_being_shown_is_told_at_once():
    items = [an_item(id="i1", weight=60.0, target=None), an_item(id="i2", weight=30.0, only=("b",))]
    keys = [(one.key, one.params.get("subject")) for one in wrong(items, {"a": "甲", "b": "乙"})]
    assert keys == [("rule_incomplete", None), ("weights_not_whole", "甲"), ("weights_not_whole", "乙")]
    assert [one.key for one in wrong([], {"a": "甲"})] == ["no_items"]


def test_what_was_confirmed_is_moved_by_nothing():
    for act in CardAct:
        with pytest.raises(CockpitError):
            moved(CardState.CONFIRMED, act)
