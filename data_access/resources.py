"""Resources for emergencies: teams, shelters, stores, hospitals, and the points of the map that are links or grids.

A resource that is no longer there is withdrawn with a reason and stays; every change is in the audit log.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    Engine,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from data_access import accounts
from data_access import engine as engines
from data_access.schema import metadata, versions

COUNTER = "resources"
"""The name in `versions` of the counter that rises with every change."""

resources = Table(
    "resources",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False, comment="team, shelter, store, hospital, video or grid"),
    Column("name", String(120), nullable=False),
    Column("name_en", String(160), nullable=False),
    Column("region", BigInteger, nullable=False, comment="the county or township that it stands in"),
    Column("lat", Double, nullable=False),
    Column("lon", Double, nullable=False),
    Column("capacity", Double, comment="people, beds, or square metres of a shelter"),
    Column("stock", Text, nullable=False, comment="what it holds: name, quantity, unit, standard; as JSON"),
    Column("contact", String(120), nullable=False),
    Column("phone", String(40), nullable=False),
    Column("link", String(500), nullable=False, comment="of a video point: http or https"),
    Column("simulated", Boolean, nullable=False),
    Column("since", BigInteger, nullable=False, comment="from when it counts"),
    Column("withdrawn_at", BigInteger),
    Column("withdrawn_why", String(200), nullable=False),
    Index("ix_resources_kind", "kind"),
    comment="never deleted; withdrawn with a reason",
)


@dataclass(frozen=True)
class Stock:
    """So much of one kind of supplies, and how much there should be."""

    name: str
    quantity: float
    unit: str
    standard: float | None = None

    @property
    def enough(self) -> bool:
        """Whether the standard is met; without one there is nothing to miss."""
        return self.standard is None or self.quantity >= self.standard


@dataclass(frozen=True)
class Resource:
    """One resource. Instants are epoch seconds.

    id  0 for one that is not stored yet
    """

    id: int
    kind: str
    name: str
    region: int
    lat: float
    lon: float
    name_en: str = ""
    capacity: float | None = None
    stock: tuple[Stock, ...] = ()
    contact: str = ""
    phone: str = ""
    link: str = ""
    simulated: bool = False
    since: int = 0
    withdrawn_at: int | None = None
    withdrawn_why: str = field(default="")

    def called(self, language: str) -> str:
        """The name in a language; without an English one the Chinese."""
        return self.name_en if language == "en" and self.name_en else self.name


class ResourceStore:
    """Keeps resources."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._counter = engines.question(
            engine, sa.select(versions.c.value).where(versions.c.name == sa.bindparam("name"))
        )

    def version(self) -> int:
        """Rises with every change."""
        rows = self._counter.rows(self._engine, name=COUNTER)
        return int(rows[0][0]) if rows else 0

    def all(self, connection: Connection | None = None) -> tuple[Resource, ...]:
        """Every resource, withdrawn ones too, by number; inside a transaction as it stands there."""
        if connection is None:
            with self._engine.connect() as own:
                return self.all(own)
        rows = connection.execute(sa.select(resources).order_by(resources.c.id)).mappings()
        return tuple(_resource(row) for row in rows)

    def add(self, found: Sequence[Resource], at: int, actor: str, connection: Connection) -> tuple[int, ...]:
        """Store new resources; the numbers they got, in their order."""
        if not found:
            return ()
        numbers = connection.execute(
            sa.insert(resources).returning(resources.c.id, sort_by_parameter_order=True),
            [_row(one) for one in found],
        ).scalars()
        made = tuple(int(number) for number in numbers)
        if len(found) == 1:
            self._record(at, actor, "resource_added", made[0], _row(found[0]), connection)
        else:
            accounts.record(
                connection, at=at, actor=actor, act="resources_added", subject="resources",
                detail={"count": len(made), "first": made[0], "last": made[-1]},
            )  # fmt: skip
        engines.raise_counter(connection, versions, COUNTER)
        return made

    def change(self, changed: Resource, at: int, actor: str, connection: Connection) -> bool:
        """Put a resource in the place of what was known of it; False where it is not there or withdrawn."""
        c = resources.c
        row = _row(changed)
        done = connection.execute(
            sa.update(resources).where(c.id == changed.id, c.withdrawn_at.is_(None)).values(row)
        )
        if done.rowcount == 0:
            return False
        self._record(at, actor, "resource_changed", changed.id, row, connection)
        engines.raise_counter(connection, versions, COUNTER)
        return True

    def withdraw(self, number: int, why: str, at: int, actor: str, connection: Connection) -> bool:
        """Say that a resource is no longer there; False where it is not, or was withdrawn before."""
        c = resources.c
        done = connection.execute(
            sa.update(resources)
            .where(c.id == number, c.withdrawn_at.is_(None))
            .values(withdrawn_at=at, withdrawn_why=why)
        )
        if done.rowcount == 0:
            return False
        self._record(at, actor, "resource_withdrawn", number, {"why": why}, connection)
        engines.raise_counter(connection, versions, COUNTER)
        return True

    @staticmethod
    def _record(
        at: int, actor: str, act: str, number: int, detail: Mapping[str, object], connection: Connection
    ) -> None:
        accounts.record(connection, at=at, actor=actor, act=act, subject=f"resource {number}", detail=detail)


def _row(one: Resource) -> dict[str, Any]:
    stock = json.dumps([vars(item) for item in one.stock], ensure_ascii=False)
    return {name: value for name, value in vars(one).items() if name not in ("id", "stock")} | {
        "stock": stock
    }


def _resource(row: Mapping[Any, Any]) -> Resource:
    stock = tuple(Stock(**item) for item in json.loads(row["stock"]))
    return Resource(**(dict(row) | {"stock": stock}))
