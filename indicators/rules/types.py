"""The rule types: one class each, one line in `RULE_TYPES`."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, cast

import numpy as np

from indicators.definition import Indicator, RuleSpec
from indicators.errors import N_, CockpitError, Issue
from indicators.rules.base import MEASURES, RuleType
from indicators.rules.composing import Composite
from indicators.rules.courses import Control, Late, Rank, Trend
from indicators.rules.entry import Entry
from indicators.rules.values import Benchmark, Codes, Kind, Readings, Reason, Rule, Side, Verdict


class Threshold(RuleType):
    """Compare a measure with one bound per level."""

    name = "threshold"
    measures = MEASURES


class Band(RuleType):
    """Warn when a measure leaves the interval of a level; the intervals are nested, red is the widest."""

    name = "band"
    measures = MEASURES

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
        Trend(),
        Control(),
        Rank(),
        Composite(),
        Late(),
        Refer(),
        Context(),
    )
}
"""All rule types by their word; a new type is one class above and one line here."""


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


def measured(rule: Rule, readings: Readings) -> Readings:
    """Readings with what a rule compares: of some types it is made of the course of figures, or of siblings."""
    return RULE_TYPES[rule.type].measured(rule, readings)


def judged(rule: Rule, readings: Readings) -> Verdict:
    """What a rule says of readings that hold what it compares, for all of them at once."""
    return RULE_TYPES[rule.type].verdict(rule, readings)


def verdicts(rule: Rule, readings: Readings) -> Verdict:
    """What a rule says of readings, for all of them at once."""
    return judged(rule, measured(rule, readings))


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
