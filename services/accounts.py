"""People come and go: sign-in, sessions, passwords, and who gets an account with which rights."""

import hashlib
import secrets
import unicodedata
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from data_access.accounts import Account, AccountStore, AuditEntry, Grant, Session
from data_access.config import SecuritySettings
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import Level, RegionTree
from services.access import EVERY_SYSTEM, ROLE_NAMES, SYSTEM, Actor, require

LONGEST_NAME = 64
LONGEST_PASSWORD = 256
"""A longer text is refused before it is hashed: hashing costs in proportion."""

COMMON_PASSWORDS = Path(__file__).with_name("common_passwords.txt")
SHORTEST_PART = 3
"""A name shorter than this may occur in a password by chance."""

FEWEST_SIGNS = 5
"""Different characters that a password needs at least."""

TOUCH_SECONDS = 30
"""How exactly the last activity is kept; it saves a write on most requests."""


@dataclass(frozen=True)
class Visitor:
    """Who a request comes from: the actor, and whether a new password must be set before anything else."""

    actor: Actor
    must_change: bool


@dataclass(frozen=True)
class NewAccount:
    """An account just made or reset, with its password: shown once, stored nowhere."""

    name: str
    display: str
    role: str
    password: str


@dataclass(frozen=True)
class DemoAccount:
    """A person of the demonstration."""

    name: str
    display: str
    role: str
    password: str
    department: str = ""


DEMO_ACCOUNTS = (
    DemoAccount("leader", N_("演示·市领导"), "leader", "leader-sees-the-city"),
    DemoAccount("county", N_("演示·县区负责人"), "county_head", "county-sees-its-own"),
    DemoAccount("analyst", N_("演示·分析员"), "analyst", "analyst-asks-why-so"),
    DemoAccount("editor", N_("演示·数据编辑员"), "editor", "editor-brings-figures"),
    DemoAccount("duty", N_("演示·值班员"), "duty", "duty-answers-at-night"),
    DemoAccount("unit", N_("演示·市发展改革委经办人"), "unit", "unit-answers-in-time", "ndrc"),
    DemoAccount("clerk", N_("演示·市财政局填报员"), "clerk", "clerk-fills-in-on-time", "finance"),
    DemoAccount("reviewer", N_("演示·定义审核员"), "reviewer", "reviewer-reads-each-line"),
    DemoAccount("publisher", N_("演示·定义发布员"), "publisher", "publisher-sets-the-day"),
    DemoAccount("expert", N_("演示·评审专家"), "expert", "expert-weighs-each-one"),
)
"""Known to everybody, hence only while ``demo`` is true: else they are absent and refused."""

DEMO_COUNTY = 440981000000
"""高州市 in the pack that ships; another pack shows its first county."""

# What an unknown name is checked against, so that it takes as long as a known one.
_NOBODY = "nobody at all"


class Accounts:
    """The use cases around people; every decision about them is taken here."""

    def __init__(
        self,
        store: AccountStore,
        tree: RegionTree,
        root: int,
        security: SecuritySettings,
        clock: Callable[[], datetime],
        *,
        demo: bool,
        departments: Collection[str] = (),
        hasher: PasswordHasher | None = None,
    ) -> None:
        self._store = store
        self._tree = tree
        self._root = root
        self._security = security
        self._clock = clock
        self._demo = demo
        self._departments = departments
        self._hasher = hasher or PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

    def _now(self) -> int:
        return int(self._clock().timestamp())

    # ---- the first start, and the demonstration

    def first_start(self) -> NewAccount | None:
        """Make the administrator when nobody but demo accounts exists; the password is random and shown once."""
        if any(not account.demo for account in self._store.all()):
            return None
        return self.create(SYSTEM, "admin", N_("管理员"), "admin", (self._root,))

    def settle_demo(self) -> tuple[DemoAccount, ...]:
        """Bring the demo accounts in line with the setting; returns those that now exist."""
        present = {account.name: account for account in self._store.all() if account.demo}
        if not self._demo:
            for account in present.values():
                self._store.remove(account, at=self._now(), actor=SYSTEM.id)
            return ()
        for demo in DEMO_ACCOUNTS:
            if demo.name not in present and self._store.account(demo.name) is None:
                region = self._demo_county() if demo.role == "county_head" else self._root
                account = self._account(demo.name, demo.display, demo.role, (Grant(region),), demo=True,
                                        department=demo.department)  # fmt: skip
                self._store.create(account, self._hasher.hash(demo.password), at=self._now(), actor=SYSTEM.id)
        return DEMO_ACCOUNTS

    def _demo_county(self) -> int:
        counties = self._tree.children(self._root, territories_only=True)
        return DEMO_COUNTY if DEMO_COUNTY in counties or not counties else counties[0]

    # ---- sign-in and sessions

    def sign_in(self, name: str, password: str, address: str) -> str:
        """Open a session; returns the token for the cookie.

        raises  ``locked`` after too many wrong passwords from this address; ``wrong_credentials`` for anything
                else, the same for a name that does not exist, so that names cannot be found out
        """
        name, now = fold(name), self._now()
        locked = self._store.locked_until(name, address)
        if locked > now:
            raise CockpitError(_locked(locked - now))
        account = self._store.account(name) if name else None
        stored = self._store.password_hash(account.id) if account else self._decoy()
        fits = len(password) <= LONGEST_PASSWORD and self._fits(stored, password)
        if account is None or not fits or account.disabled or (account.demo and not self._demo):
            locked = self._store.note_failure(
                name, address, at=now,
                allowed=self._security.lockout_attempts, seconds=60 * self._security.lockout_minutes,
            )  # fmt: skip
            raise CockpitError(_locked(locked - now) if locked else WRONG_CREDENTIALS)
        if self._hasher.check_needs_rehash(stored):
            self._store.rehash(account, self._hasher.hash(normal(password)))
        token = secrets.token_urlsafe(32)
        expired = now - 60 * self._security.session_absolute_minutes
        self._store.open_session(account, digest_of(token), at=now, address=address, expired=expired)
        return token

    def visitor(self, token: str, *, active: bool = True) -> Visitor | None:
        """Who this token belongs to now; None when the session has ended.

        active  whether a person did something; automatic polling asks with False and extends nothing
        """
        session = self._store.session(digest_of(token)) if token else None
        if session is None:
            return None
        now = self._now()
        if self._over(session, now) or session.account.disabled or (session.account.demo and not self._demo):
            self._store.close_session(digest_of(token), at=now, actor=session.account.name, act="session.end")
            return None
        if active and now - session.seen_at >= TOUCH_SECONDS:
            self._store.touch(digest_of(token), now)
        return Visitor(actor_of(session.account, now), session.account.must_change)

    def _over(self, session: Session, now: int) -> bool:
        return (
            now - session.seen_at >= 60 * self._security.session_idle_minutes
            or now - session.opened_at >= 60 * self._security.session_absolute_minutes
        )

    def expire(self) -> int:
        """Forget sessions that are over, which nobody came back to; how many."""
        now = self._now()
        return self._store.forget_sessions(
            opened=now - 60 * self._security.session_absolute_minutes,
            seen=now - 60 * self._security.session_idle_minutes,
            at=now,
            actor=SYSTEM.name,
        )

    def sign_out(self, token: str, actor: Actor) -> None:
        """End the session of this token."""
        self._store.close_session(digest_of(token), at=self._now(), actor=actor.name)

    def change_password(self, actor: Actor, old: str, new: str, address: str) -> None:
        """Set one's own new password; every session of the account ends, this one too.

        raises  ``locked`` or ``wrong_password``; or every reason at once why the new one is not good enough
        """
        account = self._known(actor.name)
        now = self._now()
        locked = self._store.locked_until(account.name, address)
        if locked > now:
            raise CockpitError(_locked(locked - now))
        if len(old) > LONGEST_PASSWORD or not self._fits(self._store.password_hash(account.id), old):
            self._store.note_failure(
                account.name, address, at=now,
                allowed=self._security.lockout_attempts, seconds=60 * self._security.lockout_minutes,
            )  # fmt: skip
            raise CockpitError(
                Issue(
                    "wrong_password",
                    N_("现在的密码不对。"),
                    N_("请重新输入；忘记时请联系管理员重设。"),
                    "old",
                )
            )
        issues = self.password_issues(new, account)
        if normal(old) == normal(new):
            issues.append(Issue("same_password", N_("新密码与现在的相同。"), N_("请换一个。"), "new"))
        if issues:
            raise CockpitError(issues)
        hashed = self._hasher.hash(normal(new))
        self._store.set_password(account, hashed, must_change=False, at=now, actor=account.name)

    def password_issues(self, password: str, account: Account) -> list[Issue]:
        """Every reason why a password is not good enough; none when it is."""
        plain = normal(password)
        folded = plain.casefold()
        least = self._security.password_min_length
        issues = []
        if len(plain) < least:
            issues.append(
                Issue("password_short", N_("密码太短：{length} 个字符。"), N_("至少 {least} 个字符；几个词连起来最好记。"),
                      "new", params={"length": len(plain), "least": least})
            )  # fmt: skip
        if len(plain) > LONGEST_PASSWORD:
            issues.append(
                Issue("password_long", N_("密码太长。"), N_("至多 {most} 个字符。"), "new",
                      params={"most": LONGEST_PASSWORD})
            )  # fmt: skip
        names = (account.name.casefold(), account.display.casefold())
        if any(len(name) >= SHORTEST_PART and name in folded for name in names):
            issues.append(Issue("password_name", N_("密码里有您的名字。"), N_("请去掉名字。"), "new"))
        if folded in common_passwords() or len(set(folded)) < FEWEST_SIGNS:
            issues.append(
                Issue(
                    "password_common", N_("这个密码很常见，容易被猜中。"), N_("换一个别人想不到的。"), "new"
                )
            )
        return issues

    # ---- administration

    def create(
        self,
        actor: Actor,
        name: str,
        display: str,
        role: str,
        regions: Iterable[int],
        language: str = "zh",
        department: str = "",
    ) -> NewAccount:
        """A new account with a random password that must be changed at the first sign-in."""
        require(actor, "accounts")
        wanted = tuple(dict.fromkeys(regions))
        self._check(name, role, wanted, department)
        password = fresh_password()
        account = self._account(
            name,
            display or name,
            role,
            tuple(Grant(region) for region in wanted),
            must_change=True,
            language=language,
            department=department,
        )
        self._store.create(account, self._hasher.hash(password), at=self._now(), actor=actor.name)
        return NewAccount(account.name, account.display, role, password)

    def reset_password(self, actor: Actor, name: str) -> NewAccount:
        """Give an account a new random password; its sessions end, and it must be changed at sign-in."""
        require(actor, "accounts")
        account = self._known(name)
        password = fresh_password()
        hashed = self._hasher.hash(password)
        self._store.set_password(account, hashed, must_change=True, at=self._now(), actor=actor.name)
        return NewAccount(account.name, account.display, account.role, password)

    def disable(self, actor: Actor, name: str) -> None:
        """Close an account; whoever is signed in with it is out at once."""
        require(actor, "accounts")
        self._store.set_disabled(self._known(name), True, at=self._now(), actor=actor.name)

    def enable(self, actor: Actor, name: str) -> None:
        """Open a closed account again."""
        require(actor, "accounts")
        self._store.set_disabled(self._known(name), False, at=self._now(), actor=actor.name)

    def set_role(self, actor: Actor, name: str, role: str) -> None:
        """Give an account another role; whoever is signed in with it signs in again."""
        require(actor, "grants")
        self._check(name, role, ())
        self._store.set_role(self._known(name), role, at=self._now(), actor=actor.name)

    def set_department(self, actor: Actor, name: str, department: str) -> None:
        """Say of which department somebody is, or of none; whoever is signed in with it signs in again."""
        require(actor, "accounts")
        account = self._known(name)
        self._check(account.name, account.role, (), department)
        self._store.set_department(account, department, at=self._now(), actor=actor.name)

    def grant(
        self,
        actor: Actor,
        name: str,
        region: int,
        systems: tuple[str, ...] = EVERY_SYSTEM,
        until: datetime | None = None,
    ) -> None:
        """Give a right to a region, from the next request on, until the day it ends if one is named."""
        require(actor, "grants")
        account = self._known(name)
        self._check(name, account.role, (region,))
        end = int(until.timestamp()) if until else None
        self._store.grant(account, Grant(region, systems, end), at=self._now(), actor=actor.name)

    def revoke(self, actor: Actor, name: str, region: int) -> None:
        """Take a right away, from the next request on."""
        require(actor, "grants")
        self._store.revoke(self._known(name), region, at=self._now(), actor=actor.name)

    def listing(self, actor: Actor) -> tuple[Account, ...]:
        """Every account with its rights."""
        require(actor, "accounts")
        return self._store.all()

    def audit_log(self, actor: Actor, limit: int = 200, before: int | None = None) -> tuple[AuditEntry, ...]:
        """The newest entries of the audit log; there is no way to change one."""
        require(actor, "audit")
        return self._store.log(limit, before)

    def note_refusal(self, actor: Actor, act: str, subject: str = "") -> None:
        """Write down that somebody tried what they may not do."""
        self._store.note(
            at=self._now(), actor=actor.name, act="refused", subject=subject, detail={"act": act}
        )

    def form_key(self) -> str:
        """The key that protects forms against foreign pages: the setting, or one made at the first start."""
        return self._security.secret_key.get_secret_value() or self._store.secret(
            "forms", secrets.token_urlsafe(48)
        )

    # ---- inside

    def _account(
        self,
        name: str,
        display: str,
        role: str,
        grants: tuple[Grant, ...],
        *,
        must_change: bool = False,
        demo: bool = False,
        language: str = "zh",
        department: str = "",
    ) -> Account:
        return Account(
            id=secrets.token_hex(8),
            name=fold(name),
            display=printable(normal(display))[:LONGEST_NAME],
            role=role,
            language=language,
            must_change=must_change,
            demo=demo,
            grants=grants,
            department=department,
        )

    def _check(self, name: str, role: str, regions: tuple[int, ...], department: str = "") -> None:
        """Refuse a name, role, regions or department that no account can have; all that is wrong is told at once."""
        issues = []
        folded = fold(name)
        if (
            not folded
            or len(folded) > LONGEST_NAME
            or not name.isprintable()
            or any(map(str.isspace, folded))
        ):
            issues.append(
                Issue("bad_account_name", N_("账号名不可用：{name}"), N_("用 1 至 64 个字符，不含空白。"),
                      params={"name": name[:LONGEST_NAME]})
            )  # fmt: skip
        if role not in ROLE_NAMES:
            issues.append(
                Issue("unknown_role", N_("没有角色 {role}"), N_("可用的角色：{roles}"),
                      params={"role": role, "roles": ", ".join(ROLE_NAMES)})
            )  # fmt: skip
        if department and department not in self._departments:
            issues.append(
                Issue("unknown_department", N_("没有部门 {department}"), N_("可用的部门：{departments}"),
                      params={"department": department, "departments": ", ".join(sorted(self._departments))})
            )  # fmt: skip
        for region in regions:
            if not self._tree.has(region):
                issues.append(
                    Issue(
                        "unknown_region",
                        N_("没有区划 {code}"),
                        N_("用本市的区划代码。"),
                        params={"code": region},
                    )
                )
            elif not self._tree.valid(region):
                issues.append(
                    Issue(
                        "region_ended",
                        N_("{name} 现在不是在用的区划"),
                        N_("授权给承接它的区划。"),
                        params={"name": self._tree.name(region)},
                    )
                )
            elif self._tree.get(region).reporting_unit or self._tree.get(region).level <= Level.PROVINCE:
                issues.append(
                    Issue("not_grantable", N_("{name} 不能作为授权范围"), N_("授权给市、县区或镇街。"),
                          params={"name": self._tree.name(region)})
                )  # fmt: skip
        if issues:
            raise CockpitError(issues)

    def _known(self, name: str) -> Account:
        account = self._store.account(fold(name))
        if account is None:
            raise CockpitError(
                Issue("unknown_account", N_("没有名为 {name} 的账号"), N_("用 chengmai account list 查看。"),
                      params={"name": name})
            )  # fmt: skip
        return account

    def _fits(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, normal(password))
        except VerificationError:
            return False

    @cache  # noqa: B019  one for each Accounts, of which there is one
    def _decoy(self) -> str:
        return self._hasher.hash(_NOBODY)


WRONG_CREDENTIALS = Issue(
    "wrong_credentials", N_("账号或密码不对。"), N_("请重新输入；忘记密码请联系系统管理员重设。")
)


def _locked(seconds: int) -> Issue:
    return Issue(
        "locked",
        N_("输错次数过多，此账号从这个地址登录暂时锁定。"),
        N_("请 {minutes} 分钟后再试；不是您本人操作时请告知安全管理员。"),
        params={"minutes": -(-seconds // 60)},
    )


def actor_of(account: Account, now: int) -> Actor:
    """The actor that an account is at this moment: grants that have ended are gone."""
    live = [grant for grant in account.grants if grant.until is None or grant.until > now]
    systems = {system for grant in live for system in grant.systems}
    return Actor(
        id=account.id,
        name=account.name,
        role=account.role,
        regions=tuple(grant.region for grant in live),
        systems=EVERY_SYSTEM if "*" in systems else tuple(sorted(systems)),
        language=account.language,
        display=account.display,
        department=account.department,
    )


def fold(name: str) -> str:
    """A sign-in name as it is stored: one form, one case, no surrounding blanks."""
    return printable(unicodedata.normalize("NFKC", name)).casefold().strip()[: LONGEST_NAME + 1]


def printable(text: str) -> str:
    """The text without what no screen shows and no database keeps: control characters, lone surrogates."""
    return "".join(sign for sign in text if sign.isprintable())


def normal(text: str) -> str:
    """One form for the several ways in which a keyboard can send the same characters."""
    return unicodedata.normalize("NFC", text)


def digest_of(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def fresh_password() -> str:
    """A random password of some 95 bits, in groups that can be read out."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(4))


@cache
def common_passwords() -> frozenset[str]:
    """Passwords that are tried first by whoever guesses."""
    return frozenset(COMMON_PASSWORDS.read_text(encoding="utf-8").split())
