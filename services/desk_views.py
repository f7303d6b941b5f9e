"""The data desk as plain data, for pages to put into words."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from data_access.desk import Delivery, Event
from indicators.errors import Issue
from services.desk_calendar import Release
from services.views import Place

Option = tuple[str, str]

ERROR, WARNING, ACCEPTED, NOTICE = "error", "warning", "accepted", "notice"
"""What a mark at a cell says; an accepted warning is one that somebody gave a reason for."""

GRAVEST = (ERROR, WARNING, ACCEPTED, NOTICE)


@dataclass(frozen=True)
class Mark:
    """Something to tell about a delivery.

    cell     where: sheet, row and column (−1: the whole row); None for the delivery as a whole
    address  the same as a spreadsheet says it: ``填报!G12``
    reason   why it was accepted, and by whom
    """

    kind: str
    issue: Issue
    cell: tuple[int, int, int] | None
    address: str
    reason: str = ""
    author: str = ""


@dataclass(frozen=True)
class Check:
    """What a check of a delivery found; ``figures`` is what would be stored."""

    marks: tuple[Mark, ...]
    figures: int
    counts: Mapping[str, int]

    @property
    def clean(self) -> bool:
        """Whether nothing stands in the way of the release."""
        return not self.counts[ERROR] and not self.counts[WARNING] and self.figures > 0


@dataclass(frozen=True)
class DueLine:
    """One release of the calendar, and the delivery that is under way for it."""

    release: Release
    delivery: Delivery | None = None
    held: int = 0


@dataclass(frozen=True)
class LoadLine:
    """A load as the desk lists it."""

    id: int
    name: str
    author: str
    at: int
    figures: int
    undone: bool
    reason: str = ""
    delivery: int | None = None


@dataclass(frozen=True)
class DeskView:
    """The desk of one department and region.

    departments, regions  what the reader may choose among
    name                  of the department
    """

    department: str
    name: str
    place: Place
    departments: tuple[Option, ...]
    regions: tuple[Option, ...]
    due: tuple[DueLine, ...]
    deliveries: tuple[Delivery, ...]
    loads: tuple[LoadLine, ...]
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """A column of the grid: where it stands, what it is headed, whether it may be typed in."""

    place: int
    title: str
    typed: bool = True
    number: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """A row of the grid: its number, its cells by column; ``head`` is the row that names the columns."""

    line: int
    cells: tuple[str, ...]
    head: bool = False


@dataclass(frozen=True)
class GridView:
    """A part of one sheet of a delivery.

    total  how many rows there are; ``page`` of ``pages`` is shown
    last   the last line of the sheet, where every line follows the one before; 0 where only some are shown
    """

    sheet: int
    sheets: tuple[str, ...]
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    total: int
    page: int
    pages: int
    across: int = 1
    crosses: int = 1
    last: int = 0


@dataclass(frozen=True)
class DeliveryView:
    """One delivery with everything that is known of it.

    earliest  the moment before which its figures are not released, by the calendar; 0 where it holds none
    shown     the systems whose boards show its figures, each with an indicator of it
    undone    whether the load that released it was taken back; ``undoable`` whether this reader may do it
    typed     how many cells were typed
    """

    head: Delivery
    name: str
    place: Place
    check: Check
    grid: GridView
    events: tuple[Event, ...]
    earliest: int
    shown: tuple[Option, ...]
    undone: bool = False
    undoable: bool = False
    typed: int = 0
