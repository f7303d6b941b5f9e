"""The tables of what people are told: channels, who asked for what, messages, deliveries and their attempts."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    text,
)

from data_access.schema import metadata

INBOX = "inbox"
"""The channel that everybody has: messages stand on the page of messages and need no sending."""

WAITING = text("delivery IS NULL AND dropped = '' AND channel <> 'inbox'")
"""The condition of the partial index, to be repeated word for word where it is to be used."""

notice_channels = Table(
    "notice_channels",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("kind", String(16), nullable=False, comment="mail, webhook, wecom, wecom_app, dingtalk, zwding, feishu, lark"),
    Column("region", BigInteger, nullable=False, comment="whoever reads a group's channel sees this region's warnings"),
    Column("systems", String(200), nullable=False, comment="codes separated by spaces, or *"),
    Column("settings", Text, nullable=False, comment="JSON: what may be shown again, such as a server and its port"),
    Column("secret", Text, nullable=False, comment="what opens the channel; never shown again, never logged"),
    Column("enabled", Boolean, nullable=False),
    Column("version", Integer, nullable=False, comment="rises with every change"),
    Column("changed_by", String(64), nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("paused_until", BigInteger, nullable=False, comment="nothing is tried before then; 0: it works"),
    Column("failures", Integer, nullable=False, comment="failures of the channel itself in a row"),
    Column("error", String(300), nullable=False, comment="what the last of them was"),
)  # fmt: skip

notice_subscriptions = Table(
    "notice_subscriptions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column(
        "owner", String(40), nullable=False, comment="an account, or channel:<id> for the people of a group"
    ),
    Column("channel", String(16), nullable=False, comment="a channel, or inbox"),
    Column("address", String(200), nullable=False, comment="of the person on the channel; empty for a group"),
    Column(
        "kinds", String(400), nullable=False, comment="what is wished, separated by spaces; *: everything"
    ),
    Column(
        "level", SmallInteger, nullable=False, comment="from this level on: 0 everything, 1 blue to 4 red"
    ),
    Column(
        "regions", String(400), nullable=False, comment="codes separated by spaces; empty: all that one sees"
    ),
    Column("quiet_from", SmallInteger, comment="minute of the day; none: no quiet hours"),
    Column("quiet_to", SmallInteger),
    Column("red_breaks", Boolean, nullable=False, comment="red is told in quiet hours as well"),
    Column(
        "gather", SmallInteger, nullable=False, comment="minutes over which messages are gathered; 0: at once"
    ),
    Column("language", String(8), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("version", Integer, nullable=False, comment="rises with every change"),
    Column("changed_at", BigInteger, nullable=False),
    Index("ix_notice_subscriptions_owner", "owner", "channel", "address", unique=True),
)

notice_deliveries = Table(
    "notice_deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(32), nullable=False, unique=True, comment="sent along, the same at every attempt"),
    Column("owner", String(40), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("address", String(200), nullable=False),
    Column("language", String(8), nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("title", String(300), nullable=False),
    Column("body", Text, nullable=False, comment="as it is sent, at every attempt"),
    Column("made_at", BigInteger, nullable=False),
    Column("state", String(12), nullable=False, comment="waiting, sent or failed (given up)"),
    Column("attempts", Integer, nullable=False, comment="how often it was begun"),
    Column(
        "failures", Integer, nullable=False, comment="attempts that failed, since somebody last said: again"
    ),
    Column("next_at", BigInteger, nullable=False),
    Column("claim", String(32), nullable=False, comment="of the process that is sending it"),
    Column("claimed_until", BigInteger, nullable=False),
    Column("ended_at", BigInteger, comment="sent or given up"),
    Column("error", String(300), nullable=False),
    Index("ix_notice_deliveries_state", "state", "next_at"),
    comment="the outbox: one row for what is sent in one piece; never deleted",
)

notice_messages = Table(
    "notice_messages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(32), nullable=False, unique=True, comment="of notice, reader, channel and address"),
    Column("notice", String(300), nullable=False, comment="the key of the notice"),
    Column("kind", String(40), nullable=False),
    Column("region", BigInteger, nullable=False),
    Column("system", String(16), nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("owner", String(40), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("address", String(200), nullable=False),
    Column("language", String(8), nullable=False),
    Column("content", Text, nullable=False, comment="JSON: subject and lines that this reader may see"),
    Column("path", String(300), nullable=False, comment="where one reads on"),
    Column("at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False, comment="later than at where the reader wants quiet"),
    Column("delivery", ForeignKey("notice_deliveries.id"), index=True),
    Column("dropped", String(40), nullable=False, comment="why it was never sent: no_right, no_channel"),
    Index("ix_notice_messages_owner", "owner", "id"),
    comment="one message for each person and channel, written with what it tells of; never deleted",
)
Index(
    "ix_notice_messages_waiting",
    notice_messages.c.due_at,
    sqlite_where=WAITING,
    postgresql_where=WAITING,
)

notice_told = Table(
    "notice_told",
    metadata,
    Column("owner", String(40), primary_key=True),
    Column("about", String(200), primary_key=True, comment="such as the identity of a warning"),
    comment="who was told of what: they are told of its end too",
)

notice_attempts = Table(
    "notice_attempts",
    metadata,
    Column("delivery", ForeignKey("notice_deliveries.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False, index=True),
    Column("ended_at", BigInteger, comment="none: it was broken off, or runs"),
    Column("outcome", String(12), nullable=False, comment="sent, failed, or empty while that is not known"),
    Column("detail", String(300), nullable=False),
    comment="written before the attempt, so that a stop in the middle is seen",
)
