"""Incidents: heads, stages, levels, reports, tasks, log, consultations, assessments, contacts and duties."""

import sqlalchemy as sa
from alembic import op

from data_access.incident_tables import GUARDS

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "incident_contacts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("post", sa.String(length=120), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_contacts")),
    )
    op.create_index(op.f("ix_incident_contacts_region"), "incident_contacts", ["region"], unique=False)
    op.create_table(
        "incidents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "origin",
            sa.String(length=120),
            nullable=True,
            comment="where a loaded incident comes from; none: typed here",
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column(
            "category", sa.String(length=20), nullable=False, comment="natural, accident, health, security"
        ),
        sa.Column(
            "kind",
            sa.String(length=80),
            nullable=False,
            comment="what it is, in words: typhoon, road accident",
        ),
        sa.Column(
            "code", sa.String(length=40), nullable=False, comment="class code, of the code system beside it"
        ),
        sa.Column("code_system", sa.String(length=80), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False, comment="1 特别重大 … 4 一般; 0: not graded"),
        sa.Column("region", sa.BigInteger(), nullable=False),
        sa.Column(
            "place", sa.String(length=200), nullable=False, comment="where, in words; empty: no place yet"
        ),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("occurred_at", sa.BigInteger(), nullable=True),
        sa.Column("reported_at", sa.BigInteger(), nullable=True, comment="the stamp of the first report"),
        sa.Column("reported_by", sa.String(length=120), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("confidentiality", sa.String(length=20), nullable=False, comment="internal, restricted"),
        sa.Column(
            "reportable", sa.Boolean(), nullable=False, comment="whether the rules of reporting ask for it"
        ),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column(
            "terminated_at", sa.BigInteger(), nullable=True, comment="the end of the response; none: open"
        ),
        sa.Column("merged_into", sa.Integer(), nullable=True),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.Column("registered_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["merged_into"], ["incidents.id"], name=op.f("fk_incidents_merged_into")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
        sa.UniqueConstraint("origin", name=op.f("uq_incidents_origin")),
        comment="one row per incident; what is corrected in it stands in its log",
    )
    op.create_index(op.f("ix_incidents_occurred_at"), "incidents", ["occurred_at"], unique=False)
    op.create_index("ix_incidents_open", "incidents", ["terminated_at", "merged_into"], unique=False)
    op.create_index(op.f("ix_incidents_region"), "incidents", ["region"], unique=False)
    op.create_table(
        "incident_actions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column(
            "purpose",
            sa.String(length=10),
            nullable=False,
            comment="consult: agreed in a consultation; fix: by assessment",
        ),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("done_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["incident"], ["incidents.id"], name=op.f("fk_incident_actions_incident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_actions")),
    )
    op.create_index(op.f("ix_incident_actions_incident"), "incident_actions", ["incident"], unique=False)
    op.create_table(
        "incident_assessments",
        sa.Column("incident", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident"], ["incidents.id"], name=op.f("fk_incident_assessments_incident")
        ),
        sa.PrimaryKeyConstraint("incident", name=op.f("pk_incident_assessments")),
    )
    op.create_table(
        "incident_consultations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=False, comment="video, site"),
        sa.Column("members", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident"], ["incidents.id"], name=op.f("fk_incident_consultations_incident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_consultations")),
    )
    op.create_index(
        op.f("ix_incident_consultations_incident"), "incident_consultations", ["incident"], unique=False
    )
    op.create_table(
        "incident_duties",
        sa.Column("region", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("begins_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False, comment="leader, officer"),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("shift", sa.String(length=10), nullable=False, comment="day, night"),
        sa.Column("contact", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact"], ["incident_contacts.id"], name=op.f("fk_incident_duties_contact")
        ),
        sa.PrimaryKeyConstraint("region", "begins_at", "role", name=op.f("pk_incident_duties")),
        comment="who is on duty where and when",
    )
    op.create_table(
        "incident_facts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column(
            "kind", sa.String(length=20), nullable=False, comment="impact, resource, response, rain_gauge"
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("region", sa.BigInteger(), nullable=False),
        sa.Column("metric", sa.String(length=80), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=False, comment="as printed"),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("quality", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(["incident"], ["incidents.id"], name=op.f("fk_incident_facts_incident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_facts")),
        comment="what a published source says of an incident, as printed",
    )
    op.create_index(op.f("ix_incident_facts_incident"), "incident_facts", ["incident"], unique=False)
    op.create_table(
        "incident_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["incident"], ["incidents.id"], name=op.f("fk_incident_log_incident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_log")),
        comment="append-only",
    )
    op.create_index(op.f("ix_incident_log_incident"), "incident_log", ["incident"], unique=False)
    op.create_table(
        "incident_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False, comment="initial, followup, final"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["incident"], ["incidents.id"], name=op.f("fk_incident_reports_incident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_reports")),
    )
    op.create_index(op.f("ix_incident_reports_incident"), "incident_reports", ["incident"], unique=False)
    op.create_table(
        "incident_response_levels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.String(length=40),
            nullable=False,
            comment="of which response: 防风, 防汛 …; may be empty",
        ),
        sa.Column("level", sa.SmallInteger(), nullable=False, comment="1 is Ⅰ, the highest, to 4; 0: ended"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident"], ["incidents.id"], name=op.f("fk_incident_response_levels_incident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_response_levels")),
        comment="append-only; says nothing about the warning level",
    )
    op.create_index(
        op.f("ix_incident_response_levels_incident"), "incident_response_levels", ["incident"], unique=False
    )
    op.create_table(
        "incident_stages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=8), nullable=False, comment="接报 响应 指挥 研判 会商 评估"),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("begun_by", sa.String(length=64), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column(
            "corrects", sa.Integer(), nullable=True, comment="the row that this one corrects; both stay"
        ),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["incident"], ["incidents.id"], name=op.f("fk_incident_stages_incident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_stages")),
        comment="never deleted; the end is set once",
    )
    op.create_index(op.f("ix_incident_stages_incident"), "incident_stages", ["incident"], unique=False)
    op.create_table(
        "incident_tasks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=120), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("rescue", sa.Boolean(), nullable=False, comment="a team is sent and has to arrive"),
        sa.Column("urban", sa.Boolean(), nullable=False, comment="which standard of arrival holds"),
        sa.Column(
            "site", sa.Boolean(), nullable=False, comment="sound or picture of the site must be connected"
        ),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("issued_by", sa.String(length=64), nullable=False),
        sa.Column("ack_due", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("arrived_at", sa.BigInteger(), nullable=True),
        sa.Column("connected_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["incident"], ["incidents.id"], name=op.f("fk_incident_tasks_incident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_tasks")),
        comment="orders to units; every stamp is set once",
    )
    op.create_index(op.f("ix_incident_tasks_incident"), "incident_tasks", ["incident"], unique=False)
    op.create_table(
        "incident_warning_levels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False, comment="4 red … 1 blue; 0: lifted"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident"], ["incidents.id"], name=op.f("fk_incident_warning_levels_incident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_warning_levels")),
        comment="append-only; says nothing about the response level",
    )
    op.create_index(
        op.f("ix_incident_warning_levels_incident"), "incident_warning_levels", ["incident"], unique=False
    )
    op.create_table(
        "incident_figures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("report", sa.Integer(), nullable=False),
        sa.Column(
            "metric",
            sa.String(length=20),
            nullable=False,
            comment="death, missing, affected, relocated, houses, loss",
        ),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column(
            "note", sa.String(length=80), nullable=False, comment="how the source qualifies it: 多, 近"
        ),
        sa.ForeignKeyConstraint(["incident"], ["incidents.id"], name=op.f("fk_incident_figures_incident")),
        sa.ForeignKeyConstraint(["report"], ["incident_reports.id"], name=op.f("fk_incident_figures_report")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_figures")),
        comment="a figure of a report; the latest report that has one counts, the earlier ones stay",
    )
    op.create_index(op.f("ix_incident_figures_incident"), "incident_figures", ["incident"], unique=False)
    for statement in GUARDS[op.get_context().dialect.name]:
        op.execute(statement)
