"""What people wrote about an indicator in a region; a note is never changed, its author may take it back."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Engine, Index, Integer, String, Table, Text

from data_access.accounts import record
from data_access.engine import raise_counter, transaction
from data_access.schema import metadata, versions
from indicators.errors import N_, CockpitError, Issue

COUNTER = "indicator_notes"
"""The name in `versions` of the counter that rises with every note."""

indicator_notes = Table(
    "indicator_notes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("indicator", String(160), nullable=False),
    Column("region", BigInteger, nullable=False),
    Column("period", BigInteger, comment="the period that it speaks of; none: the indicator as such"),
    Column("text", Text, nullable=False),
    Column("author", String(64), nullable=False, comment="the account"),
    Column("name", String(64), nullable=False, comment="how the author was called then"),
    Column("at", BigInteger, nullable=False),
    Column("withdrawn_at", BigInteger, comment="when its author took it back"),
    Index("ix_indicator_notes_indicator", "indicator", "at"),
    comment="notes on indicators; none is deleted",
)


@dataclass(frozen=True)
class Note:
    """One note as stored."""

    id: int
    indicator: str
    region: int
    period: int | None
    text: str
    author: str
    name: str
    at: int
    withdrawn_at: int | None


class NoteStore:
    """Keeps notes; every change leaves an entry in the audit log."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, indicator: str, regions: Collection[int]) -> list[Note]:
        """The notes on an indicator in some regions that stand, the newest first."""
        table = indicator_notes
        wanted = sa.select(table).where(
            table.c.indicator == indicator,
            table.c.region.in_(sorted(regions)),
            table.c.withdrawn_at.is_(None),
        )
        with self._engine.connect() as connection:
            return [Note(**row._mapping) for row in connection.execute(wanted.order_by(table.c.at.desc(), table.c.id.desc()))]  # fmt: skip

    def add(
        self, indicator: str, region: int, period: int | None, text: str, *, author: str, name: str, at: int
    ) -> int:
        """Write a note; gives its number."""
        row = {
            "indicator": indicator, "region": region, "period": period, "text": text, "author": author,
            "name": name, "at": at,
        }  # fmt: skip
        with transaction(self._engine) as connection:
            number = connection.execute(
                sa.insert(indicator_notes).values(row).returning(indicator_notes.c.id)
            ).scalar_one()
            raise_counter(connection, versions, COUNTER)
            detail = {"id": number, "region": f"{region:012d}"}
            record(connection, at=at, actor=name, act="note.add", subject=indicator, detail=detail)
        return int(number)

    def withdraw(self, number: int, *, author: str, name: str, at: int) -> None:
        """Take one's own note back.

        raises  CockpitError ``unknown_note`` where there is none of this author that stands
        """
        table = indicator_notes
        own = (table.c.id == number) & (table.c.author == author) & table.c.withdrawn_at.is_(None)
        with transaction(self._engine) as connection:
            indicator = connection.scalar(sa.select(table.c.indicator).where(own))
            if indicator is None:
                raise CockpitError(
                    Issue("unknown_note", N_("没有这条可以收回的备注。"), N_("备注只能由写的人收回；请刷新页面。"))
                )  # fmt: skip
            connection.execute(sa.update(table).where(own).values(withdrawn_at=at))
            raise_counter(connection, versions, COUNTER)
            record(connection, at=at, actor=name, act="note.withdraw", subject=str(indicator), detail={"id": number})  # fmt: skip
