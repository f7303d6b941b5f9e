"""What is measured: each module exposes ``run() -> list[Row]``; `table` prints them.

Figures are ratios or differences within one interleaved run, so that other work on the machine weighs on both sides.
"""

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measured figure and the limit it is held to.

    limit  what is allowed: an upper bound, or with ``at_least`` a lower one; None is measured without a limit
    """

    name: str
    value: float
    limit: float | None
    unit: str = "×"
    note: str = ""
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether the figure keeps its limit."""
        if self.limit is None:
            return True
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def table(rows: Iterable[Row]) -> str:
    """The rows as a table in Markdown."""
    lines = ["| what | measured | limit | | note |", "| --- | ---: | ---: | --- | --- |"]
    for row in rows:
        sign = "≥" if row.at_least else "≤"
        limit = "" if row.limit is None else f"{sign} {row.limit:g} {row.unit}"
        verdict = "" if row.limit is None else "holds" if row.holds else "MISSED"
        lines.append(f"| {row.name} | {row.value:.3g} {row.unit} | {limit} | {verdict} | {row.note} |")
    return "\n".join(lines)


def interleaved(runs: int, *contenders: Callable[[], object]) -> list[list[float]]:
    """Seconds of each contender in each run, taken in turn; the first round warms up and is not counted."""
    seconds: list[list[float]] = [[] for _ in contenders]
    for run in range(runs + 1):
        for contender, taken in zip(contenders, seconds, strict=True):
            start = time.perf_counter()
            contender()
            if run:
                taken.append(time.perf_counter() - start)
    return seconds


def median_ratio(ours: list[float], theirs: list[float]) -> float:
    """The median of the ratios of the runs."""
    return statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))
