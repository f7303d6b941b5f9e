"""From the tables of a file to facts at catalogue codes, with every doubt told at its cell.

Texts repeat, so each distinct one is read once and the rest is arithmetic on arrays: a table of millions of rows
costs little more than its parsing. Nothing is stored here and nothing is dropped silently.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_access.formats.tabular import Chunk, Table, address
from indicators import quality
from indicators.definition import Target
from indicators.errors import N_, Issue, Severity
from services import headers
from services.headers import Layout
from services.journal import Journal
from services.records import Reader, TotalRow
from services.terms import RowKind, Terms

Array = NDArray[Any]

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


class Gatherer:
    """Takes tables, one after the other, and holds the facts and targets found in them."""

    def __init__(self, terms: Terms, journal: Journal) -> None:
        self._terms, self._journal = terms, journal
        self.rows = 0
        self.targets: list[Target] = []
        self._parts = {name: _Growing(kind) for name, kind in _PARTS.items()}

    def take(self, table: Table) -> bool:
        """Read a table; False where no header is found in it."""
        layout: Layout | None = None
        begun = self._parts["value"].count
        totals: list[TotalRow] = []
        for chunk in table.chunks:
            start = 0
            if layout is None:
                layout = headers.find(chunk, table.sheet, self._terms.mapping, self._terms.is_indicator)
                if layout is None:
                    for _ in table.chunks:
                        pass
                    return False
                self._begin(table.sheet, layout, int(chunk.rows[layout.header]))
                start = layout.header + 1
            if start < len(chunk.rows):
                self._take_rows(chunk, start, layout, totals)
        self._check_totals(totals, begun)
        return layout is not None

    def columns(self) -> dict[str, Array]:
        """All facts in columns; what was held is given away."""
        given = {name: growing.since(0) for name, growing in self._parts.items()}
        self._parts = {name: _Growing(kind) for name, kind in _PARTS.items()}
        return given

    def _begin(self, sheet: str, layout: Layout, row: int) -> None:
        self._journal.begin(sheet, layout)
        for index, text in layout.unused.items():
            self._journal.report(
                Issue("unused_column", N_("没有用“{column}”这一列。"),
                      N_("如需装入，请在映射文件的 columns 里写明它是什么。"),
                      where=address(sheet, row, index), severity=Severity.NOTICE, params={"column": text})
            )  # fmt: skip

    def _take_rows(self, chunk: Chunk, start: int, layout: Layout, totals: list[TotalRow]) -> None:
        self.rows += len(chunk.rows) - start
        for series in layout.series:
            reader = Reader(self._terms, self._journal, chunk, start, layout, series)
            for fact in reader.facts():
                for name, growing in self._parts.items():
                    growing.add(fact[name])
            totals.extend(reader.totals)
            self.targets.extend(reader.targets)

    def _check_totals(self, totals: list[TotalRow], begun: int) -> None:
        """Compare the total rows of a table with the rows that stand before them, or after if none do."""
        if not totals:
            return
        held = {name: growing.since(begun) for name, growing in self._parts.items()}
        plain = ~np.isin(held["row"], [total.cell.row for total in totals])
        ends = sorted({total.cell.row for total in totals if total.kind != RowKind.OF_WHICH})
        for total in totals:
            if total.kind == RowKind.OF_WHICH or np.isnan(total.value):
                continue
            row = total.cell.row
            same = plain & (held["indicator"] == total.indicator) & (held["item"] == total.item)
            same &= (held["period"] == total.period) & (held["value_column"] == total.cell.value)
            before = max((end for end in ends if end < row), default=0)
            after = min((end for end in ends if end > row), default=1 << 31)
            above = same & (held["row"] > before) & (held["row"] < row)
            below = same & (held["row"] > row) & (held["row"] < after)
            parts = held["value"][above if above.any() else below]
            finding = (
                quality.printed_total(total.value, parts[~np.isnan(parts)].tolist(), 0)
                if len(parts)
                else None
            )
            if finding:
                self._journal.tell(finding, total.cell)
