"""A rule made of other rules: its level is what they come to together, in the same region and period."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from indicators.definition import Indicator
from indicators.errors import N_
from indicators.rules.base import RuleType
from indicators.rules.entry import Entry
from indicators.rules.values import Codes, Numbers, Readings, Rule, Side

_WHENS: Final = {"and": 0, "or": 1}
"""How many members must fire; 0 stands for all."""


class Composite(RuleType):
    """Several rules at once: all of them, any of them, at least so many."""

    name = "composite"
    measures = ("members_level",)

    def read(self, entry: Entry, code: str, indicator: Indicator | None) -> Rule:
        """The members, and how many of them must fire."""
        rule = super().read(entry, code, indicator)
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


def together(levels: Codes, needed: int) -> Numbers:
    """The highest level that at least so many members have reached; the first axis holds the members."""
    reached: Numbers = np.sort(levels, axis=0)[len(levels) - needed].astype(np.float64)
    return reached
