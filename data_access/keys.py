"""Keys of screens and machines: what each may open, who made it, and whether it still opens anything.

Only digests are stored: neither a key nor the cookie that a screen got for one can be read from here. A key is
never deleted; it is spent, expires or is revoked. A counter rises with every change, so that a process that keeps
the open sessions in memory learns cheaply that they are others now.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    Row,
    String,
    Table,
    Text,
    bindparam,
    insert,
    select,
    update,
)

from data_access.accounts import record
from data_access.engine import question, raise_counter, transaction
from data_access.schema import metadata, versions

COUNTER = "keys"
"""The name of the counter that rises with every change of a key."""

access_keys = Table(
    "access_keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("purpose", String(16), nullable=False, comment="screen: shows a wall; cap: delivers warnings"),
    Column("name", String(64), nullable=False),
    Column("region", BigInteger, nullable=False),
    Column("systems", String(200), nullable=False, comment="codes separated by spaces, or *"),
    Column(
        "settings", Text, nullable=False, comment="JSON: language, light, scenes and their seconds, wartime"
    ),
    Column("digest", String(64), nullable=False, unique=True, comment="SHA-256 of the key"),
    Column("created_by", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column(
        "entered_at", BigInteger, comment="when a screen exchanged it for a cookie; it opens nothing twice"
    ),
    Column("session", String(64), unique=True, comment="SHA-256 of that cookie"),
)


@dataclass(frozen=True)
class Key:
    """A key as it is kept; its text is known only to whoever was given it."""

    id: str
    purpose: str
    name: str
    region: int
    systems: tuple[str, ...]
    created_by: str
    expires_at: int
    settings: Mapping[str, object] = field(default_factory=dict)
    created_at: int = 0
    revoked_at: int | None = None
    entered_at: int | None = None
    session: str | None = None


class KeyStore:
    """Reads and writes keys; every change leaves an entry in the audit log."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        counted = select(versions.c.value).where(versions.c.name == bindparam("name"))
        self._version = question(engine, counted)

    def version(self) -> int:
        """A counter that rises whenever a key is made, entered or revoked."""
        rows = self._version.rows(self._engine, name=COUNTER)
        return int(rows[0][0]) if rows else 0

    def create(self, key: Key, digest: str, *, at: int, actor: str) -> None:
        """Store a new key."""
        values = {
            "id": key.id, "purpose": key.purpose, "name": key.name, "region": key.region,
            "systems": " ".join(key.systems), "settings": json.dumps(dict(key.settings), ensure_ascii=False),
            "digest": digest, "created_by": key.created_by, "created_at": at, "expires_at": key.expires_at,
        }  # fmt: skip
        detail = {"purpose": key.purpose, "name": key.name, "region": key.region, "until": key.expires_at}
        with transaction(self._engine) as connection:
            connection.execute(insert(access_keys).values(values))
            raise_counter(connection, versions, COUNTER)
            record(connection, at=at, actor=actor, act="key.create", subject=key.id, detail=detail)

    def by_digest(self, digest: str) -> Key | None:
        """The key of that text, whatever has become of it."""
        return self._one(select(access_keys).where(access_keys.c.digest == digest))

    def by_id(self, identity: str) -> Key | None:
        """The key of that number."""
        return self._one(select(access_keys).where(access_keys.c.id == identity))

    def all(self) -> tuple[Key, ...]:
        """Every key there ever was, the newest first."""
        wanted = select(access_keys).order_by(access_keys.c.created_at.desc(), access_keys.c.id)
        with self._engine.connect() as connection:
            return tuple(_key(row) for row in connection.execute(wanted))

    def open_sessions(self) -> dict[str, Key]:
        """The keys that a screen has entered with and that are not revoked, by the digest of its cookie."""
        wanted = select(access_keys).where(
            access_keys.c.session.is_not(None), access_keys.c.revoked_at.is_(None)
        )
        with self._engine.connect() as connection:
            return {str(row.session): _key(row) for row in connection.execute(wanted)}

    def enter(self, key: Key, session: str, *, at: int, address: str) -> bool:
        """Exchange a key for a session; False when somebody else was faster, and nothing is changed then."""
        free = (
            (access_keys.c.id == key.id)
            & access_keys.c.entered_at.is_(None)
            & access_keys.c.revoked_at.is_(None)
        )
        with transaction(self._engine) as connection:
            spent = update(access_keys).where(free).values(entered_at=at, session=session)
            if not connection.execute(spent).rowcount:
                return False
            raise_counter(connection, versions, COUNTER)
            record(
                connection, at=at, actor=f"key:{key.id}", act="key.enter", subject=key.id,
                detail={"name": key.name, "address": address},
            )  # fmt: skip
            return True

    def revoke(self, key: Key, *, at: int, actor: str, reason: str) -> None:
        """Take a key back, and the session that was opened with it."""
        with transaction(self._engine) as connection:
            connection.execute(update(access_keys).where(access_keys.c.id == key.id).values(revoked_at=at))
            raise_counter(connection, versions, COUNTER)
            detail = {"name": key.name, "reason": reason}
            record(connection, at=at, actor=actor, act="key.revoke", subject=key.id, detail=detail)

    def _one(self, wanted: object) -> Key | None:
        with self._engine.connect() as connection:
            row = connection.execute(wanted).first()  # type: ignore[call-overload]
        return _key(row) if row is not None else None


def _key(row: Row[tuple[object, ...]]) -> Key:
    return Key(
        id=row.id,
        purpose=row.purpose,
        name=row.name,
        region=row.region,
        systems=tuple(row.systems.split()),
        created_by=row.created_by,
        expires_at=row.expires_at,
        settings=json.loads(row.settings),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        entered_at=row.entered_at,
        session=row.session,
    )
