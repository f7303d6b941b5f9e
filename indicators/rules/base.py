"""What every rule type has in common: an entry read as a rule, readings judged as a verdict."""

from typing import ClassVar, Final

import numpy as np

from indicators import periods
from indicators.definition import Frequency, Indicator
from indicators.errors import N_
from indicators.rules import fields
from indicators.rules.entry import Entry, lowest_level
from indicators.rules.judging import OPERATORS, across_break, compare
from indicators.rules.values import (
    Benchmark,
    Codes,
    Kind,
    Marks,
    Readings,
    Reason,
    Rule,
    Side,
    Verdict,
    within,
)

YOY = ("yoy_pct", "yoy_real_pct", "yoy_pp")
MEASURES = ("value", *YOY, "mom_pct")
"""What most rules compare."""

LEAST_COVERAGE: Final = 0.9
"""A roll-up is judged once so much of it has reported: a sum with holes in it is not a fall."""

_OUTSIDE = (Reason.NOT_PUBLISHED, Reason.NOT_IN_FORCE, Reason.OUT_OF_SCOPE)
_WAITING = (Reason.TOO_YOUNG, Reason.IN_CONTROL)
_MISSING: Final = np.array(
    [
        # A figure below min_value is there and harmless: it neither breaches nor holds.
        reason not in (Reason.JUDGED, Reason.BELOW_MIN_VALUE, *_WAITING, *_OUTSIDE)
        for reason in Reason
    ]
)
"""Which reasons, by their numbers, make a period a missing one."""


class RuleType:
    """What the rule types have in common: one bound per level, compared with one measure.

    measures  the measures that a rule of this type may compare or look at, the usual one first
    compared  the measures that it makes of these itself
    figures   whether its bounds are figures, and may be the legal limit: not numbers of periods, places, days
    lacking   why nothing can be said where the figure is there and the measure is not
    """

    name: ClassVar[str]
    measures: ClassVar[tuple[str, ...]] = ()
    compared: ClassVar[tuple[str, ...]] = ()
    lacking: ClassVar[Reason] = Reason.NO_BASE
    kind: ClassVar[Kind] = Kind.MANAGEMENT
    figures: ClassVar[bool] = True

    def read(self, entry: Entry, code: str, indicator: Indicator | None) -> Rule:
        """The entry as a rule; whatever is wrong is noted in the entry."""
        sides = self.sides(entry)
        valid_from, valid_to = fields.validity(entry)
        limits = indicator.limit_versions if indicator and self.figures else ()
        return Rule(
            code=code,
            type=self.name,
            measure=self._measure(entry),
            sides=sides,
            hold_for=entry.hold_for(),
            keep=entry.periods("keep", 0),
            no_data=entry.no_data(),
            no_data_level=entry.level("no_data_level"),
            kind=self.kind,
            benchmark=self.benchmark(entry),
            level_scale=entry.level_scale(),
            min_value=entry.optional("min_value"),
            min_base=entry.optional("min_base"),
            min_denominator=entry.optional("min_denominator"),
            min_age_months=entry.whole("min_age_months"),
            limit_level=entry.limit_level(sides, limits),
            limits=limits,
            breaks=tuple(b.date for b in indicator.calibre_breaks) if indicator else (),
            lowest_level=lowest_level(indicator) if indicator else None,
            source=entry.text("source"),
            source_note=entry.text("source_note"),
            proposal_levels=self._proposal_levels(entry, sides),
            recipients=fields.recipients(entry),
            season=fields.season(entry, indicator),
            by_curve=entry.get("season") is True,
            scope=fields.scope(entry, indicator),
            valid_from=valid_from,
            valid_to=valid_to,
            version=indicator.version if indicator else 1,
        )

    def sides(self, entry: Entry) -> tuple[Side, ...]:
        """The bounds of the entry."""
        op = entry.text("op")
        if op not in OPERATORS:
            entry.fault("rule_operator", N_("规则的比较符无效：{op}"), N_("用 >、>=、<、<=。"), op=op or "—")
            return ()
        return (entry.side(op, entry.thresholds()),)

    def benchmark(self, entry: Entry) -> Benchmark | None:  # noqa: ARG002  for the one type that has one
        """What the figure is compared with; only a benchmark gap has one."""
        return None

    def _measure(self, entry: Entry) -> str:
        measure = entry.text("measure", self.measures[0])
        if measure not in self.measures:
            entry.fault(
                "rule_measure",
                N_("规则类型 {type} 不能用度量 {measure}"),
                N_("可用：{allowed}"),
                type=self.name,
                measure=measure,
                allowed=", ".join(self.measures),
            )
        return measure

    def _proposal_levels(self, entry: Entry, sides: tuple[Side, ...]) -> tuple[str, ...]:
        words = entry.words("proposal_levels")
        for word in words if sides else ():
            if word not in entry.mapping:
                entry.fault(
                    "rule_proposal_levels", N_("proposal_levels 中的 {level} 不是本规则的级别"), level=word
                )
        return words

    def measured(self, rule: Rule, readings: Readings) -> Readings:  # noqa: ARG002  for types that make their own
        """Readings with what the rule compares in the place of what it looks at."""
        return readings

    def verdict(self, rule: Rule, readings: Readings) -> Verdict:
        """Breach and hold of every level, with a reason where there is no verdict."""
        reason = self.reasons(rule, readings)
        breach, hold = compare(rule, readings)
        if reason.any():
            judged = (reason == Reason.JUDGED)[..., None]
            breach, hold = breach & judged, hold & judged
        return Verdict(
            breach=breach,
            hold=hold,
            missing=_MISSING[reason],
            waiting=(reason == Reason.TOO_YOUNG) | (reason == Reason.IN_CONTROL),
            outside=_marked(reason, _OUTSIDE),
            reason=reason,
        )

    def reasons(self, rule: Rule, readings: Readings) -> Codes:
        """Why readings are not judged, the weightiest reason first."""
        value = readings.measure if readings.value is None else readings.value
        reason = np.zeros(readings.measure.shape, dtype=np.int8)

        def mark(where: Marks, why: Reason) -> None:
            reason[where & (reason == Reason.JUDGED)] = why

        if rule.lowest_level is not None and readings.region_level is not None:
            too_low = readings.region_level > rule.lowest_level
            mark(np.broadcast_to(too_low, reason.shape), Reason.NOT_PUBLISHED)
        if rule.valid_from or rule.valid_to:
            mark(self._out_of_force(rule, readings), Reason.NOT_IN_FORCE)
        if readings.outside is not None:
            mark(np.broadcast_to(readings.outside, reason.shape), Reason.OUT_OF_SCOPE)
        if rule.min_age_months is not None and readings.age is not None:
            mark(np.broadcast_to(readings.age < rule.min_age_months, reason.shape), Reason.TOO_YOUNG)
        if rule.min_denominator is not None and readings.denominator is not None:
            # there is a denominator, and it is the reason why no figure is published
            mark(readings.denominator < rule.min_denominator, Reason.DENOMINATOR_TOO_SMALL)
        mark(np.isnan(value), Reason.NO_VALUE)
        if readings.coverage is not None:
            mark(readings.coverage < LEAST_COVERAGE, Reason.PARTIAL)
        if rule.min_denominator is not None and readings.denominator is not None:
            mark(~(readings.denominator >= rule.min_denominator), Reason.DENOMINATOR_TOO_SMALL)
        if rule.min_value is not None:
            mark(value < rule.min_value, Reason.BELOW_MIN_VALUE)
        if rule.breaks and rule.measure in YOY and readings.period is not None:
            mark(np.broadcast_to(across_break(rule, readings.period), reason.shape), Reason.ACROSS_BREAK)
        if rule.min_base is not None and readings.base is not None:
            mark(readings.base < rule.min_base, Reason.BASE_TOO_SMALL)
        if value is not readings.measure:
            mark(np.isnan(readings.measure), self.lacking)
        return reason

    def _out_of_force(self, rule: Rule, readings: Readings) -> Marks:
        """Where a period does not end on a day on which the rule is valid."""
        if readings.period is None:
            return np.zeros(readings.measure.shape, np.bool_)
        inside = within(periods.end_days(readings.period), rule.valid_from, rule.valid_to)
        return np.broadcast_to(~inside, readings.measure.shape)


def _marked(reason: Codes, reasons: tuple[Reason, ...]) -> Marks:
    return np.isin(reason, reasons) if reason.any() else np.zeros(reason.shape, np.bool_)


def needs_rhythm(entry: Entry, indicator: Indicator | None) -> None:
    """A course needs periods at regular distances."""
    if indicator is not None and indicator.frequency is Frequency.REALTIME:
        entry.fault(
            "rule_without_rhythm",
            N_("{code} 随时上报、没有固定周期，不能看走势"),
            N_("换一个按小时、日、月等周期上报的指标。"),
            code=indicator.code,
        )
