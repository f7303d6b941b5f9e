"""What a check of a delivery finds: everything that the intake would say, what should be stated, what was accepted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from threading import Lock
from typing import Any

from data_access.desk import Acceptance, Delivery, Sheet, Typed
from data_access.formats.tabular import Chunk
from indicators.catalog import Catalog
from indicators.errors import N_, Issue, Severity
from services import desk_sheets
from services.access import Actor
from services.desk_calendar import ReleaseCalendar
from services.desk_views import ACCEPTED, ERROR, GRAVEST, NOTICE, WARNING, Check, Mark
from services.intake import Bundle, Intake, Trial
from services.mapping import CATALOGUE_TERMS, TableMapping
from services.texts import Texts

KEPT = 8
"""The results of so many checks are kept: of the deliveries on which somebody works now."""

KIND = {Severity.ERROR: ERROR, Severity.WARNING: WARNING, Severity.NOTICE: NOTICE}

LONGEST_REASON = 300
"""Characters of a reason that somebody gives."""

STATED = ("template", "grid")
"""Deliveries in which every row asks for a figure or for the reason why there is none."""


@dataclass(frozen=True)
class Examined:
    """A delivery as it stands, what it would come to, and every doubt before any was accepted."""

    sheets: tuple[Sheet, ...]
    trial: Trial
    marks: tuple[Mark, ...]
    counts: Mapping[str, int]

    @property
    def indicators(self) -> tuple[str, ...]:
        """The indicators of its figures, each once."""
        found = self.trial.figures.get("indicator")
        return () if found is None else tuple(dict.fromkeys(found.tolist()))


def narrowed(actor: Actor, head: Delivery) -> Actor:
    """The actor within the region and the department of a delivery: it brings nothing else."""
    return replace(actor, regions=(head.region,), department=head.department or actor.department)


def earliest(examined: Examined, calendar: ReleaseCalendar) -> int:
    """The moment from which all figures of a delivery may be released; 0 where it has none."""
    figures = examined.trial.figures
    if not len(figures.get("period", ())):
        return 0
    last: dict[str, int] = {}
    for code, period in zip(figures["indicator"].tolist(), figures["period"].tolist(), strict=True):
        if period > last.get(code, 0):
            last[code] = period
    return max(calendar.due_at(code, period) for code, period in last.items())


def bundle_of(head: Delivery, sheets: Sequence[Sheet], chunks: Sequence[Chunk], reason: str = "") -> Bundle:
    """A delivery as the intake takes it: another revision is other content."""
    digest = sha256(f"desk:{head.id}:{head.revision}:{head.created_at}".encode()).hexdigest()
    return Bundle(head.title, digest, lambda _: desk_sheets.tables(sheets, chunks), reason)


class DeskChecks:
    """Checks deliveries, keeping the last results.

    said  how a doubt is written down when it is accepted
    """

    def __init__(self, intake: Intake, catalog: Catalog, mapping: TableMapping = CATALOGUE_TERMS) -> None:
        self._intake, self._catalog, self._mapping = intake, catalog, mapping
        self._said = Texts("zh")
        self._kept: dict[tuple[Any, ...], Examined] = {}
        self._lock = Lock()

    def examined(
        self, actor: Actor, head: Delivery, content: Sequence[Sheet], typed: Sequence[Typed],
        notes: Iterable[Mapping[str, Any]], stamp: object,
    ) -> Examined:  # fmt: skip
        """A delivery with its doubts.

        stamp  changes with whatever the check depends on besides the delivery: the store, the definitions
        """
        with self._lock:
            found = self._kept.get(_key(actor, head, stamp))
        if found is None:
            found = self.look(actor, head, content, typed, notes)
            self.keep(actor, head, stamp, found)
        return found

    def keep(self, actor: Actor, head: Delivery, stamp: object, examined: Examined) -> None:
        """Remember a result, and forget the oldest."""
        with self._lock:
            self._kept[_key(actor, head, stamp)] = examined
            while len(self._kept) > KEPT:
                self._kept.pop(next(iter(self._kept)))

    def check(self, examined: Examined, accepted: Iterable[Acceptance]) -> Check:
        """The doubts with what was accepted: an acceptance holds for the doubt that it was given for."""
        by_doubt = {(one.key, one.cell, one.said): one for one in accepted}
        marks, count = [], 0
        for mark in examined.marks:
            given = by_doubt.get((mark.issue.key, mark.address, self.said(mark.issue)))
            if mark.kind == WARNING and given is not None:
                mark = replace(mark, kind=ACCEPTED, reason=given.reason, author=given.author)
                count += 1
            marks.append(mark)
        counts = {**examined.counts, ACCEPTED: count, WARNING: examined.counts[WARNING] - count}
        marks.sort(key=lambda mark: (GRAVEST.index(mark.kind), mark.cell or (-1, -1, -1)))
        return Check(tuple(marks), len(examined.trial.figures.get("value", ())), counts)

    def said(self, issue: Issue) -> str:
        """A doubt in the words in which an acceptance keeps it."""
        return self._said.what(issue).replace("\0", "")

    def look(
        self, actor: Actor, head: Delivery, content: Sequence[Sheet], typed: Sequence[Typed],
        notes: Iterable[Mapping[str, Any]], chunks: Sequence[Chunk] | None = None,
    ) -> Examined:  # fmt: skip
        """Check a delivery now.

        chunks  the content in columns, for whoever has just read it
        """
        sheets = desk_sheets.over(content, typed)
        if chunks is None or typed:
            chunks = desk_sheets.chunks_of(sheets)
        trial = self._intake.examine(narrowed(actor, head), bundle_of(head, sheets, chunks))
        report = trial.report
        counts = {ERROR: report.errors, WARNING: report.warnings, NOTICE: report.notices, ACCEPTED: 0}
        marks = [self._mark(issue, head, sheets) for issue in report.issues]
        retyped = {(one.sheet, one.line, one.place) for one in typed}
        for note in notes:
            mark = self._mark(_issue_of(note), head, sheets)
            if mark.cell is None or mark.cell not in retyped:
                marks.append(mark)
                counts[mark.kind] += 1
        severity = Severity.ERROR if head.kind in STATED else Severity.WARNING
        told = {mark.cell for mark in marks if mark.kind in (ERROR, WARNING)}
        for cell, issue in desk_sheets.unstated(sheets, chunks, self._mapping, self._names, severity):
            if cell not in told:
                counts[KIND[severity]] += 1
                if len(marks) < self._intake.most_issues:
                    marks.append(Mark(KIND[severity], issue, cell, issue.where))
        return Examined(sheets, trial, tuple(marks), counts)

    def _names(self, text: str) -> bool:
        return text in self._catalog or text in self._mapping.codes

    def _mark(self, issue: Issue, head: Delivery, sheets: Sequence[Sheet]) -> Mark:
        cell, address = desk_sheets.place_of(issue.where, head.title, sheets)
        return Mark(KIND[issue.severity], issue, cell, address)


def _key(actor: Actor, head: Delivery, stamp: object) -> tuple[object, ...]:
    return (
        head.id,
        head.revision,
        head.region,
        head.department,
        actor.role,
        actor.department,
        actor.systems,
        stamp,
    )


def note_of(issue: Issue, name: str) -> dict[str, Any]:
    """An issue told while a file was read, as plain data."""
    where = f"{name}!{issue.where}" if issue.where else name
    return {"key": issue.key, "what": issue.what, "do": issue.do, "where": where,
            "severity": str(issue.severity), "params": dict(issue.params)}  # fmt: skip


def _issue_of(note: Mapping[str, Any]) -> Issue:
    return Issue(
        note["key"], note["what"], note["do"], note["where"], Severity(note["severity"]), note["params"]
    )


def storable(text: str) -> str:
    """A text as every store can hold it: without the character of nothing, and without halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def reason_issues(reason: str, field: str = "reason") -> list[Issue]:
    """What is wrong with a reason that somebody gives."""
    if not reason.strip():
        return [Issue("reason_missing", N_("没有写原因。"), N_("请写明原因，以后好查。"), field)]
    if len(reason.strip()) > LONGEST_REASON:
        return [Issue("reason_long", N_("原因超过 {most} 个字。"), N_("请写短一些。"), field,
                      params={"most": LONGEST_REASON})]  # fmt: skip
    return []
