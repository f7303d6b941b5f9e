"""Rule types that look at more than one figure: its course, its control chart, its siblings, its absence."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from indicators import charts, comparison, periods
from indicators.charts import PATTERNS, Lean
from indicators.definition import Basis, Indicator, Polarity
from indicators.errors import N_
from indicators.measures import RATES
from indicators.rules import fields
from indicators.rules.base import LEAST_COVERAGE, MEASURES, RuleType, needs_rhythm
from indicators.rules.entry import Entry, four
from indicators.rules.judging import across_change
from indicators.rules.values import (
    LEVELS,
    NAN,
    PATTERN_CHARTS,
    Chart,
    Codes,
    Keys,
    Marks,
    Numbers,
    Readings,
    Reason,
    Rule,
    Side,
    within,
)

IN_CONTROL_LEAST: Final = 8
"""So many figures make the limits of a chart at the least."""

LEAST_SIBLINGS: Final = 3
"""Among fewer nobody is ranked; a rule may ask for more."""

FAMILY: Final = 12
"""Who had no figure in so many periods before is not waited for: it is none of those that are compared."""

T = TypeVar("T", bound=np.generic)

CHARTS: Final = (*PATTERN_CHARTS, "cusum", "ewma")


def of_course(readings: Readings, measure: Numbers) -> Readings:
    """Readings that compare another measure; the figure stays beside it."""
    value = readings.measure if readings.value is None else readings.value
    return replace(readings, measure=np.where(np.isnan(value), NAN, measure), value=value)


def in_time(array: NDArray[T]) -> NDArray[T]:
    """A column as periods × series, whatever stands behind the first axis."""
    return array.reshape(len(array), -1)


class Trend(RuleType):
    """So many periods in a row falling, or rising."""

    name = "trend"
    figures = False
    measures = MEASURES
    compared = ("falling_run", "rising_run")

    def read(self, entry: Entry, code: str, indicator: Indicator | None) -> Rule:
        """Levels are numbers of periods."""
        rule = super().read(entry, code, indicator)
        usual = "rising" if indicator and indicator.polarity is Polarity.LOWER_BETTER else "falling"
        direction = entry.word("direction", ("falling", "rising"), usual)
        longest = max((t for side in rule.sides for t in side.thresholds if t == t), default=1)
        _has_course(entry, rule, indicator)
        return replace(
            rule,
            measure=f"{direction}_run",
            looks_at=rule.measure or "value",
            looks_back=2 * int(longest) + 1,
        )

    def sides(self, entry: Entry) -> tuple[Side, ...]:
        """At least so many periods in a row."""
        thresholds = entry.thresholds()
        if any(t == t and (t < 1 or t != int(t)) for t in thresholds):
            entry.fault(
                "rule_run", N_("连续期数须为正整数"), N_("按级别写连续几期，如 {{red: 6, blue: 3}}。")
            )
        return (entry.side(">=", thresholds),)

    def measured(self, rule: Rule, readings: Readings) -> Readings:
        """How long figures have been falling, or rising."""
        broken = None
        if rule.breaks and readings.period is not None:
            broken = np.broadcast_to(across_change(rule, readings.period), readings.measure.shape)
        falls, rises = charts.course(
            in_time(readings.measure), rule.looks_back + 1, None if broken is None else in_time(broken)
        )
        run = falls if rule.measure == "falling_run" else rises
        return of_course(readings, run.reshape(readings.measure.shape))


class Control(RuleType):
    """Out of statistical control: run rules, cumulative sums or weighted means against an in-control period."""

    name = "control"
    figures = False
    measures = MEASURES
    compared = ("chart_level", "cusum", "ewma")
    lacking = Reason.NO_BASELINE

    def read(self, entry: Entry, code: str, indicator: Indicator | None) -> Rule:
        """The chart stands beside the levels."""
        chart = self._chart(entry, indicator)
        rule = super().read(entry, code, indicator)
        measure = "chart_level" if chart.kind in PATTERN_CHARTS else chart.kind
        _has_course(entry, rule, indicator)
        return replace(rule, measure=measure, looks_at=rule.measure or "value", chart=chart)

    def sides(self, entry: Entry) -> tuple[Side, ...]:
        """A level is a pattern of points, or how far a sum or mean may stray."""
        if entry.text("chart", CHARTS[0]) in ("cusum", "ewma"):
            return (entry.side(">", entry.thresholds()),)
        written = entry.bounds()
        return (Side(">=", four(float(level) if level.word in written else NAN for level in LEVELS)),)

    def _chart(self, entry: Entry, indicator: Indicator | None) -> Chart:
        kind = entry.word("chart", CHARTS, CHARTS[0])
        polarity = indicator.polarity if indicator else None
        usual = {Polarity.HIGHER_BETTER: Lean.LOWER, Polarity.LOWER_BETTER: Lean.UPPER}.get(
            polarity or Polarity.RANGE, Lean.BOTH
        )
        declared = entry.mapping_of("in_control")
        first, last = (fields.day(entry, f"in_control.{name}", declared.get(name)) for name in ("from", "to"))
        chart = Chart(
            kind,
            Lean(entry.word("side", tuple(Lean), usual)),
            entry.optional("centre"),
            entry.optional("sd"),
            first,
            last,
            fields.day(entry, "since", entry.get("since")),
            _or(entry.optional("k"), 0.5),
            _or(entry.optional("lambda"), 0.2),
            self._patterns(entry, kind) if kind in PATTERN_CHARTS else (),
        )
        self._sound(entry, chart, indicator)
        return chart

    def _patterns(self, entry: Entry, kind: str) -> tuple[tuple[str, ...], ...]:
        """The run rules of each level: ``red: 1`` or ``blue: [2, 3]``."""
        prefix = "WE" if kind == "western_electric" else "N"
        written = entry.bounds()
        found = []
        for level in LEVELS:
            raw = written.get(level.word, ())
            listed = raw if isinstance(raw, Sequence) and not isinstance(raw, str) else (raw,)
            names = tuple(f"{prefix}{number}" for number in listed)
            for name in names:
                if name not in PATTERNS:
                    known = ", ".join(one.removeprefix(prefix) for one in PATTERNS if one.startswith(prefix))
                    entry.fault(
                        "rule_pattern",
                        N_("控制图 {chart} 没有判异规则 {pattern}"),
                        N_("可用：{allowed}"),
                        chart=kind,
                        pattern=name.removeprefix(prefix),
                        allowed=known,
                    )
            found.append(names)
        return tuple(found)

    def _sound(self, entry: Entry, chart: Chart, indicator: Indicator | None) -> None:
        """Limits come from one place, and a chart begins somewhere."""
        stated = chart.centre is not None and chart.deviation is not None
        declared = chart.first is not None and chart.last is not None
        if stated == declared:
            entry.fault(
                "chart_limits",
                N_("控制图须写明受控期，或中心与标准差，二者取一"),
                N_('写 in_control: {{from: "2022-01-01", to: "2024-12-31"}}，或 centre 和 sd。'),
            )
        if declared and chart.first and chart.last and chart.last <= chart.first:
            entry.fault("chart_in_control", N_("受控期终止于开始之前"), N_("核对 in_control。"))
        if chart.deviation is not None and not chart.deviation > 0:
            entry.fault("chart_deviation", N_("标准差 sd 须为正数"))
        if not 0 < chart.weight <= 1:
            entry.fault("chart_weight", N_("加权系数 lambda 须大于 0、不大于 1"))
        if chart.slack < 0:
            entry.fault("chart_slack", N_("允许偏移 k 不能为负"))
        if stated and chart.since is None and indicator is not None:
            entry.fault(
                "chart_since", N_("写明中心与标准差的控制图须写明从哪天开始"), N_('写 since: "2024-01-01"。')
            )

    def measured(self, rule: Rule, readings: Readings) -> Readings:
        """What the chart says of every point: a level, or how far it has strayed."""
        chart = rule.chart
        if chart is None:
            return readings
        x = in_time(readings.measure)
        centre, deviation = self._limits(chart, x, readings)
        z = charts.standardised(np.where(self._drawn(chart, readings), x, NAN), centre, deviation)
        if chart.kind == "cusum":
            said = charts.cusum(z, chart.slack, chart.lean)
        elif chart.kind == "ewma":
            said = charts.strayed(z, chart.weight, chart.lean)
        else:
            said = np.where(np.isnan(z), NAN, 0.0)
            for level, names in zip(LEVELS, chart.patterns, strict=True):
                for name in names:
                    said[charts.runs(z, name, chart.lean)] = level
        return of_course(readings, said.reshape(readings.measure.shape))

    def _limits(self, chart: Chart, x: Numbers, readings: Readings) -> tuple[Numbers, Numbers]:
        if chart.centre is not None and chart.deviation is not None:
            shape = x.shape[1:]
            return np.full(shape, chart.centre), np.full(shape, chart.deviation)
        if readings.period is None:
            return np.full(x.shape[1:], NAN), np.full(x.shape[1:], NAN)
        declared = within(
            periods.end_days(readings.period).reshape(len(x), -1)[:, 0], chart.first, chart.last
        )
        return charts.in_control(x, declared, IN_CONTROL_LEAST)

    def _drawn(self, chart: Chart, readings: Readings) -> Marks:
        """Which periods are points of the chart: those after the in-control period, and from `since` on."""
        if readings.period is None:
            return np.ones((len(readings.measure), 1), np.bool_)
        ends = periods.end_days(readings.period).reshape(len(readings.measure), -1)
        drawn = within(ends, chart.since, None)
        return drawn & (ends > np.datetime64(chart.last)) if chart.last else drawn

    def reasons(self, rule: Rule, readings: Readings) -> Codes:
        """What makes the limits is not judged by them."""
        reason = super().reasons(rule, readings)
        if rule.chart is not None and readings.period is not None:
            before = np.broadcast_to(~self._drawn(rule.chart, readings), in_time(readings.measure).shape)
            before = before.reshape(reason.shape)
            reason[before & np.isin(reason, (Reason.JUDGED, Reason.NO_BASELINE))] = Reason.IN_CONTROL
        return reason


class Rank(RuleType):
    """Among the worst of its siblings: the regions of the same level under the same parent."""

    name = "rank"
    figures = False
    measures = (*MEASURES, "schedule_gap_pp", "target_gap_pp")
    compared = ("sibling_place", "sibling_share")
    lacking = Reason.NO_SIBLINGS

    def read(self, entry: Entry, code: str, indicator: Indicator | None) -> Rule:
        """Levels are places counted from the worst, or shares of the siblings."""
        rule = super().read(entry, code, indicator)
        usual = "top" if indicator and indicator.polarity is Polarity.LOWER_BETTER else "bottom"
        by = entry.word("by", ("place", "share"), "place")
        least = entry.whole("least_siblings") or LEAST_SIBLINGS
        if least < 2:
            entry.fault("rule_siblings", N_("least_siblings 不能小于 2"))
        return replace(
            rule,
            measure=f"sibling_{by}",
            looks_at=rule.measure or "value",
            looks_back=FAMILY,
            rank_from=entry.word("end", ("bottom", "top"), usual),
            least_siblings=least,
        )

    def sides(self, entry: Entry) -> tuple[Side, ...]:
        """No further from the worst than so many places."""
        thresholds = entry.thresholds()
        if any(t <= 0 for t in thresholds):
            entry.fault("rule_place", N_("名次和比例须为正数"), N_("如 {{red: 1, orange: 2, yellow: 3}}。"))
        return (entry.side("<=", thresholds),)

    def measured(self, rule: Rule, readings: Readings) -> Readings:
        """The place of each region from the worst; equal figures share one."""
        x = in_time(readings.measure)
        groups = np.zeros(x.shape[1], np.int64) if readings.group is None else readings.group
        if readings.coverage is not None:  # a sum with holes has no place
            whole = np.broadcast_to(readings.coverage, readings.measure.shape).reshape(x.shape)
            x = np.where(whole < LEAST_COVERAGE, NAN, x)
        places = np.full(x.shape, NAN)
        for group in _several(groups, rule.least_siblings):
            places[:, group] = self._places(rule, x[:, group])
        return of_course(readings, places.reshape(readings.measure.shape))

    def _places(self, rule: Rule, x: Numbers) -> Numbers:
        """Places within one family; none where too few have reported, or all are equal."""
        ranked = comparison.rank(x.T, np.ones(x.shape[1], np.bool_), rank_from_top(rule)).T.astype(np.float64)
        there = ~np.isnan(x)
        heard = np.cumsum(there, axis=0)
        earlier = np.concatenate([np.zeros((rule.looks_back + 1, x.shape[1]), np.int64), heard])[: len(x)]
        count, family = there.sum(axis=1), (heard > earlier).sum(axis=1)
        # An order of a part of the family would turn with every late report; equal figures make no order.
        reported = count >= np.maximum(rule.least_siblings, LEAST_COVERAGE * family)
        enough = reported & (ranked.max(axis=1) > 1)
        if rule.measure == "sibling_share":
            ranked = 100 * ranked / np.maximum(count, 1)[:, None]
        return np.where(there & enough[:, None], ranked, NAN)


def rank_from_top(rule: Rule) -> bool:
    """Whether `comparison.rank` is to give place 1 to the smallest: where the bottom is bad."""
    return rule.rank_from == "bottom"


class Late(RuleType):
    """The figure is overdue by the publication calendar: for so many days."""

    name = "late"
    figures = False
    measures = ("overdue_days",)

    def sides(self, entry: Entry) -> tuple[Side, ...]:
        """At least so many days; a figure that has come ends all of them."""
        side = entry.side(">=", entry.thresholds())
        if any(t < 0 for t in side.thresholds):
            entry.fault("rule_overdue", N_("逾期天数不能为负"))
        for name in ("persist", "for", "keep", "no_data", "recover", "clear_margin"):
            if entry.get(name) is not None:
                entry.fault(
                    "rule_late_field", N_("逾期规则没有字段 {field}"), N_("各级写逾期几天即可。"), field=name
                )
        return (Side(side.op, side.thresholds),)


def _has_course(entry: Entry, rule: Rule, indicator: Indicator | None) -> None:
    """What a course or a chart is drawn of comes in periods, and does not rise by itself."""
    needs_rhythm(entry, indicator)
    if rule.measure == "value" and indicator is not None and _adds_up(indicator):
        entry.fault(
            "trend_of_cumulative",
            N_("{code} 是累计数，本身总在上升"),
            N_("用 measure 写明看哪个增速，如 yoy_pct。"),
            code=indicator.code,
        )


def _adds_up(indicator: Indicator) -> bool:
    """Whether a figure grows over the year by itself."""
    return indicator.basis is Basis.YTD and indicator.unit not in RATES


def _several(groups: Iterable[int], least: int) -> list[Keys]:
    """The columns of each family that is large enough."""
    numbers = np.asarray(list(groups))
    found = (np.flatnonzero(numbers == one) for one in np.unique(numbers))
    return [columns for columns in found if len(columns) >= least]


def _or(number: float | None, usual: float) -> float:
    return usual if number is None else number
