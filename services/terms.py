"""What the words of a table mean: its regions, periods, statuses, sources, and where a printed code goes.

Each distinct text is read once; what is found gets a number, so that columns of numbers can be worked with.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from difflib import get_close_matches
from enum import IntEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from indicators import periods, units
from indicators.catalog import Catalog
from indicators.definition import DataStatus, Indicator
from indicators.errors import N_, CockpitError, Issue, Severity
from indicators.regions import Level, RegionTree
from services.mapping import SKIP, STATUSES, Entry, TableMapping

TARGET = len(DataStatus)
"""The status number of a row that says what is to be reached."""

NOW = -1
"""Known since the moment of the load: the file names no other."""


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


class Terms:
    """The words of one file.

    file      how the file is called: a file that names no source is its own
    today     the day on which a period that has not begun yet is a mistake
    zone      the time zone of a publication day
    may_load  whether the actor may bring figures of a region and an indicator, by its code
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
    ) -> None:
        self.catalog, self.tree, self.mapping = catalog, tree, mapping
        self.file, self._today, self._zone, self.may_load = file, today, zone, may_load
        self.definitions: list[Indicator] = []
        self.items: list[tuple[str, str]] = [("", "")]
        self.sources: list[tuple[str, str, str]] = []
        self.reasons: list[str] = [""]
        self._known: dict[tuple[Any, ...], Any] = {}
        self._names = _by_name(catalog)

    def once(self, read: Callable[..., Any], *key: Any) -> Any:
        """What a reader gives for its arguments, worked out once."""
        place = (read.__name__, *key)
        if place not in self._known:
            self._known[place] = read(*key)
        return self._known[place]

    def region(self, text: str) -> tuple[RowKind, int, Issue | None]:
        """What a name in the region column means."""
        named = self.mapping.regions.get(text, text)
        if named == SKIP:
            return RowKind.LEFT_OUT, 0, None
        if not named:
            what, do = N_("没有写地区。"), N_("请在地区列写区划代码或名称。")
            return RowKind.UNKNOWN, 0, Issue("missing_region", what, do)
        if named == text and _SUMS.fullmatch(text):
            return RowKind.SUM, 0, None
        if named == text and _WHOLE.get(text) == self.tree.get(self.tree.root).level:
            return RowKind.WHOLE, self.tree.root, None
        of_which = re.match(r"(其中|#)\s*[:：]?\s*", named)
        try:
            match = self.tree.find(named[of_which.end() :] if of_which else named)
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
        year = self.mapping.defaults.get("year")
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
        word = STATUSES.get(self.mapping.statuses.get(text, text.lower()), "") if text else "unstated"
        if not word:
            allowed = ", ".join(sorted(set(STATUSES.values())))
            return 0, Issue("unknown_status", N_("没有状态“{status}”。"), N_("可用的有：{allowed}。"),
                            params={"status": text, "allowed": allowed})  # fmt: skip
        return _STATUS_NUMBERS[word], None

    def known_at(self, text: str) -> tuple[int, Issue | None]:
        """The moment from which a figure was known: the beginning of a day, or the moment named."""
        if not text:
            return NOW, None
        try:
            moment = datetime.fromisoformat(text.replace("/", "-"))
        except ValueError:
            what, do = N_("“{text}”不是一天。"), N_("发布日期请写成 2024-07-15。")
            return NOW, Issue("bad_day", what, do, params={"text": text})
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self._zone)
        if moment.date() > self._today:
            what, do = N_("发布日期 {text} 还没有到。"), N_("请核对日期。")
            return NOW, Issue("day_in_future", what, do, params={"text": text})
        return int(moment.timestamp()), None

    def item(self, dimensions: str, scope: str) -> int:
        """The number of a breakdown and scope."""
        return _number(self.items, (dimensions, scope))

    def definition(self, code: str) -> int:
        """The number of the definition of a code."""
        return _number(self.definitions, self.catalog.get(code))

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
        return frozenset().union(*(e.needs for text in printed for e in self.mapping.codes.get(text, ())))

    def _outputs(self, row: dict[str, str]) -> Iterable[Output]:
        printed = row["indicator"]
        entries = self.mapping.codes.get(printed)
        if entries is None:
            definition = self.named(printed)
            if definition is None:
                raise CockpitError(_unknown_indicator(printed, self.catalog, self._names))
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
        definition = self.named(first.code or "")
        if definition is None:
            raise CockpitError(_unknown_indicator(first.code or "", self.catalog, self._names))
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

    def is_indicator(self, text: str) -> bool:
        """Whether a text names an indicator, by the mapping or by the catalogue."""
        return text in self.mapping.codes or self.named(text) is not None

    def named(self, text: str) -> Indicator | None:
        """The definition that a code or a name means."""
        return self.catalog.get(text) if text in self.catalog else self._names.get(text.lower())


_TRUE = ("true", "1", "是", "累计", "yes", "y")
_FALSE = ("false", "0", "否", "当期", "当月", "当季", "no", "n")
_STATUS_NUMBERS = {**{status.word: int(status) for status in DataStatus}, "target": TARGET}
_SUMS = re.compile(r"(合\s*计|总\s*计|小\s*计|共\s*计|total|sum)", re.IGNORECASE)
_WHOLE = {"全市": Level.CITY, "全县": Level.COUNTY, "全区": Level.COUNTY}


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


def _number(known: list[Any], value: Any) -> int:
    """The position of a value in a list, added if it is new."""
    try:
        return known.index(value)
    except ValueError:
        known.append(value)
        return len(known) - 1
