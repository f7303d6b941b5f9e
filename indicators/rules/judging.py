"""Figures against bounds, for whole columns at once."""

import numpy as np

from indicators import periods
from indicators.regions import Level
from indicators.rules.values import DOWNWARD, NAN, UPWARD, Keys, Marks, Numbers, Readings, Rule, Side

OPERATORS = {
    ">": np.greater,
    ">=": np.greater_equal,
    "<": np.less,
    "<=": np.less_equal,
    "==": np.equal,
    "!=": np.not_equal,
}
"""Exact comparisons; a missing number (NaN) breaches none of them, ``!=`` included."""


def compare(rule: Rule, readings: Readings) -> tuple[Marks, Marks]:
    """Breach and hold of every latch, before asking whether there is a verdict at all."""
    x = readings.measure[..., None]
    breaches, holds = [], []
    for side in rule.sides:
        thresholds, recovery = bounds(rule, side, readings)
        breach = OPERATORS[side.op](x, thresholds)
        if side.op == "!=":  # the one comparison that a missing number would satisfy
            breach &= ~np.isnan(thresholds) & ~np.isnan(x)
        breaches.append(breach)
        holds.append(breach | _not_recovered(side.op, x, recovery))
    if len(rule.sides) == 1:
        return breaches[0], holds[0]
    low, high = breaches  # crossing from one side to the other closes nothing
    return np.concatenate(breaches, axis=-1), np.concatenate([holds[0] | high, holds[1] | low], axis=-1)


def across_break(rule: Rule, period: Keys) -> Marks:
    """Whether a break of calibre lies between the start of the period a year before and the end of this."""
    start, end = periods.start_days(periods.year_before(period)), periods.end_days(period)
    across = np.zeros(period.shape, dtype=np.bool_)
    for day in map(np.datetime64, rule.breaks):
        across |= (start < day) & (day <= end)
    return across


def across_change(rule: Rule, period: Keys) -> Marks:
    """In which periods figures begin to mean something else than in the period before."""
    start, end = periods.start_days(period), periods.end_days(period)
    across = np.zeros(period.shape, dtype=np.bool_)
    for day in map(np.datetime64, rule.breaks):
        across |= (start <= day) & (day <= end)
    return across


def _not_recovered(op: str, x: Numbers, recovery: Numbers) -> Marks:
    if op in UPWARD:
        return np.greater_equal(x, recovery)
    if op in DOWNWARD:
        return np.less_equal(x, recovery)
    return np.zeros(np.broadcast_shapes(x.shape, recovery.shape), dtype=np.bool_)


def bounds(rule: Rule, side: Side, readings: Readings) -> tuple[Numbers, Numbers]:
    """Thresholds and recovery values, with the limit of the period and the scale of the region level."""
    thresholds, recovery = side.columns
    if rule.limit_level and readings.period is not None:
        k = rule.limit_level - 1
        limit = _limit(rule, readings.period)
        shift = np.zeros((*limit.shape, len(side.thresholds)))
        shift[..., k] = np.where(np.isnan(limit), 0.0, limit - thresholds[k])
        thresholds, recovery = thresholds + shift, recovery + shift
    if rule.season and readings.period is not None:
        even = np.array(rule.season)[periods.end_months(readings.period) - 1]
        share = (even if readings.schedule is None else readings.schedule)[..., None] / 100
        thresholds, recovery = thresholds * share, recovery * share
    if rule.level_scale and readings.region_level is not None:
        factors = np.array([rule.level_scale.get(level, 1.0) for level in Level])
        factor = factors[readings.region_level][..., None]
        thresholds, recovery = thresholds * factor, recovery * factor
    return thresholds, recovery


def _limit(rule: Rule, period: Keys) -> Numbers:
    """The legal limit in force on the last day of each period; NaN where there is none."""
    day = periods.end_days(period)
    limit = np.full(period.shape, NAN)
    for version in rule.limits:
        since = version.valid_from is None or day >= np.datetime64(version.valid_from)
        until = version.valid_to is None or day <= np.datetime64(version.valid_to)
        limit = np.where(since & until, version.limit, limit)
    return limit
