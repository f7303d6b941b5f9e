"""How far a register is complete: what a county has not confirmed yet is not known, and not zero.

A county that is late with its return has no figure for that time; the register's own end says so.
"""

from collections.abc import Mapping

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
    Column("until", BigInteger, nullable=False, comment="the last period that is complete, a period key"),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
)


def ends(source: Engine | Connection, subject: str) -> dict[int, int]:
    """The last complete period of every region that keeps a register of this subject."""
    wanted = select(register_ends.c.region, register_ends.c.until).where(register_ends.c.subject == subject)
    if isinstance(source, Connection):
        return {int(region): int(until) for region, until in source.execute(wanted)}
    with source.connect() as connection:
        return {int(region): int(until) for region, until in connection.execute(wanted)}


def settle_ends(
    connection: Connection, subject: str, until: Mapping[int, int], *, at: int, actor: str
) -> None:
    """Say how far the registers of some regions are complete."""
    for region, period in until.items():
        connection.execute(
            delete(register_ends).where(register_ends.c.subject == subject, register_ends.c.region == region)
        )
        connection.execute(
            insert(register_ends).values(subject=subject, region=region, until=period, at=at, actor=actor)
        )
    changed(connection, at=at, actor=actor, act=f"{subject}.complete", subject="", detail=dict(until))


def changed(
    connection: Connection, *, at: int, actor: str, act: str, subject: str, detail: Mapping[object, object]
) -> None:
    """What every change of records leaves behind: a line of the audit log and a higher version."""
    told = {str(name): value for name, value in detail.items()}
    accounts.record(connection, at=at, actor=actor, act=act, subject=subject, detail=told)
    engine.raise_counter(connection, versions, RECORDS)
