"""Keys of screens and machines."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_keys",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column(
            "purpose",
            sa.String(length=16),
            nullable=False,
            comment="screen: shows a wall; cap: delivers warnings",
        ),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("region", sa.BigInteger(), nullable=False),
        sa.Column(
            "systems", sa.String(length=200), nullable=False, comment="codes separated by spaces, or *"
        ),
        sa.Column(
            "settings",
            sa.Text(),
            nullable=False,
            comment="JSON: language, light, scenes and their seconds, wartime",
        ),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the key"),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column(
            "entered_at",
            sa.BigInteger(),
            nullable=True,
            comment="when a screen exchanged it for a cookie; it opens nothing twice",
        ),
        sa.Column("session", sa.String(length=64), nullable=True, comment="SHA-256 of that cookie"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_access_keys_digest")),
        sa.UniqueConstraint("session", name=op.f("uq_access_keys_session")),
    )
