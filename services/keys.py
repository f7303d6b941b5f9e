"""Keys of screens and machines: made once, shown once, exchanged or presented, revoked.

A screen's key is exchanged one time for a cookie; from then on it opens nothing, so that a key that was read over a
shoulder or found in a note is worthless. The cookie shows one region's wall, read only. A machine presents its key
with every delivery. Many screens ask every few seconds: which sessions are open is kept in memory and read again
when a counter in the store has risen, which is looked at once a second, so that a revoked key ends at once.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Protocol

from data_access.config import SecuritySettings
from data_access.keys import Key, KeyStore
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import Level, RegionTree
from services.access import EVERY_SYSTEM, Actor, may, require
from services.accounts import digest_of, printable

SCREEN, CAP = "screen", "cap"
PURPOSES = {SCREEN: N_("大屏"), CAP: N_("预警接口")}
"""What a key can be for, with its name."""

ROLES = {SCREEN: "viewer", CAP: "feed"}
"""Whom a key makes its holder."""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and letters that are not taken for each other when read out or typed."""

GROUPS, GROUP = 5, 5
"""A key is five groups of five: 125 bits."""

LOOK_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
LONGEST_NAME, LONGEST_KEY = 64, 100
LONGEST_DAYS, USUAL_DAYS = 3650, 365
A_DAY = 24 * 3600

FRESH_SECONDS = 1.0
"""For how long it is taken as true that no key has changed."""

SCENES = {
    "economy": N_("经济运行"),
    "projects": N_("重点项目"),
    "emergency": N_("应急管理"),
    "signs": N_("城市体征"),
}
"""The scenes of a wall, in the order in which they take turns."""

WARTIME = {"offer": N_("提示由人切换"), "switch": N_("自动切换")}
"""What a wall does when something serious happens."""

KEY_STATES = {
    "waiting": N_("待使用"),
    "spent": N_("使用中"),
    "expired": N_("已过期"),
    "revoked": N_("已撤销"),
}
"""What can have become of a key."""

FEWEST_SECONDS, MOST_SECONDS, USUAL_SECONDS = 10, 600, 30


@dataclass(frozen=True)
class ScreenSettings:
    """How a screen shows what it may show.

    scenes   which take turns; empty: all
    seconds  how long each stands
    wartime  ``offer`` or ``switch``
    """

    language: str = "zh"
    light: str = "dark"
    scenes: tuple[str, ...] = ()
    seconds: int = USUAL_SECONDS
    wartime: str = "offer"

    @classmethod
    def read(cls, stored: Mapping[str, object]) -> "ScreenSettings":
        """The settings as they were stored."""
        scenes = stored.get("scenes")
        seconds = stored.get("seconds")
        return cls(
            language=str(stored.get("language", cls.language)),
            light=str(stored.get("light", cls.light)),
            scenes=tuple(str(one) for one in scenes) if isinstance(scenes, list) else (),
            seconds=seconds if isinstance(seconds, int) else USUAL_SECONDS,
            wartime=str(stored.get("wartime", cls.wartime)),
        )


@dataclass(frozen=True)
class KeyWish:
    """What a new key is to be."""

    purpose: str
    name: str
    region: int
    days: int = USUAL_DAYS
    systems: tuple[str, ...] = EVERY_SYSTEM
    screen: ScreenSettings = field(default_factory=ScreenSettings)


@dataclass(frozen=True)
class NewKey:
    """A key just made, with its text: shown once, stored nowhere."""

    key: Key
    text: str


@dataclass(frozen=True)
class Screen:
    """A screen with an open session: whom it reads as, and how it shows things."""

    actor: Actor
    key: str
    settings: ScreenSettings


class Refusals(Protocol):
    """What is needed of the store of accounts: it counts what was refused, by address."""

    def locked_until(self, name: str, address: str) -> int: ...
    def note_failure(
        self, name: str, address: str, *, at: int, allowed: int, seconds: int, act: str
    ) -> int: ...


class Keys:
    """The use cases around keys."""

    def __init__(
        self,
        store: KeyStore,
        refusals: Refusals,
        tree: RegionTree,
        security: SecuritySettings,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._refusals = refusals
        self._tree = tree
        self._security = security
        self._clock = clock
        self._open: Mapping[str, Key] = {}
        self._version = -1
        self._looked = float("-inf")
        self._lock = Lock()

    def _now(self) -> int:
        return int(self._clock().timestamp())

    # ---- administration

    def new(self, actor: Actor, wish: KeyWish) -> NewKey:
        """A new key; its text is in the answer and nowhere else.

        raises  CockpitError ``forbidden``, or every reason at once why there can be no such key
        """
        require(actor, "screens")
        issues = self._issues(wish)
        if issues:
            raise CockpitError(issues)
        require(actor, "screens", self._tree, wish.region)
        text = fresh_key()
        screen = wish.screen
        key = Key(
            id=secrets.token_hex(8),
            purpose=wish.purpose,
            name=printable(wish.name).strip(),
            region=wish.region,
            systems=wish.systems,
            created_by=actor.name,
            expires_at=self._now() + wish.days * A_DAY,
            settings={
                "language": screen.language, "light": screen.light, "scenes": list(screen.scenes),
                "seconds": screen.seconds, "wartime": screen.wartime,
            } if wish.purpose == SCREEN else {},
        )  # fmt: skip
        self._store.create(key, digest_of(normal(text)), at=self._now(), actor=actor.name)
        return NewKey(key, text)

    def listing(self, actor: Actor) -> tuple[Key, ...]:
        """The keys of the actor's regions, the newest first."""
        require(actor, "screens")
        return tuple(one for one in self._store.all() if may(actor, "screens", self._tree, one.region))

    def revoke(self, actor: Actor, identity: str, reason: str = "") -> Key:
        """Take a key back; the screen that entered with it is out within a second."""
        require(actor, "screens")
        key = self._store.by_id(identity)
        if key is None or not may(actor, "screens", self._tree, key.region):
            raise CockpitError(
                Issue("unknown_key", N_("没有编号为 {key} 的密钥"), N_("请从密钥清单中选择。"), params={"key": identity[:32]})
            )  # fmt: skip
        if key.revoked_at is None:
            self._store.revoke(key, at=self._now(), actor=actor.name, reason=printable(reason)[:200])
        return key

    def state(self, key: Key) -> str:
        """One of ``KEY_STATES``; a screen's key is spent once the screen is open, a machine's is in use at once."""
        if key.revoked_at is not None:
            return "revoked"
        if key.expires_at <= self._now():
            return "expired"
        return "waiting" if key.purpose == SCREEN and key.entered_at is None else "spent"

    # ---- at the doors

    def enter(self, text: str, address: str) -> tuple[str, Key]:
        """Exchange a screen's key for the token of its cookie; the key is spent with that.

        raises  ``key_locked`` after too many wrong keys from this address; ``wrong_key`` for anything else, the
                same for a key that never was, one that is spent and one that was revoked
        """
        key = self._presented(text, SCREEN, address)
        token = secrets.token_urlsafe(32)
        if key is None or not self._store.enter(key, digest_of(token), at=self._now(), address=address):
            raise CockpitError(self._refused(SCREEN, address))
        self._looked = float("-inf")
        return token, key

    def check(self, text: str, purpose: str, address: str = "") -> Actor | None:
        """Whom a machine's key makes its holder: an actor of role ``feed`` in the key's region; None is a refusal.

        text     the key as it was presented; for ``cap`` in the header of the delivery
        address  where it comes from; wrong keys are counted by it, and after too many none is looked at for a while
        """
        key = self._presented(text, purpose, address)
        if key is None:
            self._refused(purpose, address)
            return None
        return self._actor(key)

    def screen(self, token: str) -> Screen | None:
        """The screen that this cookie belongs to, while its key is neither revoked nor expired."""
        if not token:
            return None
        key = self._sessions().get(digest_of(token))
        if key is None or key.expires_at <= self._now():
            return None
        return Screen(self._actor(key), key.id, ScreenSettings.read(key.settings))

    # ---- inside

    def _sessions(self) -> Mapping[str, Key]:
        """The open sessions; read again when a key has changed, which is looked at once a second."""
        moment = self._clock().timestamp()
        if abs(moment - self._looked) < FRESH_SECONDS:
            return self._open
        with self._lock:
            version = self._store.version()
            if version != self._version:
                self._open, self._version = self._store.open_sessions(), version
            self._looked = moment
            return self._open

    def _presented(self, text: str, purpose: str, address: str) -> Key | None:
        """The key of a text while it holds; None for any other, and for everybody while the address is locked."""
        if self._refusals.locked_until(_counted(purpose), address) > self._now():
            raise CockpitError(_locked(self._security.lockout_minutes))
        plain = normal(text[:LONGEST_KEY])
        key = self._store.by_digest(digest_of(plain)) if plain else None
        if key is None or key.purpose != purpose or key.revoked_at is not None:
            return None
        return key if key.expires_at > self._now() else None

    def _refused(self, purpose: str, address: str) -> Issue:
        """Count a refusal, which leaves an entry in the audit log; what to say."""
        locked = self._refusals.note_failure(
            _counted(purpose), address, at=self._now(), allowed=self._security.lockout_attempts,
            seconds=60 * self._security.lockout_minutes, act="key",
        )  # fmt: skip
        return _locked(self._security.lockout_minutes) if locked else WRONG_KEY

    def _actor(self, key: Key) -> Actor:
        settings = ScreenSettings.read(key.settings)
        return Actor(
            id=f"key:{key.id}", name=f"key:{key.id}", role=ROLES[key.purpose], regions=(key.region,),
            systems=key.systems, language=settings.language, display=key.name,
        )  # fmt: skip

    def _issues(self, wish: KeyWish) -> list[Issue]:
        """Everything that is wrong with a wish."""
        issues = []
        if wish.purpose not in PURPOSES:
            issues.append(
                Issue("unknown_purpose", N_("没有这种用途的密钥"), N_("用途是大屏或预警接口。"), "purpose")
            )
        if not printable(wish.name).strip() or len(wish.name) > LONGEST_NAME:
            issues.append(
                Issue(
                    "bad_key_name", N_("请写明密钥的名称"), N_("例如“三楼指挥厅大屏”，至多 64 个字。"), "name"
                )
            )
        if (
            not self._tree.has(wish.region)
            or self._tree.get(wish.region).reporting_unit
            or self._tree.get(wish.region).level <= Level.PROVINCE
        ):
            issues.append(
                Issue(
                    "unknown_region",
                    N_("没有区划 {code}"),
                    N_("用本市的区划代码。"),
                    "region",
                    params={"code": wish.region},
                )
            )
        if not 1 <= wish.days <= LONGEST_DAYS:
            issues.append(
                Issue(
                    "bad_days",
                    N_("有效天数应在 1 与 {most} 之间"),
                    N_("请改有效天数。"),
                    "days",
                    params={"most": LONGEST_DAYS},
                )
            )
        return issues + (_screen_issues(wish.screen) if wish.purpose == SCREEN else [])  # fmt: skip


def _screen_issues(screen: ScreenSettings) -> list[Issue]:
    issues = []
    unknown = [one for one in screen.scenes if one not in SCENES]
    if unknown:
        issues.append(Issue("unknown_scene", N_("没有场景 {scene}"), N_("请从清单中选择场景。"), "scenes",
                            params={"scene": ", ".join(unknown)[:100]}))  # fmt: skip
    if not FEWEST_SECONDS <= screen.seconds <= MOST_SECONDS:
        issues.append(Issue("bad_seconds", N_("轮播秒数应在 {least} 与 {most} 之间"), N_("请改轮播秒数。"), "seconds",
                            params={"least": FEWEST_SECONDS, "most": MOST_SECONDS}))  # fmt: skip
    if screen.wartime not in WARTIME or screen.light not in ("dark", "light"):
        issues.append(Issue("bad_screen", N_("大屏的设置不可用"), N_("请从清单中选择。"), "wartime"))
    return issues


WRONG_KEY = Issue(
    "wrong_key",
    N_("密钥不对，或已用过、已过期、已撤销。"),
    N_("一个密钥只能换取一块大屏的会话。请联系系统管理员新建密钥。"),
    "key",
)


def _locked(minutes: int) -> Issue:
    return Issue(
        "key_locked",
        N_("密钥错误次数过多，这个地址暂时不能再试。"),
        N_("请 {minutes} 分钟后再试。"),
        "key",
        params={"minutes": minutes},
    )


def _counted(purpose: str) -> str:
    """Under which name refusals are counted; no account can have a name with a blank."""
    return f"key {purpose}"


def fresh_key() -> str:
    """A random key in groups that can be read out and typed."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))


def normal(text: str) -> str:
    """A key as it was meant, however it was typed: no blanks, no dashes, no letters taken for digits."""
    return "".join(sign for sign in text.upper() if sign.isalnum()).translate(LOOK_ALIKE)
