"""The data desk: deliveries, their cells, what was accepted and what happened; and the reason of a load."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "desk_deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind", sa.String(length=16), nullable=False, comment="template, upload, grid or correction"
        ),
        sa.Column(
            "title", sa.Text(), nullable=False, comment="the name of the file, or what the grid is for"
        ),
        sa.Column("owner", sa.String(length=64), nullable=False, comment="the account that brought it"),
        sa.Column(
            "department", sa.String(length=32), nullable=False, comment="whose figures; empty: of several"
        ),
        sa.Column("region", sa.BigInteger(), nullable=False, comment="the region at the top of its figures"),
        sa.Column(
            "period",
            sa.BigInteger(),
            nullable=False,
            comment="the end of what was due; 0: of several periods",
        ),
        sa.Column(
            "state", sa.String(length=16), nullable=False, comment="draft, scheduled, released or dropped"
        ),
        sa.Column(
            "revision",
            sa.Integer(),
            nullable=False,
            comment="rises with every change of a cell or the state",
        ),
        sa.Column(
            "release_at",
            sa.BigInteger(),
            nullable=False,
            comment="from when on it may be released; 0: not known",
        ),
        sa.Column("load", sa.Integer(), nullable=True, comment="the load that released it"),
        sa.Column(
            "figures",
            sa.Integer(),
            nullable=False,
            comment="at its last check, as the three that follow",
        ),
        sa.Column("errors", sa.Integer(), nullable=False),
        sa.Column("warnings", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False, comment="who changed it last"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_deliveries")),
        comment="one row a delivery; what happened to it stands in its events",
    )
    op.create_index(op.f("ix_desk_deliveries_state_department"), "desk_deliveries", ["state", "department"])
    op.create_table(
        "desk_contents",
        sa.Column("delivery", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "content", sa.Text(), nullable=False, comment="sheets with the numbers and cells of their rows"
        ),
        sa.Column("notes", sa.Text(), nullable=False, comment="what was told when the file was read"),
        sa.PrimaryKeyConstraint("delivery", name=op.f("pk_desk_contents")),
        comment="what a delivery came with; never changed",
    )
    op.create_table(
        "desk_cells",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.SmallInteger(), nullable=False),
        sa.Column(
            "line",
            sa.Integer(),
            nullable=False,
            comment="the number of the row as a spreadsheet shows it",
        ),
        sa.Column("place", sa.Integer(), nullable=False, comment="the column, from 0"),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_cells")),
        comment="append-only: what was typed into a cell; of several rows the last holds",
    )
    op.create_index(op.f("ix_desk_cells_delivery"), "desk_cells", ["delivery"])
    op.create_table(
        "desk_acceptances",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False, comment="which warning"),
        sa.Column("cell", sa.String(length=200), nullable=False, comment="where"),
        sa.Column(
            "said",
            sa.Text(),
            nullable=False,
            comment="what the warning said: another doubt there is a new one",
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_acceptances")),
        comment="append-only: warnings that somebody accepted, and why",
    )
    op.create_index(op.f("ix_desk_acceptances_delivery"), "desk_acceptances", ["delivery"])
    op.create_table(
        "desk_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery", sa.Integer(), nullable=False),
        sa.Column(
            "event",
            sa.String(length=16),
            nullable=False,
            comment="opened, scheduled, released, reopened, failed, dropped",
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_events")),
        comment="append-only: what happened to a delivery",
    )
    op.create_index(op.f("ix_desk_events_delivery"), "desk_events", ["delivery"])
    op.add_column(
        "loads",
        sa.Column(
            "reason",
            sa.Text(),
            nullable=True,
            comment="why figures were corrected; none for a usual delivery",
        ),
    )
