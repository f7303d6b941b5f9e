"""接报-响应-指挥-研判-会商-评估: incidents from the first call to the assessment.

Every act needs the right to command in the incident's region, is one transaction with its figures, its log and its
audit row, and says of a form field what is wrong with it. Nothing is deleted: what was wrong is corrected by a further
row, and a duplicate points to the incident that it was merged into.
"""

from data_access.incidents import (
    Action,
    Assessment,
    Consultation,
    Contact,
    Duty,
    Incident,
    Report,
    ResponseLevel,
    Stage,
    Task,
    WarningLevel,
)
from indicators.errors import N_, CockpitError, Issue
from services import access, incident_rules
from services.access import Actor
from services.incident_forms import Form
from services.incident_reading import SYSTEM_CODE
from services.incident_register import Connection, IncidentRegister, Outcome, Values
from services.incident_rules import DAY, HOUR, MINUTE, STAGES

STAMPS = ("acknowledged", "arrived", "connected", "answered", "done")
"""What can be said of a task, each once."""


class Incidents(IncidentRegister):
    """Reads and changes incidents."""

    # ---- stages

    def begin_stage(self, actor: Actor, number: int, values: Values) -> None:
        """Begin a stage, now or at a stamp; stages may repeat and run side by side."""
        form, now = self._form(values), self.now()
        stage = form.choice("stage", STAGES)
        at = form.moment("at", latest=now)
        moment = now if at is None else at

        def work(connection: Connection, head: Incident) -> Outcome:
            if head.occurred_at is not None and moment < head.occurred_at:
                form.wrong(
                    "at", "stage_before_occurrence", N_("阶段不能早于事发时间开始。"), N_("请核对时间。")
                )
            form.done()
            note = form.text("note")
            self.store.add(connection, Stage(0, number, stage, moment, actor.name, None, "", note, None, now))
            return "stage_begin", stage, {"stage": stage, "at": moment}

        self._act(actor, number, work)

    def end_stage(self, actor: Actor, number: int, values: Values) -> None:
        """End a stage that runs; its end is set once."""
        form, now = self._form(values), self.now()
        row = form.whole("row", 1, 2**31 - 1)
        at = form.moment("at", latest=now)
        moment = now if at is None else at

        def work(connection: Connection, head: Incident) -> Outcome:
            found = self._stage(connection, head, row, form)
            if found is not None and moment < found.began_at:
                form.wrong("at", "stage_ends_before_begin", N_("结束时间早于开始时间。"), N_("请核对时间。"))
            form.done()
            assert found is not None
            if not self.store.stamp(connection, Stage, row, ended_at=moment, ended_by=actor.name):
                raise CockpitError(Issue("stage_ended", N_("这个阶段已经结束。"), N_("如有误，请用更正。")))
            return "stage_end", found.stage, {"row": row, "at": moment}

        self._act(actor, number, work)

    def correct_stage(self, actor: Actor, number: int, values: Values) -> None:
        """Set a stage right: a further row that takes the place of the wrong one, which stays and says so."""
        form, now = self._form(values), self.now()
        row = form.whole("row", 1, 2**31 - 1)
        began = form.moment("began_at", required=True, latest=now)
        ended = form.moment("ended_at", latest=now)
        reason = form.text("note", required=True)
        if began is not None and ended is not None and ended < began:
            form.wrong(
                "ended_at", "stage_ends_before_begin", N_("结束时间早于开始时间。"), N_("请核对时间。")
            )

        def work(connection: Connection, head: Incident) -> Outcome:
            found = self._stage(connection, head, row, form)
            form.done()
            assert found is not None
            assert began is not None
            fresh = Stage(0, number, found.stage, began, actor.name, ended, actor.name if ended is not None else "",
                          reason, row, now)  # fmt: skip
            self.store.add(connection, fresh)
            return "stage_correct", f"{found.stage}：{reason}", {"row": row}

        self._act(actor, number, work)

    def _stage(self, connection: Connection, head: Incident, row: int, form: Form) -> Stage | None:
        listed = self.store.file([head], ("stages",), connection).stages
        corrected = {one.corrects for one in listed}
        found = next((one for one in listed if one.id == row and one.id not in corrected), None)
        if found is None:
            form.wrong("row", "unknown_stage", N_("这个事件没有这一阶段记录。"), N_("请刷新页面后重试。"))
        return found

    # ---- levels: two series that know nothing of each other

    def set_warning(self, actor: Actor, number: int, values: Values) -> None:
        """Note the warning level from now on (4 red … 1 blue, 0 lifted); the response level stays what it is."""
        form, now = self._form(values), self.now()
        level = form.whole("level", 0, 4)
        at = form.moment("at", latest=now)
        form.done()

        def work(connection: Connection, _head: Incident) -> Outcome:
            row = WarningLevel(
                0, number, level, now if at is None else at, actor.name, form.text("note"), now
            )
            self.store.add(connection, row)
            return "warning", form.text("note"), {"level": level}

        self._act(actor, number, work)

    def set_response(self, actor: Actor, number: int, values: Values) -> None:
        """Start, raise, lower or end (0) a response; the warning level stays what it is."""
        form, now = self._form(values), self.now()
        level = form.whole("level", 0, 4)
        at = form.moment("at", latest=now)
        kind = form.text("kind", longest=40)
        form.done()

        def work(connection: Connection, _head: Incident) -> Outcome:
            row = ResponseLevel(
                0, number, kind, level, now if at is None else at, actor.name, form.text("note"), now
            )
            self.store.add(connection, row)
            return (
                "response",
                f"{kind} {incident_rules.ROMAN.get(level, '')}".strip(),
                {"level": level, "kind": kind},
            )

        self._act(actor, number, work)

    def accept(self, actor: Actor, number: int, plan: str) -> None:
        """Accept what a plan proposes now: the response level and its tasks, in one transaction.

        raises  CockpitError ``nothing_proposed`` where it proposes nothing (any more)
        """
        now = self.now()

        def work(connection: Connection, head: Incident) -> Outcome:
            file = self.store.file([head], connection=connection)
            found = next((one for one in self._beyond(file) if one.plan.id == plan), None)
            if found is None:
                raise CockpitError(
                    Issue("nothing_proposed", N_("这个预案现在没有建议。"), N_("请刷新页面，看最新的建议。"))
                )
            name = found.plan.name("zh")
            row = ResponseLevel(0, number, found.plan.response, found.response, now, actor.name, name, now)
            self.store.add(connection, row)
            war = self.rules.limits.wartime(incident_rules.warning_in_force(file.warnings), found.response)
            given = {one.task for one in file.tasks}
            for one in found.tasks:
                if one.task not in given:
                    due = now + one.minutes * MINUTE
                    self._order(connection, actor, head, one.unit, one.task, due, war, one.rescue, one.site)
            return "plan", name, {"plan": plan, "response": found.response}

        self._act(actor, number, work)

    # ---- reports with casualties and losses

    def report(self, actor: Actor, number: int, values: Values) -> None:
        """A follow-up or final report with the figures that it tells; earlier ones stay as revisions."""
        form, now = self._form(values), self.now()
        kind = form.choice("kind", ("initial", "followup", "final"), "followup")
        at = form.moment("at", latest=now)
        counts = self._counts(form)
        if not counts and not form.text("note"):
            form.wrong(
                "note", "empty_report", N_("报告没有数字，也没有文字。"), N_("请填写至少一项数字或情况说明。")
            )
        form.done()

        def work(connection: Connection, _head: Incident) -> Outcome:
            row = Report(0, number, kind, now if at is None else at, actor.name, form.text("note"), now)
            self._tell(connection, number, row, counts)
            return "report", form.text("note"), dict(counts)

        self._act(actor, number, work)

    # ---- tasks

    def assign(self, actor: Actor, number: int, values: Values) -> None:
        """Give a unit something to do by a deadline."""
        form, now = self._form(values), self.now()
        unit, task = form.text("unit", required=True, longest=120), form.text("task", required=True)
        minutes = form.whole("minutes", 1, 60 * 24 * 60, required=True)
        form.done()

        def work(connection: Connection, head: Incident) -> Outcome:
            file = self.store.file([head], ("warnings", "responses"), connection)
            war = self.rules.limits.wartime(
                incident_rules.warning_in_force(file.warnings),
                incident_rules.highest_response(file.responses),
            )
            due = now + minutes * MINUTE
            self._order(connection, actor, head, unit, task, due, war, form.flag("rescue"), form.flag("site"))
            return "assign", f"{unit}：{task}", {"unit": unit}

        self._act(actor, number, work)

    def _order(
        self, connection: Connection, actor: Actor, head: Incident, unit: str, task: str, due: int, war: bool,
        rescue: bool, site: bool,
    ) -> None:  # fmt: skip
        now, limits = self.now(), self.rules.limits
        ack = now + (limits.ack_war if war else limits.ack_peace) * MINUTE
        urban = self._tree.get(head.region).kind == "subdistrict"
        row = Task(0, head.id, unit, task, rescue, urban, site, now, actor.name, min(ack, due), due, None, None, None,
                   None, "", None)  # fmt: skip
        self.store.add(connection, row)

    def task(self, actor: Actor, number: int, values: Values) -> None:
        """Say of a task that it was acknowledged, that the team arrived, the site is connected, it is answered, done."""
        form, now = self._form(values), self.now()
        row = form.whole("row", 1, 2**31 - 1)
        what = form.choice("what", STAMPS)
        answer = form.text("answer", required=what == "answered")
        form.done()

        def work(connection: Connection, head: Incident) -> Outcome:
            listed = self.store.file([head], ("tasks",), connection).tasks
            found = next((one for one in listed if one.id == row), None)
            if found is None:
                raise CockpitError(
                    Issue("unknown_task", N_("这个事件没有这项任务。"), N_("请刷新页面后重试。"))
                )
            told = {f"{what}_at": now} | ({"answer": answer} if what == "answered" else {})
            if not self.store.stamp(connection, Task, row, **told):
                raise CockpitError(Issue("task_stamped", N_("这一步已经登记过。"), N_("请刷新页面查看。")))
            if found.acknowledged_at is None and what != "acknowledged":
                self.store.stamp(connection, Task, row, acknowledged_at=now)
            return f"task_{what}", f"{found.unit}：{answer or found.task}", {"row": row}

        self._act(actor, number, work)

    # ---- log, consultation

    def write_log(self, actor: Actor, number: int, values: Values) -> None:
        """An entry of the log."""
        form = self._form(values)
        note = form.text("note", required=True)
        form.done()
        self._act(actor, number, lambda _connection, _head: ("note", note, {}))

    def consult(self, actor: Actor, number: int, values: Values) -> None:
        """A consultation with what it agreed: up to one action a line, ``owner：what``, all due by the same time."""
        form, now = self._form(values), self.now()
        way = form.choice("form", ("video", "site"), "video")
        members, outcome = form.text("members"), form.text("outcome", required=True)
        at = form.moment("at", latest=now)
        hours = form.whole("hours", 1, 24 * 90) if form.text("actions") else 24
        agreed = [line.strip() for line in form.text("actions").splitlines() if line.strip()]
        form.done()

        def work(connection: Connection, _head: Incident) -> Outcome:
            held = now if at is None else at
            self.store.add(connection, Consultation(0, number, held, way, members, outcome, actor.name))
            for line in agreed:
                self._agree(connection, number, "consult", line, now + hours * HOUR)
            return "consult", outcome, {"actions": len(agreed)}

        self._act(actor, number, work)

    def _agree(self, connection: Connection, number: int, purpose: str, line: str, due: int) -> None:
        owner, found, task = line.replace(":", "：", 1).partition("：")
        row = Action(
            0,
            number,
            purpose,
            (task if found else line).strip(),
            owner.strip() if found else "",
            due,
            None,
            "",
        )
        self.store.add(connection, row)

    def close_action(self, actor: Actor, number: int, values: Values) -> None:
        """Say that something agreed, or to be put right, is done."""
        form, now = self._form(values), self.now()
        row = form.whole("row", 1, 2**31 - 1)
        form.done()

        def work(connection: Connection, head: Incident) -> Outcome:
            listed = self.store.file([head], ("actions",), connection).actions
            found = next((one for one in listed if one.id == row), None)
            if found is None or not self.store.stamp(
                connection, Action, row, done_at=now, done_by=actor.name
            ):
                raise CockpitError(
                    Issue("unknown_action", N_("没有这个待办事项，或它已经办结。"), N_("请刷新页面后重试。"))
                )
            return "action_done", found.task, {"row": row}

        self._act(actor, number, work, ended_too=True)

    # ---- the end, and the assessment after it

    def terminate(self, actor: Actor, number: int, values: Values) -> None:
        """End the response: stages that run end, responses in force end, an assessment falls due.

        It is due where a response level was in force, the incident is 较大 or above or sensitive, or the form asks.
        """
        form, now = self._form(values), self.now()
        reason = form.text("note", required=True)
        form.done()

        def work(connection: Connection, head: Incident) -> Outcome:
            file = self.store.file([head], ("stages", "responses"), connection)
            for stage in incident_rules.standing_stages(file.stages):
                if stage.ended_at is None:
                    self.store.stamp(
                        connection, Stage, stage.id, ended_at=max(now, stage.began_at), ended_by=actor.name
                    )
            for kind in incident_rules.responses_in_force(file.responses):
                self.store.add(connection, ResponseLevel(0, number, kind, 0, now, actor.name, reason, now))
            self.store.change(connection, number, terminated_at=now)
            if file.responses or 1 <= head.level <= 3 or head.sensitive or form.flag("assess"):
                due = now + self.rules.limits.assessment_days * DAY
                self.store.put(connection, Assessment(number, due, None, "", ""))
            return "terminate", reason, {}

        self._act(actor, number, work)

    def assess(self, actor: Actor, number: int, values: Values) -> None:
        """The assessment with its findings and what is to be put right, one action a line, due in so many days."""
        form, now = self._form(values), self.now()
        findings = form.text("findings", required=True)
        days = form.whole("days", 1, 365) if form.text("fixes") else 30
        fixes = [line.strip() for line in form.text("fixes").splitlines() if line.strip()]
        form.done()

        def work(connection: Connection, head: Incident) -> Outcome:
            listed = self.store.file([head], ("assessments",), connection).assessments
            if not listed or listed[0].done_at is not None:
                raise CockpitError(
                    Issue("no_assessment_due", N_("这个事件没有待完成的评估。"), N_("终止响应后才能评估。"))
                )
            self.store.put(connection, Assessment(number, listed[0].due_at, now, actor.name, findings))
            self.store.add(
                connection, Stage(0, number, STAGES[5], now, actor.name, now, actor.name, "", None, now)
            )
            for line in fixes:
                self._agree(connection, number, "fix", line, now + days * DAY)
            return "assess", findings, {"fixes": len(fixes)}

        self._act(actor, number, work, ended_too=True)

    # ---- duty

    def set_duty(self, actor: Actor, values: Values) -> None:
        """Put somebody on duty: region, day, shift, role, name, post, phone; replaces who had that turn."""
        form = self._form(values)
        region = form.region("region", self._tree)
        if region:
            access.require(actor, "command", self._tree, region, SYSTEM_CODE)
        begins = form.moment("day", required=True, day=True)
        shift = form.choice("shift", ("day", "night"))
        role = form.choice("role", ("leader", "officer"), "officer")
        name, phone = (
            form.text("name", required=True, longest=64),
            form.text("phone", required=True, longest=40),
        )
        form.done()
        assert begins is not None
        start = begins + (8 if shift == "day" else 20) * HOUR
        now, post = self.now(), form.text("post", longest=120)
        with self.store.transaction() as connection:
            contact = self.store.add(connection, Contact(0, region, name, post, phone, False))
            self.store.put(connection, Duty(region, start, role, start + 12 * HOUR, shift, contact))
            self.store.audit(connection, at=now, actor=actor.name, act="duty", subject=f"{region:012d}",
                             detail={"name": name, "begins_at": start})  # fmt: skip
