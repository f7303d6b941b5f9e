"""The life of a warning as one pure step on columns: latches per level, level, health; one row per instance.

An instance is a rule in a region (and item). For every level, and for each side of a band, it has a latch:
idle, pending, firing. Its level is the most severe firing latch; events come from comparing it with the level
before. `step` takes one period, `replay` folds it over many, `revise` says what a replay changed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from indicators.rules import LEVELS, NoData, Rule, Verdict, WarningLevel
from indicators.rules.values import Codes, Keys, Marks, Numbers

Counts = NDArray[np.int32]


class Latch(IntEnum):
    """Where the latch of one level stands."""

    IDLE = 0
    PENDING = 1
    FIRING = 2


class Health(IntEnum):
    """Whether the figures that a warning rests on come as they should; a separate thing from its state."""

    OK = 0
    STALE = 1
    NO_DATA = 2
    ERROR = 3

    @property
    def word(self) -> str:
        """The word at the doors."""
        return self.name.lower()


class EventKind(IntEnum):
    """What can happen to a warning."""

    OPEN = 1
    UPGRADE = 2
    DOWNGRADE = 3
    RESOLVE = 4
    REVISED = 5


class Cause(IntEnum):
    """Why an event came about."""

    VALUE = 0
    OUT_OF_SCOPE = 1
    REVISION = 2
    RULE_CHANGED = 3
    RULE_REMOVED = 4

    @property
    def word(self) -> str:
        """The word at the doors."""
        return self.name.lower()


POLICIES: Final = tuple(NoData)
"""The no-data policies by the number that stands for them in a column."""


@dataclass(frozen=True)
class Timing:
    """What the step needs of a rule, as columns that fit one row per instance or one row for all.

    level          the warning level of each latch
    hold_for, keep periods, per latch
    no_data        the number of the policy
    no_data_level  the level that policy ``alert`` raises
    """

    level: Codes
    hold_for: Counts
    keep: Counts
    no_data: Codes
    no_data_level: Codes

    @staticmethod
    def of(rule: Rule) -> "Timing":
        """The timing of one rule, the same for all its instances."""
        sides = len(rule.sides)
        return Timing(
            level=rule.latch_levels,
            hold_for=np.tile(np.array(rule.hold_for, dtype=np.int32), sides)[None, :],
            keep=np.tile(np.array(rule.keep, dtype=np.int32), sides)[None, :],
            no_data=np.array([POLICIES.index(rule.no_data)], dtype=np.int8),
            no_data_level=np.array([rule.no_data_level], dtype=np.int8),
        )


@dataclass(frozen=True)
class Alerts:
    """The state of instances, as columns.

    latch    where each latch stands
    count    pending: periods since the first breach; firing: periods since it stopped holding
    level    the most severe firing level; 0 is normal
    opened   the period in which the open warning opened; 0 if none is open
    lasted   observed periods that the open warning has lasted, the first included
    period   the period last stepped
    health   a `Health`
    """

    latch: Codes
    count: Counts
    level: Codes
    opened: Keys
    lasted: Counts
    period: Keys
    health: Codes

    def __len__(self) -> int:
        return len(self.level)

    @staticmethod
    def normal(rows: int, latches: int = 4) -> "Alerts":
        """Instances that nothing has happened to yet."""
        return Alerts(
            latch=np.zeros((rows, latches), dtype=np.int8),
            count=np.zeros((rows, latches), dtype=np.int32),
            level=np.zeros(rows, dtype=np.int8),
            opened=np.zeros(rows, dtype=np.int64),
            lasted=np.zeros(rows, dtype=np.int32),
            period=np.zeros(rows, dtype=np.int64),
            health=np.zeros(rows, dtype=np.int8),
        )

    def pending(self, level: Codes) -> Codes:
        """The most severe pending level of each instance; `level` is that of the latches."""
        marks = np.where(self.latch == Latch.PENDING, level, np.int8(0))
        most: Codes = marks.max(axis=1, initial=0)
        return most

    def words(self, level: Codes) -> list[str]:
        """``normal``, ``pending:blue``, ``firing:red`` for each instance."""
        return [
            f"firing:{WarningLevel(fired).word}"
            if fired
            else (f"pending:{WarningLevel(waits).word}" if waits else "normal")
            for fired, waits in zip(self.level.tolist(), self.pending(level).tolist(), strict=True)
        ]


@dataclass(frozen=True)
class Event:
    """One thing that happened to one instance.

    row      which instance
    alert    the period in which its warning opened: with the instance, the identity of the warning
    period   the period in which it happened
    level    the level after it, and `previous` before it
    """

    row: int
    alert: int
    period: int
    kind: EventKind
    level: int
    previous: int
    cause: Cause = Cause.VALUE


def step(
    alerts: Alerts, timing: Timing, verdict: Verdict, health: Codes, period: int
) -> tuple[Alerts, list[Event]]:
    """The state after one period, and what happened in it.

    alerts    the state before, one row per instance
    verdict   of this period: `breach` and `hold` have one row per instance and one column per latch
    health    per instance; OK where a figure is there or is not due yet, NO_DATA where it is overdue,
              STALE and ERROR leave the state as it is
    period    the key of the period; keys ascend from step to step
    """
    frozen = (health == Health.STALE) | (health == Health.ERROR) | verdict.waiting
    missing = (verdict.missing | (health == Health.NO_DATA)) & ~frozen & ~verdict.outside
    breach, hold, untouched, reset = _by_policy(timing, verdict, missing)
    untouched |= frozen[:, None]
    latch, count = _latches(alerts, timing, breach, hold)
    latch = np.where(untouched, alerts.latch, latch)
    count = np.where(untouched, alerts.count, count)
    idle = (reset & (latch == Latch.PENDING)) | verdict.outside[:, None]
    latch = np.where(idle, np.int8(Latch.IDLE), latch)
    count = np.where(idle, np.int32(0), count)

    level = np.where(latch == Latch.FIRING, timing.level, np.int8(0)).max(axis=1, initial=0).astype(np.int8)
    observed = ~missing & ~frozen
    opened = np.where(level == 0, 0, np.where(alerts.level == 0, period, alerts.opened)).astype(np.int64)
    lasted = np.where(level == 0, 0, np.where(alerts.level == 0, 1, alerts.lasted + observed)).astype(
        np.int32
    )
    after = Alerts(
        latch=latch,
        count=count,
        level=level,
        opened=opened,
        lasted=lasted,
        period=np.where(frozen, alerts.period, period).astype(np.int64),
        health=_health(alerts, verdict, health),
    )
    return after, _events(alerts, after, verdict.outside, period)


def replay(
    alerts: Alerts, timing: Timing, verdict: Verdict, health: Codes, periods: Sequence[int]
) -> tuple[Alerts, list[Event]]:
    """The fold of `step` over periods in calendar order; the columns of verdict and health are period-major.

    The order in which figures arrived plays no part: only what they are now does.
    """
    events: list[Event] = []
    for nth, period in enumerate(periods):
        alerts, happened = step(alerts, timing, at(verdict, nth), health[nth], period)
        events.extend(happened)
    return alerts, events


def at(verdict: Verdict, nth: int) -> Verdict:
    """The verdict of one period out of a period-major one."""
    return Verdict(
        verdict.breach[nth],
        verdict.hold[nth],
        verdict.missing[nth],
        verdict.waiting[nth],
        verdict.outside[nth],
        verdict.reason[nth],
    )


def revise(recorded: Iterable[Event], replayed: Iterable[Event]) -> list[Event]:
    """What must be added to a history so that it says what a replay says; nothing is taken away.

    recorded  what stands: `standing` of the stored history
    replayed  what would have happened on today's figures
    returns   for each warning that differs, REVISED from the first period that no longer holds, then the
              events as they are now; for a warning that only went on, what is new
    """
    before = _by_alert(recorded)
    after = _by_alert(replayed)
    added: list[Event] = []
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key, []), after.get(key, [])
        same = 0
        while same < min(len(was), len(now)) and _alike(was[same], now[same]):
            same += 1
        if same < len(was):
            first, last = was[same], was[-1]
            revised = Event(*key, first.period, EventKind.REVISED, first.previous, last.level, Cause.REVISION)
            added.append(revised)
        added.extend(now[same:])
    return added


def standing(history: Iterable[Event]) -> list[Event]:
    """The events that hold, out of a history as it was written: REVISED strikes what it replaces."""
    holds: dict[tuple[int, int], list[Event]] = {}
    for event in history:
        written = holds.setdefault((event.row, event.alert), [])
        if event.kind is EventKind.REVISED:
            written[:] = [earlier for earlier in written if earlier.period < event.period]
        else:
            written.append(event)
    return sorted((e for events in holds.values() for e in events), key=lambda e: (e.row, e.period))


def close(alerts: Alerts, cause: Cause, period: int) -> tuple[Alerts, list[Event]]:
    """All instances normal again, for a reason that is not a figure: a rule or a region is no more."""
    after = replace(
        Alerts.normal(len(alerts), alerts.latch.shape[1]), period=alerts.period, health=alerts.health
    )
    return after, [
        replace(e, cause=cause) for e in _events(alerts, after, np.zeros(len(alerts), np.bool_), period)
    ]


def carry_forward(values: Numbers, withdrawn: Marks, periods: int) -> Numbers:
    """Values (period-major) with the last one seen for up to `periods` later periods.

    withdrawn  where the publisher took the series back: nothing is seen until a new value comes
    """
    seen = values.copy()
    age = np.full(values.shape[1:], periods + 1)
    last = np.full(values.shape[1:], np.nan)
    for nth, row in enumerate(values):
        fresh = ~np.isnan(row)
        age = np.where(withdrawn[nth], periods + 1, np.where(fresh, 0, age + 1))
        last = np.where(fresh, row, last)
        seen[nth] = np.where(age <= periods, last, np.nan)
    return seen


def _health(alerts: Alerts, verdict: Verdict, health: Codes) -> Codes:
    """The health after a period: a verdict that is not due says nothing, and lateness does not mend silence."""
    silent = (health == Health.STALE) & (alerts.health == Health.NO_DATA)
    after = np.where(verdict.waiting | silent, alerts.health, health)
    return np.where(verdict.outside, np.int8(Health.OK), after).astype(np.int8)


def _by_policy(timing: Timing, verdict: Verdict, missing: Marks) -> tuple[Marks, Marks, Marks, Marks]:
    """Breach and hold with missing periods treated as the policy says.

    returns  breach, hold, the latches left untouched, the latches whose pending is given up
    """
    gone = missing[:, None]
    policy = timing.no_data[:, None]
    alert = gone & (policy == POLICIES.index(NoData.ALERT))
    raised = alert & (timing.level == timing.no_data_level[:, None])
    # Under policy ``ok`` a missing period is a period without a breach, which is what False says.
    breach = (verdict.breach & ~gone) | raised
    hold = (verdict.hold & ~gone) | raised
    kept = gone & (policy == POLICIES.index(NoData.KEEP))
    silent = gone & (policy == POLICIES.index(NoData.NO_DATA))
    return breach, hold, kept | silent | (alert & ~raised), silent


def _latches(alerts: Alerts, timing: Timing, breach: Marks, hold: Marks) -> tuple[Codes, Counts]:
    """Every latch moved by one period."""
    firing = alerts.latch == Latch.FIRING
    waited = np.where(alerts.latch == Latch.PENDING, alerts.count + 1, 0)
    fires = ~firing & breach & (waited >= timing.hold_for)
    stays = firing & (hold | (alerts.count < timing.keep))
    waits = ~firing & breach & ~fires
    latch = np.where(
        fires | stays, np.int8(Latch.FIRING), np.where(waits, np.int8(Latch.PENDING), np.int8(0))
    )
    count = np.where(waits, waited, np.where(stays & ~hold, alerts.count + 1, 0))
    return latch.astype(np.int8), count.astype(np.int32)


def _events(before: Alerts, after: Alerts, outside: Marks, period: int) -> list[Event]:
    """What happened, from comparing the levels: only the rows that changed are looked at."""
    return [
        Event(
            row=row,
            alert=int(after.opened[row] or before.opened[row]),
            period=period,
            kind=_kind(int(before.level[row]), int(after.level[row])),
            level=int(after.level[row]),
            previous=int(before.level[row]),
            cause=Cause.OUT_OF_SCOPE if outside[row] else Cause.VALUE,
        )
        for row in np.flatnonzero(before.level != after.level).tolist()
    ]


def _kind(before: int, after: int) -> EventKind:
    if before == 0:
        return EventKind.OPEN
    if after == 0:
        return EventKind.RESOLVE
    return EventKind.UPGRADE if after > before else EventKind.DOWNGRADE


def _by_alert(events: Iterable[Event]) -> dict[tuple[int, int], list[Event]]:
    """Events by the warning that they belong to, each in the order of periods."""
    ordered = sorted(events, key=lambda e: (e.row, e.alert, e.period))
    return {key: list(group) for key, group in groupby(ordered, key=lambda e: (e.row, e.alert))}


def _alike(one: Event, other: Event) -> bool:
    return (one.period, one.kind, one.level) == (other.period, other.kind, other.level)


LATCHES: Final = len(LEVELS)
"""Latches of an instance with one side; a band has twice as many."""
