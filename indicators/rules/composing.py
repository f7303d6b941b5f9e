"""A rule made of other rules: its level is what they come to together, in the same region and period."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from indicators.definition import Indicator
from indicators.errors import N_, Issue
from indicators.formula import find_cycle
from indicators.rules.base import RuleType, needs_rhythm
from indicators.rules.entry import Entry
from indicators.rules.values import Codes, Numbers, Readings, Rule, Side

_WHENS: Final = {"and": 0, "or": 1}
"""How many members must fire; 0 stands for all."""


class Composite(RuleType):
    """Several rules at once: all of them, any of them, at least so many."""

    name = "composite"
    figures = False
    measures = ("members_level",)

    def read(self, entry: Entry, code: str, indicator: Indicator | None) -> Rule:
        """The members, and how many of them must fire."""
        rule = super().read(entry, code, indicator)
        needs_rhythm(entry, indicator)
        members = tuple(dict.fromkeys(entry.words("of")))
        if len(members) < 2 or len(members) != len(entry.words("of")):
            entry.fault(
                "composite_members",
                N_("复合规则至少由两条不同的规则组成"),
                N_("在 of 中列出规则：指标代码，或 指标代码~规则名。"),
            )
        return replace(
            rule, members=members, needed=self._needed(entry, len(members)), folds=entry.flag("folds")
        )

    def sides(self, entry: Entry) -> tuple[Side, ...]:  # noqa: ARG002  the members have the bounds
        """The levels are those of the members."""
        return (Side(">=", (1.0, 2.0, 3.0, 4.0)),)

    def _needed(self, entry: Entry, many: int) -> int:
        """``and``, ``or``, ``at_least 2``, or ``{at_least: 2}``."""
        raw = entry.get("when")
        if isinstance(raw, str) and raw in _WHENS:
            return _WHENS[raw] or many
        number = raw.get("at_least") if isinstance(raw, Mapping) else None
        if isinstance(raw, str) and (written := re.fullmatch(r"at_least\s+(\d+)", raw.strip())):
            number = int(written[1])
        if isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= max(many, 1):
            return number
        entry.fault(
            "composite_when",
            N_("when 须为 and、or，或 at_least 加不多于成员数的个数"),
            N_("如 when: at_least 2。"),
        )
        return max(many, 1)

    def measured(self, rule: Rule, readings: Readings) -> Readings:
        """What the levels of the members come to."""
        if readings.levels is None:
            return readings
        value = readings.measure if readings.value is None else readings.value
        return replace(readings, measure=together(readings.levels, rule.needed), value=value)


class Candidate(NamedTuple):
    """What must be known of a rule that another one names as a member."""

    frequency: str
    speaks: bool
    by_clock: bool


def wrong_members(
    composites: Mapping[str, tuple[str, ...]], known: Mapping[str, Candidate]
) -> Iterator[tuple[str, Issue]]:
    """What is wrong with the members of composites, each with the composite that it is wrong with.

    composites  identity of a composite to those of its members
    known       every rule there is, the composites among them
    """
    for rule, members in composites.items():
        for member in members:
            found, params = known.get(member), {"rule": rule, "member": member}
            if member == rule:
                continue
            if found is None or not found.speaks:
                what = N_("复合规则 {rule} 的成员 {member} 不是一条会预警的规则")
                yield rule, Issue("composite_unknown_member", what, N_("写已有规则：指标代码，或 指标代码~规则名。"), params=params)  # fmt: skip
            elif found.by_clock:
                what = N_("复合规则 {rule} 的成员 {member} 是逾期规则，按时钟而不按期判定")
                yield rule, Issue("composite_of_late", what, N_("从 of 中去掉它。"), params=params)
            elif rule in known and found.frequency != known[rule].frequency:
                what = N_("复合规则 {rule} 的成员 {member} 频率不同，没有同一时期可比")
                yield (
                    rule,
                    Issue("composite_rhythm", what, N_("成员与本指标须同为月度、季度等。"), params=params),
                )
    left = dict(composites)
    while path := find_cycle(left):
        what = N_("复合规则循环引用：{path}")
        yield (
            path[0],
            Issue("composite_loop", what, N_("从 of 中去掉其中一条。"), params={"path": " -> ".join(path)}),
        )
        left[path[-2]] = tuple(member for member in left[path[-2]] if member != path[-1])


def together(levels: Codes, needed: int) -> Numbers:
    """The highest level that at least so many members have reached; the first axis holds the members."""
    reached: Numbers = np.sort(levels, axis=0)[len(levels) - needed].astype(np.float64)
    return reached
