"""The machine of a call, weights, scores and their ranking."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.collection import (
    MOVES,
    UNDER_WAY,
    USUAL,
    Ballot,
    CallAct,
    CallState,
    Criterion,
    moved,
    ranked,
    standing,
    weights_of,
)
from indicators.errors import CockpitError

HALVES = (Criterion("relevance", 50), Criterion("cost", 50))


def ballot(expert: str, relevance: float, cost: float) -> Ballot:
    return Ballot(expert, {"relevance": relevance, "cost": cost})


def test_a_call_walks_from_entry_to_scores_to_selection_and_cannot_go_back():
    state = moved(None, CallAct.ANNOUNCE)
    for act, after in (
        (CallAct.CLOSE_ENTRY, CallState.SCORING),
        (CallAct.CLOSE_SCORES, CallState.SELECTING),
        (CallAct.FINISH, CallState.CLOSED),
    ):
        state = moved(state, act)
        assert state is after
    for act in CallAct:
        with pytest.raises(CockpitError):
            moved(CallState.CLOSED, act)


def test_only_what_is_under_way_can_be_moved():
    assert {before for before, _ in MOVES if before is not None} == UNDER_WAY


@pytest.mark.parametrize(
    ("weights", "fine"),
    [
        ({one.id: one.weight for one in USUAL}, True),
        ({"relevance": 100, "cost": None}, True),
        ({"relevance": 60, "cost": 30}, False),
        ({}, False),
    ],
)
def test_weights_make_a_hundred(weights: dict[str, float | None], fine: bool):
    assert (weights_of(weights)[1] == []) is fine


def test_the_score_is_the_mean_of_the_experts_and_the_spread_says_how_far_they_were_apart():
    found = standing(1, HALVES, [ballot("a", 8, 6), ballot("b", 10, 8)])
    assert (found.score, found.spread, found.ballots) == (8.0, 1.0, 2)  # 7 and 9
    assert found.means == {"relevance": 9.0, "cost": 7.0}


def test_who_stands_aside_does_not_count():
    found = standing(1, HALVES, [ballot("a", 8, 6), Ballot("b", {}, aside=True)])
    assert (found.score, found.spread, found.ballots, found.aside) == (7.0, None, 1, 1)


def test_equal_scores_share_a_rank_and_what_nobody_scored_has_none():
    given_ = [
        standing(1, HALVES, [ballot("a", 6, 6)]),
        standing(2, HALVES, []),
        standing(3, HALVES, [ballot("a", 9, 9)]),
        standing(4, HALVES, [ballot("a", 5, 7)]),
    ]
    assert [(one.proposal, one.rank) for one in ranked(given_)] == [(3, 1), (1, 2), (4, 2), (2, None)]


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 10)), min_size=1, max_size=8))
def test_a_score_lies_between_the_lowest_and_the_highest_ballot(scores: list[tuple[float, float]]):
    found = standing(1, HALVES, [ballot(str(n), *one) for n, one in enumerate(scores)])
    each = [(a + b) / 2 for a, b in scores]
    assert found.score is not None
    assert min(each) - 1e-9 <= found.score <= max(each) + 1e-9
