"""Starred indicators: what a reader wants to see first on the phone, in an order of one's own."""

from collections.abc import Callable
from datetime import datetime

from data_access.stars import StarStore
from indicators.catalog import Catalog
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import RegionTree
from services import access
from services.access import Actor
from services.scenes import published

USUAL = (
    "econ.gdp.total",
    "econ.fiscal.revenue",
    "proj.invest.completion_rate",
    "emerg.event.count",
    "sign.gov.hot_ontime",
    "sign.env.pm25",
    "econ.fiscal.tax",
    "econ.ind.output",
    "sign.gov.hot_count",
    "dgov.net.coverage",
)
"""What is starred for somebody who never chose: the first of these that the reader's level publishes."""

USUAL_COUNT = 5
MOST = 24
"""More than a person looks through on a phone."""


class Stars:
    """The starred indicators of each account; every list is narrowed to what its reader may see."""

    def __init__(
        self, store: StarStore, catalog: Catalog, tree: RegionTree, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._tree = tree
        self._clock = clock

    def of(self, actor: Actor) -> tuple[str, ...]:
        """The codes that a reader starred, in the reader's order; the usual ones where nothing was ever chosen."""
        chosen = self._store.of(actor.id)
        if chosen is None:
            return self._usual(actor)
        return tuple(code for code in chosen if self._sees(actor, code))

    def toggle(self, actor: Actor, code: str) -> bool:
        """Star an indicator, or take its star away; whether it is starred now.

        raises  CockpitError for an indicator that is not there or not for this reader, and for one too many
        """
        self._require(actor, code)
        now = self.of(actor)
        if code in now:
            self._keep(actor, tuple(one for one in now if one != code))
            return False
        if len(now) >= MOST:
            raise CockpitError(
                Issue(
                    "too_many_stars",
                    N_("最多关注 {most} 项指标。"),
                    N_("请先取消一项关注。"),
                    "indicator",
                    params={"most": MOST},
                )
            )
        self._keep(actor, (*now, code))
        return True

    def move(self, actor: Actor, code: str, steps: int) -> None:
        """Move a starred indicator up (below zero) or down the list; at an end it stays there."""
        self._require(actor, code)
        now = self.of(actor)
        if code not in now:
            return
        rest = [one for one in now if one != code]
        rest.insert(max(0, min(len(rest), now.index(code) + steps)), code)
        self._keep(actor, tuple(rest))

    def _keep(self, actor: Actor, codes: tuple[str, ...]) -> None:
        self._store.keep(actor.id, codes, at=int(self._clock().timestamp()), actor=actor.name)

    def _usual(self, actor: Actor) -> tuple[str, ...]:
        levels = [self._tree.get(region).level for region in actor.regions[:1] if self._tree.has(region)]
        found = [
            code
            for code in USUAL
            if self._sees(actor, code) and all(published(self._catalog, code, level) for level in levels)
        ]
        return tuple(found[:USUAL_COUNT])

    def _sees(self, actor: Actor, code: str) -> bool:
        return code in self._catalog and access.may(actor, "view", system=self._catalog.get(code).system)

    def _require(self, actor: Actor, code: str) -> None:
        access.require(actor, "view", system=self._catalog.get(code).system)
