"""Plans entered by form, what happened to targets, evidence, scorecards and appeals."""

import sqlalchemy as sa
from alembic import op

from data_access.plans_tables import GUARDS

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The tables of plans and scorecards."""
    op.create_table(
        "added_plans",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("issued", sa.String(length=10), nullable=False),
        sa.Column("region", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_added_plans")),
        comment="append-only: plans that were entered here, beside those of the catalogue",
    )
    op.create_table(
        "scorecards",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column(
            "until", sa.BigInteger(), nullable=False, comment="the period by whose end figures are judged"
        ),
        sa.Column("subjects", sa.String(length=12), nullable=False, comment="county, department"),
        sa.Column("region", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="how many steps it has"),
        sa.Column(
            "edition", sa.Integer(), nullable=False, comment="of the results that were shown last; 0: none"
        ),
        sa.Column("appeal_on", sa.Integer(), nullable=True, comment="the last day for appeals"),
        sa.Column("appeal_at", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scorecards")),
        comment="one row per scorecard",
    )
    op.create_index("ix_scorecards_state", "scorecards", ["state"], unique=False)
    op.create_table(
        "target_evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=24), nullable=False),
        sa.Column("done_on", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_evidence")),
        comment="append-only: what shows that a milestone was reached",
    )
    op.create_index(op.f("ix_target_evidence_key"), "target_evidence", ["key"], unique=False)
    op.create_table(
        "target_steps",
        sa.Column(
            "key",
            sa.String(length=24),
            nullable=False,
            comment="what the target is about, whatever its value",
        ),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("act", sa.String(length=12), nullable=False, comment="add, change, end, owner"),
        sa.Column(
            "department", sa.String(length=32), nullable=False, comment="who answers for it from now on"
        ),
        sa.Column("detail", sa.Text(), nullable=False, comment="the numbers before and after, as JSON"),
        sa.Column("text", sa.Text(), nullable=False, comment="why"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("key", "number", name=op.f("pk_target_steps")),
        comment="append-only: who answers for a target, and why it was changed",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "scorecard_appeals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("card", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["card"], ["scorecards.id"], name=op.f("fk_scorecard_appeals_card")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scorecard_appeals")),
        comment="append-only: what a subject says against a score",
    )
    op.create_index(op.f("ix_scorecard_appeals_card"), "scorecard_appeals", ["card"], unique=False)
    op.create_table(
        "scorecard_hands",
        sa.Column("card", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("score", sa.Double(), nullable=True, comment="none: taken back"),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["card"], ["scorecards.id"], name=op.f("fk_scorecard_hands_card")),
        sa.PrimaryKeyConstraint("card", "subject", "item", "number", name=op.f("pk_scorecard_hands")),
        comment="append-only; scores given by hand, with the evidence; the last row holds",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "scorecard_results",
        sa.Column("card", sa.Integer(), nullable=False),
        sa.Column("edition", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("period", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["card"], ["scorecards.id"], name=op.f("fk_scorecard_results_card")),
        sa.PrimaryKeyConstraint("card", "edition", "subject", "item", name=op.f("pk_scorecard_results")),
        comment="append-only: what was shown and confirmed, edition by edition",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "scorecard_steps",
        sa.Column("card", sa.Integer(), nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("act", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("document", sa.Text(), nullable=False, comment="the lines of the card after it, as JSON"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["card"], ["scorecards.id"], name=op.f("fk_scorecard_steps_card")),
        sa.PrimaryKeyConstraint("card", "number", name=op.f("pk_scorecard_steps")),
        comment="append-only: what happened to a card, with its lines as they stood then",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "target_evidence_rulings",
        sa.Column("evidence", sa.Integer(), nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("ruling", sa.String(length=12), nullable=False, comment="accepted, returned"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence"], ["target_evidence.id"], name=op.f("fk_target_evidence_rulings_evidence")
        ),
        sa.PrimaryKeyConstraint("evidence", "number", name=op.f("pk_target_evidence_rulings")),
        comment="append-only; of several rows the last holds",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "scorecard_appeal_rulings",
        sa.Column("appeal", sa.Integer(), nullable=False),
        sa.Column("ruling", sa.String(length=12), nullable=False, comment="upheld, dismissed"),
        sa.Column(
            "score", sa.Double(), nullable=True, comment="of an appeal that was upheld: the score from now on"
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["appeal"], ["scorecard_appeals.id"], name=op.f("fk_scorecard_appeal_rulings_appeal")
        ),
        sa.PrimaryKeyConstraint("appeal", name=op.f("pk_scorecard_appeal_rulings")),
        comment="append-only: how each appeal was decided, once",
    )
    for statement in GUARDS[op.get_context().dialect.name]:
        op.execute(statement)
