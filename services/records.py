"""The rows of a table, one column of figures at a time, on their way to facts: arithmetic on arrays, doubts told."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from numpy.typing import NDArray

from data_access.formats.tabular import Chunk
from indicators import periods, quality, units
from indicators.definition import DataStatus, Target
from indicators.errors import N_, CockpitError, Issue, Severity
from services.headers import Layout, Series, clean
from services.journal import Cell, Journal
from services.terms import TARGET, Output, Plan, RowKind, Terms

Array = NDArray[Any]

LONGEST_REASON = 64
"""What the store holds of a reason why a figure is missing."""


class Coded(NamedTuple):
    """A column as positions in its distinct texts."""

    codes: Array
    texts: list[str]


class TotalRow(NamedTuple):
    """A row that is a total of others, or a part of one: what it says, and where."""

    kind: RowKind
    indicator: int
    item: int
    period: int
    value: float
    cell: Cell


class Reader:
    """One column of figures of a chunk, on its way to facts."""

    def __init__(
        self, terms: Terms, journal: Journal, chunk: Chunk, start: int, layout: Layout, series: Series
    ) -> None:
        self._terms, self._journal = terms, journal
        self._chunk, self._start, self._layout, self._series = chunk, start, layout, series
        self._rows = chunk.rows[start:]
        self.totals: list[TotalRow] = []
        self.targets: list[Target] = []
        self._told: set[tuple[int, str, str]] = set()

    def facts(self) -> Iterable[dict[str, Array]]:
        """The facts, at most two for each row: a printed level and a printed growth may have two homes."""
        value, odd_values = self._numbers(self._series.value)
        yoy, odd_growths = self._numbers(self._series.yoy)
        status, reason = self._status(), self._coded("reason")
        self._tell_texts(
            "reason", reason, [_too_long(text) for text in reason.texts], status == DataStatus.MISSING
        )
        active = ~np.isnan(value) | ~np.isnan(yoy)
        active[[*odd_values, *odd_growths]] = True
        told_missing = (status == DataStatus.MISSING) | np.array([bool(t) for t in reason.texts])[
            reason.codes
        ]
        active |= told_missing
        if not active.any():
            return
        kinds, regions = self._regions(active)
        active &= kinds < RowKind.LEFT_OUT
        plan_of, plans = self._plans(active)
        self._settle(odd_values, 1, value, active, plan_of, plans)
        self._settle(odd_growths, 2, yoy, active, plan_of, plans)
        unread = np.zeros(len(active), dtype=bool)
        unread[[at for odd in (odd_values, odd_growths) for at, number in odd.items() if number.problem]] = (
            True
        )
        source, known_at = self._sources(), self._known_at(active)
        reasons = np.array([self._terms.reason(text) for text in reason.texts])[reason.codes]
        self._refuse_homeless(value, yoy, active, plan_of, plans)
        for slot in range(max((len(plan.outputs) for plan in plans), default=0)):
            table = _Slot([plan.outputs[slot] if slot < len(plan.outputs) else None for plan in plans])
            at = np.flatnonzero(active & (table.definition[plan_of] >= 0))
            plan = plan_of[at]
            levels = table.values(plan, value[at], yoy[at])
            growths = table.growths(plan, value[at], yoy[at])
            empty = np.isnan(levels) & np.isnan(growths)
            stays = ~empty | (told_missing[at] & (slot == 0)) | unread[at]
            at, plan, levels, growths, empty = (
                at[stays],
                plan[stays],
                levels[stays],
                growths[stays],
                empty[stays],
            )
            key, marked = self._periods(at, table.definition[plan])
            key = np.where(empty & unread[at], 0, key)
            self._ask_about_missing(at[~empty & (status[at] == DataStatus.MISSING)])
            stage = np.where((status[at] == DataStatus.UNSTATED) & (marked >= 0), marked, status[at])
            fact = {
                "indicator": table.definition[plan], "item": table.item[plan], "region": regions[at],
                "period": key, "value": levels, "yoy": growths,
                "status": np.where(empty, int(DataStatus.MISSING), stage), "source": source[at],
                "known_at": known_at[at], "reason": np.where(empty, reasons[at], 0),
                "sheet": np.full(len(at), len(self._journal.sheets) - 1), "row": self._rows[at],
                "value_column": table.columns(plan, self._series), "yoy_column": table.growth_columns(plan, self._series),
            }  # fmt: skip
            yield from self._sorted_out(fact, kinds[at])

    def _ask_about_missing(self, at: Array) -> None:
        """A figure cannot be missing and there."""
        for place in at.tolist():
            what, do = N_("状态是缺报，却有数。"), N_("请去掉数，或改状态。")
            self._tell(Issue("missing_with_value", what, do), place, "status")

    def _sorted_out(self, fact: dict[str, Array], kinds: Array) -> Iterable[dict[str, Array]]:
        """The facts that are figures to store: no targets, no sums, none without a period or a permission."""
        keep = fact["period"] > 0
        for at in np.flatnonzero((kinds != RowKind.REGION) & keep):
            self.totals.append(
                TotalRow(
                    RowKind(int(kinds[at])), int(fact["indicator"][at]), int(fact["item"][at]),
                    int(fact["period"][at]), float(fact["value"][at]), _cell(fact, int(at)),
                )
            )  # fmt: skip
        keep &= kinds != RowKind.SUM
        keep &= self._permitted(fact, keep)
        keep &= self._still_there(fact, keep)
        for at in np.flatnonzero(keep & (fact["status"] == TARGET)):
            self.targets.extend(self._targets({name: column[at] for name, column in fact.items()}))
        keep &= fact["status"] != TARGET
        yield {name: column[keep] for name, column in fact.items()}

    def _permitted(self, fact: dict[str, Array], keep: Array) -> Array:
        """Where the actor may bring figures; refusals are told at every cell."""
        width = max(len(self._terms.definitions), 1)
        index, regions = pd.factorize(fact["region"])
        pair, pairs = pd.factorize(index * width + fact["indicator"])
        allowed = np.ones(len(pairs), dtype=bool)
        for number, key in enumerate(pairs.tolist()):
            region, code = int(regions[key // width]), self._terms.definitions[key % width].code
            allowed[number] = region == 0 or self._terms.once(self._terms.may_load, region, code)
        permitted = allowed[pair] if len(pairs) else keep
        for at in np.flatnonzero(keep & ~permitted):
            self._journal.add(
                Issue("forbidden", N_("您不能装入 {region} 的“{name}”。"), N_("如工作需要，请联系安全管理员授权。"),
                      where=self._journal.where(_cell(fact, int(at)), "region"),
                      params={"region": self._terms.tree.name(int(fact["region"][at])),
                              "name": self._terms.definitions[int(fact["indicator"][at])].name_zh})
            )  # fmt: skip
        return permitted

    def _still_there(self, fact: dict[str, Array], keep: Array) -> Array:
        """Where the region still stood at the end of the period; figures of one that was no more are told and left out."""
        tree = self._terms.tree
        there = np.ones(len(keep), dtype=bool)
        for region in pd.unique(fact["region"][keep]).tolist():
            last = [one.valid_to for one in tree.versions(region)] if tree.has(region) else []
            if not last or None in last:
                continue
            ended = max(day for day in last if day is not None)
            here = keep & (fact["region"] == region)
            there[here] = periods.end_days(fact["period"][here]) <= np.datetime64(ended)
            heirs = "、".join(tree.name(code) for code in tree.in_force([region])[0])
            for at in np.flatnonzero(here & ~there):
                self._journal.add(
                    Issue("region_ended", N_("{region}到 {day} 为止，这一期已没有这个区划。"), N_("请按 {heirs} 报送。"),
                          where=self._journal.where(_cell(fact, int(at)), "region"),
                          params={"region": tree.name(region), "day": ended.isoformat(), "heirs": heirs or "—"})
                )  # fmt: skip
        return there

    def _targets(self, fact: dict[str, Any]) -> Iterable[Target]:
        """What a row marked as expected says is to be reached: a level, a growth, or both.

        Only the level of a whole year is a target that figures are judged by; the others are kept as said,
        without an indicator, since a target of eight months or of a growth is not one of the year.
        """
        definition = self._terms.definitions[int(fact["indicator"])]
        period = periods.Period(int(fact["period"]))
        title, citation, _ = self._terms.sources[int(fact["source"])]
        better = {"lower_better": "<=", "higher_better": ">="}.get(str(definition.polarity), "=")
        whole_year = period.month == 12 and self._terms.items[int(fact["item"])] == ("", "")
        label = periods.label(period.key, str(definition.frequency), str(definition.basis))
        for number, unit, what in (
            (float(fact["value"]), definition.unit, definition.name_zh),
            (float(fact["yoy"]), "%", definition.name_zh + "同比"),
        ):
            if not np.isnan(number):
                yield Target(
                    indicator=definition.code if whole_year and what == definition.name_zh else None,
                    region=int(fact["region"]), year=period.year, op=better, value=number, unit=unit,
                    due=period.end, statement_zh=f"{label} {what}", plan=self._terms.file[:80], source=citation or title,
                )  # fmt: skip

    # ------------------------------------------------------------ columns

    def _coded(self, name: str) -> Coded:
        """The texts of a field: from its column, else from the header, else the default of the mapping."""
        default = self._series.says.get(name) or self._terms.mapping.defaults.get(name, "")
        index = self._layout.fields.get(name)
        if (
            index is None
            or index >= len(self._chunk.columns)
            or (name in self._series.says and name != "unit")
        ):
            return Coded(np.zeros(len(self._rows), dtype=np.int64), [clean(default)])
        column = self._chunk.columns[index].slice(self._start)
        coded = pc.dictionary_encode(pc.fill_null(column, ""))
        texts = [clean(text) or default for text in coded.dictionary.to_pylist()]
        return Coded(coded.indices.to_numpy(zero_copy_only=False).astype(np.int64), texts)

    def _numbers(self, index: int | None) -> tuple[Array, dict[int, quality.Number]]:
        if index is None or index >= len(self._chunk.columns):
            return np.full(len(self._rows), np.nan), {}
        column = self._chunk.columns[index].slice(self._start)
        dtype: Any = pd.StringDtype("pyarrow", na_value=np.nan)
        return quality.read_numbers(pd.Series(dtype.__from_arrow__(column)))

    def _status(self) -> Array:
        coded = self._coded("status")
        read = [self._terms.once(self._terms.status, text) for text in coded.texts]
        self._tell_texts("status", coded, [issue for _, issue in read], np.ones(len(coded.codes), dtype=bool))
        return np.array([number for number, _ in read])[coded.codes]

    def _regions(self, active: Array) -> tuple[Array, Array]:
        coded = self._coded("region")
        read = [self._terms.once(self._terms.region, text) for text in coded.texts]
        self._tell_texts("region", coded, [issue for *_, issue in read], active)
        kinds = np.array([int(kind) for kind, *_ in read])[coded.codes]
        self._journal.left_out += int((active & (kinds == RowKind.LEFT_OUT)).sum())
        return kinds, np.array([code for _, code, _ in read], dtype=np.int64)[coded.codes]

    def _known_at(self, active: Array) -> Array:
        coded = self._coded("known_at")
        read = [self._terms.once(self._terms.known_at, text) for text in coded.texts]
        self._tell_texts("known_at", coded, [issue for _, issue in read], active)
        return np.array([moment for moment, _ in read], dtype=np.int64)[coded.codes]

    def _sources(self) -> Array:
        coded = [self._coded(name) for name in ("source", "citation", "quality")]
        index, texts = _combined(coded)
        return np.array([self._terms.source(*row) for row in texts])[index]

    def _plans(self, active: Array) -> tuple[Array, list[Plan]]:
        """The plan of each row, as a position in the plans of this column."""
        names = ["indicator", "unit", "dimensions", "scope"]
        indicator = self._coded("indicator")
        names += sorted(self._terms.needs(indicator.texts) - set(names))
        coded = [indicator if name == "indicator" else self._coded(name) for name in names]
        index, texts = _combined(coded)
        plans = [self._terms.once(self._terms.plan, tuple(zip(names, row, strict=True))) for row in texts]
        refused = active & np.array([plan.issue is not None for plan in plans])[index]
        for at in np.flatnonzero(refused):
            issue = plans[index[at]].issue
            part = "unit" if issue.key in ("unit_mismatch", "unknown_unit") else "indicator"
            self._tell(issue, int(at), part)
        self._journal.left_out += int(refused.sum())
        active &= ~refused
        return index, plans

    def _periods(self, at: Array, definition: Array) -> tuple[Array, Array]:
        """The period key of each row (0 where there is none) and the status that a mark beside it gives."""
        kinds = [(str(one.basis), str(one.frequency)) for one in self._terms.definitions]
        shapes = list(dict.fromkeys(kinds))
        shape_of = np.array([shapes.index(kind) for kind in kinds], dtype=np.int64)
        text, cumulative = self._coded("period"), self._coded("cumulative")
        combined, texts = _combined(
            [
                Coded(text.codes[at], text.texts),
                Coded(cumulative.codes[at], cumulative.texts),
                Coded(shape_of[definition], ["\x1f".join(shape) for shape in shapes]),
            ]
        )
        read = [
            self._terms.once(self._terms.period, said, flag, *shape.split("\x1f"))
            for said, flag, shape in texts
        ]
        issues = [issue for *_, issue in read]
        if any(issues):
            for place in np.flatnonzero(np.array([issue is not None for issue in issues])[combined]):
                issue = issues[combined[place]]
                unclear = issue is not None and issue.key == "cumulative_unclear"
                self._tell(issue, int(at[place]), "cumulative" if unclear else "period")
        keys = np.array([key if issue is None else 0 for key, _, issue in read], dtype=np.int64)
        marks = np.array([mark for _, mark, _ in read], dtype=np.int64)
        return (keys[combined], marks[combined]) if len(read) else (keys, marks)

    # ------------------------------------------------------------ what is told

    def _tell(self, issue: Issue | None, at: int, part: str) -> None:
        """Tell an issue at a part of a row, once: a row may lead to two figures."""
        if issue is None or (at, part, issue.key) in self._told:
            return
        self._told.add((at, part, issue.key))
        places = (self._series.value, self._series.yoy)
        value, yoy = (-1 if place is None else place for place in places)
        cell = Cell(
            len(self._journal.sheets) - 1, int(self._rows[at]), max(value, yoy) if value < 0 else value, yoy
        )
        self._journal.add(replace(issue, where=self._journal.where(cell, part)))

    def _tell_texts(self, part: str, coded: Coded, issues: Sequence[Issue | None], active: Array) -> None:
        """Tell what is wrong with texts, at every cell that holds one."""
        if any(issue is not None for issue in issues):
            wrong = np.array([issue is not None for issue in issues])[coded.codes] & active
            for at in np.flatnonzero(wrong):
                self._tell(issues[coded.codes[at]], int(at), part)

    def _settle(
        self, odd: dict[int, quality.Number], column: int, numbers: Array, active: Array, plan_of: Array,
        plans: Sequence[Plan],
    ) -> None:  # fmt: skip
        """Decide on the cells that say more than a number: convert, ask, or refuse; each is told."""
        part = "value" if column == 1 else "yoy"
        index = self._series.value if column == 1 else self._series.yoy
        for at, number in odd.items():
            if not active[at] or index is None:
                continue
            text = self._chunk.columns[index][self._start + at].as_py()
            if number.problem:
                what, do = quality.PROBLEMS[number.problem]
                self._tell(Issue(number.problem, what, do, params={"text": text}), at, part)
            elif number.qualifier not in ("", "approx"):
                self._tell(
                    Issue("inexact", N_("“{text}”只说了范围，不是确数。"), N_("请写确数；没有就留空。"),
                          params={"text": text}), at, part,
                )  # fmt: skip
                numbers[at] = np.nan
            else:
                self._told_beside(number, text, at, part)
                unit = next((o.unit for o in plans[plan_of[at]].outputs if column in (o.value_from,)), "%")
                self._convert(number, unit, numbers, at, part, text)

    def _told_beside(self, number: quality.Number, text: str, at: int, part: str) -> None:
        asked = {
            "approx": ("approximate", N_("“{text}”是约数，按 {value} 存。"), N_("如有确数，请改用确数。")),
            "leading_zeros": ("leading_zeros", N_("“{text}”前面有零，按 {value} 存。"),
                              N_("请核对：它会不会是代码而不是数。")),
        }  # fmt: skip
        for mark in (number.qualifier, number.warning):
            if mark in asked:
                key, what, do = asked[mark]
                params = {"text": text, "value": number.value}
                self._tell(Issue(key, what, do, severity=Severity.WARNING, params=params), at, part)

    def _convert(
        self, number: quality.Number, unit: str, numbers: Array, at: int, part: str, text: str
    ) -> None:
        if number.unit in ("", unit) or (part == "yoy" and number.unit in ("%", "个百分点", "百分点")):
            return
        try:
            numbers[at] = _scaled(np.array([numbers[at]]), units.conversion(number.unit, unit))[0]
        except CockpitError:
            self._tell(
                Issue("unit_conflict", N_("“{text}”带的单位和这一列的单位“{unit}”不是一类，没有存。"),
                      N_("请核对这个数属于哪个指标。"), severity=Severity.WARNING,
                      params={"text": text, "unit": unit}), at, part,
            )  # fmt: skip
            numbers[at] = np.nan
            self._journal.left_out += 1

    def _refuse_homeless(
        self, value: Array, yoy: Array, active: Array, plan_of: Array, plans: Sequence[Plan]
    ) -> None:
        """Tell of printed figures in a column that the mapping leads nowhere."""
        for number, numbers, part in ((1, value, "value"), (2, yoy, "yoy")):
            homeless = np.array(
                [
                    bool(p.outputs) and not any(number in (o.value_from, o.yoy_from) for o in p.outputs)
                    for p in plans
                ]
            )
            for at in (
                np.flatnonzero(active & ~np.isnan(numbers) & homeless[plan_of]) if homeless.any() else ()
            ):
                self._tell(
                    Issue("no_home", N_("代码表没有说这一列的数存到哪里，没有存。"), N_("请在代码表里补一行。"),
                          severity=Severity.WARNING), int(at), part,
                )  # fmt: skip
                self._journal.left_out += 1


class _Slot:
    """The outputs of the plans of a column, in columns: one of at most two for each plan."""

    def __init__(self, outputs: Sequence[Output | None]) -> None:
        nothing = Output(-1, 0, 0, 1.0, 0, "")
        chosen = [output or nothing for output in outputs]
        self.definition = np.array([o.definition for o in chosen], dtype=np.int64)
        self.item = np.array([o.item for o in chosen], dtype=np.int64)
        self._value_from = np.array([o.value_from for o in chosen], dtype=np.int64)
        self._yoy_from = np.array([o.yoy_from for o in chosen], dtype=np.int64)
        self._factor = np.array([o.factor for o in chosen], dtype=np.float64)

    def values(self, plan: Array, value: Array, yoy: Array) -> Array:
        """The figures to store as levels."""
        chosen = self._value_from[plan]
        return _scaled(np.where(chosen == 1, value, np.where(chosen == 2, yoy, np.nan)), self._factor[plan])

    def growths(self, plan: Array, value: Array, yoy: Array) -> Array:
        """The figures to store as published growth."""
        chosen = self._yoy_from[plan]
        return np.where(chosen == 1, value, np.where(chosen == 2, yoy, np.nan))

    def columns(self, plan: Array, series: Series) -> Array:
        """The column in which each level stands."""
        return self._places(self._value_from[plan], series)

    def growth_columns(self, plan: Array, series: Series) -> Array:
        """The column in which each growth stands."""
        return self._places(self._yoy_from[plan], series)

    @staticmethod
    def _places(chosen: Array, series: Series) -> Array:
        value = -1 if series.value is None else series.value
        yoy = -1 if series.yoy is None else series.yoy
        return np.array([max(value, yoy), value, yoy])[chosen]


def _scaled(values: Array, factor: Array | float) -> Array:
    """Values times a factor; a factor such as 0.0001 divides instead, which is exact in more cases."""
    inverse = np.round(1 / np.asarray(factor))
    divides = (np.asarray(factor) < 1) & (np.abs(inverse * factor - 1) < 1e-12)
    return np.where(divides, values / np.where(divides, inverse, 1.0), values * factor)


def _combined(columns: Sequence[Coded]) -> tuple[Array, list[tuple[str, ...]]]:
    """Rows as positions in their distinct combinations of texts."""
    key = np.zeros(len(columns[0].codes), dtype=np.int64)
    for column in columns:
        key = key * max(len(column.texts), 1) + column.codes
    index, keys = pd.factorize(key)
    combinations = []
    for number in keys.tolist():
        row = []
        for column in reversed(columns):
            number, place = divmod(number, max(len(column.texts), 1))
            row.append(column.texts[place])
        combinations.append(tuple(reversed(row)))
    return index, combinations


def _too_long(text: str) -> Issue | None:
    """A reason why there is no figure that is longer than the store holds."""
    if len(text) <= LONGEST_REASON:
        return None
    what, do = N_("缺报原因有 {count} 个字，超过 {most} 个。"), N_("请写短一些，详情写在备注里。")
    return Issue("reason_too_long", what, do, params={"count": len(text), "most": LONGEST_REASON})


def _cell(fact: dict[str, Array], at: int) -> Cell:
    return Cell(
        int(fact["sheet"][at]),
        int(fact["row"][at]),
        int(fact["value_column"][at]),
        int(fact["yoy_column"][at]),
    )
