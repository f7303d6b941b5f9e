"""The list of revisions: what a figure said before, what it says since, why, who, when; and the days one can go back to."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, timedelta, timezone

from data_access.revisions import Delivery, Revision, RevisionStore, Said
from indicators.catalog import Catalog
from indicators.definition import DataStatus
from indicators.errors import N_
from indicators.evaluate import HELD
from indicators.regions import RegionTree
from services import access
from services.access import Actor
from services.revision_views import RevisedFigure, RevisionView
from services.scenes import name_of

MOST = 200
"""Revisions that are listed at the most; the newest ones."""

DAYS = 12
"""Days that are offered for looking back."""

REAL, STAGE, UNDO, CORRECTION = "real", "stage", "undo", "correction"

KINDS: Mapping[str, str] = {
    REAL: N_("真实数取代模拟数"),
    STAGE: N_("数据状态改变"),
    UNDO: N_("撤销入库"),
    CORRECTION: N_("更正"),
}
"""Why a figure changed, where nobody wrote a reason."""


class Revisions:
    """Answers what was revised; every list is narrowed to what its reader may see.

    people  the names of accounts by their ids
    held    the figures that are held back: code, item, region, period, load
    """

    def __init__(
        self,
        store: RevisionStore,
        catalog: Catalog,
        tree: RegionTree,
        people: Callable[[], Mapping[str, str]],
        held: Callable[[], Collection[tuple[str, int, int, int, int]]],
        zone: timedelta,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._tree = tree
        self._people = people
        self._held = held
        self._zone = timezone(zone)

    def of(
        self,
        actor: Actor,
        code: str,
        region: int | None = None,
        language: str = "zh",
        limit: int = MOST,
        until: int | None = None,
    ) -> tuple[RevisionView, ...]:
        """The revisions of an indicator, the newest first.

        region  None: in every region that the actor may see
        until   a moment: as the list was then
        raises  CockpitError ``unknown_indicator``; ``forbidden`` for a system or a region that is not the actor's
        """
        indicator = self._catalog.get(code)
        access.require(actor, "view", system=indicator.system)
        if region is not None:
            access.require(actor, "view", self._tree, region)
        wanted = self._regions(actor) if region is None else (region,)
        found = self._store.revisions((code,), wanted, limit=min(limit, MOST), until=until)
        held = set(self._held()) if found else set()
        loads = {load for one in found for load in (one.old.load, one.new.load if one.new else 0)}
        deliveries, people = self._store.deliveries(loads), self._people() if found else {}
        return tuple(
            RevisionView(
                code, indicator.name(language), indicator.unit, str(indicator.frequency), one.region,
                self._place(one.region, language), one.period, _figure(one, one.old, held),
                _figure(one, one.new, held) if one.new else None, _kind(one), *_why(one, deliveries, people),
            )
            for one in found
        )  # fmt: skip

    def days(self, actor: Actor, code: str, region: int) -> tuple[date, ...]:
        """The days after which an indicator in a region said something else, the latest first: those to go back to."""
        indicator = self._catalog.get(code)
        if not access.may(actor, "view", self._tree, region, indicator.system):
            return ()
        codes = (code, *self._catalog.closure([code]))
        moments = self._store.known_days(tuple(dict.fromkeys(codes)), (region,), DAYS * 4)
        days = dict.fromkeys(datetime.fromtimestamp(at, self._zone).date() for at in moments if at > 0)
        return tuple(days)[:DAYS]

    def _regions(self, actor: Actor) -> tuple[int, ...]:
        everywhere = (
            self._tree.root,
            *self._tree.subtree(self._tree.root),
            *self._tree.ancestors(self._tree.root),
        )
        return access.narrow(actor, self._tree, dict.fromkeys(everywhere))

    def _place(self, region: int, language: str) -> str:
        return name_of(self._tree, region, language) if self._tree.has(region) else f"{region:012d}"


def _figure(one: Revision, said: Said, held: Collection[tuple[str, int, int, int, int]]) -> RevisedFigure:
    """What a figure said; of one that is held back only that it is."""
    if (one.indicator, one.item, one.region, one.period, said.load) in held:
        return RevisedFigure(None, None, HELD)
    return RevisedFigure(said.value, said.yoy, said.status.word)


def _kind(one: Revision) -> str:
    if one.undone:
        return UNDO
    if one.new is None:
        return CORRECTION
    if one.old.status is DataStatus.SIMULATED and one.new.status is not DataStatus.SIMULATED:
        return REAL
    return STAGE if one.old.status is not one.new.status else CORRECTION


def _why(
    one: Revision, deliveries: Mapping[int, Delivery], people: Mapping[str, str]
) -> tuple[str, str, int, str, int]:
    """The reason that somebody wrote, who, when, the delivery and its number."""
    load = one.old.load if one.undone or one.new is None else one.new.load
    delivery = deliveries.get(load)
    if delivery is None:
        return "", "", one.at, "", load
    who = delivery.undone_by if one.undone else delivery.actor
    return "" if one.undone else delivery.reason, people.get(who, who), one.at, delivery.name, load
