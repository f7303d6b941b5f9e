"""The figures of key projects, computed from the register at every level.

One pass over the register gives a number for each project and month; a region's figure is the sum of its projects
(its largest where the definition says so, its mean over records where it says that). Nothing is a mean of means.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indicators import periods
from indicators.catalog import Catalog
from indicators.errors import N_
from indicators.lights import GREEN, RED, YELLOW
from indicators.projects import (
    PROBLEM_CLASSES,
    PROJECT,
    SCOPES,
    STATISTICAL_SCALE,
    Problem,
    Project,
    Register,
)
from indicators.regions import Level, RegionTree
from services.projects_course import CODES, GRACE, Bools, Course, Floats, Schedule, month_end, months_between
from services.recorded import RecordFigures

SUBJECT = "projects"

REPORTED = (
    "proj.invest.ytd", "proj.invest.month", "proj.stat.done", "proj.light.red", "proj.light.yellow",
    "proj.light.green", "proj.light.streak", "proj.fund.plan", "proj.fund.arrived", "proj.fund.paid",
    "proj.bond.issued", "proj.bond.used", "proj.land.need", "proj.land.done",
)  # fmt: skip
"""Figures that stand on the monthly reports: missing until all listed projects of a region have reported."""

KNOWN = (
    "proj.count", "proj.invest.total", "proj.invest.year_plan", "proj.start.plan", "proj.start.done",
    "proj.start.overdue", "proj.start.overdue_months", "proj.finish.plan", "proj.finish.done", "proj.stat.due",
    "proj.milestone.due", "proj.milestone.ok", "proj.issue.resolved", "proj.issue.total", "proj.issue.days",
    "proj.permit.need", "proj.permit.done", "proj.permit.days",
)  # fmt: skip
"""Monthly figures that stand on the other records."""

DAILY = ("proj.issue.open", "proj.issue.overdue")

FIGURES: tuple[str, ...] = (*REPORTED, *KNOWN, *DAILY)
"""Every figure of the catalogue that the register of projects owns."""

FINE_DAYS = 62
"""So many of the last days have daily figures for townships and by class; before them cities and counties alone."""

NOT_ALL_REPORTED = N_("尚有项目未报月报")
NOTHING_CLOSED = N_("本期没有销号的堵点")
NOTHING_GRANTED = N_("本期没有办结的手续")

_CUMULATIVE = (
    "proj.invest.ytd", "proj.start.plan", "proj.start.done", "proj.finish.plan", "proj.finish.done",
    "proj.issue.resolved", "proj.issue.total", "proj.fund.plan", "proj.fund.arrived", "proj.fund.paid",
)  # fmt: skip
_STOCKS_BY_ITEM = ("proj.count", "proj.invest.ytd", "proj.invest.year_plan")
TOTAL = ("", "")


@dataclass(frozen=True)
class Stretch:
    """What is to be computed: some regions, from a month to the end of what is known.

    today  reports that are still out are waited for until some days after the end of their month
    """

    regions: tuple[int, ...]
    first: tuple[int, int]
    today: date


class Batch:
    """Columns on their way to ``services/recorded``."""

    def __init__(self) -> None:
        self._parts: list[dict[str, Any]] = []

    def add(
        self,
        code: str,
        item: tuple[str, str],
        regions: NDArray[np.int64],
        keys: NDArray[np.int64],
        value: Floats,
        simulated: Bools,
        reason: str = "",
    ) -> None:
        """A block: regions down, periods across."""
        count = value.size
        flat = value.ravel()
        self._parts.append({
            "indicator": [code] * count,
            "item": [item] * count,
            "region": np.repeat(regions, len(keys)),
            "period": np.tile(keys, len(regions)),
            "value": np.round(flat, 6),
            "simulated": np.broadcast_to(simulated, value.shape).ravel(),
            "reason": [reason if missing else "" for missing in np.isnan(flat).tolist()],
        })  # fmt: skip

    def columns(self) -> dict[str, Any]:
        """All blocks as columns."""
        lists = ("indicator", "item", "reason")
        if not self._parts:
            empty = np.zeros(0, np.int64)
            return {name: [] for name in lists} | {
                "region": empty,
                "period": empty,
                "value": np.zeros(0),
                "simulated": np.zeros(0, bool),
            }
        names = self._parts[0]
        return {
            name: [one for part in self._parts for one in part[name]]
            if name in lists
            else np.concatenate([part[name] for part in self._parts])
            for name in names
        }


class ProjectFigures:
    """Computes the figures of a register."""

    def __init__(
        self, catalog: Catalog, tree: RegionTree, root: int, schedules: Callable[[], Schedule]
    ) -> None:
        self._catalog = catalog
        self._tree = tree
        self._root = root
        self._schedules = schedules
        self.regions: tuple[int, ...] = tuple(
            code
            for code in (root, *tree.subtree(root))
            if tree.get(code).level <= Level.TOWN and not tree.get(code).reporting_unit
        )

    def course(self, register: Register) -> Course:
        """All months from the first list to the last report."""
        first = min((one.year for listings in register.listings.values() for one in listings), default=None)
        last = register.through or (first or 0, 1)  # a list without any report stands at its beginning
        months = months_between((first, 1), last) if first else ()
        return Course(register, self._schedules(), months)

    def compute(self, register: Register, wanted: Stretch) -> list[RecordFigures]:
        """The figures of a stretch, as few scopes as their levels and rhythms make."""
        course = self.course(register)
        if not course.months:
            return []
        monthly = _Monthly(course, self._tree, (self._root, *wanted.regions), wanted.today)
        scopes = []
        spots = [n for n, month in enumerate(course.months) if month >= wanted.first]
        for level in (Level.TOWN, Level.COUNTY):
            codes = tuple(code for code in (*REPORTED, *KNOWN) if self._lowest(code) is level)
            regions = tuple(code for code in wanted.regions if self._tree.get(code).level <= level)
            if codes and regions and spots:
                scopes.append(monthly.figures(codes, regions, spots))
        return [*scopes, *self._daily(course, wanted)]

    def _lowest(self, code: str) -> Level:
        return Level.parse(self._catalog.get(code).lowest_level)

    def _daily(self, course: Course, wanted: Stretch) -> Iterator[RecordFigures]:
        """Open and overdue problems at the end of each day."""
        last = through(course.register)
        if last is None:
            return
        begin = max(date(*wanted.first, 1), date(*course.months[0], 1))
        fine = max(begin, last - timedelta(days=FINE_DAYS - 1))
        upper = tuple(code for code in wanted.regions if self._tree.get(code).level <= Level.COUNTY)
        towns = tuple(code for code in wanted.regions if self._tree.get(code).level is Level.TOWN)
        days = _Days(course, self._tree, begin, last)
        if upper:
            yield days.figures(upper, begin, items=fine)
        if towns:
            yield days.figures(towns, fine)


def through(register: Register) -> date | None:
    """The last day that the register speaks of: the end of the last month reported, or a later entry."""
    month = register.through
    days = [month_end(*month)] if month else []
    days += [
        day
        for problems in register.problems.values()
        for one in problems
        for day in (one.registered, one.confirmed)
        if day is not None
    ]
    return max(days, default=None)


def _belongs(tree: RegionTree, regions: Sequence[int], projects: Sequence[Project]) -> Bools:
    """Regions × projects: whether a project counts in a region; once, in the one that leads it, and above."""
    spot = {code: number for number, code in enumerate(regions)}
    found = np.zeros((len(regions), len(projects)), bool)
    for number, project in enumerate(projects):
        for code in (project.region, *tree.ancestors(project.region)):
            if code in spot:
                found[spot[code], number] = True
    return found


class _Monthly:
    """Figures by month."""

    def __init__(self, course: Course, tree: RegionTree, regions: Sequence[int], today: date) -> None:
        self._course = course
        self._tree = tree
        self._spot = {code: number for number, code in enumerate(regions)}
        self._belongs = _belongs(tree, regions, course.projects).astype(np.float64)
        self._today = today
        drawn = np.array([one.simulated for one in course.projects], bool)[:, None]
        behind = self._belongs @ course.listed
        marked = self._belongs @ (course.listed & drawn)
        self._simulated = np.where(behind > 0, marked > 0, marked[:1] > 0)
        waiting = self._belongs @ (course.listed & ~course.reported)
        over = np.array([today > end + GRACE for end in course.ends], bool)
        self._open = (waiting > 0) & ~over

    def figures(self, codes: Sequence[str], regions: Sequence[int], spots: Sequence[int]) -> RecordFigures:
        """Some codes for some regions and months."""
        batch = Batch()
        rows = np.array([self._spot[code] for code in regions])
        cells = np.ix_(rows, np.array(spots))
        places = np.array(regions, np.int64)
        upper = np.array([self._tree.get(code).level <= Level.COUNTY for code in regions], bool)
        for code in codes:
            keys = self._keys(code, spots)
            for item, value in self._values(code):
                some = upper if item != TOTAL else np.ones(len(regions), bool)
                if not some.any():
                    continue
                part = value[cells][some]
                if code in REPORTED or item[0].startswith("light="):
                    part = np.where(self._open[cells][some], np.nan, part)
                batch.add(code, item, places[some], keys, part, self._simulated[cells][some], _reason(code))
        ends = [month_end(*self._course.months[spot]) for spot in spots]
        first, last = ends[0], ends[-1]
        return RecordFigures(
            tuple(codes),
            tuple(regions),
            periods.instant_key(first.year, first.month),
            periods.months_key(last.year, last.month, 12),
            batch.columns(),
        )

    def _keys(self, code: str, spots: Sequence[int]) -> NDArray[np.int64]:
        return np.array([_key(code, *self._course.months[spot]) for spot in spots], np.int64)

    def _values(self, code: str) -> Iterator[tuple[tuple[str, str], Floats]]:
        """The total of an indicator, then its items."""
        yield TOTAL, self._total(code)
        if code in _STOCKS_BY_ITEM:
            whole = _BY_PROJECT[code](self._course)
            for item, chosen in self._items(with_lights=code == "proj.count"):
                yield (item, ""), self._belongs @ np.nan_to_num(np.where(chosen, whole, 0.0))

    def _items(self, with_lights: bool) -> Iterator[tuple[str, Bools]]:
        projects = self._course.projects
        for scope in SCOPES:
            yield f"project_class={scope}", np.array([[scope in one.scopes] for one in projects], bool)
        for department in sorted({one.department for one in projects if one.department}):
            yield (
                f"lead_department={department}",
                np.array([[one.department == department] for one in projects], bool),
            )
        for light in (RED, YELLOW, GREEN) if with_lights else ():
            yield f"light={light}", self._course.colours == CODES[light]

    def _total(self, code: str) -> Floats:
        if code in _LARGEST:
            whole = np.nan_to_num(_LARGEST[code](self._course))
            return np.array([(whole * row[:, None]).max(axis=0, initial=0.0) for row in self._belongs])
        if code in _MEANS:
            sums, counts = _MEANS[code](self._course)
            added, many = self._belongs @ sums, self._belongs @ counts
            return np.where(many > 0, added / np.where(many > 0, many, 1), np.nan)
        return self._belongs @ np.nan_to_num(_BY_PROJECT[code](self._course))


def _key(code: str, year: int, month: int) -> int:
    if code in _CUMULATIVE:
        return periods.months_key(year, month, month)
    flows = (
        "proj.invest.month",
        "proj.milestone.due",
        "proj.milestone.ok",
        "proj.issue.days",
        "proj.permit.days",
    )
    return periods.months_key(year, month, 1) if code in flows else periods.instant_key(year, month)


def _reason(code: str) -> str:
    return {"proj.issue.days": NOTHING_CLOSED, "proj.permit.days": NOTHING_GRANTED}.get(
        code, NOT_ALL_REPORTED
    )


# ---- one number for each project and month


def _flag(course: Course, holds: Callable[[Project, date], bool]) -> Floats:
    return course.matrix(lambda project, end: float(holds(project, end)))


def _to_start(project: Project, end: date) -> bool:
    """Whether it was to have started by then, and had not before this year."""
    before = project.actual_start is not None and project.actual_start < date(end.year, 1, 1)
    return project.planned_start is not None and project.planned_start <= end and not before


def _to_finish(project: Project, end: date) -> bool:
    before = project.actual_finish is not None and project.actual_finish < date(end.year, 1, 1)
    return project.planned_finish is not None and project.planned_finish <= end and not before


def _due_in_statistics(course: Course) -> Floats:
    started = _flag(course, Project.started)
    return np.where(course.total >= STATISTICAL_SCALE, started, 0.0)


def _milestones(course: Course, reached: bool) -> Floats:
    def count(project: Project, end: date) -> float:
        due = [
            one
            for one in course.register.milestones.get(project.id, ())
            if (one.due.year, one.due.month) == (end.year, end.month)
        ]
        return float(sum(not reached or (one.actual is not None and one.actual <= one.due) for one in due))

    return course.matrix(count)


def _problems(course: Course, counts: Callable[[Problem, date], bool]) -> Floats:
    return course.matrix(
        lambda project, end: float(
            sum(counts(one, end) for one in course.register.problems.get(project.id, ()))
        )
    )


def _raised(one: Problem, end: date) -> bool:
    """Carried over from last year unsolved, or registered since."""
    return one.registered <= end and (one.confirmed is None or one.confirmed >= date(end.year, 1, 1))


def _solved(one: Problem, end: date) -> bool:
    return one.confirmed is not None and date(end.year, 1, 1) <= one.confirmed <= end


def _permits(course: Course, granted: bool) -> Floats:
    return course.matrix(
        lambda project, end: float(
            sum(
                one.due <= end and (not granted or (one.granted is not None and one.granted <= end))
                for one in course.register.permits.get(project.id, ())
            )
        )
    )


def _in_month(day: date | None, end: date) -> bool:
    return day is not None and (day.year, day.month) == (end.year, end.month)


def _days_to_solve(course: Course) -> tuple[Floats, Floats]:
    """Days from registration to confirmation of what was closed in a month: their sum, and how many."""
    return _sum_and_count(
        course,
        lambda project, end: [
            float((one.confirmed - one.registered).days)
            for one in course.register.problems.get(project, ())
            if one.confirmed is not None and _in_month(one.confirmed, end)
        ],
    )


def _days_to_permit(course: Course) -> tuple[Floats, Floats]:
    """Working days (Monday to Friday) from acceptance to grant of what was granted in a month."""
    return _sum_and_count(
        course,
        lambda project, end: [
            float(np.busday_count(np.datetime64(one.accepted, "D"), np.datetime64(one.granted, "D")))
            for one in course.register.permits.get(project, ())
            if one.accepted is not None and one.granted is not None and _in_month(one.granted, end)
        ],
    )


def _sum_and_count(course: Course, spans: Callable[[int, date], Iterable[float]]) -> tuple[Floats, Floats]:
    found = [[list(spans(one.id, end)) for end in course.ends] for one in course.projects]
    sums = np.array([[sum(one) for one in row] for row in found]).reshape(course.listed.shape)
    counts = np.array([[float(len(one)) for one in row] for row in found]).reshape(course.listed.shape)
    return np.where(course.listed, sums, 0.0), np.where(course.listed, counts, 0.0)


def _light(colour: str) -> Callable[[Course], Floats]:
    return lambda course: (course.colours == CODES[colour]).astype(np.float64)


def _field(name: str) -> Callable[[Course], Floats]:
    return lambda course: course.reported_value(name)


_BY_PROJECT: dict[str, Callable[[Course], Floats]] = {
    "proj.count": lambda course: course.listed.astype(np.float64),
    "proj.invest.total": lambda course: course.total,
    "proj.invest.year_plan": lambda course: course.plan,
    "proj.invest.ytd": lambda course: course.done,
    "proj.invest.month": lambda course: course.step,
    "proj.start.plan": lambda course: _flag(course, _to_start),
    "proj.start.done": lambda course: _flag(course, lambda p, end: _to_start(p, end) and p.started(end)),
    "proj.start.overdue": lambda course: ((course.late_start > 0) & course.listed).astype(np.float64),
    "proj.finish.plan": lambda course: _flag(course, _to_finish),
    "proj.finish.done": lambda course: _flag(course, lambda p, end: _to_finish(p, end) and p.finished(end)),
    "proj.stat.due": _due_in_statistics,
    "proj.stat.done": lambda course: np.minimum(course.reported_value("registered"), _due_in_statistics(course)),
    "proj.milestone.due": lambda course: _milestones(course, reached=False),
    "proj.milestone.ok": lambda course: _milestones(course, reached=True),
    "proj.light.red": _light(RED),
    "proj.light.yellow": _light(YELLOW),
    "proj.light.green": _light(GREEN),
    "proj.issue.resolved": lambda course: _problems(course, _solved),
    "proj.issue.total": lambda course: _problems(course, _raised),
    "proj.fund.plan": _field("fund_plan"),
    "proj.fund.arrived": _field("arrived"),
    "proj.fund.paid": _field("paid"),
    "proj.bond.issued": _field("bond_issued"),
    "proj.bond.used": _field("bond_used"),
    "proj.land.need": _field("land_need"),
    "proj.land.done": _field("land_done"),
    "proj.permit.need": lambda course: _permits(course, granted=False),
    "proj.permit.done": lambda course: _permits(course, granted=True),
}  # fmt: skip

_LARGEST: dict[str, Callable[[Course], Floats]] = {
    "proj.start.overdue_months": lambda course: np.where(course.listed, course.late_start, 0).astype(np.float64),
    "proj.light.streak": lambda course: course.streaks.astype(np.float64),
}  # fmt: skip

_MEANS: dict[str, Callable[[Course], tuple[Floats, Floats]]] = {
    "proj.issue.days": _days_to_solve,
    "proj.permit.days": _days_to_permit,
}


class _Days:
    """Open and overdue problems by day."""

    def __init__(self, course: Course, tree: RegionTree, first: date, last: date) -> None:
        self._tree = tree
        self._first, self._last = first, last
        register = course.register
        self._found = [
            (project, problem, stretch)
            for project in register.projects.values()
            if project.kind == PROJECT
            for problem in register.problems.get(project.id, ())
            for stretch in _listed_stretches(register, project, last)
        ]
        self._drawn = any(one.simulated for one in course.projects)

    def figures(self, regions: Sequence[int], first: date, items: date | None = None) -> RecordFigures:
        """Each day from ``first`` on; by class and department from ``items`` on."""
        batch = Batch()
        self._add(batch, regions, first, TOTAL, lambda _project, _problem: True)
        if items is not None:
            for category in PROBLEM_CLASSES:
                self._add(
                    batch,
                    regions,
                    items,
                    (f"issue_class={category}", ""),
                    lambda _project, problem, of=category: problem.category == of,
                )
            for department in sorted({project.department for project, *_ in self._found}):
                self._add(
                    batch,
                    regions,
                    items,
                    (f"lead_department={department}", ""),
                    lambda project, _problem, of=department: project.department == of,
                )
        first_key, last_key = periods.day_key(first, periods.INSTANT), periods.day_key(self._last)
        return RecordFigures(DAILY, tuple(regions), first_key, last_key, batch.columns())

    def _add(
        self,
        batch: Batch,
        regions: Sequence[int],
        first: date,
        item: tuple[str, str],
        chosen: Callable[..., bool],
    ) -> None:
        count = (self._last - first).days + 1
        found = [one for one in self._found if chosen(one[0], one[1])]
        belongs = _belongs(self._tree, regions, [project for project, *_ in found]).astype(np.float64)
        keys = np.array(
            [periods.day_key(first + timedelta(days=day), periods.INSTANT) for day in range(count)], np.int64
        )
        behind = belongs @ np.array([[float(one[0].simulated)] for one in found]).reshape(len(found), 1)
        simulated = (behind > 0) | ((belongs.sum(axis=1, keepdims=True) == 0) & self._drawn)
        for code in DAILY if item == TOTAL else DAILY[:1]:
            value = belongs @ self._spans(found, code, first, count)
            batch.add(code, item, np.array(regions, np.int64), keys, value, simulated)

    def _spans(
        self, found: Sequence[tuple[Project, Problem, tuple[date, date]]], code: str, first: date, count: int
    ) -> Floats:
        """Problems × days: 1 where a problem is open, or open beyond its deadline."""
        spans = np.zeros((len(found), count))
        for number, (_, problem, (entered, left)) in enumerate(found):
            begins = problem.registered
            if code == "proj.issue.overdue":
                begins = max(begins, problem.deadline + timedelta(days=1))
            ends = min(problem.confirmed or date.max, left)
            start, stop = (max(begins, entered) - first).days, (ends - first).days
            spans[number, max(0, start) : max(0, min(stop, count))] = 1.0
        return spans


def _listed_stretches(register: Register, project: Project, last: date) -> Iterator[tuple[date, date]]:
    """From when until before when a project was on the lists."""
    for one in register.listings.get(project.id, ()):
        end = min(one.left or date.max, date(one.year + 1, 1, 1), project.withdrawn or date.max)
        if one.entered <= last and end > one.entered:
            yield one.entered, end
