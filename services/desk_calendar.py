"""The release calendar of a department and a region: what is due when, what arrived, what is late or missing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from hashlib import sha256

import numpy as np

from data_access.observations import ObservationStore
from indicators import periods
from indicators.aggregation import Demand
from indicators.catalog import Catalog
from indicators.definition import DataStatus, Frequency, Indicator
from indicators.evaluate import shape_of
from indicators.freshness import end_moments
from indicators.regions import Level, RegionTree
from services import access, recorded
from services.access import Actor

ARRIVED, STATED, COMING, DUE, LATE = "arrived", "stated", "coming", "due", "late"
"""A figure is there; it is said why there is none; it is not due yet; it is due; its grace is over."""

AWAITED = (LATE, DUE, COMING)
"""The states of what somebody still has to bring."""

MOST_DAYS = (62, 45)
"""How far back and ahead the calendar shows what is due."""

FINE_DAYS: Mapping[Frequency, tuple[int, int]] = {Frequency.DAILY: (7, 1), Frequency.WEEKLY: (21, 8)}
"""The same for what comes more often."""

BY_MACHINES = (Frequency.REALTIME, Frequency.HOURLY)
"""Rhythms at which nobody types."""


@dataclass(frozen=True)
class Expected:
    """One figure of a release: whether it is there, and whether the one that is there was made up."""

    indicator: str
    region: int
    period: int
    state: str
    simulated: bool = False
    known_at: int | None = None


@dataclass(frozen=True)
class Release:
    """What a department is to bring of a region and below it, at one moment, for periods that end on one day.

    due, late  epoch seconds
    """

    department: str
    region: int
    end: date
    due: int
    late: int
    figures: tuple[Expected, ...]

    @property
    def id(self) -> str:
        """The name of the release in an address, among those of its department and region."""
        return f"{self.end:%Y%m%d}-{self.due}"

    @property
    def day(self) -> int:
        """The end of its periods as a number: 20261031."""
        return int(f"{self.end:%Y%m%d}")

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many figures are in each state."""
        found = dict.fromkeys((ARRIVED, STATED, *AWAITED), 0)
        for one in self.figures:
            found[one.state] += 1
        return found

    @property
    def state(self) -> str:
        """The state of the whole: that of what is most overdue; arrived where nothing is awaited."""
        return next((state for state in AWAITED if self.counts[state]), ARRIVED)

    @property
    def indicators(self) -> tuple[str, ...]:
        """The indicators of the release, in the order of the catalogue."""
        return tuple(dict.fromkeys(one.indicator for one in self.figures))

    def version(self, catalog: Catalog) -> str:
        """Changes with whatever a template of this release asks for: its figures, and what they mean."""
        asked = [
            (
                one.indicator,
                one.region,
                one.period,
                catalog.get(one.indicator).version,
                catalog.get(one.indicator).unit,
            )
            for one in self.figures
        ]
        return sha256(repr(sorted(asked)).encode()).hexdigest()[:8]


class ReleaseCalendar:
    """Works out releases.

    zone  the city's hours ahead of UTC
    """

    def __init__(self, store: ObservationStore, catalog: Catalog, tree: RegionTree, zone: timedelta) -> None:
        self._store, self._catalog, self._tree, self._zone = store, catalog, tree, zone

    def departments(self, actor: Actor) -> tuple[str, ...]:
        """The departments whose figures this actor may bring, in the order of the catalogue."""
        theirs = {one.department for one in self._collected(actor, "")}
        return tuple(name for name in self._catalog.departments if name in theirs)

    def releases(self, actor: Actor, department: str, region: int, now: datetime) -> tuple[Release, ...]:
        """The releases of a department around now, what is due first before what is due later.

        What is computed from others or from records is nobody's to bring; a region below the one asked for counts
        where it has ever had the figure.
        """
        chosen = self._collected(actor, department)
        regions = (region, *self._tree.children(region))
        seen = self._seen([one.code for one in chosen], regions)
        local = (now + self._zone).replace(tzinfo=None)
        awaited = {one.code: self._periods(one, local) for one in chosen}
        known = self._known(awaited, chosen, regions)
        by_moment: dict[tuple[date, int, int], list[Expected]] = {}
        for one in chosen:
            ends = end_moments(np.array(awaited[one.code], np.int64))
            for key, end in zip(awaited[one.code], ends.astype(datetime), strict=True):
                due, late = one.release.due(end), one.release.late(end)
                place = (periods.Period(key).end, self._epoch(due), self._epoch(late))
                awaits = LATE if local >= late else DUE if local >= due else COMING
                for code in self._reporting(one, regions, seen):
                    state, simulated, at = known.get((one.code, code, key), (awaits, False, None))
                    by_moment.setdefault(place, []).append(
                        Expected(one.code, code, key, state, simulated, at)
                    )
        return tuple(
            Release(department, region, end, due, late, tuple(figures))
            for (end, due, late), figures in sorted(
                by_moment.items(), key=lambda pair: (pair[0][1], pair[0][0])
            )
        )

    def of_machines(self, indicator: Indicator) -> bool:
        """Whether people bring no figures of an indicator: it is computed, or comes by the hour."""
        return indicator.formula is not None or indicator.frequency in BY_MACHINES

    def due_at(self, code: str, period: int) -> int:
        """The moment from which a figure may be released, in epoch seconds."""
        end = end_moments(np.array([period], np.int64))[0].astype(datetime)
        return self._epoch(self._catalog.get(code).release.due(end))

    def _collected(self, actor: Actor, department: str) -> list[Indicator]:
        """The indicators whose figures people bring: of a department, or of all that are the actor's business."""
        found = []
        for code in self._catalog.codes:
            one = self._catalog.get(code)
            if department and one.department != department:
                continue
            if actor.department not in ("", one.department) or self.of_machines(one):
                continue
            if access.may(actor, "load", system=one.system):
                found.append(one)
        return found

    def _seen(self, codes: Sequence[str], regions: Sequence[int]) -> dict[tuple[str, int], bool]:
        """The series that have figures, and whether business records give them."""
        sources = self._store.sources()
        records = {number for number, one in sources.items() if one.title == recorded.SOURCE.title}
        found = self._store.latest(codes, regions)
        columns = (found.column(name).tolist() for name in ("indicator", "region", "source"))
        return {(code, region): source in records for code, region, source in zip(*columns, strict=True)}

    def _reporting(
        self, indicator: Indicator, regions: Sequence[int], seen: Mapping[tuple[str, int], bool]
    ) -> Iterable[int]:
        """The regions that report an indicator: those that have; the first one where none has yet."""
        theirs = [region for region in regions if (indicator.code, region) in seen]
        if any(seen[indicator.code, region] for region in theirs):
            return ()
        if not theirs and self._tree.get(regions[0]).level <= Level.parse(indicator.lowest_level):
            return regions[:1]
        return theirs

    def _periods(self, indicator: Indicator, local: datetime) -> list[int]:
        """The periods of an indicator that are due around now."""
        back, ahead = FINE_DAYS.get(indicator.frequency, MOST_DAYS)
        shape, wait = shape_of(indicator), indicator.release.due_after
        first = (local - timedelta(days=back) - wait).date()
        last = (local + timedelta(days=ahead) - wait).date()
        keys = periods.calendar_keys(first, last, str(shape.frequency), str(shape.basis), shape.merged)
        return [int(key) for key in keys]

    def _known(
        self, awaited: Mapping[str, Sequence[int]], chosen: Sequence[Indicator], regions: Sequence[int]
    ) -> dict[tuple[str, int, int], tuple[str, bool, int]]:
        """What the store has of the awaited figures: arrived or stated, made up or not, since when."""
        found: dict[tuple[str, int, int], tuple[str, bool, int]] = {}
        names = ("indicator", "region", "period", "status", "known_at")
        for frequency in dict.fromkeys(one.frequency for one in chosen):
            codes = tuple(one.code for one in chosen if one.frequency is frequency and awaited[one.code])
            keys = [key for code in codes for key in awaited[code]]
            if not keys:
                continue
            rows = self._store.answer(Demand(codes, tuple(regions), min(keys), max(keys)))
            for code, region, key, status, at in zip(
                *(rows.column(name).tolist() for name in names), strict=True
            ):
                state = STATED if status == DataStatus.MISSING else ARRIVED
                found[code, region, key] = (state, status == DataStatus.SIMULATED, at)
        return found

    def day(self, at: int) -> date:
        """The day of a moment on the city's clock."""
        return (datetime.fromtimestamp(at, UTC) + self._zone).date()

    def _epoch(self, local: datetime) -> int:
        return int((local.replace(tzinfo=UTC) - self._zone).timestamp())
