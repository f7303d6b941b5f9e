"""Keys of periods: one integer each, alone and in arrays; the calendar of an indicator; labels."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Keys = NDArray[np.int64]
Days = NDArray[np.datetime64]

YEAR: Final = 10**11
"""Subtract it from a key and get the same period of the year before (weeks and 29 February excepted)."""

INSTANT, MINUTE, HOUR, DAY, WEEK, YEAR_TO_DAY, MONTHS = 0, 1, 2, 3, 4, 5, 100

LAST_YEAR: Final = 2100
"""No figure lies later."""

NO_PERIOD: Final = 0
"""The key of a period that does not exist: week 53 of most years, 29 February of most years."""

MONTHS_OF: Final = {"monthly": 1, "quarterly": 3, "yearly": 12}
"""How many months one step of a calendar frequency has; the finer frequencies are absent."""


# -- keys -----------------------------------------------------------------------------------------------


def months_key(year: int, month: int, count: int) -> int:
    """The key of the ``count`` months that end with ``month`` of ``year``."""
    return ((year * 100 + month) * 100 + 31) * 10**7 + 2359 * 1000 + MONTHS + count


def instant_key(year: int, month: int) -> int:
    """The key of the instant at the end of a month."""
    return ((year * 100 + month) * 100 + 31) * 10**7 + 2359 * 1000 + INSTANT


def moment_key(moment: datetime, span: int) -> int:
    """The key of the minute, hour, day or instant that ``moment`` (local time) falls in or is."""
    clock = {HOUR: moment.hour * 100 + 59, DAY: 2359, WEEK: 2359, YEAR_TO_DAY: 2359}.get(
        span, moment.hour * 100 + moment.minute
    )
    return ((moment.year * 100 + moment.month) * 100 + moment.day) * 10**7 + clock * 1000 + span


def day_key(day: date, span: int = DAY) -> int:
    """The key of a day (``DAY``), of the instant at its end (``INSTANT``), or of the year up to it."""
    return ((day.year * 100 + day.month) * 100 + day.day) * 10**7 + 2359 * 1000 + span


def week_key(year: int, week: int) -> int:
    """The key of an ISO week; NO_PERIOD if that year has no such week."""
    if not 1 <= week <= weeks_in_year(year):
        return NO_PERIOD
    return day_key(date.fromisocalendar(year, week, 7), WEEK)


def weeks_in_year(year: int) -> int:
    """52 or 53: how many ISO weeks a year has."""
    return date(year, 12, 28).isocalendar().week


def fiscal_quarter(
    year: int, month: int, starts: int = 1, label_by: Literal["start", "end"] = "start"
) -> str:
    """The fiscal quarter of a month, e.g. ``FY2023-Q1``; in China the fiscal year is the calendar year.

    starts    the month in which the fiscal year begins
    label_by  whether the fiscal year is named for the calendar year in which it starts or ends
    """
    offset = (month - starts) % 12
    begun = year if month >= starts else year - 1
    named = begun if label_by == "start" or starts == 1 else begun + 1
    return f"FY{named}-Q{offset // 3 + 1}"


@dataclass(frozen=True, order=True)
class Period:
    """One period; ordered by its end, then by its length."""

    key: int

    @property
    def year(self) -> int:
        """The calendar year in which the period ends."""
        return self.key // YEAR

    @property
    def month(self) -> int:
        """The calendar month in which the period ends, 1 to 12."""
        return self.key // 10**9 % 100

    @property
    def span(self) -> int:
        """The code of the span: INSTANT, MINUTE, HOUR, DAY, WEEK, YEAR_TO_DAY, or MONTHS + n."""
        return self.key % 1000

    @property
    def months(self) -> int:
        """How many months the period has; 0 when it is not made of months."""
        return max(self.span - MONTHS, 0)

    @property
    def is_cumulative(self) -> bool:
        """True when the period begins on 1 January (January alone included)."""
        return self.span == YEAR_TO_DAY or 0 < self.months == self.month

    @property
    def end(self) -> date:
        """The last day of the period."""
        day = min(self.key // 10**7 % 100, calendar.monthrange(self.year, self.month)[1])
        return date(self.year, self.month, day)

    @property
    def start(self) -> date:
        """The first day of the period; of an instant, the day itself."""
        if self.months:
            first = self.year * 12 + self.month - self.months
            return date(first // 12, first % 12 + 1, 1)
        if self.span == WEEK:
            return self.end - timedelta(days=6)
        return date(self.year, 1, 1) if self.span == YEAR_TO_DAY else self.end

    def contains(self, other: "Period") -> bool:
        """True when ``other`` lies wholly within this period."""
        return bool(contains(self.key, other.key))

    def label(self, frequency: str | None = None, basis: str | None = None) -> str:
        """The plain text of the period; see the function ``label``."""
        return label(self.key, frequency, basis)


# -- arrays of keys -------------------------------------------------------------------------------------


def _array(keys: ArrayLike) -> Keys:
    return np.asarray(keys, dtype=np.int64)


def years(keys: ArrayLike) -> Keys:
    """The calendar year in which each period ends."""
    return _array(keys) // YEAR


def end_months(keys: ArrayLike) -> Keys:
    """The calendar month (1–12) in which each period ends."""
    return _array(keys) // 10**9 % 100


def spans(keys: ArrayLike) -> Keys:
    """The span code of each period."""
    return _array(keys) % 1000


def months(keys: ArrayLike) -> Keys:
    """How many months each period has; 0 where it is not made of months."""
    return np.maximum(spans(keys) - MONTHS, 0)


def is_cumulative(keys: ArrayLike) -> NDArray[np.bool_]:
    """Where a period begins on 1 January: cumulative figures, and January alone."""
    count = months(keys)
    found: NDArray[np.bool_] = ((count > 0) & (count == end_months(keys))) | (spans(keys) == YEAR_TO_DAY)
    return found


def end_days(keys: ArrayLike) -> Days:
    """The last day of each period as datetime64[D]; NaT for NO_PERIOD."""
    keys = _array(keys)
    month_index = (years(keys) - 1970) * 12 + end_months(keys) - 1
    first = month_index.astype("datetime64[M]").astype("datetime64[D]")
    length = ((month_index + 1).astype("datetime64[M]").astype("datetime64[D]") - first).astype(np.int64)
    day = np.minimum(keys // 10**7 % 100, length)
    return np.where(keys == NO_PERIOD, np.datetime64("NaT", "D"), first + (day - 1).astype("timedelta64[D]"))


def start_days(keys: ArrayLike) -> Days:
    """The first day of each period as datetime64[D]; of an instant the day itself; NaT for NO_PERIOD."""
    keys = _array(keys)
    end = end_days(keys)
    span = spans(keys)
    month_index = (years(keys) - 1970) * 12 + end_months(keys) - months(keys)
    of_months = month_index.astype("datetime64[M]").astype("datetime64[D]")
    of_year = end.astype("datetime64[Y]").astype("datetime64[D]")
    start = np.where(span > MONTHS, of_months, end)
    start = np.where(span == WEEK, end - np.timedelta64(6, "D"), start)
    start = np.where(span == YEAR_TO_DAY, of_year, start)
    return np.where(keys == NO_PERIOD, np.datetime64("NaT", "D"), start)


def contains(outer: ArrayLike, inner: ArrayLike) -> NDArray[np.bool_]:
    """Where ``inner`` lies wholly within ``outer``, to the minute; a period contains itself."""
    outer, inner = np.broadcast_arrays(_array(outer), _array(inner))
    from_outer, to_outer = _minutes(outer)
    from_inner, to_inner = _minutes(inner)
    return (from_outer <= from_inner) & (to_inner <= to_outer)


def _minutes(keys: Keys) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
    """First and last minute of each period."""
    clock = keys // 1000 % 10**4
    minute = (clock // 100 * 60 + clock % 100).astype("timedelta64[m]")
    last = end_days(keys).astype("datetime64[m]") + minute
    span = spans(keys)
    short = np.where(span == HOUR, last - np.timedelta64(59, "m"), last)
    first = np.where(span >= DAY, start_days(keys).astype("datetime64[m]"), short)
    return first, last


def year_before(keys: ArrayLike) -> Keys:
    """The same period of the year before; NO_PERIOD for 29 February and for an ISO week 53 that it lacks."""
    keys = _array(keys)
    before = keys - YEAR
    leap_day = (keys // 10**7 % 10000 == 229) & (spans(keys) < MONTHS) & (spans(keys) != WEEK)
    before = np.where(leap_day, NO_PERIOD, before)
    weekly = spans(keys) == WEEK
    if weekly.any():
        iso = [Period(int(key)).end.isocalendar() for key in keys[weekly]]
        before[weekly] = [week_key(week.year - 1, week.week) for week in iso]
    return np.where(keys == NO_PERIOD, NO_PERIOD, before)


def previous(keys: ArrayLike, frequency: str) -> Keys:
    """The period just before, of the same length: May before June, the first quarter before the second.

    A month-end instant goes back by the step of ``frequency``; spans of months go back by their own length
    when it is a month, a quarter, a half or a year. Every other span of months (the merged release of
    January and February, a cumulative figure) has no predecessor: NO_PERIOD.
    """
    keys = _array(keys)
    span, count = spans(keys), months(keys)
    whole = np.isin(count, (1, 3, 6, 12)) & (end_months(keys) % np.maximum(count, 1) == 0)
    step = np.where(whole, count, 0)
    if frequency in MONTHS_OF:
        step = np.where(span == INSTANT, MONTHS_OF[frequency], step)
    by_month = shift_months(keys, -step)
    result = np.where(step > 0, by_month, NO_PERIOD)
    fine = (step == 0) & (span < MONTHS) & (keys != NO_PERIOD)
    if fine.any():
        result[fine] = [_earlier(int(key), frequency) for key in keys[fine]]
    return result


def _earlier(key: int, frequency: str) -> int:
    """The minute, hour, day, week, or instant at that rhythm, before the one given."""
    span = key % 1000
    steps = {MINUTE: timedelta(minutes=1), HOUR: timedelta(hours=1), WEEK: timedelta(days=7)}
    rhythm = {"realtime": timedelta(minutes=1), "hourly": timedelta(hours=1), "weekly": timedelta(days=7)}
    step = steps.get(span) or (rhythm.get(frequency) if span == INSTANT else None) or timedelta(days=1)
    end = datetime.combine(Period(key).end, datetime.min.time())
    end += timedelta(hours=key // 10**5 % 100, minutes=key // 1000 % 100)
    earlier = end - step
    if span == YEAR_TO_DAY and earlier.year != end.year:
        return NO_PERIOD
    return moment_key(earlier, span)


def shift_months(keys: ArrayLike, count: ArrayLike) -> Keys:
    """The period of the same length that ends ``count`` months later (earlier when negative)."""
    keys = _array(keys)
    index = years(keys) * 12 + end_months(keys) - 1 + _array(count)
    return (index // 12 * 100 + index % 12 + 1) * 10**9 + keys % 10**9


def previous_cumulative(keys: ArrayLike, frequency: str, merged: bool = False) -> Keys:
    """The cumulative period one step earlier in the same year; NO_PERIOD at the first of a year.

    merged  January and February are released together, so the step before March is January–February and the
            step before January–February is none
    """
    keys = _array(keys)
    step = MONTHS_OF.get(frequency, 1)
    count = months(keys)
    earlier = shift_months(keys, -step) - step
    first = (count <= step) | (count != end_months(keys))
    if merged and step == 1:
        first = first | (count == 2)
    return np.where(first, NO_PERIOD, earlier)


def months_from_cumulative(
    keys: ArrayLike, values: ArrayLike, series: ArrayLike | None = None
) -> tuple[Keys, NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
    """The figure of each period from cumulative figures: differences inside one year, never across its end.

    keys     cumulative periods (any order); other periods are left out
    values   same length; a missing value is a hole
    series   which series each belongs to; None when all are one series
    returns  keys, values, positions in the input, and where the difference is negative (a revision hides in
             the cumulative figure: worth a warning, key ``negative_month_from_ytd``). A hole makes a range:
             March 31 and May 55 give April–May 24. The first figure of a year stands for itself.
    """
    keys, values = _array(keys), np.asarray(values, dtype=np.float64)
    owner = np.unique(np.zeros(keys.shape) if series is None else series, return_inverse=True)[1]
    usable = np.flatnonzero((months(keys) > 0) & is_cumulative(keys) & ~np.isnan(values))
    order = usable[np.lexsort((keys[usable], owner[usable]))]
    key, value = keys[order], values[order]
    follows = np.zeros(key.shape, dtype=bool)
    follows[1:] = (owner[order][1:] == owner[order][:-1]) & (years(key)[1:] == years(key)[:-1])
    before_months = np.where(follows, np.roll(months(key), 1), 0)
    difference = value - np.where(follows, np.roll(value, 1), 0.0)
    return key - before_months, difference, order, follows & (difference < 0)


def elapsed_share(keys: ArrayLike) -> NDArray[np.float64]:
    """The share of the year that has passed at the end of each period, in percent: 时序进度, time_progress.

    Month-based periods and month-end instants count months (June is 50); the finer ones count days.
    """
    keys = _array(keys)
    day_of_month = keys // 10**7 % 100
    by_month = end_months(keys) / 12 * 100
    end = end_days(keys)
    start = end.astype("datetime64[Y]")
    passed = (end - start.astype("datetime64[D]")).astype(np.int64) + 1
    length = ((start + 1).astype("datetime64[D]") - start.astype("datetime64[D]")).astype(np.int64)
    whole_month = (months(keys) > 0) | ((spans(keys) == INSTANT) & (day_of_month == 31))
    return np.where(whole_month, by_month, passed / length * 100)


def calendar_keys(
    first: date, last: date, frequency: str, basis: str, merged: bool = False, minutes: int = 5
) -> Keys:
    """All periods of a frequency that end from ``first`` to ``last``, in order: the calendar of an indicator.

    basis    ``ytd`` gives cumulative spans, ``point`` instants, anything else spans of the frequency itself
    merged   January is absent and February stands for both months (only monthly figures)
    minutes  the rhythm of ``realtime``
    """
    if frequency in MONTHS_OF:
        return _month_calendar(first, last, MONTHS_OF[frequency], basis, merged)
    if frequency == "weekly":
        sunday = first + timedelta(days=6 - first.weekday())
        count = max((last - sunday).days // 7 + 1, 0)
        ends = [sunday + timedelta(days=7 * n) for n in range(count)]
        return np.array([day_key(end, INSTANT if basis == "point" else WEEK) for end in ends], dtype=np.int64)
    count = (last - first).days + 1
    days = np.arange(np.datetime64(first, "D"), np.datetime64(first, "D") + max(count, 0))
    month = days.astype("datetime64[M]").astype(np.int64)
    day = (days - days.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    dates = (((month // 12 + 1970) * 100 + month % 12 + 1) * 100 + day) * 10**7
    if frequency == "daily":
        span = {"ytd": YEAR_TO_DAY, "point": INSTANT}.get(basis, DAY)
        return _array(dates + 2359 * 1000 + span)
    if frequency == "hourly":
        clock = (np.arange(24) * 100 + 59) * 1000 + (INSTANT if basis == "point" else HOUR)
    else:
        minute = np.arange(0, 1440, minutes)
        clock = (minute // 60 * 100 + minute % 60) * 1000 + (INSTANT if basis == "point" else MINUTE)
    return _array(dates[:, None] + clock[None, :]).ravel()


def _month_calendar(first: date, last: date, step: int, basis: str, merged: bool) -> Keys:
    start = first.year * 12 + first.month - 1
    stop = last.year * 12 + last.month - 1
    if last < Period(instant_key(last.year, last.month)).end:
        stop -= 1
    index = np.arange(start, stop + 1)
    index = index[(index + 1) % step == 0]
    month = index % 12 + 1
    if merged and step == 1:
        index, month = index[month != 1], month[month != 1]
    if basis == "point":
        span = np.zeros_like(month)
    elif basis == "ytd":
        span = MONTHS + month
    else:
        span = np.full_like(month, MONTHS + step)
        span = np.where(month == 2, MONTHS + 2, span) if merged and step == 1 else span
    return _array((index // 12 * 100 + month) * 10**9 + 31 * 10**7 + 2359 * 1000 + span)


# -- labels ---------------------------------------------------------------------------------------------


def label(key: int, frequency: str | None = None, basis: str | None = None) -> str:
    """The plain text of a period, in the shape that ``read`` takes: ``2023``, ``2024-Q2``, ``2024-06``.

    frequency  of the indicator: a cumulative figure of a monthly one is named for its last month ("2024-06"),
               of a quarterly one for its last quarter; without it the span is written out where need be
    basis      with ``period`` a span is never shortened to its last month ("2024-01/2024-02"); with ``ytd``
               the month alone is written as a range from itself to itself
    """
    period = Period(key)
    year, month = period.year, period.month
    if not period.months:
        return _label_of_moment(period, frequency)
    if period.months == 12 and month == 12:
        return str(year)
    by_month = f"{year}-{month:02d}"
    if basis == "ytd" and not period.is_cumulative:
        return f"{period.start:%Y-%m}/{by_month}"
    if basis != "period" and period.is_cumulative and frequency == "monthly":
        return by_month
    if basis != "period" and period.is_cumulative and frequency == "quarterly" and month % 3 == 0:
        return f"{year}-Q{month // 3}"
    if period.months == 1:
        return by_month
    if period.months == 3 and month % 3 == 0:
        return f"{year}-Q{month // 3}"
    if period.months == 6 and month % 6 == 0:
        return f"{year}-H{month // 6}"
    if period.months % 12 == 0 and month == 12:
        return f"{period.start.year}/{year}"
    return f"{period.start:%Y-%m}/{by_month}"


def _label_of_moment(period: Period, frequency: str | None) -> str:
    day = period.end.isoformat()
    hour, minute = period.key // 10**5 % 100, period.key // 1000 % 100
    if period.span == WEEK or (period.span == INSTANT and frequency == "weekly"):
        iso = period.end.isocalendar()
        return f"{iso.year}-W{iso.week:02d}"
    if period.span == HOUR or (period.span == INSTANT and frequency == "hourly"):
        return f"{day}T{hour:02d}"
    if period.span == INSTANT and period.key // 10**7 % 100 == 31 and frequency in MONTHS_OF:
        if frequency == "yearly" and period.month == 12:
            return str(period.year)
        if frequency != "monthly" and period.month % 3 == 0:
            return f"{period.year}-Q{period.month // 3}"
        return day[:7]
    if period.span == MINUTE or (period.span == INSTANT and hour * 100 + minute != 2359):
        return f"{day}T{hour:02d}:{minute:02d}"
    return day
