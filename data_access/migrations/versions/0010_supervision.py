"""Supervised items with their steps and what was frozen with them, the working calendar, departments of people."""

import sqlalchemy as sa
from alembic import op

from data_access.supervision_tables import GUARDS

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The tables of supervision."""
    op.create_table(
        "supervision_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "origin",
            sa.String(length=120),
            nullable=True,
            comment="where a loaded item comes from; none: dispatched here",
        ),
        sa.Column(
            "kind", sa.String(length=20), nullable=False, comment="alert, incident, project, hotline, hand"
        ),
        sa.Column(
            "subject",
            sa.String(length=240),
            nullable=False,
            comment="what it is about: the key of a warning, a number",
        ),
        sa.Column(
            "matter",
            sa.String(length=240),
            nullable=False,
            comment="the lasting matter: a rule in a region, a project",
        ),
        sa.Column("title_zh", sa.String(length=240), nullable=False),
        sa.Column("title_en", sa.String(length=240), nullable=False),
        sa.Column("region", sa.BigInteger(), nullable=False),
        sa.Column(
            "system", sa.String(length=16), nullable=False, comment="whose right to see it needs; empty: none"
        ),
        sa.Column("level", sa.SmallInteger(), nullable=False, comment="of the warning at dispatch; 0: none"),
        sa.Column("department", sa.String(length=32), nullable=False),
        sa.Column(
            "unit",
            sa.String(length=120),
            nullable=False,
            comment="the unit or person in the department; may be empty",
        ),
        sa.Column("instruction", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="how many steps it has: the last one's number"
        ),
        sa.Column("round", sa.SmallInteger(), nullable=False, comment="1, and one more with every return"),
        sa.Column("dispatched_at", sa.BigInteger(), nullable=False),
        sa.Column("dispatched_by", sa.String(length=64), nullable=False),
        sa.Column("reviewer", sa.String(length=64), nullable=False),
        sa.Column(
            "sign_due",
            sa.BigInteger(),
            nullable=False,
            comment="the first moment at which signing is overdue",
        ),
        sa.Column("due_on", sa.Integer(), nullable=False, comment="the last day for the answer"),
        sa.Column(
            "due_at",
            sa.BigInteger(),
            nullable=False,
            comment="the first moment at which the answer is overdue",
        ),
        sa.Column(
            "review_due",
            sa.BigInteger(),
            nullable=True,
            comment="the first moment at which the review is overdue; none: no answer",
        ),
        sa.Column("signed_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True, comment="when it was answered last"),
        sa.Column("late", sa.Boolean(), nullable=False, comment="an answer came after its deadline"),
        sa.Column("closed_at", sa.BigInteger(), nullable=True, comment="when it was closed or withdrawn"),
        sa.Column("recovered_at", sa.BigInteger(), nullable=True, comment="when the warning resolved"),
        sa.Column("repeat_of", sa.Integer(), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["repeat_of"], ["supervision_items.id"], name=op.f("fk_supervision_items_repeat_of")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_items")),
        sa.UniqueConstraint("origin", name=op.f("uq_supervision_items_origin")),
        comment="one row per item; what happened to it stands in its steps",
    )
    op.create_index("ix_supervision_items_matter", "supervision_items", ["kind", "matter"], unique=False)
    op.create_index("ix_supervision_items_state", "supervision_items", ["state"], unique=False)
    op.create_index("ix_supervision_items_subject", "supervision_items", ["kind", "subject"], unique=False)
    op.create_table(
        "workday_corrections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False, comment="YYYYMMDD"),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workday_corrections")),
        comment="append-only; of two rows of a day the later holds",
    )
    op.create_index(op.f("ix_workday_corrections_day"), "workday_corrections", ["day"], unique=False)
    op.create_table(
        "supervision_frozen",
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False, comment="the step"),
        sa.Column("place", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "role", sa.String(length=12), nullable=False, comment="subject, part, leading, below, fact"
        ),
        sa.Column(
            "code",
            sa.String(length=160),
            nullable=False,
            comment="of an indicator; empty for a fact in words",
        ),
        sa.Column("name_zh", sa.String(length=240), nullable=False),
        sa.Column("name_en", sa.String(length=240), nullable=False),
        sa.Column("region", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.BigInteger(), nullable=True, comment="none for a fact in words"),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("unit_en", sa.String(length=80), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["item"], ["supervision_items.id"], name=op.f("fk_supervision_frozen_item")),
        sa.PrimaryKeyConstraint("item", "number", "place", name=op.f("pk_supervision_frozen")),
        comment="append-only: what was seen when a step was taken",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "supervision_steps",
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("act", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False, comment="after it"),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column(
            "shown", sa.String(length=64), nullable=False, comment="the actor's name as a screen says it"
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column(
            "expected_on", sa.Integer(), nullable=True, comment="the day by which the unit expects recovery"
        ),
        sa.Column(
            "reason",
            sa.String(length=12),
            nullable=False,
            comment="the class why nothing needs to be done; empty: a measure",
        ),
        sa.Column("due_on", sa.Integer(), nullable=True, comment="a deadline set with this step"),
        sa.ForeignKeyConstraint(["item"], ["supervision_items.id"], name=op.f("fk_supervision_steps_item")),
        sa.PrimaryKeyConstraint("item", "number", name=op.f("pk_supervision_steps")),
        comment="append-only: triggers refuse every change",
        sqlite_with_rowid=False,
    )
    op.add_column(
        "accounts",
        sa.Column(
            "department",
            sa.String(length=32),
            nullable=True,
            comment="of the catalogue; none: of no department",
        ),
    )
    for statement in GUARDS[op.get_context().dialect.name]:
        op.execute(statement)
