"""What pages, panels and files show of supervised items: frozen, with names in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from data_access.supervision import Item, Step
from indicators.supervision import Act, Rates, State
from services.views import Place


@dataclass(frozen=True)
class ItemLine:
    """One item in a list.

    lateness    what is overdue now: ``sign``, ``answer``, ``review``, or nothing
    late        an answer came after its deadline
    mine        it is the reader's move
    """

    id: int
    title: str
    kind: str
    subject: str
    place: Place
    department_code: str
    department: str
    unit: str
    state: State
    round: int
    level: int
    dispatched_at: int
    due_on: date
    lateness: str
    late: bool
    closed_at: int | None
    recovered_at: int | None
    repeat_of: int | None
    simulated: bool
    mine: bool
    answered: bool

    @property
    def open(self) -> bool:
        """Whether something is still to be done."""
        return self.state not in (State.CLOSED, State.WITHDRAWN)


@dataclass(frozen=True)
class Seen:
    """One figure of the frozen copy, and what it was when one looked back.

    role     subject, part, leading, below; measure and threshold are what was compared
    code     the indicator, or the measure
    closed, recovered   the figure at the closing of the item and at the recovery of the warning; None: not there
    """

    role: str
    code: str
    name: str
    place: str
    unit: str
    period: int | None
    value: float | None
    simulated: bool
    op: str = ""
    closed: float | None = None
    closed_period: int | None = None
    recovered: float | None = None
    recovered_period: int | None = None


@dataclass(frozen=True)
class ItemView:
    """Everything of one item.

    seen       figures of the frozen copy; ``told`` its facts in words: (name, text)
    may        what this reader may do with it now
    reviewer   how the reviewer is called; ``reviews`` whether that is the reader
    deadlines  offered for a return: (working days, day)
    earlier    the item that had been closed on the same matter shortly before
    """

    line: ItemLine
    item: Item
    steps: tuple[Step, ...]
    seen: tuple[Seen, ...]
    told: tuple[tuple[str, str], ...]
    may: frozenset[Act]
    reviewer: str
    reviews: bool
    deadlines: tuple[tuple[int, date], ...]
    sign_day: date
    review_day: date | None
    earlier: ItemLine | None
    at: int

    @property
    def looked_back(self) -> bool:
        """Whether there is something to look back on: the warning resolved, or the item was closed."""
        return any(one.closed is not None or one.recovered is not None for one in self.seen)


@dataclass(frozen=True)
class RateLine:
    """How a department or a county handles its items."""

    code: str
    name: str
    rates: Rates


@dataclass(frozen=True)
class RatesView:
    """The rates of a region and year: in all, by department, by county."""

    place: Place
    since: date
    until: date
    whole: Rates
    departments: tuple[RateLine, ...]
    regions: tuple[RateLine, ...]
    simulated: bool


@dataclass(frozen=True)
class ItemsView:
    """A list of items with how it was narrowed.

    options  what each filter offers: (value, name)
    counts   how many of all there are in each state, ``overdue`` among them
    """

    lines: tuple[ItemLine, ...]
    total: int
    page: int
    pages: int
    chosen: Mapping[str, str]
    options: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    may_dispatch: bool = False


@dataclass(frozen=True)
class OpenItemsView:
    """The open items of a region for a board: overdue first."""

    place: Place
    lines: tuple[ItemLine, ...]
    total: int
    overdue: int
    simulated: bool
    may_dispatch: bool
    at: int


@dataclass(frozen=True)
class DispatchView:
    """What the form of a dispatch needs.

    name         of the source, as the form sends it
    departments  (code, name); ``department`` the one that the form begins with
    deadlines    (working days, day); ``days`` the one that it begins with
    regions      where the matter may be put: (code, name); more than one only for what is given by hand
    items        what is or was supervised of the same source, newest first
    announced    whether the make-up days are known of every year that a deadline falls in
    """

    name: str
    kind: str
    title: str
    departments: tuple[tuple[str, str], ...]
    department: str
    deadlines: tuple[tuple[int, date], ...]
    days: int
    regions: tuple[tuple[str, str], ...]
    region: str
    items: tuple[ItemLine, ...]
    announced: bool
