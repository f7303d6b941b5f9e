"""What a question needs from the store: how far back, of which inputs, from which children; fetched in few demands."""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from indicators import periods
from indicators.aggregation import TOTAL, Demand
from indicators.catalog import Catalog
from indicators.definition import Basis, Frequency, Indicator
from indicators.evaluate import (
    Figures,
    Observed,
    Panel,
    Series,
    Shape,
    belongs,
    can_roll_up,
    compiled,
    own_keys,
    shape_of,
    weight_of,
)
from indicators.measures import Targets, benchmark_of
from indicators.regions import Level, RegionTree
from indicators.restating import needed, restate
from services.answers import Question

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Store(Protocol):
    """What is needed of ``data_access.observations.ObservationStore``."""

    def answer(self, demand: Demand) -> Observed:
        """The rows that a demand asks for."""
        ...

    def data_version(self) -> int:
        """A counter that rises whenever a figure changes."""
        ...


class TargetSource(Protocol):
    """Where targets come from (``data_access.targets.TargetStore``)."""

    def current(self) -> Targets:
        """All that holds now."""
        ...


CADENCES: dict[Frequency, str] = {
    Frequency.REALTIME: "hour",
    Frequency.HOURLY: "hour",
    Frequency.DAILY: "day",
    Frequency.WEEKLY: "day",
    Frequency.MONTHLY: "month",
    Frequency.QUARTERLY: "quarter",
    Frequency.YEARLY: "year",
}
"""Frequencies that are asked for together, in one demand."""

YEAR = timedelta(days=365)
DAY = timedelta(days=1)

FINE = ("hour", "day")
"""The cadences of which so much is stored that older figures are searched for step by step."""

BACK = (8, 32, 128, 512)
"""The steps, in days, of the search for the last figure of a fine rhythm; after them all that is older."""

MOST_DEMANDS = 12
"""How many demands a search for older figures, or for those of children, may take before they are thrown together."""


@dataclass(frozen=True)
class Span:
    """A stretch of days, both included."""

    first: date
    last: date

    @property
    def keys(self) -> tuple[int, int]:
        """The first and the last period key of the stretch."""
        low = ((self.first.year * 100 + self.first.month) * 100 + self.first.day) * 10**7
        return low, periods.instant_key(self.last.year, self.last.month) + 999


Spans = Mapping[str, Sequence[Span]]
"""How far to read, by cadence, or by indicator once it is known what each is needed for."""


def reach(question: Question, today: date, rhythms: Iterable[Shape]) -> dict[str, list[Span]]:
    """How far each cadence must be read: the figures, the year before, the course, and the baseline if asked.

    Months and days are read in two stretches, now and a year before; slow figures a few years back, since stocks
    such as the population are carried on. Periods of another rhythm than the indicator's are read from their start.
    """
    far = "baseline_z" in question.measures
    if question.periods is None and question.since is None:
        first = last = periods.Period(question.until).end if question.until else today
        months, days = (4 if "mom_pct" in question.measures else 2) + question.history, 10 + question.history
    else:
        keys = np.array(question.periods or (question.since, question.until), np.int64)
        whole = question.periods is None or all(
            belongs(own_keys(keys, shape), shape).all() for shape in rhythms
        )
        start = periods.end_days(keys) if whole else periods.start_days(keys)
        first, last = start.min().astype(date), periods.end_days(keys).max().astype(date)
        months, days = (2 if "mom_pct" in question.measures else 0) + question.history, 8 + question.history
        if not whole:
            months = max(months, first.month - 1)
    years = 5 if far else 1
    quarters = max(3 * question.history, months) + 9
    hours = max(question.history // 24 + 1, 15 if far else 1)
    weeks = 84 if far else 0
    return {
        "year": [Span(date(first.year - max(3, years, question.history) - 1, 1, 1), date(last.year, 12, 31))],
        "quarter": [Span(month_start(first, quarters + 12 * years), last)],
        "month": _and_before(month_start(first, months), month_start(first, months + 12 * years), last),
        "day": _and_before(first - timedelta(days=days + weeks), first - timedelta(days=days) - YEAR, last),
        "days": _and_before(
            first - timedelta(days=max(62, days + weeks)), first - timedelta(days=62) - YEAR, last
        ),
        "hour": [Span(first - timedelta(days=hours), last)],
    }


def _and_before(first: date, first_before: date, last: date) -> list[Span]:
    """A stretch of time and the one a year before; one long stretch where these meet or more years are needed."""
    leap_day = (last.month, last.day) == (2, 29)
    before = Span(first_before, last.replace(year=last.year - 1, day=28 if leap_day else last.day))
    near = first - first_before < 2 * YEAR
    return [Span(first, last), before] if before.last < first and near else [Span(first_before, last)]


def _by_code(closure: Mapping[str, Indicator], reached: Spans) -> dict[str, Sequence[Span]]:
    """How far each indicator is read: days that a slower figure is made of, back to the start of its last months."""
    slower = {
        name
        for indicator in closure.values()
        if indicator.formula and CADENCES[indicator.frequency] not in ("hour", "day")
        for name in compiled(indicator.formula).inputs
    }
    cadences = {code: CADENCES[indicator.frequency] for code, indicator in closure.items()}
    return {
        code: reached["days" if cadence == "day" and code in slower else cadence]
        for code, cadence in cadences.items()
    }


def _demand(
    question: Question, codes: Sequence[str], regions: Sequence[int], first: int, last: int
) -> Demand:
    """What a question wants of some indicators in some regions."""
    return Demand(tuple(codes), tuple(regions), first, last, question.items, question.as_of, question.bare)


def month_start(day: date, back: int) -> date:
    """The first day of the month so many months earlier."""
    index = day.year * 12 + day.month - 1 - back
    return date(index // 12, index % 12 + 1, 1)


def columns_asked(question: Question, panel: Panel) -> Ints:
    """The columns of a panel that a question names: its periods, or all regular ones of its stretch of time."""
    if question.periods:
        keys = dict.fromkeys(own_keys(np.array(question.periods, np.int64), panel.shape).tolist())
        return np.searchsorted(panel.keys, np.array(list(keys), np.int64))
    first, last = periods.end_days(np.array([question.since or 0, question.until or 0], np.int64))
    return np.flatnonzero(panel.regular & (first <= panel.ends) & (panel.ends <= last))


class Kept:
    """Rows, or some of them, of which every column is made only once."""

    def __init__(self, rows: Observed, some: Ints | None = None) -> None:
        self._rows = rows
        self._some = some
        self._columns: dict[str, NDArray[Any]] = {}

    def __len__(self) -> int:
        return len(self._rows) if self._some is None else len(self._some)

    def column(self, name: str) -> NDArray[Any]:
        """One column."""
        if name not in self._columns:
            column = self._rows.column(name)
            self._columns[name] = column if self._some is None else column[self._some]
        return self._columns[name]


class Read:
    """What was asked of the store, and the rows that it gave."""

    def __init__(self) -> None:
        self.demands: list[Demand] = []
        self.rows: list[Observed] = []

    def add(self, demand: Demand, rows: Observed) -> None:
        """One more demand and its rows."""
        self.demands.append(demand)
        self.rows.append(rows)

    def asked(self, figures: Figures, panel: Panel) -> Flags:
        """Of which cells of a panel it is known whether there is a figure."""
        known = np.zeros(panel.value.shape, bool)
        for demand in self.demands:
            low, high = np.searchsorted(panel.keys, [demand.first, demand.last + 1]).tolist()
            if low == high:
                continue
            series = _places(panel, set(demand.indicators))
            rows = [figures.region_place[code] for code in demand.regions if code in figures.region_place]
            if len(series) and rows:
                known[np.ix_(series, np.array(rows), np.arange(low, high))] = True
        return known


class Facts(NamedTuple):
    """What gathering needs to know of an indicator."""

    adds_up: bool
    lowest: int
    wait: np.timedelta64


class Gathering:
    """Fetches and completes the figures of questions; knows nothing of who asks."""

    def __init__(self, store: Store, catalog: Catalog, tree: RegionTree) -> None:
        self._store = store
        self._catalog = catalog
        self._tree = tree
        self._top = int(tree.get(tree.root).level)
        self._ground: dict[int, tuple[date, ...]] = {}
        self._calendars: dict[tuple[Shape, Span], Ints] = {}
        self._facts: dict[tuple[str, int], Facts] = {}

    def figures(self, question: Question, today: date) -> Figures:
        """Everything that the question needs: fetched, rolled up and computed."""
        asked = question.regions
        if question.mapped:
            if question.children:
                asked = tuple(dict.fromkeys((*asked, *self._beneath(asked))))
            further = needed(self._tree, asked)
            question = replace(question, regions=(*question.regions, *further))
        closure = self._closure(question)
        rhythms = {shape_of(indicator) for indicator in closure.values()}
        spans = _by_code(closure, reach(question, today, rhythms))
        regions = self._regions(question)
        read = Read()
        for demand in self._demands(closure, regions, spans, question):
            self._ask(read, demand)
        figures = self._laid_out(question, closure, spans, regions, read)
        if question.periods is None and question.since is None:
            before = len(read.demands)
            bare = self._bare(question, figures, closure, spans)
            self._older(question, closure, bare, spans, read)
            self._last_seen(question, closure, bare, spans, read)
            if any(len(rows) for rows in read.rows[before:]):
                regions = tuple(
                    dict.fromkeys(
                        (*regions, *(code for more in read.demands[before:] for code in more.regions))
                    )
                )
                figures = self._laid_out(question, closure, spans, regions, read)
        figures = self._with_children(question, figures, closure, spans, read, today)
        figures.roll_up({shape: read.asked(figures, panel) for shape, panel in figures.panels.items()})
        if question.mapped:
            restate(figures, asked)
        figures.complete()
        for code in closure:
            for version in self._catalog.versions(code):
                # what members of a batch did is known to the records alone: the inputs count everybody's
                if version.derived and version.basis is not Basis.COHORT:
                    figures.compute(version, self._in_force(version, figures.panel(code).keys))
        for code in question.indicators if question.backcast else ():
            figures.back_cast(code)
        return figures

    def _closure(self, question: Question) -> dict[str, Indicator]:
        """The indicators asked for with all that their formulas, weights and benchmarks need, inputs first."""
        found: dict[str, Indicator] = {}

        def add(code: str) -> None:
            if code in found or code not in self._catalog:
                return
            indicator = self._catalog.get(code)
            for version in self._catalog.versions(code):
                for name in compiled(version.formula).inputs if version.formula else ():
                    add(name)
            for version in self._catalog.versions(code):
                weight = weight_of(version)
                if weight is not None:
                    add(weight)
            if "benchmark_gap_pp" in question.measures:
                found.setdefault(code, indicator)
                add(benchmark_of(indicator)[0])
            for broken in indicator.calibre_breaks if question.backcast else ():
                if broken.backcast:
                    add(broken.backcast)
            found[code] = indicator

        for code in question.indicators:
            add(code)
        return found

    def _in_force(self, version: Indicator, keys: Ints) -> NDArray[np.bool_] | None:
        """The periods for which a version holds, by their last days; None where it holds for all."""
        if version.valid_from is None and version.valid_to is None:
            return None
        holds: NDArray[np.bool_] = (
            self._catalog.in_force(version.code, periods.end_days(keys)) == version.version
        )
        return holds

    def _regions(self, question: Question) -> tuple[int, ...]:
        """The regions asked for, their children if wanted, and the regions above if something is compared with them."""
        regions = dict.fromkeys(question.regions)
        if question.children:
            for region in question.regions:
                regions.update(dict.fromkeys(self._tree.kin(region)))
        if "benchmark_gap_pp" in question.measures:
            above = (self._tree.parent(region) for region in tuple(regions))
            regions.update(dict.fromkeys(code for code in above if code is not None and self._tree.has(code)))
        return tuple(regions)

    def _ask(self, read: "Read", demand: Demand) -> None:
        """Put a demand to the store."""
        read.add(demand, Kept(self._store.answer(demand)))

    def _known(self, indicator: Indicator) -> Facts:
        """The facts of an indicator, worked out once."""
        key = (indicator.code, indicator.version)
        found = self._facts.get(key)
        if found is None:
            wait = np.timedelta64(indicator.release.due_after.days, "D")
            found = Facts(can_roll_up(indicator), int(Level.parse(indicator.lowest_level)), wait)
            self._facts[key] = found
        return found

    # -- demands -----------------------------------------------------------------------------------------------

    def _demands(
        self, closure: Mapping[str, Indicator], regions: Sequence[int], spans: Spans, question: Question
    ) -> Iterator[Demand]:
        """One demand for each stretch of time, of all the indicators that are read as far."""
        alike: dict[tuple[Span, ...], list[str]] = {}
        for code in closure:
            alike.setdefault(tuple(spans[code]), []).append(code)
        for stretches, codes in alike.items():
            for span in stretches:
                yield _demand(question, codes, regions, *span.keys)

    def _laid_out(
        self,
        question: Question,
        closure: Mapping[str, Indicator],
        spans: Spans,
        regions: Sequence[int],
        read: "Read",
    ) -> Figures:
        """The fetched rows on their panels, with a column for every period that the question is about."""
        stretches: dict[Shape, dict[Span, None]] = {}
        for code, indicator in closure.items():
            stretches.setdefault(shape_of(indicator), {}).update(dict.fromkeys(spans[code]))
        window = {shape: self._grid(shape, tuple(wanted), question) for shape, wanted in stretches.items()}
        items = dict.fromkeys((TOTAL, *(question.items or ())))
        series: list[Series] = [(code, item) for code in closure for item in items]
        for region in regions:
            if region not in self._ground:
                self._ground[region] = self._tree.breaks(region)
        versions = {code: known for code in closure if len(known := self._catalog.versions(code)) > 1}
        return Figures(closure, series, regions, self._tree, window, read.rows, self._ground, versions)

    def _grid(self, shape: Shape, spans: Sequence[Span], question: Question) -> Ints:
        """The periods of a rhythm in some stretches of time, and those asked for by name with the ones before."""
        grid = [self._calendar(shape, span) for span in spans]
        if question.periods:
            asked = own_keys(np.array(question.periods, np.int64), shape)
            before = np.concatenate([periods.previous(asked, shape.frequency), periods.year_before(asked)])
            grid += [asked, before[before != periods.NO_PERIOD]]
        elif question.since is None and shape.frequency is Frequency.REALTIME:
            # What comes at no fixed rhythm is awaited every day.
            days = [periods.day_key(span.last - DAY, periods.INSTANT) for span in spans]
            grid.append(own_keys(np.array(days, np.int64), shape))
        return np.concatenate(grid)

    def _calendar(self, shape: Shape, span: Span) -> Ints:
        """The regular periods in a stretch of time; none for what comes at no fixed rhythm."""
        if shape.frequency is Frequency.REALTIME:
            return np.zeros(0, np.int64)
        found = self._calendars.get((shape, span))
        if found is None:
            found = periods.calendar_keys(
                span.first, span.last, str(shape.frequency), str(shape.basis), shape.merged
            )
            self._calendars[shape, span] = found
        return found

    def _bare(
        self, question: Question, figures: Figures, closure: Mapping[str, Indicator], spans: Spans
    ) -> dict[str, tuple[int, ...]]:
        """The indicators of which the usual stretch held nothing, and the regions where it held nothing.

        What the stretch of the year before held is no last figure: a newer one may lie between the two.
        """
        bare: dict[str, tuple[int, ...]] = {}
        rows = np.array([figures.region_place[region] for region in question.regions])
        depth = np.array([self._tree.get(region).level for region in question.regions], np.int64)
        there: dict[tuple[Shape, int], NDArray[np.bool_]] = {}
        for code, indicator in closure.items():
            if indicator.formula and not bare.keys() & set(compiled(indicator.formula).inputs):
                continue
            panel = figures.panel(code)
            start = spans[code][0].keys[0]
            if (panel.shape, start) not in there:
                usual = panel.value[:, rows, int(np.searchsorted(panel.keys, start)) :]
                there[panel.shape, start] = np.logical_or.reduce(np.isfinite(usual), axis=2)
            held = there[panel.shape, start][panel.place[code, TOTAL]]
            empty = ~held & (depth <= self._known(indicator).lowest)
            if empty.any():
                bare[code] = tuple(question.regions[row] for row in np.flatnonzero(empty))
        return bare

    def _older(
        self,
        question: Question,
        closure: Mapping[str, Indicator],
        bare: Mapping[str, tuple[int, ...]],
        spans: Spans,
        read: Read,
    ) -> None:
        """Read all that is older than the usual stretch, of slow rhythms."""
        alike: dict[tuple[int, ...], list[str]] = {}
        for code, regions in bare.items():
            if CADENCES[closure[code].frequency] not in FINE:
                alike.setdefault(regions, []).append(code)
        codes = [code for some in alike.values() for code in some]
        if len(alike) > MOST_DEMANDS:
            alike = {tuple(dict.fromkeys(region for regions in alike for region in regions)): codes}
        last = max((spans[code][0].keys[1] for code in codes), default=0)
        for regions, some in alike.items():
            beside = self._beneath(regions) if question.children else ()
            places = tuple(dict.fromkeys((*regions, *beside)))
            self._ask(read, _demand(question, some, places, 0, last))

    def _last_seen(
        self,
        question: Question,
        closure: Mapping[str, Indicator],
        bare: Mapping[str, tuple[int, ...]],
        spans: Spans,
        read: Read,
    ) -> None:
        """Find the last figures of fine rhythms, step by step into the past, and read the day up to them.

        Where the figure of a region can be made from those of its children, these are searched as well.
        """
        sought: dict[Span, set[tuple[str, int]]] = {}
        for code, regions in bare.items():
            if CADENCES[closure[code].frequency] in FINE:
                sought.setdefault(spans[code][0], set()).update((code, region) for region in regions)
        for usual, lacking in sought.items():
            edges = [
                usual.last - timedelta(days=back)
                for back in BACK
                if usual.last - timedelta(days=back) < usual.first
            ]
            lasts = [usual.last, *(edge - DAY for edge in (usual.first, *edges))]
            for first, last in zip((usual.first, *edges, date.min), lasts, strict=True):
                below: dict[int, list[tuple[int, ...]]] = {region: [(region,)] for _, region in lacking}
                while lacking and below:
                    lacking -= self._seen(question, closure, lacking, below, Span(first, last), read)
                    below = {
                        region: [*levels, kin]
                        for region, levels in below.items()
                        if (kin := self._beneath(levels[-1]))
                    }

    def _seen(
        self,
        question: Question,
        closure: Mapping[str, Indicator],
        lacking: Collection[tuple[str, int]],
        below: Mapping[int, Sequence[tuple[int, ...]]],
        span: Span,
        read: Read,
    ) -> set[tuple[str, int]]:
        """Search one stretch of time at one level below the regions; gives back what was found.

        What is found among children is read to the lowest level: those of them that lack it may have it further down.
        Children that were asked for are shown on the period of their parent, so theirs is read with it.
        """
        wanted = [
            (code, region)
            for code, region in sorted(lacking)
            if region in below and self._reaches(closure[code], region, below[region][-1])
        ]
        if not wanted:
            return set()
        codes = tuple(dict.fromkeys(code for code, _ in wanted))
        regions = tuple(dict.fromkeys(child for _, region in wanted for child in below[region][-1]))
        rows = Kept(self._store.answer(_demand(question, codes, regions, *span.keys)))
        names, places, keys = (rows.column(name) for name in ("indicator", "region", "period"))
        there = np.isfinite(rows.column("value").astype(np.float64))
        found = set()
        deeper: dict[tuple[int, int], list[str]] = {}
        beside: dict[tuple[int, int], list[str]] = {}
        for code, region in wanted:
            kin = below[region][-1]
            own = (names == code) & np.isin(places, kin)
            if not (own & there).any():
                continue
            last = int(keys[own & there].max())
            first = periods.day_key(periods.Period(last).end - DAY)
            near = np.flatnonzero(own & (keys >= first))
            for level in below[region]:
                demand = _demand(question, (code,), level, first, span.keys[1])
                read.add(demand, Kept(rows, near if level is kin else near[:0]))
            found.add((code, region))
            if kin != (region,):
                deeper.setdefault((region, first), []).append(code)
            elif question.children:
                beside.setdefault((region, first), []).append(code)
        for (region, first), some in beside.items():
            kin = self._tree.kin(region)
            self._ask(read, _demand(question, some, kin, first, span.keys[1]))
        for (region, first), some in deeper.items():
            kin = self._beneath(below[region][-1])
            while kin and any(self._reaches(closure[code], region, kin) for code in some):
                self._ask(read, _demand(question, some, kin, first, span.keys[1]))
                kin = self._beneath(kin)
        return found

    def _beneath(self, level: Sequence[int]) -> tuple[int, ...]:
        """The children of all regions of a level."""
        return tuple(child for one in level for child in self._tree.kin(one))

    def _reaches(self, indicator: Indicator, region: int, level: Sequence[int]) -> bool:
        """Whether figures at a level say something about a region above it, or there itself."""
        facts, depth = self._known(indicator), int(self._tree.get(region).level)
        if level[0] == region:
            return True
        return facts.adds_up and depth >= self._top and int(self._tree.get(level[0]).level) <= facts.lowest

    # -- children ----------------------------------------------------------------------------------------------

    def _with_children(
        self,
        question: Question,
        figures: Figures,
        closure: Mapping[str, Indicator],
        spans: Spans,
        read: "Read",
        today: date,
    ) -> Figures:
        """Fetch the figures of children for the gaps of their parents, one level at a time."""
        regions = list(figures.regions)
        compared = question.children or "benchmark_gap_pp" in question.measures
        places: Sequence[int] = regions if compared else question.regions
        above: Gaps = {}
        while places:
            gaps = self._gaps(question, figures, spans, places, above, today)
            below = {hole: self._tree.kin(hole) for hole, _, _ in gaps}
            above = {
                (child, earlier, since): gap
                for (hole, earlier, since), gap in gaps.items()
                for child in below[hole]
            }
            places = list(dict.fromkeys(child for child, _, _ in above))
            known = {shape: read.asked(figures, panel) for shape, panel in figures.panels.items()}
            unread = {which: _unread(figures, known, gap, below[which[0]]) for which, gap in gaps.items()}
            demands = _asked_together(gaps, unread)
            for gap, kin in demands:
                self._ask(read, _demand(question, gap.codes, kin, *gap.keys))
            if demands:
                regions += sorted({child for _, kin in demands for child in kin}.difference(regions))
                figures = self._laid_out(question, closure, spans, regions, read)
        return figures

    def _gaps(
        self,
        question: Question,
        figures: Figures,
        spans: Spans,
        places: Sequence[int],
        above: "Gaps",
        today: date,
    ) -> "Gaps":
        """What is lacking at which of some regions and might be had from their children.

        above  the gaps of their parents, outside which nothing is lacking; empty where the regions were asked for
        """
        rows = np.array([figures.region_place[region] for region in places])
        depth = np.array([self._tree.get(region).level for region in places], np.int64)
        wanted = (
            {code for gap in above.values() for code in gap.codes} if above else figures.indicators.keys()
        )
        gaps: Gaps = {}
        for panel in figures.panels.values():
            facts = [self._known(figures.indicators[code]) for code, _ in panel.series]
            total = np.array(
                [
                    item == TOTAL and fact.adds_up and code in wanted
                    for (code, item), fact in zip(panel.series, facts, strict=True)
                ]
            )
            if not total.any():
                continue
            since = np.array([spans[code][0].first for code, _ in panel.series], "datetime64[D]")
            newest = self._worth_asking(question, panel, rows, facts, since, today, whole=bool(above))
            worth = newest & total[:, None, None]
            if not worth.any():
                continue
            lowest = np.array([fact.lowest for fact in facts])
            may_add = (depth[None, :] < lowest[:, None]) & (depth >= self._top)
            empty = ~np.isfinite(panel.value[:, rows]) & may_add[:, :, None]
            for earlier, columns in ((False, worth), (True, _year_before(panel, worth) & ~worth)):
                hole = empty & columns
                for place, row in np.argwhere(hole.any(axis=2)).tolist():
                    code, region = panel.series[place][0], places[row]
                    keys, which = panel.keys[hole[place, row]], (region, earlier, spans[code][0].first)
                    if above:
                        keys = keys[above[which].holds(code, keys)] if which in above else keys[:0]
                    if len(keys):
                        gaps.setdefault(which, Gap()).add(code, int(keys[0]), int(keys[-1]))
        return gaps

    def _worth_asking(
        self,
        question: Question,
        panel: Panel,
        rows: Ints,
        facts: Sequence[Facts],
        since: NDArray[np.datetime64],
        today: date,
        *,
        whole: bool,
    ) -> NDArray[np.bool_]:
        """The columns of a panel, for each series and some regions, in which a gap is worth asking the children about.

        For the latest figures, where a region publishes an indicator at all, only what is due since its last figure;
        where it does not, or ``whole`` is asked, the stretch of time that is read for it (from ``since`` on).
        """
        day = np.datetime64(today, "D")
        ended = panel.regular & (panel.ends < day)
        if question.periods or question.since:
            asked = panel.keys[columns_asked(question, panel)]
            wanted = np.isin(panel.keys, asked)
            if panel.shape.frequency is Frequency.DAILY:  # months of counts that come without their days
                ended |= wanted & (panel.ends < day)
            for key in asked[~belongs(asked, panel.shape) & (asked > 0)].tolist():
                wanted |= periods.contains(key, panel.keys)
            return np.broadcast_to(wanted & ended, (len(facts), len(rows), len(ended)))
        stretch = ended & (panel.ends >= since[:, None])
        if whole:
            return np.broadcast_to(stretch[:, None, :], (len(facts), len(rows), len(ended)))
        own: NDArray[np.bool_] = np.isfinite(panel.value[:, rows])
        last = np.where(own.any(axis=2), own.shape[2] - 1 - own[:, :, ::-1].argmax(axis=2), -1)[:, :, None]
        wait = np.array([fact.wait for fact in facts])[:, None, None]
        newer = (np.arange(len(ended)) > last) & (panel.ends + wait < day)
        worth: Flags = stretch[:, None, :] & ((last < 0) | newer)
        return worth


def _year_before(panel: Panel, columns: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The regular columns a year before some columns, for each series and region."""
    spot, there = panel.find(panel.year_before)
    result = np.zeros(columns.shape, bool)
    place, row, column = np.nonzero(columns & there)
    result[place, row, spot[column]] = True
    return result & panel.regular


@dataclass
class Gap:
    """The indicators that lack figures at a region, and from when to when."""

    found: dict[str, None] = field(default_factory=dict)
    first: int = periods.instant_key(periods.LAST_YEAR, 12)
    last: int = 0

    def add(self, code: str, first: int, last: int) -> None:
        """One more indicator with a gap."""
        self.found[code] = None
        self.first, self.last = min(self.first, first), max(self.last, last)

    def holds(self, code: str, keys: Ints) -> NDArray[np.bool_]:
        """Which periods of an indicator are asked for here."""
        return (keys >= self.keys[0]) & (keys <= self.keys[1]) & (code in self.found)

    @property
    def codes(self) -> tuple[str, ...]:
        """The indicators."""
        return tuple(self.found)

    @property
    def keys(self) -> tuple[int, int]:
        """The first and the last period key, whatever the span."""
        return self.first - self.first % 1000, self.last - self.last % 1000 + 999


Gaps = dict[tuple[int, bool, date], Gap]
"""By region, whether it is about the year before, and how far back the indicators are read."""


def _places(panel: Panel, codes: Container[str]) -> Ints:
    """The positions of the series of some indicators."""
    return np.array([place for (code, _), place in panel.place.items() if code in codes], np.int64)


def _unread(
    figures: Figures, known: Mapping[Shape, Flags], gap: Gap, children: Iterable[int]
) -> tuple[int, ...]:
    """The children of whom not all was read that a gap needs."""
    here = np.array([figures.region_place.get(child, -1) for child in children], np.int64)
    whole = here >= 0
    for shape, panel in figures.panels.items():
        low, high = np.searchsorted(panel.keys, [gap.keys[0], gap.keys[1] + 1]).tolist()
        series = _places(panel, gap.found)
        if len(series) and low < high:
            whole &= known[shape][np.ix_(series, here, np.arange(low, high))].all(axis=(0, 2))
    return tuple(child for child, there in zip(children, whole, strict=True) if not there)


def _asked_together(
    gaps: Gaps, children: Mapping[tuple[int, bool, date], Sequence[int]]
) -> list[tuple[Gap, tuple[int, ...]]]:
    """One demand for each region and stretch of time; if these are many, one for each stretch."""
    single = [(gap, tuple(children[which])) for which, gap in gaps.items() if children[which]]
    if len(single) <= MOST_DEMANDS:
        return single
    together: dict[tuple[bool, date], tuple[Gap, dict[int, None]]] = {}
    for which, gap in gaps.items():
        whole, kin = together.setdefault(which[1:], (Gap(), {}))
        kin.update(dict.fromkeys(children[which]))
        for code in gap.codes:
            whole.add(code, gap.first, gap.last)
    return [(gap, tuple(kin)) for gap, kin in together.values() if kin]
