"""Key projects: register them, plan their years, report their months, follow milestones and problems.

Every change is narrowed to the regions that the actor answers for, stored with its history and its entry in the
audit log, and its figures are settled in the same transaction; warnings are judged right after it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from data_access.projects import ProjectStore
from data_access.targets import TargetBook, TargetStore
from indicators import periods
from indicators.catalog import Catalog
from indicators.errors import N_, CockpitError, Issue
from indicators.projects import (
    PROGRAMME,
    PROJECT,
    Change,
    Listing,
    Month,
    Part,
    Plan,
    Project,
    Register,
    Total,
)
from indicators.regions import RegionTree
from services import access
from services.access import Actor
from services.alerts import Alerts
from services.projects_course import Course, Schedule
from services.projects_figures import SUBJECT, ProjectFigures, Stretch, through
from services.projects_forms import Reader
from services.projects_reading import LABELS, Readings, Wanted, revision_seen
from services.recorded import Recorded

SYSTEM = "proj"
COMPLETION = "proj.invest.completion_rate"
"""The season curve of this indicator is the time schedule of projects."""

FIRST = (1990, 1)
"""Earlier than any list."""

T = TypeVar("T")
Given = Mapping[str, str]


class Projects:
    """The use cases of key projects."""

    def __init__(
        self,
        store: ProjectStore,
        catalog: Catalog,
        tree: RegionTree,
        root: int,
        targets: TargetStore,
        recorded: Recorded,
        alerts: Alerts,
        clock: Callable[[], datetime],
        zone: timedelta,
    ) -> None:
        self.tree = tree
        self.root = root
        self.catalog = catalog
        self._store = store
        self._targets = targets
        self._recorded = recorded
        self._alerts = alerts
        self._clock = clock
        self._zone = zone
        self._kept: tuple[tuple[int, int], Course] | None = None
        self.figures = ProjectFigures(catalog, tree, root, self.schedules)

    # ---- reading

    @property
    def today(self) -> date:
        """The day on the city's clock."""
        return (self._clock() + self._zone).date()

    @property
    def departments(self) -> dict[str, str]:
        """The departments that can lead a project or own a problem."""
        return {code: found.name_zh for code, found in self.catalog.departments.items()}

    def schedule(self, region: int, year: int, month: int) -> float:
        """How much of a year's plan is due by the end of a month: the season curve, else the calendar."""
        return self.schedules()(region, year, month)

    def schedules(self) -> Schedule:
        """The same for many questions: the curves in force are looked up once."""
        book = self.season()

        @cache
        def due(region: int, year: int, month: int) -> float:
            if not month:
                return 0.0
            curve = book.curve(COMPLETION, region, year)
            return (
                curve[month - 1]
                if curve
                else float(periods.elapsed_share(periods.months_key(year, month, month)))
            )

        return due

    def season(self) -> TargetBook:
        """The targets and season curves in force."""
        return self._targets.current()

    def register(self) -> Register:
        """All that is registered, whoever asks: callers narrow it with ``seen``."""
        return self._store.current()

    def course(self) -> Course:
        """All projects month by month; made anew when a record or a season curve changes."""
        register = self.register()
        key = (register.version, self.season().version)
        kept = self._kept
        if kept is None or kept[0] != key:
            kept = self._kept = (key, self.figures.course(register))
        return kept[1]

    def through(self) -> date | None:
        """The last day that the register speaks of."""
        return through(self.register())

    def sees(self, actor: Actor, project: Project) -> bool:
        """Whether the actor may see a project: it lies in a region of the actor's own."""
        return (
            access.may(actor, "view", system=SYSTEM)
            and access.scope(actor, self.tree, project.region) == "own"
        )

    def project(self, actor: Actor, identity: int) -> Project:
        """One project.

        raises  CockpitError ``project_unknown`` where there is none, or none that this actor may see
        """
        found = self.register().projects.get(identity)
        if found is None or not self.sees(actor, found):
            raise CockpitError(
                Issue(
                    "project_unknown",
                    N_("没有这个项目，或者它不在您的职责范围内。"),
                    N_("请从项目列表进入。"),
                )
            )
        return found

    def may_record(self, actor: Actor, region: int) -> bool:
        """Whether the actor may change what is registered there."""
        return access.may(actor, "record", self.tree, region, SYSTEM)

    def history(self, actor: Actor, identity: int) -> tuple[Change, ...]:
        """Every change of a field of a project, newest first."""
        return self._store.history(self.project(actor, identity).id)

    def readings(self) -> Readings:
        """What reads forms and rows, with the register as it is now."""
        return Readings(self.register(), self.tree, self.root, self.departments, self.today)

    # ---- the project itself

    def add(self, actor: Actor, given: Given, scopes: Iterable[str] = ()) -> int:
        """Register a project or a programme; gives its number."""
        access.require(actor, "record", system=SYSTEM)
        wanted = self.readings().project(Reader(given, LABELS), None, scopes)
        return self.write_all(actor, [wanted])[0]

    def edit(self, actor: Actor, identity: int, given: Given, scopes: Iterable[str] = ()) -> None:
        """Change what is registered of a project; what the form does not show stays."""
        old = self._mine(actor, identity)
        reader = Reader(given, LABELS)
        wanted = self.readings().project(reader, old, scopes)
        self.write_all(actor, [wanted], reason=reader.text("reason"))

    def write_all(self, actor: Actor, wanted: list[Wanted], reason: str = "") -> list[int]:
        """Store projects, all of them or none; gives their numbers."""
        return self.write_linked(actor, wanted, {}, reason)

    def write_linked(
        self, actor: Actor, wanted: list[Wanted], programmes: Iterable[str], reason: str = ""
    ) -> list[int]:
        """The same where projects belong to programmes that are added with them: those come first.

        programmes  their names; −1 as the programme of a project means the first of them
        """
        old = self.register()
        places = {one.project.region for one in wanted}
        places |= {old.projects[one.project.id].region for one in wanted if one.project.id in old.projects}
        for place in places:
            access.require(actor, "record", self.tree, place, SYSTEM)
        self._refuse_duplicates([one.project for one in wanted])
        names = list(programmes)

        def work(connection: Any, at: int) -> list[int]:
            made: dict[str, int] = {}
            numbers = []
            for one in wanted:
                above = one.project.part_of
                known = made[names[-above - 1]] if above is not None and above < 0 else above
                linked = replace(one, project=replace(one.project, part_of=known))
                made[one.project.name] = self._write_one(connection, at, actor, linked, reason)
                numbers.append(made[one.project.name])
            return numbers

        return self._change(actor, places, None, work)

    def _write_one(self, connection: Any, at: int, actor: Actor, one: Wanted, reason: str) -> int:
        told = {"at": at, "actor": actor.name, "reason": reason}
        before = self.register().projects.get(one.project.id)
        saved = self._store.save(connection, one.project, at=at, actor=actor.name, reason=reason)
        if saved.total is not None and (before is None or before.total != saved.total):
            since = (
                self.today if before is not None and before.total is not None else date(self.today.year, 1, 1)
            )
            self._store.put(connection, Total(saved.id, since, saved.total, reason), **told)  # type: ignore[arg-type]
        if one.plan is not None and saved.kind == PROJECT:
            self._put_plan(connection, at, actor, saved.id, one.plan, N_("年初下达"))
        return saved.id

    def _put_plan(
        self, connection: Any, at: int, actor: Actor, project: int, plan: tuple[int, float], approval: str
    ) -> None:
        year, amount = plan
        known = [one for one in self.register().plans.get(project, ()) if one.year == year]
        if known and known[-1].amount == amount:
            return
        since = date(year, 1, 1) if not known else max(self.today, known[-1].since)
        self._store.put(connection, Plan(project, year, since, amount, approval), at=at, actor=actor.name)
        if not any(one.year == year for one in self.register().listings.get(project, ())):
            self._store.put(connection, Listing(project, year, date(year, 1, 1)), at=at, actor=actor.name)

    def _refuse_duplicates(self, wanted: list[Project]) -> None:
        """No two projects bear one code, or one name in one region."""
        issues = []
        standing = [one for one in self.register().projects.values() if one.withdrawn is None]
        for one in wanted:
            others = [other for other in standing if other.id != one.id]
            if one.code and any(other.code == one.code for other in others):
                issues.append(Issue("duplicate_code", N_("项目代码 {code} 已经登记。"), N_("请修改已有的项目，不要重复登记。"), "code",
                                    params={"code": one.code}))  # fmt: skip
            elif any((other.name, other.region) == (one.name, one.region) for other in others):
                issues.append(Issue("duplicate_name", N_("这个地区已有同名项目：{name}"), N_("请修改已有的项目，不要重复登记。"), "name",
                                    params={"name": one.name}))  # fmt: skip
        if issues:
            raise CockpitError(issues)

    def withdraw(self, actor: Actor, identity: int, given: Given) -> None:
        """Take a record out of force, with a reason; it stays readable."""
        old, reader = self._mine(actor, identity), Reader(given, LABELS)
        reason = reader.text("reason", required=True)
        reader.done()
        gone = replace(
            old, withdrawn=self.today, withdrawn_reason=reason, revision=revision_seen(reader, old)
        )
        self._change(actor, {old.region}, None, lambda c, at: self._store.save(c, gone, at=at, actor=actor.name, reason=reason))  # fmt: skip

    # ---- its records

    def plan(self, actor: Actor, identity: int, given: Given) -> None:
        """Set the plan of a year, or change it with an approval; the old one is kept."""
        project, reader = self._counted(actor, identity), Reader(given, LABELS)
        year = reader.whole("year", 2015, self.today.year + 1) or self.today.year
        amount = reader.number("amount", required=True)
        known = [one for one in self.register().plans.get(identity, ()) if one.year == year]
        approval = reader.text("approval", required=bool(known))
        reader.done()
        assert amount is not None
        self._change(
            actor, {project.region}, (year, 1),
            lambda c, at: self._put_plan(c, at, actor, identity, (year, amount), approval),
        )  # fmt: skip

    def leave(self, actor: Actor, identity: int, given: Given) -> None:
        """Take a project off the list of a year, with a reason."""
        project, reader = self._counted(actor, identity), Reader(given, LABELS)
        gone = self.readings().listing(reader, identity)
        reader.done()
        if gone is not None:
            self._put(actor, project, gone, (gone.year, 1), gone.reason)

    def report(self, actor: Actor, identity: int, given: Given) -> None:
        """Report a month."""
        project, reader = self._counted(actor, identity), Reader(given, LABELS)
        month = self.readings().month(reader, project)
        reader.done()
        if month is not None:
            self._put(actor, project, month, (month.year, month.month), reader.text("reason"))

    def report_all(self, actor: Actor, given: Iterable[tuple[Project, Month]]) -> None:
        """Store monthly reports, all of them or none."""
        reports = list(given)
        for project, _ in reports:
            access.require(actor, "record", self.tree, project.region, SYSTEM)

        def work(connection: Any, at: int) -> None:
            for _, month in reports:
                self._store.put(connection, month, at=at, actor=actor.name)

        first = min(((month.year, month.month) for _, month in reports), default=None)
        self._change(actor, {project.region for project, _ in reports}, first, work)

    def milestone(self, actor: Actor, identity: int, given: Given) -> None:
        """Add a milestone, approve a new day for one (the old is kept), or note that it was reached."""
        project, reader = self._mine(actor, identity), Reader(given, LABELS)
        made = self.readings().milestone(reader, identity)
        reader.done()
        old = next((one for one in self.register().milestones.get(identity, ()) if one.id == made.id), made)
        self._put(actor, project, made, _month_of(min(made.due, old.due)), made.reason)

    def problem(self, actor: Actor, identity: int, given: Given) -> None:
        """Register a problem, note that its department calls it solved, or confirm that it is."""
        project, reader = self._mine(actor, identity), Reader(given, LABELS)
        made = self.readings().problem(reader, identity)
        reader.done()
        self._put(actor, project, made, _month_of(made.registered), reader.text("reason"))

    def permit(self, actor: Actor, identity: int, given: Given) -> None:
        """Say when a procedure before the work is due, was asked for, was granted."""
        project, reader = self._counted(actor, identity), Reader(given, LABELS)
        made = self.readings().permit(reader, identity)
        reader.done()
        self._put(actor, project, made, None, reader.text("reason"))

    def rule(self, actor: Actor, identity: int, given: Given) -> None:
        """Set a light by hand for a month, with the reason."""
        project, reader = self._counted(actor, identity), Reader(given, LABELS)
        made = self.readings().ruling(reader, identity, actor.name)
        reader.done()
        self._put(actor, project, made, (made.year, made.month), made.reason)

    # ---- storing

    def _mine(self, actor: Actor, identity: int) -> Project:
        """A project that the actor may change."""
        found = self.project(actor, identity)
        access.require(actor, "record", self.tree, found.region, SYSTEM)
        if found.withdrawn is not None:
            raise CockpitError(Issue("project_withdrawn", N_("这个项目已经撤销登记，不能再改。")))
        return found

    def _counted(self, actor: Actor, identity: int) -> Project:
        """A project, no programme, that the actor may change."""
        found = self._mine(actor, identity)
        if found.kind == PROGRAMME:
            raise CockpitError(Issue("programme_not_counted", N_("项目包互相重叠，不计入任何合计，也不报计划和月度完成。"),
                                     N_("请在其中的单个项目上填报。")))  # fmt: skip
        return found

    def _put(
        self, actor: Actor, project: Project, part: Part, since: tuple[int, int] | None, reason: str
    ) -> None:
        self._change(
            actor, {project.region}, since,
            lambda connection, at: self._store.put(connection, part, at=at, actor=actor.name, reason=reason),
        )  # fmt: skip

    def _change(
        self,
        actor: Actor,
        regions: Iterable[int],
        since: tuple[int, int] | None,
        work: Callable[[Any, int], T],
    ) -> T:
        """Do it, settle the figures of what it touches, judge the warnings.

        since  the first month whose figures may change; None: all of them
        """
        now = self._clock()
        before = self.register()
        with self._store.begin() as connection:
            result = work(connection, int(now.timestamp()))
            self._settle(actor, before, self._store.inside(connection), set(regions), since, connection, now)
        self._alerts.evaluate_pending(self._clock())
        return result

    def _settle(
        self,
        actor: Actor,
        before: Register,
        after: Register,
        regions: set[int],
        since: tuple[int, int] | None,
        connection: Any,
        now: datetime,
    ) -> None:
        touched = {code for region in regions for code in (region, *self.tree.ancestors(region))}
        if through(before) != through(after):  # a new day or month: every region has a figure of it
            touched = set(self.figures.regions)
        wanted = tuple(code for code in self.figures.regions if code in touched)
        stretch = Stretch(wanted, since or FIRST, self.today)
        for figures in self.figures.compute(after, stretch):
            self._recorded.settle(SUBJECT, actor, figures, connection, now)

    def seed(
        self, actor: Actor, projects: list[Project], parts: Mapping[str, list[Part]], moment: datetime
    ) -> int:
        """Fill an empty register; gives how many projects it has then. One that has records is left alone."""
        if self.register().projects:
            return len(self.register().projects)
        with self._store.begin() as connection:
            at = int(moment.astimezone(UTC).timestamp())
            self._store.seed(connection, projects, parts, at=at, actor=actor.name)
            register = self._store.inside(connection)
            stretch = Stretch(self.figures.regions, FIRST, self.today)
            for figures in self.figures.compute(register, stretch):
                self._recorded.settle(SUBJECT, actor, figures, connection, moment, seed=True)
        return len(projects)


def _month_of(day: date) -> tuple[int, int]:
    return day.year, day.month
