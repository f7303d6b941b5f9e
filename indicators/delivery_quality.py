"""How good deliveries are: which figures were due, which came, which in time, which are hardly what they seem.

Everything is worked out from when figures came. A figure that was never delivered before is not expected; what was
read in long after its time says nothing about who delivers now.
source  docs/registry.md, "数据质量"
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from indicators import periods
from indicators.definition import DataStatus, Frequency, Indicator
from indicators.evaluate import shape_of
from indicators.freshness import end_moments
from indicators.quality import JUMP, is_rate, is_share

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]

FEW = 50
"""Counts below this may well be a multiple of a year before."""

NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Came:
    """The headline figures of one indicator, one a row.

    known_at  when a figure was there first, whatever replaced it (epoch seconds)
    status    of the figure in force
    made_at   when the load that brought it was made; ``by_hand`` whether somebody or a feed did it, and not the cockpit
    recorded  whether the cockpit's own records gave it: where they give nothing, nothing was to be delivered
    load      that load
    """

    region: Ints
    period: Ints
    value: Floats
    known_at: Ints
    status: Ints
    made_at: Ints
    by_hand: Marks
    recorded: Marks
    load: Ints


@dataclass(frozen=True)
class Points:
    """What was due of one indicator, one a row: where, when (epoch seconds), when it came (NEVER: not yet).

    until   from when on nobody waits for it: it came, a later one came, or it was said why there is none
    odd     it came and is hardly what it seems
    load    that brought it; 0: none
    """

    region: Ints
    period: Ints
    due: Ints
    came: Ints
    until: Ints
    odd: Marks
    load: Ints

    @property
    def arrived(self) -> Marks:
        """Which came at all."""
        return np.asarray(self.came != NEVER, np.bool_)

    @property
    def in_time(self) -> Marks:
        """Which came by the moment they were due."""
        return np.asarray(self.came <= self.due, np.bool_)


def expected(
    indicator: Indicator, came: Came, begin: date, now: int, zone: timedelta, drawn_until: int
) -> Points:
    """What was due of an indicator from a day on, and what became of it.

    now          epoch seconds; what is not due yet is not expected
    zone         local time ahead of UTC
    drawn_until  simulated figures are those of periods that end by then, and are not expected afterwards
    """
    regions, keys, rows = _grid(indicator, came, begin, now, zone)
    if not len(rows):
        return _NONE
    shape = (len(regions), len(keys))
    at = (np.searchsorted(regions, came.region[rows]), np.searchsorted(keys, came.period[rows]))
    figure = came.status[rows] != DataStatus.MISSING

    def laid(values: NDArray[np.int64], empty: int) -> Ints:
        table = np.full(shape, empty, np.int64)
        table[at] = np.where(figure, values, empty)
        return table

    known, load = laid(came.known_at[rows], NEVER), laid(came.load[rows], 0)
    there = known != NEVER
    answered = np.full(shape, NEVER, np.int64)
    answered[at] = came.known_at[rows]
    nothing = np.zeros(shape, np.bool_)
    nothing[at] = ~figure & came.recorded[rows]
    drawn = np.zeros(shape, np.bool_)
    drawn[at] = came.status[rows] == DataStatus.SIMULATED
    delivered = np.zeros(shape, np.bool_)
    delivered[at] = came.by_hand[rows] & (came.status[rows] != DataStatus.SIMULATED)
    since = np.where(delivered & there, laid(came.made_at[rows], NEVER), NEVER).min(axis=1)
    wait = np.timedelta64(indicator.release.due_after) - np.timedelta64(zone)
    due = (end_moments(keys) + wait).astype("datetime64[s]").astype(np.int64)
    begun = np.maximum.accumulate(drawn, axis=1)
    ended = end_moments(keys).astype(np.int64) - int(zone.total_seconds()) <= drawn_until
    by_sample = begun & ended[None, :] & ~(there & ~drawn)
    handed = np.maximum.accumulate(delivered & there, axis=1)
    by_people = (due[None, :] >= since[:, None]) & handed & (delivered | ~there)
    wanted = (by_sample | by_people) & (due <= now)[None, :] & ~nothing
    later = np.minimum.accumulate(answered[:, ::-1], axis=1)[:, ::-1]
    value = np.full(shape, np.nan)
    value[at] = came.value[rows]
    row, column = np.nonzero(wanted)
    return Points(
        regions[row], keys[column], due[column], known[row, column], later[row, column],
        _odd(indicator, keys, value)[row, column], load[row, column],
    )  # fmt: skip


def _grid(
    indicator: Indicator, came: Came, begin: date, now: int, zone: timedelta
) -> tuple[Ints, Ints, NDArray[np.intp]]:
    """The regions and the regular periods of an indicator, and the rows that lie on them."""
    shape = shape_of(indicator)
    if indicator.frequency is Frequency.REALTIME or not len(came.period):
        return _NOTHING, _NOTHING, np.empty(0, np.intp)
    last = (datetime.fromtimestamp(now, tz=UTC) + zone).date()
    keys = periods.calendar_keys(begin, last, str(shape.frequency), str(shape.basis), shape.merged)
    place = np.minimum(np.searchsorted(keys, came.period), max(len(keys) - 1, 0))
    usable = came.status != DataStatus.COMPUTED
    on_grid = usable & (keys[place] == came.period) if len(keys) else np.zeros(len(came.period), np.bool_)
    rows = np.flatnonzero(on_grid)
    return np.unique(came.region[rows]), keys, rows


def _odd(indicator: Indicator, keys: Ints, value: Floats) -> Marks:
    """Shares outside 0 to 100, and levels far from those of a year before."""
    odd = np.zeros(value.shape, np.bool_)
    with np.errstate(invalid="ignore", divide="ignore"):
        if is_share(indicator):
            odd |= (value < 0) | (value > 100)
        if not is_rate(indicator):
            before = periods.year_before(keys)
            place = np.minimum(np.searchsorted(keys, before), len(keys) - 1)
            base = np.where((keys[place] == before)[None, :], value[:, place], np.nan)
            ratio = value / base
            many = (np.maximum(value, base) >= FEW) | (value % 1 > 0)
            odd |= (base > 0) & ((ratio > JUMP) | (ratio < 1 / JUMP)) & many
    return odd


def among(points: Points, cells: Collection[tuple[int, int]]) -> Marks:
    """Which points are among some (region, period)."""
    if not cells:
        return np.zeros(len(points.region), np.bool_)
    held = {region * 10**16 + period for region, period in cells}
    return np.fromiter(
        (region * 10**16 + period in held
         for region, period in zip(points.region.tolist(), points.period.tolist(), strict=True)),
        np.bool_, len(points.region),
    )  # fmt: skip


_NOTHING = np.empty(0, np.int64)
_NONE = Points(_NOTHING, _NOTHING, _NOTHING, _NOTHING, _NOTHING, np.empty(0, np.bool_), _NOTHING)
