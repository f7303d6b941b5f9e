"""The measures of the vocabulary, on figures laid out in panels: 同比, 环比, 时序进度, gaps to target and benchmark.

Every measure is a column beside the cells that are asked for; a cell is (series, region, period) in a panel.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from indicators import comparison, periods
from indicators.comparison import Note
from indicators.definition import Basis, DataStatus, Frequency, Indicator, Target
from indicators.evaluate import Figures, Origin, Panel, least_certain
from indicators.periods import MONTHS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Small = NDArray[np.int8]
Index = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]

MEASURES = (
    "value",
    "yoy_pct",
    "yoy_real_pct",
    "yoy_pp",
    "mom_pct",
    "schedule_gap_pp",
    "target_gap_pp",
    "benchmark_gap_pp",
    "baseline_z",
)
"""Every measure of the vocabulary."""

SCHEDULE = "schedule_pct"
"""Beside them: how much of a year's task should be done by the end of each period, which bounds may follow."""

RATES = frozenset({"%", "‰", "百分点", "％"})
"""Units of rates: these differ in percentage points and are not divided by each other."""

BASELINE: dict[Frequency, tuple[int, int]] = {
    Frequency.REALTIME: (14, 5),
    Frequency.HOURLY: (14, 5),
    Frequency.DAILY: (12, 6),
    Frequency.WEEKLY: (12, 6),
    Frequency.MONTHLY: (5, 3),
    Frequency.QUARTERLY: (5, 3),
    Frequency.YEARLY: (5, 3),
}
"""How many of the same periods of the past make a baseline, and how many there must be at the least: years of the
same month; weeks of the same weekday; days of the same hour (docs/methods.md, "与自身历史同期比")."""


class Targets(Protocol):
    """What regions are to reach, and by which course of the year (``data_access.targets``)."""

    def target(self, indicator: str, region: int, year: int) -> Target | None:
        """The target with a number of a region for a year."""
        ...

    def curve(self, indicator: str, region: int, year: int | None = None) -> tuple[float, ...] | None:
        """The part of the year's target due by the end of each month, in percent; None for an even course."""
        ...


@dataclass(frozen=True)
class Growth:
    """Growth over the year before, published and computed, which are two facts.

    base    the figure of the year before
    note    why there is no computed growth, or what to know about it (``comparison.Note``)
    status  of the computed growth: the less certain of its two ends
    """

    published: Floats
    computed: Floats
    base: Floats
    note: Small
    status: Small

    @property
    def best(self) -> Floats:
        """The published growth where there is one, else the computed."""
        return np.where(np.isfinite(self.published), self.published, self.computed)


class Measures:
    """The measures of cells of one panel.

    at  positions of series, region and period; arrays that broadcast against each other
    """

    def __init__(self, figures: Figures, panel: Panel, at: Index, targets: Targets | None = None) -> None:
        self.figures = figures
        self.panel = panel
        self.at = at
        self.targets = targets
        self._growth: Growth | None = None

    def of(self, name: str) -> Floats:
        """A measure by its word."""
        return _BY_NAME[name](self)

    @property
    def value(self) -> Floats:
        """The figures themselves."""
        return self.panel.value[self.at]

    @property
    def keys(self) -> Ints:
        """The period keys of the cells."""
        return self.panel.keys[self.at[2]]

    def _indicator(self, place: int) -> Indicator:
        return self.figures.indicators[self.panel.series[place][0]]

    def _by_series(self, fact: Callable[[Indicator], object]) -> NDArray[np.generic]:
        """A fact of each series, spread over the cells."""
        facts = np.array([fact(self._indicator(place)) for place in range(len(self.panel.series))])
        return facts[self.at[0]]

    @property
    def rate(self) -> NDArray[np.bool_]:
        """Which cells hold rates."""
        return self._by_series(lambda indicator: indicator.unit in RATES).astype(bool)

    def _elsewhere(self, array: NDArray[Any], keys: Ints) -> Floats:
        """The same series and region in other periods, one for each key of the panel; NaN where there is none."""
        column, there = self.panel.find(keys)
        found = array[self.at[0], self.at[1], column[self.at[2]]]
        return np.where(there[self.at[2]], found, np.nan)

    # -- growth ------------------------------------------------------------------------------------------------

    def growth(self) -> Growth:
        """同比: over the same period of the year before.

        source  docs/methods.md, "同比"
        """
        if self._growth is None:
            self._growth = self._computed_growth()
        return self._growth

    def _computed_growth(self) -> Growth:
        value = self.value
        before = self.panel.year_before
        base = self._elsewhere(self.panel.value, before)
        percent, note = comparison.growth(value, base)
        gap, gap_note = comparison.difference(value, base)
        rate = self.rate
        percent, note = np.where(rate, gap, percent), np.where(rate, gap_note, note)
        broken = self._broken(before)
        part = self.panel.reported[self.at] < self.panel.expected[self.at]
        half = self._elsewhere(self.panel.reported, before) < self._elsewhere(self.panel.expected, before)
        for wrong, why in ((part | half, Note.PARTIAL), (broken > 0, broken)):
            note = np.where(wrong & np.isfinite(percent), why, note)
            percent = np.where(wrong, np.nan, percent)
        row = self.panel.row[self.at]
        yoy = self.figures.columns["yoy"].astype(np.float64)
        published = np.where(row >= 0, yoy[row], np.nan) if len(yoy) else np.full(value.shape, np.nan)
        column, there = self.panel.find(before)
        now = self.panel.status[self.at]
        then = np.where(there[self.at[2]], self.panel.status[self.at[0], self.at[1], column[self.at[2]]], now)
        # A simulated base says nothing about a published growth.
        real = (then != DataStatus.SIMULATED) | (now == DataStatus.SIMULATED)
        recast = self._elsewhere(self.panel.origin, before) == Origin.BACK_CAST
        note = np.where(recast & np.isfinite(percent), Note.BACK_CAST, note)
        far = comparison.differs(published, percent) & ~rate & real
        note = np.where(far, Note.DIFFERS, note).astype(np.int8)
        return Growth(published, percent, base, note, least_certain([now, then]))

    def _broken(self, before: Ints) -> Small:
        """The note where calibre or territory changed between a period and an earlier one, else 0.

        before  for each column of the panel the key of the earlier period
        """
        now, then = self.panel.ends, periods.end_days(before)
        marks = np.zeros((len(self.panel.series), len(self.figures.regions), len(now)), np.int8)
        for place, (code, _) in enumerate(self.panel.series):
            for day in np.array(self.figures.breaks(code), "datetime64[D]"):
                marks[place][:, (then < day) & (day <= now)] = Note.CALIBRE_BREAK
        for place, region in enumerate(self.figures.regions):
            for day in np.array(self.figures.ground.get(region, ()), "datetime64[D]"):
                marks[:, place, (then < day) & (day <= now)] = Note.BOUNDARY_CHANGE
        return np.where(self._recast(before) & (marks[self.at] == Note.CALIBRE_BREAK), 0, marks[self.at])

    def _recast(self, before: Ints) -> NDArray[np.bool_]:
        """Where a figure before a break is counted as one after it: both ends mean the same then."""
        origin = self.panel.origin
        if not (origin == Origin.BACK_CAST).any():
            return np.zeros(np.broadcast(*self.at).shape, bool)
        last = np.full(len(self.panel.series), np.datetime64("9999-12-31"), "datetime64[D]")
        for place in range(len(self.panel.series)):
            linked = [one.date for one in self._indicator(place).calibre_breaks if one.backcast]
            if linked:
                last[place] = np.datetime64(max(linked), "D")
        same = (origin[self.at] == Origin.BACK_CAST) | (self.panel.ends[self.at[2]] >= last[self.at[0]])
        recast: NDArray[np.bool_] = same & (self._elsewhere(origin, before) == Origin.BACK_CAST)
        return recast

    def yoy_pct(self) -> Floats:
        """Growth in percent: the published one, else the computed; none computed for a rate."""
        growth = self.growth()
        return np.where(self.rate & ~np.isfinite(growth.published), np.nan, growth.best)

    def yoy_real_pct(self) -> Floats:
        """Growth at comparable prices, which only its publisher can know."""
        return self.growth().published

    def yoy_pp(self) -> Floats:
        """The change of a rate over a year, in percentage points."""
        return np.where(self.rate, self.growth().computed, np.nan)

    def mom_pct(self) -> Floats:
        """环比: over the period just before, of equal length; cumulative figures are taken apart first.

        There is none for March after a merged release, nor for the merged release itself.
        source  docs/methods.md, "环比"
        """
        panel = self.panel
        step = periods.MONTHS_OF.get(panel.shape.frequency, 0)
        if panel.shape.basis is Basis.YTD and step:
            before = periods.previous_cumulative(panel.keys, panel.shape.frequency, panel.shape.merged)
            first = periods.months(panel.keys) == step
            alone = np.where(first[self.at[2]], self.value, self._apart(panel.value, panel.keys, before))
            prior = periods.shift_months(panel.keys, -step)
            prior = prior - prior % 1000 + MONTHS + periods.end_months(prior)
            earlier = periods.previous_cumulative(prior, panel.shape.frequency, panel.shape.merged)
            previous = np.where(
                (periods.months(prior) == step)[self.at[2]],
                self._elsewhere(panel.value, prior),
                self._apart(panel.value, prior, earlier),
            )
            return self._unbroken(
                comparison.growth(alone, previous)[0], np.where(earlier > 0, earlier, prior)
            )
        before = periods.previous(panel.keys, panel.shape.frequency)
        return self._unbroken(comparison.growth(self.value, self._elsewhere(panel.value, before))[0], before)

    def _unbroken(self, compared: Floats, before: Ints) -> Floats:
        """A comparison with earlier periods, but where calibre or territory changed in between."""
        return np.where(self._broken(np.where(before > 0, before, self.panel.keys)) > 0, np.nan, compared)

    def _apart(self, array: Floats, longer: Ints, shorter: Ints) -> Floats:
        return comparison.difference_within_year(
            self._elsewhere(array, longer), self._elsewhere(array, shorter)
        )[0]

    # -- schedule, target, benchmark, baseline -----------------------------------------------------------------

    def _by_year(self, shape: tuple[int, ...]) -> dict[tuple[int, int, int], NDArray[np.bool_]]:
        """Where the cells of each (series, region, year) are."""
        series, region = (np.broadcast_to(place, shape) for place in self.at[:2])
        year = np.broadcast_to(periods.years(self.keys), shape)
        code = (series * len(self.figures.regions) + region) * 10_000 + year
        known, which = np.unique(code, return_inverse=True)
        which = which.reshape(shape)
        return {
            (
                one // 10_000 // len(self.figures.regions),
                one // 10_000 % len(self.figures.regions),
                one % 10_000,
            ): which == n
            for n, one in enumerate(known.tolist())
        }

    def target(self) -> Floats:
        """The target of each cell: that of its region and year, else the newest of the definition up to its year."""
        found = np.full(np.broadcast(*self.at).shape, np.nan)
        for (series, region, year), here in self._by_year(found.shape).items():
            found[here] = self._target(series, region, year)
        return found

    def _target(self, series: int, region: int, year: int) -> float:
        indicator = self._indicator(series)
        own = (
            self.targets.target(indicator.code, self.figures.regions[region], year) if self.targets else None
        )
        if own is not None and own.value is not None and own.measure == "value":
            return own.value
        targets = self.figures.definition(indicator.code, date(year, 12, 31)).targets
        past = [given for given in targets if given <= year]
        return float(targets[max(past)]) if past else float("nan")

    def schedule(self) -> Floats:
        """How far a plan should be at the end of each period, in percent: its season curve, else the year elapsed."""
        shape = np.broadcast(*self.at).shape
        due = np.broadcast_to(self.panel.progress[self.at[2]], shape).copy()
        month = np.broadcast_to(periods.end_months(self.keys), shape)
        for (series, region, year), here in self._by_year(shape).items() if self.targets else ():
            curve = self.targets and self.targets.curve(
                self.panel.series[series][0], self.figures.regions[region], year
            )
            if curve:
                due[here] = np.array(curve)[month[here] - 1]
        return due

    def schedule_gap_pp(self) -> Floats:
        """时序进度差: completion less schedule; a rate is its own completion, other figures need a target.

        source  docs/methods.md, "时序进度"
        """
        done = np.where(self.rate, self.value, comparison.completion(self.value, self.target()))
        return done - self.schedule()

    def target_gap_pp(self) -> Floats:
        """The figure less its target, in its own unit."""
        return np.round(self.value - self.target(), 10)

    def benchmark(self) -> Floats:
        """What each cell is set beside: another indicator of the region, or the indicator of the region above."""
        shape = np.broadcast(*self.at).shape
        found = np.full(shape, np.nan)
        series, region, period = (np.broadcast_to(place, shape) for place in self.at)
        for place in np.unique(series):
            code, where = benchmark_of(self._indicator(int(place)))
            here = series == place
            block = self.figures.at((code, self.panel.series[place][1]), self.panel).value
            if where == "parent":
                above = np.array([self.figures.place_above(own) for own in self.figures.regions])
                row = above[region[here]]
                found[here] = np.where(row >= 0, block[row, period[here]], np.nan)
            else:
                found[here] = block[region[here], period[here]]
        return found

    def benchmark_gap_pp(self) -> Floats:
        """The figure less its benchmark."""
        return np.round(self.value - self.benchmark(), 10)

    def baseline_z(self) -> Floats:
        """How unusual the figure is against the same periods of its own past.

        source  docs/methods.md, "与自身历史同期比"
        """
        frequency = self.panel.shape.frequency
        many, least = BASELINE[frequency]
        history = [
            self._unbroken(self._elsewhere(self.panel.value, keys), keys)
            for keys in same_periods(self.panel.keys, frequency, many)
        ]
        return comparison.baseline(self.value, np.stack(history), least)[0]


_BY_NAME: Mapping[str, Callable[[Measures], Floats]] = {
    "value": lambda cells: cells.value,
    "yoy_pct": Measures.yoy_pct,
    "yoy_real_pct": Measures.yoy_real_pct,
    "yoy_pp": Measures.yoy_pp,
    "mom_pct": Measures.mom_pct,
    "schedule_gap_pp": Measures.schedule_gap_pp,
    "target_gap_pp": Measures.target_gap_pp,
    "benchmark_gap_pp": Measures.benchmark_gap_pp,
    "baseline_z": Measures.baseline_z,
    SCHEDULE: Measures.schedule,
}


def benchmark_of(indicator: Indicator) -> tuple[str, str]:
    """What a figure is compared with by its rule: a code, and ``same`` or ``parent`` for the region."""
    given = indicator.rule.mapping.get("benchmark") if indicator.rule else None
    if isinstance(given, Mapping):
        return str(given.get("code") or indicator.code), str(given.get("region", "parent"))
    return indicator.code, "parent"


def same_periods(keys: Ints, frequency: Frequency, many: int) -> list[Ints]:
    """The same periods of the past, the nearest first; see BASELINE."""
    if frequency in (Frequency.DAILY, Frequency.WEEKLY):
        return [_days_before(keys, 7 * step) for step in range(1, many + 1)]
    if frequency in (Frequency.HOURLY, Frequency.REALTIME):
        return [_days_before(keys, step) for step in range(1, many + 1)]
    return [keys - periods.YEAR * step for step in range(1, many + 1)]


def _days_before(keys: Ints, days: int) -> Ints:
    """The same moment some days earlier."""
    earlier = periods.end_days(keys) - np.timedelta64(days, "D")
    month = earlier.astype("datetime64[M]")
    day = (earlier - month.astype("datetime64[D]")).astype(np.int64) + 1
    index = month.astype(np.int64)
    moved: Ints = (((index // 12 + 1970) * 100 + index % 12 + 1) * 100 + day) * 10**7 + keys % 10**7
    return moved
