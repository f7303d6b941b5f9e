"""Puts the services of the books together: who uses what, the catalogue as one walks through it, revisions, checks."""

from collections.abc import Callable, Sequence

from data_access.accounts import AccountStore
from data_access.outbox import OutboxStore
from data_access.stars import StarStore
from data_access.targets import TargetStore
from data_access.wall_scenes import SceneLayout
from indicators.catalog import Catalog
from services.layouts import Layouts
from services.usage import Usage


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
