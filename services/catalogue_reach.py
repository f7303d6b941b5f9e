"""How far the figures of indicators reach: the newest period, and in how many of a reader's regions there are any."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from indicators.catalog import Catalog
from indicators.definition import Indicator
from indicators.evaluate import can_roll_up
from indicators.regions import Level, RegionTree
from services.access import Actor

Newest = Mapping[int, int]
"""The newest period of an indicator by region."""


@dataclass(frozen=True)
class Reach:
    """The newest period (None: no figure), and the regions with figures of those that publish the indicator."""

    last: int | None
    reported: int
    expected: int


class Store(Protocol):
    """What is needed of ``data_access.observations.ObservationStore``."""

    def latest(self, indicators: Sequence[str], regions: Sequence[int]) -> Any: ...
    def data_version(self) -> int: ...


class Reaches:
    """Asks the store, once for each state of the figures, indicator and set of regions."""

    def __init__(self, store: Store, catalog: Catalog, tree: RegionTree) -> None:
        self._store = store
        self._catalog = catalog
        self._tree = tree
        self._version = -1
        self._known: dict[tuple[int, ...], dict[str, Newest]] = {}

    def of(self, actor: Actor, codes: Sequence[str]) -> dict[str, Reach]:
        """The reach of some indicators over the regions of a reader."""
        regions = self._regions(actor)
        newest = self._newest(self._catalog.closure(codes), regions)
        levels = {code: int(self._tree.get(code).level) for code in regions}
        found = {}
        for code in codes:
            indicator = self._catalog.get(code)
            lowest = int(Level.parse(indicator.lowest_level))
            due = [region for region in regions if levels[region] <= lowest]
            there = self._covered(indicator, newest)
            last = max((there[region] for region in due if region in there), default=None)
            found[code] = Reach(last, sum(region in there for region in due), len(due))
        return found

    def _covered(self, indicator: Indicator, newest: Mapping[str, Newest]) -> Newest:
        """The newest period by region: stored, made of the regions below, or made of other figures."""
        there = dict(newest.get(indicator.code, {}))
        if indicator.derived:
            inputs = [
                self._covered(self._catalog.get(code), newest)
                for code in self._catalog.inputs(indicator.code)
            ]
            shared = set(inputs[0]).intersection(*inputs[1:]) if inputs else set()
            for region in shared:
                there.setdefault(region, min(one[region] for one in inputs))
        elif can_roll_up(indicator):
            for region, period in sorted(there.items(), key=lambda one: -int(self._tree.get(one[0]).level)):
                self._up(region, period, there)
        return there

    def _up(self, region: int, period: int, there: dict[int, int]) -> None:
        """A figure of a region makes one of those above it, up to the city."""
        above = self._tree.parent(region)
        while above is not None and self._tree.get(above).level >= Level.CITY:
            there[above] = max(there.get(above, 0), period)
            above = self._tree.parent(above)

    def _newest(self, codes: Iterable[str], regions: tuple[int, ...]) -> Mapping[str, Newest]:
        """The newest stored periods, from memory as far as the figures have not changed."""
        version = self._store.data_version()
        if version != self._version:
            self._known, self._version = {}, version
        known = self._known.setdefault(regions, {})
        lacking = [code for code in codes if code not in known]
        if lacking:
            rows = self._store.latest(lacking, regions)
            fresh: dict[str, dict[int, int]] = {code: {} for code in lacking}
            columns = (rows.column(name).tolist() for name in ("indicator", "region", "period"))
            for code, region, period in zip(*columns, strict=True):
                fresh[code][region] = period
            known.update(fresh)
        return known

    def _regions(self, actor: Actor) -> tuple[int, ...]:
        """The regions from the city down that the reader answers for."""
        roots = actor.regions if actor.role != "system" else (self._tree.root,)
        every = dict.fromkeys(one for root in roots for one in (root, *self._tree.subtree(root)))
        return tuple(
            one
            for one in every
            if self._tree.get(one).level >= Level.CITY and not self._tree.get(one).reporting_unit
        )
