"""Starred indicators."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stars",
        sa.Column(
            "account",
            sa.String(length=32),
            nullable=False,
            comment="no foreign key: a demo account may go, its identity never comes again",
        ),
        sa.Column(
            "indicators",
            sa.Text(),
            nullable=False,
            comment="codes separated by spaces, in the reader's order",
        ),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_stars")),
        comment="one row for each account that has chosen; without one the account sees the usual indicators",
    )
