"""What the panels of the digital government show, as plain frozen values; names are in the reader's language."""

from dataclasses import dataclass
from datetime import date

from services.views import Figure, Place


@dataclass(frozen=True)
class PlanName:
    """A published plan and the region that it holds for."""

    id: str
    name: str
    issued: date
    place: str


@dataclass(frozen=True)
class TargetLine:
    """One target of a plan, judged by the region's own records only.

    op, value, upper  ``>=``, ``<=``, ``between``… and the number; ``done`` is a milestone without one
    state             met, short, open (not due yet), unknown (no figure, or no evidence), done (with evidence)
    figure            the latest own figure; None where the catalogue has no indicator for the target
    due               the day that the plan names; None where it names none, and ``year`` is what holds
    reporter          who is to report what the catalogue has no indicator for
    """

    statement: str
    year: int
    due: date | None
    op: str
    value: float | None
    upper: float | None
    unit: str
    state: str
    indicator: str | None = None
    name: str = ""
    figure: Figure | None = None
    frequency: str = ""
    reporter: str = ""
    evidence: str = ""
    note: str = ""
    source: str = ""


@dataclass(frozen=True)
class PlanView:
    """The plan of a region with its targets in the order of their days; ``elsewhere`` are regions below with plans.

    plan  None where the region has none and regions below it have
    """

    place: Place
    plan: PlanName | None
    lines: tuple[TargetLine, ...]
    counts: tuple[tuple[str, int], ...]
    elsewhere: tuple[Place, ...] = ()


@dataclass(frozen=True)
class HeadlineRow:
    """One of the headline indicators of a plan: what it means, where the region stands, what is aimed at.

    target   of the plan; ``own`` says whether it holds for this region or stands for reference only
    """

    code: str
    name: str
    definition: str
    figure: Figure
    frequency: str
    target: TargetLine | None
    own: bool


@dataclass(frozen=True)
class HeadlineView:
    """The nine headline indicators, and the plan that prints their definitions and targets."""

    place: Place
    plan: PlanName
    own: bool
    year: int
    rows: tuple[HeadlineRow, ...]


@dataclass(frozen=True)
class StepLine:
    """One yearly step of a milestone: what is due, and the own figure of that year."""

    year: int
    due: date | None
    target: float
    figure: Figure
    state: str


@dataclass(frozen=True)
class StepsView:
    """An indicator with a target for every year."""

    place: Place
    plan: PlanName
    own: bool
    code: str
    name: str
    unit: str
    frequency: str
    statement: str
    steps: tuple[StepLine, ...]


@dataclass(frozen=True)
class ScoreRow:
    """One indicator in several regions, in the order of the regions."""

    code: str
    name: str
    unit: str
    frequency: str
    definition: str
    department: str
    figures: tuple[Figure, ...]
    total: bool = False


@dataclass(frozen=True)
class ScoresView:
    """Indicators by regions: the own region first, then those below it."""

    regions: tuple[Place, ...]
    rows: tuple[ScoreRow, ...]
    note: str = ""


@dataclass(frozen=True)
class DepartmentRow:
    """One department with its figures, in the order of the indicators."""

    name: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class SharingView:
    """The evaluation of sharing: indicators by regions, and by department where departments have reported.

    columns  (code, name, unit) of the indicators that are kept by department
    """

    scores: ScoresView
    columns: tuple[tuple[str, str, str], ...]
    departments: tuple[DepartmentRow, ...]


@dataclass(frozen=True)
class SupervisionRow:
    """One department in charge: how far its supervision reaches, and what it brings."""

    department: str
    coverage: tuple[ScoreRow, ...]
    effect: tuple[ScoreRow, ...]


@dataclass(frozen=True)
class RegulationView:
    """Regulation by department in charge."""

    place: Place
    rows: tuple[SupervisionRow, ...]
    by_department: bool
