"""The tables of the store, and the one list of all tables (`metadata`) that the other rooms add theirs to.

Current values stand in one table clustered by (indicator, item, region, period); what they replaced lies in
`history` with the time it was known. Regions and periods are the integers of the house, instants are epoch
seconds, indicators are small numbers that `indicator_ids` translates.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def cell_columns() -> list[Column[int]]:
    """The four columns of a cell, as the beginning of a clustered key."""
    return [
        Column("indicator", Integer, primary_key=True, autoincrement=False),
        Column("item", Integer, primary_key=True, autoincrement=False),
        Column("region", BigInteger, primary_key=True, autoincrement=False),
        Column("period", BigInteger, primary_key=True, autoincrement=False),
    ]


def figure_columns() -> list[Column[object]]:
    """Level, published growth, status, the reason why there is none, and whose figure it is."""
    return [
        Column("value", Double),
        Column("yoy", Double),
        Column("status", SmallInteger, nullable=False),
        Column("reason", String(64)),
        Column("source", Integer, nullable=False),
    ]


def said_columns() -> list[Column[object]]:
    """When, by whom, and the name that a screen says."""
    return [
        Column("at", BigInteger, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("shown", String(64), nullable=False),
    ]


indicator_ids = Table(
    "indicator_ids",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code", String(160), nullable=False, unique=True),
)

items = Table(
    "items",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("dimensions", String(500), nullable=False),
    Column("scope", String(200), nullable=False),
    UniqueConstraint("dimensions", "scope"),
    comment="what a figure is narrowed to; 0, which has no row, is the headline total",
)

breakdowns = Table(
    "breakdowns",
    metadata,
    Column("indicator", Integer, primary_key=True, autoincrement=False),
    Column("item", Integer, primary_key=True, autoincrement=False),
    comment="which items an indicator has figures for",
    sqlite_with_rowid=False,
)

sources = Table(
    "sources",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("title", Text, nullable=False),
    Column("citation", Text, nullable=False),
    Column("quality", String(8), nullable=False),
    Column("licence_note", Text, nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
)

loads = Table(
    "loads",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("newest", BigInteger, nullable=False, comment="the latest moment any of its rows was known"),
    Column("undone", Boolean, nullable=False),
    Column("undone_at", BigInteger),
    Column("undone_by", String(200)),
    Column("inserted", Integer, nullable=False),
    Column("corrected", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("late", Integer, nullable=False),
    Column("refused_simulated", Integer, nullable=False),
    Column("reason", Text, comment="why figures were corrected; none for a usual delivery"),
    Index(None, "digest"),
)

current = Table(
    "current",
    metadata,
    *cell_columns(),
    *figure_columns(),
    Column("known_at", BigInteger, nullable=False),
    Column("load", Integer, nullable=False),
    comment="the value in force of every cell",
    sqlite_with_rowid=False,
)

history = Table(
    "history",
    metadata,
    *cell_columns(),
    Column("known_at", BigInteger, primary_key=True, autoincrement=False),
    Column("load", Integer, primary_key=True, autoincrement=False),
    *figure_columns(),
    Column("replaced_at", BigInteger, nullable=False),
    Column("replaced_by", Integer, comment="the load that replaced it; none where an undo took it back"),
    comment="what current values replaced: known from known_at until just before replaced_at",
    sqlite_with_rowid=False,
)

confirmations = Table(
    "confirmations",
    metadata,
    *cell_columns(),
    Column("load", Integer, primary_key=True, autoincrement=False),
    Column("of", Integer, nullable=False, comment="the load whose figure it repeats"),
    Column("since", BigInteger, nullable=False, comment="known_at of the figure it repeats"),
    Column("known_at", BigInteger, nullable=False),
    Column("source", Integer, nullable=False),
    comment="a load that said again what already stood: the figure stays when the first load is undone",
    sqlite_with_rowid=False,
)

changes = Table(
    "changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("load", Integer, nullable=False),
    Column("indicator", Integer, nullable=False),
    Column("region", BigInteger, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("settled", SmallInteger, nullable=False, comment="0 waits for the evaluation of warnings"),
    Index("ix_changes_load", "load"),
    comment="what a load or an undo changed; read by the evaluation of warnings, kept for the undo",
)
PENDING = text("settled = 0")
"""The condition of the partial index, to be repeated word for word where it is to be used."""

Index("ix_changes_pending", changes.c.id, sqlite_where=PENDING, postgresql_where=PENDING)

versions = Table(
    "versions",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", BigInteger, nullable=False),
    comment="counters that rise with every change: data, registry, alerts",
)
