"""What is to be told about a file, each at its cell: issues listed up to a limit, and all of them counted."""

from collections import Counter
from dataclasses import replace
from typing import NamedTuple

from data_access.formats.tabular import address
from indicators.errors import Issue, Severity
from indicators.quality import Finding
from services.headers import Layout


class Cell(NamedTuple):
    """The place of a figure: sheet, row, columns of its value and its growth."""

    sheet: int
    row: int
    value: int
    yoy: int


class Journal:
    """The issues of one file, errors before the rest, and how many figures were left out.

    file   how the file is called in messages
    limit  how many issues are listed
    """

    def __init__(self, file: str, limit: int) -> None:
        self.file, self._limit = file, limit
        self._held: dict[Severity, list[Issue]] = {severity: [] for severity in Severity}
        self.counts: Counter[Severity] = Counter()
        self.left_out = 0
        self.sheets: list[str] = []
        self._layouts: list[Layout] = []

    def begin(self, sheet: str, layout: Layout) -> None:
        """From now on cells are those of another table."""
        self.sheets.append(sheet)
        self._layouts.append(layout)

    def add(self, issue: Issue) -> None:
        """Take an issue; beyond the limit it is only counted."""
        self.counts[issue.severity] += 1
        if len(self._held[issue.severity]) < self._limit:
            self._held[issue.severity].append(issue)

    def report(self, issue: Issue) -> None:
        """Take an issue whose place is one within the file."""
        self.add(replace(issue, where=f"{self.file}!{issue.where}" if issue.where else self.file))

    def tell(self, finding: Finding, cell: Cell | None, other: Cell | None = None) -> None:
        """Take a finding about a fact, at the cell that it is about."""
        params = dict(finding.params)
        if other is not None:
            params["other"] = self.where(other, finding.part)
        where = self.where(cell, finding.part) if cell else ""
        self.add(Issue(finding.key, finding.what, finding.do, where, finding.severity, params))

    def where(self, cell: Cell, part: str) -> str:
        """The address of a part of a fact."""
        column = {"value": cell.value, "yoy": cell.yoy}.get(
            part, self._layouts[cell.sheet].fields.get(part, -1)
        )
        return f"{self.file}!{address(self.sheets[cell.sheet], cell.row, column)}"

    @property
    def failed(self) -> bool:
        """Whether anything stops the load."""
        return self.counts[Severity.ERROR] > 0

    @property
    def listed(self) -> tuple[Issue, ...]:
        """The issues, errors first, at most as many as the limit."""
        listed = [issue for severity in Severity for issue in self._held[severity]]
        return tuple(listed[: self._limit])
