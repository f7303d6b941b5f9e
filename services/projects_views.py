"""What boards and pages show of key projects: plain frozen values with names in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from indicators.lights import Reason
from indicators.projects import Change, Milestone, Permit, Plan, Problem, Ruling, Total
from services.views import Figure, Mark, Place

Month = tuple[int, int]


@dataclass(frozen=True)
class Ref:
    """A project as a list names it."""

    id: int
    name: str
    place: Place
    simulated: bool
    light: str = ""


@dataclass(frozen=True)
class ScheduleRow:
    """How far a region is, in percent of its plan, against what is due; ``place`` None: what lies in no child.

    plan, done  亿元; ``done`` is None where reports are still out
    gap         percentage points; contribution: what the region adds to the gap of the whole
    """

    place: Place | None
    count: int
    plan: float
    done: float | None
    rate: float | None
    gap: float | None
    contribution: float | None
    mark: Mark | None = None
    simulated: bool = False


@dataclass(frozen=True)
class ScheduleView:
    """Completion of a region and its children against the time schedule of a month.

    due     percent that is due by the end of the month; ``seasonal``: by a season curve, not by the calendar
    """

    month: Month
    due: float
    seasonal: bool
    whole: ScheduleRow
    rows: tuple[ScheduleRow, ...]
    simulated: bool


@dataclass(frozen=True)
class CurveView:
    """Cumulative investment over months: planned, done, and last year's where there is one; 亿元.

    total  the planned total investment, for the curve of one project
    """

    months: tuple[Month, ...]
    planned: tuple[float | None, ...]
    done: tuple[float | None, ...]
    before: tuple[float | None, ...] = ()
    total: float | None = None
    seasonal: bool = False
    simulated: bool = False


@dataclass(frozen=True)
class LightRow:
    """A project that is not green, with why."""

    project: Ref
    colour: str
    reasons: tuple[Reason, ...]
    streak: int
    ruled: bool
    rate: float | None


@dataclass(frozen=True)
class LightsView:
    """How many projects have which light, over the last months, and the red and yellow ones with their reasons."""

    month: Month
    counts: Mapping[str, int]
    course: tuple[tuple[Month, Mapping[str, int]], ...]
    rows: tuple[LightRow, ...]
    more: int
    simulated: bool


@dataclass(frozen=True)
class ListRow:
    """One line of the list of projects."""

    project: Ref
    kind: str
    stage: str
    scopes: tuple[str, ...]
    department: str
    total: float | None
    plan: float | None
    done: float | None
    rate: float | None
    problems: int
    listed: bool
    as_of: str = ""
    quality: str = ""
    withdrawn: bool = False


@dataclass(frozen=True)
class ListView:
    """A page of the list; ``options`` are the filters and what each can be set to, with names."""

    rows: tuple[ListRow, ...]
    count: int
    page: int
    pages: int
    filters: Mapping[str, str]
    options: Mapping[str, tuple[tuple[str, str], ...]]
    month: Month | None
    may_add: bool


@dataclass(frozen=True)
class Pin:
    """A project on the map."""

    project: Ref
    lon: float
    lat: float
    total: float | None
    rate: float | None


@dataclass(frozen=True)
class PinsView:
    """Projects on the outlines of the regions below; ``missing`` have no position."""

    parent: Place
    level: str
    version: str
    bounds: tuple[float, float, float, float]
    approximate: bool
    codes: tuple[str, ...]
    pins: tuple[Pin, ...]
    missing: int


@dataclass(frozen=True)
class ProblemRow:
    """A problem with the project that it holds up, and how old it is on the day of the data."""

    project: Ref
    problem: Problem
    department: str
    age: int
    overdue: int


@dataclass(frozen=True)
class ProblemsView:
    """Open problems: the oldest beyond their deadline first, how old they are, of which class."""

    day: date
    open: int
    overdue: int
    ages: tuple[tuple[str, int], ...]
    classes: tuple[tuple[str, int, int], ...]
    rows: tuple[ProblemRow, ...]
    more: int
    simulated: bool


@dataclass(frozen=True)
class Track:
    """The milestones of one project inside the window of a timeline."""

    project: Ref
    milestones: tuple[Milestone, ...]
    late: int


@dataclass(frozen=True)
class TimelineView:
    """Milestones of the projects that need a look, late ones first."""

    first: date
    last: date
    day: date
    tracks: tuple[Track, ...]
    late: int
    next: int
    more: int
    simulated: bool


@dataclass(frozen=True)
class Component:
    """An indicator beside the gap: part of it, or running ahead of it."""

    indicator: str
    name: str
    figure: Figure
    leading: bool
    mark: Mark | None


@dataclass(frozen=True)
class DriversView:
    """What makes the gap of a region: its children by what each adds (they add up to it), and the components."""

    schedule: ScheduleView
    components: tuple[Component, ...]


@dataclass(frozen=True)
class ProjectView:
    """Everything of one project.

    path        city, county, township
    curve       None for a programme and where no plan is known
    lights      (month, colour, reasons, streak, ruled), newest first
    members     what a programme holds; ``programme`` what the project belongs to
    history     None for readers who may not change anything
    """

    id: int
    name: str
    facts: Mapping[str, object]
    place: Place
    path: tuple[Place, ...]
    kind: str
    simulated: bool
    month: Month | None
    light: str
    reasons: tuple[Reason, ...]
    streak: int
    plan: float | None
    done: float | None
    due: float | None
    rate: float | None
    curve: CurveView | None
    lights: tuple[tuple[Month, str, bool], ...]
    funds: Mapping[str, float]
    months: tuple[tuple[Month, float, float, str], ...]
    plans: tuple[Plan, ...]
    totals: tuple[Total, ...]
    milestones: tuple[Milestone, ...]
    problems: tuple[ProblemRow, ...]
    permits: tuple[Permit, ...]
    rulings: tuple[Ruling, ...]
    listings: tuple[tuple[int, date, date | None, str], ...]
    programme: Ref | None
    members: tuple[Ref, ...]
    history: tuple[Change, ...]
    may_change: bool
    day: date
