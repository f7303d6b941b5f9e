"""Statutory warnings as they arrived: messages with their raw text, the regions they name, the chain they form.

A message is written once; what may change is only its end, when a later message of the same standing replaces or
cancels it. Whether a warning is in force is a question to these rows and a moment, never a stored state.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from data_access import accounts
from data_access import engine as engines
from data_access.schema import metadata, versions

COUNTER = "statutory"
"""The name in `versions` of the counter that rises with every message that is stored."""

SETTLED = "statutory_settled"
"""The name in `versions` of the moment up to which the figures of the warnings are written."""

messages = Table(
    "statutory_messages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("identifier", String(256), nullable=False),
    Column("sender", String(256), nullable=False),
    Column("sent", BigInteger, nullable=False),
    Column(
        "digest", String(64), nullable=False, comment="of the content; the same words are the same message"
    ),
    Column("origin", String(8), nullable=False, comment="cap, bulletin or sample"),
    Column("status", String(8), nullable=False, comment="Actual, Exercise, System, Test or Draft"),
    Column("kind", String(8), nullable=False, comment="Alert, Update, Cancel, Ack or Error"),
    Column("scope", String(12), nullable=False),
    Column("colour", String(8), nullable=False, comment="red … blue, white, green; empty: unclassified"),
    Column("level", SmallInteger, nullable=False, comment="4 red … 1 blue, 0 none of them"),
    Column("hazard", String(120), nullable=False),
    Column("category", String(12), nullable=False),
    Column("issuer", String(256), nullable=False),
    Column("effective", BigInteger, nullable=False),
    Column("expires", BigInteger, comment="none: until it is replaced or cancelled"),
    Column("assumed", Boolean, nullable=False, comment="the message names no end; it is the cockpit's rule"),
    Column("ended_at", BigInteger, comment="replaced or cancelled from then on"),
    Column("ended_by", Integer, comment="the message that replaced or cancelled it"),
    Column("ended_why", String(8), nullable=False, comment="Update or Cancel; empty while it stands"),
    Column("unmapped", Boolean, nullable=False, comment="none of its areas is a region known here"),
    Column("signed", Boolean, nullable=False, comment="it carries a signature, which is not verified"),
    Column("simulated", Boolean, nullable=False),
    Column("happened", Boolean, comment="what it warned of came while it held; none: not looked at yet"),
    Column("happened_at", BigInteger, comment="when it came"),
    Column("content", Text, nullable=False, comment="languages, areas, parameters and remarks, as JSON"),
    Column("raw", LargeBinary, comment="the bytes as they came; none for a sample"),
    Column("received_at", BigInteger, nullable=False),
    Column("received_by", String(64), nullable=False),
    UniqueConstraint("identifier", "sender", "sent"),
    Index("ix_statutory_messages_effective", "effective"),
    comment="one row per message; never deleted",
)

areas = Table(
    "statutory_areas",
    metadata,
    Column("message", ForeignKey("statutory_messages.id"), primary_key=True),
    Column("region", BigInteger, primary_key=True, autoincrement=False),
    comment="the regions in force that a message names",
)

references = Table(
    "statutory_references",
    metadata,
    Column("message", ForeignKey("statutory_messages.id"), primary_key=True),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("sender", String(256), nullable=False),
    Column("identifier", String(256), nullable=False),
    Column("sent", BigInteger, nullable=False),
    Index("ix_statutory_references_identifier", "identifier"),
    comment="the earlier messages that a message replaces or cancels, whether they are here or not",
)

Key = tuple[str, str, int]
"""Sender, identifier and sent: what identifies a message."""


@dataclass(frozen=True)
class NewMessage:
    """A message as it is to be stored; the fields are those of the table."""

    identifier: str
    sender: str
    sent: int
    digest: str
    origin: str
    status: str
    kind: str
    scope: str
    colour: str
    level: int
    hazard: str
    category: str
    issuer: str
    effective: int
    expires: int | None
    assumed: bool
    unmapped: bool
    signed: bool
    simulated: bool
    content: str
    raw: bytes | None
    received_at: int
    received_by: str
    regions: tuple[int, ...]
    references: tuple[Key, ...] = ()
    ended_at: int | None = None
    ended_why: str = ""
    happened: bool | None = None
    happened_at: int | None = None


@dataclass(frozen=True)
class StoredWarning:
    """What is known of a message without its words."""

    id: int
    identifier: str
    sender: str
    sent: int
    origin: str
    status: str
    kind: str
    colour: str
    level: int
    hazard: str
    category: str
    issuer: str
    effective: int
    expires: int | None
    assumed: bool
    ended_at: int | None
    ended_by: int | None
    ended_why: str
    unmapped: bool
    signed: bool
    simulated: bool
    happened: bool | None
    happened_at: int | None
    received_at: int
    content: str
    regions: tuple[int, ...]

    @property
    def end(self) -> int | None:
        """The first moment at which it is no longer in force; None while that is open."""
        known = [moment for moment in (self.expires, self.ended_at) if moment is not None]
        return min(known, default=None)

    @property
    def warns(self) -> bool:
        """Whether it can be in force at all: it speaks of the world, and says more than that one is over."""
        return self.status == "Actual" and self.kind in ("Alert", "Update")

    def turns_within(self, first: int, last: int) -> bool:
        """Whether it begins or ends between two moments, both included."""
        return self.warns and any(
            turn is not None and first <= turn <= last for turn in (self.effective, self.end)
        )

    def in_force(self, moment: int) -> bool:
        """Whether it is in force at a moment."""
        return self.warns and self.effective <= moment and (self.end is None or moment < self.end)


@dataclass(frozen=True)
class Taken:
    """What became of a message: stored, repeated (nothing to do) or in conflict with one that is here."""

    state: str
    id: int
    superseded: tuple[int, ...] = ()
    unknown: tuple[Key, ...] = ()


class StatutoryStore:
    """Keeps the messages."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._counters = engines.question(
            engine, sa.select(versions.c.value).where(versions.c.name == sa.bindparam("name"))
        )

    def version(self) -> int:
        """Rises with every message that is stored."""
        return self._counter(COUNTER)

    def settled(self) -> int:
        """The moment up to which the figures of the warnings are written; 0 where none is."""
        return self._counter(SETTLED)

    def _counter(self, name: str) -> int:
        rows = self._counters.rows(self._engine, name=name)
        return int(rows[0][0]) if rows else 0

    def set_settled(self, moment: int, connection: Connection) -> None:
        """Remember up to when the figures are written."""
        engines.upsert(connection, versions, [(SETTLED, moment)])

    # ---- writing

    def take(self, new: NewMessage, actor: str, via: str, connection: Connection) -> Taken:
        """Store a message and end what it replaces; the same one again has no effect, another one is a conflict.

        via  the door it came through, for the audit log
        """
        there = self._same(new, connection)
        if there is not None:
            same = there.digest == new.digest
            if not same:
                self._record(new, actor, "statutory_conflict", {"via": via, "id": there.id}, connection)
            return Taken("repeated" if same else "conflict", int(there.id))
        number = self._insert(new, connection)
        ended, unknown = self._end_referenced(number, new, connection)
        self._end_by_later(number, new, connection)
        engines.raise_counter(connection, versions, COUNTER)
        detail = {"via": via, "kind": new.kind, "status": new.status, "level": new.level,
                  "regions": list(new.regions), "superseded": ended}  # fmt: skip
        self._record(new, actor, "statutory_message", detail, connection)
        return Taken("stored", number, tuple(ended), tuple(unknown))

    def seed(self, found: Sequence[NewMessage], connection: Connection) -> int:
        """Store many messages whose ends are known already, in one go; those that are here stay. How many are new."""
        wanted = {(one.sender, one.identifier, one.sent): one for one in found}
        known = connection.execute(sa.select(messages.c.sender, messages.c.identifier, messages.c.sent))
        there = {tuple(row) for row in known}
        fresh = [one for key, one in wanted.items() if key not in there]
        if not fresh:
            return 0
        numbers = (
            connection.execute(
                sa.insert(messages).returning(messages.c.id, sort_by_parameter_order=True),
                [_row(one) for one in fresh],
            )
            .scalars()
            .all()
        )
        rows = [
            {"message": number, "region": region}
            for number, one in zip(numbers, fresh, strict=True)
            for region in one.regions
        ]
        if rows:
            connection.execute(sa.insert(areas), rows)
        self._refer(zip(numbers, fresh, strict=True), connection)
        engines.raise_counter(connection, versions, COUNTER)
        return len(fresh)

    def _same(self, new: NewMessage, connection: Connection) -> Any:
        c = messages.c
        return connection.execute(
            sa.select(c.id, c.digest).where(
                c.identifier == new.identifier, c.sender == new.sender, c.sent == new.sent
            )
        ).first()

    def _insert(self, new: NewMessage, connection: Connection) -> int:
        number = int(
            connection.execute(sa.insert(messages).values(_row(new)).returning(messages.c.id)).scalar_one()
        )
        if new.regions:
            connection.execute(
                sa.insert(areas), [{"message": number, "region": region} for region in new.regions]
            )
        self._refer([(number, new)], connection)
        return number

    @staticmethod
    def _refer(found: Iterable[tuple[int, NewMessage]], connection: Connection) -> None:
        rows = [
            {"message": number, "number": at, "sender": sender, "identifier": identifier, "sent": sent}
            for number, new in found
            for at, (sender, identifier, sent) in enumerate(dict.fromkeys(new.references))
        ]
        if rows:
            connection.execute(sa.insert(references), rows)

    def _end_referenced(
        self, number: int, new: NewMessage, connection: Connection
    ) -> tuple[list[int], list[Key]]:
        """End the messages that this one replaces: of the same standing, and sent no later."""
        ended: list[int] = []
        unknown: list[Key] = []
        if new.kind not in ("Update", "Cancel"):
            return ended, unknown
        c = messages.c
        for sender, identifier, sent in dict.fromkeys(new.references):
            row = connection.execute(
                sa.select(c.id, c.status, c.ended_at, c.sent).where(
                    c.sender == sender, c.identifier == identifier, c.sent == sent
                )
            ).first()
            if row is None:
                unknown.append((sender, identifier, sent))
            elif row.status == new.status and row.sent <= new.sent and row.id != number:
                self._end(int(row.id), number, new.effective, new.kind, connection)
                ended.append(int(row.id))
        return ended, unknown

    def _end_by_later(self, number: int, new: NewMessage, connection: Connection) -> None:
        """End this message at once where a later one that replaces it came first."""
        c, r = messages.c, references.c
        found = connection.execute(
            sa.select(c.id, c.effective, c.kind)
            .join(references, r.message == c.id)
            .where(r.identifier == new.identifier, r.sender == new.sender, r.sent == new.sent)
            .where(
                c.status == new.status, c.kind.in_(("Update", "Cancel")), c.sent >= new.sent, c.id != number
            )
            .order_by(c.sent, c.id)
        ).first()
        if found is not None:
            self._end(number, int(found.id), int(found.effective), str(found.kind), connection)

    @staticmethod
    def _end(number: int, by: int, at: int, why: str, connection: Connection) -> None:
        """The earliest end stays."""
        connection.execute(
            sa.update(messages)
            .where(messages.c.id == number)
            .where(sa.or_(messages.c.ended_at.is_(None), messages.c.ended_at > at))
            .values(ended_at=at, ended_by=by, ended_why=why)
        )

    @staticmethod
    def _record(
        new: NewMessage, actor: str, act: str, detail: dict[str, object], connection: Connection
    ) -> None:
        subject = f"{new.sender},{new.identifier},{new.sent}"
        accounts.record(
            connection, at=new.received_at, actor=actor, act=act, subject=subject[:200], detail=detail
        )

    def verify(
        self,
        number: int,
        happened: bool,
        happened_at: int | None,
        at: int,
        actor: str,
        connection: Connection,
    ) -> None:
        """Write down whether what a warning was about came while it held, and when."""
        connection.execute(
            sa.update(messages)
            .where(messages.c.id == number)
            .values(happened=happened, happened_at=happened_at if happened else None)
        )
        accounts.record(
            connection, at=at, actor=actor, act="statutory_verified", subject=f"message {number}",
            detail={"happened": happened, "happened_at": happened_at},
        )  # fmt: skip
        engines.raise_counter(connection, versions, COUNTER)

    def refused(self, at: int, actor: str, via: str, name: str, keys: Iterable[str]) -> None:
        """Write into the audit log that something was refused at a door, and why."""
        with engines.transaction(self._engine) as connection:
            detail = {"via": via, "reasons": sorted(set(keys))}
            accounts.record(
                connection, at=at, actor=actor, act="statutory_refused", subject=name[:200], detail=detail
            )

    # ---- reading

    def standing(self, since: int, connection: Connection | None = None) -> tuple[StoredWarning, ...]:
        """The warnings that are, were or will be in force at some moment not before ``since``.

        connection  to see what a transaction has written so far
        """
        c = messages.c
        later = sa.and_(
            sa.or_(c.expires.is_(None), c.expires > since), sa.or_(c.ended_at.is_(None), c.ended_at > since)
        )
        warns = sa.and_(c.status == "Actual", c.kind.in_(("Alert", "Update")))
        return self._read(sa.select(*_COLUMNS).where(warns, later).order_by(c.id), connection)

    def latest(self, limit: int, which: str = "actual") -> tuple[StoredWarning, ...]:
        """The newest messages of one sort.

        which  ``actual``: of the world; ``marked``: exercises, tests and drafts; ``unmapped``: of the world, naming no
               region known here; ``bulletin``: what really was, from printed notices
        """
        c = messages.c
        sorts = {
            "actual": c.status == "Actual",
            "marked": c.status != "Actual",
            "unmapped": sa.and_(c.status == "Actual", c.unmapped),
            "bulletin": c.origin == "bulletin",
        }
        ordered = sa.select(*_COLUMNS).where(sorts[which]).order_by(c.sent.desc(), c.id.desc())
        return self._read(ordered.limit(limit))

    def get(self, number: int) -> StoredWarning | None:
        """One message."""
        return next(iter(self._read(sa.select(*_COLUMNS).where(messages.c.id == number))), None)

    def raw(self, number: int) -> bytes | None:
        """The bytes as they came."""
        with self._engine.connect() as connection:
            found = connection.execute(sa.select(messages.c.raw).where(messages.c.id == number)).scalar()
        return bytes(found) if found is not None else None

    def chain(self, number: int) -> tuple[StoredWarning, ...]:
        """The messages that this one replaced and those that replaced it, itself among them, in the order sent."""
        with self._engine.connect() as connection:
            found, fresh = {number}, {number}
            while fresh:
                fresh = self._neighbours(fresh, connection) - found
                found |= fresh
        c = messages.c
        return self._read(sa.select(*_COLUMNS).where(c.id.in_(sorted(found))).order_by(c.sent, c.id))

    @staticmethod
    def _neighbours(numbers: set[int], connection: Connection) -> set[int]:
        m, r = messages.c, references.c
        same = sa.and_(m.sender == r.sender, m.identifier == r.identifier, m.sent == r.sent)
        pairs = sa.select(r.message, m.id).join_from(references, messages, same)
        listed = sorted(numbers)
        rows = connection.execute(pairs.where(sa.or_(r.message.in_(listed), m.id.in_(listed))))
        return {int(number) for row in rows for number in row}

    def _read(
        self, statement: sa.Select[Any], connection: Connection | None = None
    ) -> tuple[StoredWarning, ...]:
        if connection is None:
            with self._engine.connect() as own:
                return self._read(statement, own)
        rows = connection.execute(statement).mappings().all()
        numbers = [int(row["id"]) for row in rows]
        places: dict[int, list[int]] = {number: [] for number in numbers}
        for at in range(0, len(numbers), _PER_QUESTION):
            some = numbers[at : at + _PER_QUESTION]
            named = sa.select(areas.c.message, areas.c.region).where(areas.c.message.in_(some))
            for message, region in connection.execute(named):
                places[int(message)].append(int(region))
        return tuple(StoredWarning(**row, regions=tuple(sorted(places[int(row["id"])]))) for row in rows)


_PER_QUESTION = 500

_COLUMNS = tuple(messages.c[name] for name in StoredWarning.__dataclass_fields__ if name != "regions")


def _row(new: NewMessage) -> dict[str, object]:
    return {name: value for name, value in vars(new).items() if name not in ("regions", "references")}
