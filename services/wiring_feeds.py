"""Puts feeds together: what they load through, what they may reach, and the departments and systems they name."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from data_access.arrivals import ArrivalStore
from data_access.config import Settings
from data_access.feeds import FeedStore
from data_access.registry import RegistryStore, System
from indicators.catalog import Catalog
from indicators.regions import RegionTree
from services.feeds import Feeds
from services.intake import Intake
from services.registry import Registry


def wire_feeds(
    database: Any, intake: Intake, catalog: Catalog, tree: RegionTree, settings: Settings,
    clock: Callable[[], datetime], offset: timedelta,
) -> tuple[Feeds, Registry]:  # fmt: skip
    """The feeds of a store, and the registry behind them."""
    registry = RegistryStore(database)

    def departments(language: str) -> Mapping[str, str]:
        return {
            one.id: one.name_en if language == "en" else one.name_zh for one in catalog.departments.values()
        }

    def systems() -> Mapping[int, str]:
        return {number: one.name for number, one in registry.all(System).items()}

    store = FeedStore(database)
    book = Registry(registry, store, ArrivalStore(database), catalog, tree, departments, clock, offset)
    feeds = Feeds(
        store,
        intake,
        tree,
        departments,
        systems,
        settings.feeds,
        settings.store.url,
        clock,
        offset,
    )
    return feeds, book
