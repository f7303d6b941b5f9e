"""Settings to the bundle of services: the one place that wires."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Engine

from data_access import packs
from data_access.accounts import AccountStore
from data_access.alerts import AlertStore
from data_access.boundaries import Boundaries
from data_access.config import Settings
from data_access.engine import create_engine
from data_access.migrations import create_schema
from data_access.observations import ObservationStore
from data_access.packs import Pack
from indicators.regions import RegionTree
from services.accounts import Accounts
from services.maps import Maps

ROOT = Path(__file__).resolve().parents[1]


class Cache(Protocol):
    """What is needed of a cache; a key never comes to mean another answer, so nothing is cleared."""

    def get(self, key: str) -> Any: ...
    def set(self, key: str, value: Any) -> Any: ...


def utc_now() -> datetime:
    """The clock of the running product."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Services:
    """Everything the doors need, built once."""

    settings: Settings
    pack: Pack
    tree: RegionTree
    store: ObservationStore
    accounts: Accounts
    maps: Maps
    clock: Callable[[], datetime]
    engine: Engine
    alert_store: AlertStore

    def version(self) -> str:
        """Changes whenever something that a screen shows may have changed."""
        return f"{self.store.data_version()}.{self.alert_store.version()}"


def build(
    settings: Settings, cache: Cache | None = None, clock: Callable[[], datetime] = utc_now
) -> Services:
    """Wire the services on the store that the settings name."""
    engine = create_engine(settings.store)
    create_schema(engine)
    pack = packs.load_pack(ROOT / settings.city.pack)
    boundaries = Boundaries(pack, ROOT / "var" / "geo")
    store = ObservationStore(engine)
    return Services(
        settings=settings,
        pack=pack,
        tree=pack.tree,
        store=store,
        accounts=Accounts(AccountStore(engine), pack.tree, pack.root, settings.security, clock, demo=settings.demo),
        maps=Maps(boundaries, pack.tree),
        clock=clock,
        engine=engine,
        alert_store=AlertStore(engine),
    )
