"""What drives a figure that is warned of: formulas taken apart, gaps divided, indicators that moved before.

`gap` divides the distance of a ratio from a reference among its parts, `effects` the change of any formula among
what it is made of; both add up. `onset` says since when another series has been off its course.
source  docs/methods.md, "预警归因"
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import NDArray

from indicators.formula import Call, Negation, Node, Number, Operation, Reference, evaluate

Floats = NDArray[np.float64]

MOST_PARTS = 8
"""Formulas of more parts are not taken apart: every part more doubles the work."""

RECENT, USUAL, FEWEST = 6, 12, 4
"""A move begins in the last RECENT periods; what is usual is told by up to USUAL before them, by FEWEST at the least."""

NOTICEABLE = 1.0
"""So many standard deviations from what is usual is a move."""

NOISE = 1e-9
"""What is left of a sum by the binary fraction, as a share of it."""


@dataclass(frozen=True)
class Quotient:
    """A formula that is one sum divided by another, and a number added."""

    numerator: Node
    denominator: Node
    shift: float = 0.0


def quotient(node: Node) -> Quotient | None:
    """A formula as a quotient of sums (``100 * a / b - 100``); None for any other."""
    match node:
        case Operation("+" | "-" as sign, left, Number(text)):
            inner = quotient(left)
            step = float(text) if sign == "+" else -float(text)
            return inner and Quotient(inner.numerator, inner.denominator, inner.shift + step)
        case Operation("*", Number() as factor, right):
            inner = quotient(right)
            if inner is None or inner.shift:
                return None
            return Quotient(Operation("*", factor, inner.numerator), inner.denominator)
        case Operation("/", left, right) if linear(left) and linear(right):
            return Quotient(left, right)
    return None


def linear(node: Node) -> bool:
    """Whether the figure of a whole is the sum of what the formula gives for its parts."""
    match node:
        case Reference():
            return True
        case Negation(part):
            return linear(part)
        case Operation("+" | "-", left, right):
            return linear(left) and linear(right)
        case Operation("*", Number(), right):
            return linear(right)
        case Operation("*" | "/", left, Number()):
            return linear(left)
    return False


def gap(numerator: Floats, denominator: Floats, whole: float, reference: float) -> Floats:
    """What each part adds to the gap between a quotient of sums and a reference; the parts of a sum add up to the gap.

    whole  the denominator of the whole; NaN throughout unless it is positive
    """
    if not whole > 0:
        return np.full(numerator.shape, np.nan)
    return np.asarray((numerator - reference * denominator) / whole)


def rest(total: float, contributions: Sequence[float | None]) -> float | None:
    """What contributions leave of the total; None where they leave nothing but noise, or none is known."""
    known = [one for one in contributions if one is not None]
    if not known:
        return None
    left = total - sum(known)
    scale = max(abs(total), *(abs(one) for one in known))
    return left if abs(left) > NOISE * max(scale, NOISE) else None


def effects(
    node: Node, now: Mapping[str, float], base: Mapping[str, float]
) -> tuple[dict[str, float], float] | None:
    """What each part of a formula adds to the change of its figure, and that change; they add up.

    The effect of a part is what its own change makes, on the average of all orders in which the parts could have
    changed (Shapley), so that no part is favoured by being named first. A quotient gives numerator and denominator.

    now, base  the figures of the parts by name, at both ends
    returns    None where a part is missing at either end, or the formula looks back or has too many parts
    """
    names = tuple(now)
    if len(names) > MOST_PARTS or any(isinstance(part, Call) for part in _calls(node)):
        return None
    known: dict[frozenset[str], float] = {}

    def figure(moved: frozenset[str]) -> float:
        if moved not in known:
            values = {name: np.array([now[name] if name in moved else base[name]]) for name in names}
            known[moved] = float(evaluate(node, values)[0])
        return known[moved]

    found = {name: _shapley(name, names, figure) for name in names}
    change = figure(frozenset(names)) - figure(frozenset())
    return (found, change) if np.isfinite([change, *found.values()]).all() else None


def _shapley(name: str, names: Sequence[str], figure: Callable[[frozenset[str]], float]) -> float:
    others = [one for one in names if one != name]
    total = 0.0
    for size in range(len(others) + 1):
        weight = factorial(size) * factorial(len(others) - size) / factorial(len(names))
        for before in combinations(others, size):
            moved = frozenset(before)
            total += weight * (figure(moved | {name}) - figure(moved))
    return total


def _calls(node: Node) -> list[Node]:
    """The functions in a formula: they may look back, and one figure for each part does not say what they give."""
    match node:
        case Call():
            return [node]
        case Negation(part):
            return _calls(part)
        case Operation(_, left, right):
            return [*_calls(left), *_calls(right)]
    return []


@dataclass(frozen=True)
class Move:
    """A series that left its course.

    place    where the move begins
    rising   which way it went
    usual    what is usual; `last` is the newest
    """

    place: int
    rising: bool
    usual: float
    last: float


def onset(series: Floats, bad: int) -> Move | None:
    """Since when a series has been off its usual course without coming back, up to its last figure.

    series  oldest first; NaN where there is none
    bad     −1 where a fall is bad, +1 where a rise is, 0 where either counts
    returns None where it is on its course, or too little is known of what is usual
    """
    usual = series[:-RECENT][-USUAL:]
    usual = usual[np.isfinite(usual)]
    recent = series[-RECENT:]
    if len(usual) < FEWEST or not len(recent) or not np.isfinite(recent[-1]):
        return None
    mean, deviation = float(usual.mean()), float(usual.std(ddof=1))
    side = bad or (1 if recent[-1] > mean else -1)
    least = max(NOTICEABLE * deviation, NOISE * max(abs(mean), 1.0))
    off = np.isfinite(recent) & ((recent - mean) * side >= least)
    if not off[-1]:
        return None
    on_course = np.flatnonzero(~off)
    first = int(on_course[-1]) + 1 if len(on_course) else 0
    return Move(len(series) - len(recent) + first, side > 0, mean, float(recent[-1]))
