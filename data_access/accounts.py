"""People, roles, region grants and sessions; and the audit log, which is written with the act or not at all.

Instants are epoch seconds and come in as arguments. Passwords arrive hashed, session tokens as digests: what is
stored here opens no door. Reading a session reads the account and its grants as they are now, so a change of
rights holds from the next request on.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Integer,
    Row,
    String,
    Table,
    Text,
    bindparam,
    delete,
    event,
    func,
    insert,
    select,
    update,
)

from data_access.engine import question, transaction
from data_access.schema import metadata
from indicators.errors import N_, CockpitError, Issue

accounts = Table(
    "accounts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(64), nullable=False, unique=True, comment="what is typed at sign-in, case folded"),
    Column("display", String(64), nullable=False),
    Column("role", String(32), nullable=False),
    Column("language", String(8), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("demo", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("department", String(32), comment="of the catalogue; none: of no department"),
)

grants = Table(
    "grants",
    metadata,
    Column("account", ForeignKey("accounts.id"), primary_key=True),
    Column("region", BigInteger, primary_key=True, autoincrement=False),
    Column("systems", String(200), nullable=False, comment="codes separated by spaces, or *"),
    Column("until", BigInteger, comment="the right ends at this moment; none: it does not end by itself"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True, comment="SHA-256 of the token in the cookie"),
    Column("account", ForeignKey("accounts.id"), nullable=False, index=True),
    Column("opened_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False, comment="the last thing a person did, polling not counted"),
    Column("address", String(64), nullable=False),
)

failures = Table(
    "failures",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("address", String(64), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("locked_until", BigInteger, nullable=False),
    comment="wrong passwords in a row, by account and address: a stranger cannot lock out the owner",
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", String(128), nullable=False),
    comment="keys that all web processes share; they protect forms, they open no account",
)

audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("act", String(40), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("detail", Text, nullable=False),
    Column("digest", String(64), nullable=False, comment="SHA-256 over the digest before and this entry"),
    comment="append-only: triggers refuse every change",
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    comment="one row: where the chain ends; updating it lets one writer append at a time",
)

GENESIS = "0" * 64
"""What stands before the first entry of the chain."""

APPEND_ONLY: dict[str, tuple[str, ...]] = {
    "sqlite": tuple(
        f"CREATE TRIGGER audit_no_{act.lower()} BEFORE {act} ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
        for act in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$",
        "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()",
    ),
}
"""Statements that make the log append-only, by dialect; also run by the migration that creates the table."""

for _dialect, _statements in APPEND_ONLY.items():
    for _statement in _statements:
        event.listen(audit, "after_create", DDL(_statement).execute_if(dialect=_dialect))  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Grant:
    """A right to a region and what lies in it."""

    region: int
    systems: tuple[str, ...] = ("*",)
    until: int | None = None


@dataclass(frozen=True)
class Account:
    """A person as the cockpit knows them."""

    id: str
    name: str
    display: str
    role: str
    language: str = "zh"
    must_change: bool = False
    disabled: bool = False
    demo: bool = False
    created_at: int = 0
    grants: tuple[Grant, ...] = ()
    department: str = ""


@dataclass(frozen=True)
class Session:
    """An open session, with its account as it is at this moment."""

    account: Account
    opened_at: int
    seen_at: int


@dataclass(frozen=True)
class AuditEntry:
    """One line of the audit log."""

    number: int
    at: int
    actor: str
    act: str
    subject: str
    detail: str
    digest: str


def record(
    connection: Connection,
    *,
    at: int,
    actor: str,
    act: str,
    subject: str = "",
    detail: Mapping[str, object] | None = None,
) -> None:
    """Append to the audit log, in the transaction of the act itself."""
    text = json.dumps(detail or {}, ensure_ascii=False, sort_keys=True, default=str)
    moved = connection.execute(update(audit_head).values(number=audit_head.c.number + 1))
    if moved.rowcount == 0:
        connection.execute(insert(audit_head).values(id=1, number=1, digest=GENESIS))
    number, before = connection.execute(select(audit_head.c.number, audit_head.c.digest)).one()
    digest = _link(before, number, at, actor[:64], act, subject[:200], text)
    connection.execute(
        insert(audit).values(
            number=number, at=at, actor=actor[:64], act=act, subject=subject[:200], detail=text, digest=digest
        )
    )
    connection.execute(update(audit_head).values(digest=digest))


def _link(before: str, number: int, at: int, actor: str, act: str, subject: str, detail: str) -> str:
    entry = json.dumps([before, number, at, actor, act, subject, detail], ensure_ascii=False)
    return hashlib.sha256(entry.encode("utf-8", "surrogatepass")).hexdigest()


class AccountStore:
    """Reads and writes accounts, sessions and the audit log; every writing method leaves an entry."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        asked = (
            select(accounts, grants.c.region, grants.c.systems, grants.c.until)
            .add_columns(sessions.c.opened_at, sessions.c.seen_at)
            .join_from(sessions, accounts, sessions.c.account == accounts.c.id)
            .join(grants, grants.c.account == accounts.c.id, isouter=True)
            .where(sessions.c.digest == bindparam("digest"))
        )
        self._session = question(engine, asked)  # every request of every open page asks it
        self._columns = tuple(column.name for column in asked.selected_columns)

    # ---- accounts

    def create(self, account: Account, password_hash: str, *, at: int, actor: str) -> None:
        """Store a new account with its grants; a name that is taken is refused."""
        with transaction(self._engine) as connection:
            taken = connection.execute(select(accounts.c.id).where(accounts.c.name == account.name)).first()
            if taken:
                raise CockpitError(
                    Issue(
                        "account_exists",
                        N_("已有名为 {name} 的账号"),
                        N_("换一个账号名。"),
                        params={"name": account.name},
                    )
                )
            connection.execute(
                insert(accounts).values(
                    id=account.id,
                    name=account.name,
                    display=account.display,
                    role=account.role,
                    language=account.language,
                    password_hash=password_hash,
                    must_change=account.must_change,
                    disabled=account.disabled,
                    demo=account.demo,
                    created_at=at,
                    department=account.department or None,
                )
            )
            for grant in account.grants:
                _put_grant(connection, account.id, grant)
            detail = {"role": account.role, "regions": [grant.region for grant in account.grants]}
            record(connection, at=at, actor=actor, act="account.create", subject=account.name, detail=detail)

    def account(self, name: str) -> Account | None:
        """The account of that sign-in name, disabled or not."""
        return next(iter(self._accounts(accounts.c.name == name)), None)

    def all(self) -> tuple[Account, ...]:
        """Every account, by name."""
        return tuple(self._accounts())

    def password_hash(self, identity: str) -> str:
        """The stored hash of an account's password."""
        with self._engine.connect() as connection:
            stored = connection.execute(
                select(accounts.c.password_hash).where(accounts.c.id == identity)
            ).scalar_one()
            return str(stored)

    def set_password(
        self, account: Account, password_hash: str, *, must_change: bool, at: int, actor: str
    ) -> None:
        """Replace a password; every open session of the account ends."""
        with transaction(self._engine) as connection:
            _change(connection, account.id, password_hash=password_hash, must_change=must_change)
            record(connection, at=at, actor=actor, act="account.password", subject=account.name)

    def rehash(self, account: Account, password_hash: str) -> None:
        """Keep the same password under a newer hash: nothing a person did, so nothing in the log."""
        with transaction(self._engine) as connection:
            connection.execute(
                update(accounts).where(accounts.c.id == account.id).values(password_hash=password_hash)
            )

    def set_disabled(self, account: Account, disabled: bool, *, at: int, actor: str) -> None:
        """Close or open an account; its sessions end at once."""
        with transaction(self._engine) as connection:
            _change(connection, account.id, disabled=disabled)
            act = "account.disable" if disabled else "account.enable"
            record(connection, at=at, actor=actor, act=act, subject=account.name)

    def set_role(self, account: Account, role: str, *, at: int, actor: str) -> None:
        """Give an account another role; its sessions end at once."""
        with transaction(self._engine) as connection:
            _change(connection, account.id, role=role)
            detail = {"from": account.role, "to": role}
            record(connection, at=at, actor=actor, act="account.role", subject=account.name, detail=detail)

    def set_department(self, account: Account, department: str, *, at: int, actor: str) -> None:
        """Say of which department somebody is; their sessions end at once."""
        with transaction(self._engine) as connection:
            _change(connection, account.id, department=department or None)
            detail = {"from": account.department, "to": department}
            record(
                connection, at=at, actor=actor, act="account.department", subject=account.name, detail=detail
            )

    def grant(self, account: Account, grant: Grant, *, at: int, actor: str) -> None:
        """Give a right, or change it; it holds from the next request on."""
        with transaction(self._engine) as connection:
            _put_grant(connection, account.id, grant)
            detail = {"region": grant.region, "systems": list(grant.systems), "until": grant.until}
            record(connection, at=at, actor=actor, act="account.grant", subject=account.name, detail=detail)

    def revoke(self, account: Account, region: int, *, at: int, actor: str) -> None:
        """Take a right away; it is gone from the next request on."""
        with transaction(self._engine) as connection:
            connection.execute(
                delete(grants).where(grants.c.account == account.id, grants.c.region == region)
            )
            detail = {"region": region}
            record(connection, at=at, actor=actor, act="account.revoke", subject=account.name, detail=detail)

    def remove(self, account: Account, *, at: int, actor: str) -> None:
        """Remove an account that was only a demonstration; its entries in the log stay."""
        with transaction(self._engine) as connection:
            for table in (sessions, grants):
                connection.execute(delete(table).where(table.c.account == account.id))
            connection.execute(delete(accounts).where(accounts.c.id == account.id))
            record(connection, at=at, actor=actor, act="account.remove", subject=account.name)

    # ---- sessions

    def open_session(self, account: Account, digest: str, *, at: int, address: str, expired: int) -> None:
        """Begin a session; wrong passwords before it are forgotten, and so are sessions opened before ``expired``."""
        with transaction(self._engine) as connection:
            connection.execute(delete(sessions).where(sessions.c.opened_at < expired))
            connection.execute(
                delete(failures).where(failures.c.name == account.name, failures.c.address == address)
            )
            connection.execute(
                insert(sessions).values(
                    digest=digest, account=account.id, opened_at=at, seen_at=at, address=address
                )
            )
            record(
                connection,
                at=at,
                actor=account.name,
                act="sign_in",
                subject=account.name,
                detail={"address": address},
            )

    def forget_sessions(self, *, opened: int, seen: int, at: int, actor: str) -> int:
        """End the sessions opened, or last seen, no later than these moments; how many."""
        with transaction(self._engine) as connection:
            over = (sessions.c.opened_at <= opened) | (sessions.c.seen_at <= seen)
            count = connection.execute(delete(sessions).where(over)).rowcount
            if count:
                record(connection, at=at, actor=actor, act="session.expire", detail={"count": count})
        return count

    def session(self, digest: str) -> Session | None:
        """The open session of that token, with the account and its grants as they are now."""
        found = self._session.rows(self._engine, digest=digest)
        rows = [SimpleNamespace(**dict(zip(self._columns, row, strict=True))) for row in found]
        if not rows:
            return None
        return Session(account_of(rows), rows[0].opened_at, rows[0].seen_at)

    def touch(self, digest: str, at: int) -> None:
        """Note that a person did something."""
        with transaction(self._engine) as connection:
            connection.execute(update(sessions).where(sessions.c.digest == digest).values(seen_at=at))

    def close_session(self, digest: str, *, at: int, actor: str, act: str = "sign_out") -> None:
        """End a session."""
        with transaction(self._engine) as connection:
            if connection.execute(delete(sessions).where(sessions.c.digest == digest)).rowcount:
                record(connection, at=at, actor=actor, act=act, subject=actor)

    # ---- wrong passwords

    def locked_until(self, name: str, address: str) -> int:
        """The moment until which this name is locked for this address; 0 when it is not."""
        wanted = select(failures.c.locked_until).where(failures.c.name == name, failures.c.address == address)
        with self._engine.connect() as connection:
            return connection.execute(wanted).scalar_one_or_none() or 0

    def note_failure(
        self, name: str, address: str, *, at: int, allowed: int, seconds: int, act: str = "sign_in"
    ) -> int:
        """Count a wrong password or key; returns until when the name is now locked for the address, or 0.

        The count begins anew when the last failure lies further back than a lock lasts.
        """
        key = (failures.c.name == name) & (failures.c.address == address)
        with transaction(self._engine) as connection:
            connection.execute(
                delete(failures).where(failures.c.last_at < at - seconds, failures.c.locked_until <= at)
            )
            moved = connection.execute(
                update(failures).where(key).values(count=failures.c.count + 1, last_at=at)
            ).rowcount
            if not moved:
                connection.execute(
                    insert(failures).values(name=name, address=address, count=1, last_at=at, locked_until=0)
                )
            count = connection.execute(select(failures.c.count).where(key)).scalar_one()
            detail = {"address": address, "in_a_row": count}
            record(connection, at=at, actor=name, act=f"{act}.refused", subject=name, detail=detail)
            if count < allowed:
                return 0
            connection.execute(update(failures).where(key).values(count=0, locked_until=at + seconds))
            record(
                connection, at=at, actor=name, act=f"{act}.locked", subject=name,
                detail={"address": address, "until": at + seconds},
            )  # fmt: skip
            return at + seconds

    # ---- the audit log

    def note(
        self, *, at: int, actor: str, act: str, subject: str = "", detail: Mapping[str, object] | None = None
    ) -> None:
        """An entry about something that changed nothing, such as an act that was refused."""
        with transaction(self._engine) as connection:
            record(connection, at=at, actor=actor, act=act, subject=subject, detail=detail)

    def log(self, limit: int = 200, before: int | None = None) -> tuple[AuditEntry, ...]:
        """The newest entries, newest first; ``before`` an entry's number continues further back."""
        wanted = select(audit).order_by(audit.c.number.desc()).limit(limit)
        if before is not None:
            wanted = wanted.where(audit.c.number < before)
        with self._engine.connect() as connection:
            return tuple(AuditEntry(*row) for row in connection.execute(wanted))

    def broken_link(self) -> int | None:
        """The number of the first entry that does not fit the one before, or is missing at the end; None when whole."""
        with self._engine.connect() as connection:
            before, last = GENESIS, 0
            for row in connection.execute(select(audit).order_by(audit.c.number)):
                entry = AuditEntry(*row)
                expected = _link(
                    before, entry.number, entry.at, entry.actor, entry.act, entry.subject, entry.detail
                )
                if entry.number != last + 1 or entry.digest != expected:
                    return last + 1
                before, last = entry.digest, entry.number
            head = connection.execute(select(func.max(audit_head.c.number))).scalar_one_or_none() or 0
        return None if head == last else last + 1

    # ---- keys

    def secret(self, name: str, fresh: str) -> str:
        """A key that all processes share; ``fresh`` becomes it when there is none yet."""
        wanted = select(secrets.c.value).where(secrets.c.name == name)
        with transaction(self._engine) as connection:
            known = connection.execute(wanted).scalar_one_or_none()
            if known is None:
                connection.execute(insert(secrets).values(name=name, value=fresh))
            return known or fresh

    def _accounts(self, *conditions: object) -> Iterator[Account]:
        wanted = (
            select(accounts, grants.c.region, grants.c.systems, grants.c.until)
            .join(grants, grants.c.account == accounts.c.id, isouter=True)
            .where(*conditions)  # type: ignore[arg-type]
            .order_by(accounts.c.name, grants.c.region)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(wanted).all()
        by_name: dict[str, list[Row[tuple[object, ...]]]] = {}
        for row in rows:
            by_name.setdefault(row.name, []).append(row)
        for same in by_name.values():
            yield account_of(same)


def _change(connection: Connection, identity: str, **values: object) -> None:
    """Change an account and end its sessions, since they were opened under the old terms."""
    connection.execute(update(accounts).where(accounts.c.id == identity).values(**values))
    connection.execute(delete(sessions).where(sessions.c.account == identity))


def _put_grant(connection: Connection, identity: str, grant: Grant) -> None:
    connection.execute(delete(grants).where(grants.c.account == identity, grants.c.region == grant.region))
    connection.execute(
        insert(grants).values(
            account=identity, region=grant.region, systems=" ".join(grant.systems), until=grant.until
        )
    )


def account_of(rows: Sequence[Any]) -> Account:
    """One account from its rows, one row a grant."""
    first = rows[0]
    return Account(
        id=first.id,
        name=first.name,
        display=first.display,
        role=first.role,
        language=first.language,
        must_change=bool(first.must_change),
        disabled=bool(first.disabled),
        demo=bool(first.demo),
        created_at=first.created_at,
        department=first.department or "",
        grants=tuple(
            Grant(row.region, tuple(row.systems.split()), row.until) for row in rows if row.region is not None
        ),
    )
