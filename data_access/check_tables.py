"""The tables of checks: what identities found wrong, what is held back because of it, and what was decided."""

from sqlalchemy import BigInteger, Column, Double, Index, Integer, String, Table, Text, text

from data_access.schema import metadata

HELD_BACK = text("until IS NULL")
"""The condition of the partial index, to be repeated word for word where it is to be used."""

check_failures = Table(
    "check_failures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("identity", String(16), nullable=False, comment="of its total and parts, whatever their order"),
    Column("total", String(160), nullable=False),
    Column("item", Integer, nullable=False),
    Column("region", BigInteger, nullable=False),
    Column("period", BigInteger, nullable=False),
    Column("tolerance", Double, nullable=False),
    Column("gap", Double, nullable=False, comment="the printed total less the sum of its parts"),
    Column("figures", Text, nullable=False, comment="code and figure, the total first, as they were found"),
    Column("load", Integer, nullable=False, comment="the newest delivery among them"),
    Column("found_at", BigInteger, nullable=False),
    Column("state", String(12), nullable=False, comment="open, accepted, corrected, replaced, gone"),
    Column("ended_at", BigInteger, comment="when its figures agreed or went"),
    Index("ix_check_failures_cell", "identity", "region", "period"),
    Index("ix_check_failures_state", "state", "found_at"),
)

check_holds = Table(
    "check_holds",
    metadata,
    Column("failure", Integer, primary_key=True, autoincrement=False),
    Column("indicator", Integer, primary_key=True, autoincrement=False),
    Column("item", Integer, nullable=False),
    Column("region", BigInteger, nullable=False),
    Column("period", BigInteger, nullable=False),
    Column(
        "load", Integer, nullable=False, comment="the delivery whose figure is held back; no other one is"
    ),
    Column("until", BigInteger, comment="when it was let go; none: it is held back"),
    comment="figures that no board and no wall shows",
)

Index("ix_check_holds_held", check_holds.c.indicator, sqlite_where=HELD_BACK, postgresql_where=HELD_BACK)

check_decisions = Table(
    "check_decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("failure", Integer, nullable=False, index=True),
    Column("act", String(12), nullable=False, comment="accepted, reopened, corrected, replaced, gone"),
    Column("reason", Text, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    comment="append-only: what became of a failure, by whom and why",
)

check_identities = Table(
    "check_identities",
    metadata,
    Column("identity", String(16), primary_key=True),
    Column("tolerance", Double, nullable=False),
    Column("tested_at", BigInteger, nullable=False),
    comment="the identities that all stored figures were tested by, with the tolerance that held then",
)
