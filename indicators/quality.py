"""Checks on incoming observations: is this text a number, and can these figures be true together?

A check never changes a figure: it returns findings, each at the position of a fact. What a source printed
stays as printed; a computed check is shown beside it. Only two things stop a load here: a text that is no
number, and two facts that say different things about the same figure.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from indicators import comparison, formula, periods
from indicators.definition import Basis, DataStatus, Identity, Indicator, RegionAggregation
from indicators.errors import N_, Severity
from indicators.identities import fails
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
NO_FIGURE = frozenset(
    ("", "-", "--", "---", "—", "——", "–", "/", "\\", "...", "…", "……", "*", "×", "·", "空", "无", "缺", "暂缺",
     "未公布", "n/a", "#n/a", "na", "n.a.", "null", "none")
)  # fmt: skip
"""What stands in a cell that has no figure, in small letters."""

_FOOTNOTE = re.compile(r"(?<=[0-9%‰)])\s*([①-⑳㊀-㊉†‡*]|\[[0-9]{1,2}\]|注[0-9]{0,2})$")
_QUALIFIERS = (
    ("约", "approx"), ("近", "approx"), ("≈", "approx"), ("~", "approx"), ("≥", "ge"), (">=", "ge"),
    ("≤", "le"), ("<=", "le"), (">", "gt"), ("超过", "gt"), ("超", "gt"), ("逾", "gt"), ("<", "lt"), ("不足", "lt"),
)  # fmt: skip
_DIGITS_AND_UNIT = re.compile(r"([0-9.,'\s]*[0-9](?:[eE][+-]?[0-9]{1,4})?)\s*([^0-9\s.,+\-()].*)?", re.DOTALL)
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]{1,3}(?:[ '][0-9]{3})+(?:\.[0-9]+)?")
_SIMPLE = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_LAKH = re.compile(r"[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}(?:\.[0-9]+)?")
_UNIT = re.compile(
    r"[%‰]|[\u4e00-\u9fff][^\W\d_（）()]*(?:/[^\W\d_（）()]+)?"
    r"|(?:[μm]?g|kg|k?m|t|[kMG]?Wh?)(?:[²³]|/m[²³])?"
)


def read_number(text: str | None) -> Number:
    """What a cell says; every oddity that people and spreadsheets produce, or a reason why it is no number."""
    shown = _INVISIBLE.sub("", (text or "").translate(_MARKS)).strip()
    if shown.lower() in NO_FIGURE:
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

    fact    its position among the sorted facts
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


_STAGES = (
    DataStatus.MISSING, DataStatus.SIMULATED, DataStatus.COMPUTED, DataStatus.UNSTATED, DataStatus.PRELIMINARY,
    DataStatus.INITIAL, DataStatus.FINAL, DataStatus.REVISED,
)  # fmt: skip
"""The stages of a figure's life, each replacing those before it when one file brings several."""

_RANK = np.argsort(_STAGES)


FACT_COLUMNS = ("indicator", "item", "region", "period", "value", "yoy", "status")
"""What a check reads of a fact; ``indicator`` is a position in a list of definitions."""


class Facts:
    """Facts in columns, sorted by figure and, within a figure, by the stage of its life; last is what holds.

    columns   FACT_COLUMNS; and ``incoming``, False for what the store holds and is given for comparison only
    order     for each sorted fact its position in the columns that came in
    newest    whether a fact is the last stage of its figure
    """

    def __init__(self, columns: dict[str, NDArray[Any]], definitions: Sequence[Indicator]) -> None:
        count = len(columns["value"])
        incoming = columns.pop("incoming", np.ones(count, dtype=bool))
        self.definitions = definitions
        self.periods: NDArray[np.int64]
        key, self.periods = self._key(columns)
        key *= 2 * len(_STAGES)
        key += _RANK[columns.pop("status")]
        key += incoming * np.int8(len(_STAGES))
        self.order = np.argsort(key, kind="stable")
        self._stage = key[self.order]
        del key
        # one column after the other is taken from the caller, so that a large load is not held twice
        self.indicator, self.item, self.region, self.period = (
            columns.pop(name)[self.order] for name in ("indicator", "item", "region", "period")
        )
        self.value: Floats = columns.pop("value")[self.order]
        self.yoy: Floats = columns.pop("yoy")[self.order]
        self.incoming: NDArray[np.bool_] = incoming[self.order]
        self.newest = np.ones(count, dtype=bool)
        self.newest[:-1] = self._differs(2 * len(_STAGES))

    def _differs(self, width: int) -> NDArray[np.bool_]:
        """Where a fact belongs to another group than the one before, from the second on; groups are that wide."""
        differs: NDArray[np.bool_] = self._stage[1:] // width != self._stage[:-1] // width
        return differs

    @staticmethod
    def _key(columns: Mapping[str, NDArray[Any]]) -> tuple[Positions, NDArray[np.int64]]:
        """One number for each figure, in the order of indicator, item, region and period; and the periods."""
        key = np.zeros(len(columns["value"]), dtype=np.int64)
        for name in ("indicator", "item", "region", "period"):
            index, known = pd.factorize(columns[name], sort=True)
            key *= max(len(known), 1)
            key += index
        return key, np.asarray(known, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.value)

    def status_of(self, facts: Positions) -> Positions:
        """The status of facts at sorted positions."""
        found: Positions = np.array(_STAGES, dtype=np.int64)[self._stage[facts] % len(_STAGES)]
        return found

    def figure(self, part: slice = slice(None)) -> Positions:
        """A number that is the same for all stages of a figure, and rises."""
        return self._stage[part] // (2 * len(_STAGES))

    @property
    def starts(self) -> Positions:
        """Where each series (indicator, item, region) begins."""
        if not len(self):
            return np.empty(0, dtype=np.int64)
        return np.append(0, np.flatnonzero(self._differs(2 * len(_STAGES) * len(self.periods))) + 1)

    def stretches(self, size: int = 200_000) -> Iterator[slice]:
        """All facts in stretches of whole indicators, each of about so many: a bound on the memory of a check."""
        begins = np.append(0, np.flatnonzero(self.indicator[1:] != self.indicator[:-1]) + 1)
        start = 0
        for begin in begins.tolist():
            if begin - start >= size:
                yield slice(start, begin)
                start = begin
        yield slice(start, len(self))

    def stages_to_come(self, keep: NDArray[np.bool_]) -> NDArray[np.int8]:
        """For each fact how many kept stages of the same figure follow it."""
        following = np.zeros(len(self), dtype=np.int8)
        for step in range(1, len(_STAGES)):
            same = ~self.newest[:-step] & keep[step:]
            if not same.any():
                break
            at = np.flatnonzero(same)
            width = 2 * len(_STAGES)
            following[at] += self._stage[at] // width == self._stage[at + step] // width
        return following

    def a_year_before(self, part: slice = slice(None)) -> Floats:
        """The value that holds for the same period of the year before; NaN where there is none.

        part  whole series
        """
        width = len(self.periods)
        if not width:
            return np.empty(0)
        earlier = periods.year_before(self.periods)
        at = np.minimum(np.searchsorted(self.periods, earlier), width - 1)
        shift = np.where(self.periods[at] == earlier, np.arange(width) - at, 0)
        figure, value = self.figure(part), self.value[part]
        back = shift[figure % width]
        place = np.searchsorted(figure, figure - back, side="right") - 1
        found = (back > 0) & (place >= 0) & (figure[place] == figure - back)
        return np.where(found, value[place], np.nan)

    def flags(self, test: Callable[[Indicator], bool], part: slice = slice(None)) -> NDArray[np.bool_]:
        """For each fact whether its definition passes a test."""
        passed = np.array([*(test(definition) for definition in self.definitions), False], dtype=bool)
        flags: NDArray[np.bool_] = passed[self.indicator[part]]
        return flags

    def cell_without_region(self, facts: Positions) -> Positions:
        """A number for each (indicator, item, period) of the facts at some positions."""
        cells: Positions = self.indicator[facts].astype(np.int64) << 40
        cells += self.item[facts].astype(np.int64) << 20
        cells += np.searchsorted(self.periods, self.period[facts])
        return cells

    def definition(self, fact: int) -> Indicator:
        """What the fact at a sorted position is a figure of."""
        return self.definitions[int(self.indicator[fact])]


def repeated(facts: Facts) -> tuple[NDArray[np.bool_], Iterator[Finding]]:
    """Facts said twice: the ones to keep, and what to tell.

    The level and the growth of one figure may come in two rows: they become one fact, in place. The same
    figure at the same stage with two different values is an error.
    """
    stage = facts._stage
    first = np.append(True, stage[1:] != stage[:-1])[: len(facts)]
    raw = {"value": facts.value.copy(), "yoy": facts.yoy.copy()} if not first.all() else {}
    starts = np.flatnonzero(first)
    for part, numbers in raw.items():
        getattr(facts, part)[starts] = np.fmax.reduceat(numbers, starts)
    return first, _twice(raw, first, starts)


def _twice(raw: Mapping[str, Floats], first: NDArray[np.bool_], starts: Positions) -> Iterator[Finding]:
    contradicted = set()
    for part, numbers in raw.items():
        for run in np.flatnonzero(np.fmax.reduceat(numbers, starts) > np.fmin.reduceat(numbers, starts)):
            members = np.arange(starts[run], starts[run + 1] if run + 1 < len(starts) else len(first))
            told = members[~np.isnan(numbers[members])]
            other = next(at for at in told if numbers[at] != numbers[told[-1]])
            contradicted.update(members.tolist())
            yield _contradiction(part, numbers, int(told[-1]), int(other))
    if raw:
        again = ~first & (raw["value"] == np.roll(raw["value"], 1))
        for at in np.flatnonzero(again).tolist():
            if at not in contradicted:
                yield Finding(
                    at, "duplicate", N_("这个数与 {other} 重复，只存一次。"),
                    N_("不用处理；如果本应是另一个地区或时期，请改正。"), Severity.NOTICE, other=at - 1,
                )  # fmt: skip


def _contradiction(part: str, numbers: Floats, fact: int, other: int) -> Finding:
    return Finding(
        fact, "duplicate_contradicts", N_("同一个数有两个说法：这里是 {value}，{other} 是 {other_value}。"),
        N_("请核对原表，只留一个；如果是修订，请用状态列分开（初步、最终）。"), Severity.ERROR, part, other,
        {"value": float(numbers[fact]), "other_value": float(numbers[other])},
    )  # fmt: skip


def ranges(facts: Facts, jump: float = JUMP) -> Iterator[Finding]:
    """Figures that are hardly what they seem: a share outside 0 to 100, a level far from that of a year before."""
    for part in facts.stretches():
        value, base = facts.value[part], facts.a_year_before(part)
        outside = facts.flags(is_share, part) & ((value < 0) | (value > 100))
        for at in _places(facts, part, outside):
            yield Finding(
                at, "percent_out_of_range", N_("{name} 是 {value}%，不在 0 到 100 之间。"),
                N_("请核对：是不是少了小数点，或者填成了别的指标。"),
                params={"name": facts.definition(at).name_zh, "value": float(facts.value[at])},
            )  # fmt: skip
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = value / base
        far = (base > 0) & ((ratio > jump) | (ratio < 1 / jump)) & facts.newest[part]
        for at in _places(facts, part, far & ~facts.flags(is_rate, part)):
            yield Finding(
                at, "sudden_jump", N_("{name} 是 {value}，上年同期是 {base}，相差悬殊。"),
                N_("请核对单位和小数点；数若属实，不用改。"),
                params={"name": facts.definition(at).name_zh, "value": float(facts.value[at]),
                        "base": float(base[at - part.start])},
            )  # fmt: skip


def _places(facts: Facts, part: slice, where: NDArray[np.bool_]) -> list[int]:
    """The positions of incoming facts, where something holds in a stretch."""
    return [part.start + int(at) for at in np.flatnonzero(where & facts.incoming[part])]


def is_rate(definition: Indicator) -> bool:
    """Whether the figure is a rate or an index, where a multiple of the year before means nothing."""
    return definition.unit in ("%", "‰", "个百分点", "指数", "倍", "级")


def is_share(definition: Indicator) -> bool:
    """Whether the figure is a part of a whole in percent: below 0 and above 100 it cannot be."""
    name = definition.name_zh
    return definition.unit == "%" and (
        name.endswith(("占比", "比重", "覆盖率", "城镇化率", "优良率", "优良天数比例", "达标率"))
    )


def growths(facts: Facts) -> Iterator[Finding]:
    """Published growth that the two levels do not give; the published one stays, the computed one stands beside.

    At constant prices the two may differ rightly: then it is a notice.
    """
    for part in facts.stretches():
        computed, _ = comparison.growth(facts.value[part], facts.a_year_before(part))
        far = comparison.differs(facts.yoy[part], computed) & facts.newest[part]
        for at in _places(facts, part, far):
            words = facts.definition(at).definition_zh + facts.definition(at).calibre_zh
            constant_prices = any(word in words for word in ("可比价", "不变价", "当年价"))
            yield Finding(
                at, "growth_differs", N_("公布增速 {published}%，按两期数推算 {computed}%。"),
                N_("以公布数为准，推算数并列；按可比口径公布的增速与推算数不同属正常。"),
                Severity.NOTICE if constant_prices else Severity.WARNING, "yoy",
                params={"published": float(facts.yoy[at]),
                        "computed": round(float(computed[at - part.start]), 2)},
            )  # fmt: skip


def identities(facts: Facts, rules: Sequence[Identity]) -> Iterator[Finding]:
    """勾稽关系: totals that their parts do not make, each with the difference.

    An identity is looked at where the total and every part of it are given, for the same region, period and
    item; a part that is missing is not a part that is zero.
    """
    number = {definition.code: i for i, definition in enumerate(facts.definitions)}
    chosen = facts.newest & ~np.isnan(facts.value)
    for rule in rules:
        if rule.total not in number or any(part not in number for part in rule.parts):
            continue
        joined = _of_indicator(facts, chosen & (facts.indicator == number[rule.total]))
        fresh, parts = facts.incoming[joined["fact"]], np.zeros(len(joined))
        joined["parts"], joined["fresh"] = parts, fresh
        for part in rule.parts:
            other = _of_indicator(facts, chosen & (facts.indicator == number[part]))
            joined = joined.merge(other, on=["item", "region", "period"], suffixes=("", "_part"))
            joined["parts"] += joined.pop("value_part")
            joined["fresh"] |= facts.incoming[joined.pop("fact_part")]
        gap = joined["value"] - joined["parts"]
        wrong = joined[fails(gap.to_numpy(), rule.tolerance) & joined["fresh"]]
        for row in wrong.to_dict("records"):
            yield Finding(
                int(row["fact"]), "identity", N_("{total} 印的是 {printed}，各部分合计 {sum}，差 {gap}。"),
                N_("两边都按原样保存；请向来源单位核对。"),
                params={"total": facts.definitions[number[rule.total]].name_zh, "printed": row["value"],
                        "sum": round(row["parts"], 6), "gap": round(row["value"] - row["parts"], 6)},
            )  # fmt: skip


def published_ratios(facts: Facts, formulas: Mapping[str, formula.Node]) -> Iterator[Finding]:
    """Published figures of computed indicators that their own inputs do not give, beyond rounding.

    formulas  code to checked tree; one that looks back or asks for the season is not judged here
    """
    number = {definition.code: i for i, definition in enumerate(facts.definitions)}
    chosen = facts.newest & ~np.isnan(facts.value)
    for code, tree in formulas.items():
        inputs = formula.references(tree)
        if code not in number or any(name not in number for name in inputs) or formula.look_back(tree):
            continue
        if formula.uses_time_progress(tree) or not inputs:
            continue
        joined = _dated(facts, chosen & (facts.indicator == number[code]))
        for name in inputs:
            other = _dated(facts, chosen & (facts.indicator == number[name]))
            point = Basis.POINT in (
                facts.definitions[number[name]].basis,
                facts.definitions[number[code]].basis,
            )
            cell = ["item", "region", "end"] if point else ["item", "region", "end", "period"]
            other = other[[*cell, "value", "fact"]].rename(columns={"value": name, "fact": name + "_fact"})
            joined = joined.merge(other, on=cell)
        fresh = facts.incoming[joined["fact"]]
        for name in inputs:
            fresh |= facts.incoming[joined[name + "_fact"]]
        values = {name: joined[name].to_numpy()[:, np.newaxis] for name in inputs}
        computed = formula.evaluate(tree, values)[:, 0] if len(joined) else np.empty(0)
        printed = joined["value"].to_numpy()
        rounding = np.maximum(0.5 * 10.0 ** -_decimals(printed) + 0.02, 0.0005 * np.abs(printed))
        for at in np.flatnonzero(fresh & (np.abs(printed - computed) > rounding)):
            yield Finding(
                int(joined["fact"].iloc[at]), "formula_differs",
                N_("{name} 印的是 {printed}，按公式推算 {computed}。"),
                N_("以印的数为准，推算数并列；请向来源单位核对。"),
                params={"name": facts.definitions[number[code]].name_zh, "printed": float(printed[at]),
                        "computed": round(float(computed[at]), 2)},
            )  # fmt: skip


def _dated(facts: Facts, where: NDArray[np.bool_]) -> pd.DataFrame:
    """The figures of one indicator, with the end of their periods."""
    return _of_indicator(facts, where).assign(end=lambda frame: frame["period"] // 1000)


def _of_indicator(facts: Facts, where: NDArray[np.bool_]) -> pd.DataFrame:
    """The figures of one indicator, with their positions."""
    at = np.flatnonzero(where)
    return pd.DataFrame(
        {"item": facts.item[at], "region": facts.region[at], "period": facts.period[at],
         "value": facts.value[at], "fact": at}
    )  # fmt: skip


def region_totals(facts: Facts, tree: RegionTree) -> Iterator[Finding]:
    """Totals that the figures of their regions do not make: less than its parts, or all there and another sum.

    Reporting units (市本级, zones) are parts of a sum where they are printed; whether they lie inside the
    counties is the source's affair, so a sum that fits without them fits. A rest above zero is shown as a
    line of its own (未单列), so it is a notice; parts beyond their total are a warning.
    """
    for part in facts.stretches():
        totals = _totals_and_parts(facts, tree, part)
        if not totals.empty:
            yield from _against_parts(totals, tree)


def _against_parts(totals: pd.DataFrame, tree: RegionTree) -> Iterator[Finding]:
    expected = {code: len(tree.children(code, territories_only=True)) for code in set(totals["region"])}
    total, territory = totals["value"].to_numpy(), totals["territory"].to_numpy()
    rest = total - territory - totals["unit"].to_numpy()
    count = totals["territories"].to_numpy()
    tolerance = _rounding(total, count)
    fits = (np.abs(rest) <= tolerance) | (np.abs(total - territory) <= tolerance)
    complete = count == totals["region"].map(expected).to_numpy()
    told = ~fits & (complete | (territory > total)) & totals["fresh"].to_numpy(dtype=bool)
    for row, gap in zip(totals[told].to_dict("records"), rest[told], strict=True):
        params = {"region": tree.name(int(row["region"])), "printed": row["value"],
                  "sum": round(row["value"] - float(gap), 6), "gap": round(float(gap), 6)}  # fmt: skip
        if gap < 0:
            yield Finding(
                int(row["fact"]), "parts_beyond_total",
                N_("{region} 印的是 {printed}，各地区合计 {sum}，差 {gap}。"),
                N_("两边都按原样保存；请向来源单位核对。"), params=params,
            )  # fmt: skip
        else:
            yield Finding(
                int(row["fact"]), "unlisted_rest",
                N_("{region} 印的是 {printed}，各地区合计 {sum}，其余 {gap} 来源没有单列。"),
                N_("其余部分单独成行显示，不用处理。"), Severity.NOTICE, params=params,
            )  # fmt: skip


def _totals_and_parts(facts: Facts, tree: RegionTree, part: slice) -> pd.DataFrame:
    """One row for each figure that has parts in the stretch: value, sums of territories and units, how many."""
    additive = facts.flags(lambda definition: definition.agg_region is RegionAggregation.SUM, part)
    chosen = part.start + np.flatnonzero(additive & facts.newest[part] & ~np.isnan(facts.value[part]))
    index, codes = pd.factorize(facts.region[chosen])
    parents = np.array([tree.parent(int(code)) or 0 for code in codes], dtype=np.int64)
    if not np.isin(parents, codes).any():
        return pd.DataFrame()
    is_unit = np.array([tree.get(int(code)).reporting_unit for code in codes], dtype=bool)[index]
    value = facts.value[chosen]
    frame = pd.DataFrame(
        {
            "cell": facts.cell_without_region(chosen), "region": facts.region[chosen], "value": value,
            "parent": parents[index], "fact": chosen, "territory": np.where(is_unit, 0.0, value),
            "unit": np.where(is_unit, value, 0.0), "territories": ~is_unit, "fresh": facts.incoming[chosen],
        }
    )  # fmt: skip
    inner = frame[frame["parent"].isin(codes)].drop(columns=["region", "value", "fact"])
    sums = (
        inner.rename(columns={"parent": "region"}).groupby(["cell", "region"], sort=False).sum().reset_index()
    )
    totals = frame[["cell", "region", "value", "fact"]].merge(sums, on=["cell", "region"])
    totals["fresh"] = (totals["fresh"] > 0) | facts.incoming[totals["fact"]]
    return totals


def _rounding(total: Floats, parts: NDArray[Any]) -> Floats:
    """How far a printed total may be from the sum of its printed parts by rounding; whole numbers are exact."""
    places = _decimals(total)
    tolerance: Floats = np.where(places > 0, 0.5 * 10.0**-places * (parts + 1), 0.5) + 1e-9
    return tolerance


def _decimals(values: Floats) -> NDArray[np.int64]:
    """How many decimals each number is printed with, at most four."""
    places = np.full(len(values), 4, dtype=np.int64)
    for count in (3, 2, 1, 0):
        places[np.round(values, count) == values] = count
    return places


def printed_total(total: float, parts: Sequence[float], fact: int) -> Finding | None:
    """A total row of a table that its own rows do not make; 其中 rows are no parts."""
    gap = total - math.fsum(parts)
    if abs(gap) <= _rounding(np.array([total]), np.array([len(parts)]))[0]:
        return None
    return Finding(
        fact, "printed_total_differs", N_("合计行印的是 {printed}，以上各行合计 {sum}，差 {gap}。"),
        N_("两边都按原样保存；请向来源单位核对。"),
        params={"printed": total, "sum": round(math.fsum(parts), 6), "gap": round(gap, 6)},
    )  # fmt: skip


def levels(facts: Facts, tree: RegionTree) -> Iterator[Finding]:
    """Figures of regions below the lowest level at which their indicator is published; one finding a series."""
    for at in facts.starts.tolist():
        definition = facts.definition(at)
        region = int(facts.region[at])
        if facts.incoming[at] and tree.get(region).level > Level.parse(definition.lowest_level):
            yield Finding(
                at, "below_lowest_level", N_("{name} 一般不发布到 {region} 这一级。"),
                N_("数已保存，但该级不显示；如确有发布，请修改指标的最低层级。"), Severity.NOTICE, "region",
                params={"name": definition.name_zh, "region": tree.name(region)},
            )  # fmt: skip
