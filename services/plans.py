"""The targets of published plans, each judged by the records of its own region and by nothing else.

A number is judged by the latest own figure of its indicator. A milestone without a number is done only where there
is evidence (``plan_evidence.yaml`` of the pack): what nobody has shown is unknown, however long it is overdue.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import yaml

from data_access.targets import MILESTONE, TargetStore
from indicators.catalog import Catalog
from indicators.definition import Plan, Target
from indicators.errors import N_, CockpitError, Issue
from services import courses
from services.answers import Answer
from services.digital_views import PlanName, TargetLine
from services.scenes import Scene

MET, SHORT, OPEN, UNKNOWN, DONE = "met", "short", "open", "unknown", "done"
STATES: Final = (DONE, MET, SHORT, UNKNOWN, OPEN)

REPORTER = "data"
"""The department that leads the digital government, and reports what no indicator carries."""

_FIELDS = {"plan", "statement_zh", "done_on", "source_title", "citation"}


@dataclass(frozen=True)
class Evidence:
    """That a milestone was reached, when, and who says so."""

    plan: str
    statement_zh: str
    done_on: date
    source_title: str
    citation: str


def load_evidence(path: Path | None, catalog: Catalog) -> tuple[Evidence, ...]:
    """The evidence in a pack's file; none without a file.

    raises  CockpitError for an entry that lacks a field, or that speaks of no milestone of a plan
    """
    if path is None:
        return ()
    listed = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("evidence") or []
    known = {(target.plan, target.statement_zh) for target in catalog.targets if target.op == MILESTONE}
    issues = [
        Issue(
            "plan_evidence",
            N_("完成凭证的第 {number} 条不完整，或不对应任何方案的里程碑"),
            N_("请写明 {fields}，statement_zh 与方案目标原文一致。"),
            where=str(path),
            params={"number": number, "fields": ", ".join(sorted(_FIELDS))},
        )
        for number, entry in enumerate(listed, start=1)
        if set(entry) != _FIELDS or (entry["plan"], entry["statement_zh"]) not in known
    ]
    if issues:
        raise CockpitError(issues)
    return tuple(
        Evidence(
            **{**entry, "done_on": date.fromisoformat(str(entry["done_on"]))},
        )
        for entry in listed
    )


class Plans:
    """Reads targets of plans and judges them.

    evidence  of the pack; ``accepted`` gives what was handed in for a target and accepted
    """

    def __init__(
        self,
        catalog: Catalog,
        targets: TargetStore,
        evidence: Iterable[Evidence] = (),
        accepted: Callable[[Target], Evidence | None] = lambda _target: None,
    ) -> None:
        self._catalog = catalog
        self._targets = targets
        self._accepted = accepted
        self._evidence: Mapping[tuple[str, str], Evidence] = {
            (one.plan, one.statement_zh): one for one in evidence
        }

    def of(self, region: int) -> Plan | None:
        """The plan of a region itself; the newest where there are several."""
        found = [plan for plan in self._catalog.plans.values() if plan.region == region]
        return max(found, key=lambda plan: plan.issued, default=None)

    def regions(self) -> tuple[int, ...]:
        """The regions that have plans."""
        return tuple(dict.fromkeys(plan.region for plan in self._catalog.plans.values()))

    def targets(self, plan: Plan) -> tuple[Target, ...]:
        """The targets of a plan as its region's records hold them, by due day; the library's for another region's."""
        stored = [one for one in self._targets.of_region(plan.region) if one.plan == plan.id]
        found = stored or [one for one in self._catalog.targets if one.plan == plan.id]
        return tuple(sorted(found, key=lambda one: (due(one), one.statement_zh)))

    def name(self, plan: Plan, scene: Scene) -> PlanName:
        """A plan by its name; Chinese, as it was published."""
        place = scene.name(plan.region) if scene.tree.has(plan.region) else ""
        return PlanName(plan.id, plan.name_zh, plan.issued, place)

    def line(self, scene: Scene, target: Target, answer: Answer | None, today: date) -> TargetLine:
        """A target of the board's own region, judged."""
        code = target.indicator or ""
        indicator = self._catalog.get(code) if code in self._catalog else None
        found = answer.row(indicator.code, scene.region) if indicator and answer else None
        evidence = self.evidence(target)
        figure = courses.figure(found) if found is not None else None
        return TargetLine(
            statement=target.statement_zh,
            year=target.year,
            due=target.due,
            op=target.op,
            value=target.value,
            upper=target.upper,
            unit=target.unit or "",
            state=state_of(target, figure.value if figure else None, evidence, today),
            indicator=indicator.code if indicator else None,
            name=indicator.name(scene.language) if indicator else "",
            figure=figure,
            frequency=str(indicator.frequency) if indicator else "",
            reporter=self._reporter(scene),
            evidence=f"{evidence.done_on.isoformat()} {evidence.source_title}" if evidence else "",
            note=target.note,
            source=target.source,
        )

    def evidence(self, target: Target) -> Evidence | None:
        """What shows that a milestone was reached: of the pack, else what was handed in and accepted."""
        found = self._evidence.get((target.plan, target.statement_zh))
        if found is None and target.op == MILESTONE:
            found = self._accepted(target)
        return found

    def _reporter(self, scene: Scene) -> str:
        found = self._catalog.departments.get(REPORTER)
        if found is None:
            return ""
        return found.name_en if scene.language == "en" else found.name_zh


def due(target: Target) -> date:
    """The day by which a target is due: the one that the plan names, else the end of its year."""
    return target.due or date(target.year, 12, 31)


def reached(target: Target, value: float) -> bool:
    """Whether a number reaches its target."""
    assert target.value is not None
    if target.op == "between":
        return target.value <= value <= (target.upper if target.upper is not None else value)
    return {">=": value >= target.value, "<=": value <= target.value, "=": value == target.value}[target.op]


def state_of(target: Target, value: float | None, evidence: Evidence | None, today: date) -> str:
    """What a figure and the evidence say of a target on a day."""
    if evidence is not None and evidence.done_on <= today:
        return DONE
    late = due(target) < today
    if target.op == MILESTONE or target.value is None or value is None:
        return UNKNOWN if late else OPEN
    if reached(target, value):
        return MET
    return SHORT if late else OPEN
