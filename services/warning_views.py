"""What the warning centre shows, as plain frozen values: the list, one warning, what was in the past."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from data_access.saved_views import SavedView
from services.views import AlertLine, Mark, Place, StatutoryLine

Option = tuple[str, str]
"""A value of a filter and its name."""


@dataclass(frozen=True)
class Badge:
    """What is being done about a warning: acked, silenced, supervised, flapping; by whom, until when, which."""

    kind: str
    who: str = ""
    at: int | None = None
    until: int | None = None
    text: str = ""
    key: str = ""


@dataclass(frozen=True)
class Handled:
    """What is being done about a warning: its badges, the warning that it is folded under, its version."""

    badges: tuple[Badge, ...] = ()
    under: str = ""
    version: int = 0


@dataclass(frozen=True)
class WarningRow:
    """One open warning in the list.

    noticed  when it was noticed, epoch seconds
    department  whose it is, by the code of the department
    under    the warning that stands for this one
    version  of the warning: what was done to another one is refused
    acts     whether its reader may handle it
    folded   the warnings that it stands for: of regions below, or of what it is composed of
    """

    line: AlertLine
    system: str
    noticed: int
    department: str = ""
    version: int = 0
    acts: bool = False
    badges: tuple[Badge, ...] = ()
    under: str = ""
    folded: tuple["WarningRow", ...] = ()

    @property
    def flat(self) -> tuple["WarningRow", ...]:
        """The row and what is folded under it."""
        return (self, *(deep for row in self.folded for deep in row.flat))


@dataclass(frozen=True)
class Counted:
    """How many warnings stand open, by level from blue to red."""

    statutory: tuple[int, int, int, int] = (0, 0, 0, 0)
    management: tuple[int, int, int, int] = (0, 0, 0, 0)

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.statutory) + sum(self.management)


@dataclass(frozen=True)
class ListView:
    """The list of warnings.

    counts     of all that the filters leave but those of level and kind: what the choice of these would show
    found      how many the list holds, unpaged, the folded ones among them
    messages   warnings of authorities in force; `statutory` what our rules mirror and no message says
    filters    as they came to be; `vain` those of the address that came to nothing
    """

    place: Place
    path: tuple[Place, ...]
    counts: Counted
    found: int
    messages: tuple[StatutoryLine, ...]
    statutory: tuple[WarningRow, ...]
    management: tuple[WarningRow, ...]
    page: int
    pages: int
    filters: Mapping[str, str]
    options: Mapping[str, tuple[Option, ...]]
    views: tuple[SavedView, ...] = ()
    vain: tuple[str, ...] = ()
    acts: bool = False
    simulated: bool = False

    @property
    def rows(self) -> tuple[WarningRow, ...]:
        """All rows of this page."""
        return (*self.statutory, *self.management)


@dataclass(frozen=True)
class EventLine:
    """One thing that happened to a warning; kind and cause as words of the doors."""

    kind: str
    cause: str
    level: int
    previous: int
    period: int
    value: float | None
    measured: float | None
    threshold: float | None
    at: int
    back_dated: bool


@dataclass(frozen=True)
class Episode:
    """One warning of a rule in a region, from its opening to its end: the highest level, and whether it stands."""

    id: str
    opened: int
    closed: int | None
    level: int
    events: int


@dataclass(frozen=True)
class Bound:
    """The bound of one level over the periods of a course; NaN-free: None where there is none.

    legal  it is the legal limit, and as such always shown
    """

    level: int
    op: str
    values: tuple[float | None, ...]
    legal: bool = False


@dataclass(frozen=True)
class BreakMark:
    """From this day on the figures mean something else, or another legal limit holds.

    period  the day as a key
    reason  why the calibre changed; empty for a limit
    limit   the new legal limit; None for a calibre
    """

    period: int
    reason: str = ""
    limit: float | None = None


@dataclass(frozen=True)
class CourseView:
    """What a rule compared over time, with its bounds.

    compared  the measure in each period; `simulated` which of them were made up
    breaks    where within them the calibre or the legal limit changes
    """

    measure: str
    unit: str
    frequency: str
    periods: tuple[int, ...]
    compared: tuple[float | None, ...]
    simulated: tuple[bool, ...]
    bounds: tuple[Bound, ...] = ()
    breaks: tuple[BreakMark, ...] = ()


@dataclass(frozen=True)
class RuleView:
    """A rule in short: its type, measure, operator, bounds by level in the unit of the measure, where it comes from.

    members  of a rule made of others: their names; `needed` of them must fire
    """

    id: str
    type: str
    measure: str
    op: str
    unit: str
    bounds: Mapping[int, object] = field(default_factory=dict)
    source: str = ""
    version: int = 1
    needed: int = 0
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class OneWarning:
    """Everything about one warning, open or closed.

    row      as it stands in the list; of a closed one as it was when it closed
    worst    the highest level that it reached
    same     the same rule open elsewhere in the reader's scope; `here` other warnings open in the region
    parent   the warning that stands for this one; `below` those that this one stands for
    earlier  the warnings that the rule had here before and after
    message  the number of the message of an authority that it mirrors
    """

    row: WarningRow
    open: bool
    worst: int
    closed: int | None
    path: tuple[Place, ...]
    definition: str
    rule: RuleView
    events: tuple[EventLine, ...]
    course: CourseView | None
    same: tuple[WarningRow, ...] = ()
    here: tuple[WarningRow, ...] = ()
    below: tuple[WarningRow, ...] = ()
    parent: WarningRow | None = None
    earlier: tuple[Episode, ...] = ()
    messages: tuple[StatutoryLine, ...] = ()


@dataclass(frozen=True)
class Cell:
    """A month of the past: how many warnings stood open in it and how many of them began, and the worst."""

    month: int
    mark: Mark | None
    standing: int
    opened: int


@dataclass(frozen=True)
class Strip:
    """The months of one place or one system."""

    key: str
    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class PastView:
    """What was: a strip of the last months for every part, a calendar of the years, and what happened in one month.

    months    the months of the strips, as period keys, oldest first
    years     year by year its twelve months
    happened  the events of the month chosen, newest first, each with the name and place of its warning
    """

    place: Place
    path: tuple[Place, ...]
    by: str
    months: tuple[int, ...]
    strips: tuple[Strip, ...]
    years: tuple[tuple[int, tuple[Cell | None, ...]], ...]
    month: int
    happened: tuple["Happened", ...]
    more: int
    filters: Mapping[str, str]
    options: Mapping[str, tuple[Option, ...]]
    vain: tuple[str, ...] = ()


@dataclass(frozen=True)
class Happened:
    """An event of the past with its warning."""

    id: str
    name: str
    place: Place
    kind: str
    frequency: str
    event: EventLine
