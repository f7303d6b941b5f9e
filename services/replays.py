"""Rules replayed over the past by the state machine that judges live: everywhere at once, whoever looks at it.

A place among siblings, a silence of all and a rule of rules can only be told from everything; what a reader may see
of it is cut out afterwards. Readings and replays of rules in force are remembered, so that moving a threshold asks
for no figure again.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any, Final, TypeVar

import numpy as np

from indicators import periods
from indicators.catalog import Catalog
from indicators.definition import Frequency, Indicator, indicator_of
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import Level, RegionTree
from indicators.rules import Rule, of_spec
from services.access import SYSTEM
from services.answers import Question, Reading
from services.composite_rules import replayed
from services.evaluation import Case, Members, Past, asked_of, cut, past
from services.rounds import Asked

SPANS: Final[Mapping[Frequency, timedelta]] = {
    Frequency.REALTIME: timedelta(days=14),
    Frequency.HOURLY: timedelta(days=45),
    Frequency.DAILY: timedelta(days=2 * 365),
    Frequency.WEEKLY: timedelta(days=5 * 366),
    Frequency.MONTHLY: timedelta(days=10 * 366),
    Frequency.QUARTERLY: timedelta(days=10 * 366),
    Frequency.YEARLY: timedelta(days=20 * 366),
}
"""How far back a rule is tried."""

SEEN: Final = ("data", "registry", "alerts")
"""The counters of what a back-test looks at."""

KEPT: Final = 16
"""So many readings, replays and histories are remembered."""

UNTRIED: Final = frozenset(("refer", "none"))
"""Types that judge nothing."""

T = TypeVar("T")


@dataclass(frozen=True)
class InForce:
    """A rule in force: its indicator, the rule, and how it is written."""

    indicator: Indicator
    rule: Rule
    mapping: Mapping[str, object]


@dataclass(frozen=True)
class Stretch:
    """From which day to which a rule is tried, and the moment of now (aware, in the zone of the deployment)."""

    since: date
    until: date
    now: datetime


class Replays:
    """Replays rules; nothing is stored, nobody is told.

    versions  the counters of the store: with them ends what is remembered
    """

    def __init__(
        self,
        query: Asked,
        catalog: Catalog,
        tree: RegionTree,
        versions: Callable[[], Mapping[str, int]],
    ) -> None:
        self._query = query
        self._catalog = catalog
        self._tree = tree
        self._counters = versions
        self._kept: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        self._lock = Lock()

    def over(self, catalog: Catalog) -> "Replays":
        """Replays over a catalogue with other rules in which every figure is the same: what is remembered stays."""
        other = Replays(self._query, catalog, self._tree, self._counters)
        other._kept, other._lock = self._kept, self._lock
        return other

    def rule(self, identity: str) -> InForce:
        """A rule in force by its identity.

        raises  CockpitError ``unknown_rule``; ``rule_says_nothing`` for one that judges nothing
        """
        code = indicator_of(identity)
        indicator = self._catalog.get(code) if code in self._catalog else None
        for spec in indicator.specs if indicator else ():
            assert indicator is not None
            rule = of_spec(spec, indicator)
            if rule.id != identity:
                continue
            if rule.type in UNTRIED:
                what, do = N_("这条规则不作判定"), N_("预警由 {other} 发出，或只作背景。")
                raise CockpitError(
                    Issue("rule_says_nothing", what, do, params={"other": rule.refers_to or "—"})
                )
            return InForce(indicator, rule, spec.mapping)
        what, do = N_("没有规则 {rule}"), N_("请检查地址。")
        raise CockpitError(Issue("unknown_rule", what, do, params={"rule": identity}))

    def stretch(
        self, indicator: Indicator, now: datetime, *, newest: int = 0, year: int | None = None
    ) -> Stretch:
        """From a year on, or as far back as is usual; of what comes by the day or faster, back from its newest figure.

        newest  the period of that figure; 0: there is none
        """
        today, monthly = now.date(), indicator.frequency in periods.MONTHS_OF
        last = min(periods.Period(newest).end, today) if newest and not monthly else today
        until = date(today.year, 12, 31) if monthly else last  # a figure may come before its period is over
        usual = last - SPANS[indicator.frequency]
        wanted = usual if year is None or not usual.year <= year <= today.year else date(year, 1, 1)
        return Stretch(wanted, until if indicator.frequency is Frequency.REALTIME or monthly else today, now)

    def standing(self, one: InForce, stretch: Stretch) -> Past:
        """A rule in force, replayed; remembered."""
        key = ("past", one.rule.id, str(one.mapping), stretch)
        return self.keep(key, lambda: self.tried(one.indicator, one.rule, stretch))

    def tried(self, indicator: Indicator, rule: Rule, stretch: Stretch) -> Past:
        """A rule, replayed wherever it is judged."""
        reading = self.reading(indicator, rule, stretch)
        feed = indicator.frequency is Frequency.REALTIME and len(reading.periods) > 0
        members = self._members(rule, reading, stretch) if rule.members and len(reading.periods) else None
        return past(Case(rule, self._tree, reading, {}, feed=feed, members=members), stretch.now)

    def reading(self, indicator: Indicator, rule: Rule, stretch: Stretch) -> Reading:
        """The figures that a rule looks at; of a feed only the moments in which it spoke."""
        since, places = stretch.since, self._places(rule)
        if rule.chart is not None and rule.chart.reads_from is not None:
            since = min(since, rule.chart.reads_from)
        key = ("reading", indicator.code, asked_of(rule), places, since, stretch)
        return self.keep(
            key, lambda: self._asked(indicator, asked_of(rule), places, replace(stretch, since=since))
        )

    def _places(self, rule: Rule) -> tuple[int, ...]:
        """Where a rule is judged: territories of the deployment, no lower than the figure is published."""
        lowest, root = rule.lowest_level or Level.VILLAGE, self._tree.root
        codes = dict.fromkeys(region.code for region in self._tree if not region.reporting_unit)
        return tuple(
            code for code in codes if self._tree.get(code).level <= lowest and self._tree.contains(root, code)
        )

    def _asked(
        self, indicator: Indicator, measures: tuple[str, ...], places: tuple[int, ...], stretch: Stretch
    ) -> Reading:
        question = Question(
            (indicator.code,),
            places,
            since=int(f"{stretch.since:%Y%m%d}") * 10**7,
            until=periods.day_key(stretch.until),
            measures=measures,
        )
        reading = self._query.readings(SYSTEM, question)[indicator.code]
        there = np.asarray(~np.isnan(reading.value).all(axis=1), np.bool_)
        regions = reading.regions.tolist()
        if indicator.frequency is Frequency.REALTIME:
            return cut(reading, regions, there)
        begun = np.logical_or.accumulate(there)
        due = reading.due <= int(stretch.now.timestamp())
        return cut(reading, regions, begun & (due | there))

    def _members(self, rule: Rule, reading: Reading, stretch: Stretch) -> Members:
        """What the rules that a composite is made of would have said, each replayed too; a check refuses cycles."""
        rules: list[Rule] = []
        readings: dict[str, Reading] = {}
        inside: dict[str, Members] = {}
        for identity in rule.members:
            one = self.rule(identity)
            own = self.reading(one.indicator, one.rule, stretch)
            known = readings.get(one.rule.code)
            measures = own.measures if known is None else {**known.measures, **own.measures}
            readings[one.rule.code] = replace(own, measures=measures)
            rules.append(one.rule)
            if one.rule.members:
                inside[one.rule.id] = self._members(one.rule, own, stretch)
        return replayed(rules, readings, reading, self._tree, stretch.now, inside)

    def keep(self, key: tuple[Any, ...], make: Callable[[], T]) -> T:
        """What was made under a key since the store last changed, or what is made now."""
        counters = self._counters()
        whole = (*key, *(counters.get(name, 0) for name in SEEN))
        with self._lock:
            if whole in self._kept:
                self._kept.move_to_end(whole)
                kept: T = self._kept[whole]
                return kept
        made = make()
        with self._lock:
            self._kept[whole] = made
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return made


def seen(found: Past, regions: Sequence[int]) -> Past:
    """What happened in some regions."""
    wanted = frozenset(regions)
    columns = np.array([row for row, code in enumerate(found.regions.tolist()) if code in wanted], np.int64)
    row = {int(old): new for new, old in enumerate(columns)}
    return replace(
        found,
        regions=found.regions[columns],
        value=found.value[:, columns],
        measure=found.measure[:, columns],
        health=found.health[:, columns],
        reason=found.reason[:, columns],
        end=found.end.rows(columns),
        events=tuple(event._replace(row=row[event.row]) for event in found.events if event.row in row),
    )
