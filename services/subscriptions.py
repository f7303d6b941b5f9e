"""What a reader was told, and what a reader wishes to be told over which channel."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from data_access.channels import PERSONAL
from data_access.outbox import Channel, Delivery, Message, OutboxStore, Subscription
from data_access.outbox_tables import INBOX
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import RegionTree
from services.access import ROLES, Actor, scope
from services.channels import CHANGED, ChannelView, read_address, view_of
from services.incident_forms import Form
from services.telling import Telling, offered
from services.telling_words import Told, Words, narrowed
from services.wishes import EVERYTHING, read_wish

A_PAGE = 30
READ_AT_ONCE = 200
"""Messages looked at for one page: one notice may have come over several channels."""


@dataclass(frozen=True)
class Way:
    """Over what a reader was told, and what became of it."""

    channel: str
    state: str
    """inbox, waiting, sent, failed, or dropped."""
    at: int | None
    error: str = ""


@dataclass(frozen=True)
class Entry:
    """One notice as its reader finds it again; `number` is that of the earliest message that it went in."""

    number: int
    told: Told
    ways: tuple[Way, ...]


@dataclass(frozen=True)
class Mine:
    """What a reader wishes: on the page itself, over channels, and which further ones there are."""

    inbox: Subscription
    others: tuple[tuple[Subscription, ChannelView], ...]
    open: tuple[ChannelView, ...]


class Subscriptions:
    """The use cases of a reader."""

    def __init__(
        self,
        store: OutboxStore,
        telling: Telling,
        words: Words,
        tree: RegionTree,
        clock: Callable[[], datetime],
        offset: timedelta,
    ) -> None:
        self._store = store
        self._telling = telling
        self._words = words
        self._tree = tree
        self._clock = clock
        self._offset = offset

    def told(self, actor: Actor, language: str, before: int | None = None) -> tuple[Entry, ...]:
        """What the reader was told, the newest first; only what may still be seen."""
        names = {one.id: one.name for one in self._store.channels().values()}
        entries: dict[str, Entry] = {}
        for message, delivery in self._store.read(actor.id, READ_AT_ONCE, before):
            way = _way(message, delivery, names)
            known = entries.get(message.notice)
            if known is not None:
                ways = (way, *known.ways) if way.channel == INBOX else (*known.ways, way)
                entries[message.notice] = replace(known, number=message.id, ways=ways)
                continue
            left = narrowed(message.content, partial(self._sees, actor, message.system))
            if left is None or len(entries) >= A_PAGE:
                continue
            told = self._words.told(message.kind, message.level, left, message.path, message.at, language)
            entries[message.notice] = Entry(message.id, told, (way,))
        return tuple(entries.values())

    def mine(self, actor: Actor) -> Mine:
        """What the reader wishes to be told, and over what."""
        self._require(actor)
        own = self._store.subscriptions(owner=actor.id)
        channels = {key: one for key, one in self._store.channels().items() if one.kind in PERSONAL}
        usual = Subscription(0, actor.id, INBOX, language=actor.language)
        inbox = next((one for one in own if one.channel == INBOX), usual)
        others = tuple((one, view_of(channels[one.channel])) for one in own if one.channel in channels)
        taken = {one.channel for one in own}
        free = tuple(view_of(one) for one in channels.values() if one.enabled and one.id not in taken)
        return Mine(inbox, others, free)

    def save(self, actor: Actor, values: Mapping[str, str]) -> None:
        """Keep a wish of the reader.

        raises  CockpitError with every field that is wrong; ``record_changed`` where it was changed elsewhere
        """
        self._require(actor)
        form = Form(values, self._offset)
        wish = read_wish(form, self._tree, offered(actor))
        name = form.text("channel")
        address = ""
        if name != INBOX:
            channel = self._channel(name)
            address = read_address(form, channel)
            own = self._store.subscriptions(owner=actor.id)
            if any((one.channel, one.address) == (name, address) and one.id != wish.id for one in own):
                form.wrong(
                    "address", "address_taken", N_("您已有这个地址的订阅。"), N_("请修改已有的那一条。")
                )
        hidden = [code for code in wish.regions if scope(actor, self._tree, code) is None]
        if hidden:
            form.wrong(
                "regions",
                "unseen_region",
                N_("其中有不在您职责范围内的地区。"),
                N_("请去掉它，或留空表示全部。"),
            )
        form.done()
        kinds = wish.kinds or (EVERYTHING,)
        kept = replace(wish, owner=actor.id, channel=name, address=address, kinds=kinds)
        with self._store.begin() as connection:
            now = int(self._clock().timestamp())
            if not self._store.keep_subscription(connection, kept, at=now, actor=actor.name):
                raise CockpitError(CHANGED)

    def test(self, actor: Actor, number: int) -> Delivery | None:
        """Send a test message over one of the reader's own channels now; what became of it."""
        self._require(actor)
        wish = next((one for one in self._store.subscriptions(owner=actor.id) if one.id == number), None)
        if wish is None or wish.channel == INBOX:
            raise CockpitError(Issue("unknown_wish", N_("没有这条订阅。"), N_("请刷新页面后重试。")))
        now = int(self._clock().timestamp())
        return self._telling.test(actor, self._channel(wish.channel), wish.address, now)

    def _channel(self, identity: str) -> Channel:
        """A channel that writes to one person: those of groups are not a person's to subscribe."""
        found = self._store.channels().get(identity)
        if found is None or found.kind not in PERSONAL or not found.enabled:
            raise CockpitError(Issue("unknown_channel", N_("没有这个渠道。"), N_("请从渠道清单中选择。")))
        return found

    def _sees(self, actor: Actor, system: str, region: int) -> bool:
        return self._telling.sees(actor, system, region)

    def _require(self, actor: Actor) -> None:
        if not receives(actor):
            raise CockpitError(Issue("forbidden", N_("这个账号不接收消息。"), N_("请用个人账号登录。")))


def receives(actor: Actor) -> bool:
    """Whether somebody is told things: whoever sees or answers; screens, machines and those who only watch are not."""
    return actor.role != "viewer" and bool(ROLES.get(actor.role, frozenset()) & {"view", "answer"})


def _way(message: Message, delivery: Delivery | None, names: Mapping[str, str]) -> Way:
    if message.channel == INBOX:
        return Way(INBOX, "inbox", message.at)
    name = names.get(message.channel, message.channel)
    if message.dropped:
        return Way(name, "dropped", None, message.dropped)
    if delivery is None:
        return Way(name, "waiting", message.due_at)
    return Way(name, delivery.state, delivery.ended_at, delivery.error)
