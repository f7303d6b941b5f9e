"""How far a register is complete: what a county has not confirmed yet is not known, and not zero.

A county that is late with its return has no figure for that time; the register's own end says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, Engine, String, Table, delete, insert, select

from data_access import accounts, engine
from data_access.schema import metadata, versions

RECORDS = "records"
"""The counter that rises with every change of records."""

register_ends = Table(
    "register_ends",
    metadata,
    Column("subject", String(20), primary_key=True, comment="promotion, hotline"),
    Column("region", BigInteger, primary_key=True, autoincrement=False),
    Column("since", BigInteger, nullable=False, comment="the first period that is complete, a period key"),
    Column("until", BigInteger, nullable=False, comment="the last one"),
    Column(
        "fine",
        BigInteger,
        nullable=False,
        comment="townships are told day by day from here on, before by month",
    ),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
)


@dataclass(frozen=True)
class Stretch:
    """The time for which a register is complete, as period keys; see the table."""

    since: int
    until: int
    fine: int = 0


def ends(source: Engine | Connection, subject: str) -> dict[int, Stretch]:
    """How far every region that keeps a register of this subject is complete."""
    t = register_ends.c
    wanted = select(t.region, t.since, t.until, t.fine).where(t.subject == subject)
    if isinstance(source, Connection):
        return {int(row[0]): Stretch(*row[1:]) for row in source.execute(wanted)}
    with source.connect() as connection:
        return ends(connection, subject)


def version(source: Engine) -> int:
    """Rises with every change of records of any subject."""
    with source.connect() as connection:
        found = connection.scalar(select(versions.c.value).where(versions.c.name == RECORDS))
    return int(found or 0)


def settle_ends(
    connection: Connection, subject: str, stretches: Mapping[int, Stretch], *, at: int, actor: str
) -> None:
    """Say how far the registers of some regions are complete."""
    for region, told in stretches.items():
        connection.execute(
            delete(register_ends).where(register_ends.c.subject == subject, register_ends.c.region == region)
        )
        connection.execute(
            insert(register_ends).values(
                subject=subject, region=region, since=told.since, until=told.until, fine=told.fine, at=at,
                actor=actor,
            )
        )  # fmt: skip
    detail = {str(region): told.until for region, told in stretches.items()}
    changed(connection, at=at, actor=actor, act=f"{subject}.complete", subject="", detail=detail)


def changed(
    connection: Connection, *, at: int, actor: str, act: str, subject: str, detail: Mapping[str, object]
) -> None:
    """What every change of records leaves behind: a line of the audit log and a higher version."""
    accounts.record(connection, at=at, actor=actor, act=act, subject=subject, detail=detail)
    engine.raise_counter(connection, versions, RECORDS)
