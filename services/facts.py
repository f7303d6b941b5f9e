"""From the cells of a table to facts at catalogue codes, with every doubt told at its cell.

Texts repeat, so each distinct one is read once and the rest is arithmetic on arrays: a table of millions of rows
costs little more than its parsing. Nothing is stored here and nothing is dropped silently.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from difflib import get_close_matches
from enum import IntEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from numpy.typing import NDArray

from data_access.formats.tabular import Chunk, Table, address
from indicators import periods, quality, units
from indicators.catalog import Catalog
from indicators.definition import DataStatus, Indicator, Target
from indicators.errors import N_, CockpitError, Issue, Severity
from indicators.regions import Level, RegionTree
from services.mapping import FIELDS, SKIP, STATUSES, Entry, TableMapping

HEADER_ROWS = 30
"""The header of a table is looked for among so many first rows."""

Array = NDArray[Any]


class IssueBook:
    """Issues as they are met: listed up to a limit, errors before the rest, all of them counted."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: dict[Severity, list[Issue]] = {severity: [] for severity in Severity}
        self.counts: Counter[Severity] = Counter()

    def add(self, issue: Issue) -> None:
        """Take an issue; beyond the limit it is only counted."""
        self.counts[issue.severity] += 1
        if len(self._held[issue.severity]) < self._limit:
            self._held[issue.severity].append(issue)

    @property
    def listed(self) -> tuple[Issue, ...]:
        """The issues, errors first, at most as many as the limit."""
        listed = [issue for severity in Severity for issue in self._held[severity]]
        return tuple(listed[: self._limit])


class RowKind(IntEnum):
    """What the name in the region column makes of a row."""

    REGION = 0
    WHOLE = 1
    """全市, 全县: the root; its figure is stored, and is no part of a sum."""
    SUM = 2
    """合计: a sum of rows above it, checked and not stored."""
    OF_WHICH = 3
    """其中: a part of a row above it, stored if it names a region, and no part of a sum."""
    LEFT_OUT = 4
    UNKNOWN = 5


class Output(NamedTuple):
    """Where the two printed columns of a row go. Columns are told by number: 0 nowhere, 1 value, 2 growth."""

    definition: int
    item: int
    value_from: int
    factor: float
    yoy_from: int
    unit: str


class Plan(NamedTuple):
    """What is done with rows that print the same indicator, unit, scope…; nothing, for the reason of an issue."""

    outputs: tuple[Output, ...] = ()
    issue: Issue | None = None


class Coded(NamedTuple):
    """A column as positions in its distinct texts."""

    codes: Array
    texts: list[str]


@dataclass(frozen=True)
class Series:
    """One column of figures: where it stands, and what its header says that no other column does."""

    value: int | None
    yoy: int | None
    says: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """What the columns of a table hold."""

    header: int
    fields: dict[str, int]
    series: tuple[Series, ...]


class Cell(NamedTuple):
    """The place of a figure: sheet, row, columns of its value and its growth."""

    sheet: int
    row: int
    value: int
    yoy: int


_PARTS: dict[str, Any] = {
    "indicator": np.int32, "item": np.int32, "region": np.int64, "period": np.int64, "value": np.float64,
    "yoy": np.float64, "status": np.int8, "source": np.int32, "known_at": np.int64, "reason": np.int16,
    "sheet": np.int8, "row": np.int32, "value_column": np.int16, "yoy_column": np.int16,
}  # fmt: skip
"""The columns of the facts gathered, and how wide each is."""


class _Growing:
    """An array that is added to: it doubles when full, so that nothing is held in pieces."""

    def __init__(self, kind: Any) -> None:
        self._held = np.empty(0, kind)
        self.count = 0

    def add(self, values: Array) -> None:
        """Put values behind those that are there."""
        end = self.count + len(values)
        if end > len(self._held):
            larger = np.empty(max(end, 2 * len(self._held)), self._held.dtype)
            larger[: self.count] = self._held[: self.count]
            self._held = larger
        self._held[self.count : end] = values
        self.count = end

    def since(self, start: int) -> Array:
        """The values from a position on."""
        return self._held[start : self.count]


_TARGET = len(DataStatus)
_NOW = -1


class Gatherer:
    """Takes tables, one after the other, and holds the facts, targets and issues found in them.

    file      how the file is called in messages
    today     the day on which a period that has not begun yet is a mistake
    zone      the time zone of a publication day
    may_load  whether the actor may bring figures of a region and a system
    """

    def __init__(
        self,
        catalog: Catalog,
        tree: RegionTree,
        mapping: TableMapping,
        *,
        file: str,
        today: date,
        zone: ZoneInfo,
        may_load: Callable[[int, str], bool],
        book: IssueBook,
    ) -> None:
        self._catalog, self._tree, self._mapping = catalog, tree, mapping
        self.file, self._today, self._zone, self.may_load = file, today, zone, may_load
        self.book = book
        self.rows = 0
        self.refused = 0
        self.targets: list[Target] = []
        self.definitions: list[Indicator] = []
        self.items: list[tuple[str, str]] = [("", "")]
        self.sources: list[tuple[str, str, str]] = []
        self.reasons: list[str] = [""]
        self.sheets: list[str] = []
        self._layouts: list[Layout] = []
        self._parts = {name: _Growing(kind) for name, kind in _PARTS.items()}
        self._known: dict[tuple[Any, ...], Any] = {}
        self._names = _by_name(catalog)

    # ------------------------------------------------------------ tables

    def take(self, table: Table) -> bool:
        """Read a table; False where no header is found in it."""
        layout: Layout | None = None
        begun = self._parts["value"].count
        totals: list[tuple[Any, ...]] = []
        for chunk in table.chunks:
            start = 0
            if layout is None:
                layout = self._layout(chunk, table.sheet)
                if layout is None:
                    for _ in table.chunks:
                        pass
                    return False
                self.sheets.append(table.sheet)
                self._layouts.append(layout)
                start = layout.header + 1
            if start < len(chunk.rows):
                self.rows += len(chunk.rows) - start
                for series in layout.series:
                    self._take_series(chunk, start, layout, series, totals)
        self._check_totals(totals, begun)
        return layout is not None

    def columns(self) -> dict[str, Array]:
        """All facts in columns; what was held is given away."""
        given = {name: growing.since(0) for name, growing in self._parts.items()}
        self._parts = {name: _Growing(kind) for name, kind in _PARTS.items()}
        return given

    def where(self, cell: Cell, part: str) -> str:
        """The address of a part of a fact."""
        column = {"value": cell.value, "yoy": cell.yoy}.get(
            part, self._layouts[cell.sheet].fields.get(part, -1)
        )
        return f"{self.file}!{address(self.sheets[cell.sheet], cell.row, column)}"

    # ------------------------------------------------------------ headers

    def _layout(self, chunk: Chunk, sheet: str) -> Layout | None:
        year = _year_in(sheet) or self._mapping.defaults.get("year", "")
        for at in range(min(HEADER_ROWS, len(chunk.rows))):
            texts = [_clean(column[at].as_py()) for column in chunk.columns]
            layout = self._layout_of(at, texts, year)
            if layout is not None:
                self._tell_unused(layout, texts, int(chunk.rows[at]), sheet)
                return layout
            year = _year_in(" ".join(texts)) or year
        return None

    def _layout_of(self, at: int, texts: Sequence[str], year: str) -> Layout | None:
        """The layout that a row would give as the header; None where it is not one."""
        mapped = {_clean(header): name for name, header in self._mapping.columns.items()}
        if not set(mapped) <= set(texts):
            return None
        fields: dict[str, int] = {}
        said: dict[str, str] = {}
        others: list[tuple[int, str]] = []
        for index, text in enumerate(texts):
            bare, unit = split_unit(text)
            name = mapped.get(text) or _FIELD_OF.get(text.lower()) or _FIELD_OF.get(bare.lower())
            if name and name not in fields and (text in mapped or name not in self._mapping.columns):
                fields[name] = index
                if name == "value" and unit:
                    said["unit"] = unit
            elif text:
                others.append((index, text))
        if "value" in fields or "yoy" in fields:
            if len(fields) < 2:
                return None
            return Layout(at, fields, (Series(fields.get("value"), fields.get("yoy"), said),))
        if not fields:
            return None
        series = tuple(self._wide(others, year, fields))
        return Layout(at, fields, series) if series else None

    def _wide(self, others: Iterable[tuple[int, str]], year: str, fields: dict[str, int]) -> Iterable[Series]:
        """The columns whose headers name a period or an indicator."""
        for index, text in others:
            bare, unit = split_unit(text)
            says = {"unit": unit} if unit else {}
            if "indicator" not in fields and (bare in self._mapping.codes or self._named(bare) is not None):
                yield Series(index, None, {**says, "indicator": bare})
            elif "period" not in fields:
                for candidate in (text, bare):
                    year = _year_in(candidate) or year
                    if _is_period(candidate, year):
                        dated = candidate if _year_in(candidate) else f"{year}年{candidate}"
                        yield Series(index, None, {**says, "period": dated})
                        break

    def _tell_unused(self, layout: Layout, texts: Sequence[str], row: int, sheet: str) -> None:
        used = {*layout.fields.values(), *(series.value for series in layout.series)}
        for index, text in enumerate(texts):
            if text and index not in used and text.lower() not in _IGNORED:
                self.book.add(
                    Issue("unused_column", N_("没有用“{column}”这一列。"),
                          N_("如需装入，请在映射文件的 columns 里写明它是什么。"),
                          where=f"{self.file}!{address(sheet, row, index)}",
                          severity=Severity.NOTICE, params={"column": text})
                )  # fmt: skip

    # ------------------------------------------------------------ one column of figures

    def _take_series(
        self, chunk: Chunk, start: int, layout: Layout, series: Series, totals: list[tuple[Any, ...]]
    ) -> None:
        reader = _Reader(self, chunk, start, layout, series)
        for fact in reader.facts():
            for name, growing in self._parts.items():
                growing.add(fact[name])
        totals.extend(reader.totals)

    def _check_totals(self, totals: list[tuple[Any, ...]], begun: int) -> None:
        """Compare the total rows of a table with the rows that stand before them, or after if none do."""
        if not totals:
            return
        held = {name: growing.since(begun) for name, growing in self._parts.items()}
        named = {row for row, *_ in totals}
        ends = sorted({row for row, kind, *_ in totals if kind != RowKind.OF_WHICH})
        for row, kind, definition, item, period, value, cell in totals:
            if kind == RowKind.OF_WHICH or np.isnan(value):
                continue
            same = (held["indicator"] == definition) & (held["item"] == item) & (held["period"] == period)
            same &= ~np.isin(held["row"], list(named)) & (held["value_column"] == cell.value)
            before = max((end for end in ends if end < row), default=0)
            after = min((end for end in ends if end > row), default=1 << 31)
            above = same & (held["row"] > before) & (held["row"] < row)
            below = same & (held["row"] > row) & (held["row"] < after)
            parts = held["value"][above if above.any() else below]
            finding = (
                quality.printed_total(value, parts[~np.isnan(parts)].tolist(), 0) if len(parts) else None
            )
            if finding:
                self.tell(finding, cell)

    def tell(self, finding: quality.Finding, cell: Cell | None, other: Cell | None = None) -> None:
        """Add a finding about a fact to the book, at the cell that it is about."""
        params = dict(finding.params)
        if other is not None:
            params["other"] = self.where(other, finding.part)
        self.book.add(
            Issue(finding.key, finding.what, finding.do, where=self.where(cell, finding.part) if cell else "",
                  severity=finding.severity, params=params)
        )  # fmt: skip

    # ------------------------------------------------------------ texts, each read once

    def once(self, read: Callable[..., Any], *key: Any) -> Any:
        """What a reader gives for its arguments, worked out once."""
        place = (read.__name__, *key)
        if place not in self._known:
            self._known[place] = read(*key)
        return self._known[place]

    def region(self, text: str) -> tuple[RowKind, int, Issue | None]:
        """What a name in the region column means."""
        named = self._mapping.regions.get(text, text)
        if named == SKIP:
            return RowKind.LEFT_OUT, 0, None
        if not named:
            what, do = N_("没有写地区。"), N_("请在地区列写区划代码或名称。")
            return RowKind.UNKNOWN, 0, Issue("missing_region", what, do)
        if named == text and _SUMS.fullmatch(text):
            return RowKind.SUM, 0, None
        if named == text and _WHOLE.get(text) == self._tree.get(self._tree.root).level:
            return RowKind.WHOLE, self._tree.root, None
        of_which = re.match(r"(其中|#)\s*[:：]?\s*", named)
        try:
            match = self._tree.find(named[of_which.end() :] if of_which else named)
        except CockpitError as error:
            issue = error.issues[0]
            if of_which:
                what, do = N_("“{text}”不是一个地区，没有存。"), N_("“其中”行是上一行的一部分，不参加合计。")
                return (
                    RowKind.LEFT_OUT, 0,
                    Issue("of_which", what, do, severity=Severity.NOTICE, params={"text": text}),
                )  # fmt: skip
            return RowKind.UNKNOWN, 0, issue
        return (RowKind.OF_WHICH if of_which else RowKind.REGION), match.code, next(iter(match.notes), None)

    def period(self, text: str, cumulative: str, basis: str, frequency: str) -> tuple[int, int, Issue | None]:
        """The key that a period text means, the status that a mark beside it gives (or -1), an issue."""
        flags = {"": None, **dict.fromkeys(_TRUE, True), **dict.fromkeys(_FALSE, False)}
        if cumulative.lower() not in flags:
            what, do = N_("“{text}”不是“是”或“否”。"), N_("累计列请写 true 或 false。")
            return 0, -1, Issue("cumulative_unclear", what, do, params={"text": cumulative})
        year = self._mapping.defaults.get("year")
        context = int(year) if year else None
        try:
            if re.fullmatch(r"(19|20)\d\d\.\d", text):
                periods.parse(float(text))
            reading = periods.parse(text, context)
            key = periods.read(text, basis, frequency, context, flags[cumulative.lower()])
        except CockpitError as error:
            return 0, -1, error.issues[0]
        mark = _STATUS_NUMBERS[reading.status] if reading and reading.status else -1
        begun = periods.Period(key).start <= self._today
        return key, mark, None if begun else _not_begun(text)

    def status(self, text: str) -> tuple[int, Issue | None]:
        """The number of a status word; one more than the last for a target."""
        word = STATUSES.get(self._mapping.statuses.get(text, text.lower()), "") if text else "unstated"
        if not word:
            allowed = ", ".join(sorted(set(STATUSES.values())))
            return 0, Issue("unknown_status", N_("没有状态“{status}”。"), N_("可用的有：{allowed}。"),
                            params={"status": text, "allowed": allowed})  # fmt: skip
        return _STATUS_NUMBERS[word], None

    def known_at(self, text: str) -> tuple[int, Issue | None]:
        """The moment from which a figure was known: the beginning of a day, or the moment named."""
        if not text:
            return _NOW, None
        try:
            moment = datetime.fromisoformat(text.replace("/", "-"))
        except ValueError:
            what, do = N_("“{text}”不是一天。"), N_("发布日期请写成 2024-07-15。")
            return _NOW, Issue("bad_day", what, do, params={"text": text})
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self._zone)
        if moment.date() > self._today:
            what, do = N_("发布日期 {text} 还没有到。"), N_("请核对日期。")
            return _NOW, Issue("day_in_future", what, do, params={"text": text})
        return int(moment.timestamp()), None

    def item(self, dimensions: str, scope: str) -> int:
        """The number of a breakdown and scope."""
        return _number(self.items, (dimensions, scope))

    def definition(self, code: str) -> int:
        """The number of the definition of a code."""
        return _number(self.definitions, self._catalog.get(code))

    def source(self, title: str, citation: str, grade: str) -> int:
        """The number of a source; a file that names none is its own source."""
        return _number(self.sources, (title or self.file, citation, grade))

    def reason(self, text: str) -> int:
        """The number of a reason why a figure is missing."""
        return _number(self.reasons, text or "unstated")

    # ------------------------------------------------------------ where a row goes

    def plan(self, row: tuple[tuple[str, str], ...]) -> Plan:
        """What is to be done with rows that print this: pairs of a field and its text."""
        try:
            return Plan(tuple(self._outputs(dict(row))))
        except CockpitError as error:
            return Plan(issue=error.issues[0])

    def needs(self, printed: Iterable[str]) -> frozenset[str]:
        """The fields that the conditions on these printed codes look at."""
        return frozenset().union(*(e.needs for text in printed for e in self._mapping.codes.get(text, ())))

    def _outputs(self, row: dict[str, str]) -> Iterable[Output]:
        printed = row["indicator"]
        entries = self._mapping.codes.get(printed)
        if entries is None:
            definition = self._named(printed)
            if definition is None:
                raise CockpitError(_unknown_indicator(printed, self._catalog, self._names))
            unit = row["unit"] or definition.unit
            factor = _conversion(unit, definition.unit)
            yield self._output(definition, row["dimensions"], row["scope"], 1, factor, 2, unit)
            return
        holding = [entry for entry in entries if entry.applies(row)]
        if not holding:
            raise CockpitError(
                Issue("no_entry", N_("代码表里没有适用于“{printed}”这一行的条目。"),
                      N_("请检查代码表 when 列的条件。"), params={"printed": printed})
            )  # fmt: skip
        homes = [entry for entry in holding if entry.code is not None]
        if not homes:
            raise CockpitError(
                Issue("not_loaded", N_("“{printed}”按映射不装入：{reason}"), N_("不用处理；如需装入，请改映射文件。"),
                      severity=Severity.NOTICE, params={"printed": printed, "reason": holding[0].reason})
            )  # fmt: skip
        for key in dict.fromkeys((e.code or "", e.dimensions, e.scope) for e in homes):
            yield self._joined([e for e in homes if ((e.code or ""), e.dimensions, e.scope) == key], row)

    def _joined(self, entries: Sequence[Entry], row: dict[str, str]) -> Output:
        """The output of all entries that lead to one code: level and growth side by side."""
        first = entries[0]
        definition = self._named(first.code or "")
        if definition is None:
            raise CockpitError(_unknown_indicator(first.code or "", self._catalog, self._names))
        value_from, yoy_from, factor, unit = 0, 0, 1.0, ""
        for column in ("value", "yoy"):
            of_column = [entry for entry in entries if entry.column == column]
            if not of_column:
                continue
            entry, scale = _by_unit(of_column, row["unit"]) if column == "value" else (of_column[0], 1.0)
            number = 1 if column == "value" else 2
            if entry.measure == "yoy_published":
                yoy_from = number
            else:
                value_from, factor = number, entry.factor * scale
                unit = row["unit"] if column == "value" else "%"
        dimensions = row["dimensions"] or first.dimensions
        scope = row["scope"] or first.scope
        return self._output(definition, dimensions, scope, value_from, factor, yoy_from, unit)

    def _output(
        self, definition: Indicator, dimensions: str, scope: str, value_from: int, factor: float, yoy_from: int,
        unit: str,
    ) -> Output:  # fmt: skip
        return Output(
            _number(self.definitions, definition), self.item(dimensions, scope), value_from, factor,
            yoy_from, unit,
        )  # fmt: skip

    def _named(self, text: str) -> Indicator | None:
        """The definition that a code or a name means."""
        return self._catalog.get(text) if text in self._catalog else self._names.get(text.lower())


class _Reader:
    """One column of figures of a chunk, on its way to facts."""

    def __init__(self, gatherer: Gatherer, chunk: Chunk, start: int, layout: Layout, series: Series) -> None:
        self._of, self._chunk, self._start, self._layout, self._series = (
            gatherer,
            chunk,
            start,
            layout,
            series,
        )
        self._rows = chunk.rows[start:]
        self.totals: list[tuple[Any, ...]] = []
        self._told: set[tuple[int, str, str]] = set()

    def facts(self) -> Iterable[dict[str, Array]]:
        """The facts, at most two for each row: a printed level and a printed growth may have two homes."""
        of = self._of
        value, odd_values = self._numbers(self._series.value)
        yoy, odd_growths = self._numbers(self._series.yoy)
        status, reason = self._status(), self._coded("reason")
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
        reasons = np.array([of.reason(text) for text in reason.texts])[reason.codes]
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
                "sheet": np.full(len(at), len(of.sheets) - 1), "row": self._rows[at],
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
        of = self._of
        keep = fact["period"] > 0
        for at in np.flatnonzero((kinds != RowKind.REGION) & keep):
            self.totals.append(
                (int(fact["row"][at]), int(kinds[at]), int(fact["indicator"][at]), int(fact["item"][at]),
                 int(fact["period"][at]), float(fact["value"][at]), _cell(fact, int(at)))
            )  # fmt: skip
        keep &= kinds != RowKind.SUM
        keep &= self._permitted(fact, keep)
        for at in np.flatnonzero(keep & (fact["status"] == _TARGET)):
            of.targets.extend(self._targets({name: column[at] for name, column in fact.items()}))
        keep &= fact["status"] != _TARGET
        yield {name: column[keep] for name, column in fact.items()}

    def _permitted(self, fact: dict[str, Array], keep: Array) -> Array:
        """Where the actor may bring figures; refusals are told once for each region and system."""
        of = self._of
        width = max(len(of.definitions), 1)
        index, regions = pd.factorize(fact["region"])
        pair, pairs = pd.factorize(index * width + fact["indicator"])
        allowed = np.ones(len(pairs), dtype=bool)
        for number, key in enumerate(pairs.tolist()):
            region, system = int(regions[key // width]), of.definitions[key % width].system
            allowed[number] = region == 0 or of.once(of.may_load, region, system)
        permitted = allowed[pair] if len(pairs) else keep
        for at in np.flatnonzero(keep & ~permitted):
            of.book.add(
                Issue("forbidden", N_("您不能装入 {region} 的“{name}”。"), N_("如工作需要，请联系安全管理员授权。"),
                      where=of.where(_cell(fact, int(at)), "region"),
                      params={"region": of._tree.name(int(fact["region"][at])),
                              "name": of.definitions[int(fact["indicator"][at])].name_zh})
            )  # fmt: skip
        return permitted

    def _targets(self, fact: dict[str, Any]) -> Iterable[Target]:
        """What a row marked as expected says is to be reached: a level, a growth, or both.

        Only the level of a whole year is a target that figures are judged by; the others are kept as said,
        without an indicator, since a target of eight months or of a growth is not one of the year.
        """
        of = self._of
        definition = of.definitions[int(fact["indicator"])]
        period = periods.Period(int(fact["period"]))
        title, citation, _ = of.sources[int(fact["source"])]
        better = {"lower_better": "<=", "higher_better": ">="}.get(str(definition.polarity), "=")
        whole_year = period.month == 12 and of.items[int(fact["item"])] == ("", "")
        label = periods.label(period.key, str(definition.frequency), str(definition.basis))
        for number, unit, what in (
            (float(fact["value"]), definition.unit, definition.name_zh),
            (float(fact["yoy"]), "%", definition.name_zh + "同比"),
        ):
            if not np.isnan(number):
                yield Target(
                    indicator=definition.code if whole_year and what == definition.name_zh else None,
                    region=int(fact["region"]), year=period.year, op=better, value=number, unit=unit,
                    due=period.end, statement_zh=f"{label} {what}", plan=of.file[:80], source=citation or title,
                )  # fmt: skip

    # ------------------------------------------------------------ columns

    def _coded(self, name: str) -> Coded:
        """The texts of a field: from its column, else from the header, else the default of the mapping."""
        default = self._series.says.get(name) or self._of._mapping.defaults.get(name, "")
        index = self._layout.fields.get(name)
        if (
            index is None
            or index >= len(self._chunk.columns)
            or (name in self._series.says and name != "unit")
        ):
            return Coded(np.zeros(len(self._rows), dtype=np.int64), [_clean(default)])
        column = self._chunk.columns[index].slice(self._start)
        coded = pc.dictionary_encode(pc.fill_null(column, ""))
        texts = [_clean(text) or default for text in coded.dictionary.to_pylist()]
        return Coded(coded.indices.to_numpy(zero_copy_only=False).astype(np.int64), texts)

    def _numbers(self, index: int | None) -> tuple[Array, dict[int, quality.Number]]:
        if index is None or index >= len(self._chunk.columns):
            return np.full(len(self._rows), np.nan), {}
        column = self._chunk.columns[index].slice(self._start)
        dtype: Any = pd.StringDtype("pyarrow", na_value=np.nan)
        return quality.read_numbers(pd.Series(dtype.__from_arrow__(column)))

    def _status(self) -> Array:
        coded = self._coded("status")
        read = [self._of.once(self._of.status, text) for text in coded.texts]
        self._tell_texts("status", coded, [issue for _, issue in read], np.ones(len(coded.codes), dtype=bool))
        return np.array([number for number, _ in read])[coded.codes]

    def _regions(self, active: Array) -> tuple[Array, Array]:
        coded = self._coded("region")
        read = [self._of.once(self._of.region, text) for text in coded.texts]
        self._tell_texts("region", coded, [issue for *_, issue in read], active)
        kinds = np.array([int(kind) for kind, *_ in read])[coded.codes]
        self._of.refused += int((active & (kinds == RowKind.LEFT_OUT)).sum())
        return kinds, np.array([code for _, code, _ in read], dtype=np.int64)[coded.codes]

    def _known_at(self, active: Array) -> Array:
        coded = self._coded("known_at")
        read = [self._of.once(self._of.known_at, text) for text in coded.texts]
        self._tell_texts("known_at", coded, [issue for _, issue in read], active)
        return np.array([moment for moment, _ in read], dtype=np.int64)[coded.codes]

    def _sources(self) -> Array:
        coded = [self._coded(name) for name in ("source", "citation", "quality")]
        index, texts = _combined(coded)
        return np.array([self._of.source(*row) for row in texts])[index]

    def _plans(self, active: Array) -> tuple[Array, list[Plan]]:
        """The plan of each row, as a position in the plans of this column."""
        names = ["indicator", "unit", "dimensions", "scope"]
        indicator = self._coded("indicator")
        names += sorted(self._of.needs(indicator.texts) - set(names))
        coded = [indicator if name == "indicator" else self._coded(name) for name in names]
        index, texts = _combined(coded)
        plans = [self._of.once(self._of.plan, tuple(zip(names, row, strict=True))) for row in texts]
        refused = active & np.array([plan.issue is not None for plan in plans])[index]
        for at in np.flatnonzero(refused):
            issue = plans[index[at]].issue
            part = "unit" if issue.key in ("unit_mismatch", "unknown_unit") else "indicator"
            self._tell(issue, int(at), part)
        self._of.refused += int(refused.sum())
        active &= ~refused
        return index, plans

    def _periods(self, at: Array, definition: Array) -> tuple[Array, Array]:
        """The period key of each row (0 where there is none) and the status that a mark beside it gives."""
        of = self._of
        kinds = [(str(one.basis), str(one.frequency)) for one in of.definitions]
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
        read = [of.once(of.period, said, flag, *shape.split("\x1f")) for said, flag, shape in texts]
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
            len(self._of.sheets) - 1, int(self._rows[at]), max(value, yoy) if value < 0 else value, yoy
        )
        self._of.book.add(replace(issue, where=self._of.where(cell, part)))

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
            self._of.refused += 1

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
                self._of.refused += 1


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


# ---------------------------------------------------------------- words

_FIELD_OF = {header.lower(): name for name, headers in FIELDS.items() for header in headers}
_IGNORED = frozenset(("indicator_name_zh", "indicator_name", "region_name", "序号", "no", "id"))
_TRUE = ("true", "1", "是", "累计", "yes", "y")
_FALSE = ("false", "0", "否", "当期", "当月", "当季", "no", "n")
_STATUS_NUMBERS = {**{status.word: int(status) for status in DataStatus}, "target": _TARGET}
_SUMS = re.compile(r"(合\s*计|总\s*计|小\s*计|共\s*计|total|sum)", re.IGNORECASE)
_WHOLE = {"全市": Level.CITY, "全县": Level.COUNTY, "全区": Level.COUNTY}
_INVISIBLE = re.compile("[\ufeff\u200b-\u200f\u2060]")


def _clean(text: object) -> str:
    return _INVISIBLE.sub("", unicodedata.normalize("NFC", str(text))).strip() if text is not None else ""


def split_unit(header: str) -> tuple[str, str]:
    """A header without the unit in brackets behind it, and that unit: 产值(亿元) is 产值 in 亿元."""
    found = re.fullmatch(r"(.+?)\s*[（(]\s*(?:单位[:：]?\s*)?([^()（）]+?)\s*[)）]", header)
    if found is None:
        return header, ""
    try:
        units.parse(found[2])
    except CockpitError:
        return header, ""
    return found[1], found[2]


def _year_in(text: str) -> str:
    found = re.search(r"(?<!\d)((?:19|20)\d\d)(?!\d)", text)
    return found[1] if found else ""


def _is_period(text: str, year: str) -> bool:
    try:
        return periods.parse(text, int(year) if year else None) is not None
    except CockpitError:
        return False


def _by_name(catalog: Catalog) -> dict[str, Indicator]:
    """Definitions by the names that only one of them has, in small letters."""
    found: dict[str, list[Indicator]] = {}
    for code in catalog.codes:
        definition = catalog.get(code)
        for name in {definition.name_zh.lower(), definition.name_en.lower()}:
            found.setdefault(name, []).append(definition)
    return {name: definitions[0] for name, definitions in found.items() if len(definitions) == 1}


def _unknown_indicator(text: str, catalog: Catalog, names: Iterable[str]) -> Issue:
    if not text:
        return Issue("missing_indicator", N_("没有写指标。"), N_("请在指标列写代码或名称，或在映射里给出。"))
    near = get_close_matches(text, [*catalog.codes, *names], n=1, cutoff=0.75)
    if near:
        return Issue("unknown_indicator", N_("没有指标“{text}”。"), N_("您是不是要写“{near}”？"),
                     params={"text": text, "near": near[0]})  # fmt: skip
    return Issue("unknown_indicator", N_("没有指标“{text}”。"),
                 N_("请用指标库里的代码或名称，或在映射文件里写明它对应哪个指标。"), params={"text": text})  # fmt: skip


def _not_begun(text: str) -> Issue:
    what, do = N_("时期 {text} 还没有开始。"), N_("请核对时期；目标数请把状态写成“目标”。")
    return Issue("period_not_begun", what, do, params={"text": text})


def _conversion(source: str, target: str) -> float:
    return 1.0 if source == target else units.conversion(source, target)


def _by_unit(entries: Sequence[Entry], unit: str) -> tuple[Entry, float]:
    """The entry for a printed unit, and the factor to its own unit."""
    for entry in entries:
        if unit in ("", entry.unit):
            return entry, 1.0
    return entries[0], units.conversion(unit, entries[0].unit)


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


def _number(known: list[Any], value: Any) -> int:
    """The position of a value in a list, added if it is new."""
    try:
        return known.index(value)
    except ValueError:
        known.append(value)
        return len(known) - 1


def _cell(fact: dict[str, Array], at: int) -> Cell:
    return Cell(
        int(fact["sheet"][at]),
        int(fact["row"][at]),
        int(fact["value_column"][at]),
        int(fact["yoy_column"][at]),
    )
