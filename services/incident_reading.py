"""What may be seen of incidents: open ones, wartime, marks, one incident in full, who is on duty.

A reader sees the incidents of the reader's own regions and nothing of a sibling's; a restricted one only who may act on
it. The lists that boards, walls and maps show are made here and nowhere else.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from data_access.incidents import Contact, Count, Duty, File, Incident, IncidentStore, Report, Task
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import RegionTree
from services import access, incident_rules
from services.access import Actor
from services.incident_rules import HOUR, Grouped, Rules, running_stage, standing_stages
from services.incident_views import (
    CountLine,
    DutyLine,
    IncidentMark,
    IncidentPage,
    OpenIncident,
    TaskLine,
    WartimeFacts,
)
from services.scenes import level_of, name_of
from services.views import Place

SYSTEM_CODE = "emerg"
LINE_PARTS = ("stages", "warnings", "responses", "tasks")
"""What the line of an incident is made of."""

TWIN_SECONDS = 6 * HOUR
"""Two reports of the same kind in one county within this time may be of one incident."""


class IncidentReading:
    """Answers questions about incidents, narrowed to who asks."""

    def __init__(
        self, store: IncidentStore, rules: Rules, tree: RegionTree, clock: Callable[[], datetime]
    ) -> None:
        self.store = store
        self.rules = rules
        self._tree = tree
        self._clock = clock

    def now(self) -> int:
        """This moment, in epoch seconds."""
        return int(self._clock().timestamp())

    # ---- what walls, maps and boards ask for

    def open_incidents(
        self, actor: Actor, regions: Iterable[int] = (), language: str = "zh"
    ) -> tuple[OpenIncident, ...]:
        """The open incidents in the subtrees of some regions (none: the actor's own), the gravest first."""
        heads = self.heads(actor, regions, open_only=True)
        lines = self.lines(actor, heads, language)
        return tuple(
            sorted(lines, key=lambda one: (-one.warning, one.response or 9, one.level or 9, -one.id))
        )

    def wartime_facts(self, actor: Actor, regions: Iterable[int] = (), language: str = "zh") -> WartimeFacts:
        """Open incidents with their stage clocks, the response in force, tasks overdue, sites to be connected."""
        heads = self.heads(actor, regions, open_only=True)
        file = self.store.file(heads, LINE_PARTS)
        lines = self._lines(actor, file, language)
        tasks = self.task_lines(actor, file, language)
        now = self.now()
        return WartimeFacts(
            incidents=tuple(sorted(lines, key=lambda one: (-one.warning, one.response or 9, one.level or 9, -one.id))),
            response=min((one.response for one in lines if one.response), default=0),
            overdue=tuple(sorted((one for one in tasks if one.overdue), key=lambda one: one.task.due_at)),
            sites=tuple(one for one in tasks if one.task.site and one.task.connected_at is None),
            at=now,
        )  # fmt: skip

    def marks(
        self, actor: Actor, regions: Iterable[int] = (), language: str = "zh"
    ) -> tuple[IncidentMark, ...]:
        """The open incidents that have a position, as marks of a map."""
        return tuple(
            IncidentMark(one.id, one.title, one.category, one.kind, one.lon, one.lat, one.warning, one.response,
                         one.place, one.simulated)
            for one in self.open_incidents(actor, regions, language)
            if one.lon is not None and one.lat is not None
        )  # fmt: skip

    # ---- narrowing

    def sees(self, actor: Actor, head: Incident) -> bool:
        """Whether the reader may know of an incident at all."""
        if not access.may(actor, "view", system=SYSTEM_CODE):
            return False
        if access.scope(actor, self._tree, head.region) != "own":
            return False
        return head.confidentiality != "restricted" or access.may(actor, "command", system=SYSTEM_CODE)

    def commands(self, actor: Actor, region: int) -> bool:
        """Whether the reader may act on an incident of a region."""
        return access.may(actor, "command", self._tree, region, SYSTEM_CODE)

    def within(self, actor: Actor, regions: Iterable[int] = ()) -> set[int]:
        """All regions in the subtrees of some regions (none: the actor's own) that the actor answers for."""
        roots = tuple(regions) or actor.regions or ((self._tree.root,) if actor.role == "system" else ())
        below = {code for root in roots if self._tree.has(root) for code in self._tree.subtree(root)}
        return {code for code in below if access.scope(actor, self._tree, code) == "own"}

    def heads(
        self, actor: Actor, regions: Iterable[int] = (), *, open_only: bool = False,
        since: int | None = None, until: int | None = None,
    ) -> list[Incident]:  # fmt: skip
        """The incidents that the reader may see in some regions, the newest first."""
        if not access.may(actor, "view", system=SYSTEM_CODE):
            return []
        places = self.within(actor, regions)
        if not places:
            return []
        found = self.store.heads(places, open_only=open_only, since=since, until=until)
        return [head for head in found if self.sees(actor, head)]

    def newest(self, actor: Actor, regions: Iterable[int] = ()) -> int | None:
        """When the newest incident of some regions occurred."""
        return self.store.newest(self.within(actor, regions))

    def pending(self, actor: Actor, regions: Iterable[int] = ()) -> File:
        """What of incidents of some regions is still to be assessed, done or put right."""
        found = self.store.pending(self.within(actor, regions))
        heads = tuple(head for head in found.incidents if self.sees(actor, head))
        seen = {head.id for head in heads}
        return File(
            heads,
            assessments=tuple(one for one in found.assessments if one.incident in seen),
            actions=tuple(one for one in found.actions if one.incident in seen),
        )

    def head(self, actor: Actor, number: int) -> Incident:
        """One incident.

        raises  CockpitError ``unknown_incident``; the same for one that the reader may not know of
        """
        found = self.store.heads(ids=[number])
        if found and self.sees(actor, found[0]):
            return found[0]
        raise CockpitError(
            Issue("unknown_incident", N_("没有编号为 {id} 的事件，或您无权查看。"), N_("请从事件清单进入。"),
                  params={"id": str(number)})
        )  # fmt: skip

    # ---- lines

    def lines(self, actor: Actor, heads: Sequence[Incident], language: str = "zh") -> list[OpenIncident]:
        """Incidents on one line each, in the order given."""
        return self._lines(actor, self.store.file(heads, LINE_PARTS), language)

    def _lines(self, actor: Actor, file: File, language: str) -> list[OpenIncident]:
        grouped, now = Grouped(file), self.now()
        return [self._line(actor, head, grouped, language, now) for head in file.incidents]

    def _line(self, actor: Actor, head: Incident, parts: Grouped, language: str, now: int) -> OpenIncident:
        stages = standing_stages(parts.of("stages", head.id))
        running = running_stage(stages)
        stage = running or (max(stages, key=lambda one: one.ended_at or 0) if stages else None)
        warning = incident_rules.warning_in_force(parts.of("warnings", head.id))
        responses = incident_rules.responses_in_force(parts.of("responses", head.id)) if head.open else {}
        tasks: Sequence[Task] = parts.of("tasks", head.id)
        return OpenIncident(
            id=head.id, title=head.title, category=head.category, kind=head.kind, level=head.level,
            place=self._place(actor, head.region, language), where=head.place, lon=head.lon, lat=head.lat,
            occurred_at=head.occurred_at, reported_at=head.reported_at, terminated_at=head.terminated_at,
            stage=stage.stage if stage else "",
            stage_since=(running.began_at if running else stage.ended_at) if stage else None,
            running=running is not None,
            warning=warning if head.open else 0,
            responses=tuple(sorted(responses.items(), key=lambda one: one[1])),
            tasks=len(tasks),
            overdue=sum(bool(incident_rules.overdue(one, now)) for one in tasks) if head.open else 0,
            delay=incident_rules.delay_of(head),
            late=incident_rules.is_late(head, self.rules.limits, now),
            wartime=head.open and self.rules.limits.wartime(warning, min(responses.values(), default=0)),
            simulated=head.simulated, published=head.published, restricted=head.confidentiality == "restricted",
        )  # fmt: skip

    def _place(self, actor: Actor, region: int, language: str) -> Place:
        context = access.scope(actor, self._tree, region) == "context"
        return Place(region, name_of(self._tree, region, language), level_of(self._tree, region), context)

    def task_lines(self, actor: Actor, file: File, language: str) -> list[TaskLine]:
        """The tasks of some incidents, each with what is overdue of it."""
        now, heads = self.now(), {head.id: head for head in file.incidents}
        return [
            TaskLine(
                task, incident_rules.overdue(task, now) if heads[task.incident].open else "",
                heads[task.incident].title, self._place(actor, heads[task.incident].region, language),
                heads[task.incident].simulated,
            )
            for task in file.tasks
        ]  # fmt: skip

    # ---- one incident

    def page(self, actor: Actor, number: int, language: str = "zh") -> IncidentPage:
        """Everything of one incident.

        raises  CockpitError ``unknown_incident``
        """
        head = self.head(actor, number)
        file = self.store.file([head])
        line = self._lines(actor, file, language)[0]
        now, limits = self.now(), self.rules.limits
        commands = self.commands(actor, head.region) and head.merged_into is None and not head.published
        told = [one.at for one in file.reports]
        return IncidentPage(
            head=head, line=line, stages=file.stages,
            corrected=frozenset(one.corrects for one in file.stages if one.corrects is not None),
            warnings=file.warnings, responses=file.responses, counts=_count_lines(file), reports=file.reports,
            next_report=max(told) + limits.followup_seconds(head.level) if told and head.open else None,
            facts=file.facts, tasks=tuple(self.task_lines(actor, file, language)), log=file.log[::-1],
            consultations=file.consultations, actions=file.actions,
            assessment=next(iter(file.assessments), None),
            proposals=tuple(self._beyond(file)), twins=tuple(self._twins(actor, head, language)),
            names={str(code): name_of(self._tree, code, language) for code in {one.region for one in file.facts}},
            commands=commands, limit=limits.report_seconds(head.category), at=now,
        )  # fmt: skip

    def _beyond(self, file: File) -> list[incident_rules.Proposal]:
        """What plans propose that is not in force already."""
        force = incident_rules.responses_in_force(file.responses)
        return [
            one
            for one in incident_rules.proposals(self.rules, file)
            if not 0 < force.get(one.plan.response, 0) <= one.response
        ]

    def _twins(self, actor: Actor, head: Incident, language: str) -> list[OpenIncident]:
        """Open incidents of the same kind in the same county at about the same time."""
        if not head.open:
            return []
        county = self._county(head.region)
        near = self.heads(actor, [county], open_only=True, since=head.moment - TWIN_SECONDS,
                          until=head.moment + TWIN_SECONDS)  # fmt: skip
        alike = [
            one
            for one in near
            if one.id != head.id and one.category == head.category and one.kind == head.kind
        ]
        return self.lines(actor, alike, language)

    def _county(self, region: int) -> int:
        above = (region, *self._tree.ancestors(region))
        return next((code for code in above if level_of(self._tree, code) == "county"), region)

    # ---- duty

    def on_duty(
        self, actor: Actor, regions: Iterable[int] = (), language: str = "zh", at: int | None = None
    ) -> list[DutyLine]:
        """Who is on duty in some regions at a moment (now), the larger region first."""
        moment = self.now() if at is None else at
        found: list[tuple[Duty, Contact]] = self.store.on_duty(self.within(actor, regions), moment, moment)
        lines = [
            DutyLine(self._place(actor, duty.region, language), duty.role, duty.shift, duty.begins_at, duty.ends_at, who)
            for duty, who in found
        ]  # fmt: skip
        return sorted(
            lines,
            key=lambda one: (self._tree.get(one.place.code).level, one.place.code, one.role != "leader"),
        )


def _count_lines(file: File) -> tuple[CountLine, ...]:
    reports = {one.id: one for one in file.reports}
    by_metric: dict[str, list[tuple[Count, Report]]] = {}
    for count in file.counts:
        by_metric.setdefault(count.metric, []).append((count, reports[count.report]))
    lines = []
    for metric in incident_rules.METRICS:
        told = sorted(by_metric.get(metric, ()), key=lambda one: (one[1].at, one[1].id), reverse=True)
        if told:
            lines.append(CountLine(metric, *told[0], tuple(told[1:])))
    return tuple(lines)
