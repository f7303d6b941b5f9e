"""Board layouts and their versions."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "board_drafts",
        sa.Column("board", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column(
            "owner", sa.String(length=64), nullable=False, comment="the editor whose draft it is"
        ),
        sa.Column(
            "revision", sa.Integer(), nullable=False, comment="rises with every change, also with an undo"
        ),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column(
            "before",
            sa.Text(),
            nullable=False,
            comment="what the draft was before each change, oldest first",
        ),
        sa.Column(
            "base",
            sa.Integer(),
            nullable=False,
            comment="the published version that it began from; 0: the pack's",
        ),
        sa.Column("author", sa.String(length=64), nullable=False, comment="who changed it last"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("board", "level", "owner", name=op.f("pk_board_drafts")),
    )
    op.create_table(
        "board_layouts",
        sa.Column("board", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "content",
            sa.Text(),
            nullable=False,
            comment="sections and their entries; empty: as the pack has it",
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("board", "level", "version", name=op.f("pk_board_layouts")),
        comment="published layouts; the newest version of a board and level is in force",
    )
