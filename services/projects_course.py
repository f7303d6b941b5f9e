"""Projects month by month: what is listed, planned, done and late at the end of each, and the light it gets.

Everything that boards and figures say of a month stands on this one reading of the register, so that a card, a
list and a project's own page cannot differ.
"""

import calendar
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from indicators.lights import GREEN, RED, YELLOW, Light, Position, courses, judge
from indicators.projects import Milestone, Month, Project, Register

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

Schedule = Callable[[int, int, int], float]
"""How much of a year's plan is due by the end of a month (0: before January), percent: (region, year, month)."""

GRACE = timedelta(days=10)
"""So long after the end of a month reports are waited for; then who has not reported keeps the last figure."""

CODES = {"": 0, GREEN: 1, YELLOW: 2, RED: 3}


def month_end(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year, month, calendar.monthrange(year, month)[1])


def months_between(first: tuple[int, int], last: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    """The months from first to last, both included."""
    start, end = first[0] * 12 + first[1] - 1, last[0] * 12 + last[1] - 1
    return tuple((index // 12, index % 12 + 1) for index in range(start, end + 1))


def months_late(planned: date | None, year: int, month: int) -> int:
    """How many months a month lies behind the one of a planned day; 0 where it does not."""
    return max(0, (year - planned.year) * 12 + month - planned.month) if planned else 0


def overdue_milestones(milestones: Sequence[Milestone], on: date) -> list[Milestone]:
    """The milestones that were due before the end of a day and not reached by then, oldest first."""
    late = [one for one in milestones if one.due <= on and (one.actual is None or one.actual > on)]
    return sorted(late, key=lambda one: one.due)


def own_schedule(schedule: Schedule, project: Project, year: int, month: int) -> float | None:
    """How much of the year's plan a project should have done, percent; None before the month it is to start.

    A year in which it starts, or is to be finished, has the part of the region's schedule that lies between.
    """
    start, finish = project.planned_start, project.planned_finish
    if start is not None and (year, month) < (start.year, start.month):
        return None
    before = schedule(project.region, year, start.month - 1) if start and start.year == year else 0.0
    ends = finish is not None and finish.year == year
    whole = schedule(project.region, year, finish.month) if finish and ends else 100.0
    if finish and ends and month >= finish.month:
        return 100.0
    return 100.0 * (schedule(project.region, year, month) - before) / max(whole - before, 1e-9)


@dataclass(frozen=True)
class Course:
    """All projects (rows; no programmes) over some months (columns).

    schedule  of the project's region
    """

    register: Register
    schedule: Schedule
    months: tuple[tuple[int, int], ...]

    @cached_property
    def ends(self) -> tuple[date, ...]:
        """The last day of each month."""
        return tuple(month_end(*one) for one in self.months)

    @cached_property
    def projects(self) -> tuple[Project, ...]:
        """The rows: projects that ever stood on a list."""
        return tuple(one for one in self.register.projects.values() if one.id in self.register.listings)

    @cached_property
    def row(self) -> dict[int, int]:
        """The row of each project."""
        return {one.id: number for number, one in enumerate(self.projects)}

    def matrix(self, value: Callable[[Project, date], float | None]) -> Floats:
        """A number for each project and month; NaN where there is none, or the project is not on the list."""
        found = np.full((len(self.projects), len(self.months)), np.nan)
        for number, project in enumerate(self.projects):
            for spot in np.flatnonzero(self.listed[number]):
                known = value(project, self.ends[spot])
                found[number, spot] = np.nan if known is None else known
        return found

    @cached_property
    def listed(self) -> Bools:
        """Whether a project counts in a month."""
        return np.array(
            [[self.register.listed(one.id, end) for end in self.ends] for one in self.projects], bool
        ).reshape(len(self.projects), len(self.months))

    @cached_property
    def plan(self) -> Floats:
        """The year's plan as it stood."""
        return self.matrix(lambda project, end: self.register.plan(project.id, end))

    @cached_property
    def total(self) -> Floats:
        """The planned total investment as it stood."""
        return self.matrix(lambda project, end: self.register.total(project.id, end))

    @cached_property
    def done(self) -> Floats:
        """Completed since 1 January; what was last reported where a month is missing, 0 before the first report."""
        return self.reported_value("done")

    @cached_property
    def reports(self) -> list[list[Month | None]]:
        """The newest report of the year for each project and month; None before the first."""
        return [[self.register.month(one.id, end) for end in self.ends] for one in self.projects]

    @cached_property
    def step(self) -> Floats:
        """Completed in the month itself."""
        before = np.zeros_like(self.done)
        for number, project in enumerate(self.projects):
            for spot in np.flatnonzero(self.listed[number]):
                year, month = self.months[spot]
                found = self.register.month(project.id, month_end(year, month - 1)) if month > 1 else None
                before[number, spot] = found.done if found else 0.0
        return self.done - before

    def reported_value(self, name: str) -> Floats:
        """A field of the newest report of the year; 0 before the first, NaN off the list."""
        known = np.array([[float(getattr(one, name)) if one else 0.0 for one in row] for row in self.reports])
        return np.where(self.listed, known.reshape(self.listed.shape), np.nan)

    @cached_property
    def reported(self) -> Bools:
        """Whether a month's report is there, or none is asked for since the project was finished before."""
        known = {
            (one.project, one.year, one.month) for months in self.register.months.values() for one in months
        }
        return np.array(
            [
                [
                    (one.id, *month) in known or one.finished(date(*month, 1) - timedelta(days=1))
                    for month in self.months
                ]
                for one in self.projects
            ],
            bool,
        ).reshape(self.listed.shape)

    @cached_property
    def late_start(self) -> Ints:
        """Months beyond the planned month in which a project has not started."""
        return self._late(lambda one: one.planned_start, Project.started)

    @cached_property
    def late_finish(self) -> Ints:
        """Months beyond the planned month in which a project has not finished."""
        return self._late(lambda one: one.planned_finish, Project.finished)

    def _late(
        self, planned: Callable[[Project], date | None], reached: Callable[[Project, date], bool]
    ) -> Ints:
        return np.array(
            [
                [
                    0 if reached(one, end) else months_late(planned(one), *month)
                    for month, end in zip(self.months, self.ends, strict=True)
                ]
                for one in self.projects
            ],
            np.int64,
        ).reshape(self.listed.shape)

    @cached_property
    def lights(self) -> list[list[Light | None]]:
        """The light of each project in each month; None where it is not on the list."""
        found = []
        for number, project in enumerate(self.projects):
            rulings = {
                (one.year, one.month): (one.light, one.reason)
                for one in self.register.rulings.get(project.id, ())
            }
            found.append(
                courses(
                    (self._computed(number, spot), rulings.get(month))
                    for spot, month in enumerate(self.months)
                )
            )
        return found

    def _computed(self, number: int, spot: int) -> Light | None:
        return judge(self.position(number, spot)) if self.listed[number, spot] else None

    def position(self, number: int, spot: int) -> Position:
        """How far a project is at the end of a month."""
        project, end = self.projects[number], self.ends[spot]
        plan = self.plan[number, spot]
        late = overdue_milestones(self.register.milestones.get(project.id, ()), end)
        late = [one for one in late if months_late(one.due, *self.months[spot])]
        due = own_schedule(self.schedule, project, *self.months[spot]) if project.started(end) else None
        return Position(
            completion=100 * float(self.done[number, spot]) / float(plan)
            if plan > 0 and due is not None
            else None,
            schedule=due or 0.0,
            late_start=int(self.late_start[number, spot]),
            late_finish=int(self.late_finish[number, spot]),
            milestone=late[0].name if late else "",
            late_milestone=months_late(late[0].due, *self.months[spot]) if late else 0,
            finished=project.finished(end),
        )

    @cached_property
    def colours(self) -> Ints:
        """The lights as numbers: 0 none, 1 green, 2 yellow, 3 red."""
        return np.array(
            [[CODES[light.colour if light else ""] for light in row] for row in self.lights], np.int64
        ).reshape(self.listed.shape)

    @cached_property
    def streaks(self) -> Ints:
        """The months of red of each project, as counted."""
        return np.array(
            [[light.streak if light else 0 for light in row] for row in self.lights], np.int64
        ).reshape(self.listed.shape)
