"""A period is a span of time that a figure belongs to: a year, a quarter, January to June, a day, an instant.

Inside the house a period is one integer, its *key*: the end as YYYYMMDDHHMM, times 1000, plus a code of the
span. Codes: 0 an instant (时点), 1 a minute, 2 an hour, 3 a day, 4 a week, 100+n the n months that end there.
Months end nominally on day 31 at 23:59, so the same month a year earlier is always ``key - YEAR``.

What a figure is (当期, 累计, 时点) is thus part of its key: March alone is 101, January to March 103, whether
it is called the first quarter or the cumulative figure; 2023, the cumulative fourth quarter and the cumulative
December are one key; the merged release of January and February is 102.
"""

from dataclasses import dataclass

YEAR = 10**11
"""Subtract it from a key and get the same period of the year before (weeks excepted)."""

INSTANT, MINUTE, HOUR, DAY, WEEK, MONTHS = 0, 1, 2, 3, 4, 100


def months_key(year: int, month: int, count: int) -> int:
    """The key of the ``count`` months that end with ``month`` of ``year``."""
    return ((year * 100 + month) * 100 + 31) * 10**7 + 2359 * 1000 + MONTHS + count


def instant_key(year: int, month: int) -> int:
    """The key of the instant at the end of a month."""
    return ((year * 100 + month) * 100 + 31) * 10**7 + 2359 * 1000 + INSTANT


@dataclass(frozen=True, order=True)
class Period:
    """One period; ordered by its end, then by its length."""

    key: int

    @property
    def year(self) -> int:
        """The calendar year in which the period ends."""
        return self.key // YEAR
