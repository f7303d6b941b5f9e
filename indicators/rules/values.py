"""The values of warning rules: levels, a rule with all its defaults, what it is judged on, what it says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from indicators.charts import Lean
from indicators.definition import LimitVersion, rule_id
from indicators.errors import N_
from indicators.regions import Level

Numbers = NDArray[np.float64]
Keys = NDArray[np.int64]
Marks = NDArray[np.bool_]
Codes = NDArray[np.int8]

NAN: Final = float("nan")
PerLevel = tuple[float, float, float, float]
"""One number per level, blue to red; NaN where there is none."""
NOWHERE: Final[PerLevel] = (NAN, NAN, NAN, NAN)


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


UPWARD, DOWNWARD, POINTWISE = (">", ">="), ("<", "<="), ("==", "!=")
"""Above the bound is bad; below it is bad; comparisons without a direction: one level, no recovery."""

LEVELS: Final = tuple(level for level in WarningLevel if level)
"""Blue to red: the order of every per-level column in this room."""


PERCENT_POINTS: Final = "百分点"
UNITS_COMPARED: Final[Mapping[str, str]] = {
    "value": "", "yoy_pct": "%", "yoy_real_pct": "%", "mom_pct": "%", "baseline_z": "σ",
    "falling_run": "期", "rising_run": "期", "chart_level": "级", "cusum": "σ", "ewma": "σ",
    "sibling_place": "位", "sibling_share": "%", "members_level": "级", "overdue_days": "天",
}  # fmt: skip
"""Units of what rules compare, where they are not percentage points; the figure's own stands in for the empty one."""


OF_LEVELS: Final = frozenset({"chart_level", "members_level"})
"""What is itself a level, and bears no number beside it."""


def unit_compared(measure: str, own: str) -> str:
    """The unit in which a rule compares; `own` is that of its figure."""
    return UNITS_COMPARED.get(measure, PERCENT_POINTS) or own


class NoData(StrEnum):
    """What a period without a figure does to a warning."""

    NO_DATA = "no_data"
    KEEP = "keep"
    OK = "ok"
    ALERT = "alert"


class Kind(StrEnum):
    """A statutory warning is issued by an authority and mirrored; a management one comes from our rules."""

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
    PARTIAL = 13
    NO_SIBLINGS = 14
    IN_CONTROL = 15
    NOT_IN_FORCE = 16
    OUT_OF_SCOPE = 17

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
    Reason.PARTIAL: N_("下级尚未报齐，不判定"),
    Reason.NO_SIBLINGS: N_("同级可比地区不足，不判定"),
    Reason.IN_CONTROL: N_("属于受控期，只用来定界限，不判定"),
    Reason.NOT_IN_FORCE: N_("不在规则有效期内"),
    Reason.OUT_OF_SCOPE: N_("不在规则适用范围内"),
}


@dataclass(frozen=True)
class Side:
    """One bound of a rule: the comparison, and per level (blue to red) its threshold and recovery value.

    NaN stands for a level that is not configured, and for a level without a recovery value.
    """

    op: str
    thresholds: PerLevel
    recovery: PerLevel = NOWHERE

    @cached_property
    def columns(self) -> tuple[Numbers, Numbers]:
        """Thresholds and recovery values as columns."""
        return np.array(self.thresholds), np.array(self.recovery)


@dataclass(frozen=True)
class Benchmark:
    """What a figure is compared with: another indicator of the same region, or the same one of the parent."""

    code: str | None
    region: str


@dataclass(frozen=True)
class Exemption:
    """A region that a rule leaves out, with all below it, and the days on which it does (both included)."""

    region: int
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True)
class Scope:
    """Where a rule speaks.

    levels   only regions of these levels; empty for all
    regions  only these and what lies below them; empty for all
    exempt   but not these
    """

    levels: frozenset[Level] = frozenset()
    regions: frozenset[int] = frozenset()
    exempt: tuple[Exemption, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.levels or self.regions or self.exempt)

    def outside(
        self, paths: Sequence[Sequence[int]], levels: Sequence[int], ends: NDArray[np.datetime64]
    ) -> Marks:
        """Of which regions a rule does not speak, in which periods.

        paths   of each region: itself, its parent, and so on up
        levels  of each region
        ends    the last days of the periods
        """
        out = np.zeros((len(ends), len(paths)), np.bool_)
        for nth, (path, level) in enumerate(zip(paths, levels, strict=True)):
            out[:, nth] = bool(self.levels) and level not in self.levels
            out[:, nth] |= bool(self.regions) and self.regions.isdisjoint(path)
            for one in self.exempt:
                if one.region in path:
                    out[:, nth] |= within(ends, one.valid_from, one.valid_to)
        return out


def within(days: NDArray[np.datetime64], first: date | None, last: date | None) -> Marks:
    """Which days lie between two days, both included; None is open."""
    inside = np.ones(days.shape, np.bool_)
    if first is not None:
        inside &= days >= np.datetime64(first)
    if last is not None:
        inside &= days <= np.datetime64(last)
    return inside


PATTERN_CHARTS: Final = ("western_electric", "nelson")
"""Charts on which a level is a pattern of points; on the others it is how far a sum or mean has strayed."""


@dataclass(frozen=True)
class Chart:
    """A control chart: what it draws, from which limits, since when.

    lean              which side of the centre is bad
    centre, deviation as declared; None where the in-control period `first` to `last` gives them
    since             the first day on which points are drawn; None with an in-control period: the day after it
    slack, weight     k of a cumulative sum, λ of a weighted mean
    patterns          per level, blue to red, the run rules that breach it
    """

    kind: str
    lean: Lean = Lean.BOTH
    centre: float | None = None
    deviation: float | None = None
    first: date | None = None
    last: date | None = None
    since: date | None = None
    slack: float = 0.5
    weight: float = 0.2
    patterns: tuple[tuple[str, ...], ...] = ()

    @property
    def reads_from(self) -> date | None:
        """The first day whose figures matter; None: from the first figure there is."""
        return self.first or self.since


@dataclass(frozen=True)
class Recipients:
    """Who is told of the warnings of a rule beside those who asked for them: ids of departments, words of roles."""

    departments: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A warning rule with every default filled in.

    code           the indicator that it judges
    name           tells further rules of an indicator apart; empty for the one under ``rule``
    measure        the word of the measure that it compares; None where nothing is compared
    looks_at       the word of the measure from whose course `measure` is made; empty where it is `measure` itself
    looks_back     how many earlier periods it needs beside the one that it judges
    chart          of a control chart
    members        of a composite: the identities of the rules that it is made of; `needed` of them must fire
    folds          of a composite: whether its warning stands for those of its members
    season         how much of the yearly bounds holds at the end of each month, in percent; empty: all of them
    by_curve       the season curve of the indicator comes before `season`, where there is one
    scope          where it speaks; `valid_from` and `valid_to`: of periods that end on these days or between them
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
    breaks: tuple[date, ...] = ()
    lowest_level: Level | None = None
    source: str = ""
    source_note: str = ""
    proposal_levels: tuple[str, ...] = ()
    recipients: Recipients = Recipients()
    looks_at: str = ""
    looks_back: int = 0
    rank_from: str = ""
    least_siblings: int = 0
    chart: Chart | None = None
    members: tuple[str, ...] = ()
    needed: int = 0
    folds: bool = False
    season: tuple[float, ...] = ()
    by_curve: bool = False
    scope: Scope = Scope()
    valid_from: date | None = None
    valid_to: date | None = None
    version: int = 1
    name: str = ""
    name_zh: str = ""
    name_en: str = ""

    @property
    def id(self) -> str:
        """The identity of the rule: ``econ.cpi.yoy``, or ``econ.cpi.yoy~falling`` for a further one."""
        return rule_id(self.code, self.name)

    @property
    def asks(self) -> str:
        """The word of the measure that is asked for: the one compared, or the one from whose course it is made."""
        return self.looks_at or self.measure or "value"

    @property
    def by_clock(self) -> bool:
        """Whether time alone moves its level: what was late in the past cannot be told from today's figures."""
        return self.measure == "overdue_days"

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
    coverage      how much of a roll-up has reported, from 0 to 1
    base          the figure a year earlier, for ``min_base``
    denominator   for ``min_denominator``
    age           whole months since the batch of a cohort began to be followed, for ``min_age_months``
    period        period keys, for limits and breaks
    region_level  regions.Level as numbers, for ``level_scale`` and the lowest level
    schedule      how much of the year's task is due by the season curve, in percent, for ``season``
    group         of the last axis: regions with the same number are siblings, for ranks
    levels        the levels of the members of a composite, one block of the common shape for each
    outside       where the scope of the rule leaves a region out
    """

    measure: Numbers
    value: Numbers | None = None
    coverage: Numbers | None = None
    base: Numbers | None = None
    denominator: Numbers | None = None
    age: Numbers | None = None
    period: Keys | None = None
    region_level: NDArray[np.integer] | None = None
    schedule: Numbers | None = None
    group: Keys | None = None
    levels: Codes | None = None
    outside: Marks | None = None


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
