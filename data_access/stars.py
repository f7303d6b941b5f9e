"""Starred indicators: which numbers an account wants to see first, in its own order."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Column, Engine, String, Table, Text, insert, select, update

from data_access.accounts import record
from data_access.engine import transaction
from data_access.schema import metadata

stars = Table(
    "stars",
    metadata,
    Column(
        "account",
        String(32),
        primary_key=True,
        comment="no foreign key: a demo account may go, its identity never comes again",
    ),
    Column("indicators", Text, nullable=False, comment="codes separated by spaces, in the reader's order"),
    Column("changed_at", BigInteger, nullable=False),
    comment="one row for each account that has chosen; without one the account sees the usual indicators",
)


class StarStore:
    """Keeps the list of each account."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, account: str) -> tuple[str, ...] | None:
        """The codes that an account chose, in its order; None where it never chose."""
        chosen = select(stars.c.indicators).where(stars.c.account == account)
        with self._engine.connect() as connection:
            text = connection.scalar(chosen)
        return None if text is None else tuple(text.split())

    def holders(self) -> dict[str, tuple[str, ...]]:
        """The accounts that chose each indicator."""
        found: dict[str, tuple[str, ...]] = {}
        with self._engine.connect() as connection:
            for account, text in connection.execute(select(stars.c.account, stars.c.indicators)):
                for code in text.split():
                    found[code] = (*found.get(code, ()), account)
        return found

    def keep(self, account: str, indicators: Sequence[str], *, at: int, actor: str) -> None:
        """Put this list in the place of the one before."""
        values = {"indicators": " ".join(indicators), "changed_at": at}
        with transaction(self._engine) as connection:
            changed = connection.execute(update(stars).where(stars.c.account == account).values(values))
            if changed.rowcount == 0:
                connection.execute(insert(stars).values(account=account, **values))
            record(
                connection,
                at=at,
                actor=actor,
                act="stars.keep",
                subject=account,
                detail={"indicators": list(indicators)},
            )
