"""What a board shows, as plain frozen values: no texts but names, no colours, nothing about the web.

A figure is a value with its unit, its state (ok, partial, missing, stale, no_base, late, not_due, not_published)
and where it stands in its life (preliminary, initial, final, revised, unstated, computed, simulated): two
fields, never one. Names are already in the reader's language, since a view is made for one reader; sentences
and numbers are put into words by the page.
"""

import operator
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from indicators.errors import Issue
from services.layout_views import Editing
from services.revision_views import RevisionView

_CROSSED = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}

TOP_LEVEL = 4
"""The most severe warning level: 1 blue, 2 yellow, 3 orange, 4 red; 0 is none."""


@dataclass(frozen=True)
class Choice:
    """What a reader has chosen on a board, as text from an address: a wish, not yet a right.

    sheet    the indicator whose number sheet is open, and its region where that is not the board's
    open     the record or dialog that is open: ``kind:name``
    filters  how lists are narrowed
    edit     what is being changed on the page
    cohort   the quarter whose deals are followed
    starred  the indicators that the reader wants to see first; from the account, not from the address
    """

    region: str | None = None
    period: str | None = None
    theme: str | None = None
    indicator: str | None = None
    sheet: tuple[str, str | None] | None = None
    as_of: str | None = None
    open: str | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    edit: str | None = None
    cohort: str | None = None
    starred: tuple[str, ...] = ()

    @property
    def opened(self) -> tuple[str, str]:
        """The kind and the name of the open record; empty where none is open."""
        kind, _, name = (self.open or "").partition(":")
        return kind, name


@dataclass(frozen=True)
class Place:
    """A region as a reader meets it; ``context`` marks one above the reader's own, shown for comparison only."""

    code: int
    name: str
    level: str
    context: bool = False


@dataclass(frozen=True)
class Figure:
    """One number and all that it must never travel without.

    value              None where there is none; ``state`` and ``reason`` then say why
    period             the period key; None where nothing was ever reported
    reported, expected how many of the parts of a roll-up are there; None for a figure that was published itself
    """

    value: float | None
    unit: str
    period: int | None
    state: str
    status: str
    reason: str = ""
    reported: int | None = None
    expected: int | None = None

    @property
    def simulated(self) -> bool:
        """Whether the figure was made by the generator of sample figures."""
        return self.status == "simulated"

    @property
    def partial(self) -> bool:
        """Whether parts of the roll-up have not reported yet."""
        return self.state == "partial"


@dataclass(frozen=True)
class Comparison:
    """One figure set beside another: growth, distance to a target, a benchmark.

    kind    yoy, yoy_computed, yoy_nominal, yoy_recast, mom, target, target_default, schedule, benchmark
    value   the growth, the gap or the other figure itself, in ``unit``
    beside  the name of what it is compared with: a region, a year
    """

    kind: str
    value: float
    unit: str
    beside: str = ""


@dataclass(frozen=True)
class Point:
    """One figure of a series; ``recast``: given by a series that is linked to a break of the calibre."""

    period: int
    value: float | None
    state: str = "ok"
    status: str = "unstated"
    recast: bool = False


@dataclass(frozen=True)
class Series:
    """Figures in the order of time; ``key`` says which line it is: current, previous, target, benchmark, limit."""

    key: str
    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Mark:
    """An open warning on a number: its level (1 to 4) and whether an authority or a rule of ours raised it."""

    level: int
    kind: str = "management"


@dataclass(frozen=True)
class TileView:
    """One card: name, number, comparisons, small trend, period and status, mark of an open warning.

    below  how many warnings stand open in the regions below, where none stands in this one
    breaks where the calibre changes within the trend, with the reason
    """

    indicator: str
    name: str
    place: Place
    figure: Figure
    frequency: str
    basis: str
    comparisons: tuple[Comparison, ...] = ()
    trend: tuple[Series, ...] = ()
    mark: Mark | None = None
    below: int = 0
    breaks: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class AlertLine:
    """One open warning as a line: what, where, how far, since when, whose.

    lasted     how many periods it has held
    compared   what was set against the bound: the value itself, a growth, a gap, in the unit of ``measure``
    threshold  the bound of the level in force
    folded     the warnings that it stands for: of regions below, or of what it is composed of
    badges     what is being done about it: acked, silenced, supervised, flapping
    """

    id: str
    kind: str
    level: int
    indicator: str
    name: str
    place: Place
    value: float | None
    unit: str
    measure: str
    compared: float | None
    op: str
    threshold: float | None
    lasted: int
    period: int
    since: int
    frequency: str
    department: str
    health: str = "ok"
    title: str = ""
    simulated: bool = False
    folded: tuple["AlertLine", ...] = ()
    badges: tuple[str, ...] = ()

    @property
    def flat(self) -> tuple["AlertLine", ...]:
        """The line and those folded under it."""
        return (self, *self.folded)

    @property
    def recovering(self) -> bool:
        """Whether the bound is no longer crossed, and the warning stands until the figure is well clear of it."""
        crossed = _CROSSED.get(self.op)
        if crossed is None or self.compared is None or self.threshold is None:
            return False
        return not crossed(self.compared, self.threshold)


@dataclass(frozen=True)
class StatutoryLine:
    """A warning of an authority that is in force, as a line: which, where, whose, from when to when.

    level, colour  4 red … 1 blue; 0 with the colour white or none, which triggers nothing
    hazard         a message that the catalogues of texts know, or the hazard as it was sent
    places         the regions that it names, in the reader's language; else what the message calls its area
    until          the moment of its end; None until it is replaced or lifted
    marks          what must be said beside it: keys of ``statutory_views.MARKS``
    """

    id: int
    level: int
    colour: str
    hazard: str
    headline: str
    issuer: str
    places: tuple[str, ...]
    issued: int
    until: int | None
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class AlertGroupView:
    """The open warnings of one kind, most severe first; ``counts`` are by level, those folded under a line included.

    statutory  the warnings in force themselves; a line of a rule that only mirrors one of them is not repeated
    """

    kind: str
    counts: tuple[int, int, int, int]
    lines: tuple[AlertLine, ...]
    statutory: tuple[StatutoryLine, ...] = ()

    @property
    def total(self) -> int:
        """How many are open."""
        return sum(self.counts)


@dataclass(frozen=True)
class Area:
    """One polygon of the map: its region, its figure, the class of the ramp (None: no data) and its warning."""

    place: Place
    figure: Figure
    band: int | None
    mark: Mark | None = None
    chosen: bool = False


@dataclass(frozen=True)
class MapView:
    """A choropleth of the children of one region.

    edges   the bounds of the classes, one more than there are classes
    ramp    the colour of each class, 0 to 4
    bounds  west, south, east, north
    """

    indicator: str
    name: str
    parent: Place
    level: str
    areas: tuple[Area, ...]
    edges: tuple[float, ...]
    ramp: tuple[int, ...]
    unit: str
    period: int | None
    bounds: tuple[float, float, float, float]
    approximate: bool
    version: str
    simulated: bool = False


@dataclass(frozen=True)
class RankRow:
    """One part of a total: its place in the ranking (None: not ranked), its figure, its share, what it adds.

    role          region, reporting_unit or residual; only regions are ranked
    contribution  percentage points that the part adds to the growth of the total
    """

    role: str
    place: Place | None
    figure: Figure
    rank: int | None = None
    share: float | None = None
    growth: float | None = None
    contribution: float | None = None
    mark: Mark | None = None
    chosen: bool = False


@dataclass(frozen=True)
class Standing:
    """Where a region stands among its siblings, for a reader who may not see them."""

    rank: int
    among: int
    parent: Place


@dataclass(frozen=True)
class RankView:
    """The parts of one figure, ranked; ``hidden`` counts siblings that the reader may not see.

    growth  of the total, as its own tile tells it
    """

    indicator: str
    name: str
    parent: Place
    unit: str
    period: int | None
    total: Figure
    rows: tuple[RankRow, ...]
    hidden: int = 0
    additive: bool = True
    growth: float | None = None


@dataclass(frozen=True)
class TrendView:
    """The course of one figure: itself, the year before, target or season curve, benchmarks.

    seasonal  the axis is the months of a year and each line one year (cumulative figures)
    breaks    (period, reason) where the calibre changes
    limits    (period, limit) where another legal limit begins to hold
    recast    whether a linked series can stand for the figures from before a break; and whether it does
    today     whether today's limit is drawn for all time, which is a what-if
    ground    periods in which the territory becomes another; ``mapped``: older figures are on its present bounds
    """

    indicator: str
    name: str
    place: Place
    unit: str
    frequency: str
    seasonal: bool
    series: tuple[Series, ...]
    breaks: tuple[tuple[int, str], ...] = ()
    simulated: bool = False
    limits: tuple[tuple[int, float], ...] = ()
    recast: tuple[bool, bool] = (False, False)
    today: bool = False
    ground: tuple[int, ...] = ()
    mapped: bool = False


@dataclass(frozen=True)
class GroundView:
    """What to know about the territory that a board speaks of.

    ended, heirs   the last day of a region that is no more, and who took over
    begun, before  the first day of a region that was not yet there, and what there was before
    breaks         the days on which the territory, or one of those below it, became another
    own            whether the region's own territory did
    offered        whether older figures can be put on the boundaries of today; ``mapped``: whether they are
    """

    ended: date | None
    heirs: tuple[Place, ...]
    begun: date | None
    before: tuple[Place, ...]
    breaks: tuple[date, ...]
    own: bool
    offered: bool
    mapped: bool


@dataclass(frozen=True)
class Part:
    """One part of a composition."""

    code: str
    name: str
    figure: Figure
    share: float | None
    growth: float | None = None


@dataclass(frozen=True)
class CompositionView:
    """What a total is made of: industries, branches, kinds. The rest that no part names is a part of its own.

    by        the name of the breakdown; empty where the parts are indicators themselves
    balanced  False where the parts, as printed, are more than the total
    """

    indicator: str
    name: str
    by: str
    total: Figure
    parts: tuple[Part, ...]
    balanced: bool = True


@dataclass(frozen=True)
class Term:
    """One input of a formula with its value."""

    code: str
    name: str
    figure: Figure


@dataclass(frozen=True)
class SheetView:
    """Everything that is known of one number: what it means, where it comes from, how far to trust it.

    formula        as it is written, with codes; ``terms`` gives each code its name and live value
    source         title, citation and quality grade
    versions       (number, valid from, valid to) of the definition, newest first
    rule           type, operator, thresholds by level, what the measure is; empty without a rule
    further_rules  the same of the others that the indicator has, each with its name
    history        warnings that it had: period opened, highest level, period closed (None: still open)
    known_at       when the figure became known, epoch seconds
    revisions      the newest ones, the latest first
    """

    indicator: str
    name: str
    place: Place
    figure: Figure
    frequency: str
    basis: str
    department: str
    definition: str
    calibre: str
    unit: str
    sensitivity: str
    comparisons: tuple[Comparison, ...] = ()
    formula: str = ""
    terms: tuple[Term, ...] = ()
    source: Mapping[str, str] | None = None
    known_at: int | None = None
    next_release: date | None = None
    next_period: int | None = None
    version: int = 1
    versions: tuple[tuple[int, str, str], ...] = ()
    rule: Mapping[str, object] | None = None
    further_rules: tuple[tuple[str, Mapping[str, object]], ...] = ()
    targets: tuple[tuple[int, float], ...] = ()
    mark: Mark | None = None
    history: tuple[tuple[int, int, int | None], ...] = ()
    trend: tuple[Series, ...] = ()
    note: str = ""
    breaks: tuple[tuple[int, str], ...] = ()
    revisions: tuple[RevisionView, ...] = ()


@dataclass(frozen=True)
class Face:
    """Why a board or a panel shows no figures: empty, forbidden, failed; what to do stands with it."""

    kind: str
    reason: str
    params: Mapping[str, str]


@dataclass(frozen=True)
class Tab:
    """One theme of a board; ``mark`` is its most severe open warning."""

    id: str
    name: str
    mark: Mark | None = None


@dataclass(frozen=True)
class Slot:
    """One place of a board: a number card or a panel, in the size that the layout gives it.

    kind   tile or panel
    name   the code of the indicator, or the name of the panel
    place  where it stands in the layout, counted from 0; an editor moves and removes it by this
    view   a TileView, or what the maker of the panel made; an Issue where the layout names what there is not; None
           for built-in panels, which are drawn from the focus and the warnings, and for what the level does not publish
    """

    kind: str
    name: str
    size: str
    place: int
    view: object = None


@dataclass(frozen=True)
class SystemGroup:
    """One section of a board: number cards and panels in the order of the layout.

    system       whose headline cards these are; empty for a section of panels
    section      the name of the section in the layout: a tab, a theme, a system
    unpublished  what the level does not publish, as (code, name)
    """

    system: str
    name: str
    slots: tuple[Slot, ...]
    unpublished: tuple[tuple[str, str], ...] = ()
    section: str = ""

    @property
    def tiles(self) -> tuple[TileView, ...]:
        """The number cards that are shown."""
        return tuple(slot.view for slot in self.slots if isinstance(slot.view, TileView))


@dataclass(frozen=True)
class Focus:
    """One indicator in depth: where, in which order, over time, made of what."""

    indicator: str
    map: MapView | None
    rank: RankView | None
    trend: TrendView | None
    composition: CompositionView | None
    standing: Standing | None = None


@dataclass(frozen=True)
class BoardView:
    """A whole board for one reader, one region and one state.

    path      from the reader's own region down to the one shown
    tabs      empty on boards without themes
    groups    the tiles, under one heading each
    periods   what the period picker offers, newest first
    newest    the newest period key on the board: the date of the data
    as_of     the day whose knowledge is shown; None for what is known now
    vain      the fields of the choice that name nothing, or nothing that this reader may see
    notes     what the layout names and the board cannot show, each with its reason
    starred   the cards that the reader starred, on home
    editable  whether the reader may change the layout
    editing   what an editor needs while the layout is being changed; None for everybody else
    ground    what to know about the territory; None where nothing changed
    """

    board: str
    place: Place
    path: tuple[Place, ...]
    children: tuple[Place, ...]
    face: Face | None
    warnings: tuple[AlertGroupView, ...]
    tabs: tuple[Tab, ...]
    tab: str
    groups: tuple[SystemGroup, ...]
    focus: Focus | None
    sheet: SheetView | None
    periods: tuple[int, ...]
    period: int | None
    newest: int | None
    simulated: bool
    as_of: date | None = None
    vain: tuple[str, ...] = ()
    notes: tuple[Issue, ...] = ()
    starred: SystemGroup | None = None
    editable: bool = False
    editing: Editing | None = None
    ground: GroundView | None = None

    @property
    def panels(self) -> tuple[Slot, ...]:
        """The panels of the board in their order."""
        return tuple(slot for group in self.groups for slot in group.slots if slot.kind == "panel")
