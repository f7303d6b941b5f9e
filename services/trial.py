"""A rule tried on a series of a file, outside of any store: the states, and what would have happened."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from indicators import comparison, periods
from indicators.alerts import Event, EventKind, Health, carry_forward
from indicators.backtest import Course, follow, tally
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import Level, level_of, parse_code
from indicators.rules import LEVELS, Readings, Reason, Rule, Verdict, WarningLevel, verdicts
from indicators.rules.values import Keys
from services import rule_files, series_files
from services.series_files import Series

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]
Columns = Mapping[str, Floats]

GAPS: Final = {"target_gap_pp": "target", "benchmark_gap_pp": "benchmark", "schedule_gap_pp": "schedule"}
"""Measures that are the value less a column that may stand beside it."""


@dataclass(frozen=True)
class Trial:
    """A rule and what it made of a series.

    compared  the column that was compared with the thresholds
    """

    rule: Rule
    series: Series
    measure: Floats
    verdict: Verdict
    course: Course
    compared: str

    def to_json(self) -> dict[str, Any]:
        """Everything for a program; docs/backtest.md tells what stands where."""
        return {
            "rule": _rule(self.rule),
            "compared": self.compared,
            "results": [self._result(*at) for at in self._places()],
            "events": [self.event(event) for event in self.course.events],
            "summary": self._summary(),
        }

    def _places(self) -> list[tuple[int, int]]:
        rows, columns = np.nonzero(self.series.begun.T)
        return list(zip(columns.tolist(), rows.tolist(), strict=True))

    def _result(self, nth: int, row: int) -> dict[str, Any]:
        happened = self._happened.get((nth, row))
        reason = Reason(int(self.verdict.reason[nth, row]))
        return {
            "region": self.series.regions[row],
            "period": self.series.labels[nth],
            "step": nth,
            "value": _number(self.measure[nth, row]),
            "state": self.state(nth, row),
            "level": _level(int(self.course.level[nth, row])),
            "health": Health(int(self.course.health[nth, row])).word,
            "event": None if happened is None else happened.kind.name,
            "reason": None if reason is Reason.JUDGED else reason.name.lower(),
        }

    @cached_property
    def _happened(self) -> Mapping[tuple[int, int], Event]:
        return {(self._step(event), event.row): event for event in self.course.events}

    def _step(self, event: Event) -> int:
        return int(np.searchsorted(self.series.keys, event.period))

    def state(self, nth: int, row: int) -> str:
        """``normal``, ``pending:blue``, ``firing:red`` after a period."""
        level, pending = int(self.course.level[nth, row]), int(self.course.pending[nth, row])
        if level:
            return f"firing:{WarningLevel(level).word}"
        return f"pending:{WarningLevel(pending).word}" if pending else "normal"

    def event(self, event: Event) -> dict[str, Any]:
        """One thing that happened."""
        nth = self._step(event)
        return {
            "region": self.series.regions[event.row],
            "period": self.series.labels[nth],
            "step": nth,
            "event": event.kind.name,
            "level": _level(event.level),
            "previous": _level(event.previous),
        }

    def _summary(self) -> dict[str, Any]:
        counted = tally(self.course.events, self.course.level, self.series.keys)
        time = {word: int(counted.time[:, at].sum()) for at, word in enumerate(_WORDS) if at}
        found: dict[str, Any] = {
            "openings": counted.opened,
            "by_region": dict(zip(self.series.regions, counted.by_row.tolist(), strict=True)),
            "periods_in_level": time,
            "events": {kind.name: counted.events.get(kind, 0) for kind in _KINDS},
        }
        return (
            found
            if self.series.steps
            else found | {"by_year": {str(k): n for k, n in counted.openings.items()}}
        )


_WORDS: Final = ("normal", *(level.word for level in LEVELS))
_KINDS: Final = (EventKind.OPEN, EventKind.UPGRADE, EventKind.DOWNGRADE, EventKind.RESOLVE)


def run(rule_file: Path, series_file: Path, wanted: str = "", *, figures: bool = False) -> Trial:
    """Try a rule of a file on a series of a file.

    wanted   which rule, where the file holds several
    figures  the values are figures, of which the rule's growth is computed first; else they are what it compares
    raises   CockpitError with everything that is wrong with either file, by its line
    """
    issues: list[Issue] = []
    written = series = None
    try:
        written = rule_files.choose(rule_files.load(rule_file), wanted, str(rule_file))
        rule = written.rule()
    except CockpitError as error:
        issues += error.issues
    try:
        series = series_files.load(series_file)
    except CockpitError as error:
        issues += error.issues
    if issues or written is None or series is None:
        raise CockpitError(issues)
    if not rule.compares:
        what, do = N_("规则类型 {type} 不作判定"), N_("换一条会预警的规则。")
        raise CockpitError(Issue("rule_says_nothing", what, do, written.where, params={"type": rule.type}))
    return tried(rule, series, written.carry, figures=figures, where=series_file.name)


def tried(rule: Rule, series: Series, carry: int = 0, *, figures: bool = False, where: str = "") -> Trial:
    """Try a rule on a series.

    carry  for how many later periods the last figure stays visible
    """
    columns = series.figures[_own(rule, series, where)]
    seen = {name: carry_forward(column, series.withdrawn, carry) for name, column in columns.items()}
    value = seen["value"]
    measure, compared = _growth(rule, series, value, where) if figures else _compared(rule, seen)
    readings = Readings(
        measure=measure,
        value=value if compared != "value" else None,
        coverage=columns.get("coverage"),
        base=columns.get("base"),
        denominator=columns.get("denominator"),
        age=columns.get("age"),
        period=None if series.steps else series.keys[:, None],
        region_level=_levels(series),
    )
    verdict = verdicts(rule, readings)
    verdict = replace(verdict, waiting=verdict.waiting | ~series.begun)
    health = _health(series, np.isnan(value) | (verdict.reason == Reason.PARTIAL))
    course = follow(rule, verdict, health, series.keys.tolist())
    return Trial(rule, series, measure, verdict, course, compared)


def _own(rule: Rule, series: Series, where: str) -> str:
    """The indicator of the series that the rule judges."""
    if len(series.figures) == 1:
        return next(iter(series.figures))
    if rule.code in series.figures:
        return rule.code
    raise CockpitError(
        Issue(
            "which_series", N_("文件里有几个指标：{codes}"), N_("规则要写明 code，或只留一个指标。"), where,
            params={"codes": ", ".join(series.figures)},
        )
    )  # fmt: skip


def _health(series: Series, lacking: NDArray[np.bool_]) -> Codes:
    """As the file says; a figure that is not there is past its grace, since a file has no calendar."""
    health = np.where(lacking & series.begun, Health.NO_DATA, Health.OK)
    return np.where(series.health >= 0, series.health, health).astype(np.int8)


def _levels(series: Series) -> NDArray[np.int64] | None:
    """The level of each region, as the file says it, else as its code tells; None where nothing tells any."""
    found = [_level_of(region, said) for region, said in zip(series.regions, series.levels, strict=True)]
    if not any(found):
        return None
    return np.array([[level or Level.COUNTY for level in found]], np.int64)


def _level_of(region: str, said: str) -> Level | None:
    if said:
        return Level.parse(said)
    try:
        return level_of(parse_code(region))
    except CockpitError:
        return None


def _compared(rule: Rule, columns: Columns) -> tuple[Floats, str]:
    """What the rule compares: the column of its measure, the gap to a column beside the value, or the value."""
    measure = rule.measure or "value"
    for name in (measure, "measure"):
        if name in columns:
            return columns[name], name
    beside = GAPS.get(measure, "")
    if beside in columns:
        return np.round(columns["value"] - columns[beside], 10), f"value-{beside}"
    return columns["value"], "value"


def _growth(rule: Rule, series: Series, value: Floats, where: str) -> tuple[Floats, str]:
    """The growth that a rule compares, of the figures themselves."""
    if rule.measure in (None, "value"):
        return value, "value"
    if series.steps or rule.measure not in _BEFORE:
        what = N_("从数值算不出 {measure}")
        do = N_("去掉 --figures，让 value 就是规则比较的数；或写一列 {measure}。")
        raise CockpitError(Issue("measure_not_computed", what, do, where, params={"measure": rule.measure}))
    before = _BEFORE[rule.measure](series.keys)
    place = np.searchsorted(series.keys, before).clip(max=len(series.keys) - 1)
    base = np.where((series.keys[place] == before)[:, None], value[place], np.nan)
    of = comparison.difference if rule.measure == "yoy_pp" else comparison.growth
    return of(value, base)[0], rule.measure


_BEFORE: Final[Mapping[str, Callable[[Keys], Keys]]] = {
    "yoy_pct": periods.year_before,
    "yoy_pp": periods.year_before,
    "mom_pct": lambda keys: np.concatenate([np.zeros(1, np.int64), keys[:-1]]),
}
"""Growth that a series tells by itself, and the period that each of its periods is compared with."""


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id or None,
        "type": rule.type,
        "measure": rule.measure,
        "op": [side.op for side in rule.sides],
        "levels": {
            level.word: {
                "threshold": [_number(side.thresholds[level - 1]) for side in rule.sides],
                "recovery": [_number(side.recovery[level - 1]) for side in rule.sides],
                "for_periods": rule.hold_for[level - 1],
                "keep_periods": rule.keep[level - 1],
            }
            for level in LEVELS
            if any(side.thresholds[level - 1] == side.thresholds[level - 1] for side in rule.sides)
        },
        "no_data": str(rule.no_data),
    }


def _level(level: int) -> str | None:
    return WarningLevel(level).word if level else None


def _number(number: float) -> float | None:
    return None if number != number else float(number)
