"""One rule over its regions: figures in, warnings as they now stand and what happened out; nothing is stored here.

Either the latches go on from where they stood (new periods), or the rule is replayed from the beginning of its
window, and the difference to the recorded history is what happened (a revision, a late figure, an undone load).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from data_access.alerts import StoredAlert, StoredEvent
from indicators import periods
from indicators.aggregation import TOTAL
from indicators.alerts import (
    ALERT,
    KEEP,
    Alerts,
    Cause,
    Event,
    EventKind,
    Health,
    Latch,
    Timing,
    at,
    close,
    replay,
    revise,
    standing,
)
from indicators.definition import DataStatus
from indicators.evaluate import standing as stands
from indicators.measures import MEASURES, SCHEDULE
from indicators.regions import Level, RegionTree
from indicators.rules import NoData, Readings, Reason, Rule, bounds, judged, measured
from services.answers import Reading

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Marks = NDArray[np.bool_]
Codes = NDArray[np.int8]
Figure = tuple[float | None, float | None, float | None]

MISSING = int(DataStatus.MISSING)


def cut(reading: Reading, regions: Sequence[int], periods_asked: Marks) -> Reading:
    """Some regions and periods of a reading."""
    order = np.argsort(reading.regions)
    columns = order[np.searchsorted(reading.regions[order], np.array(regions, np.int64))]
    rows = np.flatnonzero(periods_asked)

    def part(array: NDArray[Any]) -> NDArray[Any]:
        return array[np.ix_(rows, columns)]

    return replace(
        reading,
        periods=reading.periods[rows],
        regions=reading.regions[columns],
        value=part(reading.value),
        measures={name: part(array) for name, array in reading.measures.items()},
        base=part(reading.base),
        denominator=part(reading.denominator),
        status=part(reading.status),
        reported=part(reading.reported),
        expected=part(reading.expected),
        due=reading.due[rows],
        late=reading.late[rows],
    )


def asked_of(rule: Rule) -> tuple[str, ...]:
    """The measures that figures must come with, for a rule to be judged."""
    return tuple(
        word for word in (rule.asks, *([SCHEDULE] if rule.by_curve else [])) if word in (*MEASURES, SCHEDULE)
    )


@dataclass(frozen=True)
class Members:
    """What the rules that a composite is made of say, on its own periods and regions.

    level      of each member: members × periods × regions; its own policy has decided what silence does to it
    there      whether its figure is there
    lacking    whether it is not, in a region where figures of it do come
    due, late  for each member and period the moments at which the figure is due and from which it is late
    """

    level: Codes
    there: Marks
    lacking: Marks
    due: Ints
    late: Ints


@dataclass(frozen=True)
class Case:
    """A rule to be judged in some regions.

    stored    the instances as they were left, by region; empty where there are none yet
    recorded  their whole history, in the order it was written; needed for a replay only
    feed      figures come when something happens and not by a calendar: a period without one means nothing
    since     the first period to judge: those before it are only looked back at
    members   of a composite
    hushed    regions that breach only because their territory changed, with the day of the change
    """

    rule: Rule
    tree: RegionTree
    reading: Reading
    stored: Mapping[int, StoredAlert]
    recorded: Sequence[StoredEvent] = ()
    feed: bool = False
    since: int = 0
    members: Members | None = None
    hushed: Mapping[int, date] = field(default_factory=dict)


@dataclass(frozen=True)
class Judgement:
    """What a case came to: the instances as they now stand, and what is to be added to the history."""

    alerts: tuple[StoredAlert, ...] = ()
    events: tuple[StoredEvent, ...] = ()

    @property
    def silent(self) -> bool:
        """Whether every instance is without data: one matter for the owner of the rule, not hundreds."""
        return bool(self.alerts) and all(alert.health == Health.NO_DATA for alert in self.alerts)


def judge(case: Case, moment: datetime, *, afresh: bool) -> Judgement:
    """Judge a case at a moment (aware, in the zone of the deployment).

    afresh  replay all of its periods and say what that changes; otherwise go on from the stored latches
    """
    sheet = Sheet(case, moment)
    if not afresh:
        return sheet.told(*sheet.fold(sheet.left()))
    first = int(case.reading.periods[0])
    recorded = [as_event(told, sheet.row[told.region]) for told in case.recorded if told.region in sheet.row]
    holding = standing(recorded)
    end, replayed = sheet.fold(sheet.seeded([event for event in holding if event.period < first]))
    added = revise([event for event in holding if event.period >= first], replayed)
    return sheet.told(end, added)


def changed_rule(case: Case, moment: datetime) -> Judgement:
    """Put open warnings under a new version of their rule: what no longer fires is closed, saying why.

    The past stays as it was judged; only what stands now is compared.
    """
    sheet = Sheet(case, moment)
    before = sheet.left()
    end, replayed = sheet.fold(Alerts.normal(len(before), len(sheet.timing.level)))
    kept = (before.level > 0) & (end.level > 0)
    end = replace(
        end,
        opened=np.where(kept, before.opened, end.opened),
        lasted=np.where(kept, np.maximum(before.lasted, end.lasted), end.lasted),
    )
    events = [event for event in replayed if end.opened[event.row] == event.alert and not kept[event.row]]
    for row in np.flatnonzero((before.level > 0) & (before.level != end.level)).tolist():
        old, new = int(before.level[row]), int(end.level[row])
        kind = EventKind.RESOLVE if not new else EventKind.UPGRADE if new > old else EventKind.DOWNGRADE
        period = int(max(end.period[row], before.period[row]))
        events.append(Event(row, int(before.opened[row]), period, kind, new, old, Cause.RULE_CHANGED))
    return sheet.told(end, events)


@dataclass(frozen=True)
class Past:
    """How a rule would have gone over all periods of a reading; nothing of it is stored.

    measure  what was compared; `health` how each figure came; `reason` why it was not judged: periods × regions
    """

    periods: Ints
    regions: Ints
    value: Floats
    measure: Floats
    health: Codes
    reason: Codes
    readings: Readings
    end: Alerts
    events: tuple[Event, ...]


def past(case: Case, moment: datetime) -> Past:
    """Replay a rule from nothing over its whole reading, as `judge` would: a back-test."""
    sheet = Sheet(case, moment)
    end, events = sheet.fold(Alerts.normal(len(sheet.codes), len(sheet.timing.level)))
    value = sheet.value if sheet.readings.value is None else sheet.readings.value
    return Past(
        sheet.periods, case.reading.regions, value, sheet.measure, sheet.health, sheet.verdict.reason,
        sheet.readings, end, tuple(events),
    )  # fmt: skip


def retired(stored: Iterable[StoredAlert], cause: Cause, at: int) -> tuple[StoredEvent, ...]:
    """The closing events of instances that are no more."""
    left = [alert for alert in stored if alert.level]
    state = replace(
        Alerts.normal(len(left)),
        level=np.array([alert.level for alert in left], np.int8),
        opened=np.array([alert.opened for alert in left], np.int64),
    )
    _, events = close(state, cause, 0)
    return tuple(
        StoredEvent(
            rule=left[event.row].rule,
            region=left[event.row].region,
            item=left[event.row].item,
            alert=event.alert,
            period=left[event.row].period,
            kind=event.kind,
            level=event.level,
            previous=event.previous,
            cause=event.cause,
            value=left[event.row].value,
            measure=left[event.row].measure,
            threshold=left[event.row].threshold,
            version=left[event.row].judged_by,
            at=at,
            back_dated=False,
        )
        for event in events
    )


class Sheet:
    """A case laid out in columns."""

    def __init__(self, case: Case, moment: datetime) -> None:
        self.at = int(moment.timestamp())
        self.today = moment.date()
        self.codes = tuple(case.reading.regions.tolist())
        self.row = {code: row for row, code in enumerate(self.codes)}
        self.timing = Timing.of(case.rule)
        self.case, self.readings = self._due_part(case, measured(case.rule, self._looked_at(case, moment)))
        self.periods, self.value = self.case.reading.periods, self.case.reading.value
        self.measure = self.readings.measure
        self.there = ~np.isnan(self.value if case.members is None else self.readings.value)  # type: ignore[arg-type]
        self.verdict = judged(case.rule, self.readings)
        self.health, self.awaited = self._coming() if case.members is None else self._members_coming()

    def _looked_at(self, case: Case, moment: datetime) -> Readings:
        """What the rule looks at, in all periods of the reading."""
        reading, rule, tree = case.reading, case.rule, case.tree
        regions = [tree.get(code) for code in self.codes]
        levels = [int(region.level) for region in regions]
        plain = Readings(
            measure=reading.measures.get(rule.asks, reading.value),
            value=reading.value,
            coverage=reading.reported / np.maximum(reading.expected, 1),
            base=reading.base,
            denominator=reading.denominator,
            age=_age(reading.periods, moment)[:, None],
            period=reading.periods[:, None],
            region_level=np.array([levels]),
        )
        if rule.by_curve and SCHEDULE in reading.measures:
            plain = replace(plain, schedule=reading.measures[SCHEDULE])
        if rule.rank_from:
            plain = replace(plain, group=np.array([region.parent or -region.code for region in regions]))
        if rule.scope:
            paths = [(code, *tree.ancestors(code)) for code in self.codes]
            plain = replace(
                plain, outside=rule.scope.outside(paths, levels, periods.end_days(reading.periods))
            )
        plain = replace(plain, outside=_either(plain.outside, self._across(case, plain.measure)))
        if case.members is not None:
            heard = np.where(case.members.there.any(axis=0), 0.0, np.nan)
            plain = replace(plain, measure=heard, value=heard, coverage=None, levels=case.members.level)
        return plain

    def _due_part(self, case: Case, whole: Readings) -> tuple[Case, Readings]:
        """The case and its readings without the periods that are only looked back at."""
        first = int(np.searchsorted(case.reading.periods, case.since))
        if not first:
            return case, whole
        part = {
            name: column[first:]
            for name, column in vars(whole).items()
            if isinstance(column, np.ndarray) and len(column) == len(case.reading.periods) and column.ndim > 1
        }
        reading = cut(case.reading, self.codes, case.reading.periods >= case.since)
        return replace(case, reading=reading), replace(whole, **part)

    def _members_coming(self) -> tuple[Codes, Marks]:
        """How the figures of the members come: nothing is concluded before each of them is there or overdue."""
        members = self.case.members
        assert members is not None
        lacking = members.lacking
        health = np.full(self.there.shape, Health.OK, np.int8)
        health[~self.there] = Health.NO_DATA
        health[(lacking & (self.at < members.late[..., None])).any(axis=0)] = Health.STALE
        return health, np.asarray((lacking & (self.at < members.due[..., None])).any(axis=0), np.bool_)

    def _coming(self) -> tuple[Codes, Marks]:
        """How each figure comes: there, late, overdue; and where it is not there and not due yet."""
        lacking = ~self.there | np.isin(self.verdict.reason, (Reason.PARTIAL, Reason.NO_SIBLINGS))
        late, due = self.case.reading.late[:, None], self.case.reading.due[:, None]
        health = np.full(self.value.shape, Health.OK, np.int8)
        health[lacking] = Health.NO_DATA
        health[lacking & (self.at < late)] = Health.STALE
        return health, lacking & (self.at < due)

    def left(self) -> Alerts:
        """The instances as they were left."""
        state = Alerts.normal(len(self.codes), len(self.timing.level))
        for code, row in self.row.items():
            stored = self.case.stored.get(code)
            if stored is None:
                continue
            state.level[row], state.opened[row], state.lasted[row] = (
                stored.level,
                stored.opened,
                stored.lasted,
            )
            state.period[row], state.health[row] = stored.period, stored.health
            for place, text in enumerate(stored.latches.split()):
                latch, count = text.split(".")
                state.latch[row, place], state.count[row, place] = int(latch), int(count)
        return state

    def seeded(self, before: Sequence[Event]) -> Alerts:
        """The state at the beginning of the window: what the history says was open then."""
        state = Alerts.normal(len(self.codes), len(self.timing.level))
        for event in {event.row: event for event in before}.values():
            row = event.row
            if event.level:
                # Of a band both sides: which one it was is not told, and each is released by recovering.
                state.latch[row, self.timing.level <= event.level] = Latch.FIRING
                state.level[row], state.opened[row] = event.level, event.alert
                state.lasted[row] = self._lasted_before(row, event.alert)
        return state

    def _lasted_before(self, row: int, opened: int) -> int:
        """How many periods a warning had lasted when the window begins."""
        stored = self.case.stored.get(self.codes[row])
        if stored is None or stored.opened != opened:
            return 1
        inside = int(np.count_nonzero(self.there[:, row] & (self.periods <= stored.period)))
        return max(stored.lasted - inside, 1)

    def fold(self, start: Alerts) -> tuple[Alerts, list[Event]]:
        """The rule over all periods, from a state on."""
        begun = np.logical_or.accumulate(self.there, axis=0) | (start.level > 0) | (start.period > 0)
        judged_before = self.periods[:, None] <= start.period
        waiting = self.verdict.waiting | self.awaited | ~begun | judged_before
        if self.case.feed:
            waiting |= ~self.there
        verdict = replace(self.verdict, waiting=waiting, outside=self.verdict.outside | ~self._alive())
        end, events = start, []
        for hushed, stretch in groupby(range(len(self.periods)), self._all_silent(begun).__getitem__):
            rows = list(stretch)
            run = slice(rows[0], rows[-1] + 1)
            timing = self._hushed(begun[-1]) if hushed else self.timing
            end, told = replay(end, timing, at(verdict, run), self.health[run], self.periods[run].tolist())
            events += told
        return (self._silence(end) if self.case.feed else end), events

    def _all_silent(self, begun: Marks) -> Marks:
        """In which periods silence would raise a level everywhere: one matter, and not hundreds of warnings."""
        overdue = (self.health == Health.NO_DATA) | ~begun
        raises = self.case.rule.no_data is NoData.ALERT and len(self.codes) > 1
        silent: Marks = overdue.all(axis=1) & raises
        return silent

    def _hushed(self, heard: Marks) -> Timing:
        """The timing under which only the region above all others speaks of the silence."""
        levels = np.asarray(self.readings.region_level)[0]
        top = int(np.argmin(np.where(heard, levels, len(Level))))
        rows = len(self.codes)
        policies = np.full(rows, KEEP, np.int8)
        policies[top] = ALERT
        return Timing(
            self.timing.level,
            np.repeat(self.timing.hold_for, rows, axis=0),
            np.repeat(self.timing.keep, rows, axis=0),
            policies,
            np.repeat(self.timing.no_data_level, rows),
        )

    def _alive(self) -> Marks:
        """Which regions exist on the last day of each period, or today where it is not over."""
        today = np.datetime64(self.today)
        ends = np.minimum(periods.end_days(self.periods), today)
        alive = np.ones(self.value.shape, np.bool_)
        for row, code in enumerate(self.codes):
            versions = self.case.tree.versions(code)
            if any(version.edges for version in versions):
                alive[:, row] = np.logical_or.reduce([stands(version, ends) for version in versions])
        return alive

    def _across(self, case: Case, measure: Floats) -> Marks | None:
        """Where a rule would compare a territory with another one: nothing follows from a change of boundaries.

        A comparison that is withheld across the change is outside for as long as it is withheld; a rule that looks
        back over periods is outside while it sees one from before; a total that breaches for the added land alone is
        outside for a year.
        """
        reading, rule = case.reading, case.rule
        ends = periods.end_days(reading.periods)
        found: Marks | None = None
        for row, code in enumerate(self.codes):
            for day in case.tree.breaks(code):
                first = int(np.searchsorted(ends, np.datetime64(day)))
                if first == len(ends) or np.datetime64(day) < ends[0] - COMPARED:
                    continue
                found = np.zeros(measure.shape, np.bool_) if found is None else found
                if rule.asks != "value":
                    after = (ends >= np.datetime64(day)) & (ends < np.datetime64(day) + COMPARED)
                    found[:, row] |= after & np.isnan(measure[:, row]) & ~np.isnan(reading.value[:, row])
                if rule.looks_back:
                    found[first : first + rule.looks_back, row] = True
                if case.hushed.get(code) == day:
                    found[first:, row] |= ends[first:] < np.datetime64(day) + HUSHED
        return found

    def _silence(self, end: Alerts) -> Alerts:
        """A feed is late, or silent, once its last figure is old enough."""
        nth = np.searchsorted(self.periods, end.period).clip(max=len(self.periods) - 1)
        health = np.full(len(end), Health.OK, np.int8)
        health[self.at >= self.case.reading.due[nth]] = Health.STALE
        health[self.at >= self.case.reading.late[nth]] = Health.NO_DATA
        return replace(end, health=health)

    def told(self, end: Alerts, events: Sequence[Event]) -> Judgement:
        """Instances and events as they are stored; a region of which nothing was ever heard has no instance."""
        heard = (end.period > 0) | (end.level > 0) | np.isin(self.codes, list(self.case.stored))
        return Judgement(tuple(self._instances(end, np.flatnonzero(heard))), tuple(self._told(events, end)))

    def _instances(self, end: Alerts, rows: Ints) -> Iterator[StoredAlert]:
        """Instances after the last period, in some regions: all columns at once, then one row after the other."""
        rule, stored = self.case.rule, self.case.stored
        seen = _last(self.there & (self.periods[:, None] <= end.period))[rows]
        silent = (end.health[rows] == Health.NO_DATA) & (end.level[rows] == rule.no_data_level)
        moving: list[bool] = np.asarray(end.latch.any(axis=1) | end.count.any(axis=1)).tolist()
        columns = zip(
            rows.tolist(), seen.tolist(), silent.tolist(), self._figures(seen, rows, end.level[rows]),
            end.level[rows].tolist(), end.opened[rows].tolist(), end.lasted[rows].tolist(),
            end.period[rows].tolist(), end.health[rows].tolist(), self.periods[seen].tolist(),
            self.case.reading.status[seen, rows].tolist(), self._reasons(end.period[rows], rows),
            strict=True,
        )  # fmt: skip
        for (
            row, last, hushed, figure, level, opened, lasted, period, health, data_period, status, reason
        ) in columns:  # fmt: skip
            code, told = self.codes[row], cast(Figure, figure)
            before = stored.get(code)
            goes_on = before is not None and level > 0 and before.opened == opened
            if last < 0:
                data_period, status = 0, MISSING
                if before is not None:
                    told = (before.value, before.measure, before.threshold if goes_on else None)
                    data_period, status = before.data_period, before.status
            if hushed and level:
                told = (None, None, None)  # what is wrong is the silence, not the last figure
            yield StoredAlert(
                rule.id, code, TOTAL, level, opened,
                before.opened_at if before and goes_on else self.at if level else 0,
                lasted, period, *told, data_period, status,
                reason if reason >= 0 else before.reason if before else 0,
                health,
                before.version if before and goes_on else rule.version if level else 0,
                rule.version,
                latches(end, row) if moving[row] else "",
            )  # fmt: skip

    def _reasons(self, period: Ints, rows: Ints) -> list[int]:
        """Why the last period of each region was not judged, 0 if it was; −1 where that period is not here."""
        last = _places(self.periods, period)
        found: list[int] = np.where(last >= 0, self.verdict.reason[last, rows], -1).tolist()
        return found

    def _told(self, events: Sequence[Event], end: Alerts) -> Iterator[StoredEvent]:
        """Events with the figures that they rest on; back-dated unless they are news about how things stand."""
        if not events:
            return
        rule = self.case.rule
        rows = np.array([event.row for event in events])
        level = np.array([event.level or event.previous for event in events])
        nth = _places(self.periods, np.array([event.period for event in events], np.int64))
        opened, period = end.opened.tolist(), end.period.tolist()
        for event, figure in zip(events, self._figures(nth, rows, level), strict=True):
            row = event.row
            news = event.alert == opened[row] or event.period >= period[row]
            yield StoredEvent(
                rule.id, self.codes[row], TOTAL, event.alert, event.period, event.kind, event.level,
                event.previous, event.cause, *figure, rule.version, self.at, not news,
            )  # fmt: skip

    def _figures(self, nth: Ints, rows: Ints, level: Ints | Codes) -> list[Figure]:
        """Value, measure and the bound of a level in some periods and regions; nothing where a period is not here."""
        there = nth >= 0
        measure = np.where(there, self.measure[nth, rows], np.nan)
        columns = (
            np.where(there, self.value[nth, rows], np.nan),
            measure,
            self._thresholds(nth, rows, level, measure),
        )
        return list(zip(*map(_numbers, columns), strict=True))

    def _thresholds(self, nth: Ints, rows: Ints, level: Ints | Codes, measure: Floats) -> Floats:
        """The bound of each level where it was judged; of a band, that of the nearer side."""
        due = self.readings.schedule
        where = Readings(
            measure=measure,
            period=self.periods[nth],
            schedule=None if due is None else due[nth, rows],
            region_level=np.asarray(self.readings.region_level)[0, rows],
        )
        found, gap = np.full(len(rows), np.nan), np.full(len(rows), np.inf)
        for side in self.case.rule.sides:
            written = bounds(self.case.rule, side, where)[0]
            shape = (len(rows), written.shape[-1])
            bound = np.broadcast_to(written, shape)[np.arange(len(rows)), np.maximum(level, 1) - 1]
            far = np.abs(bound - measure)
            found, gap = np.where(far <= gap, bound, found), np.fmin(far, gap)
        found[level == 0] = np.nan
        return found


COMPARED = np.timedelta64(6 * 366, "D")
"""How far back a comparison can reach at the most: the baseline of the same month of five years."""

HUSHED = np.timedelta64(366, "D")
"""For so long a total is not judged that breaches for the added land alone."""


def _either(one: Marks | None, other: Marks | None) -> Marks | None:
    return other if one is None else one if other is None else one | other


def _age(keys: Ints, moment: datetime) -> Floats:
    """Whole months from the end of each period to the month of a moment: how long a batch has been followed."""
    ended = periods.years(keys) * 12 + periods.end_months(keys)
    return (moment.year * 12 + moment.month - ended).astype(np.float64)


def as_event(told: StoredEvent, row: int) -> Event:
    """A stored event as one of the instance in a row."""
    kind, cause = EventKind(told.kind), Cause(told.cause)
    return Event(row, told.alert, told.period, kind, told.level, told.previous, cause)


def latches(end: Alerts, row: int) -> str:
    """State and count of every latch; empty when nothing is remembered."""
    pairs = list(zip(end.latch[row].tolist(), end.count[row].tolist(), strict=True))
    return " ".join(f"{latch}.{count}" for latch, count in pairs) if any(map(any, pairs)) else ""


def _last(marks: Marks) -> Ints:
    """The last marked row of each column; −1 where there is none."""
    if not len(marks):
        return np.full(marks.shape[1], -1)
    return np.where(marks.any(axis=0), len(marks) - 1 - np.argmax(marks[::-1], axis=0), -1)


def _places(keys: Ints, wanted: Ints) -> Ints:
    """The places of periods among ascending ones; −1 where one is not there."""
    nth = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[nth] == wanted, nth, -1)


def _numbers(figures: Floats) -> list[float | None]:
    return [None if figure != figure else figure for figure in figures.tolist()]
