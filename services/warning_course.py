"""What a rule compared over time, with the bound of every level: the curve of one warning."""

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

from indicators import periods
from indicators.definition import STATUS, WARNING_LEVELS, Frequency, Indicator
from indicators.measures import MEASURES
from indicators.regions import RegionTree
from indicators.rules import OF_LEVELS, Readings, Rule, bounds, unit_compared
from services.access import SYSTEM, Actor
from services.answers import Question, Reading
from services.evaluation import Case, past
from services.query import Query
from services.rounds import WINDOWS
from services.warning_views import Bound, BreakMark, CourseView, RuleView

MOST_POINTS = 200
"""More than a curve can show apart; of a denser one the newest are shown."""


def rule_view(rule: Rule, indicator: Indicator) -> RuleView:
    """A rule in short."""
    measure = rule.measure or "value"
    found: dict[int, tuple[float, ...]] = {}
    for level in () if measure in OF_LEVELS else range(1, len(WARNING_LEVELS)):
        written = tuple(bound for bound in rule.threshold(level) if bound == bound)
        if written:
            found[level] = written
    return RuleView(
        id=rule.id,
        type=rule.type,
        measure=measure,
        op=rule.sides[0].op if rule.sides else "",
        unit=unit_compared(measure, indicator.unit),
        bounds=found,
        source=rule.source,
        version=rule.version,
        needed=rule.needed,
    )


def course_of(
    query: Query, tree: RegionTree, actor: Actor, rule: Rule, indicator: Indicator, region: int, opened: int, day: date
) -> CourseView | None:  # fmt: skip
    """The figures that a rule compared in a region, from well before a warning opened to a day.

    returns  None where there never was a figure
    """
    window = WINDOWS[indicator.frequency]
    begun = min(periods.Period(opened).end - window / 3, day - window) if opened else day - window
    last = date(day.year, 12, 31) if indicator.frequency in periods.MONTHS_OF else day
    told = rule.asks in MEASURES  # of days overdue and of other rules' levels the figure itself is shown
    if rule.chart is not None and rule.chart.reads_from is not None:
        begun = min(begun, rule.chart.reads_from)
    question = Question(
        indicators=(rule.code,),
        regions=_beside(tree, region) if rule.rank_from else (region,),
        since=int(f"{begun:%Y%m%d}") * 10**7,
        until=periods.day_key(last + timedelta(days=1)) if indicator.frequency is Frequency.REALTIME
        else periods.day_key(last),
        measures=(rule.asks if told else "value",),
    )  # fmt: skip
    # What siblings have is looked at and not shown.
    reading = query.readings(SYSTEM if rule.rank_from else actor, question).get(rule.code)
    if reading is None or region not in reading.regions:
        return None
    seen = (
        past(Case(rule, tree, reading, {}), datetime.combine(day, time.max, UTC)).measure
        if told
        else reading.value
    )
    return _course(reading, seen, rule if told else None, indicator, tree, region)


def _beside(tree: RegionTree, region: int) -> tuple[int, ...]:
    """A region and its siblings."""
    parent = tree.get(region).parent
    siblings = () if parent is None else tree.children(parent)
    return tuple(dict.fromkeys((region, *(code for code in siblings if not tree.get(code).reporting_unit))))


def _course(
    reading: Reading,
    seen: NDArray[np.float64],
    rule: Rule | None,
    indicator: Indicator,
    tree: RegionTree,
    region: int,
) -> CourseView | None:
    """The curve of a region out of what was compared; without a rule the figure itself, without bounds."""
    column, measure = reading.regions.tolist().index(region), rule.measure or "value" if rule else "value"
    compared = seen[:, column]
    there = np.flatnonzero(~np.isnan(compared))
    if not len(there):
        return None
    dense = indicator.frequency is Frequency.REALTIME  # its periods are the moments at which something came
    rows = there if dense else np.arange(there[0], there[-1] + 1)
    rows = rows[-MOST_POINTS:]
    keys = reading.periods[rows]
    return CourseView(
        measure=measure,
        unit=unit_compared(measure, indicator.unit),
        frequency=str(indicator.frequency),
        periods=tuple(keys.tolist()),
        compared=tuple(map(_number, compared[rows].tolist())),
        simulated=tuple(STATUS[status] == "simulated" for status in reading.status[rows, column].tolist()),
        bounds=bounds_over(rule, keys, compared[rows], int(tree.get(region).level)) if rule else (),
        breaks=breaks_over(indicator, keys, rule),
    )


def breaks_over(indicator: Indicator, keys: NDArray[np.int64], rule: Rule | None) -> tuple[BreakMark, ...]:
    """Where within some periods the calibre changes, and the legal limit that the rule follows, in the order of time."""
    if not len(keys):
        return ()
    first, last = periods.Period(int(keys[0])).end, periods.Period(int(keys[-1])).end
    found = [BreakMark(periods.day_key(one.date), one.reason_zh) for one in indicator.calibre_breaks]
    found += [
        BreakMark(periods.day_key(one.valid_from), limit=one.limit)
        for one in (rule.limits if rule is not None and rule.limit_level else ())
        if one.valid_from is not None
    ]
    inside = [one for one in found if first < periods.Period(one.period).end <= last]
    return tuple(sorted(inside, key=lambda one: one.period))


def bounds_over(
    rule: Rule, keys: NDArray[np.int64], compared: NDArray[np.float64], level: int
) -> tuple[Bound, ...]:
    """The bound of every level and side in each period, the mildest first."""
    readings = Readings(
        measure=compared[:, None], period=keys[:, None], region_level=np.array([[level]], np.int64)
    )
    found = []
    for side in rule.sides:
        columns = bounds(rule, side, readings)[0]
        whole = np.broadcast_to(columns, (len(keys), 1, columns.shape[-1]))[:, 0, :]
        found += [
            Bound(
                place + 1,
                side.op,
                tuple(map(_number, whole[:, place].tolist())),
                bool(rule.limits) and place + 1 == rule.limit_level,
            )
            for place in range(whole.shape[1])
            if not np.isnan(whole[:, place]).all()
        ]
    return tuple(found)


def _number(figure: float) -> float | None:
    return None if figure != figure else figure
