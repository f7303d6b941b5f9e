"""Collecting and selecting indicators (征集、评选): the machine of a call, criteria with weights, scores and their ranking.

征集 → 评分 → 评选 → 结束: while a call collects, everybody sees the own proposals only; while it is scored, every
expert the own scores only; afterwards the ranking says the mean, how far the experts were apart, and how many scored.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean, pstdev
from typing import Final

from indicators.errors import N_, CockpitError, Issue

HIGHEST: Final = 10
"""Every criterion is scored from 0 to this."""


class CallState(StrEnum):
    """Where a call stands."""

    OPEN = "open"
    SCORING = "scoring"
    SELECTING = "selecting"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class CallAct(StrEnum):
    """What can happen to a call."""

    ANNOUNCE = "announce"
    EXTEND = "extend"
    CLOSE_ENTRY = "close_entry"
    CLOSE_SCORES = "close_scores"
    FINISH = "finish"
    WITHDRAW = "withdraw"
    REMIND = "remind"


MOVES: Final[Mapping[tuple[CallState | None, CallAct], CallState]] = {
    (None, CallAct.ANNOUNCE): CallState.OPEN,
    (CallState.OPEN, CallAct.EXTEND): CallState.OPEN,
    (CallState.SCORING, CallAct.EXTEND): CallState.SCORING,
    (CallState.OPEN, CallAct.REMIND): CallState.OPEN,
    (CallState.SCORING, CallAct.REMIND): CallState.SCORING,
    (CallState.OPEN, CallAct.CLOSE_ENTRY): CallState.SCORING,
    (CallState.SCORING, CallAct.CLOSE_SCORES): CallState.SELECTING,
    (CallState.SELECTING, CallAct.FINISH): CallState.CLOSED,
    (CallState.OPEN, CallAct.WITHDRAW): CallState.WITHDRAWN,
    (CallState.SCORING, CallAct.WITHDRAW): CallState.WITHDRAWN,
    (CallState.SELECTING, CallAct.WITHDRAW): CallState.WITHDRAWN,
}
"""Every move that there is; what is not here cannot be done."""

UNDER_WAY: Final = frozenset({CallState.OPEN, CallState.SCORING, CallState.SELECTING})
"""The states in which something is still to be done."""

COUNTED: Final = frozenset({CallState.SELECTING, CallState.CLOSED})
"""The states in which scores are laid open."""


def moved(state: CallState | None, act: CallAct) -> CallState:
    """The state after an act.

    raises  CockpitError ``not_now`` where the machine has no such move
    """
    found = MOVES.get((state, act))
    if found is None:
        what, do = N_("征集现在的阶段不能这样办理。"), N_("请刷新页面，看最新的阶段。")
        raise CockpitError(Issue("not_now", what, do))
    return found


@dataclass(frozen=True)
class Criterion:
    """What a proposal is scored by, and how much it counts.

    id      relevance, availability, cost, comparability
    weight  its part of a hundred
    """

    id: str
    weight: float


CRITERIA: Final[Mapping[str, str]] = {
    "relevance": N_("相关性"),
    "availability": N_("可得性"),
    "cost": N_("成本"),
    "comparability": N_("可比性"),
}
"""The criteria with their names; of each a higher score is better, of cost too: 10 costs least."""

HINTS: Final[Mapping[str, str]] = {
    "relevance": N_("能否反映领导关心的问题，能否引出行动"),
    "availability": N_("数据是否已有、能否按期取得"),
    "cost": N_("采集与维护的代价，越省分越高"),
    "comparability": N_("口径能否与上级、同级和历史比较"),
}

USUAL: Final = (
    Criterion("relevance", 40.0),
    Criterion("availability", 25.0),
    Criterion("cost", 15.0),
    Criterion("comparability", 20.0),
)
"""The weights that a new call begins with."""

WHOLE: Final = 100.0
_CENT: Final = 0.005


def weights_of(given: Mapping[str, float | None]) -> tuple[tuple[Criterion, ...], list[Issue]]:
    """The criteria of a form, and what is wrong with them: weights are parts of a hundred; 0 leaves a criterion out."""
    found = tuple(Criterion(name, value) for name in CRITERIA if (value := given.get(name)))
    total = sum(one.weight for one in found)
    if abs(total - WHOLE) > _CENT:
        what, do = N_("各项权重合计是 {total}，应为 100。"), N_("请调整各项权重。")
        return found, [
            Issue("weights_not_whole", what, do, "weight_relevance", params={"total": round(total, 2)})
        ]
    return found, []


@dataclass(frozen=True)
class Ballot:
    """What one expert says of one proposal; somebody who stood aside (回避) gives no scores."""

    expert: str
    scores: Mapping[str, float]
    aside: bool = False


@dataclass(frozen=True)
class Standing:
    """What all ballots say of a proposal.

    score     the weighted mean of the experts, 0 to 10; None where nobody scored it
    spread    the standard deviation of the experts' weighted scores; None below two of them
    means     the mean of each criterion
    ballots   how many experts scored it; ``aside`` how many stood aside
    rank      1 is the best; equal scores share a rank; None without a score
    """

    proposal: int
    score: float | None
    spread: float | None
    means: Mapping[str, float]
    ballots: int
    aside: int
    rank: int | None = None


def weighted(criteria: Sequence[Criterion], scores: Mapping[str, float]) -> float:
    """The score of one expert: every criterion by its weight."""
    return sum(one.weight * scores[one.id] for one in criteria) / sum(one.weight for one in criteria)


def standing(proposal: int, criteria: Sequence[Criterion], ballots: Iterable[Ballot]) -> Standing:
    """What some ballots say of a proposal, not ranked yet."""
    given = list(ballots)
    counted = [one for one in given if not one.aside]
    each = [weighted(criteria, one.scores) for one in counted]
    means = (
        {one.id: fmean(ballot.scores[one.id] for ballot in counted) for one in criteria} if counted else {}
    )
    return Standing(
        proposal,
        fmean(each) if each else None,
        pstdev(each) if len(each) > 1 else None,
        means,
        len(counted),
        len(given) - len(counted),
    )


def ranked(standings: Iterable[Standing]) -> tuple[Standing, ...]:
    """The best first; equal ones, as they are printed, share a rank; without a score there is none."""
    from_best = sorted(standings, key=lambda one: (one.score is None, -(one.score or 0.0), one.proposal))
    printed = [None if one.score is None else round(one.score, 2) for one in from_best]
    return tuple(
        Standing(
            one.proposal, one.score, one.spread, one.means, one.ballots, one.aside,
            None if printed[place] is None else printed.index(printed[place]) + 1,
        )
        for place, one in enumerate(from_best)
    )  # fmt: skip


class Outcome(StrEnum):
    """What is decided on a proposal."""

    SELECTED = "selected"
    RESERVE = "reserve"
    DECLINED = "declined"


class Verdict(StrEnum):
    """What an owner answers in the yearly review."""

    KEEP = "keep"
    CHANGE = "change"
    RETIRE = "retire"
