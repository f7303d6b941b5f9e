"""Warning rules: a rule as written becomes a `Rule`, and a rule with readings becomes a `Verdict`.

A verdict says, for every figure and every level, whether the level is breached and whether a warning that
already stands at this level holds. What follows from a row of verdicts over time is told in `alerts.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import ClassVar, Final, cast

import numpy as np
from numpy.typing import NDArray

from indicators.definition import Indicator, LimitVersion
from indicators.errors import CockpitError, Issue, N_, Severity
from indicators.periods import MONTHS, YEAR
from indicators.regions import Level

Numbers = NDArray[np.float64]
Keys = NDArray[np.int64]
Marks = NDArray[np.bool_]
Codes = NDArray[np.int8]

NAN: Final = float("nan")
DEFAULT_MARGIN: Final = 0.2
"""The part of the distance to the neighbouring threshold that a figure must move back to recover."""


class WarningLevel(IntEnum):
    """The levels of a warning, least to most severe; NONE is no warning."""

    NONE = 0
    BLUE = 1
    YELLOW = 2
    ORANGE = 3
    RED = 4

    @property
    def word(self) -> str:
        """The word at the doors: ``red``, ``orange``…"""
        return self.name.lower()


LEVELS: Final = tuple(level for level in WarningLevel if level)
"""Blue to red: the order of every per-level column in this room."""


class NoData(StrEnum):
    """What a period without a figure does to a warning."""

    NO_DATA = "no_data"
    KEEP = "keep"
    OK = "ok"
    ALERT = "alert"


class Kind(StrEnum):
    """A statutory warning is issued by an authority and mirrored; a management warning comes from our rules."""

    STATUTORY = "statutory"
    MANAGEMENT = "management"


class Reason(IntEnum):
    """Why a figure was not judged; JUDGED says that it was."""

    JUDGED = 0
    NO_VALUE = 1
    NO_BASE = 2
    NO_TARGET = 3
    NO_BENCHMARK = 4
    NO_BASELINE = 5
    BASE_TOO_SMALL = 6
    DENOMINATOR_TOO_SMALL = 7
    BELOW_MIN_VALUE = 8
    TOO_YOUNG = 9
    ACROSS_BREAK = 10
    NOT_PUBLISHED = 11
    NOT_A_LEVEL = 12

    @property
    def text(self) -> str:
        """The reason in words (a message template)."""
        return REASON_TEXTS[self]


REASON_TEXTS: Final = {
    Reason.JUDGED: N_("已判定"),
    Reason.NO_VALUE: N_("缺数，不判定"),
    Reason.NO_BASE: N_("缺对比期数值，不判定"),
    Reason.NO_TARGET: N_("缺目标，不判定"),
    Reason.NO_BENCHMARK: N_("缺对标值，不判定"),
    Reason.NO_BASELINE: N_("历史不足，无法建立基线，不判定"),
    Reason.BASE_TOO_SMALL: N_("上年同期基数过小，不判定"),
    Reason.DENOMINATOR_TOO_SMALL: N_("分母过小，不判定"),
    Reason.BELOW_MIN_VALUE: N_("数值过小，不判定"),
    Reason.TOO_YOUNG: N_("批次未满判定月数"),
    Reason.ACROSS_BREAK: N_("跨口径断点，不计算同比，不判定"),
    Reason.NOT_PUBLISHED: N_("本级不发布"),
    Reason.NOT_A_LEVEL: N_("不是预警级别，不判定"),
}


@dataclass(frozen=True)
class Side:
    """One bound of a rule: the comparison, and per level (blue to red) its threshold and recovery value.

    NaN stands for a level that is not configured, and for a level without a recovery value.
    """

    op: str
    thresholds: tuple[float, float, float, float]
    recovery: tuple[float, float, float, float] = (NAN, NAN, NAN, NAN)


@dataclass(frozen=True)
class Benchmark:
    """What a figure is compared with: another indicator of the same region, or the same one of the parent."""

    code: str | None
    region: str


@dataclass(frozen=True)
class Rule:
    """A warning rule with every default filled in.

    code           the indicator that it judges; also the identity of the rule
    measure        the word of the measure that it compares; None where nothing is compared
    sides          one for a threshold, two for a band (below, above)
    hold_for, keep per level, in periods: how many a breach must have lasted, how many it outlives its end
    no_data        what a missing period does; `no_data_level` is the level that policy ``alert`` raises
    level_scale    factors of the thresholds by region level
    limit_level    the level whose threshold is the legal limit, and follows its versions; 0 if none does
    refers_to      the indicator on which the warning is raised instead
    """

    code: str
    type: str
    measure: str | None = None
    sides: tuple[Side, ...] = ()
    hold_for: tuple[int, int, int, int] = (0, 0, 0, 0)
    keep: tuple[int, int, int, int] = (0, 0, 0, 0)
    no_data: NoData = NoData.NO_DATA
    no_data_level: WarningLevel = WarningLevel.NONE
    kind: Kind = Kind.MANAGEMENT
    refers_to: str | None = None
    benchmark: Benchmark | None = None
    level_scale: Mapping[Level, float] = field(default_factory=dict, hash=False)
    min_value: float | None = None
    min_base: float | None = None
    min_denominator: float | None = None
    min_age_months: int | None = None
    limit_level: WarningLevel = WarningLevel.NONE
    limits: tuple[LimitVersion, ...] = ()
    breaks: tuple[int, ...] = ()
    lowest_level: Level | None = None
    source: str = ""
    source_note: str = ""
    proposal_levels: tuple[str, ...] = ()
    version: int = 1

    @property
    def compares(self) -> bool:
        """Whether the rule gives verdicts at all."""
        return bool(self.sides)

    @property
    def latch_levels(self) -> Codes:
        """The warning level of every latch: blue to red, once for each side."""
        return np.tile(np.array(LEVELS, dtype=np.int8), len(self.sides))

    def threshold(self, level: int, region_level: Level | None = None) -> tuple[float, ...]:
        """The written bound of a level, one number per side, scaled to the level of a region."""
        factor = self.level_scale.get(region_level, 1.0) if region_level is not None else 1.0
        return tuple(side.thresholds[level - 1] * factor for side in self.sides)


@dataclass(frozen=True)
class Readings:
    """What a rule is judged on, as columns of one shape (periods × regions, or any other).

    measure       what the rule compares, in the unit of its thresholds; NaN where it cannot be computed
    value         the figure itself; where it is missing nothing else is looked at
    base          the figure a year earlier, for ``min_base``
    denominator   for ``min_denominator``
    age           whole months since the batch of a cohort began to be followed, for ``min_age_months``
    period        period keys, for limits and breaks
    region_level  regions.Level as numbers, for ``level_scale`` and the lowest level
    """

    measure: Numbers
    value: Numbers | None = None
    base: Numbers | None = None
    denominator: Numbers | None = None
    age: Numbers | None = None
    period: Keys | None = None
    region_level: NDArray[np.integer] | None = None


@dataclass(frozen=True)
class Verdict:
    """What a rule says of readings; the last axis of `breach` and `hold` has one column per latch.

    missing   no verdict can be given: the no-data policy of the rule decides
    waiting   a verdict is not due yet: nothing changes
    outside   the rule does not speak of this region
    reason    a `Reason` for every reading
    """

    breach: Marks
    hold: Marks
    missing: Marks
    waiting: Marks
    outside: Marks
    reason: Codes


_OPERATORS = {
    ">": np.greater,
    ">=": np.greater_equal,
    "<": np.less,
    "<=": np.less_equal,
    "==": np.equal,
    "!=": np.not_equal,
}
_UPWARD, _DOWNWARD, _POINTWISE = (">", ">="), ("<", "<="), ("==", "!=")
"""Above the bound is bad, below it is bad, and comparisons without a direction: one level, no recovery."""

_YOY = ("yoy_pct", "yoy_real_pct", "yoy_pp")
_MEASURES = ("value", *_YOY, "mom_pct")

_SPELLINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "op": ("op", "comparison"),
    "recovery": ("recover", "recovery"),
    "persist": ("persist",),
    "for": ("for", "for_periods"),
    "keep": ("keep", "keep_firing_for_periods"),
    "no_data": ("no_data", "no_data_policy"),
}
"""Fields with two spellings: that of the catalogue first, then that of the worked cases."""

_FIELDS: Final = frozenset(
    (
        "type", "measure", "blue", "yellow", "orange", "red", "threshold", "thresholds", "clear_margin",
        "no_data_level", "code", "benchmark", "level_scale", "min_value", "min_base", "min_denominator",
        "min_age_months", "limit_level", "source", "source_note", "proposal_levels", "note",
        "carry_forward_periods", *(word for spelling in _SPELLINGS.values() for word in spelling),
    )
)  # fmt: skip
RULE_FIELDS: Final = tuple(sorted(_FIELDS))
"""Every field that a rule may have; docs/rule_types.md explains each."""


class Entry:
    """A rule as written, read field by field; what is wrong is collected and not raised."""

    def __init__(self, mapping: Mapping[str, object], where: str = "") -> None:
        self.mapping = mapping
        self.where = where
        self.issues: list[Issue] = []
        self.plain = "thresholds" in mapping or "threshold" in mapping
        for unknown in sorted(set(mapping) - _FIELDS):
            self.fault("unknown_rule_field", N_("规则没有字段 {field}"), N_("检查拼写。"), field=unknown)

    def fault(self, key: str, what: str, do: str = "", **params: object) -> None:
        """Note something that is wrong with the rule."""
        self.issues.append(Issue(key, what, do, self.where, Severity.ERROR, params))

    def get(self, name: str) -> object:
        """A field in either spelling; None when it is absent."""
        return next((self.mapping[w] for w in _SPELLINGS.get(name, (name,)) if w in self.mapping), None)

    def text(self, name: str, default: str = "") -> str:
        """A field that holds a word."""
        found = self.get(name)
        return default if found is None else str(found)

    def number(self, name: str, raw: object) -> float:
        """A number, or NaN with an issue."""
        if isinstance(raw, int | float) and not isinstance(raw, bool) and np.isfinite(raw):
            return float(raw)
        self.fault("rule_not_a_number", N_("规则字段 {field} 须为数值，现为 {raw}"), field=name, raw=raw)
        return NAN

    def optional(self, name: str) -> float | None:
        """A number that may be absent."""
        raw = self.get(name)
        return None if raw is None else self.number(name, raw)

    def by_level(self, name: str, raw: object, absent: float) -> tuple[float, float, float, float]:
        """A field given once for all levels, or as a mapping of levels; blue to red."""
        if not isinstance(raw, Mapping):
            one = absent if raw is None else self.number(name, raw)
            return (one, one, one, one)
        for word in set(raw) - {level.word for level in LEVELS}:
            self.fault(
                "unknown_warning_level",
                N_("没有预警级别 {level}"),
                N_("用 red、orange、yellow、blue。"),
                level=word,
            )
        return _four(self.number(name, raw[level.word]) if level.word in raw else absent for level in LEVELS)

    def periods(self, name: str, absent: int, least: int) -> tuple[int, int, int, int]:
        """A number of periods per level, at least `least`."""
        spans = self.by_level(name, self.get(name), absent)
        if any(span < least or span != int(span) for span in spans if span == span):
            self.fault("rule_span", N_("规则字段 {field} 须为不小于 {least} 的整数"), field=name, least=least)
        return cast(tuple[int, int, int, int], tuple(least if s != s else int(s) for s in spans))

    def level(self, name: str) -> WarningLevel:
        """A field that names a warning level; NONE when it is absent."""
        word = self.text(name, "none")
        if word.upper() in WarningLevel.__members__:
            return WarningLevel[word.upper()]
        self.fault(
            "unknown_warning_level",
            N_("没有预警级别 {level}"),
            N_("用 red、orange、yellow、blue。"),
            level=word,
        )
        return WarningLevel.NONE

    def bounds(self) -> Mapping[str, object]:
        """The thresholds by level word, in either spelling."""
        if "threshold" in self.mapping:
            return {WarningLevel.BLUE.word: self.mapping["threshold"]}
        found = self.mapping.get("thresholds", self.mapping)
        entries = cast(Mapping[str, object], found) if isinstance(found, Mapping) else {}
        return {level.word: entries[level.word] for level in LEVELS if level.word in entries}


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
        sides = self.sides(entry)
        return Rule(
            code=code,
            type=self.name,
            measure=measure,
            sides=sides,
            hold_for=_hold_for(entry),
            keep=entry.periods("keep", 0, 0),
            no_data=_no_data(entry),
            no_data_level=entry.level("no_data_level"),
            kind=self.kind,
            benchmark=self.benchmark(entry),
            level_scale=_level_scale(entry),
            min_value=entry.optional("min_value"),
            min_base=entry.optional("min_base"),
            min_denominator=entry.optional("min_denominator"),
            min_age_months=_whole(entry.optional("min_age_months")),
            source=entry.text("source"),
            source_note=entry.text("source_note"),
            proposal_levels=_proposal_levels(entry),
            **_from_indicator(entry, sides, indicator),  # type: ignore[arg-type]
        )

    def sides(self, entry: Entry) -> tuple[Side, ...]:
        """The bounds of the entry."""
        op = entry.text("op")
        if op not in _OPERATORS:
            entry.fault(
                "rule_operator",
                N_("规则缺少比较符，或比较符 {op} 无效"),
                N_("用 >、>=、<、<=。"),
                op=op or "—",
            )
            return ()
        bounds = entry.bounds()
        if not bounds:
            entry.fault("rule_without_level", N_("规则至少要有一个级别的阈值"))
            return ()
        return (
            _side(entry, op, _four(_bound(entry, bounds, level) for level in LEVELS), entry.get("recovery")),
        )

    def benchmark(self, entry: Entry) -> Benchmark | None:
        """What the figure is compared with; only a benchmark gap has one."""
        return None

    def verdict(self, rule: Rule, readings: Readings) -> Verdict:
        """Breach and hold of every level, with a reason where there is no verdict."""
        reason = self.reasons(rule, readings)
        judged = (reason == Reason.JUDGED)[..., None]
        breach, hold = _compare(rule, readings)
        return Verdict(
            breach=breach & judged,
            hold=hold & judged,
            missing=np.isin(reason, _MISSING),
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
            mark(
                np.broadcast_to(readings.region_level > rule.lowest_level, reason.shape), Reason.NOT_PUBLISHED
            )
        mark(np.isnan(value), Reason.NO_VALUE)
        if rule.min_age_months is not None and readings.age is not None:
            mark(readings.age < rule.min_age_months, Reason.TOO_YOUNG)
        if rule.min_denominator is not None and readings.denominator is not None:
            mark(~(readings.denominator >= rule.min_denominator), Reason.DENOMINATOR_TOO_SMALL)
        if rule.min_value is not None:
            mark(value < rule.min_value, Reason.BELOW_MIN_VALUE)
        if rule.breaks and rule.measure in _YOY and readings.period is not None:
            mark(_across(rule.breaks, readings.period), Reason.ACROSS_BREAK)
        if rule.min_base is not None and readings.base is not None:
            mark(readings.base < rule.min_base, Reason.BASE_TOO_SMALL)
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
        bounds = entry.bounds()
        if not bounds:
            entry.fault("rule_without_level", N_("规则至少要有一个级别的阈值"))
            return ()
        recovery = entry.get("recovery")
        return tuple(
            _side(entry, op, self._ends(entry, bounds, end), _pick(recovery, end), nested=True)
            for end, op in enumerate(("<", ">"))
        )

    def _ends(
        self, entry: Entry, bounds: Mapping[str, object], end: int
    ) -> tuple[float, float, float, float]:
        """The lower (0) or upper (1) ends of the intervals."""
        return _four(
            self._end(entry, level.word, bounds[level.word], end) if level.word in bounds else NAN
            for level in LEVELS
        )

    def _end(self, entry: Entry, level: str, raw: object, end: int) -> float:
        if isinstance(raw, Sequence) and not isinstance(raw, str) and len(raw) == 2:
            low, high = (entry.number(level, bound) for bound in raw)
            if low < high:
                return (low, high)[end]
        if end == 0:  # said once, not once per side
            entry.fault(
                "rule_interval", N_("{level} 须为下限小于上限的区间，现为 {raw}"), level=level, raw=raw
            )
        return NAN


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

    def sides(self, entry: Entry) -> tuple[Side, ...]:
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

    def read(self, entry: Entry, code: str, indicator: Indicator | None) -> Rule:
        """Only the code of the other indicator is read."""
        other = entry.get("code")
        if other is None or other == code:
            entry.fault("rule_refer", N_("引用规则须写明另一个指标的 code"))
        return Rule(code=code, type=self.name, refers_to=None if other is None else str(other))


class Context(RuleType):
    """Context only, no warning."""

    name = "none"

    def read(self, entry: Entry, code: str, indicator: Indicator | None) -> Rule:
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

_MISSING: Final = tuple(
    reason
    for reason in Reason
    # A figure below min_value is there and harmless: it neither breaches nor holds.
    if reason not in (Reason.JUDGED, Reason.BELOW_MIN_VALUE, Reason.TOO_YOUNG, Reason.NOT_PUBLISHED)
)


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
    spec = indicator.rule
    if spec is None:
        return Rule(code=indicator.code, type=Context.name, version=indicator.version)
    return parse(spec.mapping, indicator, spec.where)


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
    if rule.no_data is NoData.ALERT and not rule.no_data_level:
        entry.fault("rule_no_data_level", N_("缺数即预警的规则须写明 no_data_level"))
    return rule, entry.issues


def _side(
    entry: Entry,
    op: str,
    thresholds: tuple[float, float, float, float],
    recovery: object,
    *,
    nested: bool = False,
) -> Side:
    """A side with its recovery values, both checked."""
    configured = [t for t in thresholds if t == t]
    steps = np.diff(configured) * (1 if op in _UPWARD else -1)
    if np.any(steps < 0) or (not nested and np.any(steps == 0)):
        entry.fault("rule_order", N_("阈值须按级别严格递进：{thresholds}"), thresholds=configured)
    if op in _POINTWISE:
        if len(configured) > 1 or recovery is not None:
            entry.fault("rule_pointwise", N_("比较符 {op} 只能有一个级别，且没有恢复值"), op=op)
        return Side(op, thresholds)
    values = (
        entry.by_level("recovery", recovery, NAN)
        if recovery is not None
        else _default_recovery(entry, op, thresholds)
    )
    _check_recovery(entry, op, thresholds, values)
    return Side(op, thresholds, _four(r if t == t else NAN for t, r in zip(thresholds, values, strict=True)))


def _default_recovery(
    entry: Entry, op: str, thresholds: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """Each threshold moved to the good side by its margin; the cases' spelling has none unless it says so."""
    raw = entry.get("clear_margin")
    if raw is None and entry.plain:
        return (NAN, NAN, NAN, NAN)
    margins = _default_margins(thresholds) if raw is None else entry.by_level("clear_margin", raw, 0.0)
    if any(margin < 0 for margin in margins):
        entry.fault("rule_margin", N_("回差 clear_margin 不能为负"))
    good = -1 if op in _UPWARD else 1
    return _four(t + good * m for t, m in zip(thresholds, margins, strict=True))


def _default_margins(thresholds: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """A fifth of the way to the next milder threshold; the mildest takes its more severe neighbour."""
    places = [k for k, t in enumerate(thresholds) if t == t]
    margins = [0.0] * 4
    for nth, k in enumerate(places):
        neighbour = places[nth - 1] if nth else (places[1] if len(places) > 1 else k)
        margins[k] = DEFAULT_MARGIN * abs(thresholds[k] - thresholds[neighbour])
    return _four(margins)


def _check_recovery(
    entry: Entry,
    op: str,
    thresholds: tuple[float, float, float, float],
    recovery: tuple[float, float, float, float],
) -> None:
    """On the good side of the threshold, and in the order of the levels."""
    toward_bad = 1 if op in _UPWARD else -1
    pairs = [(t, r) for t, r in zip(thresholds, recovery, strict=True) if t == t and r == r]
    if any((t - r) * toward_bad < 0 for t, r in pairs):
        entry.fault("rule_recovery_side", N_("恢复值须在阈值的良好一侧"))
    if np.any(np.diff([r for _, r in pairs]) * toward_bad < 0):
        entry.fault("rule_recovery_order", N_("恢复值须与阈值同序递进"))


def _hold_for(entry: Entry) -> tuple[int, int, int, int]:
    """Periods that a breach must have lasted: as written, or ``persist`` less one."""
    if entry.get("for") is not None:
        return entry.periods("for", 0, 0)
    persist = entry.periods("persist", 1, 1)
    return cast(tuple[int, int, int, int], tuple(n - 1 for n in persist))


def _no_data(entry: Entry) -> NoData:
    word = entry.text("no_data", NoData.NO_DATA)
    if word in set(NoData):
        return NoData(word)
    entry.fault(
        "rule_no_data",
        N_("没有缺数策略 {policy}"),
        N_("可用：{allowed}"),
        policy=word,
        allowed=", ".join(NoData),
    )
    return NoData.NO_DATA


def _level_scale(entry: Entry) -> dict[Level, float]:
    raw = entry.get("level_scale")
    if raw is None:
        return {}
    if not isinstance(raw, Mapping) or any(str(word) not in Level.__members__ for word in raw):
        entry.fault(
            "rule_level_scale",
            N_("level_scale 须按区划层级给出系数"),
            N_("层级：{allowed}"),
            allowed=", ".join(Level.__members__),
        )
        return {}
    scale = {Level[str(word)]: entry.number("level_scale", factor) for word, factor in raw.items()}
    if any(factor <= 0 for factor in scale.values()):
        entry.fault("rule_level_scale", N_("level_scale 的系数须为正数"))
    return scale


def _proposal_levels(entry: Entry) -> tuple[str, ...]:
    raw = entry.get("proposal_levels")
    words = tuple(str(word) for word in raw) if isinstance(raw, Sequence) and not isinstance(raw, str) else ()
    for word in words:
        if word not in entry.bounds():
            entry.fault(
                "rule_proposal_levels", N_("proposal_levels 中的 {level} 不是本规则的级别"), level=word
            )
    return words


def _from_indicator(entry: Entry, sides: tuple[Side, ...], indicator: Indicator | None) -> dict[str, object]:
    """What a rule takes over from the definition of its indicator."""
    if indicator is None:
        return {}
    return {
        "limits": indicator.limit_versions,
        "limit_level": _limit_level(entry, sides, indicator.limit_versions),
        "breaks": tuple(int(f"{b.date:%Y%m%d}") for b in indicator.calibre_breaks),
        "lowest_level": Level.__members__.get(indicator.lowest_level),
        "version": indicator.version,
    }


def _limit_level(entry: Entry, sides: tuple[Side, ...], limits: tuple[LimitVersion, ...]) -> WarningLevel:
    """The level that is the legal limit: as written, else the one whose threshold equals a version of it."""
    if not limits or not sides or entry.get("limit_level") is not None:
        return entry.level("limit_level")
    known = {version.limit for version in limits}
    equal = [level for level in LEVELS if sides[0].thresholds[level - 1] in known]
    if len(equal) > 1:
        entry.fault(
            "rule_limit_level",
            N_("有几档阈值等于限值的不同版本：{levels}"),
            N_("写明 limit_level：哪一档随限值换版。"),
            levels=", ".join(level.word for level in equal),
        )
    return equal[0] if equal else WarningLevel.NONE


def _compare(rule: Rule, readings: Readings) -> tuple[Marks, Marks]:
    """Breach and hold of every latch, before asking whether there is a verdict at all."""
    x = readings.measure[..., None]
    breaches, holds = [], []
    for side in rule.sides:
        thresholds, recovery = _bounds_of(rule, side, readings)
        breach = _OPERATORS[side.op](x, thresholds) & ~np.isnan(thresholds) & ~np.isnan(x)
        holds.append(breach | _not_recovered(side.op, x, recovery))
        breaches.append(breach)
    if len(rule.sides) == 2:  # crossing from one side to the other closes nothing
        holds = [holds[0] | breaches[1], holds[1] | breaches[0]]
    return np.concatenate(breaches, axis=-1), np.concatenate(holds, axis=-1)


def _not_recovered(op: str, x: Numbers, recovery: Numbers) -> Marks:
    if op in _UPWARD:
        return x >= recovery
    if op in _DOWNWARD:
        return x <= recovery
    return np.zeros(np.broadcast_shapes(x.shape, recovery.shape), dtype=np.bool_)


def _bounds_of(rule: Rule, side: Side, readings: Readings) -> tuple[Numbers, Numbers]:
    """Thresholds and recovery values, with the limit of the period and the scale of the region level."""
    thresholds, recovery = np.array(side.thresholds), np.array(side.recovery)
    if rule.limit_level and readings.period is not None:
        k = rule.limit_level - 1
        moved = _limits(rule, readings.period) - thresholds[k]
        shift = np.zeros((*moved.shape, 4))
        shift[..., k] = np.where(np.isnan(moved), 0.0, moved)
        thresholds, recovery = thresholds + shift, recovery + shift
    if rule.level_scale and readings.region_level is not None:
        factors = np.array([rule.level_scale.get(level, 1.0) for level in Level])
        factor = factors[readings.region_level][..., None]
        thresholds, recovery = thresholds * factor, recovery * factor
    return thresholds, recovery


def _limits(rule: Rule, period: Keys) -> Numbers:
    """The legal limit in force at the end of each period; NaN before the first."""
    versions = sorted((int(f"{v.valid_from:%Y%m%d}") if v.valid_from else 0, v.limit) for v in rule.limits)
    starts = np.array([start for start, _ in versions])
    limits = np.array([NAN, *(limit for _, limit in versions)])
    return cast(Numbers, limits[np.searchsorted(starts, _end_day(period), side="right")])


def _across(breaks: tuple[int, ...], period: Keys) -> Marks:
    """Whether a break lies after the start of the period a year earlier and not after the end of this one."""
    end = _end_day(period)
    start = _start_day(period - YEAR)
    return np.any([(start < day) & (day <= end) for day in breaks], axis=0)


def _end_day(period: Keys) -> Keys:
    """The last day of a period as YYYYMMDD; months end nominally on day 31."""
    return period // 10**7


def _start_day(period: Keys) -> Keys:
    """The first day of a span of months as YYYYMMDD; of anything shorter, the day it ends."""
    day = _end_day(period)
    months = period % 1000 - MONTHS
    first = day // 10000 * 12 + day // 100 % 100 - months  # months since year 0, January being 0
    return np.where(months > 0, first // 12 * 10000 + (first % 12 + 1) * 100 + 1, day)


def _bound(entry: Entry, bounds: Mapping[str, object], level: WarningLevel) -> float:
    return entry.number(level.word, bounds[level.word]) if level.word in bounds else NAN


def _pick(recovery: object, end: int) -> object:
    """One end of the recovery intervals of a band."""
    if not isinstance(recovery, Mapping):
        return recovery
    return {level: pair[end] for level, pair in recovery.items()}


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)


def _four(numbers: "Sequence[float] | object") -> tuple[float, float, float, float]:
    blue, yellow, orange, red = cast(Sequence[float], tuple(numbers))  # type: ignore[arg-type]
    return blue, yellow, orange, red
