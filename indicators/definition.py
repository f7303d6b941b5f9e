"""What an indicator means: its unit, its formula, where it may be added up, which way is good, since when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum
from types import MappingProxyType

EMPTY: Mapping[str, object] = MappingProxyType({})


class Frequency(StrEnum):
    """How often a figure comes."""

    REALTIME = "realtime"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


class Basis(StrEnum):
    """What stretch of time a figure speaks of: 当期, 累计, 时点, 同期群."""

    PERIOD = "period"
    YTD = "ytd"
    POINT = "point"
    COHORT = "cohort"


class Polarity(StrEnum):
    """Which way is good."""

    HIGHER_BETTER = "higher_better"
    LOWER_BETTER = "lower_better"
    RANGE = "range"
    CONTEXT = "context"


class RegionAggregation(StrEnum):
    """How the figure of a region comes from those of its children."""

    SUM = "sum"
    RATIO_OF_SUMS = "ratio_of_sums"
    WEIGHTED_MEAN = "weighted_mean"
    POP_WEIGHTED_MEAN = "pop_weighted_mean"
    STATION_MEAN = "station_mean"
    MAX = "max"
    MIN = "min"
    MAX_SEVERITY = "max_severity"
    DISTINCT = "distinct"
    RECORDS = "records"
    DERIVED = "derived"
    NOT_ADDITIVE = "not_additive"


class TimeAggregation(StrEnum):
    """How the figure of a longer stretch of time comes from those of the shorter ones in it."""

    SUM = "sum"
    LAST = "last"
    MEAN = "mean"
    WEIGHTED_MEAN = "weighted_mean"
    CUMULATIVE = "cumulative"
    RATIO_OF_SUMS = "ratio_of_sums"
    STATION_MEAN = "station_mean"
    MAX = "max"
    MIN = "min"
    MAX_SEVERITY = "max_severity"
    RECORDS = "records"
    DERIVED = "derived"
    NOT_ADDITIVE = "not_additive"


class Sensitivity(StrEnum):
    """Who may see the figure at all."""

    PUBLIC = "public"
    INTERNAL = "internal"
    RESTRICTED = "restricted"


class DataStatus(IntEnum):
    """Where a stored figure stands in its life; stored as the number, spoken of as the word."""

    PRELIMINARY = 0
    INITIAL = 1
    FINAL = 2
    REVISED = 3
    UNSTATED = 4
    COMPUTED = 5
    SIMULATED = 6
    MISSING = 7

    @property
    def word(self) -> str:
        """The word used at the doors: ``preliminary``, ``final``…"""
        return self.name.lower()


STATUS: tuple[str, ...] = tuple(status.word for status in DataStatus)
"""The words of DataStatus by their numbers: ``STATUS[2] == "final"``. MISSING goes with a reason."""

WARNING_LEVELS: tuple[str, ...] = ("none", "blue", "yellow", "orange", "red")
"""The words of the warning levels by their numbers, least to most severe."""


@dataclass(frozen=True)
class Department:
    """Who answers for a figure."""

    id: str
    name_zh: str
    name_en: str


@dataclass(frozen=True)
class Domain:
    """A group of themes, where a system has many."""

    id: str
    name_zh: str
    name_en: str


@dataclass(frozen=True)
class Theme:
    """A chapter of a system; indicators stand in the order of their file under it."""

    system: str
    id: str
    order: int
    name_zh: str
    name_en: str
    domain: str | None = None


@dataclass(frozen=True)
class System:
    """One of the boards of the cockpit: economy, emergencies, projects, city signs…"""

    id: str
    name_zh: str
    name_en: str
    description: str = ""
    catalogue_version: str = ""
    domains: tuple[Domain, ...] = ()


@dataclass(frozen=True)
class Relation:
    """Written on A and read "A type code": ``numerator_of``, ``component_of``, ``leads``…"""

    type: str
    code: str
    additive: bool | None = None


NAMED = "~"
"""Stands between the code of an indicator and the name of a further rule of it: ``econ.cpi.yoy~falling``."""


def rule_id(code: str, name: str = "") -> str:
    """The identity of a rule: the code of its indicator, with the name of a further one."""
    return f"{code}{NAMED}{name}" if name else code


def indicator_of(rule: str) -> str:
    """The code of the indicator that a rule judges, from the identity of the rule."""
    return rule.partition(NAMED)[0]


@dataclass(frozen=True)
class RuleSpec:
    """A warning rule as it is written in the catalogue; ``indicators/rules`` gives it its meaning.

    name  of a further rule of the indicator, a word; empty for the one that stands under ``rule``
    """

    mapping: Mapping[str, object] = field(hash=False)
    where: str = field(default="", compare=False)
    name: str = ""

    @property
    def type(self) -> str:
        """The word of the rule type: ``threshold``, ``band``, ``none``…"""
        return str(self.mapping.get("type", "none"))


@dataclass(frozen=True)
class LimitVersion:
    """A legal limit and the days on which it holds (both included; None is open)."""

    limit: float
    valid_from: date | None
    valid_to: date | None
    source: str = ""

    def holds(self, day: date) -> bool:
        """Whether the limit is in force on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


@dataclass(frozen=True)
class CalibreBreak:
    """From this day on the figures mean something else; no growth is computed across it.

    backcast  the code of a series that says for the time before what the figures mean since; empty: there is none
    """

    date: date
    reason_zh: str
    backcast: str = ""


@dataclass(frozen=True)
class Release:
    """When the figure of a period is due, counted from the end of the period, and how long lateness is borne."""

    due_after: timedelta
    grace: timedelta

    def due(self, end: datetime) -> datetime:
        """The moment by which the figure of a period with this end should be there."""
        return end + self.due_after

    def late(self, end: datetime) -> datetime:
        """The moment from which a figure that is not there counts as missing (no data)."""
        return self.due(end) + self.grace


@dataclass(frozen=True)
class Indicator:
    """The meaning of one figure, as it is in force from ``valid_from`` to ``valid_to``.

    code          the catalogue code; its first part names the system
    headline      shown on boards; an input (False) is collected, stored and used by formulas only
    lowest_level  the lowest level at which the figure is published or collected, as a word
    jan_feb       January and February come as one release
    formula       None for a collected figure
    weight        for means: the code of the weights, or ``reported``
    rules         further warning rules beside ``rule``, each with a name of its own
    targets       year to target value; targets of plans and regions stand in data_access/targets.py
    successor     of a retired one: the code of the figure that took its place; empty for none
    document      the entry as it was written, so that nothing is lost when it is written back
    where         ``file:line`` of the entry
    """

    code: str
    system: str
    theme: str | None
    headline: bool
    name_zh: str
    name_en: str
    unit: str
    unit_en: str
    frequency: Frequency
    basis: Basis
    polarity: Polarity
    agg_region: RegionAggregation
    agg_time: TimeAggregation
    lowest_level: str
    department: str
    sensitivity: Sensitivity
    definition_zh: str
    release: Release
    calibre_zh: str = ""
    definition_source: str = ""
    formula: str | None = None
    weight: str | None = None
    jan_feb: bool = False
    dimensions: tuple[str, ...] = ()
    rule: RuleSpec | None = None
    rules: tuple[RuleSpec, ...] = ()
    related: tuple[Relation, ...] = ()
    targets: Mapping[int, float] = field(default_factory=dict, hash=False)
    limit_versions: tuple[LimitVersion, ...] = ()
    calibre_breaks: tuple[CalibreBreak, ...] = ()
    example: Mapping[str, object] | None = field(default=None, hash=False)
    successor: str = ""
    version: int = 1
    valid_from: date | None = None
    valid_to: date | None = None
    origin: str = "library"
    document: Mapping[str, object] = field(default_factory=lambda: EMPTY, hash=False, compare=False)
    where: str = field(default="", compare=False)

    @property
    def specs(self) -> tuple[RuleSpec, ...]:
        """Every warning rule of the indicator, its own first."""
        return (*(() if self.rule is None else (self.rule,)), *self.rules)

    @property
    def derived(self) -> bool:
        """Whether the figure is computed from others."""
        return self.formula is not None

    def name(self, language: str) -> str:
        """The name in a language; Chinese unless it is English."""
        return self.name_en if language.startswith("en") else self.name_zh

    def holds(self, day: date | None) -> bool:
        """Whether this version is in force on a day; None asks for the one without an end."""
        if day is None:
            return self.valid_to is None
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )

    def limit(self, day: date) -> float | None:
        """The legal limit in force on a day."""
        return next((version.limit for version in self.limit_versions if version.holds(day)), None)


@dataclass(frozen=True)
class Identity:
    """``total`` is the sum of ``parts`` within an absolute tolerance, in every region and period."""

    total: str
    parts: tuple[str, ...]
    tolerance: float
    where: str = field(default="", compare=False)


@dataclass(frozen=True)
class Plan:
    """A published plan that sets targets for one region."""

    id: str
    name_zh: str
    issued: date
    region: int


@dataclass(frozen=True)
class Target:
    """What a region is to reach by a year, with the sentence that says so.

    op       ``>=``, ``<=``, ``=``, ``between`` (value to upper) or ``done`` (a milestone without a number)
    measure  what is to reach it: the figure itself (``value``) or its growth (``yoy_pct``)
    plan     the id of the plan; empty for a target that a file of figures brought
    """

    indicator: str | None
    region: int
    year: int
    op: str
    value: float | None
    upper: float | None = None
    unit: str | None = None
    due: date | None = None
    statement_zh: str = ""
    plan: str = ""
    source: str = ""
    note: str = ""
    measure: str = "value"


@dataclass(frozen=True)
class SeasonCurve:
    """How much of a year's task should be done by the end of each month: twelve rising shares in percent.

    region  None holds for every region without a curve of its own
    year    None holds for every year
    """

    indicator: str
    region: int | None
    shares: tuple[float, ...]
    year: int | None = None
    source: str = ""

    def share(self, month: int) -> float:
        """The percentage due by the end of a month."""
        return self.shares[month - 1]
