"""Changes of regions: proposals with their steps, and what was decided on grants of codes that are no more."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The tables of changes of regions."""
    op.create_table(
        "region_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False, comment="what is to change, as JSON, in order"),
        sa.Column(
            "boundaries",
            sa.Text(),
            nullable=False,
            comment="new outlines as GeoJSON; empty where there are none",
        ),
        sa.Column("reason", sa.Text(), nullable=False, comment="the document that orders it"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region_changes")),
        comment="written once; what becomes of it stands in region_steps",
    )
    op.create_table(
        "region_steps",
        sa.Column("change", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "state",
            sa.String(length=12),
            nullable=False,
            comment="proposed, confirmed, effective, returned, withdrawn",
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("display", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("change", "number", name=op.f("pk_region_steps")),
        comment="append-only; the last step of a change tells where it stands",
    )
    op.create_table(
        "region_grants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("region", sa.BigInteger(), nullable=False, comment="the code that is no more"),
        sa.Column("decision", sa.String(length=8), nullable=False, comment="moved, kept, ended"),
        sa.Column(
            "heirs",
            sa.String(length=400),
            nullable=False,
            comment="the codes granted in its place, by spaces",
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region_grants")),
        comment="append-only: what was decided on a grant of a code that is no more",
    )
    op.create_index("ix_region_grants_account", "region_grants", ["account", "region"])
