"""The figures of the hotline, counted from its cases: by county and township, by day and month, by what they are about.

Counties make the city; the query adds them and says which of them have not told yet.
source  docs/hotline.md
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Protocol

from data_access.hotline import COUNTS
from data_access.registers import Stretch
from indicators import periods
from services.recorded import RecordFigures

MONTHLY = ("repeat",)
"""What the catalogue counts by the month; the rest by the day."""

FIGURES: tuple[str, ...] = tuple(f"sign.gov.hot_{name}" for name in COUNTS)
"""The indicators of the catalogue that the cases give."""

DIMENSIONS = {
    "total": ("appeal_class", "channel", "department"),
    **dict.fromkeys(COUNTS[1:], ("appeal_class", "department")),
}
"""By what each count is broken down, by the month; the newest days of the total as well."""

BROKEN_DOWN_DAYS = 31
TOTAL = ("", "")

Counts = dict[tuple[Any, int], int]
"""How many by (place or class, day)."""

Rows = Iterator[tuple[str, tuple[str, str], int, int, float, bool]]


class Counting(Protocol):
    """Where cases are counted."""

    def count(
        self, what: str, by: str, counties: Sequence[int], first: int, last: int, monthly: bool,
        connection: Any = None,
    ) -> list[tuple[Any, ...]]:  # fmt: skip
        """Rows (by, day or month, count, simulated)."""
        ...


def figures(
    store: Counting,
    county: int,
    stretch: Stretch,
    towns: Sequence[int],
    classes: Mapping[str, Sequence[str]],
    days: tuple[date, date],
    connection: Any,
) -> RecordFigures | None:
    """The figures of one county and its townships for the months in which some days lie.

    A month of which days are still to come, or never came, has no figure of its own: its days say how far it is.

    classes  the words of every breakdown
    returns  None where none of the days lies where the register is complete
    """
    begin, end = _date(stretch.since), _date(stretch.until)
    first = max(days[0].replace(day=1), begin)
    last = min(_month_end(days[1]), end)
    if last < first:
        return None
    one = _County(store, county, stretch, towns, classes, first, last, connection)
    names = ("indicator", "item", "region", "period", "value", "simulated")
    rows = list(one.rows())
    columns: dict[str, Sequence[Any]] = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    return RecordFigures(
        FIGURES,
        (county, *towns),
        periods.day_key(first) // 1000 * 1000,
        max(periods.day_key(last), _month_key(last)),
        columns,
    )


class _County:
    def __init__(
        self, store: Counting, county: int, stretch: Stretch, towns: Sequence[int],
        classes: Mapping[str, Sequence[str]], first: date, last: date, connection: Any,
    ) -> None:  # fmt: skip
        self.store, self.county, self.towns, self.classes = store, county, towns, classes
        self.fine, self.until = _date(stretch.fine) if stretch.fine else date.min, _date(stretch.until)
        self.connection = connection
        self.days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
        self.months = [
            month for month in sorted({day.replace(day=1) for day in self.days})
            if month >= first and _month_end(month) <= last
        ]  # fmt: skip
        self.simulated = False

    def rows(self) -> Rows:
        told: list[tuple[str, tuple[str, str], int, int, float]] = []
        for what in COUNTS:
            told += self._by_day_and_month(what)
            told += self._broken_down(what)
        for row in told:
            yield (*row, self.simulated)

    def _by_day_and_month(self, what: str) -> Iterator[tuple[str, tuple[str, str], int, int, float]]:
        """The county day by day; townships so where they are told in detail, else by the month."""
        places = self._count(what, "town", self.days)
        whole = {(self.county, day): count for day, count in _sum_by_day(places).items()}
        fine = [(_int(day), periods.day_key(day)) for day in self.days if day >= self.fine]
        coarse = [month for month in self.months if month < self.fine]
        monthly = _by_month({**places, **whole})
        if what in MONTHLY:
            for month in self.months:
                for place in (self.county, *self.towns):
                    yield self._cell(what, TOTAL, place, _month_key(month), monthly.get((place, month), 0))
            return
        for day in self.days:
            yield self._cell(
                what, TOTAL, self.county, periods.day_key(day), whole.get((self.county, _int(day)), 0)
            )
        for place in self.towns:
            for number, key in fine:
                yield self._cell(what, TOTAL, place, key, places.get((place, number), 0))
            for month in coarse:
                yield self._cell(what, TOTAL, place, _month_key(month), monthly.get((place, month), 0))

    def _broken_down(self, what: str) -> Iterator[tuple[str, tuple[str, str], int, int, float]]:
        newest = [day for day in self.days if (self.until - day).days < BROKEN_DOWN_DAYS]
        for dimension in DIMENSIONS[what]:
            monthly = self._count(what, dimension, self.days, monthly=True) if self.months else {}
            daily = self._count(what, dimension, newest) if what == "total" and newest else {}
            for word in self.classes[dimension]:
                item = (f"{dimension}={word}", "")
                for month in self.months:
                    count = monthly.get((word, _int(month) // 100), 0)
                    yield self._cell(what, item, self.county, _month_key(month), count)
                for day in newest if what == "total" else ():
                    yield self._cell(
                        what, item, self.county, periods.day_key(day), daily.get((word, _int(day)), 0)
                    )

    def _count(self, what: str, by: str, days: Sequence[date], monthly: bool = False) -> Counts:
        first, last = _int(days[0]), _int(days[-1])
        rows = self.store.count(what, by, (self.county,), first, last, monthly, self.connection)
        self.simulated |= any(row[3] for row in rows)
        return {(row[0], row[1]): row[2] for row in rows}

    def _cell(
        self, what: str, item: tuple[str, str], region: int, period: int, value: float
    ) -> tuple[str, tuple[str, str], int, int, float]:
        return f"sign.gov.hot_{what}", item, region, period, float(value)


def _sum_by_day(counts: Counts) -> dict[int, int]:
    found: dict[int, int] = {}
    for (_, day), count in counts.items():
        found[day] = found.get(day, 0) + count
    return found


def _by_month(counts: Counts) -> dict[tuple[Any, date], int]:
    found: dict[tuple[Any, date], int] = {}
    for (word, day), count in counts.items():
        key = (word, date(day // 10000, day // 100 % 100, 1))
        found[key] = found.get(key, 0) + count
    return found


def _month_key(day: date) -> int:
    return periods.months_key(day.year, day.month, 1)


def _month_end(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _int(day: date) -> int:
    return day.year * 10000 + day.month * 100 + day.day


def _date(key: int) -> date:
    return periods.Period(key).end
