"""Handling of warnings."""

import sqlalchemy as sa
from alembic import op

from data_access.handling_tables import GUARDS

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert_acks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=160), nullable=False),
        sa.Column("region", sa.BigInteger(), nullable=False),
        sa.Column(
            "opened", sa.BigInteger(), nullable=False, comment="the period in which the warning opened"
        ),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="the newest opening or upgrade that was seen"
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False, comment="the name that is typed at sign-in"),
        sa.Column("display", sa.String(length=64), nullable=False, comment="what a screen calls the person"),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False, comment="false: taken back"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_acks")),
        comment="append-only; it holds while its version is the newest of an open warning",
    )
    op.create_index("ix_alert_acks_alert", "alert_acks", ["rule", "region", "opened"], unique=False)
    op.create_table(
        "alert_silences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=160), nullable=False, comment="empty: every rule"),
        sa.Column("indicator", sa.String(length=160), nullable=False, comment="empty: every indicator"),
        sa.Column("region", sa.BigInteger(), nullable=False, comment="with all that lies in it"),
        sa.Column("level", sa.SmallInteger(), nullable=False, comment="the highest level that is silenced"),
        sa.Column("starts", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False, comment="the last second, included"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False, comment="the name that is typed at sign-in"),
        sa.Column("display", sa.String(length=64), nullable=False, comment="what a screen calls the person"),
        sa.Column("lifted_at", sa.BigInteger(), nullable=True),
        sa.Column("lifted_by", sa.String(length=64), nullable=False),
        sa.Column(
            "over_at",
            sa.BigInteger(),
            nullable=True,
            comment="when its end was noticed and what still stands was told",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_silences")),
        comment="never deleted",
    )
    op.create_table(
        "alert_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=160), nullable=False),
        sa.Column("region", sa.BigInteger(), nullable=False),
        sa.Column(
            "opened", sa.BigInteger(), nullable=False, comment="the period in which the warning opened"
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False, comment="the name that is typed at sign-in"),
        sa.Column("display", sa.String(length=64), nullable=False, comment="what a screen calls the person"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_notes")),
        comment="append-only",
    )
    op.create_index("ix_alert_notes_alert", "alert_notes", ["rule", "region", "opened"], unique=False)
    op.create_table(
        "alert_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=160), nullable=False),
        sa.Column("region", sa.BigInteger(), nullable=False),
        sa.Column(
            "opened", sa.BigInteger(), nullable=False, comment="the period in which the warning opened"
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False, comment="the name that is typed at sign-in"),
        sa.Column("display", sa.String(length=64), nullable=False, comment="what a screen calls the person"),
        sa.Column(
            "department", sa.String(length=64), nullable=False, comment="whose answer it is; may be empty"
        ),
        sa.Column("kind", sa.String(length=12), nullable=False, comment="measure or no_action"),
        sa.Column(
            "reason",
            sa.String(length=24),
            nullable=False,
            comment="the class of the reason; of no_action only",
        ),
        sa.Column("text", sa.Text(), nullable=False, comment="the reason, or what is done"),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column(
            "expected",
            sa.String(length=10),
            nullable=False,
            comment="the day on which it should be well again",
        ),
        sa.Column(
            "item",
            sa.Integer(),
            nullable=True,
            comment="the supervised item that was answered; none: the warning itself",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_answers")),
        comment="append-only",
    )
    op.create_index("ix_alert_answers_alert", "alert_answers", ["rule", "region", "opened"], unique=False)
    op.create_table(
        "alert_told",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=160), nullable=False),
        sa.Column("region", sa.BigInteger(), nullable=False),
        sa.Column(
            "opened", sa.BigInteger(), nullable=False, comment="the period in which the warning opened"
        ),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "step", sa.SmallInteger(), nullable=False, comment="of an escalation, counted from 1; else 0"
        ),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column(
            "notice", sa.String(length=200), nullable=False, comment="the key of the notice that said it"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_told")),
        sa.UniqueConstraint(
            "rule",
            "region",
            "opened",
            "kind",
            "version",
            "step",
            "at",
            name=op.f("uq_alert_told_rule_region_opened_kind_version_step_at"),
        ),
        comment="append-only: what was said about which warning",
    )
    op.create_index("ix_alert_told_alert", "alert_told", ["rule", "region", "opened"], unique=False)
    op.create_table(
        "alert_courses",
        sa.Column("rule", sa.String(length=160), nullable=False),
        sa.Column("region", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False, comment="the warning that is followed"),
        sa.Column(
            "version",
            sa.Integer(),
            nullable=False,
            comment="its newest opening or upgrade; 0: none is followed",
        ),
        sa.Column("since", sa.BigInteger(), nullable=False, comment="from when its escalation counts"),
        sa.Column("told", sa.Integer(), nullable=False, comment="the version that was last told"),
        sa.Column("told_at", sa.BigInteger(), nullable=False, comment="when anything was last told of it"),
        sa.Column(
            "believed",
            sa.BigInteger(),
            nullable=False,
            comment="the warning that people take to be open; 0: none",
        ),
        sa.Column("level", sa.SmallInteger(), nullable=False, comment="that was last told"),
        sa.Column(
            "spared",
            sa.BigInteger(),
            nullable=False,
            comment="who answers for this region did not hear of it",
        ),
        sa.Column(
            "unheard",
            sa.BigInteger(),
            nullable=False,
            comment="and who answers for this one of nothing before",
        ),
        sa.Column(
            "step", sa.SmallInteger(), nullable=False, comment="steps of the escalation that were taken"
        ),
        sa.Column("flapping", sa.Boolean(), nullable=False),
        sa.Column(
            "silent", sa.SmallInteger(), nullable=False, comment="the health that its owner was told of"
        ),
        sa.PrimaryKeyConstraint("rule", "region", "item", name=op.f("pk_alert_courses")),
        comment="what an instance still waits for; region 0 is a rule as a whole",
        sqlite_with_rowid=False,
    )
    for statement in GUARDS[op.get_context().dialect.name]:
        op.execute(statement)
