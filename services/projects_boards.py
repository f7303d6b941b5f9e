"""Panels of key projects: how far, against which schedule, with which light, held up by what, and where.

All of them read one course of the register (services/projects_course.py), narrowed to the region of the board; the
figures of cards come from the query, and both from the same records.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from data_access.boundaries import Geometry
from indicators.errors import N_
from indicators.lights import COLOURS, GREEN, RED, YELLOW
from indicators.projects import PROBLEM_CLASSES, PROGRAMME, PROJECT, SCOPES, STAGES, Milestone, Project
from indicators.regions import Level, RegionTree
from services import courses
from services.access import Actor
from services.answers import Question
from services.maps import Maps
from services.panels import Maker, PanelWish
from services.projects import COMPLETION, Projects
from services.projects_course import CODES, Course, overdue_milestones
from services.projects_views import (
    Component,
    CurveView,
    DriversView,
    LightRow,
    LightsView,
    ListRow,
    ListView,
    Pin,
    PinsView,
    ProblemRow,
    ProblemsView,
    Ref,
    ScheduleRow,
    ScheduleView,
    TimelineView,
    Track,
)
from services.query import Query
from services.scenes import Scene
from services.views import Face, Place

PAGE = 20
"""Lines of the list on one page."""

MOST_LINES = 7
"""Lamps and problems that a panel names."""

MOST_ROWS = 12
"""Tracks of a timeline."""

AGES = ((15, N_("15天以内")), (30, N_("16—30天")), (60, N_("31—60天")), (10**6, N_("60天以上")))

COMPONENTS = (
    ("proj.invest.ytd", False),
    ("proj.invest.year_plan", False),
    ("proj.start.rate", True),
    ("proj.fund.arrival_rate", True),
    ("proj.issue.open", True),
)
"""What stands beside the gap: its parts, and what usually moves before it."""

SORTS: dict[str, Callable[[ListRow], tuple[object, ...]]] = {
    "light": lambda row: (-CODES.get(row.project.light, 0), not row.listed, -(row.plan or 0.0)),
    "rate": lambda row: (row.rate is None, row.rate or 0.0),
    "plan": lambda row: (-(row.plan or 0.0),),
    "total": lambda row: (-(row.total or 0.0),),
    "problems": lambda row: (-row.problems, -(row.plan or 0.0)),
    "name": lambda row: (row.project.name,),
}
"""The orders of the list: worst light first, furthest behind, largest plan or total, most problems, name."""

NOTHING = Face("empty", N_("登记了项目和年度计划之后，这里会显示进度。"), {})
AS_KNOWN = Face("empty", N_("项目台账只有当前内容，不能按过去某一天所知显示。"), {})


@dataclass(frozen=True)
class Sight:
    """What a board sees of the register: its projects, at the end of one month.

    mine  the rows of the course that lie in the board's region
    spot  the column of the month
    """

    course: Course
    mine: NDArray[np.int64]
    spot: int

    @property
    def month(self) -> tuple[int, int]:
        """The month shown."""
        return self.course.months[self.spot]

    @property
    def end(self) -> date:
        """Its last day."""
        return self.course.ends[self.spot]

    @property
    def listed(self) -> NDArray[np.int64]:
        """The rows that count in the month."""
        rows: NDArray[np.int64] = self.mine[self.course.listed[self.mine, self.spot]]
        return rows

    def drawn(self, rows: Sequence[int] | NDArray[np.int64]) -> bool:
        """Whether any of some projects is simulated."""
        return any(self.course.projects[int(row)].simulated for row in rows)


class ProjectBoards:
    """Makes the panels."""

    def __init__(self, projects: Projects, query: Query, maps: Maps) -> None:
        self._projects = projects
        self._query = query
        self._maps = maps
        self._tree = projects.tree

    def panels(self) -> dict[str, Maker]:
        """The makers by name."""
        return {
            "projects.schedule": self._seen(self.schedule),
            "projects.scurve": self._seen(self.scurve),
            "projects.lights": self._seen(self.lights),
            "projects.problems": self._seen(self.problems),
            "projects.milestones": self._seen(self.milestones),
            "projects.drivers": self._seen(self.drivers),
            "projects.list": self.listing,
            "projects.map": self.pins,
        }

    def _seen(self, make: Callable[[PanelWish, Sight], object]) -> Maker:
        """A maker that is only asked where there is something to see."""

        def maker(wish: PanelWish) -> object:
            if not wish.scene.own:
                return Face("forbidden", N_("项目明细只向本地区开放。"), {})
            if wish.scene.as_of is not None:
                return AS_KNOWN
            sight = self.sight(wish.scene)
            return make(wish, sight) if sight is not None and len(sight.listed) else NOTHING

        return maker

    def sight(self, scene: Scene) -> Sight | None:
        """What a board sees; None before the first month of the register."""
        course = self._projects.course()
        limit = (scene.until // 10**13, scene.until // 10**9 % 100) if scene.until else (9999, 12)
        spots = [spot for spot, month in enumerate(course.months) if month <= limit]
        if not spots:
            return None
        mine = [
            row for row, one in enumerate(course.projects)
            if self._tree.contains(scene.region, one.region) and self._projects.sees(scene.actor, one)
        ]  # fmt: skip
        return Sight(course, np.array(mine, np.int64), spots[-1])

    # ---- completion against the schedule

    def schedule(self, wish: PanelWish, sight: Sight) -> ScheduleView:
        """The region and its children, furthest behind first; what lies in no child is a line of its own."""
        scene = wish.scene
        due = self._projects.schedule(scene.region, *sight.month)
        whole = self._row(scene, sight, sight.listed, scene.place(scene.region), due)
        rest = set(sight.listed.tolist())
        rows = []
        for child in self._tree.children(scene.region, territories_only=True):
            own = [row for row in rest if self._tree.contains(child, sight.course.projects[row].region)]
            if own:
                rest -= set(own)
                rows.append(self._row(scene, sight, np.array(own), scene.place(child), due, whole.plan))
        if rest and rows:
            rows.append(self._row(scene, sight, np.array(sorted(rest)), None, due, whole.plan))
        rows.sort(key=lambda row: (row.contribution is None, row.contribution or 0.0))
        ordinary = 100.0 * sight.month[1] / 12
        return ScheduleView(
            sight.month, due, abs(due - ordinary) > 1e-6, whole, tuple(rows), sight.drawn(sight.listed)
        )

    def _row(
        self,
        scene: Scene,
        sight: Sight,
        rows: NDArray[np.int64],
        place: Place | None,
        due: float,
        plan_of_all: float | None = None,
    ) -> ScheduleRow:
        plan = float(np.nansum(sight.course.plan[rows, sight.spot]))
        done = float(np.nansum(sight.course.done[rows, sight.spot]))
        rate = 100 * done / plan if plan else None
        gap = rate - due if rate is not None else None
        base = plan if plan_of_all is None else plan_of_all
        indicator = self._projects.catalog.get(COMPLETION)
        return ScheduleRow(
            place, len(rows), plan, done, rate, gap,
            100 * (done - plan * due / 100) / base if base else None,
            scene.mark(indicator, place.code) if place else None, sight.drawn(rows),
        )  # fmt: skip

    def drivers(self, wish: PanelWish, sight: Sight) -> DriversView:
        """What makes the gap: children by contribution, and the components with what runs ahead."""
        scene = wish.scene
        codes = [code for code, _ in COMPONENTS if code in self._projects.catalog]
        answer = self._query.ask(
            scene.actor, Question(tuple(codes), (scene.region,), until=scene.until, as_of=scene.as_of)
        )
        found = []
        for code, leading in COMPONENTS:
            line = answer.row(code, scene.region)
            if line is not None:
                indicator = self._projects.catalog.get(code)
                name, mark = indicator.name(scene.language), scene.mark(indicator, scene.region)
                found.append(Component(code, name, courses.figure(line), leading, mark))
        return DriversView(self.schedule(wish, sight), tuple(found))

    def scurve(self, wish: PanelWish, sight: Sight) -> CurveView:
        """Planned and done by the months of the year, and what was done the year before."""
        year = sight.month[0]
        months = tuple((year, month) for month in range(1, 13))
        plan = float(np.nansum(sight.course.plan[sight.listed, sight.spot]))
        shares = [self._projects.schedule(wish.scene.region, *month) for month in months]
        return CurveView(
            months,
            tuple(plan * share / 100 for share in shares),
            tuple(self._done(sight, month) if month <= sight.month else None for month in months),
            tuple(self._done(sight, (year - 1, month)) for _, month in months),
            seasonal=any(abs(share - 100 * number / 12) > 1e-6 for number, share in enumerate(shares, 1)),
            simulated=sight.drawn(sight.listed),
        )

    def _done(self, sight: Sight, month: tuple[int, int]) -> float | None:
        """What the listed projects of a month had done by its end."""
        if month not in sight.course.months:
            return None
        spot = sight.course.months.index(month)
        rows = sight.mine[sight.course.listed[sight.mine, spot]]
        return float(np.nansum(sight.course.done[rows, spot])) if len(rows) else None

    # ---- lights

    def lights(self, wish: PanelWish, sight: Sight) -> LightsView:
        """How many of each, a year back, and which are red or yellow and why."""
        course, rows = sight.course, []
        for number in sight.listed.tolist():
            light = course.lights[number][sight.spot]
            if light is not None and light.colour != GREEN:
                plan = course.plan[number, sight.spot]
                rate = 100 * float(course.done[number, sight.spot] / plan) if plan > 0 else None
                project = self._ref(wish.scene, course.projects[number], light.colour)
                rows.append(LightRow(project, light.colour, light.reasons, light.streak, light.ruled, rate))
        rows.sort(
            key=lambda row: (-CODES[row.colour], -row.streak, row.rate if row.rate is not None else 999)
        )
        spots = range(max(0, sight.spot - 11), sight.spot + 1)
        history = tuple((course.months[spot], self._counts(sight, spot)) for spot in spots)
        return LightsView(sight.month, self._counts(sight, sight.spot), history, tuple(rows[:MOST_LINES]), max(0, len(rows) - MOST_LINES), sight.drawn(sight.listed))  # fmt: skip

    def _counts(self, sight: Sight, spot: int) -> dict[str, int]:
        colours = sight.course.colours[sight.mine, spot]
        return {name: int((colours == CODES[name]).sum()) for name in (RED, YELLOW, GREEN)}

    def _ref(self, scene: Scene, project: Project, light: str = "") -> Ref:
        return Ref(project.id, project.name, scene.place(project.region), project.simulated, light)

    # ---- problems and milestones

    def problems(self, wish: PanelWish, sight: Sight) -> ProblemsView:
        """Open problems on the day of the data: how old, of which class, whose."""
        day = self._day(sight)
        rows = self.problem_rows(
            wish.scene, [sight.course.projects[row] for row in sight.listed.tolist()], day
        )
        rows.sort(key=lambda row: (-row.overdue, -row.age))
        bounds, ages = [0, *(most + 1 for most, _ in AGES)], []
        for (most, name), least in zip(AGES, bounds, strict=False):
            ages.append((name, sum(least <= row.age <= most for row in rows)))
        classes = tuple(
            (code, len(own), sum(row.overdue > 0 for row in own))
            for code in PROBLEM_CLASSES
            if (own := [row for row in rows if row.problem.category == code])
        )
        return ProblemsView(
            day, len(rows), sum(row.overdue > 0 for row in rows), tuple(ages),
            tuple(sorted(classes, key=lambda one: -one[1])), tuple(rows[:MOST_LINES]), max(0, len(rows) - MOST_LINES),
            any(row.project.simulated for row in rows),
        )  # fmt: skip

    def problem_rows(
        self, scene: Scene, projects: Sequence[Project], day: date, closed: bool = False
    ) -> list[ProblemRow]:
        """The problems of some projects, with their age on a day."""
        register = self._projects.register()
        return [
            ProblemRow(
                self._ref(scene, project), one, self._department(scene.language, one.department),
                ((one.confirmed or day) - one.registered).days if closed else (day - one.registered).days,
                max(0, (day - one.deadline).days) if one.open(day) else 0,
            )
            for project in projects
            for one in register.problems.get(project.id, ())
            if closed or one.open(day)
        ]  # fmt: skip

    def _day(self, sight: Sight) -> date:
        """The day that a board speaks of: the end of its month, or of all that is known where that is later."""
        last = self._projects.through()
        newest = sight.spot == len(sight.course.months) - 1
        return last if newest and last is not None else sight.end

    def milestones(self, wish: PanelWish, sight: Sight) -> TimelineView:
        """Five months back, four ahead: the projects with late milestones first, then those with the next one due."""
        day = self._day(sight)
        first, last = day - timedelta(days=150), day + timedelta(days=120)
        register, tracks, coming = self._projects.register(), [], 0
        for row in sight.listed.tolist():
            project = sight.course.projects[row]
            own = register.milestones.get(project.id, ())
            late = overdue_milestones(own, day)
            near = tuple(one for one in own if first <= one.due <= last or one in late)
            coming += sum(day < one.due <= day + timedelta(days=30) and one.actual is None for one in own)
            if near:
                light = sight.course.lights[row][sight.spot]
                tracks.append(
                    Track(self._ref(wish.scene, project, light.colour if light else ""), near, len(late))
                )
        tracks.sort(key=lambda track: (-track.late, _next_due(track.milestones, day)))
        late_in_all = sum(track.late for track in tracks)
        return TimelineView(first, last, day, tuple(tracks[:MOST_ROWS]), late_in_all, coming,
                            max(0, len(tracks) - MOST_ROWS), sight.drawn(sight.listed))  # fmt: skip

    def _department(self, language: str, code: str) -> str:
        found = self._projects.catalog.departments.get(code)
        return code if found is None else found.name_en if language == "en" else found.name_zh

    # ---- list and map

    def listing(self, wish: PanelWish) -> ListView | Face:
        """All projects of the region, those of past years and programmes too; filtered, sorted, page by page."""
        scene, filters = wish.scene, dict(wish.choice.filters)
        if not scene.own:
            return Face("forbidden", N_("项目明细只向本地区开放。"), {})
        if scene.as_of is not None:
            return AS_KNOWN
        everything = self.rows(scene)
        options = self._options(scene, everything)
        kept = {name: value for name, value in filters.items() if name in ("q", "sort", "page") or
                value in {code for code, _ in options.get(name, ())}}  # fmt: skip
        rows = [row for row, project in everything if _passes(self._tree, row, project, kept)]
        rows.sort(key=lambda row: (row.withdrawn, *SORTS.get(kept.get("sort", ""), SORTS["light"])(row)))
        pages = max(1, -(-len(rows) // PAGE))
        page = (
            min(int(kept["page"]), pages) if kept.get("page", "").isdigit() and int(kept["page"]) > 0 else 1
        )
        sight = self.sight(scene)
        may_add = self._projects.may_record(scene.actor, scene.region)
        return ListView(tuple(rows[(page - 1) * PAGE : page * PAGE]), len(rows), page, pages, kept, options,
                        sight.month if sight else None, may_add)  # fmt: skip

    def rows(self, scene: Scene) -> list[tuple[ListRow, Project]]:
        """A line for each project of the region that the reader may see."""
        register, sight = self._projects.register(), self.sight(scene)
        day = self._day(sight) if sight else self._projects.today
        found = []
        for project in register.projects.values():
            if not self._tree.contains(scene.region, project.region) or not self._projects.sees(
                scene.actor, project
            ):
                continue
            row = sight.course.row.get(project.id) if sight else None
            listed = sight is not None and row is not None and bool(sight.course.listed[row, sight.spot])
            plan, done, light = project.printed_plan, project.printed_done, ""
            if sight is not None and row is not None and listed:
                plan, done = (
                    float(sight.course.plan[row, sight.spot]),
                    float(sight.course.done[row, sight.spot]),
                )
                shown = sight.course.lights[row][sight.spot]
                light = shown.colour if shown else ""
            found.append((
                ListRow(
                    self._ref(scene, project, light), project.kind, project.stage, project.scopes,
                    self._department(scene.language, project.department) if project.department else "",
                    project.total, plan, done, 100 * done / plan if plan and done is not None else None,
                    sum(one.open(day) for one in register.problems.get(project.id, ())), listed,
                    project.as_of, project.quality, project.withdrawn is not None,
                ),
                project,
            ))  # fmt: skip
        return found

    def _options(
        self, scene: Scene, rows: Sequence[tuple[ListRow, Project]]
    ) -> dict[str, tuple[tuple[str, str], ...]]:
        """What the list can be filtered by, as far as it would leave something."""
        children = self._tree.children(scene.region, territories_only=True)
        places = [
            (f"{child:012d}", scene.name(child))
            for child in children
            if any(self._tree.contains(child, project.region) for _, project in rows)
        ]
        departments = sorted({project.department for _, project in rows if project.department})
        stages, lights = {row.stage for row, _ in rows}, {row.project.light for row, _ in rows}
        scopes = {scope for row, _ in rows for scope in row.scopes}
        return {
            "light": tuple((code, name) for code, name in COLOURS.items() if code in lights),
            "stage": tuple((code, name) for code, name in STAGES.items() if code in stages),
            "scope": tuple((code, name) for code, name in SCOPES.items() if code in scopes),
            "place": tuple(places),
            "department": tuple((code, self._department(scene.language, code)) for code in departments),
            "record": (("simulated", N_("模拟项目")), ("real", N_("真实项目")), ("programme", N_("项目包"))),
        }

    def pins(self, wish: PanelWish) -> PinsView | Face:
        """The projects of the month's list and the published ones, on the outlines of the regions below."""
        scene = wish.scene
        if not scene.own or scene.as_of is not None:
            return AS_KNOWN if scene.own else Face("forbidden", N_("项目明细只向本地区开放。"), {})
        found = self._outline(scene)
        if found is None:
            return Face("empty", N_("这个地区没有边界数据，地图画不出来。"), {})
        parent, level, geometry = found
        rows = [
            (row, project)
            for row, project in self.rows(scene)
            if row.listed or row.stage in ("reserve", "early")
        ]
        pins = tuple(
            Pin(row.project, project.lon, project.lat, row.total, row.rate)
            for row, project in sorted(rows, key=lambda one: CODES.get(one[0].project.light, 0))
            if project.lon is not None and project.lat is not None
        )
        codes = tuple(
            f"{code:012d}"
            for code in self._tree.children(parent, territories_only=True)
            if code in geometry.codes
        )
        return PinsView(scene.place(parent), level.name.lower(), geometry.tag, geometry.bounds,
                        bool(geometry.approximate), codes, pins, len(rows) - len(pins))  # fmt: skip

    def _outline(self, scene: Scene) -> tuple[int, Level, Geometry] | None:
        """The outlines of the children, or of the siblings where there are none."""
        above = self._tree.parent(scene.region)
        for parent in (scene.region, above):
            children = self._tree.children(parent, territories_only=True) if parent is not None else ()
            if parent is None or not children:
                continue
            level = self._tree.get(children[0]).level
            geometry = self._geometry(scene.actor, parent, level)
            if geometry is not None:
                return parent, level, geometry
        return None

    def _geometry(self, actor: Actor, parent: int, level: Level) -> Geometry | None:
        from_own = any(self._tree.contains(root, parent) for root in actor.regions) or actor.role == "system"
        return self._maps.geometry(actor, parent, level) if from_own else None


def _passes(tree: RegionTree, row: ListRow, project: Project, chosen: dict[str, str]) -> bool:
    kinds = {
        "simulated": project.simulated,
        "real": not project.simulated and project.kind == PROJECT,
        "programme": project.kind == PROGRAMME,
    }
    words = chosen.get("q", "").lower().split()
    text = f"{project.name} {project.owner} {project.code or ''} {row.project.place.name}".lower()
    return (
        chosen.get("light", row.project.light) == row.project.light
        and chosen.get("stage", row.stage) == row.stage
        and ("scope" not in chosen or chosen["scope"] in row.scopes)
        and chosen.get("department", project.department) == project.department
        and ("place" not in chosen or tree.contains(int(chosen["place"]), project.region))
        and ("record" not in chosen or kinds[chosen["record"]])
        and all(word in text for word in words)
    )


def _next_due(milestones: Sequence[Milestone], day: date) -> date:
    return min((one.due for one in milestones if one.due >= day and one.actual is None), default=date.max)
