"""Promotion deals and hotline cases."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "register_ends",
        sa.Column("subject", sa.String(length=20), nullable=False, comment="promotion, hotline"),
        sa.Column("region", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "since",
            sa.BigInteger(),
            nullable=False,
            comment="the first period that is complete, a period key",
        ),
        sa.Column("until", sa.BigInteger(), nullable=False, comment="the last one"),
        sa.Column(
            "fine",
            sa.BigInteger(),
            nullable=False,
            comment="townships are told day by day from here on, before by month",
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("subject", "region", name=op.f("pk_register_ends")),
    )
    op.create_table(
        "promotion_deals",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("company", sa.String(length=120), nullable=False),
        sa.Column(
            "credit_code",
            sa.String(length=18),
            nullable=False,
            comment="unified social credit code; empty: none yet",
        ),
        sa.Column("industry", sa.String(length=40), nullable=False),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("county", sa.BigInteger(), nullable=False),
        sa.Column("town", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False, comment="formal, framework, intent"),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column(
            "amount", sa.Double(), nullable=True, comment="contract amount, hundred millions of the currency"
        ),
        sa.Column(
            "rate",
            sa.Double(),
            nullable=False,
            comment="yuan for one unit of the currency on the day of signing",
        ),
        sa.Column("talked_on", sa.Integer(), nullable=True, comment="the last talk of substance, YYYYMMDD"),
        sa.Column("withdrawn_on", sa.Integer(), nullable=True, comment="YYYYMMDD"),
        sa.Column(
            "withdrawn_class",
            sa.String(length=12),
            nullable=False,
            comment="left: it stays in its batch; void: never counted",
        ),
        sa.Column("withdrawn_reason", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion_deals")),
        sa.UniqueConstraint("code", name=op.f("uq_promotion_deals_code")),
    )
    op.create_index(op.f("ix_promotion_deals_county"), "promotion_deals", ["county"], unique=False)
    op.create_table(
        "promotion_stages",
        sa.Column("deal", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stage", sa.SmallInteger(), nullable=False, comment="1 lead … 6 in production"),
        sa.Column("reached_on", sa.Integer(), nullable=False, comment="YYYYMMDD"),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["deal"], ["promotion_deals.id"], name=op.f("fk_promotion_stages_deal")),
        sa.PrimaryKeyConstraint("deal", "number", name=op.f("pk_promotion_stages")),
    )
    op.create_table(
        "promotion_money",
        sa.Column("deal", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False, comment="YYYYMM"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("amount", sa.Double(), nullable=False, comment="亿元 that arrived in the month"),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["deal"], ["promotion_deals.id"], name=op.f("fk_promotion_money_deal")),
        sa.PrimaryKeyConstraint("deal", "month", "number", name=op.f("pk_promotion_money")),
    )
    op.create_table(
        "promotion_marks",
        sa.Column("deal", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "reason_class",
            sa.String(length=20),
            nullable=False,
            comment="a class of problems (issue_classes)",
        ),
        sa.Column("mark", sa.String(length=12), nullable=False, comment="stalled, revive (盘活), end (终止)"),
        sa.Column("marked_on", sa.Integer(), nullable=False, comment="YYYYMMDD"),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["deal"], ["promotion_deals.id"], name=op.f("fk_promotion_marks_deal")),
        sa.PrimaryKeyConstraint("deal", "number", name=op.f("pk_promotion_marks")),
    )
    op.create_table(
        "hotline_cases",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("county", sa.BigInteger(), nullable=False),
        sa.Column("town", sa.BigInteger(), nullable=False),
        sa.Column("appeal_class", sa.String(length=24), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column(
            "department",
            sa.String(length=24),
            nullable=False,
            comment="who handles it; the hotline where it answers itself",
        ),
        sa.Column(
            "matter", sa.String(length=120), nullable=False, comment="what it is about, without personal data"
        ),
        sa.Column("accepted_on", sa.Integer(), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Integer(), nullable=True, comment="none: answered at once"),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("extended", sa.SmallInteger(), nullable=False, comment="days of delay that were approved"),
        sa.Column("stage", sa.SmallInteger(), nullable=False, comment="1 accepted … 8 rated"),
        sa.Column("stage_at", sa.BigInteger(), nullable=False, comment="since when it stands there"),
        sa.Column(
            "closed_at", sa.BigInteger(), nullable=True, comment="when it was closed; a return opens it again"
        ),
        sa.Column("rated_on", sa.Integer(), nullable=True),
        sa.Column(
            "rating", sa.SmallInteger(), nullable=True, comment="1 very dissatisfied … 5 very satisfied"
        ),
        sa.Column(
            "valid", sa.Boolean(), nullable=False, comment="the rating counts: reached, and willing to rate"
        ),
        sa.Column("solved", sa.Boolean(), nullable=True, comment="by the caller's word"),
        sa.Column(
            "repeat_of",
            sa.Integer(),
            nullable=True,
            comment="the case of the same person and matter closed within a month before",
        ),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotline_cases")),
        sa.UniqueConstraint("number", name=op.f("uq_hotline_cases_number")),
    )
    op.create_index("ix_hotline_cases_closed", "hotline_cases", ["closed_at", "county"], unique=False)
    op.create_index(
        "ix_hotline_cases_county_accepted", "hotline_cases", ["county", "accepted_on"], unique=False
    )
    op.create_index("ix_hotline_cases_county_due", "hotline_cases", ["county", "due_on"], unique=False)
    op.create_index("ix_hotline_cases_county_rated", "hotline_cases", ["county", "rated_on"], unique=False)
    op.create_table(
        "hotline_steps",
        sa.Column("case", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("stage", sa.SmallInteger(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True, comment="none: it is there now"),
        sa.Column(
            "unit", sa.String(length=24), nullable=False, comment="a department, or a region as twelve digits"
        ),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("case", "number", name=op.f("pk_hotline_steps")),
        sqlite_with_rowid=False,
    )
