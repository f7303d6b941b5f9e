"""How sample figures move: pure drawing of paths, one row per region and one column per period.

Nothing here knows an indicator, a file or a store. All chance comes from the generator that is handed in, so the
same seed draws the same figures.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indicators import periods

Figures = NDArray[np.float64]
Keys = NDArray[np.int64]
Anchors = tuple[NDArray[np.int64], Figures]
"""Places in a calendar, and the figures that stand there."""


@dataclass(frozen=True)
class Calendar:
    """The periods of an indicator and what they are made of.

    keys     ascending, the year before the first one wanted included
    basis    as in the definition
    grain    steps in a year on which flows are drawn: 12 months or 365 days
    """

    keys: Keys
    basis: str

    @property
    def years(self) -> Figures:
        """The end of each period as a decimal year."""
        day = periods.end_days(self.keys)
        start = day.astype("datetime64[Y]")
        return np.asarray(start.astype(np.int64) + 1970 + ((day - start).astype(np.int64) + 1) / 365.25)

    @property
    def months(self) -> Keys:
        """The month (1 to 12) in which each period ends."""
        return periods.end_months(self.keys)

    @property
    def of_months(self) -> bool:
        """True for months, quarters and years; False for days and finer."""
        fine = periods.spans(self.keys) < periods.MONTHS
        at_month_end = self.keys // 10**7 % 100 == 31
        return bool((~fine | at_month_end).all())

    def share_of_year(self, season: Figures) -> Figures:
        """How much of a year's flow falls into each period, with the weights of the months."""
        month = season / season.sum()
        ends = self.months
        if self.of_months:
            count = np.where(self.basis == "ytd", ends, np.maximum(periods.months(self.keys), 1))
            upto = np.concatenate([[0.0], month.cumsum()])
            return np.asarray(upto[ends] - upto[ends - count])
        days = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
        share = (month / days)[ends - 1]
        span = periods.spans(self.keys)[0] if len(self.keys) else periods.DAY
        per_day = {periods.HOUR: 24, periods.WEEK: 1 / 7}.get(int(span), 1)
        return np.asarray(share / per_day)

    def elapsed(self) -> Figures:
        """The share of the year passed at the end of each period, from 0 to 1."""
        return periods.elapsed_share(self.keys) / 100


def normalised(season: list[float]) -> Figures:
    """Weights of twelve months with mean 1."""
    weights = np.array(season, dtype=np.float64)
    return np.asarray(weights / weights.mean())


def grown(
    calendar: Calendar, amount: float, grow: float, season: Figures, stock: bool, yearly: bool = False
) -> Figures:
    """The smooth path of a city: a stock at the end of 2025, or a year's flow in 2025, growing ``grow`` % a year.

    yearly  the stock is set for a whole year: a plan, a budget
    """
    rate = 1 + grow / 100
    if yearly:
        return np.asarray(amount * rate ** (periods.years(calendar.keys) - 2025))
    if stock:
        return np.asarray(amount * rate ** (calendar.years - 2026))
    year = periods.years(calendar.keys) - 2025
    return np.asarray(amount * calendar.share_of_year(season) * rate**year)


def uneven(chance: np.random.Generator, path: Figures, noise: float) -> Figures:
    """The path with small bounded irregularities, in parts of it."""
    return np.asarray(path * (1 + noise * chance.uniform(-1.7, 1.7, path.shape)))


def apportioned(whole: Figures, weights: Figures, digits: int) -> Figures:
    """The whole shared out by weights so that the rounded parts add up to it exactly.

    whole    (periods), already rounded to ``digits``
    weights  (parts, periods), not negative
    returns  (parts, periods); the method of largest remainders
    """
    unit = 10.0**digits
    units = np.rint(whole * unit)
    total = weights.sum(axis=0)
    quota = weights / np.where(total > 0, total, 1) * units
    floor = np.floor(quota + 1e-9)
    short = np.rint(units - floor.sum(axis=0)).astype(np.int64)
    rank = np.argsort(np.argsort(floor - quota, axis=0, kind="stable"), axis=0)
    return np.asarray((floor + (rank < short)) / unit).round(max(digits, 0))


def whole_share(base: Figures, share: Figures, digits: int) -> Figures:
    """A share of figures, whole when they are counted; what is lacking is rounded, so few lack none.

    Where the share is above a half it is the lacking part that is rounded: 7 of 8 is never drawn where 98 in
    100 are expected.
    """
    if digits > 0:
        return (base * share).round(digits)
    return np.where(share > 0.5, base - np.rint(base * (1 - share)), np.rint(base * share))


def weekdays(calendar: Calendar, weekend: float) -> Figures:
    """A factor for each day, less at weekends, with mean 1 over a week."""
    monday = (periods.end_days(calendar.keys).astype(np.int64) + 3) % 7
    return np.where(monday >= 5, weekend, 1.0) * 7 / (5 + 2 * weekend)


def counted(chance: np.random.Generator, expected: Figures, even: bool) -> Figures:
    """Whole numbers about what is expected: by chance, or (``even``) close to it."""
    if even:
        return np.rint(expected * (1 + 0.06 * chance.uniform(-1, 1, expected.shape)))
    return chance.poisson(expected).astype(np.float64)


def accumulated(flows: Figures, keys: Keys) -> Figures:
    """Running totals along the last axis, starting anew with each year."""
    total = flows.cumsum(axis=-1)
    year = periods.years(keys)
    first = np.concatenate([[True], year[1:] != year[:-1]])
    start = np.maximum.accumulate(np.where(first, np.arange(len(keys)), 0))
    before = np.where(start > 0, total[..., start - 1], 0.0)
    return np.asarray(total - before)


def stepped(cumulative: Figures, keys: Keys) -> Figures:
    """The steps between running totals, the first of a year being itself."""
    year = periods.years(keys)
    same = np.concatenate([[False], year[1:] == year[:-1]])
    before = np.roll(cumulative, 1, axis=-1)
    return np.asarray(cumulative - np.where(same, before, 0.0))


def rising(cumulative: Figures, keys: Keys) -> Figures:
    """Running totals that never fall within a year."""
    year = (periods.years(keys) - periods.years(keys).min(initial=0)) * (cumulative.max(initial=0) + 1)
    return np.asarray(np.maximum.accumulate(cumulative + year, axis=-1) - year).round(6)


def moved(path: Figures, places: NDArray[np.int64], real: Figures, along: Calendar | None = None) -> Figures:
    """A path drawn through real figures: between two of them the ratio changes evenly.

    After the year of the last one, running totals keep its ratios month by month, so that growth stays calm.

    path    (periods); places, real: where it must pass, and through what
    along   the periods; of the basis ``yearly`` when a figure is set for a whole year
    """
    drawn = path[places]
    usable = (drawn > 0) & (real > 0)
    if not usable.any():
        return path
    at = np.arange(len(path))
    if along is not None and along.basis in ("yearly", "ytd"):
        year = periods.years(along.keys)
        last = year[places[usable]].max()
        if along.basis == "yearly":
            at = year
        else:
            at = at - np.maximum(year - last, 0) * int((year == last).sum())
    ratio = np.interp(at, at[places[usable]], np.log(real[usable] / drawn[usable]))
    return np.asarray(path * np.exp(ratio))


def fitted(
    raw: Figures, whole: Figures, anchors: list[Anchors], digits: int, along: Calendar | None = None
) -> Figures:
    """Parts that run through their real figures and add up to the whole, without a kink where they do.

    Where some parts are real, the others share what these leave; on both sides they come near it evenly.

    raw      (parts, periods), as drawn
    whole    (periods)
    anchors  for each part where it must pass, and through what
    """
    path, fixed = raw.copy(), np.zeros(raw.shape, dtype=bool)
    for row, (places, values) in enumerate(anchors):
        path[row] = moved(raw[row], places, values, along)
        path[row, places] = values
        fixed[row, places] = True
    real = np.where(fixed, path, 0.0)
    left = whole - real.sum(axis=0)
    free = np.where(fixed, 0.0, path).sum(axis=0)
    known = np.flatnonzero(fixed.any(axis=0))
    factor = np.where((free > 0) & (left > 0), left / np.where(free > 0, free, 1), 1.0)
    for row in range(len(path)):
        wanted = np.where(fixed[row], path[row], path[row] * factor)
        path[row] = moved(path[row], known, wanted[known], along)
    shared = apportioned(left.clip(0).round(max(digits, 0)), np.where(fixed, 0.0, path), digits)
    return np.where(fixed, real, shared)


def pulled(path: Figures, places: NDArray[np.int64], real: Figures, reach: float = 3.0) -> Figures:
    """A rate drawn towards real figures, less the farther away (``reach`` in periods)."""
    result = path.copy()
    for place, value in zip(places.tolist(), real.tolist(), strict=True):
        distance = np.abs(np.arange(len(path)) - place)
        result += (value - path[place]) * np.exp(-distance / reach) * (distance <= 4 * reach)
    return result


def ahead_of_time(elapsed: Figures, points: float) -> Figures:
    """How much of a year's task is done when work runs ahead of the calendar, most of all in the middle."""
    return np.asarray(elapsed + points / 100 * 4 * elapsed * (1 - elapsed))
