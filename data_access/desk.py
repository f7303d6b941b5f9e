"""The data desk: deliveries on their way into the store, their cells as typed, what was accepted, what happened.

A delivery is a stored draft. What came with it (a file, a template, an empty grid) is kept as it came; every cell
typed since is a row of its own, so that nothing is lost and each can be taken back. It counts its revisions, so that
nobody writes over what they have not seen; its figures enter the store only through the intake.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)

from data_access import engine as engines
from data_access.accounts import record
from data_access.schema import metadata, versions
from indicators.errors import N_, CockpitError, Issue

COUNTER = "desk"
"""The name in `versions` of the counter that rises when the state of a delivery changes."""

desk_deliveries = Table(
    "desk_deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False, comment="template, upload, grid or correction"),
    Column("title", Text, nullable=False, comment="the name of the file, or what the grid is for"),
    Column("owner", String(64), nullable=False, comment="the account that brought it"),
    Column("department", String(32), nullable=False, comment="whose figures; empty: of several"),
    Column("region", BigInteger, nullable=False, comment="the region at the top of its figures"),
    Column("period", BigInteger, nullable=False, comment="the end of what was due; 0: of several periods"),
    Column("state", String(16), nullable=False, comment="draft, scheduled, released or dropped"),
    Column("revision", Integer, nullable=False, comment="rises with every change of a cell or the state"),
    Column("release_at", BigInteger, nullable=False, comment="from when on it may be released; 0: not known"),
    Column("load", Integer, comment="the load that released it"),
    Column("figures", Integer, nullable=False, comment="at its last check, as the three that follow"),
    Column("errors", Integer, nullable=False),
    Column("warnings", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("author", String(64), nullable=False, comment="who changed it last"),
    Column("created_at", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index(None, "state", "department"),
    comment="one row a delivery; what happened to it stands in its events",
)

desk_contents = Table(
    "desk_contents",
    metadata,
    Column("delivery", Integer, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False, comment="sheets with the numbers and cells of their rows"),
    Column("notes", Text, nullable=False, comment="what was told when the file was read"),
    comment="what a delivery came with; never changed",
)

desk_cells = Table(
    "desk_cells",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("delivery", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("sheet", SmallInteger, nullable=False),
    Column("line", Integer, nullable=False, comment="the number of the row as a spreadsheet shows it"),
    Column("place", Integer, nullable=False, comment="the column, from 0"),
    Column("before", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("author", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index(None, "delivery"),
    comment="append-only: what was typed into a cell; of several rows the last holds",
)

desk_acceptances = Table(
    "desk_acceptances",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("delivery", Integer, nullable=False),
    Column("key", String(64), nullable=False, comment="which warning"),
    Column("cell", String(200), nullable=False, comment="where"),
    Column("said", Text, nullable=False, comment="what the warning said: another doubt there is a new one"),
    Column("reason", Text, nullable=False),
    Column("author", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index(None, "delivery"),
    comment="append-only: warnings that somebody accepted, and why",
)

desk_events = Table(
    "desk_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("delivery", Integer, nullable=False),
    Column(
        "event", String(16), nullable=False, comment="opened, scheduled, released, reopened, failed, dropped"
    ),
    Column("note", Text, nullable=False),
    Column("author", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index(None, "delivery"),
    comment="append-only: what happened to a delivery",
)


class Delivery(NamedTuple):
    """The head of a delivery; the fields are the columns of `desk_deliveries`."""

    id: int
    kind: str
    title: str
    owner: str
    department: str
    region: int
    period: int
    state: str
    revision: int
    release_at: int
    load: int | None
    figures: int
    errors: int
    warnings: int
    accepted: int
    author: str
    created_at: int
    at: int

    @property
    def open(self) -> bool:
        """Whether its cells may still be changed."""
        return self.state == "draft"


class Sheet(NamedTuple):
    """A table of a delivery: its name, the number of each row, and the texts of its cells."""

    name: str
    lines: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]


class Typed(NamedTuple):
    """A cell that was typed: sheet, row and column, what stood there and what stands there now."""

    sheet: int
    line: int
    place: int
    before: str
    text: str
    author: str = ""
    at: int = 0
    revision: int = 0


class Acceptance(NamedTuple):
    """A warning that somebody accepted, with the reason."""

    key: str
    cell: str
    said: str
    reason: str
    author: str
    at: int


class Event(NamedTuple):
    """Something that happened to a delivery."""

    event: str
    note: str
    author: str
    at: int


class Checked(NamedTuple):
    """What the last check of a delivery counted."""

    figures: int = 0
    errors: int = 0
    warnings: int = 0
    accepted: int = 0


class DeskStore:
    """Reads and writes deliveries; every change is one transaction with its row of the audit log."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def transaction(self) -> AbstractContextManager[Connection]:
        """A transaction that writes."""
        return engines.transaction(self._engine)

    # ---- reading

    def delivery(self, number: int) -> Delivery | None:
        """One delivery."""
        with self._engine.connect() as connection:
            row = connection.execute(select(desk_deliveries).where(desk_deliveries.c.id == number)).first()
        return Delivery(*row) if row else None

    def of_load(self, load: int) -> Delivery | None:
        """The delivery that a load released."""
        with self._engine.connect() as connection:
            row = connection.execute(select(desk_deliveries).where(desk_deliveries.c.load == load)).first()
        return Delivery(*row) if row else None

    def deliveries(
        self, regions: Collection[int] | None = None, department: str = "", states: Iterable[str] = (), limit: int = 200
    ) -> list[Delivery]:  # fmt: skip
        """Deliveries, the newest first: of these top regions (None: of all), of a department, in these states."""
        t = desk_deliveries.c
        wanted = select(desk_deliveries).order_by(t.id.desc()).limit(limit)
        if regions is not None:
            wanted = wanted.where(t.region.in_(sorted(regions)))
        if department:
            wanted = wanted.where(t.department == department)
        if states:
            wanted = wanted.where(t.state.in_(list(states)))
        with self._engine.connect() as connection:
            return [Delivery(*row) for row in connection.execute(wanted)]

    def due(self, at: int) -> list[Delivery]:
        """Scheduled deliveries whose moment has come, the earliest first."""
        t = desk_deliveries.c
        wanted = select(desk_deliveries).where(t.state == "scheduled", t.release_at <= at)
        with self._engine.connect() as connection:
            return [Delivery(*row) for row in connection.execute(wanted.order_by(t.release_at, t.id))]

    def content(self, number: int) -> tuple[Sheet, ...]:
        """What a delivery came with, before anything was typed."""
        t = desk_contents.c
        with self._engine.connect() as connection:
            text = connection.scalar(select(t.content).where(t.delivery == number))
        return tuple(
            Sheet(name, tuple(lines), tuple(map(tuple, rows)))
            for name, lines, rows in orjson.loads(text or "[]")
        )

    def notes(self, number: int) -> list[Mapping[str, Any]]:
        """What was told when the file was read: issues as plain data."""
        t = desk_contents.c
        with self._engine.connect() as connection:
            text = connection.scalar(select(t.notes).where(t.delivery == number))
        return list(json.loads(text or "[]"))

    def typed(self, number: int) -> list[Typed]:
        """Everything that was typed into a delivery, the oldest first."""
        t = desk_cells.c
        wanted = (
            select(t.sheet, t.line, t.place, t.before, t.text, t.author, t.at, t.revision)
            .where(t.delivery == number)
            .order_by(t.id)
        )
        with self._engine.connect() as connection:
            return [Typed(*row) for row in connection.execute(wanted)]

    def acceptances(self, number: int) -> list[Acceptance]:
        """The warnings that were accepted, the oldest first."""
        t = desk_acceptances.c
        wanted = (
            select(t.key, t.cell, t.said, t.reason, t.author, t.at).where(t.delivery == number).order_by(t.id)
        )
        with self._engine.connect() as connection:
            return [Acceptance(*row) for row in connection.execute(wanted)]

    def events(self, number: int) -> list[Event]:
        """What happened to a delivery, the oldest first."""
        t = desk_events.c
        wanted = select(t.event, t.note, t.author, t.at).where(t.delivery == number).order_by(t.id)
        with self._engine.connect() as connection:
            return [Event(*row) for row in connection.execute(wanted)]

    # ---- changing

    def open(
        self,
        head: Delivery,
        sheets: Sequence[Sheet],
        notes: Sequence[Mapping[str, Any]],
        connection: Connection,
    ) -> int:
        """Store a new delivery with what it came with; gives its number. The number of the head is not looked at."""
        values = {name: value for name, value in head._asdict().items() if name != "id"}
        added = insert(desk_deliveries).values(**values).returning(desk_deliveries.c.id)
        number = int(connection.execute(added).scalar_one())
        content = orjson.dumps([list(sheet) for sheet in sheets]).decode()
        told = json.dumps(list(notes), ensure_ascii=False, default=str)
        connection.execute(insert(desk_contents).values(delivery=number, content=content, notes=told))
        self._happened(connection, number, "opened", head.title, head.author, head.at)
        return number

    def type(
        self,
        head: Delivery,
        seen: int,
        cells: Iterable[Typed],
        *,
        author: str,
        at: int,
        connection: Connection,
    ) -> int:
        """Store typed cells over the revision that was seen; gives the new revision.

        raises  CockpitError ``record_changed`` where somebody was quicker
        """
        revision = self.move(head, seen, author=author, at=at, connection=connection)
        rows = [
            (head.id, revision, one.sheet, one.line, one.place, one.before, one.text, author, at)
            for one in cells
        ]
        engines.append(connection, desk_cells, rows, desk_cells.c.keys()[1:])
        record(
            connection, at=at, actor=author, act="desk.type", subject=str(head.id),
            detail={"revision": revision, "cells": len(rows)},
        )  # fmt: skip
        return revision

    def accept(self, number: int, accepted: Iterable[Acceptance], connection: Connection) -> None:
        """Keep why warnings are accepted."""
        rows = [(number, *one) for one in accepted]
        engines.append(connection, desk_acceptances, rows, desk_acceptances.c.keys()[1:])
        for one in rows[:1]:
            record(
                connection, at=one[6], actor=one[5], act="desk.accept", subject=str(number),
                detail={"warnings": len(rows), "reason": one[4]},
            )  # fmt: skip

    def move(
        self, head: Delivery, seen: int, *, author: str, at: int, connection: Connection, **values: object
    ) -> int:
        """Change the head of a delivery in the revision that was seen; gives the new revision.

        raises  CockpitError ``record_changed`` where somebody was quicker
        """
        t = desk_deliveries
        moved = connection.execute(
            update(t)
            .where(t.c.id == head.id, t.c.revision == seen)
            .values(revision=seen + 1, author=author, at=at, **values)
        )
        if moved.rowcount == 0:
            now = connection.execute(select(t.c.author).where(t.c.id == head.id)).scalar()
            raise CockpitError(
                Issue(
                    "record_changed", N_("这份报送刚被 {author} 改过，您这一步没有保存。"),
                    N_("现在显示的是最新内容，您填的还在；请核对后再保存。"), params={"author": now or ""},
                )
            )  # fmt: skip
        return seen + 1

    def happened(
        self, head: Delivery, event: str, note: str, *, author: str, at: int, connection: Connection
    ) -> None:
        """Write down what happened to a delivery, for its page, the audit log, and open pages."""
        self._happened(connection, head.id, event, note, author, at)

    def checked(self, number: int, found: Checked) -> None:
        """Keep what the last check counted, for the list of deliveries."""
        t = desk_deliveries
        same = [t.c[name] == value for name, value in found._asdict().items()]
        with engines.transaction(self._engine) as connection:
            connection.execute(
                update(t).where(t.c.id == number, sa.not_(sa.and_(*same))).values(**found._asdict())
            )

    def _happened(
        self, connection: Connection, number: int, event: str, note: str, author: str, at: int
    ) -> None:
        values = {"delivery": number, "event": event, "note": note, "author": author, "at": at}
        connection.execute(insert(desk_events).values(**values))
        engines.raise_counter(connection, versions, COUNTER)
        record(
            connection, at=at, actor=author, act=f"desk.{event}", subject=str(number), detail={"note": note}
        )
