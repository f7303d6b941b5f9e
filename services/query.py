"""The one way to ask for a number: what, where, when, by whom; narrowed to what the reader may see."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from indicators import freshness, periods
from indicators.aggregation import TOTAL
from indicators.catalog import Catalog
from indicators.contribution import Parts, divide
from indicators.definition import Indicator
from indicators.errors import N_, CockpitError, Issue
from indicators.evaluate import Figures, Origin, Panel, Series
from indicators.freshness import NextRelease, end_moments
from indicators.measures import Measures
from indicators.regions import RegionTree
from services import access
from services.access import Actor
from services.answers import Answer, Course, Line, Question, Reading
from services.gather import Gathering, Store, TargetSource, columns_asked

__all__ = ["Answer", "Cache", "Course", "Line", "Query", "Question", "Reading", "end_moments"]

Ints = NDArray[np.int64]
Cells = tuple[Ints, Ints, Ints]

FIXED = (
    "indicator", "item", "region", "period", "value", "status", "state", "reason", "origin", "reported", "expected",
    "yoy_published", "yoy_computed", "base", "note", "growth_status", "computed", "source", "known_at", "version",
)  # fmt: skip
"""The columns that every answer has; measures come beside them."""


class Cache(Protocol):
    """Where answers are kept; its keys contain the data version, so nothing is ever cleared."""

    def get(self, key: str) -> Any:
        """What is kept under a key, or None."""
        ...

    def set(self, key: str, value: Any) -> Any:
        """Keep a value."""
        ...


@dataclass(frozen=True)
class Place:
    """A region of an answer; a child is shown on the period of its parent."""

    region: int
    parent: int | None = None


class Query:
    """Answers questions.

    clock    gives the moment (aware, UTC); ``zone`` makes it local time
    targets  what regions are to reach (``data_access.targets``)
    cache    keeps answers; None keeps none
    """

    def __init__(
        self,
        store: Store,
        catalog: Catalog,
        tree: RegionTree,
        clock: Callable[[], datetime],
        targets: TargetSource | None = None,
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
        self._gatherings: dict[int, tuple[RegionTree, Gathering]] = {}

    def over(self, store: Store) -> "Query":
        """The same questions asked of another store; nothing of it is kept."""
        other = copy(self)
        other._store, other._cache = store, None
        other._gatherings = {}
        return other

    # -- asking ------------------------------------------------------------------------------------------------

    def ask(self, actor: Actor, question: Question) -> Answer:
        """The answer to a question, as far as the actor may see it.

        raises  CockpitError ``unknown_indicator`` and ``unknown_region`` naming all that are unknown;
                ``forbidden`` when nothing of what was asked may be seen
        """
        question, left_out = self._narrowed(actor, question)
        version = self._store.data_version()
        moment = self._clock()
        scope = "all" if actor.role == "system" else actor.regions
        key = f"ask:{version}:{self.catalog.version}:{self.tree.mark}:{moment:%Y%m%d%H}:{scope}:{question}"
        kept = None if self._cache is None else self._cache.get(key)
        if isinstance(kept, Answer):
            return kept
        answer = replace(
            self._answer(actor, question, (moment + self._zone).replace(tzinfo=None)),
            notices=left_out,
            data_version=version,
            registry_version=self.catalog.version,
        )
        if self._cache is not None:
            self._cache.set(key, answer)
        return answer

    def readings(self, actor: Actor, question: Question) -> dict[str, Reading]:
        """For rules: every regular period of a stretch of time (``since`` to ``until``) as arrays, by indicator.

        Only what the question names as measures is computed; see ``ask`` for what it raises.
        """
        question, _ = self._narrowed(actor, replace(question, bare=True))
        today = (self._clock() + self._zone).date()
        figures = self._gathering(self._tree(question, today)).figures(question, today)
        targets = self._targets.current() if self._targets is not None else None
        regions = np.array([figures.region_place[region] for region in question.regions], np.int64)
        found = {}
        for code in question.indicators:
            panel = figures.panel(code)
            columns = columns_asked(question, panel)
            grid = np.broadcast_arrays(np.array(panel.place[code, 0]), regions[None, :], columns[:, None])
            cells = Measures(figures, panel, (grid[0], grid[1], grid[2]), targets)
            found[code] = self._reading(question, figures.indicators[code], cells)
        return found

    def next_release(self, indicator: str, after: int) -> NextRelease | None:
        """The figure that comes after the one of period ``after``: which, when due, from when late (local time)."""
        return freshness.next_release(self.catalog.get(indicator), after)

    def _narrowed(self, actor: Actor, question: Question) -> tuple[Question, tuple[Issue, ...]]:
        """The question within the actor's regions and systems, and what was left out."""
        unknown: list[Issue] = []
        for code in question.indicators:
            try:
                self.catalog.get(code)
            except CockpitError as error:
                unknown += error.issues
        if unknown:
            raise CockpitError(unknown)
        self.tree.require(question.regions)
        then = self._tree(question, (self._clock() + self._zone).date())
        now = access.narrow(actor, self.tree, question.regions)
        seen = {*now, *access.narrow(actor, then, question.regions)} if then is not self.tree else set(now)
        regions = tuple(region for region in question.regions if region in seen)
        systems = {code: self.catalog.get(code).system for code in question.indicators}
        codes = tuple(code for code, system in systems.items() if access.may(actor, "view", system=system))
        if question.regions and not regions:
            access.require(actor, "view", self.tree, question.regions[0])
        if systems and not codes:
            access.require(actor, "view", system=next(iter(systems.values())))
        left_out = tuple(
            Issue("out_of_scope", N_("{region}不在您的职责范围内"), params={"region": self.tree.name(region)})
            for region in question.regions
            if region not in regions
        )
        return replace(question, regions=regions, indicators=codes), left_out

    def _tree(self, question: Question, today: date) -> RegionTree:
        """The regions of the last day asked about: old periods show old regions."""
        asked = question.until if question.periods is None else max(question.periods, default=None)
        day = periods.Period(asked).end if asked else today
        if question.as_of is not None:
            known = datetime.fromtimestamp(question.as_of, timezone(self._zone)).date()
            day = min(day, known)
        return self.tree if day >= today else self.tree.at(day)

    def _gathering(self, tree: RegionTree) -> Gathering:
        """What fetches and completes figures for the regions of a day."""
        if id(tree) not in self._gatherings:
            self._gatherings[id(tree)] = tree, Gathering(self._store, self.catalog, tree)
        return self._gatherings[id(tree)][1]

    # -- answering ---------------------------------------------------------------------------------------------

    def _answer(self, actor: Actor, question: Question, now: datetime) -> Answer:
        """The figures of a question that is already within the actor's scope."""
        tree = self._tree(question, now.date())
        figures = self._gathering(tree).figures(question, now.date())
        targets = self._targets.current() if self._targets is not None else None
        units = {code: figures.indicators[code].unit for code in question.indicators}
        places = [Place(region) for region in question.regions]
        if question.children:
            places += [
                Place(child, region)
                for region in question.regions
                for child in access.narrow(actor, tree, tree.children(region))
                if child not in question.regions
            ]
        blocks: list[dict[str, NDArray[Any]]] = []
        courses: dict[tuple[str, int, int], Course] = {}
        parts: dict[tuple[str, int, int], Parts] = {}
        for panel in figures.panels.values():
            wanted = [
                one
                for one in panel.series
                if one[0] in units and (question.items is None or one[1] in question.items)
            ]
            if not wanted:
                continue
            at = self._cells(question, figures, panel, wanted, places, now)
            cells = Measures(figures, panel, at, targets)
            block = self._block(question, figures, cells, now)
            blocks.append(block)
            if question.history:
                courses.update(self._courses(question, figures, panel, wanted, at))
            if question.children:
                parts.update(self._parts(actor, question, figures, panel, at, block))
        return Answer(_ordered(blocks, question, places), units, courses, parts)

    def _cells(
        self,
        question: Question,
        figures: Figures,
        panel: Panel,
        wanted: Sequence[Series],
        places: Sequence[Place],
        now: datetime,
    ) -> Cells:
        """The cells of a panel that answer a question: series × regions × periods, as positions."""
        series = np.array([panel.place[one] for one in wanted])
        regions = np.array([figures.region_place[place.region] for place in places])
        if question.periods or question.since:
            columns = columns_asked(question, panel)[None, None, :]
        else:
            latest = _latest(panel, series, regions, question.until, now)
            spot = {place.region: number for number, place in enumerate(places)}
            for number, place in enumerate(places):
                if place.parent is not None:
                    latest[:, number] = latest[:, spot[place.parent]]
            columns = latest[:, :, None]
        grid = np.broadcast_arrays(series[:, None, None], regions[None, :, None], columns)
        return grid[0], grid[1], grid[2]

    def _block(
        self, question: Question, figures: Figures, cells: Measures, now: datetime
    ) -> dict[str, NDArray[Any]]:
        """The columns of some cells of one panel, in the shape of the cells."""
        panel, at = cells.panel, cells.at
        growth = cells.growth()
        row = panel.row[at]
        stored = figures.columns
        indicators = [figures.indicators[code] for code, _ in panel.series]
        levels = [figures.tree.get(region).level for region in figures.regions]
        named = question.periods is not None or question.since is not None
        latest = not named and question.until is None
        versions = self._versions(panel)[at[0], at[2]]
        defined = versions != 0
        state, reason = freshness.judge(
            panel,
            at,
            indicators,
            levels,
            stored["reason"],
            now,
            latest,
            named,
            defined,
            figures.absent(panel),
        )
        codes = np.array([code for code, _ in panel.series], object)
        columns = {
            "indicator": codes[at[0]],
            "item": np.array([item for _, item in panel.series], np.int64)[at[0]],
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
            "source": _of_row(stored["source"], row),
            "known_at": _of_row(stored["known_at"], row),
            "version": np.where(
                defined, versions, np.array([indicator.version for indicator in indicators])[at[0]]
            ),
        }
        return columns | {name: cells.of(name) for name in question.measures}

    def _versions(self, panel: Panel) -> Ints:
        """The version of its definition in force at the end of each period, series × periods; 0 where there is none."""
        return np.stack([self.catalog.in_force(code, panel.ends) for code, _ in panel.series])

    def _courses(
        self, question: Question, figures: Figures, panel: Panel, wanted: Sequence[Series], at: Cells
    ) -> Iterator[tuple[tuple[str, int, int], Course]]:
        """The regular periods up to the last figure of each series, as many as were asked for."""
        regular = np.flatnonzero(panel.regular)
        there = np.isfinite(panel.value)
        for number, one in enumerate(wanted):
            for spot, region in enumerate(question.regions):
                own = (panel.place[one], figures.region_place[region])
                last = int(at[2][number, spot].max(initial=-1))
                if not (question.periods or question.until):
                    # A roll-up of a later period, of which not all have reported, is drawn as partial.
                    last = max(last, int(np.flatnonzero(there[own])[-1]) if there[own].any() else last)
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
                        panel.origin[cell] == Origin.BACK_CAST,
                    ),
                )

    def _parts(
        self,
        actor: Actor,
        question: Question,
        figures: Figures,
        panel: Panel,
        at: Cells,
        block: Mapping[str, NDArray[Any]],
    ) -> Iterator[tuple[tuple[str, int, int], Parts]]:
        """The children of every region asked for, on the last of its periods, ranked, with the residual.

        A reader who may not see all the children gets no ranks and no residual: they would tell of the others.
        Contributions stand on the base that a published growth implies, which is the comparable one.
        """
        last = {
            name: block[name][:, :, -1]
            for name in ("region", "value", "base", "yoy_published", "yoy_computed")
        }
        told = np.isfinite(last["yoy_published"]) & (last["yoy_published"] > -100)
        growth = np.where(told, last["yoy_published"], last["yoy_computed"])
        with np.errstate(invalid="ignore", divide="ignore"):
            last["base"] = np.where(told, last["value"] / (1 + last["yoy_published"] / 100), last["base"])
        spot = {int(region): number for number, region in enumerate(last["region"][0])}
        for region in question.regions:
            children = figures.tree.children(region)
            seen = [child for child in children if child in spot]
            whole = access.narrow(actor, figures.tree, children) == children
            where = np.array([spot[child] for child in seen], np.int64)
            nodes = [figures.tree.get(child) for child in seen]
            units = np.array([node.reporting_unit for node in nodes], bool)
            home = spot[region]
            for number in range(len(last["value"])):
                code, item = panel.series[at[0][number, home, -1]]
                indicator = figures.indicators[code]
                yield (
                    (code, item, region),
                    divide(
                        np.array(seen, np.int64),
                        units,
                        last["value"][number, where],
                        last["base"][number, where],
                        growth[number, where],
                        total=float(last["value"][number, home]),
                        total_base=float(last["base"][number, home]),
                        home=region,
                        additive=str(indicator.agg_region) == "sum",
                        ascending=str(indicator.polarity) == "lower_better",
                        rest=whole and block["origin"][number, home, -1] == Origin.PUBLISHED,
                        inside=np.array([node.inside for node in nodes], bool),
                        ranked=whole,
                    ),
                )

    def _reading(self, question: Question, indicator: Indicator, cells: Measures) -> Reading:
        """The cells of one indicator, periods × regions, with what its rule may ask for."""
        panel, at = cells.panel, cells.at
        keys = panel.keys[columns_asked(question, panel)]
        due = end_moments(keys) - np.timedelta64(self._zone) + np.timedelta64(indicator.release.due_after)
        return Reading(
            indicator=indicator.code,
            periods=keys,
            regions=np.array(question.regions, np.int64),
            value=panel.value[at],
            measures={name: cells.of(name) for name in question.measures},
            base=cells.growth().base,
            denominator=_denominator(cells, indicator),
            status=panel.status[at],
            reported=panel.reported[at],
            expected=panel.expected[at],
            due=due.astype("datetime64[s]").astype(np.int64),
            late=(due + np.timedelta64(indicator.release.grace)).astype("datetime64[s]").astype(np.int64),
        )


def _denominator(cells: Measures, indicator: Indicator) -> NDArray[np.float64]:
    """What a ratio is divided by: the input that says of itself that it is the denominator."""
    for code, other in cells.figures.indicators.items():
        if any(
            related.type == "denominator_of" and related.code == indicator.code for related in other.related
        ):
            return cells.figures.at((code, TOTAL), cells.panel).value[cells.at[1], cells.at[2]]
    return np.full(cells.at[0].shape, np.nan)


def _of_row(column: NDArray[Any], row: NDArray[np.int32]) -> Ints:
    """A column of the stored rows behind some cells; −1 where nothing is stored."""
    return np.where(row >= 0, column[row], -1) if len(column) else np.full(row.shape, -1, np.int64)


def _latest(panel: Panel, series: Ints, regions: Ints, until: int | None, now: datetime) -> Ints:
    """The last period with a figure for each series and region; the last that has ended where there is none.

    Where a region has figures of its own, a roll-up of those children that were faster does not replace them.
    Without ``until`` the rest of this year is in reach: plans stand at its end.
    """
    end = panel.ends
    year_end = np.datetime64(f"{now.year}-12-31", "D")
    limit = np.datetime64(periods.Period(until).end, "D") if until else year_end
    block = np.ix_(series, regions)
    there = (np.isfinite(panel.value[block]) | panel.thin[block] | panel.held[block]) & (end <= limit)
    direct = (there & (panel.expected[block] == 1)).any(axis=2, keepdims=True)
    there &= ~direct | (panel.reported[block] == panel.expected[block]) | panel.held[block]
    regular = there & panel.regular
    there = np.where(regular.any(axis=2, keepdims=True), regular, there)
    last = there.shape[2] - 1 - np.argmax(there[:, :, ::-1], axis=2)
    over = freshness.end_moments(panel.keys) <= np.datetime64(now.replace(microsecond=0), "s")
    ended = np.flatnonzero(panel.regular & over & (end <= limit))
    return np.where(there.any(axis=2), last, ended[-1] if len(ended) else 0)


def _ordered(
    blocks: Sequence[Mapping[str, NDArray[Any]]], question: Question, places: Sequence[Place]
) -> dict[str, Any]:
    """The blocks of all panels as one set of flat columns, in the order of the question."""
    names = (*FIXED, *question.measures)
    joined = {
        name: np.concatenate([block[name].ravel() for block in blocks] or [np.zeros(0)]) for name in names
    }
    code_order = {code: number for number, code in enumerate(question.indicators)}
    place_order = {place.region: number for number, place in enumerate(places)}
    by_code = np.array([code_order[code] for code in joined["indicator"].tolist()])
    by_place = np.array([place_order[region] for region in joined["region"].tolist()])
    order = np.lexsort((joined["period"], by_place, joined["item"], by_code))
    columns: dict[str, Any] = {name: column[order] for name, column in joined.items()}
    return columns | {"indicator": columns["indicator"].tolist(), "measures": question.measures}
