"""Signs normalised, weighed and combined into an index: 0 to 100, with every part of it traceable.

A sign is put on a scale that its own warning lines draw: the mildest line is 80 points, the most severe 20, the
lines between stand evenly, and one step of the ladder beyond either end are 100 and 0. Scores below 80 and
warnings therefore say the same. What is missing is left out and never filled; the weights of the rest make up
for it, and where too little is left there is no index. Source: docs/health_index.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor, isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BEST, WORST = 100.0, 0.0
NORMAL: Final = 80.0
"""The score on the mildest warning line: what is better is normal."""
SEVERE: Final = 20.0
"""The score on the most severe line."""
FEWEST_LINES: Final = 2
"""A ladder needs two lines to have a step."""


@dataclass(frozen=True)
class Scale:
    """From a measured number to a score: corners in rising order of the number, straight lines between them."""

    at: tuple[float, ...]
    scores: tuple[float, ...]

    def score(self, value: float) -> float:
        """The score of a number: beyond the outermost corners it stays what it is there."""
        if value <= self.at[0]:
            return self.scores[0]
        if value >= self.at[-1]:
            return self.scores[-1]
        right = next(place for place, corner in enumerate(self.at) if value < corner)
        low, high = self.at[right - 1], self.at[right]
        part = (value - low) / (high - low)
        return self.scores[right - 1] + part * (self.scores[right] - self.scores[right - 1])


def ladder(lines: Sequence[float], *, rising_is_bad: bool, limit: float | None = None) -> Scale | None:
    """The scale that the warning lines of a sign draw; None where there are fewer than two.

    lines  mildest first; NaN for a level that is not configured
    limit  what a sign of this kind cannot pass on its good side: a count is not below 0, a share not above 100;
           reaching it is 100 points even where the ladder would ask for more
    """
    found = [line for line in lines if isfinite(line)]
    if len(found) < FEWEST_LINES:
        return None
    best = found[0] - (found[1] - found[0])
    if limit is not None and (found[0] >= limit if rising_is_bad else found[0] <= limit):
        best = max(best, limit) if rising_is_bad else min(best, limit)
    worst = found[-1] + (found[-1] - found[-2])
    step = (NORMAL - SEVERE) / (len(found) - 1)
    corners = [
        (best, BEST),
        *((line, NORMAL - step * place) for place, line in enumerate(found)),
        (worst, WORST),
    ]
    if not rising_is_bad:
        corners.reverse()
    return Scale(tuple(at for at, _ in corners), tuple(score for _, score in corners))


def standing(level: int) -> float:
    """The score of a level that an authority has published: the middle of its band; 0 none, 1 blue … 4 red."""
    return BEST if level == 0 else NORMAL - SEVERE * (level - 0.5)


@dataclass(frozen=True)
class Branch:
    """A part of the index: a sign (without parts), or a theme, a domain, a whole made of parts.

    weight  among its siblings; only the proportions count
    """

    key: str
    parts: tuple["Branch", ...] = ()
    weight: float = 1.0

    @property
    def signs(self) -> tuple[str, ...]:
        """The signs under this branch, in order."""
        return tuple(sign for part in self.parts for sign in part.signs) if self.parts else (self.key,)


@dataclass(frozen=True)
class Index:
    """What a branch came to.

    value     None where too little was there
    weights   of every sign that counts, adding up to 1; empty without a value
    scores    of the same signs
    there     how many signs have a score, of ``expected``
    """

    value: float | None
    weights: Mapping[str, float]
    scores: Mapping[str, float]
    there: int
    expected: int


def compose(branch: Branch, scores: Mapping[str, float], least: float) -> dict[str, Index]:
    """The index of a branch and of everything under it, by key.

    scores  0 to 100 by sign; a sign that is not among them is missing
    least   the share of its signs that a branch must have, else it has no index and its siblings make up for it
    """
    found: dict[str, Index] = {}
    _compose(branch, scores, least, found)
    return found


def _compose(branch: Branch, scores: Mapping[str, float], least: float, found: dict[str, Index]) -> Index:
    if not branch.parts:
        has = branch.key in scores
        index = Index(
            scores[branch.key] if has else None,
            {branch.key: 1.0} if has else {},
            {branch.key: scores[branch.key]} if has else {},
            int(has),
            1,
        )
    else:
        parts = [(part.weight, _compose(part, scores, least, found)) for part in branch.parts]
        index = _together(parts, least)
    found[branch.key] = index
    return index


def _together(parts: Sequence[tuple[float, Index]], least: float) -> Index:
    there = sum(index.there for _, index in parts)
    expected = sum(index.expected for _, index in parts)
    counted = [(weight, index) for weight, index in parts if index.value is not None]
    whole = sum(weight for weight, _ in counted)
    if not expected or there < least * expected or whole <= 0:
        return Index(None, {}, {}, there, expected)
    weights = {
        sign: weight / whole * share for weight, index in counted for sign, share in index.weights.items()
    }
    own = {sign: score for _, index in counted for sign, score in index.scores.items()}
    return Index(sum(weights[sign] * own[sign] for sign in weights), weights, own, there, expected)


@dataclass(frozen=True)
class Change:
    """Why an index moved: what each sign did, and what the change of coverage did.

    signs     of the signs that count in both: mean weight × change of the score
    coverage  of signs that came, went or were weighed anew because others came or went
    joined, left  the signs that count only after, only before
    """

    before: float
    after: float
    signs: Mapping[str, float]
    coverage: float
    joined: tuple[str, ...]
    left: tuple[str, ...]

    @property
    def total(self) -> float:
        """The difference; the parts add up to it."""
        return self.after - self.before


def change(before: Index, after: Index) -> Change | None:
    """The difference between two values of one index, taken apart; None where one of them is missing."""
    if before.value is None or after.value is None:
        return None
    both = [sign for sign in after.weights if sign in before.weights]
    moved = {
        sign: (before.weights[sign] + after.weights[sign]) / 2 * (after.scores[sign] - before.scores[sign])
        for sign in both
    }
    return Change(
        before=before.value,
        after=after.value,
        signs=moved,
        coverage=after.value - before.value - sum(moved.values()),
        joined=tuple(sign for sign in after.weights if sign not in before.weights),
        left=tuple(sign for sign in before.weights if sign not in after.weights),
    )


def rounded(values: Sequence[float], decimals: int, total: float) -> tuple[float, ...]:
    """Numbers as they are printed, still adding up to the printed total: the largest remainders are rounded up.

    total  already rounded; the numbers differ from it by less than a unit of the last digit each
    """
    unit = 10.0**decimals
    downs = [floor(value * unit + 1e-9) for value in values]
    lacking = round(total * unit) - sum(downs)
    by_remainder = sorted(range(len(values)), key=lambda place: downs[place] - values[place] * unit)
    step = 1 if lacking > 0 else -1
    order = by_remainder if lacking > 0 else by_remainder[::-1]
    for turn in range(abs(lacking) if order else 0):
        downs[order[turn % len(order)]] += step
    return tuple(down / unit for down in downs)


def weighed(branch: Branch, factors: Mapping[str, float]) -> Branch:
    """The same tree with some weights multiplied."""
    return Branch(
        branch.key,
        tuple(weighed(part, factors) for part in branch.parts),
        branch.weight * factors.get(branch.key, 1.0),
    )


def keys(branch: Branch) -> tuple[str, ...]:
    """Every key under a branch, itself first."""
    return (branch.key, *(key for part in branch.parts for key in keys(part)))


def drawn(branch: Branch, indices: Mapping[str, Index], draws: Mapping[str, Floats]) -> Floats:
    """The value of a branch under many sets of weights at once; NaN where it has no index.

    indices  what ``compose`` gave for the same tree
    draws    by key a factor of the weight for every set; a key that is not there keeps its weight
    """
    own = indices[branch.key].value
    many = max((len(factors) for factors in draws.values()), default=1)
    if own is None or not branch.parts:
        return np.full(many, np.nan if own is None else own)
    counted = [part for part in branch.parts if indices[part.key].value is not None]
    weights = np.array([part.weight * draws.get(part.key, np.ones(many)) for part in counted])
    values = np.array([drawn(part, indices, draws) for part in counted])
    together: Floats = (weights * values).sum(axis=0) / weights.sum(axis=0)
    return together


@dataclass(frozen=True)
class Robustness:
    """How far an index and its rank hang on the weights: the middle nine tenths of what the draws gave."""

    low: float
    high: float
    best_rank: int | None = None
    worst_rank: int | None = None


def robustness(values: Sequence[Floats]) -> list[Robustness | None]:
    """The spread of each of some regions over the same draws, with the spread of its rank among those that have one.

    values  one array per region, of one length; NaN throughout for a region without an index
    """
    there = [place for place, one in enumerate(values) if len(one) and np.isfinite(one).all()]
    if not there:
        return [None] * len(values)
    table = np.array([values[place] for place in there])
    ranks = 1 + np.array([(table > row).sum(axis=0) for row in table])
    found: list[Robustness | None] = [None] * len(values)
    for row, place in enumerate(there):
        low, high = np.quantile(table[row], (0.05, 0.95))
        first, last = np.quantile(ranks[row], (0.05, 0.95), method="closest_observation")
        alone = len(there) == 1
        found[place] = Robustness(
            float(low), float(high), None if alone else int(first), None if alone else int(last)
        )
    return found
