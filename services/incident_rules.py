"""Limits and plans of incident handling: what is late, what is overdue, what a plan proposes.

Pure functions on records; the limits and the plans are data (``incidents.yaml`` of the packs). A plan proposes, a
person accepts: nothing here raises a level by itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from data_access.incidents import PARTS, Count, File, Incident, ResponseLevel, Stage, Task, WarningLevel
from data_access.packs import Pack
from indicators.errors import N_, CockpitError, Issue

STAGES = (N_("接报"), N_("响应"), N_("指挥"), N_("研判"), N_("会商"), N_("评估"))
CATEGORIES = {
    "natural": N_("自然灾害"),
    "accident": N_("事故灾难"),
    "health": N_("公共卫生事件"),
    "security": N_("社会安全事件"),
}
LEVELS = {0: N_("未定级"), 1: N_("特别重大"), 2: N_("重大"), 3: N_("较大"), 4: N_("一般")}
CHANNELS = (
    N_("电话"),
    N_("值班系统"),
    N_("110联动"),
    N_("119联动"),
    N_("12345热线"),
    N_("网络信息"),
    N_("其他"),
)
"""How a first report comes in."""

ROMAN = {1: "Ⅰ", 2: "Ⅱ", 3: "Ⅲ", 4: "Ⅳ"}
METRICS = {
    "death": (N_("死亡"), "人"),
    "missing": (N_("失踪"), "人"),
    "affected": (N_("受灾人口"), "人"),
    "relocated": (N_("紧急转移安置"), "人"),
    "houses": (N_("倒塌和严重损坏房屋"), N_("间")),
    "loss": (N_("直接经济损失"), "万元"),
}
"""Casualties and losses, with their units."""

MINUTE, HOUR, DAY = 60, 3600, 86400


@dataclass(frozen=True)
class Limits:
    """How long things may take.

    report    minutes from occurrence to the first report, by class; ``default`` for the others
    followup  hours between two reports, by level of the incident
    """

    report: Mapping[str, int]
    followup: Mapping[int, int]
    ack_peace: int
    ack_war: int
    arrival_urban: int
    arrival_rural: int
    analysis_hours: int
    assessment_days: int
    war_warning: int
    war_response: int

    def report_seconds(self, category: str) -> int:
        """How long the first report of an incident of a class may take."""
        return self.report.get(category, self.report["default"]) * MINUTE

    def followup_seconds(self, level: int) -> int:
        """How long after a report the next one is due."""
        return self.followup[level or 4] * HOUR

    def arrival_seconds(self, urban: bool) -> int:
        """How long a team may take to arrive."""
        return (self.arrival_urban if urban else self.arrival_rural) * MINUTE

    def wartime(self, warning: int, response: int) -> bool:
        """Whether an incident with these levels (warning 4 red; response 1 highest, 0 none) is wartime."""
        return warning >= self.war_warning or 0 < response <= self.war_response


@dataclass(frozen=True)
class PlanTask:
    """A task of a plan, due so many minutes after it is accepted, at ``since`` response level and above."""

    unit: str
    task: str
    minutes: int
    since: int = 4
    rescue: bool = False
    site: bool = False


@dataclass(frozen=True)
class Plan:
    """A plan: for which incidents, from when on, what is to be done.

    thresholds  most severe first: the response level and the conditions of which one must hold
    """

    id: str
    names: Mapping[str, str]
    category: str
    kinds: tuple[str, ...]
    response: str
    thresholds: tuple[tuple[int, Mapping[str, float]], ...]
    tasks: tuple[PlanTask, ...]

    def name(self, language: str) -> str:
        """What the plan is called."""
        return self.names.get(language) or self.names["zh"]


@dataclass(frozen=True)
class Proposal:
    """What a plan proposes now, and why: the condition that holds, with its bound and the value."""

    plan: Plan
    response: int
    condition: str
    bound: float
    value: float
    tasks: tuple[PlanTask, ...]


@dataclass(frozen=True)
class Rules:
    """Limits, plans and the words that forms offer."""

    limits: Limits
    plans: tuple[Plan, ...]
    code_system: str
    kinds: Mapping[str, tuple[str, ...]]

    def plan(self, identity: str) -> Plan | None:
        """The plan of that id."""
        return next((one for one in self.plans if one.id == identity), None)


def load_rules(pack: Pack) -> Rules:
    """The rules in force for a pack.

    raises  CockpitError where the file lacks what is needed
    """
    path = pack.file("incidents.yaml")
    assert path is not None, "packs/common/incidents.yaml belongs to the product"
    try:
        text = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        return _rules(text)
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise CockpitError(
            Issue("incident_rules", N_("突发事件的规则文件读不懂：{reason}"), N_("请按 docs/emergency.md 改正。"),
                  where=str(path), params={"reason": str(error)})
        ) from error  # fmt: skip


def _rules(text: Mapping[str, Any]) -> Rules:
    limits = text["limits"]
    return Rules(
        Limits(
            report={str(name): int(value) for name, value in limits["report_minutes"].items()}
            | {"default": int(limits["report_minutes"]["default"])},
            followup={int(level): int(hours) for level, hours in limits["followup_hours"].items()},
            ack_peace=int(limits["ack_minutes"]["peace"]),
            ack_war=int(limits["ack_minutes"]["war"]),
            arrival_urban=int(limits["arrival_minutes"]["urban"]),
            arrival_rural=int(limits["arrival_minutes"]["rural"]),
            analysis_hours=int(limits["analysis_hours"]),
            assessment_days=int(limits["assessment_days"]),
            war_warning=int(limits["wartime"]["warning"]),
            war_response=int(limits["wartime"]["response"]),
        ),
        tuple(_plan(one) for one in text["plans"]),
        str(text["code_system"]),
        {name: tuple(kinds) for name, kinds in text["kinds"].items()},
    )


def _plan(text: Mapping[str, Any]) -> Plan:
    thresholds = []
    for one in text["thresholds"]:
        conditions = {name: float(bound) for name, bound in one.items() if name != "response"}
        if not conditions or set(conditions) - CONDITIONS.keys():
            raise ValueError(f"{text['id']}: {one}")
        thresholds.append((int(one["response"]), conditions))
    return Plan(
        id=text["id"],
        names={"zh": text["name_zh"], "en": text["name_en"]},
        category=text["category"],
        kinds=tuple(text["kinds"]),
        response=text["response"],
        thresholds=tuple(sorted(thresholds, key=lambda one: one[0])),
        tasks=tuple(
            PlanTask(one["unit"], one["task"], int(one["minutes"]), int(one.get("from", 4)),
                     bool(one.get("rescue", False)), bool(one.get("site", False)))
            for one in text["tasks"]
        ),
    )  # fmt: skip


CONDITIONS = {
    "warning": N_("预警级别"),
    "level": N_("事件级别"),
    "death_missing": N_("死亡和失踪"),
    "affected": N_("受灾人口"),
    "relocated": N_("紧急转移安置"),
    "houses": N_("倒塌和严重损坏房屋"),
    "loss": N_("直接经济损失"),
}
"""What a threshold may ask for; of the level of an incident a smaller number is more severe."""


# ---- what stands now


def standing_stages(stages: Iterable[Stage]) -> list[Stage]:
    """The stages without those that were corrected, in the order of their beginning."""
    listed = list(stages)
    corrected = {one.corrects for one in listed}
    return sorted((one for one in listed if one.id not in corrected), key=lambda one: (one.began_at, one.id))


def running_stage(stages: Iterable[Stage]) -> Stage | None:
    """The stage that runs; of several the one that began last."""
    running = [one for one in standing_stages(stages) if one.ended_at is None]
    return running[-1] if running else None


def warning_in_force(levels: Iterable[WarningLevel]) -> int:
    """The warning level now: 4 red to 1 blue, 0 none."""
    listed = sorted(levels, key=lambda one: (one.at, one.id))
    return listed[-1].level if listed else 0


def responses_in_force(levels: Iterable[ResponseLevel], at: int | None = None) -> dict[str, int]:
    """The level of each response that is in force at a moment (now, where none is given)."""
    found: dict[str, int] = {}
    for one in sorted(levels, key=lambda one: (one.at, one.id)):
        if at is None or one.at <= at:
            found[one.kind] = one.level
    return {kind: level for kind, level in found.items() if level}


def highest_response(levels: Iterable[ResponseLevel], at: int | None = None) -> int:
    """The highest response level in force: 1 is the highest, 0 says that none is."""
    return min(responses_in_force(levels, at).values(), default=0)


def latest_counts(file: File) -> dict[str, Count]:
    """The figure of the latest report that has one, by metric."""
    when = {one.id: (one.at, one.id) for one in file.reports}
    found: dict[str, Count] = {}
    for one in sorted(file.counts, key=lambda one: when[one.report]):
        found[one.metric] = one
    return found


def delay_of(incident: Incident) -> int | None:
    """Seconds from occurrence to the first report; None where a stamp is missing."""
    if incident.occurred_at is None or incident.reported_at is None:
        return None
    return incident.reported_at - incident.occurred_at


def is_late(incident: Incident, limits: Limits, now: int) -> bool:
    """Whether the first report came, or has still not come, after the time that the rule allows."""
    if incident.occurred_at is None or incident.published:
        return False
    reported = incident.reported_at if incident.reported_at is not None else now
    return reported - incident.occurred_at > limits.report_seconds(incident.category)


def overdue(task: Task, now: int) -> str:
    """What of a task is overdue: ``ack``, ``answer``, or nothing."""
    if task.answered_at is None and task.done_at is None and now > task.due_at:
        return "answer"
    if task.acknowledged_at is None and task.answered_at is None and now > task.ack_due:
        return "ack"
    return ""


def proposals(rules: Rules, file: File) -> list[Proposal]:
    """What the plans for this incident propose: those for its kind, else those for all of its class."""
    head = file.incidents[0]
    if not head.open:
        return []
    own = [one for one in rules.plans if one.category == head.category and head.kind in one.kinds]
    general = [one for one in rules.plans if one.category == head.category and not one.kinds]
    values = _values(file)
    found = (_proposal(plan, values) for plan in own or general)
    return [one for one in found if one is not None]


def _values(file: File) -> dict[str, float]:
    counts = {metric: one.value for metric, one in latest_counts(file).items()}
    dead = [counts[name] for name in ("death", "missing") if name in counts]
    values = {name: value for name, value in counts.items() if name in CONDITIONS}
    values["warning"] = float(warning_in_force(file.warnings))
    if file.incidents[0].level:
        values["level"] = float(file.incidents[0].level)
    if dead:
        values["death_missing"] = sum(dead)
    return values


def _proposal(plan: Plan, values: Mapping[str, float]) -> Proposal | None:
    for response, conditions in plan.thresholds:
        for name, bound in conditions.items():
            value = values.get(name)
            if value is None:
                continue
            if value <= bound if name == "level" else value >= bound:
                tasks = tuple(one for one in plan.tasks if response <= one.since)
                return Proposal(plan, response, name, bound, value, tasks)
    return None


@dataclass
class Grouped:
    """The parts of a file by incident."""

    file: File
    _by: dict[str, dict[int, list[Any]]] = field(default_factory=dict)

    def of(self, part: str, incident: int) -> Sequence[Any]:
        """The rows of one kind of one incident."""
        if part not in self._by:
            found: dict[int, list[Any]] = {}
            for row in getattr(self.file, part):
                found.setdefault(row.incident, []).append(row)
            self._by[part] = found
        return self._by[part].get(incident, ())

    def one(self, head: Incident) -> File:
        """Everything of one incident."""
        return File((head,), **{name: tuple(self.of(name, head.id)) for name in PARTS})
