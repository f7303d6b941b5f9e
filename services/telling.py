"""Telling people: who gets a notice over what and when; and sending what is due, until it is sent or given up.

What is taken stands in the outbox in the transaction of what it tells of. Sending makes deliveries of what is due:
all that one reader is to get over one channel now is one delivery, with its text and its key written down before the
first attempt. Several processes may send at once: each claims what it sends for a while.
"""

import random
import secrets
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from itertools import groupby
from multiprocessing.util import Finalize
from typing import Any
from zoneinfo import ZoneInfo

from data_access.accounts import Account
from data_access.channels import PERSONAL, Limits, Outcome, send
from data_access.config import NoticeSettings
from data_access.guard import Allowed
from data_access.outbox import FAILED, OPEN, SENT, Channel, Delivery, Message, OutboxStore, Subscription
from data_access.outbox_tables import INBOX
from indicators.errors import N_
from indicators.regions import RegionTree
from services import access
from services.access import EVERY_SYSTEM, Actor
from services.accounts import actor_of
from services.notices import Line, Notice
from services.telling_words import KINDS, TEST, Words, content, fault, narrowed
from services.texts import languages

RED = 4
OWNERS = {
    "rule.flapping": "define",
    "rule.error": "define",
    "rule.no_data": "load",
    "notices": "channels",
    "call": "propose",
    "call.scoring": "score",
    "call.run": "define",
    "scorecard": "propose",
}
"""Kinds that are no matter of readers: what one must be permitted to be told of them unasked."""

ENDED = "alert.resolve"
"""The kind that only those are told who were told of the beginning."""

A_DAY, MINUTES_A_DAY = 86_400, 1440
FORMED_AT_ONCE = 2000
PASS_SECONDS = 60
"""No sending begins later than this in a pass."""

CLOSE_SECONDS = 5
"""How long the end of the process waits for what is being sent."""

TEST_SECONDS = 6
"""How long somebody waits for the outcome of a test message before it is told later."""

BYTES = {"wecom": 1900, "wecom_app": 1900}
MOST_BYTES = 15_000
"""How long a text may be: 企业微信 cuts at 2048 bytes, 钉钉 and 飞书 near 20 000."""

GROUP = "channel:"
"""What the owner of a subscription begins with whose readers are a whole group."""

Sender = Callable[[Channel, Delivery, Limits], Outcome]


class Telling:
    """Takes notices, and sends them."""

    def __init__(
        self,
        store: OutboxStore,
        tree: RegionTree,
        words: Words,
        settings: NoticeSettings,
        zone: str,
        *,
        sender: Sender = send,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._tree = tree
        self._words = words
        self._settings = settings
        self._zone = ZoneInfo(zone)
        self._sender = sender
        self._chance = chance
        self._busy: dict[str, threading.Thread] = {}
        self._closing: threading.Event | None = None
        self.limits = Limits(
            settings.connect_seconds,
            settings.read_seconds,
            settings.total_seconds,
            Allowed.read(settings.internal),
        )

    # ---- taking

    def put(self, connection: Any, notices: Sequence[Notice]) -> int:
        """Write notices to the outbox, one message for each person and channel; how many messages that makes."""
        if not notices:
            return 0
        people = self._store.people(connection)
        channels = self._store.channels(connection)
        wishes: dict[str, list[Subscription]] = {}
        for wish in self._store.subscriptions(connection):
            wishes.setdefault(wish.owner, []).append(wish)
        ended = {line.about for one in notices if one.kind == ENDED for line in _lines(one)}
        told = self._store.told(connection, ended - {""})
        made: dict[str, Message] = {}
        abouts: set[tuple[str, str]] = set()
        for notice in notices:
            known_to = told if notice.kind == ENDED else None
            for actor, wish in (
                *self._personal(notice, people, wishes, channels),
                *self._of_groups(notice, wishes, channels),
            ):
                lines = self._for(notice, actor, wish, known_to)
                one = self._message(notice, wish, lines)
                if one is not None:
                    made.setdefault(one.key, one)
                    abouts |= {(wish.owner, line.about) for line in lines if line.about}
        known = self._store.known(connection, list(made))
        fresh = [one for key, one in made.items() if key not in known]
        self._store.put(connection, fresh)
        self._store.note_told(connection, abouts)
        return len(fresh)

    def _personal(
        self,
        notice: Notice,
        people: Iterable[Account],
        wishes: Mapping[str, Sequence[Subscription]],
        channels: Mapping[str, Channel],
    ) -> Iterable[tuple[Actor, Subscription]]:
        """To whom a notice goes, and how: those it names, the people of its department, whoever asked."""
        for account in people:
            actor = actor_of(account, notice.at)
            meant = account.name in (*notice.to, *notice.also) or (
                account.department and account.department == notice.department
            )
            if not meant and (notice.to or not _asks(actor, notice.kind)):
                continue
            own = wishes.get(account.id, ())
            for wish in own if any(one.channel == INBOX for one in own) else (*own, usual(account)):
                channel = channels.get(wish.channel)
                ready = wish.channel == INBOX or (channel is not None and channel.enabled and wish.enabled)
                if ready and (meant or (wish.enabled and wants(wish, notice))):
                    yield actor, replace(wish, regions=() if meant else wish.regions)

    def _of_groups(
        self, notice: Notice, wishes: Mapping[str, Sequence[Subscription]], channels: Mapping[str, Channel]
    ) -> Iterable[tuple[Actor, Subscription]]:
        """The groups and programs that a notice goes to; they see what their channel was opened for."""
        if notice.to or notice.kind.partition(".")[0] == "notices":
            return
        for channel in channels.values():
            if not channel.enabled or channel.kind in PERSONAL:
                continue
            for wish in wishes.get(GROUP + channel.id, ()):
                if wish.enabled and wants(wish, notice):
                    yield reader_of(channel), wish

    def _for(
        self, notice: Notice, actor: Actor, wish: Subscription, told: set[tuple[str, str]] | None
    ) -> list[Line]:
        """The sentences of a notice that are for one reader; of an end only where the beginning was told."""

        def answers(region: int) -> bool:
            return region > 0 and access.scope(actor, self._tree, region) == "own"

        def meant(line: Line) -> bool:
            if answers(line.unless) or (line.only and not answers(line.only)):
                return False
            heard = told is None or not line.about or (wish.owner, line.about) in told
            return heard and self.sees(actor, notice.system, line.region, wish.regions)

        return [line for line in _lines(notice) if meant(line)]

    def _message(self, notice: Notice, wish: Subscription, lines: Sequence[Line]) -> Message | None:
        """A notice as one reader gets it; None where nothing of it is for them."""
        kept = content(notice, lines)
        if kept is None:
            return None
        text = "|".join((notice.key, wish.owner, wish.channel, wish.address))
        return Message(
            0, sha256(text.encode()).hexdigest()[:32], notice.key[:300], notice.kind, notice.region, notice.system,
            notice.level, wish.owner, wish.channel, wish.address, wish.language, kept, notice.address, notice.at,
            self._due(wish, notice),
        )  # fmt: skip

    def sees(self, actor: Actor, system: str, region: int, wished: Sequence[int] = ()) -> bool:
        """Whether somebody may be told about a region, and wishes to be."""
        if system and actor.systems != EVERY_SYSTEM and system not in actor.systems:
            return False
        if access.scope(actor, self._tree, region) is None:
            return False
        return not wished or any(self._tree.contains(root, region) for root in wished)

    def _due(self, wish: Subscription, notice: Notice) -> int:
        """When a message may go out: at once, at the end of a gathering, or after the quiet hours."""
        if wish.channel == INBOX or (notice.level == RED and wish.red_breaks):
            return notice.at
        due = notice.at
        if wish.gather and notice.level < RED:
            span = wish.gather * 60
            due += -(due + self._offset(due)) % span
        if wish.quiet and wish.quiet[0] != wish.quiet[1]:
            begin, end = wish.quiet
            minute = (due + self._offset(due)) % A_DAY // 60
            within = begin <= minute < end if begin < end else minute >= begin or minute < end
            if within:
                due += ((end - minute) % MINUTES_A_DAY) * 60 - (due + self._offset(due)) % 60
        return due

    def _offset(self, at: int) -> int:
        """Seconds by which the city's clock is ahead."""
        from_utc = self._words.texts("zh").local(at).utcoffset()
        return int(from_utc.total_seconds()) if from_utc else 0

    def test(self, actor: Actor, channel: Channel, address: str, now: int) -> Delivery | None:
        """Send a test message over a channel now, and say what became of it; None where it waits."""
        root = self._tree.root
        subject = Line(
            root if access.scope(actor, self._tree, root) else actor.regions[0],
            N_("这是一条测试消息，由 {name} 发出。收到即说明渠道可用。"),
            {"name": actor.display or actor.name},
        )
        key = f"notices.test:{actor.id}:{secrets.token_hex(8)}"
        notice = Notice(key, TEST[0], root, "", 0, subject, (), "/notices", now)
        wish = Subscription(0, actor.id, channel.id, address, language=actor.language)
        message = self._message(notice, wish, (subject,))
        assert message is not None
        with self._store.begin() as connection:
            self._store.put(connection, [message])
        self.send(now, TEST_SECONDS)
        return self._store.delivery_of(message.key)

    # ---- sending

    def send(self, now: int, patience: float = 5.0) -> int:
        """Send what is due; how many deliveries were sent while we waited.

        patience  seconds to wait for receivers. Whoever takes longer is left to a thread of its own, holds nobody
                  up, and is cut off in time; the claim keeps others away from it until then.
        """
        self._busy = {name: one for name, one in self._busy.items() if one.is_alive()}
        if not self._store.waits(now):
            return 0
        with self._store.begin() as connection:
            self._form(connection, now)
            until = now + PASS_SECONDS + 2 * self._settings.total_seconds
            taken = self._store.claim(
                connection, now, until, secrets.token_hex(8), most=self._settings.per_minute, busy=self._busy
            )
            channels = self._store.channels(connection)
        closing = self._closing = self._closing or self._until_the_end()
        begun, sent, threads = time.monotonic(), list[int](), list[threading.Thread]()
        for name, listed in groupby(sorted(taken, key=lambda one: one.channel), key=lambda one: one.channel):
            queue = sorted(listed, key=lambda one: (-one.level, one.id))
            work = (channels[name], queue, now, begun, sent, closing)
            thread = threading.Thread(target=self._work, args=work, daemon=True, name=f"telling-{name}")
            self._busy[name] = thread
            threads.append(thread)
            thread.start()
        for thread in threads:
            thread.join(max(0.0, patience - (time.monotonic() - begun)))
        return len(sent)

    def close(self, seconds: float = CLOSE_SECONDS) -> None:
        """Begin nothing more, and wait for what is being sent; what does not end in time is sent again under its key."""
        end = time.monotonic() + seconds
        if self._closing:
            self._closing.set()
        for thread in self._busy.values():
            thread.join(max(0.0, end - time.monotonic()))

    def _until_the_end(self) -> threading.Event:
        """Closes with the process, also with a worker of the server, which ends without the functions of atexit."""
        own = weakref.ref(self)  # what has been succeeded by another, and sends nothing, is let go

        def close() -> None:
            if (alive := own()) is not None:
                alive.close()

        Finalize(None, close, exitpriority=50)
        return threading.Event()

    def _form(self, connection: Any, now: int) -> None:
        """Make deliveries of what is due: one for all that a reader gets over one channel now."""
        channels = self._store.channels(connection)
        due = self._store.due(connection, now, FORMED_AT_ONCE)
        if not due:
            return
        people = {account.id: account for account in self._store.people(connection)}
        ordered = sorted(due, key=lambda one: (one.owner, one.channel, one.address, one.id))
        for _, same in groupby(ordered, key=lambda one: (one.owner, one.channel, one.address)):
            messages = list(same)
            channel = channels.get(messages[0].channel)
            if channel is None or not channel.enabled:
                self._store.drop(connection, messages, "no_channel")
            elif channel.paused_until <= now:
                actor = self._reader(messages[0].owner, people, channel, now)
                self._deliver(connection, channel, actor, messages, now)

    def _reader(self, owner: str, people: Mapping[str, Account], channel: Channel, now: int) -> Actor | None:
        if owner.startswith(GROUP):
            return reader_of(channel)
        if owner == access.SYSTEM.id:
            return access.SYSTEM
        account = people.get(owner)
        return actor_of(account, now) if account else None

    def _deliver(
        self, connection: Any, channel: Channel, actor: Actor | None, messages: Sequence[Message], now: int
    ) -> None:
        """One delivery of these messages, as far as their reader may still read them."""
        language = messages[-1].language
        told, kept = [], []
        for one in messages:
            left = narrowed(one.content, partial(self.sees, actor, one.system)) if actor else None
            if left is not None:
                told.append(self._words.told(one.kind, one.level, left, one.path, one.at, language))
                kept.append(one)
        self._store.drop(connection, [one for one in messages if one not in kept], "no_right")
        if not kept:
            return
        key = sha256("|".join(one.key for one in kept).encode()).hexdigest()[:32]
        delivery = Delivery(
            0, key, kept[0].owner, channel.id, kept[0].address, language, max(one.level for one in kept),
            self._words.title(told, language),
            self._words.body(told, language, BYTES.get(channel.kind, MOST_BYTES)), now, next_at=now,
        )  # fmt: skip
        self._store.form(connection, delivery, kept)

    def _work(
        self,
        channel: Channel,
        queue: Sequence[Delivery],
        now: int,
        begun: float,
        sent: list[int],
        closing: threading.Event,
    ) -> None:
        """Send the deliveries of one channel, one after the other, until the channel itself fails."""
        for place, delivery in enumerate(queue):
            moment = now + int(time.monotonic() - begun)
            if moment - now > PASS_SECONDS or closing.is_set():
                self._release(queue[place:], moment)
                return
            with self._store.begin() as connection:
                number = self._store.start(connection, delivery, moment)
            if not number:
                continue
            outcome = self._sender(channel, delivery, self.limits)
            moment = now + int(time.monotonic() - begun)
            pause = self._settle(channel, delivery, number, outcome, moment)
            if outcome.sent:
                sent.append(delivery.id)
            elif pause:
                self._release(queue[place + 1 :], pause)
                return

    def _release(self, deliveries: Sequence[Delivery], next_at: int) -> None:
        if deliveries:
            with self._store.begin() as connection:
                self._store.release(connection, deliveries, next_at)

    def _settle(self, channel: Channel, delivery: Delivery, number: int, outcome: Outcome, now: int) -> int:
        """Write down what became of an attempt; until when the channel is to be left alone, 0 if it works."""
        with self._store.begin() as connection:
            if outcome.sent:
                self._store.settle(connection, delivery, number, at=now, outcome=SENT)
                self._store.channel_worked(connection, channel.id)
                return 0
            last = not outcome.again or delivery.failures + 1 >= self._settings.attempts
            self._store.settle(
                connection, delivery, number, at=now, outcome=FAILED if last else OPEN, detail=outcome.detail,
                next_at=now + max(outcome.pause, self._backoff(delivery.failures)),
            )  # fmt: skip
            if last:
                self._give_up(connection, channel, delivery, outcome, now)
            if not outcome.channel:
                return 0
            known = self._store.channels(connection)[channel.id]
            pause = now + max(outcome.pause, self._backoff(known.failures))
            self._store.channel_failed(connection, channel.id, outcome.detail, pause)
            return pause

    def _backoff(self, failures: int) -> int:
        """Seconds until the next attempt: doubling, never too long, and not the same for everybody."""
        settings = self._settings
        longest = min(settings.backoff_seconds * int(2 ** min(failures, 20)), settings.backoff_most_seconds)
        return max(1, round(longest * (0.75 + self._chance() / 2)))

    def _give_up(
        self, connection: Any, channel: Channel, delivery: Delivery, outcome: Outcome, now: int
    ) -> None:
        """Tell those who look after the channels that a message will not arrive."""
        error = {one: fault(outcome.detail, self._words.texts(one)) for one in languages()}
        fields = {"channel": channel.name, "title": delivery.title, "error": error}
        keepers = [
            account.name
            for account in self._store.people(connection)
            if access.may(actor_of(account, now), "channels") and not account.demo
        ]
        root = self._tree.root
        subject = Line(root, N_("渠道“{channel}”的一条消息没有送达，不再重试：{title}（{error}）"), fields)
        key = f"notices.given_up:{delivery.key}:{delivery.attempts}"
        notice = Notice(key, "notices.given_up", root, "", 0, subject, (), "/notices", now, to=tuple(keepers))
        if keepers:
            self.put(connection, [notice])


def _lines(notice: Notice) -> tuple[Line, ...]:
    return (notice.subject, *notice.lines)


def usual(account: Account) -> Subscription:
    """What somebody sees who never chose: everything, on the page of messages."""
    return Subscription(0, account.id, INBOX, language=account.language)


def wants(wish: Subscription, notice: Notice) -> bool:
    """Whether a notice is of a kind and a level that were wished for."""
    kinds = wish.kinds
    asked = "*" in kinds or any(notice.kind == one or notice.kind.startswith(one + ".") for one in kinds)
    return asked and notice.level >= wish.level


def reader_of(channel: Channel) -> Actor:
    """Whoever reads what is sent over a group's channel: they see what the channel was opened for."""
    return Actor(
        f"{GROUP}{channel.id}",
        channel.name,
        "viewer",
        (channel.region,),
        channel.systems,
        display=channel.name,
    )


def offered(actor: Actor) -> tuple[str, ...]:
    """The kinds of notices that are any business of somebody."""
    return tuple(kind for kind in KINDS if _asks(actor, kind))


FOR_GROUPS = tuple(kind for kind in KINDS if kind != "notices")
"""The kinds that a group may be told; that a message did not arrive is a matter of administrators."""


def _asks(actor: Actor, kind: str) -> bool:
    """Whether a kind of notices is any business of somebody who was not named."""
    action = OWNERS.get(kind) or OWNERS.get(kind.partition(".")[0], "view")
    return access.may(actor, action)
