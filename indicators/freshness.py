"""How far a figure can be relied on today: is it there, is it whole, is a newer one due, and if not, why not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indicators import periods
from indicators.aggregation import refusal
from indicators.definition import Frequency, Indicator
from indicators.errors import N_
from indicators.evaluate import HELD, Panel, shape_of, weight_of
from indicators.regions import Level

Ints = NDArray[np.int64]
Cells = tuple[Ints, Ints, Ints]
Moments = NDArray[np.datetime64]


class State(IntEnum):
    """How far a figure can be relied on now; beside, never instead of, where it stands in its life (its status).

    OK            there, and no newer one is due
    PARTIAL       a roll-up of which some parts have not reported
    MISSING       not there; the reason says why
    STALE         a newer one (or this one) is due, not there, and still within its grace
    NO_BASE       there, but what it was to be compared with is not
    LATE          a newer one (or this one) is not there, and its grace is over
    NOT_DUE       not there, and not due yet
    NOT_PUBLISHED not there: the indicator is not published at this level
    """

    OK = 0
    PARTIAL = 1
    MISSING = 2
    STALE = 3
    NO_BASE = 4
    LATE = 5
    NOT_DUE = 6
    NOT_PUBLISHED = 7

    @property
    def word(self) -> str:
        """The word at the doors: ``ok``, ``not_due``…"""
        return self.name.lower()


REASONS = {
    "not_due": N_("未到发布时间"),
    "within_grace": N_("已到发布时间，尚在宽限期内"),
    "overdue": N_("超过发布时间仍未报送"),
    "below_lowest_level": N_("本级不发布"),
    "no_data": N_("没有数据"),
    "not_in_force": N_("该期没有生效的定义"),
    "no_region": N_("该期没有这个区划"),
    "boundary": N_("区划有变，不能折算到现行区划"),
    "not_additive": N_("不能由下级汇总"),
    "sample_too_small": N_("样本过少，不发布"),
    "merged_release": N_("1—2月合并发布，没有单月数"),
    HELD: N_("勾稽核对未通过，暂不发布"),
}
"""Why there is no figure, in words; a stored reason is given as it was stored."""

STEPS = {
    Frequency.REALTIME: np.timedelta64(1, "D"),
    Frequency.HOURLY: np.timedelta64(1, "h"),
    Frequency.DAILY: np.timedelta64(1, "D"),
    Frequency.WEEKLY: np.timedelta64(7, "D"),
}
"""How long after a figure of a fine rhythm the next one is over at the latest; the calendar may begin later."""

LONG_AGO = np.timedelta64(400, "D")
"""A period that ended longer ago has no data; a younger one is late."""


@dataclass(frozen=True)
class NextRelease:
    """The next figure to come: its period, the moment it is due, and the moment from which it is late."""

    period: int
    due: datetime
    late: datetime


def next_release(indicator: Indicator, after: int) -> NextRelease | None:
    """The release that follows the period ``after``; None for what comes at no fixed rhythm."""
    shape = shape_of(indicator)
    last = periods.Period(after).end
    coming = periods.calendar_keys(
        last, last + timedelta(days=800), str(shape.frequency), str(shape.basis), shape.merged
    )
    later = coming[coming > after + 999]
    if shape.frequency == "realtime" or not len(later):
        return None
    end = end_moments(later[:1])[0].astype(datetime)
    return NextRelease(int(later[0]), indicator.release.due(end), indicator.release.late(end))


def end_moments(keys: Ints) -> Moments:
    """The moment after which a period is over, in local time."""
    clock = keys // 1000 % 10**4
    minute = (clock // 100 * 60 + clock % 100 + 1).astype("timedelta64[m]")
    ends: Moments = (periods.end_days(keys).astype("datetime64[m]") + minute).astype("datetime64[s]")
    return ends


def following(panel: Panel) -> Ints:
    """For each column of a panel the next one that is a regular period; itself where there is none."""
    regular = np.flatnonzero(panel.regular)
    here = np.arange(len(panel.keys))
    spot = np.searchsorted(regular, here, "right")
    found = regular[np.minimum(spot, len(regular) - 1)] if len(regular) else here
    return np.where(spot < len(regular), found, here)


def judge(
    panel: Panel,
    at: Cells,
    indicators: Sequence[Indicator],
    levels: Sequence[Level],
    stored_reason: NDArray[Any],
    now: datetime,
    latest: bool,
    named: bool,
    defined: NDArray[np.bool_] | None = None,
    absent: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int8], NDArray[Any]]:
    """The state of each cell of a panel, and the reason (a key of REASONS, or as stored) where there is no figure.

    indicators, levels  of each series and each region of the panel
    now                 local time
    latest              the cells are the newest figures: then a newer one that is due makes them stale or late
    named               the cells are of periods that were asked for by name; of others all that is known was read
    absent              regions × periods: where nobody bore the code of a region; None: nowhere
    defined             where a version of the definition is in force; None: everywhere
    source              docs/methods.md, "状态"
    """
    moment = np.datetime64(now.replace(tzinfo=None, microsecond=0), "s")
    end = end_moments(panel.keys)
    due = np.array([one.release.due_after for one in indicators], "timedelta64[s]")
    grace = np.array([one.release.grace for one in indicators], "timedelta64[s]")
    there = np.isfinite(panel.value[at])
    partial = there & (panel.reported[at] < panel.expected[at])
    state = np.where(partial, State.PARTIAL, State.OK).astype(np.int8)
    if latest:
        after = following(panel)[at[2]]
        step = STEPS.get(panel.shape.frequency)
        coming = end[after] if step is None else np.minimum(end[after], end[at[2]] + step)
        awaited = coming + due[at[0]]
        behind = there & ~partial & (after > at[2])
        state[behind & (moment >= awaited)] = State.STALE
        state[behind & (moment >= awaited + grace[at[0]])] = State.LATE
    reason = np.full(state.shape, "", object)
    if there.all():
        return state, reason
    awaited = end[at[2]] + due[at[0]]
    lowest = np.array([Level.parse(one.lowest_level) for one in indicators])[at[0]]
    level = np.array(levels)[at[1]]
    stored = panel.row[at] >= 0
    refused = np.array([_refused(one) for one in indicators])[at[0]]
    never = ~there & (not named) & ~np.logical_or.reduce(np.isfinite(panel.value), axis=2)[at[0], at[1]]
    causes = (
        (panel.held[at], State.MISSING, HELD),
        (panel.unmapped[at], State.MISSING, "boundary"),
        (np.zeros(state.shape, bool) if absent is None else absent[at[1:]], State.MISSING, "no_region"),
        (level > lowest, State.NOT_PUBLISHED, "below_lowest_level"),
        (panel.thin[at], State.MISSING, "sample_too_small"),
        (np.zeros(state.shape, bool) if defined is None else ~defined, State.MISSING, "not_in_force"),
        (stored | (panel.keys[at[2]] == periods.NO_PERIOD), State.MISSING, "no_data"),
        (_inside_merged(panel)[at[2]], State.MISSING, "merged_release"),
        (never & refused & (level < lowest), State.MISSING, "not_additive"),
        (never, State.MISSING, "no_data"),
        (moment < awaited, State.NOT_DUE, "not_due"),
        (moment < awaited + grace[at[0]], State.STALE, "within_grace"),
        (refused & (level < lowest), State.MISSING, "not_additive"),
        ((moment - end[at[2]] > LONG_AGO) | ~panel.regular[at[2]], State.MISSING, "no_data"),
        (np.ones(state.shape, bool), State.LATE, "overdue"),
    )
    unexplained = ~there
    for here, word, why in causes:
        hit = unexplained & here
        state[hit], reason[hit] = word, why
        unexplained &= ~here
    told = ~there & stored
    reason[told] = [stored_reason[row] or "no_data" for row in panel.row[at][told].tolist()]
    return state, reason


def _inside_merged(panel: Panel) -> NDArray[np.bool_]:
    """Which periods are January or February alone, where the two come as one release."""
    first_two = (periods.months(panel.keys) == 1) & (periods.end_months(panel.keys) <= 2)
    inside: NDArray[np.bool_] = first_two & panel.shape.merged & (panel.shape.frequency == "monthly")
    return inside


def _refused(indicator: Indicator) -> bool:
    """Whether the children of a region cannot make its figure."""
    weighted = weight_of(indicator) is not None
    return not indicator.derived and refusal(str(indicator.agg_region), weighted=weighted) is not None
