"""A rule replayed over the past: what stood in every period, what happened, and how much of everything.

Nothing here decides about a warning: states come from `indicators.alerts`, the steps that judge today's figures.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from indicators import periods
from indicators.alerts import Alerts, Event, EventKind, Timing, at, step
from indicators.rules import LEVELS, Rule, Verdict
from indicators.rules.values import Codes, Keys

Counts = NDArray[np.int64]
Days = NDArray[np.datetime64]

FOREVER: Final = np.datetime64("9999-12-31", "D")
"""The last day of what is still open."""


@dataclass(frozen=True)
class Course:
    """Every period of a replay; the columns are periods × instances.

    level    the level that stood after the period; `pending` the most severe one that was waiting
    health   a `Health`
    end      the state after the last period
    """

    level: Codes
    pending: Codes
    health: Codes
    events: tuple[Event, ...]
    end: Alerts


def follow(rule: Rule, verdict: Verdict, health: Codes, keys: Sequence[int]) -> Course:
    """Replay a rule from nothing, keeping what stood after each period.

    verdict, health  period-major; `health` is NO_DATA where a figure is overdue
    """
    timing = Timing.of(rule)
    alerts = Alerts.normal(health.shape[1], len(timing.level))
    level, pending, after = (np.zeros(health.shape, np.int8) for _ in range(3))
    events: list[Event] = []
    for nth, key in enumerate(keys):
        alerts, happened = step(alerts, timing, at(verdict, nth), health[nth], key)
        level[nth], pending[nth], after[nth] = alerts.level, alerts.pending(timing.level), alerts.health
        events += happened
    return Course(level, pending, after, tuple(events), alerts)


def levels(events: Iterable[Event], keys: Keys, rows: int) -> Codes:
    """The level after every period, periods × instances, of a history that began with nothing open."""
    change = np.zeros((len(keys), rows), np.int64)
    told = [(event.period, event.row, event.level - event.previous) for event in events]
    if told:
        period, row, by = np.array(told, np.int64).T
        np.add.at(change, (np.searchsorted(keys, period), row), by)
    return change.cumsum(axis=0).astype(np.int8)


@dataclass(frozen=True)
class Tally:
    """How much of everything there was.

    openings  by year, every year of the replay
    by_row    openings of each instance
    time      periods that each instance spent at each level: instances × (none, blue, yellow, orange, red)
    events    by kind
    """

    openings: Mapping[int, int]
    by_row: Counts
    time: Counts
    events: Mapping[EventKind, int]

    @property
    def opened(self) -> int:
        """All openings."""
        return int(self.by_row.sum())


def tally(events: Sequence[Event], level: Codes, keys: Keys) -> Tally:
    """Count a replay over the periods of `keys`; `level` is what stood after each of them."""
    opened = [event for event in events if event.kind is EventKind.OPEN]
    by_year = Counter(periods.years([event.period for event in opened]).tolist())
    rows = level.shape[1]
    return Tally(
        openings={year: by_year[year] for year in sorted(set(periods.years(keys).tolist()))},
        by_row=np.bincount(np.array([event.row for event in opened], np.int64), minlength=rows),
        time=np.stack([(level == one).sum(axis=0) for one in (0, *LEVELS)], axis=1).astype(np.int64),
        events=Counter(event.kind for event in events),
    )


@dataclass(frozen=True)
class Stretch:
    """One warning from its opening to its end.

    opened   the period in which it opened; `closed` the one in which it ended, 0 while it is open
    worst    the most severe level that it reached
    """

    row: int
    opened: int
    closed: int
    worst: int


def stretches(events: Iterable[Event]) -> list[Stretch]:
    """The warnings of a history, in the order in which they opened."""
    found: dict[tuple[int, int], Stretch] = {}
    for event in events:
        key = (event.row, event.alert)
        before = found.get(key, Stretch(event.row, event.alert, 0, 0))
        closed = event.period if event.kind is EventKind.RESOLVE else 0
        found[key] = Stretch(event.row, event.alert, closed, max(before.worst, event.level))
    return sorted(found.values(), key=lambda one: (one.opened, one.row))


@dataclass(frozen=True)
class Span:
    """Days, both included, in a region."""

    region: int
    first: np.datetime64
    last: np.datetime64

    def meets(self, other: "Span") -> bool:
        """Whether both hold in the same region on some day."""
        return self.region == other.region and bool(self.first <= other.last and other.first <= self.last)


def shared(spans: Sequence[Span], others: Sequence[Span]) -> int:
    """How many of the spans meet one of the others."""
    by_region: dict[int, list[Span]] = {}
    for other in others:
        by_region.setdefault(other.region, []).append(other)
    return sum(any(span.meets(other) for other in by_region.get(span.region, ())) for span in spans)
