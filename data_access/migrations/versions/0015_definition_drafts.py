"""Drafts of definitions: their texts, what people did with them, and which of them a row of the registry was."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "definition_drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("code", sa.Text(), nullable=False, comment="as it stands in the text; empty while nothing is typed"),
        sa.Column("purpose", sa.String(length=8), nullable=False, comment="change or retire"),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False, comment="of the text; rises with every saving"),
        sa.Column("steps", sa.Integer(), nullable=False, comment="how many steps were taken"),
        sa.Column("document", sa.Text(), nullable=False, comment="the newest text, as JSON in ASCII"),
        sa.Column("base", sa.Text(), nullable=False, comment="the published text that it began from, as JSON; null: none"),
        sa.Column("base_row", sa.Integer(), nullable=False, comment="its row in the registry; 0: none"),
        sa.Column("origin", sa.Text(), nullable=False, comment="where it came from: file:7, rule:3, call:2; empty: typed"),
        sa.Column("author", sa.String(length=32), nullable=False, comment="the account that opened it"),
        sa.Column("author_shown", sa.String(length=64), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("editor", sa.String(length=32), nullable=False, comment="the account that saved it last"),
        sa.Column("editor_shown", sa.String(length=64), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False, comment="what the author said at submission, as JSON"),
        sa.Column("reviewer", sa.String(length=32), nullable=False),
        sa.Column("publisher", sa.String(length=32), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=False, comment="the day set at publication"),
        sa.Column("registry_row", sa.Integer(), nullable=False, comment="what publication wrote; 0: nothing yet"),
        sa.Column("ended", sa.Text(), nullable=False, comment="rows of the registry that it ended, with their last day before"),
        sa.Column("applied", sa.Boolean(), nullable=False, comment="targets and curves: whether they hold by now"),
        sa.Column("moved_at", sa.BigInteger(), nullable=False, comment="when the last step was taken"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_definition_drafts")),
        comment="one row for each change of a definition on its way",
    )  # fmt: skip
    op.create_index("ix_definition_drafts_state", "definition_drafts", ["state"], unique=False)
    op.create_index("ix_definition_drafts_code", "definition_drafts", ["kind", "code"], unique=False)
    op.create_table(
        "definition_draft_revisions",
        sa.Column("draft", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=32), nullable=False, comment="the account"),
        sa.Column("name", sa.String(length=64), nullable=False, comment="what is typed at its sign-in"),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("draft", "revision", name=op.f("pk_definition_draft_revisions")),
        comment="every text that was saved",
    )
    op.create_table(
        "definition_draft_steps",
        sa.Column("draft", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("act", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False, comment="after it"),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=32), nullable=False, comment="the account"),
        sa.Column("name", sa.String(length=64), nullable=False, comment="what is typed at its sign-in"),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False, comment="the reason that was given"),
        sa.Column("frozen", sa.Text(), nullable=False, comment="what was seen at submission, as JSON; null: nothing"),
        sa.PrimaryKeyConstraint("draft", "number", name=op.f("pk_definition_draft_steps")),
        comment="what people did with drafts",
    )  # fmt: skip
    op.add_column(
        "definitions",
        sa.Column("draft", sa.Integer(), nullable=True, comment="of what people publish: the draft that it was"),
    )  # fmt: skip
    op.add_column("rule_proposals", sa.Column("adopted_at", sa.BigInteger(), nullable=True))
    op.add_column(
        "rule_proposals",
        sa.Column(
            "definition_draft",
            sa.Integer(),
            nullable=True,
            comment="the draft of a definition by which it was adopted",
        ),
    )
