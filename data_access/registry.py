"""The registry 一数一源: which systems there are, which resources, who supplies which figure, who reported on sharing.

Nothing is deleted: a system is retired, a supply ends on a day and another begins. Days are YYYYMMDD, instants epoch
seconds; both come in as arguments.
"""

import json
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    String,
    Table,
    Text,
    func,
    insert,
    select,
    update,
)

from data_access.accounts import record
from data_access.engine import number_on, transaction
from data_access.feeds import raised
from data_access.schema import metadata


def _kept() -> list[Column[Any]]:
    return [
        Column("simulated", Boolean, nullable=False),
        Column("version", Integer, nullable=False, comment="rises with every change"),
        Column("changed_by", String(64), nullable=False),
        Column("changed_at", BigInteger, nullable=False),
    ]


registry_systems = Table(
    "registry_systems",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(120), nullable=False),
    Column("department", String(32), nullable=False),
    Column("region", BigInteger, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("classified", Boolean, nullable=False, comment="not counted among those to be connected"),
    Column("since", Integer, nullable=False, comment="the day it came into use"),
    Column("users", Integer, comment="accounts in use; none: not stated"),
    Column("used_on", Integer, comment="the last day on which use was stated; feeds know more"),
    Column("connected_on", Integer, comment="to the sharing platform"),
    Column("idle_reason", String(16), nullable=False, comment="why it was found idle; empty: it was not"),
    Column("found_on", Integer, comment="the day it was found idle"),
    Column("cleared_on", Integer, comment="the day it was switched off or merged"),
    Column("merged_into", Integer, comment="the system that took it in"),
    *_kept(),
    comment="the inventory of information systems",
)

registry_resources = Table(
    "registry_resources",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(160), nullable=False),
    Column("department", String(32), nullable=False),
    Column("region", BigInteger, nullable=False),
    Column("system", Integer, comment="the system in which it arises"),
    Column("content", Text, nullable=False, comment="its items"),
    Column("share", String(12), nullable=False, comment="free, conditional, none"),
    Column("basis", Text, nullable=False, comment="the condition, or why it is not shared"),
    Column("cycle", String(12), nullable=False, comment="how often it is brought up to date"),
    Column("codes", Text, nullable=False, comment="the figures that are made of it, separated by spaces"),
    Column("needed_on", Integer, nullable=False, comment="the day on which the survey found it"),
    Column("catalogued_on", Integer),
    Column("shared_on", Integer),
    Column("opened_on", Integer, comment="to the public"),
    Column("updated_on", Integer, comment="the last day on which an update was stated; loads know more"),
    *_kept(),
    comment="the catalogue of information resources",
)

registry_supplies = Table(
    "registry_supplies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("indicator", String(160), nullable=False),
    Column("region", BigInteger, nullable=False, comment="holds in its subtree, unless a part has its own"),
    Column("department", String(32), nullable=False),
    Column("system", Integer),
    Column("way", String(12), nullable=False, comment="feed, desk, file, records"),
    Column("note", Text, nullable=False),
    Column("since", Integer, nullable=False),
    Column("until", Integer, comment="the last day; none: in force"),
    *_kept(),
    Index("ix_registry_supplies_indicator", "indicator", "region"),
    comment="one figure, one source: at any time one row in force of an indicator and a region",
)

sharing_reports = Table(
    "sharing_reports",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("year", Integer, nullable=False),
    Column("department", String(32), nullable=False),
    Column("region", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("remarks", Text, nullable=False),
    Column("content", Text, nullable=False, comment="JSON: the report as it was handed in"),
    Column("simulated", Boolean, nullable=False),
    Index("ix_sharing_reports_year", "year", "region", "department"),
    comment="append-only: of several of a year the last one holds, the first one tells when it came",
)


@dataclass(frozen=True)
class System:
    """An information system of a department."""

    id: int
    name: str
    department: str
    region: int
    since: int
    purpose: str = ""
    classified: bool = False
    users: int | None = None
    used_on: int | None = None
    connected_on: int | None = None
    idle_reason: str = ""
    found_on: int | None = None
    cleared_on: int | None = None
    merged_into: int | None = None
    simulated: bool = False
    version: int = 0
    changed_by: str = ""
    changed_at: int = 0


@dataclass(frozen=True)
class Resource:
    """An information resource: what a department has, where it arises, who may have it."""

    id: int
    name: str
    department: str
    region: int
    needed_on: int
    system: int | None = None
    content: str = ""
    share: str = "free"
    basis: str = ""
    cycle: str = "monthly"
    codes: str = ""
    catalogued_on: int | None = None
    shared_on: int | None = None
    opened_on: int | None = None
    updated_on: int | None = None
    simulated: bool = False
    version: int = 0
    changed_by: str = ""
    changed_at: int = 0


@dataclass(frozen=True)
class Supply:
    """Who supplies a figure, from where, since when."""

    id: int
    indicator: str
    region: int
    department: str
    since: int
    system: int | None = None
    way: str = "desk"
    note: str = ""
    until: int | None = None
    simulated: bool = False
    version: int = 0
    changed_by: str = ""
    changed_at: int = 0


@dataclass(frozen=True)
class Report:
    """A yearly report on sharing as it was handed in."""

    id: int
    year: int
    department: str
    region: int
    at: int
    actor: str
    remarks: str
    content: Mapping[str, Any]
    simulated: bool = False


Entry = TypeVar("Entry", System, Resource, Supply)

_TABLES: Mapping[type, Table] = {
    System: registry_systems,
    Resource: registry_resources,
    Supply: registry_supplies,
}


class RegistryStore:
    """Reads and writes the registry."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self) -> AbstractContextManager[Connection]:
        """A transaction."""
        return transaction(self._engine)

    def all(self, kind: type[Entry]) -> dict[int, Entry]:
        """Every entry of a kind, by its number."""
        table = _TABLES[kind]
        with self._engine.connect() as connection:
            rows = connection.execute(select(table).order_by(table.c.id)).mappings()
            return {row["id"]: kind(**row) for row in rows}

    def keep(self, connection: Connection, entry: Entry, *, at: int, actor: str, act: str) -> int | None:
        """Add an entry, or put it in the place of the version that it was made from; its number.

        returns  None, and nothing is written, where somebody else was quicker
        """
        table = _TABLES[type(entry)]
        values = asdict(entry) | {"version": entry.version + 1, "changed_by": actor, "changed_at": at}
        number, before = values.pop("id"), None
        if entry.version:
            same = (table.c.id == number) & (table.c.version == entry.version)
            before = connection.execute(select(table).where(same)).mappings().one_or_none()
            if before is None:
                return None
            connection.execute(update(table).where(same).values(**values))
        else:
            key = connection.execute(insert(table).values(**values)).inserted_primary_key
            assert key is not None
            number = int(key[0])
        changed = {
            name: [before[name] if before else None, value]
            for name, value in values.items()
            if name not in ("version", "changed_by", "changed_at")
            and (before is None or before[name] != value)
        }
        record(connection, at=at, actor=actor, act=act, subject=str(number), detail=changed)
        raised(connection)
        return int(number)

    def seed(self, connection: Connection, entries: Iterable[System | Resource | Supply]) -> None:
        """Many entries at once, with their numbers, each of the same kind as the first."""
        held = list(entries)
        if held:
            table = _TABLES[type(held[0])]
            connection.execute(insert(table), [asdict(entry) for entry in held])
            number_on(connection, table)
            raised(connection)

    def hand_in(self, connection: Connection, report: Report, act: str) -> None:
        """Keep a report on sharing."""
        values = asdict(report) | {"content": json.dumps(report.content, ensure_ascii=False)}
        values.pop("id")
        connection.execute(insert(sharing_reports).values(**values))
        if act:
            record(connection, at=report.at, actor=report.actor, act=act,
                   subject=f"{report.department}:{report.year}")  # fmt: skip
        raised(connection)

    def reports(self) -> list[Report]:
        """Every report, the oldest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(sharing_reports).order_by(sharing_reports.c.id)).mappings()
            return [Report(**{**row, "content": json.loads(row["content"])}) for row in rows]

    def is_empty(self) -> bool:
        """Whether nothing was registered yet."""
        with self._engine.connect() as connection:
            return not connection.scalar(select(func.count()).select_from(registry_systems))
