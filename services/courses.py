"""Answers of ``services/query`` as the small values of a view: one figure, its growth, its course over time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from indicators import periods
from indicators.catalog import Catalog
from indicators.comparison import NOTES, Note
from indicators.definition import STATUS, Basis, Frequency, Indicator
from indicators.freshness import REASONS
from indicators.measures import RATES, Targets
from services.answers import Course, Line
from services.views import Comparison, Figure, Point, Series

POINTS = "百分点"
TENTH = 0.05
"""Growth rates that differ by less print alike."""

COMPARABLE_PRICES = ("可比价", "不变价", "当年价")
"""How a definition says that its growth is at comparable prices: outright, or since the figure is at those of its year."""

YEARS_OF_MONTHS = (Frequency.MONTHLY, Frequency.QUARTERLY)
MONTHS = 12


def figure(line: Line) -> Figure:
    """The figure of a line with all that must travel with it."""
    rolled = line.origin == "rolled_up" or line.reported < line.expected
    return Figure(
        value=line.value,
        unit=line.unit,
        period=line.period or None,
        state=line.state,
        status=line.status,
        reason=REASONS.get(line.reason, line.reason) if line.value is None else "",
        reported=line.reported if rolled else None,
        expected=line.expected if rolled else None,
    )


def nothing(indicator: Indicator, period: int | None) -> Figure:
    """The figure of a region for which nothing was asked or found."""
    return Figure(None, indicator.unit, period, "missing", "missing", REASONS["no_data"])


def number(value: float) -> float | None:
    """A number, None for what is not one."""
    return None if np.isnan(value) else float(value)


def growth(indicator: Indicator, line: Line) -> list[Comparison]:
    """Growth over the year before: the published one, and the computed one beside it where they do not print alike.

    The growth computed from figures at current prices is named nominal where the published one is at comparable prices.
    """
    found = []
    rate = indicator.unit in RATES
    unit = POINTS if rate else "%"
    published, computed = line.yoy_published, line.yoy_computed
    if published is not None:
        # what is printed as the growth of a rate is a growth rate all the same
        found.append(Comparison("yoy", published, "%" if not rate else unit))
    if computed is not None and (published is None or abs(published - computed) >= TENTH):
        kind = "yoy_nominal" if real_growth(indicator) else "yoy_computed"
        found.append(Comparison("yoy_recast" if line.note is Note.BACK_CAST else kind, computed, unit))
    return found


def real_growth(indicator: Indicator) -> bool:
    """Whether the growth that is published of a level is at comparable prices, so that a computed one is another measure."""
    if indicator.unit in RATES:
        return False
    measure = indicator.rule.mapping.get("measure") if indicator.rule is not None else None
    return measure == "yoy_real_pct" or any(
        word in text for word in COMPARABLE_PRICES for text in (indicator.definition_zh, indicator.calibre_zh)
    )


def growth_note(indicator: Indicator, line: Line) -> str:
    """Why there is no computed growth, or what to know about it, as a message."""
    if line.note is Note.DIFFERS and real_growth(indicator):
        return ""
    return NOTES.get(line.note, "") if line.note is not Note.NONE else ""


def department(catalog: Catalog, indicator: Indicator, language: str) -> str:
    """The name of who answers for a figure."""
    found = catalog.departments.get(indicator.department)
    if found is None:
        return indicator.department
    return found.name_en if language == "en" else found.name_zh


# ---- over time


def breaks_within(
    indicator: Indicator, series: Sequence[Series], by_year: bool = False
) -> tuple[tuple[int, str], ...]:
    """The breaks of the calibre that lie within the lines of a trend, with the reason of each."""
    first, last = _days(series, by_year or seasonal(indicator))
    return tuple(
        (periods.day_key(one.date), one.reason_zh)
        for one in indicator.calibre_breaks
        if first < one.date <= last
    )


def limits_within(
    indicator: Indicator, series: Sequence[Series], by_year: bool = False
) -> tuple[tuple[int, float], ...]:
    """Where within the lines of a trend another legal limit begins to hold, and that limit."""
    first, last = _days(series, by_year or seasonal(indicator))
    return tuple(
        (periods.day_key(one.valid_from), one.limit)
        for one in indicator.limit_versions
        if one.valid_from is not None and first < one.valid_from <= last
    )


def ground_within(days: Sequence[date], series: Sequence[Series], by_year: bool) -> tuple[int, ...]:
    """The periods within the lines of a trend in which a territory becomes another."""
    first, last = _days(series, by_year)
    return tuple(periods.day_key(day) for day in days if first < day <= last)


def _days(series: Sequence[Series], by_year: bool) -> tuple[date, date]:
    """The first and the last day that the lines of a trend speak of; a year is set beside the one before."""
    shown = [point.period for one in series if one.key != "target" for point in one.points]
    if not shown:
        return date.max, date.min
    first: date = periods.start_days(np.array([min(shown)]))[0].astype(date)
    return (first.replace(year=first.year - 1, day=1) if by_year else first), periods.Period(max(shown)).end


def limit_line(indicator: Indicator, own: Sequence[Point], today: date | None = None) -> Series | None:
    """The legal limit under each period as it held then; with ``today`` that of today under all, which is a what-if."""
    if not indicator.limit_versions:
        return None
    points = tuple(
        Point(point.period, indicator.limit(today or periods.Period(point.period).end)) for point in own
    )
    return Series("limit", "", points) if any(point.value is not None for point in points) else None


@dataclass(frozen=True)
class TargetCourse:
    """What a region is to reach, and how much of it by the end of each month.

    versions  of the definition: the defaults of a year are those of the version in force at its end
    """

    targets: Targets
    indicator: Indicator
    region: int
    versions: Sequence[Indicator] = ()

    def year(self, year: int) -> float | None:
        """The target of a year for the figure itself: of the region, else of the definition."""
        own = self.targets.target(self.indicator.code, self.region, year)
        if own is not None and own.value is not None and own.measure == "value":
            return own.value
        held = (one for one in self.versions if one.holds(date(year, MONTHS, 31)))
        return next(held, self.indicator).targets.get(year)

    def due(self, year: int, month: int) -> float | None:
        """What is due by the end of a month: the year's target along its season curve, else along the calendar.

        The course of a rate of completion is the curve itself.
        """
        curve = self.targets.curve(self.indicator.code, self.region, year)
        share = curve[month - 1] if curve else 100.0 * month / MONTHS
        if self.indicator.unit in RATES:
            scheduled = self.indicator.rule is not None and self.indicator.rule.type == "schedule_gap"
            return share if scheduled else None
        target = self.year(year)
        return None if target is None else target * share / 100.0


def kind_of_target(targets: Targets, indicator: Indicator, line: Line) -> str:
    """Whether a figure has a target of its own region, or only what the catalogue gives where there is none."""
    own = targets.target(indicator.code, line.region, line.period // periods.YEAR)
    return "target" if own is not None and own.value is not None else "target_default"


def seasonal(indicator: Indicator) -> bool:
    """Whether figures run up through the year, so that a year is set beside a year."""
    return indicator.basis is Basis.YTD and indicator.frequency in YEARS_OF_MONTHS


def runs_up_by_the_day(indicator: Indicator) -> bool:
    """Whether figures run up through the year from day to day: a month is as fine as a year is looked at."""
    return indicator.basis is Basis.YTD and indicator.frequency in (Frequency.DAILY, Frequency.WEEKLY)


def beside(course: Course | None, own: Course, name: str) -> Series | None:
    """The course of a region above on the periods of one's own; None where there are not two figures."""
    if course is None:
        return None
    points = tuple(Point(int(period), value_at(course, int(period))) for period in own.periods)
    known = sum(point.value is not None for point in points)
    return Series("benchmark", name, points) if known > 1 else None


def value_at(course: Course | None, period: int) -> float | None:
    """The figure of a course at a period."""
    if course is None:
        return None
    spot = np.flatnonzero(course.periods == period)
    return number(course.value[spot[0]]) if len(spot) else None


def course_lines(
    indicator: Indicator, course: Course | None, target: TargetCourse, by_year: bool = False
) -> tuple[Series, ...]:
    """The lines of a trend, small or large; empty without two figures.

    by_year  sets a year beside a year, also of what is not always shown so
    """
    if course is None or np.isfinite(course.value).sum() < 2:
        return ()
    points = _points(course)
    return _by_year(points, target) if by_year or seasonal(indicator) else _in_a_row(points, target)


def _points(course: Course) -> list[Point]:
    partial = course.partial
    return [
        Point(
            int(period),
            number(value),
            "partial" if partial[i] else "ok",
            STATUS[course.status[i]],
            course.recast is not None and bool(course.recast[i]),
        )
        for i, (period, value) in enumerate(zip(course.periods, course.value, strict=True))
    ]


def _by_year(points: Sequence[Point], target: TargetCourse) -> tuple[Series, ...]:
    """The newest year with figures, the year before shifted onto it, and what is due."""
    newest = max(point.period for point in points if point.value is not None) // periods.YEAR
    this = tuple(point for point in points if point.period // periods.YEAR == newest)
    last = tuple(
        replace(point, period=point.period + periods.YEAR)
        for point in points if point.period // periods.YEAR == newest - 1
    )  # fmt: skip
    found = [Series("current", str(newest), this)]
    if any(point.value is not None for point in last):
        found.append(Series("previous", str(newest - 1), last))
    due = [(month, target.due(newest, month)) for month in range(1, MONTHS + 1)]
    if all(value is not None for _, value in due):
        found.append(Series("target", "", tuple(
            Point(periods.months_key(newest, month, month), value) for month, value in due
        )))  # fmt: skip
    return tuple(found)


def _in_a_row(points: Sequence[Point], target: TargetCourse) -> tuple[Series, ...]:
    """The figures in the order of time, and the target of each year as steps."""
    first = next(i for i, point in enumerate(points) if point.value is not None)
    shown = tuple(points[first:])
    found = [Series("current", "", shown)]
    steps = tuple(Point(point.period, target.year(point.period // periods.YEAR)) for point in shown)
    if all(point.value is not None for point in steps):
        found.append(Series("target", "", steps))
    return tuple(found)
