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

from indicators.periods.keys import (
    DAY,
    HOUR,
    INSTANT,
    LAST_YEAR,
    MINUTE,
    MONTHS,
    MONTHS_OF,
    NO_PERIOD,
    WEEK,
    YEAR,
    YEAR_TO_DAY,
    Days,
    Keys,
    Period,
    calendar_keys,
    contains,
    day_key,
    elapsed_share,
    end_days,
    end_months,
    fiscal_quarter,
    instant_key,
    is_cumulative,
    label,
    moment_key,
    months,
    months_from_cumulative,
    months_key,
    previous,
    previous_cumulative,
    shift_months,
    spans,
    start_days,
    week_key,
    weeks_in_year,
    year_before,
    years,
)
from indicators.periods.texts import Kind, Reading, parse, read

__all__ = [
    "DAY",
    "HOUR",
    "INSTANT",
    "LAST_YEAR",
    "MINUTE",
    "MONTHS",
    "MONTHS_OF",
    "NO_PERIOD",
    "WEEK",
    "YEAR",
    "YEAR_TO_DAY",
    "Days",
    "Keys",
    "Kind",
    "Period",
    "Reading",
    "calendar_keys",
    "contains",
    "day_key",
    "elapsed_share",
    "end_days",
    "end_months",
    "fiscal_quarter",
    "instant_key",
    "is_cumulative",
    "label",
    "moment_key",
    "months",
    "months_from_cumulative",
    "months_key",
    "parse",
    "previous",
    "previous_cumulative",
    "read",
    "shift_months",
    "spans",
    "start_days",
    "week_key",
    "weeks_in_year",
    "year_before",
    "years",
]
