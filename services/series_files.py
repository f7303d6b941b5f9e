"""Series of figures in a file, for trying a rule: region, period, value and the gaps between them, as columns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data_access.formats import tabular
from data_access.sources import files
from indicators import periods, quality
from indicators.alerts import Health
from indicators.errors import N_, CockpitError, Issue
from indicators.measures import MEASURES
from services.mapping import FIELDS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Marks = NDArray[np.bool_]
Codes = NDArray[np.int8]

BESIDE: Final = ("measure", "base", "denominator", "age", "coverage", "target", "benchmark", "schedule")
"""Numbers that may stand beside the value; the words of the measures may stand there too."""

NUMBERS: Final = ("value", *BESIDE, *(word for word in MEASURES if word != "value"))

HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    **{name: FIELDS[name] for name in ("indicator", "region", "period", "value")},
    **{word: (word,) for word in NUMBERS if word != "value"},
    "period": (*FIELDS["period"], "step", "期"),
    "indicator": (*FIELDS["indicator"], "rule", "规则"),
    "health": ("health", "数据健康"),
    "region_level": ("region_level", "层级"),
}
"""What a column can hold, with the headers that are understood."""

WITHDRAWN: Final = "stale"
"""In place of a value: its publisher took the series back; nothing is carried forward over it."""

NOT_A_NUMBER: Final = "nan"
"""Another word for a missing value."""

MOST_STEP: Final = 1899
"""A whole number up to here is the number of a step; from 1900 on it is a year."""

MOST_PERIODS: Final = 200_000
MOST_BYTES: Final = 200 << 20
LIMITS: Final = tabular.Limits(rows=2_000_000, cells=20_000_000, columns=100)


@dataclass(frozen=True)
class Series:
    """Figures of a file, laid out as periods × regions.

    keys         period keys; of plain steps their number and one, since 0 is no period
    labels       how the file writes each period; of one that it leaves out, how we write it
    regions      as they are written, in the order in which they first stand in the file
    figures      by indicator (empty where the file names none), by column; NaN is missing
    withdrawn    where the publisher took the series back
    health       what the file says of each figure; −1 where it says nothing
    begun        from the first row of a region on, be it empty
    levels       the level of each region as the file says it; empty where it says nothing
    steps        whether the periods are plain numbers and no dates
    """

    keys: Ints
    labels: tuple[str, ...]
    regions: tuple[str, ...]
    figures: Mapping[str, Mapping[str, Floats]]
    withdrawn: Marks
    health: Codes
    begun: Marks
    levels: tuple[str, ...]
    steps: bool


def load(path: Path) -> Series:
    """Read the series of a file: CSV, XLSX or Parquet, one row per region and period.

    raises  CockpitError with every row that cannot be read, by its line
    """
    source = files.from_path(path, MOST_BYTES)
    try:
        rows = list(_rows(next(iter(tabular.read(path, LIMITS, lambda _: None)))))
    except CockpitError as error:
        raise CockpitError(
            replace(issue, where=f"{source.name} {issue.where}".strip()) for issue in error.issues
        ) from error
    return _Reader(source.name).series(rows)


Row = tuple[int, list[str]]
"""The number of a row in its file, and its cells; an empty text is an empty cell."""


def _rows(table: tabular.Table) -> Iterator[Row]:
    for chunk in table.chunks:
        columns = [column.to_pylist() for column in chunk.columns]
        for place, number in enumerate(chunk.rows.tolist()):
            yield number, [(column[place] or "").strip() for column in columns]


@dataclass
class _Cell:
    """One row of the file, read."""

    line: int
    key: int
    label: str
    region: str
    indicator: str
    numbers: Mapping[str, float]
    withdrawn: bool
    health: int
    level: str


@dataclass
class _Reader:
    """Reads rows, collecting everything that is wrong with them."""

    name: str
    issues: list[Issue] = field(default_factory=list)
    place: dict[str, int] = field(default_factory=dict)
    steps: bool = False

    def series(self, rows: Sequence[Row]) -> Series:
        filled = [(line, cells) for line, cells in rows if any(cells) and not cells[0].startswith("#")]
        if not filled:
            raise CockpitError(
                self._issue(1, "empty_series", N_("文件里没有数据"), N_("第一行写列名，以下一行一期。"))
            )
        self._header(*filled[0])
        body = filled[1:]
        texts = [self._text(cells, "period") for _, cells in body]
        self.steps = bool(texts) and all(_is_step(text) for text in texts if text)
        read = [cell for line, cells in body if (cell := self._cell(line, cells)) is not None]
        self._twice(read)
        if not read and not self.issues:
            self._fault(1, "empty_series", N_("文件里没有数据"), N_("第一行写列名，以下一行一期。"))
        if self.issues:
            raise CockpitError(self.issues)
        return self._laid_out(read)

    def _header(self, line: int, cells: list[str]) -> None:
        for place, cell in enumerate(cells):
            word = cell.strip().lower()
            for name, spellings in HEADERS.items():
                if word in spellings:
                    self.place.setdefault(name, place)
        lacking = [name for name in ("period", "value") if name not in self.place]
        if "value" in lacking and any(name in self.place for name in ("measure", *MEASURES)):
            lacking.remove("value")
        if lacking:
            self._fault(
                line, "series_without_column", N_("没有这些列：{columns}"),
                N_("列名写 region、period、value（或 地区、时期、数值）。"), columns=", ".join(lacking),
            )  # fmt: skip
            raise CockpitError(self.issues)

    def _cell(self, line: int, cells: list[str]) -> _Cell | None:
        before = len(self.issues)
        key, label = self._period(line, self._text(cells, "period"))
        numbers = {
            name: self._number(line, name, self._text(cells, name)) for name in NUMBERS if name in self.place
        }
        health = self._health(line, self._text(cells, "health"))
        if len(self.issues) > before:
            return None
        if "value" not in numbers:
            numbers["value"] = next(numbers[name] for name in ("measure", *MEASURES) if name in numbers)
        return _Cell(
            line, key, label, self._text(cells, "region"), self._text(cells, "indicator"), numbers,
            self._text(cells, "value").lower() == WITHDRAWN, health, self._text(cells, "region_level"),
        )  # fmt: skip

    def _text(self, cells: list[str], name: str) -> str:
        place = self.place.get(name, -1)
        return cells[place] if 0 <= place < len(cells) else ""

    def _period(self, line: int, text: str) -> tuple[int, str]:
        if self.steps and text:
            number = int(float(text))
            return number + 1, text
        try:
            key = periods.read(text, "period")
        except CockpitError as error:
            for issue in error.issues:
                self._fault(line, issue.key, issue.what, issue.do, **issue.params)
            return 0, ""
        return key, text

    def _number(self, line: int, name: str, text: str) -> float:
        if text.lower() in (WITHDRAWN, NOT_A_NUMBER):
            return np.nan
        number = quality.read_number(text)
        if number.problem:
            what, do = quality.PROBLEMS[number.problem]
            self._fault(line, number.problem, what, do, text=text, column=name)
        return np.nan if number.value is None else number.value

    def _health(self, line: int, text: str) -> int:
        words = {health.word: int(health) for health in Health}
        if text and text.lower() not in words:
            self._fault(
                line, "unknown_health", N_("没有这种数据健康状态：{text}"), N_("可用：{allowed}"),
                text=text, allowed=", ".join(words),
            )  # fmt: skip
        return words.get(text.lower(), -1)

    def _twice(self, read: Iterable[_Cell]) -> None:
        first: dict[tuple[str, str, int], int] = {}
        for cell in read:
            line = first.setdefault((cell.indicator, cell.region, cell.key), cell.line)
            if line != cell.line:
                self._fault(
                    cell.line, "row_twice", N_("{region} {period} 已在第 {first} 行写过"), N_("留下其中一行。"),
                    region=cell.region, period=cell.label, first=line,
                )  # fmt: skip

    def _laid_out(self, read: Sequence[_Cell]) -> Series:
        keys = _axis(sorted({cell.key for cell in read}), steps=self.steps)
        if len(keys) > MOST_PERIODS:
            raise CockpitError(
                self._issue(
                    1, "too_many_periods", N_("时期太多：{count}"), N_("拆成几个文件。"), count=len(keys)
                )
            )
        regions = tuple(dict.fromkeys(cell.region for cell in read))
        codes = tuple(dict.fromkeys(cell.indicator for cell in read))
        row = {key: nth for nth, key in enumerate(keys.tolist())}
        column = {region: nth for nth, region in enumerate(regions)}
        shape = (len(keys), len(regions))
        figures = {code: {name: np.full(shape, np.nan) for name in read[0].numbers} for code in codes}
        withdrawn = np.zeros(shape, np.bool_)
        health, begun = np.full(shape, -1, np.int8), np.zeros(shape, np.bool_)
        said = [""] * len(regions)
        for cell in read:
            at = row[cell.key], column[cell.region]
            for name, number in cell.numbers.items():
                figures[cell.indicator][name][at] = number
            withdrawn[at] |= cell.withdrawn
            health[at], begun[at] = max(health[at], cell.health), True
            said[at[1]] = said[at[1]] or cell.level
        written = {cell.key: cell.label for cell in reversed(read)}
        labels = tuple(
            written.get(key) or (str(key - 1) if self.steps else periods.label(key)) for key in keys.tolist()
        )
        begun = np.logical_or.accumulate(begun, axis=0)
        return Series(keys, labels, regions, figures, withdrawn, health, begun, tuple(said), self.steps)

    def _fault(self, line: int, key: str, what: str, do: str, **params: object) -> None:
        self.issues.append(self._issue(line, key, what, do, **params))

    def _issue(self, line: int, key: str, what: str, do: str, **params: object) -> Issue:
        return Issue(key, what, do, f"{self.name}:{line}", params=params)


def _is_step(text: str) -> bool:
    plain = text[:-2] if text.endswith(".0") else text
    return plain.isascii() and plain.isdigit() and int(plain) <= MOST_STEP


def _axis(keys: Sequence[int], *, steps: bool) -> Ints:
    """All periods from the first to the last, those that no row names included, where they have a rhythm."""
    if steps:
        return np.arange(keys[0], keys[-1] + 1, dtype=np.int64)
    written = np.array(keys, np.int64)
    rhythm = _rhythm(written)
    if rhythm is None:
        return written
    frequency, basis, merged = rhythm
    first, last = periods.Period(keys[0]).end, periods.Period(keys[-1]).end
    return np.union1d(written, periods.calendar_keys(first, last, frequency, basis, merged))


def _rhythm(keys: Ints) -> tuple[str, str, bool] | None:
    """The calendar that periods follow: frequency, basis, whether January and February are one; None for none."""
    spans = set(periods.spans(keys).tolist())
    if len(spans) == 1 and (found := _ALONE.get(next(iter(spans)))):
        return found, "period", False
    months = set(periods.months(keys).tolist())
    merged = (periods.months(keys) == 2) & (periods.end_months(keys) == 2)
    if months == {1, 2} and np.array_equal(merged, periods.months(keys) == 2):
        return "monthly", "period", True
    if 0 not in months and bool(periods.is_cumulative(keys).all()):
        quarters = all(month % 3 == 0 for month in months)
        return ("quarterly", "ytd", False) if quarters else ("monthly", "ytd", 1 not in months)
    return None


_ALONE: Final = {
    periods.MONTHS + 1: "monthly",
    periods.MONTHS + 3: "quarterly",
    periods.MONTHS + 12: "yearly",
    periods.DAY: "daily",
    periods.WEEK: "weekly",
    periods.HOUR: "hourly",
}
"""Periods of one length, and the frequency that they follow."""
