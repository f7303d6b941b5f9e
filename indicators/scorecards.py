"""Weighted scorecards (绩效评分表): how a figure becomes a score by a stated rule, and how scores add up.

A score is between 0 and 100. What could not be judged has no score: it is no zero, its weight falls away, and the
total says how much of the weight was judged.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean
from typing import Final

from indicators.errors import N_, CockpitError, Issue

FULL: Final = 100.0
_CENT: Final = 0.005


class CardState(StrEnum):
    """Where a scorecard stands: worked on, shown with a time for appeals, confirmed for good, or taken back."""

    DRAFT = "draft"
    SHOWN = "shown"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


class CardAct(StrEnum):
    """What can happen to a scorecard."""

    CREATE = "create"
    EDIT = "edit"
    SHOW = "show"
    RECALL = "recall"
    CONFIRM = "confirm"
    WITHDRAW = "withdraw"


MOVES: Final[Mapping[tuple[CardState | None, CardAct], CardState]] = {
    (None, CardAct.CREATE): CardState.DRAFT,
    (CardState.DRAFT, CardAct.EDIT): CardState.DRAFT,
    (CardState.DRAFT, CardAct.SHOW): CardState.SHOWN,
    (CardState.SHOWN, CardAct.RECALL): CardState.DRAFT,
    (CardState.SHOWN, CardAct.CONFIRM): CardState.CONFIRMED,
    (CardState.DRAFT, CardAct.WITHDRAW): CardState.WITHDRAWN,
    (CardState.SHOWN, CardAct.WITHDRAW): CardState.WITHDRAWN,
}
"""Every move that there is; what was confirmed is moved by nothing."""


def moved(state: CardState | None, act: CardAct) -> CardState:
    """The state after an act.

    raises  CockpitError ``not_now`` where the machine has no such move
    """
    found = MOVES.get((state, act))
    if found is None:
        what, do = N_("评分表现在的阶段不能这样办理。"), N_("请刷新页面，看最新的阶段。")
        raise CockpitError(Issue("not_now", what, do))
    return found


class Way(StrEnum):
    """How an item is scored."""

    REACH = "reach"
    SCALE = "scale"
    TARGETS = "targets"
    SUPERVISION = "supervision"
    HAND = "hand"


RULES: Final[Mapping[Way, str]] = {
    Way.REACH: N_("达到目标得 100 分，未达到按完成目标的比例得分"),
    Way.SCALE: N_("在零分值与满分值之间按比例得分"),
    Way.TARGETS: N_("所负责且已到期的规划目标中，已达成的比例"),
    Way.SUPERVISION: N_("按期反馈率：已反馈或已到期的督办事项中，按期反馈的比例"),
    Way.HAND: N_("由评分人按依据打分，须写明依据"),
}
"""The rules in words, as they stand on the card."""

OF_FIGURES: Final = frozenset({Way.REACH, Way.SCALE})
"""Ways that judge the figure of an indicator."""


@dataclass(frozen=True)
class Item:
    """One line of a scorecard.

    id         unique on the card
    indicator  its code, where a figure is judged
    weight     its part of a hundred
    op         ``>=`` or ``<=``: which way a target is reached
    target     of ``reach``
    zero, full of ``scale``: the figures that make 0 and 100
    only       the subjects that it judges; none: all of them
    """

    id: str
    name: str
    way: Way
    weight: float
    indicator: str = ""
    op: str = ">="
    target: float | None = None
    zero: float | None = None
    full: float | None = None
    only: tuple[str, ...] = ()

    def judges(self, subject: str) -> bool:
        """Whether the line counts for a subject."""
        return not self.only or subject in self.only


def reach(value: float, target: float, op: str) -> float:
    """达到目标得 100 分; short of it the part of the target that was reached, and never below 0.

    Of a figure that is to stay below a target the part is target ÷ value.
    """
    if (value >= target) if op == ">=" else (value <= target):
        return FULL
    if op == ">=":
        return _bounded(FULL * value / target) if target > 0 else 0.0
    return _bounded(FULL * target / value) if value > 0 and target > 0 else 0.0


def scale(value: float, zero: float, full: float) -> float:
    """Along the straight line from the figure that makes 0 to the one that makes 100."""
    return _bounded(FULL * (value - zero) / (full - zero))


def of_figure(item: Item, value: float | None) -> float | None:
    """The score of a figure by the rule of its line; without a figure there is none."""
    if value is None:
        return None
    if item.way is Way.REACH and item.target is not None:
        return reach(value, item.target, item.op)
    if item.way is Way.SCALE and item.zero is not None and item.full is not None:
        return scale(value, item.zero, item.full)
    return None


@dataclass(frozen=True)
class Total:
    """What the lines of a subject add up to.

    score   the weighted mean of the judged lines; None where nothing could be judged
    judged  how much of the weight was judged, in percent
    """

    score: float | None
    judged: float


def total(lines: Iterable[tuple[float, float | None]]) -> Total:
    """The weighted mean of (weight, score); lines without a score fall away and are told."""
    given = list(lines)
    whole = sum(weight for weight, _ in given)
    judged = [(weight, score) for weight, score in given if score is not None]
    part = sum(weight for weight, _ in judged)
    score = sum(weight * score for weight, score in judged) / part if part else None
    return Total(score, FULL * part / whole if whole else 0.0)


def ranks(scores: Mapping[str, float | None]) -> dict[str, int | None]:
    """1 is the highest; equal scores, as they are printed, share a rank; without a score there is none."""
    printed = {name: None if score is None else round(score, 1) for name, score in scores.items()}
    order = sorted((score for score in printed.values() if score is not None), reverse=True)
    return {name: None if score is None else order.index(score) + 1 for name, score in printed.items()}


def mean(scores: Iterable[float | None]) -> float | None:
    """The plain mean of those that have a score."""
    known = [score for score in scores if score is not None]
    return fmean(known) if known else None


def wrong(items: Iterable[Item], subjects: Mapping[str, str]) -> list[Issue]:
    """What keeps a card from being shown: no lines, a rule that lacks its numbers, weights that make no hundred.

    subjects  whom the card judges, by their codes, with their names
    """
    given, found = list(items), []
    if not given:
        found.append(Issue("no_items", N_("评分表还没有评分项。"), N_("请先添加评分项。"), "items"))
    for item in given:
        if item.way is Way.REACH and item.target is None:
            found.append(_lacks(item, N_("“{name}”按目标得分，还没有目标值。")))
        if item.way is Way.SCALE and (item.zero is None or item.full is None or item.zero == item.full):
            found.append(_lacks(item, N_("“{name}”按区间得分，零分值和满分值须填写且不相等。")))
    for subject, named in subjects.items():
        weight = sum(item.weight for item in given if item.judges(subject))
        if given and abs(weight - FULL) > _CENT:
            what = N_("{subject} 的权重合计是 {total}，应为 100。")
            params = {"subject": named, "total": round(weight, 2)}
            found.append(Issue("weights_not_whole", what, N_("请调整各项权重。"), "items", params=params))
    return found


def _lacks(item: Item, what: str) -> Issue:
    return Issue("rule_incomplete", what, N_("请补齐评分规则。"), "items", params={"name": item.name})


def _bounded(score: float) -> float:
    return max(0.0, min(score, FULL))
