"""A round of judging: which rules must be judged where, their figures in as few questions as may be, the outcome."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import groupby
from types import MappingProxyType
from typing import Protocol

import numpy as np

from data_access.alerts import AlertStore, Outcome, StoredAlert, StoredEvent, StoredRule
from data_access.observations import Change
from indicators import periods
from indicators.alerts import Cause, Health
from indicators.definition import Frequency, Indicator, RegionAggregation, indicator_of
from indicators.errors import CockpitError
from indicators.freshness import end_moments
from indicators.regions import Level, RegionTree
from indicators.rules import NoData, Rule
from services.access import SYSTEM, Actor
from services.answers import Question, Reading
from services.composite_rules import composed
from services.evaluation import (
    HUSHED,
    Case,
    Judgement,
    asked_of,
    changed_rule,
    cut,
    judge,
    retired,
)
from services.lateness import overdue
from services.redrawn import breached_before, changed_in, moved_land
from services.rulebook import Book

WINDOWS: Mapping[Frequency, timedelta] = {
    Frequency.REALTIME: timedelta(days=1),
    Frequency.HOURLY: timedelta(days=7),
    Frequency.DAILY: timedelta(days=120),
    Frequency.WEEKLY: timedelta(days=366),
    Frequency.MONTHLY: timedelta(days=3 * 366),
    Frequency.QUARTERLY: timedelta(days=5 * 366),
    Frequency.YEARLY: timedelta(days=10 * 366),
}
"""How far back of its newest figure a rule is replayed; what was open before is taken from the history."""

STEPS: Mapping[Frequency, timedelta] = {
    Frequency.REALTIME: timedelta(minutes=5),
    Frequency.HOURLY: timedelta(hours=1),
    Frequency.DAILY: timedelta(days=1),
    Frequency.WEEKLY: timedelta(days=7),
    Frequency.MONTHLY: timedelta(days=30),
    Frequency.QUARTERLY: timedelta(days=91),
    Frequency.YEARLY: timedelta(days=365),
}
"""About how long a period is, to tell how many figures a question will bring."""

MAX_CELLS = 60_000
"""About how many figures one question may bring: a full round goes through the rules in shares."""


class Asked(Protocol):
    """What is needed of ``services.query``."""

    def readings(self, actor: Actor, question: Question) -> Mapping[str, Reading]: ...


@dataclass(frozen=True)
class Task:
    """A rule to judge in some regions.

    since        the first period to look at; `until` is the last day
    afresh       replay from there; otherwise the latches go on
    new_version  the rule is another one than the one that judged last
    """

    rule: Rule
    indicator: Indicator
    regions: tuple[int, ...]
    since: int
    until: date
    afresh: bool
    new_version: bool = False

    @property
    def feed(self) -> bool:
        """Whether figures come when something happens, and not by a calendar."""
        return self.indicator.frequency is Frequency.REALTIME

    @property
    def kin(self) -> tuple[str, bool]:
        """What tasks that share a question have in common: rhythm, and whether they look far back."""
        return str(
            self.indicator.frequency
        ), self.rule.measure == "baseline_z" or self.reads_since < self.since

    @property
    def reads_since(self) -> int:
        """The first period to read: a course or a chart begins before the first period that is judged."""
        chart, first = self.rule.chart, self.since
        if chart is not None and chart.reads_from is not None:
            first = min(first, periods.day_key(chart.reads_from))
        if self.rule.looks_back:
            # A fifth more: months are not equally long, and one of a year may be merged with another.
            span = STEPS[self.indicator.frequency] * (1.2 * self.rule.looks_back + 2)
            first = min(first, periods.day_key(periods.Period(self.since).end - span))
        return first


def _cells(tasks: Sequence[Task]) -> int:
    """About how many figures one question for all of these would bring."""
    regions = set().union(*(task.regions for task in tasks))
    since = min(periods.Period(task.reads_since).end for task in tasks)
    span = max(task.until for task in tasks) - since
    return len(tasks) * len(regions) * max(int(span / STEPS[tasks[0].indicator.frequency]), 1)


class Round:
    """One round of judging on what is stored now.

    now     the moment, aware, in the zone of the deployment
    redrawn until when rules may have been judged without knowing of the changes of a day
    before  instances that the outcome changed or ended, as they stood before, by (rule, region, item)
    """

    def __init__(
        self,
        store: AlertStore,
        query: Asked,
        tree: RegionTree,
        book: Book,
        now: datetime,
        redrawn: Mapping[date, int] = MappingProxyType({}),
    ) -> None:
        self._redrawn = redrawn
        self._store = store
        self._query = query
        self._tree = tree
        self._book = book
        self._now = now
        self._based_on = store.version()
        self._remembered = store.rules()
        self._newest: dict[str, int] = defaultdict(int)
        self.issues = list(book.issues)
        self.before: dict[tuple[str, int, int], StoredAlert] = {}
        self._sites: dict[str, frozenset[int]] = {}

    # -- what must be judged -------------------------------------------------------------------------------

    def everything(self) -> list[Task]:
        """Every rule, everywhere, over its whole window."""
        self._instances(self._book.rules)
        return [self._whole(code, afresh=True) for code in self._book.rules]

    def touched(self, changes: Iterable[Change]) -> list[Task]:
        """The rules and regions that change notes reach: also through formulas, roll-ups and benchmarks."""
        earliest: dict[str, dict[int, int]] = defaultdict(dict)
        for change in changes:
            regions = self._reach(change.region)
            for code in self._book.users.get(change.indicator, frozenset()):
                first = self._first_reached(change, code)
                self._newest[code] = max(self._newest[code], change.last)
                for region in self._spread(code, regions):
                    known = earliest[code].get(region, first)
                    earliest[code][region] = min(first, known)
        stored = self._instances(earliest)
        tasks = (self._of_changes(code, first, stored[code]) for code, first in earliest.items())
        return [task for task in tasks if task is not None]

    def due(self) -> list[Task]:
        """The rules for which a figure fell due, or overdue, since they were last judged; new versions, new rules."""
        waiting = [code for code, rule in self._remembered.items() if self._falls_due(code, rule)]
        fresh = [code for code in self._book.rules if code not in self._remembered]
        moved = moved_land(
            self._tree, self._book.rules, self._remembered, self._places, self._now, self._redrawn
        )
        stored = self._instances([*waiting, *fresh])
        tasks = [self._whole(code, afresh=True) for code in fresh]
        for code in waiting:
            if self._book.rules[code].by_clock:
                tasks.append(self._whole(code, afresh=False))
            elif self._remembered[code].version != self._book.rules[code].version:
                tasks.append(replace(self._whole(code, afresh=True), new_version=True))
            elif self._book.rules[code].min_age_months:  # a batch that was too young has left no trace yet
                tasks.append(self._whole(code, afresh=False))
            elif stored[code]:
                tasks.append(self._onward(code, tuple(stored[code]), stored[code]))
        planned = {task.rule.id for task in tasks}
        for code, regions in moved.items():
            if code not in planned and not self._book.rules[code].by_clock:
                tasks.append(replace(self._whole(code, afresh=True), regions=regions))
        return tasks

    def _whole(self, code: str, *, afresh: bool) -> Task:
        return Task(
            self._book.rules[code],
            self._book.indicator(code),
            self._places[code],
            *self._window(code),
            afresh,
        )

    def _onward(self, code: str, regions: tuple[int, ...], stored: Mapping[int, StoredAlert]) -> Task:
        """A rule from where its latches were left."""
        whole = self._whole(code, afresh=False)
        left = min(stored[region].period for region in regions)
        return replace(whole, regions=regions, since=whole.since if whole.feed else max(whole.since, left))

    def _window(self, code: str) -> tuple[int, date]:
        """The first period to replay and the last day: nothing from before this version of the rule.

        The window ends now, but reaches back from the newest figure: a feed may have been silent for long.
        """
        frequency, today = self._book.indicator(code).frequency, self._now.date()
        newest = self._newest[code]
        last = min(periods.Period(newest).end, today) if newest else today
        start = int(f"{last - WINDOWS[frequency]:%Y%m%d}") * 10**7
        remembered = None if self._book.rules[code].by_clock else self._remembered.get(code)
        if frequency is Frequency.REALTIME:
            today = last
        elif frequency in periods.MONTHS_OF:  # a figure may come before its period is over
            today = date(today.year, 12, 31)
        return max(start, remembered.since if remembered else 0), today

    def _of_changes(
        self, code: str, first: Mapping[int, int], stored: Mapping[int, StoredAlert]
    ) -> Task | None:
        regions = tuple(region for region in self._places[code] if region in first)
        if not regions:
            return None
        if self._only_together(self._book.rules[code]):
            regions = self._places[code]
        if self._book.rules[code].by_clock:
            return self._whole(code, afresh=False)
        remembered = self._remembered.get(code)
        if remembered is not None and remembered.version != self._book.rules[code].version:
            return replace(self._whole(code, afresh=True), new_version=True)
        onward = all(region in stored and stored[region].period < first.get(region, 0) for region in regions)
        if onward:
            return self._onward(code, regions, stored)
        return replace(self._whole(code, afresh=True), regions=regions)

    @staticmethod
    def _only_together(rule: Rule) -> bool:
        """Whether a region cannot be judged without the others: a place among them, a silence of all."""
        return rule.no_data is NoData.ALERT or bool(rule.rank_from) or rule.by_clock

    def _falls_due(self, code: str, rule: StoredRule) -> bool:
        if code not in self._book.rules:
            return False
        indicator = self._book.indicator(code)
        if rule.version != self._book.rules[code].version:
            return True
        before = datetime.fromtimestamp(rule.at, self._now.tzinfo)
        if self._book.rules[code].min_age_months and (before.year, before.month) != (
            self._now.year,
            self._now.month,
        ):
            return True
        release = indicator.release
        if indicator.frequency is Frequency.REALTIME:
            keys = np.array([rule.period])
        else:
            first = (before - release.due_after - max(self._waits(code))).date()
            keys = periods.calendar_keys(
                first, self._now.date(), indicator.frequency, indicator.basis, indicator.jan_feb
            )
        due = end_moments(keys) + np.timedelta64(release.due_after)
        edges = np.concatenate([due + np.timedelta64(wait) for wait in self._waits(code)])
        then, now = (np.datetime64(moment.replace(tzinfo=None), "s") for moment in (before, self._now))
        return bool(np.any((edges > then) & (edges <= now)))

    def _waits(self, code: str) -> list[timedelta]:
        """How long after a figure fell due something changes: its grace is over, a level of lateness is reached."""
        rule = self._book.rules[code]
        days = [t for side in rule.sides for t in side.thresholds if rule.by_clock and t == t]
        return [timedelta(), self._book.indicator(code).release.grace, *(timedelta(days=day) for day in days)]

    @cached_property
    def _places(self) -> Mapping[str, tuple[int, ...]]:
        """Where each rule is judged: territories of the deployment, no lower than the figure is published."""
        root = self._tree.root
        codes = dict.fromkeys(region.code for region in self._tree)
        inside = [self._tree.get(code) for code in codes if self._tree.contains(root, code)]
        territories = [
            region for region in inside if not region.reporting_unit and self._tree.valid(region.code)
        ]
        down_to = {
            level: tuple(region.code for region in territories if region.level <= level) for level in Level
        }
        return {
            code: self._in_scope(rule, down_to[rule.lowest_level or Level.VILLAGE])
            for code, rule in self._book.rules.items()
        }

    def _in_scope(self, rule: Rule, regions: tuple[int, ...]) -> tuple[int, ...]:
        """The regions of which a rule speaks at any time; a place among siblings is told of all of them."""
        if not rule.scope or rule.rank_from:
            return regions
        always = np.array([self._now.date()], "datetime64[D]")
        undated = [one for one in rule.scope.exempt if one.valid_from is None and one.valid_to is None]
        paths = [(code, *self._tree.ancestors(code)) for code in regions]
        levels = [int(self._tree.get(code).level) for code in regions]
        out = replace(rule.scope, exempt=tuple(undated)).outside(paths, levels, always)[0]
        return tuple(code for code, outside in zip(regions, out.tolist(), strict=True) if not outside)

    def _at(self, code: str) -> frozenset[int]:
        """Where a rule may have instances."""
        return self._sites.setdefault(code, frozenset(self._places[code]))

    def _reach(self, region: int) -> tuple[int, ...]:
        """A region and those above it, into which it is rolled up."""
        return (region, *self._tree.ancestors(region)) if self._tree.has(region) else ()

    def _spread(self, code: str, regions: tuple[int, ...]) -> Iterable[int]:
        """The regions in which a rule may see a change: where it is measured by its parent, also below."""
        rule = self._book.rules[code]
        if rule.rank_from:  # a place changes with the figure of any sibling
            above = dict.fromkeys(self._tree.get(region).parent for region in regions)
            siblings = (c for parent in above if parent is not None for c in self._tree.children(parent))
            return dict.fromkeys((*regions, *siblings))
        if rule.benchmark is None or rule.benchmark.region != "parent":
            return regions
        return dict.fromkeys((*regions, *(c for r in regions for c in self._tree.children(r))))

    def _first_reached(self, change: Change, code: str) -> int:
        """The first period of a rule that a change may show in.

        Another rhythm is reached from the beginning of the year on: a plan of the year stands under all months.
        """
        source, user = self._book.indicators.get(change.indicator), self._book.indicator(code)
        if source is not None and source.frequency is user.frequency:
            return change.first // 1000 * 1000
        return change.first // periods.YEAR * periods.YEAR

    def _instances(self, codes: Iterable[str]) -> dict[str, dict[int, StoredAlert]]:
        found: dict[str, dict[int, StoredAlert]] = {code: {} for code in codes}
        for alert in self._store.of_rules(found):
            found[alert.rule][alert.region] = alert
            self._newest[alert.rule] = max(self._newest[alert.rule], alert.data_period)
        return found

    # -- judging -------------------------------------------------------------------------------------------

    def outcome(self, tasks: Sequence[Task]) -> Outcome:
        """Judge tasks, and the rules that are made of theirs; what did not change is left out."""
        made = self._composites(tasks)
        tasks = [task for task in tasks if not task.rule.members]
        stored = self._instances(task.rule.id for task in (*tasks, *made))
        alerts: list[StoredAlert] = []
        events: list[StoredEvent] = []
        rules: list[StoredRule] = []
        for share in self._shares(tasks):
            readings = self._figures(share)
            for task in share:
                before = stored[task.rule.id]
                reading = readings.get(task.rule.code)
                judged = None if reading is None else self._judged(task, reading, before)
                if judged is not None:
                    alerts.extend(self._moved(judged.alerts, before))
                    events.extend(judged.events)
                rules.append(self._remember(task, judged, before))
        for task in made:
            before = stored[task.rule.id]
            judged = self._composed(task, before, events)
            if judged is not None:
                alerts.extend(self._moved(judged.alerts, before))
                events.extend(judged.events)
            rules.append(self._remember(task, judged, before))
        gone, closing, removed = self._removed(stored)
        return Outcome(self._based_on, alerts, [*events, *closing], rules, gone, removed)

    def _moved(
        self, judged: Iterable[StoredAlert], stored: Mapping[int, StoredAlert]
    ) -> Iterator[StoredAlert]:
        """The instances that are not as they were; how those were is kept."""
        for now in judged:
            was = stored.get(now.region)
            if was == now:
                continue
            if was is not None:
                self.before[was.rule, was.region, was.item] = was
            yield now

    def _shares(self, tasks: Sequence[Task]) -> Iterator[list[Task]]:
        """Tasks that are asked for together: of one frequency and reach, and not too many figures."""
        ordered = sorted(tasks, key=lambda task: (*task.kin, task.since, len(task.regions)))
        for _, kin in groupby(ordered, key=lambda task: task.kin):
            share: list[Task] = []
            for task in kin:
                if share and _cells([*share, task]) > MAX_CELLS:
                    yield share
                    share = []
                share.append(task)
            yield share

    def _figures(self, share: Sequence[Task]) -> Mapping[str, Reading]:
        """The figures of a share of the tasks in one question; a rule that spoils it is left out, and told."""
        try:
            return self._query.readings(SYSTEM, self._question(share))
        except CockpitError as error:
            if len(share) == 1:
                self.issues.extend(error.issues)
                return {}
            half = len(share) // 2
            return {**self._figures(share[:half]), **self._figures(share[half:])}

    def _question(self, share: Sequence[Task]) -> Question:
        return Question(
            indicators=tuple(dict.fromkeys(task.rule.code for task in share)),
            regions=tuple(dict.fromkeys(region for task in share for region in task.regions)),
            since=min(task.reads_since for task in share),
            until=periods.day_key(max(task.until for task in share)),
            measures=tuple(sorted({word for task in share for word in asked_of(task.rule)})),
        )

    def _composites(self, tasks: Sequence[Task]) -> list[Task]:
        """The rules to be judged that are made of others: those of the tasks, and those with a member among them."""
        asked = {task.rule.id: task for task in tasks}
        for rule in self._book.composites:
            own = asked.get(rule.id)
            parts = [asked[member] for member in rule.members if member in asked]
            if not parts or (own is not None and own.new_version):
                continue
            reached = {region for task in (*parts, *filter(None, (own,))) for region in task.regions}
            whole = self._whole(rule.id, afresh=True)
            regions = tuple(region for region in whole.regions if region in reached)
            if regions:
                asked[rule.id] = replace(whole, regions=regions)
        return [asked[rule.id] for rule in self._book.composites if rule.id in asked]

    def _composed(
        self, task: Task, stored: Mapping[int, StoredAlert], events: Sequence[StoredEvent]
    ) -> Judgement | None:
        """Judge a rule by the histories of those that it is made of, those written in this round among them."""
        rule = task.rule
        codes = dict.fromkeys((rule.code, *map(indicator_of, rule.members)))
        share = Question(
            tuple(codes),
            task.regions,
            since=task.since,
            until=periods.day_key(task.until),
            measures=("value",),
        )
        try:
            readings = self._query.readings(SYSTEM, share)
        except CockpitError as error:
            self.issues.extend(error.issues)
            return None
        reading = cut(readings[rule.code], task.regions, readings[rule.code].periods >= task.since)
        told = [*self._store.events(rule.members, task.regions), *events]
        members = composed(reading, rule.members, readings, told)
        afresh = task.afresh and not task.new_version and bool(stored)
        recorded = self._store.events([rule.id], task.regions) if afresh else ()
        case = Case(rule, self._tree, reading, stored, recorded, members=members)
        if not len(reading.periods):
            return None
        if task.new_version:
            return changed_rule(case, self._now)
        return judge(case, self._now, afresh=task.afresh)

    def _judged(self, task: Task, reading: Reading, stored: Mapping[int, StoredAlert]) -> Judgement | None:
        asked = reading.periods >= task.since
        if task.feed:
            asked &= ~np.isnan(reading.value).all(axis=1)
        if not asked.any():
            asked = self._nothing_left(reading, stored)
        if not asked.any():
            return None
        afresh = task.afresh and not task.new_version and bool(stored)
        recorded = self._store.events([task.rule.id], task.regions) if afresh else ()
        read = reading.periods >= task.reads_since if task.reads_since < task.since else asked
        case = Case(
            task.rule, self._tree, cut(reading, task.regions, read), stored, recorded, task.feed, task.since,
            hushed=self._hushed(task, reading),
        )  # fmt: skip
        if task.rule.by_clock:
            return overdue(case, self._now, Cause.RULE_CHANGED if task.new_version else Cause.VALUE)
        if task.new_version:
            return changed_rule(case, self._now)
        return judge(case, self._now, afresh=task.afresh)

    def _hushed(self, task: Task, reading: Reading) -> Mapping[int, date]:
        """The regions of a rule on totals that breach it for their added land alone, with the day of the change."""
        changed = changed_in(self._tree, task.regions, reading, self._now.date())
        rule = task.rule
        adds_up = task.indicator.agg_region is RegionAggregation.SUM
        if rule.asks != "value" or rule.by_clock or rule.members or not adds_up or not changed:
            return {}
        before = periods.day_key(min(changed.values()) - HUSHED.astype(object))
        asked = replace(self._question([task]), regions=tuple(changed), since=before, mapped=True)
        try:
            mapped = self._query.readings(SYSTEM, asked)[rule.code]
        except CockpitError as error:
            self.issues.extend(error.issues)
            return changed
        return {
            code: day for code, day in changed.items() if breached_before(rule, self._tree, mapped, code, day)
        }

    def _nothing_left(
        self, reading: Reading, stored: Mapping[int, StoredAlert]
    ) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """Where every figure of a feed was taken back: the last period that was judged."""
        last = max((alert.period for alert in stored.values()), default=0)
        return np.asarray(reading.periods == last)

    def _remember(
        self, task: Task, judged: Judgement | None, stored: Mapping[int, StoredAlert]
    ) -> StoredRule:
        before = self._remembered.get(task.rule.id)
        now = {**stored, **{alert.region: alert for alert in judged.alerts}} if judged else stored
        newest = max((alert.period for alert in now.values()), default=0)
        silent = bool(now) and all(alert.health == Health.NO_DATA for alert in now.values())
        health = Health.ERROR if judged is None and self.issues else Health.NO_DATA if silent else Health.OK
        since = newest if task.new_version else before.since if before else 0
        return StoredRule(task.rule.id, task.rule.version, health, newest, since, int(self._now.timestamp()))

    def _removed(
        self, stored: Mapping[str, Mapping[int, StoredAlert]]
    ) -> tuple[list[tuple[str, int, int]], list[StoredEvent], list[str]]:
        """Instances of rules that are no more, or in regions that are no more; with what is told of their end."""
        at = int(self._now.timestamp())
        removed = [code for code in self._remembered if code not in self._book.rules]
        orphans = self._store.of_rules(removed)
        lost = [
            alert
            for alerts in stored.values()
            for alert in alerts.values()
            if not self._tree.has(alert.region) or alert.region not in self._at(alert.rule)
        ]
        past = self._store.of_regions(self._tree.ended())
        dead = [alert for alert in past if alert.rule in self._book.rules]
        dead_regions = {alert.region for alert in dead}
        lost = [alert for alert in lost if alert.region not in dead_regions]
        closing = [
            *retired(orphans, Cause.RULE_REMOVED, at),
            *retired(lost, Cause.OUT_OF_SCOPE, at),
            *retired(dead, Cause.REGION_RETIRED, at),
        ]
        ended = {(alert.rule, alert.region, alert.item): alert for alert in (*orphans, *lost, *dead)}
        self.before |= ended
        gone = list(ended)
        return gone, closing, removed
