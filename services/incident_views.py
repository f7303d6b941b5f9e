"""What is shown of incidents, as plain frozen values; names of places in the reader's language."""

from dataclasses import dataclass

from data_access.incidents import (
    Action,
    Assessment,
    Consultation,
    Contact,
    Count,
    Entry,
    Fact,
    Incident,
    Report,
    ResponseLevel,
    Stage,
    Task,
    WarningLevel,
)
from services.incident_rules import Proposal
from services.views import Place

__all__ = ["Action", "Assessment", "Consultation", "Contact", "Count", "Entry", "Fact", "Incident", "Report",
           "ResponseLevel", "Stage", "Task", "WarningLevel"]  # fmt: skip
"""The records that pages draw as they are."""


@dataclass(frozen=True)
class OpenIncident:
    """An incident on one line: where, how grave, in which stage since when, what of its tasks is overdue.

    place      the region; ``where`` is the place in words, empty while it is not known
    stage      the stage that runs, or the last one that ran
    running    whether that stage goes on
    warning    4 red to 1 blue, 0 none; ``responses`` the level of each response in force, Ⅰ being 1
    delay      seconds from occurrence to the first report; None where a stamp is missing
    wartime    orange or above, or a response of Ⅱ or above
    """

    id: int
    title: str
    category: str
    kind: str
    level: int
    place: Place
    where: str
    lon: float | None
    lat: float | None
    occurred_at: int | None
    reported_at: int | None
    terminated_at: int | None
    stage: str
    stage_since: int | None
    running: bool
    warning: int
    responses: tuple[tuple[str, int], ...]
    tasks: int
    overdue: int
    delay: int | None
    late: bool
    wartime: bool
    simulated: bool
    published: bool
    restricted: bool = False

    @property
    def response(self) -> int:
        """The highest response level in force: 1 is the highest, 0 says that none is."""
        return min((level for _, level in self.responses), default=0)

    @property
    def placed(self) -> bool:
        """Whether it can be drawn on a map."""
        return self.lon is not None and self.lat is not None


@dataclass(frozen=True)
class TaskLine:
    """A task with what is overdue of it (``ack``, ``answer`` or nothing), and the incident that it belongs to."""

    task: Task
    overdue: str
    title: str
    place: Place
    simulated: bool


@dataclass(frozen=True)
class IncidentMark:
    """An incident as a mark of a map."""

    id: int
    title: str
    category: str
    kind: str
    lon: float
    lat: float
    warning: int
    response: int
    place: Place
    simulated: bool


@dataclass(frozen=True)
class WartimeFacts:
    """What a room needs on such a night.

    response  the highest response level in force; 0 none
    overdue   tasks that are overdue, the longest first
    sites     sites that must be connected and are not yet
    """

    incidents: tuple[OpenIncident, ...]
    response: int
    overdue: tuple[TaskLine, ...]
    sites: tuple[TaskLine, ...]
    at: int

    @property
    def wartime(self) -> bool:
        """Whether any incident is orange or above, or under a response of Ⅱ or above."""
        return any(one.wartime for one in self.incidents)


@dataclass(frozen=True)
class DutyLine:
    """Who is on duty where, in which turn, until when."""

    place: Place
    role: str
    shift: str
    begins_at: int
    ends_at: int
    contact: Contact


@dataclass(frozen=True)
class CountLine:
    """The latest figure of a metric, and the earlier ones that it replaced, newest first."""

    metric: str
    latest: Count
    report: Report
    earlier: tuple[tuple[Count, Report], ...]


@dataclass(frozen=True)
class IncidentPage:
    """Everything of one incident for one reader.

    stages      all, corrected ones among them; ``corrected`` their numbers
    proposals   what plans propose beyond what is in force
    twins       incidents that may be the same one
    commands    whether the reader may act here
    limit       seconds that the first report may take
    """

    head: Incident
    line: OpenIncident
    stages: tuple[Stage, ...]
    corrected: frozenset[int]
    warnings: tuple[WarningLevel, ...]
    responses: tuple[ResponseLevel, ...]
    counts: tuple[CountLine, ...]
    reports: tuple[Report, ...]
    next_report: int | None
    facts: tuple[Fact, ...]
    tasks: tuple[TaskLine, ...]
    log: tuple[Entry, ...]
    consultations: tuple[Consultation, ...]
    actions: tuple[Action, ...]
    assessment: Assessment | None
    proposals: tuple[Proposal, ...]
    twins: tuple[OpenIncident, ...]
    names: dict[str, str]
    commands: bool
    limit: int
    at: int


# ---- panels


@dataclass(frozen=True)
class IncidentsView:
    """Open incidents."""

    incidents: tuple[OpenIncident, ...]
    at: int
    commands: bool


@dataclass(frozen=True)
class TasksView:
    """Tasks that are overdue, the longest first, and how many are under way."""

    lines: tuple[TaskLine, ...]
    under_way: int
    at: int


@dataclass(frozen=True)
class DutyView:
    """Who is on duty now; ``contacts`` can be called in any case."""

    lines: tuple[DutyLine, ...]
    contacts: tuple[tuple[Place, Contact], ...]
    at: int
    commands: bool


@dataclass(frozen=True)
class Track:
    """The stages of one incident on a common axis of time."""

    incident: OpenIncident
    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class TimelineView:
    """The stages of the longest incidents of a stretch of time; ``count`` is how many incidents there were."""

    tracks: tuple[Track, ...]
    count: int
    first: int
    last: int
    simulated: bool


@dataclass(frozen=True)
class DelayView:
    """How long first reports took in a stretch of time.

    bins    (from, to) in minutes and how many incidents; the last bin is open
    limit   minutes that the rule allows
    late    incidents reported late, the longest first
    without incidents of which a stamp is missing
    """

    bins: tuple[tuple[int, int | None, int], ...]
    median: float | None
    p90: float | None
    count: int
    limit: int
    late: tuple[OpenIncident, ...]
    without: int
    first: int
    last: int
    simulated: bool


@dataclass(frozen=True)
class DueLine:
    """Something that is not done: ``what`` is ``assessment``, or what was agreed or is to be put right."""

    incident: OpenIncident
    what: str
    owner: str
    due_at: int


@dataclass(frozen=True)
class DuesView:
    """Assessments and actions that are not done, the earliest due first; ``total`` may be more than the lines."""

    lines: tuple[DueLine, ...]
    total: int
    at: int


@dataclass(frozen=True)
class HistoryView:
    """Incidents of a stretch of time, filtered; ``total`` may be more than the lines, ``years`` are offered."""

    incidents: tuple[OpenIncident, ...]
    total: int
    filters: dict[str, str]
    years: tuple[int, ...]
    first: int
    last: int
    at: int
