"""Indicators that usually move before another one, and whether they did before a warning opened.

source  docs/methods.md, "预警归因"
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from indicators import periods
from indicators.catalog import Catalog
from indicators.definition import Frequency, Indicator
from indicators.drivers import Move, onset
from indicators.errors import N_
from indicators.measures import RATES
from services import access, courses
from services.access import Actor
from services.alerts import AlertView
from services.answers import Answer, Question
from services.answers import Course as Figures
from services.drivers_views import Leading
from services.query import Query
from services.texts import Texts
from services.views import Mark

MONTHLY = (Frequency.MONTHLY, Frequency.QUARTERLY, Frequency.YEARLY)

HISTORY = 36
"""So many periods before the opening of a warning are looked at: three years of months, five weeks of days."""

BAD = {"higher_better": -1, "lower_better": 1}
"""The bad way of an indicator; of any other, both ways count."""


class Leads:
    """Finds what leads an indicator in the relations of the catalogue."""

    def __init__(self, query: Query, catalog: Catalog) -> None:
        self._query = query
        self._catalog = catalog
        self.codes = lru_cache(maxsize=None)(self._codes)

    def _codes(self, code: str) -> tuple[str, ...]:
        """What leads an indicator, what it is computed from, or what is warned of by its rule."""
        about = {code, *self._catalog.inputs(code)}
        about |= {
            one.code for one in self._catalog.newest()
            if one.rule is not None and one.rule.type == "refer" and one.rule.mapping.get("code") == code
        }  # fmt: skip
        found = [
            one.code for one in self._catalog.newest()
            if any(relation.type in ("leads", "offsets") and relation.code in about for relation in one.related)
        ]  # fmt: skip
        return tuple(one for one in dict.fromkeys(found) if one not in about)

    def of(
        self, actor: Actor, alert: AlertView, texts: Texts, marks: Mapping[tuple[str, int], Mark]
    ) -> tuple[Leading, ...]:
        """The indicators that lead an alert's, those that moved before it first, the earliest of them foremost."""
        codes = tuple(
            code for code in self.codes(alert.indicator)
            if access.may(actor, "view", system=self._catalog.get(code).system)
        )  # fmt: skip
        if not codes:
            return ()
        question = Question(codes, (alert.region,), until=alert.opened, history=HISTORY)
        answer = self._query.ask(actor, question)
        found = [
            self._one(self._catalog.get(code), answer, alert, texts, marks.get((code, alert.region)))
            for code in codes
        ]
        return tuple(sorted(found, key=lambda one: (not one.moved, bool(one.reason), -one.ahead)))

    def _one(
        self, indicator: Indicator, answer: Answer, alert: AlertView, texts: Texts, mark: Mark | None
    ) -> Leading:
        line = answer.row(indicator.code, alert.region)
        course = answer.series(indicator.code, alert.region)
        name, figure = indicator.name(texts.language), courses.figure(line) if line else None
        if course is None or line is None or line.value is None:
            return Leading(indicator.code, name, figure, mark=mark, reason=texts.t(N_("那时没有它的数")))
        keys, values = _until(course, alert.opened)
        shown, growth = _seasonless(indicator, keys, values)
        move = onset(shown, BAD.get(str(indicator.polarity), 0))
        plain = Leading(
            indicator.code, name, figure, frequency=str(indicator.frequency), mark=mark, growth=growth
        )
        return plain if move is None else _moved(plain, indicator, keys, move)


def _moved(still: Leading, indicator: Indicator, keys: NDArray[np.int64], move: Move) -> Leading:
    """The same with its move."""
    rate = indicator.unit in RATES or still.growth
    return Leading(
        still.code, still.name, still.figure, int(keys[move.place]), len(keys) - 1 - move.place, move.rising,
        move.last - move.usual, courses.POINTS if rate else indicator.unit, still.growth, still.frequency, still.mark,
    )  # fmt: skip


def _until(course: Figures, opened: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The course up to the period in which the warning opened."""
    end = periods.end_days(np.array([opened]))[0]
    there = periods.end_days(course.periods) <= end
    return course.periods[there], np.where(course.partial, np.nan, course.value)[there]


def _seasonless(
    indicator: Indicator, keys: NDArray[np.int64], values: NDArray[np.float64]
) -> tuple[NDArray[np.float64], bool]:
    """The change over the year before where there is enough of it, since figures of a year have seasons.

    returns  the course, and whether it is that of the growth of a level
    """
    if indicator.frequency not in MONTHLY:
        return values, False
    known = dict(zip(keys.tolist(), values.tolist(), strict=True))
    base = np.array([known.get(key, np.nan) for key in periods.year_before(keys).tolist()])
    with np.errstate(invalid="ignore", divide="ignore"):
        grown = (
            values - base
            if indicator.unit in RATES
            else np.where(base > 0, 100 * (values / base - 1), np.nan)
        )
    enough = np.isfinite(grown).sum() * 2 > np.isfinite(values).sum()
    return (grown, indicator.unit not in RATES) if enough else (values, False)


def first_words(leading: Sequence[Leading], most: int) -> list[Leading]:
    """Those worth a place in a sentence."""
    return [one for one in leading if one.moved][:most]
