"""Rounds of judging after a change of boundaries: what must be judged anew, and what breaches for added land alone."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time

import numpy as np

from data_access.alerts import StoredRule
from indicators import periods
from indicators.regions import RegionTree
from indicators.rules import Readings, Rule, judged, measured
from services.answers import Reading
from services.evaluation import HUSHED


def moved_land(
    tree: RegionTree,
    rules: Mapping[str, Rule],
    remembered: Mapping[str, StoredRule],
    places: Mapping[str, Iterable[int]],
    now: datetime,
    redrawn: Mapping[date, int],
) -> dict[str, tuple[int, ...]]:
    """Rules that were judged before a territory became another, and the regions that this is about.

    remembered  when each rule was judged last
    places      where each rule is judged
    redrawn     until when rules may have been judged without knowing of the changes of a day
    """
    until: dict[int, int] = {}
    for region in dict.fromkeys(region.code for region in tree):
        for day in tree.breaks(region):
            begun = int(datetime.combine(day, time.min, now.tzinfo).timestamp())
            until[region] = max(until.get(region, 0), begun, redrawn.get(day, 0))
    newest = max(until.values(), default=0)
    found: dict[str, tuple[int, ...]] = {}
    for code, rule in remembered.items():
        if code in rules and rule.at < newest:
            regions = tuple(one for one in places[code] if rule.at < until.get(one, 0))
            found |= {code: regions} if regions else {}
    return found


def changed_in(tree: RegionTree, regions: Iterable[int], reading: Reading, today: date) -> dict[int, date]:
    """The regions whose territory changed within a reading, or so shortly before that it still matters, and when."""
    first, last = periods.end_days(reading.periods[[0, -1]]).astype(object)
    return {
        region: day
        for region in regions
        for day in tree.breaks(region)
        if first - HUSHED.astype(object) < day <= min(last, today)
    }


def breached_before(rule: Rule, tree: RegionTree, mapped: Reading, region: int, day: date) -> bool:
    """Whether the last figure before a change of boundaries, put on those of today, breaches a rule; if in doubt.

    mapped  the figures on the boundaries of today
    """
    column = mapped.regions.tolist().index(region)
    earlier = np.flatnonzero(
        (periods.end_days(mapped.periods) < np.datetime64(day)) & np.isfinite(mapped.value[:, column])
    )
    if not len(earlier):
        return True
    last = earlier[-1:]
    values = mapped.value[np.ix_(last, [column])]
    level = np.array([[int(tree.get(region).level)]])
    readings = Readings(
        measure=values, value=values, period=mapped.periods[last][:, None], region_level=level
    )
    return bool(judged(rule, measured(rule, readings)).breach.any())
