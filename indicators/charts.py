"""Control charts on columns of standardised figures: run rules, CUSUM, EWMA.

Figures stand period after period along the first axis, one column per series; NaN is a period without a figure and is
passed over: the points of a chart are the figures that are there. A rule marks the last point of its pattern, and
limits are strict: a point exactly on a limit is not beyond it.
source  docs/methods.md, "控制图"
"""

from collections.abc import Callable, Mapping
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]


class Lean(StrEnum):
    """Which side of the centre is bad."""

    BOTH = "both"
    UPPER = "upper"
    LOWER = "lower"


def on_points(values: Floats, work: Callable[[Floats], Floats]) -> Floats:
    """A computation on points alone: gaps are closed before it and opened again after it.

    work  takes and gives columns of points, the oldest first; what is NaN at their end is no point
    """
    there = ~np.isnan(values)
    order = np.argsort(~there, axis=0, kind="stable")
    done = work(np.take_along_axis(values, order, axis=0))
    spread = np.empty_like(done)
    np.put_along_axis(spread, order, done, axis=0)
    return np.where(there, spread, np.nan)


def standardised(values: Floats, centre: Floats, deviation: Floats) -> Floats:
    """Figures in standard deviations from the centre; NaN where nothing varied."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(deviation > 0, (values - centre) / deviation, np.nan)


def in_control(values: Floats, declared: Marks, least: int) -> tuple[Floats, Floats]:
    """Centre and standard deviation (n − 1) of each column over the declared in-control period.

    declared  which periods belong to it
    least     how many figures there must be; with fewer both are NaN
    """
    kept = np.where(declared[:, None], values, np.nan)
    there = ~np.isnan(kept)
    count = there.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = np.where(there, kept, 0.0).sum(axis=0) / count
        apart = np.where(there, kept - centre, 0.0)
        deviation = np.sqrt((apart**2).sum(axis=0) / (count - 1))
    enough = count >= max(least, 2)
    return np.where(enough, centre, np.nan), np.where(enough, deviation, np.nan)


def cusum(z: Floats, slack: float, lean: Lean = Lean.BOTH) -> Floats:
    """The cumulative sum of what exceeds the slack, in standard deviations; the larger of the two sides.

    source  NIST/SEMATECH e-Handbook 6.3.2.3
    """

    def summed(points: Floats) -> Floats:
        upper, lower = np.zeros(points.shape[1]), np.zeros(points.shape[1])
        sums = np.empty_like(points)
        for nth, point in enumerate(points):
            upper = np.maximum(0.0, upper + point - slack)
            lower = np.maximum(0.0, lower - point - slack)
            sums[nth] = _of_sides(upper, lower, lean)
        return sums

    return on_points(z, summed)


def ewma(z: Floats, weight: float) -> tuple[Floats, Floats]:
    """The exponentially weighted mean of standardised figures, from the centre on, and its standard deviation.

    source  NIST/SEMATECH e-Handbook 6.3.2.4
    """

    def averaged(points: Floats) -> Floats:
        mean, means = np.zeros(points.shape[1]), np.empty_like(points)
        for nth, point in enumerate(points):
            mean = weight * point + (1 - weight) * mean
            means[nth] = mean
        return means

    def spread(points: Floats) -> Floats:
        nth = np.arange(1, len(points) + 1)[:, None]
        wide = np.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * nth)))
        return np.broadcast_to(wide, points.shape).copy()

    return on_points(z, averaged), on_points(z, spread)


def strayed(z: Floats, weight: float, lean: Lean = Lean.BOTH) -> Floats:
    """How many of its own standard deviations the weighted mean lies from the centre, on the bad side."""
    mean, deviation = ewma(z, weight)
    return _of_sides(mean / deviation, -mean / deviation, lean)


def runs(z: Floats, pattern: str, lean: Lean = Lean.BOTH) -> Marks:
    """Where a pattern of run rules ends: ``WE1`` to ``WE4``, ``N1`` to ``N8``."""
    find = PATTERNS[pattern]

    def found(points: Floats) -> Floats:
        upper, lower = (find(side) for side in (points, -points))
        marks = {Lean.BOTH: upper | lower, Lean.UPPER: upper, Lean.LOWER: lower}[lean]
        return marks.astype(np.float64)

    marks: Marks = on_points(z, found) == 1.0
    return marks


def course(values: Floats, reach: int, broken: Marks | None = None) -> tuple[Floats, Floats]:
    """How many times in a row figures fell, and rose, up to each period; equal figures end both.

    reach   so many periods are looked back over, the present one included: what lies before plays no part
    broken  periods in which figures begin to mean something else: the change into them counts for nothing
    """
    before = _last_before(values)
    changed = values - before
    if broken is not None:
        changed[broken] = 0.0
    there = ~np.isnan(values)
    passed = np.cumsum(there, axis=0)
    inside = passed - np.concatenate([np.zeros((reach, values.shape[1]), int), passed])[: len(values)]
    falls, rises = (
        np.where(there, np.minimum(_in_a_row(marks, there), inside - 1), np.nan)
        for marks in (changed < 0, changed > 0)
    )
    return falls, rises


def _of_sides(upper: Floats, lower: Floats, lean: Lean) -> Floats:
    if lean is Lean.UPPER:
        return upper
    return lower if lean is Lean.LOWER else np.maximum(upper, lower)


def _last_before(values: Floats) -> Floats:
    """For each period the last figure before it."""
    place = np.where(np.isnan(values), -1, np.arange(len(values))[:, None])
    last = np.maximum.accumulate(place, axis=0)
    before = np.concatenate([np.full((1, values.shape[1]), -1), last[:-1]])
    return np.where(before >= 0, np.take_along_axis(values, np.maximum(before, 0), axis=0), np.nan)


def _in_a_row(marks: Marks, there: Marks) -> Floats:
    """How many marks in a row end at each period; a period without a figure neither counts nor ends a row."""
    counted = np.cumsum(marks, axis=0)
    ended = np.where(there & ~marks, counted, 0)
    return (counted - np.maximum.accumulate(ended, axis=0)).astype(np.float64)


def _among(marks: Marks, needed: int, window: int) -> Marks:
    """Where a marked point is at least the so-manieth of the last few."""
    total = np.cumsum(marks, axis=0)
    earlier = np.concatenate([np.zeros((window, marks.shape[1]), int), total])[: len(marks)]
    found: Marks = marks & (total - earlier >= needed)
    return found


def _row(marks: Marks, length: int) -> Marks:
    return _among(marks, length, length)


def _steps(points: Floats) -> Floats:
    """The change into each point; NaN into the first."""
    return np.concatenate([np.full((1, points.shape[1]), np.nan), np.diff(points, axis=0)])


def _alternating(points: Floats) -> Marks:
    steps = _steps(points)
    turned = np.concatenate([np.zeros((1, points.shape[1]), np.bool_), steps[1:] * steps[:-1] < 0])
    return _row(turned, 12)  # fourteen points have thirteen steps and twelve turns


def _away(points: Floats) -> Marks:
    return _row(np.abs(points) > 1, 8)


PATTERNS: Mapping[str, Callable[[Floats], Marks]] = {
    "WE1": lambda z: z > 3,
    "WE2": lambda z: _among(z > 2, 2, 3),
    "WE3": lambda z: _among(z > 1, 4, 5),
    "WE4": lambda z: _row(z > 0, 8),
    "N1": lambda z: z > 3,
    "N2": lambda z: _row(z > 0, 9),
    "N3": lambda z: _row(_steps(z) > 0, 5),
    "N4": _alternating,
    "N5": lambda z: _among(z > 2, 2, 3),
    "N6": lambda z: _among(z > 1, 4, 5),
    "N7": lambda z: _row(np.abs(z) < 1, 15),
    "N8": _away,
}
"""Western Electric and Nelson rules by their words, each for points above the centre; N4, N7 and N8 have no side."""
