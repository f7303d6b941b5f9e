"""What is taken in and what became of it: a bundle of tables, a trial of it, the report on a load."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from numpy.typing import NDArray

from data_access.formats import tabular
from indicators.errors import N_, Issue
from services.texts import Texts

State = Literal["stored", "unchanged", "dry_run", "refused"]
Progress = Callable[[str, int], None]
"""Told what is being done (``read``, ``check``, ``store``) and with how many rows so far."""

STAGES: dict[str, str] = {"read": N_("读取"), "check": N_("核对"), "store": N_("存储")}
"""What a load is doing, in words."""

OUTCOMES: dict[State, str] = {
    "stored": N_(
        "已装入，批次 {load}：新增 {inserted}，更正 {corrected}，不变 {unchanged}，未存 {refused}，目标 {targets}。"
    ),
    "unchanged": N_("同样的内容已经装入过（批次 {load}），没有改动。"),
    "dry_run": N_(
        "试装入，没有存：将新增 {inserted}，更正 {corrected}，不变 {unchanged}，不存 {refused}，目标 {targets}。"
    ),
    "refused": N_("没有装入：有 {errors} 处错误。"),
}
"""What became of a file, in words."""


@dataclass(frozen=True)
class Bundle:
    """What is to be taken in: tables, as a file or a person at the desk gives them.

    name    how messages call it; ``digest`` stands for its content
    tables  gives the tables, telling on the way what is worth telling
    reason  why it corrects what stands; empty for a usual delivery
    """

    name: str
    digest: str
    tables: Callable[[tabular.Report], Iterable[tabular.Table]]
    reason: str = ""


@dataclass(frozen=True)
class Trial:
    """What a bundle would come to: the report on it, and its figures as columns of the store.

    figures  as ``ObservationStore.write`` takes them, but for ``item``, which is a place in ``items``
    items    breakdown and scope of each item
    """

    report: "IntakeReport"
    figures: Mapping[str, NDArray[Any]]
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class IntakeReport:
    """What became of a file.

    load      the number of the load, by which it can be undone; None if nothing was stored
    state     ``stored``; ``unchanged``: the same content was loaded before; ``dry_run``; ``refused``: an error
    rows      rows below the header; ``facts`` figures found in them
    refused   figures left out, each with an issue that says why
    late      figures older than what is in force: they went to the history
    issues    errors first, up to intake.max_issues of them; ``errors``, ``warnings``, ``notices`` count all
    """

    file: str
    state: State
    load: int | None = None
    rows: int = 0
    facts: int = 0
    inserted: int = 0
    corrected: int = 0
    unchanged: int = 0
    late: int = 0
    refused: int = 0
    targets: int = 0
    errors: int = 0
    warnings: int = 0
    notices: int = 0
    issues: tuple[Issue, ...] = ()

    def to_json(self, texts: Texts | None = None) -> dict[str, Any]:
        """The report for machines, the words of its issues in the reader's language."""
        counts = {name: value for name, value in vars(self).items() if name != "issues"}
        what, do = (texts.what, texts.do) if texts else (_what, _do)
        listed = [
            {"key": issue.key, "severity": str(issue.severity), "where": issue.where, "what": what(issue),
             "do": do(issue), "params": dict(issue.params)}
            for issue in self.issues
        ]  # fmt: skip
        return {**counts, "issues": listed}


def _what(issue: Issue) -> str:
    return issue.text().split("\n", 1)[0]


def _do(issue: Issue) -> str:
    return replace(issue, what=issue.do, where="", do="").text()
