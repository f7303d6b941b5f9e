"""The one way to ask for a number: what, where, when, by whom; and the number with all that must travel with it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from indicators import periods
from indicators.aggregation import TOTAL, Demand, refusal
from indicators.catalog import Catalog
from indicators.comparison import Note
from indicators.contribution import Parts, divide
from indicators.definition import STATUS, Basis, Frequency, Indicator
from indicators.errors import N_, Issue
from indicators.evaluate import (
    Figures,
    Observed,
    Origin,
    Panel,
    Series,
    Shape,
    compiled,
    own_keys,
    shape_of,
    weight_of,
)
from indicators.measures import Growth, Measures, Targets
from indicators.regions import Level, RegionTree
from services import access
from services.access import Actor

Ints = NDArray[np.int64]

STATES = ("ok", "partial", "missing", "stale", "no_base", "late", "not_due", "not_published")
"""How far a figure can be relied on now; beside, never instead of, where it stands in its life (status)."""

OK, PARTIAL, MISSING, STALE, NO_BASE, LATE, NOT_DUE, NOT_PUBLISHED = range(len(STATES))

REASONS = {
    "not_due": N_("未到发布时间"),
    "within_grace": N_("已到发布时间，尚在宽限期内"),
    "overdue": N_("超过发布时间仍未报送"),
    "below_lowest_level": N_("本级不发布"),
    "no_data": N_("没有数据"),
    "not_additive": N_("不能由下级汇总"),
    "merged_release": N_("1—2月合并发布，没有单月数"),
    "uneven_inputs": N_("公式各项报送范围不一致"),
    "zero_denominator": N_("分母为零或缺项"),
}
"""Why there is no figure, in words."""


class Store(Protocol):
    """What is needed of ``data_access.observations.ObservationStore``."""

    def answer(self, demand: Demand) -> Observed: ...
    def data_version(self) -> int: ...


class Cache(Protocol):
    """Where answers are kept; its keys contain the data version, so nothing is ever cleared."""

    def get(self, key: str) -> Any: ...
    def set(self, key: str, value: Any) -> Any: ...


@dataclass(frozen=True)
class Question:
    """What somebody wants to know.

    periods   period keys; None for the latest figure of each indicator in each region
    until     with ``periods`` None: the latest figure that ends no later than this period (a board of last June)
    history   how many earlier periods come along as the course of each figure
    measures  words of the vocabulary (``indicators.measures.MEASURES``)
    items     ids of (breakdown, scope); None asks for every item that has figures
    as_of     an instant (epoch seconds): the figures as they were known then
    children  also every child of the regions asked for, on the period of its parent, with ranks and contributions
    """

    indicators: tuple[str, ...]
    regions: tuple[int, ...]
    periods: tuple[int, ...] | None = None
    until: int | None = None
    history: int = 0
    measures: tuple[str, ...] = ()
    items: tuple[int, ...] | None = (TOTAL,)
    as_of: int | None = None
    children: bool = False


@dataclass(frozen=True)
class Line:
    """One figure of an answer.

    value, computed     the figure; ``computed`` is what the formula gives where a published figure wins
    state, status       two fields, never one (STATES, STATUS)
    origin              published, rolled_up, formula or over_time
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
    """The figures of one series over time, oldest first; NaN where there is none."""

    periods: Ints
    value: NDArray[np.float64]
    status: NDArray[np.int8]
    reported: NDArray[np.int32]
    expected: NDArray[np.int32]

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
            state=STATES[c["state"][place]],
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

    @property
    def _places(self) -> Mapping[tuple[str, int, int], tuple[int, ...]]:
        found = self.__dict__.get("_index")
        if found is None:
            c = self.columns
            found = {}
            for place, key in enumerate(
                zip(c["indicator"], c["item"].tolist(), c["region"].tolist(), strict=True)
            ):
                found.setdefault(key, []).append(place)
            object.__setattr__(self, "_index", found)
        return found


def _number(value: Any) -> float | None:
    number = float(value)
    return None if number != number else number


def _id(value: Any) -> int | None:
    return None if value < 0 else int(value)


@dataclass(frozen=True)
class Span:
    """The stretch of days that a question reaches over, for one cadence."""

    first: date
    last: date

    @property
    def keys(self) -> tuple[int, int]:
        """The first and last period key that a store may answer with."""
        low = ((self.first.year * 100 + self.first.month) * 100 + self.first.day) * 10**7
        return low, periods.instant_key(self.last.year, self.last.month) + 999


LAST_KEY = 10**18
"""Later than every period."""

CADENCES: dict[Frequency, str] = {
    Frequency.REALTIME: "hour",
    Frequency.HOURLY: "hour",
    Frequency.DAILY: "day",
    Frequency.WEEKLY: "day",
    Frequency.MONTHLY: "month",
    Frequency.QUARTERLY: "year",
    Frequency.YEARLY: "year",
}
"""Frequencies that are asked for together, in one demand."""


def _months(day: date, back: int) -> date:
    """The first day of the month so many months earlier."""
    index = day.year * 12 + day.month - 1 - back
    return date(index // 12, index % 12 + 1, 1)


class Query:
    """Answers questions: fetches once or twice, rolls up, applies formulas, compares.

    clock    gives the moment (aware, UTC); ``zone`` makes it local time
    targets  what regions are to reach (``data_access.targets``)
    cache    kept answers; None keeps none
    """

    def __init__(
        self,
        store: Store,
        catalog: Catalog,
        tree: RegionTree,
        clock: Callable[[], datetime],
        targets: Targets | None = None,
        cache: Cache | None = None,
        zone: timedelta = timedelta(hours=8),
    ) -> None:
        self._store = store
        self.catalog = catalog
        self.tree = tree
        self._clock = clock
        self._targets = targets
        self._cache = cache
        self._zone = zone
        self._ground: dict[int, tuple[date, ...]] = {}
        self._grids: dict[tuple[Shape, Span], Ints] = {}

    # -- asking ------------------------------------------------------------------------------------------------

    def ask(self, actor: Actor, question: Question) -> Answer:
        """The answer to a question, as far as the actor may see it.

        raises  CockpitError ``unknown_indicator``, ``unknown_region``; ``forbidden`` when nothing may be seen
        """
        question, notices = self._narrowed(actor, question)
        version = self._store.data_version()
        moment = self._clock()
        key = f"ask:{version}:{self.catalog.version}:{moment:%Y%m%d%H}:{actor.role == 'system'}:{actor.regions}:{question}"
        kept = self._cache.get(key) if self._cache else None
        if isinstance(kept, Answer):
            return kept
        answer = replace(
            self._answer(actor, question, moment),
            notices=notices,
            data_version=version,
            registry_version=self.catalog.version,
        )
        if self._cache:
            self._cache.set(key, answer)
        return answer

    def _narrowed(self, actor: Actor, question: Question) -> tuple[Question, tuple[Issue, ...]]:
        """The question within the actor's regions and systems."""
        unknown = [code for code in question.indicators if code not in self.catalog]
        for code in unknown:
            self.catalog.get(code)
        self.tree.require(question.regions)
        regions = access.narrow(actor, self.tree, question.regions)
        codes = tuple(
            code for code in question.indicators if access.may(actor, "view", system=self.catalog.get(code).system)
        )
        if not regions and question.regions:
            access.require(actor, "view", self.tree, question.regions[0])
        if not codes and question.indicators:
            access.require(actor, "view", system=self.catalog.get(question.indicators[0]).system)
        left = tuple(
            Issue("out_of_scope", N_("{region} 不在您的职责范围内"), params={"region": self.tree.name(region)})
            for region in question.regions
            if region not in regions
        )
        return replace(question, regions=regions, indicators=codes), left

    # -- fetching ----------------------------------------------------------------------------------------------

    def _closure(self, codes: Iterable[str]) -> dict[str, Indicator]:
        """The indicators asked for with all that their formulas, weights and benchmarks need, inputs first."""
        found: dict[str, Indicator] = {}

        def add(code: str) -> None:
            if code in found or code not in self.catalog:
                return
            indicator = self.catalog.get(code)
            for version in self.catalog.versions(code):
                for name in compiled(version.formula).inputs if version.formula else ():
                    add(name)
            weight = weight_of(indicator)
            if weight is not None:
                add(weight)
            found[code] = indicator

        for code in codes:
            add(code)
        return found

    def _spans(self, question: Question, today: date) -> dict[str, list[Span]]:
        """How far back each cadence must be read: the year before, the course, and the baseline if asked."""
        far = "baseline_z" in question.measures
        if question.periods:
            keys = np.array(question.periods, np.int64)
            first = periods.start_days(keys).min().astype(date)
            last = periods.end_days(keys).max().astype(date)
            back = question.history + (60 if far else 0)
            month = min(date(first.year - 1, 1, 1), _months(first, back + 12))
            slack = 8 + question.history
        else:
            last = periods.Period(question.until).end if question.until else today
            first, slack = last, 62 + question.history
            month = _months(last, 27 + max(question.history - 12, 0) + (48 if far else 0))
        early = first - timedelta(days=slack + (84 if far else 0))
        year = timedelta(days=365)
        day = [Span(early, last), Span(first - timedelta(days=slack) - year, last - year + timedelta(days=1))]
        if day[1].last >= day[0].first:
            day = [Span(day[1].first, last)]
        steps = max(question.history // 24 + 1, 15 if far else 1)
        return {
            "year": [Span(date(min(month.year, last.year - 3 - question.history // 4), 1, 1), date(last.year, 12, 31))],
            "month": [Span(month, last)],
            "day": day,
            "hour": [Span(first - timedelta(days=steps), last)],
        }

    def _demands(
        self, codes: Iterable[str], regions: Sequence[int], spans: Mapping[str, list[Span]], question: Question
    ) -> Iterator[Demand]:
        """One demand for each cadence and stretch of time."""
        by_cadence: dict[str, list[str]] = {}
        for code in codes:
            by_cadence.setdefault(CADENCES[self.catalog.get(code).frequency], []).append(code)
        for cadence, names in by_cadence.items():
            for span in spans[cadence]:
                yield Demand(tuple(names), tuple(regions), *span.keys, question.items, question.as_of)

    def _figures(self, question: Question, codes: Sequence[str], today: date) -> Figures:
        """Everything that the question needs: fetched, rolled up and computed."""
        closure = self._closure(codes)
        spans = self._spans(question, today)
        regions = self._regions(question)
        observed = [self._store.answer(demand) for demand in self._demands(closure, regions, spans, question)]
        figures = self._laid_out(question, closure, spans, regions, observed)
        more = self._older(question, figures, closure, spans, codes)
        if more is not None:
            observed.append(more)
            figures = self._laid_out(question, closure, spans, regions, observed)
        figures = self._from_children(question, figures, closure, spans, observed, today)
        figures.roll_up()
        figures.complete()
        for code, indicator in closure.items():
            for version in self.catalog.versions(code) if indicator.derived else ():
                figures.compute(version, self._in_force(version, figures.panel(code).keys))
        return figures

    def _in_force(self, version: Indicator, keys: Ints) -> NDArray[np.bool_] | None:
        """The periods for which a version holds; None where there is only one version, or the only one is open."""
        if len(self.catalog.versions(version.code)) == 1:
            return None
        return np.array([self.catalog.get(version.code, day) is version for day in periods.end_days(keys).tolist()])

    def _regions(self, question: Question) -> tuple[int, ...]:
        """The regions asked for, their children if wanted, and the regions above if something is compared with them."""
        regions = dict.fromkeys(question.regions)
        if question.children:
            for region in question.regions:
                regions.update(dict.fromkeys(self._children(region)))
        if "benchmark_gap_pp" in question.measures:
            above = (self.tree.parent(region) for region in tuple(regions))
            regions.update(dict.fromkeys(region for region in above if region is not None and self.tree.has(region)))
        return tuple(regions)

    def _children(self, region: int, on: date | None = None) -> tuple[int, ...]:
        """The children of a region, reporting units last."""
        return self.tree.children(region, on)

    def _laid_out(
        self,
        question: Question,
        closure: Mapping[str, Indicator],
        spans: Mapping[str, list[Span]],
        regions: Sequence[int],
        observed: Sequence[Observed],
    ) -> Figures:
        """The fetched rows on their panels, with a column for every period that the question is about."""
        shapes = {shape_of(indicator) for indicator in closure.values()}
        window = {shape: self._grid(shape, spans[CADENCES[shape.frequency]], question) for shape in shapes}
        items = (TOTAL,) if question.items is None else question.items
        series: list[Series] = [(code, item) for code in closure for item in dict.fromkeys((TOTAL, *items))]
        for region in regions:
            if region not in self._ground:
                self._ground[region] = self.tree.breaks(region)
        return Figures(closure, series, regions, self.tree, window, observed, self._ground)

    def _grid(self, shape: Shape, spans: Sequence[Span], question: Question) -> Ints:
        """The periods of a rhythm in some stretches of time, and those asked for by name with the year before."""
        grid = [self._calendar(shape, span) for span in spans]
        if question.periods:
            asked = own_keys(np.array(question.periods, np.int64), shape)
            before = periods.previous(asked, shape.frequency)
            grid += [asked, periods.year_before(asked), before[before != periods.NO_PERIOD]]
        return np.concatenate(grid)

    def _calendar(self, shape: Shape, span: Span) -> Ints:
        """The regular periods in a stretch of time; none for what comes at no fixed rhythm."""
        if shape.frequency is Frequency.REALTIME:
            return np.zeros(0, np.int64)
        found = self._grids.get((shape, span))
        if found is None:
            basis = "ytd" if shape.basis is Basis.COHORT else str(shape.basis)
            found = periods.calendar_keys(span.first, span.last, str(shape.frequency), basis, shape.merged)
            self._grids[shape, span] = found
        return found

    def _older(
        self,
        question: Question,
        figures: Figures,
        closure: Mapping[str, Indicator],
        spans: Mapping[str, list[Span]],
        codes: Sequence[str],
    ) -> Observed | None:
        """For a question about the latest figures: what is older than the usual stretch, where that was empty."""
        if question.periods:
            return None
        bare = []
        for code in closure:
            panel = figures.panel(code)
            rows = panel.value[[panel.place[one] for one in panel.series if one[0] == code]]
            if not np.isfinite(rows).any(axis=(0, 2)).all() and CADENCES[closure[code].frequency] in ("month", "year"):
                bare.append(code)
        if not bare:
            return None
        last = max(spans[cadence][0].keys[0] for cadence in ("month", "year"))
        return self._store.answer(
            Demand(tuple(bare), question.regions, 0, last, question.items, question.as_of)
        )  # fmt: skip

    def _from_children(
        self,
        question: Question,
        figures: Figures,
        closure: Mapping[str, Indicator],
        spans: Mapping[str, list[Span]],
        observed: list[Observed],
        today: date,
    ) -> Figures:
        """Fetch the figures of children for the gaps of their parents, one level at a time."""
        regions = list(figures.regions)
        level = list(question.regions)
        if question.children:
            level = list(dict.fromkeys((*level, *regions)))
        while level:
            gaps: dict[str, list[int]] = {}
            first, last = LAST_KEY, 0
            for code in closure:
                panel = figures.panel(code)
                columns = self._gap_columns(question, panel, code, today)
                holes = figures.lacking((code, TOTAL), level, columns)
                if holes:
                    gaps[code] = holes
                    first, last = min(first, int(panel.keys[columns[0]])), max(last, int(panel.keys[columns[-1]]))
            if not gaps:
                break
            below = {hole: self._children(hole) for hole in dict.fromkeys(h for holes in gaps.values() for h in holes)}
            children = list(dict.fromkeys(child for kin in below.values() for child in kin))
            if not children:
                break
            new = [child for child in children if child not in figures.region_place]
            if new:
                low = first - first % 1000 - periods.YEAR * (0 if question.periods else 1)
                found = self._store.answer(
                    Demand(tuple(gaps), tuple(new), low, last - last % 1000 + 999, question.items, question.as_of)
                )
                regions += new
                observed.append(found)
                figures = self._laid_out(question, closure, spans, regions, observed)
            level = children
        return figures

    def _gap_columns(self, question: Question, panel: Panel, code: str, today: date) -> Ints:
        """The columns of a panel in which a gap is worth asking the children about."""
        if question.periods:
            asked = own_keys(np.array(question.periods, np.int64), panel.shape)
            wanted = np.concatenate([asked, periods.year_before(asked)])
            inside = np.zeros(len(panel.keys), bool)
            for key in wanted[wanted > 0].tolist():
                inside |= periods.contains(key, panel.keys)
            return np.flatnonzero(inside & panel.regular)
        ended = panel.regular & (periods.end_days(panel.keys) < np.datetime64(today, "D"))
        own = np.isfinite(panel.value[panel.place[code, TOTAL]]).any(axis=0)
        if own.any():
            release = self.catalog.get(code).release
            due = periods.end_days(panel.keys) + np.timedelta64(release.due_after.days, "D")
            ended &= (due < np.datetime64(today, "D")) & (np.arange(len(own)) > np.flatnonzero(own)[-1])
        return np.flatnonzero(ended)

    # -- answering ---------------------------------------------------------------------------------------------

    def _answer(self, actor: Actor, question: Question, moment: datetime) -> Answer:
        """The figures of a question that is already within the actor's scope."""
        local = (moment + self._zone).replace(tzinfo=None)
        figures = self._figures(question, question.indicators, local.date())
        units = {code: figures.indicators[code].unit for code in question.indicators}
        places = [(actor_region, None) for actor_region in question.regions]
        if question.children:
            places += [
                (child, region)
                for region in question.regions
                for child in access.narrow(actor, self.tree, self._children(region))
                if child not in question.regions
            ]
        blocks, courses, parts = [], {}, {}
        for panel in figures.panels.values():
            wanted = [one for one in panel.series if one[0] in units and _asked(one[1], question.items)]
            if not wanted:
                continue
            at = self._cells(question, figures, panel, wanted, places, local.date())
            block = self._block(question, figures, panel, at, local)
            blocks.append(block)
            if question.history:
                courses.update(self._courses(question, figures, panel, wanted, at))
            if question.children:
                parts.update(self._parts(actor, question, figures, panel, wanted, at, block))
        order = {code: place for place, code in enumerate(question.indicators)}
        return Answer(_ordered(blocks, order, [place for place, _ in places]), units, courses, parts)

    def _cells(
        self,
        question: Question,
        figures: Figures,
        panel: Panel,
        wanted: Sequence[Series],
        places: Sequence[tuple[int, int | None]],
        today: date,
    ) -> tuple[Ints, Ints, Ints]:
        """The cells of a panel that answer a question: series × regions × periods, as positions."""
        series = np.array([panel.place[one] for one in wanted])
        regions = np.array([figures.region_place[region] for region, _ in places])
        if question.periods:
            keys = dict.fromkeys(own_keys(np.array(question.periods, np.int64), panel.shape).tolist())
            columns = np.searchsorted(panel.keys, np.array(list(keys), np.int64))
            grid = np.broadcast_arrays(series[:, None, None], regions[None, :, None], columns[None, None, :])
            return grid[0], grid[1], grid[2]
        latest = self._latest(panel, series, regions, question.until, today)
        first = {region: place for place, (region, _) in enumerate(places)}
        for place, (_, parent) in enumerate(places):
            if parent is not None:
                latest[:, place] = latest[:, first[parent]]
        grid = np.broadcast_arrays(series[:, None, None], regions[None, :, None], latest[:, :, None])
        return grid[0], grid[1], grid[2]

    def _latest(self, panel: Panel, series: Ints, regions: Ints, until: int | None, today: date) -> Ints:
        """The last period with a figure for each series and region; the last that has ended where there is none.

        Where a region has figures of its own, a roll-up of those children that were faster does not replace them.
        """
        end = periods.end_days(panel.keys)
        limit = np.datetime64(periods.Period(until).end if until else date(today.year, 12, 31), "D")
        reach = end <= limit
        block = np.ix_(series, regions)
        there = np.isfinite(panel.value[block]) & reach
        direct = (there & (panel.expected[block] == 1)).any(axis=2, keepdims=True)
        there &= ~direct | (panel.reported[block] == panel.expected[block])
        regular = there & panel.regular
        there = np.where(regular.any(axis=2, keepdims=True), regular, there)
        last = there.shape[2] - 1 - np.argmax(there[:, :, ::-1], axis=2)
        ended = np.flatnonzero(panel.regular & (end <= min(limit, np.datetime64(today, "D"))))
        fallback = ended[-1] if len(ended) else 0
        return np.where(there.any(axis=2), last, fallback)

    def _block(
        self, question: Question, figures: Figures, panel: Panel, at: tuple[Ints, Ints, Ints], local: datetime
    ) -> dict[str, Any]:
        """The columns of some cells of one panel, flat."""
        cells = Measures(figures, panel, at, self._targets)
        growth: Growth = cells.growth()
        row = panel.row[at]
        state, reason = self._states(question, figures, panel, at, local)
        source, known = figures.columns["source"], figures.columns["known_at"]
        codes = np.array([code for code, _ in panel.series], object)
        items = np.array([item for _, item in panel.series], np.int64)
        versions = np.array([figures.indicators[code].version for code, _ in panel.series])
        columns = {
            "indicator": codes[at[0]],
            "item": items[at[0]],
            "region": np.array(figures.regions, np.int64)[at[1]],
            "period": panel.keys[at[2]],
            "value": panel.value[at],
            "status": panel.status[at],
            "state": state,
            "reason": reason,
            "origin": panel.origin[at],
            "reported": panel.reported[at],
            "expected": panel.expected[at],
            "yoy_published": growth.published,
            "yoy_computed": growth.computed,
            "base": growth.base,
            "note": growth.note,
            "growth_status": growth.status,
            "computed": panel.other[at],
            "source": np.where(row >= 0, source[row], -1) if len(source) else np.full(row.shape, -1),
            "known_at": np.where(row >= 0, known[row], -1) if len(known) else np.full(row.shape, -1),
            "version": versions[at[0]],
        }
        columns |= {name: cells.of(name) for name in question.measures}
        return {name: np.asarray(column).ravel() for name, column in columns.items()}

    def _states(
        self, question: Question, figures: Figures, panel: Panel, at: tuple[Ints, Ints, Ints], local: datetime
    ) -> tuple[NDArray[np.int8], NDArray[Any]]:
        """How far each figure can be relied on, and the reason where there is none.

        source  docs/methods.md, "状态"
        """
        indicators = [figures.indicators[code] for code, _ in panel.series]
        now = np.datetime64(local.replace(microsecond=0), "s")
        end = end_moments(panel.keys)
        due = np.array([np.timedelta64(one.release.due_after) for one in indicators]).astype("timedelta64[s]")
        grace = np.array([np.timedelta64(one.release.grace) for one in indicators]).astype("timedelta64[s]")
        there = np.isfinite(panel.value[at])
        partial = there & (panel.reported[at] < panel.expected[at])
        state = np.where(partial, PARTIAL, OK).astype(np.int8)
        if question.periods is None and question.until is None:
            following = _next_regular(panel)[at[2]]
            then = end[following] + due[at[0]]
            lagging = there & ~partial & (following > at[2])
            state[lagging & (now >= then)] = STALE
            state[lagging & (now >= then + grace[at[0]])] = LATE
        reason = np.full(state.shape, "", object)
        if there.all():
            return state, reason
        awaited = end[at[2]] + due[at[0]]
        lowest = np.array([int(Level.parse(one.lowest_level)) for one in indicators])
        level = np.array([int(self.tree.get(region).level) for region in figures.regions])
        old = now - end[at[2]] > np.timedelta64(400, "D")
        refused = np.array(
            [not one.derived and refusal(str(one.agg_region), one.code, weight_of(one) is not None) is not None
             for one in indicators]
        )  # fmt: skip
        above = level[at[1]] < lowest[at[0]]
        faces = (
            (level[at[1]] > lowest[at[0]], NOT_PUBLISHED, "below_lowest_level"),
            (panel.row[at] >= 0, MISSING, "no_data"),
            (now < awaited, NOT_DUE, "not_due"),
            (now < awaited + grace[at[0]], LATE, "within_grace"),
            (refused[at[0]] & above, MISSING, "not_additive"),
            (old | ~panel.regular[at[2]], MISSING, "no_data"),
            (np.ones(state.shape, bool), LATE, "overdue"),
        )
        open_ = ~there
        for here, face, why in faces:
            hit = open_ & here
            state[hit], reason[hit] = face, why
            open_ &= ~here
        stored = figures.columns["reason"]
        spots = np.flatnonzero((~there & (panel.row[at] >= 0)).ravel())
        for spot in spots.tolist():
            told = stored[panel.row[at].flat[spot]]
            reason.flat[spot] = told or "no_data"
        return state, reason

    def _courses(
        self,
        question: Question,
        figures: Figures,
        panel: Panel,
        wanted: Sequence[Series],
        at: tuple[Ints, Ints, Ints],
    ) -> Iterator[tuple[tuple[str, int, int], Course]]:
        """The regular periods up to the last figure of each series, as many as were asked for."""
        regular = np.flatnonzero(panel.regular)
        for one_place, one in enumerate(wanted):
            for region_place, region in enumerate(question.regions):
                own = (panel.place[one], figures.region_place[region])
                last = int(at[2][one_place, region_place].max())
                if not question.periods and not question.until:
                    last = max(last, int(np.flatnonzero(np.isfinite(panel.value[own]))[-1:].sum()))
                columns = regular[regular <= last][-question.history - 1 :]
                cell = (*own, columns)
                yield (
                    (one[0], one[1], region),
                    Course(
                        panel.keys[columns],
                        panel.value[cell],
                        panel.status[cell],
                        panel.reported[cell],
                        panel.expected[cell],
                    ),
                )

    def _parts(
        self,
        actor: Actor,
        question: Question,
        figures: Figures,
        panel: Panel,
        wanted: Sequence[Series],
        at: tuple[Ints, Ints, Ints],
        block: Mapping[str, Any],
    ) -> Iterator[tuple[tuple[str, int, int], Parts]]:
        """The children of every region asked for, on the last of its periods, ranked, with the residual.

        A reader who may not see all the children gets no ranks and no residual: they would tell of the others.
        """
        value, base, growth = (
            block[name].reshape(at[0].shape)[:, :, -1] for name in ("value", "base", "yoy_computed")
        )
        published = block["yoy_published"].reshape(at[0].shape)[:, :, -1]
        growth = np.where(np.isfinite(published), published, growth)
        spot = {int(region): place for place, region in enumerate(block["region"].reshape(at[0].shape)[0, :, -1])}
        for region in question.regions:
            children = self._children(region)
            seen = np.array([child for child in children if child in spot], np.int64)
            whole = len(seen) == len(children) and access.narrow(actor, self.tree, children) == children
            where = np.array([spot[child] for child in seen.tolist()], np.int64)
            units = np.array([self.tree.get(child).reporting_unit for child in seen.tolist()], bool)
            home = spot[region]
            for place, one in enumerate(wanted):
                indicator = figures.indicators[one[0]]
                cell = (at[0][place, home, -1], at[1][place, home, -1], at[2][place, home, -1])
                yield (
                    (one[0], one[1], region),
                    divide(
                        seen,
                        units,
                        value[place, where],
                        base[place, where],
                        growth[place, where],
                        total=float(value[place, home]),
                        total_base=float(base[place, home]),
                        home=region,
                        additive=str(indicator.agg_region) == "sum",
                        ascending=str(indicator.polarity) == "lower_better",
                        rest=whole and panel.origin[cell] == Origin.PUBLISHED,
                        ranked=whole,
                    ),
                )


def end_moments(keys: Ints) -> NDArray[np.datetime64]:
    """The moment after which a period is over, in local time."""
    clock = keys // 1000 % 10**4
    minute = (clock // 100 * 60 + clock % 100 + 1).astype("timedelta64[m]")
    return (periods.end_days(keys).astype("datetime64[m]") + minute).astype("datetime64[s]")


def _asked(item: int, items: tuple[int, ...] | None) -> bool:
    return items is None or item in items


def _next_regular(panel: Panel) -> Ints:
    """For each column the next one that is a regular period; itself where there is none."""
    regular = np.flatnonzero(panel.regular)
    here = np.arange(len(panel.keys))
    spot = np.searchsorted(regular, here, "right")
    found = regular[np.minimum(spot, len(regular) - 1)] if len(regular) else here
    return np.where(spot < len(regular), found, here)


def _ordered(blocks: Sequence[Mapping[str, Any]], order: Mapping[str, int], regions: Sequence[int]) -> dict[str, Any]:
    """The blocks of all panels as one set of columns, in the order of the question."""
    names = [name for name in blocks[0]] if blocks else []
    joined = {name: np.concatenate([block[name] for block in blocks]) for name in names}
    if not joined:
        return {"period": np.zeros(0, np.int64), "indicator": [], "item": np.zeros(0), "region": np.zeros(0), "measures": ()}
    place = {region: spot for spot, region in enumerate(regions)}
    by_code = np.array([order[code] for code in joined["indicator"]])
    by_region = np.array([place[region] for region in joined["region"].tolist()])
    ranked = np.lexsort((joined["period"], by_region, joined["item"], by_code))
    columns: dict[str, Any] = {name: column[ranked] for name, column in joined.items()}
    columns["indicator"] = columns["indicator"].tolist()
    columns["measures"] = tuple(name for name in names if name not in FIXED)
    return columns


FIXED = frozenset(
    (
        "indicator", "item", "region", "period", "value", "status", "state", "reason", "origin", "reported", "expected",
        "yoy_published", "yoy_computed", "base", "note", "growth_status", "computed", "source", "known_at", "version",
    )
)  # fmt: skip
"""The columns that every answer has; the others are measures."""
