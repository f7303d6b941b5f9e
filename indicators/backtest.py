"""A rule replayed over the past: what stood in every period, what happened, and how much of everything.

Nothing here decides about a warning: states come from `indicators.alerts`, the steps that judge today's figures.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from indicators import periods
from indicators.alerts import Alerts, Event, EventKind, Timing, at, step
from indicators.handling import (
    ABOUT_THE_RULE,
    Group,
    Instance,
    Said,
    Standing,
    Timetable,
    decide,
    followed,
    grouped,
    nearest,
    turns_often,
)
from indicators.handling import Course as Told
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
    reached   how often a warning opened at each level or rose to it: (none, blue, yellow, orange, red)
    """

    openings: Mapping[int, int]
    by_row: Counts
    time: Counts
    events: Mapping[EventKind, int]
    reached: tuple[int, ...] = (0,) * (len(LEVELS) + 1)

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
        reached=_reached(events),
    )


def _reached(events: Sequence[Event]) -> tuple[int, ...]:
    rose = Counter(event.level for event in events if event.kind in (EventKind.OPEN, EventKind.UPGRADE))
    return tuple(rose[level] for level in (0, *LEVELS))


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


# -- what would have been told -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Audience:
    """Who is told, and how regions hang together.

    regions  the region of every instance
    above    the regions above one, the nearest first
    answers  whether the reader answers for a region: what stands for others there spares the reader these
    flapping so many openings and closings within so many periods are flapping
    """

    rule: str
    indicator: str
    regions: Sequence[int]
    above: Callable[[int], Sequence[int]]
    answers: Callable[[int], bool]
    flapping: tuple[int, int] = (6, 12)

    def hears(self, said: Said) -> bool:
        """Whether the reader is told of something."""
        return not (said.unless and self.answers(said.unless)) and (not said.only or self.answers(said.only))

    def parent(self, region: int) -> int:
        """The region under which messages are put together."""
        return next(iter(self.above(region)), region)


@dataclass(frozen=True)
class Messages:
    """What a reader would have been told.

    groups  one message each; `lines` of them all together
    spared  lines that were folded under a warning above, or held back while one flapped
    """

    groups: tuple[Group, ...]
    lines: int
    spared: int

    def by_year(self) -> Mapping[int, int]:
        """How many messages there were about the periods of each year."""
        return Counter(periods.years([group.period for group in self.groups]).tolist())


@dataclass
class _Instance:
    """One instance as the messages follow it."""

    place: Instance
    level: int = 0
    opened: int = 0
    version: int = 0
    upgraded: bool = False
    period: int = 0
    since: int = 0
    course: Told = field(default_factory=Told)
    turns: tuple[int, ...] = ()
    seen: tuple[Standing, Instance | None] | None = None

    def take(self, event: Event, number: int, nth: int) -> None:
        """An event happened to it."""
        self.level, self.opened = event.level, event.alert
        if event.kind in (EventKind.OPEN, EventKind.UPGRADE):
            self.version, self.upgraded = number, event.kind is EventKind.UPGRADE
            self.period, self.since = event.period, nth
        if event.kind in (EventKind.OPEN, EventKind.RESOLVE):
            self.turns = (*self.turns, nth)

    def standing(self, indicator: str, health: int, *, flapping: bool) -> Standing:
        return Standing(
            self.place, indicator, self.level, self.opened, self.version, self.upgraded, self.period, self.since,
            health, flapping=flapping,
        )  # fmt: skip


def messages(events: Sequence[Event], health: Codes, keys: Keys, audience: Audience) -> Messages:
    """What the reader would have been told, period after period: grouped, folded in the region tree, not while flapping.

    Nobody acknowledges or silences in the past, and nothing is repeated or escalated: those go by the clock.
    """
    rows = [_Instance(Instance(audience.rule, region)) for region in audience.regions]
    happened: dict[int, list[tuple[int, Event]]] = {}
    for number, event in enumerate(events, 1):
        happened.setdefault(int(np.searchsorted(keys, event.period)), []).append((number, event))
    groups: list[Group] = []
    lines = 0
    for nth in sorted(happened):
        for number, event in happened[nth]:
            rows[event.row].take(event, number, nth + 1)
        said = [one for one in _said(rows, health[nth], nth + 1, audience) if one.kind not in ABOUT_THE_RULE]
        told = [one for one in said if audience.hears(one)]
        groups += grouped(told, audience.parent)
        lines += len(told)
    loud = sum(event.kind is not EventKind.DOWNGRADE for event in events)
    return Messages(tuple(groups), lines, max(loud - lines, 0))


def _said(rows: Sequence[_Instance], health: Codes, now: int, audience: Audience) -> list[Said]:
    """What is said after one period, to whomever."""
    most, span = audience.flapping
    standing = {
        row.place: row.standing(
            audience.indicator, int(health[nth]), flapping=turns_often(row.turns, now - span + 1, most)
        )
        for nth, row in enumerate(rows)
        if row.level or row.course.waits
    }
    under = nearest(standing.values(), lambda one: audience.above(one.instance.region))
    found: list[Said] = []
    for row in rows:
        one, above = standing.get(row.place), under.get(row.place)
        if one is None or row.seen == (one, above):  # nothing has changed, so nothing is new
            continue
        row.seen = (one, above)
        said, row.course = decide(
            one,
            followed(one, row.course),
            _ONCE,
            now,
            near=above.region if above else 0,
            above=audience.above(row.place.region),
        )
        found += said
    return found


_ONCE: Final = Timetable()
"""Nothing is said again."""
