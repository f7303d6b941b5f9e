"""Rules of lateness: a figure that the publication calendar says is due and that is not there, by days.

Such a rule goes by the clock and not by periods: what was late last month cannot be told from the figures of today. It
therefore only ever goes on from where it stood; nothing of its past is replayed.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from data_access.alerts import StoredAlert, StoredEvent
from indicators.aggregation import TOTAL
from indicators.alerts import Alerts, Cause, Event, Health, at, step
from indicators.definition import DataStatus
from indicators.rules import Readings, Reason, judged
from services.evaluation import Case, Floats, Ints, Judgement, Marks, Sheet, latches

DAY = timedelta(days=1).total_seconds()
NOT_LATE = -1.0
"""Less than any bound: a figure that is due since this moment is late by 0 days."""


def overdue(case: Case, moment: datetime, cause: Cause = Cause.VALUE) -> Judgement:
    """Which figures of a case are overdue now, and since when.

    cause  why levels move: the clock, or another version of the rule
    """
    return _Absences(case, moment).told_now(cause)


class _Absences(Sheet):
    """A case of lateness laid out in columns: which figures are due and not there."""

    def told_now(self, cause: Cause) -> Judgement:
        """The instances as they stand now, and what moved them."""
        before, days, first = self.left(), self._days(), self._first()
        newest = (
            int(self.periods[self._passed][-1]) if self._passed.any() else int(before.period.max(initial=0))
        )
        # Any period will do: what a rule says of days does not depend on it, and it is in force or not today.
        now = replace(
            Readings(days[None, :]), period=np.array([[newest]]), region_level=self.readings.region_level,
            outside=None if self.readings.outside is None else self.readings.outside[-1:],
        )  # fmt: skip
        verdict = at(judged(self.case.rule, now), 0)
        verdict = replace(verdict, outside=verdict.outside | ~self._alive()[-1])
        health = np.full(len(self.codes), Health.OK, np.int8)
        end, events = step(before, self.timing, verdict, health, newest)
        # A warning is known by the period that was missing first.
        opened = np.where(before.level > 0, before.opened, first) * (end.level > 0)
        end = replace(end, opened=opened, lasted=np.where(end.level > 0, self._missing.sum(axis=0), 0))
        moved = [self._event(event, before, end, cause) for event in events]
        return Judgement(
            tuple(self._now(end, row, days, first) for row in np.flatnonzero(self._heard).tolist()),
            tuple(self._of_days(event, days) for event in moved),
        )

    @property
    def _passed(self) -> Marks:
        """Which periods are due."""
        return np.asarray(self.case.reading.due <= self.at, np.bool_)

    @property
    def _heard(self) -> Marks:
        """Of which regions something was ever heard: the others are not late."""
        stored = np.isin(self.codes, list(self.case.stored))
        heard: Marks = self.there.any(axis=0) | stored
        return np.asarray(heard, np.bool_)

    @property
    def _missing(self) -> Marks:
        """Which figures are due and not there, after the last one that came: a hole before it is no lateness."""
        lacking = self.health != Health.OK
        since = np.logical_and.accumulate(lacking[::-1], axis=0)[::-1]
        due = lacking & since & self._heard & self._passed[:, None] & self._alive()
        return np.asarray(due, np.bool_)

    def _first(self) -> Ints:
        """The first missing period of each region; 0 where none is missing."""
        nth = np.argmax(self._missing, axis=0)
        first: Ints = np.where(self._missing.any(axis=0), self.periods[nth], 0)
        return first

    def _days(self) -> Floats:
        """For how many days the first missing figure of each region has been overdue.

        Where every region is silent it is one matter, told of the region above all others.
        """
        missing = self._missing
        since = self.case.reading.due[np.argmax(missing, axis=0)]
        heard = self._heard
        late = np.asarray(missing.any(axis=0), np.bool_)
        days = np.where(late, (self.at - since) / DAY, NOT_LATE)
        if heard.sum() > 1 and np.all(late[heard]):
            levels = np.asarray(self.readings.region_level)[0]
            top = int(np.argmin(np.where(heard, levels, np.iinfo(np.int64).max)))
            days = np.where(np.arange(len(days)) == top, days, NOT_LATE)
        return days

    def _event(self, event: Event, before: Alerts, end: Alerts, cause: Cause) -> Event:
        """An event of a warning that is known by its first missing period."""
        opened = end.opened[event.row] if event.level else before.opened[event.row]
        why = event.cause if event.cause is Cause.OUT_OF_SCOPE else cause
        return event._replace(alert=int(opened), cause=why)

    def _bound(self, level: int) -> float | None:
        """From how many days on a level holds."""
        return self.case.rule.sides[0].thresholds[level - 1] if level else None

    def _of_days(self, event: Event, days: Floats) -> StoredEvent:
        """An event as it is stored: what is measured are days, there is no figure."""
        rule = self.case.rule
        return StoredEvent(
            rule.id,
            self.codes[event.row],
            TOTAL,
            event.alert,
            event.period,
            event.kind,
            event.level,
            event.previous,
            event.cause,
            value=None,
            measure=_counted(days[event.row]),
            threshold=self._bound(event.level or event.previous),
            version=rule.version,
            at=self.at,
            back_dated=False,
        )

    def _now(self, end: Alerts, row: int, days: Floats, first: Ints) -> StoredAlert:
        """An instance as it stands now."""
        rule, before, level = self.case.rule, self.case.stored.get(self.codes[row]), int(end.level[row])
        goes_on = before if before is not None and level and before.opened == end.opened[row] else None
        return StoredAlert(
            rule.id,
            self.codes[row],
            TOTAL,
            level,
            opened=int(end.opened[row]),
            opened_at=goes_on.opened_at if goes_on else self.at if level else 0,
            lasted=int(end.lasted[row]),
            period=int(end.period[row]),
            value=None,
            measure=_counted(days[row]),
            threshold=self._bound(level),
            data_period=int(first[row]) or int(end.period[row]),
            status=int(DataStatus.MISSING),
            reason=int(Reason.JUDGED),
            health=int(Health.OK),
            version=goes_on.version if goes_on else rule.version if level else 0,
            judged_by=rule.version,
            latches=latches(end, row),
        )


def _counted(days: float) -> float | None:
    """Days as they are stored; nothing where nothing is late."""
    return float(days) if days >= 0 else None
