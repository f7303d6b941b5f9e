"""Calls for indicators with proposals, scores and decisions; the yearly review of owners."""

import sqlalchemy as sa
from alembic import op

from data_access.collection_tables import GUARDS

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The tables of collecting indicators."""
    op.create_table(
        "calls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column(
            "departments", sa.Text(), nullable=False, comment="codes as JSON; an empty list: all of them"
        ),
        sa.Column("region", sa.BigInteger(), nullable=False),
        sa.Column("criteria", sa.Text(), nullable=False, comment="the weight of each criterion, as JSON"),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="how many steps it has: the last one's number"
        ),
        sa.Column("due_on", sa.Integer(), nullable=False, comment="the last day for proposals"),
        sa.Column(
            "due_at", sa.BigInteger(), nullable=False, comment="the first moment at which it is too late"
        ),
        sa.Column("score_on", sa.Integer(), nullable=False, comment="the last day for scores"),
        sa.Column("score_at", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
        comment="one row per call for indicators; what happened to it stands in its steps",
    )
    op.create_index("ix_calls_state", "calls", ["state"], unique=False)
    op.create_table(
        "collection_drafts",
        sa.Column(
            "origin", sa.String(length=200), nullable=False, comment="call:2/12, review:3:econ.fiscal.tax"
        ),
        sa.Column("draft", sa.Integer(), nullable=False, comment="the draft of a definition that came of it"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("origin", name=op.f("pk_collection_drafts")),
        comment="append-only: what became a draft",
    )
    op.create_table(
        "yearly_reviews",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("region", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False, comment="open, closed"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_yearly_reviews")),
        comment="one row per yearly round in which owners keep, change or retire their indicators",
    )
    op.create_table(
        "call_proposals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call", sa.Integer(), nullable=False),
        sa.Column("department", sa.String(length=32), nullable=False, comment="empty: of a county"),
        sa.Column("region", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="of its text, and of its withdrawal"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name=op.f("fk_call_proposals_call")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_proposals")),
        comment="the head of each proposal; what it says stands in its texts",
    )
    op.create_index(op.f("ix_call_proposals_call"), "call_proposals", ["call"], unique=False)
    op.create_table(
        "call_steps",
        sa.Column("call", sa.Integer(), nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False, comment="after it"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Integer(), nullable=True, comment="a deadline set with this step"),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name=op.f("fk_call_steps_call")),
        sa.PrimaryKeyConstraint("call", "number", name=op.f("pk_call_steps")),
        comment="append-only: triggers refuse every change",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "yearly_answers",
        sa.Column("review", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=160), nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("answer", sa.String(length=12), nullable=False, comment="keep, change, retire"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("successor", sa.String(length=160), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["review"], ["yearly_reviews.id"], name=op.f("fk_yearly_answers_review")),
        sa.PrimaryKeyConstraint("review", "code", "number", name=op.f("pk_yearly_answers")),
        comment="append-only; of several rows of an indicator the last holds",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "yearly_questions",
        sa.Column("review", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=160), nullable=False),
        sa.Column("department", sa.String(length=32), nullable=False),
        sa.Column("definition", sa.Integer(), nullable=False, comment="the version that was asked about"),
        sa.Column(
            "latest",
            sa.BigInteger(),
            nullable=True,
            comment="the period of the newest figure of the region when it was asked; none: no figure",
        ),
        sa.ForeignKeyConstraint(["review"], ["yearly_reviews.id"], name=op.f("fk_yearly_questions_review")),
        sa.PrimaryKeyConstraint("review", "code", name=op.f("pk_yearly_questions")),
        comment="append-only: which indicators a review asks about, and whom",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "yearly_review_steps",
        sa.Column("review", sa.Integer(), nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["review"], ["yearly_reviews.id"], name=op.f("fk_yearly_review_steps_review")
        ),
        sa.PrimaryKeyConstraint("review", "number", name=op.f("pk_yearly_review_steps")),
        comment="append-only: triggers refuse every change",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "call_decisions",
        sa.Column("proposal", sa.Integer(), nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False, comment="selected, reserve, declined"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=True, comment="in the ranking when it was decided"),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["proposal"], ["call_proposals.id"], name=op.f("fk_call_decisions_proposal")),
        sa.PrimaryKeyConstraint("proposal", "number", name=op.f("pk_call_decisions")),
        comment="append-only; of several rows of a proposal the last holds",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "call_scores",
        sa.Column("proposal", sa.Integer(), nullable=False),
        sa.Column("expert", sa.String(length=64), nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("scores", sa.Text(), nullable=False, comment="by criterion, as JSON"),
        sa.Column("aside", sa.Boolean(), nullable=False, comment="the expert stands aside (回避)"),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["proposal"], ["call_proposals.id"], name=op.f("fk_call_scores_proposal")),
        sa.PrimaryKeyConstraint("proposal", "expert", "number", name=op.f("pk_call_scores")),
        comment="append-only; of several rows of an expert the last holds",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "call_texts",
        sa.Column("proposal", sa.Integer(), nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False, comment="the fields of the form, as JSON"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["proposal"], ["call_proposals.id"], name=op.f("fk_call_texts_proposal")),
        sa.PrimaryKeyConstraint("proposal", "number", name=op.f("pk_call_texts")),
        comment="append-only: triggers refuse every change",
        sqlite_with_rowid=False,
    )
    for statement in GUARDS[op.get_context().dialect.name]:
        op.execute(statement)
