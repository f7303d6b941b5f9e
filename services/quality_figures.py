"""The quality of what comes in, as figures: due, arrived, in time, failing, agreeing, stale, revised.

Counted from when figures came and what the checks say of them; each region counts its own and those of all regions in
it. Departments and feeds have their own counts, by the month.
source  docs/registry.md, "数据质量"
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from data_access.arrivals import Load
from indicators import periods
from indicators.catalog import Catalog
from indicators.delivery_quality import Came, Points, among, expected
from indicators.regions import Level, RegionTree
from services.access import SYSTEM
from services.feeds import ACTOR
from services.ops_figures import months_before
from services.recorded import Recorded, RecordFigures

DUE, ARRIVED, OK, CHECKED, FAILED, COMPARED, AGREED = COUNTS = (
    "ops.feed.due", "ops.feed.arrived", "ops.feed.ok", "ops.feed.checked", "ops.feed.failed", "ops.feed.compared",
    "ops.feed.agreed",
)  # fmt: skip
STALENESS, REVISION = "ops.feed.staleness", "ops.feed.revision"

FIGURES = (*COUNTS, STALENESS, REVISION)
"""The indicators of the catalogue that deliveries give."""

OWN = "ops."
"""What the cockpit counts of itself is no delivery."""

DAYS, TOWN_DAYS, MONTHS = 400, 31, 24
"""So far back regions are told day by day, and townships; departments and feeds by the month."""

SUBJECT = "deliveries"

Rows = Iterator[tuple[str, str, int, int, float]]
Ints = NDArray[np.int64]


class Arriving(Protocol):
    """When figures came (``data_access.arrivals``)."""

    def codes(self) -> dict[str, int]: ...
    def loads(self) -> Mapping[int, Load]: ...
    def of(self, number: int, first: int, last: int, made: Mapping[int, Load]) -> Came: ...
    def revised(self, since: int) -> list[tuple[int, int]]: ...
    def disagreeing(self) -> dict[str, set[tuple[int, int]]]: ...


class QualityFigures:
    """Keeps the figures of deliveries in the store.

    drawn_until  simulated figures were delivered until then; None: they are not counted
    zone         from UTC to local time
    """

    def __init__(
        self, arrivals: Arriving, recorded: Recorded, catalog: Catalog, tree: RegionTree,
        begin: Callable[[], AbstractContextManager[Any]], drawn_until: int | None, clock: Callable[[], datetime],
        zone: timedelta,
    ) -> None:  # fmt: skip
        self._arrivals, self._recorded, self._catalog, self._tree = arrivals, recorded, catalog, tree
        self._begin, self._drawn_until, self._clock, self._zone = begin, drawn_until, clock, zone

    def tick(self, now: datetime) -> None:
        """Bring the figures up to date."""
        self.settle(now)

    def settle(self, now: datetime, *, seed: bool = False) -> None:
        """Count what was due until the end of yesterday."""
        today = (now + self._zone).date()
        if self._drawn_until is not None:  # of a store of sample figures: nobody delivers to it any more
            ended = (datetime.fromtimestamp(self._drawn_until, tz=UTC) + self._zone).date()
            today = min(today, ended)
        book = self._counted(today)
        rows = list(book.rows())
        if not rows:
            return
        known = [row for row in rows if row[0] in self._catalog]
        figures = RecordFigures(
            tuple(code for code in FIGURES if code in self._catalog),
            tuple(dict.fromkeys(row[2] for row in known)),
            periods.day_key(book.first) // 1000 * 1000,
            max(row[3] for row in known),
            {
                "indicator": [row[0] for row in known],
                "item": [(row[1], "") for row in known],
                "region": [row[2] for row in known],
                "period": [row[3] for row in known],
                "value": [row[4] for row in known],
                "simulated": [self._drawn_until is not None] * len(known),
            },
        )
        with self._begin() as connection:
            self._recorded.settle(SUBJECT, SYSTEM, figures, connection, now, seed=seed)

    def _counted(self, today: date) -> "Book":
        first = months_before(today, MONTHS)
        end = datetime(today.year, today.month, today.day, tzinfo=UTC) - self._zone
        book = Book(self._tree, first, today, int(end.timestamp()), self._zone)
        made, disagreeing = self._arrivals.loads(), self._arrivals.disagreeing()
        feeds = {
            load.number: load.actor.removeprefix(ACTOR)
            for load in made.values()
            if load.actor.startswith(ACTOR)
        }
        linked = {code for one in self._catalog.identities for code in (one.total, *one.parts)}
        span = periods.day_key(months_before(first, 14)), periods.day_key(today)
        for code, number in self._arrivals.codes().items():
            if code not in self._catalog or code.startswith(OWN) or self._catalog.get(code).derived:
                continue
            one = self._catalog.get(code)
            came = self._arrivals.of(number, *span, made)
            points = expected(
                one, came, months_before(first, 14), book.now - 1, self._zone, self._drawn_until or 0
            )
            wrong = among(points, disagreeing.get(code, ()))
            book.add(points, one.department, wrong, code in linked, feeds)
        book.revise(self._arrivals.revised(book.begin))
        return book


class Book:
    """Counts by region and day, by department and month, by feed and month."""

    def __init__(self, tree: RegionTree, first: date, today: date, now: int, zone: timedelta) -> None:
        self.first, self.now = first, now
        self._zone = int(zone.total_seconds())
        self.begin = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp()) - self._zone
        self._today = today
        own = [one for one in tree if tree.contains(tree.root, one.code)]
        told = [one for one in own if not one.reporting_unit]
        self._wide = [one.code for one in told if one.level <= Level.COUNTY]
        self._towns = [one.code for one in told if one.level == Level.TOWN]
        self._codes = np.array(sorted(one.code for one in own), np.int64)
        place = {code: nth for nth, code in enumerate(self._codes.tolist())}
        self._place = place
        self._ancestry = [
            [place[up] for up in (one, *tree.ancestors(one)) if up in place] for one in self._codes.tolist()
        ]
        self._days = (today - first).days
        shape = (len(COUNTS), len(own), self._days)
        self._by_day = np.zeros(shape, np.int32)
        self._stale = np.zeros(shape[1:], np.int16)
        self._revised = np.zeros(shape[1:], np.int32)
        self._months = _months(first, today)
        self._by_name: dict[str, NDArray[np.int64]] = {}

    def add(
        self,
        points: Points,
        department: str,
        wrong: NDArray[np.bool_],
        linked: bool,
        feeds: Mapping[int, str],
    ) -> None:
        """Count what was due of one indicator."""
        keep = (points.due >= self.begin) & (points.due < self.now) & np.isin(points.region, self._codes)
        if not keep.any():
            return
        region = np.searchsorted(self._codes, points.region[keep])
        day = (points.due[keep] - self.begin) // 86_400
        arrived, agreed = points.arrived[keep], ~wrong[keep]
        flags = (
            np.ones(len(day), np.bool_), arrived, points.in_time[keep], arrived,
            arrived & (points.odd[keep] | ~agreed), arrived & linked, arrived & agreed & linked,
        )  # fmt: skip
        _count(self._by_day, region, day, flags)
        self._named(f"department={department}", region, day, flags)
        load = points.load[keep]
        for number in np.unique(load).tolist():
            if number in feeds:
                mine = load == number
                self._named(
                    f"system={feeds[number]}", region[mine], day[mine], [flag[mine] for flag in flags]
                )
        self._overdue(points, keep, region)

    def _named(self, name: str, region: Ints, day: Ints, flags: Sequence[NDArray[np.bool_]]) -> None:
        """Count for a department or a feed, by the month; of townships in their county."""
        table = self._by_name.setdefault(
            name, np.zeros((len(COUNTS), len(self._codes), len(self._months)), np.int64)
        )
        starts = np.array([(month - self.first).days for month in self._months])
        month = np.searchsorted(starts, day, "right") - 1
        _count(table, region, month, flags)

    def _overdue(self, points: Points, keep: NDArray[np.bool_], region: Ints) -> None:
        """For how many days each region has been waiting for the oldest figure, day by day."""
        due, until = points.due[keep], np.minimum(points.until[keep], self.now)
        late = np.flatnonzero(until - due >= 86_400)
        for nth in late.tolist():
            first = (int(due[nth]) - self.begin) // 86_400
            last = min((int(until[nth]) - self.begin) // 86_400, self._days)
            days = np.arange(first + 1, last)
            row = self._stale[region[nth]]
            row[days] = np.maximum(row[days], days - first)

    def revise(self, moments: Sequence[tuple[int, int]]) -> None:
        """Count revisions."""
        for region, at in moments:
            day = (at - self.begin) // 86_400
            if region in self._place and 0 <= day < self._days:
                self._revised[self._place[region], day] += 1

    def rows(self) -> Rows:
        """Every figure of every region."""
        counts = self._summed(self._by_day)
        if not counts.any():
            return
        stale = self._highest(self._stale)
        yield from self._daily(counts, stale)
        revised = self._summed(self._revised[None])[0]
        whole = [month for month in self._months if _next(month) <= self._today]
        for region in self._wide:
            for month in whole:
                days = self._of_month(month)
                yield REVISION, "", region, _key(month), float(revised[self._place[region], days].sum())
        for name, table in self._by_name.items():
            summed = self._summed(table)
            for region in self._wide:
                for nth, month in enumerate(self._months):
                    if _next(month) <= self._today and summed[0, self._place[region], nth]:
                        for which, code in enumerate(COUNTS):
                            yield (
                                code,
                                name,
                                region,
                                _key(month),
                                float(summed[which, self._place[region], nth]),
                            )

    def _daily(self, counts: NDArray[Any], stale: NDArray[Any]) -> Rows:
        fine = max(self._days - DAYS, 0)
        for regions, since in ((self._wide, fine), (self._towns, max(self._days - TOWN_DAYS, 0))):
            keys = [periods.day_key(self.first + timedelta(days=day)) for day in range(since, self._days)]
            points = [key // 1000 * 1000 for key in keys]
            for region in regions:
                place = self._place[region]
                for which, code in enumerate(COUNTS):
                    for key, value in zip(keys, counts[which, place, since:].tolist(), strict=True):
                        yield code, "", region, key, float(value)
                if regions is self._wide:
                    for key, value in zip(points, stale[place, since:].tolist(), strict=True):
                        yield STALENESS, "", region, key, float(value)
        for month in self._months:
            if (_next(month) - self.first).days <= fine:
                for region in self._wide:
                    sums = counts[:, self._place[region], self._of_month(month)].sum(axis=1)
                    for code, value in zip(COUNTS, sums.tolist(), strict=True):
                        yield code, "", region, _key(month), float(value)

    def _of_month(self, month: date) -> slice:
        return slice((month - self.first).days, (_next(month) - self.first).days)

    def _summed(self, table: NDArray[Any]) -> NDArray[Any]:
        """Counts (what, region, time) with those of all regions in each region."""
        found = np.zeros_like(table)
        for place, above in enumerate(self._ancestry):
            for up in above:
                found[:, up] += table[:, place]
        return found

    def _highest(self, table: NDArray[Any]) -> NDArray[Any]:
        found = np.zeros_like(table)
        for place, above in enumerate(self._ancestry):
            for up in above:
                found[up] = np.maximum(found[up], table[place])
        return found


def _count(table: NDArray[Any], region: Ints, time: Ints, flags: Sequence[NDArray[np.bool_]]) -> None:
    """Add to a table (what, region, time) how many points have each flag."""
    wide, cell = table.shape[2], region * table.shape[2] + time
    for nth, flag in enumerate(flags):
        table[nth] += np.bincount(cell[flag], minlength=table[nth].size).reshape(-1, wide).astype(table.dtype)


def _months(first: date, today: date) -> list[date]:
    found = [first.replace(day=1)]
    while _next(found[-1]) < today:
        found.append(_next(found[-1]))
    return found


def _next(month: date) -> date:
    return months_before(month, -1)


def _key(month: date) -> int:
    return periods.months_key(month.year, month.month, 1)
