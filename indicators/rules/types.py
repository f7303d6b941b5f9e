"""The rule types: one class each, one line in `RULE_TYPES`."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Final, cast

import numpy as np

from indicators.definition import Indicator, RuleSpec
from indicators.errors import N_, CockpitError, Issue
from indicators.rules.entry import Entry, lowest_level
from indicators.rules.judging import OPERATORS, across_break, compare
from indicators.rules.values import Benchmark, Codes, Kind, Marks, Readings, Reason, Rule, Side, Verdict

_YOY = ("yoy_pct", "yoy_real_pct", "yoy_pp")
_MEASURES = ("value", *_YOY, "mom_pct")


LEAST_COVERAGE: Final = 0.9
"""A roll-up is judged once so much of it has reported: a sum with holes in it is not a fall."""


class RuleType:
    """What the rule types have in common: one bound per level, compared with one measure.

    measures  the measures that a rule of this type may compare, the usual one first
    lacking   why nothing can be said where the figure is there and the measure is not
    """

    name: ClassVar[str]
    measures: ClassVar[tuple[str, ...]] = ()
    lacking: ClassVar[Reason] = Reason.NO_BASE
    kind: ClassVar[Kind] = Kind.MANAGEMENT

    def read(self, entry: Entry, code: str, indicator: Indicator | None) -> Rule:
        """The entry as a rule; whatever is wrong is noted in the entry."""
        sides = self.sides(entry)
        limits = indicator.limit_versions if indicator else ()
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
            recipients=entry.recipients(),
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
            waiting=reason == Reason.TOO_YOUNG,
            outside=reason == Reason.NOT_PUBLISHED,
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
        if rule.breaks and rule.measure in _YOY and readings.period is not None:
            mark(np.broadcast_to(across_break(rule, readings.period), reason.shape), Reason.ACROSS_BREAK)
        if rule.min_base is not None and readings.base is not None:
            mark(readings.base < rule.min_base, Reason.BASE_TOO_SMALL)
        if value is not readings.measure:
            mark(np.isnan(readings.measure), self.lacking)
        return reason


class Threshold(RuleType):
    """Compare a measure with one bound per level."""

    name = "threshold"
    measures = _MEASURES


class Band(RuleType):
    """Warn when a measure leaves the interval of a level; the intervals are nested, red is the widest."""

    name = "band"
    measures = _MEASURES

    def sides(self, entry: Entry) -> tuple[Side, ...]:
        """Two sides on one instance: below the interval, above it."""
        ends = zip(("<", ">"), entry.intervals(), strict=True)
        return tuple(entry.side(op, bounds, end) for end, (op, bounds) in enumerate(ends))


class ScheduleGap(RuleType):
    """Behind the time schedule of the year."""

    name = "schedule_gap"
    measures = ("schedule_gap_pp",)
    lacking = Reason.NO_TARGET


class TargetGap(RuleType):
    """Short of the target."""

    name = "target_gap"
    measures = ("target_gap_pp",)
    lacking = Reason.NO_TARGET


class BenchmarkGap(RuleType):
    """Worse than the benchmark: another indicator of the same region, or the parent region."""

    name = "benchmark_gap"
    measures = ("benchmark_gap_pp",)
    lacking = Reason.NO_BENCHMARK

    def benchmark(self, entry: Entry) -> Benchmark | None:
        """Read ``benchmark: {code, region}``."""
        raw = entry.get("benchmark")
        given = cast(Mapping[str, object], raw) if isinstance(raw, Mapping) else {}
        region = str(given.get("region", "parent"))
        code = given.get("code")
        if not given or region not in ("same", "parent") or (region == "same" and code is None):
            entry.fault(
                "rule_benchmark",
                N_("对标规则须写明 benchmark"),
                N_("写 region: same 并给出 code，或 region: parent。"),
            )
        return Benchmark(None if code is None else str(code), region)


class Deviation(RuleType):
    """Unusual against the indicator's own history."""

    name = "deviation"
    measures = ("baseline_z",)
    lacking = Reason.NO_BASELINE


class State(RuleType):
    """The level published by an authority, mirrored: 1 blue to 4 red, 0 none; never raised, never lowered."""

    name = "state"
    measures = ("value",)
    kind = Kind.STATUTORY

    def sides(self, entry: Entry) -> tuple[Side, ...]:  # noqa: ARG002  an authority decides, not the entry
        """The stored number is the level; nothing of it can be set."""
        return (Side(">=", (1.0, 2.0, 3.0, 4.0)),)

    def reasons(self, rule: Rule, readings: Readings) -> Codes:
        """A number that is no level is not judged."""
        reason = super().reasons(rule, readings)
        odd = (reason == Reason.JUDGED) & ~np.isin(readings.measure, (0.0, 1.0, 2.0, 3.0, 4.0))
        reason[odd] = Reason.NOT_A_LEVEL
        return reason


class Refer(RuleType):
    """The warning is raised on another indicator."""

    name = "refer"

    def read(self, entry: Entry, code: str, indicator: Indicator | None) -> Rule:  # noqa: ARG002
        """Only the code of the other indicator is read."""
        other = entry.get("code")
        if other is None or other == code:
            entry.fault("rule_refer", N_("引用规则须写明另一个指标的 code"))
        return Rule(code=code, type=self.name, refers_to=None if other is None else str(other))


class Context(RuleType):
    """Context only, no warning."""

    name = "none"

    def read(self, entry: Entry, code: str, indicator: Indicator | None) -> Rule:  # noqa: ARG002
        """There is nothing to read."""
        return Rule(code=code, type=self.name)


RULE_TYPES: Final[Mapping[str, RuleType]] = {
    rule_type.name: rule_type
    for rule_type in (
        Threshold(),
        Band(),
        ScheduleGap(),
        TargetGap(),
        BenchmarkGap(),
        Deviation(),
        State(),
        Refer(),
        Context(),
    )
}
"""All rule types by their word; a new type is one class above and one line here."""


_MISSING: Final = np.array(
    [
        # A figure below min_value is there and harmless: it neither breaches nor holds.
        reason not in (Reason.JUDGED, Reason.BELOW_MIN_VALUE, Reason.TOO_YOUNG, Reason.NOT_PUBLISHED)
        for reason in Reason
    ]
)
"""Which reasons, by their numbers, make a period a missing one."""


def parse(mapping: Mapping[str, object], indicator: Indicator | None = None, where: str = "") -> Rule:
    """The rule of a mapping, in the spelling of the catalogue or of the worked cases.

    raises  CockpitError with every issue of the rule
    """
    rule, issues = _read(mapping, indicator, where)
    if rule is None or issues:
        raise CockpitError(issues)
    return rule


def check(mapping: Mapping[str, object], indicator: Indicator | None = None, where: str = "") -> list[Issue]:
    """Everything that is wrong with a rule."""
    return _read(mapping, indicator, where)[1]


def rule_of(indicator: Indicator) -> Rule:
    """The rule of an indicator; an indicator without one has a rule of type ``none``."""
    if indicator.rule is None:
        return Rule(code=indicator.code, type=Context.name, version=indicator.version)
    return of_spec(indicator.rule, indicator)


def rules_of(indicator: Indicator) -> tuple[Rule, ...]:
    """Every rule of an indicator, its own first, then the further ones by their names."""
    return (rule_of(indicator), *(of_spec(spec, indicator) for spec in indicator.rules))


def of_spec(spec: RuleSpec, indicator: Indicator) -> Rule:
    """One rule of an indicator, with its name."""
    mapping = spec.mapping
    rule = parse(mapping, indicator, spec.where)
    if not spec.name:
        return rule
    chinese, english = (str(mapping.get(key, spec.name)) for key in ("name_zh", "name_en"))
    return replace(rule, name=spec.name, name_zh=chinese, name_en=english)


def verdicts(rule: Rule, readings: Readings) -> Verdict:
    """What a rule says of readings, for all of them at once."""
    return RULE_TYPES[rule.type].verdict(rule, readings)


def _read(
    mapping: Mapping[str, object], indicator: Indicator | None, where: str
) -> tuple[Rule | None, list[Issue]]:
    entry = Entry(mapping, where)
    word = entry.text("type", Threshold.name)
    if word not in RULE_TYPES:
        entry.fault(
            "unknown_rule_type",
            N_("没有规则类型 {type}"),
            N_("可用：{allowed}"),
            type=word,
            allowed=", ".join(RULE_TYPES),
        )
        return None, entry.issues
    rule = RULE_TYPES[word].read(entry, indicator.code if indicator else "", indicator)
    return rule, entry.issues
