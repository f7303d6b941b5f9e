"""Working days: weekends, public holidays of China with their make-up days (调休), and what was corrected by hand.

The library knows what the State Council has announced; of a year that is not announced yet it knows the statutory
holidays alone. A correction, from the pack's ``workdays.yaml`` or made in the product, wins over both.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import holidays
import yaml

from indicators.errors import N_, CockpitError, Issue

Corrections = Mapping[date, bool]
LONGEST = 370
"""So many days at most lie between a day and the one sought: a calendar that has no working day is refused."""


class Workdays:
    """Counts working days.

    corrections  what was corrected by hand, asked for anew every time: True for a day that is worked
    fixed        corrections of the pack; those made in the product win over them
    """

    def __init__(
        self, corrections: Callable[[], Corrections] = dict, fixed: Corrections | None = None
    ) -> None:
        self._corrections = corrections
        self._fixed = dict(fixed or {})
        self._library: Any = holidays.country_holidays("CN", language="zh_CN")

    def works(self, day: date) -> bool:
        """Whether the day is a working day."""
        return self._works(day, self._by_hand())

    def after(self, day: date, count: int) -> date:
        """The working day that is so many working days after a day; 0: the day itself, or the next one worked.

        raises  CockpitError ``no_workdays`` for a calendar without working days
        """
        by_hand = self._by_hand()
        found, left = day, count
        for _ in range(LONGEST + 2 * count):
            if left == 0 and self._works(found, by_hand):
                return found
            found += timedelta(days=1)
            if left and self._works(found, by_hand):
                left -= 1
        raise CockpitError(Issue("no_workdays", N_("日历里找不到工作日。"), N_("请检查工作日的更正。")))

    def between(self, first: date, last: date) -> int:
        """How many working days lie after `first`, up to and including `last`."""
        by_hand = self._by_hand()
        days = (first + timedelta(days=number) for number in range(1, (last - first).days + 1))
        return sum(self._works(day, by_hand) for day in days)

    def name(self, day: date) -> str:
        """What a holiday is called, or what it was swapped with; empty for a plain day."""
        return str(self._library.get(day, ""))

    def announced(self, year: int) -> bool:
        """Whether the make-up days of a year are known."""
        self._library.get(date(year, 1, 1))
        return any(day.year == year for day in tuple(self._library.weekend_workdays))

    def _by_hand(self) -> Corrections:
        return {**self._fixed, **self._corrections()}

    def _works(self, day: date, by_hand: Corrections) -> bool:
        found = by_hand.get(day)
        return bool(self._library.is_working_day(day)) if found is None else found


def read_fixed(path: Path | None) -> dict[date, bool]:
    """The corrections of a pack: ``work:`` and ``rest:``, each a list of days; none where it has no such file.

    raises  CockpitError ``bad_workdays``
    """
    if path is None:
        return {}
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8-sig")) or {}
        lists = {works: told.get(word) or [] for word, works in (("rest", False), ("work", True))}
        return {date.fromisoformat(str(day)): works for works, days in lists.items() for day in days}
    except (yaml.YAMLError, ValueError, AttributeError, TypeError) as error:
        raise CockpitError(
            Issue("bad_workdays", N_("读不懂工作日的更正：{reason}"), N_("写作 work: [2027-02-14] 和 rest: [2027-02-15]。"),
                  str(path), params={"reason": " ".join(str(error).split())})
        ) from None  # fmt: skip
