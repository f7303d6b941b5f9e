"""A question about figures and its answer: columns, and lines with all that must travel with a number."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indicators.aggregation import TOTAL
from indicators.comparison import Note
from indicators.contribution import Parts
from indicators.definition import STATUS
from indicators.errors import Issue
from indicators.evaluate import Origin
from indicators.freshness import State

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Question:
    """What somebody wants to know.

    periods   period keys; None for the latest figure of each indicator in each region
    until     with ``periods`` None: the latest figure that ends no later than this period (a board of last June)
    since     with ``until``: every regular period of each indicator's own rhythm that ends no earlier than this one
    history   how many earlier periods come along as the course of each figure
    measures  words of the vocabulary (``indicators.measures.MEASURES``)
    items     ids of (breakdown, scope); None asks for every item that has figures
    as_of     an instant (epoch seconds): the figures as they were known then
    children  also every child of the regions asked for, on the period of its parent, with ranks and contributions
    bare      figures alone: not where they come from, nor why there is none
    backcast  figures from before a break by the series that is linked to it, where there is one
    mapped    older figures on the boundaries of the last day asked about, as far as they can be put together
    """

    indicators: tuple[str, ...]
    regions: tuple[int, ...]
    periods: tuple[int, ...] | None = None
    until: int | None = None
    since: int | None = None
    history: int = 0
    measures: tuple[str, ...] = ()
    items: tuple[int, ...] | None = (TOTAL,)
    as_of: int | None = None
    children: bool = False
    bare: bool = False
    mapped: bool = False
    backcast: bool = False


@dataclass(frozen=True)
class Line:
    """One figure of an answer.

    value, computed     the figure; ``computed`` is what the formula gives where a published figure wins
    state, status       two fields, never one (``freshness.State``, ``definition.STATUS``)
    origin              published, rolled_up, formula, over_time or back_cast
    reported, expected  how many of the places behind the figure reported; 1 of 1 for a published one
    yoy                 the growth to show: published, else computed
    base                the figure of the year before
    note                what to know about the growth (``comparison.Note``)
    growth_status       status of the computed growth
    version             of the definition
    """

    indicator: str
    item: int
    region: int
    period: int
    value: float | None
    unit: str
    state: str
    reason: str
    status: str
    origin: str
    reported: int
    expected: int
    yoy_published: float | None
    yoy_computed: float | None
    base: float | None
    note: Note
    growth_status: str
    computed: float | None
    source: int | None
    known_at: int | None
    version: int
    measures: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def yoy(self) -> float | None:
        """The growth to show."""
        return self.yoy_computed if self.yoy_published is None else self.yoy_published

    @property
    def simulated(self) -> bool:
        """Whether any part of the figure was made by the generator of sample figures."""
        return self.status == "simulated"


@dataclass(frozen=True)
class Course:
    """The figures of one series over time, oldest first; NaN where there is none.

    recast  which of them a series gives that is linked to a break of the calibre; None: none of them
    """

    periods: Ints
    value: NDArray[np.float64]
    status: NDArray[np.int8]
    reported: NDArray[np.int32]
    expected: NDArray[np.int32]
    recast: NDArray[np.bool_] | None = None

    @property
    def partial(self) -> NDArray[np.bool_]:
        """Where a roll-up is not complete yet: drawn as partial, never as a fall."""
        short: NDArray[np.bool_] = (self.reported > 0) & (self.reported < self.expected)
        return short


@dataclass(frozen=True)
class Answer:
    """Figures in columns, in the order of the question: indicator, item, region, period.

    columns   one array or list each, all of one length; numbers are NaN where there is none
    courses   by (indicator, item, region), where the question asked for history
    parts     by (indicator, item, region), where the question asked for children
    notices   what the person who asked should know: what was left out, and why
    """

    columns: Mapping[str, Any]
    units: Mapping[str, str]
    courses: Mapping[tuple[str, int, int], Course] = field(default_factory=dict)
    parts: Mapping[tuple[str, int, int], Parts] = field(default_factory=dict)
    notices: tuple[Issue, ...] = ()
    data_version: int = 0
    registry_version: int = 0

    def __len__(self) -> int:
        return len(self.columns["period"])

    def __iter__(self) -> Iterator[Line]:
        return (self.line(place) for place in range(len(self)))

    def line(self, place: int) -> Line:
        """The figure at a place of the columns."""
        c = self.columns
        code = c["indicator"][place]
        return Line(
            indicator=code,
            item=int(c["item"][place]),
            region=int(c["region"][place]),
            period=int(c["period"][place]),
            value=_number(c["value"][place]),
            unit=self.units[code],
            state=State(c["state"][place]).word,
            reason=c["reason"][place],
            status=STATUS[c["status"][place]],
            origin=Origin(c["origin"][place]).name.lower(),
            reported=int(c["reported"][place]),
            expected=int(c["expected"][place]),
            yoy_published=_number(c["yoy_published"][place]),
            yoy_computed=_number(c["yoy_computed"][place]),
            base=_number(c["base"][place]),
            note=Note(int(c["note"][place])),
            growth_status=STATUS[c["growth_status"][place]],
            computed=_number(c["computed"][place]),
            source=_id(c["source"][place]),
            known_at=_id(c["known_at"][place]),
            version=int(c["version"][place]),
            measures={name: _number(c[name][place]) for name in c["measures"]},
        )

    def one(self) -> Line:
        """The only figure of an answer to a question for one."""
        if len(self) != 1:
            raise LookupError(f"{len(self)} figures")
        return self.line(0)

    def row(self, indicator: str, region: int, item: int = TOTAL, period: int | None = None) -> Line | None:
        """The figure of an indicator in a region; of several periods the last, unless one is named."""
        places = self._places.get((indicator, item, region), ())
        if period is not None:
            places = tuple(place for place in places if self.columns["period"][place] == period)
        return self.line(places[-1]) if places else None

    def series(self, indicator: str, region: int, item: int = TOTAL) -> Course | None:
        """The course of a figure, where the question asked for history."""
        return self.courses.get((indicator, item, region))

    @cached_property
    def _places(self) -> Mapping[tuple[str, int, int], tuple[int, ...]]:
        """Where the figures of each series stand in the columns."""
        c = self.columns
        found: dict[tuple[str, int, int], tuple[int, ...]] = {}
        for place, key in enumerate(
            zip(c["indicator"], c["item"].tolist(), c["region"].tolist(), strict=True)
        ):
            found[key] = (*found.get(key, ()), place)
        return found


@dataclass(frozen=True)
class Reading:
    """What the rules of one indicator are judged on: arrays of periods × regions, NaN where there is nothing.

    measures     by the words of the vocabulary
    base         the figure of the year before, for ``min_base``
    denominator  of the formula, for ``min_denominator``; NaN throughout where there is none
    due, late    for each period the moments (epoch seconds) at which its figure is due and from which it is late
    """

    indicator: str
    periods: Ints
    regions: Ints
    value: Floats
    measures: Mapping[str, Floats]
    base: Floats
    denominator: Floats
    status: NDArray[np.int8]
    reported: NDArray[np.int32]
    expected: NDArray[np.int32]
    due: Ints
    late: Ints


def _number(value: Any) -> float | None:
    number = float(value)
    return None if number != number else number


def _id(value: Any) -> int | None:
    return None if value < 0 else int(value)
