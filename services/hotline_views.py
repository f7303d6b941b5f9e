"""What panels and pages show of the hotline, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass

from data_access.hotline import Case
from services.hotline_reference import Published
from services.views import Place


@dataclass(frozen=True)
class Rate:
    """One cell: a share in percent, or why there is none.

    thin  the sample is too small; ``base`` says how many there were
    """

    value: float | None
    base: float | None
    thin: bool = False


@dataclass(frozen=True)
class BreakdownRow:
    """One region, class or department: how many cases, and how they went.

    code                the region's code or the word of the class
    reported, expected  of how many places the count is made
    """

    code: str
    name: str
    total: float | None
    ontime: Rate
    satisfied: Rate
    solved: Rate
    repeat: Rate
    reported: int = 1
    expected: int = 1


@dataclass(frozen=True)
class BreakdownView:
    """A sortable table of the hotline.

    by      region, appeal_class, department
    sort    the column that orders it
    period  the month, a period key
    """

    place: Place
    by: str
    rows: tuple[BreakdownRow, ...]
    whole: BreakdownRow
    sort: str
    period: int
    simulated: bool
    thin: int


@dataclass(frozen=True)
class StageCount:
    """Open cases in one stage, by how long they have been there; ``overdue`` are past their due time."""

    stage: int
    name: str
    total: int
    overdue: int
    ages: tuple[int, ...]


@dataclass(frozen=True)
class LoopView:
    """Where the open cases stand in the loop."""

    place: Place
    stages: tuple[StageCount, ...]
    ages: tuple[str, ...]
    total: int
    overdue: int
    soon: int
    at: int
    simulated: bool


@dataclass(frozen=True)
class RisingRow:
    """A class whose repeats rise: their number and share by month, oldest first."""

    code: str
    name: str
    counts: tuple[float | None, ...]
    share: float | None
    before: float


@dataclass(frozen=True)
class RisingView:
    """Classes with rising repeats, the steepest first; months as period keys."""

    place: Place
    rows: tuple[RisingRow, ...]
    months: tuple[int, ...]
    simulated: bool


@dataclass(frozen=True)
class CaseRow:
    """One case of the list."""

    number: str
    place: Place
    about: str
    matter: str
    department: str
    accepted: int
    due: int | None
    stage: str
    closed: bool
    overdue: bool
    repeat: bool
    simulated: bool


@dataclass(frozen=True)
class CasesView:
    """A page of cases, overdue first; ``options`` are what each filter offers, ``chosen`` what is set."""

    place: Place
    rows: tuple[CaseRow, ...]
    total: int
    page: int
    pages: int
    chosen: Mapping[str, str]
    options: Mapping[str, tuple[tuple[str, str], ...]]
    may_record: bool
    simulated: bool


@dataclass(frozen=True)
class StepView:
    """One step of the loop of a case."""

    stage: str
    begun: int
    ended: int | None
    unit: str
    note: str
    again: bool


@dataclass(frozen=True)
class CaseView:
    """One case with its loop."""

    case: Case
    place: Place
    county: Place
    about: str
    channel: str
    department: str
    stage: str
    steps: tuple[StepView, ...]
    repeat_of: str
    rating: str
    overdue: bool
    late: bool
    offered: tuple[tuple[int, str], ...]
    may_record: bool


@dataclass(frozen=True)
class ReferenceView:
    """What other places published: which there are, which is chosen, and its table. Never in our figures."""

    places: tuple[tuple[str, str], ...]
    chosen: str
    table: Published
