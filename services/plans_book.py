"""规划目标: targets and milestones are entered, changed with a reason, given to departments, and shown to be reached.

Nothing is deleted: what is changed or ended stays with the reason. Evidence that a department hands in counts once
whoever keeps the plans has accepted it. What the check of definitions refuses in a file is refused in the form.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from data_access.plans_book import Evidence, PlansBook, Ruling, TargetStep, key_of
from data_access.targets import MILESTONE, TargetStore
from indicators.catalog import Catalog
from indicators.definition import Plan, Target
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import RegionTree
from services import access
from services.access import Actor
from services.collection import shown
from services.collection_forms import as_date, as_number, day, number, stale
from services.incident_forms import Form
from services.plans import Evidence as Shown
from services.plans import Plans
from services.plans_reading import ACCEPTED, RETURNED, PlanReading
from services.query import Query

Values = Mapping[str, str]

OPS: Final = (">=", "<=", "=", "between", MILESTONE)
MOST_DIGITS: Final = 1e15
_ID: Final = re.compile(r"[a-z][a-z0-9_]{2,39}")


class Checks(Protocol):
    """The check of definitions: what it refuses in a file is refused in a form."""

    def errors(self, kind: str, document: Mapping[str, object], code: str | None = None) -> tuple[Issue, ...]:
        """What is wrong with a document, each with its field."""
        ...


class PlanRecords(PlanReading):
    """Reads and changes plans, targets, owners and evidence."""

    def __init__(
        self, book: PlansBook, targets: TargetStore, plans: Plans, catalog: Catalog, tree: RegionTree, query: Query,
        checks: Checks, clock: Callable[[], datetime], zone: timedelta,
    ) -> None:  # fmt: skip
        super().__init__(book, targets, plans, catalog, tree, query, clock, zone)
        self._checks = checks

    # ---- plans and targets

    def add_plan(self, actor: Actor, values: Values) -> str:
        """Enter a plan for one of the actor's own regions; its id.

        values  id, name_zh, issued, region, source
        """
        form = Form(values, self.zone)
        region = form.region("region", self.tree)
        name = form.text("name_zh", required=True, longest=200)
        issued = day(form, "issued")
        source = form.text("source", required=True, longest=1000)
        identity = form.text("id", required=True, longest=40)
        if identity and not _ID.fullmatch(identity):
            form.wrong(
                "id",
                "bad_plan_id",
                N_("编号用小写字母、数字和下划线，三个字以上。"),
                N_("例如 maoming2026。"),
            )
        if identity in {plan.id for plan, _ in self.plans()}:
            form.wrong("id", "plan_exists", N_("已有编号为 {id} 的规划。"), N_("请换一个编号。"), id=identity)
        form.done()
        access.require(actor, "plans", self.tree, region)
        assert issued is not None
        with self.book.transaction() as connection:
            entered = Plan(identity, name, issued, region)
            self.book.add_plan(connection, entered, source, self.now(), actor.name, shown(actor))
        return identity

    def add_target(self, actor: Actor, values: Values) -> str:
        """Enter a target or a milestone; its key.

        values  plan, indicator (empty: a milestone, or what no indicator measures), year, due, op, value, upper, unit,
                statement_zh, source, note, department
        """
        form = Form(values, self.zone)
        known = {plan.id: plan for plan, _ in self.plans()}
        plan = known.get(form.text("plan"))
        if plan is None:
            form.wrong("plan", "unknown_plan", N_("请选择目标所在的规划。"))
        region = plan.region if plan is not None else self.tree.root
        if plan is not None and not self._within(region):
            form.wrong("plan", "plan_elsewhere", N_("这是外地的规划，只作对照。"), N_("请选择本地的规划。"))
        target = self._read(form, plan.id if plan is not None else "", region)
        department = self._department(form)
        source = form.text("source", required=True, longest=1000)
        form.done()
        access.require(actor, "plans", self.tree, region)
        added = replace(target, source=source)
        key = key_of(added)
        with self.book.transaction() as connection:
            if any(key_of(one) == key for one in self.all()):
                what, do = N_("这个目标已经登记。"), N_("请在清单里修改原来的目标。")
                raise CockpitError(Issue("target_exists", what, do, "statement_zh"))
            self._targets.add([added], self.now(), connection=connection)
            self._step(connection, actor, key, "add", department, {"to": _numbers(added)}, source)
        return key

    def _read(self, form: Form, plan: str, region: int) -> Target:
        """A target as a form has it; what the check of definitions would refuse is noted at its field."""
        op = form.choice("op", OPS, ">=")
        year = form.whole("year", 2000, 2100, required=True)
        on = day(form, "due", required=False)
        code = form.text("indicator", longest=160) or None
        value = number(form, "value", -MOST_DIGITS, MOST_DIGITS, required=op != MILESTONE)
        upper = number(form, "upper", -MOST_DIGITS, MOST_DIGITS, required=op == "between")
        unit = form.text("unit", longest=40) or None
        if code in self.catalog and unit is None and op != MILESTONE:
            unit = self.catalog.get(str(code)).unit
        target = Target(
            code, region, year, op, None if op == MILESTONE else value, upper if op == "between" else None, unit, on,
            form.text("statement_zh", required=True, longest=1000), plan, "", form.text("note", longest=1000),
        )  # fmt: skip
        self._checked(form, target)
        return target

    def _checked(self, form: Form, target: Target) -> None:
        """What the check of definitions says of a target, at the fields of the form."""
        document: dict[str, Any] = {
            "region_code": f"{target.region:012d}", "year": target.year, "op": target.op, "indicator": target.indicator,
            "value": [target.value, target.upper] if target.op == "between" else target.value, "unit": target.unit,
            "due": target.due.isoformat() if target.due is not None else None, "statement_zh": target.statement_zh or "—",
            "source_file": "form",
        }  # fmt: skip
        if target.plan in self.catalog.plans:
            document["plan"] = target.plan
        if target.op != MILESTONE and (
            target.value is None or (target.op == "between" and target.upper is None)
        ):
            return  # told at the field already
        for issue in self._checks.errors("target", document):
            form.wrong(_FIELDS.get(issue.where, issue.where), issue.key, issue.what, issue.do, **issue.params)

    def change(self, actor: Actor, key: str, values: Values) -> None:
        """Set other numbers for a target; the old ones stay with the reason.

        values  seen (how many steps there were), op, value, upper, unit, note, reason
        """
        before = self._kept(actor, key)
        form = Form(values, self.zone)
        given = {
            name: text
            for name, text in values.items()
            if name in ("op", "value", "upper", "unit", "note", "reason", "seen")
        }
        fixed = {
            "year": str(before.year), "due": before.due.isoformat() if before.due else "",
            "indicator": before.indicator or "", "statement_zh": before.statement_zh,
        }  # fmt: skip
        form = Form(given | fixed, self.zone)
        seen = form.whole("seen", 0, 10**6)
        reason = form.text("reason", required=True, longest=1000)
        after = self._read(form, before.plan, before.region)
        after = replace(after, source=before.source, measure=before.measure)
        if (before.op == MILESTONE) != (after.op == MILESTONE):
            form.wrong(
                "op", "other_target", N_("里程碑与数值目标不能互换。"), N_("请结束原来的目标，另行登记。")
            )
        if _numbers(after) == _numbers(before) and after.note == before.note:
            form.wrong("value", "nothing_changed", N_("与现在的目标没有不同。"))
        form.done()
        with self.book.transaction() as connection:
            self._unmoved(connection, key, seen)
            self._targets.add([after], self.now(), connection=connection)
            told = {"from": _numbers(before), "to": _numbers(after)}
            self._step(connection, actor, key, "change", "", told, reason)

    def end(self, actor: Actor, key: str, values: Values) -> None:
        """Let a target hold no longer; it stays with the reason.

        values  seen, reason
        """
        before = self._kept(actor, key)
        form = Form(values, self.zone)
        seen = form.whole("seen", 0, 10**6)
        reason = form.text("reason", required=True, longest=1000)
        form.done()
        with self.book.transaction() as connection:
            self._unmoved(connection, key, seen)
            self._targets.end(before, self.now(), connection)
            self._step(connection, actor, key, "end", "", {"from": _numbers(before)}, reason)

    def assign(self, actor: Actor, key: str, values: Values) -> None:
        """Say which department answers for a target.

        values  seen, department, reason
        """
        self._kept(actor, key)
        form = Form(values, self.zone)
        seen = form.whole("seen", 0, 10**6)
        department = self._department(form)
        if not department:
            form.wrong("department", "field_missing", N_("请选择责任部门。"))
        reason = form.text("reason", longest=1000)
        form.done()
        with self.book.transaction() as connection:
            self._unmoved(connection, key, seen)
            self._step(connection, actor, key, "owner", department, {}, reason)

    def _department(self, form: Form) -> str:
        found = form.text("department")
        if found and found not in self.catalog.departments:
            form.wrong("department", "unknown_department", N_("请选择责任部门。"))
        return found

    def _kept(self, actor: Actor, key: str) -> Target:
        """A target that the actor may change."""
        found = self._find(actor, key)
        access.require(actor, "plans", self.tree if self.tree.has(found.region) else None, found.region)
        return found

    def _unmoved(self, connection: Any, key: str, seen: int) -> None:
        if len(self.book.steps([key], connection).get(key, ())) != seen:
            raise stale()

    def _step(
        self,
        connection: Any,
        actor: Actor,
        key: str,
        act: str,
        department: str,
        detail: Mapping[str, Any],
        text: str,
    ) -> None:
        self.book.step(
            connection,
            TargetStep(key, 0, act, department, detail, text, self.now(), actor.name, shown(actor)),
        )

    # ---- evidence

    def hand_in(self, actor: Actor, key: str, values: Values) -> int:
        """Hand in what shows that a milestone was reached; its number. Of those who keep the plans it counts at once.

        values  done_on, title, citation
        """
        found = self._find(actor, key)
        view = self.views(actor, [found], "zh")[0]
        if "evidence" not in view.may:
            access.require(actor, "plans", self.tree if self.tree.has(found.region) else None, found.region)
            raise CockpitError(Issue("no_milestone", N_("只有里程碑需要完成凭证；数值目标由指标判定。")))
        form = Form(values, self.zone)
        on = day(form, "done_on")
        if on is not None and on > self.today():
            form.wrong("done_on", "day_in_future", N_("完成日期在将来。"), N_("请在完成以后再提交凭证。"))
        title = form.text("title", required=True, longest=200)
        citation = form.text("citation", required=True, longest=2000)
        form.done()
        assert on is not None
        piece = Evidence(0, key, as_number(on), title, citation, self.now(), actor.name, shown(actor))
        with self.book.transaction() as connection:
            handed = self.book.hand_in(connection, piece)
            if self.keeps(actor, found.region):
                ruling = Ruling(handed, 0, ACCEPTED, "", self.now(), actor.name, shown(actor))
                self.book.rule(connection, ruling)
        return handed

    def rule(self, actor: Actor, piece: int, values: Values) -> str:
        """Accept a piece of evidence or return it; the key of its target.

        values  seen (how many rulings there were), ruling, reason (of a return)
        """
        found = self.book.piece(piece)
        if found is None:
            raise CockpitError(
                Issue("unknown_evidence", N_("没有这份完成凭证。"), N_("请从规划目标清单进入。"))
            )
        self._kept(actor, found.key)
        form = Form(values, self.zone)
        seen = form.whole("seen", 0, 10**6)
        ruling = form.choice("ruling", (ACCEPTED, RETURNED))
        reason = form.text("reason", required=ruling == RETURNED, longest=1000)
        form.done()
        with self.book.transaction() as connection:
            if len(self.book.rulings(connection).get(piece, ())) != seen:
                raise stale()
            self.book.rule(connection, Ruling(piece, 0, ruling, reason, self.now(), actor.name, shown(actor)))
        return found.key


def accepted(book: PlansBook) -> Callable[[Target], Shown | None]:
    """What was handed in for a target and accepted, for the board of the digital government."""

    def find(target: Target) -> Shown | None:
        pieces = book.evidence([key_of(target)]).get(key_of(target), ())
        if not pieces:
            return None
        rulings = book.rulings()
        good = [one for one in pieces if rulings.get(one.id) and rulings[one.id][-1].ruling == ACCEPTED]
        if not good:
            return None
        last = good[-1]
        return Shown(target.plan, target.statement_zh, as_date(last.done_on), last.title, last.citation)

    return find


_FIELDS = {"region_code": "plan", "value.0": "value", "value.1": "upper"}
"""Fields of a definition that a form calls otherwise."""


def _numbers(one: Target) -> dict[str, Any]:
    return {"op": one.op, "value": one.value, "upper": one.upper, "unit": one.unit}
