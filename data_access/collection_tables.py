"""The tables of collecting indicators: calls with their proposals, scores and decisions, and the yearly review.

The head of a call or a review moves; everything that somebody said stays as it was said: texts of proposals, scores,
decisions, answers. Days are integers YYYYMMDD on the city's clock, instants epoch seconds.
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

calls = Table(
    "calls",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("title", String(120), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("departments", Text, nullable=False, comment="codes as JSON; an empty list: all of them"),
    Column("region", BigInteger, nullable=False),
    Column("criteria", Text, nullable=False, comment="the weight of each criterion, as JSON"),
    Column("state", String(12), nullable=False),
    Column("version", Integer, nullable=False, comment="how many steps it has: the last one's number"),
    Column("due_on", Integer, nullable=False, comment="the last day for proposals"),
    Column("due_at", BigInteger, nullable=False, comment="the first moment at which it is too late"),
    Column("score_on", Integer, nullable=False, comment="the last day for scores"),
    Column("score_at", BigInteger, nullable=False),
    *said_columns(),
    Column("simulated", Boolean, nullable=False),
    Index("ix_calls_state", "state"),
    comment="one row per call for indicators; what happened to it stands in its steps",
)

call_steps = Table(
    "call_steps",
    metadata,
    Column("call", ForeignKey("calls.id"), primary_key=True),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("act", String(16), nullable=False),
    Column("state", String(12), nullable=False, comment="after it"),
    *said_columns(),
    Column("text", Text, nullable=False),
    Column("due_on", Integer, comment="a deadline set with this step"),
    comment="append-only: triggers refuse every change",
    sqlite_with_rowid=False,
)

proposals = Table(
    "call_proposals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("call", ForeignKey("calls.id"), nullable=False, index=True),
    Column("department", String(32), nullable=False, comment="empty: of a county"),
    Column("region", BigInteger, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("version", Integer, nullable=False, comment="of its text, and of its withdrawal"),
    *said_columns(),
    comment="the head of each proposal; what it says stands in its texts",
)

call_texts = Table(
    "call_texts",
    metadata,
    Column("proposal", ForeignKey("call_proposals.id"), primary_key=True),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False, comment="the fields of the form, as JSON"),
    *said_columns(),
    comment="append-only: triggers refuse every change",
    sqlite_with_rowid=False,
)

call_scores = Table(
    "call_scores",
    metadata,
    Column("proposal", ForeignKey("call_proposals.id"), primary_key=True),
    Column("expert", String(64), primary_key=True),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("scores", Text, nullable=False, comment="by criterion, as JSON"),
    Column("aside", Boolean, nullable=False, comment="the expert stands aside (回避)"),
    Column("comment", Text, nullable=False),
    *said_columns(),
    comment="append-only; of several rows of an expert the last holds",
    sqlite_with_rowid=False,
)

call_decisions = Table(
    "call_decisions",
    metadata,
    Column("proposal", ForeignKey("call_proposals.id"), primary_key=True),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("outcome", String(12), nullable=False, comment="selected, reserve, declined"),
    Column("reason", Text, nullable=False),
    Column("rank", SmallInteger, comment="in the ranking when it was decided"),
    Column("score", Double),
    *said_columns(),
    comment="append-only; of several rows of a proposal the last holds",
    sqlite_with_rowid=False,
)

drafts = Table(
    "collection_drafts",
    metadata,
    Column("origin", String(200), primary_key=True, comment="call:2/12, review:3:econ.fiscal.tax"),
    Column("draft", Integer, nullable=False, comment="the draft of a definition that came of it"),
    *said_columns(),
    comment="append-only: what became a draft",
)

reviews = Table(
    "yearly_reviews",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("year", Integer, nullable=False),
    Column("title", String(120), nullable=False),
    Column("region", BigInteger, nullable=False),
    Column("state", String(12), nullable=False, comment="open, closed"),
    Column("version", Integer, nullable=False),
    Column("due_on", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    *said_columns(),
    Column("simulated", Boolean, nullable=False),
    comment="one row per yearly round in which owners keep, change or retire their indicators",
)

review_steps = Table(
    "yearly_review_steps",
    metadata,
    Column("review", ForeignKey("yearly_reviews.id"), primary_key=True),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("act", String(16), nullable=False),
    *said_columns(),
    Column("text", Text, nullable=False),
    Column("due_on", Integer),
    comment="append-only: triggers refuse every change",
    sqlite_with_rowid=False,
)

questions = Table(
    "yearly_questions",
    metadata,
    Column("review", ForeignKey("yearly_reviews.id"), primary_key=True),
    Column("code", String(160), primary_key=True),
    Column("department", String(32), nullable=False),
    Column("definition", Integer, nullable=False, comment="the version that was asked about"),
    Column(
        "latest",
        BigInteger,
        comment="the period of the newest figure of the region when it was asked; none: no figure",
    ),
    comment="append-only: which indicators a review asks about, and whom",
    sqlite_with_rowid=False,
)

answers = Table(
    "yearly_answers",
    metadata,
    Column("review", ForeignKey("yearly_reviews.id"), primary_key=True),
    Column("code", String(160), primary_key=True),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("answer", String(12), nullable=False, comment="keep, change, retire"),
    Column("reason", Text, nullable=False),
    Column("successor", String(160), nullable=False),
    *said_columns(),
    comment="append-only; of several rows of an indicator the last holds",
    sqlite_with_rowid=False,
)

GUARDS = keep(call_steps, call_texts, call_scores, call_decisions, drafts, review_steps, questions, answers)
"""Statements that keep what was said, by dialect; also run by the migration that creates the tables."""
