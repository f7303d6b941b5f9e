"""督办: a matter is given to a department by a day, signed for, answered, reviewed, returned or closed, and looked back on.

Every act is one transaction: the head of the item, a step that stays as it is, the audit row and what people are
told. Whoever acts on what somebody else has changed in between is told so, sees it, and loses nothing of what was
typed. Nobody reviews the own answer.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from data_access.config import SupervisionSettings
from data_access.supervision import Correction, Frozen, Item, Step, SupervisionStore
from indicators.catalog import Catalog
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import RegionTree
from indicators.supervision import Act, State, moved
from services import access
from services.access import SYSTEM, Actor
from services.handling_wishes import REASONS, Answer
from services.incident_forms import Form
from services.notices import Notice, Teller
from services.supervision_notices import notice
from services.supervision_reading import (
    BY_REVIEWER,
    BY_UNIT,
    SupervisionReading,
    as_number,
    lateness,
)
from services.supervision_sources import Source, Sources
from services.workdays import Workdays

LONGEST_TITLE = 120
LONGEST_UNIT = 120
MOST_AT_ONCE = 50
DAY_SECONDS = 86400

Values = Mapping[str, str]
Connection = Any

NO_ACTION = "no_action"


class Answers(Protocol):
    """What is needed of the handling of warnings: an answer to a warning is kept with it."""

    def answer(self, actor: Actor, alert: str, answer: Answer, connection: Any = None) -> int: ...


class Supervision(SupervisionReading):
    """Reads and moves supervised items."""

    def __init__(
        self, store: SupervisionStore, sources: Sources, workdays: Workdays, catalog: Catalog, tree: RegionTree,
        settings: SupervisionSettings, teller: Teller, handling: Answers, clock: Callable[[], datetime],
        zone: timedelta,
    ) -> None:  # fmt: skip
        super().__init__(store, sources, workdays, catalog, tree, settings, clock, zone)
        self._teller = teller
        self._handling = handling

    # ---- 派单

    def dispatch(self, actor: Actor, name: str, values: Values) -> int:
        """Give a matter to a department; the number of the item.

        name    of the source: ``alert:<id>``, ``incident:12``, ``project:12-3``, ``hotline:noise-440981000000``,
                ``hand:440981000000``
        values  department, unit, days (working days for the answer), instruction; by hand also title and region
        raises  CockpitError with an issue for every field; ``unknown_source``; ``forbidden``
        """
        return self.dispatch_all(actor, [name], values)[0]

    def dispatch_all(self, actor: Actor, names: Sequence[str], values: Values) -> tuple[int, ...]:
        """Give several matters to a department with the same words, all of them or none.

        Without a department each goes to the one that owns it.
        """
        if not 0 < len(names) <= MOST_AT_ONCE:
            raise CockpitError(
                Issue("too_many_items", N_("一次最多督办 {most} 项。"), params={"most": MOST_AT_ONCE})
            )
        form = Form(values, self.zone)
        sources = [self._source(actor, name, form) for name in names]
        for source in sources:
            access.require(actor, "supervise", self.tree, source.region, source.system or None)
        given = [self._given(actor, source, form) for source in sources]
        form.done()
        frozen = [self._sources.freeze(source) for source in sources]
        with self.store.transaction() as connection:
            return tuple(
                self._open(connection, actor, item, seen) for item, seen in zip(given, frozen, strict=True)
            )

    def _source(self, actor: Actor, name: str, form: Form) -> Source:
        """The source of a name; of what is given by hand the form says what and where."""
        kind, _, key = name.partition(":")
        if kind != "hand":
            return self._sources.find(actor, name)
        found = self._sources.find(actor, f"hand:{form.text('region') or key}")
        title = form.text("title", required=True, longest=LONGEST_TITLE)
        return Source("hand", found.key, title, found.region, title, title)

    def _given(self, actor: Actor, source: Source, form: Form) -> Item:
        """The item that a form makes of a source; what is wrong is noted in the form."""
        now = self.now()
        department = form.text("department") or source.department
        if department not in self.catalog.departments:
            form.wrong("department", "unknown_department", N_("请选择责任部门。"))
        unit = form.text("unit", longest=LONGEST_UNIT)
        instruction = form.text("instruction", required=True, longest=1000)
        days = form.whole("days", 1, 250) if form.text("days") else self._settings.answer_days
        today = self.day(now)
        due, sign = self.workdays.after(today, days), self.workdays.after(today, self._settings.sign_days)
        return Item(
            0, None, source.kind, source.key, source.matter, source.title_zh, source.title_en, source.region,
            source.system, source.level, department, unit, instruction, State.DISPATCHED.value, 1, 1, now, actor.name,
            actor.name, self.end_of(sign), as_number(due), self.end_of(due), None, None, None, False, None, None,
            self._repeats(source, now), False,
        )  # fmt: skip

    def _repeats(self, source: Source, now: int) -> int | None:
        """The item that was closed on the same matter shortly before."""
        since = now - self._settings.repeat_days * DAY_SECONDS
        earlier = self.store.items([source.region], kind=source.kind, matter=source.matter)
        closed = [one for one in earlier if one.state == State.CLOSED and (one.closed_at or 0) >= since]
        return max(closed, key=lambda one: one.closed_at or 0).id if closed else None

    def _open(self, connection: Connection, actor: Actor, item: Item, seen: Sequence[Frozen]) -> int:
        standing = self.store.items(
            kind=item.kind, subjects=[item.subject], open_only=True, connection=connection
        )
        if item.kind != "hand" and any(one.department == item.department for one in standing):
            number = next(one.id for one in standing if one.department == item.department)
            raise CockpitError(
                Issue("already_supervised", N_("这件事已经由该部门督办（{number} 号），尚未办结。"),
                      N_("可以催办，或改派其他部门。"), "department", params={"number": number})
            )  # fmt: skip
        step = Step(0, 1, Act.DISPATCH.value, item.state, 1, item.dispatched_at, actor.name, _shown(actor),
                    item.instruction, due_on=item.due_on)  # fmt: skip
        frozen = [one._replace(number=1) for one in seen]
        number = self.store.open(connection, item, step, frozen, actor=actor.name)
        self._tell(connection, item._replace(id=number), step)
        return number

    # ---- the unit's moves

    def sign(self, actor: Actor, number: int, values: Values) -> None:
        """签收: the unit takes the item."""
        now = self.now()
        self._act(
            actor, number, Act.SIGN, Form(values, self.zone), lambda _item, step: (step, {"signed_at": now})
        )

    def answer(self, actor: Actor, number: int, values: Values) -> None:
        """反馈: cause, measure and the day by which the figure should recover; or that nothing needs to be done, and why.

        values  version; cause, measure, expected_on (2026-12-01); or kind ``no_action`` with reason and text
        """
        form, now = Form(values, self.zone), self.now()
        told = self._answered(form)
        form.done()

        def work(item: Item, step: Step) -> tuple[Step, dict[str, object]]:
            review = self.workdays.after(self.day(now), self._settings.review_days)
            late = bool(item.late) or now >= item.due_at
            supplement = item.state == State.ANSWERED
            return step._replace(**told), {
                "answered_at": now,
                "review_due": self.end_of(review),
                "late": bool(item.late) if supplement else late,
            }

        def keep(connection: Connection, item: Item, step: Step) -> None:
            if item.kind == "alert":
                self._handling.answer(actor, item.subject, _as_answer(item, step), connection)

        self._act(actor, number, Act.ANSWER, form, work, keep)

    def _answered(self, form: Form) -> dict[str, Any]:
        """The fields of an answer; what is wrong is noted in the form."""
        text = form.text("text", longest=2000)
        if form.choice("kind", ("measure", NO_ACTION), "measure") == NO_ACTION:
            reason = form.choice("reason", tuple(REASONS))
            if not text:
                form.wrong("text", "field_missing", N_("请写明无需处置的理由。"))
            return {"reason": reason, "text": text}
        cause = form.text("cause", required=True, longest=2000)
        measure = form.text("measure", required=True, longest=2000)
        expected = _day(form, "expected_on")
        if expected is not None and expected < self.day(self.now()):
            form.wrong(
                "expected_on", "day_past", N_("预计恢复日期已经过去。"), N_("请填写今天或以后的日期。")
            )
        return {
            "cause": cause, "measure": measure, "text": text,
            "expected_on": as_number(expected) if expected is not None else None,
        }  # fmt: skip

    # ---- the reviewer's moves

    def send_back(self, actor: Actor, number: int, values: Values) -> None:
        """退回: what was answered stays, and another answer is due.

        values  version, text (why), days (working days for the next answer)
        """
        form = Form(values, self.zone)
        text = form.text("text", required=True, longest=2000)
        days = form.whole("days", 1, 250) if form.text("days") else self._settings.answer_days
        form.done()

        def work(item: Item, step: Step) -> tuple[Step, dict[str, object]]:
            due = self.workdays.after(self.day(self.now()), days)
            changes: dict[str, object] = {
                "round": item.round + 1,
                "due_on": as_number(due),
                "due_at": self.end_of(due),
                "review_due": None,
            }
            return step._replace(text=text, due_on=as_number(due)), changes

        self._act(actor, number, Act.RETURN, form, work)

    def close(self, actor: Actor, number: int, values: Values) -> None:
        """办结: the reviewer accepts the answer; the figures are frozen once more.

        values  version, text (may be empty)
        """
        form = Form(values, self.zone)
        text = form.text("text", longest=2000)
        form.done()
        again = self._sources.again(self.store.frozen(self.item(actor, number).id))
        now = self.now()

        def work(_item: Item, step: Step) -> tuple[Step, dict[str, object]]:
            return step._replace(text=text), {"closed_at": now, "review_due": None}

        self._act(actor, number, Act.CLOSE, form, work, frozen=again)

    def take_over(self, actor: Actor, number: int, values: Values) -> None:
        """Become the reviewer in the place of somebody else."""
        self._act(
            actor,
            number,
            Act.TAKE_OVER,
            Form(values, self.zone),
            lambda _item, step: (step, {"reviewer": actor.name}),
        )

    def urge(self, actor: Actor, number: int, values: Values) -> None:
        """催办: remind the department."""
        form = Form(values, self.zone)
        text = form.text("text", longest=1000)
        form.done()
        self._act(actor, number, Act.URGE, form, lambda _item, step: (step._replace(text=text), {}))

    def withdraw(self, actor: Actor, number: int, values: Values) -> None:
        """撤回: it was dispatched by mistake; it stays, and counts in no rate."""
        form, now = Form(values, self.zone), self.now()
        text = form.text("text", required=True, longest=1000)
        form.done()
        self._act(
            actor, number, Act.WITHDRAW, form,
            lambda _item, step: (step._replace(text=text), {"closed_at": now, "review_due": None}),
        )  # fmt: skip

    # ---- every act

    def _act(
        self, actor: Actor, number: int, act: Act, form: Form,
        work: Callable[[Item, Step], tuple[Step, dict[str, object]]],
        keep: Callable[[Connection, Item, Step], None] | None = None, frozen: Sequence[Frozen] = (),
    ) -> None:  # fmt: skip
        """One act on one item: checked, stored with its step, told."""
        seen = form.whole("version", 1, 2**31 - 1)
        self.item(actor, number)
        with self.store.transaction() as connection:
            item = self.store.item(number, connection)
            assert item is not None
            self._permit(actor, item, act, connection)
            if item.version != seen:
                raise CockpitError(self._changed(item, connection))
            after = moved(State(item.state), act)
            round_ = item.round + (act is Act.RETURN)
            step, changes = work(
                item,
                Step(number, item.version + 1, act.value, after.value, round_, self.now(), actor.name, _shown(actor)),
            )  # fmt: skip
            lines = [one._replace(item=number, number=step.number) for one in frozen]
            if not self.store.step(connection, item, step, lines, actor=actor.name, **changes):
                raise CockpitError(self._changed(item, connection))
            if keep is not None:
                keep(connection, item, step)
            self._tell(connection, item._replace(reviewer=str(changes.get("reviewer", item.reviewer))), step)

    def _permit(self, actor: Actor, item: Item, act: Act, connection: Connection) -> None:
        """Refuse who may not: the unit answers, the reviewer reviews, and never the own answer."""
        if act in BY_UNIT:
            if not self.answers(actor, item):
                access.require(actor, "answer", self.tree, item.region, item.system or None)
                raise CockpitError(Issue("not_your_item", N_("这件事项不由您的部门办理。")))
            return
        access.require(actor, "supervise", self.tree, item.region, item.system or None)
        if act in BY_REVIEWER:
            answered = {one.actor for one in self.store.steps([item.id], connection) if one.act == Act.ANSWER}
            if actor.name in answered:
                raise CockpitError(
                    Issue("own_answer", N_("反馈人不能审核自己的反馈。"), N_("请由其他审核人接过审核。"))
                )
            if item.reviewer != actor.name:
                raise CockpitError(
                    Issue("not_reviewer", N_("这件事项由 {reviewer} 审核。"), N_("如需代为审核，请先接过审核。"),
                          params={"reviewer": item.reviewer})
                )  # fmt: skip

    def _changed(self, item: Item, connection: Connection) -> Issue:
        """Somebody was quicker: who, and with what."""
        last = self.store.steps([item.id], connection)[-1]
        return Issue(
            "record_changed",
            N_("{who} 刚刚办理了这件事项（{act}）。您填写的内容还在。"),
            N_("请看更新后的办理过程，再决定是否提交。"),
            params={"who": last.shown, "act": ACT_WORDS[Act(last.act)]},
        )

    def _tell(self, connection: Connection, item: Item, step: Step) -> None:
        told: list[Notice] = [notice(item, step)]
        self._teller.put(connection, told)

    # ---- time

    def due(self, now: int) -> int:
        """Note what fell overdue, once for each deadline, and tell those above; how many items that are.

        Simulated items stand still.
        """
        late = [
            (item, what)
            for item in self.store.items(open_only=True)
            if not item.simulated and (what := lateness(item, now))
        ]
        told = {
            (one.item, one.round, one.reason)
            for one in self.store.steps([item.id for item, _ in late])
            if one.act == Act.OVERDUE
        }
        fresh = [(item, what) for item, what in late if (item.id, item.round, what) not in told]
        return sum(self._overdue(item, what, now) for item, what in fresh)

    def _overdue(self, item: Item, what: str, now: int) -> bool:
        with self.store.transaction() as connection:
            state = moved(State(item.state), Act.OVERDUE)
            step = Step(item.id, item.version + 1, Act.OVERDUE.value, state.value, item.round, now, SYSTEM.name,
                        SYSTEM.name, reason=what, due_on=item.due_on)  # fmt: skip
            late = bool(item.late) or what == "answer"
            done = self.store.step(connection, item, step, actor=SYSTEM.name, late=late)
            if done:
                self._tell(connection, item, step)
        return done

    # ---- the calendar

    def correct_day(self, actor: Actor, values: Values) -> None:
        """Say by hand that a day is worked, or is not; deadlines that stand already stay.

        values  day (2027-02-14), works (work, rest), reason
        """
        access.require(actor, "define")
        form = Form(values, self.zone)
        day = _day(form, "day", required=True)
        works = form.choice("works", ("work", "rest")) == "work"
        reason = form.text("reason", required=True, longest=120)
        form.done()
        assert day is not None
        with self.store.transaction() as connection:
            row = Correction(as_number(day), works, reason, self.now(), actor.name)
            self.store.correct_day(connection, row)


ACT_WORDS: Mapping[Act, str] = {
    Act.DISPATCH: N_("派单"),
    Act.SIGN: N_("签收"),
    Act.ANSWER: N_("反馈"),
    Act.RETURN: N_("退回"),
    Act.CLOSE: N_("办结"),
    Act.WITHDRAW: N_("撤回"),
    Act.URGE: N_("催办"),
    Act.TAKE_OVER: N_("接过审核"),
    Act.OVERDUE: N_("超期提醒"),
    Act.RECOVER: N_("指标恢复"),
}
"""What each act is called."""

STATE_WORDS: Mapping[State, str] = {
    State.DISPATCHED: N_("待签收"),
    State.SIGNED: N_("办理中"),
    State.ANSWERED: N_("待审核"),
    State.RETURNED: N_("已退回"),
    State.CLOSED: N_("已办结"),
    State.WITHDRAWN: N_("已撤回"),
}
"""What each state is called."""


def _as_answer(item: Item, step: Step) -> Answer:
    """A step as the answer that is kept with the warning."""
    if step.reason:
        return Answer("no_action", step.text, reason=step.reason, department=item.department, item=item.id)
    day = step.expected_on
    expected = date(day // 10000, day // 100 % 100, day % 100).isoformat() if day else ""
    return Answer("measure", step.measure, "", step.cause, expected, item.department, item.id)


def _shown(actor: Actor) -> str:
    return actor.display or actor.name


def _day(form: Form, name: str, required: bool = True) -> date | None:
    """A day as a form has it."""
    text = form.text(name, required=required)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        form.wrong(name, "field_day", N_("日期写法应为 2026-12-01。"))
        return None
