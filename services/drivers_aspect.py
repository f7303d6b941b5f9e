"""What is taken apart of a warning: a gap from something, a growth since some time, or the figure itself."""

from dataclasses import dataclass

import numpy as np

from indicators import periods
from indicators.definition import Indicator
from indicators.errors import N_
from indicators.measures import RATES, same_periods
from services import courses
from services.alerts import AlertView
from services.texts import Texts

PLAIN_RULES = ("threshold", "band", "schedule_gap", "target_gap", "benchmark_gap")
"""Rules of which the gap is that of one figure from one bound; the change is explained for all others."""

MIRRORED = "state"
"""The rule that mirrors a level which an authority published."""

WEEKS_BACK = 60

GROWN = ("yoy_pct", "yoy_real_pct", "mom_pct")
"""The measures that are growth rates."""

SUMS = {
    "bound": N_("与预警线的差距"),
    "schedule": N_("与时序进度的差距"),
    "target": N_("与目标的差距"),
    "benchmark": N_("与对标值的差距"),
    "base": N_("与{period}相比的变化"),
    "yoy": N_("对同比增速的拉动"),
    "mom": N_("对环比增速的拉动"),
    "plain": N_("对增速的拉动（比{period}）"),
    "value": N_("本级的数"),
}
"""What contributions add up to."""

LESS = {"schedule": N_("减：时序进度应达"), "target": N_("减：目标"), "benchmark": N_("减：对标值")}


@dataclass(frozen=True)
class Aspect:
    """What is taken apart.

    kind       gap, growth or value
    total      what the contributions add up to; None where there is no figure
    reference  what a gap is measured from, of a growth its bound; ``word`` says what that is, and since when it grew
    scale      what a part of a sum is multiplied with, where the gap is in percent of a target
    against    the period that a change is told against, and ``base`` the figure then
    bad        −1 where a low figure is warned of, +1 where a high one is
    """

    kind: str
    total: float | None
    unit: str
    reference: float | None = None
    word: str = "value"
    scale: float = 1.0
    against: int | None = None
    base: float | None = None
    bad: int = -1

    def of(self, texts: Texts, indicator: Indicator) -> str:
        """What contributions add up to, in words."""
        bound = self.kind == "growth" and self.reference is not None
        return texts.t(SUMS["bound" if bound else self.word], period=self._period(texts, indicator))

    def less(self, texts: Texts) -> str:
        """What is subtracted from the parts of a sum to make a gap."""
        return texts.t(LESS[self.word])

    def _period(self, texts: Texts, indicator: Indicator) -> str:
        return texts.period(self.against, str(indicator.frequency)) if self.against else ""


@dataclass(frozen=True)
class Standing:
    """A figure that is warned of, and what it is set against.

    against  the period that a change is told against, and ``base`` the figure then; None where there is none
    parted   whether a gap is divided among parts; the parts of a sum make the figure itself
    """

    alert: AlertView
    indicator: Indicator
    value: float | None
    against: int | None
    base: float | None
    parted: bool

    @property
    def rate(self) -> bool:
        """Whether the figure is a rate: those differ in percentage points."""
        return self.indicator.unit in RATES

    @property
    def points(self) -> str:
        """The unit of a difference."""
        return courses.POINTS if self.rate else self.indicator.unit

    def plainly(self, bad: int) -> Aspect:
        """The figure itself."""
        return Aspect("value", self.value, self.indicator.unit, against=self.against, base=self.base, bad=bad)

    def change(self, bad: int) -> Aspect:
        """The change since the other period: points of a rate, growth of a sum of which the base is positive.

        Rules that do not compare one figure with one bound warn of either way; the way that it went is the bad one.
        """
        value, base = self.value, self.base
        if value is None or base is None or (base <= 0 and not self.parted):
            return self.plainly(bad)
        way = 1 if value > base else -1
        if self.parted:
            return Aspect(
                "gap", value - base, self.points, reference=base, word="base", against=self.against, bad=way
            )
        growth = 100 * (value - base) / base
        return Aspect("growth", growth, courses.POINTS, word="plain", against=self.against, bad=way)


def aspect_of(it: Standing, rule_type: str, target: float | None) -> Aspect:
    """The gap from what, or the growth since when; else the figure itself.

    target  what the region is to reach in the year, for the course of a sum towards it
    """
    alert, value = it.alert, it.value
    bad = 1 if alert.op.startswith(">") else -1
    if value is None or rule_type == MIRRORED:
        return it.plainly(bad)
    if rule_type not in PLAIN_RULES:
        return it.change(bad)
    if alert.measure.endswith("_gap_pp") and alert.measured is not None:
        word = alert.measure.removesuffix("_gap_pp")
        if word == "schedule" and not it.rate:
            return _completion(it, value, target, bad)
        reference = value - alert.measured
        return Aspect("gap", alert.measured, it.points, reference=reference, word=word, bad=bad)
    if alert.measure == "value" and it.parted and alert.threshold is not None:
        gap = value - alert.threshold
        return Aspect("gap", gap, it.points, reference=alert.threshold, word="bound", bad=bad)
    if alert.measure in GROWN and not it.rate and it.against:
        word, bound = alert.measure[:3], alert.threshold
        total = alert.measured if alert.measured is None or bound is None else alert.measured - bound
        return Aspect("growth", total, courses.POINTS, bound, word, against=it.against, bad=bad)
    return it.plainly(bad) if alert.measure == "value" and bad > 0 else it.change(bad)


def _completion(it: Standing, value: float, target: float | None, bad: int) -> Aspect:
    """Of a sum against the schedule of its target: what each part has done of the target, less what is due."""
    if not target or it.alert.measured is None:
        return it.plainly(bad)
    due, scale = 100 * value / target - it.alert.measured, 100 / target
    return Aspect(
        "gap", it.alert.measured, courses.POINTS, reference=due, word="schedule", scale=scale, bad=bad
    )


def candidates(alert: AlertView, indicator: Indicator) -> tuple[int, ...]:
    """The periods that a change may be told against, the best first: the same one of the year before, of days the same
    weekday before the warning opened; then the period before.
    """
    keys = [int(key[0]) for key in same_periods(np.array([alert.period]), indicator.frequency, WEEKS_BACK)]
    fine = str(indicator.frequency) in ("daily", "weekly", "hourly", "realtime")
    same = next((key for key in keys if key < alert.opened), 0) if fine else keys[0]
    before = int(periods.previous(np.array([alert.period]), str(indicator.frequency))[0])
    wished = (before, same) if alert.measure == "mom_pct" else (same, before)
    return tuple(key for key in dict.fromkeys(wished) if key > 0)
