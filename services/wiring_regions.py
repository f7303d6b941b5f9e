"""Puts the regions of a deployment together: those of the pack with every confirmed change, and what looks after them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from data_access.accounts import AccountStore
from data_access.alerts import AlertStore
from data_access.boundaries import Boundaries, Drawn
from data_access.outbox import OutboxStore
from data_access.packs import Pack
from data_access.region_changes import RegionStore, changes_of
from data_access.targets import TargetStore
from indicators.region_changes import changed
from indicators.regions import RegionTree
from services.accounts import Accounts
from services.maps import Maps
from services.region_changes import RegionChanges
from services.region_grants import RegionGrants
from services.region_preview import RegionPreview


def in_force(pack: Pack, store: RegionStore, clock: Callable[[], datetime], zone: timedelta) -> Pack:
    """The pack with the regions of today: its own with every confirmed change, those to come among them."""
    today = clock().astimezone(timezone(zone)).date()
    tree = changed(pack.tree, changes_of(store.in_force()))
    return replace(pack, tree=RegionTree(tree, tree.root, today))


SLACK_SECONDS = 30
"""For so long after a change was confirmed servers may still judge without it."""


def redrawn(store: RegionStore) -> dict[date, int]:
    """Until when (epoch seconds) rules may have been judged without knowing of the changes of each day."""
    found: dict[date, int] = {}
    for one in store.in_force():
        known = max(step.at for step in one.steps) + SLACK_SECONDS
        for change in one.changes:
            found[change.day] = max(found.get(change.day, 0), known)
    return found


def outlines(base: Pack, pack: Pack, store: RegionStore, folder: Path) -> Boundaries:
    """The outlines of the pack and those that came with changes in force, for any day."""
    proposals = store.in_force()
    days = [change.day for change in changes_of(proposals)]
    drawn = [
        Drawn(min(change.day for change in one.changes), one.boundaries)
        for one in proposals
        if one.boundaries
    ]
    return Boundaries(base, folder, pack.tree, drawn, min(days, default=None))


def wire_grants(database: Any, pack: Pack, accounts: Accounts, clock: Callable[[], datetime]) -> RegionGrants:
    """What looks after rights that are bound to codes that are no more."""
    return RegionGrants(RegionStore(database), AccountStore(database).all, accounts, pack.tree, clock)


def wire_regions(
    database: Any,
    base: Pack,
    pack: Pack,
    maps: Maps,
    targets: TargetStore,
    clock: Callable[[], datetime],
    zone: timedelta,
) -> RegionChanges:
    """What looks after changes of regions.

    base  the pack as its files are; ``pack`` with the changes in force
    """
    store, people, outbox = RegionStore(database), AccountStore(database), OutboxStore(database)

    def targeted(codes: Sequence[int], year: int) -> int:
        return sum(target.year >= year for code in codes for target in targets.of_region(code))

    preview = RegionPreview(
        store, people.all, outbox.subscriptions, AlertStore(database).open, targeted, maps.drawn
    )
    return RegionChanges(store, base.tree, pack.tree, preview, clock, zone)
