"""A rule tried on a series of a file, outside of any store: the states, and what would have happened."""

from collections.abc import Callable, Mapping, Sequence
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
from indicators.regions import Level, level_of, parent_by_digits, parse_code
from indicators.rules import LEVELS, Readings, Reason, Rule, Verdict, WarningLevel, judged, measured
from indicators.rules.values import Keys
from services import rule_files, series_files
from services.rule_files import Written
from services.series_files import Series

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]
Columns = Mapping[str, Floats]

GAPS: Final = {"target_gap_pp": "target", "benchmark_gap_pp": "benchmark", "schedule_gap_pp": "schedule"}
"""Measures that are the value less a column that may stand beside it."""


@dataclass(frozen=True)
class Trial:
    """A rule and what it made of a series.

    value     the figures, carried forward; `measure` what was compared
    compared  the column that the rule looked at
    """

    rule: Rule
    series: Series
    value: Floats
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
            "value": _number(self.value[nth, row]),
            "measure": _number(self.measure[nth, row]),
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

    def said(self, nth: int, row: int) -> str:
        """The state as worked cases write it: with the health behind it where figures do not come as they should."""
        health = Health(int(self.course.health[nth, row]))
        return self.state(nth, row) + ("" if health is Health.OK else f"|{health.word}")

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
    figures  the values are figures, of which the rule's growth is computed first; else they are what it looks at
    raises   CockpitError with everything that is wrong with either file, by its line
    """
    issues: list[Issue] = []
    found: Sequence[Written] = ()
    chosen = rule = series = None
    try:
        found = rule_files.load(rule_file)
        chosen = rule_files.choose(found, wanted, str(rule_file))
        rule = chosen.rule()
    except CockpitError as error:
        issues += error.issues
    try:
        series = series_files.load(series_file)
    except CockpitError as error:
        issues += error.issues
    if issues or chosen is None or rule is None or series is None:
        raise CockpitError(issues)
    return tried(rule, series, chosen.carry, Trying(chosen.where, figures, found))


@dataclass(frozen=True)
class Trying:
    """What belongs to a trial beside the rule and the series.

    where    file and line of the rule
    figures  the values are figures, of which the growth is computed first
    beside   the other rules of the file, of which a composite is made
    within   the composites that are being tried
    """

    where: str = ""
    figures: bool = False
    beside: Sequence[Written] = ()
    within: tuple[str, ...] = ()


def tried(rule: Rule, series: Series, carry: int = 0, trying: Trying = Trying()) -> Trial:
    """Try a rule on a series.

    carry   for how many later periods the last figure stays visible
    raises  CockpitError where the series does not tell what the rule looks at
    """
    if not rule.compares:
        what, do = N_("规则类型 {type} 不作判定"), N_("换一条会预警的规则。")
        raise CockpitError(Issue("rule_says_nothing", what, do, trying.where, params={"type": rule.type}))
    if rule.members:
        return _composed(rule, series, trying)
    columns = series.figures[_own(rule, series, trying.where)]
    seen = {name: carry_forward(column, series.withdrawn, carry) for name, column in columns.items()}
    value = seen["value"]
    looked_at, compared = (
        _growth(rule, series, value, trying.where) if trying.figures else _compared(rule, seen)
    )
    readings = replace(
        _beside(rule, series),
        measure=looked_at,
        value=value if compared != "value" else None,
        coverage=columns.get("coverage"),
        base=columns.get("base"),
        denominator=columns.get("denominator"),
        age=columns.get("age"),
    )
    return _followed(rule, series, value, readings, compared)


def _composed(rule: Rule, series: Series, trying: Trying) -> Trial:
    """Try a rule that is made of others of the same file."""
    if rule.id in trying.within:
        what, do = N_("复合规则 {rule} 引用了自己"), N_("从 of 中去掉它。")
        raise CockpitError(Issue("composite_itself", what, do, trying.where, params={"rule": rule.id}))
    inside = replace(trying, within=(*trying.within, rule.id))
    parts = []
    for member in rule.members:
        written = next((one for one in trying.beside if member in (one.id, one.name)), None)
        if written is None:
            what, do = N_("文件里没有规则 {rule}"), N_("把成员规则也写在这个文件里。")
            raise CockpitError(Issue("no_rule_in_file", what, do, trying.where, params={"rule": member}))
        parts.append(tried(written.rule(), series, written.carry, replace(inside, where=written.where)))
    there = np.any([~np.isnan(part.value) for part in parts], axis=0)
    heard = np.where(there, 0.0, np.nan)
    levels = np.stack([part.course.level for part in parts])
    readings = replace(_beside(rule, series), measure=heard, value=heard, levels=levels)
    return _followed(rule, series, heard, readings, "members")


def _beside(rule: Rule, series: Series) -> Readings:
    """What a rule looks at beside figures: periods, levels, siblings, its scope."""
    codes = [_code(region) for region in series.regions]
    parents = [(code and parent_by_digits(code)) or 0 for code in codes]
    period = None if series.steps else series.keys[:, None]
    levels = _levels(series)
    outside = None
    if rule.scope and not series.steps:
        paths = [_path(code) for code in codes]
        known = [int(Level.COUNTY)] * len(codes) if levels is None else levels[0].tolist()
        outside = rule.scope.outside(paths, known, periods.end_days(series.keys))
    group = np.array(parents, np.int64) if rule.rank_from else None
    nothing = np.full(series.begun.shape, np.nan)
    return Readings(nothing, period=period, region_level=levels, group=group, outside=outside)


def _code(region: str) -> int | None:
    """The code that a region is written as; None for other texts."""
    try:
        return parse_code(region)
    except CockpitError:
        return None


def _path(code: int | None) -> tuple[int, ...]:
    """A region and those above it, as far as digits tell."""
    found: list[int] = []
    while code is not None:
        found.append(code)
        code = parent_by_digits(code)
    return tuple(found)


def _followed(rule: Rule, series: Series, value: Floats, looked_at: Readings, compared: str) -> Trial:
    """Judge what a rule looks at, and follow it through the periods."""
    readings = measured(rule, looked_at)
    verdict = judged(rule, readings)
    verdict = replace(verdict, waiting=verdict.waiting | ~series.begun)
    lacking = np.isnan(value) | np.isin(verdict.reason, (Reason.PARTIAL, Reason.NO_SIBLINGS))
    course = follow(rule, verdict, _health(series, lacking), series.keys.tolist())
    return Trial(rule, series, value, readings.measure, verdict, course, compared)


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
    code = _code(region)
    return None if code is None else level_of(code)


def _compared(rule: Rule, columns: Columns) -> tuple[Floats, str]:
    """What the rule compares: the column of its measure, the gap to a column beside the value, or the value."""
    measure = rule.asks
    for name in (measure, "measure"):
        if name in columns:
            return columns[name], name
    beside = GAPS.get(measure, "")
    if beside in columns:
        return np.round(columns["value"] - columns[beside], 10), f"value-{beside}"
    return columns["value"], "value"


def _growth(rule: Rule, series: Series, value: Floats, where: str) -> tuple[Floats, str]:
    """The growth that a rule compares, of the figures themselves."""
    if rule.asks == "value":
        return value, "value"
    if series.steps or rule.asks not in _BEFORE:
        what = N_("从数值算不出 {measure}")
        do = N_("去掉 --figures，让 value 就是规则比较的数；或写一列 {measure}。")
        raise CockpitError(Issue("measure_not_computed", what, do, where, params={"measure": rule.asks}))
    before = _BEFORE[rule.asks](series.keys)
    place = np.searchsorted(series.keys, before).clip(max=len(series.keys) - 1)
    base = np.where((series.keys[place] == before)[:, None], value[place], np.nan)
    of = comparison.difference if rule.asks == "yoy_pp" else comparison.growth
    return of(value, base)[0], rule.asks


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
