"""A rule as it is written: read field by field, in either spelling, everything that is wrong collected."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast

import numpy as np

from indicators.definition import Indicator, LimitVersion
from indicators.errors import N_, CockpitError, Issue, Severity
from indicators.regions import Level
from indicators.rules.values import (
    LEVELS,
    NAN,
    NOWHERE,
    POINTWISE,
    UPWARD,
    NoData,
    PerLevel,
    Side,
    WarningLevel,
)

DEFAULT_MARGIN: Final = 0.2
"""The part of the distance to the neighbouring threshold that a figure must move back to recover."""

NONE: Final = "none"
"""Written for `recover` or `clear_margin`: no recovery value, only the breach holds."""

SPELLINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "op": ("op", "comparison"),
    "recover": ("recover", "recovery"),
    "for": ("for_periods",),
    "keep": ("keep", "keep_firing_for_periods"),
    "no_data": ("no_data", "no_data_policy"),
    "centre": ("centre", "center"),
    "lambda": ("lambda", "lam"),
}
"""Fields that the worked cases spell in their own way; the catalogue's word stands first where it has one."""

RULE_FIELDS: Final = (
    "name_zh", "name_en", "type", "measure", "op", "red", "orange", "yellow", "blue", "persist", "recover",
    "clear_margin", "keep", "no_data", "no_data_level", "level_scale", "season", "min_value", "min_base",
    "min_denominator", "min_age_months", "benchmark", "direction", "chart", "side", "in_control", "centre", "sd",
    "since", "k", "lambda", "end", "by", "least_siblings", "of", "when", "folds", "scope", "valid_from", "valid_to",
    "recipients", "code", "limit_level", "source", "source_note", "proposal_levels", "note",
)  # fmt: skip
"""Every field of a rule in the catalogue; docs/rule_types.md explains each."""

_CASE_FIELDS: Final = (
    "comparison", "threshold", "thresholds", "recovery", "for_periods", "keep_firing_for_periods",
    "no_data_policy", "carry_forward_periods", "center", "lam", "nsigmas",
)  # fmt: skip


_NAMELESS: Final = ("threshold", "nsigmas")
"""Where a worked case has one bound without a level."""


class Entry:
    """A rule as written. Reading never raises: `issues` says what is wrong, and a harmless value is given."""

    def __init__(self, mapping: Mapping[str, object], where: str = "") -> None:
        self.mapping = mapping
        self.where = where
        self.issues: list[Issue] = []
        self.from_case = not {"thresholds", *_NAMELESS}.isdisjoint(mapping)
        for unknown in sorted(set(mapping).difference(RULE_FIELDS, _CASE_FIELDS)):
            self.fault("unknown_rule_field", N_("规则没有字段 {field}"), N_("检查拼写。"), field=unknown)

    def fault(self, key: str, what: str, do: str = "", **params: object) -> None:
        """Note something that is wrong with the rule; where nothing is to be added, the page of the rules is named."""
        do = do or N_("规则的写法见 docs/rule_types.md。")
        self.issues.append(Issue(key, what, do, self.where, Severity.ERROR, params))

    def get(self, name: str) -> object:
        """A field in either spelling; None when it is absent."""
        return next((self.mapping[w] for w in SPELLINGS.get(name, (name,)) if w in self.mapping), None)

    def text(self, name: str, default: str = "") -> str:
        """A field that holds a word."""
        found = self.get(name)
        return default if found is None else str(found)

    def words(self, name: str) -> tuple[str, ...]:
        """A field that holds a list of words."""
        raw = self.get(name)
        return tuple(map(str, raw)) if isinstance(raw, Sequence) and not isinstance(raw, str) else ()

    def number(self, name: str, raw: object) -> float:
        """A number, or NaN with an issue."""
        if isinstance(raw, int | float) and not isinstance(raw, bool) and np.isfinite(raw):
            return float(raw)
        self.fault("rule_not_a_number", N_("规则字段 {field} 须为数值，现为 {raw}"), field=name, raw=raw)
        return NAN

    def optional(self, name: str) -> float | None:
        """A number that may be absent."""
        raw = self.get(name)
        return None if raw is None else self.number(name, raw)

    def whole(self, name: str) -> int | None:
        """A whole number that may be absent."""
        number = self.optional(name)
        return None if number is None or number != number else int(number)

    def by_level(self, name: str, raw: object, absent: float) -> PerLevel:
        """A field given once for all levels, or as a mapping of levels."""
        if not isinstance(raw, Mapping):
            one = absent if raw is None else self.number(name, raw)
            return (one, one, one, one)
        for word in set(raw) - {level.word for level in LEVELS}:
            self._no_such_level(word)
        return four(self.number(name, raw[level.word]) if level.word in raw else absent for level in LEVELS)

    def periods(self, name: str, absent: int) -> tuple[int, int, int, int]:
        """A number of periods per level; not less than what stands where none is written."""
        spans = [absent if n != n else n for n in self.by_level(name, self.get(name), absent)]
        if any(n < absent or n != int(n) for n in spans):
            self.fault(
                "rule_span", N_("规则字段 {field} 须为不小于 {least} 的整数"), field=name, least=absent
            )
        return cast(tuple[int, int, int, int], tuple(map(int, spans)))

    def hold_for(self) -> tuple[int, int, int, int]:
        """How many periods a breach must have lasted: ``persist: n`` is n less one."""
        if self.get("for") is not None:
            return self.periods("for", 0)
        return cast(tuple[int, int, int, int], tuple(n - 1 for n in self.periods("persist", 1)))

    def level(self, name: str) -> WarningLevel:
        """A field that names a warning level; NONE when it is absent."""
        word = self.text(name, NONE)
        if word.upper() in WarningLevel.__members__:
            return WarningLevel[word.upper()]
        self._no_such_level(word)
        return WarningLevel.NONE

    def no_data(self) -> NoData:
        """The policy for periods without a figure."""
        word = self.text("no_data", NoData.NO_DATA)
        if word in set(NoData):
            if word == NoData.ALERT and not self.level("no_data_level"):
                self.fault("rule_no_data_level", N_("缺数即预警的规则须写明 no_data_level"))
            return NoData(word)
        allowed = ", ".join(NoData)
        self.fault(
            "rule_no_data", N_("没有缺数策略 {policy}"), N_("可用：{allowed}"), policy=word, allowed=allowed
        )
        return NoData.NO_DATA

    def level_scale(self) -> dict[Level, float]:
        """Factors of the thresholds by region level."""
        raw = self.get("level_scale")
        if raw is None:
            return {}
        given = cast(Mapping[str, object], raw) if isinstance(raw, Mapping) else {}
        words = [level.name.lower() for level in Level]
        known = {word: factor for word, factor in given.items() if word in words}
        scale = {Level(words.index(w)): self.number("level_scale", factor) for w, factor in known.items()}
        if not scale or known.keys() != given.keys() or any(factor <= 0 for factor in scale.values()):
            self.fault(
                "rule_level_scale",
                N_("level_scale 须按区划层级给出正的系数"),
                N_("层级：{allowed}"),
                allowed=", ".join(words),
            )
        return scale

    def word(self, name: str, allowed: Sequence[str], usual: str) -> str:
        """A field that holds one of a few words."""
        written = self.text(name, usual)
        if written in allowed:
            return written
        self.fault(
            "rule_word",
            N_("规则字段 {field} 不能写 {word}"),
            N_("可用：{allowed}"),
            field=name,
            word=written,
            allowed=", ".join(allowed),
        )
        return usual

    def flag(self, name: str) -> bool:
        """A field that is true or false; false when it is absent."""
        raw = self.get(name)
        if raw is not None and not isinstance(raw, bool):
            self.fault("rule_flag", N_("规则字段 {field} 须为 true 或 false"), field=name)
        return raw is True

    def mapping_of(self, name: str) -> Mapping[str, object]:
        """A field that holds further fields; empty when it is absent."""
        raw = self.get(name)
        if isinstance(raw, Mapping):
            return cast(Mapping[str, object], raw)
        if raw is not None:
            self.fault("rule_mapping", N_("规则字段 {field} 须写成 {{字段: 值}}"), field=name)
        return {}

    def bounds(self) -> Mapping[str, object]:
        """The thresholds by level word, in either spelling; a case with one nameless threshold means blue."""
        for nameless in _NAMELESS:
            if nameless in self.mapping:
                return {WarningLevel.BLUE.word: self.mapping[nameless]}
        found = self.mapping.get("thresholds", self.mapping)
        written = cast(Mapping[str, object], found) if isinstance(found, Mapping) else {}
        bounds = {level.word: written[level.word] for level in LEVELS if level.word in written}
        if not bounds:
            self.fault("rule_without_level", N_("规则至少要有一个级别的阈值"))
        return bounds

    def thresholds(self) -> PerLevel:
        """One number per level."""
        bounds = self.bounds()
        return four(
            self.number(level.word, bounds[level.word]) if level.word in bounds else NAN for level in LEVELS
        )

    def intervals(self) -> tuple[PerLevel, PerLevel]:
        """The lower and the upper ends of one interval per level; an open side is written null."""
        bounds = self.bounds()
        ends = [
            self._interval(level.word, bounds[level.word]) if level.word in bounds else (NAN, NAN)
            for level in LEVELS
        ]
        return four(low for low, _ in ends), four(high for _, high in ends)

    def _interval(self, level: str, raw: object) -> tuple[float, float]:
        if (
            isinstance(raw, Sequence)
            and not isinstance(raw, str)
            and len(raw) == 2
            and any(bound is not None for bound in raw)
        ):
            low, high = (NAN if bound is None else self.number(level, bound) for bound in raw)
            if not low >= high:
                return low, high
        self.fault("rule_interval", N_("{level} 须为下限小于上限的区间，现为 {raw}"), level=level, raw=raw)
        return NAN, NAN

    def side(self, op: str, thresholds: PerLevel, end: int | None = None) -> Side:
        """A side with its recovery values, both checked; `end` is the end of the intervals of a band."""
        written = [t for t in thresholds if t == t]
        steps = np.diff(written) * (1 if op in UPWARD else -1)
        if np.any(steps < 0) or (end is None and np.any(steps == 0)):
            self.fault("rule_order", N_("阈值须按级别严格递进：{thresholds}"), thresholds=written)
        if op in POINTWISE:
            if len(written) > 1 or self.get("recover") is not None:
                self.fault("rule_pointwise", N_("比较符 {op} 只能有一个级别，且没有恢复值"), op=op)
            return Side(op, thresholds)
        recovery = self._recovery(op, thresholds, end)
        toward_bad = 1 if op in UPWARD else -1
        pairs = [(t, r) for t, r in zip(thresholds, recovery, strict=True) if r == r]
        if any((t - r) * toward_bad < 0 for t, r in pairs):
            self.fault("rule_recovery_side", N_("恢复值须在阈值的良好一侧"))
        if np.any(np.diff([r for _, r in pairs]) * toward_bad < 0):
            self.fault("rule_recovery_order", N_("恢复值须与阈值同序递进"))
        return Side(op, thresholds, recovery)

    def _recovery(self, op: str, thresholds: PerLevel, end: int | None) -> PerLevel:
        """As written, else the threshold moved to the good side by its margin.

        Where recovery values are written, a level left out has none; nor has a worked case a margin that it
        does not state: the step knows only what it is given.
        """
        written, margin = self.get("recover"), self.get("clear_margin")
        if NONE in (written, margin) or (self.from_case and written is None and margin is None):
            return NOWHERE
        if isinstance(written, Mapping) and isinstance(margin, Mapping) and set(written) & set(margin):
            self.fault("rule_recovery_twice", N_("同一级别不能既写 recover 又写 clear_margin"))
        values = self.by_level("recover", self._one_end(written, end), NAN)
        margins = self.by_level("clear_margin", margin, NAN)
        if any(m < 0 for m in margins):
            self.fault("rule_margin", N_("回差 clear_margin 不能为负"))
        usual = NOWHERE if self.from_case or isinstance(written, Mapping) else _default_margins(thresholds)
        good = -1 if op in UPWARD else 1
        moved = [t + good * (m if m == m else d) for t, m, d in zip(thresholds, margins, usual, strict=True)]
        return four(
            (v if v == v else m) if t == t else NAN for t, v, m in zip(thresholds, values, moved, strict=True)
        )

    def _one_end(self, recovery: object, end: int | None) -> object:
        """One end of the recovery intervals of a band; an open one is left out."""
        if end is None or not isinstance(recovery, Mapping):
            return recovery
        ends = {}
        for level, pair in recovery.items():
            if not isinstance(pair, list | tuple) or len(pair) != 2:
                what = N_("{level} 须为下限小于上限的区间，现为 {raw}")
                self.fault("rule_interval", what, level=level, raw=pair)
            elif pair[end] is not None:
                ends[level] = pair[end]
        return ends

    def limit_level(self, sides: tuple[Side, ...], limits: tuple[LimitVersion, ...]) -> WarningLevel:
        """The level that is the legal limit: as written, else the one whose threshold equals a version."""
        if not limits or not sides or self.get("limit_level") is not None:
            return self.level("limit_level")
        known = {version.limit for version in limits}
        equal = [level for level in LEVELS if sides[0].thresholds[level - 1] in known]
        if len(equal) > 1:
            self.fault(
                "rule_limit_level",
                N_("有几档阈值等于限值的不同版本：{levels}"),
                N_("写明 limit_level：哪一档随限值换版。"),
                levels=", ".join(level.word for level in equal),
            )
        return equal[0] if equal else WarningLevel.NONE

    def _no_such_level(self, word: object) -> None:
        self.fault(
            "unknown_warning_level",
            N_("没有预警级别 {level}"),
            N_("用 red、orange、yellow、blue。"),
            level=word,
        )


def lowest_level(indicator: Indicator) -> Level | None:
    """The lowest level at which an indicator is published; None when its word is not a level."""
    try:
        return Level.parse(indicator.lowest_level)
    except CockpitError:
        return None


def four(numbers: Iterable[float]) -> PerLevel:
    """One number per level, blue to red."""
    blue, yellow, orange, red = numbers
    return blue, yellow, orange, red


def _default_margins(thresholds: PerLevel) -> PerLevel:
    """A fifth of the way to the next milder threshold; the mildest takes its more severe neighbour."""
    places = [k for k, t in enumerate(thresholds) if t == t]
    margins = [0.0] * len(LEVELS)
    for nth, k in enumerate(places):
        neighbour = places[nth - 1] if nth else places[min(1, len(places) - 1)]
        margins[k] = DEFAULT_MARGIN * abs(thresholds[k] - thresholds[neighbour])
    return four(margins)
