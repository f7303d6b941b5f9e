"""How figures leave the desk: released at the calendar time or held back, taken back, corrected one by one, undone.

The state of a delivery and its load are one transaction: after a stop in the middle both are there or neither. What
is scheduled is released by a job, with the rights that its releaser has at that moment.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from data_access.accounts import AccountStore
from data_access.desk import Acceptance, Delivery, DeskStore, Sheet
from data_access.observations import ObservationStore, WriteReport
from indicators import periods, quality
from indicators.aggregation import Demand
from indicators.catalog import Catalog
from indicators.definition import DataStatus, Indicator
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import RegionTree
from services import access
from services.access import Actor
from services.accounts import actor_of
from services.desk import Desk
from services.desk_calendar import ReleaseCalendar
from services.desk_checks import bundle_of, earliest, narrowed, reason_issues
from services.desk_sheets import FILL_IN, HEADERS, chunks_of
from services.desk_views import ERROR, WARNING, Check
from services.intake import Intake, IntakeReport
from services.notices import Line, Notice, Teller, named
from services.texts import Texts

REVISED = "修订"
"""The state of a corrected figure, as a table says it."""


@dataclass(frozen=True)
class Correction:
    """One cell as somebody wishes it: texts as they were typed.

    checked  the doubts about it were seen: it is to be stored all the same
    """

    indicator: str
    region: str
    period: str
    value: str
    yoy: str
    reason: str
    checked: bool = False


@dataclass(frozen=True)
class Standing:
    """The figure that stands where one is to be corrected."""

    indicator: str
    name: str
    region: int
    period: int
    label: str
    unit: str
    value: float | None
    yoy: float | None
    status: DataStatus


class DeskRelease:
    """Releases deliveries, takes them back, corrects single figures.

    telling  tells whoever scheduled a release that it was given back
    """

    def __init__(
        self,
        store: DeskStore,
        figures: ObservationStore,
        desk: Desk,
        intake: Intake,
        calendar: ReleaseCalendar,
        catalog: Catalog,
        tree: RegionTree,
        people: AccountStore,
        telling: Teller,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._figures, self._desk, self._intake = store, figures, desk, intake
        self._calendar, self._catalog, self._tree = calendar, catalog, tree
        self._people, self._telling, self._clock = people, telling, clock
        self._said = Texts("zh")

    def release(self, actor: Actor, number: int, seen: int) -> int:
        """Release a delivery: at once where the calendar says so, else at its moment. Gives that moment, or 0 for now.

        raises  CockpitError where errors stand, or warnings that nobody accepted; ``record_changed``
        """
        head = self._desk.head(actor, number)
        self._require(head, "draft")
        self._require_clean(self._desk.check(actor, number))
        due = earliest(self._desk.examined(actor, head), self._calendar)
        if due <= self._now():
            self._load(actor, head, seen)
            return 0
        with self._store.transaction() as connection:
            self._move(head, seen, "scheduled", "scheduled", "", actor.name, connection, release_at=due)
        return due

    def due(self, moment: datetime) -> int:
        """Release what has fallen due; gives how many. What cannot be released goes back to its owner with the reason."""
        done = 0
        for head in self._store.due(int(moment.timestamp())):
            try:
                done += self._release_due(head)
            except CockpitError as error:
                if error.key != "record_changed":  # somebody took it back meanwhile
                    self._give_back(head, error.issues[0])
        return done

    def reopen(self, actor: Actor, number: int, seen: int) -> None:
        """Make a draft again: of what waits for its moment, or of what was released and undone."""
        head = self._desk.head(actor, number)
        if head.state == "released":
            self._require_undone(head)
        else:
            self._require(head, "scheduled")
        with self._store.transaction() as connection:
            self._move(head, seen, "draft", "reopened", "", actor.name, connection, load=None)

    def drop(self, actor: Actor, number: int, seen: int) -> None:
        """Lay a draft aside; it stays where it is, and is released no more."""
        head = self._desk.head(actor, number)
        self._require(head, "draft")
        with self._store.transaction() as connection:
            self._move(head, seen, "dropped", "dropped", "", actor.name, connection)

    def undo(self, actor: Actor, load: int) -> WriteReport:
        """Take a load back: what it replaced returns. See ``Intake.undo`` for what it raises."""
        head = self._store.of_load(load)
        if head is not None:
            self._desk.head(actor, head.id)
        return self._intake.undo(actor, load)

    # ---- one cell

    def standing(self, actor: Actor, indicator: str, region: str, period: str) -> Standing:
        """The figure that stands in a cell.

        raises  CockpitError with every field that names nothing, or nothing of this actor's
        """
        issues: list[Issue] = []
        definition = self._definition(indicator, issues)
        code = self._region(region, issues)
        key = self._period(definition, period, issues) if definition else 0
        if definition is not None and code and not self._mine(actor, definition, code):
            issues.append(
                Issue("forbidden_figure", N_("“{name}”在{region}的数不由您填报。"), N_("如工作需要，请联系安全管理员授权。"),
                      "indicator", params={"name": definition.name_zh, "region": self._tree.name(code)})
            )  # fmt: skip
        if issues or definition is None:
            raise CockpitError(issues)
        found = self._figures.answer(Demand((definition.code,), (code,), key, key))
        if not len(found):
            raise CockpitError(
                Issue("nothing_to_correct", N_("{region} {period} 的“{name}”还没有数，无从更正。"),
                      N_("请核对时期；还没有报的，请用填报表。"), "period",
                      params={"region": self._tree.name(code), "period": period, "name": definition.name_zh})
            )  # fmt: skip
        label = periods.label(key, str(definition.frequency), str(definition.basis))
        value, yoy = (float(found.column(name)[0]) for name in ("value", "yoy"))
        return Standing(
            definition.code, definition.name_zh, code, key, label, definition.unit,
            None if value != value else value, None if yoy != yoy else yoy,
            DataStatus(int(found.column("status")[0])),
        )  # fmt: skip

    def correct(self, actor: Actor, wish: Correction) -> int:
        """Put another value into one cell, with a reason; the old one stays in the history. Gives the delivery.

        raises  CockpitError at the fields of the form: what is wrong, and every doubt that was not looked at
        """
        access.require(actor, "load")
        issues = reason_issues(wish.reason)
        try:
            old = self.standing(actor, wish.indicator, wish.region, wish.period)
        except CockpitError as error:
            raise CockpitError([*error.issues, *issues]) from error
        issues += self._value_issues(wish, old)
        if issues:
            raise CockpitError(issues)
        sheet = self._one_cell(wish, old)
        head = self._correction(actor, wish, old)
        with self._store.transaction() as connection:
            number = self._store.open(head, (sheet,), (), connection)
        stored = self._desk.head(actor, number)
        check = self._desk.check(actor, number)
        doubts = [mark for mark in check.marks if mark.kind in (ERROR, WARNING)]
        if doubts and not (wish.checked and not check.counts[ERROR]):
            self.drop(actor, number, stored.revision)
            raise CockpitError(
                Issue(mark.issue.key, mark.issue.what, mark.issue.do,
                      "value" if mark.kind == ERROR else "checked", params=mark.issue.params)
                for mark in doubts
            )  # fmt: skip
        self._accept_all(actor, stored, check, wish.reason.strip())
        self._load(
            actor,
            self._desk.head(actor, number),
            self._desk.head(actor, number).revision,
            wish.reason.strip(),
        )
        return number

    # ---- inside

    def _release_due(self, head: Delivery) -> int:
        """Release a scheduled delivery whose moment has come, as whoever scheduled it."""
        account = self._people.account(head.author)
        if account is None or account.disabled:
            raise CockpitError(
                Issue("releaser_gone", N_("安排发布的账号“{name}”已不能使用。"), N_("请由在岗的人重新发布。"),
                      params={"name": head.author})
            )  # fmt: skip
        actor = actor_of(account, self._now())
        self._require_clean(self._desk.check(actor, head.id))
        self._load(actor, head, head.revision)
        return 1

    def _load(self, actor: Actor, head: Delivery, seen: int, reason: str = "") -> IntakeReport:
        """Take the figures in and mark the delivery as released, in one transaction."""
        sheets = self._desk.examined(actor, head).sheets

        def mark(connection: Any, load: int) -> None:
            self._move(head, seen, "released", "released", reason, actor.name, connection, load=load)

        report = self._intake.take(
            narrowed(actor, head), bundle_of(head, sheets, chunks_of(sheets), reason), beside=mark
        )
        if report.state != "stored":
            raise CockpitError(report.issues or (_not_stored(),))
        return report

    def _give_back(self, head: Delivery, issue: Issue) -> None:
        """A draft again, and its people are told why it was not released."""
        why = named(self._said.what(issue), Texts("en").what(issue))
        line = Line(head.region, N_("没有按时发布：{title}。{why}"), {"title": named(head.title), "why": why})
        told = Notice(
            f"desk:{head.id}:{head.revision}", "desk.failed", head.region, "", 0, line, (), f"/desk/{head.id}",
            self._now(), to=(head.author,),
        )  # fmt: skip
        with self._store.transaction() as connection:
            self._move(head, head.revision, "draft", "failed", why["zh"], head.author, connection)
            self._telling.put(connection, (told,))

    def _move(
        self, head: Delivery, seen: int, state: str, event: str, note: str, author: str, connection: Any,
        **values: object,
    ) -> None:  # fmt: skip
        at = self._now()
        self._store.move(head, seen, author=author, at=at, connection=connection, state=state, **values)
        self._store.happened(head, event, note, author=author, at=at, connection=connection)

    def _require(self, head: Delivery, state: str) -> None:
        if head.state != state:
            raise CockpitError(
                Issue(
                    "record_changed",
                    N_("这份报送的状态已经变了，您这一步没有做。"),
                    N_("现在显示的是最新状态。"),
                )
            )

    def _require_undone(self, head: Delivery) -> None:
        loads = {one.id: one.undone for one in self._figures.loads(10_000)}
        if not loads.get(head.load or 0, False):
            raise CockpitError(
                Issue(
                    "still_released", N_("这份报送已经发布，数字还在用。"), N_("请先撤销这批，或更正单个数。")
                )
            )

    def _require_clean(self, check: Check) -> None:
        if check.counts[ERROR]:
            raise CockpitError(
                Issue("errors_left", N_("还有 {count} 处错误，不能发布。"), N_("请在表格里逐个改正，错误就标在格子上。"),
                      params={"count": check.counts[ERROR]})
            )  # fmt: skip
        if check.counts[WARNING]:
            raise CockpitError(
                Issue("warnings_left", N_("还有 {count} 处提示没有处理，不能发布。"),
                      N_("请改正，或写明原因后接受。"), params={"count": check.counts[WARNING]})
            )  # fmt: skip
        if not check.figures:
            raise CockpitError(
                Issue("nothing_found", N_("没有找到可以装入的数。"), N_("请填数，或说明缺报原因。"))
            )

    def _accept_all(self, actor: Actor, head: Delivery, check: Check, reason: str) -> None:
        """What was looked at while one cell was corrected is accepted for the same reason."""
        now = self._now()
        given = [
            Acceptance(mark.issue.key, mark.address, self._said.what(mark.issue), reason, actor.name, now)
            for mark in check.marks
            if mark.kind == WARNING
        ]
        if given:
            with self._store.transaction() as connection:
                self._store.move(head, head.revision, author=actor.name, at=now, connection=connection)
                self._store.accept(head.id, given, connection)

    def _correction(self, actor: Actor, wish: Correction, old: Standing) -> Delivery:
        now = self._now()
        was = "—" if old.value is None else f"{old.value:g}"
        title = f"更正 {old.name} {self._tree.name(old.region)} {old.label} {was}→{wish.value.strip() or was}"
        return Delivery(
            id=0, kind="correction", title=title, owner=actor.id,
            department=self._catalog.get(old.indicator).department, region=old.region, period=0, state="draft",
            revision=1, release_at=now, load=None, figures=0, errors=0, warnings=0, accepted=0, author=actor.name,
            created_at=now, at=now,
        )  # fmt: skip

    def _one_cell(self, wish: Correction, old: Standing) -> Sheet:
        row = (
            old.indicator, old.name, f"{old.region:012d}", self._tree.name(old.region), old.label, old.unit,
            wish.value.strip() or _text(old.value), wish.yoy.strip() or _text(old.yoy), REVISED, "",
            wish.reason.strip(),
        )  # fmt: skip
        return Sheet(FILL_IN, (1, 2), (HEADERS, row))

    def _value_issues(self, wish: Correction, old: Standing) -> list[Issue]:
        """What is wrong with the new value and growth."""
        issues = []
        for name, text in (("value", wish.value), ("yoy", wish.yoy)):
            number = quality.read_number(text)
            if number.problem:
                what, do = quality.PROBLEMS[number.problem]
                issues.append(Issue(number.problem, what, do, name, params={"text": text}))
        value, yoy = (quality.read_number(text).value for text in (wish.value, wish.yoy))
        if not issues and value is None and yoy is None:
            issues.append(Issue("value_missing", N_("没有写更正后的数。"), N_("请填写数值或同比。"), "value"))
        elif not issues and value in (None, old.value) and yoy in (None, old.yoy):
            issues.append(
                Issue("value_same", N_("与现在的数相同。"), N_("不用更正；请核对是不是这一格。"), "value")
            )
        return issues

    def _definition(self, text: str, issues: list[Issue]) -> Indicator | None:
        if text in self._catalog:
            return self._catalog.get(text)
        named = [one for one in map(self._catalog.get, self._catalog.codes) if text and text == one.name_zh]
        if len(named) == 1:
            return named[0]
        issues.append(Issue("unknown_indicator", N_("没有指标“{text}”。"), N_("请写指标库里的代码或名称。"), "indicator",
                            params={"text": text}))  # fmt: skip
        return None

    def _region(self, text: str, issues: list[Issue]) -> int:
        try:
            return self._tree.find(text).code
        except CockpitError as error:
            issues.extend(
                Issue(one.key, one.what, one.do, "region", params=one.params) for one in error.issues
            )
            return 0

    def _period(self, definition: Indicator, text: str, issues: list[Issue]) -> int:
        try:
            return periods.read(text, str(definition.basis), str(definition.frequency))
        except CockpitError as error:
            issues.extend(
                Issue(one.key, one.what, one.do, "period", params=one.params) for one in error.issues
            )
            return 0

    def _mine(self, actor: Actor, definition: Indicator, region: int) -> bool:
        theirs = actor.department in ("", definition.department)
        return theirs and access.may(actor, "load", self._tree, region, definition.system)

    def _now(self) -> int:
        return int(self._clock().timestamp())


def _not_stored() -> Issue:
    return Issue("not_stored", N_("没有存成。"), N_("请刷新页面后再试。"))


def _text(value: float | None) -> str:
    return "" if value is None else repr(value)
