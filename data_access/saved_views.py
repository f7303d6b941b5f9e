"""Views of the warning list that an account keeps under a name: a name and an address, nothing of what it showed."""

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Engine, Integer, String, Table, UniqueConstraint

from data_access.accounts import record
from data_access.engine import transaction
from data_access.schema import metadata

saved_views = Table(
    "saved_views",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", String(32), nullable=False, comment="no foreign key: a demo account may go"),
    Column("name", String(40), nullable=False),
    Column("address", String(1000), nullable=False, comment="what stands behind the question mark"),
    Column("changed_at", BigInteger, nullable=False),
    UniqueConstraint("account", "name"),
    comment="how each account likes to look at the warnings",
)


class SavedView(NamedTuple):
    """One view as stored."""

    id: int
    name: str
    address: str


class SavedViewStore:
    """Keeps the views of each account."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, account: str) -> tuple[SavedView, ...]:
        """The views of an account in the order in which it kept them."""
        v = saved_views.c
        asked = sa.select(v.id, v.name, v.address).where(v.account == account).order_by(v.id)
        with self._engine.connect() as connection:
            return tuple(SavedView._make(row) for row in connection.execute(asked))

    def keep(self, account: str, name: str, address: str, *, at: int, actor: str) -> None:
        """Keep a view; one of the same name is put in its place."""
        same = (saved_views.c.account == account) & (saved_views.c.name == name)
        values = {"address": address, "changed_at": at}
        with transaction(self._engine) as connection:
            if connection.execute(sa.update(saved_views).where(same).values(values)).rowcount == 0:
                connection.execute(sa.insert(saved_views).values(account=account, name=name, **values))
            detail = {"name": name, "address": address}
            record(connection, at=at, actor=actor, act="warning_views.keep", subject=account, detail=detail)

    def forget(self, account: str, view: int, *, at: int, actor: str) -> bool:
        """Let a view of an account go; whether there was one."""
        own = (saved_views.c.account == account) & (saved_views.c.id == view)
        with transaction(self._engine) as connection:
            found = connection.execute(
                sa.select(saved_views.c.name, saved_views.c.address).where(own)
            ).first()
            if found is None:
                return False
            connection.execute(sa.delete(saved_views).where(own))
            detail = {"name": found.name, "address": found.address}
            record(connection, at=at, actor=actor, act="warning_views.forget", subject=account, detail=detail)
        return True
