"""A period is a span of time that a figure belongs to: a year, a quarter, January to June, a day, an instant.

Inside the house a period is one integer, its *key*: the end as YYYYMMDDHHMM, times 1000, plus a code of the
span. Codes: 0 an instant (时点), 1 a minute, 2 an hour, 3 a day, 4 a week, 5 the days since 1 January,
100+n the n months that end there. Months end nominally on day 31 at 23:59, so the same month a year earlier
is always ``key - YEAR``; days end at 23:59 and hours at minute 59.

What a figure is (当期, 累计, 时点) is thus part of its key: March alone is 101, January to March 103, whether
it is called the first quarter or the cumulative figure; 2023, the cumulative fourth quarter and the
cumulative December are one key; the merged release of January and February is 102.

Functions on many periods take and give arrays of keys (int64, any shape); 0 stands for "no such period".
"""

import calendar
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.errors import N_, CockpitError, Issue, Severity

Keys = NDArray[np.int64]
Days = NDArray[np.datetime64]

YEAR: Final = 10**11
"""Subtract it from a key and get the same period of the year before (weeks and 29 February excepted)."""

INSTANT, MINUTE, HOUR, DAY, WEEK, YEAR_TO_DAY, MONTHS = 0, 1, 2, 3, 4, 5, 100

NO_PERIOD: Final = 0
"""The key of a period that does not exist: week 53 of most years, 29 February of most years."""

MONTHS_OF: Final = {"monthly": 1, "quarterly": 3, "yearly": 12}
"""How many months one step of a calendar frequency has; the finer frequencies are absent."""

FIRST_YEAR, LAST_YEAR = 1900, 2100


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


def due_days(keys: ArrayLike, days_after: ArrayLike) -> Days:
    """The day on which each period's figure is due: so many days after the period's last day."""
    due: Days = end_days(keys) + _array(days_after).astype("timedelta64[D]")
    return due


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


# -- text -----------------------------------------------------------------------------------------------


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


Kind = Literal["span", "cumulative", "range", "instant", "plan"]


@dataclass(frozen=True)
class Reading:
    """What a text says about time, before it is known which indicator the figure belongs to.

    key         as the text says it: the month alone for "2023年3月", the span for "1-3月"
    kind        span (a month, a quarter, …), cumulative (from January on), range, instant (年末, 月末), plan
    status      ``revised`` or ``preliminary`` when a mark beside the period says so, otherwise empty
    alone       the text says 当月 or 当季: the period itself, even for a cumulative indicator
    notes       what a person should know, e.g. the convention of a fiscal year
    """

    key: int
    kind: Kind
    status: str = ""
    alone: bool = False
    notes: tuple[Issue, ...] = ()

    @property
    def text(self) -> str:
        """The canonical text: ``2023-03``, ``2023-Q1``, ``2023-01/2023-12``, ``2023-03-31``."""
        period = Period(self.key)
        if self.kind in ("cumulative", "range") and period.months > 1:
            return f"{period.start:%Y-%m}/{period.end:%Y-%m}"
        return label(self.key)


def _refusal(key: str, what: str, do: str, text: object) -> CockpitError:
    return CockpitError(Issue(key, what, do, params={"text": text}))


_TOTALS = re.compile(r"^(合计|总计|小计|共计|TOTAL)$")
_DIGITS = {"〇": 0, "零": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_ROMAN = {"I": "1", "II": "2", "III": "3", "IV": "4"}
_ENGLISH = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_STATUS = (("初步核算", "initial"), ("快报", "preliminary"), ("初步", "preliminary"), ("修订", "revised"))
_PLANS = {"十": 2001, "十一": 2006, "十二": 2011, "十三": 2016, "十四": 2021, "十五": 2026, "十六": 2031}


def _chinese_number(text: str) -> str:
    """Chinese numerals from 0 to 99, and years read digit by digit, as Arabic digits."""
    if "十" in text:
        tens, _, ones = text.partition("十")
        return str((_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0))
    return "".join(str(_DIGITS[sign]) for sign in text)


def _plain(text: str) -> str:
    """The text with full-width signs, dashes, blanks and Chinese numerals made plain."""
    text = re.sub(r"(?<=\d)\s+(?=\d\d?:)", "T", unicodedata.normalize("NFKC", text).strip().upper())
    text = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cf", "Zs", "Cc"))
    text = re.sub(r"[—–−~〜]|至|到", "-", text)
    text = re.sub(
        r"[〇零一二三四五六七八九]?十[一二三四五六七八九]?|[〇零一二三四五六七八九]+",
        lambda found: _chinese_number(found.group()),
        text,
    )
    return re.sub(r"(?<![A-Z])(IV|I{1,3})(?=季|$)", lambda found: _ROMAN[found.group()], text)


def _spans_months(year: str, first: str, last: str, text: object) -> int:
    start, end = int(first), int(last)
    for month in (start, end):
        if not 1 <= month <= 12:
            raise _refusal("month_out_of_range", N_("“{text}”里的月份不在1到12之间"), N_("请改正月份"), text)
    if end < start:
        raise _refusal("reversed_range", N_("“{text}”的起止月份颠倒"), N_("请先写开始月，再写结束月"), text)
    return months_key(int(year), end, end - start + 1)


def _month(m: re.Match[str], text: object) -> Reading:
    return Reading(_spans_months(m["y"], m["m"], m["m"], text), "span")


def _months_of_a_year(m: re.Match[str], text: object) -> Reading:
    key = _spans_months(m["y"], m["a"], m["m"], text)
    return Reading(key, "cumulative" if int(m["a"]) == 1 else "range")


def _months_across_years(m: re.Match[str], text: object) -> Reading:
    count = int(m["z"]) * 12 + int(m["m"]) - int(m["y"]) * 12 - int(m["a"]) + 1
    _spans_months(m["y"], m["a"], m["a"], text)
    _spans_months(m["z"], m["m"], m["m"], text)
    if count < 1:
        raise _refusal("reversed_range", N_("“{text}”的起止月份颠倒"), N_("请先写开始月，再写结束月"), text)
    from_january = m["y"] == m["z"] and int(m["a"]) == 1
    return Reading(
        months_key(int(m["z"]), int(m["m"]), count),
        "cumulative" if from_january else "range",
        alone=count == 1 and not from_january,
    )


def _first_months(m: re.Match[str], text: object) -> Reading:
    return Reading(_spans_months(m["y"], "1", m["m"], text), "cumulative")


def _quarter(m: re.Match[str], _: object) -> Reading:
    return Reading(months_key(int(m["y"]), int(m["q"]) * 3, 3), "span")


def _first_quarters(m: re.Match[str], _: object) -> Reading:
    return Reading(months_key(int(m["y"]), int(m["q"]) * 3, int(m["q"]) * 3), "cumulative")


def _half(m: re.Match[str], _: object) -> Reading:
    half = {"上": 1, "下": 2, "1": 1, "2": 2}[m["h"]]
    return Reading(months_key(int(m["y"]), half * 6, 6), "span")


def _year(m: re.Match[str], _: object) -> Reading:
    return Reading(months_key(int(m["y"]), 12, 12), "span")


def _fiscal_year(m: re.Match[str], text: object) -> Reading:
    what, do = N_("“{text}”是财政年度，按公历年处理"), N_("如财政年度不从1月开始，请写明起止月份")
    note = Issue("fiscal_year_convention", what, do, severity=Severity.WARNING, params={"text": text})
    return Reading(months_key(int(m["y"]), 12, 12), "span", notes=(note,))


def _years(m: re.Match[str], text: object) -> Reading:
    count = int(m["z"]) - int(m["y"]) + 1
    if count < 1:
        raise _refusal("reversed_range", N_("“{text}”的起止年份颠倒"), N_("请先写开始年，再写结束年"), text)
    return Reading(months_key(int(m["z"]), 12, count * 12), "range" if count != 5 else "plan")


def _plan(m: re.Match[str], text: object) -> Reading:
    start = 2001 + (int(m["n"]) - 10) * 5
    if not 1953 <= start <= LAST_YEAR:
        raise _refusal("lunar_or_unknown", N_("看不懂时期“{text}”"), _HOW_TO_WRITE, text)
    return Reading(months_key(start + 4, 12, 60), "plan")


def _week(m: re.Match[str], text: object) -> Reading:
    key = week_key(int(m["y"]), int(m["w"]))
    if key == NO_PERIOD:
        raise _refusal("no_such_week", N_("没有“{text}”这一周"), N_("请核对该年有52周还是53周"), text)
    return Reading(key, "span")


def _moment(m: re.Match[str], text: object) -> Reading:
    found = m.groupdict()
    hour, minute = int(found.get("hour") or 0), int(found.get("minute") or 0)
    try:
        moment = datetime(int(m["y"]), int(m["m"]), int(m["d"]), hour, minute)  # noqa: DTZ001  local by design
    except ValueError:
        what = N_("“{text}”不是存在的日期或时刻")
        raise _refusal("no_such_day", what, N_("请核对年、月、日和时刻"), text) from None
    span = MINUTE if found.get("minute") else HOUR if found.get("hour") else DAY
    return Reading(moment_key(moment, span), "span")


def _end_of_month(m: re.Match[str], text: object) -> Reading:
    key = _spans_months(m["y"], m["m"], m["m"], text)
    return Reading(key - 1 - MONTHS, "instant")


def _end_of_year(m: re.Match[str], _: object) -> Reading:
    return Reading(instant_key(int(m["y"]), 12), "instant")


def _end_of_quarter(m: re.Match[str], _: object) -> Reading:
    return Reading(instant_key(int(m["y"]), int(m["q"]) * 3), "instant")


def _english_month(m: re.Match[str], _: object) -> Reading:
    return Reading(months_key(int(m["y"]), _ENGLISH.index(m["name"][:3]) + 1, 1), "span")


_Y = r"(?P<y>(?:19|20)\d\d)"
_Z = r"(?P<z>(?:19|20)\d\d)"
_CLOCK = r"(?:T|日)?(?P<hour>\d\d?)(?:时|点|:(?P<minute>\d\d)(?::00)?)?"
_NAMES = "(?P<name>" + "|".join(_ENGLISH) + ")[A-Z]*"
_UNTIL = "(?:截至|截止|截-)?"
PATTERNS: tuple[tuple[str, Callable[[re.Match[str], object], Reading]], ...] = (
    (rf"{_Y}(?:年度?|年?全年)?", _year),
    (rf"{_Y}[-/]{_Z}年?", _years),
    (rf"{_Y}(?:FY|财年)", _fiscal_year),
    (rf"FY{_Y}", _fiscal_year),
    (r"(?P<n>1\d)5(?:时期|期间|规划)?", _plan),
    (rf"{_Y}年(?P<m>\d\d?)月份?", _month),
    (rf"{_Y}[-/](?P<m>\d\d?)", _month),
    (rf"{_Y}[.M]?(?P<m>\d\d)", _month),
    (rf"{_Y}年(?P<a>\d\d?)月?-(?P<m>\d\d?)月份?", _months_of_a_year),
    (rf"{_Y}[-/.]?(?P<a>\d\d?)-(?P<m>\d\d?)月份?", _months_of_a_year),
    (rf"{_Y}年(?P<a>\d\d?)月-{_Z}年(?P<m>\d\d?)月", _months_across_years),
    (rf"{_Y}[-.](?P<a>\d\d?)[-/]{_Z}[-.](?P<m>\d\d?)", _months_across_years),
    (rf"{_Y}年?前(?P<m>\d\d?)个?月", _first_months),
    (rf"{_Y}年?第?(?P<q>[1-4])季度?", _quarter),
    (rf"{_Y}年?-?Q(?P<q>[1-4])", _quarter),
    (rf"Q(?P<q>[1-4])[-/]?{_Y}", _quarter),
    (rf"{_Y}年?(?:前|1-)(?P<q>[1-4])个?季度?", _first_quarters),
    (rf"{_Y}年?-?H(?P<h>[12])", _half),
    (rf"{_Y}年?(?P<h>[上下])半年", _half),
    (rf"{_Y}-?W(?P<w>\d\d?)", _week),
    (rf"{_Y}年?第?(?P<w>\d\d?)周", _week),
    (rf"{_Y}年(?P<m>\d\d?)月(?P<d>\d\d?)(?:日|{_CLOCK})?", _moment),
    (rf"{_Y}(?P<s>[-/.])(?P<m>\d\d?)(?P=s)(?P<d>\d\d?)(?:T{_CLOCK})?", _moment),
    (rf"{_Y}(?P<m>\d\d)(?P<d>\d\d)", _moment),
    (rf"{_UNTIL}{_Y}[年-](?P<m>\d\d?)月?[末底]", _end_of_month),
    (rf"{_UNTIL}{_Y}年?[末底]", _end_of_year),
    (rf"{_UNTIL}{_Y}年?第?(?P<q>[1-4])季度?[末底]", _end_of_quarter),
    (rf"{_NAMES}\.?-?{_Y}", _english_month),
    (rf"{_Y}-?{_NAMES}", _english_month),
)
"""What a period may look like once the text is plain, tried in order; the whole text must match."""

_WITHOUT_YEAR = re.compile(
    r"第?[1-4]季度?|前[1-4]个?季度?|1-[2-4]季度?|[上下]半年|前?\d\d?(-\d\d?)?个?月份?[末底]?"
)
_HOW_TO_WRITE = N_("请写成2023、2023-03、2023-Q1、2023年1-3月等形式")


def parse(value: object, year: int | None = None) -> Reading | None:
    """What a cell says about time; None when it is empty.

    value   a text, a whole number (2023, 202303, 20230315), a date or a datetime
    year    the year known from the context (a sheet's title), for texts such as "3月"
    raises  CockpitError with one of the keys ambiguous_numeric_period (2023.1 is January or October),
            month_out_of_range, reversed_range, period_without_year, total_row, no_such_day, no_such_week,
            lunar_or_unknown
    source  tests/cases/intake/period_parse_cases.json
    """
    if value is None or value != value:
        return None
    if isinstance(value, datetime) and (value.hour or value.minute):
        return Reading(moment_key(value, MINUTE), "span")
    if isinstance(value, date):
        return Reading(day_key(value), "span")
    if isinstance(value, float) and not value.is_integer():
        raise _ambiguous(value)
    text = _plain(f"{value:.0f}" if isinstance(value, float) else str(value))
    if not text:
        return None
    if _TOTALS.fullmatch(text):
        raise _refusal("total_row", N_("“{text}”是合计行，不是时期"), N_("请从数据行中去掉合计行"), value)
    text, status = _status_of(text)
    text, said = _said_of(text)
    reading = _match(text, value, year)
    if said == "累计" and reading.kind == "span" and 0 < Period(reading.key).months < 12:
        month = Period(reading.key).month
        reading = Reading(months_key(reading.key // YEAR, month, month), "cumulative")
    return Reading(reading.key, reading.kind, status, reading.alone or said == "当月", reading.notes)


def _match(text: str, value: object, year: int | None) -> Reading:
    for pattern, reader in PATTERNS:
        found = re.fullmatch(pattern, text)
        if found:
            return reader(found, value)
    if _WITHOUT_YEAR.fullmatch(text):
        if year is None:
            do = N_("请在时期里写上年份，或在映射里给出年份")
            raise _refusal("period_without_year", N_("“{text}”没有写明年份"), do, value)
        return _match(f"{year}年{text}", value, None)
    if re.fullmatch(r"[\d.]+", text):
        raise _ambiguous(value)
    raise _refusal("lunar_or_unknown", N_("看不懂时期“{text}”"), _HOW_TO_WRITE, value)


def _ambiguous(value: object) -> CockpitError:
    what = N_("数字“{text}”作为时期有歧义")
    return _refusal("ambiguous_numeric_period", what, N_("请把时期列设为文本，写成2023-01或2023-10"), value)


def _status_of(text: str) -> tuple[str, str]:
    """The text without the mark of a vintage beside it, and the status which that mark means."""
    for word, status in _STATUS:
        bare = re.sub(rf"\(?{word}数?\)?$", "", text)
        if bare != text:
            return bare, status
    marked = re.fullmatch(r"(.*\d(?:月份?|年|季度?)?)\(?([RP])\)?", text)
    if marked:
        return marked[1], {"R": "revised", "P": "preliminary"}[marked[2]]
    return text, ""


def _said_of(text: str) -> tuple[str, str]:
    """The text without a word that tells cumulative from single, and that word."""
    for words, said in (("累计|累计数", "累计"), ("当月|单月|本月|当季|单季|当期", "当月")):
        bare = re.sub(rf"\(?(?:{words})\)?$", "", text)
        if bare != text:
            return bare, said
    return text, ""


def read(
    value: object,
    basis: str,
    frequency: str | None = None,
    year: int | None = None,
    cumulative: bool | None = None,
) -> int:
    """The key that a user's text means for an indicator of this basis and frequency.

    basis       ``ytd``: "2024-06" is January to June, unless the text says 当月 or a range that starts later;
                ``point``: the instant at the end of what the text names; otherwise the span as it is written
    frequency   lets the last day of a month name that month, and settles which instant a time of day is
    cumulative  what the source says (a column 累计): True reads a span as year to date, False as it stands
    raises      CockpitError, also with the key ``missing_period`` for an empty cell
    """
    reading = parse(value, year)
    if reading is None:
        raise CockpitError(Issue("missing_period", N_("没有写时期"), _HOW_TO_WRITE))
    key = _coarsened(reading, frequency, isinstance(value, date))
    period = Period(key)
    if basis == "point":
        return _instant_of(key, frequency)
    literal = reading.alone or reading.kind in ("range", "plan", "instant")
    wanted = basis == "ytd" if cumulative is None else cumulative
    if not wanted or literal or period.months > 12:
        return key
    if period.months:
        return months_key(period.year, period.month, period.month)
    return day_key(period.end, YEAR_TO_DAY) if period.span == DAY else key


def _coarsened(reading: Reading, frequency: str | None, is_date: bool) -> int:
    """A day as the month it ends (or, from a date cell, begins) when the indicator knows only months."""
    period = Period(reading.key)
    if period.span in (DAY, INSTANT) and frequency in MONTHS_OF:
        ends = period.end + timedelta(days=1)
        if period.span == INSTANT or ends.day == 1 or (is_date and period.end.day == 1):
            return months_key(period.year, period.month, 1)
        raise _refusal(
            "period_finer_than_indicator",
            N_("“{text}”是一天，而该指标按月或更长的时期统计"),
            N_("请写明月、季或年"),
            period.end.isoformat(),
        )
    if period.span == MINUTE and frequency == "hourly":
        return reading.key - reading.key % 10**5 + 59 * 1000 + HOUR
    return reading.key


def _instant_of(key: int, frequency: str | None) -> int:
    period = Period(key)
    if period.months:
        if frequency in ("daily", "weekly"):
            return day_key(period.end, INSTANT)
        return instant_key(period.year, period.month)
    return key - period.span
