"""The machine of a supervised item, as laws over any sequence of acts; and the rates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.errors import CockpitError
from indicators.supervision import MOVES, OPEN, WITH_UNIT, Act, Course, Rates, State, moved, overdue, rates

ACTS = st.lists(st.sampled_from([act for act in Act if act is not Act.DISPATCH]), max_size=30)


@given(ACTS)
def test_no_sequence_of_acts_closes_what_was_not_answered_or_opens_what_is_closed(acts: list[Act]) -> None:
    state, done = moved(None, Act.DISPATCH), []
    for act in acts:
        if (state, act) not in MOVES:
            with pytest.raises(CockpitError):
                moved(state, act)
            continue
        before, state = state, moved(state, act)
        done.append(act)
        if state is State.CLOSED and before is not State.CLOSED:
            assert before is State.ANSWERED
            assert Act.SIGN in done
            assert done.count(Act.RETURN) < done.count(Act.ANSWER)
        if before not in OPEN:
            assert state is before


def test_an_item_is_dispatched_once_and_every_state_can_be_reached() -> None:
    assert [act for (state, act) in MOVES if state is None] == [Act.DISPATCH]
    assert set(MOVES.values()) == set(State)


COURSES = st.lists(
    st.builds(Course, st.sampled_from(State), st.booleans(), st.booleans(), st.integers(0, 100), st.booleans()), max_size=20
)  # fmt: skip


@given(COURSES, st.integers(0, 100))
def test_shares_lie_between_nothing_and_all_and_withdrawn_items_do_not_count(
    courses: list[Course], now: int
) -> None:
    found = rates(courses, now)
    counted = [one for one in courses if one.state is not State.WITHDRAWN]
    assert found.total == len(counted) == found.open + found.closed
    assert found.on_time <= found.judged <= found.total
    assert found.overdue <= found.open
    assert found == rates(counted, now)
    for share in (found.closure, found.punctuality, found.repetition):
        assert share is None or 0 <= share <= 100


def test_an_item_is_on_time_only_if_no_answer_was_ever_missing_after_its_deadline() -> None:
    in_time = Course(State.CLOSED, True, False, 10, False)
    late = Course(State.CLOSED, True, True, 10, True)
    waiting = Course(State.SIGNED, False, False, 60, False)
    missing = Course(State.SIGNED, False, False, 40, False)
    assert [overdue(one, 50) for one in (in_time, late, waiting, missing)] == [False, False, False, True]
    assert State.SIGNED in WITH_UNIT
    found = rates([in_time, late, waiting, missing], 50)
    assert found == Rates(total=4, open=2, overdue=1, closed=2, judged=3, on_time=1, repeated=1)
    assert Rates().closure is None
