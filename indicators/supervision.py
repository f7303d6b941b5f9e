"""The life of a supervised item (督办事项) as an explicit machine, and the rates that a board shows of many.

派单 → 签收 → 反馈 → 审核 → 办结 → 回看: what is under way is a state, what somebody does is an act, and MOVES says
which act leads where. A return sends the item back to whoever answers and keeps what was answered; an answer may
be supplemented until it is reviewed. Looking back is not a state: it is what the figures say later.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from indicators.errors import N_, CockpitError, Issue


class State(StrEnum):
    """Where an item stands: whose move it is."""

    DISPATCHED = "dispatched"
    SIGNED = "signed"
    ANSWERED = "answered"
    RETURNED = "returned"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    """What can happen to an item."""

    DISPATCH = "dispatch"
    SIGN = "sign"
    ANSWER = "answer"
    RETURN = "return"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    URGE = "urge"
    TAKE_OVER = "take_over"
    OVERDUE = "overdue"
    RECOVER = "recover"


MOVES: Final[Mapping[tuple[State | None, Act], State]] = {
    (None, Act.DISPATCH): State.DISPATCHED,
    (State.DISPATCHED, Act.SIGN): State.SIGNED,
    (State.SIGNED, Act.ANSWER): State.ANSWERED,
    (State.RETURNED, Act.ANSWER): State.ANSWERED,
    (State.ANSWERED, Act.ANSWER): State.ANSWERED,
    (State.ANSWERED, Act.RETURN): State.RETURNED,
    (State.ANSWERED, Act.CLOSE): State.CLOSED,
    (State.DISPATCHED, Act.WITHDRAW): State.WITHDRAWN,
    (State.SIGNED, Act.WITHDRAW): State.WITHDRAWN,
    (State.ANSWERED, Act.WITHDRAW): State.WITHDRAWN,
    (State.RETURNED, Act.WITHDRAW): State.WITHDRAWN,
    **{(state, Act.URGE): state for state in (State.DISPATCHED, State.SIGNED, State.RETURNED)},
    **{
        (state, act): state
        for state in (State.DISPATCHED, State.SIGNED, State.ANSWERED, State.RETURNED)
        for act in (Act.TAKE_OVER, Act.OVERDUE)
    },
    **{
        (state, Act.RECOVER): state
        for state in (State.DISPATCHED, State.SIGNED, State.ANSWERED, State.RETURNED, State.CLOSED)
    },
}
"""Every move that there is; what is not here cannot be done."""

OPEN: Final = frozenset({State.DISPATCHED, State.SIGNED, State.ANSWERED, State.RETURNED})
"""The states in which something is still to be done."""

WITH_UNIT: Final = frozenset({State.DISPATCHED, State.SIGNED, State.RETURNED})
"""The states in which it is the unit's move."""


def moved(state: State | None, act: Act) -> State:
    """The state after an act.

    raises  CockpitError ``not_now`` where the machine has no such move
    """
    found = MOVES.get((state, act))
    if found is None:
        raise CockpitError(
            Issue("not_now", N_("事项现在的状态不能这样办理。"), N_("请刷新页面，看最新的办理情况。"))
        )
    return found


@dataclass(frozen=True)
class Course:
    """What the rates need to know of an item.

    answered  whether its unit ever answered
    late      whether an answer came, or was still missing, after its deadline
    due_at    until when the answer is due
    repeats   whether the same matter had been closed shortly before it was dispatched
    """

    state: State
    answered: bool
    late: bool
    due_at: int
    repeats: bool


@dataclass(frozen=True)
class Rates:
    """How many items, and how they were handled; a share without a denominator is None.

    total   all but the withdrawn
    judged  those whose answer is there or was due
    """

    total: int = 0
    open: int = 0
    overdue: int = 0
    closed: int = 0
    judged: int = 0
    on_time: int = 0
    repeated: int = 0

    @property
    def closure(self) -> float | None:
        """办结率: closed items of all, in percent."""
        return _percent(self.closed, self.total)

    @property
    def punctuality(self) -> float | None:
        """按期率: items answered in time of those answered or due, in percent."""
        return _percent(self.on_time, self.judged)

    @property
    def repetition(self) -> float | None:
        """复发率: items that take up a matter closed shortly before, of all, in percent."""
        return _percent(self.repeated, self.total)


def rates(courses: Iterable[Course], now: int) -> Rates:
    """The rates of some items at a moment."""
    counted = [one for one in courses if one.state is not State.WITHDRAWN]
    judged = [one for one in counted if one.answered or one.late or overdue(one, now)]
    return Rates(
        total=len(counted),
        open=sum(one.state in OPEN for one in counted),
        overdue=sum(overdue(one, now) for one in counted),
        closed=sum(one.state is State.CLOSED for one in counted),
        judged=len(judged),
        on_time=sum(not one.late and not overdue(one, now) for one in judged),
        repeated=sum(one.repeats for one in counted),
    )


def overdue(one: Course, now: int) -> bool:
    """Whether the unit should have answered by now."""
    return one.state in WITH_UNIT and now >= one.due_at


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None
