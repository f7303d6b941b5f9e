"""Puts the services of the books together: who uses what, the catalogue as one walks through it, revisions, checks."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from data_access.accounts import AccountStore
from data_access.checks import CheckStore
from data_access.indicator_notes import NoteStore
from data_access.observations import ObservationStore, Spans
from data_access.outbox import OutboxStore
from data_access.revisions import RevisionStore
from data_access.stars import StarStore
from data_access.targets import TargetStore
from data_access.wall_scenes import SceneLayout
from data_access.withholding import Withholding
from indicators.catalog import Catalog
from indicators.regions import RegionTree
from services.alerts import Alerts
from services.boards import Boards
from services.catalogue_browser import CatalogueBrowser
from services.catalogue_reach import Reaches
from services.compositions import Compositions
from services.depth import Depth
from services.identity_checks import IdentityChecks
from services.indicator_page import IndicatorPages
from services.layouts import Layouts
from services.maps import Maps
from services.query import Query
from services.revisions import Revisions
from services.sheets import Sheets
from services.usage import Usage


def holding_back(
    store: ObservationStore, checks: CheckStore, catalog: Catalog, clock: Callable[[], datetime]
) -> Withholding:
    """The store without what is held back; every load is tested in its transaction by the identities in force."""

    def follow(connection: Any, spans: Spans, at: int, actor: str) -> None:
        checks.follow(connection, catalog.identities, spans, at, actor)

    checks.catch_up(catalog.identities, int(clock().timestamp()))
    store.follow.append(follow)
    return Withholding(store, checks)


def wire_usage(
    catalog: Catalog,
    layouts: Layouts,
    scenes: Sequence[SceneLayout],
    stars: StarStore,
    targets: TargetStore,
    outbox: OutboxStore,
    people: AccountStore,
) -> Usage:
    """Who uses an indicator, over everything that can name one."""
    return Usage(catalog, layouts, scenes, stars, targets, _subscribed(outbox, people))


def _subscribed(outbox: OutboxStore, people: AccountStore) -> Callable[[str], int]:
    """Counts the subscriptions that tell of the warnings of a system: of people who may see it, and of groups."""

    def count(system: str) -> int:
        systems = {
            one.id: {name for grant in one.grants for name in grant.systems} for one in people.all()
        } | {f"channel:{key}": set(one.systems) for key, one in outbox.channels().items()}
        return sum(
            one.enabled and bool(systems.get(one.owner, set()) & {"*", system})
            for one in outbox.subscriptions()
        )

    return count


def wire_revisions(
    database: Any,
    catalog: Catalog,
    tree: RegionTree,
    people: AccountStore,
    checks: CheckStore,
    zone: timedelta,
) -> Revisions:
    """The list of revisions, with the names of those who made them."""

    def held() -> list[tuple[str, int, int, int, int]]:
        found = checks.held()
        codes = checks.codes({one[0] for one in found}) if found else {}
        return [(codes[one[0]], one[1], one[2], one[3], one[4]) for one in found]

    def names() -> dict[str, str]:
        known = people.all()
        shown = {one.name: one.display or one.name for one in known}
        return shown | {one.id: one.display or one.name for one in known}

    return Revisions(RevisionStore(database), catalog, tree, names, held, zone)


def wire_pages(
    database: Any,
    catalog: Catalog,
    tree: RegionTree,
    store: ObservationStore,
    query: Query,
    sheets: Sheets,
    alerts: Alerts,
    targets: TargetStore,
    usage: Usage,
    checks: IdentityChecks,
    revisions: Revisions,
    boards: Boards,
    maps: Maps,
    clock: Callable[[], datetime],
    zone: timedelta,
) -> tuple[CatalogueBrowser, IndicatorPages]:
    """The catalogue as one walks through it, and the page of each indicator."""
    browser = CatalogueBrowser(catalog, tree, Reaches(store, catalog, tree), clock, zone)
    pages = IndicatorPages(
        catalog, tree, query, sheets, alerts, targets, usage, browser, revisions, checks, NoteStore(database),
        Depth(query, catalog, maps, Compositions(query, catalog, store.items)), boards.scene, clock, zone,
    )  # fmt: skip
    return browser, pages
