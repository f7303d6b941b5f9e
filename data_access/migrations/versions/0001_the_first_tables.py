"""The first tables."""

import sqlalchemy as sa
from alembic import op

from data_access import accounts, alerts

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column(
            "name", sa.String(length=64), nullable=False, comment="what is typed at sign-in, case folded"
        ),
        sa.Column("display", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("name", name=op.f("uq_accounts_name")),
    )
    op.create_table(
        "alert_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=160), nullable=False),
        sa.Column("region", sa.BigInteger(), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("alert", sa.BigInteger(), nullable=False, comment="the period in which the warning opened"),
        sa.Column("period", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.SmallInteger(),
            nullable=False,
            comment="1 open, 2 upgrade, 3 downgrade, 4 resolve, 5 revised",
        ),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("previous", sa.SmallInteger(), nullable=False),
        sa.Column("cause", sa.SmallInteger(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("measure", sa.Double(), nullable=True),
        sa.Column("threshold", sa.Double(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="when it was recorded"),
        sa.Column(
            "back_dated", sa.Boolean(), nullable=False, comment="entered later, for a time that is past"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_events")),
        comment="append-only: triggers refuse every change",
    )
    op.create_index(
        "ix_alert_events_instance", "alert_events", ["rule", "region", "item", "id"], unique=False
    )
    op.create_table(
        "alert_rules",
        sa.Column("rule", sa.String(length=160), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "health",
            sa.SmallInteger(),
            nullable=False,
            comment="of the rule as a whole: all its regions silent, an error",
        ),
        sa.Column("period", sa.BigInteger(), nullable=False, comment="the newest period judged"),
        sa.Column(
            "since",
            sa.BigInteger(),
            nullable=False,
            comment="the first period that this version judged; 0: all",
        ),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="when it was last evaluated"),
        sa.PrimaryKeyConstraint("rule", name=op.f("pk_alert_rules")),
    )
    op.create_table(
        "alerts",
        sa.Column(
            "rule", sa.String(length=160), nullable=False, comment="the code of the indicator that is judged"
        ),
        sa.Column("region", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "level", sa.SmallInteger(), nullable=False, comment="0 none, 1 blue, 2 yellow, 3 orange, 4 red"
        ),
        sa.Column(
            "opened",
            sa.BigInteger(),
            nullable=False,
            comment="the period in which it opened; 0 if none is open",
        ),
        sa.Column("opened_at", sa.BigInteger(), nullable=False, comment="when the opening was recorded"),
        sa.Column(
            "lasted",
            sa.Integer(),
            nullable=False,
            comment="observed periods since it opened, the first included",
        ),
        sa.Column("period", sa.BigInteger(), nullable=False, comment="the period last judged"),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("measure", sa.Double(), nullable=True, comment="what was compared with the threshold"),
        sa.Column("threshold", sa.Double(), nullable=True),
        sa.Column(
            "data_period",
            sa.BigInteger(),
            nullable=False,
            comment="the period of the value; 0 if none was seen",
        ),
        sa.Column("status", sa.SmallInteger(), nullable=False, comment="where the value stands in its life"),
        sa.Column(
            "reason",
            sa.SmallInteger(),
            nullable=False,
            comment="why the last period was not judged; 0 if it was",
        ),
        sa.Column("health", sa.SmallInteger(), nullable=False, comment="0 ok, 1 stale, 2 no data, 3 error"),
        sa.Column(
            "version",
            sa.Integer(),
            nullable=False,
            comment="of the definition under which the warning opened",
        ),
        sa.Column(
            "judged_by",
            sa.Integer(),
            nullable=False,
            comment="the version of the definition that judged last",
        ),
        sa.Column(
            "latches",
            sa.String(length=200),
            nullable=False,
            comment="state and count of every latch; empty: all idle",
        ),
        sa.PrimaryKeyConstraint("rule", "region", "item", name=op.f("pk_alerts")),
        comment="one row per instance of a rule",
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_alerts_open",
        "alerts",
        ["level"],
        unique=False,
        sqlite_where=sa.text("level > 0"),
        postgresql_where=sa.text("level > 0"),
    )
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column(
            "digest",
            sa.String(length=64),
            nullable=False,
            comment="SHA-256 over the digest before and this entry",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit")),
        comment="append-only: triggers refuse every change",
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
        comment="one row: where the chain ends; updating it lets one writer append at a time",
    )
    op.create_table(
        "breakdowns",
        sa.Column("indicator", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("indicator", "item", name=op.f("pk_breakdowns")),
        comment="which items an indicator has figures for",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("load", sa.Integer(), nullable=False),
        sa.Column("indicator", sa.Integer(), nullable=False),
        sa.Column("region", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column(
            "settled", sa.SmallInteger(), nullable=False, comment="0 waits for the evaluation of warnings"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
        comment="what a load or an undo changed; read by the evaluation of warnings, kept for the undo",
    )
    op.create_index("ix_changes_load", "changes", ["load"], unique=False)
    op.create_index(
        "ix_changes_pending",
        "changes",
        ["id"],
        unique=False,
        sqlite_where=sa.text("settled = 0"),
        postgresql_where=sa.text("settled = 0"),
    )
    op.create_table(
        "confirmations",
        sa.Column("indicator", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("region", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("period", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("load", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("of", sa.Integer(), nullable=False, comment="the load whose figure it repeats"),
        sa.Column("since", sa.BigInteger(), nullable=False, comment="known_at of the figure it repeats"),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "indicator", "item", "region", "period", "load", name=op.f("pk_confirmations")
        ),
        comment="a load that said again what already stood: the figure stays when the first load is undone",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "current",
        sa.Column("indicator", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("region", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("period", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("yoy", sa.Double(), nullable=True),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("source", sa.Integer(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("load", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("indicator", "item", "region", "period", name=op.f("pk_current")),
        comment="the value in force of every cell",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "definition_files",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_definition_files")),
        comment="the files that the registry has already looked at, so that an unchanged one is not read again",
    )
    op.create_table(
        "definitions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=True),
        sa.Column("valid_to", sa.String(length=10), nullable=True),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_definitions")),
        comment="every version of every definition; a row is never edited but in its state and its last day",
    )
    op.create_index("ix_definitions_code", "definitions", ["kind", "code"], unique=False)
    op.create_index("ix_definitions_state", "definitions", ["state"], unique=False)
    op.create_table(
        "failures",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("locked_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "address", name=op.f("pk_failures")),
        comment="wrong passwords in a row, by account and address: a stranger cannot lock out the owner",
    )
    op.create_table(
        "history",
        sa.Column("indicator", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("region", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("period", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("known_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("load", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("yoy", sa.Double(), nullable=True),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("source", sa.Integer(), nullable=False),
        sa.Column("replaced_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "replaced_by",
            sa.Integer(),
            nullable=True,
            comment="the load that replaced it; none where an undo took it back",
        ),
        sa.PrimaryKeyConstraint(
            "indicator", "item", "region", "period", "known_at", "load", name=op.f("pk_history")
        ),
        comment="what current values replaced: known from known_at until just before replaced_at",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "indicator_ids",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=160), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_ids")),
        sa.UniqueConstraint("code", name=op.f("uq_indicator_ids_code")),
    )
    op.create_table(
        "items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dimensions", sa.String(length=500), nullable=False),
        sa.Column("scope", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_items")),
        sa.UniqueConstraint("dimensions", "scope", name=op.f("uq_items_dimensions_scope")),
        comment="what a figure is narrowed to; 0, which has no row, is the headline total",
    )
    op.create_table(
        "loads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column(
            "newest", sa.BigInteger(), nullable=False, comment="the latest moment any of its rows was known"
        ),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.Column("undone_by", sa.String(length=200), nullable=True),
        sa.Column("inserted", sa.Integer(), nullable=False),
        sa.Column("corrected", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("refused_simulated", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loads")),
    )
    op.create_index(op.f("ix_loads_digest"), "loads", ["digest"], unique=False)
    op.create_table(
        "season_curves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("indicator", sa.String(length=160), nullable=False),
        sa.Column(
            "region",
            sa.BigInteger(),
            nullable=True,
            comment="none holds for every region without a curve of its own",
        ),
        sa.Column("year", sa.Integer(), nullable=True, comment="none holds for every year"),
        sa.Column("shares", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("replaced_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_season_curves")),
        comment="how much of a year's task is due by the end of each month",
    )
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secrets")),
        comment="keys that all web processes share; they protect forms, they open no account",
    )
    op.create_table(
        "sources",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.Column("quality", sa.String(length=8), nullable=False),
        sa.Column("licence_note", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint("digest", name=op.f("uq_sources_digest")),
    )
    op.create_table(
        "targets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("indicator", sa.String(length=160), nullable=True),
        sa.Column("region", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(length=20), nullable=False),
        sa.Column("op", sa.String(length=8), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("upper", sa.Double(), nullable=True),
        sa.Column("unit", sa.String(length=40), nullable=True),
        sa.Column("due", sa.String(length=10), nullable=True),
        sa.Column("statement_zh", sa.Text(), nullable=False),
        sa.Column("plan", sa.String(length=80), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column(
            "load",
            sa.Integer(),
            nullable=True,
            comment="the load that brought it; none for what the library and the pack set",
        ),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("replaced_at", sa.BigInteger(), nullable=True),
        sa.Column(
            "replaced_by",
            sa.Integer(),
            nullable=True,
            comment="the load that replaced it, so that its undo brings it back",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_targets")),
        comment="what regions are to reach by a year",
    )
    op.create_index("ix_targets_cell", "targets", ["indicator", "region", "year"], unique=False)
    op.create_table(
        "versions",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_versions")),
        comment="counters that rise with every change: data, registry, alerts",
    )
    op.create_table(
        "grants",
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("region", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "systems", sa.String(length=200), nullable=False, comment="codes separated by spaces, or *"
        ),
        sa.Column(
            "until",
            sa.BigInteger(),
            nullable=True,
            comment="the right ends at this moment; none: it does not end by itself",
        ),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_grants_account")),
        sa.PrimaryKeyConstraint("account", "region", name=op.f("pk_grants")),
    )
    op.create_table(
        "sessions",
        sa.Column(
            "digest", sa.String(length=64), nullable=False, comment="SHA-256 of the token in the cookie"
        ),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "seen_at",
            sa.BigInteger(),
            nullable=False,
            comment="the last thing a person did, polling not counted",
        ),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_sessions_account")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_account"), "sessions", ["account"], unique=False)
    for statements in (accounts.APPEND_ONLY, alerts.APPEND_ONLY):
        for statement in statements[op.get_context().dialect.name]:
            op.execute(statement)
