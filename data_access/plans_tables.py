"""The tables of plans and scorecards: plans entered by form, what happened to a target, evidence, and weighted cards.

Targets themselves stand in `targets`; here is who answers for them, what shows that they were reached, and why they
were changed. What was shown or confirmed of a scorecard stays as it was, edition by edition.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
)

from data_access.append_only import keep
from data_access.schema import metadata, said_columns

plans = Table(
    "added_plans",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("name_zh", String(200), nullable=False),
    Column("issued", String(10), nullable=False),
    Column("region", BigInteger, nullable=False),
    Column("source", Text, nullable=False),
    *said_columns(),
    comment="append-only: plans that were entered here, beside those of the catalogue",
)

target_steps = Table(
    "target_steps",
    metadata,
    Column("key", String(24), primary_key=True, comment="what the target is about, whatever its value"),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("act", String(12), nullable=False, comment="add, change, end, owner"),
    Column("department", String(32), nullable=False, comment="who answers for it from now on"),
    Column("detail", Text, nullable=False, comment="the numbers before and after, as JSON"),
    Column("text", Text, nullable=False, comment="why"),
    *said_columns(),
    comment="append-only: who answers for a target, and why it was changed",
    sqlite_with_rowid=False,
)

evidence = Table(
    "target_evidence",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(24), nullable=False, index=True),
    Column("done_on", Integer, nullable=False),
    Column("title", String(200), nullable=False),
    Column("citation", Text, nullable=False),
    *said_columns(),
    comment="append-only: what shows that a milestone was reached",
)

evidence_rulings = Table(
    "target_evidence_rulings",
    metadata,
    Column("evidence", ForeignKey("target_evidence.id"), primary_key=True),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("ruling", String(12), nullable=False, comment="accepted, returned"),
    Column("reason", Text, nullable=False),
    *said_columns(),
    comment="append-only; of several rows the last holds",
    sqlite_with_rowid=False,
)

scorecards = Table(
    "scorecards",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("title", String(120), nullable=False),
    Column("year", Integer, nullable=False),
    Column("until", BigInteger, nullable=False, comment="the period by whose end figures are judged"),
    Column("subjects", String(12), nullable=False, comment="county, department"),
    Column("region", BigInteger, nullable=False),
    Column("state", String(12), nullable=False),
    Column("version", Integer, nullable=False, comment="how many steps it has"),
    Column("edition", Integer, nullable=False, comment="of the results that were shown last; 0: none"),
    Column("appeal_on", Integer, comment="the last day for appeals"),
    Column("appeal_at", BigInteger),
    *said_columns(),
    Column("simulated", Boolean, nullable=False),
    Index("ix_scorecards_state", "state"),
    comment="one row per scorecard",
)

card_steps = Table(
    "scorecard_steps",
    metadata,
    Column("card", ForeignKey("scorecards.id"), primary_key=True),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("act", String(12), nullable=False),
    Column("state", String(12), nullable=False),
    Column("document", Text, nullable=False, comment="the lines of the card after it, as JSON"),
    Column("text", Text, nullable=False),
    *said_columns(),
    comment="append-only: what happened to a card, with its lines as they stood then",
    sqlite_with_rowid=False,
)

card_hands = Table(
    "scorecard_hands",
    metadata,
    Column("card", ForeignKey("scorecards.id"), primary_key=True),
    Column("subject", String(32), primary_key=True),
    Column("item", String(40), primary_key=True),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("score", Double, comment="none: taken back"),
    Column("evidence", Text, nullable=False),
    *said_columns(),
    comment="append-only; scores given by hand, with the evidence; the last row holds",
    sqlite_with_rowid=False,
)

card_results = Table(
    "scorecard_results",
    metadata,
    Column("card", ForeignKey("scorecards.id"), primary_key=True),
    Column("edition", SmallInteger, primary_key=True, autoincrement=False),
    Column("subject", String(32), primary_key=True),
    Column("item", String(40), primary_key=True),
    Column("weight", Double, nullable=False),
    Column("value", Double),
    Column("unit", String(40), nullable=False),
    Column("period", BigInteger),
    Column("status", String(12), nullable=False),
    Column("score", Double),
    Column("evidence", Text, nullable=False),
    comment="append-only: what was shown and confirmed, edition by edition",
    sqlite_with_rowid=False,
)

appeals = Table(
    "scorecard_appeals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("card", ForeignKey("scorecards.id"), nullable=False, index=True),
    Column("edition", Integer, nullable=False),
    Column("subject", String(32), nullable=False),
    Column("item", String(40), nullable=False),
    Column("text", Text, nullable=False),
    *said_columns(),
    comment="append-only: what a subject says against a score",
)

appeal_rulings = Table(
    "scorecard_appeal_rulings",
    metadata,
    Column("appeal", ForeignKey("scorecard_appeals.id"), primary_key=True),
    Column("ruling", String(12), nullable=False, comment="upheld, dismissed"),
    Column("score", Double, comment="of an appeal that was upheld: the score from now on"),
    Column("reason", Text, nullable=False),
    *said_columns(),
    comment="append-only: how each appeal was decided, once",
)

GUARDS = keep(
    plans,
    target_steps,
    evidence,
    evidence_rulings,
    card_steps,
    card_hands,
    card_results,
    appeals,
    appeal_rulings,
)
"""Statements that keep what was said, by dialect; also run by the migration that creates the tables."""
