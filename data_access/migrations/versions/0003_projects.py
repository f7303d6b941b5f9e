"""Key projects: the register, its lists and plans, monthly reports, milestones, problems and every change."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "projects",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "code",
            sa.String(length=64),
            nullable=True,
            comment="of the approval platform; none where it is not known",
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("region", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("part_of", sa.Integer(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("industry", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("department", sa.String(length=32), nullable=False),
        sa.Column(
            "scopes",
            sa.String(length=100),
            nullable=False,
            comment="the lists it stands on, separated by spaces",
        ),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column(
            "total", sa.Double(), nullable=True, comment="the newest version of the total investment, 亿元"
        ),
        sa.Column("planned_start", sa.Date(), nullable=True),
        sa.Column("planned_finish", sa.Date(), nullable=True),
        sa.Column("actual_start", sa.Date(), nullable=True),
        sa.Column("actual_finish", sa.Date(), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.Column("quality", sa.String(length=8), nullable=False),
        sa.Column("as_of", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("printed_plan", sa.Double(), nullable=True),
        sa.Column("printed_done", sa.Double(), nullable=True),
        sa.Column("withdrawn", sa.Date(), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["part_of"], ["projects.id"], name=op.f("fk_projects_part_of")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
        sa.UniqueConstraint("code", name=op.f("uq_projects_code")),
        comment="key projects and programmes; a programme is never added to anything",
    )
    op.create_index("ix_projects_region", "projects", ["region"], unique=False)
    op.create_table(
        "project_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("part", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("field", sa.String(length=32), nullable=False),
        sa.Column("old", sa.Text(), nullable=False),
        sa.Column("new", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name=op.f("fk_project_changes_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_changes")),
        comment="every change of a field",
    )
    op.create_index(op.f("ix_project_changes_project"), "project_changes", ["project"], unique=False)
    op.create_table(
        "project_listings",
        sa.Column("project", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entered", sa.Date(), nullable=False),
        sa.Column("left", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name=op.f("fk_project_listings_project")),
        sa.PrimaryKeyConstraint("project", "year", name=op.f("pk_project_listings")),
        comment="the yearly lists: when a project came, and when and why it left",
    )
    op.create_table(
        "project_milestones",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("planned", sa.Date(), nullable=False),
        sa.Column(
            "approved",
            sa.Date(),
            nullable=True,
            comment="the later day that was approved; the planned one is kept",
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actual", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name=op.f("fk_project_milestones_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_milestones")),
        sa.UniqueConstraint("project", "name", name=op.f("uq_project_milestones_project_name")),
    )
    op.create_index(op.f("ix_project_milestones_project"), "project_milestones", ["project"], unique=False)
    op.create_table(
        "project_months",
        sa.Column("project", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("done", sa.Double(), nullable=False),
        sa.Column("fund_plan", sa.Double(), nullable=False),
        sa.Column("fund_budget", sa.Double(), nullable=False),
        sa.Column("fund_bond", sa.Double(), nullable=False),
        sa.Column("fund_loan", sa.Double(), nullable=False),
        sa.Column("fund_own", sa.Double(), nullable=False),
        sa.Column("paid", sa.Double(), nullable=False),
        sa.Column("bond_issued", sa.Double(), nullable=False),
        sa.Column("bond_used", sa.Double(), nullable=False),
        sa.Column("land_need", sa.Double(), nullable=False),
        sa.Column("land_done", sa.Double(), nullable=False),
        sa.Column("registered", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name=op.f("fk_project_months_project")),
        sa.PrimaryKeyConstraint("project", "year", "month", name=op.f("pk_project_months")),
        comment="monthly reports; amounts are cumulative since 1 January",
    )
    op.create_table(
        "project_permits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("accepted", sa.Date(), nullable=True),
        sa.Column("granted", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name=op.f("fk_project_permits_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_permits")),
        sa.UniqueConstraint("project", "category", name=op.f("uq_project_permits_project_category")),
    )
    op.create_index(op.f("ix_project_permits_project"), "project_permits", ["project"], unique=False)
    op.create_table(
        "project_plans",
        sa.Column("project", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("amount", sa.Double(), nullable=False),
        sa.Column("approval", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name=op.f("fk_project_plans_project")),
        sa.PrimaryKeyConstraint("project", "year", "since", name=op.f("pk_project_plans")),
        comment="the plan of a year and its approved changes, each from a day on",
    )
    op.create_table(
        "project_problems",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("department", sa.String(length=32), nullable=False),
        sa.Column("registered", sa.Date(), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=False),
        sa.Column(
            "reported",
            sa.Date(),
            nullable=True,
            comment="when its department said it was solved; that closes nothing",
        ),
        sa.Column("confirmed", sa.Date(), nullable=True),
        sa.Column("confirmed_by", sa.String(length=100), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name=op.f("fk_project_problems_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_problems")),
    )
    op.create_index(op.f("ix_project_problems_project"), "project_problems", ["project"], unique=False)
    op.create_table(
        "project_rulings",
        sa.Column("project", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("light", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name=op.f("fk_project_rulings_project")),
        sa.PrimaryKeyConstraint("project", "year", "month", name=op.f("pk_project_rulings")),
        comment="lights that a person set in place of the computed ones",
    )
    op.create_table(
        "project_totals",
        sa.Column("project", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("amount", sa.Double(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name=op.f("fk_project_totals_project")),
        sa.PrimaryKeyConstraint("project", "since", name=op.f("pk_project_totals")),
        comment="versions of the planned total investment",
    )
