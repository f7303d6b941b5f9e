"""Checks on incoming observations: is this text a number, and can these figures be true together?

A check never changes a figure: it returns findings, each at the position of a fact. What a source printed
stays as printed; a computed check is shown beside it. Only two things stop a load here: a text that is no
number, and two facts that say different things about the same figure.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from indicators import comparison, periods
from indicators.definition import DataStatus, Identity, Indicator, RegionAggregation
from indicators.errors import N_, Severity
from indicators.regions import Level, RegionTree

Floats = NDArray[np.float64]
Positions = NDArray[np.int64]

JUMP = 5.0
"""A level that is this many times its value a year earlier, or this part of it, is asked about."""

# ---------------------------------------------------------------- one cell


@dataclass(frozen=True)
class Number:
    """What a cell says, once read as a number.

    value      the number as printed: a percentage stays 5.2, it never becomes 0.052; None if there is none
    unit       what stood behind the digits: ``%``, ``亿元``; empty if nothing did
    qualifier  ``approx`` (约), ``ge``, ``gt``, ``le``, ``lt``; empty for an exact figure
    footnote   the mark of a note behind the figure
    problem    why there is no value: a key of ``PROBLEMS``; empty for a number and for a missing value
    warning    what to ask about although there is a value: ``leading_zeros``
    """

    value: float | None = None
    unit: str = ""
    qualifier: str = ""
    footnote: str = ""
    problem: str = ""
    warning: str = ""


MISSING = Number()
"""An empty cell, or one of the marks that stand for "no figure"."""

PROBLEMS: dict[str, tuple[str, str]] = {
    "not_a_number": (N_("“{text}”不是数字。"), N_("请改成数字；没有数就留空。")),
    "not_finite": (N_("“{text}”大到无法存储。"), N_("请核对这个数。")),
    "ambiguous_grouping": (
        N_("“{text}”的逗号可能是千分位，也可能是小数点。"),
        N_("请写成 1234.5 或 1,234.5 的样子。"),
    ),
    "bad_grouping": (N_("“{text}”的千分位不成三位一组。"), N_("请核对原数后重写。")),
    "ambiguous_sign": (N_("“{text}”的 ▲ 有人表示增、有人表示减。"), N_("请改写成正负号。")),
}
"""Why a text is no number, with what to do."""

_PLAIN = r"-?(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,15})?"
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_MARKS: dict[int, int | str] = {
    **_FULL_WIDTH, 0x3000: " ", 0xA0: " ", 0x2009: " ", 0x202F: " ", 0x2212: "-", 0x3001: ","
}  # fmt: skip
_INVISIBLE = re.compile("[\ufeff\u200b-\u200f\u2060\u202a-\u202e]")
_NO_FIGURE = frozenset(
    ("", "-", "--", "---", "—", "——", "–", "/", "\\", "...", "…", "……", "*", "×", "·", "空", "无", "缺", "暂缺",
     "未公布", "n/a", "#n/a", "na", "n.a.", "null", "none", "nan")
)  # fmt: skip
_FOOTNOTE = re.compile(r"(?<=[0-9%‰)])\s*([①-⑳㊀-㊉†‡*]|\[[0-9]{1,2}\]|注[0-9]{0,2})$")
_QUALIFIERS = (
    ("约", "approx"), ("近", "approx"), ("≈", "approx"), ("~", "approx"), ("≥", "ge"), (">=", "ge"),
    ("≤", "le"), ("<=", "le"), (">", "gt"), ("超过", "gt"), ("超", "gt"), ("逾", "gt"), ("<", "lt"), ("不足", "lt"),
)  # fmt: skip
_DIGITS_AND_UNIT = re.compile(r"([0-9.,'\s]*[0-9](?:[eE][+-]?[0-9]{1,4})?)\s*([^0-9\s.,+\-()].*)?", re.DOTALL)
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]{1,3}(?:[ '][0-9]{3})+(?:\.[0-9]+)?")
_SIMPLE = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_LAKH = re.compile(r"[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}(?:\.[0-9]+)?")
_UNIT = re.compile(r"[%‰]|[^\W\d_][^\W\d_/²³μ·()（）]{0,11}|[^\W\d_]+/[^\W\d_]*[²³]?")


def read_number(text: str | None) -> Number:
    """What a cell says; every oddity that people and spreadsheets produce, or a reason why it is no number."""
    shown = _INVISIBLE.sub("", (text or "").translate(_MARKS)).strip()
    if shown.lower() in _NO_FIGURE:
        return MISSING
    footnote = ""
    if found := _FOOTNOTE.search(shown):
        shown, footnote = shown[: found.start()].rstrip(), found[1]
    qualifier = next((word for mark, word in _QUALIFIERS if shown.startswith(mark)), "")
    if qualifier:
        shown = shown[max(len(m) for m, _ in _QUALIFIERS if shown.startswith(m)) :].lstrip()
    sign, shown = _sign(shown)
    if sign is None:
        return Number(problem="ambiguous_sign")
    matched = _DIGITS_AND_UNIT.fullmatch(shown)
    if not matched:
        return Number(problem="not_a_number")
    digits, unit = matched[1].strip(), (matched[2] or "").strip()
    if unit and not _UNIT.fullmatch(unit):
        return Number(problem="not_a_number")
    problem = _grouping(digits)
    if problem:
        return Number(problem=problem)
    value = sign * float(re.sub(r"[,' ]", "", digits)) + 0.0
    if not math.isfinite(value):
        return Number(problem="not_finite")
    zeros = "leading_zeros" if re.match(r"0[0-9]", digits) else ""
    return Number(value, unit, qualifier, footnote, warning=zeros)


def _sign(shown: str) -> tuple[int | None, str]:
    """The sign that a text begins with, or is bracketed by, and the rest; None where it can be read both ways."""
    bracketed = re.fullmatch(r"\((.+)\)(%?)", shown)
    if bracketed and not bracketed[1].startswith(("-", "(")):
        return -1, bracketed[1] + bracketed[2]
    if shown.startswith("▲"):
        return None, shown
    for mark, sign in (("-", -1), ("–", -1), ("△", -1), ("▼", -1), ("↓", -1), ("+", 1), ("↑", 1)):
        if shown.startswith(mark):
            return sign, shown[len(mark) :].lstrip()
    return 1, shown


def _grouping(digits: str) -> str:
    """The problem with how digits are grouped; empty if there is none."""
    if _SIMPLE.fullmatch(digits) or _GROUPED.fullmatch(digits):
        return ""
    if "," not in digits:
        return "not_a_number"
    if _LAKH.fullmatch(digits) or re.fullmatch(r"[0-9][0-9 .']*,[0-9]+", digits):
        return "ambiguous_grouping"
    return "bad_grouping"


def read_numbers(texts: "pd.Series[str]") -> tuple[Floats, dict[int, Number]]:
    """The numbers of a column: plain ones all at once, the others cell by cell.

    returns  the values, NaN where there is none; and by position every cell that says more than a number
             or is none
    """
    plain = texts.str.fullmatch(_PLAIN).fillna(False).to_numpy(dtype=bool)
    values = np.full(len(texts), np.nan)
    values[plain] = texts[plain].astype("Float64").to_numpy(dtype=float) + 0.0
    odd: dict[int, Number] = {}
    for position in np.flatnonzero(~plain & texts.notna().to_numpy()):
        number = read_number(str(texts.iloc[position]))
        if number.value is not None:
            values[position] = number.value
        if number != Number(number.value):
            odd[int(position)] = number
    return values, odd


# ---------------------------------------------------------------- facts together


@dataclass(frozen=True)
class Finding:
    """Something to tell about one incoming fact.

    fact    its position among the facts
    part    the part of the fact that is meant, which names the cell: ``value``, ``yoy``, ``region``
    other   the position of a second fact that takes part, if one does
    """

    fact: int
    key: str
    what: str
    do: str
    severity: Severity = Severity.WARNING
    part: str = "value"
    other: int | None = None
    params: Mapping[str, object] = field(default_factory=dict)


FACT_COLUMNS = ("indicator", "item", "region", "period", "value", "yoy", "status")
"""What a check reads. ``indicator`` is a position in the list of definitions that is given beside the facts."""

_VINTAGES = np.array(
    [DataStatus.MISSING, DataStatus.SIMULATED, DataStatus.COMPUTED, DataStatus.UNSTATED, DataStatus.PRELIMINARY,
     DataStatus.INITIAL, DataStatus.FINAL, DataStatus.REVISED]
)  # fmt: skip
"""The stages of a figure's life, each replacing those before it when one file brings several."""


class Facts:
    """Incoming facts in columns, sorted by figure and, within a figure, by the stage of its life.

    origin   for each sorted fact its position in the frame that came in
    newest   whether a fact is the last stage of its figure: what will be in force
    """

    def __init__(self, frame: pd.DataFrame, definitions: Sequence[Indicator]) -> None:
        rank = np.argsort(_VINTAGES)[frame["status"].to_numpy()]
        columns = [frame[name].to_numpy() for name in ("period", "region", "item", "indicator")]
        order = np.lexsort((rank, *columns))
        self.definitions = definitions
        self.origin: Positions = order.astype(np.int64)
        self.indicator = frame["indicator"].to_numpy()[order]
        self.item = frame["item"].to_numpy()[order]
        self.region = frame["region"].to_numpy()[order]
        self.period = frame["period"].to_numpy()[order]
        self.value: Floats = frame["value"].to_numpy(dtype=float)[order]
        self.yoy: Floats = frame["yoy"].to_numpy(dtype=float)[order]
        self.status = frame["status"].to_numpy()[order]
        self.series = self._runs(self.indicator, self.item, self.region)
        self.figure = self._runs(self.series, self.period)
        self.newest = np.append(self.figure[1:] != self.figure[:-1], True)[: len(order)]

    @staticmethod
    def _runs(*columns: NDArray[Any]) -> Positions:
        """A number for each stretch of equal neighbours, counting up."""
        if len(columns[0]) == 0:
            return np.empty(0, dtype=np.int64)
        changed = np.zeros(len(columns[0]), dtype=bool)
        for column in columns:
            changed[1:] |= column[1:] != column[:-1]
        return np.cumsum(changed).astype(np.int64)

    def __len__(self) -> int:
        return len(self.value)

    def at(self, series: Positions, period: NDArray[np.int64]) -> Positions:
        """The sorted position of the newest fact of each (series, period); -1 where there is none."""
        known, index = np.unique(self.period, return_inverse=True)
        width = len(known) + 1
        held = self.series * width + index
        at = np.searchsorted(known, period)
        there = at < len(known)
        there[there] = known[at[there]] == period[there]
        wanted = series * width + np.where(there, at, len(known))
        found = np.searchsorted(held, wanted, side="right") - 1
        return np.where((found >= 0) & (held[np.maximum(found, 0)] == wanted), found, -1)

    def flags(self, test: Any) -> NDArray[np.bool_]:
        """For each fact whether its definition passes a test."""
        passed = np.array([bool(test(definition)) for definition in self.definitions], dtype=bool)
        return passed[self.indicator] if len(passed) else np.zeros(len(self), dtype=bool)


def repeated(facts: Facts) -> tuple[NDArray[np.bool_], list[Finding]]:
    """Facts said twice: the ones to keep, and what to tell.

    The level and the growth of one figure may come in two rows: they become one fact, in place. The same
    figure at the same stage with two different values is an error.
    """
    stage = Facts._runs(facts.figure, facts.status)
    first = np.append(True, stage[1:] != stage[:-1])[: len(facts)]
    if first.all():
        return first, []
    starts = np.flatnonzero(first)
    findings: list[Finding] = []
    raw = facts.value.copy()
    for name, numbers in (("value", facts.value), ("yoy", facts.yoy)):
        said = np.fmax.reduceat(numbers, starts)
        least = np.fmin.reduceat(numbers, starts)
        for run in np.flatnonzero(said != least):
            members = np.arange(starts[run], starts[run + 1] if run + 1 < len(starts) else len(facts))
            told = members[~np.isnan(numbers[members])]
            if len(told) > 1:
                findings.append(_contradiction(facts, name, numbers, int(told[-1]), int(told[0])))
        numbers[starts] = said
    contradicted = {finding.fact for finding in findings}
    before = np.roll(raw, 1)
    for i in np.flatnonzero(~first & ~np.isnan(raw) & ~np.isnan(before)):
        if int(facts.origin[i]) not in contradicted:
            findings.append(
                Finding(
                    int(facts.origin[i]), "duplicate", N_("这个数与 {other} 重复，只存一次。"),
                    N_("不用处理；如果本应是另一个地区或时期，请改正。"), Severity.NOTICE,
                    other=int(facts.origin[i - 1]),
                )
            )  # fmt: skip
    return first, findings


def _contradiction(facts: Facts, name: str, numbers: Floats, fact: int, other: int) -> Finding:
    return Finding(
        int(facts.origin[fact]), "duplicate_contradicts",
        N_("同一个数有两个说法：这里是 {value}，{other} 是 {other_value}。"),
        N_("请核对原表，只留一个；如果是修订，请用状态列分开（初步、最终）。"),
        Severity.ERROR, name, int(facts.origin[other]),
        {"value": float(numbers[fact]), "other_value": float(numbers[other])},
    )  # fmt: skip


def ranges(facts: Facts, jump: float = JUMP) -> list[Finding]:
    """Figures that are hardly what they seem: a share outside 0 to 100, a level far from that of a year before.

    Levels are compared within what is given: incoming facts, and known ones among them.
    """
    findings = []
    share = facts.flags(is_share)
    outside = share & ((facts.value < 0) | (facts.value > 100))
    for i in np.flatnonzero(outside):
        findings.append(
            Finding(
                int(facts.origin[i]), "percent_out_of_range", N_("{name} 是 {value}%，不在 0 到 100 之间。"),
                N_("请核对：是不是少了小数点，或者填成了别的指标。"),
                params={"name": facts.definitions[facts.indicator[i]].name_zh, "value": float(facts.value[i])},
            )
        )  # fmt: skip
    base = _a_year_before(facts)
    levels = facts.flags(lambda definition: not is_rate(definition)) & facts.newest
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = facts.value / base
    for i in np.flatnonzero(levels & (base > 0) & ((ratio > jump) | (ratio < 1 / jump))):
        findings.append(
            Finding(
                int(facts.origin[i]), "sudden_jump", N_("{name} 是 {value}，上年同期是 {base}，相差悬殊。"),
                N_("请核对单位和小数点；数若属实，不用改。"),
                params={"name": facts.definitions[facts.indicator[i]].name_zh, "value": float(facts.value[i]),
                        "base": float(base[i])},
            )
        )  # fmt: skip
    return findings


def _a_year_before(facts: Facts) -> Floats:
    before = facts.at(facts.series, periods.year_before(facts.period))
    return np.where(before >= 0, facts.value[np.maximum(before, 0)] if len(facts) else np.nan, np.nan)


def is_rate(definition: Indicator) -> bool:
    """Whether the figure is a rate or an index, where a multiple of the year before means nothing."""
    return definition.unit in ("%", "‰", "百分点", "指数", "比值") or definition.unit_en.lower() in (
        "index",
        "ratio",
    )


def is_share(definition: Indicator) -> bool:
    """Whether the figure is a part of a whole in percent: below 0 and above 100 it cannot be."""
    name = definition.name_zh
    return definition.unit == "%" and (
        name.endswith(("占比", "比重", "覆盖率", "城镇化率", "优良率", "优良天数比例", "达标率"))
    )


def growths(facts: Facts) -> list[Finding]:
    """Published growth that the two levels do not give; the published one stays, the computed one stands beside.

    At constant prices the two may differ rightly: then it is a notice.
    """
    base = _a_year_before(facts)
    computed, _ = comparison.growth(facts.value, base)
    findings = []
    for i in np.flatnonzero(comparison.differs(facts.yoy, computed) & facts.newest):
        definition = facts.definitions[facts.indicator[i]]
        real = "可比价" in (words := definition.definition_zh + definition.calibre_zh) or "不变价" in words
        findings.append(
            Finding(
                int(facts.origin[i]), "growth_differs",
                N_("公布增速 {published}%，按两期数推算 {computed}%。"),
                N_("以公布数为准，推算数并列；按可比口径公布的增速与推算数不同属正常。"),
                Severity.NOTICE if real else Severity.WARNING, "yoy",
                params={"published": float(facts.yoy[i]), "computed": round(float(computed[i]), 2)},
            )
        )  # fmt: skip
    return findings


def identities(facts: Facts, rules: Sequence[Identity]) -> list[Finding]:
    """勾稽关系: totals that their parts do not make, each with the difference.

    An identity is looked at where the total and every part of it are given, for the same region, period and
    item; a part that is missing is not a part that is zero.
    """
    findings = []
    number = {definition.code: i for i, definition in enumerate(facts.definitions)}
    keys = pd.DataFrame(
        {"item": facts.item, "region": facts.region, "period": facts.period, "value": facts.value,
         "fact": np.arange(len(facts))}
    )  # fmt: skip
    chosen = facts.newest & ~np.isnan(facts.value)
    for rule in rules:
        if rule.total not in number or any(part not in number for part in rule.parts):
            continue
        of = {code: keys[chosen & (facts.indicator == number[code])] for code in (rule.total, *rule.parts)}
        joined = of[rule.total]
        for part in rule.parts:
            joined = joined.merge(of[part], on=["item", "region", "period"], suffixes=("", "_" + part))
        parts = joined[[f"value_{part}" for part in rule.parts]].sum(axis=1)
        gap = joined["value"] - parts
        for at in np.flatnonzero(np.abs(gap) > rule.tolerance + 1e-9):
            findings.append(
                Finding(
                    int(facts.origin[joined["fact"].iloc[at]]), "identity",
                    N_("{total} 印的是 {printed}，各部分合计 {sum}，差 {gap}。"),
                    N_("两边都按原样保存；请向来源单位核对。"),
                    params={"total": facts.definitions[number[rule.total]].name_zh,
                            "printed": float(joined["value"].iloc[at]),
                            "sum": round(float(parts.iloc[at]), 6), "gap": round(float(gap.iloc[at]), 6)},
                )
            )  # fmt: skip
    return findings


def region_totals(facts: Facts, tree: RegionTree) -> list[Finding]:
    """Totals that the figures of their regions do not make: less than its parts, or all there and another sum.

    Reporting units (市本级, zones) are parts of a sum where they are printed; whether they lie inside the
    counties is the source's affair, so a sum that fits without them fits. A rest above zero is shown as a
    line of its own (未单列), so it is a notice; parts beyond their total are a warning.
    """
    additive = facts.flags(lambda definition: definition.agg_region is RegionAggregation.SUM)
    chosen = np.flatnonzero(additive & facts.newest & ~np.isnan(facts.value))
    codes, index = np.unique(facts.region[chosen], return_inverse=True)
    parents = np.array([tree.parent(int(code)) or 0 for code in codes], dtype=np.int64)
    if not np.isin(parents, codes).any():
        return []
    units = np.array([tree.get(int(code)).reporting_unit for code in codes], dtype=bool)
    value = facts.value[chosen]
    frame = pd.DataFrame(
        {
            "indicator": facts.indicator[chosen], "item": facts.item[chosen], "period": facts.period[chosen],
            "region": facts.region[chosen], "parent": parents[index], "value": value, "fact": chosen,
            "territory": np.where(units[index], 0.0, value), "unit": np.where(units[index], value, 0.0),
            "territories": ~units[index],
        }
    )  # fmt: skip
    group = ["indicator", "item", "period", "parent"]
    sums = (
        frame[frame["parent"].isin(codes)]
        .groupby(group, sort=False)[["territory", "unit", "territories"]]
        .sum()
    )
    totals = frame[["indicator", "item", "period", "region", "value", "fact"]].merge(
        sums.reset_index(), left_on=["indicator", "item", "period", "region"], right_on=group
    )
    if totals.empty:
        return []
    expected = {
        int(code): len(tree.children(int(code), territories_only=True)) for code in set(totals["parent"])
    }
    total = totals["value"].to_numpy()
    rest = total - totals["territory"].to_numpy() - totals["unit"].to_numpy()
    without_units = total - totals["territory"].to_numpy()
    parts = totals["territories"].to_numpy()
    tolerance = 0.5 * 10.0 ** -_decimals(total) * (parts + 1) + 1e-9
    fits = (np.abs(rest) <= tolerance) | (np.abs(without_units) <= tolerance)
    complete = parts == totals["parent"].map(expected).to_numpy()
    findings = []
    for at in np.flatnonzero(~fits & (complete | (without_units < 0))):
        over = rest[at] < 0
        findings.append(
            Finding(
                int(facts.origin[totals["fact"].iloc[at]]), "parts_beyond_total" if over else "unlisted_rest",
                N_("{region} 印的是 {printed}，各地区合计 {sum}，差 {gap}。") if over
                else N_("{region} 印的是 {printed}，各地区合计 {sum}，其余 {gap} 来源没有单列。"),
                N_("两边都按原样保存；请向来源单位核对。") if over else N_("其余部分单独成行显示，不用处理。"),
                Severity.WARNING if over else Severity.NOTICE,
                params={"region": tree.name(int(totals["parent"].iloc[at])), "printed": float(total[at]),
                        "sum": round(float(total[at] - rest[at]), 6), "gap": round(float(rest[at]), 6)},
            )
        )  # fmt: skip
    return findings


def _decimals(values: Floats) -> NDArray[np.int64]:
    """How many decimals each number is printed with, at most four."""
    places = np.full(len(values), 4, dtype=np.int64)
    for count in (3, 2, 1, 0):
        places[np.round(values, count) == values] = count
    return places


def printed_total(total: float, parts: Sequence[float], fact: int) -> Finding | None:
    """A total row of a table that its own rows do not make; 其中 rows are no parts."""
    gap = total - math.fsum(parts)
    if abs(gap) <= 0.5 * 10.0 ** -int(_decimals(np.array([total]))[0]) * (len(parts) + 1) + 1e-9:
        return None
    return Finding(
        fact, "printed_total_differs", N_("合计行印的是 {printed}，以上各行合计 {sum}，差 {gap}。"),
        N_("两边都按原样保存；请向来源单位核对。"),
        params={"printed": total, "sum": round(math.fsum(parts), 6), "gap": round(gap, 6)},
    )  # fmt: skip


def levels(facts: Facts, tree: RegionTree) -> list[Finding]:
    """Figures of regions below the lowest level at which their indicator is published; one finding a series."""
    if not len(facts):
        return []
    starts = np.flatnonzero(np.append(True, facts.series[1:] != facts.series[:-1]))
    findings = []
    for at in starts:
        definition = facts.definitions[facts.indicator[at]]
        if tree.get(int(facts.region[at])).level > Level.parse(definition.lowest_level):
            findings.append(
                Finding(
                    int(facts.origin[at]), "below_lowest_level", N_("{name} 一般不发布到 {region} 这一级。"),
                    N_("数已保存，但该级不显示；如确有发布，请修改指标的最低层级。"), Severity.NOTICE, "region",
                    params={"name": definition.name_zh, "region": tree.name(int(facts.region[at]))},
                )
            )  # fmt: skip
    return findings
