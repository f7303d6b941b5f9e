"""Everything of one project on a page of its own, for whoever may see it."""

from datetime import date

import numpy as np

from indicators.errors import CockpitError
from indicators.projects import FUNDS, PROGRAMME, Project, Register
from services.access import Actor
from services.projects import Projects
from services.projects_boards import ProjectBoards
from services.projects_course import own_schedule
from services.projects_views import CurveView, Month, ProjectView, Ref
from services.scenes import Scene, level_of, name_of
from services.views import Face, Place


class ProjectPages:
    """Makes the pages of projects."""

    def __init__(self, projects: Projects, boards: ProjectBoards) -> None:
        self._projects = projects
        self._boards = boards
        self._tree = projects.tree

    def view(self, actor: Actor, identity: int, language: str) -> ProjectView | Face:
        """The page, or why there is none: a project of elsewhere looks like one that does not exist."""
        try:
            project = self._projects.project(actor, identity)
        except CockpitError as error:
            return Face("unknown", error.issues[0].what, {})
        register, course = self._projects.register(), self._projects.course()
        scene = _scene(actor, self._projects, project.region, language)
        day = self._projects.through() or self._projects.today
        row = course.row.get(project.id)
        listed = np.flatnonzero(course.listed[row]) if row is not None else np.zeros(0, np.int64)
        spot = int(listed[-1]) if len(listed) else None
        light = course.lights[row][spot] if row is not None and spot is not None else None
        month = course.months[spot] if spot is not None else None
        plan = float(course.plan[row, spot]) if row is not None and spot is not None else project.printed_plan
        done = float(course.done[row, spot]) if row is not None and spot is not None else project.printed_done
        may_change = self._projects.may_record(actor, project.region) and project.withdrawn is None
        reports = register.months.get(project.id, ())
        return ProjectView(
            id=project.id,
            name=project.name,
            facts={name: getattr(project, name) for name in FACTS},
            place=scene.place(project.region),
            path=self._path(actor, project, language),
            kind=project.kind,
            simulated=project.simulated,
            month=month,
            light=light.colour if light else "",
            reasons=light.reasons if light else (),
            streak=light.streak if light else 0,
            plan=plan,
            done=done,
            due=own_schedule(self._projects.schedule, project, *month) if month else None,
            rate=100 * done / plan if plan and done is not None else None,
            curve=self._curve(register, project),
            lights=tuple(
                (course.months[n], one.colour, one.ruled)
                for n in listed.tolist()
                if row is not None and (one := course.lights[row][n]) is not None
            ),
            funds={name: getattr(reports[-1], f"fund_{name}") for name in FUNDS}
            | {name: getattr(reports[-1], name) for name in OTHER_SUMS}
            if reports
            else {},
            months=tuple(((one.year, one.month), one.done, one.arrived, one.note) for one in reversed(reports)),
            plans=register.plans.get(project.id, ()),
            totals=register.totals.get(project.id, ()),
            milestones=register.milestones.get(project.id, ()),
            problems=tuple(
                sorted(
                    self._boards.problem_rows(scene, [project], day, closed=True),
                    key=lambda one: (one.problem.confirmed is not None, -one.problem.registered.toordinal()),
                )
            ),
            permits=register.permits.get(project.id, ()),
            rulings=register.rulings.get(project.id, ()),
            listings=tuple((one.year, one.entered, one.left, one.reason)
                           for one in register.listings.get(project.id, ())),
            programme=self._ref(actor, register.projects.get(project.part_of or 0), language),
            members=tuple(
                ref for one in register.projects.values() if one.part_of == project.id
                if (ref := self._ref(actor, one, language)) is not None
            ),
            history=self._projects.history(actor, project.id),
            may_change=may_change,
            day=day,
        )  # fmt: skip

    def _path(self, actor: Actor, project: Project, language: str) -> tuple[Place, ...]:
        """The regions from the actor's own down to the one of the project."""
        chain = [*reversed(self._tree.ancestors(project.region)), project.region]
        return tuple(
            Place(code, name_of(self._tree, code, language), level_of(self._tree, code))
            for code in sorted(chain, key=lambda one: self._tree.get(one).level)
            if any(self._tree.contains(root, code) for root in actor.regions)
        )

    def _ref(self, actor: Actor, project: Project | None, language: str) -> Ref | None:
        if project is None or not self._projects.sees(actor, project):
            return None
        place = Place(
            project.region,
            name_of(self._tree, project.region, language),
            level_of(self._tree, project.region),
        )
        return Ref(project.id, project.name, place, project.simulated)

    def _curve(self, register: Register, project: Project) -> CurveView | None:
        """Planned and done over all years that have a plan, cumulative; the plan of each year along its own schedule."""
        years = sorted({one.year for one in register.plans.get(project.id, ())})
        if project.kind == PROGRAMME or not years:
            return None
        months: list[Month] = [
            (year, month) for year in range(years[0], years[-1] + 1) for month in range(1, 13)
        ]
        planned: list[float | None] = []
        done: list[float | None] = []
        before_plan = before_done = 0.0
        for year, month in months:
            plan = register.plan(project.id, date(year, 12, 31)) or 0.0
            share = own_schedule(self._projects.schedule, project, year, month) or 0.0
            planned.append(before_plan + plan * share / 100)
            reports = [one for one in register.months.get(project.id, ()) if one.year == year]
            found = next((one for one in reports if one.month == month), None)
            done.append(before_done + found.done if found else None)
            if month == 12:
                before_plan += plan
                before_done += reports[-1].done if reports else 0.0
        return CurveView(
            tuple(months), tuple(planned), tuple(done), total=project.total, simulated=project.simulated
        )


FACTS = (
    "code", "type", "industry", "owner", "department", "scopes", "stage", "total", "planned_start", "planned_finish",
    "actual_start", "actual_finish", "source", "citation", "quality", "as_of", "note", "lon", "lat", "withdrawn",
    "withdrawn_reason", "revision", "region", "part_of", "printed_plan", "printed_done", "name", "kind",
)  # fmt: skip
OTHER_SUMS = ("fund_plan", "paid", "bond_issued", "bond_used", "land_need", "land_done")


def _scene(actor: Actor, projects: Projects, region: int, language: str) -> Scene:
    """The scene of a project's own region: all of it is the reader's, since the project is."""
    return Scene(actor, projects.tree, region, True, language, None, None, projects.season())
