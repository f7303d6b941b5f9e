"""Notices: channels, subscriptions, messages, the outbox and its attempts."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice_channels",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column(
            "kind",
            sa.String(length=16),
            nullable=False,
            comment="mail, webhook, wecom, wecom_app, dingtalk, zwding, feishu, lark",
        ),
        sa.Column(
            "region",
            sa.BigInteger(),
            nullable=False,
            comment="whoever reads a group's channel sees this region's warnings",
        ),
        sa.Column(
            "systems", sa.String(length=200), nullable=False, comment="codes separated by spaces, or *"
        ),
        sa.Column(
            "settings",
            sa.Text(),
            nullable=False,
            comment="JSON: what may be shown again, such as a server and its port",
        ),
        sa.Column(
            "secret",
            sa.Text(),
            nullable=False,
            comment="what opens the channel; never shown again, never logged",
        ),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="rises with every change"),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "paused_until",
            sa.BigInteger(),
            nullable=False,
            comment="nothing is tried before then; 0: it works",
        ),
        sa.Column(
            "failures", sa.Integer(), nullable=False, comment="failures of the channel itself in a row"
        ),
        sa.Column("error", sa.String(length=300), nullable=False, comment="what the last of them was"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_channels")),
    )
    op.create_table(
        "notice_deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "key", sa.String(length=32), nullable=False, comment="sent along, the same at every attempt"
        ),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="as it is sent, at every attempt"),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "state", sa.String(length=12), nullable=False, comment="waiting, sent or failed (given up)"
        ),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="how often it was begun"),
        sa.Column(
            "failures",
            sa.Integer(),
            nullable=False,
            comment="attempts that failed, since somebody last said: again",
        ),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("claim", sa.String(length=32), nullable=False, comment="of the process that is sending it"),
        sa.Column("claimed_until", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True, comment="sent or given up"),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_deliveries")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_deliveries_key")),
        comment="the outbox: one row for what is sent in one piece; never deleted",
    )
    op.create_index("ix_notice_deliveries_state", "notice_deliveries", ["state", "next_at"], unique=False)
    op.create_table(
        "notice_subscriptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "owner",
            sa.String(length=40),
            nullable=False,
            comment="an account, or channel:<id> for the people of a group",
        ),
        sa.Column("channel", sa.String(length=16), nullable=False, comment="a channel, or inbox"),
        sa.Column(
            "address",
            sa.String(length=200),
            nullable=False,
            comment="of the person on the channel; empty for a group",
        ),
        sa.Column(
            "kinds",
            sa.String(length=400),
            nullable=False,
            comment="what is wished, separated by spaces; *: everything",
        ),
        sa.Column(
            "level",
            sa.SmallInteger(),
            nullable=False,
            comment="from this level on: 0 everything, 1 blue to 4 red",
        ),
        sa.Column(
            "regions",
            sa.String(length=400),
            nullable=False,
            comment="codes separated by spaces; empty: all that one sees",
        ),
        sa.Column(
            "quiet_from", sa.SmallInteger(), nullable=True, comment="minute of the day; none: no quiet hours"
        ),
        sa.Column("quiet_to", sa.SmallInteger(), nullable=True),
        sa.Column("red_breaks", sa.Boolean(), nullable=False, comment="red is told in quiet hours as well"),
        sa.Column(
            "gather",
            sa.SmallInteger(),
            nullable=False,
            comment="minutes over which messages are gathered; 0: at once",
        ),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="rises with every change"),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_subscriptions")),
    )
    op.create_index(
        "ix_notice_subscriptions_owner", "notice_subscriptions", ["owner", "channel", "address"], unique=True
    )
    op.create_table(
        "notice_told",
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column(
            "about", sa.String(length=200), nullable=False, comment="such as the identity of a warning"
        ),
        sa.PrimaryKeyConstraint("owner", "about", name=op.f("pk_notice_told")),
        comment="who was told of what: they are told of its end too",
    )
    op.create_table(
        "notice_attempts",
        sa.Column("delivery", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True, comment="none: it was broken off, or runs"),
        sa.Column(
            "outcome",
            sa.String(length=12),
            nullable=False,
            comment="sent, failed, or empty while that is not known",
        ),
        sa.Column("detail", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery"], ["notice_deliveries.id"], name=op.f("fk_notice_attempts_delivery")
        ),
        sa.PrimaryKeyConstraint("delivery", "number", name=op.f("pk_notice_attempts")),
        comment="written before the attempt, so that a stop in the middle is seen",
    )
    op.create_index(op.f("ix_notice_attempts_at"), "notice_attempts", ["at"], unique=False)
    op.create_table(
        "notice_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "key", sa.String(length=32), nullable=False, comment="of notice, reader, channel and address"
        ),
        sa.Column("notice", sa.String(length=300), nullable=False, comment="the key of the notice"),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("region", sa.BigInteger(), nullable=False),
        sa.Column("system", sa.String(length=16), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column(
            "content", sa.Text(), nullable=False, comment="JSON: subject and lines that this reader may see"
        ),
        sa.Column("path", sa.String(length=300), nullable=False, comment="where one reads on"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column(
            "due_at", sa.BigInteger(), nullable=False, comment="later than at where the reader wants quiet"
        ),
        sa.Column("delivery", sa.Integer(), nullable=True),
        sa.Column(
            "dropped",
            sa.String(length=40),
            nullable=False,
            comment="why it was never sent: no_right, no_channel",
        ),
        sa.ForeignKeyConstraint(
            ["delivery"], ["notice_deliveries.id"], name=op.f("fk_notice_messages_delivery")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_messages_key")),
        comment="one message for each person and channel, written with what it tells of; never deleted",
    )
    op.create_index(op.f("ix_notice_messages_delivery"), "notice_messages", ["delivery"], unique=False)
    op.create_index("ix_notice_messages_owner", "notice_messages", ["owner", "id"], unique=False)
    op.create_index(
        "ix_notice_messages_waiting",
        "notice_messages",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("delivery IS NULL AND dropped = '' AND channel <> 'inbox'"),
        postgresql_where=sa.text("delivery IS NULL AND dropped = '' AND channel <> 'inbox'"),
    )
