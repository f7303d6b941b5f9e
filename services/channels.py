"""Channels: over what messages leave the cockpit; who looks after them, what goes wrong on them, and sending again.

What opens a channel is taken in and never given out again. An address inside the own network is refused unless the
settings allow it, when it is typed and again at every connection.
"""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from data_access.channels import PERSONAL
from data_access.guard import Allowed, inner
from data_access.outbox import FAILED, OPEN, Channel, Delivery, OutboxStore, Subscription
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import RegionTree
from services import access
from services.access import Actor, require
from services.incident_forms import Form
from services.telling import FOR_GROUPS, GROUP, Telling
from services.wishes import read_wish

KINDS = {
    "mail": N_("电子邮件"),
    "wecom": N_("企业微信群机器人"),
    "wecom_app": N_("企业微信 / 政务微信应用"),
    "dingtalk": N_("钉钉群机器人"),
    "zwding": N_("浙政钉 / 专有钉钉群机器人"),
    "feishu": N_("飞书群机器人"),
    "lark": N_("Lark 群机器人"),
    "webhook": N_("Webhook（JSON）"),
}
"""The kinds of channels, with their names; the senders are in data_access/channels.py."""

MODES = {"starttls": N_("STARTTLS（587）"), "ssl": N_("SSL/TLS（465）"), "insecure": N_("不加密（25）")}

FIELDS: Mapping[str, tuple[str, ...]] = {
    "mail": ("host", "port", "mode", "sender", "login", "token", "domains"),
    "wecom": ("token",),
    "wecom_app": ("corp", "agent", "token", "base"),
    "dingtalk": ("token", "signing"),
    "zwding": ("token", "signing"),
    "feishu": ("token", "signing"),
    "lark": ("token", "signing"),
    "webhook": ("token", "signing"),
}
"""What each kind asks for beside its name and region."""

OFFICIAL = {
    "wecom": "qyapi.weixin.qq.com",
    "dingtalk": "oapi.dingtalk.com",
    "feishu": "open.feishu.cn",
    "lark": "open.larksuite.com",
}

IN_ADDRESS = {"wecom": "key", "dingtalk": "access_token", "zwding": "access_token"}
"""Where the token stands in the address that a robot's page shows; at 飞书 it is the end of the path."""

STATES = {OPEN: N_("将再次尝试"), FAILED: N_("已放弃")}
"""What becomes of a delivery that failed."""

TOKEN = re.compile(r"[A-Za-z0-9_-]{8,200}")
MAILBOX = re.compile(r"[^\s@<>,;:\"]{1,64}@[A-Za-z0-9.-]{1,120}")
LONGEST = 500
PORTS = {"starttls": 587, "ssl": 465, "insecure": 25}


@dataclass(frozen=True)
class ChannelView:
    """A channel as its keepers see it: everything but what opens it."""

    id: str
    name: str
    kind: str
    region: int
    settings: Mapping[str, str]
    enabled: bool
    version: int
    changed_by: str
    changed_at: int
    paused_until: int
    failures: int
    error: str
    wish: Subscription | None = None

    @property
    def personal(self) -> bool:
        """Whether it writes to one person; else a group or a program reads it."""
        return self.kind in PERSONAL


@dataclass(frozen=True)
class Failure:
    """A delivery that failed, with its attempts."""

    delivery: Delivery
    channel: str
    owner: str
    attempts: tuple[tuple[int, int, int | None, str, str], ...]


class Channels:
    """The use cases around channels."""

    def __init__(
        self,
        store: OutboxStore,
        telling: Telling,
        tree: RegionTree,
        clock: Callable[[], datetime],
        offset: timedelta,
    ) -> None:
        self._store = store
        self._telling = telling
        self._tree = tree
        self._clock = clock
        self._offset = offset

    def _now(self) -> int:
        return int(self._clock().timestamp())

    def listing(self, actor: Actor) -> tuple[ChannelView, ...]:
        """Every channel of the actor's regions, with what its group is told."""
        require(actor, "channels")
        wishes = {wish.owner: wish for wish in self._store.subscriptions()}
        return tuple(
            view_of(one, wishes.get(GROUP + one.id))
            for one in self._store.channels().values()
            if access.may(actor, "channels", self._tree, one.region)
        )

    def save(self, actor: Actor, values: Mapping[str, str]) -> ChannelView:
        """Make a channel, or change one; a secret that is left empty stays what it was.

        raises  CockpitError with every field that is wrong; ``record_changed`` where somebody else was quicker
        """
        require(actor, "channels")
        form = Form(values, self._offset)
        known = self._known(actor, values.get("channel", "")) if values.get("channel") else None
        kind = known.kind if known else form.choice("kind", tuple(KINDS))
        name = form.text("name", required=True, longest=64)
        region = form.region("region", self._tree)
        settings, secret = self._opened(form, kind, known)
        wish = None if kind in PERSONAL else read_wish(form, self._tree, FOR_GROUPS)
        form.done()
        require(actor, "channels", self._tree, region)
        version = form.whole("version", 0, 2**31 - 1) if known else 0
        if known and not version:
            raise CockpitError(CHANGED)
        channel = Channel(
            known.id if known else secrets.token_hex(6), name, kind, region, settings=settings,
            secret=json.dumps(secret), enabled=True, version=version,
        )  # fmt: skip
        self._keep(actor, channel, wish, "notices.channel")
        return view_of(channel, wish)

    def _keep(self, actor: Actor, channel: Channel, wish: Subscription | None, act: str) -> None:
        now = self._now()
        owner = GROUP + channel.id
        with self._store.begin() as connection:
            kept = self._store.keep_channel(connection, channel, at=now, actor=actor.name, act=act)
            if kept and wish is not None:
                before = next(iter(self._store.subscriptions(connection, owner)), None)
                fresh = replace(wish, owner=owner, channel=channel.id, address="")
                if before is not None:
                    fresh = replace(fresh, id=before.id, version=before.version)
                kept = self._store.keep_subscription(connection, fresh, at=now, actor=actor.name)
            if not kept:
                raise CockpitError(CHANGED)

    def switch(self, actor: Actor, identity: str, version: int, *, on: bool) -> None:
        """Switch a channel off or on again; nothing is ever deleted."""
        require(actor, "channels")
        channel = replace(self._known(actor, identity), enabled=on, version=version)
        self._keep(actor, channel, None, "notices.channel_on" if on else "notices.channel_off")

    def test(self, actor: Actor, identity: str, address: str = "") -> Delivery | None:
        """Send a test message over a channel now, even where it is being left alone; what became of it."""
        require(actor, "channels")
        channel = self._known(actor, identity)
        form = Form({"address": address}, self._offset)
        if channel.kind in PERSONAL:
            address = read_address(form, channel)
        form.done()
        with self._store.begin() as connection:
            self._store.channel_worked(connection, channel.id)
        return self._telling.test(actor, channel, address, self._now())

    def failures(self, actor: Actor, limit: int = 50) -> tuple[Failure, ...]:
        """Deliveries that failed and were given up or will be tried again, the newest first."""
        require(actor, "channels")
        channels = self._store.channels()
        with self._store.begin() as connection:
            names = {one.id: one.display for one in self._store.people(connection)}
        found = []
        for one in self._store.deliveries((FAILED, OPEN), limit):
            channel = channels.get(one.channel)
            if channel is not None and access.may(actor, "channels", self._tree, channel.region):
                owner = names.get(one.owner, channel.name)
                attempts = tuple(self._store.attempts(one.id))
                found.append(Failure(one, channel.name, owner, attempts))
        return tuple(found)

    def counts(self, actor: Actor) -> Mapping[str, int]:
        """How many deliveries wait, were sent and were given up; and messages that are not due yet."""
        require(actor, "channels")
        return self._store.counts()

    def again(self, actor: Actor, number: int) -> None:
        """Try a delivery that was given up once more, with the key that it had."""
        require(actor, "channels")
        now = self._now()
        with self._store.begin() as connection:
            found = self._store.again(connection, number, at=now, actor=actor.name)
            if found is None:
                raise CockpitError(CHANGED)
            channel = self._store.channels(connection)[found.channel]
            require(actor, "channels", self._tree, channel.region)
            self._store.channel_worked(connection, found.channel)

    # ---- inside

    def _known(self, actor: Actor, identity: str) -> Channel:
        found = self._store.channels().get(identity)
        if found is None or not access.may(actor, "channels", self._tree, found.region):
            raise CockpitError(Issue("unknown_channel", N_("没有这个渠道。"), N_("请从渠道清单中选择。")))
        return found

    def _opened(self, form: Form, kind: str, known: Channel | None) -> tuple[dict[str, str], dict[str, str]]:
        """What may be shown again of a channel, and what opens it."""
        kept = json.loads(known.secret) if known else {}
        signing = form.text("signing", longest=LONGEST) or kept.get("signing", "")
        if kind == "mail":
            settings = self._mail(form)
            needed = bool(settings["login"])
            secret = self._secret(form, kept, needed, known, settings, ("host", "port", "login"))
            return settings, {"token": secret}
        if kind == "wecom_app":
            settings = {name: form.text(name, required=True, longest=64) for name in ("corp", "agent")}
            if settings["agent"] and not settings["agent"].isdigit():
                form.wrong("agent", "bad_agent", N_("应用编号（AgentId）是一串数字。"))
            base = form.text("base", longest=LONGEST).rstrip("/")
            if base:
                settings["base"] = base
                self._address(form, "base", base)
            return settings, {"token": self._secret(form, kept, True, known, settings, ("corp", "base"))}
        text = form.text("token", required=not kept, longest=LONGEST)
        if not text:
            return dict(known.settings) if known else {}, {**kept, "signing": signing}
        if kind == "webhook":
            self._address(form, "token", text)
            return {"host": urlsplit(text).netloc}, {"url": text, "signing": signing}
        settings, token = self._robot(form, kind, text)
        return settings, {"token": token, "signing": signing}

    def _mail(self, form: Form) -> dict[str, str]:
        mode = form.choice("mode", tuple(MODES), "starttls")
        host = form.text("host", required=True, longest=200)
        port = form.whole("port", 1, 65_535) if form.text("port") else PORTS.get(mode, 25)
        sender = form.text("sender", required=True, longest=200)
        if sender and not MAILBOX.fullmatch(sender):
            form.wrong("sender", "bad_mailbox", N_("这不是一个邮箱地址：{text}"), text=sender)
        self._outside(form, "host", host, port)
        domains = form.text("domains", longest=400).replace(",", " ").replace("，", " ").casefold()
        return {
            "host": host, "port": str(port), "mode": mode, "sender": sender,
            "login": form.text("login", longest=200), "domains": " ".join(domains.split()),
        }  # fmt: skip

    def _secret(
        self, form: Form, kept: Mapping[str, str], needed: bool, known: Channel | None,
        settings: Mapping[str, str], bound: tuple[str, ...],
    ) -> str:  # fmt: skip
        """The password that was typed, or the one that is kept; it does not go along to another server unseen."""
        typed = form.text("token", longest=LONGEST)
        moved = known is not None and any(known.settings.get(one) != settings.get(one) for one in bound)
        if needed and not typed and (moved or not kept.get("token")):
            form.wrong(
                "token", "secret_again", N_("请填写密钥或密码。"), N_("服务器或账号改变后须重新填写，原有的不会发往新地址。")
            )  # fmt: skip
        return typed or ("" if moved else str(kept.get("token", "")))

    def _robot(self, form: Form, kind: str, text: str) -> tuple[dict[str, str], str]:
        """The token of a robot, and where it lives if that is not the platform's own address."""
        settings: dict[str, str] = {}
        token = text
        if "://" in text:
            address = urlsplit(text)
            name = IN_ADDRESS.get(kind)
            token = parse_qs(address.query).get(name, [""])[0] if name else address.path.rpartition("/")[2]
            self._address(form, "token", text)
            if address.hostname != OFFICIAL.get(kind):
                settings["base"] = f"{address.scheme}://{address.netloc}"
                if name == "access_token" and address.path != "/robot/send":
                    settings["path"] = address.path
        elif kind == "zwding":
            form.wrong("token", "robot_address", N_("请粘贴机器人页面上的完整地址。"))
        if not TOKEN.fullmatch(token):
            form.wrong(
                "token",
                "bad_token",
                N_("其中没有可用的密钥。"),
                N_("请从机器人页面复制完整的 Webhook 地址。"),
            )
        return settings, token

    def _address(self, form: Form, where: str, text: str) -> None:
        """Refuse an address that is none, that is not encrypted outside the own network, or that lies in it."""
        try:
            address = urlsplit(text)
            host, port = address.hostname or "", address.port
        except ValueError:
            host, port = "", None
        if not host or address.scheme not in ("https", "http") or address.username or address.password:
            form.wrong(
                where, "bad_address", N_("这不是一个可用的地址。"), N_("以 https:// 开头，不含账号和密码。")
            )
            return
        self._outside(form, where, host, port or (443 if address.scheme == "https" else 80))
        if address.scheme == "http" and not self._opened_inside(host):
            form.wrong(where, "not_encrypted", N_("对外地址须加密传输。"), N_("请用 https:// 开头的地址。"))

    def _outside(self, form: Form, where: str, host: str, port: int) -> None:
        place = inner(host, port, self._allowed) if host else ""
        if place:
            form.wrong(
                where, "internal_address", N_("地址 {host} 指向内部网络（{place}），不能使用。"),
                N_("如确需使用，请运维人员在设置 notices.internal 中允许它。"), host=host, place=place,
            )  # fmt: skip

    def _opened_inside(self, host: str) -> bool:
        """Whether the settings name this host, or the network it lies in."""
        allowed = self._allowed
        return host.casefold() in allowed.hosts or bool(inner(host, 80, Allowed()))

    @property
    def _allowed(self) -> Allowed:
        return self._telling.limits.allowed


CHANGED = Issue(
    "record_changed", N_("刚才已有人改过这条记录。"), N_("请看最新内容，再决定是否修改；您填写的内容还在。")
)


def view_of(channel: Channel, wish: Subscription | None = None) -> ChannelView:
    """A channel without what opens it."""
    return ChannelView(
        channel.id, channel.name, channel.kind, channel.region, channel.settings, channel.enabled,
        channel.version, channel.changed_by, channel.changed_at, channel.paused_until, channel.failures,
        channel.error, wish,
    )  # fmt: skip


def read_address(form: Form, channel: Channel) -> str:
    """The address of a person on a channel: a mailbox, or a user of 企业微信."""
    text = form.text("address", required=True, longest=200)
    if channel.kind == "mail":
        allowed = channel.settings.get("domains", "").split()
        if text and not MAILBOX.fullmatch(text):
            form.wrong("address", "bad_mailbox", N_("这不是一个邮箱地址：{text}"), text=text)
        elif text and allowed and text.rpartition("@")[2].casefold() not in allowed:
            form.wrong(
                "address", "foreign_mailbox", N_("只能使用本单位的邮箱：{domains}"), domains=" ".join(allowed)
            )
    elif text and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_@.-]{0,63}", text):
        form.wrong("address", "bad_user", N_("这不是一个企业微信账号：{text}"), text=text)
    return text
