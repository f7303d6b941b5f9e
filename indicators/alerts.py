"""The life of a warning as one pure step on columns: latches per level, level, health; one row per instance.

An instance is a rule in a region (and item). For every level, and for each side of a band, it has a latch:
idle, pending, firing. Its level is the most severe firing latch; events come from comparing it with the level
before. `step` takes one period, `replay` folds it over many, `revise` says what a replay changed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import groupby
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from indicators.rules import NoData, Rule, Verdict, WarningLevel
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
    REGION_RETIRED = 5

    @property
    def word(self) -> str:
        """The word at the doors."""
        return self.name.lower()


POLICIES: Final = tuple(NoData)
"""The no-data policies by the number that stands for them in a column."""
NO_DATA, KEEP, ALERT = (POLICIES.index(policy) for policy in (NoData.NO_DATA, NoData.KEEP, NoData.ALERT))

FEW: Final = 4096
"""So many instances are moved together; of more, those with nothing to move are sorted out first."""


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

    def rows(self, rows: Keys) -> "Timing":
        """The timing of some instances."""
        if len(self.hold_for) == 1:
            return self
        return Timing(
            self.level, self.hold_for[rows], self.keep[rows], self.no_data[rows], self.no_data_level[rows]
        )

    def raises(self, verdict: Verdict, health: Codes) -> Marks:
        """Where a missing period may raise a level."""
        raised: Marks = (self.no_data == ALERT) & (verdict.missing | (health == Health.NO_DATA))
        return raised


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

    def rows(self, rows: Keys) -> "Alerts":
        """Some of the instances."""
        return Alerts(
            self.latch[rows],
            self.count[rows],
            self.level[rows],
            self.opened[rows],
            self.lasted[rows],
            self.period[rows],
            self.health[rows],
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


class Event(NamedTuple):
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
    if len(alerts) <= FEW:
        after = _moved(alerts, timing, verdict, health, period)
        return after, _events(alerts, after, verdict.outside, period)
    rows = np.flatnonzero(_any(alerts.latch) | _any(verdict.breach) | timing.raises(verdict, health))
    part = _moved(alerts.rows(rows), timing.rows(rows), at(verdict, rows), health[rows], period)
    frozen = _frozen(verdict, health)
    after = Alerts(
        latch=_put(alerts.latch, rows, part.latch),
        count=_put(alerts.count, rows, part.count),
        level=_put(alerts.level, rows, part.level),
        opened=_put(alerts.opened, rows, part.opened),
        lasted=_put(alerts.lasted, rows, part.lasted),
        period=np.where(frozen, alerts.period, period),
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


def at(verdict: Verdict, where: int | slice | Keys) -> Verdict:
    """Some rows of a verdict: of a period-major one a period or a stretch of them, of one period some instances."""
    return Verdict(
        verdict.breach[where],
        verdict.hold[where],
        verdict.missing[where],
        verdict.waiting[where],
        verdict.outside[where],
        verdict.reason[where],
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
        e._replace(cause=cause) for e in _events(alerts, after, np.zeros(len(alerts), np.bool_), period)
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


# Members of an enumeration are looked up by a function of Python's own: too slow for what runs for every period.
_IDLE, _PENDING, _FIRING = (np.int8(latch) for latch in (Latch.IDLE, Latch.PENDING, Latch.FIRING))
_OK, _STALE, _NO_DATA, _ERROR = (
    np.int8(health) for health in (Health.OK, Health.STALE, Health.NO_DATA, Health.ERROR)
)


def _moved(alerts: Alerts, timing: Timing, verdict: Verdict, health: Codes, period: int) -> Alerts:
    """All instances after one period."""
    plain = not (health.any() or verdict.missing.any() or verdict.waiting.any() or verdict.outside.any())
    if plain:
        latch, count = _latches(alerts, timing, verdict.breach, verdict.hold)
        frozen, observed = None, 1
    else:
        frozen = _frozen(verdict, health)
        missing = (verdict.missing | (health == _NO_DATA)) & ~frozen & ~verdict.outside
        observed = ~(missing | frozen)
        breach, hold, untouched, given_up = _by_policy(timing, verdict, missing)
        latch, count = _latches(alerts, timing, breach, hold)
        untouched |= frozen[:, None]
        np.copyto(latch, alerts.latch, where=untouched)
        np.copyto(count, alerts.count, where=untouched)
        idle = (given_up & (latch == _PENDING)) | verdict.outside[:, None]
        latch[idle], count[idle] = _IDLE, 0
    level = np.where(latch == _FIRING, timing.level, np.int8(0)).max(axis=1, initial=0)
    was, stands = alerts.level > 0, level > 0
    return Alerts(
        latch=latch,
        count=count,
        level=level,
        opened=np.where(was, alerts.opened, period) * stands,
        lasted=(np.where(was, alerts.lasted + observed, 1) * stands).astype(np.int32),
        period=np.full(len(level), period) if frozen is None else np.where(frozen, alerts.period, period),
        health=health if frozen is None else _health(alerts, verdict, health),
    )


def _frozen(verdict: Verdict, health: Codes) -> Marks:
    """Where nothing moves: no verdict is due, the figure is late, or the rule failed."""
    frozen: Marks = verdict.waiting | (health == _STALE) | (health == _ERROR)
    return frozen


def _health(alerts: Alerts, verdict: Verdict, health: Codes) -> Codes:
    """The health after a period: a verdict that is not due says nothing, and lateness does not mend silence."""
    silent = (health == _STALE) & (alerts.health == _NO_DATA)
    after = np.where(verdict.waiting | silent, alerts.health, health)
    after[verdict.outside] = _OK
    return after


def _by_policy(timing: Timing, verdict: Verdict, missing: Marks) -> tuple[Marks, Marks, Marks, Marks]:
    """Breach and hold with missing periods treated as the policy says.

    returns  breach, hold, the latches left untouched, the latches whose pending is given up
    """
    gone = missing[:, None]
    policy = timing.no_data[:, None]
    alert = gone & (policy == ALERT)
    raised = alert & (timing.level == timing.no_data_level[:, None])
    # Under policy ``ok`` a missing period is a period without a breach, which is what False says.
    breach = (verdict.breach & ~gone) | raised
    hold = (verdict.hold & ~gone) | raised
    given_up = np.broadcast_to(gone & (policy == NO_DATA), breach.shape)
    return breach, hold, given_up | (gone & (policy == KEEP)) | (alert & ~raised), given_up


def _latches(alerts: Alerts, timing: Timing, breach: Marks, hold: Marks) -> tuple[Codes, Counts]:
    """Every latch moved by one period; one count serves both timers, since a latch has only one at a time."""
    firing, pending = alerts.latch == _FIRING, alerts.latch == _PENDING
    waited = (alerts.count + 1) * pending
    starts = breach & ~firing
    fires = starts & (waited >= timing.hold_for)
    fading = firing & ~hold
    stays = firing & (hold | (alerts.count < timing.keep))
    waits = starts & ~fires
    latch = (fires | stays).view(np.int8) * _FIRING + waits.view(np.int8)
    count = waited * waits + (alerts.count + 1) * (fading & stays)
    return latch, count


def _any(columns: Codes | Marks) -> Marks:
    """Which rows have anything in them: the columns of a row read as one number."""
    if columns.shape[1] in (4, 8) and columns.flags.c_contiguous:
        found: Marks = columns.view(f"u{columns.shape[1]}")[:, 0] != 0
        return found
    return np.asarray(columns.any(axis=1), np.bool_)


def _put(column: Any, rows: Keys, part: Any) -> Any:
    """A copy of a column with other values in some rows."""
    whole = column.copy()
    whole[rows] = part
    return whole


def _events(before: Alerts, after: Alerts, outside: Marks, period: int) -> list[Event]:
    """What happened, from comparing the levels: only the rows that changed are looked at."""
    rows = np.flatnonzero(before.level != after.level)
    if not len(rows):
        return []
    was, now = before.level[rows].tolist(), after.level[rows].tolist()
    opened = np.where(after.level[rows] > 0, after.opened[rows], before.opened[rows]).tolist()
    causes = [Cause.OUT_OF_SCOPE if gone else Cause.VALUE for gone in outside[rows].tolist()]
    return [
        Event(row, alert, period, _kind(old, new), new, old, cause)
        for row, alert, old, new, cause in zip(rows.tolist(), opened, was, now, causes, strict=True)
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
