"""Which child region, component or industry drives a level, a change or a gap; contributions add up."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from indicators.aggregation import residual
from indicators.comparison import rank

Floats = NDArray[np.float64]


class Role(IntEnum):
    """What a part of a total is; only regions are ranked."""

    REGION = 0
    REPORTING_UNIT = 1
    RESIDUAL = 2


@dataclass(frozen=True)
class Parts:
    """The parts of one figure, the residual last where there is one.

    region        the code of each part; that of the total itself for the residual
    role          see Role
    value, base   now and a year before; NaN where not reported
    share         of the total, in percent
    growth        of the part, in percent
    contribution  to the growth of the total, in percentage points; the parts add up to it
    rank          from 1; equal figures share a place; 0 for what is not ranked
    reported, expected  how many of the parts gave a figure
    """

    region: NDArray[np.int64]
    role: NDArray[np.int8]
    value: Floats
    base: Floats
    share: Floats
    growth: Floats
    contribution: Floats
    rank: NDArray[np.int64]
    reported: int
    expected: int


def shares(parts: Floats, total: float) -> Floats:
    """The share of each part in a total, in percent; NaN for a total that is not positive."""
    if not total > 0:
        return np.full(parts.shape, np.nan)
    return 100.0 * parts / total


def to_growth(parts: Floats, bases: Floats, base_total: float) -> Floats:
    """How many percentage points each part adds to the growth of the total (拉动); NaN without a positive base.

    source  docs/methods.md, "贡献与拉动"
    """
    if not base_total > 0:
        return np.full(parts.shape, np.nan)
    return 100.0 * (parts - bases) / base_total


def to_change(parts: Floats, bases: Floats, total: float, base_total: float) -> Floats:
    """The part of the change of the total that is each part's, in percent (贡献率); NaN where nothing changed."""
    if not total - base_total:
        return np.full(parts.shape, np.nan)
    return 100.0 * (parts - bases) / (total - base_total)


def to_rate(numerator: Floats, denominator: Floats, reference: float) -> Floats:
    """What each part adds to the gap between a ratio of sums and a reference; the parts add up to the gap.

    numerator, denominator  by part, in units that make the ratio comparable with ``reference``
    """
    whole = np.nansum(denominator)
    if not whole > 0:
        return np.full(numerator.shape, np.nan)
    return np.asarray((numerator - reference * denominator) / whole)


def divide(
    region: NDArray[np.int64],
    reporting_unit: NDArray[np.bool_],
    value: Floats,
    base: Floats,
    growth: Floats,
    *,
    total: float,
    total_base: float,
    home: int,
    additive: bool,
    ascending: bool,
    rest: bool,
    ranked: bool = True,
    inside: NDArray[np.bool_] | None = None,
) -> Parts:
    """The parts of a figure: ranked, with shares and contributions, and the residual as a line of its own.

    additive   whether the parts add up to the total at all; rates have ranks and nothing else
    ascending  rank the smallest first, where less is better
    ranked     whether the reader may know the places: only somebody who sees all parts
    inside     which parts lie inside others: shown, and not part of the sum
    rest       whether a difference between a printed total and its printed parts is shown (a partial roll-up has none)
    source     docs/methods.md, "余项" and "排名"
    """
    role = np.where(reporting_unit, Role.REPORTING_UNIT, Role.REGION).astype(np.int8)
    silent = reporting_unit & ~np.isfinite(value)
    region, role = region[~silent], role[~silent]
    summed = np.ones(len(region), bool) if inside is None else ~inside[~silent]
    value, base, growth = value[~silent], base[~silent], growth[~silent]
    places = rank(value, (role == Role.REGION) & ranked, ascending)
    there = np.isfinite(value)
    left = float(residual(np.array(total), value[summed])) if additive and rest and there.all() else np.nan
    if abs(left) > ROUNDING * len(value):
        left_base = float(residual(np.array(total_base), base[summed])) if np.isfinite(base).all() else np.nan
        region = np.append(region, home)
        role = np.append(role, np.int8(Role.RESIDUAL))
        value, base = np.append(value, left), np.append(base, left_base)
        growth, places = np.append(growth, np.nan), np.append(places, 0)
    none = np.full(value.shape, np.nan)
    return Parts(
        region=region,
        role=role,
        value=value,
        base=base,
        share=shares(value, total) if additive else none,
        growth=growth,
        contribution=to_growth(value, base, total_base) if additive else none,
        rank=places,
        reported=int(there[: len(places)].sum()),
        expected=int((role != Role.RESIDUAL).sum()),
    )


ROUNDING = 0.005
"""Half a unit of the second decimal, by which each printed part may be off: no residual line for less."""
