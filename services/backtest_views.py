"""What a back-test shows, as plain frozen values; names are in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from indicators.errors import Issue
from services.views import Place
from services.warning_views import CourseView, EventLine, RuleView


@dataclass(frozen=True)
class YearOutcome:
    """What happened in one year: openings, and messages after grouping and folding."""

    year: int
    openings: int
    messages: int


@dataclass(frozen=True)
class PlaceOutcome:
    """What happened in one region.

    time  periods at each level: none, blue, yellow, orange, red
    now   the level after the last period
    """

    place: Place
    openings: int
    time: tuple[int, ...]
    now: int

    @property
    def firing(self) -> int:
        """Periods in which a warning stood."""
        return sum(self.time[1:])


@dataclass(frozen=True)
class Outcome:
    """What a rule would have done in all regions.

    changes  levels that rose or fell
    lines    sentences of all messages; `spared` those that grouping in the region tree and flapping kept back
    reached  how often a warning opened at each level or rose to it: none, blue, yellow, orange, red
    """

    openings: int
    changes: int
    years: tuple[YearOutcome, ...]
    places: tuple[PlaceOutcome, ...]
    time: tuple[int, ...]
    messages: int
    lines: int
    spared: int
    reached: tuple[int, ...] = ()


@dataclass(frozen=True)
class Lasting:
    """One warning that would have stood: where, from which period to which, how severe at its worst.

    closed   the period in which it ended; 0 while it stands
    periods  for how many it stood
    """

    place: Place
    opened: int
    closed: int
    worst: int
    periods: int


@dataclass(frozen=True)
class Overlap:
    """A rule whose warnings stood at the same time in the same region: in so many of the openings."""

    rule: str
    name: str
    shared: int
    of: int


@dataclass(frozen=True)
class EpisodeView:
    """Something known to have happened, and whether the rule saw it."""

    id: str
    text: str
    places: tuple[Place, ...]
    seen: bool


@dataclass(frozen=True)
class Handle:
    """One bound that can be moved.

    value   as it is tried; `live` as it is in force, None where that level has none there
    end     of a band: 0 the lower end, 1 the upper end; else 0
    """

    level: int
    end: int
    value: float
    live: float | None


@dataclass(frozen=True)
class Particulars:
    """A rule as it is tried or in force: what can be changed of it.

    bounds         by level word: one number, or the two ends of a band (None: open)
    persist, keep  None where they differ by level
    """

    bounds: Mapping[str, float | tuple[float | None, float | None]]
    persist: int | None
    keep: int | None


@dataclass(frozen=True)
class BacktestView:
    """A rule tried on history, for one reader.

    id        its identity; `rule` as it is tried
    changed   whether a draft is tried, and not the rule in force
    issues    why the draft cannot be tried; the outcome is that of the rule in force then
    outcome   of what is tried; `standing` of the rule in force, where a draft is tried
    place     whose course is shown; `places` those that have figures
    course    what was compared there, with the bounds as tried, and what `happened`
    handles   the bounds that can be moved, as they are written; on the course they are `scale` times as large
    first, last, periods   what was replayed
    warnings  every warning that would have stood, the latest first; `caught`: how many of them rules in force saw too
    simulated whether any figure was made by the generator of sample figures
    dated     whether a bound follows a legal limit that changes with time
    limit     today's limit, where every period is judged by it: a what-if; None: each by the limit of its day
    """

    id: str
    name: str
    indicator: str
    indicator_name: str
    system: str
    kind: str
    rule: RuleView
    frequency: str
    department: str
    source_note: str
    tried: Particulars
    live: Particulars
    changed: bool
    issues: tuple[Issue, ...]
    place: Place
    places: tuple[Place, ...]
    first: int
    last: int
    periods: int
    outcome: Outcome
    standing: Outcome | None
    course: CourseView | None = None
    happened: tuple[EventLine, ...] = ()
    scale: float = 1.0
    handles: tuple[Handle, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    episodes: tuple[EpisodeView, ...] = ()
    simulated: bool = False
    written: Mapping[str, object] = field(default_factory=dict, hash=False)
    dated: bool = False
    limit: float | None = None
    warnings: tuple[Lasting, ...] = ()
    caught: int = 0
