"""What warnings come to, as figures: raised, useless, to be answered, answered in time, red ones, days to recover.

Counted from the history of warnings, their answers and what was dispatched; each region counts its own and those of
all regions in it.
source  docs/rule_health.md, "数字"
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from hashlib import sha256
from itertools import accumulate
from typing import Any, Protocol

import numpy as np

from data_access.handling import StoredAnswer
from indicators import periods
from indicators.catalog import Catalog
from indicators.definition import indicator_of
from indicators.freshness import end_moments
from indicators.regions import Level, RegionTree
from indicators.rules import Kind, WarningLevel, rules_of
from services.access import SYSTEM
from services.alerts import AlertKey
from services.recorded import Recorded, RecordFigures
from services.warned import History, Warned, warned

FIRED, USELESS, DUE, ANSWERED = (
    "ops.warn.fired", "ops.warn.useless", "ops.warn.due", "ops.warn.answered"
)  # fmt: skip
RED_SHARE, RECOVERY = "ops.warn.red_share", "ops.loop.recover_days"

FIGURES = (FIRED, USELESS, DUE, ANSWERED, RED_SHARE, RECOVERY)
"""The indicators of the catalogue that the history of warnings gives."""

DAYS = timedelta(days=400)
"""So far back counties are told day by day; townships for TOWN_DAYS; by the month before."""
TOWN_DAYS = timedelta(days=62)
MONTHS_BACK = 24
LATELY = timedelta(days=92)
"""So far back a tick looks: later answers change older days no more."""

FEWEST = 20
"""Of fewer warnings in a month no share of red ones is told."""

SUBJECT = "warnings"

Rows = Iterator[tuple[str, int, int, float]]


class Answers(Protocol):
    """What owners answered (``data_access.handling``)."""

    def answers(self, alert: Any = None) -> list[StoredAnswer]: ...
    def seed_answers(self, answers: Sequence[StoredAnswer], connection: Any) -> None: ...


@dataclass(frozen=True)
class _Counted:
    """One warning as figures count it: the day on which it was raised, and what came of it."""

    region: int
    day: date
    worst: int
    useless: bool
    due: bool
    answered: bool
    recovered: date | None


class OpsFigures:
    """Keeps the figures of warnings in the store.

    dispatched  of the warnings that were dispatched, when the answer is due (epoch seconds), by identity
    deadline    when an answer is due to a severe warning that was noticed at a moment
    simulated   whether the store holds sample figures, so that these are of them
    """

    def __init__(
        self,
        history: History,
        answers: Answers,
        recorded: Recorded,
        catalog: Catalog,
        tree: RegionTree,
        begin: Callable[[], AbstractContextManager[Any]],
        dispatched: Callable[[], Mapping[str, int]],
        deadline: Callable[[int], int],
        simulated: bool,
        clock: Callable[[], datetime],
        zone: timedelta,
    ) -> None:
        self._history = history
        self._answers = answers
        self._recorded = recorded
        self._catalog = catalog
        self._tree = tree
        self._begin = begin
        self._dispatched = dispatched
        self._deadline = deadline
        self._simulated = simulated
        self._clock = clock
        self._zone = timezone(zone)

    def tick(self, now: datetime) -> None:
        """Bring the figures of the last months up to date."""
        self.settle(now, now.astimezone(self._zone).date() - LATELY)

    def settle(self, now: datetime, since: date | None = None, *, seed: bool = False) -> None:
        """Count from a day on, by default all that is told; whole months are counted, to yesterday."""
        today = now.astimezone(self._zone).date()
        begin = months_before(today, MONTHS_BACK) if since is None else since.replace(day=1)
        counted = list(self._counted())
        first = min((one.day for one in counted), default=today)
        begin = max(begin, first.replace(day=1))
        last = today - timedelta(days=1)
        if not counted or last < begin:
            return
        rows = list(_Book(self._tree, counted, begin, last, today).rows())
        figures = RecordFigures(
            FIGURES,
            tuple(dict.fromkeys(row[1] for row in rows)),
            periods.day_key(begin) // 1000 * 1000,
            max(row[2] for row in rows),
            {
                "indicator": [row[0] for row in rows],
                "region": [row[1] for row in rows],
                "period": [row[2] for row in rows],
                "value": [row[3] for row in rows],
                "simulated": [self._simulated] * len(rows),
            },
        )
        with self._begin() as connection:
            self._recorded.settle(SUBJECT, SYSTEM, figures, connection, now, seed=seed)

    def _counted(self) -> Iterator[_Counted]:
        answers: dict[AlertKey, StoredAnswer] = {}
        for (
            answer
        ) in self._answers.answers():  # the first one is in time or late; the last one says what it was
            answers.setdefault(AlertKey(answer.rule, answer.region, answer.opened), answer)
        useless = {
            AlertKey(one.rule, one.region, one.opened): one.kind == "no_action" for one in self._answers.answers()
        }  # fmt: skip
        dispatched, ours = self._dispatched(), self._ours()
        until: dict[date, int] = {}
        for one in warned(self._history, self._catalog, self._tree):
            if one.key.rule not in ours or (one.late and not self._simulated):
                continue  # of a past that was read in later nobody was warned: it is no failing that nobody answered
            sent = dispatched.get(str(one.key))
            due = sent is not None or one.worst >= WarningLevel.ORANGE
            first = answers.get(one.key)
            raised = self.raised(one)
            day = self._day(raised)
            if day not in until:
                until[day] = self._deadline(raised)
            yield _Counted(
                region=one.key.region,
                day=day,
                worst=one.worst,
                useless=useless.get(one.key, False),
                due=due,
                answered=due and first is not None and first.at <= (sent or until[day]),
                recovered=self._recovered(one),
            )

    def _ours(self) -> set[str]:
        """The rules of ours: what an authority publishes is only mirrored."""
        return {
            rule.id
            for one in self._catalog.newest()
            for rule in rules_of(one)
            if rule.kind is Kind.MANAGEMENT
        }

    def raised(self, one: Warned) -> int:
        """When a warning was raised: when it was noticed; one of a past that was read in later, when it was due."""
        return self._due(one.key.rule, one.key.opened) if one.late else one.noticed

    def _recovered(self, one: Warned) -> date | None:
        if one.ended is None:
            return None
        return self._day(self._due(one.key.rule, one.closed) if one.ended_late else one.ended)

    def _due(self, rule: str, period: int) -> int:
        """When the figure of a period was due."""
        wait = self._catalog.get(indicator_of(rule)).release.due_after
        local = end_moments(np.array([period]))[0].astype("datetime64[s]").item() + wait
        return int(local.replace(tzinfo=self._zone).timestamp())

    def _day(self, at: int) -> date:
        return datetime.fromtimestamp(at, self._zone).date()

    # ---- sample

    def seed_answers(self, spec: Mapping[str, Any], seed: int) -> int:
        """Simulated answers where there are none yet; how many."""
        if self._answers.answers():
            return 0
        since, now = date.fromisoformat(spec["since"]), int(self._clock().timestamp())
        ours = self._ours()
        found = []
        for one in warned(self._history, self._catalog, self._tree):
            raised = self.raised(one)
            if one.key.rule in ours and self._day(raised) >= since:
                answer = _simulated(one, raised, spec, seed)
                if answer is not None and answer.at < now:
                    found.append(answer)
        found.sort(key=lambda one: one.at)
        with self._begin() as connection:
            self._answers.seed_answers(found, connection)
        return len(found)


def _simulated(one: Warned, raised: int, spec: Mapping[str, Any], seed: int) -> StoredAnswer | None:
    """An answer, or none, as chance has it: the same for the same warning and seed."""
    chance = _chances(f"{seed}:{one.key}")
    noisy = spec["noisy"].get(one.key.rule)
    if next(chance) >= (1.0 if noisy else spec["answered"][one.worst]):
        return None
    useless = next(chance) < (noisy or spec)["useless"]
    reason = _drawn((noisy or spec)["reasons"], next(chance)) if useless else ""
    first, last = spec["days"]
    at = raised + int(24 * 3600 * (first + (last - first) * next(chance)))
    text = spec["texts"][reason or "measure"]
    kind = "no_action" if useless else "measure"
    return StoredAnswer(
        0, one.key.rule, one.key.region, one.key.opened, at, SYSTEM.name, "模拟", "", kind, reason, f"{text}（模拟）",
        "", "", None,
    )  # fmt: skip


def _chances(text: str) -> Iterator[float]:
    digest = sha256(text.encode()).digest()
    return (int.from_bytes(digest[place : place + 4]) / 2**32 for place in range(0, 32, 4))


def _drawn(weights: Mapping[str, int], chance: float) -> str:
    """One of some words, by their weights."""
    bounds = list(accumulate(weights.values()))
    wanted = chance * bounds[-1]
    return next(word for word, bound in zip(weights, bounds, strict=True) if wanted < bound)


class _Book:
    """Counts by region, day and month."""

    def __init__(
        self, tree: RegionTree, counted: Iterable[_Counted], first: date, last: date, today: date
    ) -> None:
        self._first, self._last, self._today = first, last, today
        own = [one for one in tree if tree.contains(tree.root, one.code) and not one.reporting_unit]
        self._counties = [one.code for one in own if one.level <= Level.COUNTY]
        self._towns = [one.code for one in own if one.level == Level.TOWN]
        self._above = {one.code: (one.code, *(up for up in tree.ancestors(one.code))) for one in own}
        self._by_day: dict[str, Counter[tuple[int, date]]] = defaultdict(Counter)
        self._red: Counter[tuple[int, date]] = Counter()
        self._recovered: dict[tuple[int, date], list[int]] = defaultdict(list)
        for one in counted:
            for region in self._above.get(one.region, ()):
                self._count(one, region)

    def _count(self, one: _Counted, region: int) -> None:
        for code, there in ((FIRED, True), (USELESS, one.useless), (DUE, one.due), (ANSWERED, one.answered)):
            self._by_day[code][region, one.day] += there
        month = one.day.replace(day=1)
        self._red[region, month] += one.worst == WarningLevel.RED
        if one.recovered is not None:
            self._recovered[region, one.recovered.replace(day=1)].append((one.recovered - one.day).days)

    def rows(self) -> Rows:
        """Every figure of every region: months of all of them but those that the days of a township make, and days."""
        months = list(self._months())
        for regions, fine, codes in (
            (self._counties, self._today - DAYS, (FIRED, USELESS, DUE, ANSWERED)),
            (self._towns, self._today - TOWN_DAYS, (FIRED, DUE, ANSWERED)),
        ):
            begin = max(self._first, _next_month(fine))
            whole = months if regions is self._counties else [month for month in months if month < begin]
            for code in codes:
                counts = self._by_day[code]
                monthly = _by_month(counts)
                for region in regions:
                    for day in _days(begin, self._last):
                        yield code, region, periods.day_key(day), float(counts[region, day])
                    for month in whole:
                        yield code, region, _month_key(month), float(monthly[region, month])
        yield from self._monthly(months)

    def _monthly(self, months: Sequence[date]) -> Rows:
        fired = _by_month(self._by_day[FIRED])
        for region in self._counties:
            for month in months:
                many = fired[region, month]
                red = 100.0 * self._red[region, month] / many if many >= FEWEST else float("nan")
                yield RED_SHARE, region, _month_key(month), red
                days = self._recovered.get((region, month))
                mean = sum(days) / len(days) if days else float("nan")
                yield RECOVERY, region, _month_key(month), mean

    def _months(self) -> Iterator[date]:
        """The months that have ended."""
        month = self._first
        while _next_month(month) <= self._last + timedelta(days=1):
            yield month
            month = _next_month(month)


def months_before(day: date, count: int) -> date:
    """The first day of the month so many months before that of a day."""
    index = day.year * 12 + day.month - 1 - count
    return date(index // 12, index % 12 + 1, 1)


def _next_month(day: date) -> date:
    return months_before(day, -1)


def _month_key(month: date) -> int:
    return periods.months_key(month.year, month.month, 1)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=step) for step in range((last - first).days + 1))


def _by_month(counts: Counter[tuple[int, date]]) -> Counter[tuple[int, date]]:
    found: Counter[tuple[int, date]] = Counter()
    for (region, day), count in counts.items():
        found[region, day.replace(day=1)] += count
    return found
