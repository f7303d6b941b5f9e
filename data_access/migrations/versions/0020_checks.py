"""What identities found wrong, what is held back because of it, what was decided; notes on indicators."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The tables of checks and of notes on indicators."""
    op.create_table(
        "check_failures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "identity",
            sa.String(length=16),
            nullable=False,
            comment="of its total and parts, whatever their order",
        ),
        sa.Column("total", sa.String(length=160), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("region", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.BigInteger(), nullable=False),
        sa.Column("tolerance", sa.Double(), nullable=False),
        sa.Column("gap", sa.Double(), nullable=False, comment="the printed total less the sum of its parts"),
        sa.Column(
            "figures",
            sa.Text(),
            nullable=False,
            comment="code and figure, the total first, as they were found",
        ),
        sa.Column("load", sa.Integer(), nullable=False, comment="the newest delivery among them"),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.String(length=12),
            nullable=False,
            comment="open, accepted, corrected, replaced, gone",
        ),
        sa.Column("ended_at", sa.BigInteger(), nullable=True, comment="when its figures agreed or went"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_failures")),
    )
    op.create_index("ix_check_failures_cell", "check_failures", ["identity", "region", "period"])
    op.create_index("ix_check_failures_state", "check_failures", ["state", "found_at"])
    op.create_table(
        "check_holds",
        sa.Column("failure", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("indicator", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("region", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.BigInteger(), nullable=False),
        sa.Column(
            "load",
            sa.Integer(),
            nullable=False,
            comment="the delivery whose figure is held back; no other one is",
        ),
        sa.Column(
            "until", sa.BigInteger(), nullable=True, comment="when it was let go; none: it is held back"
        ),
        sa.PrimaryKeyConstraint("failure", "indicator", name=op.f("pk_check_holds")),
        comment="figures that no board and no wall shows",
    )
    held = sa.text("until IS NULL")
    op.create_index(
        "ix_check_holds_held", "check_holds", ["indicator"], sqlite_where=held, postgresql_where=held
    )
    op.create_table(
        "check_decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("failure", sa.Integer(), nullable=False),
        sa.Column(
            "act",
            sa.String(length=12),
            nullable=False,
            comment="accepted, reopened, corrected, replaced, gone",
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_decisions")),
        comment="append-only: what became of a failure, by whom and why",
    )
    op.create_index(op.f("ix_check_decisions_failure"), "check_decisions", ["failure"])
    op.create_table(
        "check_identities",
        sa.Column("identity", sa.String(length=16), nullable=False),
        sa.Column("tolerance", sa.Double(), nullable=False),
        sa.Column("tested_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("identity", name=op.f("pk_check_identities")),
        comment="the identities that all stored figures were tested by, with the tolerance that held then",
    )
    op.create_table(
        "indicator_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("indicator", sa.String(length=160), nullable=False),
        sa.Column("region", sa.BigInteger(), nullable=False),
        sa.Column(
            "period",
            sa.BigInteger(),
            nullable=True,
            comment="the period that it speaks of; none: the indicator as such",
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False, comment="the account"),
        sa.Column("name", sa.String(length=64), nullable=False, comment="how the author was called then"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True, comment="when its author took it back"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_notes")),
        comment="notes on indicators; none is deleted",
    )
    op.create_index("ix_indicator_notes_indicator", "indicator_notes", ["indicator", "at"])
