"""Whether a rule is worth listening to: how often it was raised for nothing, flaps, repeats another, or never speaks.

Looks at the warnings that a rule opened within a window and at what their owners answered. The worst come first.
source  docs/rule_health.md
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from indicators.backtest import Span, shared

FEWEST = 3
"""Of fewer warnings no share is told: one useless one of two says little."""

ALIKE = 0.8
"""Two rules repeat each other where so much of the warnings of each stood together with one of the other."""


class Trouble(StrEnum):
    """What is wrong with a rule, the worst first."""

    NOISE = "noise"
    FLAPPING = "flapping"
    OVERLAP = "overlap"
    SILENT = "silent"


@dataclass(frozen=True)
class Raised:
    """One warning that a rule opened.

    span     from the day of its opening to that of its end
    reason   why no action was needed, as its owner answered last; empty where there was need, or no answer
    answered whether its owner answered at all
    flapped  whether the instance opened and closed too often
    """

    span: Span
    standing: bool = False
    answered: bool = False
    reason: str = ""
    flapped: bool = False


@dataclass(frozen=True)
class Record:
    """What is known of a rule over a window.

    fired      warnings opened; ``standing`` of them are open
    useless    of them answered with "no action needed", by the reasons in ``reasons``
    flapping   regions in which it opened and closed too often
    overlaps   rules that repeat it, with the share of its warnings that they share
    last       the day of its newest opening, ever; None: it never opened
    """

    rule: str
    fired: int = 0
    standing: int = 0
    answered: int = 0
    useless: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict, hash=False)
    flapping: int = 0
    overlaps: tuple[tuple[str, float], ...] = ()
    last: np.datetime64 | None = None

    @property
    def noise(self) -> float | None:
        """The share of warnings for which no action was needed, in percent; None of too few."""
        return 100.0 * self.useless / self.fired if self.fired >= FEWEST else None

    def troubles(self, limit: float) -> tuple[Trouble, ...]:
        """What is wrong with it; ``limit`` is the noise, in percent, above which a rule is to be looked at."""
        found = {
            Trouble.NOISE: self.noise is not None and self.noise > limit,
            Trouble.FLAPPING: self.flapping > 0,
            Trouble.OVERLAP: bool(self.overlaps),
            Trouble.SILENT: self.last is None,
        }
        return tuple(trouble for trouble, there in found.items() if there)


def record(rule: str, raised: Sequence[Raised], since: np.datetime64) -> Record:
    """What a rule did since a day; overlaps come from `repeated`, which sees all rules."""
    inside = [one for one in raised if one.span.first >= since]
    reasons = Counter(one.reason for one in inside if one.reason)
    return Record(
        rule=rule,
        fired=len(inside),
        standing=sum(one.standing for one in raised),
        answered=sum(one.answered for one in inside),
        useless=sum(reasons.values()),
        reasons=dict(reasons.most_common()),
        flapping=len({one.span.region for one in inside if one.flapped}),
        last=max((one.span.first for one in raised), default=None),
    )


def repeated(raised: Mapping[str, Sequence[Span]]) -> dict[str, tuple[tuple[str, float], ...]]:
    """Of each rule the rules whose warnings stood with its own, and its own with theirs; the closest first.

    raised  the warnings of each rule; those of fewer than FEWEST are left out
    """
    many = {rule: spans for rule, spans in raised.items() if len(spans) >= FEWEST}
    share = {
        (one, other): shared(many[one], many[other]) / len(many[one])
        for one in many for other in many if one != other
    }  # fmt: skip
    found: dict[str, list[tuple[str, float]]] = {}
    for (one, other), part in share.items():
        if part >= ALIKE and share[other, one] >= ALIKE:
            found.setdefault(one, []).append((other, part))
    return {rule: tuple(sorted(others, key=lambda one: (-one[1], one[0]))) for rule, others in found.items()}


def worst_first(records: Iterable[Record], limit: float) -> list[Record]:
    """Noise over the limit before all, the noisiest first; then flapping, repetition, silence; then the busiest."""
    worth = list(Trouble)

    def place(one: Record) -> tuple[object, ...]:
        troubles = one.troubles(limit)
        first = worth.index(troubles[0]) if troubles else len(worth)
        weight = one.noise or 0.0 if first == 0 else float(one.flapping)
        return first, -weight, -one.useless, -one.fired, one.rule

    return sorted(records, key=place)
