"""Adding figures up, over regions and over time; and the Demand that a store answers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indicators.definition import RegionAggregation, TimeAggregation
from indicators.errors import N_, CockpitError, Issue

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

TOTAL = 0
"""The item of the headline figure: no breakdown, no narrower scope."""


@dataclass(frozen=True)
class Demand:
    """What is needed from the store, in one question.

    indicators  catalogue codes
    regions     region codes, as integers of twelve digits
    first, last period keys, both included
    items       ids of (breakdown, scope); None asks for all of them
    as_of       an instant (epoch seconds, UTC): the figures as they were known then; None asks for the current ones
    bare        figures alone, for judging: not where they come from, nor why there is none
    """

    indicators: tuple[str, ...]
    regions: tuple[int, ...]
    first: int
    last: int
    items: tuple[int, ...] | None = (TOTAL,)
    as_of: int | None = None
    bare: bool = False


@dataclass(frozen=True)
class Total:
    """A figure made of parts, and how many of the parts were there.

    value     NaN where nobody reported, never zero
    reported  the parts that gave a figure
    expected  the parts that should have; ``reported < expected`` makes the value partial
    """

    value: Floats
    reported: Counts
    expected: Counts

    @property
    def partial(self) -> NDArray[np.bool_]:
        """Where some, but not all, of the parts were there."""
        partial: NDArray[np.bool_] = (self.reported > 0) & (self.reported < self.expected)
        return partial


_SUMS = {"sum"}
_MEANS = {"mean", "station_mean"}
_WEIGHTED = {"weighted_mean", "pop_weighted_mean"}
_EXTREMES = {"max", "max_severity", "min"}
_LASTS = {"last", "cumulative"}

REFUSALS: dict[str, tuple[str, str]] = {
    "not_additive": (
        N_("{code} 只按地区分别公布，不能由下级相加。"),
        N_("请使用公布的本级数值，或改问下级的数值。"),
    ),
    "ratio_of_sums": (
        N_("{code} 是比率，下级比率不能相加，也不能平均。"),
        N_("请先汇总分子和分母，再用公式相除。"),
    ),
    "derived": (
        N_("{code} 由公式得到，不能由下级结果相加。"),
        N_("请先汇总公式的各项，再用公式计算。"),
    ),
    "records": (
        N_("{code} 要由记录重算，中位数、分位数等不能由下级结果合成。"),
        N_("请提供记录，或使用公布的本级数值。"),
    ),
    "distinct": (
        N_("{code} 要去重计数，同一记录可能在几个地区出现，不能相加。"),
        N_("请提供记录，或使用公布的本级数值。"),
    ),
    "station_mean": (
        N_("{code} 要由站点值重算，不能由下级平均值再平均。"),
        N_("请提供站点值，或使用公布的本级数值。"),
    ),
    "missing_weight": (
        N_("{code} 是加权平均，但没有权数。"),
        N_("请为指标指定权数，或使用公布的本级数值。"),
    ),
}
"""Why figures of children cannot be put together, by the word of the catalogue: what is wrong, what to do."""


def refusal(how: str, code: str = "", weighted: bool = True) -> Issue | None:
    """Why child figures of this kind do not make the figure of their parent; None when they do.

    weighted  whether there are weights to be had (a weighted mean without them is refused)
    source    docs/methods.md, "不可加总"
    """
    reason = "missing_weight" if how in _WEIGHTED and not weighted else how
    if reason not in REFUSALS:
        return None
    what, do = REFUSALS[reason]
    return Issue("not_additive", what, do, params={"code": code, "reason": reason})


def over_regions(
    how: RegionAggregation | str,
    value: Floats,
    *,
    reported: Counts | None = None,
    expected: Counts | None = None,
    weight: Floats | None = None,
    code: str = "",
) -> Total:
    """The figure of a parent from those of its children, which stand on the first axis.

    value     figures of the children, NaN where a child did not report
    reported, expected  how many places stand behind each child; one each unless the child is itself a roll-up
    weight    for weighted means, in the shape of ``value``; a child without a weight did not report
    raises    CockpitError ``not_additive`` with the reason, for what cannot be put together
    source    docs/methods.md, "地区汇总"
    """
    wrong = refusal(str(how), code, weighted=weight is not None)
    if wrong:
        raise CockpitError(wrong)
    there = np.isfinite(value)
    if weight is not None and str(how) in _WEIGHTED:
        there &= np.isfinite(weight)
    behind = there.astype(np.int64) if reported is None else np.where(there, reported, 0)
    wanted = np.ones(value.shape, np.int64) if expected is None else expected
    return Total(_reduce(str(how), value, there, weight), behind.sum(axis=0), wanted.sum(axis=0))


def over_time(
    how: TimeAggregation | str,
    value: Floats,
    *,
    expected: Counts | int | None = None,
    weight: Floats | None = None,
    code: str = "",
) -> Total:
    """The figure of a longer stretch of time from the shorter ones in it, which stand on the first axis in order.

    ``last`` and ``cumulative`` take the last one that is there, and are partial when it is not the last of the window.
    raises    CockpitError ``not_additive`` with the reason
    source    docs/methods.md, "时间汇总"
    """
    word = str(how)
    wrong = None if word == "station_mean" else refusal(word, code, weighted=weight is not None)
    if wrong:
        raise CockpitError(wrong)
    there = np.isfinite(value)
    if word in _LASTS:
        last_there = there[-1] if len(there) else np.zeros(value.shape[1:], bool)
        once = np.ones(value.shape[1:], np.int64)
        return Total(_last(value, there), last_there.astype(np.int64), once)
    if weight is not None and word in _WEIGHTED:
        there &= np.isfinite(weight)
    count = there.sum(axis=0)
    wanted = len(value) if expected is None else expected
    return Total(_reduce(word, value, there, weight), count, np.broadcast_to(np.asarray(wanted), count.shape))


def _reduce(how: str, value: Floats, there: NDArray[np.bool_], weight: Floats | None) -> Floats:
    """One value along the first axis; NaN where there is nothing."""
    none = ~there.any(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        if how in _SUMS:
            result = np.where(there, value, 0.0).sum(axis=0)
        elif how in _MEANS:
            result = np.where(there, value, 0.0).sum(axis=0) / there.sum(axis=0)
        elif how in _WEIGHTED and weight is not None:
            heavy = np.where(there, weight, 0.0)
            total = heavy.sum(axis=0)
            result = (np.where(there, value, 0.0) * heavy).sum(axis=0) / total
            none = none | (total <= 0)
        elif how in _EXTREMES:
            far = np.inf if how == "min" else -np.inf
            pick = np.minimum if how == "min" else np.maximum
            result = pick.reduce(np.where(there, value, far), axis=0, initial=far)
        else:
            raise CockpitError(refusal("not_additive", how) or ())
    return np.where(none, np.nan, result)


def _last(value: Floats, there: NDArray[np.bool_]) -> Floats:
    """The last value that is there along the first axis."""
    if not len(value):
        return np.full(value.shape[1:], np.nan)
    back = len(value) - 1 - np.argmax(there[::-1], axis=0)
    return np.where(there.any(axis=0), np.take_along_axis(value, back[None], axis=0)[0], np.nan)


def residual(total: Floats, parts: Floats) -> Floats:
    """What a printed total has beyond its printed parts (first axis); NaN without a total or without any part.

    Noise of the binary fraction is removed, so that parts that add up leave exactly zero.
    source  docs/methods.md, "余项"
    """
    there = np.isfinite(parts)
    rest = total - np.where(there, parts, 0.0).sum(axis=0)
    return np.where(there.any(axis=0), np.round(rest, 9) + 0.0, np.nan)


def distinct(region: NDArray[np.int64], record: NDArray[np.int64], parents: NDArray[np.int64]) -> Counts:
    """How many different records each parent has; a record that several of its children share counts once.

    region   for each mention: the position of the parent in ``parents``'s numbering
    record   for each mention: the record
    parents  the numbers of the parents to count for
    source   docs/methods.md, "去重计数"
    """
    pairs = np.unique(np.stack([region, record], axis=1), axis=0)[:, 0]
    return np.searchsorted(pairs, parents, "right") - np.searchsorted(pairs, parents, "left")


def from_records(
    statistic: str, region: NDArray[np.int64], value: Floats, parents: NDArray[np.int64]
) -> Floats:
    """A mean, a median or a percentile (``p90``) of the records of each parent; NaN where it has none.

    source  docs/methods.md, "由记录重算"
    """
    share = {"median": 50.0}.get(statistic) or (
        None if statistic == "mean" else float(statistic.removeprefix("p"))
    )
    result = np.full(len(parents), np.nan)
    for place, parent in enumerate(parents):
        own = value[(region == parent) & np.isfinite(value)]
        if own.size:
            result[place] = own.mean() if share is None else np.percentile(own, share)
    return result
