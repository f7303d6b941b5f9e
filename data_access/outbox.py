"""The outbox: what is to be told to whom, what was sent, what failed and why.

Messages are written in the transaction of what they tell of. Sending takes them from here: a delivery is made of
those that are due, with its text and its key, and claimed for a while by one process; the same row is tried again
until it is sent or given up, always with the same key. Instants are epoch seconds and come in as arguments.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, func, insert, or_, select, update

from data_access.accounts import Account, account_of, accounts, grants, record
from data_access.engine import insert_free, transaction
from data_access.outbox_tables import (
    WAITING,
    notice_attempts,
    notice_channels,
    notice_deliveries,
    notice_messages,
    notice_subscriptions,
    notice_told,
)

AT_ONCE = 10_000
"""Parameters of one statement; PostgreSQL takes 65 535."""

OPEN, SENT, FAILED = "waiting", "sent", "failed"
"""The states of a delivery: still to be sent, sent, given up."""


@dataclass(frozen=True)
class Channel:
    """A way to send; ``secret`` opens it and is shown to nobody."""

    id: str
    name: str
    kind: str
    region: int
    systems: tuple[str, ...] = ("*",)
    settings: Mapping[str, str] = field(default_factory=dict)
    secret: str = field(default="", repr=False)
    enabled: bool = True
    version: int = 0
    changed_by: str = ""
    changed_at: int = 0
    paused_until: int = 0
    failures: int = 0
    error: str = ""


@dataclass(frozen=True)
class Subscription:
    """What somebody wishes to be told over a channel, and when not.

    kinds    prefixes of kinds of notices; ``*`` is everything
    quiet    minutes of the day from and to; None for no quiet hours
    gather   minutes over which messages are gathered into one
    """

    id: int
    owner: str
    channel: str
    address: str = ""
    kinds: tuple[str, ...] = ("*",)
    level: int = 0
    regions: tuple[int, ...] = ()
    quiet: tuple[int, int] | None = None
    red_breaks: bool = True
    gather: int = 0
    language: str = "zh"
    enabled: bool = True
    version: int = 0
    changed_at: int = 0


@dataclass(frozen=True)
class Message:
    """One notice for one reader over one channel."""

    id: int
    key: str
    notice: str
    kind: str
    region: int
    system: str
    level: int
    owner: str
    channel: str
    address: str
    language: str
    content: Mapping[str, Any]
    path: str
    at: int
    due_at: int
    delivery: int | None = None
    dropped: str = ""


@dataclass(frozen=True)
class Delivery:
    """What is sent in one piece: one message, or several that were due together."""

    id: int
    key: str
    owner: str
    channel: str
    address: str
    language: str
    level: int
    title: str
    body: str
    made_at: int
    state: str = OPEN
    attempts: int = 0
    failures: int = 0
    next_at: int = 0
    claim: str = ""
    claimed_until: int = 0
    ended_at: int | None = None
    error: str = ""


class OutboxStore:
    """Reads and writes the outbox."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self) -> AbstractContextManager[Connection]:
        """A transaction that writes."""
        return transaction(self._engine)

    # ---- who there is, and what they wish

    def people(self, connection: Connection) -> tuple[Account, ...]:
        """Every account that is not closed, with its rights, by the caller's connection."""
        wanted = (
            select(accounts, grants.c.region, grants.c.systems, grants.c.until)
            .join(grants, grants.c.account == accounts.c.id, isouter=True)
            .where(accounts.c.disabled.is_(False))
            .order_by(accounts.c.id, grants.c.region)
        )
        rows = connection.execute(wanted).all()
        return tuple(account_of(list(same)) for _, same in groupby(rows, key=lambda row: row.id))

    def subscriptions(
        self, connection: Connection | None = None, owner: str | None = None
    ) -> tuple[Subscription, ...]:
        """What everybody, or one owner, wishes to be told."""
        wanted = select(notice_subscriptions).order_by(notice_subscriptions.c.id)
        if owner is not None:
            wanted = wanted.where(notice_subscriptions.c.owner == owner)
        return tuple(_subscription(row) for row in self._rows(wanted, connection))

    def channels(self, connection: Connection | None = None) -> dict[str, Channel]:
        """Every channel by its id, those that were switched off too."""
        wanted = select(notice_channels).order_by(notice_channels.c.name, notice_channels.c.id)
        return {row.id: _channel(row) for row in self._rows(wanted, connection)}

    def keep_channel(
        self, connection: Connection, channel: Channel, *, at: int, actor: str, act: str
    ) -> bool:
        """Put a channel in the place of the version before it, or add it (version 0).

        False where somebody else has changed it meanwhile; nothing is changed then.
        """
        values: dict[str, Any] = {
            "name": channel.name, "kind": channel.kind, "region": channel.region,
            "systems": " ".join(channel.systems), "secret": channel.secret,
            "settings": json.dumps(dict(channel.settings), ensure_ascii=False), "enabled": channel.enabled,
            "version": channel.version + 1, "changed_by": actor, "changed_at": at,
            "paused_until": 0, "failures": 0, "error": "",
        }  # fmt: skip
        if channel.version == 0:
            connection.execute(insert(notice_channels).values(id=channel.id, **values))
        else:
            same = (notice_channels.c.id == channel.id) & (notice_channels.c.version == channel.version)
            if not connection.execute(update(notice_channels).where(same).values(values)).rowcount:
                return False
        detail = {
            "name": channel.name,
            "kind": channel.kind,
            "region": channel.region,
            "enabled": channel.enabled,
        }
        record(connection, at=at, actor=actor, act=act, subject=channel.id, detail=detail)
        return True

    def keep_subscription(self, connection: Connection, wish: Subscription, *, at: int, actor: str) -> bool:
        """Put a wish in the place of the one that its owner had for that channel and address.

        False where somebody else has changed it since the version that was seen; nothing is changed then.
        """
        s = notice_subscriptions.c
        values: dict[str, Any] = {
            "kinds": " ".join(wish.kinds), "level": wish.level, "regions": " ".join(map(str, wish.regions)),
            "quiet_from": wish.quiet[0] if wish.quiet else None, "quiet_to": wish.quiet[1] if wish.quiet else None,
            "red_breaks": wish.red_breaks, "gather": wish.gather, "language": wish.language,
            "enabled": wish.enabled, "version": wish.version + 1, "changed_at": at,
            "owner": wish.owner, "channel": wish.channel, "address": wish.address,
        }  # fmt: skip
        if wish.id:
            same = (s.id == wish.id) & (s.owner == wish.owner) & (s.version == wish.version)
            if not connection.execute(update(notice_subscriptions).where(same).values(values)).rowcount:
                return False
        else:
            taken = (s.owner == wish.owner) & (s.channel == wish.channel) & (s.address == wish.address)
            if connection.execute(select(s.id).where(taken)).first():
                return False
            connection.execute(insert(notice_subscriptions).values(values))
        detail = {key: values[key] for key in ("channel", "kinds", "level", "regions", "enabled")}
        record(connection, at=at, actor=actor, act="notices.subscribe", subject=wish.owner, detail=detail)
        return True

    # ---- messages

    def known(self, connection: Connection, keys: Sequence[str]) -> set[str]:
        """Those of these keys of messages that are written already."""
        found: set[str] = set()
        for some in batched(keys):
            wanted = select(notice_messages.c.key).where(notice_messages.c.key.in_(some))
            found.update(connection.scalars(wanted))
        return found

    def told(self, connection: Connection, abouts: Collection[str]) -> set[tuple[str, str]]:
        """Who was told of these things: owner and thing."""
        found: set[tuple[str, str]] = set()
        for some in batched(sorted(abouts)):
            wanted = select(notice_told.c.owner, notice_told.c.about).where(notice_told.c.about.in_(some))
            found.update((row.owner, row.about) for row in connection.execute(wanted))
        return found

    def note_told(self, connection: Connection, told: Collection[tuple[str, str]]) -> None:
        """Write down who was told of what."""
        insert_free(connection, notice_told, sorted(told))

    def put(self, connection: Connection, messages: Sequence[Message]) -> None:
        """Write messages, in the caller's transaction; their keys are free."""
        if messages:
            connection.execute(insert(notice_messages), [_written(one) for one in messages])

    def waits(self, now: int) -> bool:
        """Whether there is anything to be sent now; looked at before a transaction that writes is begun."""
        d = notice_deliveries.c
        messages = select(notice_messages.c.id).where(WAITING, notice_messages.c.due_at <= now).limit(1)
        deliveries = select(d.id).where(d.state == OPEN, d.next_at <= now, d.claimed_until <= now).limit(1)
        return bool(self._rows(messages) or self._rows(deliveries))

    def due(self, connection: Connection, now: int, limit: int) -> tuple[Message, ...]:
        """Messages that are due and in no delivery yet, the oldest first."""
        wanted = (
            select(notice_messages)
            .where(WAITING, notice_messages.c.due_at <= now)
            .order_by(notice_messages.c.due_at, notice_messages.c.id)
            .limit(limit)
        )
        return tuple(_message(row) for row in connection.execute(wanted))

    def drop(self, connection: Connection, messages: Iterable[Message], why: str) -> None:
        """Say of messages that they will not be sent, and why."""
        wanted = notice_messages.c.id.in_([one.id for one in messages])
        connection.execute(update(notice_messages).where(wanted).values(dropped=why))

    def read(
        self, owner: str, limit: int, before: int | None = None
    ) -> list[tuple[Message, Delivery | None]]:
        """What an owner was told, the newest first, each with what became of it."""
        m = notice_messages.c
        wanted = (
            select(notice_messages, *(one.label(f"d_{one.name}") for one in notice_deliveries.c))
            .join(notice_deliveries, notice_deliveries.c.id == m.delivery, isouter=True)
            .where(m.owner == owner)
            .order_by(m.id.desc())
            .limit(limit)
        )
        if before is not None:
            wanted = wanted.where(m.id < before)
        return [(_message(row), _joined(row)) for row in self._rows(wanted)]

    def delivery_of(self, key: str) -> Delivery | None:
        """The delivery that a message went into, by the key of the message; None while it waits for one."""
        wanted = (
            select(notice_deliveries)
            .join(notice_messages, notice_messages.c.delivery == notice_deliveries.c.id)
            .where(notice_messages.c.key == key)
        )
        return next((_delivery(row) for row in self._rows(wanted)), None)

    # ---- deliveries

    def form(self, connection: Connection, delivery: Delivery, messages: Sequence[Message]) -> None:
        """Make one delivery of these messages."""
        values = {key: value for key, value in asdict(delivery).items() if key != "id"}
        number = connection.execute(
            insert(notice_deliveries).values(values).returning(notice_deliveries.c.id)
        ).scalar_one()
        wanted = notice_messages.c.id.in_([one.id for one in messages])
        connection.execute(update(notice_messages).where(wanted).values(delivery=number))

    def claim(
        self,
        connection: Connection,
        now: int,
        until: int,
        claim: str,
        *,
        most: int,
        busy: Iterable[str] = (),
    ) -> tuple[Delivery, ...]:
        """Take deliveries that are to be tried now and that nobody is sending.

        The gravest come first; of one channel not more than ``most`` a minute, of those that are ``busy`` none. What another process claimed and
        did not end by the time that it named is free again: that process has died or lost its way.
        """
        d, c, a = notice_deliveries.c, notice_channels.c, notice_attempts.c
        lately = (
            select(d.channel, func.count().label("count"))
            .join(notice_attempts, a.delivery == d.id)
            .where(a.at > now - 60)
            .group_by(d.channel)
            .subquery()
        )
        rank = func.row_number().over(partition_by=d.channel, order_by=(d.level.desc(), d.id))
        free = (
            select(d.id, (rank + func.coalesce(lately.c.count, 0)).label("rank"))
            .join(notice_channels, c.id == d.channel)
            .join(lately, lately.c.channel == d.channel, isouter=True)
            .where(d.state == OPEN, d.next_at <= now, d.claimed_until <= now)
            .where(c.enabled.is_(True), c.paused_until <= now, c.id.not_in(list(busy)))
            .subquery()
        )
        wanted = select(free.c.id).where(free.c.rank <= most)
        mine = update(notice_deliveries).where(d.id.in_(wanted))
        connection.execute(mine.values(claim=claim, claimed_until=until))
        taken = select(notice_deliveries).where(d.claim == claim).order_by(d.level.desc(), d.id)
        return tuple(_delivery(row) for row in connection.execute(taken))

    def start(self, connection: Connection, delivery: Delivery, at: int) -> int:
        """Begin an attempt: its number, or 0 where the claim has run out and somebody else took over."""
        d = notice_deliveries.c
        mine = (d.id == delivery.id) & (d.claim == delivery.claim)
        begun = update(notice_deliveries).where(mine).values(attempts=d.attempts + 1).returning(d.attempts)
        number = connection.execute(begun).scalar_one_or_none()
        if number is None:
            return 0
        values = {"delivery": delivery.id, "number": number, "at": at, "outcome": "", "detail": ""}
        connection.execute(insert(notice_attempts).values(values))
        return int(number)

    def settle(
        self,
        connection: Connection,
        delivery: Delivery,
        number: int,
        *,
        at: int,
        outcome: str,
        detail: str = "",
        next_at: int = 0,
    ) -> None:
        """Write down how an attempt ended: ``sent``, ``failed`` for ever, or ``waiting`` for another one.

        What was sent is sent, even where another process has taken the delivery over meanwhile; a failure of
        ours then says nothing about its attempt.
        """
        d, a = notice_deliveries.c, notice_attempts.c
        ended = {"ended_at": at, "outcome": SENT if outcome == SENT else FAILED, "detail": detail[:300]}
        connection.execute(
            update(notice_attempts).where(a.delivery == delivery.id, a.number == number).values(ended)
        )
        values: dict[str, Any] = {"state": outcome, "claim": "", "claimed_until": 0, "error": detail[:300]}
        values |= {"next_at": next_at} if outcome == OPEN else {"ended_at": at}
        values |= {} if outcome == SENT else {"failures": d.failures + 1}
        mine = (
            d.id == delivery.id if outcome == SENT else and_(d.id == delivery.id, d.claim == delivery.claim)
        )
        connection.execute(update(notice_deliveries).where(mine, d.state != SENT).values(values))

    def release(self, connection: Connection, deliveries: Sequence[Delivery], next_at: int) -> None:
        """Give back what was claimed and not tried."""
        d = notice_deliveries.c
        wanted = and_(
            d.id.in_([one.id for one in deliveries]), d.claim == (deliveries[0].claim if deliveries else "")
        )
        values = {"claim": "", "claimed_until": 0, "next_at": next_at}
        connection.execute(update(notice_deliveries).where(wanted, d.state == OPEN).values(values))

    def channel_worked(self, connection: Connection, channel: str) -> None:
        """Say of a channel that it works."""
        c = notice_channels.c
        ill = and_(c.id == channel, or_(c.failures > 0, c.paused_until > 0))
        values = {"failures": 0, "paused_until": 0, "error": ""}
        connection.execute(update(notice_channels).where(ill).values(values))

    def channel_failed(self, connection: Connection, channel: str, error: str, paused_until: int) -> None:
        """Say of a channel that it does not work, and leave it alone for a while."""
        c = notice_channels.c
        values = {"failures": c.failures + 1, "paused_until": paused_until, "error": error[:300]}
        connection.execute(update(notice_channels).where(c.id == channel).values(values))

    def deliveries(self, states: Sequence[str], limit: int) -> tuple[Delivery, ...]:
        """Deliveries in these states that have failed at least once, the newest first."""
        d = notice_deliveries.c
        wanted = select(notice_deliveries).where(d.state.in_(states), d.error != "").order_by(d.id.desc())
        return tuple(_delivery(row) for row in self._rows(wanted.limit(limit)))

    def again(self, connection: Connection, number: int, *, at: int, actor: str) -> Delivery | None:
        """Let a delivery that was given up be tried again, with the same key; None where there is none."""
        d = notice_deliveries.c
        given_up = (d.id == number) & (d.state == FAILED)
        values = {
            "state": OPEN,
            "next_at": at,
            "failures": 0,
            "ended_at": None,
            "claim": "",
            "claimed_until": 0,
        }
        if not connection.execute(update(notice_deliveries).where(given_up).values(values)).rowcount:
            return None
        record(connection, at=at, actor=actor, act="notices.again", subject=str(number))
        row = connection.execute(select(notice_deliveries).where(d.id == number)).one()
        return _delivery(row)

    def attempts(self, number: int) -> list[tuple[int, int, int | None, str, str]]:
        """Every attempt of a delivery: number, begin, end, outcome, detail."""
        wanted = select(notice_attempts).where(notice_attempts.c.delivery == number)
        return [tuple(row)[1:] for row in self._rows(wanted.order_by(notice_attempts.c.number))]

    def counts(self) -> dict[str, int]:
        """How many deliveries there are in each state, and how many messages wait for one."""
        d = notice_deliveries.c
        rows: list[Any] = self._rows(select(d.state, func.count()).group_by(d.state))
        found = {str(row[0]): int(row[1]) for row in rows}
        waiting: list[Any] = self._rows(select(func.count()).select_from(notice_messages).where(WAITING))
        return {OPEN: 0, SENT: 0, FAILED: 0} | found | {"messages": int(waiting[0][0])}

    def _rows(self, wanted: Any, connection: Connection | None = None) -> list[Row[Any]]:
        if connection is not None:
            return list(connection.execute(wanted))
        with self._engine.connect() as own:
            return list(own.execute(wanted))


def batched(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """The values in lists that an engine takes as parameters of one statement."""
    return (values[first : first + AT_ONCE] for first in range(0, len(values), AT_ONCE))


def _written(message: Message) -> dict[str, Any]:
    content = json.dumps(message.content, ensure_ascii=False, default=str)
    return {**{key: value for key, value in vars(message).items() if key != "id"}, "content": content}


def _message(row: Row[Any]) -> Message:
    return Message(
        row.id, row.key, row.notice, row.kind, row.region, row.system, row.level, row.owner, row.channel,
        row.address, row.language, json.loads(row.content), row.path, row.at, row.due_at, row.delivery, row.dropped,
    )  # fmt: skip


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(**{column.name: row._mapping[column.name] for column in notice_deliveries.c})


def _joined(row: Row[Any]) -> Delivery | None:
    if row.d_id is None:
        return None
    return Delivery(**{column.name: row._mapping[f"d_{column.name}"] for column in notice_deliveries.c})


def _channel(row: Row[Any]) -> Channel:
    return Channel(
        row.id, row.name, row.kind, row.region, tuple(row.systems.split()), json.loads(row.settings), row.secret,
        row.enabled, row.version, row.changed_by, row.changed_at, row.paused_until, row.failures, row.error,
    )  # fmt: skip


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(
        row.id, row.owner, row.channel, row.address, tuple(row.kinds.split()), row.level,
        tuple(int(code) for code in row.regions.split()),
        None if row.quiet_from is None else (row.quiet_from, row.quiet_to),
        row.red_breaks, row.gather, row.language, row.enabled, row.version, row.changed_at,
    )  # fmt: skip
