"""Key projects as values: what is registered of them, what their yearly list holds, how far they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date

from indicators.errors import N_

STAGES = {
    "reserve": N_("储备"),
    "early": N_("前期"),
    "started": N_("开工"),
    "building": N_("在建"),
    "finished": N_("竣工"),
    "producing": N_("投产"),
}
"""The stages of a project, in their order."""

PROBLEM_CLASSES = {
    "land": N_("用地"),
    "planning": N_("规划"),
    "assessment": N_("环评能评"),
    "relocation": N_("征迁"),
    "fund": N_("资金"),
    "utilities": N_("配套"),
    "labour": N_("用工"),
    "other": N_("其他"),
}
"""The classes of problems (堵点)."""

SCOPES = {"province": N_("省重点"), "city": N_("市重点"), "county": N_("县（市、区）重点")}
"""The yearly lists; a project may stand on several of them, so they overlap and are never added."""

TYPES = {
    "industry": N_("产业项目"),
    "infrastructure": N_("基础设施"),
    "livelihood": N_("民生项目"),
    "ecology": N_("生态环保"),
}

INDUSTRIES = {
    "petrochemical": N_("石化化工"),
    "new_energy": N_("新能源"),
    "manufacturing": N_("装备制造"),
    "food": N_("农产品加工"),
    "building_materials": N_("建材"),
    "transport": N_("交通"),
    "energy": N_("能源"),
    "water": N_("水利"),
    "municipal": N_("市政"),
    "health": N_("医疗卫生"),
    "education": N_("教育"),
    "culture": N_("文化旅游"),
    "environment": N_("环境治理"),
    "logistics": N_("商贸物流"),
}

FUNDS = {"budget": N_("预算内"), "bond": N_("债券"), "loan": N_("贷款"), "own": N_("自筹")}
"""Where money comes from; a month's record has one field for each: ``fund_budget`` …"""

PERMITS = {
    "land": N_("用地"),
    "planning": N_("规划"),
    "environment": N_("环评"),
    "energy": N_("能评"),
    "construction": N_("施工许可"),
}

PROJECT, PROGRAMME = "project", "programme"
KINDS = {PROJECT: N_("项目"), PROGRAMME: N_("项目包")}
"""A programme bundles projects, at times those of other programmes; it is never added to anything."""

STATISTICAL_SCALE = 0.05
"""亿元: from this total investment on a started project is registered with the statistics office."""


@dataclass(frozen=True)
class Project:
    """One project, or a programme of projects.

    region       where it counts: a township, a county, or the city where it lies in several
    part_of      the programme that it belongs to
    scopes       the yearly lists that it stands on
    total        planned total investment, 亿元; its versions are ``Total`` records
    printed_plan, printed_done   what a source printed of one year's plan and completion, 亿元
    as_of        of when a source speaks: 2020-03
    withdrawn    since when the record no longer holds; it is never deleted
    revision     rises with each change, so that nobody overwrites what he has not seen
    """

    id: int
    name: str
    region: int
    code: str | None = None
    kind: str = PROJECT
    part_of: int | None = None
    lon: float | None = None
    lat: float | None = None
    type: str = ""
    industry: str = ""
    owner: str = ""
    department: str = ""
    scopes: tuple[str, ...] = ()
    stage: str = "reserve"
    total: float | None = None
    planned_start: date | None = None
    planned_finish: date | None = None
    actual_start: date | None = None
    actual_finish: date | None = None
    simulated: bool = False
    source: str = ""
    citation: str = ""
    quality: str = ""
    as_of: str = ""
    note: str = ""
    printed_plan: float | None = None
    printed_done: float | None = None
    withdrawn: date | None = None
    withdrawn_reason: str = ""
    revision: int = 1

    def started(self, by: date) -> bool:
        """Whether work had begun by the end of a day."""
        return self.actual_start is not None and self.actual_start <= by

    def finished(self, by: date) -> bool:
        """Whether it had been accepted as finished by the end of a day."""
        return self.actual_finish is not None and self.actual_finish <= by


@dataclass(frozen=True)
class Total:
    """A version of the planned total investment, from a day on."""

    project: int
    since: date
    amount: float
    reason: str = ""


@dataclass(frozen=True)
class Listing:
    """The place of a project on the list of a year: when it came, and when and why it left."""

    project: int
    year: int
    entered: date
    left: date | None = None
    reason: str = ""

    def holds(self, on: date) -> bool:
        """Whether it stood on the list at the end of a day of its year."""
        return self.year == on.year and self.entered <= on and (self.left is None or on < self.left)


@dataclass(frozen=True)
class Plan:
    """How much of a year is to be done, 亿元; a change holds from a day on and names who approved it."""

    project: int
    year: int
    since: date
    amount: float
    approval: str = ""


@dataclass(frozen=True)
class Month:
    """The report of one month. Amounts are 亿元 and cumulative since 1 January unless said otherwise.

    bond_issued, bond_used   special bonds of the project in all
    land_need, land_done     mu of this year's task
    registered               whether the project stands in the statistics of fixed investment
    note                     why a month is negative, or what else there is to say
    """

    project: int
    year: int
    month: int
    done: float
    fund_plan: float = 0.0
    fund_budget: float = 0.0
    fund_bond: float = 0.0
    fund_loan: float = 0.0
    fund_own: float = 0.0
    paid: float = 0.0
    bond_issued: float = 0.0
    bond_used: float = 0.0
    land_need: float = 0.0
    land_done: float = 0.0
    registered: bool = False
    note: str = ""

    @property
    def arrived(self) -> float:
        """Money of all sources that has come."""
        return self.fund_budget + self.fund_bond + self.fund_loan + self.fund_own


@dataclass(frozen=True)
class Milestone:
    """A step that can be seen on the site: due on a day, or on the later day that was approved."""

    id: int
    project: int
    name: str
    planned: date
    approved: date | None = None
    reason: str = ""
    actual: date | None = None

    @property
    def due(self) -> date:
        """The day that counts."""
        return self.approved or self.planned


@dataclass(frozen=True)
class Problem:
    """Something that holds a project up (堵点): open until whoever registered it confirms that it is solved.

    reported   when the department that owns it said it was solved; that alone closes nothing
    """

    id: int
    project: int
    category: str
    title: str
    department: str
    registered: date
    deadline: date
    reported: date | None = None
    confirmed: date | None = None
    confirmed_by: str = ""
    note: str = ""

    def open(self, on: date) -> bool:
        """Whether it was open at the end of a day."""
        return self.registered <= on and (self.confirmed is None or on < self.confirmed)

    def overdue(self, on: date) -> bool:
        """Whether it was open beyond its deadline at the end of a day."""
        return self.open(on) and self.deadline < on


@dataclass(frozen=True)
class Permit:
    """A procedure before the work: due, asked for, granted."""

    id: int
    project: int
    category: str
    due: date
    accepted: date | None = None
    granted: date | None = None


@dataclass(frozen=True)
class Ruling:
    """A light that a person set for one month in place of the computed one, with the reason."""

    project: int
    year: int
    month: int
    light: str
    reason: str
    actor: str = ""


@dataclass(frozen=True)
class Change:
    """One field that changed: part and key say which record of the project."""

    project: int
    at: int
    actor: str
    part: str
    key: str
    field: str
    old: str
    new: str
    reason: str = ""


Part = Total | Listing | Plan | Month | Milestone | Problem | Permit | Ruling

PARTS: dict[str, type[Part]] = {
    "total": Total,
    "listing": Listing,
    "plan": Plan,
    "month": Month,
    "milestone": Milestone,
    "problem": Problem,
    "permit": Permit,
    "ruling": Ruling,
}
"""The records that a project has, by name."""


@dataclass(frozen=True)
class Register:
    """All that is registered, by project."""

    version: int
    projects: Mapping[int, Project] = field(default_factory=dict)
    totals: Mapping[int, tuple[Total, ...]] = field(default_factory=dict)
    listings: Mapping[int, tuple[Listing, ...]] = field(default_factory=dict)
    plans: Mapping[int, tuple[Plan, ...]] = field(default_factory=dict)
    months: Mapping[int, tuple[Month, ...]] = field(default_factory=dict)
    milestones: Mapping[int, tuple[Milestone, ...]] = field(default_factory=dict)
    problems: Mapping[int, tuple[Problem, ...]] = field(default_factory=dict)
    permits: Mapping[int, tuple[Permit, ...]] = field(default_factory=dict)
    rulings: Mapping[int, tuple[Ruling, ...]] = field(default_factory=dict)

    def listed(self, project: int, on: date) -> bool:
        """Whether a project counts at the end of a day: on the year's list with a plan, not withdrawn, no programme."""
        found = self.projects[project]
        return (
            found.kind == PROJECT
            and (found.withdrawn is None or on < found.withdrawn)
            and any(one.holds(on) for one in self.listings.get(project, ()))
            and self.plan(project, on) is not None
        )

    def plan(self, project: int, on: date) -> float | None:
        """The plan of the year of a day as it stood on that day; a plan set later in the year holds from its start."""
        known = [one for one in self.plans.get(project, ()) if one.year == on.year]
        past = [one for one in known if one.since <= on]
        return past[-1].amount if past else None

    def total(self, project: int, on: date) -> float:
        """The planned total investment as it stood on a day; before its first version, that one."""
        versions = self.totals.get(project, ())
        past = [one for one in versions if one.since <= on] or list(versions[:1])
        return past[-1].amount if past else 0.0

    def month(self, project: int, on: date) -> Month | None:
        """The newest report of the year up to a day."""
        found = [
            one
            for one in self.months.get(project, ())
            if one.year == on.year and (one.year, one.month) <= (on.year, on.month)
        ]
        return found[-1] if found else None

    @property
    def through(self) -> tuple[int, int] | None:
        """The last month for which anything was reported."""
        return max(((one.year, one.month) for months in self.months.values() for one in months), default=None)


def field_names(kind: type[Part] | type[Project]) -> tuple[str, ...]:
    """The fields of a record."""
    return tuple(one.name for one in fields(kind))
