"""Signs on the scale of the health index: which method, which signs count, what each scores, and why not.

The method is data (``health_index.yaml`` of the pack); the arithmetic is ``indicators/composite``. Every sign is put
on the scale of its own warning rule, with the limits valid at the date of the figure; where the rule cannot speak
(no target, no rule) its own history does. Source: docs/health_index.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml

from indicators import periods
from indicators.catalog import Catalog
from indicators.composite import Branch, Scale, ladder, standing
from indicators.definition import Indicator, Polarity
from indicators.errors import N_, CockpitError, Issue
from indicators.measures import MEASURES
from indicators.regions import Level
from indicators.rules import REASON_TEXTS, RULE_TYPES, Readings, Reason, Rule, bounds, rule_of
from services.answers import Line
from services.scenes import published

HISTORY_LINES: Final = (1.5, 2.0, 2.5, 3.0)
"""The lines of every deviation rule of the catalogue, in standard deviations: what stands in for a rule."""

TOO_OLD = N_("最近一期过旧，不计入")
NO_HISTORY = N_("没有可用的预警线，历史也不足")
CONTEXT = N_("仅作背景，不计分")
REFERS = N_("由其他指标计分")

_SPEECHLESS = (Reason.JUDGED, Reason.NO_TARGET)
"""The figure is sound, and all the same its rule says nothing of it: there are no lines, or no target."""
_DIRECTION_OF = {Polarity.HIGHER_BETTER: -1.0, Polarity.LOWER_BETTER: 1.0}
_KEYS = {"system", "least_coverage", "oldest_days", "weights", "sensitivity", "regulation"}


@dataclass(frozen=True)
class Method:
    """How the index is made, as the pack says.

    least    the share of its signs that a branch needs
    oldest   by frequency, how many days after the end of its period a figure counts
    weights  by ``kind:id`` (domains, themes, signs); what is not named weighs 1
    """

    system: str
    least: float
    oldest: Mapping[str, int]
    weights: Mapping[str, float]
    spread: float
    draws: int
    coverage: tuple[str, ...]
    effect: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether all siblings weigh the same."""
        return not self.weights


def load(path: Path, catalog: Catalog) -> Method:
    """The method in a file.

    raises  CockpitError naming every key, domain, theme and sign that is not known
    """
    text = yaml.safe_load(path.read_text(encoding="utf-8"))
    given: Mapping[str, Mapping[str, float]] = text.get("weights") or {}
    regulation = text.get("regulation") or {}
    system = str(text["system"])
    known = {
        "domains": {domain.id for domain in catalog.systems[system].domains},
        "themes": {theme for own, theme in catalog.themes if own == system},
        "signs": set(catalog.codes),
    }
    unknown = [key for key in text if key not in _KEYS]
    unknown += [kind for kind in given if kind not in known]
    unknown += [name for kind in known for name in given.get(kind) or {} if name not in known[kind]]
    unknown += [code for codes in regulation.values() for code in codes if code not in catalog]
    if unknown:
        raise CockpitError(
            Issue(
                "health_index_unknown",
                N_("健康指数的方法文件写了不认识的内容：{names}"),
                N_("请按 docs/health_index.md 改正。"),
                where=str(path),
                params={"names": ", ".join(unknown)},
            )
        )
    return Method(
        system=system,
        least=float(text["least_coverage"]),
        oldest={str(name): int(days) for name, days in text["oldest_days"].items()},
        weights={
            f"{kind}:{name}": float(weight)
            for kind, some in given.items()
            for name, weight in (some or {}).items()
        },
        spread=float(text["sensitivity"]["spread"]),
        draws=int(text["sensitivity"]["draws"]),
        coverage=tuple(regulation.get("coverage") or ()),
        effect=tuple(regulation.get("effect") or ()),
    )


@dataclass(frozen=True)
class Scored:
    """One sign of one region: its score, or why it has none; the figure behind it.

    lines  the warning lines it was scored on, mildest first, one tuple per side; empty where none were used
    by     rule, level (published by an authority) or history
    """

    code: str
    line: Line
    score: float | None
    reason: str = ""
    by: str = "rule"
    lines: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True)
class Signs:
    """The signs of a catalogue as far as the index counts them.

    rules         by code
    denominators  by code the input whose size its rule asks for
    left_out      the signs that never count, with the reason
    """

    method: Method
    catalog: Catalog
    rules: Mapping[str, Rule]
    denominators: Mapping[str, str]
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def codes(self) -> tuple[str, ...]:
        """Every sign that counts, in the order of the catalogue."""
        return tuple(self.rules)

    @property
    def by_history(self) -> tuple[str, ...]:
        """The signs that are, or may come to be, scored on their own history."""
        return tuple(code for code in self.rules if _needs_history(self.rules[code]))

    def branch(self, level: Level) -> Branch:
        """The tree of the index at a level of regions: what is not published there is not expected there."""
        weights, system = self.method.weights, self.method.system
        domains = []
        for domain in self.catalog.systems[system].domains:
            themes = []
            for theme in self.catalog.themes.values():
                if (theme.system, theme.domain) != (system, domain.id):
                    continue
                signs = tuple(
                    Branch(code, weight=weights.get(f"signs:{code}", 1.0))
                    for code in self.rules
                    if self.catalog.get(code).theme == theme.id and published(self.catalog, code, level)
                )
                if signs:
                    themes.append(Branch(f"theme:{theme.id}", signs, weights.get(f"themes:{theme.id}", 1.0)))
            if themes:
                domains.append(
                    Branch(f"domain:{domain.id}", tuple(themes), weights.get(f"domains:{domain.id}", 1.0))
                )
        return Branch("city", tuple(domains))


def signs_of(catalog: Catalog, method: Method) -> Signs:
    """The signs of the method's system: those with a direction, or a rule that knows which way is bad."""
    rules, left_out = {}, {}
    for sign in catalog.headline(method.system):
        rule = rule_of(sign)
        if not _of_one_figure(rule):  # such a sign is scored by its own history
            rule = replace(rule, type="none", measure=None, sides=())
        if rule.type == "refer":
            left_out[sign.code] = REFERS
        elif not rule.compares and sign.polarity is Polarity.CONTEXT:
            left_out[sign.code] = CONTEXT
        else:
            rules[sign.code] = rule
    denominators = {
        relation.code: one.code
        for one in catalog.newest()
        for relation in one.related
        if relation.type == "denominator_of" and relation.code in rules
    }
    asked = {
        code: denominators[code] for code in rules if rules[code].min_denominator and code in denominators
    }
    return Signs(method, catalog, rules, asked, left_out)


def _needs_history(rule: Rule) -> bool:
    return rule.measure in (None, "baseline_z", "target_gap_pp")


def _of_one_figure(rule: Rule) -> bool:
    """Whether a rule compares what one figure says: not its course, its siblings, its absence, or other rules."""
    return rule.measure in (None, *MEASURES)


@dataclass(frozen=True)
class Sheet:
    """The figures of one sign in some regions at one moment, to be scored together.

    levels        of the regions
    denominators  beside the lines; NaN where none is known
    """

    lines: Sequence[Line]
    levels: Sequence[Level]
    denominators: Sequence[float]
    day: date


def score(signs: Signs, code: str, sheet: Sheet) -> list[Scored]:
    """What one sign scores in each region."""
    indicator, rule = signs.catalog.get(code), signs.rules[code]
    oldest = signs.method.oldest.get(str(indicator.frequency))
    reasons, thresholds = _judged(rule, sheet)
    found = []
    for place, line in enumerate(sheet.lines):
        if line.value is None:
            found.append(Scored(code, line, None))
        elif oldest is not None and _age(line.period, sheet.day) > oldest:
            found.append(Scored(code, line, None, TOO_OLD))
        else:
            lines = [tuple(side[place].tolist()) for side in thresholds]
            found.append(_scored(indicator, rule, line, Reason(int(reasons[place])), lines))
    return found


def _judged(rule: Rule, sheet: Sheet) -> tuple[np.ndarray[Any, Any], list[np.ndarray[Any, Any]]]:
    """Why each region is not judged, and the lines of each side, with the limits valid at the date of the figure."""

    def column(values: Sequence[float | None]) -> np.ndarray[Any, Any]:
        return np.array([np.nan if value is None else value for value in values], float)

    lines = sheet.lines
    readings = Readings(
        measure=column([_measured(rule, line) for line in lines]),
        value=column([line.value for line in lines]),
        coverage=np.array([line.reported / max(line.expected, 1) for line in lines]),
        base=column([line.base for line in lines]),
        denominator=np.array(sheet.denominators) if rule.min_denominator else None,
        period=np.array([line.period for line in lines], np.int64),
        region_level=np.array([int(level) for level in sheet.levels]),
    )
    shape = (len(lines), 4)
    sides = [np.broadcast_to(bounds(rule, side, readings)[0], shape) for side in rule.sides]
    return RULE_TYPES[rule.type].reasons(rule, readings), sides


def _measured(rule: Rule, line: Line) -> float | None:
    return line.value if rule.measure in (None, "value") else line.measures.get(rule.measure)


def _scored(
    indicator: Indicator, rule: Rule, line: Line, reason: Reason, lines: list[tuple[float, ...]]
) -> Scored:
    code = indicator.code
    measured = _measured(rule, line)
    if rule.type == "state" and reason is Reason.JUDGED and measured is not None:
        return Scored(code, line, standing(int(measured)), by="level")
    if reason is Reason.BELOW_MIN_VALUE:
        return Scored(code, line, 100.0, REASON_TEXTS[reason])
    if reason is Reason.JUDGED and measured is not None:
        scales = [_scale(indicator, rule, side.op, own) for side, own in zip(rule.sides, lines, strict=True)]
        scores = [scale.score(measured) for scale in scales if scale is not None]
        if scores:
            return Scored(code, line, min(scores), lines=tuple(lines))
    if reason in _SPEECHLESS:
        return _by_history(indicator, line)
    return Scored(code, line, None, REASON_TEXTS[reason])


def _scale(indicator: Indicator, rule: Rule, op: str, lines: tuple[float, ...]) -> Scale | None:
    rising = op in (">", ">=")
    limit = None
    if rule.measure == "value" and len(rule.sides) == 1:
        limit = 0.0 if rising else 100.0 if indicator.unit == "%" else None
    return ladder(lines, rising_is_bad=rising, limit=limit)


def _by_history(indicator: Indicator, line: Line) -> Scored:
    """The score of a sign whose rule cannot speak: how far it strays from its own past, on its bad side."""
    strayed = line.measures.get("baseline_z")
    if strayed is None:
        return Scored(indicator.code, line, None, NO_HISTORY)
    direction = _DIRECTION_OF.get(indicator.polarity)
    bad = abs(strayed) if direction is None else strayed * direction
    scale = ladder(HISTORY_LINES, rising_is_bad=True)
    assert scale is not None
    return Scored(indicator.code, line, scale.score(bad), by="history", lines=(HISTORY_LINES,))


def _age(period: int, day: date) -> int:
    return (day - periods.Period(period).end).days
