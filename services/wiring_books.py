"""Puts the services of the books together: who uses what, the catalogue as one walks through it, revisions, checks."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from data_access.accounts import AccountStore
from data_access.checks import CheckStore, Withholding
from data_access.observations import ObservationStore, Spans
from data_access.outbox import OutboxStore
from data_access.stars import StarStore
from data_access.targets import TargetStore
from data_access.wall_scenes import SceneLayout
from indicators.catalog import Catalog
from services.layouts import Layouts
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
