"""Puts feeds, the registry behind them and the figures of their quality together."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import yaml

from data_access.arrivals import ArrivalStore
from data_access.config import Settings
from data_access.feeds import FeedStore
from data_access.observations import ObservationStore
from data_access.packs import Pack
from data_access.registry import RegistryStore, System
from indicators.catalog import Catalog
from indicators.regions import RegionTree
from services.feeds import Feeds
from services.intake import Intake
from services.quality_figures import QualityFigures
from services.quality_view import QualityDesk
from services.recorded import DIGEST, Recorded
from services.registry import Registry
from services.registry_figures import RegistryFigures


class Desk(NamedTuple):
    """What is wired here."""

    feeds: Feeds
    registry: Registry
    figures: QualityFigures
    quality: QualityDesk
    shared: RegistryFigures


def wire_feeds(
    database: Any, begin: Callable[[], AbstractContextManager[Any]], intake: Intake, recorded: Recorded,
    store: ObservationStore, catalog: Catalog, tree: RegionTree, pack: Pack, settings: Settings, clock: Callable[[], datetime], offset: timedelta,
) -> Desk:  # fmt: skip
    """The feeds of a store, the registry behind them, and the figures of what they bring."""
    registry, feeds, arrivals = RegistryStore(database), FeedStore(database), ArrivalStore(database, DIGEST)

    def departments(language: str) -> Mapping[str, str]:
        return {
            one.id: one.name_en if language == "en" else one.name_zh for one in catalog.departments.values()
        }

    def systems() -> Mapping[int, str]:
        return {number: one.name for number, one in registry.all(System).items()}

    book = Registry(registry, feeds, arrivals, catalog, tree, departments, clock, offset)
    return Desk(
        Feeds(feeds, intake, tree, departments, systems, settings.feeds, settings.store.url, clock, offset),
        book,
        QualityFigures(
            arrivals, recorded, catalog, tree, begin, _drawn_until(settings, pack, offset), clock, offset
        ),
        QualityDesk(store, catalog, tree, book, registry, feeds, departments, clock, offset),
        RegistryFigures(registry, recorded, catalog, tree, begin, offset),
    )


def _drawn_until(settings: Settings, pack: Pack, offset: timedelta) -> int | None:
    """The moment at which sample figures end, where the pack has their deliveries counted; None: they are not."""
    head = pack.file("sample/spec.yaml") if pack.file("sample/feeds.yaml") else None
    if head is None or not settings.sample.enabled:
        return None
    last = date.fromisoformat(yaml.safe_load(head.read_text(encoding="utf-8"))["last"])
    return int((datetime.combine(last + timedelta(days=1), time(), UTC) - offset).timestamp())
