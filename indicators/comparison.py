"""Setting a figure against another: a year or a period before, a schedule, a target, a benchmark, its own history."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from indicators.errors import N_

Floats = NDArray[np.float64]
Notes = NDArray[np.int8]

GROWTH_TOLERANCE = 0.5
"""Percentage points by which a published and a computed growth may differ before it is said (docs/methods.md)."""


class Note(IntEnum):
    """Why a comparison gives no number, or what to know about it."""

    NONE = 0
    NO_BASE = 1
    ZERO_BASE = 2
    LOSS_NARROWED = 3
    LOSS_WIDENED = 4
    TURNED_POSITIVE = 5
    TURNED_NEGATIVE = 6
    CALIBRE_BREAK = 7
    BOUNDARY_CHANGE = 8
    PARTIAL = 9
    DIFFERS = 10
    NEGATIVE_PERIOD = 11
    BACK_CAST = 12


NOTES: dict[Note, str] = {
    Note.NO_BASE: N_("没有可比的基数"),
    Note.ZERO_BASE: N_("基数为零"),
    Note.LOSS_NARROWED: N_("减亏"),
    Note.LOSS_WIDENED: N_("增亏"),
    Note.TURNED_POSITIVE: N_("由负转正"),
    Note.TURNED_NEGATIVE: N_("由正转负"),
    Note.CALIBRE_BREAK: N_("口径有变，两期不可比"),
    Note.BOUNDARY_CHANGE: N_("区划有变，两期不可比"),
    Note.PARTIAL: N_("尚未报齐，不作比较"),
    Note.DIFFERS: N_("与公布增速不一致，以公布为准"),
    Note.BACK_CAST: N_("与按新口径回溯的上年同期比"),
    Note.NEGATIVE_PERIOD: N_("累计数回落，当期差为负，可能有修订"),
}
"""The words for each note."""


def growth(value: Floats, base: Floats) -> tuple[Floats, Notes]:
    """Growth in percent over a base; missing, with a note, on a base that is missing, zero or negative.

    A negative base gives words instead of a number: 减亏, 增亏, 由负转正; so does a fall below zero: 由正转负.
    source  docs/methods.md, "同比"
    """
    value, base = np.broadcast_arrays(np.asarray(value, float), np.asarray(base, float))
    sound = (base > 0) & (value >= 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        percent = np.where(sound, (value / base - 1.0) * 100.0, np.nan)
    note = np.zeros(value.shape, np.int8)
    there = np.isfinite(value)
    note[there & (base < 0) & (value >= base)] = Note.LOSS_NARROWED
    note[there & (base < 0) & (value < base)] = Note.LOSS_WIDENED
    note[there & (base < 0) & (value >= 0)] = Note.TURNED_POSITIVE
    note[there & (base > 0) & (value < 0)] = Note.TURNED_NEGATIVE
    note[there & (base == 0)] = Note.ZERO_BASE
    note[there & ~np.isfinite(base)] = Note.NO_BASE
    return percent, note


def difference(value: Floats, base: Floats) -> tuple[Floats, Notes]:
    """The difference of two rates, in percentage points (个百分点); rates are never divided by each other."""
    gap = np.round(np.asarray(value, float) - np.asarray(base, float), 10)
    note = np.where(np.isfinite(value) & ~np.isfinite(base), Note.NO_BASE, Note.NONE)
    return gap, note.astype(np.int8)


def differs(published: Floats, computed: Floats, tolerance: float = GROWTH_TOLERANCE) -> NDArray[np.bool_]:
    """Where a published growth and the computed one are further apart than the tolerance; the published one wins.

    source  docs/methods.md, "公布增速与推算增速"
    """
    far: NDArray[np.bool_] = np.abs(published - computed) > tolerance
    return far


def annual_rate(start: float, end: float, years: float) -> float:
    """Average growth a year in percent (年均增速); NaN unless both ends are positive."""
    if not (start > 0 and end > 0 and years > 0):
        return float("nan")
    return float(((end / start) ** (1.0 / years) - 1.0) * 100.0)


def chain(index: Floats, start: float = 100.0) -> Floats:
    """Indices with a fixed base from those with the year before as 100 (环比指数连乘).

    index  the first is that of the base year itself and is not used
    """
    factors = np.concatenate([[1.0], np.asarray(index, float)[1:] / 100.0])
    return start * np.cumprod(factors)


def completion(value: Floats, target: Floats) -> Floats:
    """How much of a yearly target is done, in percent; more than 100 is legal, no target or zero gives NaN."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(np.asarray(target) > 0, 100.0 * np.asarray(value) / np.asarray(target), np.nan)


def difference_within_year(longer: Floats, shorter: Floats) -> tuple[Floats, Notes]:
    """The figure of the months between two cumulative figures of one year (累计 → 当期).

    A negative result stands, with a note: a revision hides in the cumulative figure.
    source  docs/methods.md, "累计与当期"
    """
    # Cumulative figures are printed with few decimals: the noise of the binary fraction is not theirs.
    part = np.round(longer - shorter, 9) + 0.0
    return part, np.where(part < 0, Note.NEGATIVE_PERIOD, Note.NONE).astype(np.int8)


def baseline(value: Floats, history: Floats, least: int) -> tuple[Floats, Floats, Floats]:
    """How many standard deviations a figure lies from the same periods of its own past (first axis of ``history``).

    least    how many past figures are needed at the least
    returns  z, mean and standard deviation (n - 1); z is NaN where the past is too short or never varied
    source   docs/methods.md, "与自身历史同期比"
    """
    there = np.isfinite(history)
    count = there.sum(axis=0)
    enough = count >= max(least, 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        # Two passes from a provisional centre: a sum of squares would lose every digit (tests: NIST StRD).
        centre = np.where(there, history, 0.0).sum(axis=0) / count
        apart = np.where(there, history - centre, 0.0)
        mean = centre + apart.sum(axis=0) / count
        spread = np.where(there, history - mean, 0.0)
        deviation = np.sqrt((spread**2).sum(axis=0) / (count - 1))
        varied = enough & (deviation > np.abs(mean) * 1e-12)
        z = np.where(varied, (value - mean) / deviation, np.nan)
    return z, np.where(enough, mean, np.nan), np.where(enough, deviation, np.nan)


def rank(value: Floats, ranked: NDArray[np.bool_], ascending: bool = False) -> NDArray[np.int64]:
    """Places along the first axis, from 1; equal figures share a place, what is missing or not ranked has 0.

    ranked     which rows take part: territories do, reporting units (市本级, 功能区) do not
    ascending  the smallest first, for figures where less is better
    source     docs/methods.md, "排名"
    """
    there = np.isfinite(value) & ranked.reshape((-1,) + (1,) * (value.ndim - 1))
    worth = np.where(there, value if not ascending else -value, -np.inf)
    better = (worth[None, :] > worth[:, None]).sum(axis=1)
    return np.where(there, better + 1, 0)
